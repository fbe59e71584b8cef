"""What a training run tells: frozen, keyword-only, one after the other."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from core.messages import Message


@dataclass(frozen=True, kw_only=True)
class Started:
    images: int
    """Training images an epoch."""
    steps: int
    """Steps in all."""
    parameters: int
    device: str
    device_reason: Message | str
    precision: str
    precision_reason: Message | str
    data: str
    """full or subset."""
    note: Message | str
    run: str | None = None
    """The run's id, where it is one of a store."""
    start_accuracy: float | None = None
    """Of the test set, of the reader that is trained on before its first step: 0 to 1; else None."""


@dataclass(frozen=True, kw_only=True)
class Step:
    step: int
    """1-based, over all epochs."""
    epoch: int
    """1-based."""
    loss: float
    accuracy: float
    learning_rate: float
    gradient_norm: float
    """Before clipping."""
    images_per_second: float
    running_loss: float
    """Mean over this epoch so far, as the article prints it."""
    running_accuracy: float
    batch: int
    """1-based, within the epoch."""


@dataclass(frozen=True, kw_only=True)
class Epoch:
    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    unanswered: str | None = None
    """The digits that no validation image, or else no test image, was answered as, such as "38"."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    status: Literal["finished", "stopped", "failed"]
    """finished, stopped or failed."""
    seconds: float
    """Spent training, without pauses."""
    weights: str | None = None
    """Path of the final weights, where they were saved."""
    test_accuracy: float | None = None
    test_loss: float | None = None
    message: Message = field(default_factory=Message)
    """Why it failed and what to change."""


Event = Started | Step | Epoch | Finished


def no_number(step: int, lr: str) -> Message:
    """Why a run ends whose loss is no longer a number at this step, and what to change."""
    return Message(
        "The loss is no longer a number at step {step}: lower the learning rate ({lr}) or clip gradients (clip 1), "
        "then start again.",
        {"step": step, "lr": lr},
    )


def is_no_number(message: Message) -> bool:
    """Whether this is what a run says whose loss is no longer a number."""
    return message.template == no_number(0, "").template


def as_json(event: Event) -> dict[str, Any]:
    """The event as one JSON object, `event` first; what was not measured is left out."""
    told = {name: value for name, value in vars(event).items() if value is not None}
    plain = {name: str(value) if isinstance(value, Message) else value for name, value in told.items()}
    return {"event": type(event).__name__.lower()} | plain


class ArticleLog:
    """Prints a run as the article does: every 300 batches, at each epoch's end, and each test."""

    EVERY_BATCHES = 300

    def __init__(self, epochs: float, tested: bool = False):
        self.epochs = math.ceil(epochs)
        self._tested = tested
        """Whether the last epoch's line of the test has been printed: the run's end does not repeat it."""

    def lines(self, event: Event) -> list[str]:
        match event:
            case Step() if event.batch % self.EVERY_BATCHES == 0:
                return [f"[{event.epoch}/{self.epochs}] {_figures(event.running_loss, event.running_accuracy)}"]
            case Epoch():
                self._tested = event.test_accuracy is not None
                return [
                    f"Finish {event.epoch} epoch, {_figures(event.train_loss, event.train_accuracy)}",
                    *_tests(event),
                ]
            case Finished() if event.test_accuracy is not None and not self._tested:
                return [f"Test {_figures(event.test_loss, event.test_accuracy)}"]
        return []


def _tests(epoch: Epoch) -> list[str]:
    lines = []
    if epoch.validation_accuracy is not None:
        lines.append(f"Validation {_figures(epoch.validation_loss, epoch.validation_accuracy)}")
    if epoch.test_accuracy is not None:
        lines.append(f"Test {_figures(epoch.test_loss, epoch.test_accuracy)}")
    return lines


def _figures(loss: float | None, accuracy: float | None) -> str:
    """Of a split that was measured: both figures are there."""
    return f"Loss: {loss:.6f}, Acc: {accuracy:.6f}"
