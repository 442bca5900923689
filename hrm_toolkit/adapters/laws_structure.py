"""The law of what a task declares beyond tokens: relations, factors, symbols, places."""

from __future__ import annotations

from typing import Any

import numpy as np

from hrm_toolkit.adapters.law import Subject, law, need
from hrm_toolkit.core import PAD, Relation, Structure, Tokens
from hrm_toolkit.core.structure import Factors


@law("structure names the declared relations, with indices inside, and rules out no answer")
def _structure(subject: Subject) -> int:
    adapter = subject.adapter
    for where, example, _ in subject.each():
        structure = adapter.structure(example.puzzle)
        names = tuple(relation.name for relation in structure.relations)
        need(names == adapter.relations, f"{where}: {names}, and declared is {adapter.relations}")
        length = len(adapter.codec.encode(example.puzzle))
        for relation in structure.relations:
            _relation(f"{where}: relation {relation.name}", relation, length)
        _positions(where, structure, length, adapter.codec.spec.size)
        for factors in structure.factors:
            _factors(f"{where}: factors {factors.name}", factors, length, adapter.codec.spec.size)
        _allowed(where, structure, adapter.codec.labels(example.puzzle, example.answer))
        same = _arrays(structure) == _arrays(adapter.structure(example.puzzle))
        need(same, f"{where}: structure differs from call to call")
    return len(subject.examples)


def _relation(where: str, relation: Relation, length: int) -> None:
    source, start = relation.source, relation.start
    need(source.dtype == np.int32 and source.ndim == 1, f"{where}: source is not int32 (E,)")
    inside = bool(((source >= 0) & (source < length)).all())
    need(inside, f"{where}: source leaves 0..{length - 1}")
    rows, ends = len(start) - 1, (0, len(source))
    right = start.dtype == np.int32 and start.ndim == 1 and rows >= 0
    need(right, f"{where}: start is not int32 (M + 1,)")
    need((start[0], start[-1]) == ends, f"{where}: start does not go from 0 to {len(source)}")
    need(bool((relation.count >= 0).all()), f"{where}: start goes down")
    most = int(relation.count.max(initial=0))
    need(not relation.single or most <= 1, f"{where}: it is single, and a row has {most} entries")
    if relation.of is None:
        need(rows == length, f"{where}: {rows} rows for {length} positions, and no of")
    else:
        of = relation.of
        need(of.dtype == np.int32 and of.shape == (length,), f"{where}: of is not int32 (L,)")
        need(bool(((of >= -1) & (of < rows)).all()), f"{where}: of leaves -1..{rows - 1}")
    if relation.weights is not None:
        weights = relation.weights
        right = weights.dtype == np.float32 and weights.shape == source.shape
        need(right, f"{where}: weights are not float32 (E,)")
        need(bool(np.isfinite(weights).all()), f"{where}: weights are not finite")


def _factors(where: str, factors: Factors, length: int, vocabulary: int) -> None:
    entries, rows = factors.position.shape, len(factors.start) - 1
    for name, kind, shape in (
        ("position", np.int32, entries),
        ("token", np.int32, entries),
        ("weight", np.float32, entries),
        ("start", np.int32, (rows + 1,)),
        ("features", np.float32, (rows, 4)),
    ):
        array = getattr(factors, name)
        right = array.dtype == kind and array.shape == shape
        need(right, f"{where}: {name} is {array.dtype} {array.shape}, not {kind.__name__} {shape}")
    ends = (0, *entries)
    need((factors.start[0], factors.start[-1]) == ends, f"{where}: start does not span {ends}")
    need(bool((np.diff(factors.start) >= 0).all()), f"{where}: start goes down")
    for name, array, limit in (
        ("position", factors.position, length),
        ("token", factors.token, vocabulary),
    ):
        inside = bool(((array >= 0) & (array < limit)).all())
        need(inside, f"{where}: {name} leaves 0..{limit - 1}")
    need(bool(np.isfinite(factors.features).all()), f"{where}: features are not finite")


def _positions(where: str, structure: Structure, length: int, vocabulary: int) -> None:
    symbols = structure.symbols
    need(symbols.dtype == np.int32 and symbols.ndim == 1, f"{where}: symbols are not int32 (K,)")
    inside = bool(((symbols > PAD) & (symbols < vocabulary)).all())
    need(inside, f"{where}: symbols leave 1..{vocabulary - 1}")
    need(len(set(symbols.tolist())) == len(symbols), f"{where}: a symbol is listed twice")
    at = structure.coordinates
    right = at is None or (at.dtype == np.int32 and at.shape == (length, 2))
    need(right, f"{where}: coordinates are not int32 (L, 2)")


def _allowed(where: str, structure: Structure, labels: Tokens) -> None:
    allowed = structure.allowed
    if allowed is None:
        return
    right = allowed.dtype == np.bool_ and allowed.shape == (len(labels), len(structure.symbols))
    need(right, f"{where}: allowed is not bool (L, C)")
    position, column = np.nonzero(labels[:, None] == structure.symbols)
    out = position[~allowed[position, column]]
    need(not len(out), f"{where}: the answer at position {out[:1]} is ruled out")


def _arrays(structure: Structure) -> list[Any]:
    """Every array of a structure as comparable bytes."""
    arrays: list[Any] = [structure.symbols, structure.coordinates, structure.allowed]
    for relation in structure.relations:
        arrays += [relation.source, relation.start, relation.of, relation.weights]
    for factors in structure.factors:
        arrays += [factors.position, factors.token, factors.weight, factors.start, factors.features]
    return [None if a is None else (a.shape, a.tobytes()) for a in arrays]
