"""One step of learning: network, optimizer, averaged weights, and the state that lets a step be repeated.

Shapes: B images in a batch, 28 rows of 28 pixels, K = 10 classes.
"""

import copy
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.augmentation import augment
from core.config import TrainConfig
from core.errors import CheckpointError
from core.model import RowReader

_RISE = 0.2  # share of a one-cycle run in which the learning rate rises


def schedule(config: TrainConfig, share: float) -> float:
    """The factor on the learning rate after this share (0 to 1) of all steps.

    one_cycle: linear rise to 1, then half a cosine to nothing (Smith 2018, arXiv:1803.09820).
    """
    if config.schedule == "constant":
        return 1.0
    if share < _RISE:
        return max(share / _RISE, 0.04)
    return max(0.5 + 0.5 * math.cos(math.pi * (share - _RISE) / (1 - _RISE)), 1e-3)


class Learner:
    """Network and optimizer on a device. `step` returns tensors: nothing is read back before it is asked for."""

    def __init__(self, config: TrainConfig, device: str, precision: str):
        self.config, self.device, self.precision = config, torch.device(device), precision
        torch.manual_seed(config.seed)
        self.network = RowReader(config.cell, config.hidden, config.layers)
        self.network.reset(config.initialisation, config.forget_bias)
        self.network.to(self.device)
        self.optimizer = self._optimizer()
        self.average = copy.deepcopy(self.network) if config.averaging else None
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        self.steps_done = 0

    def _optimizer(self) -> torch.optim.Optimizer:
        fused = {"fused": True} if self.device.type in ("cpu", "cuda") else {}
        if self.config.optimizer == "adam":
            return torch.optim.Adam(self.network.parameters(), lr=self.config.lr, **fused)
        return torch.optim.AdamW(
            self.network.parameters(),
            lr=self.config.lr,
            betas=(0.9, 0.98),
            weight_decay=self.config.weight_decay,
            **fused,
        )

    def step(self, images: Tensor, labels: Tensor, learning_rate: float) -> Tensor:
        """Learns from images (B, 28, 28) uint8 and labels (B,); returns loss, correct answers, gradient norm (3,)."""
        config = self.config
        x = augment(images.float().div_(255), config.augmentation, self.generator) * config.input_scale
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            logits = self.network(x)
        logits = logits.float()
        loss = F.cross_entropy(logits, labels, label_smoothing=config.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), config.clip or math.inf)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        self.steps_done += 1
        self._update_average()
        correct = (logits.detach().argmax(1) == labels).sum().float()
        return torch.stack([loss.detach(), correct, norm])

    @torch.no_grad()
    def _update_average(self) -> None:
        if self.average is None:
            return
        decay = min(self.config.averaging, self.steps_done / (self.steps_done + 10))  # young averages forget faster
        ours, theirs = list(self.average.parameters()), list(self.network.parameters())
        torch._foreach_lerp_(ours, theirs, 1 - decay)

    @property
    def best_network(self) -> RowReader:
        """What is evaluated and saved: the averaged weights where there are any, else the weights."""
        return self.average or self.network

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights as a Reader holds them: float32, the input scale folded into U, so that x is in [0, 1]."""
        state = {name: value.detach().cpu().numpy().copy() for name, value in self.best_network.state_dict().items()}
        state[f"{self.config.cell}.weight_ih_l0"] *= np.float32(self.config.input_scale)
        return state

    def tensors(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, by name; the inverse of `restore`."""
        state = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        if self.average is not None:
            state |= {f"average.{name}": value for name, value in self.average.state_dict().items()}
        for index, slots in self.optimizer.state_dict()["state"].items():
            state |= {f"optimizer.{index}.{slot}": value for slot, value in slots.items()}
        state["generator.augmentation"] = self.generator.get_state()
        state["steps_done"] = torch.tensor(self.steps_done)
        return {name: value.detach().cpu().contiguous() for name, value in state.items()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Puts the state of `tensors` back. Raises CheckpointError where a key lacks or is left over."""
        left = dict(tensors)
        try:
            self.generator.set_state(left.pop("generator.augmentation"))
            self.steps_done = int(left.pop("steps_done"))
            self.network.load_state_dict(_under(left, "network."), strict=True)
            if self.average is not None:
                self.average.load_state_dict(_under(left, "average."), strict=True)
            self._restore_optimizer(_under(left, "optimizer."))
        except (KeyError, RuntimeError, ValueError, TypeError) as error:
            raise CheckpointError(f"The checkpoint does not fit this run ({error}): start the run anew.") from None
        if left:
            raise CheckpointError(f"The checkpoint has unknown parts ({', '.join(sorted(left))}): start the run anew.")

    def _restore_optimizer(self, slots: dict[str, Tensor]) -> None:
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in slots.items():
            index, slot = name.split(".")
            state.setdefault(int(index), {})[slot] = value
        parameters = list(self.network.parameters())
        if self.steps_done and sorted(state) != list(range(len(parameters))):
            raise ValueError("optimizer state is incomplete")
        self.optimizer.load_state_dict({"state": state, "param_groups": self.optimizer.state_dict()["param_groups"]})


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Takes the entries under a prefix out of `tensors`."""
    return {name.removeprefix(prefix): tensors.pop(name) for name in list(tensors) if name.startswith(prefix)}
