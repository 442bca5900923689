"""Conditions with objects in place of variables: whether they may hold, and in which ways."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

from hrm_toolkit.adapters.space.pddl.language.condition import typed_list
from hrm_toolkit.adapters.space.pddl.language.model import Atom, Typed
from hrm_toolkit.adapters.space.pddl.language.text import Expression
from hrm_toolkit.core import InputError

MOST_WAYS = 256
"""The most ways in which one condition may hold."""

Binding = Mapping[str, str]
Choices = Callable[[Typed], Sequence[str]]
"""The objects that a variable may be."""
Way = frozenset[Atom]
"""Facts that hold together; one that shall not hold begins with "not"."""

_NEVER: tuple[Way, ...] = ()
_ALWAYS: tuple[Way, ...] = (frozenset(),)


def bound(atom: Sequence[Expression], binding: Binding) -> Atom:
    """An atom with its objects."""
    return tuple(binding.get(str(part), str(part)) for part in atom)


def bindings_of(each: Sequence[Typed], binding: Binding, choices: Choices) -> Iterator[Binding]:
    """A binding with each choice of objects for some more variables."""
    names = [typed.name for typed in each]
    for objects in itertools.product(*map(choices, each)):
        yield {**binding, **dict(zip(names, objects, strict=True))}


def ways(
    condition: Expression,
    binding: Binding,
    choices: Choices,
    truth: Callable[[Atom], bool | None],
    wanted: bool = True,
) -> tuple[Way, ...]:
    """Every way in which a condition holds (or does not, where it is not ``wanted``).

    Args:
        truth: of an atom that never changes; None of one that may.

    Returns:
        Sets of facts: none where it never holds, one empty set where it always does.

    Raises:
        InputError: when there are more than ``MOST_WAYS``.
    """
    if condition == ():
        return _ALWAYS if wanted else _NEVER
    head = condition[0]
    if head == "not":
        return ways(condition[1], binding, choices, truth, not wanted)
    if head == "imply":
        denied: Expression = ("or", ("not", condition[1]), condition[2])
        return ways(denied, binding, choices, truth, wanted)
    if head == "=":
        first, second = bound(condition[1:], binding)
        return _ALWAYS if (first == second) == wanted else _NEVER
    if head in ("and", "or"):
        found = (ways(part, binding, choices, truth, wanted) for part in condition[1:])
        return _both(found) if (head == "and") == wanted else _either(found)
    if head in ("forall", "exists"):
        inner = bindings_of(typed_list(condition[1]), binding, choices)
        found = (ways(condition[2], one, choices, truth, wanted) for one in inner)
        return _both(found) if (head == "forall") == wanted else _either(found)
    atom = bound(condition, binding)
    known = truth(atom)
    if known is not None:
        return _ALWAYS if known == wanted else _NEVER
    return (frozenset((atom if wanted else ("not", *atom),)),)


def _both(parts: Iterator[tuple[Way, ...]]) -> tuple[Way, ...]:
    found = _ALWAYS
    for part in parts:
        found = _limited(a | b for a in found for b in part)
        if not found:
            return _NEVER
    return found


def _either(parts: Iterator[tuple[Way, ...]]) -> tuple[Way, ...]:
    found = _NEVER
    for part in parts:
        found = _limited((*found, *part))
        if found == _ALWAYS:
            return found
    return found


def _limited(found: Sequence[Way] | Iterator[Way]) -> tuple[Way, ...]:
    """Without ways that contradict themselves, or ask for more than another."""
    kept = [way for way in dict.fromkeys(found) if not any(("not", *atom) in way for atom in way)]
    least = tuple(way for way in kept if not any(other < way for other in kept))
    if len(least) > MOST_WAYS:
        raise InputError(
            f"a condition holds in more than {MOST_WAYS} ways", expected="fewer alternatives"
        )
    return least


def may_hold(
    condition: Expression,
    binding: Binding,
    choices: Choices,
    holds: Callable[[Atom], bool],
    never: Callable[[Atom], bool],
    wanted: bool = True,
) -> bool:
    """Whether a condition may hold where facts are reached and none is ever lost.

    Args:
        holds: whether a fact is reached.
        never: whether it is one that always holds, so that it is not lost.
    """

    def inner(part: Expression, one: Binding, want: bool) -> bool:
        return may_hold(part, one, choices, holds, never, want)

    if condition == ():
        return wanted
    head = condition[0]
    if head == "not":
        return inner(condition[1], binding, not wanted)
    if head == "imply":
        sides = (inner(condition[1], binding, not wanted), inner(condition[2], binding, wanted))
        return any(sides) if wanted else all(sides)
    if head == "=":
        first, second = bound(condition[1:], binding)
        return (first == second) == wanted
    if head in ("and", "or"):
        each = (inner(part, binding, wanted) for part in condition[1:])
        return all(each) if (head == "and") == wanted else any(each)
    if head in ("forall", "exists"):
        several = bindings_of(typed_list(condition[1]), binding, choices)
        each = (inner(condition[2], one, wanted) for one in several)
        return all(each) if (head == "forall") == wanted else any(each)
    atom = bound(condition, binding)
    return holds(atom) if wanted else not never(atom)
