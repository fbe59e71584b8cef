"""A training step as one CUDA graph: its hundreds of small kernels are launched as one.

Capture as PyTorch's notes on CUDA semantics describe it ("Whole-network capture"): the first calls run eagerly on a
side stream and allocate all persistent memory, one call is captured, and from then on the captured kernels are
replayed on the same memory, into which each call's inputs are copied.
"""

from collections.abc import Callable

import torch
from torch import Tensor

_EAGER_CALLS = 3  # in which cuDNN, autograd and the optimizer allocate memory and choose kernels


class StepGraph:
    """Calls `act` with tensors of one shape through a CUDA graph; eagerly at another shape, or where capture fails."""

    def __init__(self, act: Callable[..., Tensor], generator: torch.Generator):
        self.act, self.generator = act, generator
        self.calls = 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.refusal = ""
        """Why steps run eagerly: capture's error; empty where capture has not failed."""

    def __call__(self, *inputs: Tensor) -> Tensor:
        self.calls += 1
        if self.calls <= _EAGER_CALLS:
            return self._call_on_side_stream(inputs)
        if self.graph is None and not self.refusal:
            self._capture(inputs)
        if self.refusal or [x.shape for x in inputs] != [x.shape for x in self.inputs]:
            return self.act(*inputs)
        for captured, given in zip(self.inputs, inputs, strict=True):
            captured.copy_(given)
        assert self.graph is not None  # captured above, or refused
        self.graph.replay()
        return self.output.clone()

    def _call_on_side_stream(self, inputs: tuple[Tensor, ...]) -> Tensor:
        side, current = torch.cuda.Stream(), torch.cuda.current_stream()
        side.wait_stream(current)
        with torch.cuda.stream(side):
            output = self.act(*inputs)
        current.wait_stream(side)
        return output

    def _capture(self, inputs: tuple[Tensor, ...]) -> None:
        """Records a step without running it. A failed capture leaves the learner as it was."""
        graph = torch.cuda.CUDAGraph()
        self.inputs = [x.clone() for x in inputs]
        try:
            graph.register_generator_state(self.generator)
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self.output = self.act(*self.inputs)
        except RuntimeError as error:
            self.refusal = str(error).strip().splitlines()[0]
            torch.cuda.synchronize()
            return
        self.graph = graph
