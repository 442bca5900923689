"""A solver as data and code for a browser: packed weights, and how its task's grids are read."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from hrm_toolkit.core import InputError, Palette, Puzzle, Reading
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.kernels.cpu.build import WASM, digest
from hrm_toolkit.solvers.kernels.cpu.native import pack_all
from hrm_toolkit.solvers.kernels.cpu.prepared import Floats, Weights

if TYPE_CHECKING:
    from hrm_toolkit.core import AnyAdapter
    from hrm_toolkit.solvers.solver import Solver

_WIDTHS = (32, 64)
"""Width and inner width that there is code for."""
_MOST_CELLS = 2_500
"""Cells that a page draws."""
_MOST_NODES, _MOST_ARCS = 400, 3_200
"""Nodes of a graph that a page draws, and its edges, each way of an undirected one."""
_EDGES = {("in", "weighted"), ("out", "weighted")}
"""What a network reads that hears of nodes by their edges alone."""


def code() -> bytes | None:
    """The native code as WebAssembly; None where the file is missing or of another source."""
    if not WASM.exists():
        return None
    found = WASM.read_bytes()
    return found if digest().encode() in found else None


def thinking(solver: Solver, puzzle: Puzzle) -> dict[str, Any]:
    """The network of a solver, for a browser to think with, and the code that runs it.

    Args:
        solver: the one for the puzzle.
        puzzle: see ``network_data``.

    Returns:
        JSON: ``solver``, its name; ``network``, see ``network_data``; ``code``, base64.

    Raises:
        InputError: where no browser can run it.
    """
    wasm, network = code(), network_data(solver, puzzle)
    if wasm is None or network is None:
        raise InputError(
            f"no browser can think about this {solver.adapter.title} puzzle",
            expected="a grid of a task whose shipped network reads cells and their groups or "
            f"neighbours, of at most {_MOST_CELLS:,} cells, or a graph of at most {_MOST_NODES:,} "
            "nodes",
            hint="ask the server to solve it",
        )
    return {
        "solver": solver.name,
        "network": network,
        "code": base64.b64encode(wasm).decode(),
    }


def network_data(solver: Solver, puzzle: Puzzle) -> dict[str, Any] | None:
    """What a browser needs to think as a solver does; None where it cannot.

    Args:
        solver: whose task, weights and number of segments.
        puzzle: whose size and shape are among those that can be asked.

    Returns:
        JSON: ``config`` and ``weights`` of the network, base64 of float32; ``grid``, how cells are
        read, and ``palette``, with which they are drawn, or ``linked``, how nodes are; and
        ``segments``.
    """
    from hrm_toolkit.solvers.runners.rows import RowsRunner

    adapter, config = solver.adapter, solver.config
    if not isinstance(config, StructuredConfig) or (config.width, config.inner) != _WIDTHS:
        return None
    palette = adapter.palette
    told: dict[str, Any] = {"grid": None, "linked": None, "palette": None}
    if {(relation.name, relation.kind) for relation in config.relations} == _EDGES:
        told["linked"] = _linked(adapter, config, puzzle)
    elif palette is not None and palette.reading is not None:
        told["grid"] = _grid(adapter, palette, palette.reading, config, puzzle)
        told["palette"] = {
            "signs": palette.signs,
            "blanks": palette.blanks,
            "once": palette.once,
            "pattern": palette.pattern,
            "meaning": palette.meaning,
            "square": palette.square,
        }
    runner = solver.runner() if told["grid"] or told["linked"] else None
    if not isinstance(runner, RowsRunner):
        return None
    return {
        "config": _counts(config),
        "weights": _weights(config, runner.weights.arrays),
        **told,
        "segments": solver.segments,
    }


def _linked(adapter: AnyAdapter, config: StructuredConfig, puzzle: Puzzle) -> dict[str, Any] | None:
    """How nodes are read and where they are drawn; None where the network reads more than edges."""
    if config.symbols or config.factors is not None:
        return None
    if len(adapter.codec.encode(puzzle)) > _MOST_NODES:
        return None
    if max(relation.source.size for relation in adapter.structure(puzzle).relations) > _MOST_ARCS:
        return None
    places = adapter.scene(puzzle).nodes
    return {
        "tokens": {name: k for k, name in enumerate(adapter.codec.spec.vocabulary)},
        "places": {name: [round(x, 2), round(y, 2)] for name, (x, y) in places.items()},
        "text": adapter.render(puzzle),
        "most": _MOST_NODES,
    }


def _grid(
    adapter: AnyAdapter,
    palette: Palette,
    reading: Reading,
    config: StructuredConfig,
    puzzle: Puzzle,
) -> dict[str, Any] | None:
    """How cells are read; None where the network reads more than is told here."""
    kinds = {relation.kind for relation in config.relations}
    wanted = {"pool"} if reading.way is None else {"neighbour"}
    if kinds != wanted or config.symbols != (reading.way is None) or config.factors is not None:
        return None
    rows, columns = map(int, puzzle.size_words.split("x"))
    if rows * columns > _MOST_CELLS:
        return None
    known = {sign: token for sign, token in reading.tokens.items() if token < config.vocabulary}
    told: dict[str, Any] = {"tokens": known, "answers": reading.answers, "way": reading.way}
    if reading.way is not None:
        return {**told, "walls": [reading.tokens[reading.way[3]]], "groups": {}}
    groups = {}
    blank = palette.signs[0][0]
    for side in reading.sizes:
        empty = adapter.parse("\n".join([blank * side] * side))
        groups[f"{side}x{side}"] = _groups(adapter, config, empty)
    # Last, for the shape of its own boxes.
    groups[puzzle.size_words] = _groups(adapter, config, puzzle)
    return {**told, "walls": None, "groups": groups}


def _groups(adapter: AnyAdapter, config: StructuredConfig, puzzle: Puzzle) -> dict[str, Any]:
    """The symbols of a size, and the cells of each group of each relation that is read."""
    structure = adapter.structure(puzzle)
    by_name = {relation.name: relation for relation in structure.relations}
    found = []
    for spec in config.relations:
        relation = by_name[spec.name]
        if relation.of is None:
            raise InputError(f'the relation "{spec.name}" has no groups', expected="groups")
        rows = np.split(relation.source, relation.start[1:-1])
        found.append([row.tolist() for row in rows])
    return {"symbols": structure.symbols.tolist(), "relations": found}


def _counts(config: StructuredConfig) -> dict[str, Any]:
    """The numbers that native code asks of a network, and the relations' names in order."""
    kinds = [spec.kind for spec in config.relations]
    return {
        "width": config.width,
        "inner": config.inner,
        "vocabulary": config.vocabulary,
        "layers": config.layers,
        "high_cycles": config.high_cycles,
        "low_cycles": config.low_cycles,
        "neighbours": kinds.count("neighbour"),
        "pools": kinds.count("pool") + config.symbols,
        "weighted": kinds.count("weighted"),
        "factors": 0,
        "weighs_continuing": int(config.q_continue),
        "relations": [spec.name for spec in config.relations],
    }


def _weights(config: StructuredConfig, arrays: Weights) -> dict[str, str]:
    """The arrays as native code reads them, and those that a puzzle is laid out with."""
    scaled = arrays["embedding"] * np.float32(np.sqrt(config.width))
    heads = arrays["token_head.weight"]
    more = {
        "inputs": scaled,
        # What an idle position says, by its token.
        "idle": scaled[: config.vocabulary] @ heads.T,
        "high_init": arrays["high_init"],
        "low_init": arrays["low_init"],
    }
    if config.hints:
        more["hint_head"] = arrays["hint_head.weight"]
    return {name: _text(array) for name, array in {**pack_all(config, arrays), **more}.items()}


def _text(array: Floats) -> str:
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()
