"""What a first call would have to import and compile, done beforehand."""

from __future__ import annotations

import functools
import logging
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import AnyAdapter, Deadline, OptionError
from hrm_toolkit.planner.explain import explain

if TYPE_CHECKING:
    from hrm_toolkit.planner.service import Service

_log = logging.getLogger(__name__)
_SECONDS = 2.0


@functools.cache
def warm_up(task: str) -> None:
    """Make, solve and explain a small puzzle of a task, once a process.

    Searches are compiled when they are first used, once an installation where that can be kept
    and once a process elsewhere. A task that fails here will say so to whoever calls it.
    """
    try:
        _use(get_adapter(task))
    except Exception as error:
        _log.warning("%s could not be made ready: %s", task, error)


def warm_beside(service: Service) -> None:
    """Warm a service in a thread that keeps no process alive."""

    def warm() -> None:
        try:
            service.warm()
        except Exception as error:
            # What is imported while the process ends fails, and nobody needs it any more.
            if threading.main_thread().is_alive() and not service.closing:
                _log.warning("the service could not be made ready: %s", error)

    threading.Thread(target=warm, name="hrm-toolkit warm", daemon=True).start()


def _use(adapter: AnyAdapter) -> None:
    # A task that is several in one has nothing of its own to compile.
    several = adapter.read_as is None
    for difficulty in (None,) if several else adapter.difficulties[:-1] or (None,):
        # Each way of making puzzles is compiled by itself; the hardest takes long for other
        # reasons, and has nothing of its own.
        puzzle = _smallest(adapter, difficulty)
    explain(adapter, puzzle, Deadline.after(_SECONDS))
    explain(adapter, adapter.wrong_answers()[0].puzzle, Deadline.after(_SECONDS))


def _smallest(adapter: AnyAdapter, difficulty: str | None) -> Any:
    """A puzzle of the smallest usual size, or of another where this difficulty has none of it."""
    size = min(adapter.default_sizes, key=_area, default=None)
    try:
        return adapter.generate(np.random.default_rng(0), size=size, difficulty=difficulty).puzzle
    except OptionError:
        return adapter.generate(np.random.default_rng(0), difficulty=difficulty).puzzle


def _area(size: Any) -> int:
    return int(np.prod(size))
