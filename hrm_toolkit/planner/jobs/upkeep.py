"""Statements that keep the table of jobs within its bounds."""

from __future__ import annotations

import sqlite3

from hrm_toolkit.planner.jobs.record import Job, read_job

PAGE = 4096


def expire(db: sqlite3.Connection, now: float) -> int:
    """Delete what is out of date; how many there were."""
    return db.execute("DELETE FROM jobs WHERE expires <= ?", (now,)).rowcount


def forget(db: sqlite3.Connection, most: int) -> int:
    """Delete the ended jobs that would expire first; how many there were."""
    return db.execute(
        "DELETE FROM jobs WHERE number IN (SELECT number FROM jobs"
        " WHERE expires IS NOT NULL ORDER BY expires, number LIMIT ?)",
        (most,),
    ).rowcount


def make_room(db: sqlite3.Connection, size: int) -> None:
    """Delete ended jobs as long as the file may not grow by what is to be written."""
    # Twice: a page that is begun is not always filled.
    while room(db) < 2 * size + 16 * PAGE and forget(db, 1):
        pass


def room(db: sqlite3.Connection) -> int:
    """Bytes that may still be filled."""
    pages, free, most = (
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "max_page_count")
    )
    return int(most - pages + free) * PAGE


def find(db: sqlite3.Connection, id: str) -> Job | None:
    """Read a job; None where there is none of that id."""
    row = db.execute("SELECT * FROM jobs WHERE id = ?", (id,)).fetchone()
    return None if row is None else read_job(row)
