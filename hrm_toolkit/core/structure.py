"""What an adapter may declare beyond tokens: structure, in NumPy alone, symmetry and lessons."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, Generic, NamedTuple

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core.codec import PAD, Tokens, inside
from hrm_toolkit.core.errors import InputError
from hrm_toolkit.core.puzzle import A

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]
Literals = Callable[[tuple[int, int]], tuple[int, int]]
Shape = tuple[int, ...]
_INT, _FLOAT = np.dtype(np.int32), np.dtype(np.float32)


@dataclass(frozen=True)
class Relation:
    """One kind of relation between positions; each kind has weights of its own in a network.

    Rows of positions that are pooled together lie one after another: row i has the entries
    ``source[start[i]:start[i + 1]]`` (compressed sparse rows, nothing is padded). A position reads
    the pooled row ``of[position]``; without ``of`` row i belongs to position i.

    Attributes:
        name: the kind, such as ``row`` or ``north``.
        source: position of each entry, shape (E,), int32.
        start: first entry of each row, and E, shape (M + 1,), int32.
        of: row read by each position, shape (L,), int32, -1 for none; or None, then M = L.
        weights: a number for each entry, shape (E,), float32, or None.
        single: whether no row of this kind ever has more than one entry; a network then reads
            that entry itself and pools nothing.
    """

    name: str
    source: IntArray
    start: IntArray
    of: IntArray | None = None
    weights: FloatArray | None = None
    single: bool = False

    @cached_property
    def count(self) -> IntArray:
        """Entries of each row, shape (M,)."""
        return self.start[1:] - self.start[:-1]

    @property
    def rows(self) -> tuple[int, ...]:
        """The same for the very same rows under another name, while they are there."""
        return id(self.source), id(self.start), id(self.of), id(self.weights), self.single

    def row(self, index: int) -> slice:
        """Where the entries of a row lie.

        Example:
            >>> pair = Relation.groups("pair", [[0, 1], [2]], 3)
            >>> pair.source[pair.row(1)].tolist()
            [2]
        """
        return slice(int(self.start[index]), int(self.start[index + 1]))

    def require(self, length: int) -> None:
        """Refuse what is no relation between so many positions."""
        where, entries, rows = f"relation {self.name}: ", self.source.size, len(self.start) - 1
        _require_array(where, "source", self.source, _INT, (entries,), 0, length)
        _require_rows(where, self.start, entries)
        if self.weights is not None:
            _require_array(where, "weights", self.weights, _FLOAT, (entries,))
        if self.single and self.count.max(initial=0) > 1:
            raise _unfit(f"{where}it is single, and a row has several entries")
        if self.of is not None:
            _require_array(where, "of", self.of, _INT, (length,), -1, rows)
        elif rows != length:
            raise _unfit(f"{where}{rows} rows for {length} positions, and no of")

    @classmethod
    def groups(cls, name: str, groups: Sequence[Sequence[int]], length: int) -> Relation:
        """Disjoint groups; each member reads its group (itself included).

        Args:
            groups: positions of each group; no position in two of them.
            length: L.

        Example:
            >>> Relation.groups("pair", [[0, 1], [2]], 3).of.tolist()
            [0, 0, 1]
        """
        sizes = [len(group) for group in groups]
        source = np.fromiter(chain.from_iterable(groups), np.int32, sum(sizes))
        of = np.full(length, -1, np.int32)
        of[source] = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        return cls(name, source, starts(np.array(sizes, np.int64)), of)

    @classmethod
    def edges(
        cls,
        name: str,
        pairs: Iterable[tuple[int, int]] | npt.NDArray[np.int64],
        length: int,
        weights: Iterable[float] | npt.NDArray[np.float64] | None = None,
    ) -> Relation:
        """Directed edges; the target of each pair (source, target) reads its sources.

        Args:
            pairs: (source, target) positions, or as an array, shape (E, 2).
            length: L.
            weights: one number a pair, or an array of them.

        Raises:
            ValueError: when there are more weights than pairs, or fewer.

        Example:
            >>> road = Relation.edges("road", [(0, 2), (1, 2)], 3)
            >>> road.source.tolist(), road.start.tolist()
            ([0, 1], [0, 0, 0, 2])
        """
        given = pairs if isinstance(pairs, np.ndarray) else np.array([*pairs], np.int64)
        sources, targets = given.reshape(-1, 2).T
        # A stable order keeps the edges of a target as they were given.
        order = targets.argsort(kind="stable")
        numbers = None
        if weights is not None:
            numbers = np.asarray(weights if isinstance(weights, np.ndarray) else [*weights])
            if len(numbers) != len(order):
                raise ValueError(f"{len(numbers)} weights for {len(order)} edges")
            numbers = numbers.astype(np.float32).take(order)
        start, own = starts(np.bincount(targets, minlength=length)), sources.take(order)
        return cls(name, own.astype(np.int32), start, None, numbers)

    @classmethod
    def neighbours(cls, name: str, source: npt.ArrayLike) -> Relation:
        """One neighbour at most for each position.

        Args:
            source: the position that each one reads, shape (L,), -1 for none.

        Example:
            >>> left = Relation.neighbours("left", [-1, 0, 1])
            >>> left.single, left.count.tolist()
            (True, [0, 1, 1])
        """
        there = np.asarray(source, np.int32)
        return cls(name, there[there >= 0], starts((there >= 0).astype(np.int64)), single=True)


def starts(count: npt.NDArray[np.int64]) -> IntArray:
    """Where rows of these lengths begin, and the end of the last."""
    begins = np.zeros(len(count) + 1, np.int32)
    begins[1:] = count.cumsum()
    return begins


@dataclass(frozen=True)
class Factor:
    """One rule over literals, before they are positions and tokens: see ``Factors``.

    Attributes:
        name: the kind.
        of: literals (variable, value) that are counted.
        when: literals on whose condition they are.
        low: what they come to at least, and ``high`` at most; None where the rule says no number.
        weights: what each of ``of`` adds; 1 each where there are none.
        exact: whether the bounds say all that the rule does: a network knows the others by name.
    """

    name: str
    of: tuple[tuple[int, int], ...]
    when: tuple[tuple[int, int], ...] = ()
    low: int | None = None
    high: int | None = None
    weights: tuple[int, ...] = ()
    exact: bool = True


@dataclass(frozen=True)
class Factors:
    """All rules of one kind over literals; a network has weights of its own for each kind.

    A literal is a position and a token that it may hold. Factor i has the literals ``start[i]`` to
    ``start[i + 1]``; a literal may be in several of a kind, and passes messages to each and back.

    Attributes:
        name: the kind, such as ``room``.
        position: of each entry, shape (E,), int32.
        token: likewise.
        weight: what the entry adds where it holds, shape (E,), float32; 0 where it is a condition.
        start: first entry of each factor, and E, shape (M + 1,), int32.
        features: whether each says bounds (1 or 0), low, high, literals counted, shape (M, 4).
        exact: whether bounds say all that these rules do.

    Example:
        >>> one = Factor("one", ((0, 1), (1, 1)), low=1, high=1)
        >>> kinds = Factors.of([one], lambda literal: (literal[0], literal[1] + 1))
        >>> kinds[0].position.tolist(), kinds[0].token.tolist(), kinds[0].features.tolist()
        ([0, 1], [2, 2], [[1.0, 1.0, 1.0, 2.0]])
    """

    name: str
    position: IntArray
    token: IntArray
    weight: FloatArray
    start: IntArray
    features: FloatArray
    exact: bool = True

    def require(self, length: int, tokens: int) -> None:
        """Refuse what is no rule over so many positions and tokens."""
        where, shape = f"factors {self.name}: ", (self.position.size,)
        _require_array(where, "position", self.position, _INT, shape, 0, length)
        _require_array(where, "token", self.token, _INT, shape, 0, tokens)
        _require_array(where, "weight", self.weight, _FLOAT, shape)
        _require_rows(where, self.start, self.position.size)
        _require_array(where, "features", self.features, _FLOAT, (len(self.start) - 1, 4))

    @classmethod
    def of(cls, factors: Iterable[Factor], entry: Literals) -> tuple[Factors, ...]:
        """Gather factors by kind, in the order in which kinds first come.

        Args:
            entry: position and token of a literal.
        """
        kinds: dict[str, list[Factor]] = {}
        for factor in factors:
            kinds.setdefault(factor.name, []).append(factor)
        return tuple(cls._kind(name, listed, entry) for name, listed in kinds.items())

    @classmethod
    def _kind(cls, name: str, factors: Sequence[Factor], entry: Literals) -> Factors:
        sizes = np.array([len(f.of) + len(f.when) for f in factors], np.int64)
        entries = [entry(literal) for f in factors for literal in (*f.of, *f.when)]
        at = np.array(entries, np.int32).reshape(-1, 2)
        weights = [
            weight
            for f in factors
            for weight in (*(f.weights or (1,) * len(f.of)), *(0,) * len(f.when))
        ]
        features = [(f.low is not None, f.low or 0, f.high or 0, len(f.of)) for f in factors]
        return cls(
            name,
            np.ascontiguousarray(at[:, 0]),
            np.ascontiguousarray(at[:, 1]),
            np.array(weights, np.float32),
            starts(sizes),
            np.array(features, np.float32),
            all(f.exact and f.low is not None for f in factors),
        )


@dataclass(frozen=True)
class Structure:
    """The declared structure of one puzzle.

    Attributes:
        relations: the kinds of relation, in an order that is the same for every puzzle of a task.
        symbols: token ids that are interchangeable (digits, colours) but for what factors say of
            them, shape (C,), int32, C maybe 0.
        coordinates: row and column of each position, shape (L, 2), int32, or None.
        allowed: whether a position may still take a symbol for all that the puzzle says at sight,
            shape (L, C); or None where nothing is ruled out. A network computes nothing for the
            others and never answers them.
        factors: the kinds of rules over literals, for networks that read them.
    """

    relations: tuple[Relation, ...] = ()
    symbols: IntArray = field(default_factory=lambda: np.zeros(0, np.int32))
    coordinates: IntArray | None = None
    allowed: npt.NDArray[np.bool_] | None = None
    factors: tuple[Factors, ...] = ()

    def require(self, length: int, vocabulary: int = np.iinfo(np.int32).max) -> None:
        """Refuse a structure that does not fit a puzzle: indices outside, numbers that are none.

        Args:
            length: L, tokens of the puzzle.
            vocabulary: tokens that there are, the padding included, where that is known.

        Raises:
            InputError: naming what is wrong.
        """
        for relation in {relation.rows: relation for relation in self.relations}.values():
            relation.require(length)
        for factors in self.factors:
            factors.require(length, vocabulary)
        symbols, shape = self.symbols, (self.symbols.size,)
        _require_array("", "symbols", symbols, _INT, shape, PAD + 1, vocabulary)
        if len({*symbols.tolist()}) != len(symbols):
            raise _unfit("a symbol is listed twice")
        if self.coordinates is not None:
            _require_array("", "coordinates", self.coordinates, _INT, (length, 2))
        if self.allowed is not None:
            _require_array("", "allowed", self.allowed, np.dtype(np.bool_), (length, *shape))


def _unfit(says: str) -> InputError:
    return InputError(f"the declared structure does not fit the puzzle: {says}")


def _require_array(
    where: str, name: str, array: npt.NDArray[Any], kind: np.dtype[Any], shape: Shape, *within: int
) -> None:
    """Refuse an array of another type or shape, and numbers out of a range or not finite."""
    if array.dtype != kind or array.shape != shape:
        raise _unfit(f"{where}{name}: {array.dtype} {array.shape}, not {kind} {shape}")
    if within and not inside(array, *within):
        raise _unfit(f"{where}{name} leaves {within[0]}..{within[1] - 1}")
    if kind is _FLOAT and not np.isfinite(array).all():
        raise _unfit(f"{where}{name}: not finite")


def _require_rows(where: str, start: IntArray, entries: int) -> None:
    _require_array(where, "start", start, _INT, (max(start.size, 1),))
    if start[0] != 0 or start[-1] != entries:
        raise _unfit(f"{where}start does not go from 0 to {entries}")
    if not (start[1:] >= start[:-1]).all():
        raise _unfit(f"{where}start goes down")


class Lesson(NamedTuple):
    """One question as a network reads it, and its solution where that is known.

    Attributes:
        tokens: shape (L,), int32.
        labels: likewise; 0 where nothing is scored, which is everywhere where it is not known.
        structure: with the same relations and symbols for every lesson of a puzzle.
    """

    tokens: Tokens
    labels: Tokens
    structure: Structure


class Lessons(ABC, Generic[A]):
    """A puzzle that shows how others like it are solved: what it demonstrates, and what it asks.

    Each may be looked at in several views. A view is a transformation that is undone by ``read``;
    view 0 changes nothing. How lessons are shown is worked out from the demonstrations alone: no
    answer to a question plays a part.

    Attributes:
        vocabulary: number of token ids.
        demonstrations: how many there are, at least 1.
        questions: how many the puzzle asks, at least 1.
        views: how many there are, at least 1.
    """

    vocabulary: int
    demonstrations: int
    questions: int
    views: int

    @abstractmethod
    def shown(self, number: int, view: int) -> Lesson:
        """A demonstration, counted from 0, with its labels."""

    @abstractmethod
    def asked(self, number: int, view: int) -> Lesson:
        """A question, counted from 0, without labels."""

    @abstractmethod
    def read(self, number: int, view: int, tokens: Tokens) -> Hashable | None:
        """The solution that a network's tokens (L,) stand for; None where they stand for none.

        Args:
            number: of the question.
        """

    @abstractmethod
    def solution(self, number: int) -> Hashable:
        """The solution that a demonstration shows, to be compared with what ``read`` gives."""

    @abstractmethod
    def questions_of_all(self) -> Lessons[A]:
        """The same, asking the demonstrations first, and then what the puzzle asks."""

    @abstractmethod
    def without(self, number: int) -> Lessons[A]:
        """Lessons of all demonstrations but one, which knows nothing of that one but its question.

        It asks the one that is left out first, and then what the puzzle asks. There must be two
        demonstrations.
        """

    @abstractmethod
    def answer(self, ranked: Sequence[Sequence[Any]]) -> A:
        """The answer of the best solutions to each question, best first."""

    @abstractmethod
    def solutions(self, answer: A) -> Sequence[Sequence[Hashable]]:
        """The inverse of ``answer``."""
