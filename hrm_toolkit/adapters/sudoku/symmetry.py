"""Sudoku's symmetries, and a text that is the same for all puzzles one symmetry apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.sudoku.boxes import BOXES, LARGEST, Box, Rows
from hrm_toolkit.adapters.sudoku.rules import SudokuAnswer, SudokuPuzzle
from hrm_toolkit.core.rules import Symmetry

_Ints = npt.NDArray[np.intp]
_Colours = npt.NDArray[np.uint64]

LEAVES = 640
"""Partial labellings that ``canonical_text`` follows at the most."""


@dataclass(frozen=True)
class SudokuSymmetry(Symmetry[SudokuPuzzle, SudokuAnswer]):
    """Digits renamed; bands, stacks, and the rows and columns in them permuted; transposed.

    Attributes:
        order: old cell of each new cell, shape (L,).
        digits: new digit of each old one, shape (26,); 0 and what is no digit here stay.
    """

    order: _Ints
    digits: _Ints

    @classmethod
    def draw(cls, box: Box, rng: np.random.Generator) -> SudokuSymmetry:
        """Uniform over the group; grids whose boxes are not square are not transposed."""
        height, width = box
        size = height * width
        rows, columns = _lines(rng, size, height), _lines(rng, size, width)
        order = rows[:, None] * size + columns[None, :]
        if height == width and rng.integers(2):
            order = order.T
        digits = np.arange(LARGEST + 1)
        digits[1 : size + 1] = rng.permutation(size) + 1
        return cls(order.ravel(), digits)

    def apply(self, puzzle: SudokuPuzzle) -> SudokuPuzzle:
        """The transformed puzzle."""
        grid = _moved(puzzle.grid, self.order, self.digits)
        return SudokuPuzzle.model_construct(grid=grid, box=puzzle.box)

    def apply_answer(self, answer: SudokuAnswer) -> SudokuAnswer:
        """The answer to the transformed puzzle."""
        return SudokuAnswer.model_construct(grid=_moved(answer.grid, self.order, self.digits))

    def undo(self, puzzle: SudokuPuzzle) -> SudokuPuzzle:
        """The inverse of ``apply``."""
        order, digits = np.argsort(self.order), np.argsort(self.digits)
        return SudokuPuzzle.model_construct(grid=_moved(puzzle.grid, order, digits), box=puzzle.box)

    def undo_answer(self, answer: SudokuAnswer) -> SudokuAnswer:
        """The inverse of ``apply_answer``."""
        order, digits = np.argsort(self.order), np.argsort(self.digits)
        return SudokuAnswer.model_construct(grid=_moved(answer.grid, order, digits))


def canonical_text(puzzle: SudokuPuzzle) -> str:
    """A digest that all puzzles one symmetry apart share.

    Cells are coloured by hashes of the colours in their row, column, box and digit until no
    more classes split; while cells remain alike, one of the smallest class of them is marked in
    turn and the colouring goes on. Where that tells all cells apart, as it does for puzzles as
    generated, only equivalent puzzles share a digest (up to 64-bit hash collisions); the few so
    regular that ``LEAVES`` markings do not suffice may share it with an inequivalent one.

    Transposed, a grid with tall boxes is one with wide boxes: the two share their digest.
    """
    size, (height, width) = puzzle.size, puzzle.boxes
    digits = np.array(puzzle.grid)
    if height > width:
        digits, height, width = digits.T, width, height
    box = (height, width)
    holds = (digits.reshape(-1, 1) == np.arange(1, size + 1)).astype(np.uint64)
    states = _mix((digits > 0).reshape(1, -1).astype(np.uint64))
    while True:
        states = _refine(states, box, holds)
        branches = (branch for state in states for branch in _mark_one(state))
        split = list(islice(branches, LEAVES + 1))
        if len(split) == len(states) or len(split) > LEAVES:
            break
        states = np.array(split)
    leaves = np.sort(_mix(states).sum(1)).astype("<u8")
    shape = "" if box == BOXES[size] else f"{height}x{width}-"
    return f"{size}-{shape}{hashlib.sha256(leaves.tobytes()).hexdigest()[:32]}"


def _refine(colours: _Colours, box: Box, holds: _Colours) -> _Colours:
    """Stable colours of each state, shape (states, L), from what each cell's units hold."""
    height, width = box
    size = height * width
    # Rows and columns must look alike exactly when a transposition may swap them.
    column_salt = np.uint64(0 if height == width else 0x5DEECE66D)
    classes = 0
    while (now := _classes(colours)) > classes:
        classes = now
        mixed = _mix(colours)
        # (S, L) -> (S, row, column): sums over a unit do not tell in which order its cells stand.
        grid = mixed.reshape(-1, size, size)
        rows, columns = grid.sum(2, keepdims=True), grid.sum(1, keepdims=True)
        # (S, row, column) -> (S, band, row in it, stack, column in it), summed over each box.
        boxes = grid.reshape(-1, size // height, height, size // width, width)
        boxes = np.broadcast_to(boxes.sum((2, 4), keepdims=True), boxes.shape)
        lines = (_mix(rows) + _mix(columns ^ column_salt)).reshape(mixed.shape)
        # (S, L) @ (L, digits) -> a sum for each digit -> back to the cells that hold it, (S, L).
        same_digit = (mixed @ holds) @ holds.T
        parts = (colours, lines, boxes.reshape(mixed.shape), same_digit)
        colours = np.zeros_like(mixed)
        for part in parts:
            colours = _mix(colours + part)
    return colours


def _mark_one(state: _Colours) -> Iterator[_Colours]:
    """The state itself when all cells differ, else a copy for each cell of the class chosen."""
    colours, counts = np.unique(state, return_counts=True)
    if len(colours) == len(state):
        yield state
        return
    several = np.flatnonzero(counts > 1)
    chosen = colours[several[np.argmin(counts[several])]]
    for cell in np.flatnonzero(state == chosen):
        copy = state.copy()
        copy[cell] ^= np.uint64(1)
        yield copy


def _classes(colours: _Colours) -> int:
    ordered = np.sort(colours, axis=1)
    return int(np.count_nonzero(ordered[:, 1:] != ordered[:, :-1])) + len(colours)


def _mix(values: _Colours) -> _Colours:
    """A bijective scramble of 64-bit numbers."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _lines(rng: np.random.Generator, size: int, depth: int) -> _Ints:
    """A permutation of rows (or columns) that keeps bands of ``depth`` together."""
    bands = rng.permutation(size // depth)
    return np.concatenate([band * depth + rng.permutation(depth) for band in bands])


def _moved(grid: Rows, order: _Ints, digits: _Ints) -> Rows:
    size = len(grid)
    moved = digits[np.array(grid).ravel()[order]].reshape(size, size)
    return tuple(map(tuple, moved.tolist()))
