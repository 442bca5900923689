"""The kinds of answers that pencil puzzles ask for: shading, loops, divisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from hrm_toolkit.adapters.constraint.generate import other
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.pencil import canvas
from hrm_toolkit.adapters.constraint.pencil.boards import (
    Board,
    Division,
    Drawing,
    Rooms,
    Shading,
    ends,
)
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    Pair,
    Shape,
    pair_numbers,
    pair_places,
    pairs,
)
from hrm_toolkit.adapters.constraint.pencil.tasks import SHADED, PencilAdapter, rooms_of
from hrm_toolkit.core import InputError, validate
from hrm_toolkit.core.scene import INK

BP = TypeVar("BP", bound=Board | Rooms)
SA = TypeVar("SA", bound=Shading)
LA = TypeVar("LA", bound=Drawing)
DA = TypeVar("DA", bound=Division)


class ShadingAdapter(PencilAdapter[BP, SA], Generic[BP, SA]):
    """Cells are shaded or not; a variable a cell, 1 for shaded.

    Attributes:
        mark: the sign of a shaded cell in a text.
        rest: the sign of another cell of an answer; None where it shows what the puzzle shows.
        dotted: whether it is drawn as a circle.
    """

    mark: ClassVar[str] = SHADED
    rest: ClassVar[str | None] = None
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
                sign = self.mark if value else self.rest
                if sign is not None and r < len(shown) and c < len(shown[r]):
                    shown[r][c] = sign
        return shown

    def parse_answer(self, puzzle: BP, text: str) -> SA:
        body = canvas.body(text)
        if issubclass(self.puzzle_type, Board):
            shown = canvas.read_plain(*body)
        else:
            shown = canvas.read_fenced(*body)[0]
        if self.rest is not None:
            strange = {sign for row in shown for sign in row} - {self.mark, self.rest}
            if strange:
                raise InputError(
                    f"the answer has {min(strange)!r}", expected=f"{self.mark} or {self.rest}"
                )
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


class LoopAdapter(PencilAdapter[BP, LA], Generic[BP, LA]):
    """Lines join neighbours; a variable for every two of them comes first, 1 for a line.

    Attributes:
        corners: whether they join corners of cells, and not cells.
    """

    corners: ClassVar[bool] = False
    words: ClassVar[Mapping[int, str]] = {0: "no line", 1: "a line"}

    def nodes(self, puzzle: BP) -> Shape:
        """Rows and columns of what lines join."""
        height, width = puzzle.shape
        return (height + 1, width + 1) if self.corners else (height, width)

    def further(self, puzzle: BP, lines: set[Pair]) -> list[int]:
        """The values of the variables that follow those of the lines; the default has none."""
        return []

    def shaded(self, puzzle: BP, answer: LA) -> list[Cell]:
        """The cells that an answer shades; the default shades none."""
        return []

    def values_of(self, puzzle: BP, answer: LA) -> Values:
        place, lines = pair_places(self.nodes(puzzle)), {ends(line) for line in answer.lines}
        strange = sorted(lines - place.keys())
        if strange:
            raise InputError(f"the line {[*strange[0][0], *strange[0][1]]} is off the board")
        values = np.zeros(len(place), np.int64)
        values[[place[line] for line in lines]] = 1
        return np.concatenate([values, np.array(self.further(puzzle, lines), np.int64)])

    def answer_of(self, puzzle: BP, x: Values) -> LA:
        drawn = [
            (*a, *b) for (a, b), held in zip(pairs(self.nodes(puzzle)), x, strict=False) if held
        ]
        return self.answer_type.model_construct(lines=tuple(drawn))

    def answered(self, puzzle: BP, answer: LA) -> list[list[str]]:
        return self.tokens(puzzle)

    def laid_out(self, puzzle: BP, shown: list[list[str]], answer: LA | None) -> str:
        if answer is None:
            return super().laid_out(puzzle, shown, answer)
        lines = {ends(line) for line in answer.lines}
        if isinstance(puzzle, Rooms):
            return canvas.fenced(shown, self.borders(puzzle), lines=lines)
        if not self.corners:
            return canvas.linked(shown, lines)
        return canvas.fenced(shown, set(map(_beside, lines)), outside=False)

    def parse_answer(self, puzzle: BP, text: str) -> LA:
        if isinstance(puzzle, Rooms):
            lines = canvas.read_roads(canvas.body(text)[0], puzzle.shape)
        elif not self.corners:
            drawn = text.splitlines()
            first = next((k for k, line in enumerate(drawn) if canvas.headed(line)), -1)
            lines = canvas.read_linked(drawn[first + 1 :], self.tokens(puzzle))
        else:
            borders = canvas.read_fenced(*canvas.body(text))[1]
            lines = {_beside_back(border) for border in borders}
        return validate(self.answer_type, {"lines": [(*a, *b) for a, b in lines]})

    def drawn(self, puzzle: BP, answer: LA) -> dict[str, Any]:
        lines = [ends(line) for line in answer.lines]
        return {"lines": lines, **({"corners": True} if self.corners else {})}


def _beside(line: Pair) -> Pair:
    """The border of cells that a line between corners is."""
    (r, c), b = line
    return ((r - 1, c), (r, c)) if b[0] == r else ((r, c - 1), (r, c))


def _beside_back(border: Pair) -> Pair:
    a, (r, c) = border
    return ((r, c), (r, c + 1)) if a[1] == c else ((r, c), (r + 1, c))


class DivisionAdapter(PencilAdapter[BP, DA], Generic[BP, DA]):
    """The board is divided; a variable for every two neighbours, 1 for a border between them."""

    words: ClassVar[Mapping[int, str]] = {0: "open", 1: "a border"}

    def values_of(self, puzzle: BP, answer: DA) -> Values:
        region = answer.regions
        if (len(region), len(region[0])) != puzzle.shape:
            raise InputError(
                f"the answer is {len(region)}x{len(region[0])}, the puzzle {puzzle.size_words}"
            )
        first, second = np.array(region).ravel()[pair_numbers(puzzle.shape)].T
        borders: Values = (first != second).astype(np.int64)
        return borders

    def answer_of(self, puzzle: BP, x: Values) -> DA:
        borders = {two for two, held in zip(pairs(puzzle.shape), x, strict=False) if held}
        room, shape = rooms_of(puzzle.shape, borders), puzzle.shape
        rows = tuple(tuple(room[r, c] for c in range(shape[1])) for r in range(shape[0]))
        return self.answer_type.model_construct(regions=rows)

    def answered(self, puzzle: BP, answer: DA) -> list[list[str]]:
        return self.tokens(puzzle)

    def laid_out(self, puzzle: BP, shown: list[list[str]], answer: DA | None) -> str:
        if answer is None:
            return super().laid_out(puzzle, shown, answer)
        return canvas.fenced(shown, self._between(puzzle, answer))

    def _between(self, puzzle: BP, answer: DA) -> set[Pair]:
        region = answer.regions
        shape = min(puzzle.shape[0], len(region)), min(puzzle.shape[1], len(region[0]))
        return {(a, b) for a, b in pairs(shape) if _of(region, a) != _of(region, b)}

    def parse_answer(self, puzzle: BP, text: str) -> DA:
        texts, borders = canvas.read_fenced(*canvas.body(text))
        shape = len(texts), len(texts[0])
        room = rooms_of(shape, borders)
        rows = [[room[r, c] for c in range(shape[1])] for r in range(shape[0])]
        return validate(self.answer_type, {"regions": rows})

    def spared(self, puzzle: BP, x: Values, rng: np.random.Generator) -> BP:
        """A puzzle whose only answer is x, without clues that no other answer needs."""
        clues = list(self.clues(puzzle))
        for clue in rng.permutation(np.array(clues, object)).tolist():
            less = self.keeping(puzzle, [kept for kept in clues if kept != clue])
            if other(self.declare(less), x) is None:
                clues.remove(clue)
                puzzle = less
        return puzzle

    def drawn(self, puzzle: BP, answer: DA) -> dict[str, Any]:
        return {"borders": self._between(puzzle, answer)}


def _of(region: tuple[tuple[int, ...], ...], cell: Cell) -> int:
    return region[cell[0]][cell[1]]
