"""What a training run is asked to do: TrainConfig, its presets and the allowed range of every setting."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from core.errors import ConfigError

CELLS = ("lstm", "gru", "rnn")
CHOICES = {
    "cell": CELLS,
    "device": ("auto", "cpu", "cuda", "mps"),
    "precision": ("auto", "fp32", "bf16"),
    "optimizer": ("adam", "adamw"),
    "schedule": ("constant", "one_cycle"),
    "initialisation": ("pytorch", "orthogonal"),
    "augmentation": ("none", "affine", "full"),
}
RANGES = {
    "hidden": (8, 1024),
    "layers": (1, 4),
    "batch_size": (1, 60_000),
    "lr": (1e-6, 1.0),
    "epochs": (1, 1000),
    "seed": (0, 2**31 - 1),
    "weight_decay": (0.0, 1.0),
    "clip": (0.0, 1000.0),
    "forget_bias": (-5.0, 5.0),
    "input_scale": (0.1, 10.0),
    "pen_digits": (0.0, 0.9),
    "averaging": (0.0, 0.9999),
    "label_smoothing": (0.0, 0.5),
    "validation_images": (0, 30_000),
    "target_accuracy": (0.0, 1.0),
    "devices": (1, 64),
}


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Every setting of a run. Defaults are the article's."""

    preset: str = "article"
    """The preset that this started from; a label."""
    cell: str = "lstm"
    """lstm, gru, or rnn (tanh)."""
    hidden: int = 128
    """H, units in each layer."""
    layers: int = 2
    """L, cells stacked on top of one another."""
    batch_size: int = 100
    """B, images in one step; the global batch where several processes train together."""
    lr: float = 1e-3
    """Learning rate; the peak of the cycle under the one-cycle schedule."""
    epochs: float = 5
    """Passes over the training images; of the last one perhaps only a part."""
    seed: int = 0
    """Fixes initial weights, order of images and augmentation."""
    device: str = "auto"
    """auto: CUDA, else Apple MPS, else CPU."""
    precision: str = "auto"
    """What the network computes in: auto takes bf16 where a timed step is faster so, else fp32; weights stay fp32."""
    devices: int = 1
    """Processes that share each batch, one a device; what is learned is the same."""
    optimizer: str = "adam"
    """adam (betas 0.9, 0.999) or adamw (betas 0.9, 0.98, decoupled weight decay)."""
    weight_decay: float = 0.0
    """Decoupled weight decay, used by adamw alone."""
    schedule: str = "constant"
    """constant, or one_cycle: a short linear rise to lr, then a cosine to nothing."""
    clip: float = 0.0
    """Largest gradient norm; 0 leaves gradients as they are."""
    initialisation: str = "pytorch"
    """pytorch: uniform in +-1/sqrt(H); orthogonal: W orthogonal, U Xavier, biases 0."""
    forget_bias: float = 0.0
    """Added to the LSTM's forget-gate bias at the start, so that the cell keeps by default (Gers 2000)."""
    input_scale: float = 1.0
    """x is multiplied by this in training; folded into U when weights are saved."""
    augmentation: str = "none"
    """none; affine: rotation, scale, shear, shift; full: also elastic bending and stroke thickness."""
    pen_digits: float = 0.0
    """Fraction of each batch that is pen digits of 30 writers, drawn anew each time, in the place of MNIST's images."""
    averaging: float = 0.0
    """Decay of an exponential average of the weights over steps, which is what is evaluated and saved; 0: off."""
    label_smoothing: float = 0.0
    """Share of the target's probability that is spread over all classes."""
    validation_images: int = 0
    """Training images held out and tested after each epoch."""
    test_each_epoch: bool = True
    """True: the test set is read after each epoch, as in the article; False: once, at the end."""
    target_accuracy: float = 0.0
    """Stop once an epoch's held-out (else test) accuracy reaches this; 0: never."""

    def __post_init__(self) -> None:
        check(self)

    def with_(self, **changes: Any) -> "TrainConfig":
        """A copy with these settings changed and checked; a None changes nothing."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> "TrainConfig":
        """The config of `as_dict`. Raises ConfigError for a name that is no setting."""
        unknown = sorted(set(settings) - {field.name for field in fields(cls)})
        if unknown:
            raise ConfigError(f"Unknown setting {', '.join(unknown)}: remove it.")
        return cls(**settings)


def check(config: TrainConfig) -> None:
    """Raises ConfigError, naming the allowed values, for the first setting that is out of range."""
    for name, allowed in CHOICES.items():
        if getattr(config, name) not in allowed:
            raise ConfigError(f"{name} is {getattr(config, name)!r}: choose one of {', '.join(allowed)}.")
    types = {field.name: field.type for field in fields(config)}
    for name in RANGES:
        check_number(name, getattr(config, name), whole=types[name] is int)


def check_number(name: str, value: Any, whole: bool = False) -> None:
    """Raises ConfigError, naming the range, unless the value is one that the setting may have."""
    low, high = RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise ConfigError(f"{name} is {value!r}: give a {'whole ' if whole else ''}number, {low:.10g} to {high:.10g}.")
    if not low <= value <= high:  # also refuses NaN
        raise ConfigError(f"{name} is {value:.10g}: choose a value from {low:.10g} to {high:.10g}.")


_MODERN = {
    "optimizer": "adamw",
    "weight_decay": 0.01,
    "schedule": "one_cycle",
    "lr": 5e-3,
    "clip": 1.0,
    "initialisation": "orthogonal",
    "forget_bias": 1.0,
    "input_scale": 1 / 0.3081,  # the inverse of the standard deviation of MNIST's pixels
    "validation_images": 1000,  # 5,000 while the recipes were chosen; most of those now teach as well
    "test_each_epoch": False,
}
PRESETS = {
    "article": TrainConfig(),
    "fast": TrainConfig(preset="fast", epochs=1.2, **_MODERN),
    "accurate": TrainConfig(preset="accurate", epochs=100, augmentation="full", pen_digits=0.25, **_MODERN),
}


def preset(name: str, **changes: Any) -> TrainConfig:
    """The preset `name` with settings changed. Raises ConfigError for an unknown name or a bad value."""
    if name not in PRESETS:
        raise ConfigError(f"There is no preset {name!r}: choose one of {', '.join(PRESETS)}.")
    return PRESETS[name].with_(**changes)
