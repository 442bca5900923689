"""Puzzles from what a caller writes: text in any usual form, JSON, or a handle."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from typing import Any

from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.adapters.formats.answers import read_answer
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Answer, AnyAdapter, InputError, Puzzle, ToolkitError, nearest, shorten
from hrm_toolkit.planner.handles import Handles, Held, bare, is_handle
from hrm_toolkit.planner.limits import MOST_ACTIONS, MOST_PUZZLE

_STATE_KEYS = {"puzzle", "actions"}
_KINDS = ("puzzle", "state")
_DIGITS = re.compile(r"[0-9a-f]{4,64}")


def read_puzzle(
    text: str, task: str | None, handles: Handles, client: str
) -> tuple[AnyAdapter, Puzzle, str]:
    """The adapter, the puzzle, and what the text was taken for.

    Raises:
        InputError: for text that is no puzzle or several, or a handle of nothing.
        UnknownNameError: for an unknown task.
    """
    require_size("puzzle", text)
    held = _held(text, handles, client)
    if held is not None:
        puzzle, kind = held.puzzle, "a handle"
    else:
        loaded = read_text(with_line_breaks(text), adapter=task)
        if len(loaded.puzzles) != 1:
            raise InputError(
                f"there are {len(loaded.puzzles)} puzzles here ({loaded.kind})",
                expected="one puzzle",
            )
        puzzle, kind = loaded.puzzles[0], loaded.kind
    if task is not None and puzzle.task != task:
        get_adapter(task)
        raise InputError(f"this is a {puzzle.task} puzzle", expected=f"a {task} puzzle")
    return get_adapter(puzzle.task), puzzle, kind


def read_puzzles(
    texts: Sequence[str], task: str | None, handles: Handles, client: str
) -> list[tuple[AnyAdapter, Puzzle]]:
    """Several puzzles.

    Raises:
        ToolkitError: as ``read_puzzle``, with the place of the one at fault.
    """
    found = []
    for number, text in enumerate(texts):
        try:
            adapter, puzzle, _ = read_puzzle(text, task, handles, client)
        except ToolkitError as error:
            error.path = f"puzzles.{number}" + (f": {error.path}" if error.path else "")
            raise
        found.append((adapter, puzzle))
    return found


def read_claim(adapter: AnyAdapter, puzzle: Puzzle, text: str) -> Answer:
    """An answer that somebody claims for a puzzle.

    Raises:
        InputError: for text that is no answer of its task.
    """
    require_size("answer", text)
    written_so = with_line_breaks(text).encode("utf-8", "surrogateescape")
    return read_answer(written_so, adapter, puzzle)


def read_state(text: str, task: str | None, handles: Handles, client: str) -> Held:
    """A puzzle with what was played on it; ``state`` is filled in.

    The text is a puzzle's, a handle, or ``{"puzzle": ..., "actions": [...]}``.

    Raises:
        InputError: as ``read_puzzle``, or for an action that is not legal where it stands.
    """
    require_size("state", text)
    named = _held(text, handles, client)
    if named is not None and named.state is not None:
        return named
    played = _written_out(text)
    given = text if played is None else played["puzzle"]
    written = given if isinstance(given, str) else json.dumps(given)
    adapter, puzzle, _ = read_puzzle(written, task, handles, client)
    held = Held(puzzle, (), adapter.rules.initial(puzzle))
    for action in () if played is None else played["actions"]:
        held = take(adapter, held, action if isinstance(action, str) else json.dumps(action))
    return held


def take(adapter: AnyAdapter, held: Held, text: str) -> Held:
    """The state after an action that is written as ``written`` writes it.

    Raises:
        InputError: when it is no legal action there.
    """
    legal = adapter.rules.actions(held.state)
    wanted = text.strip()
    action: Any = next((a for a in legal if written(a) == wanted), None)
    if action is None:
        action = _thawed(wanted)
    try:
        state = adapter.rules.step(held.state, action)
    except InputError as error:
        near = nearest(wanted, map(written, legal))
        error.hint = error.hint or (f'did you mean "{near}"?' if near else None)
        raise error.at("action") from None
    except (TypeError, ValueError, LookupError, AttributeError):
        # An adapter's own step may take its action apart before it looks at it.
        shown = ", ".join(shorten(written(a), 40) for a in legal[:10])
        raise InputError(
            "this is no action of this task",
            path="action",
            expected=f"one of {shown}" if legal else "none: no action is legal here",
            got=text,
        ) from None
    return Held(held.puzzle, (*held.actions, action), state)


def written(action: Any) -> str:
    """An action as text: its own if it is text, else JSON.

    Example:
        >>> written("east"), written((0, 2, 5))
        ('east', '[0, 2, 5]')
    """
    return action if isinstance(action, str) else json.dumps(action, default=int)


def with_line_breaks(text: str) -> str:
    r"""Text whose lines a model parted by a backslash and an n, parted properly."""
    if "\n" in text or "\\n" not in text or text.lstrip()[:1] in ("{", "["):
        return text
    return text.replace("\\n", "\n")


def require_size(what: str, text: str) -> None:
    """Refuse text that is too long.

    Raises:
        InputError: naming what it is.
    """
    if len(text) > MOST_PUZZLE:
        raise InputError(
            f"the {what} has {len(text):,} characters",
            path=what,
            expected=f"at most {MOST_PUZZLE:,}",
        )


def _held(text: str, handles: Handles, client: str) -> Held | None:
    """What a text stands for as a handle; None for text that is none.

    Small models leave out what stands before the colon: what is left is a handle where one is
    held by those digits.

    Raises:
        InputError: for a handle of nothing.
    """
    if is_handle(text):
        return handles.get(text, client=client)
    digits = bare(text)
    for kind in _KINDS if _DIGITS.fullmatch(digits) else ():
        with contextlib.suppress(InputError):
            return handles.get(f"{kind}:{digits}", client=client)
    return None


def _written_out(text: str) -> dict[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    value = read_json(text)
    if not isinstance(value, dict) or set(value) != _STATE_KEYS:
        return None
    actions = value["actions"]
    if not isinstance(actions, list) or len(actions) > MOST_ACTIONS:
        expected = f"a list of at most {MOST_ACTIONS:,}"
        raise InputError("the actions are no such list", path="actions", expected=expected)
    return value


def _thawed(text: str) -> Any:
    """An action's value: JSON with tuples for lists, or the text itself."""
    if not text.startswith("["):
        return text
    return _tuples(read_json(text))


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
