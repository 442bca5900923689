"""Inputs of an exported segment, in NumPy. Without torch, so that who runs one need not load it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import PAD, InputError
from hrm_toolkit.solvers.inputs.places import Encoded, Places, Pooling

Array = npt.NDArray[Any]
CARRY = ("fresh", "z_high", "z_low")


def segment_inputs(puzzles: Sequence[Encoded], names: Collection[str]) -> dict[str, Array]:
    """All inputs of a segment but ``fresh`` and the carry.

    Args:
        puzzles: at least one, B in all. A row's answer is that of a lone run where all have one
            length and one number of symbols.
        names: of the graph's inputs; what it does not take is left out.

    Raises:
        InputError: when the graph takes what the task does not declare.

    Example:
        >>> from hrm_toolkit.adapters import get_adapter
        >>> maze = get_adapter("maze")
        >>> puzzle = maze.coerce("S.G")
        >>> encoded = Encoded(maze.codec.encode(puzzle), maze.structure(puzzle))
        >>> names = ("tokens", "place", "relation.east.index")
        >>> {name: array.tolist() for name, array in segment_inputs([encoded], names).items()}
        {'tokens': [[3, 2, 4]], 'place': [0, 1, 2], 'relation.east.index': [[1], [2], [3]]}
    """
    longest = max(len(p.tokens) for p in puzzles)
    tokens = np.full((len(puzzles), longest), PAD, np.int64)
    for row, puzzle in enumerate(puzzles):
        tokens[row, : len(puzzle.tokens)] = puzzle.tokens
    found: dict[str, Array] = {"tokens": tokens}
    if "puzzle_ids" in names:
        found["puzzle_ids"] = np.array([p.puzzle_id for p in puzzles], np.int64)
    if "coordinates" in names and all(p.structure.coordinates is not None for p in puzzles):
        found["coordinates"] = _coordinates(puzzles, longest)
    if "place" in names:
        found |= _structure(puzzles, longest)
    missing = sorted(set(names) - set(found) - {*CARRY})
    if missing:
        raise InputError(
            f"the segment takes {missing[0]}, which this task does not declare",
            hint="use the adapter of the task that the network was trained for",
        )
    return {name: array for name, array in found.items() if name in names}


def blank_carry(shape: Sequence[int | str | None], inputs: Mapping[str, Array]) -> Array:
    """Zeros of the shape that a carry has for these inputs.

    Args:
        shape: of the graph's input, its dynamic axes by name.
        inputs: from ``segment_inputs``.

    Example:
        >>> blank_carry(["batch", "length", 1, 8], {"tokens": np.zeros((2, 9))}).shape
        (2, 9, 1, 8)
    """
    rows, length = inputs["tokens"].shape
    symbols = inputs["symbols"].shape[1] if "symbols" in inputs else 1
    sizes = {"batch": rows, "length": length, "symbols": symbols}
    return np.zeros([sizes[n] if isinstance(n, str) else n or 0 for n in shape], np.float32)


def _coordinates(puzzles: Sequence[Encoded], longest: int) -> Array:
    padded = np.full((len(puzzles), longest, 2), -1, np.int64)
    for row, puzzle in enumerate(puzzles):
        if puzzle.structure.coordinates is not None:
            padded[row, : len(puzzle.tokens)] = puzzle.structure.coordinates
    return padded


def _structure(puzzles: Sequence[Encoded], longest: int) -> dict[str, Array]:
    """The places of all puzzles, one after another, and what is pooled over them."""
    places = [p.places for p in puzzles]
    columns = max(len(p.structure.symbols) for p in puzzles)
    symbols = np.zeros((len(puzzles), columns), np.int64)
    for index, puzzle in enumerate(puzzles):
        symbols[index, : len(puzzle.structure.symbols)] = puzzle.structure.symbols
    counts = np.array([len(p.position) for p in places])
    row = np.repeat(np.arange(len(puzzles)), counts)
    position = np.concatenate([p.position for p in places]) + row * longest
    column = np.concatenate([p.column for p in places])
    found: dict[str, Array] = {
        "place": position * max(columns, 1) + column,
        "active": np.unique(position),
        "row": row,
    }
    found |= _pooled("rows", [_whole(p) for p in places], counts)
    if columns:
        found |= {"symbols": symbols, "symbol": symbols[row, column]}
        found |= _pooled("candidates", [p.candidates for p in places], counts)
    for index, relation in enumerate(puzzles[0].structure.relations):
        poolings = [p.poolings[index] for p in places]
        found |= _pooled(f"relation.{relation.name}", poolings, counts)
    return found


def _whole(places: Places) -> Pooling:
    """One row of all places."""
    start = np.array([0, len(places.position)], np.int32)
    divisor = np.maximum(start[1:], 1).astype(np.float32)
    return Pooling(np.arange(start[1]), start, divisor, None, None, None, 0)


def _pooled(name: str, poolings: Sequence[Pooling], counts: Array) -> dict[str, Array]:
    """One kind of relation of every puzzle; ``counts`` are their places."""
    first, places = _before(counts), int(counts.sum())
    rows = np.array([len(p.divisor) for p in poolings])
    count = np.concatenate([p.sizes for p in poolings])
    entries = np.array([len(p.source) for p in poolings])
    source = np.concatenate([p.source for p in poolings]) + np.repeat(first, entries)
    # Each row's entries stand at its left; no table is without columns.
    filled = np.arange(max(count.max(initial=0), 1)) < count[:, None]
    table = np.full(filled.shape, places, np.int64)
    table[filled] = source
    # A row that belongs to its place is read by it.
    of = [np.arange(n) if p.of is None else p.of for p, n in zip(poolings, rows, strict=True)]
    readers = np.array([len(o) for o in of])
    flat = np.concatenate(of)
    found: dict[str, Array] = {
        f"{name}.table": table,
        f"{name}.divisor": np.concatenate([p.divisor for p in poolings])[:, None],
        f"{name}.of": np.where(flat < 0, 0, flat + np.repeat(_before(rows), readers)),
        f"{name}.reads": (flat >= 0).astype(np.float32)[:, None],
    }
    weights = [p.weights for p in poolings if p.weights is not None]
    if weights:
        found[f"{name}.weights"] = np.zeros(table.shape, np.float32)
        found[f"{name}.weights"][filled] = np.concatenate(weights)
    if all(p.single is not None for p in poolings):
        found[f"{name}.index"] = table
    return found


def _before(counts: Array) -> Array:
    """How many come before each part."""
    return np.cumsum(counts) - counts
