"""Constraints that divide a graph: islands around their clues, and a partition into pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from hrm_toolkit.adapters.constraint.kinds import Constraint, Forced, Known, Uses, words
from hrm_toolkit.adapters.constraint.literal import Literal, Values, Variables
from hrm_toolkit.adapters.constraint.spread import Edge
from hrm_toolkit.adapters.constraint.walk import neighbours, parts_of
from hrm_toolkit.core import InputError, Violation
from hrm_toolkit.core.structure import Factor

if TYPE_CHECKING:
    from hrm_toolkit.adapters.constraint.exact.rows import Rows

MOST_PIECES, MOST_COVERED = 200_000, 2_000_000
"""Pieces that a partition may choose from, and the cells of all of them together."""
_WORK = 3_000_000_000
"""Words of bits that are looked at to find out which pieces fit; about as many as a second has."""


@dataclass(frozen=True, kw_only=True)
class Islands(Constraint):
    """The nodes whose literal holds fall into parts, each with one clue and of the size it says.

    Attributes:
        nodes: a literal a node.
        edges: pairs of node numbers.
        clues: (node, size); 0 for a size that is not told. The nodes hold.
    """

    nodes: tuple[Literal, ...]
    edges: tuple[Edge, ...]
    clues: tuple[tuple[int, int], ...]

    @cached_property
    def near(self) -> list[list[int]]:
        """Neighbours of each node."""
        return neighbours(len(self.nodes), self.edges)

    def literals(self, of: Variables) -> Iterable[Literal]:
        return self.nodes

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        clues = dict(self.clues)
        on = [k for k, (variable, value) in enumerate(self.nodes) if x[variable] == value]
        for part in parts_of(on, self.near):
            mine = [k for k in part if k in clues]
            cells = [self.nodes[k][0] for k in sorted(part)]
            size = clues[mine[0]] if mine else 0
            if len(mine) != 1:
                has = "no clue" if not mine else f"{len(mine)} clues"
                yield self.violation(f"{self.name}: {words(cells, of)} has {has}", cells, of)
            elif size and len(part) != size:
                where = of.names[self.nodes[mine[0]][0]]
                sentence = f"the island of {where} has {len(part)} cells and not {size}"
                yield self.violation(sentence, cells, of, len(part))
        for node in clues:
            variable, value = self.nodes[node]
            if x[variable] != value:
                sentence = f"{self.name}: the clue at {of.names[variable]} is covered"
                yield self.violation(sentence, [variable], of)

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        clues = dict(self.clues)
        for k, literal in enumerate(self.nodes):
            certain = True if k in clues else None if k in self._within_reach else False
            if certain is not None and known.get(literal) is not certain:
                clash = literal in known
                yield Forced(None if clash else literal, certain, (literal,) if clash else ())
        held = {k for k, literal in enumerate(self.nodes) if known.get(literal)} | clues.keys()
        open_ = [k for k, literal in enumerate(self.nodes) if known.get(literal) is not False]
        uses: Uses = tuple(literal for literal in self.nodes if literal in known)
        part_of: dict[int, set[int]] = {}
        for part in parts_of(sorted(held), self.near):
            mine = [k for k in part if k in clues]
            size = clues[mine[0]] if mine else 0
            if len(mine) > 1 or (size and len(part) > size):
                yield Forced(None, True, uses)
                return
            part_of.update(dict.fromkeys(part, part))
            ways = {n for k in part for n in self.near[k]} - part
            free = [n for n in sorted(ways) if self.nodes[n] not in known]
            if size and len(part) == size:
                for n in free:
                    yield Forced(self.nodes[n], False, uses)
            elif not mine or size:
                if not free:
                    yield Forced(None, True, uses)
                    return
                if len(free) == 1:
                    yield Forced(self.nodes[free[0]], True, uses)
        yield from self._between(part_of, clues, known, uses)
        for part in parts_of(open_, self.near):
            if not any(k in clues for k in part):
                for k in sorted(part):
                    yield Forced(self.nodes[k], False, uses)

    def _between(
        self, part_of: dict[int, set[int]], clues: dict[int, int], known: Known, uses: Uses
    ) -> Iterator[Forced]:
        """A node beside two islands with a clue each joins neither."""
        for k, literal in enumerate(self.nodes):
            if literal not in known and k not in clues:
                beside = {id(part_of[n]): part_of[n] for n in self.near[k] if n in part_of}
                if sum(any(c in part for c in clues) for part in beside.values()) > 1:
                    yield Forced(literal, False, uses)

    @cached_property
    def _within_reach(self) -> frozenset[int]:
        """The nodes that some island may come to."""
        return frozenset(n for node, size in self.clues for n in self.within_reach_of(node, size))

    def within_reach_of(self, node: int, size: int) -> list[int]:
        """The nodes that the island of a clue may come to."""
        others = {k for k, _ in self.clues if k != node}
        barred = others | {n for k in others for n in self.near[k]}
        distance, todo = {node: 1}, [node]
        for k in todo:
            for n in self.near[k]:
                if n not in distance and n not in barred and (not size or distance[k] < size):
                    distance[n] = distance[k] + 1
                    todo.append(n)
        return sorted(distance)

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        if when:
            raise ValueError("islands are islands always")
        on = rows.all_of(self.nodes)
        owners: list[dict[int, int]] = [{} for _ in on]
        for number, (node, size) in enumerate(self.clues):
            reach = self.within_reach_of(node, size)
            for k in reach:
                owners[k][number] = rows.new()
            mine = [owners[k][number] for k in reach]
            if size:
                rows.exactly(mine, size)
            place = {k: p for p, k in enumerate(reach)}
            edges = [(place[a], place[b]) for a, b in self.edges if a in place and b in place]
            rows.connected(mine, edges, place[node])
        for lit, mine_ in zip(on, owners, strict=True):
            rows.exactly([lit ^ 1, *mine_.values()], 1)
        for a, b in self.edges:
            for here, there in ((a, b), (b, a)):
                for number, lit in owners[here].items():
                    # A neighbour is of the same island, or of none.
                    same = [owners[there][number]] if number in owners[there] else []
                    rows.clause([*same, on[there] ^ 1], when=[lit])

    def factors(self, of: Variables) -> Iterator[Factor]:
        for edge in self.edges:
            yield Factor(self.label, tuple(self.nodes[k] for k in edge))
        for node, size in self.clues:
            reach = tuple(self.nodes[k] for k in self.within_reach_of(node, size))
            said = size or None
            name, when = f"{self.label} size", (self.nodes[node],)
            yield Factor(name, reach, when, said, said, exact=False)


@dataclass(frozen=True, kw_only=True)
class Partition(Constraint):
    """Pieces chosen from a list cover each cell once; borders lie between them and nowhere else.

    Attributes:
        cells: names of the cells, for a reader.
        borders: (cell, cell, variable): there is a border where the variable is 1.
        pieces: cells of each piece that may be chosen, ascending.
    """

    cells: tuple[str, ...]
    borders: tuple[tuple[int, int, int], ...]
    pieces: tuple[tuple[int, ...], ...]

    @cached_property
    def _known_pieces(self) -> frozenset[tuple[int, ...]]:
        return frozenset(self.pieces)

    def literals(self, of: Variables) -> Iterable[Literal]:
        return [(variable, 1) for _, _, variable in self.borders]

    def broken(self, x: Values, of: Variables) -> Iterator[Violation]:
        joined = [(a, b) for a, b, variable in self.borders if not x[variable]]
        part_of: dict[int, int] = {}
        for part in parts_of(range(len(self.cells)), neighbours(len(self.cells), joined)):
            piece = tuple(sorted(part))
            part_of.update(dict.fromkeys(piece, piece[0]))
            if piece not in self._known_pieces:
                where = self.cells[piece[0]]
                around = [k for a, b, k in self.borders if (a in part) != (b in part)]
                sentence = f"{self.name}: the piece at {where}, of {len(piece)}, is none"
                yield self.violation(sentence, around, of, len(piece))
        for a, b, variable in self.borders:
            if x[variable] and part_of[a] == part_of[b]:
                sentence = f"{self.name}: a border ends inside a piece, at {of.names[variable]}"
                yield self.violation(sentence, [variable], of)

    @cached_property
    def _covering(self) -> list[int]:
        return covering(self.pieces, len(self.cells))

    def forces(self, known: Known, of: Variables) -> Iterator[Forced]:
        uses = tuple(literal for literal in self.literals(of) if literal in known)
        covers, left = self._covering, (1 << len(self.pieces)) - 1
        for a, b, variable in self.borders:
            told = known.get((variable, 1))
            if told is not None:
                out = covers[a] & covers[b] if told else covers[a] ^ covers[b]
                left &= ~out
        if not all(pieces & left for pieces in covers):
            yield Forced(None, True, uses)
            return
        for a, b, variable in self.borders:
            if (variable, 1) in known:
                continue
            both = covers[a] & covers[b] & left
            if not both:
                yield Forced((variable, 1), True, uses)
            elif both in (covers[a] & left, covers[b] & left):
                yield Forced((variable, 1), False, uses)

    def post(self, rows: Rows, when: Sequence[int] = ()) -> None:
        if when:
            raise ValueError("a partition is one always")
        near = neighbours(len(self.cells), [(a, b) for a, b, _ in self.borders])
        pieces = fitting(self.pieces, near)
        picks = [rows.new() for _ in pieces]
        covers: list[dict[int, None]] = [{} for _ in self.cells]
        for pick, piece in zip(picks, pieces, strict=True):
            for cell in piece:
                covers[cell][pick] = None
        for lits in covers:
            rows.exactly(list(lits), 1)
        for a, b, variable in self.borders:
            both = [pick for pick in covers[a] if pick in covers[b]]
            rows.exactly([rows.of((variable, 1)), *both], 1)

    def factors(self, of: Variables) -> Iterator[Factor]:
        at: list[list[Literal]] = [[] for _ in self.cells]
        for a, b, variable in self.borders:
            at[a].append((variable, 1))
            at[b].append((variable, 1))
        for literals in at:
            yield Factor(self.label, tuple(literals))


def bounded(pieces: Iterable[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """The pieces for a ``Partition``, each once.

    Raises:
        InputError: as soon as they become too many; the others are not looked at.
    """
    found: dict[tuple[int, ...], None] = {}
    covered = 0
    for piece in pieces:
        found[piece] = None
        covered += len(piece)
        if len(found) > MOST_PIECES or covered > MOST_COVERED:
            raise InputError(
                "there are too many ways to lay a piece",
                expected=f"at most {MOST_PIECES:,}, of {MOST_COVERED:,} cells together",
            )
    return tuple(found)


def covering(pieces: Sequence[tuple[int, ...]], cells: int) -> list[int]:
    """The pieces that cover each cell, a bit a piece.

    Example:
        >>> covering([(0, 1), (1,)], 2)
        [1, 3]
    """
    found = [bytearray(len(pieces) // 8 + 1) for _ in range(cells)]
    for number, piece in enumerate(pieces):
        for cell in piece:
            found[cell][number // 8] |= 1 << number % 8
    return [int.from_bytes(bits, "little") for bits in found]


def fitting(
    pieces: Sequence[tuple[int, ...]], near: Sequence[Sequence[int]]
) -> Sequence[tuple[int, ...]]:
    """The pieces beside each of which every cell can still be covered, by pieces that fit too.

    Whoever divides a board by hand begins with this, and it spares a search most of its pieces.
    Where they are very many, some that do not fit are left.

    Args:
        near: neighbours of each cell.

    Example:
        >>> fitting([(0, 1), (1, 2), (2, 3)], neighbours(4, [(0, 1), (1, 2), (2, 3)]))
        [(0, 1), (2, 3)]
    """
    work = 0
    while True:
        work += sum(map(len, pieces)) * (len(pieces) // 64 + 1)
        if work > _WORK:
            return pieces
        covers, kept = covering(pieces, len(near)), []
        for piece in pieces:
            met = 0
            for cell in piece:
                met |= covers[cell]
            beside = {n for cell in piece for n in near[cell]}.difference(piece)
            if all(covers[cell] & ~met for cell in beside):
                kept.append(piece)
        if len(kept) == len(pieces):
            return kept
        pieces = kept
