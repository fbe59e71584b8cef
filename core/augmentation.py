"""Digits as other people might have written them: turned, scaled, slanted, shifted, bent, thinner or bolder.

Batched on the training device. Each image has a row of dice, so that a batch can be shared among processes and a run
can be repeated and resumed.
"""

import math
from functools import cache

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
_AFFINE_DICE, _BEND_DICE = 6, 2 * _BEND_KNOTS**2
_DICE = {"none": 0, "affine": _AFFINE_DICE, "full": _AFFINE_DICE + _BEND_DICE + 1}


def roll(count: int, kind: str, generator: torch.Generator) -> Tensor:
    """Dice for `count` images (count, dice), uniform in [-1, 1], on the generator's device; kind as in TrainConfig."""
    return torch.rand((count, _DICE[kind]), device=generator.device, generator=generator).mul_(2).sub_(1)


def augment(x: Tensor, kind: str, dice: Tensor) -> Tensor:
    """x (B, 28, 28) in [0, 1] -> the same digits, each deformed as its dice (B, dice) of this kind say."""
    if kind == "none":
        return x
    maps, basis = _affine(dice[:, :_AFFINE_DICE]), _basis(x.device)
    if kind == "full":
        x = _thicken(x, dice[:, -1, None, None] * _THICKNESS)
        maps = torch.cat([maps, dice[:, _AFFINE_DICE:-1].view(-1, _BEND_KNOTS**2, 2) * _BEND], 1)
    # where each pixel is taken from is linear in the map and in the knots: one matrix product for the whole batch
    grid = basis[:, : maps.shape[1]] @ maps
    return F.grid_sample(x[:, None], grid.view(-1, 28, 28, 2), align_corners=False)[:, 0].clamp_(0, 1)


def _affine(dice: Tensor) -> Tensor:
    """A map (B, 3, 2) from frame coordinates (right, down, 1) for each image: rotation, scale, slant, shift."""
    turn, wide, high, slant, right, down = dice.unbind(1)
    angle, shear = turn * _ROTATION, slant * _SHEAR
    wide, high = 1 + wide * _SCALE, 1 + high * _SCALE
    cos, sin = torch.cos(angle), torch.sin(angle)
    columns = [
        *(wide * cos, high * sin),
        *(wide * (shear * cos - sin), high * (shear * sin + cos)),
        *(right * _SHIFT, down * _SHIFT),
    ]
    return torch.stack(columns, 1).view(-1, 3, 2)


@cache
def _basis(device: torch.device) -> Tensor:
    """(784, 3 + knots): each pixel's coordinates (right, down, 1), then the bicubic share of each knot in it."""
    upright = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    right_down = F.affine_grid(upright, [1, 1, 28, 28], align_corners=False).view(784, 2)
    knots = torch.eye(_BEND_KNOTS**2).view(-1, 1, _BEND_KNOTS, _BEND_KNOTS)
    shares = F.interpolate(knots, size=(28, 28), mode="bicubic", align_corners=True).view(-1, 784).T
    return torch.cat([right_down, torch.ones(784, 1), shares], 1).to(device)


def _thicken(x: Tensor, share: Tensor) -> Tensor:
    """Blends towards the strokes grown (positive share) or shrunk (negative) by one pixel."""
    framed = F.pad(x, (1, 1, 1, 1))
    grown = torch.maximum(torch.maximum(framed[:, :-2], framed[:, 1:-1]), framed[:, 2:])
    grown = torch.maximum(torch.maximum(grown[..., :-2], grown[..., 1:-1]), grown[..., 2:])
    shrunk = torch.minimum(framed[:, 1:-1], framed[:, 2:])
    shrunk = torch.minimum(shrunk[..., 1:-1], shrunk[..., 2:])
    return torch.lerp(x, torch.where(share > 0, grown, shrunk), share.abs())
