"""A problem's rows for CP-SAT, the solver of OR-Tools: the extra ``exact``, loaded when used."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hrm_toolkit.adapters.constraint.exact.rows import Rows
from hrm_toolkit.adapters.constraint.exact.state import CONNECTED, Graph
from hrm_toolkit.adapters.constraint.walk import neighbours, parts_of
from hrm_toolkit.core import Deadline, MissingExtraError

if TYPE_CHECKING:
    from hrm_toolkit.adapters.constraint.exact.engine import Status

_CUTS = 0.55
"""Share of the time for cuts; what they do not finish, ranks try."""


def installed() -> bool:
    """Whether OR-Tools is there."""
    return importlib.util.find_spec("ortools") is not None


class CpSat:
    """A model of CP-SAT, solved on one thread.

    Args:
        rows: the problem.
        seed: of the solver's own choices.

    Raises:
        MissingExtraError: without OR-Tools.
    """

    def __init__(self, rows: Rows, *, seed: int = 0) -> None:
        self.rows = rows
        self._seed = seed
        self._model, self._bools = self._made(ranks=False)
        self._holds: list[int] = []

    def solve(self, deadline: Deadline) -> Status:
        """Look for an answer; ``values`` then has it. Where time is short, twice: see ``_CUTS``."""
        lazy = any(graph.kind == CONNECTED for graph in self.rows.graphs)
        cuts = deadline.within(deadline.left * _CUTS) if lazy and deadline.finite else deadline
        status = self._with_cuts(cuts)
        if status == "time" and lazy and not deadline.over:
            self._model, self._bools = self._made(ranks=True)
            status = self._once(deadline)
        return status

    def values(self) -> list[int]:
        """The value of each variable of the problem in the answer just found."""
        return [self.rows.value(k, self._holds) for k in range(len(self.rows.variables.low))]

    def _made(self, *, ranks: bool) -> tuple[Any, list[Any]]:
        model = _cp_model().CpModel()
        bools = [model.new_bool_var("") for _ in range(self.rows.count)]
        self._bools = bools
        for lits, coefs, bound in self.rows.rows:
            if bound == 1:
                model.add_bool_or([self._lit(lit) for lit in lits])
            elif sum(coefs) - bound == min(coefs, default=0) == max(coefs, default=0):
                # All but one hold: at most one fails.
                model.add_at_most_one([self._lit(lit ^ 1) for lit in lits])
            else:
                terms = [coef * self._lit(lit) for lit, coef in zip(lits, coefs, strict=True)]
                model.add(sum(terms) >= bound)
        for graph in self.rows.graphs:
            if graph.kind != CONNECTED:
                _circuit(model, graph, self._lit)
            elif ranks:
                _ranks(model, graph, self._lit)
            else:
                for clause in _early(graph, model, self._lit):
                    model.add_bool_or(clause)
        return model, bools

    def _lit(self, lit: int) -> Any:
        return ~self._bools[lit >> 1] if lit & 1 else self._bools[lit >> 1]

    def _once(self, deadline: Deadline) -> Status:
        cp_model = _cp_model()
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self._seed
        if deadline.finite:
            solver.parameters.max_time_in_seconds = max(deadline.left, 0.01)
        status = solver.solve(self._model)
        if status == cp_model.INFEASIBLE:
            return "none"
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return "time"
        self._holds = []
        for boolean in self._bools:
            held = solver.boolean_value(boolean)
            self._holds += [1, -1] if held else [-1, 1]
        return "found"

    def _with_cuts(self, deadline: Deadline) -> Status:
        """Solve, forbid what falls apart, and solve again."""
        while True:
            status = self._once(deadline)
            if status != "found":
                return status
            cuts = [cut for g in self.rows.graphs for cut in _cuts(g, self._holds)]
            if not cuts:
                return status
            for cut in cuts:
                self._model.add_bool_or([self._lit(lit) for lit in cut])
            if deadline.over:
                return "time"


def _cp_model() -> Any:
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise MissingExtraError("exact", "ortools") from error
    return cp_model


def _cuts(graph: Graph, holds: Sequence[int]) -> Iterator[list[int]]:
    """If a node of a part and a node elsewhere hold, so does one of the part's border."""
    if graph.kind != CONNECTED:
        return
    near = neighbours(len(graph.nodes), [(a, b) for a, b, _ in graph.edges])
    on = [k for k, lit in enumerate(graph.nodes) if holds[lit] == 1]
    parts = sorted(parts_of(on, near), key=lambda part: (graph.root not in part, -len(part)))
    if len(parts) < 2:
        return
    heads = [min(part) for part in parts]
    heads[0] = graph.root if graph.root >= 0 else heads[0]
    for number, part in enumerate(parts):
        if number == 0 and len(parts) > 2:
            continue
        border = sorted({n for k in part for n in near[k]} - part)
        ends = (heads[number], heads[0] if number else heads[1])
        yield [*(graph.nodes[k] for k in border), *(graph.nodes[k] ^ 1 for k in ends)]


def _early(graph: Graph, model: Any, lit: Any) -> Iterator[list[Any]]:
    """Clauses that spare most cuts: nothing stands alone and no two do, unless they are all."""
    nodes, root = [lit(k) for k in graph.nodes], graph.root
    near = neighbours(len(nodes), [(a, b) for a, b, _ in graph.edges])
    few: list[Any] = []
    if root < 0:
        few = [model.new_bool_var("")]
        model.add(sum(nodes) <= 2).only_enforce_if(few[0])
    for k in range(len(nodes)):
        if k != root:
            yield [~nodes[k], *few, *(nodes[n] for n in near[k])]
    for a, b, _ in graph.edges:
        if root not in (a, b):
            ring = ({*near[a]} | {*near[b]}) - {a, b}
            yield [~nodes[a], ~nodes[b], *few, *(nodes[n] for n in sorted(ring))]


def _ranks(model: Any, graph: Graph, lit: Any) -> None:
    """A tree of parents, each of a smaller rank than its child, with one root."""
    nodes = [lit(k) for k in graph.nodes]
    rank = [model.new_int_var(0, len(nodes) - 1, "") for _ in nodes]
    parents: list[list[Any]] = [[] for _ in nodes]
    for a, b, _ in graph.edges:
        for parent, child in ((a, b), (b, a)):
            arc = model.new_bool_var("")
            parents[child].append(arc)
            model.add_implication(arc, nodes[parent])
            model.add_implication(arc, nodes[child])
            model.add(rank[child] >= rank[parent] + 1).only_enforce_if(arc)
    roots = [model.new_bool_var("") for _ in nodes]
    for k, node in enumerate(nodes):
        model.add_bool_or([~node, roots[k], *parents[k]])
        if graph.root not in (-1, k):
            model.add_bool_or([~roots[k]])
    model.add_at_most_one(roots)


def _circuit(model: Any, graph: Graph, lit: Any) -> None:
    """Two arcs an edge, and one from a node to itself where the loop leaves it out."""
    arcs = [(k, k, model.new_bool_var("")) for k in range(len(graph.nodes))]
    for a, b, edge in graph.edges:
        there, back = model.new_bool_var(""), model.new_bool_var("")
        model.add(there + back == lit(edge))
        arcs += [(a, b, there), (b, a, back)]
    model.add_circuit(arcs)
