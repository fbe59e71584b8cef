"""What is found good before a run trains: its device, its data, its checkpoint; and the processes beside the first."""

import sys
from dataclasses import dataclass

from core.digits import data as mnist
from core.errors import DataError
from core.messages import Message
from core.runs.checkpoints import Checkpoint
from core.runs.writer import Writer
from core.training import devices, distributed, process
from core.training.config import TrainConfig
from core.training.distributed import World
from core.training.lesson import NOTHING, Lesson
from core.training.trainer import Trainer


@dataclass(frozen=True, kw_only=True)
class _Shared:
    """What the first process tells those that follow it."""

    config: TrainConfig
    data: str | None
    source: str
    choice: devices.Choice
    checkpoint: Checkpoint | None
    lesson: Lesson


def _nothing() -> _Shared:
    raise AssertionError("only the first process has something to say")


def prepared(
    config: TrainConfig,
    data: str | None,
    world: World,
    checkpoint: Checkpoint | None = None,
    progress: mnist.Progress | None = None,
    lesson: Lesson = NOTHING,
    at_once: int = 1,
    found: mnist.Mnist | None = None,
) -> Trainer:
    """The trainer as it starts or goes on. Raises what is wrong with config, device, data or checkpoint.

    at_once: runs that may train at the same time; the cores are divided among them, also while fewer do.
    found: MNIST from `data`, where it has already been read.
    """
    process.configure_process(world.local_size * at_once)
    lesson.check(config)
    if checkpoint:
        config = checkpoint.config.with_(precision=checkpoint.precision)
    choice = devices.choose(config)  # first: a device that is not there is known at once
    world.check(choice.device)
    found = found or mnist.load(data, progress or _download_line)
    shared = _Shared(config=config, data=data, source=found.source, choice=choice, checkpoint=checkpoint, lesson=lesson)
    world.broadcast(lambda: shared)
    trainer = Trainer(checkpoint.config if checkpoint else config, found, choice, world, lesson, at_once=at_once)
    if checkpoint:
        trainer.restore(checkpoint.tensors, checkpoint.progress)
    return trainer


def follow(world: World) -> None:
    """Trains along with the first process, from what that one has loaded; writes nothing."""
    with distributed.following(), distributed.noticing_the_dead(world):
        shared = world.broadcast(_nothing)
        trainer = Trainer(shared.config, mnist.load(shared.data), shared.choice, world, shared.lesson)
        if trainer.data.source != shared.source:
            raise DataError(
                "The first process trains on the {source} MNIST, another finds only a {found}",
                source=shared.source,
                found=trainer.data.note,
            )
        if shared.checkpoint:
            trainer.restore(shared.checkpoint.tensors, shared.checkpoint.progress)
        for _ in trainer.events():
            pass


def _download_line(name: str, done: int, total: int) -> None:
    end = "" if done < total else "\n"
    print(f"\rDownloading MNIST: {name} {_progress(done, total)}", end=end, file=sys.stderr, flush=True)


def telling(writer: Writer) -> mnist.Progress:
    """Says how far a download is, on stderr and as the run's message."""

    def tell(name: str, done: int, total: int) -> None:
        if total and done < total and int(100 * done / total) == int(100 * (done - 65536) / total):
            return  # at most a hundred lines a file
        message = Message("Downloading MNIST: {name}, {share}", {"name": name, "share": _progress(done, total)})
        writer.set_state("running", message)
        _download_line(name, done, total)

    return tell


def _progress(done: int, total: int) -> str:
    return f"{done / total:.0%}" if total else f"{done >> 20} MiB"
