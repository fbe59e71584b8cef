"""What a runs folder remembers of its machine's speed, written beforehand: no test waits for a measurement."""

import json

from core.runs.estimate import kind_of
from core.runs.store import Store
from core.training.config import TrainConfig


def remember(store: Store, config: TrainConfig, speed: float = 2000.0, start: float = 0.0, at_once: int = 1) -> None:
    """speed: images a second of runs of this config's kind; start: seconds until their first step."""
    path = store.folder / "speed.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    about = {"device": "cpu", "device_reason": "why", "precision": "fp32", "precision_reason": "timed", "devices": 1}
    measured = about | {"images_per_second": speed, "start_seconds": start}
    path.write_text(json.dumps(known | {kind_of(config, at_once): measured}))
