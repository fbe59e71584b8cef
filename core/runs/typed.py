"""What was read from a store, checked against the types that its classes declare: SQLite and JSON keep anything."""

import math
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from core.messages import Message

_LARGEST = 2**63
_MAY_BE_NO_NUMBER = frozenset({"loss", "gradient_norm", "train_loss", "test_loss", "validation_loss"})
"""Of a run whose loss broke off."""


def check(kept: Any) -> None:
    """Raises ValueError, naming the first field of a NamedTuple or dataclass that is not of its type."""
    for name, kind in _hints(type(kept)).items():
        if name[0] == "_":
            continue
        if not _fits(getattr(kept, name), kind, finite=name not in _MAY_BE_NO_NUMBER):
            raise ValueError(f"{name} is of another type")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _fits(value: Any, kind: Any, finite: bool) -> bool:
    if get_origin(kind) in (Union, UnionType):
        return any(_fits(value, one, finite) for one in get_args(kind))
    if get_origin(kind) is Literal:
        return isinstance(value, str) and value in get_args(kind)
    if kind in (int, float):
        if isinstance(value, bool) or not isinstance(value, (int, kind)) or abs(value) >= _LARGEST:
            return isinstance(value, float) and not finite and kind is float
        return not finite or math.isfinite(value)
    if kind in (str, bool, Message, type(None)):
        return isinstance(value, kind)
    return True
