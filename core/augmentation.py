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
_HIGH = 0.12
_NARROWER, _WIDE = 0.12, 0.26  # inverse: from a tenth wider to a quarter narrower, as pens write and MNIST seldom
_SHEAR = 0.3
_SHIFT = 2.0 / 14  # in half-frames: two pixels
_BEND = 1.6 / 14
_BEND_KNOTS = 5
_THICKNESS = 0.7
_MILD = 0.4
# Of two numbers here the first is the middle, the second the reach to both sides.
_FLAGGED = 0.6
_FLAG_OPENING = (math.radians(43), math.radians(23))  # between upstroke and shaft
_FLAG_SLOPE = math.radians(25)  # below the horizontal at least: a 7's bar lies flatter
_FLAG_LENGTH = (8.5, 4.0)
_FLAG_RADIUS = 1.1  # half of MNIST's pen
_BARRED = 0.35
_BAR_HEIGHT = (0.55, 0.12)  # share of the digit's height, from the top
_BAR_SLOPE = math.radians(20)
_BAR_LENGTH = (8.0, 2.5)
_AFFINE_DICE, _BEND_DICE = 6, 2 * _BEND_KNOTS**2
_REST_DICE = 5
_DICE = {"none": 0, "affine": _AFFINE_DICE, "full": _AFFINE_DICE + _BEND_DICE + _REST_DICE}


def roll(count: int, kind: str, generator: torch.Generator) -> Tensor:
    """Dice for `count` images (count, dice), uniform in [-1, 1], on the generator's device; kind as in TrainConfig."""
    return torch.rand((count, _DICE[kind]), device=generator.device, generator=generator).mul_(2).sub_(1)


def augment(x: Tensor, labels: Tensor, kind: str, dice: Tensor) -> Tensor:
    """x (B, 28, 28) in [0, 1] of labels (B,) -> the same digits, each deformed as its dice (B, dice) say."""
    if kind == "none":
        return x
    basis = _basis(x.device)
    if kind == "affine":
        maps = _affine(dice)
    else:
        affine, bend, rest = dice.split([_AFFINE_DICE, _BEND_DICE, _REST_DICE], 1)
        # half of the digits stay close to MNIST's own, or these would be read worse for the sake of strange ones
        reach = torch.where(rest[:, 4:] < 0, _MILD, 1.0)
        x, moved = _add_strokes(x, labels, rest[:, :3])
        x = _thicken(x, (rest[:, 3:4] * reach)[:, :, None] * _THICKNESS)
        bent = (bend * reach * _BEND).reshape(-1, _BEND_KNOTS**2, 2)
        maps = torch.cat([_affine(affine * reach, reach[:, 0]), bent], 1)
        maps[:, 2] += moved
    # where each pixel is taken from is linear in the map and in the knots: one matrix product for the whole batch
    count, terms, _ = maps.shape
    grid = basis[:, :terms] @ maps.transpose(0, 1).reshape(terms, 2 * count)  # (784, 2 B)
    grid = grid.view(28, 28, count, 2).permute(2, 0, 1, 3)
    return F.grid_sample(x[:, None], grid, align_corners=False)[:, 0].clamp_(0, 1)


def _affine(dice: Tensor, reach: Tensor | float = 1.0) -> Tensor:
    """A map (B, 3, 2) from frame coordinates (right, down, 1) for each image: rotation, scale, slant, shift.

    reach (B,), 0 to 1: how far the middle of the widths is from 1.
    """
    turn, wide, high, slant, right, down = dice.unbind(1)
    angle, shear = turn * _ROTATION, slant * _SHEAR
    wide, high = 1 + reach * _NARROWER + wide * _WIDE, 1 + high * _HIGH
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


def _add_strokes(x: Tensor, labels: Tensor, dice: Tensor) -> tuple[Tensor, Tensor]:
    """Gives some of the ones an upstroke and some of the sevens a bar, as much of the world writes them and few of
    MNIST's writers did.

    Returns the images and how far each one's centre of mass has moved (B, 2), right and down in half-frames.
    """
    at = torch.arange(28.0, device=x.device)
    inked = (x.amax(2) > 0.5).float()
    top, bottom = inked.argmax(1), 27 - inked.flip(1).argmax(1)  # the first and the last row with ink
    before = _centre(x)
    height = _BAR_HEIGHT[0] + dice[:, 1] * _BAR_HEIGHT[1]
    middle = torch.lerp(top.float(), bottom.float(), height)
    one, seven = labels == 1, labels == 7
    down = torch.where(one, top + _FLAG_RADIUS / 2, middle)
    row = x[torch.arange(len(x), device=x.device), torch.where(one, top, middle.round().long())]
    right = (row @ at) / row.sum(1).clamp(min=1e-6)
    # an upstroke leaves the top leftwards, at an angle from the shaft; a bar crosses the shaft
    shaft = torch.atan2(before[:, 1] - down, right - before[:, 0])
    upstroke = (shaft - _FLAG_OPENING[0] - dice[:, 1] * _FLAG_OPENING[1]).clamp(min=_FLAG_SLOPE)
    angle = torch.where(one, upstroke, dice[:, 2] * _BAR_SLOPE)
    long, spread = (torch.where(one, flag, bar) for flag, bar in zip(_FLAG_LENGTH, _BAR_LENGTH, strict=True))
    length = long + dice[:, 2] * spread
    cos, sin = -torch.cos(angle), torch.sin(angle)
    back = torch.where(one, 0, length / 2)
    stroke = _segment(right - back * cos, down - back * sin, cos, sin, length)
    chosen = (dice[:, 0] < 2 * _FLAGGED - 1) & one | (dice[:, 0] < 2 * _BARRED - 1) & seven
    marked = torch.where(chosen[:, None, None], torch.maximum(x, stroke), x)
    return marked, (_centre(marked) - before) / 14


def _segment(right: Tensor, down: Tensor, cos: Tensor, sin: Tensor, length: Tensor) -> Tensor:
    """Strokes (B, 28, 28) from a point (right, down), each (B,), with round ends, by distance."""
    at = torch.arange(28.0, device=right.device)
    x, y = at[None, None, :] - right[:, None, None], at[None, :, None] - down[:, None, None]
    cos, sin = cos[:, None, None], sin[:, None, None]
    along = (x * cos + y * sin).clamp(min=0)
    along = torch.minimum(along, length[:, None, None])
    distance = torch.hypot(x - along * cos, y - along * sin)
    return (_FLAG_RADIUS + 0.5 - distance).clamp(0, 1)


def _centre(x: Tensor) -> Tensor:
    """Centre of mass (B, 2), right and down in pixels."""
    at = torch.arange(28.0, device=x.device)
    mass = x.sum((1, 2)).clamp(min=1e-6)
    return torch.stack([x.sum(1) @ at / mass, x.sum(2) @ at / mass], 1)
