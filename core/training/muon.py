"""Muon: a weight matrix moves along its orthogonalised momentum, so that all its directions are learned alike.

Jordan 2024, https://kellerjordan.github.io/posts/muon. torch.optim.Muon takes the same step one matrix after the other,
in bf16 whatever the processor; here all gates of one shape are one product, in the precision of the run.
"""

import torch
from torch import Tensor

from core.training import threads
from core.training.adam import Adam
from core.training.config import TrainConfig
from core.training.model import RowReader

_MOMENTUM = 0.9
_ITERATIONS = 3
_QUINTIC = (3.4445, -4.7750, 2.0315)  # Jordan's: steep at 0, so that few iterations serve
_ADAMS_PART = 0.25  # of the learning rate, for what Adam moves

Places = dict[tuple[int, int], list[slice]]


class Muon:
    """U and W by Muon, each gate's matrix by itself; biases and readout by AdamW at a quarter of the learning rate."""

    def __init__(self, weights: Tensor, config: TrainConfig, network: RowReader, dtype: torch.dtype):
        """weights (P,): the network's parameters, one after the other. dtype: in which matrices are multiplied."""
        self.weights, self.config, self.dtype = weights, config, dtype
        self.momentum = torch.zeros_like(weights)
        gates, rest = _places(network)
        count = min(threads.cores(), max(map(len, gates.values()))) if weights.device.type == "cpu" else 1
        self.shares = [{shape: _share(places, k, count) for shape, places in gates.items()} for k in range(count)]
        """What each thread moves: by their shape (H, D) the places of gates' matrices in the vector."""
        self.rest = torch.cat([torch.arange(place.start, place.stop) for place in rest]).to(weights.device)
        """Indices of what Adam moves."""
        self.adam = Adam(weights[self.rest], config)
        self.rate: float | Tensor = self.adam.rate

    @property
    def steps(self) -> Tensor:
        return self.adam.steps

    def set_rate(self, rate: float) -> None:
        self.adam.set_rate(_ADAMS_PART * rate)

    @torch.no_grad()
    def step(self, gradient: Tensor) -> None:
        """Moves the weights against the gradient, a vector of the same length; overwrites it."""
        rest = self.adam.weights.copy_(self.weights[self.rest])
        self.adam.step(gradient[self.rest])
        self.momentum.lerp_(gradient, 1 - _MOMENTUM)
        ahead = gradient.lerp_(self.momentum, _MOMENTUM)  # Nesterov's
        threads.each(lambda share: self._orthogonalise(share, ahead), self.shares)
        rate = self.adam.rate / _ADAMS_PART
        self.weights.mul_(1 - rate * self.config.weight_decay).sub_(ahead.mul_(rate))
        self.weights[self.rest] = rest

    @torch.no_grad()
    def _orthogonalise(self, share: Places, vector: Tensor) -> None:
        """In place: each gate's matrix that lies in these places."""
        for (hidden, inputs), places in share.items():
            if places:
                matrices = torch.cat([vector[place] for place in places]).view(-1, hidden, inputs)
                directions = orthogonalised(matrices.to(self.dtype)).to(vector.dtype).flatten()
                for place, direction in zip(places, directions.split([p.stop - p.start for p in places]), strict=True):
                    vector[place] = direction

    def state(self) -> dict[str, Tensor]:
        """What the next step depends on besides the weights, by name; tensors that may be copied or written into."""
        return {"muon.momentum": self.momentum} | self.adam.state()


def _places(network: RowReader) -> tuple[Places, list[slice]]:
    """Where all gates' matrices lie in the vector, by their shape (H, D), and the places of all else."""
    gates, rest, end = {}, [], 0
    for name, parameter in network.named_parameters():
        start, end = end, end + parameter.numel()
        if not name.startswith(f"{network.cell}.weight"):
            rest.append(slice(start, end))
            continue
        shape = network.hidden, parameter.shape[1]
        size = shape[0] * shape[1]
        gates.setdefault(shape, []).extend(slice(place, place + size) for place in range(start, end, size))
    return gates, rest


def _share(places: list[slice], part: int, parts: int) -> list[slice]:
    """One of so many parts of them; neighbours as one."""
    joined: list[slice] = []
    for place in places[len(places) * part // parts : len(places) * (part + 1) // parts]:
        if joined and joined[-1].stop == place.start:
            place = slice(joined.pop().start, place.stop)
        joined.append(place)
    return joined


def orthogonalised(matrices: Tensor) -> Tensor:
    """(n, H, D): U V^T of each U S V^T, nearly: singular values between 0.7 and 1.2, by Newton-Schulz iterations."""
    a, b, c = _QUINTIC
    wide = matrices.mT if matrices.shape[1] > matrices.shape[2] else matrices
    x = wide / (torch.linalg.matrix_norm(wide, keepdim=True) + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if wide is not matrices else x
