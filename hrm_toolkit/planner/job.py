"""One job: what is known of a request that outlives the call that made it."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Literal, get_args

from hrm_toolkit.core import InputError, Model, shorten
from hrm_toolkit.planner.limits import MOST_TRACE

JobStatus = Literal["queued", "running", "done", "cancelled", "failed", "interrupted"]
OPEN: tuple[JobStatus, ...] = ("queued", "running")
ENDED: tuple[JobStatus, ...] = tuple(s for s in get_args(JobStatus) if s not in OPEN)
MOST_BYTES = {"request": 1 << 20, "best": 4 << 20, "result": (4 << 20) + 2 * MOST_TRACE}


class Job(Model):
    """One request that outlives the call that made it.

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


def read_job(row: sqlite3.Row) -> Job:
    """A job from its row."""
    fields = dict(row)
    del fields["number"]
    for name in MOST_BYTES:
        fields[name] = None if fields[name] is None else json.loads(fields[name])
    return Job(**fields)


def write_json(what: str, value: dict[str, Any]) -> str:
    """A job's request, best or result as it is stored.

    Raises:
        InputError: when it is too large, or no JSON.
    """
    try:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"a job's {what} is no JSON: {shorten(str(error))}") from None
    if len(text) > MOST_BYTES[what]:
        raise InputError(
            f"a job's {what} has {len(text)} bytes", expected=f"at most {MOST_BYTES[what]}"
        )
    return text
