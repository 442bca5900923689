"""The one error tree: each error says what was found, what was expected and the fix."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

MOST_LETTERS = 600
"""The longest line that an error comes to, in characters."""


class ToolkitError(Exception):
    """Base of every error the toolkit raises on purpose.

    Args:
        message: what was found, in one line.
        path: where it was found (a file, a key, a place in a puzzle), if that helps.
        expected: what would have been right.
        got: what stood there instead, shortened to 80 characters.
        hint: what to do now.

    Example:
        >>> str(InputError("the grid has 80 cells", expected="81 cells", hint="add one cell"))
        'the grid has 80 cells; expected 81 cells; add one cell'
    """

    code: str = "error"

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        expected: str | None = None,
        got: object = None,
        hint: str | None = None,
    ) -> None:
        self.message = shorten(message, MOST_LETTERS)
        self.path = None if path is None else shorten(path, 400)
        self.expected = None if expected is None else shorten(expected, MOST_LETTERS)
        self.got = None if got is None else shorten(str(got))
        self.hint = None if hint is None else shorten(hint, MOST_LETTERS)
        super().__init__(self.message)

    def __str__(self) -> str:
        whole = self._line(self.path, self.message, self.expected, self.got, self.hint)
        if len(whole) <= MOST_LETTERS:
            return whole
        # Each part keeps its beginning, a path its end: that is where paths differ.
        path = self.path and (self.path if len(self.path) <= 100 else f"...{self.path[-97:]}")
        cut = (shorten(part or "", 120) for part in (self.expected, self.got, self.hint))
        return self._line(path, shorten(self.message, 130), *cut)

    @staticmethod
    def _line(
        path: str | None, message: str, expected: str | None, got: str | None, hint: str | None
    ) -> str:
        parts = [f"{path}: {message}" if path else message]
        if expected:
            parts.append(f"expected {expected}")
        if got:
            parts.append(f"got {got}")
        if hint:
            parts.append(hint)
        # Some of it may have been set after the error was made.
        return one_line("; ".join(parts))

    def at(self, path: str) -> ToolkitError:
        """The same error, placed: sets ``path`` where none is set yet and returns itself."""
        self.path = self.path or shorten(path, 400)
        return self

    def to_dict(self) -> dict[str, str | None]:
        """The fields of the ``error`` object that ``--json`` prints."""
        parts = {
            name: getattr(self, name) for name in ("message", "path", "expected", "got", "hint")
        }
        shown = {name: part if part is None else one_line(part) for name, part in parts.items()}
        return {"code": self.code, **shown}


class InputError(ToolkitError):
    """A puzzle, answer or file that cannot be read as what it should be."""

    code = "bad_input"


class OptionError(ToolkitError):
    """An option, recipe key or argument that is unknown or out of range."""

    code = "bad_option"


class UnknownNameError(OptionError):
    """A name that nobody registered; carries the nearest known one as its hint.

    Example:
        >>> UnknownNameError("adapter", "soduku", ["maze", "sudoku"]).hint
        'did you mean "sudoku"?'
    """

    code = "unknown_name"

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        names = sorted(known)
        near = nearest(name, names) if isinstance(name, str) else None
        said = f'"{shorten(name, 40)}"' if isinstance(name, str) else shorten(repr(name), 40)
        super().__init__(
            f"there is no {kind} {said}",
            expected="one of " + ", ".join(names) if names else f"a known {kind}",
            hint=f'did you mean "{near}"?' if near else None,
        )
        self.known = names


class BundleError(ToolkitError):
    """A bundle that is missing a part, or whose parts disagree."""

    code = "bad_bundle"


class CheckpointError(ToolkitError):
    """Training state that cannot be resumed from."""

    code = "bad_checkpoint"


class WorkerError(ToolkitError):
    """A helping process that failed or was killed."""

    code = "worker_failed"


class StorageError(ToolkitError):
    """A file that cannot be written: the disk is full, failing, or read-only."""

    code = "storage"


class HubError(ToolkitError):
    """A hub of models that cannot be reached, or that does not do what it was asked for."""

    code = "hub"


class BusyError(ToolkitError):
    """More was asked for than there is room for now; the same request may succeed later."""

    code = "busy"


class MissingExtraError(ToolkitError):
    """A feature whose optional package is not installed.

    Example:
        >>> MissingExtraError("onnx", "onnxruntime").hint
        "pip install 'hrm-toolkit[onnx]'"
    """

    code = "missing_extra"

    def __init__(self, extra: str, package: str) -> None:
        super().__init__(
            f"this needs the package {package}, which is not installed",
            hint=f"pip install 'hrm-toolkit[{extra}]'",
        )


def visible(text: str) -> str:
    """``text`` on one line, with what a terminal, a page or an eye would obey written out.

    Control characters (line breaks, ESC, those from 0x80 on), separators of lines, marks that turn
    the direction of writing, and what no font shows. Nothing of it can begin a line that looks as
    if somebody else had said it.

    Example:
        >>> print(visible("a\\nsolved\\x1b[2J\\u202e"))
        a\\nsolved\\x1b[2J\\u202e
    """
    return text if is_shown(text) else "".join(map(_visible, text))


def is_shown(text: str) -> bool:
    """Whether all of a text can be seen: letters that are drawn as blanks are none.

    Example:
        >>> is_shown("a b"), is_shown("a\\u2800b"), is_shown("a\\tb")
        (True, False, False)
    """
    return text.isprintable() and (text.isascii() or _BLANK.isdisjoint(text))


_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Hangul fillers and such: printable by Unicode, and nothing to see."""


def _visible(letter: str) -> str:
    if is_shown(letter):
        return letter
    if unicodedata.category(letter) == "Zs":
        return " "
    return letter.encode("unicode_escape").decode("ascii")


def visible_lines(text: str) -> str:
    """A text of several lines, each of them ``visible``.

    Example:
        >>> print(visible_lines("S.\\x1b\\n.G"))
        S.\\x1b
        .G
    """
    return text if is_shown(text) else "\n".join(map(visible, text.split("\n")))


def one_line(text: str) -> str:
    """``text`` ``visible``, on one line and without runs of spaces, which wrap to a new one."""
    return " ".join(visible(text.strip()).split())


def shorten(text: str, limit: int = 80) -> str:
    """``text`` on one line, cut to ``limit`` characters with an ellipsis."""
    head = text[: limit * 4]
    flat = one_line(head)
    whole = len(head) == len(text) and len(flat) <= limit
    return flat if whole else flat[: limit - 3] + "..."


_MEANT = (
    ("puzzle", "state", "board", "grid", "input", "problem", "text", "content", "instance",
     "question", "quiz", "map", "data", "query", "game"),
    ("puzzles", "boards", "grids", "inputs", "problems", "items", "questions"),
    ("answer", "solution", "output", "response", "proposal", "candidate", "path", "filled"),
    ("seconds", "wait_s", "time_limit", "timeout", "timeout_s", "time", "max_time", "max_seconds",
     "deadline", "limit_s", "wait", "duration"),
    ("task", "adapter", "type", "kind", "domain", "puzzle_type", "task_name", "task_type"),
    ("solver", "model", "network", "engine", "bundle", "weights"),
    ("strategy", "mode", "method", "algorithm", "approach"),
    ("start", "source", "from", "origin", "begin", "src", "from_node", "start_node"),
    ("goal", "target", "to", "destination", "end", "dst", "finish", "to_node", "goal_node"),
    ("weight", "cost", "length", "distance", "weights", "weight_name", "attribute"),
    ("box", "box_size", "box_shape", "block", "region", "boxes"),
    ("segments", "steps", "iterations", "max_segments", "max_steps", "cycles"),
    ("votes", "samples", "attempts", "tries", "num_samples", "restarts"),
    ("seed", "random_seed", "random_state", "rng"),
    ("size", "side", "dimension", "width", "height", "n_nodes", "nodes"),
    ("count", "n", "number", "num", "amount", "how_many", "samples", "limit"),
    ("difficulty", "level", "hardness"),
    ("id", "job", "job_id", "handle", "jobid"),
    ("action", "move", "operation", "command"),
)  # fmt: skip
"""Words that callers use for one thing, of which one that is known is meant."""


def meant(name: str, known: Iterable[str]) -> str | None:
    """The known argument that ``name`` stands for: the closest one, or another word for it.

    Example:
        >>> meant("puzle", ["puzzle", "task"]), meant("timeLimit", ["puzzle", "seconds"])
        ('puzzle', 'seconds')
    """
    names = list(known)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s-]+", "_", name[:100]).lower()
    for group in _MEANT:
        if words in group and words not in names:
            there = [word for word in group if word in names]
            if there:
                return there[0]
    return nearest(name, names)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to ``name``, or None when none is close.

    One that begins so, and is not much longer, is closer than one of other letters.

    Example:
        >>> nearest("mase", ["maze", "sudoku"]), nearest("trm", ["hrm", "trm-att", "trm-mlp"])
        ('maze', 'trm-att')
    """
    candidates = {k.lower(): k for k in known}
    given = name[:100].lower()
    longer = [k for k in candidates if len(given) >= 3 and k.startswith(given + "-")]
    if given not in candidates and longer:
        return candidates[min(longer)]
    near = difflib.get_close_matches(name[:100].lower(), list(candidates), n=1, cutoff=0.5)
    return candidates[near[0]] if near else None
