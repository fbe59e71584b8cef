"""A run whose record cannot be read, shown as such: the other runs of its store are not touched by it."""

import re
from typing import Any

from core.errors import StoreError
from core.messages import Message, one_line
from core.runs.run import Run, RunFolder
from core.training.config import TrainConfig

ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}", re.ASCII)
"""A run's id: it becomes a folder's name."""


def error_of(run_id: Any, folder: RunFolder, reason: str | Message) -> StoreError:
    return StoreError(
        "The record of run {run} cannot be read ({error}): 'python -m core runs --repair' tries to mend it; what lies "
        "in {folder} is unharmed.",
        run=run_id,
        error=reason,
        folder=folder.path,
    )


def standing_in(run_id: Any, name: Any, created: Any, folder: RunFolder, message: Message) -> Run:
    """The run as far as it is known: nothing can be done with it, and its message is the remedy."""
    return Run(
        id=one_line(str(run_id), 40),
        config=TrainConfig(),
        state="failed",
        created=created if isinstance(created, float) and 0 <= created <= 1e10 else 0.0,
        folder=folder,
        name=name if isinstance(name, str) else "",
        message=message,
        unreadable=True,
    )
