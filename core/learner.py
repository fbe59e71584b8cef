"""One step of learning: network, optimizer, averaged weights, and the state that lets a step be repeated.

Shapes: B images in a batch, 28 rows of 28 pixels, K = 10 classes.
"""

import copy
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.augmentation import augment, roll
from core.config import TrainConfig
from core.distributed import ALONE, World
from core.errors import CheckpointError
from core.model import RowReader
from core.step_graph import StepGraph

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

    def __init__(self, config: TrainConfig, device: str, precision: str, world: World = ALONE):
        self.config, self.device, self.precision, self.world = config, torch.device(device), precision, world
        torch.manual_seed(config.seed)
        self.network = RowReader(config.cell, config.hidden, config.layers)
        self.network.reset(config.initialisation, config.forget_bias)
        self.network.to(self.device)
        # autocast would run cuDNN's recurrent kernels in fp16, whose gradients underflow: a bf16 copy learns instead
        cuda = self.device.type == "cuda"
        self.rounded = copy.deepcopy(self.network).bfloat16() if cuda and precision == "bf16" else None
        self.trained = world.spread(self.rounded or self.network)
        self.optimizer = self._optimizer()
        self.average = copy.deepcopy(self.network) if config.averaging else None
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        self.steps_done = 0
        self.graph = StepGraph(self._learn, self.generator) if cuda and world.size == 1 else None

    def _optimizer(self) -> torch.optim.Optimizer:
        kind = {"fused": True} if self.device.type in ("cpu", "cuda") else {}
        lr: float | Tensor = self.config.lr
        if self.device.type == "cuda":  # a CUDA graph reads the learning rate from where it always lies
            kind |= {"capturable": True}
            lr = torch.tensor(lr, device=self.device)
        if self.config.optimizer == "adam":
            return torch.optim.Adam(self.network.parameters(), lr=lr, **kind)
        decay = self.config.weight_decay
        return torch.optim.AdamW(self.network.parameters(), lr=lr, betas=(0.9, 0.98), weight_decay=decay, **kind)

    def step(self, images: Tensor, labels: Tensor, learning_rate: float) -> Tensor:
        """Learns from the batch: images (B, 28, 28) uint8, labels (B,).

        Returns loss, correct answers and gradient norm (3,); of several processes each takes its share of the batch,
        and what it returns is its part of a sum.
        """
        self._set_learning_rate(learning_rate)
        figures = (self.graph or self._learn)(images, labels)
        self.steps_done += 1
        self._update_average()
        return figures

    @property
    def manner(self) -> str:
        """How steps are launched on CUDA, and why; empty elsewhere."""
        if self.device.type != "cuda":
            return ""
        if self.graph is None:
            return "steps run plainly, one process of several"
        refusal = self.graph.refusal
        return f"steps run plainly, no CUDA graph: {refusal}" if refusal else "whole steps run as one CUDA graph"

    def _set_learning_rate(self, learning_rate: float) -> None:
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(learning_rate)
            else:
                group["lr"] = learning_rate

    def _learn(self, images: Tensor, labels: Tensor) -> Tensor:
        config, world, count = self.config, self.world, len(images)
        share = world.share(count)
        part = (share.stop - share.start) / count
        if not part:  # more processes than images: this one reads an image that counts for nothing
            share = slice(0, 1)
        dice = roll(count, config.augmentation, self.generator)[share]
        x = augment(images[share].float().div_(255), labels[share], config.augmentation, dice) * config.input_scale
        logits = self._logits(x)
        loss = F.cross_entropy(logits, labels[share], label_smoothing=config.label_smoothing) * part
        self.optimizer.zero_grad(set_to_none=True)
        (loss * world.size).backward()  # gradients are averaged over the processes
        self._take_rounded_gradients()
        norm = self._clip()
        self.optimizer.step()
        correct = (logits.detach().argmax(1) == labels[share]).sum() * bool(part)
        return torch.stack([loss.detach(), correct.float(), norm / world.size])

    def _logits(self, x: Tensor) -> Tensor:
        """In the run's precision; float32."""
        if self.rounded is not None:
            with torch.no_grad():
                torch._foreach_copy_(list(self.rounded.parameters()), list(self.network.parameters()))
            return self.trained(x.bfloat16()).float()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            return self.trained(x).float()

    def _take_rounded_gradients(self) -> None:
        if self.rounded is None:
            return
        for ours, theirs in zip(self.network.parameters(), self.rounded.parameters(), strict=True):
            ours.grad, theirs.grad = theirs.grad.float(), None

    def _clip(self) -> Tensor:
        """Shortens the gradient to the configured norm; returns the norm that it had."""
        gradients = [weight.grad for weight in self.network.parameters()]
        norm = nn.utils.get_total_norm(gradients)
        if self.config.clip:
            nn.utils.clip_grads_with_norm_(self.network.parameters(), self.config.clip, norm)
        return norm

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
        if self.graph is not None:  # it would go on with the memory of the state before
            self.graph = StepGraph(self._learn, self.generator)
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
