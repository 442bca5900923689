"""What a network reads of a problem: facts and objects, related by which fact is of which."""

from __future__ import annotations

import zlib
from functools import lru_cache

from hrm_toolkit.adapters.space.layout import MOST_PLACES
from hrm_toolkit.adapters.space.pddl.grounding.ground import Ground
from hrm_toolkit.adapters.space.pddl.grounding.operators import bits
from hrm_toolkit.adapters.space.pddl.language.model import Atom
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import InputError, Relation

NUMBERS = 64
"""Numbers that stand for names: the same name has the same in every domain."""
_TOLD = ("first", "second", "third")
"""Places in a fact that are told apart; later ones count as the last of these."""
_GOALS = ("", ", wanted", ", not wanted")
_OBJECT = "object"

WORDS = (
    _OBJECT,
    *(f"{way} {n}{goal}" for way in ("is", "is not") for n in range(NUMBERS) for goal in _GOALS),
)
BETWEEN = (*(f"its {place}" for place in _TOLD), *(f"{place} of" for place in _TOLD))


def number_of(name: str) -> int:
    """The number of a predicate or an action: a function of its name alone, so that several
    problems, and domains, share what is learned of it."""
    return zlib.crc32(name.encode()) % NUMBERS


class Places:
    """Places for the facts of a problem, those that never change too, and for its objects.

    A place of a fact says its predicate, whether it holds, and whether the goal wants it. It is
    related to the places of its objects, by where they stand in it; nothing else tells objects
    apart, so that a network reads problems of any size.

    Args:
        ground: the problem.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        facts = [atom for atom in ground.atoms if atom[0] != "not"]
        fixed = sorted(f for f in ground.problem.facts if f[0] not in ground.changing)
        self._objects = {typed.name: n for n, typed in enumerate(ground.problem.objects)}
        self._first_object = len(facts) + len(fixed)
        count = self._first_object + len(self._objects)
        if count > MOST_PLACES:
            raise InputError(
                f"the problem has {count:,} places", expected=f"at most {MOST_PLACES:,}"
            )
        self._numbers = _numbers([*facts, *fixed])
        self._fixed = [f"is {self._numbers[atom[0]]}" for atom in fixed]
        self._wanted = {ground.atoms[bit] for way in ground.goal for bit in bits(way)}
        self._facts = facts
        self._relations = self._related([*facts, *fixed], count)
        place = {atom: n for n, atom in enumerate(facts)}
        self._touches = {
            operator.name: sorted(
                {
                    *(place[_plain(ground.atoms[bit])] for bit in bits(operator.touched)),
                    *(self._first_object + self._objects[name] for name in operator.objects),
                }
            )
            for operator in ground.operators
        }

    def view(self, state: int) -> View:
        """The state as a network reads it."""
        words = list[str]()
        for bit, atom in enumerate(self._facts):
            way = "is" if state >> bit & 1 else "is not"
            goal = _GOALS[(atom in self._wanted) + 2 * (("not", *atom) in self._wanted)]
            words.append(f"{way} {self._numbers[atom[0]]}{goal}")
        words += self._fixed
        words += [_OBJECT] * len(self._objects)
        return View(words, self._relations, self._touches)

    def _related(self, facts: list[Atom], count: int) -> tuple[Relation, ...]:
        pairs: list[list[tuple[int, int]]] = [[] for _ in _TOLD]
        for place, atom in enumerate(facts):
            for at, name in enumerate(atom[1:]):
                into = pairs[min(at, len(_TOLD) - 1)]
                into.append((self._first_object + self._objects[name], place))
        names = zip(BETWEEN, (*pairs, *([(b, a) for a, b in own] for own in pairs)), strict=True)
        return tuple(Relation.edges(name, own, count) for name, own in names)


@lru_cache(maxsize=64)
def places_of(ground: Ground) -> Places:
    """The places of a problem."""
    return Places(ground)


def _plain(atom: Atom) -> Atom:
    return atom[1:] if atom[0] == "not" else atom


def _numbers(facts: list[Atom]) -> dict[str, int]:
    """Numbers of predicates; of two with the same, the later name takes the next that is free."""
    found: dict[str, int] = {}
    for name in sorted({atom[0] for atom in facts}):
        number = number_of(name)
        while number in found.values() and len(found) < NUMBERS:
            number = (number + 1) % NUMBERS
        found[name] = number
    return found
