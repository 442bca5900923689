"""All tasks that are declared by constraints as one, for a network that reads any of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hrm_toolkit.adapters.constraint.kinds import AllDifferent
from hrm_toolkit.adapters.constraint.mixture.codec import LiteralCodec
from hrm_toolkit.adapters.constraint.mixture.declared import Declared, declared, structure
from hrm_toolkit.adapters.constraint.mixture.retelling import paired
from hrm_toolkit.adapters.constraint.pencil import canvas
from hrm_toolkit.adapters.registry import BUILT_IN, get_adapter
from hrm_toolkit.core import (
    Adapter,
    Answer,
    AnyAdapter,
    Exact,
    Example,
    Hint,
    InputError,
    OptionError,
    Puzzle,
    Rules,
    Size,
    Structure,
    Verdict,
    Violation,
    WrongAnswer,
)
from hrm_toolkit.core.puzzle import Clue
from hrm_toolkit.core.rules import Place
from hrm_toolkit.core.scene import Scene

MADE = ("sudoku", "lightup", "nurikabe", "heyawake", "tapa", "latin", "futoshiki")
"""The tasks of which puzzles are made where none is named."""
_FAMILY = __name__.removesuffix("mixture.adapter")
READ = tuple(
    name
    for name, where in BUILT_IN.items()
    if where.startswith(_FAMILY) and not where.startswith(f"{__name__}:")
    if name not in MADE
)
"""The others, which are made where they are named, and read like these."""


class ConstraintsAdapter(Adapter[Puzzle, Answer]):
    """Every task of constraints as one task, whose difficulties are their names.

    A network is told a puzzle's variables and its constraints as factors, and nothing else: one
    that has no bounds by what sort of constraint it is, and the others by their bounds. What it
    learned of some tasks is so of use for others that it never saw.

    Example:
        >>> adapter = ConstraintsAdapter()
        >>> example = adapter.generate(np.random.default_rng(0), size=4, difficulty="latin")
        >>> example.puzzle.task, len(adapter.codec.encode(example.puzzle))
        ('latin', 16)
    """

    task, title = "constraints", "constraint puzzle"
    summary = "any task that is declared by constraints, for one network that reads them all"
    family = "constraints"
    puzzle_type, answer_type = Puzzle, Answer
    difficulties = (*MADE, *READ)
    default_sizes = (4, 5, 6)

    def __init__(self) -> None:
        self.rules = _MemberRules(self)
        self.codec = LiteralCodec(self.member)

    @property
    def read_as(self) -> str | None:
        return None

    def member(self, puzzle: Puzzle) -> AnyAdapter:
        """The adapter of the puzzle's own task.

        Raises:
            InputError: for a task that is not declared by constraints.
        """
        if puzzle.task not in self.difficulties:
            tasks = ", ".join(self.difficulties)
            raise InputError(f"this is a {puzzle.task} puzzle", expected=f"one of {tasks}")
        return get_adapter(puzzle.task)

    def takes(self, task: str) -> bool:
        return task in (self.task, *self.difficulties)

    def declared(self, puzzle: Puzzle) -> Declared:
        """What a network is told of it; that of the last few puzzles is kept.

        Raises:
            InputError: for a puzzle of another task, or of more values than a network is told.
        """
        return declared(self.member(puzzle), puzzle)

    def generate(
        self, rng: np.random.Generator, *, size: Size | None = None, difficulty: str | None = None
    ) -> Example[Puzzle, Answer]:
        """A puzzle of the task that ``difficulty`` names, or of one drawn.

        Args:
            size: as that task takes it; one is drawn among those that do.
        """
        self.require_difficulty(difficulty)
        left = list(MADE)
        while True:
            task = difficulty or left[int(rng.integers(len(left)))]
            try:
                made = get_adapter(task).generate(rng, size=size)
                return Example(made.puzzle, made.answer, task, made.size)
            except OptionError:
                if difficulty or len(left) == 1:
                    raise
                left.remove(task)

    def structure(self, puzzle: Puzzle) -> Structure:
        return structure(self.member(puzzle), puzzle)

    def places(self, puzzle: Puzzle) -> Sequence[Place]:
        return self.declared(puzzle).problem.places

    def retold(self, structure: Structure, rng: np.random.Generator) -> Structure:
        """With some groups as pairs, so that tasks of groups alone teach what pairs say."""
        return paired(structure, AllDifferent.__name__.lower(), rng)

    def coerce(self, value: Any) -> Puzzle:
        if isinstance(value, Puzzle):
            self.member(value)
            return value
        if isinstance(value, dict) and value.get("task") in self.difficulties:
            puzzle: Puzzle = get_adapter(value["task"]).coerce(value)
            return puzzle
        if isinstance(value, str):
            return self.parse(value)
        raise InputError("of which task this is, is not said", expected="text, or fields with task")

    def parse(self, text: str) -> Puzzle:
        task = canvas.headed(next(iter(text.strip().splitlines()), ""))
        puzzle: Puzzle = get_adapter(task if task in self.difficulties else "sudoku").parse(text)
        return puzzle

    def render(self, puzzle: Puzzle, answer: Answer | None = None) -> str:
        return self.member(puzzle).render(puzzle, answer)

    def scene(self, puzzle: Puzzle, answer: Answer | None = None) -> Scene:
        return self.member(puzzle).scene(puzzle, answer)

    def coerce_answer(self, puzzle: Puzzle, value: Any) -> Answer:
        answer: Answer = self.member(puzzle).coerce_answer(puzzle, value)
        return answer

    def parse_answer(self, puzzle: Puzzle, text: str) -> Answer:
        answer: Answer = self.member(puzzle).parse_answer(puzzle, text)
        return answer

    def exact(self, puzzle: Puzzle, *, seconds: float = 10.0) -> Exact[Answer]:
        return self.member(puzzle).exact(puzzle, seconds=seconds)

    def count_solutions(
        self, puzzle: Puzzle, limit: int = 2, *, seconds: float = 10.0
    ) -> int | None:
        return self.member(puzzle).count_solutions(puzzle, limit, seconds=seconds)

    def hint(self, puzzle: Puzzle, *, seconds: float = 5.0) -> Hint | None:
        return self.member(puzzle).hint(puzzle, seconds=seconds)

    def refutation(self, puzzle: Puzzle, *, seconds: float = 5.0) -> Sequence[str]:
        return self.member(puzzle).refutation(puzzle, seconds=seconds)

    def clues(self, puzzle: Puzzle) -> Sequence[Clue]:
        return self.member(puzzle).clues(puzzle)

    def keeping(self, puzzle: Puzzle, clues: Sequence[Clue]) -> Puzzle:
        kept: Puzzle = self.member(puzzle).keeping(puzzle, clues)
        return kept

    def partial(self, puzzle: Puzzle) -> Answer | None:
        return self.member(puzzle).partial(puzzle)

    def patience(self, puzzle: Puzzle) -> float:
        return self.member(puzzle).patience(puzzle)

    def otherwise(self, puzzle: Puzzle, *, seconds: float = 1.0) -> tuple[str, ...]:
        return self.member(puzzle).otherwise(puzzle, seconds=seconds)

    def canonical(self, puzzle: Puzzle) -> str:
        return f"{puzzle.task} {self.member(puzzle).canonical(puzzle)}"

    def wrong_answers(self) -> Sequence[WrongAnswer[Puzzle, Answer]]:
        return [w for task in ("latin", "lightup") for w in get_adapter(task).wrong_answers()]


@dataclass(frozen=True)
class _State:
    """A state of a member's rules, and whose it is."""

    rules: Rules[Any, Any]
    inner: Any


class _MemberRules(Rules[Puzzle, Answer]):
    """The rules of each puzzle's own task."""

    def __init__(self, adapter: ConstraintsAdapter) -> None:
        self._adapter = adapter

    def check(self, puzzle: Puzzle, answer: Answer) -> Verdict:
        return self._adapter.member(puzzle).rules.check(puzzle, answer)

    def diagnose(self, puzzle: Puzzle) -> list[Violation]:
        return self._adapter.member(puzzle).rules.diagnose(puzzle)

    def initial(self, puzzle: Puzzle) -> _State:
        rules = self._adapter.member(puzzle).rules
        return _State(rules, rules.initial(puzzle))

    def actions(self, state: _State) -> Sequence[Hashable]:
        return state.rules.actions(state.inner)

    def step(self, state: _State, action: Any) -> _State:
        return _State(state.rules, state.rules.step(state.inner, action))

    def result(self, state: _State) -> Answer | None:
        answer: Answer | None = state.rules.result(state.inner)
        return answer

    def so_far(self, state: _State) -> Answer | None:
        answer: Answer | None = state.rules.so_far(state.inner)
        return answer

    def plan(self, puzzle: Puzzle, answer: Answer) -> list[Hashable]:
        return self._adapter.member(puzzle).rules.plan(puzzle, answer)
