"""Where output goes: results to stdout, everything else to stderr."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID
    from rich.text import Text

INTERRUPTED = 130
"""The exit status of a command that was interrupted, which the guard says on stderr."""


def stdout() -> Console:
    """The console for results; plain text where it is no terminal."""
    return _console_type()(highlight=False, emoji=False, markup=False)


def stderr() -> Console:
    """The console for progress and remarks."""
    return _console_type()(stderr=True, highlight=False, emoji=False, markup=False)


@functools.cache
def _console_type() -> type[Console]:
    from rich.console import Console
    from rich.text import Text

    from hrm_toolkit.core.errors import visible_lines

    class Visible(Console):
        """Prints a string as one line whatever is in it; several lines come as a ``Text``."""

        def print(self, *objects: Any, **options: Any) -> None:
            shown = [visible(o) if isinstance(o, str) else o for o in objects]
            for each in shown:
                if isinstance(each, Text):
                    each.plain = visible_lines(each.plain)
            super().print(*shown, **options)

    return Visible


def lines(text: str) -> Text:
    """A text of several lines, to be printed as it is but for what would not be seen."""
    from rich.text import Text

    from hrm_toolkit.core.errors import visible_lines

    return Text(visible_lines(text))


def line(text: str) -> None:
    """Print one line of a result, whatever is in it."""
    print(visible(text))


def visible(text: str) -> str:
    """See ``hrm_toolkit.core.errors.visible``."""
    from hrm_toolkit.core import errors

    return errors.visible(text)


def print_json(data: Any) -> None:
    """One object on one line, handed on at once."""
    print(json.dumps(data), flush=True)


def remark(text: str) -> None:
    """One line for a reader, out of the way of results."""
    print(visible(text), file=sys.stderr, flush=True)


class Bar:
    """A progress bar on stderr with the time left; silent where stderr is no terminal."""

    def __init__(self, progress: Progress | None = None, task: TaskID | None = None) -> None:
        self._progress = progress
        self._task = task

    def __call__(self, done: float, **fields: Any) -> None:
        """Move to ``done`` out of the total; fields fill the bar's text columns."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, **fields)


@contextmanager
def bar(label: str, total: float | None, *, unit: str = "", hidden: bool = False) -> Iterator[Bar]:
    """A bar for something of a known size.

    Args:
        label: what is going on.
        total: size of the whole, or None where it is not known.
        unit: what is counted.
        hidden: show none.
    """
    if hidden or not (sys.stderr.isatty() or "FORCE_COLOR" in os.environ):
        # Loading what draws it takes longer than most puzzles do.
        yield Bar()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = stderr()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        # On one terminal results scroll by above the bar; elsewhere they must stay on stdout.
        redirect_stdout=sys.stdout.isatty(),
        disable=not console.is_terminal,
    ) as progress:
        yield Bar(progress, progress.add_task(label, total=total))
