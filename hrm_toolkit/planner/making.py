"""New puzzles for a caller who waits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hrm_toolkit.core import AnyAdapter, Deadline, Puzzle
from hrm_toolkit.core.clock import OutOfTimeError, within
from hrm_toolkit.core.telling import kind_of
from hrm_toolkit.planner.reply import Reply, drawn

_MOST_GENERATED_TEXT = 16_000
_LEAST_SECONDS = 0.5


def generated(
    adapter: AnyAdapter,
    count: int,
    until: Deadline,
    *,
    seeds: tuple[int, ...],
    size: int | None,
    difficulty: str | None,
) -> list[Puzzle]:
    """Puzzles that have an answer; fewer than asked for where time is short.

    Args:
        adapter: makes them.
        count: how many.
        until: when to stop. One that takes longer goes on in its thread, and nobody waits for it.
        seeds: of all that is drawn; each puzzle has its own stream.
        size: of each; None for the task's own.
        difficulty: of each; None for a mixture.

    Raises:
        ToolkitError: for a size or a difficulty that the adapter does not have.
    """
    made: list[Puzzle] = []

    def make() -> Puzzle:
        rng = np.random.default_rng([*seeds, len(made)])
        puzzle: Puzzle = adapter.generate(rng, size=size, difficulty=difficulty).puzzle
        return puzzle

    least = Deadline.after(_LEAST_SECONDS, until.clock)
    while len(made) < count:
        # Options that are wrong are told even where there is no time.
        bound = least if not made and until.end < least.end else until
        if bound.over:
            break
        try:
            made.append(within(bound, make))
        except OutOfTimeError:
            break
    return made


def generated_reply(
    adapter: AnyAdapter,
    made: Sequence[Puzzle],
    handles: Sequence[str],
    asked: int,
    *,
    seed: int,
    seconds: float,
) -> Reply:
    """The puzzles that were made, and whether there are fewer than asked for.

    Args:
        adapter: of their task.
        made: the puzzles.
        handles: by which they are held.
        asked: how many were asked for.
        seed: that they were drawn from.
        seconds: that there were.
    """
    pictures = [drawn(adapter, puzzle) for puzzle in made]
    lines = []
    if len(made) < asked:
        lines.append(f"made {len(made)} of {asked} in {seconds:g} s; a longer wait_s makes more")
    room = _MOST_GENERATED_TEXT // max(len(made), 1)
    for handle, puzzle, picture in zip(handles, made, pictures, strict=True):
        short = f"{handle}: {kind_of(puzzle)}, too large to be shown here; render draws it"
        lines.append(f"{handle}:\n{picture}" if len(picture) <= room else short)
    puzzles = [
        {"handle": handle, "puzzle": picture}
        for handle, picture in zip(handles, pictures, strict=True)
    ]
    return Reply.of(
        "ok" if made else "timeout_none",
        "\n\n".join(lines),
        task=adapter.task,
        seed=seed,
        asked=asked,
        puzzles=puzzles,
    )
