"""Files of states: arrays that NumPy reads as they are, and what they are of."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hrm_toolkit.core import InputError, Puzzle, Segment
from hrm_toolkit.core.plain import drafted

if TYPE_CHECKING:
    from hrm_toolkit.solvers.solver import Solver


def write_states(path: Path, solver: Solver, puzzle: Puzzle, segments: Sequence[Segment]) -> None:
    """Write what a trace with states went through as an ``.npz``, whole or not at all.

    Its arrays, none of them pickled, for T segments:

    - ``z_high`` (T, H, ...) and ``z_low`` (T, H, K, ...), shapes as in ``core.States``, and
      ``tokens`` (L,), what the network was given. Of a task in several parts, which have shapes
      of their own, ``z_high.1`` and so on, counted from 1.
    - ``halt``, ``confidence`` and ``valid`` (T,), as in ``core.Segment``.
    - ``facts``, JSON as one text: the task, the solver, its bundle and network, what the axes are.

    Args:
        path: of the file.
        solver: that was traced.
        puzzle: what it was run on.
        segments: at least one, with their states.

    Raises:
        InputError: when the segments carry no states.
        OSError: when it cannot be written.

    Example:
        >>> import tempfile
        >>> from hrm_toolkit.core import Puzzle
        >>> from hrm_toolkit.solvers.solver import Solver
        >>> solver = Solver.load("sudoku-4x4")
        >>> puzzle = solver.adapter.parse("1...  ..3.  .4..  ...2")
        >>> path = Path(tempfile.mkdtemp()) / "states.npz"
        >>> write_states(path, solver, puzzle, list(solver.trace(puzzle, states=True)))
        >>> np.load(path)["z_low"].shape[1:]
        (2, 2, 16, 4, 32)
    """
    parts = solver.adapter.parts(puzzle)
    if not segments or not all(len(segment.states) == len(parts) for segment in segments):
        raise InputError("the segments carry no states", hint="trace with states=True")
    arrays: dict[str, Any] = {
        "facts": np.array(json.dumps(_facts(solver, len(segments), len(parts)))),
        "halt": np.array([segment.halt for segment in segments]),
        "confidence": np.array([segment.confidence for segment in segments]),
        "valid": np.array([segment.verdict.valid for segment in segments]),
    }
    for place, part in enumerate(parts):
        end = f".{place + 1}" if len(parts) > 1 else ""
        own = [segment.states[place] for segment in segments]
        arrays["tokens" + end] = solver.adapter.codec.encode(part)
        arrays["z_high" + end] = np.stack([states.z_high for states in own])
        arrays["z_low" + end] = np.stack([states.z_low for states in own])
    with drafted(path) as draft, draft.open("xb") as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())


def _facts(solver: Solver, segments: int, parts: int) -> dict[str, Any]:
    """What the arrays are of."""
    config = solver.config
    state = ["position", "symbol"] if config and config.family == "structured" else ["position"]
    return {
        "task": solver.adapter.task,
        "solver": solver.name,
        "bundle": solver.manifest.sha256 if solver.manifest else None,
        "network": config and config.model_dump(mode="json"),
        "segments": segments,
        "parts": parts,
        "prefix": config.prefix if config else 0,
        "axes": {
            "z_high": ["segment", "high cycle", *state, "feature"],
            "z_low": ["segment", "high cycle", "low cycle", *state, "feature"],
        },
    }
