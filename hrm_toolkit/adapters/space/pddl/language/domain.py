"""Domains and problems of PDDL: what a text declares, held to what is known here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hrm_toolkit.adapters.space.pddl.language.condition import (
    check_atom,
    check_condition,
    checked,
    parts_of,
    refuse,
    require_types,
    scope_of,
    typed_list,
)
from hrm_toolkit.adapters.space.pddl.language.model import (
    TOP,
    Atom,
    Domain,
    Outcome,
    Problem,
    Schema,
    Typed,
)
from hrm_toolkit.adapters.space.pddl.language.text import Expression, read_lists, said
from hrm_toolkit.core import InputError

_KNOWN = frozenset(
    f":{name}"
    for name in (
        *("strips", "typing", "equality", "negative-preconditions", "disjunctive-preconditions"),
        *("existential-preconditions", "universal-preconditions", "quantified-preconditions"),
        *("conditional-effects", "adl", "action-costs", "fluents", "numeric-fluents"),
    )
)
"""Requirements that may stand there; of the last two only what action costs need is read."""
_MOST_OBJECTS = 2_000


def read_domain(text: str) -> Domain:
    """The domain that a text defines.

    Raises:
        InputError: for what is no domain, or uses what is not known here, by its name.
    """
    name, sections = _sections(text, "domain")
    known = {":requirements", ":types", ":constants", ":predicates", ":functions", ":action"}
    parents, constants = dict[str, str](), tuple[Typed, ...]()
    predicates, functions = dict[str, tuple[Typed, ...]](), dict[str, tuple[Typed, ...]]()
    actions = list[Sequence[Expression]]()
    for kind, parts in sections:
        if kind not in known:
            refuse(kind, "a domain of actions that take no time")
        if kind == ":requirements":
            for requirement in parts:
                if requirement not in _KNOWN:
                    refuse(said(requirement), "STRIPS, ADL and action costs")
        elif kind == ":types":
            parents = _types(parts)
        elif kind == ":constants":
            constants = typed_list(parts)
        elif kind in (":predicates", ":functions"):
            into = predicates if kind == ":predicates" else functions
            into.update(_signatures(parts, kind))
        else:
            actions.append(parts)
    domain = Domain(name, parents, constants, predicates, functions, ())
    for typed in (*constants, *(t for s in predicates.values() for t in s)):
        require_types(domain, typed)
    schemas = tuple(_schema(domain, parts) for parts in actions)
    names = [schema.name for schema in schemas]
    if not names or len(set(names)) < len(names):
        raise InputError(
            f"the domain {name} has {len(names)} actions of {len(set(names))} names",
            expected="at least one, each with a name of its own",
        )
    return Domain(name, parents, constants, predicates, functions, schemas)


def read_problem(text: str, domain: Domain) -> Problem:
    """The problem of a domain that a text defines.

    Raises:
        InputError: for what is no problem of this domain.
    """
    name, sections = _sections(text, "problem")
    said_by = dict(sections)
    if len(said_by) < len(sections):
        raise InputError(f"the problem {name} has a section twice")
    known = (":domain", ":requirements", ":objects", ":init", ":goal", ":metric")
    for kind in said_by:
        if kind not in known:
            refuse(kind, "a problem with :init and :goal")
    of = said_by.get(":domain", ())
    if of != (domain.name,):
        raise InputError(
            f"the problem {name} is of the domain {' '.join(map(said, of)) or '(none)'}",
            expected=f"a problem of {domain.name}",
        )
    objects = (*domain.constants, *typed_list(said_by.get(":objects", ())))
    objects = tuple({typed.name: typed for typed in objects}.values())
    if len(objects) > _MOST_OBJECTS:
        raise InputError(
            f"the problem has {len(objects):,} objects", expected=f"at most {_MOST_OBJECTS:,}"
        )
    for typed in objects:
        require_types(domain, typed)
    facts, values = _initial(domain, frozenset(t.name for t in objects), said_by.get(":init", ()))
    goal = said_by.get(":goal", ())
    if len(goal) != 1:
        raise InputError(f"the problem {name} has no goal", expected="(:goal (and ...))")
    check_condition(domain, goal[0], {typed.name: typed for typed in objects}, "the goal")
    costed = _metric(said_by.get(":metric"))
    return Problem(name, objects, facts, values, goal[0], costed)


def kind_of(text: str) -> str:
    """Whether a list defines a ``domain`` or a ``problem``; "" where it defines neither."""
    lists = read_lists(text)
    head = lists[0][:2] if lists and isinstance(lists[0], tuple) else ()
    if len(head) == 2 and head[0] == "define" and isinstance(head[1], tuple) and head[1]:
        return str(head[1][0]) if head[1][0] in ("domain", "problem") else ""
    return ""


def _sections(text: str, kind: str) -> tuple[str, list[tuple[str, tuple[Expression, ...]]]]:
    lists = read_lists(text)
    found = lists[0] if len(lists) == 1 else ()
    head = found[1] if len(found) > 1 and found[0] == "define" else ()
    if not isinstance(head, tuple) or len(head) != 2 or head[0] != kind:
        raise InputError(
            f"this is no {kind} of PDDL", expected=f"(define ({kind} NAME) ...)", got=text[:80]
        )
    sections = list[tuple[str, tuple[Expression, ...]]]()
    for part in found[2:]:
        if not isinstance(part, tuple) or not part or not isinstance(part[0], str):
            raise InputError(f"the {kind} has a part that is no section", got=said(part))
        sections.append((part[0], part[1:]))
    return said(head[1]), sections


def _types(parts: Sequence[Expression]) -> dict[str, str]:
    parents = {typed.name: typed.types[0] for typed in typed_list(parts) if typed.name != TOP}
    for name, types in ((typed.name, typed.types) for typed in typed_list(parts)):
        if len(types) != 1:
            refuse(f"the type {name}, which has several above it,", "one type above each")
    # Domains name types above others without listing them.
    parents |= {above: TOP for above in parents.values() if above not in (*parents, TOP)}
    for name in parents:
        at, seen = name, set[str]()
        while at != TOP:
            if at in seen:
                raise InputError(f"the type {name} is above itself")
            seen.add(at)
            at = parents[at]
    return parents


def _signatures(parts: Sequence[Expression], kind: str) -> dict[str, tuple[Typed, ...]]:
    found = dict[str, tuple[Typed, ...]]()
    for part in parts:
        # Functions have a type of their own: "- number".
        if isinstance(part, tuple) and part and isinstance(part[0], str):
            if part[0] in found:
                raise InputError(f"{kind} has {part[0]} twice")
            found[part[0]] = typed_list(part[1:])
        elif kind == ":predicates" or part not in ("-", "number"):
            raise InputError(f"{kind} has a part that is none", got=said(part))
    return found


def _schema(domain: Domain, parts: Sequence[Expression]) -> Schema:
    name = said(parts[0]) if parts else ""
    fields = dict(zip(parts[1::2], parts[2::2], strict=False))
    unknown = [str(key) for key in fields if key not in (":parameters", ":precondition", ":effect")]
    if len(parts) % 2 == 0 or unknown:
        raise InputError(
            f"the action {name} is not read: {', '.join(unknown) or 'its parts are not in pairs'}",
            expected=":parameters, :precondition and :effect",
        )
    given = fields.get(":parameters", ())
    parameters = typed_list(given if isinstance(given, tuple) else (given,))
    scope = scope_of(domain, parameters, domain.constants)
    # Nothing between the parentheses is no condition, and no effect.
    needs = fields.get(":precondition") or ("and",)
    check_condition(domain, needs, scope, f"the precondition of {name}")
    effect = fields.get(":effect") or ("and",)
    outcomes, costs = list[Outcome](), list[float | Atom]()
    for part in parts_of(effect):
        _outcome(domain, part, scope, name, outcomes, costs)
    return Schema(name, parameters, needs, tuple(outcomes), tuple(costs))


def _outcome(
    domain: Domain,
    part: Expression,
    scope: Mapping[str, Typed],
    name: str,
    outcomes: list[Outcome],
    costs: list[float | Atom],
) -> None:
    """Read one effect into ``outcomes``, or a cost into ``costs``."""
    where = f"the effect of {name}"
    if isinstance(part, tuple) and part[:1] == ("increase",):
        if len(part) != 3 or part[1] not in ("total-cost", ("total-cost",)):
            refuse(f"{said(part)} in {where}", "(increase (total-cost) ...)")
        costs.append(_amount(domain, part[2], scope, where))
        return
    each: tuple[Typed, ...] = ()
    when: Expression
    if isinstance(part, tuple) and part[:1] == ("forall",) and len(part) == 3:
        each = typed_list(part[1] if isinstance(part[1], tuple) else ())
        scope = {**scope, **scope_of(domain, each, ())}
        inner = parts_of(part[2])
    else:
        inner = (part,)
    for one in inner:
        when, body = ("and",), one
        if isinstance(one, tuple) and one[:1] == ("when",) and len(one) == 3:
            when, body = one[1] or ("and",), one[2]
            check_condition(domain, when, scope, where)
        adds, deletes = list[Atom](), list[Atom]()
        for literal in parts_of(body):
            denied = isinstance(literal, tuple) and literal[:1] == ("not",) and len(literal) == 2
            atom = check_atom(domain, literal[1] if denied else literal, scope, where)
            (deletes if denied else adds).append(atom)
        outcomes.append(Outcome(each, when, tuple(adds), tuple(deletes)))


def _amount(
    domain: Domain, value: Expression, scope: Mapping[str, Typed], where: str
) -> float | Atom:
    if isinstance(value, str):
        number = _number(value)
        if number is not None:
            return number
        value = (value,)
    if not value or value[0] not in domain.functions:
        refuse(f"the cost {said(value)} in {where}", "a number, or one function")
    return checked(value, scope, len(domain.functions[str(value[0])]), where)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e12 else None


def _initial(
    domain: Domain, objects: frozenset[str], parts: Sequence[Expression]
) -> tuple[frozenset[Atom], dict[Atom, float]]:
    scope = {name: Typed(name) for name in objects}
    facts, values = set[Atom](), dict[Atom, float]()
    for part in parts:
        if isinstance(part, tuple) and part[:1] == ("=",) and len(part) == 3:
            function = part[1] if isinstance(part[1], tuple) else (part[1],)
            number = _number(part[2]) if isinstance(part[2], str) else None
            if function[:1] == () or function[0] not in domain.functions or number is None:
                refuse(f"{said(part)} in :init", "(= (FUNCTION ...) NUMBER)")
            count = len(domain.functions[str(function[0])])
            values[checked(function, scope, count, ":init")] = number
        elif isinstance(part, tuple) and part[:1] == ("not",) and len(part) == 2:
            check_atom(domain, part[1], scope, ":init")
        else:
            facts.add(check_atom(domain, part, scope, ":init"))
    return frozenset(facts), values


def _metric(parts: Sequence[Expression] | None) -> bool:
    if parts is None:
        return False
    if parts not in (("minimize", ("total-cost",)), ("minimize", "total-cost")):
        refuse(f"the metric {said(tuple(parts))}", "minimize (total-cost)")
    return True
