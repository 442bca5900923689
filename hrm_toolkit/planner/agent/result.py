"""What a planner's run may spend, what came of it, and its record as it goes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, Any, Literal

from pydantic import Field

from hrm_toolkit.core import Model, Options, Stopwatch, StorageError

Standing = Literal["solved", "unsolvable", "refuted", "unverified", "none"]
Stopped = Literal["done", "calls", "tool_calls", "tokens", "seconds", "error", "interrupted"]


class PlannerBudget(Options):
    """How much a run may spend; it ends where the first of them does.

    Attributes:
        calls: of the language model.
        tool_calls: that the model may ask for.
        tokens: of prompts and replies together, as the endpoint counts them, or else estimated at
            four characters each. The call that goes beyond is the last one.
        seconds: of wall-clock time, kept whatever the endpoint and the tools do.
    """

    calls: int = Field(default=20, ge=1, le=100_000)
    tool_calls: int = Field(default=100, ge=0, le=1_000_000)
    tokens: int = Field(default=200_000, ge=1, le=10_000_000_000)
    seconds: float = Field(default=300.0, gt=0, le=1e6)


class PlannerResult(Model):
    """What came of a run. Only the rules make ``verified`` true, never the model's words.

    Attributes:
        status: ``solved``: the rules accept ``answer``; ``unsolvable``: it is proved that there is
            none; ``refuted``: the last answer proposed breaks rules; ``unverified``: the model
            closed with words that no tool has checked; ``none``: it came to no close.
        verified: true for ``solved`` and ``unsolvable`` alone.
        answer: the accepted answer's fields; for ``refuted`` the last proposed ones, if known.
        task: of the puzzle in play, or None.
        puzzle: its handle, or None.
        as_written: whether it is the caller's own: given beside the goal, or word for word in it.
            Otherwise the model wrote it, perhaps with a slip, and the answer is to that.
        text: the outcome in words, complete by itself, and labelled where it is unverified.
        words: what the model said last.
        data: of the tool's reply that decided: source, optimal, violations, solver, bundle.
        stopped: ``done``, or the part of the budget that ended it, ``error`` or ``interrupted``.
        error: the endpoint's failure, where ``stopped`` is ``error``.
        calls, tool_calls, tokens, seconds: what was spent.
        tokens_estimated: whether some of the tokens are.
        transcript: the record's path, or None.
        notes: sentences for a reader.
    """

    status: Standing
    verified: bool
    answer: dict[str, Any] | None = None
    task: str | None = None
    puzzle: str | None = None
    as_written: bool = False
    text: str
    words: str = ""
    data: dict[str, Any] | None = None
    stopped: Stopped = "done"
    error: dict[str, Any] | None = None
    calls: int = 0
    tool_calls: int = 0
    tokens: int = 0
    tokens_estimated: bool = False
    seconds: float = 0.0
    transcript: str | None = None
    notes: tuple[str, ...] = ()


class Record:
    """Appends a JSON line to a file for each thing that happened, before the next is done.

    Args:
        path: the file, begun if it is not there; None records nothing.

    Raises:
        StorageError: when it cannot be written.

    Attributes:
        fault: why the record ends early, or None.
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.path = None if path is None else Path(path)
        self.fault: str | None = None
        self._file: IO[str] | None = None
        self._watch = Stopwatch()
        if self.path is not None:
            try:
                self._file = self.path.open("a", encoding="utf-8", errors="replace")
            except OSError as error:
                raise StorageError(
                    f"the record cannot be written: {error.strerror}",
                    path=str(path),
                    hint="name a file in a folder that exists",
                ) from None

    def write(self, kind: str, **fields: Any) -> None:
        """Add a line; a run that costs money goes on where the disk is full, and says so."""
        if self._file is None:
            return
        line = {"kind": kind, "at": round(self._watch.seconds, 4), **fields}
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            self.fault = f"the record {self.path} ends early: {error.strerror}"
            self.close()

    def close(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                self.fault = self.fault or f"the record {self.path} ends early: {error.strerror}"
