"""A training run's progress: a bar in a terminal, now and then a line elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hrm_toolkit.cli import console
from hrm_toolkit.core.clock import Deadline
from hrm_toolkit.core.telling import percent
from hrm_toolkit.train.progress import Listener

if TYPE_CHECKING:
    from hrm_toolkit.train.progress import Progress
    from hrm_toolkit.train.recipe import Recipe

_LINE_SECONDS = 30.0
_PHASES = {
    "data": "getting puzzles",
    "digest": "hashing puzzles",
    "train": "training",
    "evaluate": "measuring",
}


@contextmanager
def training_bar() -> Iterator[Callable[[Progress], None]]:
    """A listener for a run: loss, exact share, verified rate, best so far and time left."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bars

    err = console.stderr()
    if not err.is_terminal:
        yield _Lines()
        return
    with Bars(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TextColumn("{task.fields[said]}"),
        console=err,
        transient=True,
        refresh_per_second=4,
    ) as bars:
        task = bars.add_task("starting", total=1.0, said="")

        def listen(progress: Progress) -> None:
            bars.update(
                task,
                completed=progress.done,
                description=_PHASES.get(progress.phase, progress.phase),
                said=numbers(progress),
            )

        yield listen


LISTENER = Listener(console.remark, console.bar, training_bar)
"""What the API tells of long calls goes to the terminal."""


class _Lines:
    """Prints a line at each validation, and when half a minute went by."""

    def __init__(self) -> None:
        self._due = Deadline.after(_LINE_SECONDS)
        self._rate: float | None = None

    def __call__(self, progress: Progress) -> None:
        fresh = progress.verified_rate != self._rate
        if progress.phase == "train" and (fresh or self._due.over):
            console.remark(f"{percent(progress.done, digits=0):>5}  {numbers(progress)}")
            self._due = Deadline.after(_LINE_SECONDS)
            self._rate = progress.verified_rate
        if progress.phase in ("data", "digest") and self._due.over:
            console.remark(f"{percent(progress.done, digits=0):>5}  {_PHASES[progress.phase]}")
            self._due = Deadline.after(_LINE_SECONDS)


def numbers(progress: Progress) -> str:
    """What a run is at, on one line."""
    parts = []
    if progress.loss is not None:
        parts += [_updates(progress), f"loss {progress.loss:.3f}"]
    if progress.exact is not None:
        parts.append(f"training puzzles exact {percent(progress.exact)}")
    if progress.verified_rate is not None:
        parts.append(f"held-out verified {percent(progress.verified_rate)}")
    if progress.best_rate is not None:
        parts.append(f"best {percent(progress.best_rate)}")
    if progress.seconds_left is not None:
        parts.append(f"{clock(progress.seconds_left)} left")
    return " · ".join(parts)


def _updates(progress: Progress) -> str:
    """Where a run is, and at what pace."""
    said = f"update {progress.update:,}"
    if progress.updates is None or progress.per_second is None:
        return said
    about = "" if progress.planned else "about "
    return f"{said} of {about}{progress.updates:,}, {progress.per_second:.3g} a second"


def known_words(recipe: Recipe, updates: int | None = None) -> str:
    """What a recipe is known to come to, or "" where that is not known.

    Args:
        updates: that a run has made, or will; where they are as many there is nothing to be said.
    """
    known = recipe.known
    if known is None or (updates is not None and updates >= known.updates):
        return ""
    rate = percent(known.verified_rate, digits=0)
    return f"this recipe came to {rate} of held-out puzzles in {known.updates:,} updates"


def clock(seconds: float) -> str:
    """A duration for a reader.

    Example:
        >>> clock(3725), clock(2_000_000)
        ('1:02:05', '23 days')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 72:
        return f"{hours / 24:,.0f} days"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
