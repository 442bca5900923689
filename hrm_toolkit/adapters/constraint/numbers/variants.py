"""Sudoku variants: regions of any shape, diagonals, windows, chess moves, cages, thermometers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from hrm_toolkit.adapters.constraint.generate import drawn, thin
from hrm_toolkit.adapters.constraint.kinds import AllDifferent, Sum
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.numbers import links
from hrm_toolkit.adapters.constraint.numbers.filling import Filled, FillingAdapter
from hrm_toolkit.adapters.constraint.pencil import canvas
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Regions
from hrm_toolkit.adapters.constraint.pencil.geometry import Pair, cells, moved, pairs, place
from hrm_toolkit.adapters.constraint.pencil.tasks import BLANK, rooms_of
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import InputError, OptionError, WrongAnswer, validate
from hrm_toolkit.core.files import Form

Cell = tuple[int, int]
Path = Annotated[tuple[Cell, ...], Field(min_length=1, max_length=25)]
_SWITCHES = ("diagonals", "windows", "anti_knight", "anti_king")
_KNIGHT: tuple[Cell, ...] = ((1, 2), (2, 1), (2, -1), (1, -2))
_KING: tuple[Cell, ...] = ((1, 1), (1, -1))
_CELL = re.compile(r"r(\d{1,2})c(\d{1,2})")


class VariantPuzzle(Board):
    """A Sudoku with other rules besides.

    Attributes:
        regions: the number of each cell's region, which holds each digit once.
        diagonals: whether both long diagonals hold each digit once (X).
        windows: whether the four inner 3x3 squares of a 9x9 do (windoku).
        anti_knight: whether cells a knight's move apart differ; ``anti_king`` a king's.
        cages: a total, and cells that differ and add up to it (killer).
        thermometers: cells along which digits grow.
    """

    task: Literal["sudoku-variant"] = "sudoku-variant"
    pattern, meaning = "[1-9][0-9]?", "a digit, or . for none"
    regions: Regions
    diagonals: bool = False
    windows: bool = False
    anti_knight: bool = False
    anti_king: bool = False
    cages: tuple[tuple[Annotated[int, Field(ge=1, le=999)], Path], ...] = Field((), max_length=625)
    thermometers: tuple[Path, ...] = Field((), max_length=200)

    @property
    def switched(self) -> set[str]:
        """The names of the rules that are on."""
        states = (self.diagonals, self.windows, self.anti_knight, self.anti_king)
        return {name for name, on in zip(_SWITCHES, states, strict=True) if on}

    @model_validator(mode="after")
    def _fits(self) -> VariantPuzzle:
        side = self.shape[0]
        if self.shape != (side, side) or (len(self.regions), len(self.regions[0])) != self.shape:
            raise InputError("grid and regions are no squares of one size", expected="n x n both")
        if any(sum(row.count(k) for row in self.regions) != side for k in range(side)):
            raise InputError("a region has not as many cells as there are digits")
        if self.windows and side != 9:
            raise InputError("windows are for 9x9", got=f"{side}x{side}")
        paths = (*(path for _, path in self.cages), *self.thermometers)
        if any(not (0 <= r < side and 0 <= c < side) for path in paths for r, c in path):
            raise InputError("a cage or thermometer leaves the board")
        if any(len({*path}) < len(path) for path in paths):
            raise InputError("a cage or thermometer has a cell twice")
        for path in self.thermometers:
            for (a, b), (c, d) in pairwise(path):
                if max(abs(a - c), abs(b - d)) > 1:
                    raise InputError(
                        f"a thermometer leaps from {place((a, b))} to {place((c, d))}",
                        expected="cells that touch, by a side or a corner",
                    )
        for cell, digit in self.clues.items():
            if int(digit) > side:
                raise InputError(f"{place(cell)} has {digit}", expected=f"a digit from 1 to {side}")
        return self


class VariantAnswer(Filled):
    """The grid filled."""

    task: Literal["sudoku-variant"] = "sudoku-variant"


class VariantAdapter(FillingAdapter[VariantPuzzle, VariantAnswer]):
    """Sudoku variants, each an option of one task; several may come together."""

    task, title = "sudoku-variant", "Sudoku variant"
    summary = "fill a Sudoku with jigsaw regions, diagonals, windows, chess moves, cages or more"
    puzzle_type, answer_type = VariantPuzzle, VariantAnswer
    difficulties = ("jigsaw", "x", "windoku", "anti-knight", "anti-king", "killer")
    default_sizes = (6,)
    smallest, largest = 4, 9

    def __init__(self, variant: str = "jigsaw") -> None:
        """Args: variant: of the puzzles that ``make`` makes."""
        super().__init__()
        self._variant = variant

    def declare(self, puzzle: VariantPuzzle) -> Problem:
        problem, grid = self.squared(puzzle)
        for name, group in _groups(puzzle):
            scope = tuple(int(grid[cell]) for cell in group)
            label = name.split(" ", 1)[0]
            problem.add(AllDifferent(label=label, scope=scope, where=name))
        for total, path in puzzle.cages:
            scope = tuple(int(grid[cell]) for cell in path)
            where = f"the cage of {total} at {place(path[0])}"
            problem.add(Sum(label="cage", scope=scope, low=total, high=total, where=where))
            problem.add(AllDifferent(label="cage", scope=scope, where=where))
        for path in puzzle.thermometers:
            where, side = f"the thermometer at {place(path[0])}", puzzle.shape[0]
            for a, b in pairwise(path):
                scope = (int(grid[a]), int(grid[b]))
                says = f"{where} does not grow from {place(a)} to {place(b)}"
                less = Sum(
                    label="thermometer", scope=scope, low=1 - side, high=-1, coefficients=(1, -1),
                    where=where, says=says,
                )  # fmt: skip
                problem.add(less)
        return problem

    def borders(self, puzzle: VariantPuzzle) -> set[Pair]:
        region = puzzle.regions
        return {(a, b) for a, b in pairs(puzzle.shape) if region[a[0]][a[1]] != region[b[0]][b[1]]}

    def laid_out(
        self, puzzle: VariantPuzzle, shown: list[list[str]], answer: VariantAnswer | None
    ) -> str:
        lines = [canvas.fenced(shown, self.borders(puzzle))]
        lines += [name.replace("_", "-") for name in _SWITCHES if name in puzzle.switched]
        lines += [f"cage {total}: {_path(path)}" for total, path in puzzle.cages]
        return "\n".join([*lines, *(f"thermometer: {_path(path)}" for path in puzzle.thermometers)])

    def parse(self, text: str) -> VariantPuzzle:
        lines, shape = canvas.body(text)
        drawing = [line for line in lines if line[0] in "+| "]
        texts, borders = canvas.read_fenced(drawing, shape)
        room = rooms_of((len(texts), len(texts[0])), borders)
        regions = [[room[r, c] for c in range(len(texts[0]))] for r in range(len(texts))]
        data: dict[str, Any] = {"grid": texts, "regions": regions, "cages": [], "thermometers": []}
        for line in lines:
            if line[0] in "+| ":
                continue
            name, _, path = line.partition(":")
            if name.replace("-", "_") in _SWITCHES and not path:
                data[name.replace("-", "_")] = True
            elif name == "thermometer":
                data["thermometers"].append(_cells(path))
            elif re.fullmatch(r"cage \d{1,3}", name):
                data["cages"].append((int(name[5:]), _cells(path)))
            else:
                raise InputError(f"the line {line!r} is no rule that is known")
        return validate(VariantPuzzle, data)

    def parse_answer(self, puzzle: VariantPuzzle, text: str) -> VariantAnswer:
        lines, shape = canvas.body(text)
        texts = canvas.read_fenced([line for line in lines if line[0] in "+| "], shape)[0]
        grid = [[0 if sign == BLANK else sign for sign in row] for row in texts]
        return validate(VariantAnswer, {"grid": grid})

    def forms(self) -> Sequence[Form]:
        def made(data: dict[str, Any]) -> VariantPuzzle:
            return validate(VariantPuzzle, data)

        def breaks(puzzle: Any, digits: str) -> str | None:
            side = puzzle.shape[0]
            rows = [[*map(int, digits[k : k + side])] for k in range(0, len(digits), side)]
            verdict = self.rules.check(puzzle, validate(VariantAnswer, {"grid": rows}))
            return next((violation.message for violation in verdict.violations), None)

        return [*super().forms(), links.form(self.task, made, breaks)]

    def only(self, puzzle: VariantPuzzle, kept: Any) -> VariantPuzzle:
        grid = [
            [clue if (r, c) in kept else None for c, clue in enumerate(row)]
            for r, row in enumerate(puzzle.grid)
        ]
        return validate(VariantPuzzle, {**puzzle.model_dump(), "grid": grid})

    def generate(
        self, rng: np.random.Generator, *, size: Any = None, difficulty: str | None = None
    ) -> Any:
        """A puzzle of the variant that ``difficulty`` names, or of one drawn."""
        self.require_difficulty(difficulty)
        variants = [name for name in self.difficulties if name != "windoku" or size == 9]
        variant = difficulty or variants[int(rng.integers(len(variants)))]
        if variant == "windoku" and size is None:
            size = 9
        maker = VariantAdapter(variant)
        return super(VariantAdapter, maker).generate(rng, size=size, difficulty=difficulty)

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[VariantPuzzle, Values]:
        """An answer at random under the variant's rules, and of its digits those needed."""
        if height != width or (self._variant == "windoku" and height != 9):
            raise OptionError("no such variant of this size", expected="one side; 9 for windoku")
        while True:
            bare = self._bare(rng, height)
            x = drawn(self.declare(bare), rng)
            if x is None:
                continue
            data = {**bare.model_dump(), "grid": x.reshape(height, width).tolist()}
            if self._variant == "killer":
                data["cages"] = _caged(rng, x.reshape(height, width))
            puzzle = validate(VariantPuzzle, data)
            kept = thin(self.declare(puzzle), x, rng)
            if kept is not None:
                return self.only(puzzle, kept), x

    def _bare(self, rng: np.random.Generator, side: int) -> VariantPuzzle:
        high = max(k for k in range(1, side) if side % k == 0 and k * k <= side)
        rows, columns = np.indices((side, side))
        regions = rows // high * high + columns // (side // high)
        options = {"x": "diagonals", "windoku": "windows"}
        name = options.get(self._variant, self._variant.replace("-", "_"))
        if name == "jigsaw":
            regions = _jigsaw(rng, regions)
        blank = [[None] * side] * side
        switch = {name: True} if name in _SWITCHES else {}
        return validate(VariantPuzzle, {"grid": blank, "regions": regions.tolist(), **switch})

    def wrong_answers(self) -> Sequence[WrongAnswer[VariantPuzzle, VariantAnswer]]:
        drawn_ = "\n".join(
            [
                "+---+---+---+---+",
                "| 1   . | .   . |",
                "+   +   +   +   +",
                "| .   . | .   . |",
                "+---+---+---+---+",
                "| .   . | .   . |",
                "+   +   +   +   +",
                "| .   . | .   . |",
                "+---+---+---+---+",
                "cage 3: r1c1 r1c2",
                "thermometer: r1c3 r1c4",
                "anti-king",
            ]
        )
        return self.wrong(
            drawn_,
            {
                "the cage of 3 at row 1 column 1 adds up to 4 and not 3": [
                    [1, 3, 2, 4],
                    [2, 4, 1, 3],
                    [3, 1, 4, 2],
                    [4, 2, 3, 1],
                ],
                "does not grow from row 1 column 3 to row 1 column 4": [
                    [1, 2, 4, 3],
                    [3, 4, 2, 1],
                    [2, 1, 3, 4],
                    [4, 3, 1, 2],
                ],
                "region 1 has 2 1s": [[1, 2, 3, 4], [2, 1, 4, 3], [3, 4, 1, 2], [4, 3, 2, 1]],
                "anti-king": [[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 1]],
            },
        )


def _groups(puzzle: VariantPuzzle) -> Iterator[tuple[str, list[Cell]]]:
    """Cells that differ: regions, and what options add."""
    side = puzzle.shape[0]
    for k in range(side):
        yield f"region {k + 1}", [c for c in cells(puzzle.shape) if puzzle.regions[c[0]][c[1]] == k]
    if puzzle.diagonals:
        yield "diagonal down", [(k, k) for k in range(side)]
        yield "diagonal up", [(k, side - 1 - k) for k in range(side)]
    if puzzle.windows:
        for n, (top, left) in enumerate(((1, 1), (1, 5), (5, 1), (5, 5)), 1):
            yield f"window {n}", [(top + k // 3, left + k % 3) for k in range(9)]
    for name, steps in (("anti_knight", _KNIGHT), ("anti_king", _KING)):
        for cell in cells(puzzle.shape) if name in puzzle.switched else ():
            for step in steps:
                there = moved(cell, step)
                if there[0] < side and 0 <= there[1] < side:
                    move = name.replace("_", "-")
                    yield f"{move} from {place(cell)} to {place(there)}", [cell, there]


def _jigsaw(rng: np.random.Generator, regions: Values) -> Values:
    """Regions of other shapes: cells of two change places as long as each hangs together."""
    side, shape = len(regions), (len(regions), len(regions))
    for _ in range(60 * side):
        a, b = (tuple(rng.integers(side, size=2).tolist()) for _ in range(2))
        trial = regions.copy()
        trial[a], trial[b] = regions[b], regions[a]
        apart = {(p, q) for p, q in pairs(shape) if trial[p] != trial[q]}
        if max(rooms_of(shape, apart).values()) == side - 1:
            regions = trial
    return regions


def _caged(rng: np.random.Generator, grid: Values) -> list[tuple[int, list[Cell]]]:
    """Cages of two or three cells that differ, over about all of the board."""
    left, found = dict.fromkeys(cells((len(grid), len(grid)))), []
    for first in list(left):
        if first not in left:
            continue
        path = [first]
        del left[first]
        for _ in range(int(rng.integers(1, 3))):
            ways = [
                c
                for step in ((0, 1), (1, 0), (0, -1))
                if (c := moved(path[-1], step)) in left and grid[c] not in [grid[p] for p in path]
            ]
            if ways:
                path.append(ways[int(rng.integers(len(ways)))])
                del left[path[-1]]
        found.append((int(sum(grid[c] for c in path)), path))
    return found


def _path(path: Sequence[Cell]) -> str:
    return " ".join(f"r{r + 1}c{c + 1}" for r, c in path)


def _cells(text: str) -> list[Cell]:
    found = [_CELL.fullmatch(word) for word in text.split()]
    if not found or None in found:
        raise InputError(f"{text.strip()!r} is no path", expected="cells such as r1c1 r1c2")
    return [(int(m[1]) - 1, int(m[2]) - 1) for m in found if m]
