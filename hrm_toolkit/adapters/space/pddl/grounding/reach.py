"""Which actions and facts can be reached at all, if none that holds were ever lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from hrm_toolkit.adapters.space.pddl.grounding.logic import Binding, bindings_of, bound, may_hold
from hrm_toolkit.adapters.space.pddl.language.condition import parts_of
from hrm_toolkit.adapters.space.pddl.language.model import Atom, Domain, Problem, Schema, Typed
from hrm_toolkit.core import InputError

MOST_ACTIONS = 20_000
"""The most actions with objects in place of their variables."""
_MOST_TRIES = 1_000_000
_MOST_FACTS = 100_000


class Reached:
    """The facts of a problem that may come to hold, and the actions that may come to be taken.

    Args:
        domain: of the problem.
        problem: from whose facts it begins.

    Raises:
        InputError: when there are too many.

    Attributes:
        facts: that hold at first, or that an action may add.
        bindings: by action, the objects of each of those that may be taken.
    """

    def __init__(self, domain: Domain, problem: Problem) -> None:
        self._domain, self._changing = domain, domain.changing
        self._first = problem.facts
        self._of_type = _by_type(domain, problem)
        self.facts: dict[Atom, None] = {}
        self._by_name: dict[str, list[Atom]] = defaultdict(list)
        self._by_object: dict[tuple[str, int, str], list[Atom]] = defaultdict(list)
        self.bindings: dict[str, dict[tuple[str, ...], Binding]] = {
            schema.name: {} for schema in domain.schemas
        }
        self._tries = 0
        self._reach(problem.facts)

    def choices(self, typed: Typed) -> Sequence[str]:
        """The objects that a variable may be."""
        if len(typed.types) == 1:
            return self._of_type.get(typed.types[0], ())
        found = (self._of_type.get(name, ()) for name in typed.types)
        return tuple(dict.fromkeys(one for objects in found for one in objects))

    def truth(self, atom: Atom) -> bool | None:
        """Whether a fact holds, where that never changes; else None."""
        if atom[0] not in self._changing:
            return atom in self._first
        return None if atom in self.facts else False

    def _always(self, atom: Atom) -> bool:
        return atom[0] not in self._changing and atom in self._first

    def _reach(self, facts: frozenset[Atom]) -> None:
        fresh: dict[Atom, None] = dict.fromkeys(sorted(facts))
        first = True
        while fresh or first:
            for fact in fresh:
                self.facts[fact] = None
                self._by_name[fact[0]].append(fact)
                for place, name in enumerate(fact[1:]):
                    self._by_object[fact[0], place, name].append(fact)
            if len(self.facts) > _MOST_FACTS:
                raise _too_many(f"more than {_MOST_FACTS:,} facts")
            names = {fact[0] for fact in fresh}
            fresh = {}
            for schema in self._domain.schemas:
                if first or names & _names(schema):
                    self._try(schema, fresh)
            first = False

    def _try(self, schema: Schema, fresh: dict[Atom, None]) -> None:
        """Find the bindings of an action, and the facts that it adds."""
        known = self.bindings[schema.name]
        free = {typed.name: frozenset(self.choices(typed)) for typed in schema.parameters}
        atoms = [
            tuple(map(str, part))
            for part in parts_of(schema.needs)
            if part and part[0] in self._domain.predicates
        ]
        simple = all(o.when == ("and",) and not o.each for o in schema.outcomes)
        for binding in self._joined(schema, free, {}, atoms):
            key = tuple(binding[typed.name] for typed in schema.parameters)
            if key not in known:
                if not self._may(schema.needs, binding):
                    continue
                known[key] = dict(binding)
                if sum(map(len, self.bindings.values())) > MOST_ACTIONS:
                    raise _too_many(f"more than {MOST_ACTIONS:,} actions")
            elif simple:
                continue
            for outcome in schema.outcomes:
                for inner in bindings_of(outcome.each, binding, self.choices):
                    if self._may(outcome.when, inner):
                        added = (bound(atom, inner) for atom in outcome.adds)
                        fresh.update((a, None) for a in added if a not in self.facts)

    def _may(self, condition: object, binding: Binding) -> bool:
        return may_hold(
            condition,  # type: ignore[arg-type]
            binding,
            self.choices,
            self.facts.__contains__,
            self._always,
        )

    def _joined(
        self,
        schema: Schema,
        free: dict[str, frozenset[str]],
        binding: dict[str, str],
        atoms: list[Atom],
    ) -> Iterator[Binding]:
        """Bindings under which each atom is a fact: the atom that leaves fewest is matched next."""
        self._tries += 1
        if self._tries > _MOST_TRIES:
            raise _too_many(f"more than {_MOST_TRIES:,} ways to choose objects were tried")
        if not atoms:
            rest = [typed for typed in schema.parameters if typed.name not in binding]
            for whole in bindings_of(rest, binding, self.choices):
                self._tries += 1
                if self._tries > _MOST_TRIES:
                    raise _too_many(f"more than {_MOST_TRIES:,} ways to choose objects were tried")
                yield whole
            return
        fits = [self._candidates(atom, binding) for atom in atoms]
        at = min(range(len(atoms)), key=lambda n: len(fits[n]))
        rest_atoms = atoms[:at] + atoms[at + 1 :]
        for fact in fits[at]:
            more = _matched(atoms[at], fact, binding, free)
            if more is not None:
                yield from self._joined(schema, free, more, rest_atoms)

    def _candidates(self, atom: Atom, binding: Binding) -> Sequence[Atom]:
        """Facts that an atom may be, by that of its objects that is in fewest of them."""
        best: Sequence[Atom] = self._by_name.get(atom[0], ())
        for place, part in enumerate(atom[1:]):
            name = binding.get(part, part)
            if not name.startswith("?"):
                found = self._by_object.get((atom[0], place, name), ())
                if len(found) < len(best):
                    best = found
        return best


def _matched(
    atom: Atom, fact: Atom, binding: dict[str, str], free: dict[str, frozenset[str]]
) -> dict[str, str] | None:
    """The binding that makes an atom a fact; None where there is none."""
    more = dict(binding)
    for part, name in zip(atom[1:], fact[1:], strict=True):
        if part.startswith("?"):
            if more.setdefault(part, name) != name or name not in free[part]:
                return None
        elif part != name:
            return None
    return more


def _names(schema: Schema) -> frozenset[str]:
    """Every word of an action's conditions, among them its predicates."""
    found, todo = set[str](), [schema.needs, *(outcome.when for outcome in schema.outcomes)]
    while todo:
        part = todo.pop()
        if isinstance(part, str):
            found.add(part)
        else:
            todo += part
    return frozenset(found)


def _by_type(domain: Domain, problem: Problem) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for typed in problem.objects:
        for name in typed.types:
            for above in domain.above(name):
                found[above][typed.name] = None
    return {name: tuple(objects) for name, objects in found.items()}


def _too_many(what: str) -> InputError:
    return InputError(
        f"the problem is too large to be written out: {what}", expected="a smaller problem"
    )
