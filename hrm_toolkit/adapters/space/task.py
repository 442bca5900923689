"""A task that is a state space: its rules, codec, search and data follow from a few functions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.space.codec import SpaceCodec
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.rules import SpaceRules, Standing
from hrm_toolkit.adapters.space.search import Costs, Way, costs, find
from hrm_toolkit.adapters.space.view import OWN, View, related
from hrm_toolkit.core import (
    Adapter,
    Deadline,
    Exact,
    Example,
    Hint,
    InputError,
    Size,
    Structure,
    Violation,
    WrongAnswer,
)
from hrm_toolkit.core.puzzle import P

S = TypeVar("S", bound=Hashable)

EXACT_NODES = 1_000_000
"""States that exact search keeps before it settles for a plan that may not be a cheapest one."""
_TRIES = 1_000
_GREEDIER = (1.5, 2.0, 3.0, 5.0, 10.0)
"""Weights of the searches for a plan where no cheapest one is found."""
_REMEMBERED = 1_000
_INFINITE = float("inf")


class SpaceAdapter(Adapter[P, Plan], Generic[P, S]):
    """The parts that every state space shares.

    A subclass says how a puzzle begins, what may be done and what comes of it, and draws puzzles.
    Checks replay a plan, exact search is A*, and a network is trained on the first actions of all
    cheapest plans of a state and on their cost; see ``docs/state-spaces.md``. States are hashable
    and never change. ``StateSpaceAdapter`` derives puzzles, words and texts too.

    Attributes:
        words: what may stand at a place of ``view``.
        kinds: of actions, as a network tells them apart: see ``kind``.
        between: names of the relations between places that ``view`` gives.
        horizon: the largest cost that a network tells apart from larger ones, in ``unit``.
        unit: of costs.
        walk: the most actions that a puzzle is away from the goal it was made from.
        perimeter: states around ``goals`` whose costs are found before a search.
        thought: states that a search for all cheapest plans of a puzzle looks at.
        proof: states that a check of a plan looks at to say whether it is a cheapest one.
        stray: how often a network is shown a state off the way, for which ``cheapest`` searches.
    """

    family = "state spaces"
    words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    between: ClassVar[tuple[str, ...]] = ()
    horizon: ClassVar[int] = 64
    unit: ClassVar[float] = 1.0
    walk: ClassVar[int] = 30
    perimeter: ClassVar[int] = 20_000
    thought: ClassVar[int] = 20_000
    proof: ClassVar[int] = 5_000
    stray: ClassVar[float] = 0.0
    codec: SpaceCodec[P]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.relations = (*cls.between, *OWN)

    def __init__(self) -> None:
        self.rules = SpaceRules(self)
        self.codec = SpaceCodec(self)
        self._known: dict[P, tuple[float, float]] = {}

    # What a task says.

    @abstractmethod
    def start(self, puzzle: P) -> S:
        """The state in which a puzzle begins."""

    @abstractmethod
    def actions(self, state: S) -> Sequence[str]:
        """What may be done, each once, always in the same order."""

    @abstractmethod
    def step(self, state: S, action: str) -> S:
        """The state after one of ``actions(state)``."""

    @abstractmethod
    def is_goal(self, state: S) -> bool:
        """Whether nothing is left to do."""

    @abstractmethod
    def at(self, puzzle: P, state: S) -> P:
        """The puzzle that begins in a state of another."""

    @abstractmethod
    def begin(self, rng: np.random.Generator, size: Size | None, difficulty: str | None) -> P:
        """Draw a puzzle, or one that begins in a goal, to be walked back from.

        Raises:
            OptionError: for a size that is not made.
        """

    @abstractmethod
    def view(self, state: S) -> View:
        """The state as a network reads it."""

    def cost(self, state: S, action: str) -> float:
        """What an action costs, more than 0. The default is 1."""
        return 1.0

    def heuristic(self, state: S) -> float:
        """What the way to a goal costs at least. The default knows nothing: 0."""
        return 0.0

    def is_dead(self, state: S) -> bool:
        """Whether it is seen at once that no goal can be reached any more."""
        return False

    def goals(self, puzzle: P) -> Sequence[S]:
        """Every state that is a goal of this puzzle, where they can be listed; else none."""
        return ()

    def back(self, state: S) -> Sequence[tuple[S, str]] | None:
        """Every state from which an action leads here, with that action; None where that is not
        known, as by default."""
        return None

    def kind(self, action: str) -> str:
        """What an action is called among ``kinds``. The default takes its first word."""
        return action.split(maxsplit=1)[0]

    def unmet(self, state: S, done: int) -> str:
        """A sentence on a state that is no goal, after some actions."""
        return f"the goal is not reached after {done} {'action' if done == 1 else 'actions'}"

    def refused(self, state: S, action: str) -> str:
        """Why an action is not possible in a state, as a clause. The default lists what is: ""."""
        return ""

    def impossible(self, puzzle: P) -> Sequence[Violation]:
        """Why no plan reaches the goal, where that shows without a search. The default sees none.

        Sentences with places, as of ``Rules.diagnose``, which says them.
        """
        return ()

    # What follows.

    def generate(
        self, rng: np.random.Generator, *, size: Size | None = None, difficulty: str | None = None
    ) -> Example[P, Plan]:
        """A puzzle with a plan, a cheapest one where a bounded search finds that.

        Raises:
            InputError: when the task draws none that can be solved.
        """
        self.require_difficulty(difficulty)
        for _ in range(_TRIES):
            puzzle = self.begin(rng, size, difficulty)
            plan, towards = None, tuple[S, ...]()
            if self.is_goal(self.start(puzzle)):
                towards = (self.start(puzzle),)
                puzzle, plan = self._walked(puzzle, rng)
            found = self.cheapest(puzzle, towards) or plan or self.near(puzzle)
            if found is not None and found.actions and self.wanted(puzzle, found, difficulty):
                return Example(puzzle, found, difficulty, size)
        raise InputError(f"no {self.title} of this kind was found in {_TRIES:,} draws")

    def wanted(self, puzzle: P, plan: Plan, difficulty: str | None) -> bool:
        """Whether a drawn puzzle is one of those asked for. The default takes each."""
        return True

    def _walked(self, puzzle: P, rng: np.random.Generator) -> tuple[P, Plan]:
        """A puzzle some random actions before the goal in which another begins."""
        states, actions = [self.start(puzzle)], list[str]()
        for _ in range(int(rng.integers(1, self.walk + 1))):
            before = self.back(states[-1]) or ()
            earlier = [pair for pair in before if pair[0] not in states]
            if not earlier:
                break
            state, action = earlier[int(rng.integers(len(earlier)))]
            states.append(state)
            actions.append(action)
        if not actions:
            raise InputError(
                f"a {self.title} was drawn that is solved already, and no state leads to it",
                expected="a start that is no goal, or states that back() tells",
            )
        return self.at(puzzle, states[-1]), self.plan_of(reversed(actions))

    def plan_of(self, actions: Any) -> Plan:
        """These actions as an answer."""
        return self.answer_type(task=self.task, actions=tuple(actions))

    def cheapest(self, puzzle: P, towards: tuple[S, ...] = ()) -> Plan | None:
        """A cheapest plan that knows every other, or None where a bounded search finds none.

        Args:
            towards: goals that are known where ``goals`` lists none. Where there are others, and
                nearer, the plan may not be a cheapest one.
        """
        return _cheapest(self, puzzle, towards)

    def near(self, puzzle: P) -> Plan | None:
        """A plan by searches that are greedier each time, with as many states; None in vain."""
        for weight in _GREEDIER:
            way = self.search(puzzle, weight=weight, nodes=self.thought)
            if way.actions is not None or way.exhausted:
                return None if way.actions is None else self.plan_of(way.actions)
        return None

    def taught(self, puzzle: P, answer: Plan) -> Plan:
        """What a network is taught: ``cheapest`` where that is known, else the answer."""
        if answer.best is not None or not answer.actions:
            return answer
        return self.cheapest(puzzle) or answer

    def search(self, puzzle: P, towards: tuple[S, ...] = (), **options: Any) -> Way[S]:
        """Search from where a puzzle begins; see ``space.search.find`` for the options.

        Args:
            towards: see ``cheapest``.
        """
        goals = tuple(self.goals(puzzle)) or towards
        near = _costs(self, goals) if goals else Costs({}, 0.0)

        def least(state: S) -> float:
            return max(self.heuristic(state), near.least(state))

        return find(self, self.start(puzzle), least, **options)

    def cost_of(self, puzzle: P, plan: Plan) -> float:
        """What a plan whose actions are possible costs."""
        state, total = self.start(puzzle), 0.0
        for action in plan.actions:
            total += self.cost(state, action)
            state = self.step(state, action)
        return total

    def bound(self, puzzle: P) -> tuple[float, float]:
        """What every plan costs at least, and the cost of a plan that is known, or infinity."""
        if puzzle not in self._known:
            way = find(self, self.start(puzzle), self.heuristic, nodes=self.proof)
            self._learn(puzzle, way)
        return self._known[puzzle]

    def known(self, puzzle: P) -> tuple[float, float]:
        """What is known of a puzzle without a search, as ``bound`` says it."""
        return self._known.get(puzzle, (0.0, _INFINITE))

    def learn(self, puzzle: P, least: float, reached: float) -> None:
        """Remember for ``bound`` that no plan costs less, and that one costs so much."""
        before = self.known(puzzle)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[puzzle] = max(before[0], least), min(before[1], reached)

    def _learn(self, puzzle: P, way: Way[S]) -> None:
        self.learn(puzzle, way.least, _INFINITE if way.actions is None else way.cost)

    def exact(self, puzzle: P, *, seconds: float = 10.0) -> Exact[Plan]:
        """A cheapest plan by A* in half of the time, else any plan that a greedier search finds."""
        half = Deadline.after(seconds / 2)
        way = self.search(puzzle, nodes=EXACT_NODES, deadline=half)
        nodes = way.nodes
        self._learn(puzzle, way)
        if way.actions is None and not way.exhausted:
            left = Deadline.after(seconds / 2)
            way = self.search(puzzle, weight=5.0, nodes=EXACT_NODES, deadline=left)
            nodes += way.nodes
        if way.actions is None:
            return Exact(None, way.exhausted, nodes)
        self._learn(puzzle, way)
        return Exact(self.plan_of(way.actions), False, nodes)

    def hint(self, puzzle: P, *, seconds: float = 5.0) -> Hint | None:
        """The first action of a plan that exact search finds."""
        for violation in self.impossible(puzzle):
            return Hint(violation.message, places=violation.places, contradiction=True)
        found = self.exact(puzzle, seconds=seconds)
        if found.unsolvable:
            return Hint("no plan leads to the goal", contradiction=True)
        if found.answer is None or not found.answer.actions:
            return None
        count = len(found.answer.actions)
        why = "the goal is then reached" if count == 1 else f"a plan of {count} actions begins so"
        return Hint(f"{found.answer.actions[0]}: {why}")

    def onward(self, puzzle: P, state: Standing) -> P:
        """See ``Adapter.onward``."""
        return self.at(puzzle, state.state)

    def along(self, example: Example[P, Plan], rng: np.random.Generator) -> Example[P, Plan]:
        """One of the states on the way, each as likely as any other, with what is left to do.

        With the chance ``stray`` it is one that an action off the way leads to, so that a network
        also learns what to do where it was wrong.
        """
        done = int(rng.integers(max(len(example.answer.actions), 1)))
        state = self._after(example.puzzle, example.answer.actions[:done])
        puzzle, rest = self.at(example.puzzle, state), example.answer.after(done)
        if self.stray and rest.best and rng.random() < self.stray:
            others = [action for action in self.actions(state) if action not in rest.best[0]]
            if others:
                off = self.step(state, others[int(rng.integers(len(others)))])
                beside = self.at(example.puzzle, off)
                plan = None if self.is_goal(off) or self.is_dead(off) else self.cheapest(beside)
                puzzle, rest = (puzzle, rest) if plan is None else (beside, plan)
        return Example(puzzle, rest, example.difficulty, example.size)

    def structure(self, puzzle: P) -> Structure:
        """Relations between places, and those of actions: see ``space.view``."""
        state = self.start(puzzle)
        view, actions = self.view(state), self.actions(state)
        at = view.coordinates
        if at is not None:
            at = np.pad(at, ((0, len(actions) + 1), (0, 0)))
        return Structure(related(view, actions), coordinates=at)

    def partial(self, puzzle: P) -> Plan | None:
        """The plan that does nothing."""
        return None if self.is_goal(self.start(puzzle)) else self.plan_of(())

    def wrong_answers(self) -> Sequence[WrongAnswer[P, Plan]]:
        """A right plan without its end, without its beginning, and with an action that is none."""
        example = self.generate(np.random.default_rng(0))
        puzzle, plan = example.puzzle, example.answer.actions
        not_reached = self.unmet(self._after(puzzle, plan[:-1]), len(plan) - 1)
        return [
            WrongAnswer(puzzle, self.plan_of(plan[:-1]), not_reached),
            WrongAnswer(puzzle, self.plan_of(()), self.unmet(self.start(puzzle), 0)),
            WrongAnswer(puzzle, self.plan_of(("no-such-action", *plan)), "is not possible"),
        ]

    def _after(self, puzzle: P, actions: Sequence[str]) -> S:
        state = self.start(puzzle)
        for action in actions:
            state = self.step(state, action)
        return state

    def coerce_answer(self, puzzle: P, value: Any) -> Plan:
        """As every adapter; a text of actions is read too."""
        if isinstance(value, str):
            return self.parse_answer(puzzle, value)
        return super().coerce_answer(puzzle, value)

    def parse_answer(self, puzzle: P, text: str) -> Plan:
        """A plan from JSON, or from actions apart by commas or lines, "plan:" before them or not.

        Raises:
            InputError: when nothing in it is a plan.
        """
        body = text.strip()
        if body[:1] in ("{", "["):
            return self.coerce_answer(puzzle, read_json(body))
        # What is drawn of a puzzle with its plan ends in the plan.
        body = body.rpartition("plan:")[2]
        lines = [part.strip() for line in body.splitlines() for part in line.split(",")]
        return self.plan_of(part for part in lines if part)


@lru_cache(maxsize=16)
def _costs(adapter: SpaceAdapter[Any, Any], goals: tuple[Any, ...]) -> Costs[Any]:
    return costs(adapter, goals, most=adapter.perimeter)


@lru_cache(maxsize=256)
def _cheapest(
    adapter: SpaceAdapter[Any, Any], puzzle: Any, towards: tuple[Any, ...]
) -> Plan | None:
    way = adapter.search(puzzle, towards, nodes=adapter.thought, every=True)
    if way.actions is None or way.best is None:
        return None
    state, known = adapter.start(puzzle), list[tuple[str, ...]]()
    for action in way.actions:
        known.append(way.best[state])
        state = adapter.step(state, action)
    # Goals that are known are nearest; there may be others, and nearer, that are not.
    proved = not towards or bool(adapter.goals(puzzle))
    return adapter.plan_of(way.actions).knowing(tuple(known)).found(puzzle, proved=proved)
