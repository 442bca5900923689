"""The law of what a task declares beyond tokens: relations, factors, symbols, places."""

from __future__ import annotations

from typing import Any

import numpy as np

from hrm_toolkit.adapters.laws.law import LawError, Subject, law, need
from hrm_toolkit.core import InputError, Structure, Tokens


@law("structure names the declared relations, with indices inside, and rules out no answer")
def _structure(subject: Subject) -> int:
    adapter = subject.adapter
    for where, example, _ in subject.each():
        structure = adapter.structure(example.puzzle)
        names = tuple(relation.name for relation in structure.relations)
        need(names == adapter.relations, f"{where}: {names}, and declared is {adapter.relations}")
        length = len(adapter.codec.encode(example.puzzle))
        try:
            structure.require(length, adapter.codec.spec.size)
        except InputError as error:
            raise LawError(f"{where}: {error}") from None
        places = len(adapter.places(example.puzzle))
        need(places <= length, f"{where}: {places} places of {length} tokens")
        _allowed(where, structure, adapter.codec.labels(example.puzzle, example.answer))
        same = _arrays(structure) == _arrays(adapter.structure(example.puzzle))
        need(same, f"{where}: structure differs from call to call")
    return len(subject.examples)


def _allowed(where: str, structure: Structure, labels: Tokens) -> None:
    allowed = structure.allowed
    if allowed is None:
        return
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
