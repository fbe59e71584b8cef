"""What would mend a run that goes wrong: its settings, with those changed that the diagnosis blames."""

from core.runs.seen import Seen
from core.training.config import PRESETS, RANGES, TrainConfig, preset

_SMALL = 64
"""Units: a network of fewer may not hold more."""
_MODERN = PRESETS["fast"]


def _usual_rate(config: TrainConfig) -> float:
    """The learning rate that a preset takes with this optimizer, under such a schedule."""
    if config.optimizer == "muon":
        return preset("fast", cell=config.cell).lr
    return PRESETS["article" if config.schedule == "constant" else "accurate"].lr


def _short(rate: float) -> float:
    """One significant digit, in the setting's range."""
    low, high = RANGES["lr"]
    return min(max(float(f"{rate:.1g}"), low), high)


def slower(seen: Seen) -> TrainConfig:
    """With a learning rate to try in the place of one that is too large."""
    config = seen.config
    return config.with_(lr=_short(min(_usual_rate(config), seen.rate / 5)), clip=min(config.clip, 1.0) or 1.0)


def faster(seen: Seen) -> TrainConfig:
    """With a learning rate to try in the place of one that is too small."""
    rate = max(_usual_rate(seen.config), min(10 * seen.rate, 0.01))
    return seen.config.with_(lr=_short(rate))


def modern(seen: Seen) -> TrainConfig:
    """With the fast preset's beginning, which lets gradients through all rows, its clipping, and a usual rate.

    Where the run has all that, that preset itself.
    """
    config = seen.config
    mended = config.with_(
        initialisation=_MODERN.initialisation,
        forget_bias=_MODERN.forget_bias if config.cell == "lstm" else None,
        input_scale=_MODERN.input_scale,
        clip=min(config.clip, _MODERN.clip) or _MODERN.clip,
        layers=min(config.layers, _MODERN.layers),
        lr=min(_usual_rate(config), seen.rate),
    )
    return mended if mended != config else _MODERN.with_(seed=config.seed)


def larger(seen: Seen) -> TrainConfig:
    """With as many units as the presets have; where it has, with their beginning."""
    small = seen.config.hidden < _SMALL
    return seen.config.with_(hidden=_MODERN.hidden) if small else modern(seen)


def stronger(seen: Seen) -> TrainConfig:
    """With more units; where they are many, with a learning rate that comes down, or a smaller one."""
    config = seen.config
    if config.hidden < _SMALL:
        return config.with_(hidden=_MODERN.hidden)
    if config.schedule == "constant":
        return config.with_(schedule="one_cycle", clip=_MODERN.clip)
    return slower(seen)
