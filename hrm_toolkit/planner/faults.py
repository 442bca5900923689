"""What must not happen, as a reply that a caller can be told."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

from hrm_toolkit.core import InputError, ToolkitError, shorten
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
    """Turn what a function raises into a reply that says it."""

    @functools.wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> Reply:
        try:
            return function(*args, **kwargs)
        except ToolkitError as error:
            return reply_of_error(error)
        except UnicodeEncodeError:
            half = InputError("a text holds half of a character", expected="whole Unicode text")
            return reply_of_error(half)
        except Exception as error:
            return reply_of_fault(error)

    return call
