"""A frame's pixels as SVG for the element `picture`: ink, or values around zero in the two colours of signed scales."""

import numpy as np

_SIDE = 28
_LEAST = 0.02  # of the full colour: what lies below it is paper


def square(inside: str, label: str, size: int | None = None) -> str:
    """An SVG of 28 x 28, `size` pixels wide or as wide as its place."""
    width = "" if size is None else f' style="width: {size}px"'
    frame = '<rect x="0.2" y="0.2" width="27.6" height="27.6" fill="none" stroke="var(--hairline)" stroke-width="0.4"/>'
    said = f'role="img" aria-label="{label}" shape-rendering="crispEdges"{width}'
    return f'<svg viewBox="0 0 {_SIDE} {_SIDE}" {said}>{frame}{inside}</svg>'


def ink(frame: np.ndarray, strength: float = 1.0) -> str:
    """Rectangles of a frame (28, 28), 0 to 1."""
    return _cells(frame * strength, "var(--ink)", "var(--ink)")


def signed(values: np.ndarray, most: float) -> str:
    """Rectangles of (28, 28) values, -most to most."""
    return _cells(values / max(most, np.finfo(float).tiny), "var(--plus)", "var(--minus)")


def _cells(values: np.ndarray, above: str, below: str) -> str:
    rows, columns = np.nonzero(np.abs(values) > _LEAST)
    return "".join(
        f'<rect x="{j}" y="{i}" width="1" height="1" fill="{above if values[i, j] > 0 else below}" '
        f'fill-opacity="{min(1.0, abs(float(values[i, j]))):.2f}"/>'
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
    )
