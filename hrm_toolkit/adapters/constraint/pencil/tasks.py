"""The parts that pencil puzzles share: text, pictures, files; and those of each kind of answer."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from hrm_toolkit.adapters.constraint.pencil import canvas, codes, picture, url
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Rooms
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    Pair,
    Shape,
    cells,
    near,
    pair,
    pairs,
)
from hrm_toolkit.adapters.constraint.task import DeclaredAdapter
from hrm_toolkit.core import Answer, Clue, InputError, Palette, WrongAnswer, validate
from hrm_toolkit.core.files import NO, SURE, Claim, Form, Loaded, ReadOptions, Sample, TextForm
from hrm_toolkit.core.rules import Place
from hrm_toolkit.core.scene import Scene

BP = TypeVar("BP", bound=Board | Rooms)
BA = TypeVar("BA", bound=Answer)

NUMBERS = tuple(map(str, range(41)))
BLANK, SHADED = ".", "#"
_SIGNS = "#?oxQ0123456789^v<>"
"""Clues of one sign that some task has, in the order in which palettes show them."""


class PencilAdapter(DeclaredAdapter[BP, BA], Generic[BP, BA]):
    """A pencil puzzle: clues in cells, or rooms with numbers.

    Attributes:
        bare: what a clue becomes when it is left out.
        code: how URLs write the clues of its cells, or the numbers of its rooms; None where those
            have none.
        flags: letters in URLs that change looks alone.
        colours: of cells by their clue's text, in pictures; ``circles`` of circles in them.
    """

    family = "pencil puzzles"
    bare: ClassVar[str | None] = None
    code: ClassVar[codes.Code | None] = codes.NUMBER
    flags: ClassVar[str] = ""
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

    @property
    def palette(self) -> Palette | None:
        """The clues; None where a puzzle has more than its cells, such as rooms."""
        board = self.puzzle_type
        if not issubclass(board, Board) or {*board.model_fields} != {"task", "grid"}:
            return None
        signs = [(sign, "") for sign in _SIGNS if re.fullmatch(board.pattern, sign)]
        return Palette(((BLANK, "none"), *signs), pattern=board.pattern, meaning=board.meaning)

    def parse(self, text: str) -> BP:
        body = canvas.body(text)
        if issubclass(self.puzzle_type, Board):
            return validate(self.puzzle_type, {"grid": canvas.read_plain(*body)})
        return validate(self.puzzle_type, read_rooms(*canvas.read_fenced(*body)))

    def forms(self) -> Sequence[Form]:
        drawn = TextForm(f"{self.title}, drawn", self.task, self._claims, self._read)
        return [drawn, *([url.form(self.task, self.from_link)] if self.linked else [])]

    @property
    def linked(self) -> bool:
        """Whether pzpr has this task."""
        return self.task in url.KINDS.values()

    def from_link(self, link: url.Link) -> BP:
        """The puzzle of a URL.

        Raises:
            InputError: when its text is none that pzpr writes, or its flags change the rules.
        """
        url.refuse_flags(link, self.flags)
        text = codes.Text(link.body)
        puzzle = self.read_board(text, link.shape)
        text.end()
        return puzzle

    def link(self, puzzle: BP) -> str:
        """The URL of a puzzle."""
        height, width = puzzle.shape
        kind = url.written_kind(self.task)
        return f"{url.SITE}{kind}/{width}/{height}/{self.write_board(puzzle)}"

    def read_board(self, text: codes.Text, shape: Shape) -> BP:
        """The puzzle in the text of a URL's board."""
        if issubclass(self.puzzle_type, Board):
            clues = (self.code or codes.NUMBER).read(text, shape[0] * shape[1])
            return self.board(codes.rows(clues, shape))
        borders = codes.read_borders(text, shape)
        data = read_rooms([[BLANK] * shape[1] for _ in range(shape[0])], borders)
        if self.code is not None:
            count = max(map(max, data["rooms"])) + 1
            told = [None if n == "?" else n for n in self.code.read(text, count)]
            data["numbers"] = told if any(n is not None for n in told) else ()
        return validate(self.puzzle_type, data)

    def write_board(self, puzzle: BP) -> str:
        """The text of a URL's board."""
        if isinstance(puzzle, Board):
            return (self.code or codes.NUMBER).write([clue for row in puzzle.grid for clue in row])
        written = codes.write_borders(self.borders(puzzle), puzzle.shape)
        if self.code is None:
            return written
        return written + self.code.write(puzzle.numbers or [None] * len(puzzle.by_room))

    def _claims(self, sample: Sample) -> Claim:
        return SURE if canvas.headed(sample.first) == self.task else NO

    def _read(self, text: str, options: ReadOptions) -> Loaded:
        return Loaded.of(f"{self.title}, drawn", [(self.parse(text), None)])

    def scene(self, puzzle: BP, answer: BA | None = None) -> Scene:
        shown = self.tokens(puzzle)
        at = {(r, c): shown[r][c] for r, c in cells(puzzle.shape)}
        looks = {cell: self.look(text) for cell, text in at.items()}
        words = {cell: word for cell, (word, _) in looks.items() if word}
        fills = {cell: colour for cell, (_, colour) in looks.items() if colour is not None}
        circles = {cell: self.circles[text] for cell, text in at.items() if text in self.circles}
        more = {} if answer is None else self.drawn(puzzle, answer)
        return picture.draw(
            puzzle.shape,
            words={**words, **more.pop("words", {})},
            fills={**fills, **more.pop("fills", {})},
            dots={**circles, **more.pop("dots", {})},
            borders={*self.borders(puzzle), *more.pop("borders", ())},
            **more,
        )

    def look(self, text: str) -> tuple[str, str | None]:
        """The word in a cell that shows a text, and its colour, in pictures."""
        hidden = {BLANK, SHADED, *self.circles}
        return "" if text in hidden else text, self.colours.get(text)

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


def read_rooms(texts: Sequence[Sequence[str]], borders: set[Pair]) -> dict[str, Any]:
    """Rooms, their numbers and borders inside them, from a drawing."""
    shape = len(texts), len(texts[0])
    room = rooms_of(shape, borders)
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


def rooms_of(shape: Shape, borders: Collection[Pair]) -> dict[Cell, int]:
    """The number of each cell's room, in reading order, where these borders lie."""
    room: dict[Cell, int] = {}
    count = 0
    for cell in cells(shape):
        if cell in room:
            continue
        todo, room[cell] = [cell], count
        while todo:
            here = todo.pop()
            for other in near(shape, here):
                if other not in room and pair(here, other) not in borders:
                    room[other] = count
                    todo.append(other)
        count += 1
    return room
