"""One declared constraint, read in several ways: what is broken, forced, searched and pooled."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.constraint.deduce import deduce, difficulty
from hrm_toolkit.adapters.constraint.exact import count, kernel, rows_of, solve, trail
from hrm_toolkit.adapters.constraint.exact.engine import Engine
from hrm_toolkit.adapters.constraint.exact.state import WORK, State
from hrm_toolkit.adapters.constraint.generate import drawn, other, thin
from hrm_toolkit.adapters.constraint.kinds import (
    AllDifferent,
    Constraint,
    Count,
    Sum,
    at_most,
    exactly,
    some,
)
from hrm_toolkit.adapters.constraint.literal import MOST_VARIABLES
from hrm_toolkit.adapters.constraint.pieces import Islands, Partition
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.spread import Connected, Loop, Tree, View
from hrm_toolkit.adapters.constraint.tables import Regular, Runs, Table
from hrm_toolkit.core import Deadline, InputError, MissingExtraError


def sides(rows: int, columns: int) -> tuple[tuple[int, int], ...]:
    """Cells of a grid that lie side by side, by number."""
    across = [
        (r * columns + c, r * columns + c + 1) for r in range(rows) for c in range(columns - 1)
    ]
    down = [(k, k + columns) for k in range((rows - 1) * columns)]
    return (*across, *down)


def grid(problem: Problem, rows: int, columns: int, *values: int) -> list[int]:
    return [int(k) for k in problem.grid(rows, columns, *values).ravel()]


def counts(problem: Problem, rng: np.random.Generator) -> list[Constraint]:
    cells = grid(problem, 2, 4)

    def draw(most: int) -> tuple[tuple[int, int], ...]:
        chosen = rng.permutation(cells)[: rng.integers(0, most)]
        return tuple((int(k), int(rng.integers(2))) for k in chosen)

    made: list[Constraint] = []
    for _ in range(4):
        of = draw(6)
        low, high = sorted(rng.integers(0, len(of) + 2, size=2).tolist())
        made.append(Count(label="count", of=of, low=low, high=high, when=draw(3)))
    return made


def numbers(problem: Problem, rng: np.random.Generator) -> list[Constraint]:
    cells = grid(problem, 2, 3, 0, 2)
    times = tuple(int(k) for k in rng.integers(-2, 3, size=4))
    low, high = sorted(rng.integers(-3, 6, size=2).tolist())
    total = Sum(label="sum", scope=tuple(cells[2:]), low=low, high=high, coefficients=times)
    return [AllDifferent(label="row", scope=tuple(cells[: rng.integers(2, 4)])), total]


def tables(problem: Problem, rng: np.random.Generator) -> list[Constraint]:
    cells = grid(problem, 2, 3, 0, 2)
    rows = {tuple(int(v) for v in rng.integers(3, size=4)) for _ in range(6)}
    return [Table(label="table", scope=tuple(cells[:4]), rows=tuple(sorted(rows)))]


def words(problem: Problem, rng: np.random.Generator) -> list[Constraint]:
    cells = grid(problem, 1, 5, 0, 2)
    steps = {
        (state, value): int(to)
        for (state, value), to in np.ndenumerate(rng.integers(-1, 3, (3, 3)))
    }
    steps = {step: to for step, to in steps.items() if to >= 0}
    regular = Regular(label="word", scope=tuple(cells), steps=steps, start=0, ends=(1, 2))
    lengths = rng.integers(1, 3, size=rng.integers(3)).tolist()
    return [regular, Runs.of("runs", cells[1:], lengths)] if rng.random() < 0.5 else [regular]


def tree(problem: Problem, rng: np.random.Generator) -> list[Constraint]:
    nodes = tuple((k, int(rng.integers(2))) for k in grid(problem, 3, 3))
    return [Tree(label="tree", nodes=nodes, edges=sides(3, 3))]


def connected(problem: Problem, rng: np.random.Generator) -> list[Constraint]:
    nodes = tuple((k, 0) for k in grid(problem, 3, 3))
    root = int(rng.integers(9)) if rng.random() < 0.3 else None
    rooted = [] if root is None else [exactly("root", 1, [nodes[root]])]
    return [Connected(label="one piece", nodes=nodes, edges=sides(3, 3), root=root), *rooted]


def islands(problem: Problem, rng: np.random.Generator) -> list[Constraint]:
    nodes = tuple((k, 0) for k in grid(problem, 3, 3))
    clues = tuple((int(k), int(rng.integers(4))) for k in rng.permutation(9)[: rng.integers(1, 4)])
    return [Islands(label="island", nodes=nodes, edges=sides(3, 3), clues=clues)]


def view(problem: Problem, rng: np.random.Generator) -> list[Constraint]:
    cells = grid(problem, 2, 4)
    arms = (tuple((k, 1) for k in cells[:4]), tuple((k, 0) for k in cells[4:7]))
    return [View(label="view", arms=arms, n=int(rng.integers(8)))]


def loop(problem: Problem, rng: np.random.Generator) -> list[Constraint]:
    edges = tuple((a, b, problem.var(f"{a}-{b}")) for a, b in sides(2, 4))
    off = ((4, (problem.var("off"), 1)),) if rng.random() < 0.5 else ()
    return [Loop(label="loop", nodes=tuple(map(str, range(8))), edges=edges, off=off)]


def partition(problem: Problem, rng: np.random.Generator) -> list[Constraint]:
    borders = tuple((a, b, problem.var(f"{a}-{b}")) for a, b in sides(2, 3))
    every = [
        tuple(3 * r + c for r in range(top, top + h) for c in range(left, left + w))
        for h, w in itertools.product((1, 2), (1, 2, 3))
        for top in range(3 - h)
        for left in range(4 - w)
    ]
    pieces = tuple(piece for piece in every if rng.random() < 0.7)
    cells = tuple(map(str, range(6)))
    return [Partition(label="pieces", cells=cells, borders=borders, pieces=pieces)]


KINDS = [counts, numbers, tables, words, tree, connected, islands, view, loop, partition]
Kind = Callable[[Problem, np.random.Generator], list[Constraint]]


def every_answer(problem: Problem) -> set[tuple[int, ...]]:
    ranges = [problem.values(k) for k in range(len(problem))]
    return {x for x in itertools.product(*ranges) if problem.holds(np.array(x))}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_not_broken_is_what_a_search_finds(kind: Kind, seed: int) -> None:
    problem, rng = Problem(), np.random.default_rng([1, seed])
    problem.add(kind(problem, rng))
    rows = rows_of(problem)
    engine, found = Engine(rows), set()
    while engine.solve() == "found":
        x = tuple(engine.values())
        assert x not in found
        found.add(x)
        engine.add([rows.of((k, value)) ^ 1 for k, value in enumerate(x)])
    assert found == every_answer(problem)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_forced_is_so_in_every_answer(kind: Kind, seed: int) -> None:
    problem, rng = Problem(), np.random.default_rng([1, seed])
    problem.add(kind(problem, rng))
    answers = sorted(every_answer(problem))
    for _ in range(20 if answers else 0):
        x = answers[rng.integers(len(answers))]
        known = {
            (k, value): value == x[k]
            for k in range(len(problem))
            for value in problem.values(k)
            if rng.random() < 0.4
        }
        others = [y for y in answers if all((y[k] == v) == held for (k, v), held in known.items())]
        for constraint in problem.constraints:
            for literal, holds, uses in constraint.forces(known, problem):
                assert literal is not None
                assert all((y[literal[0]] == literal[1]) == holds for y in others)
                spoken = {k for k, _ in constraint.literals(problem)}
                assert {k for k, _ in uses} <= spoken


@pytest.mark.parametrize("kind", KINDS)
def test_factors_are_over_the_constraints_literals(kind: Kind) -> None:
    problem = Problem()
    problem.add(kind(problem, np.random.default_rng(2)))
    for constraint in problem.constraints:
        spoken = {*constraint.literals(problem)}
        for factor in constraint.factors(problem):
            assert {*factor.of, *factor.when} <= spoken
    for factors in problem.factors(lambda literal: literal):
        assert len(factors.features) == len(factors.start) - 1


def latin(side: int = 4) -> tuple[Problem, list[list[int]]]:
    problem = Problem()
    cells = problem.grid(side, side, 1, side)
    for k in range(side):
        for label, line in (("row", cells[k]), ("column", cells[:, k])):
            scope = tuple(map(int, line))
            problem.add(AllDifferent(label=label, scope=scope, where=f"{label} {k + 1}"))
    return problem, cells.tolist()


def test_a_search_counts_proves_and_keeps_to_its_bounds() -> None:
    problem, cells = latin()
    assert count(problem, 1000, Deadline.never()) == 576
    assert solve(problem, Deadline.after(10)).status == "found"
    assert solve(problem, Deadline.after(-1)).status == "time"
    assert count(problem, 1000, Deadline.after(-1)) == 0
    problem.add(exactly("given", 1, [(cells[0][0], 1)]), exactly("given", 1, [(cells[0][1], 1)]))
    assert solve(problem, Deadline.after(10)).status == "none"


def test_a_wide_sum_is_written_step_by_step_and_ends_with_the_time() -> None:
    problem = Problem()
    scope = tuple(problem.var(f"v{k}", 0, 255) for k in range(40))
    problem.add(Sum(label="sum", scope=scope, low=4000, high=4000))
    # Three rows for each value: to name every larger value for each would be their square.
    assert len(rows_of(problem).rows) < 4 * 256 * len(scope)
    found = solve(problem, Deadline.after(60))
    assert found.x is not None
    assert found.x.sum() == 4000
    looks = itertools.count()
    assert solve(problem, Deadline(3, lambda: float(next(looks)))).status == "time"
    assert next(looks) < 20


def test_a_search_pauses_where_time_ends_and_goes_on_as_it_would_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem, _ = latin(6)
    whole = Engine(rows_of(problem), np.random.default_rng(3))
    paused = Engine(rows_of(problem), np.random.default_rng(3))
    run = kernel.run

    def after_much_work(state: State, conflicts: int) -> int:
        if conflicts:
            state.n[WORK] = 10**12
        return run(state, conflicts)

    assert whole.solve() == "found"
    monkeypatch.setattr(kernel, "run", after_much_work)
    assert paused.solve(Deadline.after(-1)) == "time"
    assert paused.solve() == "found"
    assert paused.values() == whole.values()


def test_clues_that_can_be_spared_are() -> None:
    problem, _ = latin()
    rng = np.random.default_rng(0)
    x = drawn(problem, rng)
    assert x is not None
    for k, value in enumerate(x.tolist()):
        problem.add(exactly("given", 1, [(k, value)], clue=(k,)))
    kept = thin(problem, x, rng)
    assert kept is not None
    assert 4 <= len(kept) < 9
    for left_out in [None, *kept]:
        few, _ = latin()
        few.add(exactly("given", 1, [(k, int(x[k]))]) for (k,) in kept if (k,) != left_out)
        assert (other(few, x) is None) == (left_out is None)


def test_steps_are_told_with_their_reasons() -> None:
    problem, cells = latin()
    givens = [(0, 0, 1), (0, 1, 2), (0, 2, 3), (1, 0, 2)]
    problem.add(exactly("given", 1, [(cells[r][c], v)]) for r, c, v in givens)
    found = deduce(problem)
    last = next(step for step in found.steps if step.literal == (cells[0][3], 4) and step.holds)
    assert found.sentence(last) == "row 1 column 4 is 4: no other value is left"
    assert len(found.because(last)) > 3
    problem.add(exactly("given", 1, [(cells[1][3], 4)]))
    wrong = deduce(problem)
    assert wrong.end is not None
    told = [wrong.sentence(step) for step in wrong.because(wrong.end)]
    assert any("column 4" in sentence for sentence in told)


@pytest.mark.parametrize("clues", ["2 1", "1 2"])
def test_a_wrong_clue_is_explained_in_steps_that_suppose_what_they_refute(clues: str) -> None:
    adapter = get_adapter("lightup")
    puzzle = adapter.parse(f". . . . .\n. 2 . . .\n2 . . . #\n. {clues} . .\n. . . . 0")
    problem = adapter.problem(puzzle)
    assert adapter.count_solutions(puzzle) == 0
    assert deduce(problem).end is None
    steps = adapter.refutation(puzzle)
    assert len(steps) < 15
    assert steps[-1] == "a contradiction, by row 5 column 2 is lit"
    (supposed, *_) = [step for step in steps if "supposing" in step]
    place = "row 2 column 1"
    assert supposed.startswith(f"{place} is")
    assert f"supposing that {place} is" in supposed
    assert "a contradiction, by" in supposed
    # A puzzle with an answer is not refuted.
    right = adapter.generate(np.random.default_rng(5), size=5).puzzle
    assert not adapter.refutation(right)


def test_how_hard_a_problem_is_is_told_by_its_steps() -> None:
    problem, cells = latin()
    assert difficulty(problem, Deadline.after(5)) == "search"
    problem.add(exactly("given", 1, [(k, v)]) for k, v in enumerate([1, 2, 3, 4, 2, 1, 4, 3, 3]))
    assert difficulty(problem, Deadline.after(5)) == "search"
    problem.add(exactly("given", 1, [(cells[2][2], 1)]))
    assert difficulty(problem, Deadline.after(5)) == "steps"


def test_cp_sat_and_the_compiled_search_agree() -> None:
    pytest.importorskip("ortools")
    for kind, seed in itertools.product(KINDS, range(3)):
        problem, rng = Problem(), np.random.default_rng([1, seed])
        problem.add(kind(problem, rng))
        ours = solve(problem, Deadline.after(10), method="search")
        theirs = solve(problem, Deadline.after(10), method="cp-sat")
        assert ours.status == theirs.status
        assert theirs.x is None or problem.holds(theirs.x)


def test_without_its_extra_cp_sat_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ortools.sat.python", None)
    problem, _ = latin()
    with pytest.raises(MissingExtraError, match=r"hrm-toolkit\[exact\]"):
        solve(problem, Deadline.after(1), method="cp-sat")


def test_sizes_are_bounded() -> None:
    problem = Problem()
    for _ in range(MOST_VARIABLES):
        problem.var("x")
    with pytest.raises(InputError, match="too large"):
        problem.var("x")
    with pytest.raises(InputError, match="1 to 256 values"):
        Problem().var("x", 0, 1000)
    assert [c.low for c in (some("a", []), at_most("a", 1, []))] == [1, 0]


def test_machine_code_is_kept_by_the_sources_of_the_whole_search() -> None:
    """Code on disk has that of the functions it calls in it, which lie in other files."""
    functions: list[Any] = [trail.assign, kernel.begin]
    names = [function.py_func.__qualname__ for function in functions]
    assert {name.rsplit("_", 1)[1] for name in names} == {trail._digest()}


def test_islands_say_at_once_what_is_clue_and_what_none_of_them_reaches() -> None:
    nodes = tuple((k, 1) for k in range(9))
    islands = Islands(label="island", nodes=nodes, edges=sides(3, 3), clues=((0, 2),))
    problem = Problem()
    problem.grid(3, 3)
    told = {step.literal: step.holds for step in islands.forces({}, problem)}
    assert told == {(0, 1): True, **{(k, 1): False for k in (2, 4, 5, 6, 7, 8)}}
    for known in ({(0, 1): False}, {(8, 1): True}):
        assert any(step.literal is None for step in islands.forces(known, problem))
