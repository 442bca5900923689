"""Puzzles in order, a few at a time, within one budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, Deadline, Puzzle, Result
from hrm_toolkit.core.files import chunks
from hrm_toolkit.solvers.many.choice import Solvers
from hrm_toolkit.solvers.route import warm

if TYPE_CHECKING:
    from hrm_toolkit.solvers.solver import Solver

_CHUNK = 64


def count_of(puzzles: Iterable[Puzzle]) -> int | None:
    """Count them, or say None where that is not known before all are read."""
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
        done: puzzles that have a result.
        solved: those of them that are solved.
        missed: those of them that the time did not suffice for.
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
    done: int = 0
    solved: int = 0
    missed: int = 0
    read_notes: tuple[str, ...] = ()
    interrupted: bool = False
    out_of_time: bool = False

    @property
    def total(self) -> int | None:
        """How many puzzles there are, where that is known."""
        return count_of(self.puzzles)

    def results(self) -> Iterator[tuple[Puzzle, Result]]:
        """Give each puzzle with its result, in order; Ctrl-C or the end of the time ends it early.

        Once nothing more is reached, the puzzles that are left are not even read.
        """
        # A long file is read as its puzzles are solved: what comes before a bad line is answered.
        waiting = chunks(self.puzzles, _CHUNK)
        chunk = next(waiting, [])
        # What is loaded and compiled before the clock runs is no part of what was asked for.
        for solver, puzzle in zip(self._chosen(chunk), chunk, strict=True):
            if self.budget.seconds is not None and self.strategy != "neural":
                warm(solver.adapter, puzzle)
        deadline = Deadline.after(self.budget.seconds)
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
                self._count(result)
                yield puzzle, result
            if self.out_of_time:
                return
            if deadline.over and self.not_reached != 0:
                # What is left is not even read.
                self.out_of_time = True
                return
            chunk = next(waiting, [])

    def _chosen(self, puzzles: Sequence[Puzzle]) -> list[Solver]:
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

    def _count(self, result: Result) -> None:
        self.last = result
        self.done += 1
        self.solved += result.solved
        self.missed += not result.reached

    @property
    def not_reached(self) -> int | None:
        """How many puzzles have no result, where that is known."""
        return None if self.total is None else self.total - self.done
