"""Solve puzzles with an exported segment: onnxruntime and the adapter, without torch.

Run it so::

    pip install 'hrm-toolkit[onnx]'
    hrm-toolkit export sudoku --onnx sudoku.onnx
    python examples/onnx/solve.py sudoku.onnx examples/sudoku-9x9.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import onnxruntime

from hrm_toolkit.adapters import get_adapter, read_puzzles
from hrm_toolkit.core import InputError, Verdict
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.onnx.inputs import blank_carry, segment_inputs


def solve(session: Any, adapter: Any, puzzle: Any, segments: int = 32) -> tuple[Any, Any, int]:
    """The network's answer, what the rules say of it, and the segments it took."""
    tokens, structure = adapter.codec.encode(puzzle), adapter.structure(puzzle)
    shapes = {given.name: given.shape for given in session.get_inputs()}
    inputs = segment_inputs([Encoded(tokens, structure, adapter.identify(puzzle))], shapes)
    high = low = blank_carry(shapes["z_high"], inputs)
    for segment in range(1, segments + 1):
        given = {"fresh": np.array([segment == 1]), "z_high": high, "z_low": low}
        high, low, logits, _, _, halts = session.run(None, inputs | given)
        if halts[0]:
            break
    try:
        answer = adapter.codec.decode(puzzle, logits[0].argmax(-1).astype(np.int32))
    except InputError:
        return None, Verdict(valid=False), segment
    return answer, adapter.rules.check(puzzle, answer), segment


def main(file: str, puzzles: str) -> int:
    """Solve every puzzle of a file; 0 where the rules accept all answers."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    kept = json.loads(session.get_modelmeta().custom_metadata_map["hrm_toolkit"])
    adapter = get_adapter(kept["task"])
    solved = True
    for puzzle in read_puzzles(puzzles).puzzles:
        answer, verdict, segments = solve(session, adapter, puzzle)
        print(adapter.render(puzzle, answer))
        print(f"{'verified' if verdict else 'refuted'} by the rules, {segments} segments")
        solved = solved and bool(verdict)
    return 0 if solved else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
