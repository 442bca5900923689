"""Rush Hour: cars move along their lines until the red one can leave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from hrm_toolkit.adapters.grid import coordinates, neighbours
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.puzzles import traffic
from hrm_toolkit.adapters.space.puzzles.traffic import Board, Car, Offsets
from hrm_toolkit.adapters.space.shown import film, with_plan, without_plan
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import (
    Example,
    InputError,
    OptionError,
    Palette,
    Puzzle,
    Relation,
    Size,
    ToolkitError,
)
from hrm_toolkit.core.files import (
    MAYBE,
    NO,
    SURE,
    Claim,
    Form,
    Loaded,
    ReadOptions,
    Sample,
    TextForm,
    placed,
)
from hrm_toolkit.core.scene import WALL, Line, Rectangle, Scene, Shape, Words

State = tuple[Board, Offsets]
_EXPLORED = 5_000
"""Positions of a drawn board, above which another is drawn."""
_DRAWS = 2_000
_RECORD = re.compile(r"(?:(\d{1,4})\s+)?([A-Zox.]{16,144})(?:\s+(\d{1,9}))?")


class RushHourPuzzle(Puzzle):
    """A board; the red car has to come to the right edge.

    Attributes:
        grid: rows of letters, one a car, A the red one; ``.`` is empty, ``x`` a wall.
    """

    task: Literal["rush-hour"] = "rush-hour"
    grid: Annotated[traffic.Grid, Field(min_length=3, max_length=traffic.MOST_SIDE)]

    @field_validator("grid", mode="after")
    @classmethod
    def _is_a_board(cls, grid: traffic.Grid) -> traffic.Grid:
        width = len(grid[0])
        for number, row in enumerate(grid, 1):
            if len(row) != width or not 3 <= width <= traffic.MOST_SIDE:
                raise ValueError(
                    f"row {number} has {len(row)} cells, and row 1 {width}: "
                    f"all have as many, 3 to {traffic.MOST_SIDE}"
                )
            if strange := re.search(r"[^A-Zox.]", row):
                raise ValueError(
                    f'row {number} column {strange.start() + 1} is "{strange[0]}", '
                    "and not A to Z, x for a wall, or . or o for an empty cell"
                )
        grid = tuple(row.replace("o", ".") for row in grid)
        try:
            traffic.read(grid)
        except ToolkitError as error:
            raise ValueError(str(error)) from None
        return grid


class RushHourPlan(Plan):
    """Moves, such as "A+2", two cells to the right (or down), or "B-1", one to the left (or up)."""

    task: Literal["rush-hour"] = "rush-hour"


class RushHourAdapter(SpaceAdapter[RushHourPuzzle, State]):
    """Sizes are the side of the board, 5 to 8. A move costs 1, however far the car goes.

    Example:
        >>> rush = RushHourAdapter()
        >>> puzzle = rush.parse('''
        ... ..B.
        ... AAB.
        ... ....
        ... ....
        ... ''')
        >>> rush.exact(puzzle).answer.actions
        ('B+2', 'A+2')
    """

    task: ClassVar[str] = "rush-hour"
    title: ClassVar[str] = "Rush Hour"
    summary: ClassVar[str] = "move cars along their lines until the red one can leave"
    puzzle_type = RushHourPuzzle
    answer_type = RushHourPlan
    difficulties: ClassVar[tuple[str, ...]] = ("easy", "medium", "hard")
    default_sizes: ClassVar[tuple[Size, ...]] = (6,)
    words = ("empty", "wall", "red", "across", "down")
    kinds = tuple(f"{by:+d}" for by in range(2 - traffic.MOST_SIDE, traffic.MOST_SIDE - 1) if by)
    between: ClassVar[tuple[str, ...]] = ("north", "south", "east", "west", "car")

    def start(self, puzzle: RushHourPuzzle) -> State:
        return traffic.read(puzzle.grid)

    def at(self, puzzle: RushHourPuzzle, state: State) -> RushHourPuzzle:
        board, offsets = state
        return RushHourPuzzle.model_construct(task="rush-hour", grid=board.grid(offsets))

    def actions(self, state: State) -> Sequence[str]:
        board, offsets = state
        return [f"{board.cars[number].letter}{by:+d}" for number, by in board.moves(offsets)]

    def step(self, state: State, action: str) -> State:
        board, offsets = state
        number = next(n for n, car in enumerate(board.cars) if car.letter == action[0])
        there = offsets[number] + int(action[1:])
        return board, (*offsets[:number], there, *offsets[number + 1 :])

    def back(self, state: State) -> Sequence[tuple[State, str]]:
        """Every move can be taken back."""
        return [
            (self.step(state, action), f"{action[0]}{-int(action[1:]):+d}")
            for action in self.actions(state)
        ]

    def is_goal(self, state: State) -> bool:
        return state[0].is_out(state[1])

    def heuristic(self, state: State) -> float:
        """1 for the red car, and 1 for each that stands in its way."""
        board, offsets = state
        return 0.0 if board.is_out(offsets) else 1.0 + board.blocked(offsets)

    def kind(self, action: str) -> str:
        return action[1:]

    def unmet(self, state: State, done: int) -> str:
        board, offsets = state
        column = offsets[0] + board.cars[0].length
        return f"the red car ends in column {column} and not in column {board.width}"

    def generate(
        self, rng: np.random.Generator, *, size: Size | None = None, difficulty: str | None = None
    ) -> Example[RushHourPuzzle, Plan]:
        """A position of a drawn board all of whose positions are known: easy ones are up to 5
        moves from the goal, medium ones up to 10, hard ones farther.

        Raises:
            OptionError: for a size that is not made.
        """
        self.require_difficulty(difficulty)
        side = 6 if size is None else size
        if not isinstance(side, int) or not 5 <= side <= 8:
            raise OptionError("boards of this size are not made", expected="5 to 8", got=size)
        low, high = {"easy": (1, 5), "medium": (6, 10), "hard": (11, 999)}.get(
            difficulty or "", (1, 999)
        )
        for _ in range(_DRAWS):
            board, offsets = _drawn(rng, side)
            if not board.blocked(offsets):
                continue
            far = board.positions(offsets, _EXPLORED)
            most = max(far.values(), default=0)
            if most < low:
                continue
            # As likely each number of moves, of which there are many positions or few.
            moves = int(rng.integers(low, min(high, most) + 1))
            those = [at for at, own in far.items() if own == moves]
            first = those[int(rng.integers(len(those)))]
            puzzle = RushHourPuzzle.model_construct(task="rush-hour", grid=board.grid(first))
            return Example(puzzle, self._plan(board, far, first), difficulty, size)
        raise InputError(f"no {difficulty} board was found in {_DRAWS} draws")

    def begin(
        self, rng: np.random.Generator, size: Size | None, difficulty: str | None
    ) -> RushHourPuzzle:
        return self.generate(rng, size=size, difficulty=difficulty).puzzle

    def _plan(self, board: Board, far: dict[Offsets, int], at: Offsets) -> Plan:
        """A cheapest plan that knows every other, of a board whose distances are known."""
        actions, known, state = list[str](), list[tuple[str, ...]](), (board, at)
        while left := far[state[1]]:
            after = {name: self.step(state, name) for name in self.actions(state)}
            known.append(tuple(n for n, to in after.items() if far[to[1]] == left - 1))
            actions.append(known[-1][0])
            state = after[actions[-1]]
        return self.plan_of(actions).knowing(tuple(known))

    def view(self, state: State) -> View:
        """A place a cell; an action touches the cells that its car leaves and comes to."""
        board, offsets = state
        height, width = board.height, board.width
        words = ["empty"] * (height * width)
        for row, column in board.walls:
            words[row * width + column] = "wall"
        own = dict[str, list[int]]()
        for car, offset in zip(board.cars, offsets, strict=True):
            word = "red" if car.letter == traffic.RED else "across" if car.across else "down"
            own[car.letter] = [row * width + column for row, column in car.cells(offset)]
            for cell in own[car.letter]:
                words[cell] = word
        relations = (
            *_around(height, width),
            Relation.groups("car", list(own.values()), len(words)),
        )
        stride = {car.letter: 1 if car.across else width for car in board.cars}
        touches = {}
        for action in self.actions(state):
            letter, by = action[0], int(action[1:])
            moved = {cell + by * stride[letter] for cell in own[letter]}
            touches[action] = sorted(moved.symmetric_difference(own[letter]))
        return View(words, relations, touches, coordinates(height, width))

    def render(self, puzzle: RushHourPuzzle, answer: Plan | None = None) -> str:
        return with_plan("\n".join(puzzle.grid), answer)

    @property
    def palette(self) -> Palette:
        signs = ((".", "empty"), ("A", "the red car"), ("B", "a car"), ("x", "wall"))
        return Palette(signs, "o", pattern="[A-Z]", meaning="a letter a car, A the red one")

    def parse(self, text: str) -> RushHourPuzzle:
        """A board from its rows, or from one line of as many cells as a square has, with the
        number of moves before it and that of positions after it, or without.

        Raises:
            InputError: for anything else.
        """
        lines = [line.strip() for line in without_plan(text).splitlines() if line.strip()]
        if len(lines) == 1:
            return _record(lines[0])[0]
        return RushHourPuzzle(grid=tuple(lines))

    def coerce(self, value: Any) -> RushHourPuzzle:
        """As every adapter; rows that are lists of letters are read too."""
        if isinstance(value, list | tuple) and all(isinstance(row, list | tuple) for row in value):
            value = ["".join(map(str, row)) for row in value]
        return super().coerce(value)

    def forms(self) -> Sequence[Form]:
        return (TextForm(self.title, self.task, _claims, self._read),)

    def _read(self, text: str, options: ReadOptions) -> Loaded:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not all(_RECORD.fullmatch(line) for line in lines):
            return Loaded.of(self.title, [(self.parse(text), None)])
        read = [placed(f"line {number}", _record, line) for number, line in enumerate(lines, 1)]
        notes = [note for _, note in read[:1] if note]
        return Loaded.of(
            f"{self.title}, a line each", [(puzzle, None) for puzzle, _ in read], notes
        )

    def scene(self, puzzle: RushHourPuzzle, answer: Plan | None = None) -> Scene:
        return film(self, puzzle, answer, _draw)


def _around(height: int, width: int) -> tuple[Relation, ...]:
    return neighbours(np.ones((height, width), np.bool_))


def _drawn(rng: np.random.Generator, side: int) -> tuple[Board, Offsets]:
    """A board with cars at random, the red one in the row that it has on boards of cardboard."""
    row = (side - 1) // 2
    red = (Car(traffic.RED, True, row, 2), int(rng.integers(side - 2)))
    placed_cars = [red]
    taken = set(red[0].cells(red[1]))
    walls = set[tuple[int, int]]()
    if rng.random() < 0.2:
        wall = (int(rng.integers(side)), int(rng.integers(side)))
        if wall not in taken and wall[0] != row:
            walls.add(wall)
    wanted = int(rng.integers(side + 2, 2 * side + 1))
    for line, offset, across, long in rng.integers(0, (side, side, 2, 3), (6 * side, 4)).tolist():
        car = Car("", bool(across), line, 3 if long == 2 else 2)
        cells = set(car.cells(offset))
        outside = offset + car.length > side
        if outside or (across and line == row) or not cells.isdisjoint(taken | walls):
            continue
        taken |= cells
        placed_cars.append((car, offset))
        if len(placed_cars) == wanted:
            break
    others = sorted(placed_cars[1:], key=lambda pair: pair[0].cells(pair[1])[0])
    named = [
        (Car(chr(ord(traffic.RED) + number), car.across, car.line, car.length), offset)
        for number, (car, offset) in enumerate(others, 1)
    ]
    cars = (red[0], *(car for car, _ in named))
    return Board(side, side, frozenset(walls), cars), (red[1], *(at for _, at in named))


def _record(line: str) -> tuple[RushHourPuzzle, str]:
    """The board of a line, and what it says of its moves."""
    match = _RECORD.fullmatch(line)
    side = int(len(match[2]) ** 0.5) if match else 0
    if not match or side * side != len(match[2]):
        raise InputError(
            "this is no board in a line",
            expected="a letter a cell, such as 36 of 6x6",
            got=line[:80],
        )
    cells = match[2]
    rows = tuple(cells[at : at + side] for at in range(0, len(cells), side))
    note = f"the file says that a board needs {match[1]} moves" if match[1] else ""
    return RushHourPuzzle(grid=rows), note


def _claims(sample: Sample) -> Claim:
    lines = [line.strip() for line in without_plan(sample.text).splitlines() if line.strip()]
    if not lines:
        return NO
    match = _RECORD.fullmatch(lines[0])
    if match and "AA" in match[2] and int(len(match[2]) ** 0.5) ** 2 == len(match[2]):
        return SURE if match[1] and match[3] else MAYBE
    board = all(re.fullmatch(r"[A-Zox.]{3,12}", line) for line in lines)
    if not board or len({*map(len, lines)}) > 1 or not any("AA" in line for line in lines):
        return NO
    return MAYBE


def _draw(state: State) -> Scene:
    board, offsets = state
    width, height = board.width, board.height
    exit_row = board.cars[0].line
    shapes: list[Shape] = [Rectangle(0.1, 0.1, width, height, "#eeeeee")]
    shapes += [Rectangle(column + 0.1, row + 0.1, 1, 1, WALL) for row, column in board.walls]
    right, above, below = width + 0.1, exit_row + 0.1, exit_row + 1.1
    # The frame is open where the red car leaves.
    frame = ((right, above), (right, 0.1), (0.1, 0.1), (0.1, height + 0.1))
    shapes.append(Line((*frame, (right, height + 0.1), (right, below)), WALL, 0.12))
    for number, (car, offset) in enumerate(zip(board.cars, offsets, strict=True)):
        row, column = car.cells(offset)[0]
        wide, high = (car.length, 1) if car.across else (1, car.length)
        colour = "#d62728" if number == 0 else _PAINT[number % len(_PAINT)]
        shapes.append(Rectangle(column + 0.18, row + 0.18, wide - 0.16, high - 0.16, colour))
        middle = (column + wide / 2 + 0.1, row + high / 2 + 0.1)
        shapes.append(Words(*middle, 0.5, car.letter, "white", True))
    return Scene(width + 0.2, height + 0.2, tuple(shapes))


_PAINT = ("#1f6fd6", "#2ca02c", "#8c564b", "#7f5fb5", "#17879c", "#b5761f")
