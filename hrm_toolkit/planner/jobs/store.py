"""Jobs in SQLite: what was asked, how far it is and what came of it, kept over restarts.

One process has a file at a time, with as many threads as it likes. What ``create`` or ``finish``
has returned outlives the process, however it ends; a power cut may take the last moments.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from hrm_toolkit.core import BusyError, OptionError, StorageError, UnknownNameError
from hrm_toolkit.core.clock import epoch, now
from hrm_toolkit.planner.jobs.record import (
    ENDED,
    PAGE,
    JobStatus,
    Record,
    expire,
    find,
    forget,
    make_room,
    read_job,
    write_json,
)
from hrm_toolkit.planner.jobs.salvage import fault_of, lengthened, set_aside

SCHEMA = 2
"""1 had no checksums of what jobs hold; it is read, and written on as 2."""
_MOST_RUNS = 5
_MOST_IN_FILE, _MOST_IN_MEMORY = 100_000, 10_000
_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    client TEXT NOT NULL,
    status TEXT NOT NULL,
    request TEXT NOT NULL,
    best TEXT,
    result TEXT,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    expires REAL,
    runs INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, number);
CREATE INDEX IF NOT EXISTS jobs_by_client ON jobs (client, status);
CREATE INDEX IF NOT EXISTS jobs_by_expiry ON jobs (expires);
"""
_VERSION = f"PRAGMA user_version = {SCHEMA};"


class JobStore:
    """Jobs in one file.

    Time to live is counted by a clock that never runs backwards and that heeds no jump of the
    system's while the process lives. It begins again when the file is opened, so that neither a
    jump between two processes nor a long rest makes a job forgotten that nobody could ask for.

    Args:
        path: of the file, made where there is none; None keeps jobs in memory.
        ttl: seconds that an ended job is kept, from its end or the last opening on.
        client_jobs: jobs that one client may have open.
        limit: jobs kept in all; None is 100,000 in a file and 10,000 in memory.
        max_bytes: the most that the file may take; never more than half of its disk, since a server
            cannot begin on a full one. The oldest ended jobs make room for others.
        clock: seconds since the epoch.

    Raises:
        StorageError: when the file is another process's, no job store, or cannot be written.

    Attributes:
        notes: what was found wrong with the file, and set aside, in sentences.

    Example:
        >>> store = JobStore()
        >>> job = store.create({"puzzle": "1... ..3. .4.. ...2"}, client="ann")
        >>> job.status
        'queued'
        >>> store.finish(job.id, "done", {"status": "solved"})
        >>> store.get(job.id).result
        {'status': 'solved'}
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        ttl: float = 3600.0,
        client_jobs: int = 8,
        limit: int | None = None,
        max_bytes: int = 1 << 30,
        clock: Callable[[], float] = epoch,
    ) -> None:
        self.path = None if path is None else os.fspath(path)
        self._ttl, self._client_jobs = ttl, client_jobs
        most = _MOST_IN_MEMORY if path is None else _MOST_IN_FILE
        self._limit = most if limit is None else limit
        self._lock = threading.RLock()
        self.notes: tuple[str, ...] = ()
        self._db = self._open(max_bytes)
        with self._transaction() as db:
            (last,) = db.execute("SELECT max(updated) FROM jobs").fetchone()
            self._base = max(clock(), last or 0.0) - now()
            until = self._now() + ttl
            db.execute("UPDATE jobs SET expires = ? WHERE expires < ?", (until, until))

    def _open(self, max_bytes: int) -> sqlite3.Connection:
        """The connection to a sound file: what is damaged in it is set aside."""
        cut = False
        try:
            db = self._connect(max_bytes)
        except StorageError as error:
            cut = "malformed" in error.message and lengthened(self.path, max_bytes)
            if not cut:
                raise
            db = self._connect(max_bytes)
        fault = None if self.path is None else fault_of(db)
        fault = "it is cut off" if cut else fault
        if self.path is None or fault is None:
            return db
        try:
            self.notes = (set_aside(db, self.path, fault, _TABLE + _VERSION),)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"the job store is damaged ({fault}) and cannot be set aside: {error}",
                path=self.path,
                hint="make room, or use another file",
            ) from None
        return self._connect(max_bytes)

    def _connect(self, max_bytes: int) -> sqlite3.Connection:
        """The connection, with the file locked for as long as it is open."""
        place = self.path or ":memory:"
        db = None
        try:
            db = sqlite3.connect(place, timeout=0.2, check_same_thread=False, isolation_level=None)
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            if self.path is not None:
                max_bytes = min(max_bytes, shutil.disk_usage(self.path).total // 2)
            db.execute(f"PRAGMA max_page_count = {max(max_bytes // PAGE, 16)}")
            self._prepare(db)
        except (sqlite3.Error, StorageError) as error:
            if db is not None:
                db.close()
            raise (error if isinstance(error, StorageError) else self._refused(error)) from None
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        (schema,) = db.execute("PRAGMA user_version").fetchone()
        if schema not in (0, 1, SCHEMA):
            raise StorageError(
                f"the job store has schema {schema}",
                path=self.path,
                expected=f"schema {SCHEMA}",
                hint="use the version of hrm-toolkit that wrote it, or another file",
            )
        db.executescript(_TABLE + _VERSION)

    def _refused(self, error: sqlite3.Error) -> StorageError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            message, hint = "another process has this job store", "stop it, or use another file"
        elif code == sqlite3.SQLITE_FULL:
            message, hint = "the disk or the job store is full", "make room, then try again"
        elif code == sqlite3.SQLITE_NOTADB:
            message, hint = "this is not a job store", "use another file"
        else:
            message = f"the job store cannot be used: {error}"
            hint = "check the file and its folder"
        return StorageError(message, path=self.path, hint=hint)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, one thread at a time."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._undo()
                raise self._refused(error) from None

    def _undo(self) -> None:
        """A commit that failed leaves its transaction open."""
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error:
            pass

    def _now(self) -> float:
        return self._base + now()

    def create(self, request: dict[str, Any], *, client: str = "local") -> Record:
        """A new job at the end of the queue.

        Raises:
            BusyError: when the client has as many open as it may, or the store is full of open
                ones.
            InputError: for a request that is too large or no JSON.
            StorageError: when it cannot be written.
        """
        text, id, now = write_json("request", request), secrets.token_hex(8), self._now()
        with self._transaction() as db:
            expire(db, now)
            (mine,) = db.execute(
                "SELECT count(*) FROM jobs WHERE client = ? AND status IN ('queued', 'running')",
                (client,),
            ).fetchone()
            if mine >= self._client_jobs:
                raise BusyError(
                    f"you have {mine} jobs open",
                    expected=f"at most {self._client_jobs}",
                    hint="wait for one to end, or cancel one",
                )
            self._make_place(db)
            make_room(db, len(text))
            db.execute(
                "INSERT INTO jobs (id, client, status, request, created, updated)"
                " VALUES (?, ?, 'queued', ?, ?, ?)",
                (id, client, text, now, now),
            )
            return self._owned(db, id, client)

    def _make_place(self, db: sqlite3.Connection) -> None:
        (kept,) = db.execute("SELECT count(*) FROM jobs").fetchone()
        surplus = kept - self._limit + 1
        if surplus > 0 and forget(db, surplus) < surplus:
            raise BusyError(
                f"{kept} jobs are open",
                expected=f"at most {self._limit}",
                hint="try again in a moment",
            )

    def get(self, id: str, *, client: str | None = None) -> Record:
        """A job as it stands.

        Args:
            id: of the job.
            client: whose it has to be; None for anybody's.

        Raises:
            UnknownNameError: when there is none, or it is another client's, or it has expired.
        """
        with self._transaction() as db:
            expire(db, self._now())
            return self._owned(db, id, client)

    def _owned(self, db: sqlite3.Connection, id: str, client: str | None) -> Record:
        job = find(db, id)
        if job is None or client not in (None, job.client):
            known = db.execute(
                "SELECT id FROM jobs WHERE client = ? ORDER BY number DESC LIMIT 8", (client,)
            )
            raise UnknownNameError("job", id, [row["id"] for row in known])
        return job

    def list(self, client: str | None = None, *, limit: int = 100) -> Sequence[Record]:
        """Jobs, the newest first.

        Args:
            client: whose; None for everybody's.
            limit: the most.
        """
        with self._transaction() as db:
            expire(db, self._now())
            rows = db.execute(
                "SELECT * FROM jobs WHERE ?1 IS NULL OR client = ?1 ORDER BY number DESC LIMIT ?2",
                (client, max(limit, 0)),
            )
            return [read_job(row) for row in rows]

    def start(self, id: str) -> None:
        """Note that a job's turn has come; one that has ended, or runs, stays as it is.

        Raises:
            UnknownNameError: when there is no such job.
        """
        with self._transaction() as db:
            changed = db.execute(
                "UPDATE jobs SET status = 'running', runs = runs + 1, updated = ?"
                " WHERE id = ? AND status = 'queued'",
                (self._now(), id),
            )
            self._require(db, id, changed)

    def update(self, id: str, *, best: dict[str, Any]) -> None:
        """Note what there is so far; a job that has ended stays as it is.

        Raises:
            UnknownNameError: when there is no such job.
        """
        text = write_json("best", best)
        with self._transaction() as db:
            changed = db.execute(
                "UPDATE jobs SET best = ?, updated = ?"
                " WHERE id = ? AND status IN ('queued', 'running')",
                (text, self._now(), id),
            )
            self._require(db, id, changed)

    def _require(self, db: sqlite3.Connection, id: str, changed: sqlite3.Cursor) -> None:
        """Refuse the id of no job; a row is read only where none was changed."""
        if changed.rowcount == 0:
            self._owned(db, id, None)

    def finish(
        self, id: str, status: JobStatus = "done", result: dict[str, Any] | None = None
    ) -> None:
        """End a job; the first end stands.

        Raises:
            OptionError: when ``status`` is no end.
            UnknownNameError: when there is no such job.
        """
        if status not in ENDED:
            raise OptionError(
                "a job cannot end so", expected="one of " + ", ".join(ENDED), got=status
            )
        text, now = None if result is None else write_json("result", result), self._now()
        with self._transaction() as db:
            make_room(db, len(text or ""))
            changed = db.execute(
                "UPDATE jobs SET status = ?, result = ?, updated = ?, expires = ?"
                " WHERE id = ? AND status IN ('queued', 'running')",
                (status, text, now, now + self._ttl, id),
            )
            self._require(db, id, changed)

    def cancel(self, id: str, *, client: str | None = None) -> Record:
        """End a job that is still open as ``cancelled``; see ``get``. It keeps ``best``."""
        with self._lock:
            self.get(id, client=client)
            self.finish(id, "cancelled")
            return self.get(id, client=client)

    def expire(self) -> int:
        """Forget ended jobs whose time to live is over; how many there were."""
        with self._transaction() as db:
            return expire(db, self._now())

    def resume(self) -> Sequence[Record]:
        """Jobs that an earlier process left open, in their old order and all queued, to be run.

        One that ran each of five times that a process was killed or broke is ``interrupted``
        instead, so that a job that brings the server down does not do so for ever.
        """
        now = self._now()
        with self._transaction() as db:
            db.execute(
                "UPDATE jobs SET status = 'interrupted', updated = ?, expires = ?"
                " WHERE status = 'running' AND runs >= ?",
                (now, now + self._ttl, _MOST_RUNS),
            )
            db.execute(
                "UPDATE jobs SET status = 'queued', updated = ? WHERE status = 'running'", (now,)
            )
            rows = db.execute("SELECT * FROM jobs WHERE status = 'queued' ORDER BY number")
            return [read_job(row) for row in rows]

    def close(self) -> None:
        """Give the file back. Calling it again does nothing.

        What still runs is queued again, and its run does not count: an orderly end says nothing
        against it.
        """
        with suppress(StorageError), self._transaction() as db:
            db.execute(
                "UPDATE jobs SET status = 'queued', runs = runs - 1 WHERE status = 'running'"
            )
        with self._lock:
            self._db.close()

    def __enter__(self) -> JobStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
