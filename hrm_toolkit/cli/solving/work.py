"""The puzzles that ``solve`` goes through, a few at a time, and what is printed of each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_toolkit.cli import console

if TYPE_CHECKING:
    from hrm_toolkit.cli.solving.choose import Solvers
    from hrm_toolkit.core import Budget, Deadline, Puzzle, Result
    from hrm_toolkit.solvers.solver import Solver

_CHUNK = 64
_PICTURES = 4
"""Most puzzles of one file that are drawn."""


def count_of(puzzles: Iterable[Puzzle]) -> int | None:
    """How many there are, or None where that is not known before all are read."""
    try:
        return len(puzzles)  # type: ignore[arg-type]
    except TypeError:
        return None


@dataclass
class Work:
    """Puzzles to solve, in order, and what they may spend.

    Attributes:
        puzzles: read as they are needed.
        solvers: who solves them.
        budget: its seconds are for all of them, and begin with the first.
        strategy: see ``Solver.solve_many``.
        seed: of whatever is drawn.
        last: the latest result.
        read_notes: what the reader assumed.
        interrupted: whether Ctrl-C ended it.
        out_of_time: whether the seconds were spent before the last puzzle was reached.
    """

    puzzles: Iterable[Puzzle]
    solvers: Solvers
    budget: Budget
    strategy: str
    seed: int
    last: Result | None = None
    read_notes: tuple[str, ...] = ()
    interrupted: bool = False
    out_of_time: bool = False

    @property
    def total(self) -> int | None:
        """How many puzzles there are, where that is known."""
        return count_of(self.puzzles)

    def results(self) -> Iterator[tuple[Puzzle, Result]]:
        """Each puzzle with its result, in order; Ctrl-C or the end of the time ends it early.

        Once nothing more is reached, the puzzles that are left are not even read.
        """
        from hrm_toolkit.core import Deadline
        from hrm_toolkit.core.files import chunks
        from hrm_toolkit.solvers.route import warm

        # A long file is read as its puzzles are solved: what comes before a bad line is answered.
        waiting = chunks(self.puzzles, _CHUNK)
        chunk = next(waiting, [])
        # What is loaded and compiled before the clock runs is no part of what was asked for.
        for solver, puzzle in zip(self._chosen(chunk), chunk, strict=True):
            if self.budget.seconds is not None and self.strategy != "neural":
                warm(solver.adapter, puzzle)
        deadline, done = Deadline.after(self.budget.seconds), 0
        while chunk:
            try:
                results = self._solve(chunk, deadline)
            except KeyboardInterrupt:
                self.interrupted = True
                return
            if deadline.over and not all(result.reached for result in results):
                self.out_of_time = True
                # Those after the last one that was reached are told with the rest.
                reached = [n for n, result in enumerate(results, 1) if result.reached]
                del results[max(reached, default=0 if self.last else 1) :]
            for puzzle, result in zip(chunk, results, strict=False):
                self.last, done = result, done + 1
                yield puzzle, result
            if self.out_of_time:
                return
            if deadline.over and self.not_reached(done) != 0:
                # What is left is not even read.
                self.out_of_time = True
                return
            chunk = next(waiting, [])

    def _chosen(self, puzzles: Sequence[Puzzle]) -> list[Solver]:
        from hrm_toolkit.adapters.registry import get_adapter

        return [self.solvers.of(get_adapter(p.task), p) for p in puzzles]

    def _solve(self, puzzles: Sequence[Puzzle], deadline: Deadline) -> list[Result]:
        """Puzzles that go to one solver go together."""
        groups: dict[int, list[int]] = {}
        chosen = self._chosen(puzzles)
        for place, solver in enumerate(chosen):
            groups.setdefault(id(solver), []).append(place)
        found: dict[int, Result] = {}
        for places in groups.values():
            solver = chosen[places[0]]
            left = max(deadline.left, 1e-6) if deadline.finite else None
            results = solver.solve_many(
                [puzzles[place] for place in places],
                budget=self.budget.model_copy(update={"seconds": left}),
                strategy=self.strategy,  # type: ignore[arg-type]
                seed=self.seed,
            )
            notes = (*self.solvers.notes(solver), *self.read_notes)
            for place, result in zip(places, results, strict=True):
                found[place] = result.model_copy(update={"notes": (*result.notes, *notes)})
        return [found[place] for place in range(len(puzzles))]

    def draw(self, path: Path) -> None:
        """Draw the first puzzle and its answer."""
        from hrm_toolkit.adapters.registry import get_adapter
        from hrm_toolkit.cli.solving.picture import draw

        puzzle = next(iter(self.puzzles))
        adapter = get_adapter(puzzle.task)
        answers = [] if self.last is None or self.last.answer is None else [self.last.answer]
        if path.suffix.lower() == ".gif":
            solver = self.solvers.of(adapter, puzzle)
            if solver.config is not None and self.strategy != "exact" and self.last:
                trace = solver.trace(puzzle, segments=self.last.segments or 1)
                answers = [s.answer for s in trace if s.answer is not None] + answers
        draw(path, adapter, puzzle, answers)
        console.remark(f"drew {path}")

    def not_reached(self, done: int) -> int | None:
        """How many puzzles the time did not suffice for, where that is known."""
        return None if self.total is None else self.total - done


@dataclass
class Told:
    """How many puzzles were told of, how many of them not reached, and how many solved."""

    done: int = 0
    solved: int = 0
    missed: int = 0

    def add(self, result: Result) -> None:
        """Count a puzzle."""
        self.done += 1
        self.solved += result.solved
        self.missed += not result.reached


def tell_json(work: Work, kind: str, bar: console.Bar) -> Told:
    """Print an object a puzzle, and one at the end for those that were not reached."""
    from hrm_toolkit.core.telling import result_data

    told = Told()
    for _, result in work.results():
        told.add(result)
        console.print_json({**result_data(result), "read_as": kind})
        bar(told.done)
    if work.out_of_time and work.not_reached(told.done) != 0:
        rest = {"status": "not_reached", "solved": False, "first": told.done + 1}
        spent = {"not_reached": work.not_reached(told.done), "seconds": work.budget.seconds}
        console.print_json(rest | spent)
    return told


def tell_text(work: Work, kind: str, bar: console.Bar) -> Told:
    """Print pictures and verdicts, or a line a puzzle where there are many."""
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.cli.render import show_result
    from hrm_toolkit.core.telling import headline

    out = console.stdout()
    drawn = len(list(islice(work.puzzles, _PICTURES + 1))) <= _PICTURES
    out.print(f"read as {kind}", style="dim", soft_wrap=True)
    told, began, digits = Told(), time.monotonic(), len(str(work.total or 0))
    for puzzle, result in work.results():
        told.add(result)
        if drawn:
            out.print()
            show_result(out, get_adapter(puzzle.task), puzzle, result)
        else:
            style = "green" if result.solved else "red" if result.reached else "yellow"
            line = f"{told.done:>{digits}}  {headline(result, puzzle)}  ({result.source})"
            out.print(line, style=style, soft_wrap=True)
        bar(told.done)
    if told.done > 1 or work.total != 1:
        out.print(_summary(work, told, time.monotonic() - began), style="bold")
    return told


def _summary(work: Work, told: Told, seconds: float) -> str:
    """The counts: "3 of 5 solved and verified, 1 not, 1 not reached, 0.2 s"."""
    total, rest = work.total, work.not_reached(told.done)
    missed = "the rest" if rest is None and work.out_of_time else f"{(rest or 0) + told.missed:,}"
    of = f"{told.done:,}" if total is None else f"{total:,}"
    line = (
        f"{told.solved:,} of {of} solved and verified, "
        f"{told.done - told.solved - told.missed:,} not, {missed} not reached"
    )
    if work.out_of_time:
        line += f" in the {work.budget.seconds:g} s"
    return f"{line}, {seconds:.3g} s"
