"""The shape of boxes, where nobody says it: clues decide, the answer, or a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hrm_toolkit.adapters.sudoku.boxes import BOXES, Box, Rows, shapes, told
from hrm_toolkit.adapters.sudoku.rules import SudokuAnswer, SudokuPuzzle, SudokuRules
from hrm_toolkit.core.clock import Deadline
from hrm_toolkit.core.errors import InputError
from hrm_toolkit.core.puzzle import validate
from hrm_toolkit.core.search import search

_SECONDS = 0.2
_NODES = 5_000
"""What a search for an answer under one shape may take."""
_LARGEST = 12
"""The longest side that is searched: beyond, clues are many and decide, or nothing does."""
_SEARCHED = 3
"""The most puzzles of a file that are searched."""

_RULES = SudokuRules()


@dataclass(frozen=True)
class Shaped:
    """A puzzle with the shape of its boxes settled.

    Attributes:
        notes: how it was settled, where that was not plain.
        open: whether an answer may yet show that another shape was meant.
    """

    puzzle: SudokuPuzzle
    notes: tuple[str, ...] = ()
    open: bool = False


@dataclass(frozen=True)
class Unshaped:
    """Clues, the shape that is said or drawn, and the answer, as far as they are there."""

    rows: Rows
    box: Box | None = None
    answer: Rows | None = None


def shaped(grids: Sequence[Unshaped]) -> list[Shaped]:
    """The puzzles of one file, which are of one shape where any of them shows it.

    Raises:
        InputError: for clues that are no digits, a shape that does not tile the grid, or where
            several shapes are possible and the usual one is not.
    """
    puzzles = [_puzzle(grid, grid.box) for grid in grids]
    settled: dict[int, tuple[Box, tuple[str, ...], bool]] = {}
    for size in {puzzle.size for puzzle in puzzles}:
        asked = [g for g in grids if len(g.rows) == size and g.box is None]
        if len(shapes(size)) > 1 and asked:
            settled[size] = _settle(asked, size)
    found = []
    for grid, puzzle in zip(grids, puzzles, strict=True):
        if grid.box is not None or puzzle.size not in settled:
            found.append(Shaped(puzzle))
        else:
            box, notes, open_ = settled[puzzle.size]
            found.append(Shaped(_puzzle(grid, box), notes, open_))
    return found


def meant(puzzle: SudokuPuzzle, answer: SudokuAnswer) -> SudokuPuzzle:
    """The puzzle with the boxes that an answer fits, or as it is where it fits none."""
    for box in (puzzle.boxes, *shapes(puzzle.size)):
        other = _puzzle(Unshaped(puzzle.grid), box)
        if _RULES.check(other, answer):
            return other
    return puzzle


def _puzzle(grid: Unshaped, box: Box | None) -> SudokuPuzzle:
    return validate(SudokuPuzzle, {"grid": grid.rows, "box": box})


def _settle(grids: Sequence[Unshaped], size: int) -> tuple[Box, tuple[str, ...], bool]:
    """The shape of grids of one size, how it was found, and whether it is still open."""
    usual = BOXES[size]
    by_answer = _common([_fitting(g.answer, size) for g in grids if g.answer])
    if len(by_answer) == 1:
        (box,) = by_answer
        return box, () if box == usual else (f"{told(box)}, as the answer has them",), False
    by_clues = _common([_fitting(g.rows, size) for g in grids])
    # Where clues repeat in a line no shape mends it; and few would draw 16x16 with other boxes.
    square = usual[0] == usual[1]
    broken = len(grids) == 1 and usual not in by_clues and _repeats(grids[0].rows)
    if not by_clues or broken or (square and (usual in by_clues or len(by_clues) > 1)):
        return usual, (), False
    if len(by_clues) == 1:
        (box,) = by_clues
        if box == usual:
            return box, (), False
        return box, (f"{told(box)}: the clues contradict {told(usual)}",), False
    return _searched(grids, size, by_clues)


def _searched(
    grids: Sequence[Unshaped], size: int, possible: set[Box]
) -> tuple[Box, tuple[str, ...], bool]:
    """As ``_settle``, of shapes that all clues fit."""
    usual = BOXES[size]
    for grid in grids[:_SEARCHED] if size <= _LARGEST else ():
        left = {box for box in possible if _has_answer(grid, box)}
        possible = left or possible
    if len(possible) == 1:
        (box,) = possible
        if box == usual:
            return box, (), False
        return box, (f"{told(box)}: with {told(usual)} there is no answer",), False
    others = sorted(possible - {usual})
    if usual not in possible:
        raise InputError(
            f"the clues contradict {told(usual)}, and fit {' and '.join(map(told, others))}",
            hint="say which by box, rows first (--box "
            + " or --box ".join(f"{rows}x{columns}" for rows, columns in others)
            + ")",
        )
    fit = " and ".join(map(told, others))
    rows, columns = others[0]
    note = (
        f"{told(usual)} are assumed; {fit} are possible too: say so by box (--box {rows}x{columns})"
    )
    return usual, (note,), True


def _common(sets: Sequence[set[Box]]) -> set[Box]:
    """What all have that have any: an unsolvable puzzle in a file costs only itself."""
    some = [one for one in sets if one]
    return set.intersection(*some) if some else set()


def _repeats(rows: Rows) -> bool:
    """Whether a row or a column holds a digit twice."""
    lines = [[v for v in line if v] for line in (*rows, *zip(*rows, strict=True))]
    return any(len(set(line)) < len(line) for line in lines)


def _fitting(rows: Rows, size: int) -> set[Box]:
    """The shapes with which no box holds a digit twice."""
    return {box for box in shapes(size) if _fits(rows, box)}


def _fits(rows: Rows, box: Box) -> bool:
    height, width = box
    for top in range(0, len(rows), height):
        for left in range(0, len(rows), width):
            held = [v for row in rows[top : top + height] for v in row[left : left + width] if v]
            if len(set(held)) < len(held):
                return False
    return True


def _has_answer(grid: Unshaped, box: Box) -> bool:
    """Whether there is an answer, or time ran out before that was clear."""
    found = search(_RULES, _puzzle(grid, box), nodes=_NODES, deadline=Deadline.after(_SECONDS))
    return found.answer is not None or not found.exhausted
