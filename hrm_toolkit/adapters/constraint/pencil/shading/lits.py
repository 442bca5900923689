"""LITS: a tetromino in each room; all connected, no two alike touch, no 2x2 square."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from typing import Literal as OneOf

import numpy as np

from hrm_toolkit.adapters.constraint.kinds import Constraint, Forced, Known, words
from hrm_toolkit.adapters.constraint.literal import Literal, Values, Variables
from hrm_toolkit.adapters.constraint.pencil.answers import ShadingAdapter
from hrm_toolkit.adapters.constraint.pencil.boards import Line, Rooms, Shading
from hrm_toolkit.adapters.constraint.pencil.geometry import (
    STEPS,
    Cell,
    Shape,
    cells,
    connected,
    drawn_rooms,
    moved,
    near,
    no_square,
    pairs,
    place,
    squares,
)
from hrm_toolkit.adapters.constraint.pencil.remaking import Begun, with_rooms
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import Violation, WrongAnswer

if TYPE_CHECKING:
    from hrm_toolkit.adapters.constraint.exact.rows import Rows as ExactRows

Piece = frozenset[int]
"""Variables of the cells of a piece."""


class LitsPuzzle(Rooms):
    """Rooms."""

    task: OneOf["lits"] = "lits"


class LitsAnswer(Shading):
    """1 where a cell is shaded."""

    task: OneOf["lits"] = "lits"


@dataclass(frozen=True, kw_only=True)
class Tetrominoes(Constraint):
    """Each room holds one of its pieces, and pieces of one shape do not touch.

    Attributes:
        names: of the rooms; ``rooms`` the variables of their cells.
        pieces: what each room may hold, with its shape.
        sides: (variable, room, variable, room) for cells of two rooms that touch.
    """

    names: tuple[str, ...]
    rooms: tuple[tuple[int, ...], ...]
    pieces: tuple[tuple[tuple[Piece, str], ...], ...]
    sides: tuple[tuple[int, int, int, int], ...]

    @cached_property
    def _shape(self) -> list[dict[Piece, str]]:
        return [dict(pieces) for pieces in self.pieces]

    def literals(self, of: Variables) -> Iterable[Literal]:
        return [(k, 1) for room in self.rooms for k in room]

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        held = [frozenset(k for k in room if x[k]) for room in self.rooms]
        shape = [known.get(piece) for known, piece in zip(self._shape, held, strict=True)]
        for name, room, found in zip(self.names, self.rooms, shape, strict=True):
            if found is None:
                sentence = f"{name} does not hold one L, I, T or S of four cells"
                yield self.violation(sentence, room, of)
        for a, room_, b, other in self.sides:
            if x[a] and x[b] and shape[room_] is not None and shape[room_] == shape[other]:
                sentence = f"two {shape[room_]}s touch at {words([a, b], of)}"
                yield self.violation(sentence, [a, b], of)

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        for room, pieces in zip(self.rooms, self.pieces, strict=True):
            uses = tuple((k, 1) for k in room if (k, 1) in known)
            yes = {k for k, _ in uses if known[k, 1]}
            no = {k for k, _ in uses} - yes
            left = [piece for piece, _ in pieces if yes <= piece and no.isdisjoint(piece)]
            if not left:
                yield Forced(None, True, uses)
                return
            always, ever = frozenset.intersection(*left), frozenset().union(*left)
            for k in room:
                if (k, 1) not in known and (k in always or k not in ever):
                    yield Forced((k, 1), k in always, uses)

    def post(self, rows: ExactRows, when: Sequence[int] = ()) -> None:
        shapes: list[dict[str, int]] = []
        for room, pieces in zip(self.rooms, self.pieces, strict=True):
            of_shape = {shape: rows.new() for shape in dict.fromkeys(s for _, s in pieces)}
            covering: dict[int, list[int]] = {k: [] for k in room}
            picks = []
            for piece, shape in pieces:
                picks.append(rows.new())
                for k in sorted(piece):
                    covering[k].append(picks[-1])
                # All of them in one row, which is a fifth of the work of a clause for each.
                held = [of_shape[shape], *rows.all_of((k, 1) for k in sorted(piece))]
                rows.at_least(held, len(held), when=[picks[-1], *when])
            rows.count_of(picks, 0, 1)
            rows.clause(picks, when=when)
            for k, lits in covering.items():
                rows.clause(lits, when=[rows.of((k, 1)), *when])
            shapes.append(of_shape)
        for a, room_, b, other in self.sides:
            for shape in sorted(shapes[room_].keys() & shapes[other].keys()):
                touching = [rows.of((a, 1)), rows.of((b, 1))]
                rows.clause([], when=[shapes[room_][shape], shapes[other][shape], *touching, *when])


class LitsAdapter(ShadingAdapter[LitsPuzzle, LitsAnswer]):
    """LITS."""

    task, title = "lits", "LITS"
    summary = "shade a tetromino in each room, all connected, no two alike touching"
    puzzle_type, answer_type = LitsPuzzle, LitsAnswer
    default_sizes = (4, 5)
    code = None

    def declare(self, puzzle: LitsPuzzle) -> Problem:
        problem = Problem(words=self.words)
        grid = problem.grid(*puzzle.shape)
        pieces = [_pieces(puzzle, room) for room in puzzle.by_room]
        number = puzzle.rooms
        sides = tuple(
            (int(grid[a]), number[a[0]][a[1]], int(grid[b]), number[b[0]][b[1]])
            for a, b in pairs(puzzle.shape)
            if number[a[0]][a[1]] != number[b[0]][b[1]]
        )
        problem.add(
            Tetrominoes(
                label="tetromino",
                where="the tetrominoes",
                names=tuple(f"the room at {place(room[0])}" for room in puzzle.by_room),
                rooms=tuple(tuple(int(grid[c]) for c in room) for room in puzzle.by_room),
                pieces=tuple(
                    tuple((frozenset(int(grid[c]) for c in piece), kind) for piece, kind in room)
                    for room in pieces
                ),
                sides=sides,
            ),
            no_square(grid, 1, "shaded"),
            connected(grid, 1, "shaded"),
        )
        return problem

    def make(self, rng: np.random.Generator, height: int, width: int) -> tuple[LitsPuzzle, Values]:
        """Pieces one by one with rooms around them; cells then change rooms: see ``with_rooms``."""
        shape = height, width
        return with_rooms(self, rng, shape, lambda: _begun(rng, shape))

    def wrong_answers(self) -> Sequence[WrongAnswer[LitsPuzzle, LitsAnswer]]:
        drawn = "\n".join(["+---+---+---+---+", *["| .   . | .   . |", "+   +   +   +   +"] * 3])
        return self.wrong(
            f"{drawn}\n| .   . | .   . |\n+---+---+---+---+",
            {
                "the room at row 1 column 1 does not hold": [[1, 1, 0, 0]] + [[0, 0, 1, 0]] * 3,
                "two Is touch": [[0, 1, 1, 0]] * 4,
                "the 2x2 square at row 1 column 2 is all shaded": [[0, 1, 1, 0]] * 4,
                "cut off from the others": [[1, 0, 0, 1]] * 4,
            },
        )


def _pieces(puzzle: LitsPuzzle, room: list[Cell]) -> tuple[tuple[frozenset[Cell], str], ...]:
    """The tetrominoes of a room, squares aside, that no border divides, with their shapes."""
    walls = tuple(line for line in puzzle.walls if (line[0], line[1]) in room)
    return _pieces_of(tuple(room), walls)


@lru_cache(maxsize=1024)
def _pieces_of(
    room: tuple[Cell, ...], walls: tuple[Line, ...]
) -> tuple[tuple[frozenset[Cell], str], ...]:
    inside, found = set(room), {frozenset([cell]) for cell in room}
    beside = {
        cell: [
            there
            for step in STEPS
            if (there := moved(cell, step)) in inside
            and (*min(cell, there), *max(cell, there)) not in walls
        ]
        for cell in room
    }
    for _ in range(3):
        found = {
            piece | {there}
            for piece in found
            for cell in piece
            for there in beside[cell]
            if there not in piece
        }
    shaped = ((piece, _shape(piece)) for piece in sorted(found, key=sorted))
    return tuple((piece, shape) for piece, shape in shaped if shape)


@lru_cache(maxsize=8192)
def _shape(piece: frozenset[Cell]) -> str:
    """L, I, T or S; "" for a square."""
    rows, columns = {r for r, _ in piece}, {c for _, c in piece}
    if len(rows) == len(columns) == 2:
        return ""
    if 1 in (len(rows), len(columns)):
        return "I"
    beside = [sum(abs(a - r) + abs(b - c) == 1 for a, b in piece) for r, c in piece]
    if max(beside) == 3:
        return "T"
    line = max(sum(cell[k] == v for cell in piece) for k in (0, 1) for v in rows | columns)
    return "L" if line == 3 else "S"


def _begun(rng: np.random.Generator, shape: Shape) -> Begun | None:
    """Tetrominoes that keep the rules, and rooms that grow from them."""
    placed: list[tuple[frozenset[Cell], str]] = []
    held = set[Cell]()
    every = cells(shape)
    blocks = [set(square) for square in squares(shape)]
    for _ in range(40 * len(every)):
        if len(placed) >= max(len(every) // 6, 2):
            break
        piece = {every[int(rng.integers(len(every)))]}
        while len(piece) < 4:
            edge = sorted({n for cell in piece for n in near(shape, cell)} - piece)
            piece.add(edge[int(rng.integers(len(edge)))])
        beside = {n for cell in piece for n in near(shape, cell)} - piece
        kind = _shape(frozenset(piece))
        alike = any(s == kind and not beside.isdisjoint(other) for other, s in placed)
        apart = bool(placed) and beside.isdisjoint(held)
        if not kind or alike or apart or not held.isdisjoint(piece):
            continue
        together = held | piece
        if any(block <= together for block in blocks):
            continue
        placed.append((frozenset(piece), kind))
        held |= piece
    if len(placed) < max(len(every) // 7, 2):
        return None
    room = {cell: number for number, (piece, _) in enumerate(placed) for cell in piece}
    return drawn_rooms(rng, shape, 0, room), held
