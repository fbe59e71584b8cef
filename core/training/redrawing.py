"""Digits written with a pen, drawn anew for each step as other hands might have: what a batch holds beside MNIST.

Each digit is a path of POINTS points, an equal way apart. What is drawn is a round pen at each of them; at this
distance its rim is the line's own to a twentieth of a pixel. All on the training device, in one batch, from a row of
noise for each digit, so that a batch can be shared among processes and a run can be repeated and resumed.

Shapes: N digits in the bank, B drawn, P = POINTS. Coordinates: x to the right, y down.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.digits import pen_digits
from core.digits.drawing import BOX, CENTRE, PEN_RADIUS, SIDE
from core.training.habits import compose

POINTS = 96
HABITS = 3400
"""Composed digits beside the 7,494: nearly a third of what is drawn."""
_BANK_SEED = 0
_ROTATION = math.radians(13)
_SLANT = (0.1, 0.35)  # the middle and the reach to both sides; to the right, as most hands slant
_ASPECT = 0.35  # wide to high is multiplied by up to e to this
_BEND = 0.36  # of the quadratic terms: a point at the box's edge moves by up to a tenth of the box
_STROKE_SHIFT = 0.05  # of the digit's size, each stroke by itself
_WOBBLE, _WAVES = 0.03, 4
_SMOOTH = (0.35, 0.65)  # below 0 corners are sharpened
_RADIUS = 0.5  # MNIST's pen and so much more or less
_SHIFT = 0.7  # pixels
_PEN_UP = 1e-6  # of a way of a million: far above float64's rounding, and too short for a point to fall into it
_STROKES = 4  # that move by themselves; further ones move as the last of these
_MARGIN, _WINDOW = 3, 6  # pixels around a point that the largest pen reaches
_MILD = 0.4  # strength of the above, but for corners and pens, in the milder half of the digits
_PARTS = (1, 1, 1, 1, 1, 6, 2 * _STROKES, 4 * _WAVES, 1, 1, 2)


class Bank(NamedTuple):
    """What is drawn from."""

    paths: Tensor
    """(N, P, 2) float32, the longer side from -0.5 to 0.5."""
    smooth: Tensor
    """The same with rounded corners."""
    strokes: Tensor
    """(N, P) int64: the stroke that a point belongs to, 0 to 3."""
    digits: Tensor
    """(N,) int64."""


@cache
def bank(device: torch.device, without: tuple[int, ...] = (), habits: int = HABITS) -> Bank:
    """The pen digits, but for those of the writers `without`, and composed ones; the same each time. Takes a second.

    Raises DataError.
    """
    found = pen_digits.load()
    written = list(zip(found.digits.tolist(), found.writers.tolist(), found.strokes(), strict=True))
    written = [(digit, strokes) for digit, writer, strokes in written if writer not in without]
    zeros = [strokes for digit, strokes in written if digit == 0]
    labels, composed = compose(habits, zeros, np.random.default_rng(_BANK_SEED))
    return bank_of([*written, *zip(labels, composed, strict=True)], device)


def bank_of(drawn: Sequence[tuple[int, list[np.ndarray]]], device: torch.device) -> Bank:
    """Digits and their strokes (n, 2), in any unit, at least one -> what is drawn from."""
    digits, sampled = np.array([digit for digit, _ in drawn]), _sampled([strokes for _, strokes in drawn])
    paths, strokes = torch.from_numpy(sampled[0]).float(), torch.from_numpy(sampled[1])
    return Bank(*(part.to(device) for part in (paths, _smoothed(paths, strokes), strokes, torch.from_numpy(digits))))


def sample_noise(count: int, generator: torch.Generator) -> Tensor:
    """Noise for `count` digits (count, numbers), uniform in [-1, 1], on the generator's device."""
    return torch.rand((count, sum(_PARTS)), device=generator.device, generator=generator).mul_(2).sub_(1)


def redraw(bank: Bank, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Noise (B, numbers) -> images (B, 28, 28) float32 in [0, 1], placed as core.digits.drawing does, labels (B,)."""
    which, rounding, mild, *moves, thick, shift = noise.split(_PARTS, 1)
    strength = torch.where(mild < 0, _MILD, 1.0)
    turn, aspect, bend, strokes, wobble, slant = (move * strength for move in moves)
    index = ((which[:, 0] + 1) / 2 * len(bank.digits)).long().clamp(0, len(bank.digits) - 1)
    paths = torch.lerp(bank.paths[index], bank.smooth[index], _SMOOTH[0] + rounding[..., None] * _SMOOTH[1])
    paths = paths + _stroke_shifts(bank.strokes[index], strokes) + _wobble(wobble)
    paths = _bent(paths, bend) @ _affine(turn, aspect, slant)
    radius = PEN_RADIUS + _RADIUS * thick * thick.abs()
    return _ink(_placed(paths, radius, shift * _SHIFT), radius), bank.digits[index]


class PenDigitMix:
    """Puts re-drawn pen digits into a fraction of each batch's rows, evenly spread."""

    def __init__(self, fraction: float, device: torch.device):
        self.fraction, self.device = fraction, device
        self.bank: Bank | None = None

    def mix(
        self, x: Tensor, labels: Tensor, count: int, shard: slice, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """x (b, 28, 28), labels (b,): `shard` of a batch of `count` images -> the same with pen digits in it.

        Draws noise for the whole batch, so that processes that share it stay in step.
        """
        if not self.fraction:
            return x, labels
        if self.bank is None:
            self.bank = self._bank()
        rows = self._rows(count)
        ours = [place for place, row in enumerate(rows) if shard.start <= row < shard.stop]
        noise = sample_noise(len(rows), generator)
        if not ours:
            return x, labels
        drawn, digits = redraw(self.bank, noise[ours[0] : ours[-1] + 1])
        at = _indices(tuple(rows[place] - shard.start for place in ours), x.device)
        return x.index_copy(0, at, drawn), labels.index_copy(0, at, digits)

    def _bank(self) -> Bank:
        return bank(self.device)

    def _rows(self, count: int) -> tuple[int, ...]:
        return pen_rows(count, self.fraction)


class OwnDigitMix(PenDigitMix):
    """Puts a person's own digits, re-drawn in the same way, into rows that no pen digit has."""

    def __init__(
        self, fraction: float, drawn: Sequence[tuple[int, list[np.ndarray]]], beside: float, device: torch.device
    ):
        """drawn: digits and their strokes; without any nothing is mixed. beside: the fraction of pen digits."""
        super().__init__(fraction if drawn else 0.0, device)
        self.drawn, self.beside = drawn, beside

    def _bank(self) -> Bank:
        return bank_of(self.drawn, self.device)

    def _rows(self, count: int) -> tuple[int, ...]:
        return own_rows(count, self.fraction, self.beside)


@cache
def pen_rows(count: int, fraction: float) -> tuple[int, ...]:
    """Which rows of a batch are pen digits: floor(count * fraction) of them, an equal number in each part of it."""
    return tuple(row for row in range(count) if math.floor((row + 1) * fraction) > math.floor(row * fraction))


@cache
def own_rows(count: int, fraction: float, beside: float) -> tuple[int, ...]:
    """Which rows of a batch are own digits: floor(count * fraction), evenly among those that no pen digit has."""
    free = sorted(set(range(count)) - set(pen_rows(count, beside)))
    wanted = min(math.floor(count * fraction + 1e-9), len(free))
    return tuple(row for k, row in enumerate(free) if (k + 1) * wanted // len(free) > k * wanted // len(free))


@cache
def _indices(rows: tuple[int, ...], device: torch.device) -> Tensor:
    return torch.tensor(rows, device=device)


def _sampled(digits: list[list[np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """N digits' strokes (n, 2) -> points (N, P, 2) an equal way apart, as in Bank, and their strokes (N, P).

    All digits lie on one long way, on which the pen goes _PEN_UP from the end of a stroke to the next.
    """
    paths = [path for strokes in digits for path in strokes]
    points, first_path = np.concatenate(paths), _starts([len(strokes) for strokes in digits])
    first = _starts([len(path) for path in paths])
    steps = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
    steps[first] = _PEN_UP
    way = np.cumsum(steps)
    begin, end = way[first[first_path]], way[np.append(first[first_path[1:]], len(points)) - 1]
    at = np.minimum(begin[:, None] + np.linspace(0, 1, POINTS) * (end - begin)[:, None], end[:, None])
    sampled = np.stack([np.interp(at, way, points[:, axis]) for axis in (0, 1)], 2)
    strokes = np.searchsorted(way[first], at, side="right") - 1 - first_path[:, None]
    low, high = (edge.reduceat(points, first[first_path]) for edge in (np.minimum, np.maximum))
    size = np.maximum((high - low).max(1), 1e-6)
    return (sampled - (low + high)[:, None] / 2) / size[:, None, None], np.clip(strokes, 0, _STROKES - 1)


def _starts(lengths: list[int]) -> np.ndarray:
    """Where each of several runs of these lengths begins, one after the other."""
    return np.cumsum([0, *lengths[:-1]])


def _smoothed(paths: Tensor, strokes: Tensor, times: int = 10) -> Tensor:
    """Each point moved towards its neighbours on the same stroke, so many times."""
    same = (strokes[:, 1:] == strokes[:, :-1])[..., None]
    for _ in range(times):
        before = torch.cat([paths[:, :1], torch.where(same, paths[:, :-1], paths[:, 1:])], 1)
        after = torch.cat([torch.where(same, paths[:, 1:], paths[:, :-1]), paths[:, -1:]], 1)
        paths = (before + 2 * paths + after) / 4
    return paths


def _stroke_shifts(strokes: Tensor, noise: Tensor) -> Tensor:
    """(B, P, 2): each stroke moved by itself; strokes (B, P), noise (B, 2 strokes)."""
    shifts = noise.view(-1, _STROKES, 2) * _STROKE_SHIFT
    return shifts.gather(1, strokes[..., None].expand(-1, -1, 2))


def _wobble(noise: Tensor) -> Tensor:
    """(B, P, 2): slow waves along the path, the slower the larger."""
    return _waves(noise.device) @ noise.view(-1, 2 * _WAVES, 2)


@cache
def _waves(device: torch.device) -> Tensor:
    """(P, waves): cosine and sine of 1 to _WAVES periods along the path, times their reach."""
    turns = torch.arange(1, _WAVES + 1) * 2 * math.pi
    angles = torch.linspace(0, 1, POINTS)[:, None] * turns
    return (torch.cat([angles.cos(), angles.sin()], 1) * (_WOBBLE / torch.arange(1, _WAVES + 1).repeat(2))).to(device)


def _bent(paths: Tensor, noise: Tensor) -> Tensor:
    """Proportions changed: x and y each moved by x^2, xy and y^2; noise (B, 6)."""
    x, y = paths.unbind(2)
    return paths + torch.stack([x * x, x * y, y * y], 2) @ (noise.view(-1, 3, 2) * _BEND)


def _affine(turn: Tensor, aspect: Tensor, slant: Tensor) -> Tensor:
    """(B, 2, 2), applied from the right: width, then slant, then rotation; each argument (B, 1)."""
    wide, shear, angle = torch.exp(aspect * _ASPECT), _SLANT[0] + slant * _SLANT[1], turn * _ROTATION
    cos, sin = torch.cos(angle), torch.sin(angle)
    # x' = wide x - shear y, y' = y, then turned
    rows = [wide * cos, wide * sin, -shear * cos - sin, cos - shear * sin]
    return torch.cat(rows, 1).view(-1, 2, 2)


def _placed(paths: Tensor, radius: Tensor, shift: Tensor) -> Tensor:
    """In frame pixels: the inked digit's longer side is BOX, its centre of mass, but for the shift, on CENTRE."""
    low, high = paths.amin(1), paths.amax(1)
    scale = (BOX - 2 * radius) / (high - low).amax(1, keepdim=True).clamp(min=1e-3)
    half = (high - low) * scale / 2 + radius + 0.5
    centre = (paths.mean(1) - (low + high) / 2) * scale
    moved = torch.minimum(torch.maximum(CENTRE - centre + shift, half), SIDE - half)
    return (paths - ((low + high) / 2)[:, None]) * scale[..., None] + moved[:, None]


def _ink(points: Tensor, radius: Tensor) -> Tensor:
    """Points (B, P, 2) in frame pixels, radius (B, 1) -> (B, 28, 28): ink falls from 1 to 0 over a pixel at the rim.

    Each point is compared with the pixels around it alone; a pixel keeps the nearest.
    """
    count, wide = len(points), SIDE + 2 * _MARGIN
    near = torch.arange(_WINDOW, device=points.device)
    first = (points - 0.5).floor() - (_WINDOW // 2 - 1)
    offset = (first + 0.5 - points)[..., None] + near  # (B, P, 2, window)
    squared = offset.square_()
    distance = squared[:, :, 1, :, None] + squared[:, :, 0, None, :]
    start = (first[..., 1] + _MARGIN) * wide + first[..., 0] + _MARGIN
    pixel = start.long()[..., None, None] + near[:, None] * wide + near
    nearest = points.new_full((count, wide * wide), 1e4)
    nearest.scatter_reduce_(1, pixel.view(count, -1), distance.reshape(count, -1), "amin")
    nearest = nearest.view(count, wide, wide)[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    return (radius[..., None] + 0.5 - nearest.sqrt()).clamp_(0, 1)
