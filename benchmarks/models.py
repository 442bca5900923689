"""Throughput of training and inference: the straightforward implementation beside ours.

Run it alone on a quiet machine::

    python benchmarks/models.py [--threads 1] [--repeats 5] [--full]

Both sides do the same work in the same process, in turn; a row is the median of the ratios of
neighbouring runs. "Plain" follows the published code: composite norm, gate and up projection as
one product cut in half, a second forward for the Q target, every row through every segment, the
C library's own thresholds for returning memory.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from hrm_toolkit.core import Budget, Settings, Structure
from hrm_toolkit.solvers.allocator import keep_freed_memory
from hrm_toolkit.solvers.inputs.batch import Batch, Encoded, collate
from hrm_toolkit.solvers.inputs.config import parse_config
from hrm_toolkit.solvers.networks import layers, transformer
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.stream import Split, draw
from hrm_toolkit.train.objective import segment_loss

SMALL = {"width": 128, "heads": 4, "layers": 2}
PUBLISHED = {"width": 512, "heads": 8, "layers": 4}


def plain_norm(h: torch.Tensor, more: torch.Tensor, eps: float = 1e-5) -> torch.Tensor:
    """The norm of a sum as its formula reads."""
    wide = (h + more).float()
    return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps)).to(h.dtype)


def plain_swiglu(self: layers.SwiGLU, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """One product for gate and up projection, cut in half."""
    gate, up = self.gate_up_proj(x).chunk(2, dim=-1)
    return self.down_proj(F.silu(gate) * up), x


class Plain:
    """Within it the networks compute as the published code does."""

    def __enter__(self) -> None:
        self.kept = transformer.add_rms_norm, layers.SwiGLU.beside
        transformer.add_rms_norm = plain_norm
        layers.SwiGLU.beside = plain_swiglu

    def __exit__(self, *_: object) -> None:
        transformer.add_rms_norm, layers.SwiGLU.beside = self.kept


def sudoku_batch(rows: int) -> Batch:
    """Random 9x9 tokens; labels are the tokens themselves."""
    tokens = np.random.default_rng(0).integers(1, 11, (rows, 81)).astype(np.int32)
    return collate([Encoded(row, Structure()) for row in tokens])


def trainer(network: Network, batch: Batch, *, second_forward: bool) -> Callable[[], None]:
    """One supervision segment with its update."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, foreach=True)
    carry = network.initial_carry(batch.tokens, batch.structure)

    def update() -> None:
        following, output = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
        if second_forward:
            with torch.no_grad():
                network(following, batch.tokens, batch.puzzle_ids, batch.structure)
        optimizer.zero_grad(set_to_none=True)
        segment_loss(output, batch.tokens).total.backward()
        optimizer.step()

    return update


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def compare(
    name: str, plain: Callable[[], object], ours: Callable[[], object], repeats: int, count: int
) -> None:
    """Print both rates and the median ratio of neighbouring runs."""
    plain(), ours()
    pairs = [(seconds(plain), seconds(ours)) for _ in range(repeats)]
    slow, fast = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name:44} plain {count / slow:9.2f}/s   ours {count / fast:9.2f}/s   {ratio:5.2f}x")


def training(name: str, config: dict[str, object], rows: int, repeats: int) -> None:
    """Updates of one configuration, in samples a second."""
    parsed = parse_config({"family": "hrm", "vocabulary": 11, "max_length": 81, **config})
    batch = sudoku_batch(rows)
    both = trainer(build_network(parsed), batch, second_forward=True)
    ours = trainer(build_network(parsed), batch, second_forward=False)
    same = trainer(build_network(parsed), batch, second_forward=True)

    def plain() -> None:
        with Plain():
            both()

    compare(f"train {name}, batch {rows}", plain, ours, repeats, rows)
    compare(f"train {name}, batch {rows}, Q target kept", plain, same, repeats, rows)


def inference(bundle: str, size: int, count: int, repeats: int) -> None:
    """Fresh puzzles by a shipped solver, in puzzles a second."""
    solver = Solver.load(bundle)
    settings = Settings(sizes=(size,))
    puzzles = [draw(solver.adapter, settings, 1, Split.TEST, i).puzzle for i in range(count)]
    budget = Budget(segments=32)
    network = solver.network

    def plain() -> None:
        """Every row through every segment, nothing leaves the batch."""
        for begin in range(0, count, solver.batch_size):
            part = puzzles[begin : begin + solver.batch_size]
            encoded = [
                Encoded(solver.adapter.codec.encode(p), solver.adapter.structure(p)) for p in part
            ]
            batch = collate(encoded)
            carry = network.initial_carry(batch.tokens, batch.structure)
            with torch.no_grad():
                for _ in range(budget.segments):
                    carry, output = network(carry, batch.tokens, None, batch.structure)
            for puzzle, row in zip(part, output.logits.argmax(-1).int().numpy(), strict=True):
                tokens = row[: len(solver.adapter.codec.encode(puzzle))]
                solver.adapter.rules.check(puzzle, solver.adapter.codec.decode(puzzle, tokens))

    def ours() -> None:
        solver.solve_many(puzzles, budget=budget, strategy="neural")

    compare(f"solve {count} with {bundle}, size {size}", plain, ours, repeats, count)


def main() -> None:
    """Run the benchmark; the plain side's allocator setting needs a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--full", action="store_true", help="the published 27M configuration too")
    parser.add_argument("--allocator", choices=["default", "kept", "both"], default="both")
    options = parser.parse_args()
    if options.allocator == "both":
        for allocator in ("default", "kept"):
            command = [sys.executable, *sys.argv, "--allocator", allocator]
            subprocess.run(command, check=True)
        return
    torch.set_num_threads(options.threads)
    if options.allocator == "kept":
        keep_freed_memory()
    print(f"torch {torch.__version__}, {options.threads} threads, allocator {options.allocator}")
    training("hrm small", SMALL, 32, options.repeats)
    if options.full:
        training("hrm published", PUBLISHED, 8, min(options.repeats, 3))
    inference("sudoku-4x4", 4, 512, options.repeats)
    inference("maze", 10, 256, options.repeats)
    inference("graph", 20, 256, options.repeats)


if __name__ == "__main__":
    main()
