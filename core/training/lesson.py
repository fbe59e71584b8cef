"""What a run is given beside MNIST: the weights that it starts from, and a person's own digits."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.digits.drawing import Frame
from core.digits.records import from_record
from core.errors import ConfigError
from core.reading.readers import Reader
from core.training.config import TrainConfig

FIRST_CONFIG = "first_config"
"""In a card: the settings of the training in which the weights were drawn, where others followed it."""


def first_settings(card: dict[str, Any]) -> dict[str, Any] | None:
    """Of a reader's card, the settings of the training that began with weights drawn from a seed; None: not known."""
    settings = card.get("config")
    if isinstance(settings, dict) and settings.get("start_from"):
        settings = card.get(FIRST_CONFIG)
    return settings if isinstance(settings, dict) else None


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnDigit:
    """A drawing that a person has kept with its right answer."""

    id: str
    digit: int
    """What was meant, 0 to 9."""
    record: dict[str, Any]
    """strokes, width and size, as a line of a drawings file has them."""
    learned: bool
    """Whether the run trains on it; else it was kept back, to be tried on."""

    @cached_property
    def frame(self) -> Frame:
        """Raises DrawingError."""
        return from_record(self.record)

    @property
    def strokes(self) -> list[np.ndarray]:
        """Each (n, 2) float32, as drawn."""
        return [np.asarray(stroke, np.float32) for stroke in self.record["strokes"] if len(stroke)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """Taken once, when a run is made: what is drawn or trained meanwhile does not change the run."""

    reader: Reader | None = None
    """Whose weights the run starts from; None: drawn from its seed."""
    digits: tuple[OwnDigit, ...] = ()

    @property
    def learned(self) -> list[OwnDigit]:
        return [one for one in self.digits if one.learned]

    @property
    def kept_back(self) -> list[OwnDigit]:
        return [one for one in self.digits if not one.learned]

    def check(self, config: TrainConfig) -> None:
        """Raises ConfigError where this is not what the config asks for."""
        if config.own_digits and not self.learned:
            raise ConfigError(
                "own_digits is {own}, but no digit is kept here: draw one, press its right answer, then train.",
                own=f"{config.own_digits:g}",
            )
        if config.own_digits * config.batch_size * (1 + 1e-9) < 1 and config.own_digits:
            raise ConfigError(
                "own_digits {own} of a batch of {size} is less than one digit: raise one of both.",
                own=f"{config.own_digits:g}",
                size=config.batch_size,
            )
        if config.start_from:
            self._check_shape(config)

    def _check_shape(self, config: TrainConfig) -> None:
        reader = self.reader
        if reader is None:
            raise ConfigError("start_from names {name}, whose weights were not given.", name=config.start_from)
        found = (reader.cell, reader.layers, reader.hidden)
        if found != (config.cell, config.layers, config.hidden):
            raise ConfigError(
                "start_from {name} is a {cell} of {layers} × {hidden}: set cell {cell}, layers {layers}, hidden "
                "{hidden}.",
                name=config.start_from,
                cell=reader.cell,
                layers=reader.layers,
                hidden=reader.hidden,
            )


NOTHING = Lesson()
"""MNIST alone, from new weights."""
