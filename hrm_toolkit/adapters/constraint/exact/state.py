"""The memory of the compiled search: rows, graphs, what is assigned, what was learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

# A plain constant would have functions compiled once for it and once for all other numbers.
DECIDED = cast(int, np.int64(-1))
"""The reason of what was decided and not forced."""
CONNECTED, LOOP = 0, 1
"""Kinds of graphs."""

# Places in ``State.n``: counters, then sizes.
TRAIL, HEAD, LEVEL, CLAUSES, POOL, OUT, STAMP, ASSUMED, BUFFER = range(9)
VARIABLES, ROWS, GRAPHS, ROOM, CLAUSE_SIZE, POOL_SIZE, FIRST = range(9, 16)
# Then where each table begins in ``State.m``,
(
    ROW_START_AT,  # first entry of each row, (R + 1,)
    ROW_LIT_AT,  # literal of each entry of a row, (E,)
    ROW_COEF_AT,  # what the entry adds where it holds, at least 1, (E,)
    ROW_MAX_AT,  # the largest of a row, (R,)
    SLACK_AT,  # what a row has beyond its bound if all that is open holds, (R,)
    OCC_START_AT,  # first entry of each literal, (2V + 1,)
    OCC_ROW_AT,  # row of each entry, by literal, (E,)
    OCC_COEF_AT,  # likewise what it adds
    VALUE_AT,  # of each literal: 1 it holds, -1 it fails, 0 open, (2V,)
    LEVEL_AT,  # decisions before a variable was assigned, (V,)
    REASON_AT,  # a row, R + a clause, -2 - a graph, or ``DECIDED``, (V,)
    POS_AT,  # place on the trail, (V,)
    TRAIL_AT,  # literals in the order in which they came to hold, (V,)
    MARK_AT,  # length of the trail at each decision, (V + 1,)
    HEAD_AT,  # first watch of each literal, -1 for none; watch 2c + k is of clause c, (2V,)
    G_KIND_AT,  # of each graph, (G,)
    G_START_AT,  # its first node, (G + 1,)
    G_ROOT_AT,  # a node that holds, or -1, (G,)
    NODE_LIT_AT,  # literal of each node, (N,)
    ADJ_START_AT,  # first neighbour of each node, (N + 1,)
    ADJ_NODE_AT,  # the neighbours
    ADJ_LIT_AT,  # literals of the edges to them; 0, which always holds, where nodes count
    PHASE_AT,  # the value to try first, 1 for true, (V,)
    SEEN_AT,  # scratch, (V,)
    VISITED_AT,  # scratch, (N,)
    QUEUE_AT,  # scratch, (N + 1,)
    BUFFER_AT,  # literals of a conflict or a reason
    OUT_AT,  # literals of what is learned
    ASSUMED_AT,  # literals that are decided first, (V + 1,)
    INVOLVED_AT,  # whether a variable is in a graph, (V,)
) = range(16, 46)
# and in ``State.c``: of each clause its first literal in the pool, how many, levels in it (0 for a
# clause that is never forgotten); of each watch the next one of its literal; the pool.
START_AT, SIZE_AT, WORTH_AT, AFTER_AT, POOL_AT = range(46, 51)
# Conflicts that a run has left, and nodes and literals that it has looked at since it paused.
LEFT, WORK = 51, 52


class State(NamedTuple):
    """The memory of one search: V Booleans, R rows of E entries, G graphs of N nodes.

    A literal is ``2 * variable`` where the variable holds, and one more where it does not. Tables
    lie one after another in few arrays, since each array that is passed costs time to compile.

    Attributes:
        m: tables of fixed size, int64.
        c: clauses, int64; ``larger`` makes room for more.
        f: what a conflict adds to an activity, then the activity of each variable, float64.
        n: counters, and where the tables begin, int64.
    """

    m: Ints
    c: Ints
    f: npt.NDArray[np.float64]
    n: npt.NDArray[np.int64]

    def table(self, at: int, size: int) -> Ints:
        """A table of ``m``, as a view."""
        return self.m[self.n[at] : self.n[at] + size]


class Graph(NamedTuple):
    """Nodes or edges that must hang together.

    Attributes:
        kind: ``CONNECTED``: nodes that hold are one piece; ``LOOP``: edges that hold are one loop,
            where rows see to it that two meet at each node that is passed.
        nodes: a literal a node; 0 for the nodes of a loop.
        edges: (node, node, literal of the edge); 0 where nodes count.
        root: a node that holds and is in the piece, or -1.
    """

    kind: int
    nodes: Sequence[int]
    edges: Sequence[tuple[int, int, int]]
    root: int = -1


Row = tuple[Sequence[int], Sequence[int], int]
"""Literals, what each adds, and the bound: the sum over those that hold is at least the bound."""


def make_state(variables: int, rows: Sequence[Row], graphs: Sequence[Graph], first: int) -> State:
    """The state before the first decision; nothing is assigned yet.

    Args:
        first: variables that are decided before the others.
    """
    sizes = np.array([len(row[0]) for row in rows], np.int64)
    lits = np.array([lit for row in rows for lit in row[0]], np.int64)
    coefs = np.array([coef for row in rows for coef in row[1]], np.int64)
    which = np.repeat(np.arange(len(rows), dtype=np.int64), sizes)
    order = np.argsort(lits, kind="stable")
    row_start = starts(sizes)
    total = np.array([sum(row[1]) - row[2] for row in rows], np.int64)
    most = np.array([max(row[1], default=0) for row in rows], np.int64)
    nodes = sum(len(graph.nodes) for graph in graphs)
    longest = int(sizes.max(initial=0)) + 2 * nodes + variables + 8
    tables: list[Ints] = [
        row_start, lits, coefs, most, total,
        starts(np.bincount(lits, minlength=2 * variables)), which[order], coefs[order],
        _ints(2 * variables), _ints(variables), np.full(variables, DECIDED),
        _ints(variables), _ints(variables), _ints(variables + 1), np.full(2 * variables, -1),
        *_graph_arrays(graphs),
        _ints(variables), _ints(variables), _ints(nodes), _ints(nodes + 1),
        _ints(longest), _ints(longest), _ints(variables + 1), _involved(variables, graphs),
    ]  # fmt: skip
    n = np.zeros(64, np.int64)
    n[VARIABLES], n[ROWS], n[GRAPHS], n[ROOM] = variables, len(rows), len(graphs), longest
    n[FIRST] = first
    ends = starts(np.array([len(table) for table in tables]))
    n[ROW_START_AT : INVOLVED_AT + 1] = ends[:-1]
    memory = np.concatenate(tables).astype(np.int64)
    activity = np.bincount(lits // 2, minlength=variables) * 1e-6
    state = State(memory, _ints(0), np.concatenate([[1.0], activity]), n)
    return larger(state, 256, 8 * longest)


def larger(state: State, clauses: int = 0, pool: int = 0) -> State:
    """The same with room for more clauses and literals in them: twice the room unless said."""
    old, n = state.c, state.n
    sizes = n[CLAUSE_SIZE], n[POOL_SIZE]
    clauses, pool = int(sizes[0] + (clauses or sizes[0])), int(sizes[1] + (pool or sizes[1]))
    parts = [int(sizes[0])] * 3 + [2 * int(sizes[0]), int(sizes[1])]
    begins = [clauses] * 3 + [2 * clauses, pool]
    grown, at, before = np.full(sum(begins), -1, np.int64), 0, 0
    for place, (part, room) in enumerate(zip(parts, begins, strict=True)):
        grown[at : at + part] = old[before : before + part]
        n[START_AT + place] = at
        at, before = at + room, before + part
    n[CLAUSE_SIZE], n[POOL_SIZE] = clauses, pool
    return state._replace(c=grown)


def starts(sizes: npt.NDArray[np.integer]) -> Ints:
    """Where groups of these sizes begin, and the end of the last."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _ints(count: int) -> Ints:
    return np.zeros(count, np.int64)


def _involved(variables: int, graphs: Sequence[Graph]) -> Ints:
    """Whether each variable is a node or an edge of a graph."""
    found = _ints(variables)
    for graph in graphs:
        for lit in (*graph.nodes, *(lit for _, _, lit in graph.edges)):
            found[lit >> 1] = 1
    return found


def _graph_arrays(graphs: Sequence[Graph]) -> list[Ints]:
    """Kinds, first nodes, roots, literals of nodes, and the neighbours of each node."""
    first = starts(np.array([len(graph.nodes) for graph in graphs], np.int64))
    near: list[list[tuple[int, int]]] = [[] for _ in range(int(first[-1]))]
    for base, graph in zip(first.tolist(), graphs, strict=False):
        for a, b, lit in graph.edges:
            near[base + a].append((base + b, lit))
            near[base + b].append((base + a, lit))
    flat = [pair for pairs in near for pair in pairs]
    roots = [
        b + g.root if g.root >= 0 else -1 for b, g in zip(first.tolist(), graphs, strict=False)
    ]
    return [
        np.array([graph.kind for graph in graphs], np.int64),
        first,
        np.array(roots, np.int64),
        np.array([lit for graph in graphs for lit in graph.nodes], np.int64),
        starts(np.array([len(pairs) for pairs in near], np.int64)),
        np.array([node for node, _ in flat], np.int64),
        np.array([lit for _, lit in flat], np.int64),
    ]
