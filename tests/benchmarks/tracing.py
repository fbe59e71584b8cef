"""Times a trace and a batched reading: `python -m tests.benchmarks.tracing`."""

from time import perf_counter

import numpy as np

from core.reading.readers import Reader, reader_of, shapes_of
from core.reading.tracing import Clamp, Surgery, read, trace


def a_reader(cell: str, hidden: int, layers: int) -> Reader:
    random = np.random.default_rng(0)
    shapes = shapes_of(cell, hidden, layers)
    return reader_of({name: random.normal(0, hidden**-0.5, shape).astype("f4") for name, shape in shapes.items()})


def median_milliseconds(act, repeats: int) -> float:
    act()
    seconds = []
    for _ in range(repeats):
        start = perf_counter()
        act()
        seconds.append(perf_counter() - start)
    return 1000 * float(np.median(seconds))


def main() -> None:
    frames = np.random.default_rng(0).random((1000, 28, 28)).astype(np.float32)
    for cell, hidden, layers in [
        ("lstm", 128, 2),
        ("gru", 128, 2),
        ("rnn", 128, 2),
        ("lstm", 512, 4),
        ("lstm", 1024, 4),
    ]:
        reader = a_reader(cell, hidden, layers)
        milliseconds = median_milliseconds(lambda reader=reader: trace(reader, frames[0]), 30 if hidden == 128 else 5)
        print(f"trace  {cell:4} {layers} x {hidden:<4} {milliseconds:8.2f} ms")
    reader, cut = a_reader("lstm", 128, 2), Surgery(clamp=(Clamp("f", 1.0),), silenced=((1, 3),))
    print(f"read   1,000 frames, 2 x 128         {median_milliseconds(lambda: read(reader, frames), 3):8.0f} ms")
    print(f"read   the same with surgery         {median_milliseconds(lambda: read(reader, frames, cut), 3):8.0f} ms")


if __name__ == "__main__":
    main()
