"""What clients were told, judged: for ``faults.py``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pool import Asked

from hrm_toolkit.core import validate


class Server(Protocol):
    """What clients see of the state that the server is in."""

    is_ready: bool

    @property
    def life(self) -> int:
        """How often it was started."""

    @property
    def full(self) -> bool:
        """Whether its disk is full, or was a moment ago."""


@dataclass
class Known:
    """A job that the server said it has accepted.

    Attributes:
        life: of the server that accepted it.
        final: how it ended, as far as its client has been told.
        unsure: whether that was told while the disk was full. Its end may then be another one if
            the server was killed before it could write it down.
    """

    id: str
    client: str
    asked: Sequence[Asked]
    life: int
    final: str | None = None
    unsure: bool = False


@dataclass
class Tally:
    """What all clients have seen.

    Attributes:
        outcomes: of requests, by kind and end.
        jobs: that were accepted.
        solved: answers called solved, each checked.
        wrong: of them refuted, or puzzles with an answer called unsolvable.
        changed: ends that were other ones when asked again, and those that are to be expected.
        server: which it is.
        overruns: seconds by which answers came later than ``wait_s``, while the server was ready.
        own_lag: seconds by which the clients' own process was late.
    """

    server: Server

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    jobs: dict[str, Known] = field(default_factory=dict)
    solved: int = 0
    wrong: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    overruns: list[float] = field(default_factory=list)
    own_lag: list[float] = field(default_factory=list)

    def take(self, reply: dict[str, Any], client: str, asked: Sequence[Asked] = ()) -> Known | None:
        """Note what a reply says of a job, and check what it calls solved; the job, if any."""
        data, id = reply["data"], reply["data"].get("job")
        job = self.jobs.get(id or "")
        if id and job is None and asked:
            job = self.jobs[id] = Known(id, client, asked, self.server.life)
        about = asked or (job.asked if job else ())
        for whole in (data, data.get("best") or {}):
            # An error, or that a job goes on, is one part however many were asked for.
            for one, part in zip(about, whole.get("replies", [whole]), strict=False):
                self._judge(one, part)
        if job is not None and reply["status"] == "running":
            if job.final is not None:
                self._change(job, "running")
        elif job is not None:
            self._end(job, data["error"]["code"] if reply["status"] == "error" else reply["status"])
        return job

    def _end(self, job: Known, end: str) -> None:
        if job.final not in (None, end):
            self._change(job, end)
        if job.final is None:
            job.unsure = self.server.full
        job.final = end

    def _change(self, job: Known, end: str) -> None:
        why = "killed before it was written on a full disk: " if job.unsure else ""
        self.changed[f"{why}{job.final} -> {end}"] += 1

    def _judge(self, asked: Asked, data: dict[str, Any]) -> None:
        status = data.get("status")
        if status == "solved":
            self.solved += 1
            answer = validate(asked.adapter.answer_type, data["answer"])
            self.wrong += not asked.adapter.rules.check(asked.puzzle, answer)
        elif status == "unsolvable":
            self.wrong += asked.solvable
