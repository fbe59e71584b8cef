"""What goes wrong in a run, as its curves tell it: what was seen, where, and the settings that would mend it.

A rule speaks only of what no healthy run does: `python -m tests.benchmarks.diagnosis` counts the alarms of the presets
at every step. What it measures, and against what, is in seen.py.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.messages import Message
from core.runs import mending
from core.runs.seen import FEWEST, GUESSING, Seen
from core.runs.store import History
from core.training.config import TrainConfig
from core.training.events import is_no_number

Rule = Literal[
    "diverged",
    "exploding",
    "too_large",
    "too_small",
    "vanishing",
    "not_falling",
    "unanswered",
    "overfitting",
    "plateau",
]
_MUCH_WORSE = 1.5 * GUESSING
"""Surely wrong answers cost so much, and a network that has not learned gives none."""
_EXPLODED, _TIMES_TYPICAL = 100.0, 30.0
"""A gradient norm that no healthy run has; and so many times the median, so that it is no network's own scale."""
_LUCK = 2.0
"""Times the norm that the luck of batches makes: a gradient that is no longer tells nothing of the images."""
_UNMOVED = 0.2
"""Of a weight's size at the start: weights that have moved by less in all are still those of the start."""
_SURELY_WRONG = 4.0
"""Nats: what an image costs that is surely answered wrongly. A small held-out loss is made of a few of these."""
_UP, _EPOCHS_UP = 1.1, 3
"""Times the best held-out loss, and in so many epochs at once: less is no turn that anybody would act on."""
_TEST_IMAGES = {"full": 10_000, "subset": 2_000}
_STANDS, _STILL_HIGH, _PLATEAU_STEPS = 0.95, 0.3, 400
"""Of the loss a half of the run before; nats, about one digit in ten wrong; steps before which nobody would say so."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Where it is seen: these steps, from the first to the last, of this curve."""

    curve: Literal["loss", "gradient_norm"]
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Finding:
    rule: Rule
    message: Message
    """What was seen, with its figures."""
    evidence: Evidence
    mended: TrainConfig
    """The run's settings, those changed that would mend it; none where it was a learning rate that was set later."""

    def changes(self, config: TrainConfig) -> dict[str, Any]:
        """The settings of `mended` that are not the same in `config`, the run's own."""
        before, after = config.as_dict(), self.mended.as_dict()
        return {name: value for name, value in after.items() if value != before[name]}


def diagnose(history: History) -> list[Finding]:
    """What is wrong with this run, the most important first; what would be mended along with that is left out."""
    seen = Seen(history)
    if (seen.last < FEWEST and seen.run.state != "failed") or not seen.last:
        return []
    found: list[Finding] = []
    for rule in (_diverged, _exploding, _too_large, _stuck, _unanswered, _overfitting, _plateau):
        finding = rule(seen)
        if finding and not any(_covers(one, finding, seen.config) for one in found):
            found.append(finding)
    return found


def _covers(one: Finding, other: Finding, config: TrainConfig) -> bool:
    """Whether what mends one mends the other too."""
    return other.changes(config).items() <= one.changes(config).items()


def _figures(seen: Seen) -> dict[str, Any]:
    """What most messages have: the last step, the loss there, what guessing costs, the learning rate."""
    loss, rate = f"{seen.loss[-1]:.3g}", f"{seen.rate:g}"
    return {"step": f"{seen.last:,}", "loss": loss, "guessing": f"{GUESSING:.2f}", "lr": rate}


def _where(seen: Seen, points: np.ndarray, curve: Literal["loss", "gradient_norm"] = "loss") -> Evidence:
    """The steps that the points of this mask span."""
    places = np.flatnonzero(points)
    first = int(seen.steps[places[0] - 1]) + 1 if places[0] else 1
    return Evidence(curve=curve, first=first, last=int(seen.steps[places[-1]]))


def _to_the_end(points: np.ndarray) -> np.ndarray:
    """Of a mask whose last point is set: the unbroken stretch that ends there."""
    broken = np.flatnonzero(~points)
    return np.arange(len(points)) > (broken[-1] if len(broken) else -1)


def _diverged(seen: Seen) -> Finding | None:
    if seen.run.state == "failed" and is_no_number(seen.run.message):
        message = Message(
            "The training has diverged: after step {step} the loss is no longer a number. The learning rate was {lr}.",
            _figures(seen),
        )
        where = _where(seen, seen.since(0.1))
        return Finding(rule="diverged", message=message, evidence=where, mended=mending.slower(seen))
    worse = seen.loss >= _MUCH_WORSE
    if not worse[seen.since(0.1)].all():
        return None
    message = Message(
        "The training has diverged: at step {step} the loss is {loss}, and guessing costs only {guessing}. "
        "The learning rate is {lr}.",
        _figures(seen),
    )
    return Finding(
        rule="diverged", message=message, evidence=_where(seen, _to_the_end(worse)), mended=mending.slower(seen)
    )


def _exploding(seen: Seen) -> Finding | None:
    typical, most = float(np.median(seen.norm)), int(seen.norm.argmax())
    high = seen.norm >= max(_EXPLODED, _TIMES_TYPICAL * typical)
    if seen.config.clip or not high.any():
        return None
    message = Message(
        "The gradient explodes: its norm is {norm} at step {at}, and {typical} at the median step. Nothing clips it.",
        {"norm": f"{seen.norm[most]:,.3g}", "at": f"{int(seen.steps[most]):,}", "typical": f"{typical:.2g}"},
    )
    where = _where(seen, high, "gradient_norm")
    return Finding(rule="exploding", message=message, evidence=where, mended=seen.config.with_(clip=1.0))


def _too_large(seen: Seen) -> Finding | None:
    if seen.guessing and seen.strides:
        message = Message(
            "The learning rate is far too large: a step moves a weight by about {stride}, and weights begin at up to "
            "{weight}. After {step} steps the loss is {loss}; guessing costs {guessing}.",
            _figures(seen) | {"stride": f"{seen.stride:.2g}", "weight": f"{seen.weight:.2g}"},
        )
        where = _where(seen, seen.since(0.5))
        return Finding(rule="too_large", message=message, evidence=where, mended=mending.slower(seen))
    place = int(np.where(seen.steps > seen.alike_from, seen.loss, np.inf).argmin())
    best = float(seen.loss[place])
    climbed = seen.loss >= max(2 * best, 1.0)
    if not seen.waited or not climbed[seen.since(0.1)].all():
        return None
    message = Message(
        "The loss has climbed again: it was {best} at step {place} and is {loss} at step {step}. The learning rate, "
        "{lr}, is too large.",
        _figures(seen) | {"best": f"{best:.3g}", "place": f"{int(seen.steps[place]):,}"},
    )
    where = _where(seen, _to_the_end(climbed))
    return Finding(rule="too_large", message=message, evidence=where, mended=mending.slower(seen))


def _stuck(seen: Seen) -> Finding | None:
    """A loss that has never fallen, by its cause as far as that can be told."""
    if not seen.guessing or seen.strides:
        return None
    if seen.path < _UNMOVED * seen.weight:
        return _too_small(seen)
    half = seen.since(0.5)
    norm = float(np.median(seen.norm[half]))
    if norm <= _LUCK * seen.lucky_norm:
        message = Message(
            "The gradient vanishes: its norm is {norm}, and the luck of a batch of {batch} alone makes about {luck}. "
            "After {step} steps the loss is {loss}; guessing costs {guessing}.",
            _figures(seen) | {"norm": f"{norm:.2g}", "batch": seen.config.batch_size, "luck": f"{seen.lucky_norm:.2g}"},
        )
        where = _where(seen, half, "gradient_norm")
        return Finding(rule="vanishing", message=message, evidence=where, mended=mending.modern(seen))
    message = Message(
        "The loss does not fall: after {step} steps it is {loss}, and guessing costs {guessing}.", _figures(seen)
    )
    return Finding(rule="not_falling", message=message, evidence=_where(seen, half), mended=mending.modern(seen))


def _too_small(seen: Seen) -> Finding:
    message = Message(
        "The learning rate is far too small: in {step} steps it can have moved a weight by about {path}, and weights "
        "begin at up to {weight}. The loss is {loss}; guessing costs {guessing}.",
        _figures(seen) | {"path": f"{seen.path:.1g}", "weight": f"{seen.weight:.2g}"},
    )
    where = Evidence(curve="loss", first=1, last=seen.last)
    return Finding(rule="too_small", message=message, evidence=where, mended=mending.faster(seen))


def _unanswered(seen: Seen) -> Finding | None:
    """Digits that the network has not once answered in the last two epochs, though the loss has fallen."""
    if seen.guessing or not seen.waited or seen.cycle_is_open or len(seen.epochs) < 2:
        return None
    before, now = seen.epochs[-2:]
    never = sorted(set(before.unanswered or "") & set(now.unanswered or ""))
    if not never:
        return None
    message = Message(
        "The network never answers {digits}: of the digits held out from training none was read so in epochs {before} "
        "and {now}. The loss is {loss} at step {step}.",
        _figures(seen) | {"digits": ", ".join(never), "before": before.epoch, "now": now.epoch},
    )
    where = Evidence(curve="loss", first=seen.epochs[-3].step + 1 if len(seen.epochs) > 2 else 1, last=now.step)
    return Finding(rule="unanswered", message=message, evidence=where, mended=mending.larger(seen))


def _overfitting(seen: Seen) -> Finding | None:
    held = [row.test_loss if row.validation_loss is None else row.validation_loss for row in seen.epochs]
    known = [(row, loss) for row, loss in zip(seen.epochs, held, strict=True) if loss is not None]
    if len(known) <= _EPOCHS_UP:
        return None
    row, best = min(known, key=lambda pair: pair[1])
    images = seen.config.validation_images or _TEST_IMAGES.get(seen.run.facts.data_source, _TEST_IMAGES["subset"])
    luck = 2 * math.sqrt(_SURELY_WRONG * best / images)  # two deviations of a count of surely wrong images
    now = known[-1][0]
    by_heart = now.train_loss < min(best, row.train_loss)  # better than it ever was on other digits
    if not by_heart or min(loss for _, loss in known[-_EPOCHS_UP:]) < max(_UP * best, best + luck):
        return None
    message = Message(
        "The network learns its training digits by heart: since epoch {best_epoch} the loss on other digits has gone "
        "up from {best} to {held}, while that on its own fell from {before} to {now}.",
        {
            "best_epoch": row.epoch,
            "best": f"{best:.3g}",
            "held": f"{known[-1][1]:.3g}",
            "before": f"{row.train_loss:.3g}",
            "now": f"{now.train_loss:.3g}",
        },
    )
    config = seen.config
    spared = config.with_(epochs=row.epoch) if config.augmentation == "full" else config.with_(augmentation="full")
    if config.hardest:  # few images, and the easy ones forgotten
        spared = config.with_(hardest=0.0)
    where = Evidence(curve="loss", first=row.step, last=now.step)
    return Finding(rule="overfitting", message=message, evidence=where, mended=spared)


def _plateau(seen: Seen) -> Finding | None:
    if seen.last < _PLATEAU_STEPS or seen.guessing or seen.cycle_is_open or seen.alike_from > seen.last // 4:
        return None
    before, now = seen.mean_loss(0.25, 0.5), seen.mean_loss(0.75, 1.0)
    stands = now - seen.least_loss >= _STANDS * (before - seen.least_loss)
    if not stands or now - seen.least_loss < _STILL_HIGH:
        return None
    first = seen.last // 4 + 1
    message = Message(
        "The loss stands still: its mean was {before} over steps {first} to {middle}, and is {now} over the last "
        "{steps}. The learning rate is {lr}.",
        {
            "before": f"{before:.3g}",
            "first": f"{first:,}",
            "middle": f"{seen.last // 2:,}",
            "now": f"{now:.3g}",
            "steps": f"{seen.last // 4:,}",
            "lr": f"{seen.rate:g}",
        },
    )
    where = Evidence(curve="loss", first=first, last=seen.last)
    return Finding(rule="plateau", message=message, evidence=where, mended=mending.stronger(seen))
