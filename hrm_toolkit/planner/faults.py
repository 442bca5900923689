"""What must not happen, as a reply that a caller can be told."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec

from hrm_toolkit.core import InputError, OptionError, ToolkitError, meant, shorten
from hrm_toolkit.planner.reply import Reply, reply_of_error

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")


def reply_of_fault(error: Exception) -> Reply:
    """An error that nobody foresaw, logged, in words and as data."""
    _log.exception("a call failed", exc_info=error)
    failure = ToolkitError(
        f"internal error: {type(error).__name__}: {shorten(str(error))}",
        hint="this is a fault of the toolkit: report it with the log",
    )
    failure.code = "internal"
    return reply_of_error(failure)


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
            return reply_of_fault(error)

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
