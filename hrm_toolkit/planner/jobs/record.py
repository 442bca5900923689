"""What is kept of a job: a row of a table, and the statements that keep the table in bounds."""

from __future__ import annotations

import json
import sqlite3
import zlib
from typing import Any, Literal, get_args

from hrm_toolkit.core import InputError, Model, StorageError, shorten
from hrm_toolkit.planner.limits import MOST_TRACE

JobStatus = Literal["queued", "running", "done", "cancelled", "failed", "interrupted"]
OPEN: tuple[JobStatus, ...] = ("queued", "running")
ENDED: tuple[JobStatus, ...] = tuple(s for s in get_args(JobStatus) if s not in OPEN)
MOST_BYTES = {"request": 1 << 20, "best": 4 << 20, "result": (4 << 20) + 2 * MOST_TRACE}


PAGE = 4096


class Record(Model):
    """What is kept of one request, which outlives the call that made it.

    Attributes:
        id: what its client asks for it by; not to be guessed.
        client: whose it is.
        status: ``queued``, ``running`` once its turn has come, or how it ended: ``done``,
            ``cancelled``, ``failed``, ``interrupted`` (the process stopped in the midst of it,
            three times).
        request: as it was asked.
        best: what there was so far, if anything.
        result: what came of it.
        created: seconds since the epoch.
        updated: of the last change.
        expires: when an ended job is forgotten; None before it ends.
        runs: how often its turn came, but for those that an orderly end cut off.
    """

    id: str
    client: str
    status: JobStatus
    request: dict[str, Any]
    best: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    created: float
    updated: float
    expires: float | None = None
    runs: int = 0

    @property
    def ended(self) -> bool:
        """Whether it is over, in whichever way."""
        return self.status in ENDED


def read_job(row: sqlite3.Row) -> Record:
    """A job from its row.

    Raises:
        StorageError: when the row is not what was written.
    """
    fields = dict(row)
    number = fields.pop("number")
    try:
        for name in MOST_BYTES:
            fields[name] = None if fields[name] is None else json.loads(_checked(fields[name]))
        return Record(**fields)
    except (ValueError, InputError, RecursionError):
        raise StorageError(
            f"job number {number} in the store is damaged", hint="start the server again"
        ) from None


def is_sound(row: sqlite3.Row) -> bool:
    """Whether a row is what was written; JSON that its checksum vouches for is not read."""
    fields = dict(row)
    del fields["number"]
    try:
        if any(str(fields[name])[:1] == "{" for name in MOST_BYTES):
            read_job(row)
            return True
        for name in MOST_BYTES:
            if fields[name] is not None:
                _checked(fields[name])
        Record(**fields | {"request": {}, "best": None, "result": None})
    except (ValueError, InputError, StorageError):
        return False
    return True


def _checked(text: str) -> str:
    """The JSON in a text that begins with its own CRC-32; earlier versions wrote none."""
    if not isinstance(text, str):
        raise ValueError("no text")
    if text[:1] == "{":
        return text
    crc, _, body = text.partition(" ")
    if f"{zlib.crc32(body.encode()):08x}" != crc:
        raise ValueError("another checksum")
    return body


def write_json(what: str, value: dict[str, Any]) -> str:
    """A job's request, best or result as it is stored, after its own CRC-32.

    Raises:
        InputError: when it is too large, or no JSON.
    """
    try:
        body = json.dumps(value, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"a job's {what} is no JSON: {shorten(str(error))}") from None
    if len(body) > MOST_BYTES[what]:
        raise InputError(
            f"a job's {what} has {len(body)} bytes", expected=f"at most {MOST_BYTES[what]}"
        )
    return f"{zlib.crc32(body.encode()):08x} {body}"


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


def find(db: sqlite3.Connection, id: str) -> Record | None:
    """Read a job; None where there is none of that id."""
    row = db.execute("SELECT * FROM jobs WHERE id = ?", (id,)).fetchone()
    return None if row is None else read_job(row)
