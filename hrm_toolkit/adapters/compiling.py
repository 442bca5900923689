"""Searches as machine code, which is kept on disk, and told of while it is made.

Importing this module loads numba, so only those who search do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core import event

F = TypeVar("F", bound=Callable[..., Any])
_log = logging.getLogger(__name__)


def compiled(function: F, **options: Any) -> F:
    """The function as machine code, made when it is first called and kept on disk between runs."""
    return cast(F, numba.njit(cache=True, nogil=True, **options)(function))


class _Telling(event.Listener):
    """Tells, once a process, that code is being made: it takes from seconds to a minute."""

    told = False

    def on_start(self, event: Any) -> None:
        if not self.told:
            self.told = True
            # A warning is shown on stderr where nobody said otherwise.
            _log.warning("compiling the search: seconds to a minute, once for this installation")

    def on_end(self, event: Any) -> None:
        pass


telling = _Telling()
_event: Any = event  # its types say nothing
_event.register("numba:compile", telling)
