"""Weights under the names that people give them -> the names of a row reader, found by shape; what was assumed is said.

Shapes: G gates (LSTM 4, GRU 3, RNN 1), H hidden, K classes.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from core.errors import WeightsError
from core.messages import Message
from core.reading.cells import CELLS

READOUT = "classifier"
_RECURRENT = re.compile(
    r"(?P<part>.*?)(?P<kind>weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(_l(?P<layer>\d+))?(?P<back>_reverse)?"
)
_CELL_OF_GATES = {len(cell.weight_order): name for name, cell in CELLS.items()}


class Named(NamedTuple):
    arrays: dict[str, np.ndarray]
    """Under a row reader's names."""
    notes: list[Message]
    """What was assumed, as a page or a terminal says it."""


def named(arrays: Mapping[str, np.ndarray]) -> Named:
    """These arrays under a row reader's own names. Raises WeightsError, by name, for what is no row reader."""
    found = {name: match for name in arrays if (match := _RECURRENT.fullmatch(name))}
    others = [name for name in arrays if name not in found]
    if not found or not others:
        raise no_reader()
    part = _only_part(found)
    _refuse_variants(part, found)
    cell, told = _cell_of(part, {f"{m['kind']}_l{m['layer'] or 0}": arrays[name] for name, m in found.items()})
    read = _check_readout(others)
    renamed = {f"{cell}.{m['kind']}_l{m['layer'] or 0}": arrays[name] for name, m in found.items()}
    renamed |= {f"{READOUT}.{name.rpartition('.')[2]}": arrays[name] for name in others}
    return Named(renamed, told + read)


def no_reader() -> WeightsError:
    return WeightsError(
        "These are not a row reader's weights: expected names such as lstm.weight_ih_l0 and classifier.bias."
    )


def _only_part(found: Mapping[str, re.Match]) -> str:
    parts = sorted({match["part"] for match in found.values()})
    if len(parts) > 1:
        raise WeightsError(
            "These weights have {count} recurrent parts ({names}); a row reader has one, of one to four layers: "
            "train it as one nn.LSTM, nn.GRU or nn.RNN.",
            count=len(parts),
            names=", ".join(part.rstrip(".") for part in parts),
        )
    return parts[0].rstrip(".")


def _refuse_variants(part: str, found: Mapping[str, re.Match]) -> None:
    """Raises WeightsError for what PyTorch's recurrent parts can have and a row reader has not."""
    kinds = {match["kind"] for match in found.values()}
    variant = (
        Message("is bidirectional")
        if any(match["back"] for match in found.values())
        else Message("has a projection (proj_size)")
        if "weight_hr" in kinds
        else Message("has no biases (bias=False)")
        if not {"bias_ih", "bias_hh"} & kinds
        else None
    )
    if variant:
        raise WeightsError(
            "{name} {variant}; a row reader is not: train it with nn.LSTM, nn.GRU or nn.RNN as they are by default.",
            name=part or next(iter(found)),
            variant=variant,
        )


def _cell_of(part: str, arrays: Mapping[str, np.ndarray]) -> tuple[str, list[Message]]:
    """The cell, by the shape of its first layer, and what is to be said of that."""
    own = part.rpartition(".")[2]
    W, b = arrays.get("weight_hh_l0"), arrays.get("bias_hh_l0")
    gates = W.shape[0] / W.shape[1] if W is not None and W.ndim == 2 and W.shape[1] else 0
    by_shape = _CELL_OF_GATES.get(gates) if b is not None and W is not None and b.shape == W.shape[:1] else None
    cell = by_shape or (own if own in CELLS else None)
    if cell is None:
        raise WeightsError(
            "{name} is no LSTM, GRU or RNN of PyTorch's: its weight_hh_l0 and bias_hh_l0 have other shapes.",
            name=part or "weight_hh_l0",
        )
    if part == cell:
        return cell, []
    told = Message(
        "{name} is taken as the {cell}, by its shape", {"name": part or "weight_hh_l0", "cell": cell.upper()}
    )
    return cell, [told, Message("its nonlinearity as tanh")] if cell == "rnn" else [told]


def _check_readout(names: list[str]) -> list[Message]:
    """What is to be said of the one layer that is left. Raises WeightsError where there are others."""
    stems = sorted({name.rpartition(".")[0] for name in names})
    extra = [name for name in names if name.rpartition(".")[2] not in ("weight", "bias")]
    if len(stems) > 1 or extra:
        raise WeightsError(
            "These weights belong to more layers ({names}) than a row reader's readout: it has one, from H to 10.",
            names=", ".join(extra or stems),
        )
    stem = stems[0]
    if stem != READOUT and len(names) < 2:
        raise WeightsError("The readout {name} has no bias; a row reader's has one: train it so.", name=stem)
    return [] if stem == READOUT else [Message("{name} as the readout", {"name": stem or "weight"})]
