"""Actions with their objects: what they ask of facts, which are bits of a number, and change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@dataclass(frozen=True)
class Change:
    """One effect: the bits that it sets and clears, setting last, where one of ``when`` holds."""

    when: tuple[int, ...]
    add: int
    delete: int


@dataclass(frozen=True)
class Operator:
    """An action with its objects.

    Attributes:
        name: as plans write it, ``(stack a b)``.
        schema: the action's name.
        objects: in the order of its parameters.
        needs: masks, one of which must hold.
        cost: 1, or what the problem says.
    """

    name: str
    schema: str
    objects: tuple[str, ...]
    needs: tuple[int, ...]
    changes: tuple[Change, ...]
    cost: float

    @property
    def touched(self) -> int:
        """The bits that it asks about, sets or clears."""
        mask = 0
        for need in self.needs:
            mask |= need
        for change in self.changes:
            mask |= change.add | change.delete
        return mask

    def possible(self, facts: int) -> bool:
        """Whether it may be taken where these facts hold."""
        return any(need & facts == need for need in self.needs)

    def after(self, facts: int) -> int:
        """The facts after it: what it clears is cleared first, as PDDL says."""
        add = delete = 0
        for change in self.changes:
            if any(when & facts == when for when in change.when):
                add |= change.add
                delete |= change.delete
        return facts & ~delete | add
