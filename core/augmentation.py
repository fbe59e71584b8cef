"""Digits as other people might have written them: turned, scaled, slanted, shifted, bent, thinner or bolder.

Batched on the training device; one generator, so that a run can be repeated and resumed.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

_ROTATION = math.radians(12)
_SCALE = 0.12
_SHEAR = 0.25
_SHIFT = 2.0 / 14  # in half-frames: two pixels
_BEND = 1.6 / 14
_BEND_KNOTS = 5
_THICKNESS = 0.7


def augment(x: Tensor, kind: str, generator: torch.Generator) -> Tensor:
    """x (B, 28, 28) in [0, 1] -> the same digits, each differently deformed; kind as in TrainConfig."""
    if kind == "none":
        return x
    x = x[:, None]
    if kind == "full":
        x = _thicken(x, generator)
    grid = F.affine_grid(_affine(x, generator), list(x.shape), align_corners=False)
    if kind == "full":
        grid = grid + _bend(x, generator)
    return F.grid_sample(x, grid, align_corners=False)[:, 0].clamp_(0, 1)


def _uniform(shape: tuple[int, ...], like: Tensor, generator: torch.Generator) -> Tensor:
    """Uniform in [-1, 1]."""
    return torch.rand(shape, device=like.device, generator=generator).mul_(2).sub_(1)


def _affine(x: Tensor, generator: torch.Generator) -> Tensor:
    """A random 2 x 3 map of frame coordinates for each image: rotation, scale, slant, shift."""
    turn, wide, high, slant, right, down = _uniform((6, len(x)), x, generator)
    angle, shear = turn * _ROTATION, slant * _SHEAR
    wide, high = 1 + wide * _SCALE, 1 + high * _SCALE
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [
        wide * cos,
        wide * (shear * cos - sin),
        right * _SHIFT,
        high * sin,
        high * (shear * sin + cos),
        down * _SHIFT,
    ]
    return torch.stack(rows, 1).view(-1, 2, 3)


def _bend(x: Tensor, generator: torch.Generator) -> Tensor:
    """A smooth random displacement (B, 28, 28, 2): few random knots, spread by bicubic interpolation."""
    knots = _uniform((len(x), 2, _BEND_KNOTS, _BEND_KNOTS), x, generator) * _BEND
    return F.interpolate(knots, size=x.shape[-2:], mode="bicubic", align_corners=True).permute(0, 2, 3, 1)


def _thicken(x: Tensor, generator: torch.Generator) -> Tensor:
    """Blends towards the strokes grown (positive share) or shrunk (negative) by one pixel."""
    share = _uniform((len(x), 1, 1, 1), x, generator) * _THICKNESS
    grown, shrunk = F.max_pool2d(x, 3, 1, 1), -F.max_pool2d(-x, (2, 2), 1, 0)
    shrunk = F.pad(shrunk, (0, 1, 0, 1))
    return torch.where(share > 0, x + share * (grown - x), x - share * (shrunk - x))
