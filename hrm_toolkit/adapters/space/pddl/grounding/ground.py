"""A problem without variables: facts as bits of a number, actions as what they ask and change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hrm_toolkit.adapters.space.pddl.grounding.logic import Binding, Way, bindings_of, bound, ways
from hrm_toolkit.adapters.space.pddl.grounding.mutex import Pairs
from hrm_toolkit.adapters.space.pddl.grounding.operators import Change, Operator, bits
from hrm_toolkit.adapters.space.pddl.grounding.reach import Reached
from hrm_toolkit.adapters.space.pddl.language.model import Atom, Domain, Problem, Schema
from hrm_toolkit.core import InputError


class Ground:
    """A problem whose actions have objects: those that can be reached alone.

    A fact that some condition asks not to hold has a second bit, which is set where the fact is
    not; every condition so asks for set bits alone.

    Args:
        domain: of the problem.
        problem: whose facts hold at first.

    Raises:
        InputError: for a problem that is too large, or whose actions cost nothing.

    Attributes:
        atoms: what each bit stands for; "not" comes first in those of the second kind.
        start: the facts that hold at first.
        goal: masks, one of which is to hold.
        operators: in the order of the domain, then of their objects.
        pairs: which facts may hold together.
    """

    def __init__(self, domain: Domain, problem: Problem) -> None:
        self.domain, self.problem = domain, problem
        reached = Reached(domain, problem)
        drafts = [
            _Draft.of(schema, binding, reached)
            for schema in domain.schemas
            for binding in reached.bindings[schema.name].values()
        ]
        goal = ways(problem.goal, {}, reached.choices, reached.truth)
        self.changing = domain.changing
        facts = [fact for fact in reached.facts if fact[0] in self.changing]
        asked = {atom for way in _all_ways(drafts, goal) for atom in way if atom[0] == "not"}
        self.atoms: tuple[Atom, ...] = (*facts, *sorted(asked))
        self.index = {atom: bit for bit, atom in enumerate(self.atoms)}
        self._denied = [
            (bit, self.index[atom[1:]]) for atom, bit in self.index.items() if atom[0] == "not"
        ]
        self.start = self.mask(fact for fact in problem.facts if fact in self.index)
        self.goal = tuple(map(self._bits, goal))
        costs = ((draft, _cost(draft, problem)) for draft in drafts if draft.needs)
        operators = [self._operator(draft, cost) for draft, cost in costs if cost is not None]
        self.pairs = Pairs(len(self.atoms), self.start, operators)
        self.operators = tuple(self.pairs.pruned(operators))
        for operator in self.operators:
            _require_cost(operator)
        self.by_name = {operator.name: operator for operator in self.operators}

    def mask(self, facts: Iterable[Atom]) -> int:
        """The bits of facts that hold, all others not."""
        mask = self._bits(facts)
        for bit, of in self._denied:
            if not mask >> of & 1:
                mask |= 1 << bit
        return mask

    def holding(self, mask: int) -> list[Atom]:
        """The facts of a state, those alone that may change."""
        return [atom for bit, atom in enumerate(self.atoms) if mask >> bit & 1 and atom[0] != "not"]

    def fits(self, facts: Iterable[Atom]) -> int | None:
        """The bits of other facts that hold at first; None where other actions may be reached."""
        changing = [fact for fact in facts if fact[0] in self.changing]
        if not all(fact in self.index for fact in changing):
            return None
        mask = self.mask(changing)
        return mask if self.pairs.allow(mask) else None

    def unmet(self, mask: int) -> list[Atom]:
        """What of the goal does not hold, of the way to it that lacks least."""
        lacking = [[self.atoms[bit] for bit in bits(way & ~mask)] for way in self.goal]
        return min(lacking, key=len, default=[])

    def _bits(self, facts: Iterable[Atom]) -> int:
        mask = 0
        for fact in facts:
            mask |= 1 << self.index[fact]
        return mask

    def after(self, mask: int, operator: Operator) -> int:
        """The bits after an action."""
        mask = operator.after(mask)
        if len(operator.changes) > 1:
            # Of a fact that one effect clears and another sets, both bits may be set.
            mask = self.mask(self.holding(mask)) if self._denied else mask
        return mask

    def _operator(self, draft: _Draft, cost: float) -> Operator:
        changes = list[Change]()
        for when, adds, deletes in draft.changes:
            add = self._bits(adds) | self._opposite(deletes - adds)
            delete = self._bits(a for a in deletes if a in self.index) | self._opposite(adds)
            changes.append(Change(tuple(map(self._bits, when)), add, delete))
        name = f"({' '.join((draft.schema.name, *draft.objects))})"
        needs = tuple(map(self._bits, draft.needs))
        return Operator(name, draft.schema.name, draft.objects, needs, tuple(changes), cost)

    def _opposite(self, facts: Iterable[Atom]) -> int:
        denied = (("not", *fact) for fact in facts)
        return self._bits(atom for atom in denied if atom in self.index)


_Changes = tuple[tuple[Way, ...], frozenset[Atom], frozenset[Atom]]
"""When facts are added and deleted: the three."""


@dataclass(frozen=True)
class _Draft:
    """An action with its objects, its facts not yet bits."""

    schema: Schema
    binding: Binding
    needs: tuple[Way, ...]
    changes: list[_Changes]

    @property
    def objects(self) -> tuple[str, ...]:
        return tuple(self.binding[typed.name] for typed in self.schema.parameters)

    @classmethod
    def of(cls, schema: Schema, binding: Binding, reached: Reached) -> _Draft:
        needs = ways(schema.needs, binding, reached.choices, reached.truth)
        changes = []
        for outcome in schema.outcomes:
            for inner in bindings_of(outcome.each, binding, reached.choices):
                when = ways(outcome.when, inner, reached.choices, reached.truth)
                if when:
                    adds = frozenset(bound(atom, inner) for atom in outcome.adds)
                    deletes = frozenset(bound(atom, inner) for atom in outcome.deletes)
                    changes.append((when, adds, deletes))
        return cls(schema, binding, needs, _merged(changes))


def _merged(changes: Sequence[_Changes]) -> list[_Changes]:
    """Those that always come as one."""
    always = [change for change in changes if change[0] == (frozenset(),)]
    rest = [change for change in changes if change[0] != (frozenset(),)]
    if not always:
        return rest
    adds = frozenset(atom for _, added, _ in always for atom in added)
    deletes = frozenset(atom for _, _, deleted in always for atom in deleted)
    return [((frozenset(),), adds, deletes), *rest]


def _all_ways(drafts: Sequence[_Draft], goal: tuple[Way, ...]) -> Iterator[Way]:
    yield from goal
    for draft in drafts:
        yield from draft.needs
        for when, _, _ in draft.changes:
            yield from when


def _cost(draft: _Draft, problem: Problem) -> float | None:
    """What an action costs; None where :init does not say, so that it cannot be taken."""
    if not problem.costed:
        return 1.0
    parts = (
        part if isinstance(part, float) else problem.values.get(bound(part, draft.binding))
        for part in draft.schema.cost
    )
    known = [*parts]
    return None if None in known else float(sum(part for part in known if part is not None))


def _require_cost(operator: Operator) -> None:
    if not operator.cost > 0:
        raise InputError(
            f"the action {operator.name} costs {operator.cost:g}",
            expected="actions that cost more than 0",
            hint="leave out the metric: every action then costs 1",
        )
