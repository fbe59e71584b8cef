"""What each command of the command line does. Each imports what it needs: `-h` and a mistake answer at once."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from core.errors import RowByRowError, StoreError
from core.messages import Message
from core.training import distributed, flags
from core.training.config import TrainConfig


def train(options: Namespace) -> int:
    from core.runs import early
    from core.runs.store import Store

    world = distributed.join()
    if world.rank:
        return _follow(world)
    if options.run:
        return _continue(Store(options.runs), options.run, options, world)
    config = flags.config_of(options)
    _launch(world, config, options)
    mnist = early.mnist_beside_torch(config, options.data)

    from core.runs import worker

    start = partial(worker.start, options.runs, config, options.data, world=world, name=options.name, mnist=mnist)
    return _work(start, options, world)


def resume(options: Namespace) -> int:
    from core.runs.run import RESUMABLE
    from core.runs.store import Store

    world = distributed.join()
    if world.rank:
        return _follow(world)
    store = Store(options.runs)
    run = store.run(options.run)
    if run.state not in RESUMABLE:
        raise StoreError(
            "Run {run} is {state}: only one that was stopped, failed or lost can be resumed here.",
            run=run.id,
            state=Message(run.state),
        )
    return _continue(store, run.id, options, world)


def _continue(store, run_id: str, options: Namespace, world: distributed.World) -> int:
    from core.runs import early

    run = store.run(run_id)
    _launch(world, run.config, options)
    mnist = early.mnist_beside_torch(run.config, run.data)

    from core.runs import worker

    return _work(lambda listen: worker.run(store, run_id, listen, world, mnist), options, world)


def _launch(world: distributed.World, config: TrainConfig, options: Namespace) -> None:
    """Starts over as several processes where the config asks for them and no launcher has yet given their number."""
    if world.size == 1 and config.devices > 1:
        distributed.launch(config.devices, options.arguments)


def _follow(world: distributed.World) -> int:
    from core.runs import preparation

    preparation.follow(world)
    distributed.leave(world)
    return 0


def _work(train: Callable, options: Namespace, world: distributed.World) -> int:
    """Trains, `train(listen)`, and prints what the person is to see."""
    from core.runs import database, lifecycle
    from core.runs.store import Store, folder_of
    from core.training.events import Started, as_json

    def print_json(event, lines: list[str]) -> None:
        if isinstance(event, Started) and event.data != "full":
            print(event.note, file=sys.stderr)
        print(json.dumps(as_json(event)), flush=True)

    def print_lines(event, lines: list[str]) -> None:
        if isinstance(event, Started):
            chosen = f"{event.device} ({event.device_reason}), {event.precision} ({event.precision_reason})"
            print(f"Run {event.run}: {chosen}. {event.note}", file=sys.stderr)
        for line in lines:
            print(line, flush=True)

    try:
        finished = train(print_json if options.json else print_lines)
        distributed.leave(world)
    finally:  # also after a run that failed: those that wait are none the worse
        if (folder_of(options.runs) / database.NAME).exists():
            with suppress(RowByRowError):
                lifecycle.refresh(Store(options.runs))
    if not options.json:
        where = f"weights: {finished.weights}" if finished.weights else "no weights yet"
        print(f"{finished.status.capitalize()} after {finished.seconds:.1f} s, {where}", file=sys.stderr)
    return 0


def download(options: Namespace) -> None:
    from core.digits import data

    print(data.download(options.data, print_progress))


def mnist_of(options: Namespace):
    """MNIST; where it is the subset, that is said on stderr."""
    from core.digits import data

    found = data.load(options.data, print_progress)
    if found.source != "full":
        print(f"{found.note} {data.WHERE}", file=sys.stderr)
    return found


def print_progress(name: str, done: int, total: int) -> None:
    amount = f"{done / total:4.0%}" if total else f"{done >> 10} KiB"
    print(f"\r{name} {amount}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def repair(options: Namespace) -> None:
    """Makes the store of the runs folder anew, and says what was found."""
    from core.runs import repair
    from core.runs.store import folder_of

    found = repair.repair(folder_of(options.runs))
    sources = f"{found.mended} mended, {found.from_copies} from copies, {found.from_folders} from their folders"
    print(f"{found.runs} runs ({sources})." + (f" The old file lies in {found.aside}." if found.aside else ""))


def ship(options: Namespace) -> None:
    from core.runs import shipped
    from core.runs.store import Store

    print(shipped.ship(Store(options.runs), options.run))


def delay(options: Namespace) -> None:
    """Measures and writes the table, and prints it: a line a cell, accuracy after so many blank rows."""
    from core.training import delay

    path = delay.write(mnist_of(options))
    table = json.loads(path.read_text(encoding="utf-8"))
    for cell, found in table["cells"].items():
        line = "  ".join(f"+{d}: {a:.2%}" for d, a in zip(table["delays"], found["accuracy"], strict=True))
        print(f"{cell:4}  {line}")


def waiting(options: Namespace) -> None:
    """Trains what the table still lacks and writes it; prints a line for each."""
    from core.training import waiting

    for row in waiting.make(mnist_of(options)):
        print(f"{row.cell:4}  {row.start:10}  +{row.wait:<3}  seed {row.seed}  {row.accuracy:.2%}", flush=True)


def ood(options: Namespace) -> None:
    from core.digits import ood

    print(ood.write(mnist_of(options)))


def discriminator(options: Namespace) -> None:
    from core.training import discrimination

    print(discrimination.write(mnist_of(options)))


def subset(options: Namespace) -> None:
    from core.digits import subset

    print(subset.write(mnist_of(options)))
