"""Adam over all weights as one vector: PyTorch's own fused step, and its state.

The step is called as a function: an Optimizer object would import PyTorch's compiler, a second before the first step.
"""

import torch
from torch import Tensor
from torch.optim.adam import adam

from core.training.config import TrainConfig

_BETAS = {"adam": (0.9, 0.999), "adamw": (0.9, 0.98), "muon": (0.9, 0.98)}
_EPSILON = 1e-8


class Adam:
    """Adam (Kingma, Ba 2014, arXiv:1412.6980) or AdamW (Loshchilov, Hutter 2017, arXiv:1711.05101)."""

    def __init__(self, weights: Tensor, config: TrainConfig):
        self.weights, self.config = weights, config
        self.fused = weights.device.type in ("cpu", "cuda")
        self.moments = torch.zeros_like(weights), torch.zeros_like(weights)
        self.steps = torch.zeros((), device=weights.device if self.fused else "cpu")
        # a CUDA graph reads the learning rate from a fixed address
        self.rate: float | Tensor = torch.tensor(config.lr, device=weights.device) if weights.is_cuda else config.lr

    def set_rate(self, rate: float) -> None:
        if isinstance(self.rate, Tensor):
            self.rate.fill_(rate)
        else:
            self.rate = rate

    def step(self, gradient: Tensor) -> None:
        """Moves the weights against the gradient, a vector of the same length."""
        first, second = self.moments
        decoupled = self.config.optimizer != "adam"
        beta1, beta2 = _BETAS[self.config.optimizer]
        adam(
            *([self.weights], [gradient], [first], [second], [], [self.steps]),
            fused=self.fused,
            capturable=self.weights.is_cuda,
            decoupled_weight_decay=decoupled,
            amsgrad=False,
            beta1=beta1,
            beta2=beta2,
            lr=self.rate,
            weight_decay=self.config.weight_decay if decoupled else 0.0,
            eps=_EPSILON,
            maximize=False,
        )

    def state(self) -> dict[str, Tensor]:
        """What the next step depends on besides the weights, by name; tensors that may be copied or written into."""
        return {"adam.moment1": self.moments[0], "adam.moment2": self.moments[1], "adam.steps": self.steps}
