"""Where output goes: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


def stdout() -> Console:
    """The console for results; plain text where it is no terminal."""
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False)


def stderr() -> Console:
    """The console for progress and remarks."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def print_json(data: Any) -> None:
    """One object on one line, handed on at once."""
    print(json.dumps(data), flush=True)


def remark(text: str) -> None:
    """One line for a reader, out of the way of results."""
    print(text, file=sys.stderr, flush=True)


class Bar:
    """A progress bar on stderr with the time left; silent where stderr is no terminal."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def __call__(self, done: float, **fields: Any) -> None:
        """Move to ``done`` out of the total; fields fill the bar's text columns."""
        self._progress.update(self._task, completed=done, **fields)


@contextmanager
def bar(label: str, total: float, *, unit: str = "", hidden: bool = False) -> Iterator[Bar]:
    """A bar for something of a known size.

    Args:
        label: what is going on.
        total: size of the whole.
        unit: what is counted.
        hidden: show none.
    """
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
        disable=hidden or not console.is_terminal,
    ) as progress:
        yield Bar(progress, progress.add_task(label, total=total))
