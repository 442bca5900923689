"""Jobs of a service: on time, cancelled, capped, kept over restarts, with progress."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hrm_toolkit.core import InputError, Segment, StorageError
from hrm_toolkit.core.clock import beside
from hrm_toolkit.planner.jobs.store import JobStore
from hrm_toolkit.planner.limits import MOST_BATCH, MOST_PARTS
from hrm_toolkit.planner.reply import Reply
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.functions import follow
from hrm_toolkit.planner.tools.toolbox import Toolbox
from hrm_toolkit.solvers.solver import Solver

SMALL = "1...  ..3.  .4..  ...2"
SOLVED = [[1, 3, 2, 4], [4, 2, 3, 1], [2, 4, 1, 3], [3, 1, 4, 2]]
MAZE = "S..\n##.\nG.."
HARD = "8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4.."
PATIENCE = 60.0

Gate = Any


def error_of(reply: Reply) -> dict[str, Any]:
    assert reply.status == "error"
    error: dict[str, Any] = reply.data["error"]
    return error


def eventually(true: Callable[[], bool]) -> None:
    """Wait for another thread; a failure is one that would last."""
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.005)


def test_a_call_returns_on_time_with_a_job_that_goes_on(box: Toolbox, gate: Gate) -> None:
    reply = box.call("solve", {"puzzle": MAZE, "strategy": "exact", "wait_s": 0})
    assert reply.status == "running"
    job = reply.data["job"]
    assert job in reply.text
    assert box.call("job", {"action": "get", "id": job, "wait_s": 0}).status == "running"
    (row,) = box.call("job", {"action": "list"}).data["jobs"]
    assert (row["job"], row["task"], row["outcome"]) == (job, "maze", None)
    gate.open.set()
    done = box.call("job", {"action": "get", "id": job, "wait_s": PATIENCE})
    assert done.status == "solved"
    assert done.data["job"] == job
    assert box.call("job", {"action": "get", "id": job}) == done
    assert box.call("job", {"action": "list"}).data["jobs"][0]["outcome"] == "solved"


def test_a_job_that_is_cancelled_ends_and_stays_ended(box: Toolbox, gate: Gate) -> None:
    reply = box.call("solve", {"puzzle": MAZE, "strategy": "exact", "wait_s": 0})
    assert gate.entered.wait(PATIENCE)
    job = reply.data["job"]
    assert box.call("cancel", {"id": job}).status == "cancelled"
    gate.open.set()
    for tool in ("job", "cancel"):
        assert box.call(tool, {"id": job}).status == "cancelled"


def test_a_job_that_is_cancelled_while_its_solver_loads_stays_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded, load = threading.Event(), Solver.load

    def slow(*what: Any, **how: Any) -> Any:
        loaded.wait(PATIENCE)
        return load(*what, **how)

    monkeypatch.setattr(Solver, "load", slow)
    with Service() as service:
        job = service.solve(SMALL, wait_s=0).data["job"]
        cancelled = service.job("cancel", job)
        assert cancelled.status == "cancelled"
        loaded.set()
        assert service.job("get", job, wait_s=PATIENCE) == cancelled
    assert service.solve(SMALL).data["error"]["code"] == "busy"


def test_an_answer_is_told_once_it_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    store, written = JobStore(), threading.Event()
    finish = store.finish

    def slow(*what: Any) -> Any:
        written.wait(PATIENCE)
        return finish(*what)

    monkeypatch.setattr(store, "finish", slow)
    with Service(jobs=store) as service:
        reply = service.solve(SMALL, strategy="exact", wait_s=0.5)
        assert reply.status == "running"
        written.set()
        assert service.job("get", reply.data["job"], wait_s=PATIENCE).status == "solved"


def test_a_job_ends_in_time_even_where_its_search_does_not(service: Service, gate: Gate) -> None:
    reply = service.solve(MAZE, strategy="exact", seconds=0.05)
    assert reply.status == "timeout_none"
    assert not gate.open.is_set()
    assert service.job("get", reply.data["job"]).status == "timeout_none"


def test_a_job_that_waits_for_its_turn_says_its_place(gate: Gate) -> None:
    with Service(workers=1, wait_s=0.0) as service:
        service.solve(MAZE, strategy="exact")
        assert gate.entered.wait(PATIENCE)
        waiting = [service.solve(MAZE, strategy="exact") for _ in range(2)]
        assert [reply.data["position"] for reply in waiting] == [1, 2]
        assert "it is number 2 in the queue" in waiting[1].text
        rows = service.job("list").data["jobs"]
        assert [row["position"] for row in rows] == [2, 1, None]
        gate.open.set()


def test_a_job_counts_as_running_once_its_turn_has_come(tmp_path: Path, gate: Gate) -> None:
    ask = {"strategy": "exact", "wait_s": 0.0}
    with JobStore(tmp_path / "jobs.sqlite") as store:
        with Service(jobs=store, workers=1) as service:
            first, second = (service.solve(MAZE, **ask).data["job"] for _ in range(2))
            assert gate.entered.wait(PATIENCE)
            eventually(lambda: store.get(first).status == "running")
            assert (store.get(second).status, store.get(second).runs) == ("queued", 0)
        gate.open.set()


def test_long_searches_of_one_client_keep_no_other_from_searching(gate: Gate) -> None:
    with Service(workers=1, wait_s=0.0, client_jobs=99) as service:
        threads = threading.active_count()
        for _ in range(3):
            assert service.batch([MAZE] * 20, strategy="exact", client="ann").status == "running"
        assert gate.entered.wait(PATIENCE)
        # A thread for each job, for its search places, for its networks and for upkeep.
        assert threading.active_count() <= threads + 8
        found = service.solve(SMALL, strategy="exact", client="bob", wait_s=PATIENCE)
        assert found.status == "solved"
        assert not gate.open.is_set()
        gate.open.set()


def test_a_part_that_cannot_be_begun_leaves_the_others_alone(box: Toolbox) -> None:
    pair = {"input": [[1, 0]], "output": [[0, 1]]}
    untrained = json.dumps({"task": "arc", "train": [pair], "test": [{"input": [[2, 0]]}]})
    ask = {"puzzles": [SMALL, untrained, SMALL], "strategy": "neural"}
    replies = box.call("batch", ask).data["replies"]
    assert [reply["status"] for reply in replies] == ["solved", "error", "solved"]
    assert "no trained network for arc" in replies[1]["error"]["message"]


def test_puzzles_in_flight_are_bounded_over_all_clients(gate: Gate) -> None:
    with Service(wait_s=0.0) as service:
        most = MOST_PARTS // MOST_BATCH
        for number in range(most + 1):
            reply = service.batch([MAZE] * MOST_BATCH, strategy="exact", client=f"c{number // 8}")
            assert reply.status == ("running" if number < most else "error")
        assert (error_of(reply)["code"], error_of(reply)["retryable"]) == ("busy", True)
        gate.open.set()


def test_ended_jobs_are_forgotten_while_nobody_asks() -> None:
    store = JobStore(ttl=0.05)

    def kept() -> int:
        with store._lock:
            return int(store._db.execute("SELECT count(*) FROM jobs").fetchone()[0])

    with Service(jobs=store, upkeep_s=0.01) as service:
        assert service.solve(SMALL, strategy="exact", wait_s=PATIENCE).status == "solved"
        eventually(lambda: kept() == 0)


def test_a_job_whose_turn_does_not_come_ends_in_time(gate: Gate) -> None:
    with Service(workers=1, wait_s=PATIENCE) as service:
        service.solve(MAZE, strategy="exact", wait_s=0)
        assert gate.entered.wait(PATIENCE)
        assert service.solve(SMALL, strategy="exact", seconds=0.05).status == "timeout_none"
        gate.open.set()


def test_jobs_belong_to_their_client(box: Toolbox) -> None:
    job = box.call("solve", {"puzzle": SMALL, "strategy": "exact"}, client="ann").data["job"]
    for tool in ("job", "cancel"):
        error = error_of(box.call(tool, {"id": job}, client="bob"))
        assert error["code"] == "unknown_name"
    assert box.call("job", {"action": "list"}, client="bob").data["jobs"] == []
    assert box.call("job", {"action": "get", "id": job}, client="ann").status == "solved"


def test_a_client_has_a_cap_and_others_are_not_held_up(gate: Gate) -> None:
    with Service(client_jobs=2, wait_s=0.0) as service:
        box = Toolbox(service)
        ask = {"puzzle": MAZE, "strategy": "exact"}
        assert [box.call("solve", ask, client="ann").status for _ in range(2)] == ["running"] * 2
        error = error_of(box.call("solve", ask, client="ann"))
        assert (error["code"], error["retryable"]) == ("busy", True)
        assert box.call("solve", ask, client="bob").status == "running"
        gate.open.set()


def test_jobs_survive_a_restart_and_are_answered_to_the_same_client(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    with JobStore(path) as store, Service(jobs=store, wait_s=PATIENCE) as before:
        answered = before.solve(SMALL, strategy="exact", client="ann").data["job"]
    with JobStore(path) as store:
        request = {"puzzles": [{"task": "maze", "grid": ["SG"]}], "strategy": "exact"}
        left = store.create(request, client="ann").id
        store.start(left)
        broken = store.create({"puzzles": [{"task": "chess"}]}, client="ann").id
    with JobStore(path) as store, Service(jobs=store, wait_s=PATIENCE) as after:
        assert after.job("get", answered, client="ann").data["answer"]["grid"] == SOLVED
        assert after.job("get", left, client="ann").data["answer"]["path"] == [[0, 0], [0, 1]]
        failed = Toolbox(after).call("job", {"action": "get", "id": broken}, client="ann")
        assert error_of(failed)["code"] == "unknown_name"
        assert failed.data["job"] == broken


def test_what_was_in_flight_when_a_service_closed_is_done_by_the_next(
    tmp_path: Path, gate: Gate
) -> None:
    path = tmp_path / "jobs.sqlite"
    with JobStore(path) as store, Service(jobs=store) as before:
        job = before.solve(MAZE, strategy="exact", wait_s=0).data["job"]
        assert gate.entered.wait(PATIENCE)
    gate.open.set()
    with JobStore(path) as store, Service(jobs=store) as after:
        assert after.job("get", job, wait_s=PATIENCE).status == "solved"


def test_of_jobs_that_may_have_brought_servers_down_one_runs_at_a_time(
    tmp_path: Path, gate: Gate
) -> None:
    path = tmp_path / "jobs.sqlite"
    request = {"puzzles": [{"task": "maze", "grid": ["SG"]}], "strategy": "exact"}
    with JobStore(path) as store:
        suspects = [store.create(request).id for _ in range(2)]
    for _ in range(2):
        store = JobStore(path)
        store.resume()
        for id in suspects:
            store.start(id)
        store._db.close()  # as a process that is killed leaves it
    with JobStore(path) as store, Service(jobs=store, workers=3) as service:
        fresh = service.solve(MAZE, strategy="exact", wait_s=0).data["job"]
        eventually(lambda: store.get(fresh).status == "running")
        eventually(lambda: "running" in {store.get(id).status for id in suspects})
        assert sorted(store.get(id).status for id in suspects) == ["queued", "running"]
        gate.open.set()
        assert [
            service.job("get", id, client="local", wait_s=PATIENCE).status
            for id in (*suspects, fresh)
        ] == ["solved"] * 3


def test_closing_waits_for_what_is_in_flight_and_takes_on_no_more(gate: Gate) -> None:
    service = Service(wait_s=PATIENCE)
    job = service.solve(MAZE, strategy="exact", wait_s=0).data["job"]
    follower: list[Reply] = []
    waiting = threading.Thread(target=lambda: follower.append(service.job("get", job)))
    waiting.start()
    closing = threading.Thread(target=lambda: service.close(drain_s=PATIENCE))
    closing.start()
    while service.solve(MAZE, strategy="exact", wait_s=0).status == "running":
        pass
    error = error_of(service.solve(MAZE, strategy="exact", wait_s=0))
    assert (error["code"], error["retryable"]) == ("busy", True)
    gate.open.set()
    waiting.join(PATIENCE)
    closing.join(PATIENCE)
    assert [reply.status for reply in follower] == ["solved"]


def test_progress_is_told_once_a_segment(box: Toolbox) -> None:
    seen: list[Segment] = []
    ask = {"puzzle": HARD, "strategy": "neural", "segments": 3}
    box.call("solve", ask, on_progress=seen.append)
    assert 1 <= len(seen) <= 3
    assert [s.index for s in seen] == [*range(1, len(seen) + 1)]
    assert {s.total for s in seen} == {3}
    assert all(s.verdict.violations and 0 <= s.halt <= 1 for s in seen)


def test_progress_can_be_iterated_over_and_ends_with_the_reply(service: Service) -> None:
    *told, reply = follow(service.solve, HARD, strategy="neural", segments=3)
    assert isinstance(reply, Reply)
    assert reply.data["segments"] == len(told)
    assert [s.index for s in told if isinstance(s, Segment)] == [*range(1, len(told) + 1)]
    with pytest.raises(TypeError, match="lucky"):
        list(follow(Toolbox(service).call, "solve", {"puzzle": HARD}, lucky=True))


def test_a_store_that_fails_keeps_nobody_from_an_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    def too_large(id: str, status: str, result: object) -> None:
        monkeypatch.setattr(service.jobs, "finish", full)
        raise InputError("a job's result is too large")

    monkeypatch.setattr(service.jobs, "finish", too_large)
    reply = service.solve(SMALL, strategy="exact")
    assert reply.status == "solved"
    assert service.job("get", reply.data["job"]) == reply


def test_what_could_not_be_written_down_is_once_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    store = JobStore()
    with Service(jobs=store, upkeep_s=0.01) as service, monkeypatch.context() as failing:
        for method in ("start", "update", "finish"):
            failing.setattr(store, method, full)
        reply = service.solve(SMALL, strategy="exact", wait_s=PATIENCE)
        assert store.get(reply.data["job"]).status == "queued"
        failing.undo()
        eventually(lambda: store.get(reply.data["job"]).status == "done")
        assert service.job("get", reply.data["job"]) == reply


def test_what_could_not_be_written_down_is_at_the_latest_when_a_service_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    path = tmp_path / "jobs.sqlite"
    with JobStore(path) as store, Service(jobs=store, upkeep_s=3_600.0) as service:
        with monkeypatch.context() as failing:
            failing.setattr(store, "finish", full)
            job = service.solve(SMALL, strategy="exact", wait_s=PATIENCE).data["job"]
        assert not store.get(job).ended
    with JobStore(path) as store:
        assert store.get(job).status == "done"


def test_a_listener_that_fails_does_not_stop_the_work(box: Toolbox) -> None:
    def gone(segment: Segment) -> None:
        raise ConnectionError("the client has left")

    assert box.call("solve", {"puzzle": SMALL}, on_progress=gone).status == "solved"


def test_many_clients_at_once_each_have_their_own_answer(service: Service) -> None:
    box = Toolbox(service)
    corridors = {f"client {n}": "S" + "." * n + "G" for n in range(24)}
    replies: dict[str, Reply] = {}

    def ask(client: str, puzzle: str) -> None:
        handle = box.call("load_puzzle", {"puzzle": puzzle}, client=client).data["handle"]
        replies[client] = box.call("solve", {"puzzle": handle}, client=client)

    threads = [threading.Thread(target=ask, args=item) for item in corridors.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert {client: reply.data["verdict"]["cost"] for client, reply in replies.items()} == {
        f"client {n}": n + 1.0 for n in range(24)
    }


def test_a_caller_that_stops_waiting_ends_the_job_it_began(service: Service, gate: Any) -> None:
    stop = Future[None]()
    asked = beside(partial(service.solve, MAZE, strategy="exact", wait_s=300.0, stop=stop))
    assert gate.entered.wait(PATIENCE)
    stop.set_result(None)
    assert asked.result(PATIENCE).status == "cancelled"
    (job,) = service.jobs.list("local")
    assert job.status == "cancelled"


def test_a_caller_that_stops_asking_for_a_job_leaves_it_alone(service: Service, gate: Any) -> None:
    job = service.solve(MAZE, strategy="exact", wait_s=0.0).data["job"]
    stop = Future[None]()
    asked = beside(partial(service.job, "get", job, wait_s=300.0, stop=stop))
    stop.set_result(None)
    assert asked.result(PATIENCE).status == "running"
    gate.open.set()
    assert service.job("get", job, wait_s=PATIENCE).status == "solved"
