"""The compiled search: conflict-driven learning over rows "at least", clauses and graphs.

Importing this module loads numba, so only ``engine`` does, and that only where a search begins.
What a graph forces has no clause of its own: its reason is found again, from what was assigned
before, when a conflict asks for it.
"""

from __future__ import annotations

from hrm_toolkit.adapters.constraint.exact.graphs import check_graph, graph_reason
from hrm_toolkit.adapters.constraint.exact.state import (
    AFTER_AT,
    ASSUMED,
    ASSUMED_AT,
    BUFFER,
    BUFFER_AT,
    CLAUSE_SIZE,
    CLAUSES,
    DECIDED,
    FIRST,
    G_START_AT,
    GRAPHS,
    HEAD,
    HEAD_AT,
    INVOLVED_AT,
    LEFT,
    LEVEL,
    LEVEL_AT,
    MARK_AT,
    OCC_COEF_AT,
    OCC_ROW_AT,
    OCC_START_AT,
    OUT,
    OUT_AT,
    PHASE_AT,
    POOL,
    POOL_AT,
    POOL_SIZE,
    POS_AT,
    REASON_AT,
    ROOM,
    ROW_COEF_AT,
    ROW_LIT_AT,
    ROW_MAX_AT,
    ROW_START_AT,
    ROWS,
    SEEN_AT,
    SIZE_AT,
    SLACK_AT,
    START_AT,
    TRAIL,
    TRAIL_AT,
    VALUE_AT,
    VARIABLES,
    WORK,
    WORTH_AT,
    State,
)
from hrm_toolkit.adapters.constraint.exact.trail import assign, compiled, inner

FOUND, NONE, NONE_ASSUMED, SPENT, FULL, PAUSED = 1, -1, -2, 0, 2, 3
"""What ``run`` comes back with: an answer, none at all, none under the assumptions, its conflicts
are spent, there is no room for what it would learn, or it pauses and can go on."""
_WORK = 10_000_000
"""Literals and variables that a run looks at before it pauses, so that it heeds the time."""
_DECAY, _HUGE = 1.0 / 0.95, 1e100


@inner
def _rows(s: State, false: int) -> int:
    """Look at the rows that a literal no longer helps; the row that is broken, or -1."""
    for k in range(s.m[s.n[OCC_START_AT] + false], s.m[s.n[OCC_START_AT] + false + 1]):
        row = s.m[s.n[OCC_ROW_AT] + k]
        slack = s.m[s.n[SLACK_AT] + row]
        if slack < 0:
            return int(row)
        if slack < s.m[s.n[ROW_MAX_AT] + row]:
            s.n[WORK] += s.m[s.n[ROW_START_AT] + row + 1] - s.m[s.n[ROW_START_AT] + row]
            for e in range(s.m[s.n[ROW_START_AT] + row], s.m[s.n[ROW_START_AT] + row + 1]):
                lit = s.m[s.n[ROW_LIT_AT] + e]
                if s.m[s.n[ROW_COEF_AT] + e] > slack and s.m[s.n[VALUE_AT] + lit] == 0:
                    assign(s, lit, row)
    return -1


@inner
def _clauses(s: State, false: int, rows: int) -> int:
    """Look at the clauses that watch a literal; the one that is broken, or -1."""
    before, watch = -1, s.m[s.n[HEAD_AT] + false]
    while watch >= 0:
        following = s.c[s.n[AFTER_AT] + watch]
        clause, mine = watch // 2, watch % 2
        first = s.c[s.n[START_AT] + clause]
        other = s.c[s.n[POOL_AT] + first + 1 - mine]
        if s.m[s.n[VALUE_AT] + other] != 1:
            moved = False
            for k in range(first + 2, first + s.c[s.n[SIZE_AT] + clause]):
                lit = s.c[s.n[POOL_AT] + k]
                if s.m[s.n[VALUE_AT] + lit] != -1:
                    s.c[s.n[POOL_AT] + k], s.c[s.n[POOL_AT] + first + mine] = false, lit
                    if before < 0:
                        s.m[s.n[HEAD_AT] + false] = following
                    else:
                        s.c[s.n[AFTER_AT] + before] = following
                    s.c[s.n[AFTER_AT] + watch], s.m[s.n[HEAD_AT] + lit] = (
                        s.m[s.n[HEAD_AT] + lit],
                        watch,
                    )
                    moved = True
                    break
            if moved:
                watch = following
                continue
            if s.m[s.n[VALUE_AT] + other] == -1:
                return int(clause)
            assign(s, other, rows + clause)
        before, watch = watch, following
    return -1


@inner
def _propagate(s: State) -> bool:
    """Whether all that is assigned can hold; else the broken literals are in ``buffer``."""
    rows = s.n[ROWS]
    while True:
        changed = False
        while s.n[HEAD] < s.n[TRAIL]:
            false = s.m[s.n[TRAIL_AT] + s.n[HEAD]] ^ 1
            s.n[HEAD] += 1
            s.n[WORK] += 1
            changed = changed or s.m[s.n[INVOLVED_AT] + (false >> 1)] == 1
            row = _rows(s, false)
            if row >= 0:
                _row_reason(s, row, s.n[VARIABLES])
                return False
            clause = _clauses(s, false, rows)
            if clause >= 0:
                _clause_reason(s, clause, -1)
                return False
        for graph in range(s.n[GRAPHS] if changed else 0):
            at = s.n[G_START_AT] + graph
            s.n[WORK] += s.m[at + 1] - s.m[at]
            if not check_graph(s, graph):
                return False
            if s.n[HEAD] < s.n[TRAIL]:
                break
        if s.n[HEAD] == s.n[TRAIL]:
            return True


@inner
def _row_reason(s: State, row: int, before: int) -> None:
    """Put the literals of a row that had failed before a place on the trail into ``buffer``."""
    count = 0
    s.n[WORK] += s.m[s.n[ROW_START_AT] + row + 1] - s.m[s.n[ROW_START_AT] + row]
    for e in range(s.m[s.n[ROW_START_AT] + row], s.m[s.n[ROW_START_AT] + row + 1]):
        lit = s.m[s.n[ROW_LIT_AT] + e]
        if s.m[s.n[VALUE_AT] + lit] == -1 and s.m[s.n[POS_AT] + (lit >> 1)] < before:
            s.m[s.n[BUFFER_AT] + count] = lit
            count += 1
    s.n[BUFFER] = count


@inner
def _clause_reason(s: State, clause: int, but: int) -> None:
    count, first = 0, s.c[s.n[START_AT] + clause]
    for k in range(first, first + s.c[s.n[SIZE_AT] + clause]):
        if s.c[s.n[POOL_AT] + k] != but:
            s.m[s.n[BUFFER_AT] + count] = s.c[s.n[POOL_AT] + k]
            count += 1
    s.n[BUFFER] = count


@inner
def _reason(s: State, lit: int) -> None:
    """Put what forced a literal, all of it false, into ``buffer``."""
    why, rows = s.m[s.n[REASON_AT] + (lit >> 1)], s.n[ROWS]
    if why >= rows:
        _clause_reason(s, why - rows, lit)
    elif why >= 0:
        _row_reason(s, why, s.m[s.n[POS_AT] + (lit >> 1)])
    else:
        graph_reason(s, -2 - why, lit)


@inner
def _back(s: State, level: int) -> None:
    """Take back all decisions after the first ``level``."""
    if s.n[LEVEL] <= level:
        return
    keep = s.m[s.n[MARK_AT] + level]
    for k in range(s.n[TRAIL] - 1, keep - 1, -1):
        lit = s.m[s.n[TRAIL_AT] + k]
        s.m[s.n[VALUE_AT] + lit] = s.m[s.n[VALUE_AT] + (lit ^ 1)] = 0
        s.m[s.n[PHASE_AT] + (lit >> 1)] = 1 - (lit & 1)
        for e in range(s.m[s.n[OCC_START_AT] + (lit ^ 1)], s.m[s.n[OCC_START_AT] + (lit ^ 1) + 1]):
            s.m[s.n[SLACK_AT] + s.m[s.n[OCC_ROW_AT] + e]] += s.m[s.n[OCC_COEF_AT] + e]
    s.n[TRAIL] = s.n[HEAD] = keep
    s.n[LEVEL] = level


@inner
def _bump(s: State, variable: int) -> None:
    s.f[1 + variable] += s.f[0]
    if s.f[1 + variable] > _HUGE:
        for k in range(s.f.size):  # a slice takes seconds to compile
            s.f[k] *= 1.0 / _HUGE


@inner
def _learn(s: State) -> bool:
    """Learn the clause that the conflict in ``buffer`` comes to; False where nothing can hold."""
    top = 0
    for k in range(s.n[BUFFER]):
        top = max(top, s.m[s.n[LEVEL_AT] + (s.m[s.n[BUFFER_AT] + k] >> 1)])
    if top == 0:
        return False
    _back(s, top)
    s.n[OUT], open_, at = 1, 0, s.n[TRAIL] - 1
    while True:
        for k in range(s.n[BUFFER]):
            lit = s.m[s.n[BUFFER_AT] + k]
            variable = lit >> 1
            if s.m[s.n[SEEN_AT] + variable] == 0 and s.m[s.n[LEVEL_AT] + variable] > 0:
                s.m[s.n[SEEN_AT] + variable] = 1
                _bump(s, variable)
                if s.m[s.n[LEVEL_AT] + variable] == top:
                    open_ += 1
                else:
                    s.m[s.n[OUT_AT] + s.n[OUT]] = lit
                    s.n[OUT] += 1
        while s.m[s.n[SEEN_AT] + (s.m[s.n[TRAIL_AT] + at] >> 1)] == 0:
            at -= 1
        lit = s.m[s.n[TRAIL_AT] + at]
        s.m[s.n[SEEN_AT] + (lit >> 1)] = 0
        open_ -= 1
        at -= 1
        if open_ == 0:
            break
        _reason(s, lit)
    s.m[s.n[OUT_AT] + 0] = lit ^ 1
    back, place = 0, 1
    for k in range(1, s.n[OUT]):
        s.m[s.n[SEEN_AT] + (s.m[s.n[OUT_AT] + k] >> 1)] = 0
        if s.m[s.n[LEVEL_AT] + (s.m[s.n[OUT_AT] + k] >> 1)] > back:
            back, place = s.m[s.n[LEVEL_AT] + (s.m[s.n[OUT_AT] + k] >> 1)], k
    _back(s, back)
    if s.n[OUT] == 1:
        assign(s, s.m[s.n[OUT_AT] + 0], DECIDED)
        return True
    s.m[s.n[OUT_AT] + 1], s.m[s.n[OUT_AT] + place] = s.m[s.n[OUT_AT] + place], s.m[s.n[OUT_AT] + 1]
    clause = attach(s, s.n[OUT], s.n[OUT])
    assign(s, s.m[s.n[OUT_AT] + 0], s.n[ROWS] + clause)
    s.f[0] *= _DECAY
    return True


@compiled
def attach(s: State, size: int, worth: int) -> int:
    """Make a clause of the first ``size`` literals of ``out``, at least 2; its number."""
    clause, first = s.n[CLAUSES], s.n[POOL]
    s.c[s.n[START_AT] + clause], s.c[s.n[SIZE_AT] + clause], s.c[s.n[WORTH_AT] + clause] = (
        first,
        size,
        worth,
    )
    for k in range(size):
        s.c[s.n[POOL_AT] + first + k] = s.m[s.n[OUT_AT] + k]
    for k in range(2):
        s.c[s.n[AFTER_AT] + 2 * clause + k] = s.m[s.n[HEAD_AT] + s.m[s.n[OUT_AT] + k]]
        s.m[s.n[HEAD_AT] + s.m[s.n[OUT_AT] + k]] = 2 * clause + k
    s.n[CLAUSES], s.n[POOL] = clause + 1, first + size
    return int(clause)


@inner
def _blame(s: State, failed: int) -> None:
    """Put the assumptions that a failed one cannot hold with, and itself, into ``out``."""
    s.n[OUT] = 1
    s.m[s.n[OUT_AT] + 0] = failed
    s.m[s.n[SEEN_AT] + (failed >> 1)] = 1
    for at in range(s.n[TRAIL] - 1, -1, -1):
        lit = s.m[s.n[TRAIL_AT] + at]
        if s.m[s.n[SEEN_AT] + (lit >> 1)] == 0:
            continue
        s.m[s.n[SEEN_AT] + (lit >> 1)] = 0
        if s.m[s.n[LEVEL_AT] + (lit >> 1)] == 0:
            continue
        if s.m[s.n[REASON_AT] + (lit >> 1)] == DECIDED:
            s.m[s.n[OUT_AT] + s.n[OUT]] = lit
            s.n[OUT] += 1
        else:
            _reason(s, lit)
            for k in range(s.n[BUFFER]):
                s.m[s.n[SEEN_AT] + (s.m[s.n[BUFFER_AT] + k] >> 1)] = 1
    s.m[s.n[SEEN_AT] + (failed >> 1)] = 0


@compiled
def forget(s: State, keep: int) -> None:
    """Keep the clauses with at most ``keep`` literals, and those that are never forgotten.

    Only between runs, where nothing is decided: what holds anyway is left out.
    """
    for lit in range(2 * s.n[VARIABLES]):
        s.m[s.n[HEAD_AT] + lit] = -1
    clauses, s.n[CLAUSES], s.n[POOL] = s.n[CLAUSES], 0, 0
    for clause in range(clauses):
        if s.c[s.n[WORTH_AT] + clause] > keep:
            continue
        size, holds = 0, False
        for k in range(
            s.c[s.n[START_AT] + clause], s.c[s.n[START_AT] + clause] + s.c[s.n[SIZE_AT] + clause]
        ):
            lit = s.c[s.n[POOL_AT] + k]
            if s.m[s.n[VALUE_AT] + lit] == 1:
                holds = True
                break
            if s.m[s.n[VALUE_AT] + lit] == 0:
                s.m[s.n[OUT_AT] + size] = lit
                size += 1
        if not holds and size >= 2:
            attach(s, size, s.c[s.n[WORTH_AT] + clause])
    for variable in range(s.n[VARIABLES]):
        s.m[s.n[REASON_AT] + variable] = DECIDED


@compiled
def rewind(s: State) -> None:
    """Take back every decision."""
    _back(s, 0)


@compiled
def begin(s: State) -> bool:
    """Whether rows and graphs can hold before anything is decided."""
    for row in range(s.n[ROWS]):
        if s.m[s.n[SLACK_AT] + row] < 0:
            return False
        for e in range(s.m[s.n[ROW_START_AT] + row], s.m[s.n[ROW_START_AT] + row + 1]):
            lit, slack = s.m[s.n[ROW_LIT_AT] + e], s.m[s.n[SLACK_AT] + row]
            if s.m[s.n[ROW_COEF_AT] + e] > slack and s.m[s.n[VALUE_AT] + lit] == 0:
                assign(s, lit, row)
    return _propagate(s)


@inner
def _next(s: State) -> int:
    """The open variable that conflicts were about most, of the problem's own first; -1 for none."""
    best, most = -1, -1.0
    s.n[WORK] += s.n[FIRST]
    for variable in range(s.n[VARIABLES]):
        if variable >= s.n[FIRST] and best >= 0:
            break
        if s.m[s.n[VALUE_AT] + 2 * variable] == 0 and s.f[1 + variable] > most:
            best, most = variable, s.f[1 + variable]
    return best


@compiled
def run(s: State, conflicts: int) -> int:
    """Search until there is an answer, or none, or so many conflicts; see ``FOUND``.

    Args:
        conflicts: 0 to go on after a pause.
    """
    if conflicts > 0:
        _back(s, 0)
        s.n[LEFT] = conflicts
    room = s.n[ROOM]
    while True:
        if not _propagate(s):
            if s.n[POOL] + room > s.n[POOL_SIZE] or s.n[CLAUSES] + 1 >= s.n[CLAUSE_SIZE]:
                _back(s, 0)
                return FULL
            if not _learn(s):
                return NONE
            s.n[LEFT] -= 1
            continue
        if s.n[LEFT] <= 0:
            _back(s, 0)
            return SPENT
        if s.n[WORK] > _WORK:
            s.n[WORK] = 0
            return PAUSED
        if s.n[LEVEL] < s.n[ASSUMED]:
            lit = s.m[s.n[ASSUMED_AT] + s.n[LEVEL]]
            if s.m[s.n[VALUE_AT] + lit] == -1:
                _blame(s, lit)
                _back(s, 0)
                return NONE_ASSUMED
        else:
            variable = _next(s)
            if variable < 0:
                return FOUND
            lit = 2 * variable + 1 - s.m[s.n[PHASE_AT] + variable]
        s.m[s.n[MARK_AT] + s.n[LEVEL]] = s.n[TRAIL]
        s.n[LEVEL] += 1
        if s.m[s.n[VALUE_AT] + lit] == 0:
            assign(s, lit, DECIDED)
