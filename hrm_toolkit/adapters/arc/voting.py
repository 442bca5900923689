"""Votes on ARC: what a network says of a task's variants, carried back, counted and ranked.

This is the way in which the published HRM and TRM results on ARC were counted: a task is shown in
many variants (moved and recoloured), each prediction is carried back to the task as it is, and the
grids that most variants agree on are the attempts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from hrm_toolkit.adapters.arc.codec import from_tokens
from hrm_toolkit.adapters.arc.published.variants import parse_name
from hrm_toolkit.adapters.arc.rules import ATTEMPTS, ArcAnswer, ArcPuzzle, Grid
from hrm_toolkit.core import InputError, Tokens


@dataclass(frozen=True)
class Candidate:
    """A grid that some variants of a task voted for.

    Attributes:
        grid: for the task as it is; None where the predicted tokens held no grid.
        votes: variants that say so, at least 1.
        confidence: mean over them of the network's estimate that it is right, 0 to 1.
    """

    grid: Grid | None
    votes: int
    confidence: float


class ArcVotes:
    """Predictions for variants of tasks, by task and test input.

    Example:
        >>> from hrm_toolkit.adapters.arc.codec import to_tokens
        >>> votes, grid = ArcVotes(), ((1, 2),)
        >>> votes.add("a", to_tokens(grid), to_tokens(((5, 1),)), q_halt=-1.0)
        >>> votes.add("a|||t4|||0213456789", to_tokens(((1, 2),)), to_tokens(((2, 5),)), q_halt=3.0)
        >>> [(c.grid, c.votes) for c in votes.candidates("a", grid)]
        [(((5, 1),), 2)]
    """

    def __init__(self) -> None:
        self._votes: dict[tuple[str, Grid | None], dict[Grid | None, list[float]]] = {}

    def add(self, name: str, tokens: Tokens, predicted: Tokens, q_halt: float) -> None:
        """Count one prediction.

        Args:
            name: identifier of the task or variant that was shown; see ``parse_name``.
            tokens: the test input as shown, shape (900,).
            predicted: the output tokens, shape (900,).
            q_halt: halting logit of the segment that predicted them.
        """
        task, symmetry = parse_name(name)
        shown, said = (
            None if grid is None else symmetry.grid_back(grid)
            for grid in (from_tokens(tokens), from_tokens(predicted))
        )
        confidence = 0.5 * (1 + math.tanh(q_halt / 2))
        self._votes.setdefault((task, shown), {}).setdefault(said, []).append(confidence)

    def candidates(self, task: str, grid: Grid) -> tuple[Candidate, ...]:
        """The candidates for one test input of a task: most votes first, then the most confident,
        then the first seen. Empty where nothing was predicted for it."""
        found = [
            Candidate(said, len(each), sum(each) / len(each))
            for said, each in self._votes.get((task, grid), {}).items()
        ]
        return tuple(sorted(found, key=lambda c: (c.votes, c.confidence), reverse=True))

    def answer(self, puzzle: ArcPuzzle) -> ArcAnswer:
        """The two best candidates for each test input of a named task.

        A prediction without a grid votes, but is never an attempt, which it would waste.
        """
        ranked = (self.candidates(puzzle.name or "", test.input) for test in puzzle.test)
        attempts = (tuple(c.grid for c in found if c.grid is not None) for found in ranked)
        return ArcAnswer(attempts=tuple(grids[:ATTEMPTS] for grids in attempts))

    def pass_at(self, count: int, puzzles: Iterable[ArcPuzzle]) -> float:
        """Published pass@K: the mean over tasks of the share of test inputs whose output is among
        the first ``count`` candidates, those without a grid included.

        Args:
            count: K, at least 1.
            puzzles: named tasks with known outputs; one without predictions counts 0.

        Raises:
            InputError: when there is no task, or the output of one is not known.
        """
        shares = []
        for puzzle in puzzles:
            if any(test.output is None for test in puzzle.test):
                raise InputError(f"task {puzzle.name} has a test input without a known output")
            solved = (
                any(c.grid == t.output for c in self.candidates(puzzle.name or "", t.input)[:count])
                for t in puzzle.test
            )
            shares.append(sum(solved) / len(puzzle.test))
        if not shares:
            raise InputError("there are no tasks", expected="at least one with known outputs")
        return sum(shares) / len(shares)
