"""A file of jobs that was damaged: what is wrong with it, and a sound file of what can be read."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from hrm_toolkit.core import InputError, StorageError
from hrm_toolkit.core.errors import shorten
from hrm_toolkit.core.plain import draft_of
from hrm_toolkit.planner.jobs.record import is_sound, read_job

_MOST_GAP = 200_000
_BESIDE = ("-wal", "-shm")


def fault_of(db: sqlite3.Connection) -> str | None:
    """What is wrong with a file of jobs, its structure or the first damaged row; or None."""
    try:
        (said,) = db.execute("PRAGMA integrity_check(1)").fetchone()
        if said != "ok":
            return shorten(str(said), 200)
        for row in db.execute("SELECT * FROM jobs ORDER BY number"):
            if not is_sound(row):
                return f"job {shorten(str(row['id']), 40)}, number {row['number']}, is damaged"
    except (sqlite3.DatabaseError, UnicodeError) as error:
        return shorten(str(error), 200)
    return None


def lengthened(path: str | None, most: int) -> bool:
    """Give a file that was cut off the length that it says it has, so that its rest can be read.

    What is missing is zeros then, which no reader takes for jobs.

    Args:
        path: of a file that nobody has open.
        most: bytes that it may come to.
    """
    with suppress(OSError, TypeError), open(path or "", "r+b") as file:
        head = file.read(100)
        size = int.from_bytes(head[16:18], "big")
        whole = int.from_bytes(head[28:32], "big") * (65_536 if size == 1 else size)
        if head[:16] == b"SQLite format 3\0" and os.fstat(file.fileno()).st_size < whole <= most:
            file.truncate(whole)
            return True
    return False


def set_aside(db: sqlite3.Connection, path: str, fault: str, tables: str) -> str:
    """Copy a damaged file aside and put one of its readable jobs in its place; closes ``db``.

    Args:
        db: the connection, which has the file locked.
        path: of the file.
        fault: what is wrong.
        tables: SQL that makes the tables of a new file, its version too.

    Returns:
        What was done, in a sentence.

    Raises:
        OSError: when there is no room for the copy; the file is then as it was.
    """
    draft = draft_of(Path(path))
    try:
        kept = _copy(db, draft, tables)
        with suppress(sqlite3.Error):
            db.close()
        side = _free_name(path)
        for end in ("", *_BESIDE):
            if end != "-shm" and os.path.exists(path + end):
                shutil.copyfile(path + end, side + end)
        for end in _BESIDE:
            # A log of the damaged file would be played into the sound one.
            Path(path + end).unlink(missing_ok=True)
        draft.replace(path)
    finally:
        with suppress(sqlite3.Error):
            db.close()
        for end in ("", *_BESIDE):
            Path(f"{draft}{end}").unlink(missing_ok=True)
    return (
        f"the job store {path} was damaged ({fault}): {kept:,} jobs that can be read go on, "
        f"the damaged file is kept as {side}"
    )


def _copy(db: sqlite3.Connection, draft: Path, tables: str) -> int:
    """Write the readable jobs to a new file; how many there are."""
    kept = 0
    with closing(sqlite3.connect(draft, isolation_level=None)) as sound:
        sound.executescript(tables)
        names = [row[1] for row in sound.execute("PRAGMA table_info(jobs)")]
        marks = ", ".join("?" * len(names))
        sound.execute("BEGIN")
        for row in _rows(db):
            with suppress(sqlite3.IntegrityError, IndexError):
                values = [row[name] for name in names]
                sound.execute(f"INSERT INTO jobs ({', '.join(names)}) VALUES ({marks})", values)  # noqa: S608
                kept += 1
        sound.execute("COMMIT")
    return kept


def _rows(db: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    """Every job that can be read: from the first on, from the last back, and one by one between."""
    low, high = 0, None
    for row in _until_damage(db, "SELECT * FROM jobs NOT INDEXED ORDER BY number"):
        low = row["number"]
        if _is_readable(row):
            yield row
    order = "SELECT * FROM jobs NOT INDEXED WHERE number > ? ORDER BY number DESC"
    for row in _until_damage(db, order, low):
        high = row["number"]
        if _is_readable(row):
            yield row
    if high is None:
        with suppress(sqlite3.DatabaseError, TypeError):
            (high,) = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'").fetchone()
            high += 1
    for number in itertools.islice(range(low + 1, high or 0), _MOST_GAP):
        for row in _until_damage(db, "SELECT * FROM jobs NOT INDEXED WHERE number = ?", number):
            if _is_readable(row):
                yield row


def _until_damage(db: sqlite3.Connection, sql: str, *values: int) -> Iterator[sqlite3.Row]:
    with suppress(sqlite3.DatabaseError, UnicodeError):
        yield from db.execute(sql, values)


def _is_readable(row: sqlite3.Row) -> bool:
    try:
        read_job(row)
    except (StorageError, InputError, KeyError):
        return False
    return True


def _free_name(path: str) -> str:
    names = (f"{path}.damaged{end}" for end in ("", *(f".{n}" for n in range(2, 1_000))))
    return next(name for name in names if not os.path.exists(name))
