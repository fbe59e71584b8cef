"""One step of learning: weights, network, optimizer, and the state that lets a step be repeated.

Shapes: B images in a batch, 28 rows of 28 pixels, K = 10 classes, P weights in all.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from core.errors import CheckpointError
from core.messages import Message
from core.reading.readers import Reader, reader_of
from core.training import threads
from core.training.adam import Adam
from core.training.augmentation import augment, sample_noise
from core.training.config import TrainConfig
from core.training.distributed import ALONE, World
from core.training.lesson import NOTHING, Lesson, first_settings
from core.training.model import RowReader
from core.training.muon import Muon
from core.training.redrawing import OwnDigitMix, PenDigitMix
from core.training.step_graph import StepGraph

_RISE = {"one_cycle": 0.2, "flat_then_fall": 0.1}  # fraction of a run in which the learning rate rises
_FALL = 0.6  # fraction of a run at whose end it falls in a straight line


def schedule(config: TrainConfig, progress: float) -> float:
    """The factor on the learning rate after this fraction (0 to 1) of all steps.

    one_cycle: linear rise to 1, then half a cosine to nothing (Smith 2018, arXiv:1803.09820).
    flat_then_fall: linear rise to 1, flat, linear fall to nothing (Zhai et al. 2021, arXiv:2106.04560).
    """
    if config.schedule == "constant":
        return 1.0
    rise = _RISE[config.schedule]
    if progress < rise:
        return max(progress / rise, 0.04)
    if config.schedule == "one_cycle":
        return max(0.5 + 0.5 * math.cos(math.pi * (progress - rise) / (1 - rise)), 1e-3)
    return max(min(1.0, (1 - progress) / _FALL), 1e-3)


class Learner:
    """Weights and optimizer on a device. `step` returns tensors, so that nothing waits for the device.

    The weights are one vector (P,) in fp32. The network is filled from it for each step, in the run's precision:
    autocast would cast each weight separately, and run cuDNN's kernels in fp16, whose gradients underflow.
    """

    def __init__(
        self, config: TrainConfig, device: str, precision: str, world: World = ALONE, lesson: Lesson = NOTHING
    ):
        """lesson: whose weights it starts from, where there are any, and the digits of one's own that it learns."""
        self.config, self.device, self.world = config, torch.device(device), world
        torch.manual_seed(config.seed)
        start = self._new_network()
        start.reset(config.initialisation, config.forget_bias)
        if lesson.reader:
            start.load_state_dict(_unfolded(lesson.reader, config.input_scale))
        self.weights = parameters_to_vector(start.parameters()).detach().to(self.device)
        self.average = self.weights.clone() if config.averaging else None
        self.dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self.network = start.to(self.device, self.dtype)
        self.trained = world.wrap_ddp(self.network)
        self.optimizer = self._new_optimizer()
        self.generator = torch.Generator(self.device).manual_seed(config.seed)
        self.pen_digits = PenDigitMix(config.pen_digits, self.device)
        own = [(one.digit, one.strokes) for one in lesson.learned]
        self.own_digits = OwnDigitMix(config.own_digits, own, config.pen_digits, self.device)
        self.steps_done = 0
        self.graph = self._new_graph()

    def _new_network(self) -> RowReader:
        config = self.config
        return RowReader(config.cell, config.hidden, config.layers, wait=config.wait)

    def _new_optimizer(self) -> Adam | Muon:
        if self.config.optimizer == "muon":
            return Muon(self.weights, self.config, self.network, self.dtype)
        return Adam(self.weights, self.config)

    def _new_graph(self) -> StepGraph | None:
        graphed = self.device.type == "cuda" and self.world.size == 1
        return StepGraph(self._learn, self.generator) if graphed else None

    def step(self, images: Tensor, labels: Tensor, learning_rate: float) -> Tensor:
        """Learns from the batch: images (B, 28, 28) uint8, labels (B,).

        Returns loss, correct answers and gradient norm (3,). Of several processes each takes its shard of the batch,
        and the figures of all of them are to be summed.
        """
        self.optimizer.set_rate(learning_rate)
        figures = (self.graph or self._learn)(images, labels)
        self.steps_done += 1
        self._update_average()
        return figures

    def mix_pen_digits(self, mixed: bool) -> None:
        """Whether the coming steps see pen digits among MNIST's images, as they do at first."""
        fraction = self.config.pen_digits if mixed else 0.0
        if fraction != self.pen_digits.fraction:
            self.pen_digits.fraction = fraction
            self.graph = self._new_graph()

    @property
    def launch_mode(self) -> Message:
        """How steps are launched on CUDA, and why; empty elsewhere."""
        if self.device.type != "cuda":
            return Message()
        if self.graph is None:
            return Message("steps run without a CUDA graph, one process of several")
        if self.graph.refusal:
            return Message("steps run without a CUDA graph: {refusal}", {"refusal": self.graph.refusal})
        return Message("whole steps run as one CUDA graph")

    def _learn(self, images: Tensor, labels: Tensor) -> Tensor:
        config, world, count = self.config, self.world, len(images)
        shard = world.shard(count)
        weight = (shard.stop - shard.start) / count
        if not weight:  # more processes than images: this one reads an image that counts for nothing
            shard = slice(0, 1)
        noise = sample_noise(count, config.augmentation, self.generator)[shard]
        images, labels = images[shard], labels[shard]
        parts = self._parts(len(images))
        x = torch.cat(threads.each(lambda part: self._augmented(images[part], labels[part], noise[part]), parts))
        x, answers = self.pen_digits.mix(x, labels, count, shard, self.generator)
        x, answers = self.own_digits.mix(x, answers, count, shard, self.generator)
        x = (x * config.input_scale).to(self.dtype)
        _fill(self.network, self.weights)
        found = threads.each(lambda part: self._learn_part(x[part], answers[part], weight / len(x)), parts)
        loss, correct, gradient = (torch.stack(figures).sum(0) for figures in zip(*found, strict=True))
        norm = self._clip(gradient)
        self.optimizer.step(gradient)
        return torch.stack([loss, correct * bool(weight), norm / world.size])

    def _parts(self, count: int) -> list[slice]:
        alone = self.device.type == "cpu" and self.world.size == 1
        return threads.parts_of(count) if alone else [slice(None)]

    def _augmented(self, images: Tensor, labels: Tensor, noise: Tensor) -> Tensor:
        return augment(images.float().div_(255), labels, self.config.augmentation, noise)

    def _learn_part(self, x: Tensor, answers: Tensor, weight: float) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, right answers and gradient (P,) of some of the images, each of which counts with this weight."""
        logits = self.trained(x).float()
        smoothing = self.config.label_smoothing
        loss = F.cross_entropy(logits, answers, label_smoothing=smoothing, reduction="sum") * weight
        gradient = self._gradient(loss)
        return loss.detach(), (logits.detach().argmax(1) == answers).sum().float(), gradient

    def _gradient(self, loss: Tensor) -> Tensor:
        """Of the loss of all processes together (P,), float32."""
        parameters = list(self.network.parameters())
        if self.world.size == 1:
            gradients: Sequence[Tensor] = torch.autograd.grad(loss, parameters)
        else:  # averages the gradients over the processes, which `grad` does not
            self.network.zero_grad(set_to_none=True)
            (loss * self.world.size).backward()
            gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        return parameters_to_vector(gradients).float()

    def _clip(self, gradient: Tensor) -> Tensor:
        """Scales the gradient down to the configured norm; returns its norm before."""
        norm = torch.linalg.vector_norm(gradient)
        if self.config.clip:
            gradient.mul_((self.config.clip / (norm + 1e-6)).clamp(max=1))
        return norm

    def _update_average(self) -> None:
        if self.average is None:
            return
        decay = self.config.averaging
        if not self.config.start_from:  # the first weights, drawn at random, fade quickly
            decay = min(decay, self.steps_done / (self.steps_done + 10))
        self.average.lerp_(self.weights, 1 - decay)

    @property
    def best_network(self) -> RowReader:
        """What is evaluated and saved, in fp32: of the averaged weights where there are any, else of the weights."""
        network = self._new_network().to(self.device)
        _fill(network, self.weights if self.average is None else self.average)
        return network.eval()

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights as a Reader holds them: float32, the input scale folded into U, so that x is in [0, 1]."""
        state = {name: value.detach().cpu().numpy() for name, value in self.best_network.state_dict().items()}
        state[f"{self.config.cell}.weight_ih_l0"] *= np.float32(self.config.input_scale)
        return state

    def tensors(self) -> dict[str, Tensor]:
        """Everything that the next step depends on, by name; the inverse of `restore`."""
        state = self._in_place_state() | {"generator": self.generator.get_state()}
        return {name: value.cpu().clone() for name, value in state.items()}

    def _in_place_state(self) -> dict[str, Tensor]:
        """The tensors that each step updates in place."""
        averaged = {} if self.average is None else {"average": self.average}
        return {"weights": self.weights} | averaged | self.optimizer.state()

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Puts the state of `tensors` back. Raises CheckpointError where one is missing, surplus or misshapen."""
        expected, given = ({n: (v.shape, v.dtype) for n, v in state.items()} for state in (self.tensors(), tensors))
        differing = sorted(name for name in expected | given if expected.get(name) != given.get(name))
        if differing:
            raise CheckpointError(
                "The checkpoint does not fit this run ({error}): start the run anew.", error=", ".join(differing)
            )
        try:
            self.generator.set_state(tensors["generator"])
        except RuntimeError as error:
            raise CheckpointError(
                "The checkpoint does not fit this run ({error}): start the run anew.", error=str(error)
            ) from None
        for name, value in self._in_place_state().items():
            value.copy_(tensors[name])
        self.steps_done = int(self.optimizer.steps)
        self.graph = self._new_graph()  # the old one replays on memory that is no longer the state


def _unfolded(reader: Reader, input_scale: float) -> dict[str, Tensor]:
    """The reader's weights as a network of x * input_scale has them: the inverse of `Learner.arrays`."""
    U = f"{reader.cell}.weight_ih_l0"
    arrays = reader.arrays | {U: reader.arrays[U] / np.float32(input_scale)}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


@torch.no_grad()
def _fill(network: RowReader, weights: Tensor) -> None:
    """Copies the vector (P,) into the network's parameters, which may be of another precision."""
    parameters = list(network.parameters())
    parts = weights.split([parameter.numel() for parameter in parameters])
    shaped = [part.view_as(parameter) for part, parameter in zip(parts, parameters, strict=True)]
    copy = torch._foreach_copy_  # pyright: ignore[reportPrivateImportUsage] - one call in place of one a parameter
    copy([*parameters], shaped)


def untrained(reader: Reader, **changes: Any) -> Reader | None:
    """The reader before its first step, its weights drawn again from its config's seed; None where that is unknown.

    `changes` of the config, such as initialisation="pytorch", give other initial weights of the same size and seed.
    Of one that started from another reader's weights it is that one's first step, where it is known; else only such
    others can be told.
    """
    settings = first_settings(reader.card)
    if not settings and changes:
        settings = reader.card.get("config")
    if not settings:
        return None
    config = TrainConfig.from_dict(settings).with_(**changes)
    with torch.random.fork_rng(devices=[]):
        return reader_of(Learner(config, "cpu", "fp32").arrays(), {"config": config.as_dict()})
