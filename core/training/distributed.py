"""Several processes that train one network, each on its shard of every batch; or the one process that is alone.

On one machine `launcher` starts them; on several torchrun does: `torchrun --nnodes=2 ... -m core train ...`. Either
tells each its place in the environment. The first process has the store, the checkpoints and the terminal;
the others follow it.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

from core import system
from core.errors import ConfigError, TrainingError
from core.outside import guarded
from core.training import launcher

Result = TypeVar("Result")
_PAUSE = timedelta(days=30)
"""A paused run waits in a collective; a process that has died is noticed by its closed connection, not by time."""
_OWN = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "OMP_NUM_THREADS")
_OWN_PREFIXES = ("TORCHELASTIC_", "GROUP_", "ROLE_", "MASTER_")


@dataclass(frozen=True)
class World:
    """A process's place among all that train together. The default is the process that is alone: nothing to do."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1
    """Processes on this machine."""

    def broadcast(self, act: Callable[[], Result]) -> Result:
        """What `act()` returns in the first process, in all of them; the others do not call it."""
        if self.size == 1:
            return act()
        import torch

        box: list[Any] = [act() if self.rank == 0 else None]
        torch.distributed.broadcast_object_list(box, src=0, device=torch.device("cpu"))
        return box[0]

    def all_reduce(self, figures):
        """Sums a tensor of the CPU over all processes."""
        if self.size > 1:
            import torch

            torch.distributed.all_reduce(figures)
        return figures

    def shard(self, count: int) -> slice:
        """This process's part of a batch of `count` images; empty where there are more processes than images."""
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def wrap_ddp(self, network):
        """The network, its gradients averaged over all processes in each backward pass."""
        if self.size == 1:
            return network
        from torch.nn.parallel import DistributedDataParallel

        return DistributedDataParallel(network, gradient_as_bucket_view=True)

    def check(self, device: str) -> None:
        """Raises ConfigError where more processes than CUDA devices are to train on this machine."""
        if self.size > 1 and device == "cuda":
            import torch

            if self.local_size > (there := torch.cuda.device_count()):
                raise ConfigError(
                    "{processes} processes, but {devices} CUDA devices on this machine: start one process a device, "
                    "or choose device cpu.",
                    processes=self.local_size,
                    devices=there,
                )


ALONE = World()


def join() -> World:
    """This process's place, as torchrun tells it; several processes are connected (NCCL on CUDA, gloo on the CPU)."""
    world = _told()
    if world.size == 1:
        return ALONE
    import torch
    import torch.distributed.nn  # its functions take the group of this moment as a default, and would keep it for good

    backend = "gloo"
    if world.local_rank < torch.cuda.device_count():
        torch.cuda.set_device(world.local_rank)
        backend = "cpu:gloo,cuda:nccl"
    torch.distributed.init_process_group(backend, timeout=_PAUSE)
    return world


def _told() -> World:
    """What the environment says. Raises ConfigError for what no launcher writes."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    if "WORLD_SIZE" not in os.environ:
        return ALONE

    def refused(reason: str) -> ConfigError:
        said = ", ".join(f"{name}={os.environ.get(name, '')}" for name in names)
        return ConfigError(
            "The environment says {said}: start the processes with torchrun, or unset WORLD_SIZE to train alone.",
            said=said,
        )

    with guarded(refused):
        size = int(os.environ["WORLD_SIZE"])
        if size == 1:
            return ALONE
        world = World(*(int(os.environ[name]) for name in names))
        if not (0 <= world.rank < size and 0 <= world.local_rank < world.local_size <= size):
            raise ValueError
        return world


def leave(world: World) -> None:
    """Disconnects, after a run that ended well.

    Nothing may hold the group any more: its threads end with it, and one that still frees a tensor while Python shuts
    down aborts the process.
    """
    if world.size > 1:
        import torch

        torch.distributed.destroy_process_group()
        gc.collect()


def launch(processes: int, arguments: list[str]) -> NoReturn:
    """Goes on as this many processes of `python -m core ARGUMENTS` on this machine."""
    raise SystemExit(launcher.run([sys.executable, "-m", "core", *arguments], processes))


def environment_without(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that trains alone, though one of several starts it."""
    if "WORLD_SIZE" not in environment:
        return dict(environment)
    return {
        name: value for name, value in environment.items() if name not in _OWN and not name.startswith(_OWN_PREFIXES)
    }


@contextmanager
def following() -> Iterator[None]:
    """Leaves a polite kill, which reaches all processes, to the first: it stops them all at the same step."""
    with system.handling(signal.SIG_IGN):
        yield


@contextmanager
def noticing_the_dead(world: World) -> Iterator[None]:
    """Says what it means when a collective breaks off. Raises TrainingError."""
    try:
        yield
    except RuntimeError as error:
        if world.size == 1 or not _is_broken_connection(error):
            raise
        raise TrainingError("Another process of this run has ended: resume the run from its last checkpoint.") from None


def _is_broken_connection(error: RuntimeError) -> bool:
    import torch

    said = str(error).lower()
    return isinstance(error, torch.distributed.DistError) or any(
        word in said for word in ("gloo", "nccl", "connection", "peer")
    )
