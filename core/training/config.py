"""What a training run is asked to do: TrainConfig, its presets and the allowed values of every setting.

A setting is declared once, in TrainConfig: default, range and docstring; its choices are a Literal. RANGES, CHOICES,
TEXTS and the command line's flags (flags.py) are computed from there.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from core.errors import ConfigError
from core.reading.cells import CellName
from core.reading.readers import LONGEST_WAIT

_ANY_IMAGES = 0.3  # of a run's steps: the hardest images teach little as long as nothing is known


def setting(default: Any, *, low: float | None = None, high: float | None = None, above: float | None = None) -> Any:
    """A setting and its range: `low` is itself allowed, `above` is not. A choice, a switch or a text has no range."""
    exclusive = above is not None
    limits = None if high is None else (above if exclusive else low, high)
    return field(default=default, metadata={"range": limits, "exclusive": exclusive})


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Every setting of a run. Defaults are the article's."""

    preset: Literal["article", "fast", "accurate"] = setting("article")
    """The preset that this started from; a label."""
    cell: CellName = setting("lstm")  # noqa: RUF009 - a dataclass field
    """lstm, gru, or rnn (tanh)."""
    hidden: int = setting(128, low=8, high=1024)
    """H, units in each layer."""
    layers: int = setting(2, low=1, high=4)
    """L, cells stacked on top of one another."""
    batch_size: int = setting(100, low=1, high=60_000)
    """B, images in one step; the global batch where several processes train together."""
    lr: float = setting(1e-3, low=1e-6, high=1.0)
    """Learning rate; its highest, where the schedule changes it. About 0.001 to 0.005 for adam, 0.02 for muon."""
    epochs: float = setting(5, above=0, high=1000)
    """Passes over the training images; may be a fraction, and is at least one step."""
    seed: int = setting(0, low=0, high=2**31 - 1)
    """Fixes initial weights, order of images and augmentation."""
    device: Literal["auto", "cpu", "cuda", "mps"] = setting("auto")
    """auto: CUDA, else Apple MPS, else CPU."""
    precision: Literal["auto", "fp32", "bf16"] = setting("auto")
    """What the network computes in: auto takes bf16 where that is faster, else fp32; weights stay fp32."""
    devices: int = setting(1, low=1, high=64)
    """Processes that split each batch, one a device; what is learned is the same."""
    optimizer: Literal["adam", "adamw", "muon"] = setting("adam")
    """adam (betas 0.9, 0.999); adamw (betas 0.9, 0.98, decoupled weight decay); muon: U and W by their orthogonalised
    momentum, gate by gate, biases and readout by adamw at a quarter of lr."""
    weight_decay: float = setting(0.0, low=0.0, high=1.0)
    """Decoupled weight decay, used by adamw and muon."""
    schedule: Literal["constant", "one_cycle", "flat_then_fall"] = setting("constant")
    """constant; one_cycle: a short linear rise to lr, then a cosine to nothing; flat_then_fall: a short linear rise,
    flat, then a linear fall to nothing over the last 60 %."""
    clip: float = setting(0.0, low=0.0, high=1000.0)
    """Largest gradient norm; 0 leaves gradients as they are."""
    start_from: str = setting("")
    """The reader whose weights it starts from: lstm, gru or rnn (shipped), a run's id, ID@STEP, or a weights file."""
    initialisation: Literal["pytorch", "orthogonal"] = setting("pytorch")
    """pytorch: uniform in +-1/sqrt(H); orthogonal: W orthogonal, U Xavier, biases 0."""
    forget_bias: float = setting(0.0, low=-5.0, high=5.0)
    """Added to the LSTM's forget-gate bias at the start, so that the cell keeps by default (Gers 2000)."""
    input_scale: float = setting(1.0, low=0.1, high=10.0)
    """x is multiplied by this in training; folded into U when weights are saved."""
    augmentation: Literal["none", "affine", "full"] = setting("none")
    """none; affine: rotation, scale, shear, shift; full: also elastic bending and stroke thickness."""
    hardest: float = setting(0.0, low=0.0, high=1.0)
    """After 30 % of the steps only this fraction of each digit's training images is seen, those that a small classifier
    finds hardest; 0: all are."""
    pen_digits: float = setting(0.0, low=0.0, high=0.9)
    """Fraction of each batch that is pen digits of 30 writers, drawn anew each time, in the place of MNIST's images."""
    pen_digits_after: float = setting(0.0, low=0.0, high=0.9)
    """The pen digits come after this fraction of the steps; before it MNIST's images are seen alone."""
    own_digits: float = setting(0.0, low=0.0, high=0.5)
    """Fraction of each batch that is one's own kept drawings, drawn anew each time, in the place of MNIST's images."""
    wait: int = setting(0, low=0, high=LONGEST_WAIT)
    """Blank rows that follow the digit's 28: the answer is given after the last of them."""
    averaging: float = setting(0.0, low=0.0, high=0.9999)
    """Decay of an exponential average of the weights over steps, which is what is evaluated and saved; 0: off.
    It begins at the weights of start_from, where they are given."""
    label_smoothing: float = setting(0.0, low=0.0, high=0.5)
    """Fraction of the target's probability that is spread over all classes."""
    validation_images: int = setting(0, low=0, high=30_000)
    """Training images held out and tested after each epoch."""
    test_each_epoch: bool = setting(True)
    """Evaluate on the test set after each epoch, as in the article; else once, at the end."""
    target_accuracy: float = setting(0.0, low=0.0, high=1.0)
    """Stop once an epoch's held-out (else test) accuracy reaches this; 0: never."""

    def __post_init__(self) -> None:
        check(self)

    def with_(self, **changes: Any) -> "TrainConfig":
        """A copy with these settings changed and checked; a None changes nothing."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})

    def turn(self, steps: int) -> int:
        """Of so many steps in all, those before the hardest images alone are seen; all, where they never are."""
        return math.ceil(_ANY_IMAGES * steps) if self.hardest else steps

    def pen_digits_turn(self, steps: int) -> int:
        """Of so many steps in all, those before the pen digits come; all, where they never do."""
        return math.ceil(self.pen_digits_after * steps) if self.pen_digits else steps

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "TrainConfig":
        """The config of `as_dict`. Raises ConfigError for a name that is no setting."""
        unknown = sorted(set(settings) - {field.name for field in fields(cls)})
        if unknown:
            raise ConfigError("Unknown setting {names}: remove it.", names=", ".join(unknown))
        return cls(**settings)


_FIELDS = {field.name: field for field in fields(TrainConfig)}
TYPES: dict[str, Any] = {
    name: str if get_origin(field.type) is Literal else field.type for name, field in _FIELDS.items()
}
"""Of each setting's values: str (a choice), int, float or bool."""
CHOICES: dict[str, tuple[str, ...]] = {
    name: get_args(field.type) for name, field in _FIELDS.items() if get_origin(field.type) is Literal
}
RANGES: dict[str, tuple[float, float]] = {
    name: field.metadata["range"] for name, field in _FIELDS.items() if field.metadata["range"]
}
"""Lowest and highest value of each number."""
EXCLUSIVE = frozenset(name for name, field in _FIELDS.items() if field.metadata["exclusive"])
"""Settings that must lie above the lowest value of their range."""
TEXTS = frozenset(name for name, kind in TYPES.items() if kind is str and name not in CHOICES)
"""Settings that are a name or a path; empty: none."""
LONGEST_TEXT = 500
CELLS = CHOICES["cell"]
GROUPS = {
    "network": ("cell", "hidden", "layers"),
    "training": ("epochs", "batch_size", "lr", "schedule", "optimizer", "weight_decay", "clip", "label_smoothing"),
    "start": ("seed", "start_from", "initialisation", "forget_bias", "averaging"),
    "images": (
        *("wait", "input_scale", "augmentation", "hardest", "pen_digits", "pen_digits_after", "own_digits"),
        *("validation_images", "target_accuracy", "test_each_epoch"),
    ),
    "machine": ("device", "precision", "devices"),
}
"""Every setting but the preset, as the Train page and `train --help` group them."""


def check(config: TrainConfig) -> None:
    """Raises ConfigError, naming the allowed values, for the first setting that is out of range."""
    for name in TYPES:
        check_setting(name, getattr(config, name))
    if config.pen_digits + config.own_digits > 1:
        raise ConfigError(
            "pen_digits {pen} and own_digits {own} are more than a whole batch: choose less of one.",
            pen=f"{config.pen_digits:g}",
            own=f"{config.own_digits:g}",
        )


def check_setting(name: str, value: Any) -> None:
    """Raises ConfigError, naming the allowed values, unless the value is one that the setting may have."""
    if name in RANGES:
        check_number(name, value)
    elif name in TEXTS:
        _check_text(name, value)
    else:
        _check_choice(name, value, (True, False) if TYPES[name] is bool else CHOICES[name])


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str) or not (value == "" or value.isprintable()) or len(value) > LONGEST_TEXT:
        raise ConfigError(
            "{name} names no reader: give lstm, gru, rnn, a run's id or a weights file, in up to {most} letters.",
            name=name,
            most=LONGEST_TEXT,
        )


def _check_choice(name: str, value: Any, allowed: tuple) -> None:
    if not isinstance(value, type(allowed[0])) or value not in allowed:
        choices = ", ".join(map(str, allowed))
        raise ConfigError("{name} is {value}: choose one of {allowed}.", name=name, value=repr(value), allowed=choices)


def check_number(name: str, value: Any) -> None:
    """Raises ConfigError, naming the range, unless the value is one that the setting may have."""
    low, high = RANGES[name]
    limits = {"name": name, "low": f"{low:.10g}", "high": f"{high:.10g}"}
    whole = TYPES[name] is int
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        if whole:
            raise ConfigError("{name} is {value}: give a whole number, {low} to {high}.", value=repr(value), **limits)
        raise ConfigError("{name} is {value}: give a number, {low} to {high}.", value=repr(value), **limits)
    if name in EXCLUSIVE and not low < value <= high:  # also refuses NaN
        raise ConfigError("{name} is {value}: choose a value above {low}, up to {high}.", value=_short(value), **limits)
    if not low <= value <= high:
        raise ConfigError("{name} is {value}: choose a value from {low} to {high}.", value=_short(value), **limits)


def _short(value: float) -> str:
    """At most ten digits."""
    huge = isinstance(value, int) and abs(value) >= 10**300  # too large to be a float
    return f"{Decimal(value) if huge else value:.10g}"


_MODERN: dict[str, Any] = {
    "optimizer": "adamw",
    "weight_decay": 0.01,
    "schedule": "one_cycle",
    "clip": 1.0,
    "initialisation": "orthogonal",
    "forget_bias": 1.0,
    "input_scale": 1 / 0.3081,  # the inverse of the standard deviation of MNIST's pixels
    "validation_images": 1000,  # 5,000 while the recipes were chosen; most of those are now trained on as well
    "test_each_epoch": False,
}
# chosen on held-out images: 236 steps, of which the last 70 % see the hardest images alone
_RACE: dict[str, Any] = _MODERN | {"optimizer": "muon", "lr": 0.023, "schedule": "flat_then_fall", "hardest": 0.24}
PRESETS = {
    "article": TrainConfig(),
    "fast": TrainConfig(preset="fast", epochs=0.4, **_RACE),
    "accurate": TrainConfig(
        preset="accurate", epochs=56, lr=3e-3, augmentation="full", pen_digits=0.3, pen_digits_after=0.6, **_MODERN
    ),
}
OF_CELL: dict[tuple[str, str], dict[str, Any]] = {
    ("fast", "rnn"): {"epochs": 0.75, "lr": 0.015},
    ("accurate", "rnn"): {"lr": 0.001},
    ("accurate", "gru"): {"lr": 0.002},
}
"""Where a preset's own settings hurt a cell: those that it takes with it. An RNN's steps take half an LSTM's time, and
`fast` needs twice as many of them, at a smaller rate: 98.0 % of held-out images in place of 95.3. `accurate` takes the
rates at which the shipped readers were first trained; at 0.005 a GRU's loss rose while the rate did."""


def preset(name: str, **changes: Any) -> TrainConfig:
    """The preset `name`, as it is for the cell, with settings changed; one that is None is the preset's.

    Raises ConfigError for an unknown name or a bad value.
    """
    if name not in PRESETS:
        presets = ", ".join(PRESETS)
        raise ConfigError("There is no preset {name}: choose one of {presets}.", name=repr(name), presets=presets)
    return PRESETS[name].with_(**OF_CELL.get((name, str(changes.get("cell"))), {})).with_(**changes)


def unchanged(config: TrainConfig) -> TrainConfig:
    """The config's preset as it is for its cell, but with the preset's own: what differs from it has been set."""
    return preset(config.preset, cell=config.cell).with_(cell=PRESETS[config.preset].cell)
