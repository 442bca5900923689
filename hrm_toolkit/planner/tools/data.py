"""What the data of replies holds: JSON Schema of each field, for hosts that type replies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from hrm_toolkit.core.telling import ResultData
from hrm_toolkit.planner.reply import Status

Schema = dict[str, Any]
_TOLD = {"status", "answer", "verdict", "job", "solutions", "hint", "left_out"}


def output_schema(fields: Iterable[str]) -> Schema:
    """JSON Schema of a tool's ``Reply.data``; what is there beside the status depends on it.

    Args:
        fields: names from ``FIELDS``, beside those that every reply may have.

    Example:
        >>> schema = output_schema(["answer"])
        >>> list(schema["properties"]), schema["required"]
        (['status', 'error', 'answer', 'left_out'], ['status'])
    """
    return {
        "type": "object",
        "properties": {name: _brief(name) for name in ("status", "error", *fields, "left_out")},
        "required": ["status"],
    }


def _brief(name: str) -> Schema:
    """A field's schema, in words only where its name does not say enough: lists are paid for."""
    told = name in _TOLD
    return {key: part for key, part in FIELDS[name].items() if told or key != "description"}


def _of(kind: str, about: str, **more: Any) -> Schema:
    return {"type": kind, "description": about, **more}


def _or_null(kind: str, about: str) -> Schema:
    return {**_value(kind), "type": [kind, "null"], "description": about}


def _list(kind: str, about: str) -> Schema:
    return {"type": "array", "items": _value(kind), "description": about}


def _value(kind: str) -> Schema:
    return {"type": kind, "additionalProperties": True} if kind == "object" else {"type": kind}


FIELDS: dict[str, Schema] = {
    "status": _of(
        "string",
        "solved only for an answer that the rules accept.",
        enum=list(get_args(Status)),
    ),
    "error": _or_null("object", "What was wrong with the call: code, message, expected, hint."),
    "task": _of("string", "The puzzle's task."),
    "answer": _or_null("object", "The answer: a grid, a path, attempts."),
    "solved": _of("boolean", "As the status solved."),
    "verdict": _or_null(
        "object", "What the rules say: valid, optimal, cost, violations with message and places."
    ),
    "unsolvable": _of("boolean", "Whether it is proved that there is no answer."),
    "reached": _of("boolean", "Whether the time reached this puzzle."),
    "abstained": _of("boolean", "Whether the solver does not stand behind the answer."),
    "source": _of("string", "The part that answered: a network's family, exact or none."),
    "confidence": _or_null("number", "The network's own estimate, 0 to 1."),
    "segments": _of("integer", "Network calls that were made."),
    "nodes": _of("integer", "States that a search visited."),
    "seconds": _of("number", "Wall-clock time of the solve."),
    "seed": _of("integer", "Seed of whatever was drawn."),
    "solver": _of("string", "Name of the solver."),
    "bundle": _or_null("string", "SHA-256 of its weights."),
    "notes": _list("string", "Sentences for a reader."),
    "job": _of("string", "Id of the job."),
    "elapsed": _of("number", "Seconds that a running job has taken."),
    "position": _or_null("integer", "Its place in the queue, from 1."),
    "progress": _or_null("object", "How far it is."),
    "best": _or_null("object", "What there is so far; not final."),
    "solved_count": _of("integer", "How many of several puzzles are solved."),
    "replies": _list("object", "The data of each puzzle's reply, in order."),
    "jobs": _list("object", "The caller's jobs, the newest first."),
    "handle": _of("string", "Stands for the puzzle in other calls."),
    "read_as": _of("string", "What the text was taken for."),
    "puzzle": _of("object", "The puzzle.", additionalProperties=True),
    "contradictions": _list("string", "How the puzzle contradicts itself."),
    "solutions": _or_null("integer", "0, 1, or 2 for more than one; null where nobody counted."),
    "state": _of("string", "Handle of the state."),
    "actions": _list("string", "Legal actions."),
    "actions_in_all": _of("integer", "How many there are."),
    "taken": _of("integer", "Actions that were taken."),
    "last": _or_null("string", "The action that was taken last."),
    "finished": _of("boolean", "Whether the state is final."),
    "proved": _of("boolean", "Whether what is said is proved."),
    "forced": {
        "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}],
        "description": "Forced moves that lead into a contradiction.",
    },
    "clues": {
        "anyOf": [
            {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
            {"type": "null"},
        ],
        "description": "Row, column and number of clues that contradict each other, from 0.",
    },
    "hint": _or_null("object", "What follows (says), the steps to it (why), places from 0."),
    "picture": _of("string", "The puzzle drawn."),
    "puzzles": _list("object", "Handle and text of each puzzle."),
    "asked": _of("integer", "How many puzzles were asked for."),
    "tasks": _list("object", "Name, summary and family of each task."),
    "summary": _of("string", "What the task asks for."),
    "symbols": _list("string", "Of its puzzles and answers."),
    "most_tokens": _or_null("integer", "The largest puzzle that a network reads."),
    "sizes": {
        "type": "array",
        "items": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]},
        "description": "Sizes that are generated.",
    },
    "difficulties": _list("string", "That can be asked for."),
    "solvers": _list("string", "Names of its solvers."),
    "hints": _of("boolean", "Whether hint says what follows from its puzzles."),
    "palette": _or_null("object", "The signs of which a puzzle's text is a grid, if it is one."),
    "puzzle_schema": _of("object", "JSON Schema of a puzzle.", additionalProperties=True),
    "answer_schema": _of("object", "JSON Schema of an answer.", additionalProperties=True),
    "example": _of("object", "A puzzle with its answer.", additionalProperties=True),
    "left_out": _list("string", "Fields that were too long for this reply."),
}
"""Every field that the data of a reply may have."""

VERDICT = ("answer", "verdict")
RESULT = tuple(name for name in ResultData.model_fields if name != "status")
RUNNING = ("job", "elapsed", "position", "progress", "best")
SEVERAL = ("solved_count", "replies")
