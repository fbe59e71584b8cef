"""What the figure of the gradients shows at its point of the training: three sentences from its own numbers."""

from dashboard.formats import power_of_ten
from dashboard.learn.figures import Place, Reach
from dashboard.notice import joined, listed
from dashboard.words import say

Reaches = list[tuple[Place, Reach]]
_HALF = 0.5
"""From this share on the gates' product is most of what the whole way carries."""


def findings(places: list[Place], step: int | None = None) -> list[str]:
    """Before training, after so many steps of it (None: all), and along the recurrent way alone by then."""
    before = [(place, place.before) for place in places if place.before]
    after = [(place, place.after) for place in places if place.after]
    when = say("learn.found_after") if step is None else say("learn.found_point", step=f"{step:,}")
    return [
        _gradients("share", say("learn.found_before"), before),
        _gradients("share_again" if before else "share", when, after),
        _carried(after),
    ]


def _gradients(word: str, when: str, reaches: Reaches) -> str:
    """What share of the last row's gradient reaches the first row, and in which cell more."""
    ratios = [(place, ratio) for place, reach in reaches if (ratio := _ratio(reach)) is not None]
    if not ratios:
        return ""
    shown = listed([f"{place.name} {power_of_ten(ratio)}" for place, ratio in ratios])
    return joined(say(f"learn.found_{word}", when=when, ratios=shown), *_verdict(ratios))


def _ratio(reach: Reach) -> float | None:
    """||dL/dC(1)|| / ||dL/dC(28)||, for GRU and RNN of h; None where rounding has left nothing of either."""
    first, last = reach.gradients.memory[0], reach.gradients.memory[-1]
    return float(first / last) if first > 0 and last > 0 else None


def _verdict(ratios: list[tuple[Place, float]]) -> list[str]:
    """RNN against LSTM: by what factor, and which way."""
    by_cell = {place.cell: ratio for place, ratio in ratios}
    if not {"rnn", "lstm"} <= by_cell.keys():
        return []
    factor = by_cell["lstm"] / by_cell["rnn"]
    if factor >= 10:
        return [say("learn.verdict_lstm", factor=power_of_ten(factor))]
    if factor <= 0.1:
        return [say("learn.verdict_rnn", factor=power_of_ten(1 / factor))]
    return [say("learn.verdict_even")]


def _carried(reaches: Reaches) -> str:
    """By how much a change of the state after row 1 has grown or shrunk at the end, and whether the gates carry it."""
    shown = listed([f"{place.name} {_power(reach.carried[0])}" for place, reach in reaches])
    return joined(say("learn.found_carried", factors=shown), *_ways(reaches))


def _ways(reaches: Reaches) -> list[str]:
    """Of each LSTM: whether the road along the cell state carries most of it, or the ways through h and the gates."""
    told = []
    for place, reach in reaches:
        if place.cell == "lstm" and reach.kept is not None:
            word = "road" if reach.kept[0] >= _HALF * reach.carried[0] else "ways"
            told.append(say(f"learn.found_{word}", name=place.name, kept=_power(reach.kept[0])))
    return told


def _power(value: float) -> str:
    return power_of_ten(value) if value > 0 else "0"
