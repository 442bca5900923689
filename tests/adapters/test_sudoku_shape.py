"""Boxes of every shape: part of the puzzle, said, drawn, inferred, and kept by symmetry."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.adapters.sudoku import SudokuAdapter, SudokuPuzzle
from hrm_toolkit.adapters.sudoku.boxes import shapes
from hrm_toolkit.core import InputError
from hrm_toolkit.core.telling import kind_of
from hrm_toolkit.solvers.solver import Solver

SUDOKU = SudokuAdapter()
TALL = ["......", "31...6", "52..31", "2..1.3", ".32.14", "..3..."]
TALL_ANSWER = "461325 315246 526431 254163 632514 143652"
EITHER = "1....." + "." * 30


@pytest.mark.parametrize("box", [(2, 3), (3, 2), (4, 2), (2, 5), (5, 2)])
def test_puzzles_of_every_shape_are_made_drawn_moved_and_solved(box: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    made = SUDOKU.generate(rng, size=box[0] * box[1], difficulty="easy", box=box)
    puzzle = made.puzzle
    assert puzzle.boxes == box
    assert SUDOKU.rules.check(puzzle, made.answer)
    assert SUDOKU.exact(puzzle).answer == made.answer
    assert SUDOKU.parse(SUDOKU.render(puzzle)) == puzzle
    assert SudokuPuzzle.model_validate_json(puzzle.model_dump_json()) == puzzle
    moved = SUDOKU.symmetry(puzzle, rng).apply(puzzle)
    assert moved.boxes == box
    assert SUDOKU.canonical(moved) == SUDOKU.canonical(puzzle)
    turned = SudokuPuzzle(grid=tuple(zip(*puzzle.grid, strict=True)), box=(box[1], box[0]))
    assert SUDOKU.canonical(turned) == SUDOKU.canonical(puzzle)


def test_tall_boxes_follow_from_the_clues_and_are_said() -> None:
    loaded = read_text("\n".join(TALL))
    (puzzle,) = loaded.puzzles
    assert kind_of(puzzle) == "6x6 sudoku with boxes of 3 rows and 2 columns"
    assert "the clues contradict boxes of 2 rows and 3 columns" in loaded.notes[0]
    answer = SUDOKU.parse_answer(puzzle, TALL_ANSWER)
    assert SUDOKU.rules.check(puzzle, answer)
    box = SUDOKU.structure(puzzle).relations[2]
    assert box.source[box.row(0)].tolist() == [0, 1, 6, 7, 12, 13]


def test_where_both_shapes_are_possible_the_usual_is_assumed_till_an_answer_shows() -> None:
    loaded = read_text(EITHER)
    (puzzle,) = loaded.puzzles
    assert (puzzle.boxes, loaded.open) == ((2, 3), True)
    assert "are assumed; boxes of 3 rows and 2 columns are possible too" in loaded.notes[0]
    right = SUDOKU.exact(SudokuPuzzle(grid=puzzle.grid, box=(3, 2))).answer
    assert right is not None
    assert SUDOKU.rules.check(SUDOKU.meant(puzzle, right), right)
    verdict = SUDOKU.rules.check(puzzle, right)
    assert not verdict
    assert "with boxes of 3 rows and 2 columns it would be right" in verdict.violations[-1].message


def test_the_shape_that_is_said_counts_and_must_tile_the_grid() -> None:
    assert read_text(EITHER, box=(3, 2)).puzzles[0].boxes == (3, 2)
    assert read_text(EITHER, box=(2, 3)).notes == ()
    with pytest.raises(InputError, match="boxes of 4x2 do not tile a grid of 6 rows; expected"):
        read_text(EITHER, box=(4, 2))
    with pytest.raises(InputError, match="drawn with boxes of 3x2; expected 2x3"):
        read_text(SUDOKU.render(SUDOKU.parse("\n".join(TALL))), box=(2, 3))


def test_the_usual_shape_goes_unsaid_in_json() -> None:
    grid = SUDOKU.parse("\n".join(TALL)).grid
    assert "box" not in SudokuPuzzle(grid=grid).model_dump()
    assert SudokuPuzzle(grid=grid, box=(2, 3)) == SudokuPuzzle(grid=grid)
    assert SudokuPuzzle(grid=grid, box=(3, 2)).model_dump()["box"] == (3, 2)
    assert shapes(12) == ((3, 4), (4, 3), (2, 6), (6, 2))


def test_a_shape_without_an_answer_is_told_from_the_one_that_has_one() -> None:
    solver = Solver(SUDOKU, None)
    puzzle = read_text("\n".join(TALL), box=(2, 3)).puzzles[0]
    result = solver.solve(puzzle, strategy="exact")
    assert result.unsolvable
    assert result.notes[-1] == "with boxes of 3x2 it has several answers: say so by box (--box 3x2)"
    blank = SudokuPuzzle(grid=((1, 1, 0, 0, 0, 0), *((0,) * 6,) * 5))
    assert SUDOKU.otherwise(blank) == ()
    assert SUDOKU.otherwise(SUDOKU.parse("11.. .... .... ....")) == ()


def test_the_one_answer_of_another_shape_is_told_as_such() -> None:
    rows = [row if k < 5 else "......" for k, row in enumerate(TALL_ANSWER.split())]
    puzzle = read_text("\n".join(rows), box=(2, 3)).puzzles[0]
    told = ("with boxes of 3x2 it has one answer: say so by box (--box 3x2)",)
    assert SUDOKU.otherwise(puzzle) == told


def test_fields_said_in_full_are_read_back_as_the_same_puzzle() -> None:
    for box in ((2, 3), (3, 2)):
        puzzle = read_text("\n".join(TALL), box=box).puzzles[0]
        assert SUDOKU.coerce(puzzle.explicit()) == puzzle
    assert "box" not in SUDOKU.parse("1... ..3. .4.. ...2").explicit()
