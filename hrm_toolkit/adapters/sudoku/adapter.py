"""The Sudoku task: 4x4, 6x6, 9x9, 16x16 and 25x25 through one adapter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from hrm_toolkit.adapters import squares
from hrm_toolkit.adapters.grid import grid_keeping, number_clues
from hrm_toolkit.adapters.sudoku.answers import answered_grid
from hrm_toolkit.adapters.sudoku.boxes import BOXES, LARGEST, SIDES, Box, shapes, units
from hrm_toolkit.adapters.sudoku.codec import BLANK, SudokuCodec
from hrm_toolkit.adapters.sudoku.reading.grids import Grid
from hrm_toolkit.adapters.sudoku.reading.puzzles import loaded, loaded_fields, read_sudoku
from hrm_toolkit.adapters.sudoku.reading.shape import meant
from hrm_toolkit.adapters.sudoku.reading.values import grid_of
from hrm_toolkit.adapters.sudoku.rules import (
    KINDS,
    Board,
    SudokuAnswer,
    SudokuPuzzle,
    SudokuRules,
    no_such_box,
)
from hrm_toolkit.adapters.sudoku.symmetry import SudokuSymmetry, canonical_text
from hrm_toolkit.adapters.sudoku.text import render_grid
from hrm_toolkit.core.adapter import Adapter, Exact, WrongAnswer
from hrm_toolkit.core.clock import Deadline
from hrm_toolkit.core.errors import InputError, OptionError
from hrm_toolkit.core.files import Form
from hrm_toolkit.core.puzzle import Clue, Example, Palette, Reading, Size
from hrm_toolkit.core.rules import Hint
from hrm_toolkit.core.scene import Scene
from hrm_toolkit.core.structure import Relation, Structure

if TYPE_CHECKING:
    from hrm_toolkit.adapters.sudoku.published import SudokuLayout

_MIXTURE = {"nearly": 0.1, "easy": 0.15, "medium": 0.25, "minimal": 0.35, "hard": 0.15}


class SudokuAdapter(Adapter[SudokuPuzzle, SudokuAnswer]):
    """Sudoku of five sizes.

    Every generated puzzle has exactly one solution. Difficulties, easiest first:

    - ``nearly``: 1 to 5 blanks.
    - ``easy``: naked and hidden singles suffice; 30 to 50 % of the cells are blank.
    - ``medium``: singles suffice, and would not with any clue fewer.
    - ``minimal``: no clue can be removed. In 16x16 and 25x25 a clue also stays when a fixed
      amount of search (300 and 20 nodes) does not show that it can go, and puzzles that
      ``search.rate`` gives 5,000 or more are drawn again.
    - ``hard``: minimal, and the rating is at least 8.
    - ``extreme``: minimal, and the rating is at least 200. For 9x9 a hill-climb over clues finds
      them, which takes about a second each.

    4x4 and 6x6 puzzles need no such guessing: there ``hard`` and ``extreme`` mean ``minimal``.

    Example:
        >>> adapter = SudokuAdapter()
        >>> example = adapter.generate(np.random.default_rng(0), size=4, difficulty="minimal")
        >>> bool(adapter.rules.check(example.puzzle, example.answer))
        True
        >>> adapter.count_solutions(example.puzzle)
        1
    """

    task, title = "sudoku", "Sudoku"
    summary = "fill a 4x4, 6x6, 9x9, 16x16 or 25x25 grid so that no unit repeats a digit"
    puzzle_type = SudokuPuzzle
    answer_type = SudokuAnswer
    difficulties = ("nearly", "easy", "medium", "minimal", "hard", "extreme")
    default_sizes = (9,)
    relations = KINDS
    columns = (task,)

    def __init__(self, box: Box | None = None) -> None:
        """Args: box: of the puzzles that are generated, unless ``generate`` is told another."""
        self._box = box
        self.rules = SudokuRules()
        self.codec = SudokuCodec()

    def boxed(self, box: Box) -> SudokuAdapter:
        return SudokuAdapter(box)

    def generate(
        self,
        rng: np.random.Generator,
        *,
        size: Size | None = None,
        difficulty: str | None = None,
        box: Box | None = None,
    ) -> Example[SudokuPuzzle, SudokuAnswer]:
        """A puzzle with one solution.

        Args:
            rng: all randomness.
            size: side of the grid, that of the adapter's ``box``, or else 9, by default.
            difficulty: see the class; None draws ``nearly`` (1 in 10), ``easy`` (15 %),
                ``medium`` (25 %), ``minimal`` (35 %) or ``hard`` (15 %).
            box: rows and columns of a box, the usual ones of the size unless said.

        Raises:
            OptionError: for a size, a shape of box or a difficulty that does not exist.
        """
        from hrm_toolkit.adapters.sudoku import search

        self.require_difficulty(difficulty)
        box = box or self._box
        side = (box[0] * box[1] if box else self.default_sizes[0]) if size is None else size
        if not isinstance(side, int) or side not in BOXES:
            raise OptionError(
                "Sudoku has no such size",
                expected=f"{SIDES}, or any up to 25 that is no prime",
                got=repr(size),
            )
        box = box or BOXES[side]
        if box not in shapes(side):
            error = no_such_box(side, box)
            raise OptionError(error.message, path=error.path, expected=error.expected)
        if difficulty is None:
            difficulty = str(rng.choice(list(_MIXTURE), p=list(_MIXTURE.values())))
        clues, filled = search.make(rng, box, difficulty)
        return Example(
            SudokuPuzzle.model_construct(
                grid=_rows(clues.tolist()), box=None if box == BOXES[side] else box
            ),
            SudokuAnswer.model_construct(grid=_rows(filled.tolist())),
            difficulty,
            side,
        )

    def exact(self, puzzle: SudokuPuzzle, *, seconds: float = 10.0) -> Exact[SudokuAnswer]:
        """A solution by singles and depth-first search, within about ``seconds``."""
        from hrm_toolkit.adapters.sudoku import search

        found = search.solutions(puzzle.grid, 1, seconds, box=puzzle.boxes)
        if not found.grids:
            return Exact(None, found.exhausted, found.nodes)
        grid = _rows(found.grids[0].tolist())
        return Exact(SudokuAnswer.model_construct(grid=grid), nodes=found.nodes)

    def count_solutions(
        self, puzzle: SudokuPuzzle, limit: int = 2, *, seconds: float = 10.0
    ) -> int:
        from hrm_toolkit.adapters.sudoku import search

        return len(search.solutions(puzzle.grid, limit, seconds, box=puzzle.boxes).grids)

    def hint(self, puzzle: SudokuPuzzle, *, seconds: float = 5.0) -> Hint | None:
        """The next digit that follows, and from what."""
        from hrm_toolkit.adapters.constraint.deduce import hint
        from hrm_toolkit.adapters.sudoku.hints import declared

        return hint(declared(puzzle), Deadline.after(seconds))

    def refutation(self, puzzle: SudokuPuzzle, *, seconds: float = 5.0) -> Sequence[str]:
        from hrm_toolkit.adapters.constraint.deduce import refutation
        from hrm_toolkit.adapters.sudoku.hints import declared

        return refutation(declared(puzzle), Deadline.after(seconds)) or ()

    def clues(self, puzzle: SudokuPuzzle) -> Sequence[Clue]:
        return number_clues(puzzle.grid)

    def keeping(self, puzzle: SudokuPuzzle, clues: Sequence[Clue]) -> SudokuPuzzle:
        return puzzle.model_copy(update={"grid": grid_keeping(puzzle.grid, clues)})

    def otherwise(self, puzzle: SudokuPuzzle, *, seconds: float = 1.0) -> tuple[str, ...]:
        """The other shapes of boxes with which there is an answer."""
        others = [box for box in shapes(puzzle.size) if box != puzzle.boxes]
        if not others:
            return ()
        from hrm_toolkit.adapters.sudoku import search

        told = []
        for height, width in others:
            found = search.solutions(puzzle.grid, 2, seconds / len(others), box=(height, width))
            if found.grids:
                many = "several answers" if len(found.grids) > 1 else "one answer"
                many = many if found.exhausted or len(found.grids) > 1 else "an answer"
                shape = f"{height}x{width}"
                told.append(f"with boxes of {shape} it has {many}: say so by box (--box {shape})")
        return tuple(told)

    def symmetry(self, puzzle: SudokuPuzzle, rng: np.random.Generator) -> SudokuSymmetry:
        """Digits renamed, lines permuted within and with their bands, and maybe transposed."""
        return SudokuSymmetry.draw(puzzle.boxes, rng)

    def canonical(self, puzzle: SudokuPuzzle) -> str:
        """A digest shared by all puzzles one symmetry apart; see ``canonical_text``."""
        return canonical_text(puzzle)

    def structure(self, puzzle: SudokuPuzzle) -> Structure:
        """Rows, columns and boxes as groups, the digits of this size as symbols.

        A digit is ruled out at a blank where its row, column or box has it already, and at a clue
        when it is another.
        """
        structure = _structure(puzzle.boxes)
        digits = np.array(puzzle.grid, np.int64).ravel()
        given = np.zeros((len(digits), puzzle.size), np.bool_)
        clues = np.flatnonzero(digits)
        given[clues, digits[clues] - 1] = True
        seen = np.zeros_like(given)
        for relation in structure.relations:
            if relation.of is not None:
                seen |= np.logical_or.reduceat(given[relation.source], relation.start[:-1])[
                    relation.of
                ]
        return replace(structure, allowed=np.where(digits[:, None] > 0, given, ~seen))

    def render(self, puzzle: SudokuPuzzle, answer: SudokuAnswer | None = None) -> str:
        """The grid in boxes, ``.`` for a blank."""
        grid = puzzle.grid if answer is None else answer.grid
        return render_grid(grid, puzzle.boxes if len(grid) == puzzle.size else None)

    def scene(self, puzzle: SudokuPuzzle, answer: SudokuAnswer | None = None) -> Scene:
        return squares.draw(puzzle.grid, None if answer is None else answer.grid, puzzle.boxes)

    @property
    def palette(self) -> Palette:
        digits = tuple((str(digit), "") for digit in range(1, 10))
        larger = "1[0-9]|2[0-5]"
        tokens = {str(digit): digit + BLANK for digit in range(1, LARGEST + 1)}
        shown = {token: sign for sign, token in tokens.items()}
        reading = Reading({".": BLANK, **tokens}, {BLANK: ".", **shown}, sizes=(4, 6, 9))
        signs = ((".", "blank"), *digits)
        return Palette(signs, "0_", pattern=larger, square=True, reading=reading)

    def parse(self, text: str) -> SudokuPuzzle:
        """The one puzzle in ``text``; see ``parse_grid`` for the forms.

        Where the boxes may have several shapes, the clues decide, or which of them has an answer.

        Raises:
            InputError: naming the symbol and place at fault, or the number of cells found.
        """
        found = read_sudoku(text)
        if len(found.puzzles) > 1:
            raise InputError(f"there are {len(found.puzzles)} puzzles here", expected="one")
        return self.coerce(found.puzzles[0])

    def coerce(self, value: Any) -> SudokuPuzzle:
        """A puzzle from a puzzle, a dict with the fields, text, rows, a flat list or an array.

        Raises:
            InputError: when the value cannot be read as a Sudoku.
        """
        if isinstance(value, dict):
            value = loaded_fields(value, self.task).puzzles[0]
        return super().coerce(value)

    def parse_answer(self, puzzle: SudokuPuzzle, text: str) -> SudokuAnswer:
        """The answer in a text: a grid in any form, or whatever is printed of a result.

        Of several grids it is the one that keeps the clues and is not the puzzle itself.

        Raises:
            InputError: for a text without such a grid; that refutes nothing.
        """
        found = answered_grid(puzzle, text)
        return self._answer(puzzle, found)

    def meant(self, puzzle: SudokuPuzzle, answer: SudokuAnswer) -> SudokuPuzzle:
        """The puzzle with the shape of boxes that the answer fits."""
        return meant(puzzle, answer)

    def forms(self) -> Sequence[Form]:
        from hrm_toolkit.adapters.sudoku.files import FORMS
        from hrm_toolkit.adapters.sudoku.reading.links import FORM

        return (*FORMS, FORM)

    def layout(self) -> SudokuLayout:
        from hrm_toolkit.adapters.sudoku.published import SudokuLayout

        return SudokuLayout(self)

    def partial(self, puzzle: SudokuPuzzle) -> SudokuAnswer | None:
        """The clues with their blanks; None when there is no blank."""
        unfinished = any(0 in row for row in puzzle.grid)
        return SudokuAnswer.model_construct(grid=puzzle.grid) if unfinished else None

    def remaining(self, puzzle: SudokuPuzzle, state: Board) -> SudokuPuzzle:
        """The board with the digits placed so far as clues."""
        grid = _rows([max(-cell, 0) for cell in state.cells])
        return SudokuPuzzle.model_construct(grid=grid, box=puzzle.box)

    def coerce_answer(self, puzzle: SudokuPuzzle, value: Any) -> SudokuAnswer:
        """An answer from text, rows, a flat list, an array, a dict or an answer.

        Raises:
            InputError: when the value cannot be read as a grid of the puzzle's size.
        """
        if isinstance(value, SudokuAnswer):
            return value
        if isinstance(value, str):
            return self.parse_answer(puzzle, value)
        if isinstance(value, dict):
            grid = None if set(value) - {"task", "grid"} else grid_of(value.get("grid"))
        else:
            grid = grid_of(value)
        if grid is None:
            return super().coerce_answer(puzzle, value)
        return self._answer(puzzle, grid)

    def _answer(self, puzzle: SudokuPuzzle, grid: Grid) -> SudokuAnswer:
        answer = super().coerce_answer(puzzle, {"grid": grid.rows})
        size = len(answer.grid)
        if size != puzzle.size:
            raise InputError(
                f"the answer is {size}x{size}, the puzzle {puzzle.size}x{puzzle.size}",
                expected="a grid of the puzzle's size",
            )
        return answer

    def wrong_answers(self) -> Sequence[WrongAnswer[SudokuPuzzle, SudokuAnswer]]:
        """A blank left, a clue changed, a digit repeated, a digit of another size."""
        puzzle = self.parse("1.34 34.2 2143 432.")
        wrong = {
            "1.34 3412 2143 4321": "row 1 column 2 is blank",
            "1234 3412 2143 4322": "row 4 has two 2s, at columns 3 and 4",
            "1234 3412 2143 1321": "4 became 1",
            "1234 3412 2143 4325": "5 is no digit from 1 to 4",
        }
        return [
            WrongAnswer(puzzle, self.coerce_answer(puzzle, text), says)
            for text, says in wrong.items()
        ]

    def _coerce_other(self, value: Any) -> SudokuPuzzle:
        grid = grid_of(value)
        if grid is None:
            return super()._coerce_other(value)
        return self.coerce(loaded(self.task, [(grid, None)], None).puzzles[0])


def _rows(flat: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    size = math.isqrt(len(flat))
    return tuple(tuple(flat[i : i + size]) for i in range(0, len(flat), size))


@lru_cache
def _structure(box: Box) -> Structure:
    size = box[0] * box[1]
    cells = size * size
    groups = units(size, box)
    relations = tuple(
        Relation.groups(kind, groups[k * size : (k + 1) * size], cells)
        for k, kind in enumerate(KINDS)
    )
    symbols = np.arange(1, size + 1, dtype=np.int32) + np.int32(BLANK)
    coordinates = np.stack(np.divmod(np.arange(cells), size), axis=1).astype(np.int32)
    return Structure(relations, symbols, coordinates)
