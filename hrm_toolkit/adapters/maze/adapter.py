"""Mazes: find a path from start to goal, one cell at a time, around the walls."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hrm_toolkit.adapters.grid import DIRECTIONS, Cell, Dihedral, coordinates, neighbours, sides
from hrm_toolkit.adapters.maze import scene
from hrm_toolkit.adapters.maze.codec import IDS, PATH, WALL, MazeCodec
from hrm_toolkit.adapters.maze.generate import KINDS, draw
from hrm_toolkit.adapters.maze.rules import LIMIT, MazeAnswer, MazeField, MazePuzzle, MazeRules
from hrm_toolkit.core import (
    Adapter,
    Answer,
    Deadline,
    Exact,
    Example,
    OptionError,
    Palette,
    Reading,
    Size,
    Structure,
    Symmetry,
    WrongAnswer,
)
from hrm_toolkit.core.files import Form
from hrm_toolkit.core.scene import Mark, Scene

if TYPE_CHECKING:
    from hrm_toolkit.adapters.maze.published import MazeLayout

_CELL_SECONDS = 1e-5


@dataclass(frozen=True)
class MazeSymmetry(Symmetry[MazePuzzle, MazeAnswer]):
    """A turn or reflection of mazes of one height and width; the two may swap."""

    dihedral: Dihedral
    height: int
    width: int

    def apply(self, puzzle: MazePuzzle) -> MazePuzzle:
        return _trusted(self.dihedral.text(puzzle.grid))

    def apply_answer(self, answer: MazeAnswer) -> MazeAnswer:
        path = self.dihedral.cells(answer.path, self.height, self.width)
        return MazeAnswer.model_construct(task="maze", path=path)

    def undo(self, puzzle: MazePuzzle) -> MazePuzzle:
        return _trusted(self.dihedral.inverse.text(puzzle.grid))

    def undo_answer(self, answer: MazeAnswer) -> MazeAnswer:
        sides = (self.height, self.width)
        height, width = sides[::-1] if self.dihedral.transpose else sides
        path = self.dihedral.inverse.cells(answer.path, height, width)
        return MazeAnswer.model_construct(task="maze", path=path)


def _trusted(grid: tuple[str, ...]) -> MazePuzzle:
    """A puzzle from rows that are known to be in normal form."""
    return MazePuzzle.model_construct(task="maze", grid=grid)


class MazeAdapter(Adapter[MazePuzzle, MazeAnswer]):
    """Mazes of any height and width up to 2,048.

    Sizes are the side of a square or (height, width).

    Example:
        >>> maze = MazeAdapter()
        >>> puzzle = maze.parse("S..\\n##.\\nG..")
        >>> answer = maze.exact(puzzle).answer
        >>> print(maze.render(puzzle, answer))
        Soo
        ##o
        Goo
        >>> maze.rules.check(puzzle, answer).cost
        6.0
    """

    task: ClassVar[str] = "maze"
    columns: ClassVar[tuple[str, ...]] = ("maze", "mazes")
    summary: ClassVar[str] = "a path through a maze from start to goal"
    puzzle_type = MazePuzzle
    answer_type = MazeAnswer
    rules = MazeRules()
    codec = MazeCodec()
    difficulties: ClassVar[tuple[str, ...]] = KINDS
    default_sizes: ClassVar[tuple[Size, ...]] = (7, 8, 9, 10, 11)
    relations: ClassVar[tuple[str, ...]] = tuple(DIRECTIONS)

    def generate(
        self,
        rng: np.random.Generator,
        *,
        size: Size | None = None,
        difficulty: str | None = None,
    ) -> Example[MazePuzzle, MazeAnswer]:
        self.require_difficulty(difficulty)
        if size is None:
            size = self.default_sizes[int(rng.integers(len(self.default_sizes)))]
        height, width = _sides(size)
        kind = difficulty or KINDS[int(rng.integers(len(KINDS)))]
        puzzle = _trusted(draw(rng, height, width, kind))
        field = MazeField.of(puzzle)
        steps = field.to_goal()
        return Example(puzzle, field.walk(steps, -1), kind, size)

    def render(self, puzzle: MazePuzzle, answer: MazeAnswer | None = None) -> str:
        """``#`` wall, ``.`` open, ``S``, ``G``; ``o`` on the path, ``x`` where it meets a wall."""
        rows = [list(row) for row in puzzle.grid]
        height, width = puzzle.shape
        for row, column in answer.path if answer else ():
            if 0 <= row < height and 0 <= column < width:
                symbol = rows[row][column]
                rows[row][column] = {".": "o", "#": "x"}.get(symbol, symbol)
        return "\n".join(map("".join, rows))

    def scene(self, puzzle: MazePuzzle, answer: MazeAnswer | None = None) -> Scene:
        return scene.draw(puzzle, answer)

    def marks(self, text: str) -> Sequence[Mark]:
        ends = (place for place, symbol in enumerate(text) if symbol in "SG")
        return [Mark(place, place + 1, "yellow", bold=True) for place in ends]

    @property
    def palette(self) -> Palette:
        signs = ((".", "open"), ("#", "wall"), ("S", "start"), ("G", "goal"))
        tokens = {sign: IDS[ord(sign)] for sign, _ in signs}
        shown = {token: sign for sign, token in tokens.items()}
        reading = Reading(tokens, {**shown, PATH: "o"}, way=("S", "G", "o", "#"))
        return Palette(signs, "o", once="SG", reading=reading)

    def parse(self, text: str) -> MazePuzzle:
        """A maze from its rows, one a line; ``o``, a marked path, is read as open.

        Other forms of maze files are read too, where the text alone says all.
        """
        from hrm_toolkit.adapters.maze.files.forms import read_one

        return read_one(text)

    def parse_answer(self, puzzle: MazePuzzle, text: str) -> MazeAnswer:
        """The answer that a text stands for: a picture with its path marked, moves, or cells.

        Raises:
            InputError: when it shows another maze, or marks no path.
        """
        from hrm_toolkit.adapters.maze.files.answers import read_maze_answer

        return read_maze_answer(puzzle, text)

    def coerce_answer(self, puzzle: MazePuzzle, value: Any) -> MazeAnswer:
        """As every adapter; moves, cells as objects and a path beside its cost are read too."""
        from hrm_toolkit.adapters.maze.files.answers import answer_of

        if isinstance(value, Answer):
            return super().coerce_answer(puzzle, value)
        return answer_of(puzzle, value)

    def coerce(self, value: Any) -> MazePuzzle:
        """As every adapter; objects with start and goal beside a grid are read too."""
        from hrm_toolkit.adapters.maze.files.forms import is_other_record, record_puzzle

        if isinstance(value, dict) and is_other_record(value):
            return record_puzzle(value)
        return super().coerce(value)

    def forms(self) -> Sequence[Form]:
        from hrm_toolkit.adapters.maze.files.forms import FORMS

        return FORMS

    def layout(self) -> MazeLayout:
        from hrm_toolkit.adapters.maze.published import MazeLayout

        return MazeLayout(self)

    def symmetry(self, puzzle: MazePuzzle, rng: np.random.Generator) -> MazeSymmetry:
        return MazeSymmetry(Dihedral.draw(rng), *puzzle.shape)

    def canonical(self, puzzle: MazePuzzle) -> str:
        least = min("\n".join(dihedral.text(puzzle.grid)) for dihedral in Dihedral.all())
        return hashlib.sha256(least.encode()).hexdigest()

    def structure(self, puzzle: MazePuzzle) -> Structure:
        free = (self.codec.encode(puzzle) != WALL).reshape(puzzle.shape)
        return Structure(neighbours(free), coordinates=coordinates(*puzzle.shape))

    def patience(self, puzzle: MazePuzzle) -> float:
        """10 seconds, and 10 for each million cells: the search comes to each once."""
        height, width = puzzle.shape
        return 10.0 + _CELL_SECONDS * height * width

    def exact(self, puzzle: MazePuzzle, *, seconds: float | None = None) -> Exact[MazeAnswer]:
        """A shortest path by breadth-first search from the goal.

        Args:
            seconds: wall-clock bound; None for ``patience``.
        """
        deadline = Deadline.after(self.patience(puzzle) if seconds is None else seconds)
        field = MazeField.of(puzzle)
        steps = field.to_goal(deadline)
        nodes = len(steps) - steps.count(-1)
        if steps[field.start] >= 0:
            return Exact(field.walk(steps, -1), False, nodes)
        return Exact(None, not deadline.over, nodes)

    def partial(self, puzzle: MazePuzzle) -> MazeAnswer:
        """The path that has not left the start."""
        field = MazeField.of(puzzle)
        return MazeAnswer(path=(field.place(field.start),))

    def wrong_answers(self) -> Sequence[WrongAnswer[MazePuzzle, MazeAnswer]]:
        puzzle = MazePuzzle(grid=("S.#", "#.#", "#.G"))
        paths: tuple[tuple[str, tuple[Cell, ...]], ...] = (
            ("starts at row 1 column 2, but", ((0, 1), (1, 1), (2, 1), (2, 2))),
            ("ends at row 2 column 2, but", ((0, 0), (0, 1), (1, 1))),
            ("row 2 column 1, is a wall", ((0, 0), (1, 0), (1, 1), (2, 1), (2, 2))),
            ("from row 2 column 2 to row 3 column 3", ((0, 0), (0, 1), (1, 1), (2, 2))),
            (
                "row 0 column 1, is outside",
                ((0, 0), (-1, 0), (0, 0), (0, 1), (1, 1), (2, 1), (2, 2)),
            ),
            ("the path is empty", ()),
        )
        return [WrongAnswer(puzzle, MazeAnswer(path=path), says) for says, path in paths]

    def _coerce_other(self, value: Any) -> MazePuzzle:
        if isinstance(value, np.ndarray):
            value = (
                np.char.decode(value, "latin-1") if value.dtype.kind == "S" else value
            ).tolist()
        return super()._coerce_other(value)


def _sides(size: Size) -> tuple[int, int]:
    """Height and width of a size, or an OptionError."""
    height, width = sides(size)
    if not (1 <= height <= LIMIT and 1 <= width <= LIMIT and height * width >= 2):
        raise OptionError(
            "this is no size of a maze",
            expected=f"a side from 2 to {LIMIT:,}, or (height, width) with two cells or more",
            got=size,
        )
    return height, width
