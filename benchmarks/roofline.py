"""Counts what a segment and an update launch, move and multiply, and the least that this takes.

Counted without a GPU: operators by a dispatch mode, kernels of our own where they are started, and
not run. Each operand is read or written once in memory, which overcounts what stays in a cache.
A floor is the largest of three terms at assumed rates; a real run is above it.

    python benchmarks/roofline.py
"""

from __future__ import annotations

import argparse
import copy
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.solvers.inputs.batch import Batch, collate
from hrm_toolkit.solvers.inputs.config import parse_config, preset, relation_specs
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.kernels.backend import use
from hrm_toolkit.solvers.kernels.triton.launch import watch
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.train.objective import segment_loss
from hrm_toolkit.train.optim import AdamATan2, Average
from hrm_toolkit.train.record.flops import Products


class Card(NamedTuple):
    """Rates that are assumed of a card: bytes and bfloat16 operations a second."""

    name: str
    memory: float
    arithmetic: float


CARDS = (Card("A100", 2.0e12, 312e12), Card("H100", 3.35e12, 990e12), Card("laptop", 256e9, 60e12))
LAUNCH = 5e-6
"""Seconds of a launch that Python starts, assumed."""
_VIEWS = """view _unsafe_view t transpose expand slice unsqueeze squeeze select permute detach split
chunk as_strided alias reshape unbind _reshape_alias split_with_sizes lift_fresh empty empty_like
new_empty empty_strided new_empty_strided _local_scalar_dense promote_types
_record_function_enter_new _record_function_exit device"""
_NOTHING = frozenset(re.findall(r"\w+", _VIEWS))


@dataclass
class Counted:
    """What was launched, moved and multiplied."""

    launches: int = 0
    bytes: int = 0
    operations: int = 0

    def floor(self, card: Card) -> float:
        """The least seconds."""
        times = self.launches * LAUNCH, self.bytes / card.memory
        return max(*times, self.operations / card.arithmetic)


class _Operators(TorchDispatchMode):
    """Counts operators that launch something."""

    def __init__(self, counted: Counted) -> None:
        super().__init__()
        self.counted, self.off = counted, False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        tensors = list(_tensors((args, kwargs, out)))
        # The optimizer counts its steps on the CPU.
        counter = name == "add_" and all(t.ndim == 0 for t in tensors)
        if self.off or counter or name in _NOTHING:
            return out
        # Attention's backward is three kernels on CUDA.
        self.counted.launches += 3 if "attention" in name and "backward" in name else 1
        self.counted.bytes += sum(map(_size, tensors))
        return out


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _tensors(inner)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _size(x: Tensor) -> int:
    """Bytes of the elements; what is expanded is read once."""
    numbers = 1
    for length, stride in zip(x.shape, x.stride(), strict=True):
        numbers *= length if stride or not length else 1
    return numbers * x.element_size()


@contextmanager
def counting() -> Iterator[Counted]:
    """Count in this block. Kernels of our own do not run: what they write is not to be used."""
    counted = Counted()
    operators = _Operators(counted)

    def launched(name: str, arguments: dict[str, Any]) -> bool:
        operators.off = True
        counted.launches += 1
        if name == "adam_atan2_all":
            # Five numbers of each parameter are read and four written, behind addresses.
            counted.bytes += 9 * 4 * int(arguments["sizes"].sum())
        else:
            # What a kernel is given by two names counts once.
            kept = {
                (t.untyped_storage()._cdata, t.storage_offset()): t for t in _tensors(arguments)
            }
            counted.bytes += sum(map(_size, kept.values()))
        if name == "segments":
            arguments["count"].fill_(arguments["most"])
        # Of a carry that is not compared the places alone are read, and one that is given away is
        # written over there.
        sides: tuple[str, ...] = ()
        times = 1
        if name == "segments" and not arguments["MOVED"]:
            sides, times = ("from_high", "from_low"), 1 + arguments["GIVEN"]
        if name == "segment_backward":
            sides = ("z_high", "of_carry") if arguments["HINTED"] else ("z_high",)
        if sides:
            read = times * len(arguments["slot"]) / len(arguments["taken"])
            counted.bytes -= int(sum(_size(arguments[side]) for side in sides) * (1 - read))
        operators.off = False
        return True

    with watch(launched), operators:
        yield counted


def sudokus(count: int, size: int = 9, cycles: int = 2) -> tuple[Network, Batch]:
    """A structured network as the recipe for Sudoku has it, where two cycles learn, and puzzles."""
    adapter, rows = get_adapter("sudoku"), []
    for index in range(count):
        puzzle = adapter.generate(np.random.default_rng([1, index]), size=size).puzzle
        rows.append(Encoded(adapter.codec.encode(puzzle), adapter.structure(puzzle)))
    relations = [spec.model_dump() for spec in relation_specs(rows[0].structure.relations)]
    said: dict[str, Any] = {"vocabulary": adapter.codec.spec.size, "relations": relations}
    said |= {"symbols": True, "gradient_cycles": cycles}
    return build_network(preset("structured", **said)), collate(rows)


def transformer(
    name: str, width: int = 512, count: int = 1, dtype: str = "float32"
) -> tuple[Network, Batch]:
    """HRM or TRM of a width with the published depth and cycles, for Sudokus."""
    _, batch = sudokus(1)
    ids = torch.zeros(count, dtype=torch.long)
    batch = Batch(batch.tokens.repeat(count, 1), ids, batch.structure)
    said: dict[str, Any] = {"puzzle_ids": 1, "max_length": 81, "width": width}
    said["forward_dtype"] = dtype
    data = preset(name, vocabulary=11, **said).model_dump()
    return build_network(parse_config(data)), batch


Work = Callable[[], Any]


def inference(network: Network, batch: Batch, segments: int) -> Work:
    """A run of so many segments."""
    carry = network.initial_carry(batch.tokens, batch.structure)

    def run() -> None:
        if network.ahead > 1:
            network.run(carry, batch.tokens, batch.puzzle_ids, batch.structure, segments)
            return
        state = carry
        with torch.no_grad():
            for _ in range(segments):
                state, _ = network(state, batch.tokens, batch.puzzle_ids, batch.structure)

    return run


def update(
    network: Network, batch: Batch, loss: str = "softmax", *, steps: bool = True
) -> dict[str, Work]:
    """The parts of one update, in turn; without the optimizer's where it does not step."""
    labels = batch.tokens.clamp(min=1)
    if steps:
        network = copy.deepcopy(network)
        # As training does.
        network.gives_carry = True
    network.zero_grad()
    carry = network.initial_carry(batch.tokens, batch.structure)
    found: dict[str, Any] = {}

    def forward() -> None:
        _, output = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
        found["loss"] = segment_loss(output, labels, loss=loss).total  # type: ignore[arg-type]

    def backward() -> None:
        found["loss"].backward()

    if not steps:
        return {"forward": forward, "backward": backward}
    optimizer, average = AdamATan2(network.parameters()), Average(network, 0.999)

    def step() -> None:
        average.moved_by(optimizer, network, 1)
        optimizer.step()
        average.update(network, 1)

    # Moments are made by the first step of all.
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.zero_grad()
    return {"forward": forward, "backward": backward, "optimizer": step}


def counted(work: Work, backend: str) -> Counted:
    """What some work comes to by a backend."""
    with ExitStack() as stack:
        stack.enter_context(use(backend))
        if backend != "plain":
            found = stack.enter_context(counting())
            work()
            return found
        products = stack.enter_context(Products())
        found = stack.enter_context(counting())
        work()
    found.operations = products.total
    return found


def rows(
    segments: int = 8, puzzles: int = 64, width: int = 512, published: int = 96
) -> Iterator[tuple[str, Counted, Counted]]:
    """Work by name: by torch's operators, and by our kernels."""

    def both(name: str, make: Callable[[], dict[str, Work]]) -> Iterator[Any]:
        # The parts of an update need each other, so that each way has its own.
        plain, ours = (
            {part: counted(work, backend) for part, work in make().items()}
            for backend in ("plain", "triton")
        )
        for part, found in plain.items():
            ours[part].operations = found.operations
            yield f"{name}, {part}", found, ours[part]

    network, batch = sudokus(puzzles)
    run = {f"{segments} segments": inference(network, batch, segments)}
    yield from both(f"structured, {puzzles} Sudokus", lambda: run)
    for cycles, said in ((2, ""), (1, ", one cycle learns")):
        network, batch = sudokus(puzzles, cycles=cycles)
        yield from both(
            f"structured, {puzzles} Sudokus{said}",
            lambda network=network, batch=batch: update(network, batch),
        )
    for name in ("hrm", "trm-att"):
        network, batch = transformer(name, width)
        run = {"a segment": inference(network, batch, 1)}
        yield from both(f"{name}, one Sudoku", lambda run=run: run)
        yield from both(
            f"{name}, one Sudoku",
            lambda network=network, batch=batch: update(network, batch, "stablemax"),
        )
    # As published: many need shapes alone, since to compute them takes minutes.
    with FakeTensorMode(allow_non_fake_inputs=True) if published > 8 else nullcontext():
        network, batch = transformer("hrm", width, published, "bfloat16")
        yield from both(
            f"hrm in bfloat16, {published} Sudokus",
            lambda: update(network, batch, "stablemax", steps=False),
        )


def main() -> int:
    """Print the table."""
    argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0]).parse_args()
    # Networks lie on the CPU, also where there is a GPU: kernels are counted and not run.
    os.environ["TRITON_INTERPRET"] = "1"
    floors = " | ".join(f"{card.name} ms" for card in CARDS)
    print(f"| work | by | launches | MB | GFLOP | {floors} |")
    print("|---|---|---|---|---|" + "---|" * len(CARDS))
    for name, plain, ours in rows():
        for by, found in (("torch", plain), ("Triton", ours)):
            times = " | ".join(f"{1e3 * found.floor(card):.2f}" for card in CARDS)
            print(
                f"| {name} | {by} | {found.launches} | {found.bytes / 1e6:.1f} "
                f"| {found.operations / 1e9:.2f} | {times} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
