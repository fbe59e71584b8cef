"""The table of runs as run_table's message: what came of each, and every setting in which those shown differ."""

import json
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from core.runs.comparison import SETTINGS, differing
from core.runs.run import ACTIVE, Run
from dashboard import settings
from dashboard.formats import NONE, duration, figure, percent
from dashboard.words import language, say

_DEVICES = {"cpu": "CPU", "cuda": "CUDA", "mps": "Apple GPU", "": NONE}
FIGURES = {
    "name": (260, ""),
    "state": (124, ""),
    "test_accuracy": (72, "right"),
    "best_accuracy": (92, "right"),
    "loss": (72, "right"),
    "steps": (72, "right"),
    "duration": (96, "right"),
    "speed": (80, "right"),
    "device": (84, ""),
    "created": (128, ""),
}
"""Column -> width in pixels and alignment."""
_LEADING = 5
"""So many stand before the settings."""
_SETTING_WIDTH = 104
COLUMNS = (*list(FIGURES)[1:], *SETTINGS)
"""What may be hidden."""


def label(column: str) -> str:
    return say(f"runs.column_{column}") if column in FIGURES else settings.label(column)


def columns_of(runs: Sequence[Run], hidden: Sequence[str]) -> list[str]:
    """What came of them, with each setting that is not the same in all of these runs, but what is hidden."""
    figures = list(FIGURES)
    settings_ = [name for name in differing([run.config for run in runs]) if name not in FIGURES]  # device is both
    return [name for name in (*figures[:_LEADING], *settings_, *figures[_LEADING:]) if name not in hidden]


def message(runs: Sequence[Run], columns: Sequence[str], sort: str) -> bytes:
    heads = [_head(column) for column in columns]
    tongue, rows = language(), []
    for run in runs:
        texts = [_shown(run, column, tongue) for column in columns]
        order = [_order(run, column, text) for column, text in zip(columns, texts, strict=True)]
        rows.append({"id": run.id, "shown": texts, "order": order})
    words = {"label": say("runs.title"), "all": say("runs.choose_all")}
    return json.dumps({"columns": heads, "rows": rows, "words": words, "sort": sort}, ensure_ascii=False).encode()


def _head(column: str) -> dict[str, Any]:
    numeric = column in SETTINGS and column not in ("preset", "cell")
    width, align = FIGURES.get(column, (_SETTING_WIDTH, "right" if numeric else ""))
    explained = say(f"runs.help_{column}") if column in FIGURES else label(column)
    return {
        "key": column,
        "label": label(column),
        "help": explained,
        "width": width,
        "align": align,
        "grow": column == "name",
    }


def shown(run: Run, columns: Sequence[str]) -> list[str]:
    """The texts of a row."""
    tongue = language()
    return [_shown(run, column, tongue) for column in columns]


def _shown(run: Run, column: str, tongue: str) -> str:
    facts = run.facts
    match column:
        case "name":
            return run.name
        case "state":
            return state(run, tongue)
        case "test_accuracy" | "best_accuracy":
            return percent(getattr(facts, column))
        case "loss":
            return figure(facts.loss, ".4f")
        case "steps":
            return f"{facts.step:,}" if facts.step else NONE
        case "duration":
            return _duration(round(seconds(run)), tongue) if facts.step else NONE
        case "speed":
            return f"{facts.images_per_second:,.0f}" if facts.images_per_second else NONE
        case "device":
            return _DEVICES[facts.device]
        case "created":
            return time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
    return _setting(column, getattr(run.config, column), tongue)


@lru_cache(maxsize=4096)
def _setting(column: str, value: Any, _language: str) -> str:
    """Said once for each value: a thousand runs have few."""
    return settings.spoken(column, value)


@lru_cache(maxsize=4096)
def _duration(seconds: int, _language: str) -> str:
    return duration(seconds)


@lru_cache(maxsize=64)
def _state(name: str, _language: str) -> str:
    return say(f"train.{name}")


def state(run: Run, tongue: str) -> str:
    """training · 42 %"""
    said = _state(run.state, tongue)
    if run.state in ACTIVE and run.facts.steps:
        return say("runs.state_share", state=said, share=f"{run.facts.step / run.facts.steps:.0%}")
    return said


def seconds(run: Run) -> float:
    """Of training: as the run has told at its end, else from its steps and its speed."""
    facts = run.facts
    if facts.seconds and run.state not in ACTIVE:
        return facts.seconds
    return facts.step * run.config.batch_size / facts.images_per_second if facts.images_per_second else 0.0


def _order(run: Run, column: str, shown: str) -> Any:
    """What the column is sorted by."""
    match column:
        case "test_accuracy" | "best_accuracy" | "loss":
            return getattr(run.facts, column)
        case "steps":
            return run.facts.step
        case "duration":
            return seconds(run)
        case "speed":
            return run.facts.images_per_second
        case "created":
            return run.created
        case "name" | "state" | "device":
            return shown
    value = getattr(run.config, column)
    return int(value) if isinstance(value, bool) else value


def matching(runs: Sequence[Run], text: str, states: Sequence[str], archived: bool) -> list[Run]:
    """The runs whose name, note, id or settings have every word of the text, in one of the states (none: in any)."""
    words = text.lower().split()
    return [
        run
        for run in runs
        if (archived or not run.archived)
        and (not states or run.state in states)
        and all(word in _searched(run) for word in words)
    ]


def _searched(run: Run) -> str:
    return f"{run.name} {run.note} {run.id} {run.sweep} {run.config.preset} {run.config.cell}".lower()
