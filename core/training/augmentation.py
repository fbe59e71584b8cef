"""Digits as other people might have written them: turned, scaled, slanted, shifted, bent, thinner or bolder.

Batched on the training device. Each image has a row of noise, so that a batch can be split among processes and a run
can be repeated and resumed.
"""

import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

_ROTATION = math.radians(12)
_HEIGHT = 0.12
# inverse scales: from a tenth wider to a quarter narrower, which is common with pens and rare in MNIST
_NARROWER, _WIDTH = 0.12, 0.26
_SHEAR = 0.3
_SHIFT = 2.0 / 14  # in half-frames: two pixels
_BEND = 1.6 / 14
_BEND_KNOTS = 5
_THICKNESS = 0.7
_MILD = 0.4  # strength of all of the above in the milder half of the digits
# The strokes that are added. Of two numbers the first is the centre of a range, the second its half-width: about nine
# tenths of the 7,494 pen digits of 30 writers lie within (core.digits.pen_digits).
_PEN = 1.1  # half of the width of MNIST's
_FLAGGED = 0.6  # fraction of the ones
_FLAG_OPENING = (math.radians(31), math.radians(24))  # between upstroke and shaft
_FLAG_SLOPE = math.radians(25)  # below the horizontal at least: a 7's bar lies flatter
_FLAG_LENGTH = (11.0, 6.0)
_BARRED = 0.35  # fraction of the sevens
_BAR_HEIGHT = (0.6, 0.12)  # fraction of the digit's height, from the top
_BAR_SLOPE = (math.radians(8), math.radians(22))  # rising to the right
_BAR_LENGTH = (9.0, 4.5)
_AFFINE_NOISE, _BEND_NOISE, _STROKE_NOISE, _THICKNESS_NOISE, _MILD_NOISE = 6, 2 * _BEND_KNOTS**2, 3, 1, 1
_FULL_NOISE = (_AFFINE_NOISE, _BEND_NOISE, _STROKE_NOISE, _THICKNESS_NOISE, _MILD_NOISE)
_NOISE = {"none": 0, "affine": _AFFINE_NOISE, "full": sum(_FULL_NOISE)}


def sample_noise(count: int, kind: str, generator: torch.Generator) -> Tensor:
    """Noise for `count` images (count, numbers), uniform in [-1, 1], on the generator's device; kind: TrainConfig's."""
    return torch.rand((count, _NOISE[kind]), device=generator.device, generator=generator).mul_(2).sub_(1)


def augment(x: Tensor, labels: Tensor, kind: str, noise: Tensor) -> Tensor:
    """x (B, 28, 28) in [0, 1] of labels (B,) -> the same digits, each deformed by its row of noise (B, numbers)."""
    if kind == "none":
        return x
    basis = _basis(x.device)
    if kind == "affine":
        maps = _affine(noise)
    else:
        affine, bend, stroke, thickness, mild = noise.split(_FULL_NOISE, 1)
        # half of the digits stay close to MNIST's own: otherwise accuracy on ordinary digits falls
        reach = torch.where(mild < 0, _MILD, 1.0)
        x, moved = _add_strokes(x, labels, stroke)
        x = _thicken(x, (thickness * reach)[:, :, None] * _THICKNESS)
        bent = (bend * reach * _BEND).reshape(-1, _BEND_KNOTS**2, 2)
        maps = torch.cat([_affine(affine * reach, reach[:, 0]), bent], 1)
        maps[:, 2] += moved
    # where each pixel is taken from is linear in the map and in the knots: one matrix product for the whole batch
    count, terms, _ = maps.shape
    grid = basis[:, :terms] @ maps.transpose(0, 1).reshape(terms, 2 * count)  # (784, 2 B)
    grid = grid.view(28, 28, count, 2).permute(2, 0, 1, 3)
    return F.grid_sample(x[:, None], grid, align_corners=False)[:, 0].clamp_(0, 1)


def _affine(noise: Tensor, reach: Tensor | float = 1.0) -> Tensor:
    """A map (B, 3, 2) from frame coordinates (right, down, 1) for each image: rotation, scale, slant, shift.

    reach (B,), 0 to 1: scales the offset of the mean width from 1.
    """
    turn, wide, high, slant, right, down = noise.unbind(1)
    angle, shear = turn * _ROTATION, slant * _SHEAR
    wide, high = 1 + reach * _NARROWER + wide * _WIDTH, 1 + high * _HEIGHT
    cos, sin = torch.cos(angle), torch.sin(angle)
    columns = [
        *(wide * cos, high * sin),
        *(wide * (shear * cos - sin), high * (shear * sin + cos)),
        *(right * _SHIFT, down * _SHIFT),
    ]
    return torch.stack(columns, 1).view(-1, 3, 2)


@cache
def _basis(device: torch.device) -> Tensor:
    """(784, 3 + knots): each pixel's coordinates (right, down, 1), then the bicubic weight of each knot in it."""
    upright = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    right_down = F.affine_grid(upright, [1, 1, 28, 28], align_corners=False).view(784, 2)
    knots = torch.eye(_BEND_KNOTS**2).view(-1, 1, _BEND_KNOTS, _BEND_KNOTS)
    weights = F.interpolate(knots, size=(28, 28), mode="bicubic", align_corners=True).view(-1, 784).T
    return torch.cat([right_down, torch.ones(784, 1), weights], 1).to(device)


def _thicken(x: Tensor, amount: Tensor) -> Tensor:
    """Blends towards the strokes dilated (amount above 0) or eroded (below 0) by one pixel; amount -1 to 1."""
    framed = F.pad(x, (1, 1, 1, 1))
    grown = torch.maximum(torch.maximum(framed[:, :-2], framed[:, 1:-1]), framed[:, 2:])
    grown = torch.maximum(torch.maximum(grown[..., :-2], grown[..., 1:-1]), grown[..., 2:])
    shrunk = torch.minimum(framed[:, 1:-1], framed[:, 2:])
    shrunk = torch.minimum(shrunk[..., 1:-1], shrunk[..., 2:])
    return torch.lerp(x, torch.where(amount > 0, grown, shrunk), amount.abs())


def _add_strokes(x: Tensor, labels: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Gives some of the ones an upstroke and some of the sevens a bar: common in much of the world, rare in MNIST.

    Returns the images and how far each one's centre of mass has moved (B, 2), right and down in half-frames.
    """
    before, one, seven = _centre(x), labels == 1, labels == 7
    chosen = (noise[:, 0] < 2 * _FLAGGED - 1) & one | (noise[:, 0] < 2 * _BARRED - 1) & seven
    upstroke, bar = _upstroke(x, before, *noise[:, 1:].unbind(1)), _bar(x, *noise[:, 1:].unbind(1))
    stroke = _segment(*(torch.where(one, of_one, of_seven) for of_one, of_seven in zip(upstroke, bar, strict=True)))
    marked = torch.where(chosen[:, None, None], torch.maximum(x, stroke), x)
    return marked, (_centre(marked) - before) / 14


def _upstroke(x: Tensor, centre: Tensor, opening: Tensor, long: Tensor) -> tuple[Tensor, ...]:
    """From the top of the digit leftwards, at an angle from the shaft: right, down, angle, length (B,) of each."""
    top = _inked(x).argmax(1)
    right, down = _mean_column(x, top), top + _PEN / 2
    shaft = torch.atan2(centre[:, 1] - down, right - centre[:, 0])
    angle = (shaft - _FLAG_OPENING[0] - opening * _FLAG_OPENING[1]).clamp(min=_FLAG_SLOPE)
    return right, down, angle, _FLAG_LENGTH[0] + long * _FLAG_LENGTH[1]


def _bar(x: Tensor, low: Tensor, steep: Tensor) -> tuple[Tensor, ...]:
    """Across the shaft: right, down, angle, length (B,) of each; a steeper one is longer."""
    inked = _inked(x)
    top, bottom = inked.argmax(1), 27 - inked.flip(1).argmax(1)
    down = torch.lerp(top.float(), bottom.float(), _BAR_HEIGHT[0] + low * _BAR_HEIGHT[1])
    angle, length = _BAR_SLOPE[0] + steep * _BAR_SLOPE[1], _BAR_LENGTH[0] + steep * _BAR_LENGTH[1]
    right = _mean_column(x, down.round().long()) + length / 2 * torch.cos(angle)
    return right, down - length / 2 * torch.sin(angle), angle, length


def _inked(x: Tensor) -> Tensor:
    """1 for each row (B, 28) with ink, else 0."""
    return (x.amax(2) > 0.5).float()


def _mean_column(x: Tensor, row: Tensor) -> Tensor:
    """Where the ink of one row (B,) of each image lies, on average: (B,), in pixels from the left."""
    pixels = x[torch.arange(len(x), device=x.device), row]
    return pixels @ torch.arange(28.0, device=x.device) / pixels.sum(1).clamp(min=1e-6)


def _segment(right: Tensor, down: Tensor, angle: Tensor, length: Tensor) -> Tensor:
    """Strokes (B, 28, 28) with round ends, leftwards from a point, at an angle below the horizontal; arguments (B,)."""
    at = torch.arange(28.0, device=right.device)
    x, y = at[None, None, :] - right[:, None, None], at[None, :, None] - down[:, None, None]
    cos, sin = -torch.cos(angle)[:, None, None], torch.sin(angle)[:, None, None]
    along = (x * cos + y * sin).clamp(min=0)
    along = torch.minimum(along, length[:, None, None])
    distance = torch.hypot(x - along * cos, y - along * sin)
    return (_PEN + 0.5 - distance).clamp(0, 1)


def _centre(x: Tensor) -> Tensor:
    """Centre of mass (B, 2), right and down in pixels."""
    at = torch.arange(28.0, device=x.device)
    mass = x.sum((1, 2)).clamp(min=1e-6)
    return torch.stack([x.sum(1) @ at / mass, x.sum(2) @ at / mass], 1)
