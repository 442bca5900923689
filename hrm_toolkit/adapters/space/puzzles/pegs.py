"""Peg solitaire: pegs jump over each other and take what they jump over, until one is left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from hrm_toolkit.adapters.grid import DIRECTIONS, coordinates, neighbours
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.puzzles import jumps
from hrm_toolkit.adapters.space.puzzles.jumps import MOST_SIDE, Board, Cell
from hrm_toolkit.adapters.space.shown import film, text_form, with_plan, without_plan
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import (
    Deadline,
    Exact,
    InputError,
    OptionError,
    Palette,
    Puzzle,
    Relation,
    Size,
)
from hrm_toolkit.core.files import MAYBE, NO, SURE, Claim, Form, Sample
from hrm_toolkit.core.scene import GOAL, INK, NEW, PALE, Circle, Scene, Shape

Grid = tuple[str, ...]


class PegPuzzle(Puzzle):
    """A board with pegs, of which one is to be left.

    Attributes:
        grid: rows of ``o`` for a peg, ``.`` for a hole and ``#`` for what is no part of the board.
        last: row and column, from 0, where the last peg has to be; None for anywhere.
    """

    task: Literal["peg-solitaire"] = "peg-solitaire"
    grid: Annotated[Grid, Field(min_length=1, max_length=MOST_SIDE)]
    last: tuple[int, int] | None = None

    @field_validator("grid")
    @classmethod
    def _is_a_board(cls, grid: Grid) -> Grid:
        width = len(grid[0])
        for number, row in enumerate(grid, 1):
            if len(row) != width or not 1 <= width <= MOST_SIDE:
                raise ValueError(
                    f"row {number} has {len(row)} cells, and row 1 {width}: "
                    f"all have as many, at most {MOST_SIDE}"
                )
            if strange := re.search(r"[^o.#]", row):
                raise ValueError(
                    f'row {number} column {strange.start() + 1} is "{strange[0]}", '
                    "and not o for a peg, . for a hole or # for neither"
                )
        if not any("o" in row for row in grid):
            raise ValueError("there is no peg")
        return grid

    @model_validator(mode="after")
    def _last_is_on_the_board(self) -> PegPuzzle:
        if self.last is not None:
            row, column = self.last
            inside = 0 <= row < len(self.grid) and 0 <= column < len(self.grid[0])
            if not inside or self.grid[row][column] == "#":
                raise ValueError(f"row {row + 1} column {column + 1} is no cell of the board")
        return self

    @property
    def detail(self) -> str:
        if self.last is None:
            return ""
        return f"the last peg at row {self.last[0] + 1} column {self.last[1] + 1}"


class PegPlan(Plan):
    """Jumps, such as "4 2 east": the peg at row 4 column 2 jumps two cells to the right."""

    task: Literal["peg-solitaire"] = "peg-solitaire"


State = tuple[Board, int]


class PegAdapter(SpaceAdapter[PegPuzzle, State]):
    """Sizes: 7 is the English board, 4 to 6 are squares.

    Jumps cannot be taken back. What tells soon that no way is left: the parity of pegs in classes
    of cells along diagonals, which jumps leave as it is, and where the last peg has a place, that
    a peg is left which can come to it.

    Example:
        >>> pegs = PegAdapter()
        >>> pegs.exact(pegs.parse("oo.o")).answer.actions
        ('1 1 east', '1 4 west')
    """

    task: ClassVar[str] = "peg-solitaire"
    title: ClassVar[str] = "peg solitaire"
    summary: ClassVar[str] = "jump pegs over each other until one is left"
    puzzle_type = PegPuzzle
    answer_type = PegPlan
    difficulties: ClassVar[tuple[str, ...]] = ("easy", "medium", "hard")
    default_sizes: ClassVar[tuple[Size, ...]] = (4, 5, 6, 7)
    words = ("peg", "hole", "outside", "peg, last", "hole, last")
    kinds = tuple(DIRECTIONS)
    between: ClassVar[tuple[str, ...]] = tuple(DIRECTIONS)

    def start(self, puzzle: PegPuzzle) -> State:
        board = _board(tuple(re.sub("[o.]", ".", row) for row in puzzle.grid), puzzle.last)
        pegs = (puzzle.grid[row][column] == "o" for row, column in board.cells)
        return board, sum(1 << at for at, peg in enumerate(pegs) if peg)

    def at(self, puzzle: PegPuzzle, state: State) -> PegPuzzle:
        return _puzzle(*state)

    def actions(self, state: State) -> Sequence[str]:
        board, pegs = state
        return [name for name, both, to in board.jumps if pegs & both == both and not pegs & to]

    def step(self, state: State, action: str) -> State:
        board, pegs = state
        both, to = _jumps(board)[action]
        return board, pegs ^ both ^ to

    def back(self, state: State) -> Sequence[tuple[State, str]]:
        board, pegs = state
        return [
            ((board, pegs ^ both ^ to), name)
            for name, both, to in board.jumps
            if pegs & to and not pegs & both
        ]

    def is_goal(self, state: State) -> bool:
        board, pegs = state
        return not pegs & (pegs - 1) and (board.last is None or pegs in board.ends())

    def is_dead(self, state: State) -> bool:
        board, pegs = state
        return any(not pegs & cells for cells in board.kept)

    def heuristic(self, state: State) -> float:
        """A jump for each peg but one: more or fewer never do."""
        board, pegs = state
        if board.parities(pegs) not in _parities(board):
            return float("inf")
        return float(pegs.bit_count() - 1)

    def bound(self, puzzle: PegPuzzle) -> tuple[float, float]:
        """Plans cost alike, all of them: none is looked for."""
        return self.heuristic(self.start(puzzle)), float("inf")

    def exact(self, puzzle: PegPuzzle, *, seconds: float = 10.0) -> Exact[Plan]:
        """A plan by searches depth first, each longer than the last and in another order."""
        board, pegs = self.start(puzzle)
        deadline = Deadline.after(seconds)
        if self.heuristic((board, pegs)) == float("inf"):
            return Exact(None, True)
        if self.is_goal((board, pegs)):
            return Exact(self.plan_of(()))
        actions, whole, nodes = jumps.searched(board, pegs, deadline)
        return Exact(None if actions is None else self.plan_of(actions), whole, nodes)

    def kind(self, action: str) -> str:
        return action.rpartition(" ")[2]

    def unmet(self, state: State, done: int) -> str:
        board, pegs = state
        if pegs & (pegs - 1):
            return f"{pegs.bit_count()} pegs are left after {_counted(done)}, and not one"
        row, column = board.cells[pegs.bit_length() - 1]
        wanted = board.last or (row, column)
        return (
            f"the last peg is at row {row + 1} column {column + 1}, "
            f"and not at row {wanted[0] + 1} column {wanted[1] + 1}"
        )

    def begin(
        self, rng: np.random.Generator, size: Size | None, difficulty: str | None
    ) -> PegPuzzle:
        """Walked back from one peg: 2 to 5 jumps, to 9, or to 13."""
        side = self.default_sizes[int(rng.integers(4))] if size is None else size
        if not isinstance(side, int) or side not in self.default_sizes:
            raise OptionError("boards of this size are not made", expected="4 to 7", got=size)
        grid = ENGLISH if side == 7 else ("." * side,) * side
        low, high = {"easy": (2, 5), "medium": (6, 9), "hard": (10, 13)}.get(
            difficulty or "", (2, 11)
        )
        high = min(high, 9) if side == 4 else high
        low = min(low, high)
        board = _board(grid, None)
        while True:
            end = int(rng.integers(len(board.cells)))
            pegs, wanted = 1 << end, int(rng.integers(low, high + 1))
            for _ in range(wanted):
                earlier = self.back((board, pegs))
                if not earlier:
                    break
                pegs = earlier[int(rng.integers(len(earlier)))][0][1]
            if pegs.bit_count() == wanted + 1:
                break
        if rng.random() < 0.5:
            board = _board(grid, board.cells[end])
        return _puzzle(board, pegs)

    def view(self, state: State) -> View:
        """A place a cell of the rectangle around the board."""
        board, pegs = state
        words = ["outside"] * (board.height * board.width)
        for number, (row, column) in enumerate(board.cells):
            word = "peg" if pegs >> number & 1 else "hole"
            words[row * board.width + column] = word
        if board.last is not None:
            words[board.last[0] * board.width + board.last[1]] += ", last"
        touches = {}
        for action in self.actions(state):
            down_from, right_from, name = action.split()
            down, right = DIRECTIONS[name]
            first = (int(down_from) - 1) * board.width + int(right_from) - 1
            by = down * board.width + right
            touches[action] = (first, first + by, first + 2 * by)
        around = _around(board)
        return View(words, around, touches, coordinates(board.height, board.width))

    def render(self, puzzle: PegPuzzle, answer: Plan | None = None) -> str:
        rows = "\n".join(puzzle.grid)
        if puzzle.last is not None:
            rows += f"\nlast: {puzzle.last[0] + 1} {puzzle.last[1] + 1}"
        return with_plan(rows, answer)

    @property
    def palette(self) -> Palette:
        return Palette(((".", "hole"), ("o", "peg"), ("#", "outside")))

    def parse(self, text: str) -> PegPuzzle:
        """Rows of pegs (o, * or 1), holes (. or 0) and ``#`` or blanks for what is no part of the
        board; then, if the last peg has a place, "last:" with its row and column, from 1.

        Raises:
            InputError: for anything else.
        """
        rows, last = list[str](), None
        for line in without_plan(text).splitlines():
            if said := re.fullmatch(r"\s*last\s*:\s*(\d+)[\s,]+(\d+)\s*", line, re.IGNORECASE):
                last = (int(said[1]) - 1, int(said[2]) - 1)
            elif line.strip():
                rows.append(line.rstrip().translate(_SIGNS))
        width = max(map(len, rows), default=0)
        if not rows:
            raise InputError("there is no board", expected="rows such as oo.o")
        return PegPuzzle(grid=tuple(row.ljust(width, "#") for row in rows), last=last)

    def forms(self) -> Sequence[Form]:
        return (text_form(self, _claims),)

    def scene(self, puzzle: PegPuzzle, answer: Plan | None = None) -> Scene:
        return film(self, puzzle, answer, _draw)


ENGLISH = ("##...##", "##...##", ".......", ".......", ".......", "##...##", "##...##")
_SIGNS = str.maketrans({"*": "o", "1": "o", "0": ".", " ": "#"})


def _counted(done: int) -> str:
    return f"{done} {'jump' if done == 1 else 'jumps'}"


@lru_cache(maxsize=256)
def _board(empty: Grid, last: Cell | None) -> Board:
    cells = tuple((r, c) for r, row in enumerate(empty) for c, x in enumerate(row) if x != "#")
    return Board(cells, last, len(empty), len(empty[0]))


@lru_cache(maxsize=256)
def _jumps(board: Board) -> dict[str, tuple[int, int]]:
    return {name: (both, to) for name, both, to in board.jumps}


@lru_cache(maxsize=256)
def _parities(board: Board) -> frozenset[tuple[bool, ...]]:
    return frozenset(board.parities(end) for end in board.ends())


@lru_cache(maxsize=256)
def _around(board: Board) -> tuple[Relation, ...]:
    free = np.zeros((board.height, board.width), np.bool_)
    free[tuple(zip(*board.cells, strict=True))] = True
    return neighbours(free)


def _puzzle(board: Board, pegs: int) -> PegPuzzle:
    rows = [["#"] * board.width for _ in range(board.height)]
    for at, (row, column) in enumerate(board.cells):
        rows[row][column] = "o" if pegs >> at & 1 else "."
    grid = tuple(map("".join, rows))
    return PegPuzzle.model_construct(task="peg-solitaire", grid=grid, last=board.last)


def _claims(sample: Sample) -> Claim:
    lines = without_plan(sample.text).splitlines()
    rows = [line for line in lines if line.strip() and not line.lower().startswith("last")]
    body = "".join(rows)
    if not rows or set(body) - set("o.# ") or "o" not in body:
        return NO
    return SURE if len(rows) < len([line for line in lines if line.strip()]) else MAYBE


def _draw(state: State) -> Scene:
    board, pegs = state
    shapes: list[Shape] = []
    for number, (row, column) in enumerate(board.cells):
        x, y = column + 0.5, row + 0.5
        if (row, column) == board.last:
            shapes.append(Circle(x, y, 0.48, GOAL))
        if pegs >> number & 1:
            shapes += [Circle(x, y, 0.4, INK), Circle(x, y, 0.34, NEW)]
        else:
            shapes.append(Circle(x, y, 0.15, PALE))
    return Scene(board.width, board.height, tuple(shapes))
