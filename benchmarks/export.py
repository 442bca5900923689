"""Latency of a segment: PyTorch beside onnxruntime.

Run it alone on a quiet machine, half a minute in all::

    python benchmarks/export.py [--threads 1] [--repeats 5]

Both sides have the same puzzles and carries, in the same process, in turn; a row has the median
over the rounds of each side's time for one segment, and the median of their ratios. Reading
puzzles and making their inputs is left out: it is the same on both sides.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import onnxruntime
import torch

from hrm_toolkit.core import Settings
from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.inputs.config import preset
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.solvers.onnx.export import export_segment
from hrm_toolkit.solvers.onnx.inputs import segment_inputs
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.stream import Split, draw

_ROUND_SECONDS = 0.1


def seconds(segment: Callable[[], object]) -> float:
    """Time of one call, from as many as fill a round."""
    count, begin = 0, time.perf_counter()
    while (spent := time.perf_counter() - begin) < _ROUND_SECONDS or not count:
        segment()
        count += 1
    return spent / count


def compare(
    label: str, network: Network, puzzles: list[Encoded], arguments: argparse.Namespace
) -> None:
    """Print a row."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(
        export_segment(network), options, providers=["CPUExecutionProvider"]
    )
    batch = collate(puzzles)
    carry = network.initial_carry(batch.tokens, batch.structure)
    inputs = segment_inputs(puzzles, [given.name for given in session.get_inputs()])
    inputs |= {"z_high": carry.z_high.numpy(), "z_low": carry.z_low.numpy()}
    inputs["fresh"] = np.zeros(len(puzzles), np.bool_)

    def plain() -> object:
        with torch.no_grad():
            return network(carry, batch.tokens, batch.puzzle_ids, batch.structure)

    def exported() -> object:
        return session.run(None, inputs)

    for side in (plain, exported):
        side()
    pairs = [(seconds(plain), seconds(exported)) for _ in range(arguments.repeats)]
    slow, fast = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    name = f"{label}, batch {len(puzzles)}"
    print(f"{name:36} torch {slow:9.3f} ms   onnxruntime {fast:9.3f} ms   {ratio:5.2f}x")


def main() -> None:
    """Each bundle at one puzzle and at 32, then the published networks, untrained, at one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(
        f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}, "
        f"{arguments.threads} threads"
    )
    for name, size in (("sudoku-4x4", 4), ("sudoku", 9), ("maze", 10), ("maze", 30), ("graph", 20)):
        solver = Solver.load(name)
        settings = Settings(sizes=(size,))
        drawn = [draw(solver.adapter, settings, 1, Split.TEST, i).puzzle for i in range(32)]
        encoded = [solver.proposer().encode(puzzle) for puzzle in drawn]
        for rows in (1, 32):
            compare(f"{name}, size {size}", solver.network, encoded[:rows], arguments)
    sudoku = Solver.load("sudoku")
    puzzle = draw(sudoku.adapter, Settings(sizes=(9,)), 1, Split.TEST, 0).puzzle
    for name in ("trm-mlp", "trm-att", "hrm"):
        network = build_network(preset(name, vocabulary=11)).eval()
        compare(f"{name} as published", network, [sudoku.proposer().encode(puzzle)], arguments)


if __name__ == "__main__":
    main()
