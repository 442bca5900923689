"""One puzzle laid out for the recurrence: every index checked once, every constant worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import InputError
from hrm_toolkit.core.codec import inside
from hrm_toolkit.solvers.inputs.config import TOLD, StructuredConfig
from hrm_toolkit.solvers.inputs.places import Encoded, Pooling

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Weights = Mapping[str, Floats]
Until = Literal["segment", "change", "halt"]

NEVER = np.float32(-100.0)
"""The logit of what is never an answer: ``<pad>``, and a symbol that a position may not take."""


EMBEDDED = "embedded"
"""The name that weights have the embedding by with its scale, which every input is read with."""


class Rows(NamedTuple):
    """What one kind of relation pools: M rows of places, one after another.

    Attributes:
        start: first entry of each row, and E, shape (M + 1,).
        source: place of each entry, shape (E,).
        scale: what the sum over each row is multiplied by, shape (M,).
        of: row read by each place, -1 for none, shape (P,); or None where row i is place i's.
        weights: a number per entry, shape (E,), or None.
    """

    start: Ints
    source: Ints
    scale: Floats
    of: Ints | None
    weights: Floats | None


class FactorRows(NamedTuple):
    """The factors of a puzzle, M in all.

    Attributes:
        inward: the places of each factor, M rows.
        back: the factors of each place, P rows; ``source`` are factors.
        told: what is told of each factor, shape (M, TOLD).
    """

    inward: Rows
    back: Rows
    told: Floats


@dataclass(eq=False)
class Prepared:
    """One puzzle, ready to run: L tokens, P places, R neighbours of a place.

    It keeps the memory that a run works in, so that one thread at a time may use it.

    Attributes:
        config: of the network that it is prepared for.
        tokens: shape (L,).
        inputs: the embedded token of each place, shape (P, D).
        rows: the pooled relations: over a position's places where the network reads those, then
            the ``pool`` relations and the ``weighted`` ones, each in the configuration's order.
        neighbours: the place that each place reads of every ``neighbour`` relation, -1 for none,
            shape (P, R), or None.
        candidates: the places of each active position where the puzzle has symbols, or None.
        positions: the A positions that have places, shape (A,).
        symbol: token id that each place stands for, shape (P,), or None without symbols.
        symbols: all token ids that places stand for, shape (C,).
        logits: at idle positions what their token says, elsewhere 0, shape (L, V).
        size: numbers in the states of the whole row, places of idle positions included: what a
            residual is the mean over.
        factors: None for a network that reads none.
        memory: what native code keeps with the puzzle, by variant.
    """

    config: StructuredConfig
    tokens: Ints
    inputs: Floats
    rows: tuple[Rows, ...]
    neighbours: Ints | None
    candidates: Rows | None
    positions: Ints
    symbol: Ints | None
    symbols: Ints
    logits: Floats
    size: int
    factors: FactorRows | None = None
    memory: dict[int, Any] = field(default_factory=dict, repr=False)

    @property
    def places(self) -> int:
        """P."""
        return len(self.inputs)


@dataclass(eq=False)
class State:
    """The carry of one row, which runs change in place.

    Attributes:
        z_high: shape (P, D), float32, contiguous.
        z_low: likewise.
        tokens: the answer after the last segment, -1 before the first, shape (L,), int32.
    """

    z_high: Floats
    z_low: Floats
    tokens: Ints


class Outcome(NamedTuple):
    """What a run says of its last segment.

    Attributes:
        segments: how many it ran, at least 1.
        logits: shape (L, V), float32.
        tokens: the likeliest token of each position, shape (L,), int32.
        q_halt: halting logit.
        q_continue: value logit of going on.
        residual: root mean square of what the segment changed in the carry.
        wants_halt: whether the network would stop here.
        changed: whether the answer is another than after the segment before; true of the first.
    """

    segments: int
    logits: Floats
    tokens: Ints
    q_halt: float
    q_continue: float
    residual: float
    wants_halt: bool
    changed: bool


def prepare(config: StructuredConfig, weights: Weights, puzzle: Encoded) -> Prepared:
    """Lay a puzzle out.

    Raises:
        InputError: when a token is outside the vocabulary, when the structure lacks a relation
            that the network reads, or when an index or a number of it is out of range.
    """
    structure, places = puzzle.structure, puzzle.places
    tokens = np.ascontiguousarray(puzzle.tokens, np.int32)
    symbols = np.ascontiguousarray(structure.symbols, np.int32)
    _require_indices(symbols, config.vocabulary, "symbols")
    if tokens.ndim != 1 or not len(tokens):
        raise InputError(
            f"tokens have the shape {tokens.shape}", expected="one row of at least one token"
        )
    _require_indices(tokens, config.vocabulary, "tokens")
    if len(symbols) and not config.symbols:
        raise InputError(
            f"the structure has {len(symbols)} interchangeable symbols",
            expected="none: the network was made for a task without them",
        )
    if not puzzle.checked:
        _require_places(puzzle)
    positions, symbol, kinds = places.position.astype(np.int32), None, tokens
    if len(symbols):
        symbol = symbols[places.column]
        kinds = _kinds(config, tokens[positions], symbol, symbols)
        positions = np.bincount(positions).nonzero()[0].astype(np.int32)
    elif len(positions) < len(tokens):
        kinds = tokens[positions]
    embedded, head = weights[EMBEDDED], weights["token_head.weight"]
    logits = np.zeros((len(tokens), len(head)), np.float32)
    if len(positions) < len(tokens):
        without = np.ones(len(tokens), np.bool_)
        without[positions] = False
        idle = without.nonzero()[0]
        logits[idle] = embedded[tokens[idle]] @ head.T
    candidates = _rows(places.candidates) if config.symbols else None
    rows, neighbours = _read(config, puzzle)
    return Prepared(
        config=config,
        tokens=tokens,
        inputs=embedded.take(kinds, 0),
        rows=tuple(rows) if candidates is None else (candidates, *rows),
        neighbours=neighbours,
        candidates=candidates if len(symbols) else None,
        positions=positions,
        symbol=symbol,
        symbols=symbols,
        logits=logits,
        size=2 * len(tokens) * max(len(symbols), 1) * config.width,
        factors=None if config.factors is None else _factors(config.factors, puzzle),
    )


def _kinds(config: StructuredConfig, tokens: Ints, symbol: Ints, symbols: Ints) -> Ints:
    """Rows of the embedding, one a place with a symbol: its position's token is either that one or
    another one."""
    other = np.where(np.isin(tokens, symbols), config.vocabulary + 1, tokens)
    return np.where(symbol == tokens, config.vocabulary, other).astype(np.int32)


def _read(config: StructuredConfig, puzzle: Encoded) -> tuple[list[Rows], Ints | None]:
    """What the network pools of relations, ``pool`` before ``weighted``, and its neighbours."""
    there = puzzle.structure.relations
    named = {r.name: pooling for r, pooling in zip(there, puzzle.places.poolings, strict=True)}
    pooled: list[Rows] = []
    weighted: list[Rows] = []
    neighbours: list[npt.NDArray[np.int64]] = []
    # Kinds may pool the very same, as both ways along an edge that leads both ways do.
    made: dict[tuple[int, str], Rows] = {}
    for spec in config.relations:
        pooling, kind = named.get(spec.name), spec.kind
        if pooling is None:
            raise InputError(
                f'the structure has no relation "{spec.name}"',
                expected="every relation that the network was made to read",
                got=", ".join(relation.name for relation in there) or "none",
            )
        if kind == "neighbour":
            if pooling.single is None:
                raise InputError(
                    f'a place may have several sources in the relation "{spec.name}"',
                    expected="at most one, as the network was made to read",
                )
            neighbours.append(pooling.single)
            continue
        key = id(pooling), kind
        if key not in made:
            made[key] = _rows(pooling, kind == "weighted")
        (weighted if kind == "weighted" else pooled).append(made[key])
    beside = np.ascontiguousarray(np.stack(neighbours, 1), np.int32) if neighbours else None
    return pooled + weighted, beside


def _factors(kinds: Sequence[str], puzzle: Encoded) -> FactorRows:
    """The factors, checked."""
    gathered = puzzle.places.factors
    if gathered is None:
        raise InputError(
            "the structure has no factors", expected="those that the network was made to read"
        )
    told = gathered.told(kinds, TOLD)
    if not np.isfinite(told).all():
        raise InputError("a bound of a factor is not finite", expected="a finite number")
    return FactorRows(_rows(gathered.inward, True), _rows(gathered.back), _contiguous(told))


def _rows(pooling: Pooling, weighted: bool = False) -> Rows:
    """One relation, with its entries' weights or without."""
    numbers = pooling.weights if weighted else None
    return Rows(
        start=np.ascontiguousarray(pooling.start, np.int32),
        source=np.ascontiguousarray(pooling.source, np.int32),
        scale=np.divide(1, pooling.divisor, dtype=np.float32),
        of=None if pooling.of is None else np.ascontiguousarray(pooling.of, np.int32),
        weights=None if numbers is None else _contiguous(numbers),
    )


def _require_places(puzzle: Encoded) -> None:
    """Refuse places that somebody changed: native code reads what they name."""
    places = puzzle.places
    count = len(places.position)
    _require_indices(places.position, len(puzzle.tokens), "places")
    active = len(np.unique(places.position))
    if places.columns == 1 and active != count:
        raise InputError(f"{count} places share {active} positions", expected="one a position")
    if len(puzzle.structure.symbols):
        _require_pooling(places.candidates, count, "candidates")
    for relation, pooling in zip(puzzle.structure.relations, places.poolings, strict=True):
        _require_pooling(pooling, count, relation.name)
    if (factors := places.factors) is not None:
        _require_pooling(factors.inward, len(factors.facts), "factors", count)
        _require_pooling(factors.back, count, "factors of a place", len(factors.facts))


def _require_pooling(pooling: Pooling, places: int, name: str, sources: int | None = None) -> None:
    """Refuse rows that do not fit.

    Args:
        places: of those who read it.
        sources: what its entries are places in; None for the same.
    """
    sources = places if sources is None else sources
    start, entries, count = pooling.start, len(pooling.source), len(pooling.divisor)
    spans = len(start) == count + 1 and start[0] == 0 and start[-1] == entries
    if not spans or not (start[1:] >= start[:-1]).all():
        raise InputError(f'rows of the relation "{name}" do not fit its {entries} entries')
    for own, end in ((pooling.of, count), (pooling.single, sources)):
        if own is not None:
            _require_indices(own, end, name, least=-1)
    read = count if pooling.of is None else len(pooling.of)
    if read != places:
        raise InputError(f'{read} places read the relation "{name}"', expected=f"{places}")
    numbers = pooling.weights
    if numbers is not None and (len(numbers) != entries or not np.isfinite(numbers).all()):
        raise InputError(
            f'a weight of the relation "{name}" is not finite', expected="a finite number an entry"
        )
    _require_indices(pooling.source, sources, name)


def _require_indices(values: npt.NDArray[Any], end: int, name: str, *, least: int = 0) -> None:
    """Refuse numbers below ``least`` or not below ``end``."""
    if not inside(values, least, end):
        raise InputError(
            f'an index of "{name}" is out of range',
            expected=f"{least} to {end - 1}",
            got=f"{values.min()} to {values.max()}",
        )


def _contiguous(values: npt.ArrayLike) -> Floats:
    return np.ascontiguousarray(values, np.float32)
