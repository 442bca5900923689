"""The scheduler: lone answers, taken in turns, on time, and one's errors are one's own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    Budget,
    BusyError,
    Deadline,
    Exact,
    InputError,
    OptionError,
    Puzzle,
    Result,
    Segment,
    Settings,
    UnknownNameError,
    WorkerError,
)
from hrm_toolkit.planner.jobs.queue import Turns
from hrm_toolkit.planner.jobs.scheduler import Counts, Scheduler
from hrm_toolkit.planner.jobs.solve import Solve
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Carry, Network, SegmentOutput
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.learner import network_config
from hrm_toolkit.train.recipe import Recipe

SUDOKU = "1...  ..3.  .4..  ...2"
OTHER = "1...  ..3.  .4..  2..."
LONG = Budget(segments=100_000, nodes=0)
PATIENCE = 120.0


class Gate(Network):
    """A network that waits where it is told to, and keeps note of its batches."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network, self.config = network, network.config
        self.open = threading.Event()
        self.open.set()
        self.rows: list[int] = []
        self.refuses: Callable[[Tensor], bool] = lambda tokens: False

    def initial_carry(self, *inputs: Any) -> Carry:
        return self.network.initial_carry(*inputs)

    def forward(self, carry: Carry, tokens: Tensor, *more: Any) -> tuple[Carry, SegmentOutput]:
        self.rows.append(len(tokens))
        self.open.wait(PATIENCE)
        if self.refuses(tokens):
            raise RuntimeError("the device is out of memory")
        following: tuple[Carry, SegmentOutput] = self.network(carry, tokens, *more)
        return following


def untrained(task: str) -> Solver:
    """A solver that knows nothing, behind a gate."""
    adapter = get_adapter(task)
    recipe = Recipe(
        adapter=task,
        network={"family": "structured", "width": 8, "inner": 8, "low_cycles": 1},
        data=Settings(sizes=(4,)),
    )
    network = build_network(network_config(recipe, adapter), 0)
    return Solver(adapter, Gate(network))


def gate_of(solver: Solver) -> Gate:
    assert isinstance(solver.network, Gate)
    return solver.network


@pytest.fixture
def ignorant() -> Solver:
    return untrained("sudoku")


@pytest.fixture
def make(ignorant: Solver) -> Iterator[Callable[..., Scheduler]]:
    """Makes schedulers that know one solver besides the bundled ones."""
    made = []

    def scheduler(**options: Any) -> Scheduler:
        def load(name: str) -> Solver:
            own = {"ignorant": lambda: ignorant, "lost": lambda: untrained("maze")}
            return own[name]() if name in own else Solver.load(name)

        made.append(Scheduler(load=load, **options))
        return made[-1]

    yield scheduler
    gate_of(ignorant).open.set()
    for one in made:
        one.close()


def eventually(true: Callable[[], bool]) -> None:
    """Wait for another thread; a failure is one that would last."""
    ends = time.perf_counter() + PATIENCE
    while not true():
        assert time.perf_counter() < ends
        time.sleep(0.002)


def ended(*solves: Solve) -> list[Result]:
    results = [solve.wait(PATIENCE) for solve in solves]
    assert all(solve.done for solve in solves)
    assert all(solve.error is None for solve in solves)
    return [result for result in results if result is not None]


def same(found: Result, lone: Result) -> None:
    """Equal, but for the time and rounding."""
    loose = {"seconds": 0.0, "confidence": None}
    assert found.model_copy(update=loose) == lone.model_copy(update=loose)
    assert found.confidence == pytest.approx(lone.confidence, abs=1e-3)


REQUESTS: list[tuple[str, int, dict[str, Any]]] = [
    *(("sudoku-4x4", 4, {"strategy": "verified", "seed": seed}) for seed in range(4)),
    *(("maze", size, {"budget": Budget(segments=2, votes=3)}) for size in (5, 7, 7, 9, 11)),
    *(("graph", size, {"strategy": "neural", "seed": 3}) for size in (5, 6, 6, 8)),
    ("maze", 5, {"strategy": "neural", "budget": Budget(segments=3, votes=3)}),
    ("sudoku-4x4", 4, {"strategy": "exact"}),
    ("ignorant", 4, {"strategy": "neural", "budget": Budget(segments=4, votes=2, restarts=2)}),
    ("ignorant", 4, {"budget": Budget(segments=2, votes=2, restarts=2, nodes=0), "seed": 5}),
    ("ignorant", 4, {"budget": Budget(segments=2)}),
    ("ignorant", 9, {"budget": Budget(segments=2, nodes=3)}),
    ("maze", 11, {"budget": Budget(segments=4, votes=3, restarts=2, nodes=0)}),
]


def test_without_a_budget_a_request_gets_the_attempts_of_a_lone_one(
    make: Callable[..., Scheduler],
) -> None:
    solver, scheduler = Solver.load("graph"), make()
    for index in range(30):
        puzzle = solver.adapter.generate(np.random.default_rng([7, 0, index]), size=12).puzzle
        lone = solver.solve(puzzle, strategy="neural", seed=3)
        if lone.source == "structured+restarts":
            break
    assert lone.segments > 1
    (found,) = ended(scheduler.submit("graph", puzzle, strategy="neural", seed=3))
    same(found, lone)


def test_a_task_is_solved_action_by_action_beside_others_and_its_plan_grows() -> None:
    solver = untrained("lights-out")
    scheduler = Scheduler(load=lambda name: solver)
    budget = Budget(segments=1, restarts=1, nodes=200)
    boards = ["OO.\nO..\n...", "...\n..O\n.OO"]  # a press each
    try:
        puzzles = [solver.adapter.parse(board) for board in boards]
        solves = [scheduler.submit("dark", puzzle, budget=budget) for puzzle in puzzles]
        results = ended(*solves)
    finally:
        scheduler.close()
    assert all(result.solved for result in results)
    assert all(result.source.startswith("structured") for result in results)
    for solve, result in zip(solves, results, strict=True):
        assert 1 <= result.nodes <= 200
        grown = [len(told["answer"]["actions"]) for told in solve.told() if told["answer"]]
        assert grown == sorted(grown)


def test_64_requests_at_a_time_are_answered_as_each_alone(
    make: Callable[..., Scheduler], ignorant: Solver
) -> None:
    assert len(REQUESTS) == 20
    solvers = {name: Solver.load(name) for name in ("sudoku-4x4", "maze", "graph")}
    solvers["ignorant"] = ignorant
    puzzles, lone = [], []
    for index, (name, size, options) in enumerate(REQUESTS):
        rng = np.random.default_rng([7, 0, index])
        puzzles.append(solvers[name].adapter.generate(rng, size=size).puzzle)
        lone.append(solvers[name].solve(puzzles[-1], **options))
    ways = {"exact", "structured", "structured+votes", "structured+search"}
    assert {result.source for result in lone} >= ways
    scheduler = make(slots=16, searches=2)

    def ask(number: int) -> Solve:
        name, _, options = REQUESTS[number % 20]
        client = f"client {number % 7}"
        return scheduler.submit(name, puzzles[number % 20], client=client, **options)

    with ThreadPoolExecutor(64) as threads:
        solves = list(threads.map(ask, range(64)))
    for number, solve in enumerate(solves):
        (found,) = ended(solve)
        same(found, lone[number % 20])
        assert not solve.timed_out
        assert not solve.cancelled
    assert max(gate_of(ignorant).rows) > 1
    idle = Counts(waiting=0, running=0, rows=0, rows_waiting=0, searches=0)
    eventually(lambda: scheduler.counts() == idle)


def test_a_row_that_ends_frees_its_slot_before_the_next_segment(
    make: Callable[..., Scheduler], ignorant: Solver
) -> None:
    gate, scheduler = gate_of(ignorant), make(slots=2)
    gate.open.clear()
    budgets = [Budget(segments=n, nodes=0) for n in (5, 1, 2, 1)]
    solves = []
    for number, budget in enumerate(budgets):
        solves.append(scheduler.submit("ignorant", SUDOKU, budget=budget))
        # The first is alone in the first segment before anybody else comes.
        eventually(lambda: gate.rows and sum_of_rows(scheduler) == number + 1)  # noqa: B023
    gate.open.set()
    ended(*solves)
    assert gate.rows == [1, 2, 2, 2, 2]


def sum_of_rows(scheduler: Scheduler) -> int:
    counts = scheduler.counts()
    return counts.rows + counts.rows_waiting


def test_clients_take_turns(make: Callable[..., Scheduler], ignorant: Solver) -> None:
    gate, scheduler, order = gate_of(ignorant), make(slots=1), []
    gate.open.clear()
    budget = Budget(segments=1, nodes=0)

    def ask(client: str) -> Solve:
        def note(segment: Segment) -> None:
            order.append(client)

        return scheduler.submit("ignorant", SUDOKU, budget=budget, client=client, on_progress=note)

    solves = [ask("ann") for _ in range(20)]
    eventually(lambda: scheduler.counts().rows == 1)
    solves += [ask("bob"), ask("bob")]
    gate.open.set()
    ended(*solves)
    assert sorted(order) == ["ann"] * 20 + ["bob"] * 2
    assert [place for place, client in enumerate(order) if client == "bob"][-1] <= 8


def test_long_work_in_every_slot_keeps_nobody_else_out(make: Callable[..., Scheduler]) -> None:
    scheduler = make(slots=2)
    long = [scheduler.submit("ignorant", SUDOKU, budget=LONG, client="ann") for _ in range(9)]
    eventually(lambda: scheduler.counts().rows == 2)
    short = scheduler.submit("ignorant", SUDOKU, budget=Budget(segments=2, nodes=0), client="bob")
    ended(short)
    assert not any(solve.done for solve in long)


def test_exact_searches_hold_up_no_network_and_begin_in_turn(
    make: Callable[..., Scheduler], ignorant: Solver, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler, begun, at_work = make(slots=2, searches=1), [], []
    exact, gate = ignorant.adapter.exact, threading.Semaphore(0)

    def waits(*puzzle: Any, **options: Any) -> Any:
        at_work.append(puzzle)
        assert gate.acquire(timeout=PATIENCE)
        return exact(*puzzle, **options)

    monkeypatch.setattr(ignorant.adapter, "exact", waits)

    def ask(client: str) -> Solve:
        alone = Solver(ignorant.adapter, None)
        note = partial(begun.append, client)
        return scheduler.submit(alone, SUDOKU, client=client, on_begin=note)

    searches = [ask("ann") for _ in range(20)]
    eventually(lambda: begun == ["ann"])
    assert [solve.begun for solve in searches] == [True] + [False] * 19
    ended(scheduler.submit("ignorant", SUDOKU, budget=Budget(segments=2, nodes=0), client="ann"))
    searches += [ask("bob"), ask("bob")]
    # A client without a place gets one even when all are taken.
    eventually(lambda: begun == ["ann", "bob"])
    assert scheduler.counts().searches == 2
    # Each that ends lets one in; the gate opens to them in the order in which they came to it.
    for number in (2, 3, 4):
        eventually(lambda n=number: len(at_work) == n)
        gate.release()
    eventually(lambda: len(at_work) == 5)
    assert begun[:4] == ["ann", "bob", "ann", "bob"]
    gate.release(len(searches))
    assert all(result.source == "exact" for result in ended(*searches))
    assert len(begun) == 22


def test_what_ends_before_its_turn_never_begins(
    make: Callable[..., Scheduler], ignorant: Solver
) -> None:
    gate_of(ignorant).open.clear()
    scheduler, told = make(slots=1), threading.Event()
    for _ in range(3):
        scheduler.submit("ignorant", SUDOKU, budget=LONG)
    solve = scheduler.submit("ignorant", SUDOKU, budget=LONG, on_begin=told.set)
    solve.cancel()
    assert solve.future.done()
    assert not solve.begun
    gate_of(ignorant).open.set()
    assert not told.is_set()


def stuck() -> Puzzle:
    """Clauses of three at random, where some can just be kept: no search comes to an end."""
    rng = np.random.default_rng(0)
    names = [f"v{k}" for k in range(500)]
    clauses = [rng.choice(names, 3, replace=False).tolist() for _ in range(2150)]
    some = [
        {"kind": "Count", "of": [f"{name}={rng.integers(2)}" for name in clause], "low": 1}
        for clause in clauses
    ]
    data = {"variables": dict.fromkeys(names, (0, 1)), "constraints": some}
    return get_adapter("problem").coerce(data)


def test_an_exact_search_that_is_cancelled_gives_its_place_to_the_next(
    make: Callable[..., Scheduler],
) -> None:
    scheduler = make(searches=1)
    problems = Solver(get_adapter("problem"), None)
    long = scheduler.submit(problems, stuck(), budget=Budget(seconds=3600))
    eventually(lambda: long.begun)
    waiting = scheduler.submit(Solver(get_adapter("sudoku"), None), SUDOKU)
    long.cancel()
    assert long.done
    assert [result.source for result in ended(waiting)] == ["exact"]
    eventually(lambda: scheduler.counts().searches == 0)


def test_a_search_of_a_tasks_own_ends_when_the_scheduler_closes(
    make: Callable[..., Scheduler], ignorant: Solver, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, left = threading.Event(), threading.Event()

    def endless(puzzle: Puzzle, *, seconds: float) -> Exact[Any]:
        bound = Deadline.after(seconds)
        if seconds > 1:  # and not to load it before the clock runs
            began.set()
        while not bound.over:
            time.sleep(0.002)
        left.set()
        return Exact(None)

    scheduler = make(searches=1)
    monkeypatch.setattr(ignorant.adapter, "exact", endless)
    how: Any = {"strategy": "exact", "budget": Budget(seconds=3600)}
    solve = scheduler.submit("ignorant", SUDOKU, **how)
    assert began.wait(PATIENCE)
    left.clear()
    scheduler.close()
    assert left.wait(PATIENCE)
    assert isinstance(solve.error, BusyError)


@given(
    asked=st.lists(st.integers(0, 3), max_size=30),
    places=st.integers(1, 4),
)
def test_turns_serve_everyone_once_and_in_turn(asked: list[int], places: int) -> None:
    turns: Turns[tuple[int, int]] = Turns(places)
    for item in enumerate(asked):
        turns.put(str(item[1]), item)
    served: list[tuple[int, int]] = []
    while len(turns):
        taken = []
        while (next_one := turns.take()) is not None:
            taken.append(next_one)
        assert 0 < len(taken) <= 2 * places
        assert turns.held == len(taken)
        for item in taken:
            turns.free(str(item[1]))
        served += taken
    assert sorted(served) == list(enumerate(asked))
    for client in set(asked):
        mine = [number for number, who in served if who == client]
        assert mine == sorted(mine)
        # Until a client's last, nobody else is served twice as often and one more.
        last = served.index((mine[-1], client))
        for other in set(asked):
            assert sum(who == other for _, who in served[:last]) <= len(mine) + places


def test_turns_refuse_when_too_much_waits() -> None:
    turns: Turns[int] = Turns(1, most=2)
    turns.put("ann", 1)
    turns.put("ann", 2)
    with pytest.raises(BusyError, match="2 requests wait already"):
        turns.put("bob", 3)
    assert turns.drop(lambda item: item == 1) == [1]
    turns.put("bob", 3)


def test_a_deadline_ends_a_row_with_its_best_so_far(make: Callable[..., Scheduler]) -> None:
    scheduler = make()
    solve = scheduler.submit("ignorant", SUDOKU, budget=LONG, deadline=Deadline.after(0.5))
    (result,) = ended(solve)
    assert solve.timed_out
    assert not result.solved
    assert result.answer is not None
    assert result.verdict == get_adapter("sudoku").rules.check(
        get_adapter("sudoku").coerce(SUDOKU), result.answer
    )
    assert 0.5 <= result.seconds < PATIENCE / 2
    eventually(lambda: scheduler.counts().running == scheduler.counts().rows == 0)


def test_seconds_of_a_budget_count_from_the_call(
    make: Callable[..., Scheduler], ignorant: Solver
) -> None:
    scheduler = make(slots=1)
    gate_of(ignorant).open.clear()
    for _ in range(9):
        scheduler.submit("ignorant", SUDOKU, budget=LONG)
    late = scheduler.submit("ignorant", SUDOKU, budget=Budget(seconds=0.1))
    assert late.wait() is None
    assert late.done
    assert late.timed_out
    assert late.error is None


def test_a_deadline_ends_a_search(make: Callable[..., Scheduler]) -> None:
    scheduler = make()
    maze = get_adapter("maze").generate(np.random.default_rng([0, 0, 0]), size=40).puzzle
    solve = scheduler.submit("maze", maze, budget=Budget(segments=1, seconds=0.2))
    solve.wait()
    assert solve.done
    eventually(lambda: scheduler.counts().searches == scheduler.counts().running == 0)


def test_waiting_keeps_to_its_time_and_shows_the_best_so_far(
    make: Callable[..., Scheduler],
) -> None:
    solve = make().submit("ignorant", SUDOKU, budget=LONG)
    assert solve.wait(0.0) is None
    eventually(lambda: solve.best() is not None)
    best = solve.best()
    assert best is not None
    assert best.segments >= 1
    assert not best.solved
    assert not solve.done


def test_cancelled_requests_end_at_once_and_leave(
    make: Callable[..., Scheduler], ignorant: Solver
) -> None:
    scheduler = make(slots=1)
    running = scheduler.submit("ignorant", SUDOKU, budget=LONG)
    eventually(lambda: running.best() is not None)
    waiting = [scheduler.submit("ignorant", SUDOKU, budget=LONG) for _ in range(4)]
    for solve in (*waiting, running):
        solve.cancel()
        assert solve.done
        assert solve.cancelled
        assert not solve.timed_out
    (result,) = ended(running)
    assert result.answer is not None
    assert ended(*waiting) == []
    eventually(lambda: scheduler.counts().running == sum_of_rows(scheduler) == 0)
    assert ended(scheduler.submit("ignorant", SUDOKU, budget=Budget(segments=1)))[0].solved


def test_the_last_row_to_leave_a_batch_takes_no_other_batch_with_it(
    make: Callable[..., Scheduler], caplog: pytest.LogCaptureFixture
) -> None:
    scheduler = make()
    goes = scheduler.submit("ignorant", SUDOKU, budget=LONG)
    stays = scheduler.submit("ignorant", "." * 81, budget=LONG)
    eventually(lambda: goes.segment is not None and stays.segment is not None)
    goes.cancel()
    eventually(lambda: scheduler.counts().rows == 1)
    assert stays.segment is not None
    then = stays.segment.index
    eventually(lambda: stays.done or segments_of(stays) > then + 2)
    assert stays.error is None
    assert not stays.done
    scheduler.close()
    assert caplog.records == []


def segments_of(solve: Solve) -> int:
    return solve.segment.index if solve.segment else 0


def test_a_cancelled_search_stops(
    make: Callable[..., Scheduler], monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler, rules = make(searches=1), get_adapter("maze").rules
    actions = rules.actions

    def slow(state: Any) -> Any:
        time.sleep(0.5)
        return actions(state)

    # To the far corner there are hundreds of states: longer than this test is ready to wait.
    monkeypatch.setattr(rules, "actions", slow)
    grid = ["S" + "." * 19, *["." * 20] * 18, "." * 19 + "G"]
    solve = scheduler.submit("lost", {"grid": grid}, budget=Budget(segments=1))
    eventually(lambda: scheduler.counts().searches == 1)
    solve.cancel()
    eventually(lambda: scheduler.counts().searches == scheduler.counts().running == 0)
    assert solve.cancelled


def test_an_answer_that_is_there_is_not_cancelled(make: Callable[..., Scheduler]) -> None:
    solve = make().submit("sudoku-4x4", SUDOKU)
    (result,) = ended(solve)
    solve.cancel()
    assert result.solved
    assert not solve.cancelled
    assert solve.wait(0.0) == solve.best() == result


def test_progress_comes_with_each_segment(make: Callable[..., Scheduler]) -> None:
    told: list[Segment] = []
    solve = make().submit(
        "ignorant",
        SUDOKU,
        budget=Budget(segments=3, votes=2, nodes=0),
        on_progress=told.append,
        job="job-1",
    )
    ended(solve)
    assert solve.id == "job-1"
    assert [s.index for s in told] == [1, 2, 3, 4, 5, 6]
    assert {s.total for s in told} == {6}
    assert all(0 <= s.halt <= 1 and 0 < s.confidence <= 1 for s in told)
    assert all(s.verdict.violations for s in told)
    assert all(s.filled is not None and 0 <= s.filled <= 16 for s in told)
    assert [s.seconds for s in told] == sorted(s.seconds for s in told)
    assert solve.segment == told[-1]


def test_progress_counts_up_to_what_the_solver_takes_unless_said(
    make: Callable[..., Scheduler], ignorant: Solver
) -> None:
    told: list[Segment] = []
    solve = make().submit("ignorant", SUDOKU, strategy="neural", on_progress=told.append)
    eventually(lambda: told)
    solve.cancel()
    assert (told[0].index, told[0].total) == (1, ignorant.segments)


def test_an_error_of_a_listener_harms_nobody(make: Callable[..., Scheduler]) -> None:
    calls = []

    def broken(segment: Segment) -> None:
        calls.append(segment)
        raise RuntimeError("the connection is gone")

    budget, scheduler = Budget(segments=3, nodes=0), make()
    solves = [
        scheduler.submit("ignorant", SUDOKU, budget=budget, on_progress=listener)
        for listener in (broken, None)
    ]
    assert [result.segments for result in ended(*solves)] == [3, 3]
    assert len(calls) == 1


def test_a_full_queue_refuses_and_what_is_in_it_is_answered(
    make: Callable[..., Scheduler], ignorant: Solver
) -> None:
    gate, scheduler = gate_of(ignorant), make(slots=1, queue=3)
    gate.open.clear()
    budget = Budget(segments=1, nodes=0)
    taken = [scheduler.submit("ignorant", SUDOKU, budget=budget) for _ in range(5)]
    with pytest.raises(BusyError, match="3 requests wait already; expected at most 3"):
        scheduler.submit("ignorant", SUDOKU, budget=budget)
    taken.pop().cancel()
    taken.append(scheduler.submit("ignorant", SUDOKU, budget=budget))
    gate.open.set()
    assert len(ended(*taken)) == 5


def test_a_batch_that_fails_fails_only_the_row_at_fault(
    make: Callable[..., Scheduler], ignorant: Solver
) -> None:
    gate, scheduler = gate_of(ignorant), make()
    poison, budget = OTHER, Budget(segments=3, nodes=0)
    adapter = ignorant.adapter
    tokens = torch.from_numpy(adapter.codec.encode(adapter.coerce(poison))).long()
    gate.refuses = lambda batch: bool((batch[:, : len(tokens)] == tokens).all(1).any())
    gate.open.clear()
    good = [scheduler.submit("ignorant", SUDOKU, budget=budget) for _ in range(3)]
    bad = scheduler.submit("ignorant", poison, budget=budget)
    eventually(lambda: sum_of_rows(scheduler) == 4)
    gate.open.set()
    assert [result.segments for result in ended(*good)] == [3, 3, 3]
    assert bad.wait(PATIENCE) is None
    assert isinstance(bad.error, WorkerError)
    assert "out of memory" in str(bad.error)
    gate.refuses = lambda batch: False
    assert len(ended(scheduler.submit("ignorant", poison, budget=budget))) == 1
    eventually(lambda: scheduler.counts().running == scheduler.counts().rows == 0)


def test_an_adapter_that_breaks_on_one_puzzle_fails_that_one(
    make: Callable[..., Scheduler], ignorant: Solver, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler, budget = make(), Budget(segments=3, nodes=0)
    poison = ignorant.adapter.coerce(OTHER)
    check = ignorant.adapter.rules.check

    def breaking(puzzle: Any, answer: Any) -> Any:
        if puzzle == poison:
            raise ZeroDivisionError("no rule for this")
        return check(puzzle, answer)

    monkeypatch.setattr(ignorant.adapter.rules, "check", breaking)
    solves = [
        scheduler.submit("ignorant", puzzle, budget=budget) for puzzle in (SUDOKU, poison, SUDOKU)
    ]
    assert len(ended(solves[0], solves[2])) == 2
    solves[1].wait(PATIENCE)
    assert isinstance(solves[1].error, WorkerError)
    assert "no rule for this" in str(solves[1].error)


def test_bad_requests_are_refused_at_once(make: Callable[..., Scheduler]) -> None:
    scheduler = make()
    with pytest.raises(UnknownNameError, match="sudoku"):
        scheduler.submit("soduku", SUDOKU)
    with pytest.raises(UnknownNameError, match="did you mean"):
        scheduler.submit("ignorant", SUDOKU, strategy="verifed")  # type: ignore[arg-type]
    with pytest.raises(InputError):
        scheduler.submit("ignorant", "no sudoku")
    with pytest.raises(OptionError, match="seed"):
        scheduler.submit("ignorant", SUDOKU, seed=-1)


def test_a_closed_scheduler_ends_what_is_in_flight_and_refuses(
    make: Callable[..., Scheduler], caplog: pytest.LogCaptureFixture
) -> None:
    scheduler = make(slots=16)
    solves = [scheduler.submit("ignorant", SUDOKU, budget=LONG) for _ in range(40)]
    eventually(lambda: scheduler.counts().rows == 16)
    scheduler.close()
    scheduler.close()
    for solve in solves:
        assert solve.wait(PATIENCE) is None
        assert isinstance(solve.error, BusyError)
    with pytest.raises(BusyError, match="closed"):
        scheduler.submit("ignorant", SUDOKU)
    assert caplog.records == []


def test_contradictions_are_told_without_a_network(make: Callable[..., Scheduler]) -> None:
    (result,) = ended(make().submit("ignorant", "11..  ....  ....  ...."))
    assert result.unsolvable
    assert result.verdict.violations
    assert result.segments == 0
