"""The job store: nothing is lost, nothing grows without bound, nobody sees another's jobs."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hrm_toolkit.core import (
    BusyError,
    InputError,
    OptionError,
    StorageError,
    ToolkitError,
    UnknownNameError,
)
from hrm_toolkit.planner.jobs.record import Record
from hrm_toolkit.planner.jobs.store import JobStore

REQUEST = {"puzzle": "1... ..3. .4.. ...2", "votes": 2}


class Clock:
    """A clock that goes only when told."""

    def __init__(self, now: float = 1e9) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.db"


@pytest.fixture
def store(path: Path) -> Iterator[JobStore]:
    with JobStore(path) as opened:
        yield opened


def test_a_job_goes_from_the_queue_to_its_result(store: JobStore) -> None:
    job = store.create(REQUEST, client="ann")
    assert (job.status, job.request, job.client) == ("queued", REQUEST, "ann")
    assert not job.ended
    assert job.expires is None
    store.start(job.id)
    running = store.get(job.id)
    assert (running.status, running.runs) == ("running", 1)
    store.update(job.id, best={"segment": 3})
    assert store.get(job.id).best == {"segment": 3}
    store.finish(job.id, "done", {"status": "solved"})
    done = store.get(job.id)
    assert done.ended
    assert done.result == {"status": "solved"}
    assert done.expires is not None
    assert store.get(job.id, client="ann") == done


def test_the_first_end_stands(store: JobStore) -> None:
    job = store.create(REQUEST)
    store.update(job.id, best={"filled": 7})
    cancelled = store.cancel(job.id)
    assert cancelled.status == "cancelled"
    assert cancelled.best == {"filled": 7}
    store.finish(job.id, "done", {"status": "solved"})
    store.start(job.id)
    store.update(job.id, best={"filled": 8})
    assert store.get(job.id) == cancelled
    with pytest.raises(OptionError, match="cannot end so"):
        store.finish(job.id, "running")


def test_a_client_sees_its_own_jobs_alone(store: JobStore) -> None:
    mine, theirs = store.create(REQUEST, client="ann"), store.create(REQUEST, client="bob")
    for look in (store.get, store.cancel):
        with pytest.raises(UnknownNameError) as refused:
            look(theirs.id, client="ann")
        assert theirs.id not in str(refused.value).replace(f'"{theirs.id}"', "")
    assert [job.id for job in store.list("ann")] == [mine.id]
    assert [job.id for job in store.list()] == [theirs.id, mine.id]
    assert len(store.list(limit=1)) == 1
    assert store.get(theirs.id).status == "queued"


def test_an_unknown_job_is_refused_with_the_nearest_of_ones_own(store: JobStore) -> None:
    job = store.create(REQUEST, client="ann")
    with pytest.raises(UnknownNameError, match=f'did you mean "{job.id}"'):
        store.get(job.id[:-1] + "x", client="ann")


def test_a_client_at_its_cap_must_wait_and_others_need_not(path: Path) -> None:
    with JobStore(path, client_jobs=2) as store:
        first, _ = store.create(REQUEST, client="ann"), store.create(REQUEST, client="ann")
        with pytest.raises(BusyError, match="you have 2 jobs open"):
            store.create(REQUEST, client="ann")
        store.create(REQUEST, client="bob")
        store.finish(first.id)
        store.create(REQUEST, client="ann")


def test_ended_jobs_make_room_and_open_ones_never(path: Path) -> None:
    with JobStore(path, limit=3, client_jobs=9) as store:
        jobs = [store.create({"number": i}) for i in range(3)]
        with pytest.raises(BusyError, match="3 jobs are open"):
            store.create(REQUEST)
        store.finish(jobs[1].id)
        new = store.create(REQUEST)
        assert {job.id for job in store.list()} == {jobs[0].id, jobs[2].id, new.id}


def test_ended_jobs_make_room_for_others_where_the_file_may_not_grow(path: Path) -> None:
    with JobStore(path, max_bytes=1 << 20, client_jobs=9) as store:
        still_open = store.create(REQUEST)
        for _ in range(100):
            job = store.create({"text": "x" * 50_000})
            store.start(job.id)
            store.finish(job.id, "done", {"text": "y" * 50_000})
            assert store.get(job.id).ended
        kept = {job.id for job in store.list(limit=1000)}
        assert {still_open.id, job.id} <= kept
        assert 5 < len(kept) < 20
    assert path.stat().st_size <= 1 << 20


def test_jobs_do_not_fill_their_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    total = 1 << 20
    usage = type(shutil.disk_usage(path.parent))(total, 0, total)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with JobStore(path) as store:
        for _ in range(100):
            job = store.create({"text": "x" * 20_000})
            store.finish(job.id, "done", {"text": "y" * 20_000})
        assert store.get(job.id).ended
        assert 3 < len(store.list()) < 20
    assert path.stat().st_size <= total // 2


def test_ended_jobs_expire_and_open_ones_never(path: Path) -> None:
    with JobStore(path, ttl=0.05) as store:
        ended, queued = store.create(REQUEST), store.create(REQUEST)
        store.finish(ended.id)
        ends = time.monotonic() + 60
        while store.expire() == 0:
            assert time.monotonic() < ends
            time.sleep(0.01)
        assert [job.id for job in store.list()] == [queued.id]
        with pytest.raises(UnknownNameError):
            store.get(ended.id)


def test_time_to_live_begins_again_when_the_store_is_opened(path: Path) -> None:
    clock = Clock()
    with JobStore(path, ttl=60, clock=clock) as store:
        job = store.create(REQUEST)
        store.finish(job.id)
    for jump in (1e6, -1e7):
        clock.now += jump
        with JobStore(path, ttl=60, clock=clock) as store:
            kept = store.get(job.id)
            assert kept.status == "done"
            assert kept.expires is not None
            assert kept.expires - store.create(REQUEST).created == pytest.approx(60, abs=5)


def test_a_jump_of_the_clock_expires_nothing_and_time_never_runs_backwards(path: Path) -> None:
    clock = Clock()
    with JobStore(path, ttl=60, clock=clock) as store:
        job = store.create(REQUEST)
        store.finish(job.id)
        clock.now += 1e6
        assert store.expire() == 0
        assert store.get(job.id).ended
    clock.now = 0.0
    with JobStore(path, ttl=60, clock=clock) as store:
        assert store.create(REQUEST).created >= job.created


def test_open_jobs_come_back_queued_in_their_old_order(path: Path) -> None:
    with JobStore(path) as store:
        jobs = [store.create({"number": i}) for i in range(3)]
        store.start(jobs[0].id)
        store.update(jobs[0].id, best={"filled": 4})
        store.finish(jobs[1].id)
    with JobStore(path) as store:
        back = store.resume()
        assert [job.id for job in back] == [jobs[0].id, jobs[2].id]
        assert {job.status for job in back} == {"queued"}
        assert back[0].best == {"filled": 4}
        assert back[0].request == {"number": 0}
        assert store.get(jobs[1].id).status == "done"


def test_a_job_that_brings_the_process_down_five_times_is_not_run_again(path: Path) -> None:
    with JobStore(path) as store:
        job = store.create(REQUEST)
    for run in range(1, 6):
        store = JobStore(path)
        assert [j.id for j in store.resume()] == [job.id]
        store.start(job.id)
        assert store.get(job.id).runs == run
        store._db.close()  # as a process that is killed leaves it
    with JobStore(path) as store:
        assert store.resume() == []
        assert store.get(job.id).status == "interrupted"


def test_orderly_ends_say_nothing_against_a_job(path: Path) -> None:
    with JobStore(path) as store:
        job = store.create(REQUEST)
    for _ in range(10):
        with JobStore(path) as store:
            assert [j.id for j in store.resume()] == [job.id]
            store.start(job.id)
            assert store.get(job.id).runs == 1


WRITER = """
import sys
from hrm_toolkit.planner.jobs.store import JobStore
store = JobStore(sys.argv[1], client_jobs=10**6)
while True:
    job = store.create({"text": "x" * 500})
    store.start(job.id)
    print(job.id, flush=True)
"""


def test_no_job_is_lost_when_the_process_is_killed(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(20)]
        with pytest.raises(StorageError, match="another process has this job store"):
            JobStore(path)
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read().split("\n")[:-1]
    with JobStore(path) as store:
        kept = [job.id for job in store.resume()]
    assert kept[: len(told)] == told
    assert len(kept) - len(told) <= 1


def test_a_full_disk_is_said_and_what_was_kept_stays(path: Path) -> None:
    with JobStore(path, max_bytes=1 << 18, client_jobs=1000) as store:
        jobs: list[Record] = []

        def fill() -> None:
            for _ in range(1000):
                jobs.append(store.create({"text": "x" * 10_000}))

        with pytest.raises(StorageError, match="full"):
            fill()
        assert jobs
        assert {job.id for job in store.list(limit=1000)} == {job.id for job in jobs}
        store.finish(jobs[0].id)
        assert store.get(jobs[0].id).ended


def test_what_is_too_large_or_no_json_is_refused(store: JobStore) -> None:
    with pytest.raises(InputError, match="at most 1048576"):
        store.create({"text": "x" * (1 << 20)})
    with pytest.raises(InputError, match="no JSON"):
        store.create({"number": float("nan")})
    job = store.create(REQUEST)
    with pytest.raises(InputError, match="no JSON"):
        store.update(job.id, best={"what": object()})
    assert store.list() == [job]


def test_other_files_and_later_schemas_are_refused(path: Path, tmp_path: Path) -> None:
    path.write_text("no database at all, and long enough to be looked at" * 20)
    with pytest.raises(StorageError, match="not a job store"):
        JobStore(path)
    later = tmp_path / "later.db"
    db = sqlite3.connect(later)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StorageError, match="schema 99"):
        JobStore(later)
    with pytest.raises(StorageError, match="cannot be used"):
        JobStore(tmp_path / "missing" / "jobs.db")


def many(path: Path, number: int = 40) -> list[Record]:
    """A store of jobs of which every other one is done, as a server left it."""
    with JobStore(path, client_jobs=number) as store:
        for i in range(number):
            job = store.create({"puzzle": f"{i} " + "x" * 2_000})
            if i % 2:
                store.finish(job.id, "done", {"status": "solved", "text": f"{i} " + "y" * 3_000})
        return list(store.list(limit=number))


def change(path: Path, sql: str, *values: object) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(sql, values)
    db.close()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("request", "no JSON"),
        ("request", '{"puzzle": '),
        ("result", '00000000 {"status":"solved"}'),
        ("result", b"\xff\xfe"),
        ("best", "[" * 100_000),
        ("result", "{not json"),
        ("client", b"\xff"),
        ("status", "wonderful"),
        ("created", "yesterday"),
    ],
)
def test_a_damaged_row_is_named_and_set_aside_and_the_others_go_on(
    path: Path, column: str, value: object
) -> None:
    before = many(path)
    change(path, f"UPDATE jobs SET {column} = ? WHERE number = 7", value)  # noqa: S608
    with JobStore(path) as store:
        (note,) = store.notes
        assert "39 jobs that can be read go on" in note
        assert before[-7].id in note or "UTF-8" in note
        kept = store.list(limit=100)
        assert [job.id for job in kept] == [job.id for job in before if job != before[-7]]
        assert [job.result for job in kept] == [j.result for j in before if j != before[-7]]
        assert store.create(REQUEST, client="b").id not in {job.id for job in before}
    aside = sqlite3.connect(f"{path}.damaged")
    assert aside.execute("SELECT count(*) FROM jobs").fetchone() == (40,)
    aside.close()
    with JobStore(path) as store:
        assert store.notes == ()


def test_a_digit_that_turned_in_an_answer_is_found(path: Path) -> None:
    before = many(path)
    data = path.read_bytes()
    assert data.count(b'"text":"9 y') == 1
    path.write_bytes(data.replace(b'"text":"9 y', b'"text":"8 y'))
    with JobStore(path) as store:
        assert store.notes
        assert before[-10].id in store.notes[0]
        assert len(store.list(limit=100)) == 39


@pytest.mark.parametrize("seed", range(6))
def test_damaged_pages_are_set_aside_and_what_can_be_read_goes_on(path: Path, seed: int) -> None:
    before = {job.id: job for job in many(path)}
    data = bytearray(path.read_bytes())
    rng = random.Random(seed)
    for page in rng.sample(range(8, len(data) // 4096), 3):
        data[page * 4096 : page * 4096 + 4096] = rng.randbytes(4096)
    path.write_bytes(data)
    with JobStore(path) as store:
        (note,) = store.notes
        kept = store.list(limit=100)
        assert len(kept) >= 20
        assert f"{len(kept)} jobs that can be read go on" in note
        assert all(job.request == before[job.id].request for job in kept)
        assert all(job.result == before[job.id].result for job in kept)
        store.finish(store.create(REQUEST, client="b").id, "done", {"status": "solved"})
    # The first page counts openings.
    assert Path(f"{path}.damaged").read_bytes()[4096:] == bytes(data[4096:])
    with JobStore(path) as store:
        assert store.notes == ()


@pytest.mark.parametrize("part", [0.4, 0.7, 0.95])
def test_of_a_file_that_was_cut_off_what_is_left_goes_on(path: Path, part: float) -> None:
    before = {job.id: job for job in many(path)}
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with JobStore(path) as store:
        (note,) = store.notes
        kept = store.list(limit=100)
        assert "was damaged (it is cut off)" in note
        assert f"{len(kept)} jobs that can be read go on" in note
        assert len(before) > len(kept) >= len(before) * (part - 0.3)
        assert all(job.request == before[job.id].request for job in kept)
        store.create(REQUEST, client="b")
    with JobStore(path) as store:
        assert store.notes == ()


@pytest.mark.parametrize("page", range(1, 8))
def test_a_page_that_others_hang_on_stops_no_server(path: Path, page: int) -> None:
    many(path)
    data = bytearray(path.read_bytes())
    data[page * 4096 : page * 4096 + 4096] = random.Random(page).randbytes(4096)
    path.write_bytes(data)
    with JobStore(path) as store:
        assert "the damaged file is kept as" in store.notes[0]
        assert store.create(REQUEST, client="b").status == "queued"


def test_no_room_to_set_a_damaged_file_aside_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(path, 4)
    change(path, "UPDATE jobs SET request = 'no JSON' WHERE number = 2")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(StorageError, match=r"damaged \(job .*No space left.*make room"):
        JobStore(path)
    monkeypatch.undo()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with JobStore(path) as store:
        assert len(store.list()) == 3


def test_a_file_of_the_version_before_is_read_and_written_on(path: Path) -> None:
    many(path, 4)
    change(path, "UPDATE jobs SET request = substr(request, 10), result = substr(result, 10)")
    change(path, "PRAGMA user_version = 1")
    with JobStore(path) as store:
        assert store.notes == ()
        assert [job.request["puzzle"][:2] for job in store.list()] == ["3 ", "2 ", "1 ", "0 "]


def test_many_threads_share_a_store(path: Path) -> None:
    errors: list[ToolkitError] = []

    def work(store: JobStore, client: str) -> None:
        try:
            for number in range(15):
                job = store.create({"number": number}, client=client)
                store.start(job.id)
                store.update(job.id, best={"number": number})
                store.finish(job.id, "done", {"number": number})
        except ToolkitError as error:
            errors.append(error)

    with JobStore(path, client_jobs=1) as store:
        threads = [threading.Thread(target=work, args=(store, f"client {i}")) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        jobs = store.list(limit=1000)
    assert not errors
    assert len(jobs) == 8 * 15
    assert all(job.status == "done" and job.result == job.best == job.request for job in jobs)


def test_a_closed_store_says_so(path: Path) -> None:
    store = JobStore(path)
    store.close()
    store.close()
    with pytest.raises(StorageError, match="closed"):
        store.create(REQUEST)
