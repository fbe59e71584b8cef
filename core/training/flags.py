"""The command line's flag of every setting: added to a parser, read into a config, written as text."""

import argparse
import ast
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.training import config as settings
from core.training.config import CHOICES, EXCLUSIVE, GROUPS, PRESETS, RANGES, TYPES, TrainConfig, preset

_TITLES = {"network": "network", "training": "training", "start": "start", "images": "images and tests"}
_METAVARS = {int: "N", float: "X", str: "NAME"}
_NAMES = [name for group in GROUPS.values() for name in group]


def add_to(parser: argparse.ArgumentParser) -> None:
    """`--preset` and a flag for every setting; one that is not given is the preset's."""
    parser.add_argument(
        "--preset", default="article", metavar="NAME", help=f"one of {', '.join(PRESETS)}; default article"
    )
    for group, names in GROUPS.items():
        section = parser.add_argument_group(_TITLES.get(group, group))
        for name in names:
            _add_flag(section, name)


def _add_flag(section, name: str) -> None:
    spellings = dict.fromkeys([_flag(name), f"--{name}"])  # --batch-size and --batch_size
    text = _help(name).replace("%", "%%")
    if TYPES[name] is bool:
        section.add_argument(*spellings, action=argparse.BooleanOptionalAction, help=text)
    elif name in CHOICES:
        section.add_argument(*spellings, choices=CHOICES[name], help=text)
    else:
        section.add_argument(*spellings, type=TYPES[name], metavar=_METAVARS[TYPES[name]], help=text)


def config_of(options: argparse.Namespace) -> TrainConfig:
    """The preset with the given flags applied. Raises ConfigError."""
    return preset(options.preset, **{name: getattr(options, name) for name in _NAMES})


def arguments_of(config: TrainConfig) -> list[str]:
    """The arguments of `train` that give this very config: its preset and every setting that differs from it."""
    start = settings.unchanged(config).as_dict()
    changed = {name: value for name, value in config.as_dict().items() if value != start[name]}
    return ["--preset", config.preset, *(word for name, value in changed.items() for word in _words(name, value))]


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _words(name: str, value: Any) -> list[str]:
    if TYPES[name] is bool:
        return [_flag(name) if value else f"--no-{name.replace('_', '-')}"]
    text = str(int(value) if TYPES[name] is float and float(value).is_integer() else value)
    if text.startswith("-"):  # argparse would take -1e-05 for a flag
        return [f"{_flag(name)}={text}"]
    return [_flag(name), text]


def _help(name: str) -> str:
    """What the setting is, its range and its default: `H, units in each layer; 8 to 1024; default 128`."""
    parts = [_docstrings().get(name, "").rstrip(".")]
    if name in RANGES:
        low, high = RANGES[name]
        parts.append(f"{'above ' if name in EXCLUSIVE else ''}{low:.10g} to {high:.10g}")
    return "; ".join(filter(None, [*parts, _defaults(name)]))


def _defaults(name: str) -> str:
    values = {label: _shown(getattr(config, name)) for label, config in PRESETS.items()}
    own = [f"{label} {value}" for label, value in values.items() if value != values["article"]]
    of_cells = settings.OF_CELL.items()
    own += [f"{label} with {cell} {_shown(taken[name])}" for (label, cell), taken in of_cells if name in taken]
    return f"default {', '.join([values['article'], *own])}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.4g}" if isinstance(value, float) else str(value) or "none"


@cache
def _docstrings() -> dict[str, str]:
    """The text below each field of TrainConfig, which Python itself does not keep."""
    body = ast.parse(Path(settings.__file__).read_text(encoding="utf-8")).body
    declared = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == "TrainConfig").body
    found = {}
    for declaration, below in pairwise(declared):
        match declaration, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = text
    return found
