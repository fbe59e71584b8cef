"""The browser's own network, asked through Node: tests/js/mirror.js answers for it."""

import json
import subprocess
from pathlib import Path

import numpy as np
import playwright

ROOT = Path(__file__).parents[1]
NODE = Path(playwright.__file__).parent / "driver" / "node"
SCRIPTS = ROOT / "tests" / "js"
ROUNDING = 1e-4  # both sides store float32, and a recurrence carries on what that loses: here 1e-5 is usual


def node(*arguments: str | Path) -> str:
    """What the script prints; an error is the test's."""
    done = subprocess.run([NODE, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def in_json(value):
    """Without the numbers that JSON lacks: mirror.js reads their names."""
    if isinstance(value, (list, tuple)):
        return [in_json(entry) for entry in value]
    if isinstance(value, dict):
        return {key: in_json(entry) for key, entry in value.items()}
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def mirrored(folder: Path, jobs: list[dict]) -> None:
    """Has mirror.js do the jobs; their answers lie in the files `out`."""
    path = folder / "jobs.json"
    path.write_text(json.dumps(in_json(jobs)))
    node(SCRIPTS / "mirror.js", path)


def answers_of(kind: str, drawings: list, folder: Path) -> list:
    mirrored(folder, [{"kind": kind, "drawings": drawings, "out": str(folder / "answers.json")}])
    return json.loads((folder / "answers.json").read_text())
