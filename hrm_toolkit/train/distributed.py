"""Data-parallel training: ranks that hold slices of one global batch and decide as one.

Every rank keeps the whole state but the slots' contents: weights, optimizer, guard, counters and
the numbering of slots are the same everywhere, because each is computed from sums over all ranks.
So N ranks train as one rank does, a checkpoint is of no particular N, and only rank 0 writes.

The sums are written out in place of a wrapper around the network: some parameters have no
gradient in some recipes, rows halt on their own, and slices may differ in size.
"""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor

from hrm_toolkit.core import CheckpointError, ToolkitError

T = TypeVar("T")

TIMEOUT = timedelta(minutes=30)
"""How long a rank waits for the others; rank 0 alone measures, so a validation must be shorter.

A rank that dies is noticed at once, by its closed connection: this is for one that hangs."""

_GO_ON = "go on from the last checkpoint, with any number of ranks: train --resume DIR"


class RankError(ToolkitError):
    """Another rank of a distributed run died, or does not answer."""

    code = "rank_lost"


@dataclass(frozen=True)
class Ranks:
    """The processes that train together, seen from one of them.

    Attributes:
        rank: number of this process, from 0.
        world: how many there are.
        restarts: times that the launcher started them again.

    Example:
        >>> [list(Ranks(rank, 3).rows(8)) for rank in range(3)]
        [[0, 1, 2], [3, 4, 5], [6, 7]]
    """

    rank: int = 0
    world: int = 1
    restarts: int = 0

    @property
    def leads(self) -> bool:
        """Whether this is the rank that measures and writes."""
        return self.rank == 0

    def rows(self, count: int) -> range:
        """This rank's rows of a global batch of ``count``; sizes differ by at most one."""
        least, more = divmod(count, self.world)
        start = self.rank * least + min(self.rank, more)
        return range(start, start + least + (self.rank < more))

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum over all ranks, the same bits on each; changes ``tensor`` in place."""
        if self.world > 1:
            import torch.distributed as dist

            self.meet(lambda: dist.all_reduce(tensor))
        return tensor

    def most(self, numbers: Sequence[int | float]) -> list[int | float]:
        """The largest over all ranks of each number, float64."""
        if self.world == 1:
            return list(numbers)
        import torch.distributed as dist

        tensor = torch.tensor(numbers, dtype=torch.float64)
        self.meet(lambda: dist.all_reduce(tensor, op=dist.ReduceOp.MAX))
        found: list[int | float] = tensor.tolist()
        return found

    def spread(self, part: Tensor, count: int) -> Tensor:
        """The rows of all ranks, (count, ...), from this rank's own (b, ...), on each."""
        if self.world == 1:
            return part
        whole = part.new_zeros((count, *part.shape[1:]))
        mine = self.rows(count)
        whole[mine.start : mine.stop] = part
        return self.sum(whole)

    def told(self, make: Callable[[], T]) -> T:
        """What rank 0 makes, on every rank: a value that JSON holds. Only rank 0 makes it."""
        if self.world == 1:
            return make()
        import torch.distributed as dist

        text = json.dumps(make()).encode() if self.leads else b""
        size = torch.tensor([len(text)])
        self.meet(lambda: dist.broadcast(size, 0))
        body = torch.zeros(int(size), dtype=torch.uint8)
        if self.leads:
            body = torch.frombuffer(bytearray(text), dtype=torch.uint8)
        self.meet(lambda: dist.broadcast(body, 0))
        value: T = json.loads(body.numpy().tobytes())
        return value

    def require_rows(self, batch_size: int) -> None:
        """Refuse more ranks than slots.

        Raises:
            CheckpointError: naming both numbers.
        """
        if batch_size < self.world:
            raise CheckpointError(
                f"{self.world} ranks share a batch of {batch_size}, and one would have no slot",
                hint="start fewer ranks, or set a larger batch_size",
            )

    def meet(self, operation: Callable[[], Any]) -> None:
        """Carry out a step that all ranks take together.

        Raises:
            RankError: when another one died, or did not answer in time.
        """
        try:
            operation()
        except RuntimeError as error:
            # gloo says where in its source it was, and guesses at length.
            reason = re.sub(r"^\[\S+\] |\. .*", "", str(error).splitlines()[0])[:160]
            raise RankError(
                f"rank {self.rank} of {self.world} lost another rank ({reason})",
                hint=_GO_ON,
            ) from None


ALONE = Ranks()


def launched(environment: Mapping[str, str]) -> Ranks:
    """The ranks that a launcher such as torchrun describes to each process it starts.

    Example:
        >>> launched({"RANK": "1", "WORLD_SIZE": "4"})
        Ranks(rank=1, world=4, restarts=0)
        >>> launched({}) == ALONE
        True
    """
    if "RANK" not in environment or "WORLD_SIZE" not in environment:
        return ALONE
    restarts = environment.get("TORCHELASTIC_RESTART_COUNT", "0")
    return Ranks(int(environment["RANK"]), int(environment["WORLD_SIZE"]), int(restarts))


def local_device(device: str, environment: Mapping[str, str]) -> str:
    """The device of this process: of several on a machine, each takes a GPU of its own.

    Example:
        >>> local_device("cuda", {"LOCAL_RANK": "3"})
        'cuda:3'
    """
    return f"cuda:{environment.get('LOCAL_RANK', '0')}" if device == "cuda" else device


@contextmanager
def joined(
    device: str, *, environment: Mapping[str, str] | None = None, timeout: timedelta = TIMEOUT
) -> Iterator[tuple[Ranks, str]]:
    """Join the processes that torchrun started this one with; alone where it did not.

    Numbers and weights on a CPU meet through gloo, those on GPUs through nccl.

    Args:
        device: where the network computes, "cuda" standing for a GPU of this process's own.
        environment: that of the process, unless given.
        timeout: how long to wait for another rank.

    Yields:
        The ranks, and the device of this one.

    Raises:
        RankError: when the ranks do not find each other.
    """
    environment = os.environ if environment is None else environment
    ranks = launched(environment)
    if ranks.world == 1:
        yield ranks, device
        return
    import torch.distributed as dist
    from torch._C._distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    own = local_device(device, environment)
    if torch.device(own).type == "cuda":
        torch.cuda.set_device(own)
    backend = "cpu:gloo,cuda:nccl" if torch.device(own).type == "cuda" else "gloo"

    def find_each_other() -> None:
        store = next(rendezvous("env://", ranks.rank, ranks.world, timeout=timeout))[0]
        # Ranks that were started again must not read the addresses of those before.
        fresh = PrefixStore(f"start {ranks.restarts}", store)
        dist.init_process_group(
            backend, store=fresh, rank=ranks.rank, world_size=ranks.world, timeout=timeout
        )

    ranks.meet(find_each_other)
    try:
        with _end_told(ranks):
            yield ranks, own
            # No rank leaves before the last is done: the launcher ends the others with it.
            ranks.meet(dist.barrier)
    finally:
        dist.destroy_process_group()
        # The group's threads end with its last reference; one that is left as the interpreter
        # shuts down would abort the process.
        gc.collect()


@contextmanager
def _end_told(ranks: Ranks) -> Iterator[None]:
    """A launcher ends all ranks by SIGTERM when one died: say so in place of dying mute."""

    def told(*_: object) -> None:
        raise RankError(
            f"rank {ranks.rank} of {ranks.world} was ended by its launcher", hint=_GO_ON
        )

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, told)
    try:
        yield
    except BaseException:
        # This process ends already. The launcher's request comes just then, when another rank
        # died, and would cut off what there is to say; one that hangs it kills.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise
    signal.signal(signal.SIGTERM, before)


def reduce_gradients(
    ranks: Ranks, parameters: Sequence[Tensor], share: float, others: Tensor
) -> Tensor:
    """Make each gradient the mean over the global batch, with one sum over the ranks.

    A parameter without a gradient on any rank is left without one, so that optimizers pass over
    it as they would on one rank.

    Args:
        ranks: of the run.
        parameters: that are trained; all of one dtype and device.
        share: of the global batch that this rank's gradients are the mean of, 0 to 1.
        others: numbers to sum over the ranks along the way, shape (n,), float32.

    Returns:
        The sums of ``others``.
    """
    if ranks.world == 1:
        return others
    parts = [torch.zeros_like(p) if p.grad is None else p.grad * share for p in parameters]
    has = others.new_tensor([float(p.grad is not None) for p in parameters])
    sizes = [p.numel() for p in parameters]
    flat = ranks.sum(torch.cat([*(part.flatten() for part in parts), has, others]))
    *grads, has, found = torch.split(flat, [*sizes, len(sizes), len(others)])
    for parameter, grad, count in zip(parameters, grads, has.tolist(), strict=True):
        parameter.grad = grad.view_as(parameter) if count else None
    return found
