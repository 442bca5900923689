"""Puzzles from what a caller writes: text in any usual form, JSON, or a handle."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, TypedDict

from hrm_toolkit.adapters.formats import Loaded, read_text
from hrm_toolkit.adapters.formats.answers import read_answer
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    Answer,
    AnyAdapter,
    InputError,
    OptionError,
    Puzzle,
    ToolkitError,
    nearest,
    shorten,
)
from hrm_toolkit.planner.handles import Handles, Held, bare, is_handle
from hrm_toolkit.planner.limits import MOST_ACTIONS, MOST_PUZZLE
from hrm_toolkit.planner.reply import in_arguments

_STATE_KEYS = {"puzzle", "actions"}
_KINDS = ("puzzle", "state")
_FENCE = re.compile(
    r"^[ \t]*(```+|~~~+)[\w+-]*[ \t]*\n(.*?)\n?[ \t]*\1[ \t]*$", re.DOTALL | re.MULTILINE
)
_HEADING = re.compile(
    r"\s*(?=[^\n]*[A-Za-z]{3})[A-Za-z][\w ,.'()-]{2,200}:(?!//)[ \t]*(?:\n+|(?=[^\n]+\s*\Z))"
)
"""Words with a colon, before all other lines or before the rest of the only one."""
_DIGITS = re.compile(r"[0-9a-f]{4,64}")


class How(TypedDict, total=False):
    """What a text of a puzzle may leave open; see ``ReadOptions``."""

    start: str | None
    goal: str | None
    weight: str | None
    box: str | None


class Asked(NamedTuple):
    """Who asks for what to be read, and how.

    Attributes:
        task: of the puzzle; None to tell it from the text.
        how: what the text may leave open.
        handles: where handles are looked up.
        client: whose handles count.
    """

    task: str | None
    how: How
    handles: Handles
    client: str


class Read(NamedTuple):
    """A puzzle that was read.

    Attributes:
        adapter: of its task.
        puzzle: the puzzle.
        kind: what the text was taken for.
        notes: what the reader assumed, in sentences.
        open: whether an answer may yet show that another puzzle was meant; see ``Loaded``.
    """

    adapter: AnyAdapter
    puzzle: Puzzle
    kind: str
    notes: tuple[str, ...]
    open: bool = False


def read_puzzle(text: str, asked: Asked) -> Read:
    """A puzzle from its text, or by its handle.

    Raises:
        InputError: for text that is no puzzle or several, or a handle of nothing.
        OptionError: for an option that the puzzle has no use for.
        UnknownNameError: for an unknown task.
    """
    require_size("puzzle", text)
    task = asked.task
    how = {name: value for name, value in asked.how.items() if value is not None}
    held = _held(text, asked.handles, asked.client)
    if held is not None:
        if how:
            name = next(iter(how))
            raise OptionError(
                f"a handle stands for a puzzle that was read: {name} says how a text is",
                path=name,
                hint=f"leave it out, or load the puzzle's text again with {name}",
            )
        puzzle, kind, notes, open_ = held.puzzle, "a handle", held.notes, held.open
    else:
        options: dict[str, Any] = {**how, "adapter": task, "box": _box(asked.how.get("box"))}
        loaded = _read_pasted(with_line_breaks(text), options)
        if len(loaded.puzzles) != 1:
            raise InputError(
                f"there are {len(loaded.puzzles)} puzzles here ({loaded.kind})",
                expected="one puzzle",
            )
        puzzle, kind, notes = loaded.puzzles[0], loaded.kind, loaded.notes
        open_ = loaded.open
    if task is not None and puzzle.task != task:
        get_adapter(task)
        raise InputError(f"this is a {puzzle.task} puzzle", expected=f"a {task} puzzle")
    return Read(get_adapter(puzzle.task), puzzle, kind, tuple(map(in_arguments, notes)), open_)


def read_puzzles(texts: Sequence[str], asked: Asked) -> list[Read]:
    """Several puzzles.

    Raises:
        ToolkitError: as ``read_puzzle``, with the place of the one at fault.
    """
    found = []
    for number, text in enumerate(texts):
        try:
            found.append(read_puzzle(text, asked))
        except ToolkitError as error:
            error.path = f"puzzles.{number}" + (f": {error.path}" if error.path else "")
            raise
    return found


def _read_pasted(text: str, options: dict[str, Any]) -> Loaded:
    """The puzzles of a text, or else of what it has in a code fence or behind a heading.

    People paste what they were sent, and say what it is before it. Only a text that is no puzzle
    as it stands is looked at so.

    Raises:
        InputError: of the text, or of what is left without its wrapping.
    """
    try:
        return read_text(text, **options)
    except InputError:
        inside = unwrapped(text)
        if inside is None:
            raise
    return read_text(inside, **options)


def unwrapped(text: str) -> str | None:
    """What stands in the one code fence of a text, or behind a heading that ends in a colon.

    Example:
        >>> unwrapped("Here it is:\\n```text\\n1... ..3.\\n.4.. ...2\\n```\\nThanks!")
        '1... ..3.\\n.4.. ...2'
        >>> unwrapped("sudoku: 1... ..3. .4.. ...2")
        '1... ..3. .4.. ...2'
        >>> unwrapped("1... ..3. .4.. ...2")
    """
    fences = _FENCE.findall(text)
    if len(fences) == 1:
        return str(fences[0][1])
    heading = _HEADING.match(text)
    return text[heading.end() :] if heading and not fences else None


def _box(text: str | None) -> tuple[int, int] | None:
    """Rows and columns, as ``3x2``, ``3 by 2`` or ``[3, 2]``."""
    if text is None:
        return None
    numbers = re.fullmatch(
        r"[\[(]?\s*(\d{1,3})\s*(?:x|X|\u00d7|\*|,|by)\s*(\d{1,3})\s*[\])]?", text
    )
    if numbers is None:
        raise OptionError(
            "this is no shape of a box", path="box", expected="ROWSxCOLUMNS, such as 3x2", got=text
        )
    return int(numbers[1]), int(numbers[2])


def read_claim(adapter: AnyAdapter, puzzle: Puzzle, text: str) -> Answer:
    """An answer that somebody claims for a puzzle; as puzzles are, perhaps with its wrapping.

    Raises:
        InputError: for text that is no answer of its task.
    """
    require_size("answer", text)
    text = with_line_breaks(text)
    try:
        return read_answer(text.encode("utf-8", "surrogateescape"), adapter, puzzle)
    except InputError:
        inside = unwrapped(text)
        if inside is None:
            raise
    return read_answer(inside.encode("utf-8", "surrogateescape"), adapter, puzzle)


def read_state(text: str, asked: Asked) -> Held:
    """A puzzle with what was played on it; ``state`` is filled in.

    The text is a puzzle's, a handle, or ``{"puzzle": ..., "actions": [...]}``.

    Raises:
        InputError: as ``read_puzzle``, or for an action that is not legal where it stands.
    """
    require_size("state", text)
    named = _held(text, asked.handles, asked.client)
    if named is not None and named.state is not None:
        return named
    played = _written_out(text)
    given = text if played is None else played["puzzle"]
    read = read_puzzle(given if isinstance(given, str) else json.dumps(given), asked)
    held = Held(read.puzzle, (), read.adapter.rules.initial(read.puzzle), read.notes)
    for action in () if played is None else played["actions"]:
        held = take(read.adapter, held, action if isinstance(action, str) else json.dumps(action))
    return held


def read_left(text: str, asked: Asked) -> tuple[AnyAdapter, Puzzle, tuple[str, ...]]:
    """The puzzle that is left to solve: one as it is read, or what a state of play leaves of it.

    Raises:
        InputError: as ``read_puzzle``, or for a state of a task that cannot say what is left.
    """
    named = _held(text, asked.handles, asked.client) if isinstance(text, str) else None
    if named is None or not named.actions:
        read = read_puzzle(text, asked)
        return read.adapter, read.puzzle, read.notes
    adapter = get_adapter(named.puzzle.task)
    left = adapter.onward(named.puzzle, named.state)
    left = left or adapter.remaining(named.puzzle, named.state)
    if left is None:
        raise InputError(
            f"a {adapter.title} does not say what a state of play leaves of it",
            path="puzzle",
            expected="the puzzle itself, as text or by its handle",
        )
    return adapter, left, named.notes


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
    return Held(held.puzzle, (*held.actions, action), state, held.notes)


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
    if not isinstance(text, str):
        raise InputError("this is no text", path=what, expected="a text", got=repr(text))
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
