"""Constraints as data: a model a kind, read into the constraint of that kind."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field

from hrm_toolkit.adapters.constraint import kinds, pieces, spread, tables
from hrm_toolkit.adapters.constraint.kinds import Constraint
from hrm_toolkit.adapters.constraint.stated.names import Names
from hrm_toolkit.adapters.names import plain
from hrm_toolkit.core import InputError, Model, meant, nearest, shorten
from hrm_toolkit.core.files import placed
from hrm_toolkit.core.rules import Place

MOST_CONSTRAINTS, MOST_REFERENCES, MOST_ROWS = 5_000, 2_000, 5_000
"""Constraints of a problem; what one of them refers to; rows of a table, steps of an automaton."""


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Reference = Annotated[str, Field(min_length=1, max_length=100)]
References = Annotated[
    tuple[Reference, ...],
    Field(max_length=MOST_REFERENCES, description="Variables: a, x[1,2], x[1,*], x[*,2], x."),
    BeforeValidator(_listed),
]
Literals = Annotated[
    tuple[Reference, ...],
    Field(max_length=MOST_REFERENCES, description="Variables with a value: a=3, x[1,*]=1."),
    BeforeValidator(_listed),
]
Number = Annotated[int, Field(ge=-(10**6), le=10**6)]
Pairs = Annotated[tuple[tuple[Reference, Reference], ...], Field(max_length=20_000)]


class Rule(Model):
    """One constraint.

    Attributes:
        name: what it is called where it is told of; its kind and what it is of unless said.
    """

    kind: str
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None

    @abstractmethod
    def build(self, names: Names, clue: Place) -> Constraint:
        """The constraint.

        Raises:
            InputError: for names that are not there, and numbers that do not fit.
        """

    def said(self, clue: Place) -> dict[str, Any]:
        """What every constraint is told."""
        named = self.name or f"{self.kind} of {shorten(', '.join(self._of), 60)}"
        return {
            "label": self.kind,
            "where": named.replace("{", "(").replace("}", ")"),
            "clue": clue,
        }

    @property
    def _of(self) -> tuple[str, ...]:
        of: tuple[str, ...] = getattr(self, "of", ()) or ("its variables",)
        return of


class AllDifferent(Rule):
    """No two of the variables have one value."""

    kind: Literal["AllDifferent"]
    of: References

    def build(self, names: Names, clue: Place) -> Constraint:
        return kinds.AllDifferent(scope=names.variables(self.of), **self.said(clue))


class _Bounded(Rule):
    low: Number | None = None
    high: Number | None = None
    equals: Number | None = None

    def bounds(self, least: int, most: int) -> tuple[int, int]:
        """Lowest and highest number that is allowed.

        Raises:
            InputError: where none is said, or ``equals`` beside the others.
        """
        other = self.low is not None or self.high is not None
        if other == (self.equals is not None):
            found = "equals beside low or high" if other else "no bound"
            raise InputError(f"{self.kind} has {found}", expected="equals, or low and high")
        if self.equals is not None:
            return self.equals, self.equals
        low = least if self.low is None else self.low
        high = most if self.high is None else self.high
        if low > high and self.low is not None and self.high is not None:
            raise InputError(f"{self.kind} has low {low} and high {high}", expected="low <= high")
        return low, high


class Count(_Bounded):
    """So many of the literals hold, whenever all of ``when`` do."""

    kind: Literal["Count"]
    of: Literals
    when: Literals = ()

    def build(self, names: Names, clue: Place) -> Constraint:
        of = names.literals(self.of)
        low, high = self.bounds(0, len(of))
        return kinds.Count(
            of=of, low=low, high=high, when=names.literals(self.when), **self.said(clue)
        )


class Sum(_Bounded):
    """The values, each times its coefficient, add up to so much."""

    kind: Literal["Sum"]
    of: References
    coefficients: Annotated[tuple[Number, ...], Field(max_length=MOST_REFERENCES)] = ()

    def build(self, names: Names, clue: Place) -> Constraint:
        scope = names.variables(self.of)
        if self.coefficients and len(self.coefficients) != len(scope):
            raise InputError(
                f"Sum has {len(self.coefficients)} coefficients", expected=f"{len(scope)}, one each"
            )
        times: dict[int, int] = {}
        for k, number in zip(scope, self.coefficients or (1,) * len(scope), strict=True):
            times[k] = times.get(k, 0) + number
        of = names.problem
        ends = [sorted((times[k] * of.low[k], times[k] * of.high[k])) for k in times]
        low, high = self.bounds(sum(a for a, _ in ends), sum(b for _, b in ends))
        scope, coefficients = tuple(times), tuple(times.values())
        return kinds.Sum(
            scope=scope, low=low, high=high, coefficients=coefficients, **self.said(clue)
        )


class Table(Rule):
    """The values of the variables are one of the rows."""

    kind: Literal["Table"]
    of: References
    rows: Annotated[tuple[tuple[Number, ...], ...], Field(max_length=MOST_ROWS)]

    def build(self, names: Names, clue: Place) -> Constraint:
        scope = names.variables(self.of)
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(scope):
                raise InputError(f"row {number} has {len(row)} values", expected=f"{len(scope)}")
        # One literal for each value of a row, as they are searched.
        names.spend(len(self.rows) * len(scope))
        return tables.Table(scope=scope, rows=self.rows, **self.said(clue))


class Regular(Rule):
    """The values, in order, lead an automaton from ``start`` to one of ``ends``."""

    kind: Literal["Regular"]
    of: References
    steps: Annotated[
        tuple[tuple[Number, Number, Number], ...],
        Field(max_length=MOST_ROWS, description="[state, value, next state], one each."),
    ]
    start: Number
    ends: Annotated[tuple[Number, ...], Field(max_length=MOST_ROWS)]

    def build(self, names: Names, clue: Place) -> Constraint:
        steps = {(state, value): to for state, value, to in self.steps}
        if len(steps) != len(self.steps):
            raise InputError("two steps leave one state with one value", expected="one step each")
        scope = names.variables(self.of)
        names.spend(len(steps) * len(scope))
        return tables.Regular(
            scope=scope, steps=steps, start=self.start, ends=self.ends, **self.said(clue)
        )


class Runs(Rule):
    """The ones among 0 and 1 stand in runs of these lengths, in order, zeros between them."""

    kind: Literal["Runs"]
    of: References
    lengths: Annotated[tuple[Annotated[int, Field(ge=1, le=10_000)], ...], Field(max_length=1_000)]

    def build(self, names: Names, clue: Place) -> Constraint:
        scope, said = names.variables(self.of), self.said(clue)
        names.spend(len(scope) * len(self.lengths))
        return tables.Runs.of(said["where"], scope, self.lengths, label=self.kind, clue=clue)


class _OverGraph(Rule):
    of: Literals
    edges: Annotated[
        Pairs | None,
        Field(description="Pairs of variables; left out for cells of a grid side by side."),
    ] = None

    def graph(self, names: Names) -> tuple[tuple[Any, ...], tuple[tuple[int, int], ...]]:
        """The literals, and pairs of their places."""
        nodes = names.literals(self.of)
        place = {variable: k for k, (variable, _) in enumerate(nodes)}
        if len(place) != len(nodes):
            raise InputError(f"{self.kind} has a variable twice", expected="each once")
        if self.edges is not None:
            pairs = tuple((names.one(a), names.one(b)) for a, b in self.edges)
            for pair in pairs:
                if not place.keys() >= set(pair) or pair[0] == pair[1]:
                    said = " - ".join(names.problem.names[k] for k in pair)
                    raise InputError(
                        f"the edge {said} is none", expected="two different ones of of"
                    )
            return nodes, tuple((place[a], place[b]) for a, b in pairs)
        at = {names.cell[k]: place[k] for k in place if k in names.cell}
        if len(at) < len(nodes):
            raise InputError(
                f"{self.kind} is of variables in no grid", expected="edges: pairs of variables"
            )
        beside = [
            (k, at[grid, r + down, c + 1 - down])
            for (grid, r, c), k in at.items()
            for down in (0, 1)
            if (grid, r + down, c + 1 - down) in at
        ]
        return nodes, tuple(beside)


class Connected(_OverGraph):
    """The variables that have their value are one connected piece."""

    kind: Literal["Connected"]

    def build(self, names: Names, clue: Place) -> Constraint:
        nodes, edges = self.graph(names)
        return spread.Connected(nodes=nodes, edges=edges, **self.said(clue))


class Tree(_OverGraph):
    """The variables that have their value are one connected piece without a cycle."""

    kind: Literal["Tree"]

    def build(self, names: Names, clue: Place) -> Constraint:
        nodes, edges = self.graph(names)
        return spread.Tree(nodes=nodes, edges=edges, **self.said(clue))


class Islands(_OverGraph):
    """What has its value falls into parts, each with one clue, of the size it says (0: any)."""

    kind: Literal["Islands"]
    clues: Annotated[
        tuple[tuple[Reference, Annotated[int, Field(ge=0, le=10_000)]], ...],
        Field(max_length=MOST_REFERENCES, description="[variable, size], one each."),
    ]

    def build(self, names: Names, clue: Place) -> Constraint:
        nodes, edges = self.graph(names)
        place = {variable: k for k, (variable, _) in enumerate(nodes)}
        told = [(names.one(reference), size) for reference, size in self.clues]
        for variable, _ in told:
            if variable not in place:
                named = names.problem.names[variable]
                raise InputError(f"the clue at {named} is at none of the variables", expected="of")
        clues = tuple((place[variable], size) for variable, size in told)
        return pieces.Islands(nodes=nodes, edges=edges, clues=clues, **self.said(clue))


class Loop(Rule):
    """The edges whose variable is 1 are one loop; ``off`` says when a node is not passed."""

    kind: Literal["Loop"]
    edges: Annotated[
        tuple[tuple[Reference, Reference, Reference], ...],
        Field(min_length=1, max_length=20_000, description="[node, node, variable], one each."),
    ]
    off: Annotated[
        tuple[tuple[Reference, Reference], ...],
        Field(max_length=20_000, description="[node, variable=value], one each."),
    ] = ()

    def build(self, names: Names, clue: Place) -> Constraint:
        nodes = [*dict.fromkeys(node for a, b, _ in self.edges for node in (a, b))]
        place = {node: k for k, node in enumerate(nodes)}
        off = []
        for node, reference in self.off:
            if node not in place:
                raise InputError(
                    f"no edge leads to the node {shorten(node, 40)}", expected="a node"
                )
            literals = names.literals([reference])
            if len(literals) != 1:
                raise InputError(f"{shorten(reference, 40)} is of {len(literals)}", expected="one")
            off.append((place[node], literals[0]))
        edges = [(place[a], place[b], self._line(names, k)) for a, b, k in self.edges]
        if any(a == b for a, b, _ in edges):
            raise InputError("an edge joins a node to itself", expected="two different nodes")
        return spread.Loop(
            nodes=tuple(nodes), edges=tuple(edges), off=tuple(off), **self.said(clue)
        )

    def _line(self, names: Names, reference: str) -> int:
        k = names.one(reference)
        if (names.problem.low[k], names.problem.high[k]) != (0, 1):
            raise InputError(f"{names.problem.names[k]} is no edge", expected="values 0 and 1")
        return k


class View(Rule):
    """Along the arms the literals that hold before the first that does not: ``n`` in all."""

    kind: Literal["View"]
    arms: Annotated[tuple[Literals, ...], Field(min_length=1, max_length=100)]
    n: Annotated[int, Field(ge=0, le=100_000)]

    def build(self, names: Names, clue: Place) -> Constraint:
        arms = tuple(names.literals(arm) for arm in self.arms)
        return spread.View(arms=arms, n=self.n, **self.said(clue))


AnyRule = (
    AllDifferent | Count | Sum | Table | Regular | Runs | Connected | Tree | Islands | Loop | View
)
KINDS: dict[str, type[Rule]] = {
    model.model_fields["kind"].annotation.__args__[0]: model for model in AnyRule.__args__
}


def _all_known(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) > MOST_CONSTRAINTS:
        return value
    return [placed(f"constraints.{number}", _known, rule) for number, rule in enumerate(value)]


def _known(value: Any) -> Any:
    """A constraint whose kind and fields are known, the kind as it is spelled here.

    Raises:
        InputError: with the kind or the field that was meant.
    """
    if not isinstance(value, dict):
        return value
    said = value.get("kind")
    kind = next((name for name in KINDS if plain(name) == plain(str(said))), None)
    if kind is None:
        near = nearest(str(said), KINDS)
        raise InputError(
            "a constraint has no kind" if said is None else f"there is no kind {said!r:.40}",
            expected=", ".join(KINDS),
            hint=f'did you mean "{near}"?' if near else None,
        )
    fields = KINDS[kind].model_fields
    for name in value:
        if name not in fields:
            near = meant(str(name), fields)
            raise InputError(
                f"{kind} has no field {shorten(str(name), 40)!r}",
                expected="some of " + ", ".join(fields),
                hint=f'did you mean "{near}"?' if near else None,
            )
    return {**value, "kind": kind}


Stated = Annotated[
    tuple[Annotated[AnyRule, Discriminator("kind")], ...],
    Field(max_length=MOST_CONSTRAINTS),
    BeforeValidator(_all_known),
]
"""Constraints, each by its kind."""
