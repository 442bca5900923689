"""The task of nonograms: each line's runs are a constraint of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from hrm_toolkit.adapters.constraint.generate import other
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.nonogram import files
from hrm_toolkit.adapters.constraint.nonogram.puzzle import (
    NonogramAnswer,
    NonogramPuzzle,
    words_of,
)
from hrm_toolkit.adapters.constraint.pencil import canvas, picture
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.tables import Runs
from hrm_toolkit.adapters.constraint.task import DeclaredAdapter, DeclaredRules
from hrm_toolkit.core import Clue, Exact, InputError, Violation, WrongAnswer, validate
from hrm_toolkit.core.files import Form
from hrm_toolkit.core.scene import INK, MARGIN, Scene


class NonogramRules(DeclaredRules[NonogramPuzzle, NonogramAnswer]):
    """Every line has its runs."""

    def diagnose(self, puzzle: NonogramPuzzle) -> list[Violation]:
        """That rows and columns tell of different numbers of cells."""
        told = [
            [runs for runs in lines if runs is not None] for lines in (puzzle.rows, puzzle.columns)
        ]
        across, down = (sum(map(sum, lines)) for lines in told)
        if across == down or sum(map(len, told)) < sum(puzzle.shape):
            return []
        says = f"the rows tell of {across} shaded cells, the columns of {down}"
        return [Violation(rule="total", message=says)]


class NonogramAdapter(DeclaredAdapter[NonogramPuzzle, NonogramAnswer]):
    """Nonograms (picross, griddlers, paint by numbers) in one colour."""

    task = title = "nonogram"
    family = "pencil puzzles"
    summary = "shade a picture whose rows and columns have runs of the lengths told"
    puzzle_type, answer_type = NonogramPuzzle, NonogramAnswer
    default_sizes = (5, 6, 8)
    smallest, largest = 2, 20

    def __init__(self) -> None:
        super().__init__()
        self.rules = NonogramRules(self)

    def declare(self, puzzle: NonogramPuzzle) -> Problem:
        problem = Problem(words={0: "unshaded", 1: "shaded"})
        grid = problem.grid(*puzzle.shape)
        for name, number, runs in _told(puzzle):
            line = grid[number] if name == "row" else grid[:, number]
            where, place = f"{name} {number + 1}", (name, number)
            problem.add(Runs.of(where, line.tolist(), runs, label=name, clue=place))
        return problem

    def values_of(self, puzzle: NonogramPuzzle, answer: NonogramAnswer) -> Values:
        x = np.array(answer.grid, np.int64)
        if x.shape != puzzle.shape:
            raise InputError(
                f"the answer is {x.shape[0]}x{x.shape[1]}, the puzzle {puzzle.size_words}"
            )
        return x.ravel()

    def answer_of(self, puzzle: NonogramPuzzle, x: Values) -> NonogramAnswer:
        rows = x.reshape(puzzle.shape).tolist()
        return NonogramAnswer.model_construct(grid=tuple(map(tuple, rows)))

    def exact(self, puzzle: NonogramPuzzle, *, seconds: float = 10.0) -> Exact[NonogramAnswer]:
        if self.rules.diagnose(puzzle):
            return Exact(None, unsolvable=True)
        return super().exact(puzzle, seconds=seconds)

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[NonogramPuzzle, Values]:
        """A picture at random, cells shaded one by one until its runs leave no other."""
        grid = (rng.random((height, width)) < 0.5).astype(np.int64)
        while True:
            puzzle = told_by(grid)
            x = grid.ravel()
            found = other(self.declare(puzzle), x)
            if found is None:
                return puzzle, x
            # Shaded where the other picture differs, a cell belongs to both no longer; where the
            # search was too long for one, any cell makes the picture simpler.
            blank = np.flatnonzero((x == 0) & ((found != x) | bool((found == x).all())))
            grid.flat[blank[int(rng.integers(len(blank)))]] = 1

    def render(self, puzzle: NonogramPuzzle, answer: NonogramAnswer | None = None) -> str:
        fits = answer is not None and len(answer.grid) == puzzle.shape[0]
        fits = fits and answer is not None and len(answer.grid[0]) == puzzle.shape[1]
        if answer is None or fits:
            return files.drawn(puzzle, answer.grid if answer else None)
        return canvas.plain([[".#"[value] for value in row] for row in answer.grid])

    def parse(self, text: str) -> NonogramPuzzle:
        first = next(filter(str.strip, text.splitlines()), "")
        if canvas.headed(first) == self.task:
            return files.read_drawn(text)[0]
        return validate(NonogramPuzzle, files.read_clues(text).puzzles[0])

    def parse_answer(self, puzzle: NonogramPuzzle, text: str) -> NonogramAnswer:
        lines = [line.rstrip() for line in text.splitlines() if line.strip()]
        if lines and canvas.headed(lines[0]) == self.task:
            grid = files.read_drawn(text)[1]
        else:
            words = [line.split() for line in lines]
            signs = [list(row[0]) if len(row) == 1 else row for row in words]
            grid = files.read_signs(signs)
        return validate(NonogramAnswer, {"grid": grid})

    def forms(self) -> Sequence[Form]:
        return files.forms()

    def clues(self, puzzle: NonogramPuzzle) -> Sequence[Clue]:
        return [
            Clue(f"{name} {number + 1} = {' '.join(words_of(runs))}", (name, number))
            for name, number, runs in _told(puzzle)
        ]

    def keeping(self, puzzle: NonogramPuzzle, clues: Sequence[Clue]) -> NonogramPuzzle:
        kept = {clue.data for clue in clues}
        lines = {
            f"{name}s": [runs if (name, k) in kept else None for k, runs in enumerate(told)]
            for name, told in (("row", puzzle.rows), ("column", puzzle.columns))
        }
        return validate(NonogramPuzzle, lines)

    def scene(self, puzzle: NonogramPuzzle, answer: NonogramAnswer | None = None) -> Scene:
        rows, columns = (list(map(words_of, lines)) for lines in (puzzle.rows, puzzle.columns))
        wide, deep = (max(map(len, lines)) for lines in (rows, columns))
        height, width = puzzle.shape
        words: dict[tuple[int, int], str] = {}
        for r, row in enumerate(rows):
            words |= {(deep + r, wide - len(row) + k): word for k, word in enumerate(row)}
        for c, column in enumerate(columns):
            words |= {(deep - len(column) + k, wide + c): word for k, word in enumerate(column)}
        sides = [((deep + r, wide - 1), (deep + r, wide)) for r in range(-deep, height)]
        sides += [((deep - 1, wide + c), (deep, wide + c)) for c in range(-wide, width)]
        shaded = [
            (deep + r, wide + c)
            for r, row in enumerate(answer.grid if answer else ())
            for c, value in enumerate(row)
            if value and r < height and c < width
        ]
        drawn = picture.draw(
            (deep + height, wide + width),
            words=words,
            fills=dict.fromkeys(shaded, INK),
            borders=sides,
        )
        return replace(drawn, corner=(MARGIN + wide, MARGIN + deep))

    def wrong_answers(self) -> Sequence[WrongAnswer[NonogramPuzzle, NonogramAnswer]]:
        puzzle = NonogramPuzzle(rows=((1, 1), (3,), ()), columns=((2,), (1,), (2,)))
        answers = {
            "row 1 has runs 2 and not 1 1": [[1, 1, 0], [1, 1, 1], [0, 0, 0]],
            "column 2 has runs none and not 1": [[1, 0, 1], [1, 0, 1], [0, 0, 0]],
            "the answer is 1x3, the puzzle 3x3": [[1, 0, 1]],
        }
        return [
            WrongAnswer(puzzle, self.coerce_answer(puzzle, grid), says)
            for says, grid in answers.items()
        ]


def told_by(grid: Values) -> NonogramPuzzle:
    """The puzzle that a picture answers.

    Example:
        >>> told_by(np.array([[1, 0, 1], [0, 0, 0]])).rows
        ((1, 1), ())
    """

    def runs(line: Values) -> list[int]:
        return [len(run) for run in "".join(".#"[int(value)] for value in line).split(".") if run]

    lines = {"rows": [*map(runs, grid)], "columns": [*map(runs, grid.T)]}
    return validate(NonogramPuzzle, lines)


def _told(puzzle: NonogramPuzzle) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """Each line that tells its runs: "row" or "column", its number from 0, and they."""
    for name, lines in (("row", puzzle.rows), ("column", puzzle.columns)):
        for number, runs in enumerate(lines):
            if runs is not None:
                yield name, number, runs
