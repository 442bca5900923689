"""``export``: a solver's network for runtimes that do without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_toolkit.cli import console, options


def export(
    bundle: options.Bundle,
    onnx: Annotated[Path, typer.Option("--onnx", help="The file to write.", metavar="FILE")],
    as_json: options.Json = False,
) -> int:
    """Write one segment of a solver's network, carry in and carry out, as an ONNX file.

    Batch and length stay free, as far as the network takes them. The file is compared with the
    network, segment by segment, before it is written. docs/bundles.md says what goes in and comes
    out, and examples/onnx/solve.py in the source runs the halting loop with onnxruntime alone.

    Examples:
      hrm-toolkit export sudoku --onnx sudoku.onnx
      hrm-toolkit export runs/maze-0-1/bundle --onnx maze.onnx --json
    """
    from hrm_toolkit.core.plain import replace_file
    from hrm_toolkit.solvers.onnx.export import export_solver
    from hrm_toolkit.solvers.solver import Solver

    options.require_folder("--onnx", onnx)
    exported = export_solver(Solver.load(bundle))
    replace_file(onnx, exported.data)
    said = {
        "file": str(onnx),
        "bytes": len(exported.data),
        **exported.facts,
        "compared": exported.compared,
        "error": exported.error,
    }
    if as_json:
        console.print_json(said)
        return 0
    console.line(
        f"{onnx}: one segment of {said['solver']} ({said['family']}), {said['bytes']:,} bytes"
    )
    if exported.compared:
        console.line(
            f"compared with the network on {exported.compared} puzzles: largest relative error "
            f"{exported.error:.1e}"
        )
    else:
        console.remark("compared with nothing: the task has no example that the network can take")
    return 0
