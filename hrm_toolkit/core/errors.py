"""The one error tree: each error says what was found, what was expected and the fix."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
        self.message = one_line(message)
        self.path = None if path is None else shorten(path, 400)
        self.expected = expected
        self.got = None if got is None else shorten(str(got))
        self.hint = hint
        super().__init__(self.message)

    def __str__(self) -> str:
        parts = [f"{self.path}: {self.message}" if self.path else self.message]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.got is not None:
            parts.append(f"got {self.got}")
        if self.hint:
            parts.append(self.hint)
        return "; ".join(parts)

    def at(self, path: str) -> ToolkitError:
        """The same error, placed: sets ``path`` where none is set yet and returns itself."""
        self.path = self.path or shorten(path, 400)
        return self

    def to_dict(self) -> dict[str, str | None]:
        """The fields of the ``error`` object that ``--json`` prints."""
        return {
            "code": self.code,
            "message": self.message,
            "path": self.path,
            "expected": self.expected,
            "got": self.got,
            "hint": self.hint,
        }


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

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = nearest(name, names)
        super().__init__(
            f'there is no {kind} "{shorten(name, 40)}"',
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


def one_line(text: str) -> str:
    """``text`` without line breaks, and without control characters a terminal would obey."""
    seen = (c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return " ".join("".join(seen).split())


def shorten(text: str, limit: int = 80) -> str:
    """``text`` on one line, cut to ``limit`` characters with an ellipsis."""
    head = text[: limit * 4]
    flat = one_line(head)
    whole = len(head) == len(text) and len(flat) <= limit
    return flat if whole else flat[: limit - 3] + "..."


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
