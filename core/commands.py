"""What each command of the command line does. Each imports what it needs: `-h` and a mistake answer at once."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.errors import DrawingError, RowByRowError, StoreError, WeightsError
from core.messages import Message
from core.training import distributed, flags, process
from core.training.config import TrainConfig


def train(options: Namespace) -> int:
    from core.runs import worker
    from core.runs.store import Store

    world = distributed.join()
    if world.rank:
        return _follow(world)
    if options.run:
        return _continue(Store(options.runs), options.run, options, world)
    config = flags.config_of(options)
    _launch(world, config, options)
    return _work(lambda listen: worker.start(options.runs, config, options.data, listen, world), options, world)


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
    from core.runs import worker

    _launch(world, store.run(run_id).config, options)
    return _work(lambda listen: worker.run(store, run_id, listen, world), options, world)


def _launch(world: distributed.World, config: TrainConfig, options: Namespace) -> None:
    """Starts over as several processes where the config asks for them; the number given to torchrun has priority."""
    if world.size == 1 and config.devices > 1:
        distributed.launch(config.devices, options.arguments)


def _follow(world: distributed.World) -> int:
    from core.runs import worker

    worker.follow(world)
    distributed.leave(world)
    return 0


def _work(train: Callable, options: Namespace, world: distributed.World) -> int:
    """Trains, `train(listen)`, and prints what the person is to see."""
    from core.runs import lifecycle
    from core.runs.store import Store
    from core.training.events import Started, as_json

    def print_json(event, lines: list[str]) -> None:
        print(json.dumps(as_json(event)), flush=True)

    def print_lines(event, lines: list[str]) -> None:
        if isinstance(event, Started):
            chosen = f"{event.device} ({event.device_reason}), {event.precision} ({event.precision_reason})"
            print(f"Run {event.run}: {chosen}. {event.note}", file=sys.stderr)
        for line in lines:
            print(line, flush=True)

    finished = train(print_json if options.json else print_lines)
    distributed.leave(world)
    lifecycle.refresh(Store(options.runs))
    if not options.json:
        where = f"weights: {finished.weights}" if finished.weights else "no weights yet"
        print(f"{finished.status.capitalize()} after {finished.seconds:.1f} s, {where}", file=sys.stderr)
    return 0


def evaluate(options: Namespace) -> None:
    import torch

    from core.reading import readers
    from core.training import evaluation
    from core.training.model import network_of

    torch.set_num_threads(process.physical_cores())
    network, mnist = network_of(readers.load(options.weights)), _mnist(options)
    result = evaluation.evaluate(network, torch.tensor(mnist.test.images), torch.tensor(mnist.test.labels))
    figures = {"loss": result.loss, "accuracy": result.accuracy, "images": result.images, "source": mnist.source}
    print(json.dumps(figures))


def read(options: Namespace) -> None:
    from core.digits import records
    from core.reading import readers, tracing

    reader = readers.load(options.weights)
    for number, record, folder in _records(options.file):
        try:
            frame = records.from_record(record, folder)
        except RowByRowError as error:
            place = {"file": options.file, "line": number, "error": error.message}
            raise type(error)("{file}, line {line}: {error}", **place) from None
        probabilities = tracing.read(reader, frame.pixels[None])[0]
        digit = int(probabilities.argmax())
        print(json.dumps({"digit": digit, "probabilities": [round(float(p), 6) for p in probabilities]}), flush=True)


def _records(name: str) -> Iterator[tuple[int, Any, Path]]:
    """(line number, JSON value, folder for its relative paths) of each line that is not blank."""
    path = Path(name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DrawingError(
            "Cannot read {path} ({error}): give a file with one JSON object a line.", path=path, error=str(error)
        ) from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line), path.parent
            except ValueError as error:
                place = {"path": path, "line": number, "error": str(error)}
                raise DrawingError("{path}, line {line} is not valid JSON ({error}): correct it.", **place) from None


def trace(options: Namespace) -> None:
    from core.files import write_atomically
    from core.reading import readers, tracing

    reader = readers.load(options.weights)
    content = tracing.to_npz_bytes(tracing.trace(reader, _frame(options)))
    try:
        write_atomically(Path(options.out), content)
    except OSError as error:
        raise WeightsError(
            "Cannot write {path} ({error}): choose another --out.", path=options.out, error=error.strerror
        ) from None


def _frame(options: Namespace):
    """The frame (28, 28) that `trace` is asked for."""
    from core.digits import drawing, records

    if options.image:
        return records.from_record({"image": options.image}, Path()).pixels
    if options.strokes:
        for _, record, folder in _records(options.strokes):
            return records.from_record(record, folder).pixels
        raise DrawingError("{path} holds no drawing: give one JSON object in one line.", path=options.strokes)
    test = _mnist(options).test
    if not 0 <= options.index < len(test):
        raise DrawingError(
            "--index is {index}: choose a test image from 0 to {last}.", index=options.index, last=len(test) - 1
        )
    return drawing.from_pixels(test.images[options.index]).pixels


def export(options: Namespace) -> None:
    from core.reading import readers

    readers.save(readers.load(options.weights), options.out)
    print(options.out)


def download(options: Namespace) -> None:
    from core.digits import data

    print(data.download(options.data, _print_progress))


def _mnist(options: Namespace):
    from core.digits import data

    return data.load(options.data, _print_progress)


def _print_progress(name: str, done: int, total: int) -> None:
    amount = f"{done / total:4.0%}" if total else f"{done >> 10} KiB"
    print(f"\r{name} {amount}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def runs(options: Namespace) -> None:
    from core.runs.store import Store

    for run in Store(options.runs).runs():
        facts, config = run.facts, run.config
        accuracy = f"{facts.test_accuracy:.2%}" if facts.test_accuracy is not None else "-"
        network = f"{config.cell} {config.layers} x {config.hidden}"
        progress = f"{facts.step}/{facts.steps or '?'} steps"
        print(f"{run.id}  {run.state:<8}  {config.preset:<8}  {network:<13}  {progress:<18}  test {accuracy}")


def ship(options: Namespace) -> None:
    from core.runs import shipped
    from core.runs.store import Store

    print(shipped.ship(Store(options.runs), options.run))


def delay(options: Namespace) -> None:
    """Measures and writes the table, and prints it: a line a cell, accuracy after so many blank rows."""
    from core.training import delay

    path = delay.write(_mnist(options))
    table = json.loads(path.read_text(encoding="utf-8"))
    for cell, found in table["cells"].items():
        line = "  ".join(f"+{d}: {a:.2%}" for d, a in zip(table["delays"], found["accuracy"], strict=True))
        print(f"{cell:4}  {line}")


def ood(options: Namespace) -> None:
    from core.digits import ood

    print(ood.write(_mnist(options)))


def subset(options: Namespace) -> None:
    from core.digits import subset

    print(subset.write(_mnist(options)))
