"""What each command of the command line does. Each imports what it needs: `-h` and a mistake answer at once."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np

from core.errors import DrawingError, RowByRowError, StoreError, WeightsError
from core.messages import Message
from core.training import distributed, flags
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
    start = partial(worker.start, options.runs, config, options.data, world=world, name=options.name)
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
    from core.runs import worker

    _launch(world, store.run(run_id).config, options)
    return _work(lambda listen: worker.run(store, run_id, listen, world), options, world)


def _launch(world: distributed.World, config: TrainConfig, options: Namespace) -> None:
    """Starts over as several processes where the config asks for them; the number given to torchrun has priority."""
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


def evaluate(options: Namespace) -> int:
    """The reader's figures as one JSON object: over the test set, or over drawings of which each says its digit."""
    from core.examining import figures

    reader = _reader(options)
    if options.drawings:
        frames, labels = _labelled(options.drawings)
        print(json.dumps(figures.evaluate_drawings_json(reader, frames, labels)))
    else:
        print(json.dumps(figures.evaluate_json(reader, _mnist(options))))
    return 0


def _labelled(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The frames (N, 28, 28) and digits (N,) of a drawings file. Raises DrawingError for a line that has no digit."""
    from core.digits import records

    frames, labels = [], []
    for line in records.lines_of(name):
        frame, record = line.frame(), line.record()
        label = record.get("digit")
        if not isinstance(label, int) or isinstance(label, bool) or label not in range(10):
            raise DrawingError(
                "{path}, line {line}: write what it is, as in {example}.",
                path=name,
                line=line.number,
                example='"digit": 7',
            )
        frames.append(frame.pixels)
        labels.append(label)
    return np.stack(frames) if frames else np.zeros((0, 28, 28), np.float32), np.array(labels, dtype=np.int64)


def read(options: Namespace) -> int:
    """One JSON object a line; {"error": ...} in place of a line that cannot be read, and then exit status 2.

    Of a picture a line for each digit, with its box. A drawing's line with a picture of several digits answers for the
    first of them, and has all of them besides.
    """
    from core.digits import pictures, records

    reader, status = _reader(options), 0
    if Path(options.file).suffix.lower().removeprefix(".") in pictures.ENDINGS:
        for answer in _answers(reader, pictures.all_from_file(options.file)):
            print(json.dumps(answer), flush=True)
        return 0
    for line in records.lines_of(options.file):
        try:
            answers = _answers(reader, line.frames())
        except RowByRowError as error:
            print(json.dumps({"error": str(error)}), flush=True)
            status = 2
            continue
        answer = {name: value for name, value in answers[0].items() if name != "box"}
        print(json.dumps(answer | ({"digits": answers} if len(answers) > 1 else {})), flush=True)
    if status:
        print(f"{options.file} has lines that cannot be read: see the errors in their places.", file=sys.stderr)
    return status


def _answers(reader, frames: Sequence) -> list[dict]:
    """What a reader says of each frame; of a picture's digit also its box: left, top, right, bottom in its pixels."""
    from core.reading import tracing

    found = []
    for frame, read in zip(frames, tracing.read(reader, np.stack([frame.pixels for frame in frames])), strict=True):
        answer = {"digit": int(read.argmax()), "probabilities": [round(float(p), 6) for p in read]}
        found.append(answer | ({"box": list(frame.box)} if frame.box else {}))
    return found


def similar(options: Namespace) -> None:
    """The test digits whose state after a row is nearest to this digit's, as one JSON object."""
    from core.digits import records
    from core.examining import index, neighbours
    from core.runs.store import folder_of

    reader = _reader(options)
    index.place_of(reader, options.state, -1)  # mistakes are told before the data is asked for, and alone
    query = options.index if options.strokes is None else records.first_of(options.strokes).pixels
    mnist = _mnist(options)
    known = index.index_of(reader, mnist, folder_of(options.runs) / "examined")
    found = neighbours.nearest(known, query, options.row - 1, state=options.state, count=options.count)
    print(json.dumps(found))


def trace(options: Namespace) -> None:
    from core import files
    from core.reading import tracing

    try:
        files.out_target(options.out, options.force)  # before anything is worked out
        content = tracing.to_npz_bytes(tracing.trace(_reader(options), _frame(options)))
        files.write_out(options.out, content, options.force)
    except OSError as error:
        raise WeightsError(
            "Cannot write {path} ({error}): choose another --out.", path=options.out, error=error.strerror
        ) from None


def _reader(options: Namespace):
    """The reader of --weights, with its --input-scaling folded in; what was assumed is said on stderr."""
    from core.messages import joined
    from core.reading import readers, scaling

    wanted = scaling.parsed(options.input_scaling) if options.input_scaling else None
    reader = readers.load(options.weights)
    if reader.notes:
        print(Message("{path}: {notes}.", {"path": options.weights, "notes": joined(*reader.notes)}), file=sys.stderr)
    if wanted:
        return scaling.folded(reader, wanted)
    if not reader.card and (said := scaling.advice(reader)):  # another program's: it may take other pixels than 0 to 1
        print(said, file=sys.stderr)
    return reader


def _frame(options: Namespace):
    """The frame (28, 28) that `trace` is asked for."""
    from core.digits import drawing, records

    if options.image:
        return records.from_record({"image": options.image}, Path()).pixels
    if options.strokes:
        return records.first_of(options.strokes).pixels
    test = _mnist(options).test
    if not 0 <= options.index < len(test):
        raise DrawingError(
            "--index is {index}: choose a test image from 0 to {last}.", index=options.index, last=len(test) - 1
        )
    return drawing.from_pixels(test.images[options.index]).pixels


def export(options: Namespace) -> None:
    from core.reading import readers

    readers.save(_reader(options), options.out, options.force)
    print(options.out)


def download(options: Namespace) -> None:
    from core.digits import data

    print(data.download(options.data, _print_progress))


def _mnist(options: Namespace):
    """MNIST; where it is the subset, that is said on stderr."""
    from core.digits import data

    found = data.load(options.data, _print_progress)
    if found.source != "full":
        print(f"{found.note} {data.WHERE}", file=sys.stderr)
    return found


def _print_progress(name: str, done: int, total: int) -> None:
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

    path = delay.write(_mnist(options))
    table = json.loads(path.read_text(encoding="utf-8"))
    for cell, found in table["cells"].items():
        line = "  ".join(f"+{d}: {a:.2%}" for d, a in zip(table["delays"], found["accuracy"], strict=True))
        print(f"{cell:4}  {line}")


def waiting(options: Namespace) -> None:
    """Trains what the table still lacks and writes it; prints a line for each."""
    from core.training import waiting

    for row in waiting.make(_mnist(options)):
        print(f"{row.cell:4}  {row.start:10}  +{row.wait:<3}  seed {row.seed}  {row.accuracy:.2%}", flush=True)


def ood(options: Namespace) -> None:
    from core.digits import ood

    print(ood.write(_mnist(options)))


def subset(options: Namespace) -> None:
    from core.digits import subset

    print(subset.write(_mnist(options)))
