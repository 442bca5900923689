"""What a network reads of a state: a word for each place, and how places are related."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hrm_toolkit.core import Relation
from hrm_toolkit.core.structure import IntArray


@dataclass(frozen=True)
class View:
    """A state as a network reads it.

    Attributes:
        words: what stands at each place, of the adapter's ``words``, P of them.
        relations: between places, over P positions, in the order of the adapter's ``between``.
        touches: by action, the places that it changes or depends on most; () for those not named.
        coordinates: row and column of each place, shape (P, 2), int32, or None.
    """

    words: Sequence[str]
    relations: tuple[Relation, ...] = ()
    touches: Mapping[str, Sequence[int]] = field(default_factory=dict)
    coordinates: IntArray | None = None


OWN = ("touched", "touching", "all")
"""Relations that every state space has besides those between its places."""


def related(view: View, actions: Sequence[str]) -> tuple[Relation, ...]:
    """Relations over places, then a position an action, then one for the cost.

    An action reads the places that it touches, a place the actions that touch it, and every
    position all of them.
    """
    places = len(view.words)
    length = places + len(actions) + 1
    pairs = [
        (place, places + number)
        for number, action in enumerate(actions)
        for place in view.touches.get(action, ())
    ]
    return (
        *(longer(relation, length) for relation in view.relations),
        Relation.edges("touched", pairs, length),
        Relation.edges("touching", [(after, before) for before, after in pairs], length),
        Relation.groups("all", [range(length)], length),
    )


def longer(relation: Relation, length: int) -> Relation:
    """A relation of places among more positions, which read nothing of that kind."""
    start, of = relation.start, relation.of
    if of is None:
        # One row a position: (P + 1,) starts become (L + 1,).
        start = np.pad(start, (0, length + 1 - len(start)), mode="edge")
    else:
        of = np.pad(of, (0, length - len(of)), constant_values=-1)
    return Relation(relation.name, relation.source, start, of, relation.weights, relation.single)
