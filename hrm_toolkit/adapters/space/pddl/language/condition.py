"""Conditions and lists of typed names, held to what a domain declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from hrm_toolkit.adapters.space.pddl.language.model import TOP, Atom, Domain, Typed
from hrm_toolkit.adapters.space.pddl.language.text import Expression, said
from hrm_toolkit.core import InputError, nearest


def refuse(what: str, expected: str) -> NoReturn:
    """Refuse a part of PDDL that is not read here, by its name."""
    raise InputError(f"{what} is not read here", expected=expected)


def typed_list(parts: Sequence[Expression]) -> tuple[Typed, ...]:
    """Names with their types: ``a b - block c - (either ball box)``."""
    found, waiting = list[Typed](), list[str]()
    rest = iter(parts)
    for part in rest:
        if part == "-":
            kind = next(rest, "")
            either = isinstance(kind, tuple) and kind[:1] == ("either",)
            types = tuple(map(said, kind[1:])) if either else (said(kind),)
            found += [Typed(name, types) for name in waiting]
            waiting = []
        elif isinstance(part, str):
            waiting.append(part)
        else:
            raise InputError("this is no list of names with types", got=said(tuple(parts)))
    return (*found, *map(Typed, waiting))


def require_types(domain: Domain, typed: Typed) -> None:
    """Refuse a type that the domain does not declare."""
    for name in typed.types:
        if name != TOP and name not in domain.parents:
            raise InputError(
                f"{typed.name} has the type {name}, which is not declared",
                hint=meant_of(name, domain.parents),
            )


def meant_of(name: str, known: Mapping[str, object]) -> str | None:
    """The known name that a misspelled one comes close to, as a hint."""
    near = nearest(name, list(known))
    return f"did you mean {near}?" if near else None


def scope_of(
    domain: Domain, parameters: Sequence[Typed], others: Sequence[Typed]
) -> dict[str, Typed]:
    """Parameters and what else is known where they are, by name."""
    for typed in parameters:
        if not typed.name.startswith("?"):
            raise InputError(f"the variable {typed.name} has no question mark")
        require_types(domain, typed)
    return {typed.name: typed for typed in (*others, *parameters)}


def parts_of(condition: Expression) -> tuple[Expression, ...]:
    """The parts of a conjunction; else the one part alone."""
    if isinstance(condition, tuple) and condition[:1] == ("and",):
        return tuple(inner for part in condition[1:] for inner in parts_of(part))
    return (condition,) if condition else ()


def check_condition(
    domain: Domain, condition: Expression, scope: Mapping[str, Typed], where: str
) -> None:
    """Hold a condition to what is declared.

    Raises:
        InputError: naming what is not.
    """
    if condition == ():
        return
    head = condition[0] if isinstance(condition, tuple) else condition
    if head in ("and", "or", "not", "imply") and isinstance(condition, tuple):
        wanted = {"not": 2, "imply": 3}.get(str(head), len(condition))
        if len(condition) != wanted:
            raise InputError(f"{where} has a {head} of {len(condition) - 1}", got=said(condition))
        for part in condition[1:]:
            check_condition(domain, part, scope, where)
    elif head in ("exists", "forall") and len(condition) == 3:
        each = typed_list(condition[1] if isinstance(condition[1], tuple) else ())
        inner = {**scope, **scope_of(domain, each, ())}
        check_condition(domain, condition[2], inner, where)
    elif head in ("=", "<", ">", "<=", ">=") and isinstance(condition, tuple):
        if head != "=" or len(condition) != 3 or not all(part in scope for part in condition[1:]):
            refuse(f"{said(condition)} in {where}", "conditions without numbers")
    else:
        check_atom(domain, condition, scope, where)


def check_atom(domain: Domain, atom: Expression, scope: Mapping[str, Typed], where: str) -> Atom:
    """A predicate with names that are known.

    Raises:
        InputError: naming what is not declared.
    """
    name = atom[0] if isinstance(atom, tuple) and atom else atom
    if not isinstance(atom, tuple) or not isinstance(name, str) or name not in domain.predicates:
        raise InputError(
            f"{where} has {said(atom)}, which is not declared",
            expected=f"one of {', '.join(list(domain.predicates)[:8])}",
            hint=meant_of(str(name), domain.predicates),
        )
    return checked(atom, scope, len(domain.predicates[name]), where)


def checked(
    atom: tuple[Expression, ...], scope: Mapping[str, Typed], count: int, where: str
) -> Atom:
    """An atom whose names are known and as many as they should be."""
    if len(atom) - 1 != count:
        raise InputError(f"{where} has {said(atom)}", expected=f"{count} names after {atom[0]}")
    for part in atom[1:]:
        if not isinstance(part, str) or part not in scope:
            raise InputError(
                f"{where} has {said(part)} in {said(atom)}, which is not declared",
                hint=meant_of(said(part), scope),
            )
    return tuple(map(str, atom))
