"""What is asked of adapting to several tasks, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hrm_toolkit.core import Answer, Puzzle
from hrm_toolkit.train.adapt.adapted import Adapted


@dataclass
class Asked:
    """What was asked for, and what came of it so far.

    Attributes:
        minutes: of processor time a task.
        updates: optimizer steps a task, or None.
        seed: of everything drawn.
        submission: where the answers are written, too.
        answers: so far.
        verified: tasks whose answer is verified.
        right: tasks whose known outputs are all among the attempts.
        known: tasks whose outputs are known.
    """

    minutes: float
    updates: int | None
    seed: int
    submission: Path | None
    answers: list[tuple[Puzzle, Answer]] = field(default_factory=list)
    verified: int = 0
    right: int = 0
    known: int = 0

    def count(self, puzzle: Puzzle, found: Adapted) -> None:
        """Take in what came of a task."""
        if found.result.answer is not None:
            self.answers.append((puzzle, found.result.answer))
        self.verified += found.verified
        self.right += found.result.verdict.valid
        self.known += found.known
