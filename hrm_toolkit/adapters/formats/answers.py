"""Answers from files, for whoever wants one checked: what ``solve`` prints or writes, and others.

A text that cannot be read as an answer is an error: it refutes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hrm_toolkit.adapters.formats.records import ANSWER, is_lines
from hrm_toolkit.adapters.formats.source import PUZZLES, Given, read_source
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import Answer, AnyAdapter, InputError, Puzzle
from hrm_toolkit.core.files import placed

_READ_AS = "read as "
_VERDICT = r"(solved|not solved|not reached|valid|refuted): "
_HEADLINE = re.compile(rf"{_VERDICT}.*")
_LISTED = re.compile(rf"\s*\d+  {_VERDICT}.*")
_SOLVED = re.compile(r"^solved: .*, verified by the rules\s*$", re.MULTILINE)
_TOLD = re.compile(r"(?:(?:not )?solved|cancelled): [^\n]*\n\n")
_FOUND = re.compile(r"\n\n(cost [^\n]*, )?source [^\n]*, seed \d+, solver [^\n]*")
_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*"\s*)+')
_PART = "... the first "
_WITH_JSON = "write it with: hrm-toolkit solve FILE --json > found.json"


def read_answer(source: Given, adapter: AnyAdapter, puzzle: Puzzle, number: int = 1) -> Answer:
    """The answer in a file (or in its content as bytes): JSON or text.

    JSON may be the answer's object, its main field alone (a grid, a path), an object with an
    ``answer`` or ``solution``, what ``solve --json`` prints, of several puzzles too, or an ARC
    submission or file of solutions; other keys of an object, such as a time, are no matter. Text
    may be what ``solve`` prints, whatever the adapter draws of an answer, or another form that
    the adapter reads.

    Args:
        adapter: of the puzzle's task.
        number: which of several results it is, from 1; of one alone it is that.

    Raises:
        InputError: saying what was found and what was expected; nothing is refuted by it.
    """
    try:
        text, path = read_source(source)
    except InputError as error:
        if error.expected == PUZZLES:
            error.expected = "a file that holds an answer"
            error.hint = error.hint or "hrm-toolkit solve PUZZLE > answer.txt writes one"
        raise
    where = str(path) if path else "the answer"
    if _is_json(text):
        answer: Answer = placed(where, _from_json, text, adapter, puzzle, number)
    else:
        answer = placed(where, _from_text, text, adapter, puzzle, number)
    return answer


def _is_json(text: str) -> bool:
    begun = text.lstrip()
    if begun.startswith('"'):
        # A path of nodes whose first one is in quotation marks is no JSON.
        return _STRINGS.fullmatch(begun) is not None
    # Python writes a list of cells as [(0, 1), ...], which is no JSON.
    return begun[:1] in ("{", "[") and not begun[1:].lstrip().startswith("(")


def _from_json(text: str, adapter: AnyAdapter, puzzle: Puzzle, number: int) -> Any:
    if is_lines(text):
        lines = [line for line in text.split("\n") if line.strip()]
        value = read_json(_nth(lines, number))
    else:
        value = read_json(text)
        if isinstance(value, list) and value and all(map(_is_result, value)):
            value = _nth(value, number)
    value = _main(value, adapter)
    if isinstance(value, str):
        return adapter.parse_answer(puzzle, value)
    return adapter.coerce_answer(puzzle, value)


def _nth(results: Sequence[Any], number: int) -> Any:
    """One of several results; of one alone that."""
    if len(results) > 1 and number > len(results):
        raise InputError(
            f"there is no result {number} here", expected=f"--number from 1 to {len(results)}"
        )
    return results[number - 1 if len(results) > 1 else 0]


def _is_result(value: Any) -> bool:
    return isinstance(value, dict) and "answer" in value


def _main(value: Any, adapter: AnyAdapter) -> Any:
    """What a value says the answer is, without all else that an object says."""
    if not isinstance(value, dict):
        return value
    said = value.get("task", adapter.task)
    if said != adapter.task:
        raise InputError(f"this answers a {said} puzzle", expected=f"a {adapter.task} answer")
    for name in ANSWER:
        if name in value:
            if value[name] is None:
                raise InputError("the result has no answer", expected="an answer to check")
            inner = value[name]
            return _main(inner, adapter) if isinstance(inner, dict) else inner
    if set(value) == {"error"}:
        raise InputError("this is an error and no answer", got=value["error"])
    fields = [name for name in adapter.answer_type.model_fields if name in value and name != "task"]
    claimed = [name for name in adapter.claims if name in value] if fields else []
    if len(fields) == 1 and isinstance(value[fields[0]], str) and not claimed:
        return value[fields[0]]
    return {name: value[name] for name in (*fields, *claimed)} or value


def _from_text(text: str, adapter: AnyAdapter, puzzle: Puzzle, number: int) -> Any:
    first = text.lstrip().split("\n", 1)[0]
    if first.startswith(_READ_AS) or _SOLVED.search(text):
        text = _printed(text, adapter.render(puzzle), number)
    told = _TOLD.match(text)
    if told is not None:
        # What a tool tells a language model: a headline, the drawing, and how it was found.
        text = _FOUND.split(text[told.end() :], maxsplit=1)[0]
    return adapter.parse_answer(puzzle, text)


def _printed(text: str, before: str, number: int) -> str:
    """The drawing of an answer in what ``solve`` or ``verify`` printed.

    Args:
        before: the drawing of the puzzle, which may stand beside or above that of the answer.
    """
    lines = [line.rstrip() for line in text.splitlines()]
    if any(line.startswith(_PART) for line in lines):
        raise InputError("only a part of the answer is printed here", hint=_WITH_JSON)
    if any(map(_LISTED.fullmatch, lines)):
        raise InputError("these are verdicts without their answers", hint=_WITH_JSON)
    drawing, right = _nth(_drawings(lines), number)
    left = [line.rstrip() for line in before.split("\n")]
    if drawing[: len(left)] == left:
        after = _trimmed(drawing[len(left) :])
        if not after and not right:
            raise InputError("the result has no answer", expected="an answer to check")
        # An ARC task with known outputs is drawn as its right answer is.
        return "\n".join(after or drawing)
    if len(drawing) == len(left) and all(map(str.startswith, drawing, left)):
        return "\n".join(line[_gap(drawing, left) :] for line in drawing)
    return "\n".join(drawing)


def _drawings(lines: Sequence[str]) -> list[tuple[list[str], bool]]:
    """The lines above each verdict, without what stands below the one before; if it says right."""
    found: list[tuple[list[str], bool]] = []
    kept: list[str] = []
    below = False
    for line in lines:
        if _HEADLINE.fullmatch(line):
            found.append((_trimmed(kept), line.startswith(("solved", "valid"))))
            kept, below = [], True
        elif below:
            below = bool(line)
        elif not line.startswith(_READ_AS):
            kept.append(line)
    return found or [(_trimmed(kept), False)]


def _gap(drawing: Sequence[str], left: Sequence[str]) -> int:
    """Where the second of two drawings side by side begins."""
    width = max(map(len, left))
    return min(
        width + len(line[width:]) - len(line[width:].lstrip())
        for line in drawing
        if line[width:].strip()
    )


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Without the blank lines at both ends."""
    filled = [place for place, line in enumerate(lines) if line.strip()]
    return list(lines[filled[0] : filled[-1] + 1]) if filled else []
