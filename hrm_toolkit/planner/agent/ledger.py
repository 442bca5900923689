"""What the rules have said in a planner's run, and of which puzzle."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import groupby
from typing import Any

from hrm_toolkit.core import InputError
from hrm_toolkit.planner.handles import bare, is_handle
from hrm_toolkit.planner.reply import Reply
from hrm_toolkit.planner.tools.toolbox import Toolbox

_BLOCK = re.compile(r"```[ \t]*([\w-]*)[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_BLANKS = str.maketrans("._*?", "0000")

Check = Callable[[str, dict[str, Any]], Reply]
"""Calls a tool on the planner's own account."""


class Ledger:
    """Keeps the puzzle in play, the answer that the rules accept of it, and the last refuted one.

    A reply that says solved counts only after its answer was verified once more against the puzzle
    in play: the answer of another puzzle, a miscopied one say, is none of this one.

    Args:
        toolbox: whose tools the model calls.
        check: calls one of them for the planner.
        client: the name under which handles are held.

    Attributes:
        puzzle: the handle of the puzzle in play; None before there is one.
        fixed: whether the caller gave it, so that the model cannot exchange it.
        refuted: the last reply that refutes an answer to it, or None.
    """

    def __init__(self, toolbox: Toolbox, check: Check, client: str = "local") -> None:
        self._arguments = {tool.name: tool.arguments for tool in toolbox.tools}
        self._handles, self._client = toolbox.service.handles, client
        self._check = check
        self.puzzle: str | None = None
        self.fixed = False
        self.refuted: Reply | None = None
        self._accepted: dict[str, Reply] = {}
        self._impossible: dict[str, Reply] = {}
        self._jobs: dict[str, list[str | None]] = {}
        self._texts: dict[str, str] = {}
        self._written: dict[str, set[str]] = {}

    def fix(self, puzzle: str, task: str | None) -> Reply:
        """Make this the one puzzle of the run; returns what loading it says.

        Raises:
            InputError: when it cannot be read.
        """
        reply = self._check("load_puzzle", {"puzzle": puzzle, "task": task})
        if reply.is_error:
            error = reply.data["error"]
            names = ("path", "expected", "got", "hint")
            raise InputError(error["message"], **{name: error[name] for name in names})
        self.puzzle, self.fixed = self._hold(reply), True
        return reply

    @property
    def accepted(self) -> Reply | None:
        """The rules' acceptance of an answer to the puzzle in play, or None."""
        return self._accepted.get(self.puzzle or "")

    @property
    def impossible(self) -> Reply | None:
        """The proof that the puzzle in play has no answer, or None."""
        return self._impossible.get(self.puzzle or "")

    @property
    def settled(self) -> bool:
        """Whether nothing is left to find out."""
        return self.accepted is not None or self.impossible is not None

    def as_written(self, goal: str) -> bool:
        """Whether the puzzle in play is the caller's own: given, or all of one in the goal."""
        if self.fixed or self.puzzle is None:
            return self.fixed
        texts = self._written.get(self.puzzle, set())
        others = set().union(*self._written.values())
        return self.puzzle in goal or any(_is_whole(text, others, goal) for text in texts)

    def note(self, tool: str, arguments: str, reply: Reply) -> str | None:
        """Take in what a tool said; returns a sentence that the model should hear too, or None."""
        if reply.is_error or tool not in self._arguments:
            return None
        puzzles = self._puzzles_of(dict(self._arguments[tool].read(arguments)), reply)
        if reply.status == "running":
            self._jobs[str(reply.data.get("job"))] = puzzles
        parts = [_part(data) for data in reply.data.get("replies", ())] or [reply]
        about = puzzles or [None] * len(parts)
        remarks = [self._hear(tool, *pair) for pair in zip(about, parts, strict=False)]
        return next((remark for remark in remarks if remark), None)

    def propose(self, answer: str) -> Reply | None:
        """What the rules say of an answer to the puzzle in play; None where there is none."""
        if self.puzzle is None:
            return None
        puzzle = self._texts[self.puzzle]
        reply = self._check("verify", {"puzzle": puzzle, "answer": answer, "task": None})
        if reply.status == "solved":
            self._accepted[self.puzzle] = reply
        elif reply.status == "refuted":
            self.refuted = reply
        return reply

    def _hear(self, tool: str, puzzle: str | None, reply: Reply) -> str | None:
        """Take in what was said of one puzzle; None is one that is not known."""
        if puzzle is not None and not self.fixed and puzzle != self.puzzle:
            self.puzzle, self.refuted = puzzle, None
        if reply.status == "unsolvable" and puzzle is not None:
            self._impossible[puzzle] = reply
        elif reply.status == "refuted" and puzzle == self.puzzle:
            self.refuted = reply
        elif reply.status == "solved" and self.puzzle is not None:
            return self._take(reply, verified=tool == "verify" and puzzle == self.puzzle)
        return None

    def _take(self, reply: Reply, *, verified: bool) -> str | None:
        answer = reply.data.get("answer")
        if answer is None or self.puzzle is None:
            return None
        if not verified:
            if self.accepted is not None and self.accepted.data.get("answer") == answer:
                return None
            again = self.propose(json.dumps(answer))
            if again is None or again.status != "solved":
                return f"This is no answer to {self.puzzle}, which was asked for: use that handle."
        if reply.text:
            # The tool that found the answer says more of it: its source, segments, confidence.
            self._accepted[self.puzzle] = reply
        return None

    def _puzzles_of(self, arguments: dict[str, Any], reply: Reply) -> list[str | None]:
        """The handles of the puzzles that a call was about, None where one is not known."""
        if arguments.get("id"):
            return self._jobs.get(str(arguments["id"]), [])
        texts = arguments.get("puzzles") or [arguments.get("puzzle") or arguments.get("state")]
        return [self._handle(text, arguments.get("task"), reply) for text in texts if text]

    def _handle(self, text: str, task: str | None, reply: Reply) -> str | None:
        if bare(text).startswith("state:"):
            return None
        loaded = reply
        if "handle" not in reply.data or "puzzle" not in reply.data:
            loaded = self._check("load_puzzle", {"puzzle": text, "task": task})
        if loaded.is_error:
            return None
        handle = self._hold(loaded)
        if not is_handle(text):
            self._written.setdefault(handle, set()).add(_squeezed(text))
        return handle

    def _hold(self, loaded: Reply) -> str:
        """The handle of a puzzle, which is kept written out: handles may be forgotten.

        Not as the reply has it, which may lack what the rules need for a check.
        """
        handle = str(loaded.data["handle"])
        held = self._handles.get(handle, client=self._client)
        self._texts[handle] = (
            held.puzzle.model_dump_json() if held.open else json.dumps(held.puzzle.explicit())
        )
        return handle


def find_answer(text: str) -> tuple[str | None, bool]:
    """The answer that a model's words propose in a fenced block, and whether it is marked as one.

    Example:
        >>> find_answer("So:\\n```answer\\n1234\\n```\\nDone.")
        ('1234', True)
        >>> find_answer("I do not know.")
        (None, False)
    """
    blocks = [(label.lower(), body.strip()) for label, body in _BLOCK.findall(text)]
    marked = [body for label, body in blocks if label == "answer"]
    if marked:
        return marked[-1], True
    return (blocks[-1][1] if blocks else None), False


def _part(data: dict[str, Any]) -> Reply:
    """One puzzle's part of a batch, whose words are those of the whole."""
    return Reply(status=data["status"], text="", data=data)


def _is_whole(text: str, others: set[str], goal: str) -> bool:
    """Whether a squeezed text is in the goal and nothing like it is left over beside it.

    A model that copies a part of a puzzle, its first rows say, leaves the others behind.
    """
    rest = _squeezed(goal)
    if text not in rest:
        return False
    for other in sorted(others, key=len, reverse=True):
        rest = rest.replace(other, " ")
    symbols = {"#", "-", *(c for c in text if not c.isalnum())}
    runs = groupby(rest, key=lambda c: c.isdigit() or c in symbols)
    left = ["".join(run) for alike, run in runs if alike]
    return not any(len(run) >= 4 or (len(run) >= 2 and not run.isdigit()) for run in left)


def _squeezed(text: str) -> str:
    """Without what a puzzle may be written with or without: spaces, frames, marks of lists."""
    return re.sub(r'\s|\\n|[][,"|+─-╿]', "", text).translate(_BLANKS)
