"""Reply: what every tool returns, complete as text and as data."""

from __future__ import annotations

import functools
import inspect
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, ParamSpec

from pydantic import AfterValidator

from hrm_toolkit.core import (
    AnyAdapter,
    InputError,
    Model,
    OptionError,
    Puzzle,
    Result,
    ToolkitError,
    Verdict,
    meant,
    shorten,
)
from hrm_toolkit.core.errors import visible_lines
from hrm_toolkit.core.telling import breaks, kind_of, number_of, result_data, violation_lines
from hrm_toolkit.planner.lines import answer_line

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")

Status = Literal[
    "solved",
    "refuted",
    "unsolvable",
    "timeout_best",
    "timeout_none",
    "cancelled",
    "error",
    "running",
    "ok",
]
"""``solved``: the rules accept the answer, and only then. ``refuted``: they do not.
``unsolvable``: it was proved that there is no answer. ``timeout_best`` and ``timeout_none``: time
or budget ran out with an answer that the rules refute, or with none. ``running``: a job goes on.
``ok``: there was nothing to solve. ``error``: the call itself was at fault, or failed."""

MOST_TEXT = 8_000
"""Characters of a rendered puzzle or answer in ``text``."""

MOST_RENDER = 32_000
"""The same where a picture is all that was asked for."""

MOST_VIOLATIONS = 20
"""Violations that a reply tells, and places of each."""

_IN_PYTHON = re.compile(r" \(\w+=[^()]* in Python\)")
_QUOTED = re.compile(r'("[^"]*")')
_SAID = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"(?:\b(\w+) )?\(--(?:adapter|task)\)", "the argument task"),
        (r"--adapter(?:[ =][A-Z]+\b)?", "the argument task"),
        (r"--start\b(?: \S+)? (?:and )?--goal\b(?: [A-Z]+\b)?", "the arguments start and goal"),
        (r"\b(\w+) \(--(weight|box|start|goal)\)", r"the argument \2"),
        (r"--(weight|box|start|goal)(?:[ =](?:[A-Z]+|\d+x\d+)(?:[x|]\w+)?\b)?", r"the argument \1"),
        (r"\bno adapter reads", "nothing here reads"),
        (r"\b(no|known) adapter\b", r"\1 task"),
        (r"\bpuzzle file\b", "puzzle"),
    )
)
"""What readers say, and what a tool's caller is told."""

_RETRYABLE = {"busy", "worker_failed", "storage"}


class Reply(Model):
    """What a tool returns. Some hosts show a model the text alone, some the data alone.

    Attributes:
        status: see ``Status``.
        text: complete by itself: the outcome in words and, for answers, the answer drawn.
        data: the same for programs, JSON values throughout; ``data["status"]`` is ``status``.

    Example:
        >>> reply = Reply.of("ok", "done", count=2)
        >>> reply.data
        {'status': 'ok', 'count': 2}
        >>> reply.is_error
        False
    """

    status: Status
    text: Annotated[str, AfterValidator(visible_lines)]
    data: dict[str, Any]

    @property
    def is_error(self) -> bool:
        """Whether the call was at fault; a refuted answer or a timeout is information."""
        return self.status == "error"

    @classmethod
    def of(cls, status: Status, text: str, **data: Any) -> Reply:
        """A reply whose data repeats its status."""
        return cls(status=status, text=text, data={"status": status, **data})

    def with_data(self, **more: Any) -> Reply:
        """The same reply with more data, or other data by the same names."""
        return Reply(status=self.status, text=self.text, data={**self.data, **more})

    def with_notes(self, notes: Sequence[str]) -> Reply:
        """The same reply with sentences for a reader after its text, and in its data."""
        if not notes:
            return self
        data = {**self.data, "notes": [*self.data.get("notes", ()), *notes]}
        return Reply(status=self.status, text="\n".join([self.text, *notes]), data=data)


def reply_of(
    result: Result,
    adapter: AnyAdapter,
    puzzle: Puzzle,
    *,
    timed_out: bool = False,
    cancelled: bool = False,
) -> Reply:
    """What came of a solve, in words and as data.

    Args:
        result: verified by the rules, as every ``Result``.
        adapter: of its task; draws the answer.
        puzzle: what was to be solved.
        timed_out: time ran out, so that what is not solved might have been.
        cancelled: somebody stopped it.
    """
    status = _status(result, timed_out=timed_out, cancelled=cancelled)
    result = result.model_copy(update={"notes": tuple(map(in_arguments, result.notes))})
    lines = [_headline(status, result, puzzle)]
    if result.answer is not None:
        lines += ["", drawn(adapter, puzzle, result.answer), ""]
    if result.answer is not None or result.unsolvable:
        lines += [f"- {line}" for line in violation_lines(result.verdict, MOST_VIOLATIONS)]
    lines += [_facts(result), *result.notes]
    data = result_data(result, MOST_VIOLATIONS) | {"status": status}
    return Reply(status=status, text="\n".join(lines), data=data)


def reply_of_error(error: ToolkitError, *, example: dict[str, Any] | None = None) -> Reply:
    """An error in words and as data.

    Args:
        error: what was found, what was expected and the fix.
        example: arguments that would have been right, for whoever calls again.
    """
    said = ToolkitError(
        in_arguments(error.message),
        path=error.path,
        expected=error.expected and in_arguments(error.expected),
        got=error.got,
        hint=error.hint and in_arguments(error.hint),
    )
    retryable = error.code in _RETRYABLE
    fields = {**said.to_dict(), "code": error.code, "example": None, "retryable": retryable}
    reply = Reply.of("error", f"error ({error.code}): {said}", error=fields)
    return reply if example is None else with_example(reply, example)


def fault_of(error: Exception) -> ToolkitError:
    """Put an error that nobody foresaw, logged, in words."""
    _log.exception("a call failed", exc_info=error)
    failure = ToolkitError(
        f"internal error: {type(error).__name__}: {shorten(str(error))}",
        hint="this is a fault of the toolkit: report it with the log",
    )
    failure.code = "internal"
    return failure


def in_arguments(text: str) -> str:
    """What a reader of files says to its callers, in the words of whoever calls a tool.

    Readers speak of the options of the command line; a tool has arguments. What stands in quotes
    is somebody's own and stays as it is.

    Example:
        >>> in_arguments('name its task with adapter (--adapter), such as "--adapter"')
        'name its task with the argument task, such as "--adapter"'
    """
    parts = _QUOTED.split(_IN_PYTHON.sub("", text))
    parts[::2] = [_in_arguments(part) for part in parts[::2]]
    return "".join(parts)


def _in_arguments(text: str) -> str:
    for pattern, said in _SAID:
        text = pattern.sub(said, text)
    return text


def with_example(reply: Reply, example: dict[str, Any]) -> Reply:
    """An error's reply that also shows a correct call."""
    text = f"{reply.text}\nA correct call has arguments such as {json.dumps(example)}"
    data = {**reply.data, "error": {**reply.data["error"], "example": example}}
    return Reply(status="error", text=text, data=data)


def drawn(adapter: AnyAdapter, puzzle: Puzzle, answer: Any = None, most: int = MOST_TEXT) -> str:
    """The adapter's own text of what may be shown, cut where it would flood a reader.

    An answer whose picture is cut follows on a line of its own: nobody has to look elsewhere.

    Args:
        adapter: of the puzzle's task.
        puzzle: the puzzle.
        answer: drawn in its place; None for the puzzle alone.
        most: characters from which on a picture is cut.
    """
    text = adapter.render(adapter.shown(puzzle), answer)
    if len(text) <= most:
        return text
    line = None if answer is None else answer_line(answer.model_dump(mode="json"))
    head = text[: max(most - len(line or ""), most // 4)].rsplit("\n", 1)[0]
    cut = f"{head}\n... the first {len(head):,} of {len(text):,} characters"
    return f"{cut}; data has the whole" if line is None else f"{cut}\n\n{line}"


def accepted(kind: str, verdict: Verdict) -> str:
    """That the rules accept an answer, and whether they know of a better one."""
    better = {True: ", and none is better", False: ", though a better one exists", None: ""}
    return f"solved: {kind}; the rules accept this answer{better[verdict.optimal]}"


def _status(result: Result, *, timed_out: bool, cancelled: bool) -> Status:
    if result.solved:
        return "solved"
    if result.unsolvable:
        return "unsolvable"
    if cancelled:
        return "cancelled"
    if result.answer is None:
        return "timeout_none"
    return "timeout_best" if timed_out else "refuted"


def _headline(status: Status, result: Result, puzzle: Puzzle) -> str:
    kind, verdict = kind_of(puzzle), result.verdict
    if result.answer is None:
        best = "no answer was found"
    else:
        best = f"the best answer found breaks {breaks(verdict)}"
    match status:
        case "solved":
            return accepted(kind, verdict)
        case "unsolvable":
            return f"unsolvable: it is proved that this {kind} has no answer"
        case "cancelled":
            return f"cancelled: {kind}; {best}"
        case "timeout_best":
            return f"not solved: {kind}; time ran out, and {best}: it is no solution"
        case "refuted":
            return f"not solved: {kind}; {best}: it is no solution"
        case _:
            return f"not solved: {kind}; {best} within the time and budget"


def _facts(result: Result) -> str:
    parts = [f"source {result.source}"]
    if result.verdict.cost is not None:
        parts.insert(0, f"cost {result.verdict.cost:g}")
    if result.confidence is not None:
        parts.append(f"the network's own confidence {result.confidence:.2f}")
    if result.segments:
        parts.append(number_of(result.segments, "segment"))
    parts += [f"{result.seconds:.3g} s", f"seed {result.seed}", f"solver {result.solver}"]
    return ", ".join(parts)


def answered(function: Callable[_P, Reply]) -> Callable[_P, Reply]:
    """Turn what a function raises, or is wrong with its arguments, into a reply that says it."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> Reply:
        try:
            _require(signature, args, kwargs)
            return function(*args, **kwargs)
        except ToolkitError as error:
            return reply_of_error(error)
        except UnicodeEncodeError:
            half = InputError("a text holds half of a character", expected="whole Unicode text")
            return reply_of_error(half)
        except Exception as error:
            return reply_of_error(fault_of(error))

    return call


_OURS = ("self", "client", "on_progress", "stop")
"""Arguments of whoever serves callers, which no caller means."""

_KINDS: dict[str, tuple[tuple[type, ...], str, str]] = {
    "str": ((str,), "this is no text", "a text"),
    "int": ((int,), "this is no whole number", "a whole number"),
    "float": ((int, float), "this is no number", "a number"),
    "list[str]": ((list, tuple), "this is no list", "a list of texts"),
}
"""By an annotation: the types that fit, and what is said of others."""


def _require(signature: inspect.Signature, args: Sequence[Any], named: Mapping[str, Any]) -> None:
    """Refuse an argument that is missing, that there is none of, or that is of another kind.

    Raises:
        OptionError: naming it.
    """
    hints = {name: str(one.annotation) for name, one in signature.parameters.items()}
    needed = [n for n, p in signature.parameters.items() if p.default is p.empty and n != "how"]
    if hints.pop("how", None):
        hints |= dict.fromkeys(("start", "goal", "weight", "box"), "str | None")
    given = dict(zip(signature.parameters, args, strict=False)) | dict(named)
    for name in given:
        if name not in hints:
            known = [key for key in hints if key not in _OURS]
            near = meant(name, known)
            raise OptionError(
                f'there is no argument "{shorten(name, 40)}"',
                expected="one of " + ", ".join(known),
                hint=f'did you mean "{near}"?' if near else None,
            )
    for name in needed:
        if name not in given:
            raise OptionError(f'the argument "{name}" is missing', path=name)
    for name, value in given.items():
        kind, _, nothing = hints[name].partition(" | ")
        if kind not in _KINDS or (value is None and nothing):
            continue
        types, message, expected = _KINDS[kind]
        if not isinstance(value, types) or isinstance(value, bool):
            raise OptionError(message, path=name, expected=expected, got=repr(value))
