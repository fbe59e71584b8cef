"""What the commands do that ask a reader: each is one of the command line, as in commands.py."""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.commands import mnist_of
from core.errors import DrawingError, RowByRowError, WeightsError
from core.messages import Message


def evaluate(options: Namespace) -> int:
    """The reader's figures as one JSON object: over the test set, or over drawings of which each says its digit."""
    from core.examining import figures

    reader = _reader(options)
    if options.drawings:
        frames, labels = _labelled(options.drawings)
        print(json.dumps(figures.evaluate_drawings_json(reader, frames, labels)))
    else:
        print(json.dumps(figures.evaluate_json(reader, mnist_of(options))))
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
    """What a reader says of each frame, and why to doubt it, where there is a reason.

    Of a picture's digit also its box: left, top, right, bottom in its pixels.
    """
    from core.reading import tracing
    from core.reading.doubt import doubt

    found = []
    for frame, read in zip(frames, tracing.read(reader, np.stack([frame.pixels for frame in frames])), strict=True):
        answer = {"digit": int(read.argmax()), "probabilities": [round(float(p), 6) for p in read]}
        answer |= {"doubt": why} if (why := doubt(frame, read)) else {}
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
    mnist = mnist_of(options)
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
    test = mnist_of(options).test
    if not 0 <= options.index < len(test):
        raise DrawingError(
            "--index is {index}: choose a test image from 0 to {last}.", index=options.index, last=len(test) - 1
        )
    return drawing.from_pixels(test.images[options.index]).pixels


def export(options: Namespace) -> None:
    from core.reading import readers

    readers.save(_reader(options), options.out, options.force)
    print(options.out)
