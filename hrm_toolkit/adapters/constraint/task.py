"""A task that is a list of constraints: its rules, codec, structure and search follow from it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Generic

import numpy as np

from hrm_toolkit.adapters.constraint.deduce import hint, refutation
from hrm_toolkit.adapters.constraint.exact import count, solve
from hrm_toolkit.adapters.constraint.literal import Literal, Values
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import (
    PAD,
    Adapter,
    Codec,
    Deadline,
    Exact,
    Example,
    Hint,
    InputError,
    OptionError,
    Rules,
    Size,
    Structure,
    Tokens,
    TokenSpec,
    Verdict,
    Violation,
    verdict_from,
)
from hrm_toolkit.core.puzzle import A, P
from hrm_toolkit.core.rules import Place

_MOST_VIOLATIONS = 200
OTHER = "other"
"""The token of a clue that has none of its own."""


class DeclaredAdapter(Adapter[P, A], Generic[P, A]):
    """The parts that every task declared by constraints shares.

    A subclass declares its problem, says how an answer is a value a variable, makes puzzles, and
    draws and reads them; see ``docs/your-own-problem.md``.

    Attributes:
        values: names of the values that variables take, lowest first, from 0 on or ``lowest``.
        lowest: the lowest value of all.
        clue_words: names of what ``shown_clues`` says of a position.
        smallest: sides that puzzles are made with, and ``largest``.
    """

    family = "constraints"
    values: ClassVar[tuple[str, ...]] = ("0", "1")
    lowest: ClassVar[int] = 0
    clue_words: ClassVar[tuple[str, ...]] = ()
    smallest: ClassVar[int] = 4
    largest: ClassVar[int] = 12

    codec: DeclaredCodec[P, A]

    def __init__(self) -> None:
        self.rules = DeclaredRules(self)
        self.codec = DeclaredCodec(self)

    @abstractmethod
    def declare(self, puzzle: P) -> Problem:
        """The variables and constraints of a puzzle; the same whenever it is called."""

    @abstractmethod
    def values_of(self, puzzle: P, answer: A) -> Values:
        """An answer as a value a variable.

        Raises:
            InputError: for an answer of another size, which is then refuted in those words.
        """

    @abstractmethod
    def answer_of(self, puzzle: P, x: Values) -> A:
        """The answer that a value a variable stands for; it may break the rules."""

    @abstractmethod
    def make(self, rng: np.random.Generator, height: int, width: int) -> tuple[P, Values]:
        """A puzzle of this size with its only answer, a function of ``rng`` alone."""

    def shown_clues(self, puzzle: P) -> Sequence[str]:
        """What stands at each position, one of ``clue_words``; "" for nothing.

        There is a position a variable, and further ones, which no answer is asked for, may follow.
        """
        return [""] * len(self.problem(puzzle))

    def lowest_of(self, problem: Problem) -> Values:
        """The value of each variable that the first token of values stands for, shape (V,).

        The default is ``lowest`` for all.
        """
        return np.full(len(problem), self.lowest, np.int64)

    def problem(self, puzzle: P) -> Problem:
        """What ``declare`` says; that of the last few puzzles is kept."""
        return _declared(self, puzzle)

    def generate(
        self, rng: np.random.Generator, *, size: Size | None = None, difficulty: str | None = None
    ) -> Example[P, A]:
        """A puzzle with one answer.

        Args:
            size: side, or (height, width).

        Raises:
            OptionError: for a size that is not made.
        """
        self.require_difficulty(difficulty)
        drawn = size
        if drawn is None:
            drawn = self.default_sizes[int(rng.integers(len(self.default_sizes)))]
        height, width = (drawn, drawn) if isinstance(drawn, int) else drawn
        if not all(self.smallest <= side <= self.largest for side in (height, width)):
            raise OptionError(
                f"a {self.title} of this size is not made",
                expected=f"sides of {self.smallest} to {self.largest}",
                got=repr(size),
            )
        puzzle, x = self.make(rng, height, width)
        return Example(puzzle, self.answer_of(puzzle, x), difficulty, drawn)

    def exact(self, puzzle: P, *, seconds: float = 10.0) -> Exact[A]:
        """An answer by exact search within about ``seconds``: see ``exact.solve``."""
        found = solve(self.problem(puzzle), Deadline.after(seconds))
        if found.x is None:
            return Exact(None, found.status == "none")
        return Exact(self.answer_of(puzzle, found.x))

    def count_solutions(self, puzzle: P, limit: int = 2, *, seconds: float = 10.0) -> int | None:
        return count(self.problem(puzzle), limit, Deadline.after(seconds))

    def hint(self, puzzle: P, *, seconds: float = 5.0) -> Hint | None:
        """The next thing that one constraint forces, or else one supposition."""
        return hint(self.problem(puzzle), Deadline.after(seconds))

    def refutation(self, puzzle: P, *, seconds: float = 5.0) -> Sequence[str]:
        return refutation(self.problem(puzzle), Deadline.after(seconds)) or ()

    def places(self, puzzle: P) -> Sequence[Place]:
        return self.problem(puzzle).places

    def structure(self, puzzle: P) -> Structure:
        """The constraints as factors, over the values that each variable may take."""
        problem, length = self.problem(puzzle), len(self.shown_clues(puzzle))
        first, lowest = self.codec.first_value, self.lowest_of(problem)
        values = lowest[:, None] + np.arange(len(self.values))
        allowed = np.zeros((length, len(self.values)), np.bool_)
        low, high = np.array(problem.low)[:, None], np.array(problem.high)[:, None]
        allowed[: len(problem)] = (low <= values) & (values <= high)

        def entry(literal: Literal) -> Literal:
            return literal[0], first + literal[1] - int(lowest[literal[0]])

        return Structure(
            symbols=(first + np.arange(len(self.values))).astype(np.int32),
            allowed=allowed,
            factors=problem.factors(entry),
        )


@lru_cache(maxsize=32)
def _declared(adapter: DeclaredAdapter[Any, Any], puzzle: Any) -> Problem:
    return adapter.declare(puzzle)


@dataclass(frozen=True)
class State:
    """A puzzle as far as it is solved: the values of the first few variables, in order."""

    puzzle: Any
    values: tuple[int, ...]
    problem: Problem = field(compare=False, hash=False, repr=False)


class DeclaredRules(Rules[P, A]):
    """Every constraint holds.

    An action is (variable, value), for the variables in order.
    """

    def __init__(self, adapter: DeclaredAdapter[P, A]) -> None:
        self._adapter = adapter

    def check(self, puzzle: P, answer: A) -> Verdict:
        try:
            x = self._adapter.values_of(puzzle, answer)
        except InputError as error:
            return verdict_from([Violation(rule="size", message=str(error))])
        return verdict_from(self._adapter.problem(puzzle).check(x)[:_MOST_VIOLATIONS])

    def initial(self, puzzle: P) -> State:
        return State(puzzle, (), self._adapter.problem(puzzle))

    def actions(self, state: State) -> Sequence[Literal]:
        """The values of the next variable that no constraint refutes by itself."""
        problem, at = state.problem, len(state.values)
        if at == len(problem):
            return []
        known = {
            (k, v): v == value for k, value in enumerate(state.values) for v in problem.values(k)
        }
        near = problem.watching[at]
        legal = []
        for value in problem.values(at):
            known.update({(at, v): v == value for v in problem.values(at)})
            forced = (f for constraint in near for f in constraint.forces(known, problem))
            if not any(
                f.literal is None or known.get(f.literal, f.holds) != f.holds for f in forced
            ):
                legal.append((at, value))
        return legal

    def step(self, state: State, action: Any) -> State:
        if action not in self.actions(state):
            raise InputError("this move is not legal", got=action, expected="one of actions(state)")
        return State(state.puzzle, (*state.values, action[1]), state.problem)

    def result(self, state: State) -> A | None:
        if len(state.values) < len(state.problem):
            return None
        return self._adapter.answer_of(state.puzzle, np.array(state.values, np.int64))

    def so_far(self, state: State) -> A | None:
        """The answer with the lowest value of each variable that is open."""
        low = state.problem.low[len(state.values) :]
        return self._adapter.answer_of(state.puzzle, np.array([*state.values, *low], np.int64))

    def plan(self, puzzle: P, answer: A) -> list[Hashable]:
        x = self._adapter.values_of(puzzle, answer)
        return [(k, int(value)) for k, value in enumerate(x)]


class DeclaredCodec(Codec[P, A]):
    """A token a variable: its clue in the puzzle, its value in the answer.

    Attributes:
        first_value: the token of the lowest value.
    """

    first_value = PAD + 1

    def __init__(self, adapter: DeclaredAdapter[P, A]) -> None:
        self._adapter = adapter
        clues = [f"clue {word}" for word in (*adapter.clue_words, OTHER)]
        self.spec = TokenSpec(vocabulary=("<pad>", *adapter.values, "open", *clues))
        self._open = self.first_value + len(adapter.values)
        self._token = {word: self._open + 1 + k for k, word in enumerate(adapter.clue_words)}

    def encode(self, puzzle: P) -> Tokens:
        other = self.spec.size - 1
        shown = self._adapter.shown_clues(puzzle)
        tokens = [self._token.get(word, other) if word else self._open for word in shown]
        return np.array(tokens, np.int32)

    def labels(self, puzzle: P, answer: A) -> Tokens:
        x = self._adapter.values_of(puzzle, answer)
        length = len(self._adapter.shown_clues(puzzle))
        labels = np.full(length, PAD, np.int32)
        lowest = self._adapter.lowest_of(self._adapter.problem(puzzle))
        labels[: len(x)] = x - lowest + self.first_value
        return labels

    def decode(self, puzzle: P, tokens: Tokens) -> A:
        """The answer; a variable of which a token says no value has its lowest."""
        problem = self._adapter.problem(puzzle)
        lowest = self._adapter.lowest_of(problem)
        said = tokens[: len(problem)].astype(np.int64) - self.first_value + lowest
        low, high = np.array(problem.low, np.int64), np.array(problem.high, np.int64)
        return self._adapter.answer_of(puzzle, np.where((said < low) | (said > high), low, said))

    def preference(self, puzzle: P, state: Any, action: Any, probabilities: Any) -> float:
        variable, value = action
        lowest = int(self._adapter.lowest_of(state.problem)[variable])
        return float(probabilities[variable, self.first_value + value - lowest])
