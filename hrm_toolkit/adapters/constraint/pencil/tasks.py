"""The parts that pencil puzzles share: text, pictures, files; and those of each kind of answer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import canvas, picture
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Rooms, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import Cell, Pair, Shape, cells, pairs
from hrm_toolkit.adapters.constraint.task import DeclaredAdapter
from hrm_toolkit.core import Answer, Clue, InputError, WrongAnswer, validate
from hrm_toolkit.core.files import NO, SURE, Claim, Form, Loaded, ReadOptions, Sample, TextForm
from hrm_toolkit.core.rules import Place
from hrm_toolkit.core.scene import INK, Scene

BP = TypeVar("BP", bound=Board | Rooms)
BA = TypeVar("BA", bound=Answer)
SA = TypeVar("SA", bound=Shading)

NUMBERS = tuple(map(str, range(41)))
BLANK, SHADED = ".", "#"


class PencilAdapter(DeclaredAdapter[BP, BA], Generic[BP, BA]):
    """A pencil puzzle: clues in cells, or rooms with numbers.

    Attributes:
        bare: what a clue becomes when it is left out.
        colours: of cells by their clue's text, in pictures; ``circles`` of circles in them.
    """

    family = "pencil puzzles"
    bare: ClassVar[str | None] = None
    colours: ClassVar[Mapping[str, str]] = {}
    circles: ClassVar[Mapping[str, str]] = {}
    clue_words = (*NUMBERS, "?", SHADED)

    def tokens(self, puzzle: BP) -> list[list[str]]:
        """What each cell shows before anything is answered."""
        if isinstance(puzzle, Board):
            return [[BLANK if clue is None else str(clue) for clue in row] for row in puzzle.grid]
        shown = [[BLANK] * puzzle.shape[1] for _ in range(puzzle.shape[0])]
        for number, room in zip(puzzle.numbers, puzzle.by_room, strict=False):
            r, c = room[0]
            shown[r][c] = BLANK if number is None else str(number)
        return shown

    def borders(self, puzzle: BP) -> set[Pair]:
        """The borders that the puzzle has between cells."""
        if isinstance(puzzle, Board):
            return set()
        return {(a, b) for a, b in pairs(puzzle.shape) if puzzle.walled(a, b)}

    def render(self, puzzle: BP, answer: BA | None = None) -> str:
        """A heading that names the task, and the board."""
        shown = self.tokens(puzzle) if answer is None else self.answered(puzzle, answer)
        drawn = self.laid_out(puzzle, shown, answer)
        return f"{canvas.heading(self.task, puzzle.shape)}\n{drawn}"

    def laid_out(self, puzzle: BP, shown: list[list[str]], answer: BA | None) -> str:
        """The board as text, without heading."""
        if isinstance(puzzle, Board):
            return canvas.plain(shown)
        return canvas.fenced(shown, self.borders(puzzle))

    @abstractmethod
    def answered(self, puzzle: BP, answer: BA) -> list[list[str]]:
        """What each cell shows with an answer."""

    def parse(self, text: str) -> BP:
        lines = canvas.body(text)
        if issubclass(self.puzzle_type, Board):
            return validate(self.puzzle_type, {"grid": canvas.read_plain(lines)})
        return validate(self.puzzle_type, _rooms(*canvas.read_fenced(lines)))

    def forms(self) -> Sequence[Form]:
        return [TextForm(f"{self.title}, drawn", self.task, self._claims, self._read)]

    def _claims(self, sample: Sample) -> Claim:
        return SURE if canvas.headed(sample.first) == self.task else NO

    def _read(self, text: str, options: ReadOptions) -> Loaded:
        return Loaded.of(f"{self.title}, drawn", [(self.parse(text), None)])

    def scene(self, puzzle: BP, answer: BA | None = None) -> Scene:
        shown = self.tokens(puzzle)
        at = {(r, c): shown[r][c] for r, c in cells(puzzle.shape)}
        fills = {cell: self.colours[text] for cell, text in at.items() if text in self.colours}
        circles = {cell: self.circles[text] for cell, text in at.items() if text in self.circles}
        hidden = {BLANK, SHADED, *self.circles}
        words = {cell: text for cell, text in at.items() if text not in hidden}
        more = {} if answer is None else self.drawn(puzzle, answer)
        return picture.draw(
            puzzle.shape,
            words={**words, **more.pop("words", {})},
            fills={**fills, **more.pop("fills", {})},
            dots={**circles, **more.pop("dots", {})},
            borders={*self.borders(puzzle), *more.pop("borders", ())},
            **more,
        )

    @abstractmethod
    def drawn(self, puzzle: BP, answer: BA) -> dict[str, Any]:
        """What an answer adds to the picture: arguments of ``picture.draw``."""

    def clues(self, puzzle: BP) -> Sequence[Clue]:
        """The clues that can be left out, by row and column; numbers of rooms by their cell."""
        shown = self.tokens(puzzle)
        return [
            Clue(f"row {r + 1} column {c + 1} = {shown[r][c]}", (r, c, shown[r][c]))
            for r, c in cells(puzzle.shape)
            if shown[r][c] not in (BLANK, self.bare)
        ]

    def keeping(self, puzzle: BP, clues: Sequence[Clue]) -> BP:
        return self.only(puzzle, {(int(clue.data[0]), int(clue.data[1])) for clue in clues})

    def only(self, puzzle: BP, kept: Collection[Place]) -> BP:
        """The puzzle with the clues of some cells alone."""
        if isinstance(puzzle, Board):
            grid = [
                [
                    clue if clue is None or (r, c) in kept else self.bare
                    for c, clue in enumerate(row)
                ]
                for r, row in enumerate(puzzle.grid)
            ]
            return validate(self.puzzle_type, {"grid": grid})
        told = zip(puzzle.numbers, puzzle.by_room, strict=False)
        numbers = [n if room[0] in kept else None for n, room in told]
        data = {"rooms": puzzle.rooms, "numbers": numbers, "walls": puzzle.walls}
        return validate(self.puzzle_type, data)

    def board(self, grid: Sequence[Sequence[Any]]) -> BP:
        """A puzzle with these clues."""
        return validate(self.puzzle_type, {"grid": grid})

    def roomed(self, rooms: Any, numbers: Sequence[int | None] = ()) -> BP:
        """A puzzle with these rooms."""
        return validate(self.puzzle_type, {"rooms": rooms, "numbers": numbers})

    def shown_clues(self, puzzle: BP) -> Sequence[str]:
        """The clue of each cell, of a room in all its cells; cells follow where none is asked."""
        shown = self.tokens(puzzle)
        if isinstance(puzzle, Rooms):
            for room in puzzle.by_room:
                for r, c in room:
                    shown[r][c] = shown[room[0][0]][room[0][1]]
        told = ["" if text == BLANK else text for row in shown for text in row]
        asked = len(self.problem(puzzle))
        return told if asked == len(told) else [""] * asked + told

    def wrong(self, text: str, answers: Mapping[str, Any]) -> list[WrongAnswer[BP, BA]]:
        """Wrong answers to the puzzle of a text: by a part of what is wrong, the main field."""
        puzzle = self.parse(text)
        return [
            WrongAnswer(puzzle, self.coerce_answer(puzzle, answer), says)
            for says, answer in answers.items()
        ]


def _rooms(texts: list[list[str]], borders: set[Pair]) -> dict[str, Any]:
    """Rooms, their numbers and borders inside them, from a drawing."""
    shape = len(texts), len(texts[0])
    room: dict[Cell, int] = {}
    for cell in cells(shape):
        if cell not in room:
            todo, room[cell] = [cell], len(set(room.values()))
            while todo:
                here = todo.pop()
                for a, b in pairs_at(shape, here):
                    other = b if a == here else a
                    if (a, b) not in borders and other not in room:
                        room[other] = room[here]
                        todo.append(other)
    first: dict[int, Cell] = {}
    for cell in cells(shape):
        first.setdefault(room[cell], cell)
    numbers = [texts[r][c] for r, c in first.values()]
    for r, c in cells(shape):
        if texts[r][c] not in ("", BLANK) and (r, c) != first[room[r, c]]:
            raise InputError(
                f"row {r + 1} column {c + 1} has {texts[r][c]!r}",
                expected="a room's number in its first cell",
            )
    told = [None if text in ("", BLANK) else text for text in numbers]
    inner = [(*a, *b) for a, b in pairs(shape) if (a, b) in borders and room[a] == room[b]]
    return {
        "rooms": [[room[r, c] for c in range(shape[1])] for r in range(shape[0])],
        "numbers": told if any(text is not None for text in told) else (),
        "walls": inner,
    }


def pairs_at(shape: Shape, cell: Cell) -> list[Pair]:
    """The pairs that a cell is in."""
    r, c = cell
    found = [((r - 1, c), cell), ((r, c - 1), cell), (cell, (r + 1, c)), (cell, (r, c + 1))]
    return [(a, b) for a, b in found if min(a) >= 0 and b[0] < shape[0] and b[1] < shape[1]]


class ShadingAdapter(PencilAdapter[BP, SA], Generic[BP, SA]):
    """Cells are shaded or not; a variable a cell, 1 for shaded.

    Attributes:
        mark: the sign of a shaded cell in a text; ``marks`` what else stands for it when read.
        dotted: whether it is drawn as a circle.
    """

    mark: ClassVar[str] = SHADED
    dotted: ClassVar[bool] = False
    words: ClassVar[Mapping[int, str]] = {0: "unshaded", 1: "shaded"}

    def values_of(self, puzzle: BP, answer: SA) -> Values:
        x = np.array(answer.grid, np.int64)
        if x.shape != puzzle.shape:
            raise InputError(
                f"the answer is {x.shape[0]}x{x.shape[1]}, the puzzle {puzzle.size_words}"
            )
        return x.ravel()

    def answer_of(self, puzzle: BP, x: Values) -> SA:
        grid = x[: puzzle.shape[0] * puzzle.shape[1]].reshape(puzzle.shape)
        return self.answer_type.model_construct(grid=tuple(map(tuple, grid.tolist())))

    def answered(self, puzzle: BP, answer: SA) -> list[list[str]]:
        shown = self.tokens(puzzle)
        for r, row in enumerate(answer.grid):
            for c, value in enumerate(row):
                if value and r < len(shown) and c < len(shown[r]):
                    shown[r][c] = self.mark
        return shown

    def parse_answer(self, puzzle: BP, text: str) -> SA:
        lines = canvas.body(text)
        if issubclass(self.puzzle_type, Board):
            shown = canvas.read_plain(lines)
        else:
            shown = canvas.read_fenced(lines)[0]
        grid = [[int(sign == self.mark) for sign in row] for row in shown]
        return validate(self.answer_type, {"grid": grid})

    def drawn(self, puzzle: BP, answer: SA) -> dict[str, Any]:
        held = [
            (r, c)
            for r, row in enumerate(answer.grid)
            for c, value in enumerate(row)
            if value and (r, c) < puzzle.shape and c < puzzle.shape[1]
        ]
        return (
            {"dots": dict.fromkeys(held, "gold")}
            if self.dotted
            else {"fills": dict.fromkeys(held, INK)}
        )
