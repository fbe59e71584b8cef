"""What a run's own files know of it: their headers, read without PyTorch."""

from typing import Any

from core.outside import parse_json
from core.runs.run import RunFolder

KEY = "row_by_row"
_LONGEST = 2**20


def of(folder: RunFolder) -> dict[str, Any]:
    """`config` and `facts` as far as a checkpoint or weights tell them; empty where there is neither."""
    checkpoint, weights = _header(folder.checkpoint), _header(folder.weights)
    progress = checkpoint.get("progress")
    facts: dict[str, Any] = {}
    if isinstance(progress, dict) and isinstance(progress.get("step"), int):
        facts["step"] = progress["step"]
    if isinstance(weights.get("test_accuracy"), float):
        facts["test_accuracy"] = weights["test_accuracy"]
    return {"config": checkpoint.get("config") or weights.get("config"), "facts": facts}


def _header(path) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            length = min(int.from_bytes(file.read(8), "little"), _LONGEST)
            found = parse_json(parse_json(file.read(length))["__metadata__"][KEY])
    except Exception:  # damaged too
        return {}
    return found if isinstance(found, dict) else {}
