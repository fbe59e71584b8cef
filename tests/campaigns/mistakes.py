"""Makes mistakes on the command line: each ends with one line and status 2, at once, and nothing that is kept changes.

    python -m tests.campaigns.mistakes [--tries 500] [--seed 0]

Prints a line for each mistake that did not end so, then tries, held and failed. A mistake that takes over two seconds
of the processor, or does not end in a minute, has not held.
"""

import argparse
import contextlib
import gzip
import io
import json
import os
import random
import signal
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from core.__main__ import main as core_main
from core.runs.store import Store
from core.training.config import CHOICES, EXCLUSIVE, RANGES, TEXTS, TYPES, TrainConfig
from dashboard.__main__ import main as dashboard_main
from tests.campaigns.outcome import Outcome, report

SLOW_SECONDS = 2.0
_HUNG_SECONDS = 60
_NO_NUMBERS = ["", "x", "nan", "1e", "0x10", "١٢x", "1" * 5000, "--", "\x00", "\ud800", "1,5", "[]"]
_NO_IDS = ["", "x", "..", "../..", "20260101-000000-abcdef", "a\x00b", "\ud800", "-", "1" * 400, "\x1b[31mred"]
_NO_PATHS = ["a\x00b", "\ud800", "/nowhere/at/all", "x" * 5000, "\x1b[31m/red\nline"]
_NO_DRAWINGS = [
    '{"strokes": [[[1%s, 2]]]}' % ("0" * 400),
    "[" * 100_000,
    '{"strokes": "abc"}',
    '{"strokes": []}',
    '{"strokes": [[["1", "2"]]]}',
    '{"image": "/dev/zero"}',
    '{"image": 7}',
    '{"strokes": [[[1, 2]]], "width": -1}',
    "\x00\x01",
    "9" * 5000,
    '{"strokes": [[[NaN, 2]]]}',
]


class _Hung(BaseException):
    """Not ended in a minute."""


class Campaign:
    def __init__(self, folder: Path, seed: int):
        self.folder, self.random = folder, random.Random(seed)
        self.runs = folder / "runs"
        store = Store(self.runs)
        for state in ("finished", "stopped"):
            store.add(TrainConfig(hidden=8, layers=1), None, state)
        self.finished = next(run.id for run in store.runs() if run.state == "finished")
        self.files = _make_files(folder)
        self.made = {"kept.npz": b"kept", "kept.pth": b"kept", "kept.html": b"kept"}
        for name, content in self.made.items():
            (folder / name).write_bytes(content)

    def run(self, tries: int) -> dict[str, Outcome]:
        kinds: dict[str, Callable[[], list[str]]] = {
            "settings": self.settings,
            "runs": self.ids,
            "weights": self.weights,
            "drawings": self.drawings,
            "pictures": self.pictures,
            "data": self.data,
            "out": self.out,
            "options": self.options,
        }
        outcomes = {kind: Outcome() for kind in kinds}
        before = self._state()
        for number in range(tries):
            kind = list(kinds)[number % len(kinds)]
            words = kinds[kind]()
            outcomes[kind].tries += 1
            if wrong := self._wrong(words):
                outcomes[kind].failures.append(f"{wrong}: {ascii(words)[:250]}")
            elif self._state() != before:
                outcomes[kind].failures.append(f"something that is kept has changed: {ascii(words)[:250]}")
                before = self._state()
        return outcomes

    def _wrong(self, words: list[str]) -> str | None:
        """Runs the command; what is wrong with how it ended."""
        out, err, begun = io.StringIO(), io.StringIO(), time.process_time()
        main = dashboard_main if words[0] == "page" else core_main
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _alarm():
                status = main(words)
        except SystemExit as end:
            status = end.code
        except _Hung:
            return "it hung"
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:100]}"
        if status != 2:
            return f"status {status}"
        if len(err.getvalue().strip().splitlines()) != 1 or "\x1b" in err.getvalue():
            return f"not one line: {ascii(err.getvalue())[:150]}"
        if words[0] != "read" and out.getvalue():
            return f"it wrote {ascii(out.getvalue())[:80]}"
        if (took := time.process_time() - begun) > SLOW_SECONDS:
            return f"it took {took:.1f} s"
        return None

    def _state(self) -> list:
        """All that is kept: files, runs, and what lies where --out points."""
        runs = [(run.id, run.state, run.name, str(run.message)) for run in Store(self.runs).runs()]
        files = sorted(
            str(path) for path in self.folder.rglob("*") if "-wal" not in path.name and "-shm" not in path.name
        )
        kept = [(self.folder / name).read_bytes() == content for name, content in self.made.items()]
        return [runs, files, kept]

    def _runs(self) -> list[str]:
        return ["--runs", str(self.runs)]

    def settings(self) -> list[str]:
        name = self.random.choice(
            [name for name, kind in TYPES.items() if kind is not bool and name != "preset" and name not in TEXTS]
        )
        return ["train", f"--{name.replace('_', '-')}={self._no_value(name)}", *self._runs()]

    def _no_value(self, name: str) -> str:
        if name in CHOICES or self.random.random() < 0.5:
            return self.random.choice(_NO_NUMBERS)
        low, high = RANGES[name]
        beyond = [f"{high + 1:.0f}", "1" + "0" * 400, "-" + "9" * 400, f"{low - 1:.0f}"]
        more = [f"{low}", "inf", "-inf", "1e400"] if name in EXCLUSIVE else ["1e400" if TYPES[name] is float else "1.5"]
        return self.random.choice(beyond + more)

    def ids(self) -> list[str]:
        run_id = self.random.choice([*_NO_IDS, self.finished])
        command = self.random.choice(["resume", "train", "ship"])
        if command == "ship" and run_id == self.finished:  # it has no weights
            return ["ship", run_id, *self._runs()]
        if run_id == "-" or not run_id:
            run_id = "x"
        return ["train", f"--run={run_id}", *self._runs()] if command == "train" else [command, "--", run_id][:3]

    def weights(self) -> list[str]:
        path = self.random.choice([*self.files["weights"], *_NO_PATHS])
        command = self.random.choice(["evaluate", "read", "trace", "similar", "export", "page"])
        rest = {
            "read": [self.files["drawing"][0]],
            "trace": ["--index", "0", "--out", f"{self.folder}/new.npz"],
            "similar": ["--index", "0", *self._runs()],
            "export": ["--out", f"{self.folder}/new.pth"],
            "page": ["--out", f"{self.folder}/new.html"],
        }.get(command, [])
        return [command, f"--weights={path}", *rest]

    def drawings(self) -> list[str]:
        path = self.random.choice([*self.files["drawings"], *_NO_PATHS])
        command = self.random.choice(["read", "trace", "similar", "evaluate"])
        if command == "read":
            return ["read", "--", path]
        if command == "trace":
            return ["trace", f"--strokes={path}", "--out", f"{self.folder}/new.npz"]
        return [command, f"--{'strokes' if command == 'similar' else 'drawings'}={path}"]

    def pictures(self) -> list[str]:
        path = self.random.choice([*self.files["pictures"], *_NO_PATHS])
        return ["trace", f"--image={path}", "--out", f"{self.folder}/new.npz"]

    def data(self) -> list[str]:
        path = self.random.choice([*self.files["data"], *_NO_PATHS])
        command = self.random.choice(["evaluate", "trace", "train", "similar", "subset", "ood"])
        rest = {"trace": ["--index", "0", "--out", f"{self.folder}/new.npz"], "similar": ["--index", "0"]}
        more = self._runs() if command in ("train", "similar") else []
        if command == "train":
            more += ["--precision=fp32", "--device=cpu"]
        return [command, f"--data={path}", *rest.get(command, []), *more]

    def out(self) -> list[str]:
        name = self.random.choice(["kept", "", "fifo", "nofolder"])
        command, ending = self.random.choice([("trace", "npz"), ("export", "pth"), ("page", "html")])
        path = {
            "kept": f"{self.folder}/kept.{ending}",
            "": str(self.folder),
            "fifo": self.files["fifo"][0],
            "nofolder": f"{self.files['fifo'][0]}/x.{ending}",
        }[name]
        path = self.random.choice([path, "a\x00b", f"\ud800.{ending}", "/dev/null"])
        subject = ["--strokes", self.files["drawing"][0]] if command == "trace" else []
        return [command, *subject, f"--out={path}"]

    def options(self) -> list[str]:
        junk = self.random.choice(
            ["--surprise", "--json=7", "--row=29", "--index=x", "--preset", "\x1b[31m", "-\ud800"]
        )
        command = self.random.choice(
            ["train", "resume", "evaluate", "read", "trace", "similar", "export", "runs", "nothing"]
        )
        return [command, junk]


@contextlib.contextmanager
def _alarm():
    def ring(number, frame):
        raise _Hung

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(_HUNG_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _make_files(folder: Path) -> dict[str, list[str]]:
    """Files of each kind that are none."""
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    kinds: dict[str, list[bytes]] = {
        "weights": [
            b"",
            b"<html>",
            b"\x89HDF",
            b"\x80\x02x",
            b"PK\x03\x04",
            _bomb(),
            b"version https://git-lfs",
            b"\x08\x01",
        ],
        "drawings": [text.encode() for text in _NO_DRAWINGS] + [b"\xff\xfe\xff", b"\xef\xbb\xbf{"],
        "pictures": [b"", b"text", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"BM" + bytes(60)],
    }
    made = {}
    for kind, contents in kinds.items():
        made[kind] = [str(fifo), str(folder), "/dev/zero"]
        for number, content in enumerate(contents):
            path = folder / f"{kind}-{number}"
            path.write_bytes(content)
            made[kind].append(str(path))
    made["data"] = [
        _data(folder / f"data-{number}", content) for number, content in enumerate((b"x", gzip.compress(b"x")))
    ]
    made["data"] += [_data(folder / "data-bomb", gzip.compress(bytes(2**27), 9))]
    (folder / "kaggle").mkdir()
    (folder / "kaggle" / "train.csv").write_text("label,pixel0\n")
    made["data"] += [str(folder / "kaggle"), f"{folder}/pictures-1"]
    (folder / "drawing.jsonl").write_text(json.dumps({"strokes": [[[80, 60], [200, 60], [140, 230]]]}))
    return made | {"fifo": [str(fifo)], "drawing": [str(folder / "drawing.jsonl")]}


def _bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a/data.pkl", "w") as entry:
        for _ in range(600):
            entry.write(bytes(2**20))
    return content.getvalue()


def _data(folder: Path, content: bytes) -> str:
    folder.mkdir()
    (folder / "train-images-idx3-ubyte.gz").write_bytes(content)
    return str(folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.mistakes", description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.environ.update(https_proxy="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9", no_proxy="")
    import torchvision.datasets  # noqa: F401 - what is measured is a mistake, not the start

    with tempfile.TemporaryDirectory() as folder:
        os.environ["RUNS_ROOT"] = str(Path(folder) / "runs")
        return report("mistakes", Campaign(Path(folder), options.seed).run(options.tries))


if __name__ == "__main__":
    raise SystemExit(main())
