"""The training loop: a config and MNIST in, a stream of events out. Knows no store and no screen.

`train(config)` is the whole of it; a Trainer is the same loop for one who steers it between two events.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.digits import data as mnist
from core.errors import CheckpointError, ConfigError
from core.training import devices, process
from core.training.config import TrainConfig
from core.training.distributed import ALONE, World
from core.training.evaluation import Evaluation, evaluate
from core.training.events import Epoch, Event, Finished, Started, Step, no_number
from core.training.learner import Learner, schedule
from core.training.lesson import NOTHING, Lesson
from core.training.order import Order

_READ_BACK_SECONDS = 0.1  # on an accelerator reading a figure waits for it: read as often as a screen can show
_LONGEST_BURST = 10_000
_SPEED_MEMORY = 0.95


def train(config: TrainConfig, data: mnist.Mnist | None = None, lesson: Lesson = NOTHING) -> Iterator[Event]:
    """Trains from the beginning. Raises ConfigError, DataError; a loss that is no number ends as `failed`.

    lesson: what the settings start_from and own_digits name.
    """
    yield from Trainer(config, data or mnist.load(), lesson=lesson).events()


@dataclass
class Progress:
    """Where a run stands; with the learner's tensors, all that a checkpoint holds. JSON round-trips it exactly."""

    step: int = 0
    """Steps done, over all epochs."""
    batch: int = 0
    """Batches done in this epoch; 0 also once its tests are done."""
    loss_sum: float = 0.0
    """Over this epoch's images."""
    correct: float = 0.0
    lr: float = 0.0
    """The learning rate as the person last set it."""
    seconds: float = 0.0
    best_accuracy: float = -1.0


class Trainer:
    """A run that is steered between two events: `progress.lr` may be set, `stop` called.

    `tensors` and `progress` are taken together, and only while `settled`: on an accelerator the learner runs
    ahead of the events by a burst of steps.
    """

    def __init__(
        self,
        config: TrainConfig,
        data: mnist.Mnist,
        choice: devices.Choice | None = None,
        world: World = ALONE,
        lesson: Lesson = NOTHING,
        *,
        at_once: int = 1,
    ):
        """at_once: so many runs train at the same time on this machine, and divide its cores."""
        lesson.check(config)
        process.configure_process(world.local_size * at_once)
        self.config, self.data, self.world, self.lesson = config, data, world, lesson
        self.choice = choice or devices.choose(config)
        self.learner = Learner(config, self.choice.device, self.choice.precision, world, lesson)
        train_split, held_out = mnist.hold_out(data.train, config.validation_images)
        self.images, self.labels = self._on_device(train_split)
        self.held_out = self._on_device(held_out)
        self.test = self._on_device(data.test)
        if config.batch_size > len(self.images):
            raise ConfigError(
                "batch_size is {value}, but there are {images} training images: choose a value from 1 to {most}.",
                value=config.batch_size,
                images=len(self.images),
                most=len(self.images),
            )
        self.batches = math.ceil(len(self.images) / config.batch_size)
        """In a whole epoch."""
        self.steps = math.ceil(self.batches * config.epochs)
        """Over all epochs."""
        self.pen_digits_turn = config.pen_digits_turn(self.steps)
        self.order = Order(config, train_split, self.batches, self.steps, world)
        self.progress = Progress(lr=config.lr)
        self.images_per_second = self.choice.images_per_second
        self.stop_asked = False
        self.stopping = False
        """What all processes have agreed on."""
        self.burst = 1
        """Steps from one reading back of figures to the next."""
        self.settled = True

    def _on_device(self, split: mnist.Split) -> tuple[Tensor, Tensor]:
        device = self.choice.device
        return torch.tensor(split.images, device=device), torch.tensor(split.labels, device=device)

    @property
    def epoch(self) -> int:
        """0-based epoch that is being trained, or whose batches are all done and whose tests are not."""
        return (self.progress.step - self.progress.batch) // self.batches

    @property
    def batches_left(self) -> int:
        """In this epoch; the last one may be a part."""
        return min(self.batches - self.progress.batch, self.steps - self.progress.step)

    def stop(self) -> None:
        """Ends the run within a batch, on an accelerator within a burst."""
        self.stop_asked = True

    def _agree(self) -> None:
        """What the first process was asked to do holds in all of them, from the same step on."""
        asked = self.world.broadcast(lambda: (self.stop_asked, self.progress.lr, self.burst))
        self.stopping, self.progress.lr, self.burst = asked

    def events(self) -> Iterator[Event]:
        """The run from where it stands to its end."""
        yield self._started()
        last: Evaluation | None = None
        # an epoch whose batches are all done but whose tests are not is tested first
        while self.progress.step < self.steps or self.progress.batch:
            for step in self._batches():
                if not math.isfinite(step.loss):
                    yield self._failed(step)
                    return
                yield step
            if self.stopping and self.batches_left:
                yield Finished(status="stopped", seconds=self.progress.seconds)
                return
            epoch, last = self._finish_epoch()
            yield epoch
            if self._reached(epoch):
                break
            self._agree()
            if self.stopping:
                yield Finished(status="stopped", seconds=self.progress.seconds)
                return
        if last is None or not self.config.test_each_epoch:
            last = self._evaluate(self.test)
        yield Finished(
            status="finished",
            seconds=self.progress.seconds,
            test_accuracy=last.accuracy,
            test_loss=last.loss,
        )

    def _started(self) -> Started:
        parameters = sum(weight.numel() for weight in self.learner.network.parameters())
        chosen = self.choice
        return Started(
            images=len(self.images),
            steps=self.steps,
            parameters=parameters,
            device=chosen.device,
            device_reason=chosen.device_reason,
            precision=chosen.precision,
            precision_reason=chosen.precision_reason,
            data=self.data.source,
            note=self.data.note,
            start_accuracy=self._start_accuracy(),
        )

    def _start_accuracy(self) -> float | None:
        """Of the reader that is trained on, before its first step."""
        return self._evaluate(self.test).accuracy if self.lesson.reader and not self.progress.step else None

    def _batches(self) -> Iterator[Step]:
        """Trains the rest of the epoch; yields each step, on an accelerator in bursts."""
        order = self.order.epoch(self.epoch).to(self.images.device)
        while self.batches_left:
            self._agree()
            if self.stopping:
                return
            yield from self._burst(order)

    def _burst(self, order: Tensor) -> Iterator[Step]:
        start, progress, size = time.perf_counter(), self.progress, self.config.batch_size
        rates, counts, pending = [], [], []
        for batch in range(progress.batch, progress.batch + min(self.burst, self.batches_left)):
            chosen, step = order[batch * size : (batch + 1) * size], progress.step + len(pending)
            rate = progress.lr * schedule(self.config, step / self.steps)
            self.learner.mix_pen_digits(step >= self.pen_digits_turn)
            pending.append(self.learner.step(self.images[chosen], self.labels[chosen], rate))
            rates.append(rate)
            counts.append(len(chosen))
        figures = self.world.all_reduce(torch.stack(pending).cpu()).tolist()
        self._take_time(time.perf_counter() - start, len(pending), sum(counts))
        for index, (rate, count, figure) in enumerate(zip(rates, counts, figures, strict=True), 1):
            self.settled = index == len(figures)
            yield self._record(rate, count, *figure)

    def _take_time(self, elapsed: float, steps: int, images: int) -> None:
        memory = _SPEED_MEMORY**steps if self.images_per_second else 0.0
        self.images_per_second = memory * self.images_per_second + (1 - memory) * images / elapsed
        self.progress.seconds += elapsed
        if self.choice.device != "cpu":
            self.burst = min(max(1, round(_READ_BACK_SECONDS * steps / elapsed)), _LONGEST_BURST)

    def _record(self, rate: float, count: int, loss: float, correct: float, norm: float) -> Step:
        progress, epoch = self.progress, self.epoch + 1
        progress.step += 1
        progress.batch += 1
        progress.loss_sum += loss * count
        progress.correct += correct
        seen = min(progress.batch * self.config.batch_size, len(self.images))
        return Step(
            step=progress.step,
            epoch=epoch,
            loss=loss,
            accuracy=correct / count,
            learning_rate=rate,
            gradient_norm=norm,
            images_per_second=self.images_per_second,
            running_loss=progress.loss_sum / seen,
            running_accuracy=progress.correct / seen,
            batch=progress.batch,
        )

    def _finish_epoch(self) -> tuple[Epoch, Evaluation | None]:
        """Tests what is to be tested, and moves on to the next epoch."""
        start, progress = time.perf_counter(), self.progress
        count = min(progress.batch * self.config.batch_size, len(self.images))
        validation = self._evaluate(self.held_out) if len(self.held_out[0]) else None
        test = self._evaluate(self.test) if self.config.test_each_epoch else None
        measured = validation or test
        epoch = Epoch(
            epoch=self.epoch + 1,
            step=progress.step,
            train_loss=progress.loss_sum / count,
            train_accuracy=progress.correct / count,
            validation_loss=validation and validation.loss,
            validation_accuracy=validation and validation.accuracy,
            test_loss=test and test.loss,
            test_accuracy=test and test.accuracy,
            unanswered=measured and measured.unanswered,
        )
        if measured:
            progress.best_accuracy = max(progress.best_accuracy, measured.accuracy)
        progress.batch, progress.loss_sum, progress.correct = 0, 0.0, 0.0
        progress.seconds += time.perf_counter() - start
        self.order.end_epoch()
        return epoch, test

    def _evaluate(self, split: tuple[Tensor, Tensor]) -> Evaluation:
        return self.world.broadcast(lambda: evaluate(self.learner.best_network, *split, scale=self.config.input_scale))

    def _reached(self, epoch: Epoch) -> bool:
        accuracy = epoch.validation_accuracy if epoch.validation_accuracy is not None else epoch.test_accuracy
        return bool(self.config.target_accuracy and accuracy is not None and accuracy >= self.config.target_accuracy)

    def _failed(self, step: Step) -> Finished:
        message = no_number(step.step, f"{self.progress.lr:g}")
        return Finished(status="failed", seconds=self.progress.seconds, message=message)

    def tensors(self) -> dict[str, Tensor]:
        """The learner's state and the order of images: with `progress`, everything that the next step depends on."""
        return self.learner.tensors() | {"generator.order": self.order.at_epoch}

    def restore(self, tensors: dict[str, Tensor], progress: Progress) -> None:
        """Continues from a state. Raises CheckpointError where it does not fit this config."""
        tensors = dict(tensors)
        if "generator.order" not in tensors:
            raise CheckpointError("The checkpoint has no order of images: start the run anew.")
        self.order.at_epoch = tensors.pop("generator.order")
        self.learner.restore(tensors)
        self.progress = progress
