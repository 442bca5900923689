"""Nurimaze: tiles shaded whole, so that what is left is a maze with one way through its circles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from typing import Literal as OneOf

import numpy as np
from pydantic import model_validator

from hrm_toolkit.adapters.constraint.generate import drawn, other
from hrm_toolkit.adapters.constraint.kinds import Constraint, Forced, Known, exactly
from hrm_toolkit.adapters.constraint.literal import Literal, Values, Variables
from hrm_toolkit.adapters.constraint.pencil import canvas, codes
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Grid, Rooms, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    Cell,
    Pair,
    Shape,
    cells,
    drawn_rooms,
    layout,
    no_square,
    on,
    pairs,
    place,
)
from hrm_toolkit.adapters.constraint.pencil.tasks import BLANK, read_rooms
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.spread import Edge, Tree
from hrm_toolkit.adapters.constraint.walk import neighbours, parts_of, separating
from hrm_toolkit.core import Clue, InputError, Violation, WrongAnswer, validate

if TYPE_CHECKING:
    from collections.abc import Collection

    from hrm_toolkit.adapters.constraint.exact.rows import Rows as ExactRows
    from hrm_toolkit.core.rules import Place

MARKS = ("S", "G", "o", "t")
START, GOAL, CIRCLE, TRIANGLE = MARKS


class NurimazePuzzle(Rooms):
    """Tiles as rooms, and what stands in cells.

    Attributes:
        marks: S where the way begins and G where it ends, o where it passes and t where it does
            not; None elsewhere.
    """

    task: OneOf["nurimaze"] = "nurimaze"
    marks: Grid

    @model_validator(mode="after")
    def _one_start_and_one_goal(self) -> NurimazePuzzle:
        if (len(self.marks), len(self.marks[0])) != self.shape:
            raise InputError("there are not as many marks as cells", expected=self.size_words)
        if any(number is not None for number in self.numbers):
            raise InputError("a tile has a number", expected="S, G, o or t in cells")
        told = [mark for row in self.marks for mark in row if mark is not None]
        strange = next((mark for mark in told if mark not in MARKS), None)
        if strange is not None:
            raise InputError(f"a cell has {strange!r}", expected="S, G, o, t, or . for none")
        for sign in (START, GOAL):
            if told.count(sign) != 1:
                raise InputError(f"there are {told.count(sign)} {sign}", expected="one S and one G")
        return self


class NurimazeAnswer(Shading):
    """1 where a cell is shaded."""

    task: OneOf["nurimaze"] = "nurimaze"


@dataclass(frozen=True, kw_only=True)
class Route(Constraint):
    """In the tree of the nodes that hold, the way from one to another passes some and not others.

    That they are a tree is another constraint's to say.

    Attributes:
        nodes: a literal a node.
        edges: pairs of node numbers.
        ends: the nodes where the way begins and ends.
        passed: nodes that it passes, and ``missed`` those that it does not.
    """

    nodes: tuple[Literal, ...]
    edges: tuple[Edge, ...]
    ends: Edge
    passed: tuple[int, ...]
    missed: tuple[int, ...]

    @cached_property
    def near(self) -> list[list[int]]:
        """Neighbours of each node."""
        return neighbours(len(self.nodes), self.edges)

    def literals(self, of: Variables) -> Iterable[Literal]:
        return self.nodes

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        held = {k for k, (variable, value) in enumerate(self.nodes) if x[variable] == value}
        way = way_through(held, self.near, *self.ends)
        ends = [self.nodes[k][0] for k in self.ends]
        if not way:
            sentence = f"{self.name}: no way leads from {of.names[ends[0]]} to {of.names[ends[1]]}"
            yield self.violation(sentence, ends, of)
            return
        for k in self.passed:
            if k not in way:
                where = of.names[self.nodes[k][0]]
                yield self.violation(
                    f"{self.name} does not pass the circle at {where}", [self.nodes[k][0]], of
                )
        for k in self.missed:
            if k in way:
                where = of.names[self.nodes[k][0]]
                yield self.violation(
                    f"{self.name} passes the triangle at {where}", [self.nodes[k][0]], of
                )

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        wanted = [*self.ends, *self.passed]
        open_ = [k for k, literal in enumerate(self.nodes) if known.get(literal) is not False]
        uses = tuple(literal for literal in self.nodes if known.get(literal) is False)
        here = next((part for part in parts_of(open_, self.near) if wanted[0] in part), set())
        if not here.issuperset(wanted):
            yield Forced(None, True, uses)
            return
        # What no way goes round is on it, and so is each circle.
        between = separating(list(self.ends), here, self.near)
        if not set(self.missed).isdisjoint(between):
            yield Forced(None, True, uses)
            return
        for k in dict.fromkeys([*wanted, *between]):
            if self.nodes[k] not in known:
                yield Forced(self.nodes[k], True, uses)

    def post(self, rows: ExactRows, when: Sequence[int] = ()) -> None:
        if when:
            raise ValueError("a way is one always")
        held, way = rows.all_of(self.nodes), [rows.new() for _ in self.nodes]
        for k, near in enumerate(self.near):
            rows.clause([held[k]], when=[way[k]])
            ways = 1 if k in self.ends else 2
            rows.count_of([way[n] for n in near], ways, ways, when=[way[k]])
        for k in (*self.ends, *self.passed):
            rows.clause([way[k]])
        for k in self.missed:
            rows.clause([way[k] ^ 1])


class NurimazeAdapter(ShadingAdapter[NurimazePuzzle, NurimazeAnswer]):
    """Nurimaze."""

    task = title = "nurimaze"
    summary = "shade whole tiles, so that what is left is a maze whose way from S to G passes all o"
    puzzle_type, answer_type = NurimazePuzzle, NurimazeAnswer
    default_sizes = (4, 5)
    largest = 8
    clue_words = MARKS
    circles = dict.fromkeys(CIRCLE, "white")

    def tokens(self, puzzle: NurimazePuzzle) -> list[list[str]]:
        return [[BLANK if mark is None else str(mark) for mark in row] for row in puzzle.marks]

    def shown_clues(self, puzzle: NurimazePuzzle) -> Sequence[str]:
        return ["" if mark is None else str(mark) for row in puzzle.marks for mark in row]

    def parse(self, text: str) -> NurimazePuzzle:
        return self._tiled(*canvas.read_fenced(*canvas.body(text)))

    def read_board(self, text: codes.Text, shape: Shape) -> NurimazePuzzle:
        borders = codes.read_borders(text, shape)
        return self._tiled(codes.rows(_CODE.read(text, shape[0] * shape[1]), shape), borders)

    def write_board(self, puzzle: NurimazePuzzle) -> str:
        marks = [mark for row in puzzle.marks for mark in row]
        return codes.write_borders(self.borders(puzzle), puzzle.shape) + _CODE.write(marks)

    def _tiled(self, marks: Sequence[Sequence[object]], borders: set[Pair]) -> NurimazePuzzle:
        data = read_rooms([[BLANK] * len(row) for row in marks], borders)
        return validate(self.puzzle_type, {**data, "marks": marks})

    def clues(self, puzzle: NurimazePuzzle) -> Sequence[Clue]:
        return [clue for clue in super().clues(puzzle) if clue.data[2] in (CIRCLE, TRIANGLE)]

    def only(self, puzzle: NurimazePuzzle, kept: Collection[Place]) -> NurimazePuzzle:
        marks = [
            [
                mark if mark in (START, GOAL) or (r, c) in kept else None
                for c, mark in enumerate(row)
            ]
            for r, row in enumerate(puzzle.marks)
        ]
        return puzzle.model_copy(update={"marks": tuple(map(tuple, marks))})

    def declare(self, puzzle: NurimazePuzzle) -> Problem:
        problem, grid = self._whole(puzzle)
        index = {cell: k for k, cell in enumerate(cells(puzzle.shape))}
        at: dict[str, list[Cell]] = {sign: [] for sign in MARKS}
        for r, c in index:
            mark = puzzle.marks[r][c]
            if mark is not None:
                at[str(mark)].append((r, c))
                where = f"the {mark} at {place((r, c))}"
                says = "{where} is shaded"
                problem.add(exactly("mark", 0, on(grid, [(r, c)]), where=where, says=says))
        problem.add(
            Route(
                label="route",
                where="the way from S to G",
                nodes=on(grid, index, 0),
                edges=tuple((index[a], index[b]) for a, b in pairs(puzzle.shape)),
                ends=(index[at[START][0]], index[at[GOAL][0]]),
                passed=tuple(index[cell] for cell in at[CIRCLE]),
                missed=tuple(index[cell] for cell in at[TRIANGLE]),
            )
        )
        return problem

    def _whole(self, puzzle: Rooms) -> tuple[Problem, Values]:
        """What holds without any mark."""
        problem = Problem(words=self.words)
        grid = problem.grid(*puzzle.shape)
        for first, *rest in puzzle.by_room:
            for cell in rest:
                where = f"the tile at {place(first)}"
                of = on(grid, [first]) + on(grid, [cell], 0)
                says = f"{{where}} is shaded in part, unlike at {place(cell)}"
                problem.add(exactly("tile", 1, of, where=where, says=says))
        index = {cell: k for k, cell in enumerate(cells(puzzle.shape))}
        edges = tuple((index[a], index[b]) for a, b in pairs(puzzle.shape))
        where = "the unshaded cells are a maze without a round way"
        problem.add(
            Tree(label="maze", where=where, nodes=on(grid, index, 0), edges=edges),
            no_square(grid, 1, "shaded"),
            no_square(grid, 0, "unshaded"),
        )
        return problem, grid

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[NurimazePuzzle, Values]:
        """Tiles and a maze at random; marks are added until no other answer is left."""
        shape = height, width
        every = cells(shape)
        edges = [(every.index(a), every.index(b)) for a, b in pairs(shape)]
        near = neighbours(len(every), edges)
        while True:
            room = drawn_rooms(rng, shape, max(len(every) // 2, 2))
            data = {"task": "rooms", "rooms": layout(shape, room.__getitem__)}
            tiles = validate(Rooms, data)
            x = drawn(self._whole(tiles)[0], rng)
            free = set(np.flatnonzero(x == 0).tolist()) if x is not None else set()
            if x is None or len(free) < 3:
                continue
            # The longest way of the maze: what is farthest from anywhere is one of its ends.
            begin = _farthest(free, near, min(free))
            end = _farthest(free, near, begin)
            marks = {begin: START, end: GOAL}
            puzzle = self._marked(tiles, marks, x, rng, near)
            if puzzle is not None:
                return puzzle, x

    def _marked(
        self,
        tiles: Rooms,
        marks: dict[int, str],
        x: Values,
        rng: np.random.Generator,
        near: Sequence[Sequence[int]],
    ) -> NurimazePuzzle | None:
        """The puzzle with marks that refute every other answer; None where none do."""
        begin, end = marks
        mine = way_through(set(np.flatnonzero(x == 0).tolist()), near, begin, end)
        while True:
            told = {cell: marks.get(k) for k, cell in enumerate(cells(tiles.shape))}
            data = {"rooms": tiles.rooms, "marks": layout(tiles.shape, told.__getitem__)}
            puzzle = validate(self.puzzle_type, data)
            found = other(self.declare(puzzle), x)
            if found is None:
                return puzzle
            theirs = way_through(set(np.flatnonzero(found == 0).tolist()), near, begin, end)
            ways = [(k, CIRCLE) for k in mine if k not in theirs]
            ways += [
                (k, TRIANGLE)
                for k in np.flatnonzero(x == 0).tolist()
                if k not in mine and (found[k] or k in theirs)
            ]
            if not ways:
                return None
            k, sign = ways[int(rng.integers(len(ways)))]
            marks[k] = sign

    def wrong_answers(self) -> Sequence[WrongAnswer[NurimazePuzzle, NurimazeAnswer]]:
        drawn = "+---+---+---+\n| S | . | t |\n+   +---+---+\n| .   . | o |\n+---+---+---+"
        return self.wrong(
            f"{drawn}\n| . | . | G |\n+---+---+---+",
            {
                "the tile at row 1 column 1 is shaded in part": [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
                "the G at row 3 column 3 is shaded": [[0, 1, 0], [0, 0, 0], [0, 1, 1]],
                "does not pass the circle at row 2 column 3": [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
                "a cycle, at": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
                "no way leads from row 1 column 1 to": [[0, 1, 0], [1, 1, 0], [1, 1, 0]],
                "passes the triangle at row 1 column 3": [[0, 0, 0], [1, 1, 0], [1, 1, 0]],
            },
        )


def way_through(
    held: Collection[int], near: Sequence[Sequence[int]], begin: int, end: int
) -> list[int]:
    """A shortest way through nodes that hold, both ends included; [] where there is none.

    Example:
        >>> way_through({0, 1, 2}, neighbours(4, [(0, 1), (1, 2), (2, 3)]), 0, 2)
        [2, 1, 0]
    """
    if begin not in held or end not in held:
        return []
    came = _came(held, near, begin)
    if end not in came:
        return []
    way = [end]
    while way[-1] != begin:
        way.append(came[way[-1]])
    return way


def _came(held: Collection[int], near: Sequence[Sequence[int]], begin: int) -> dict[int, int]:
    """From where each node is reached first, the nearest first."""
    came, todo = {begin: begin}, [begin]
    for k in todo:
        for n in near[k]:
            if n in held and n not in came:
                came[n] = k
                todo.append(n)
    return came


def _farthest(held: Collection[int], near: Sequence[Sequence[int]], begin: int) -> int:
    return list(_came(held, near, begin))[-1]


def _mark(text: codes.Text, sign: str) -> tuple[str, int]:
    if sign not in "1234":
        raise text.wrong(sign)
    return MARKS[int(sign) - 1], 0


_CODE = codes.cell_code(_mark, lambda mark: str(MARKS.index(str(mark)) + 1), "5")
