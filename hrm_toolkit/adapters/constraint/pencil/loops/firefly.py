"""Fireflies: a line leaves each one's dot, turns as often as its number says, and ends at one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple
from typing import Literal as OneOf

import numpy as np

from hrm_toolkit.adapters.constraint.generate import drawn, other
from hrm_toolkit.adapters.constraint.kinds import Constraint, Forced, Known, counted
from hrm_toolkit.adapters.constraint.literal import Literal, Values, Variables
from hrm_toolkit.adapters.constraint.pencil import codes
from hrm_toolkit.adapters.constraint.pencil.answers import LoopAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Board, Drawing
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    STEPS,
    Cell,
    cells,
    inside,
    layout,
    moved,
    pairs,
    place,
)
from hrm_toolkit.adapters.constraint.pencil.looping import lines_of, ring
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.walk import neighbours, parts_of
from hrm_toolkit.core import Clue, Violation, WrongAnswer
from hrm_toolkit.core.rules import Place
from hrm_toolkit.core.structure import Factor

if TYPE_CHECKING:
    from hrm_toolkit.adapters.constraint.exact.rows import Rows

_WAYS = dict(zip(codes.ARROWS[1:], STEPS, strict=True))


class FireflyPuzzle(Board):
    """Fireflies such as ``2^``: how often the line turns that leaves it, and where its dot is."""

    task: OneOf["firefly"] = "firefly"
    pattern, meaning = r"(\d{1,3}|\?)[\^v<>]", "a number or ? with a side such as 2^, or ."


class FireflyAnswer(Drawing):
    """Lines between cells."""

    task: OneOf["firefly"] = "firefly"


class Firefly(NamedTuple):
    """One firefly.

    Attributes:
        cell: where it is, and ``dot`` the cell on the side of its dot.
        number: how often its line turns; None where it is not told.
    """

    cell: Cell
    dot: Cell
    number: int | None


class Trace(NamedTuple):
    """A line followed from a firefly on.

    Attributes:
        end: the cell where it ends, and ``before`` the one before it.
        turns: how often it turns on the way.
    """

    end: Cell
    before: Cell
    turns: int


@dataclass(frozen=True, kw_only=True)
class Fireflies(Constraint):
    """Lines lead from the dot of each firefly to another side of one, and hang together.

    Attributes:
        flies: the fireflies.
        edges: (cell, cell, variable): the line is there where the variable is 1.
    """

    flies: tuple[Firefly, ...]
    edges: tuple[tuple[Cell, Cell, int], ...]

    @cached_property
    def _at(self) -> dict[Cell, dict[Cell, int]]:
        """Of each cell its neighbours, with the variable of the line to them."""
        at: dict[Cell, dict[Cell, int]] = defaultdict(dict)
        for a, b, variable in self.edges:
            at[a][b] = at[b][a] = variable
        return at

    @cached_property
    def _dots(self) -> dict[Cell, Cell]:
        return {fly.cell: fly.dot for fly in self.flies}

    def literals(self, of: Variables) -> Iterable[Literal]:
        return [(variable, 1) for _, _, variable in self.edges]

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        lines: dict[Cell, list[Cell]] = defaultdict(list)
        for a, b, variable in self.edges:
            if x[variable]:
                lines[a].append(b)
                lines[b].append(a)
        for cell, there in lines.items():
            if cell not in self._dots and len(there) != 2:
                what = "a line ends" if len(there) == 1 else f"{len(there)} ends of lines meet"
                at = [self._at[cell][n] for n in there]
                yield self.violation(f"{what} at {place(cell)}", at, of, len(there))
        for fly in self.flies:
            yield from self._of_fly(fly, lines, of)
        drawn = [variable for _, _, variable in self.edges if x[variable]]
        parts = self._parts(drawn)
        for part in sorted(parts, key=len)[:-1]:
            sentence = f"{self.name}: lines hang apart, at {of.names[min(part)]}"
            yield self.violation(sentence, sorted(part), of)

    def _of_fly(
        self, fly: Firefly, lines: dict[Cell, list[Cell]], of: Variables
    ) -> Iterator[Violation]:
        """What is wrong with the lines that leave a firefly."""
        name = f"the firefly at {place(fly.cell)}"
        at = list(self._at[fly.cell].values())
        if fly.dot not in lines.get(fly.cell, ()):
            yield self.violation(f"no line leaves the dot of {name}", at, of)
        for there in lines.get(fly.cell, ()):
            found = trace(lines, self._dots, fly.cell, there)
            back = self._dots.get(found.end)
            if back is None:
                continue
            if there != fly.dot:
                if found.before != back and (found.end, found.before) >= (fly.cell, there):
                    says = f"a line joins {name} and that at {place(found.end)} without a dot"
                    yield self.violation(says, at, of)
            elif found.before == back:
                says = f"the line of {name} comes to the dot of that at {place(found.end)}"
                yield self.violation(says, at, of)
            elif fly.number not in (None, found.turns):
                says = f"the line of {name} has {found.turns} turns and not {fly.number}"
                yield self.violation(says, [self._at[fly.cell][there]], of, found.turns)

    def _parts(self, variables: Sequence[int]) -> list[set[int]]:
        """The parts of some lines that hang together."""
        number = {variable: k for k, (_, _, variable) in enumerate(self.edges)}
        found = parts_of([number[k] for k in variables], neighbours(len(number), self._touching))
        return [{self.edges[k][2] for k in part} for part in found]

    @cached_property
    def _touching(self) -> list[tuple[int, int]]:
        """The numbers of every two edges with an end in common."""
        number = {variable: k for k, (_, _, variable) in enumerate(self.edges)}
        return [
            (number[a], number[b])
            for there in self._at.values()
            for a, b in combinations(there.values(), 2)
        ]

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        for cell, there in self._at.items():
            if cell in self._dots:
                continue
            ends = [(variable, 1) for variable in there.values()]
            yield from counted(ends, 0, 2, known)
            for end in ends:
                yield from counted([other for other in ends if other != end], 1, 4, known, [end])
        for cell, dot in self._dots.items():
            variable = self._at[cell].get(dot)
            if variable is None:
                yield Forced(None, True, ())
            elif (variable, 1) not in known:
                yield Forced((variable, 1), True, ())

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        if when:
            raise ValueError("lines lead on always")
        # A line from a cell to the next, either way, and how many turns it has left: those of the
        # largest number at most, or one more where they are not told.
        most = max((fly.number for fly in self.flies if fly.number is not None), default=0)
        told = range(min(most, len(self._at)) + 2)
        arcs = {(a, b): [rows.new() for _ in told] for a, there in self._at.items() for b in there}
        for a, b, variable in self.edges:
            rows.exactly([rows.of((variable, 1)) ^ 1, *arcs[a, b], *arcs[b, a]], 1)
        for fly in self.flies:
            self._post_fly(rows, arcs, fly, told[-1])
        for cell, there in self._at.items():
            if cell not in self._dots:
                self._post_on(rows, arcs, cell, there)
        rows.connected([rows.of((variable, 1)) for _, _, variable in self.edges], self._touching)

    def _post_fly(
        self, rows: Rows, arcs: dict[tuple[Cell, Cell], list[int]], fly: Firefly, untold: int
    ) -> None:
        """A line leaves the dot with its number; none comes there or leaves elsewhere."""
        leaving = arcs.get((fly.cell, fly.dot), [])
        if fly.number is not None:
            # More turns than cells no line has.
            leaving = leaving[:untold][fly.number : fly.number + 1]
        rows.clause(leaving[-1:])
        for there in self._at[fly.cell]:
            if there != fly.dot:
                for lit in (*arcs[fly.cell, there], *arcs[there, fly.cell][1:untold]):
                    rows.clause([lit ^ 1])

    def _post_on(
        self,
        rows: Rows,
        arcs: dict[tuple[Cell, Cell], list[int]],
        cell: Cell,
        there: Iterable[Cell],
    ) -> None:
        """What comes to a cell goes on from it, straight or with one turn less."""
        rows.count_of([lit for n in there for lit in arcs[n, cell]], 0, 1)
        rows.count_of([lit for n in there for lit in arcs[cell, n]], 0, 1)
        for n in there:
            for left, lit in enumerate(arcs[n, cell]):
                untold = left == len(arcs[n, cell]) - 1
                ways = [
                    arcs[cell, w][left if straight or untold else left - 1]
                    for w in there
                    if w != n and ((straight := _straight(n, cell, w)) or untold or left)
                ]
                rows.clause(ways, when=[lit])
            came = [lit for w in there if w != n for lit in arcs[w, cell]]
            for lit in arcs[cell, n]:
                rows.clause(came, when=[lit])

    def factors(self, of: Variables) -> Iterator[Factor]:
        for there in self._at.values():
            lines = tuple((k, 1) for k in there.values())
            yield Factor(self.label, lines, (), 0, 2, exact=False)


class FireflyAdapter(LoopAdapter[FireflyPuzzle, FireflyAnswer]):
    """Fireflies, which is hotaru beam."""

    task, title = "firefly", "fireflies"
    summary = "draw a line from each firefly's dot to a firefly, with as many turns as its number"
    puzzle_type, answer_type = FireflyPuzzle, FireflyAnswer
    default_sizes = (4, 5)
    largest = 7
    code = codes.ARROW
    clue_words = tuple(f"{k}{way}" for k in ("?", *range(6)) for way in "^v<>")

    def declare(self, puzzle: FireflyPuzzle) -> Problem:
        problem = Problem(words=self.words)
        variable = lines_of(problem, puzzle.shape)
        flies = []
        for cell, clue in puzzle.clues.items():
            told = str(clue)[:-1]
            dot = moved(cell, _WAYS[str(clue)[-1]])
            flies.append(Firefly(cell, dot, None if told == "?" else int(told)))
        edges = tuple((a, b, k) for (a, b), k in variable.items())
        problem.add(
            Fireflies(label="firefly", where="the fireflies", flies=tuple(flies), edges=edges)
        )
        return problem

    def clues(self, puzzle: FireflyPuzzle) -> Sequence[Clue]:
        """The numbers; the fireflies stay."""
        return [clue for clue in super().clues(puzzle) if str(clue.data[2])[0] != "?"]

    def only(self, puzzle: FireflyPuzzle, kept: Collection[Place]) -> FireflyPuzzle:
        """The same fireflies with the numbers of some alone."""
        clues = {c: v if c in kept else f"?{str(v)[-1]}" for c, v in puzzle.clues.items()}
        return self.board(layout(puzzle.shape, clues.get))

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[FireflyPuzzle, Values]:
        """Fireflies and lines at random; of all numbers those that refute other answers."""
        shape = height, width
        every = cells(shape)
        while True:
            flies = {}
            for k in rng.permutation(len(every))[: max(len(every) // 4, 2)].tolist():
                ways = [way for way, s in _WAYS.items() if inside(shape, moved(every[k], s))]
                flies[every[k]] = f"?{ways[int(rng.integers(len(ways)))]}"
            puzzle = self.board(layout(shape, flies.get))
            x = drawn(self.declare(puzzle), rng)
            if x is None:
                continue
            mine = self._turns(puzzle, x)
            while True:
                found = other(self.declare(puzzle), x)
                if found is None:
                    return puzzle, x
                theirs = self._turns(puzzle, found)
                ways_ = [c for c in flies if theirs[c] != mine[c] and flies[c][0] == "?"]
                if not ways_:
                    break
                cell = ways_[int(rng.integers(len(ways_)))]
                flies[cell] = f"{mine[cell]}{flies[cell][-1]}"
                puzzle = self.board(layout(shape, flies.get))

    def _turns(self, puzzle: FireflyPuzzle, x: Values) -> dict[Cell, int]:
        """How often the line of each firefly turns in an answer."""
        lines: dict[Cell, list[Cell]] = defaultdict(list)
        for (a, b), held in zip(pairs(puzzle.shape), x.tolist(), strict=True):
            if held:
                lines[a].append(b)
                lines[b].append(a)
        dots = {c: moved(c, _WAYS[str(clue)[-1]]) for c, clue in puzzle.clues.items()}
        return {cell: trace(lines, dots, cell, dot).turns for cell, dot in dots.items()}

    def wrong_answers(self) -> Sequence[WrongAnswer[FireflyPuzzle, FireflyAnswer]]:
        around = ring(0, 0, 1, 1)
        return self.wrong(
            "2> . .\n. ?< .\n. . .",
            {
                "the line of the firefly at row 1 column 1 has 1 turns and not 2": around,
                "a line ends at row 1 column 2": around[1:],
                "no line leaves the dot of the firefly at row 2 column 2": around[:2],
                "lines hang apart": [*around, [0, 2, 1, 2]],
            },
        )


def trace(
    lines: dict[Cell, list[Cell]], stops: dict[Cell, Cell], begin: Cell, there: Cell
) -> Trace:
    """Follow a line from a firefly to the next one, or to where it ends, branches or comes back."""
    before, cell, turns, seen = begin, there, 0, {begin}
    while cell not in stops and cell not in seen and len(lines[cell]) == 2:
        seen.add(cell)
        onward = next(n for n in lines[cell] if n != before)
        turns += not _straight(before, cell, onward)
        before, cell = cell, onward
    return Trace(cell, before, turns)


def _straight(a: Cell, b: Cell, c: Cell) -> bool:
    """Whether three cells in a row lie on a line."""
    return a[0] + c[0] == 2 * b[0] and a[1] + c[1] == 2 * b[1]
