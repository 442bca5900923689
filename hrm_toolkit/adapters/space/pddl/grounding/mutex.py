"""Pairs of facts that never hold together, and actions that are never possible for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hrm_toolkit.adapters.space.pddl.grounding.operators import Operator, bits

_MOST_FACTS = 2_000
_MOST_OPERATORS = 10_000


@dataclass(frozen=True)
class _Part:
    """One way to take an action with one of its effects.

    Attributes:
        need: facts that hold before.
        add: facts that hold after, of this effect.
        beside: facts that may be set along with them, by other effects of the action.
        lost: facts that surely do not hold after.
    """

    need: int
    add: int
    beside: int
    lost: int


class Pairs:
    """Which facts may hold together, as far as looking at two at a time tells (h2).

    Every state that can be reached is allowed, and from a state that is allowed actions lead to
    such alone. Of very large problems nothing is told: all pairs are allowed.

    Args:
        count: number of facts.
        start: those that hold at first.
        operators: all actions.
    """

    def __init__(self, count: int, start: int, operators: Sequence[Operator]) -> None:
        self.told = count <= _MOST_FACTS and len(operators) <= _MOST_OPERATORS
        self._with = [0] * count
        if self.told:
            for fact in bits(start):
                self._with[fact] = start
            self._close([part for operator in operators for part in _parts(operator)])

    def allow(self, mask: int) -> bool:
        """Whether these facts may all hold together."""
        return not self.told or all(self._with[fact] & mask == mask for fact in bits(mask))

    def pruned(self, operators: Sequence[Operator]) -> Iterator[Operator]:
        """The actions that may become possible, without needs that are never met."""
        for operator in operators:
            needs = tuple(need for need in operator.needs if self.allow(need))
            if needs:
                yield replace(operator, needs=needs)

    def _close(self, parts: Sequence[_Part]) -> None:
        """Add pairs until no action brings another."""
        held = self._with
        changed = True
        while changed:
            changed = False
            reached = sum(1 << fact for fact, own in enumerate(held) if own >> fact & 1)
            for part in parts:
                if not self.allow(part.need):
                    continue
                before = reached
                for fact in bits(part.need):
                    before &= held[fact]
                after = before & ~part.lost | part.beside | part.add
                for fact in bits(part.add):
                    new = after & ~held[fact]
                    if new:
                        changed = True
                        held[fact] |= new
                        for other in bits(new):
                            held[other] |= 1 << fact


def _parts(operator: Operator) -> Iterator[_Part]:
    every = 0
    for change in operator.changes:
        every |= change.add
    for need in operator.needs:
        for change in operator.changes:
            for when in change.when:
                lost = change.delete
                for other in operator.changes:
                    if other.when == (0,):
                        lost |= other.delete
                yield _Part(need | when, change.add, every & ~change.add, lost & ~every)
