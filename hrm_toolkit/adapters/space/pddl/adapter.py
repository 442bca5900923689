"""PDDL as a task: classical planning, from the texts that planners read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.space.pddl import files
from hrm_toolkit.adapters.space.pddl.language.text import flatly
from hrm_toolkit.adapters.space.pddl.places import BETWEEN, NUMBERS, WORDS, number_of, places_of
from hrm_toolkit.adapters.space.pddl.puzzle import (
    PddlPlan,
    PddlPuzzle,
    State,
    begin_at,
    begun,
    estimates,
)
from hrm_toolkit.adapters.space.pddl.worlds import WORLDS, drawn
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.search import Way, find
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import Deadline, InputError, OptionError, Size
from hrm_toolkit.core.files import Form

_LENGTHS = {"easy": (1, 6), "medium": (7, 12), "hard": (13, 99)}
_SIZES = {"easy": (2, 3), "medium": (3, 4), "hard": (3, 4)}
_LARGEST = 12
_PLAN = "; plan:"
_PROOF_SECONDS = 1.0


class PddlAdapter(SpaceAdapter[PddlPuzzle, State]):
    """Plans for problems of PDDL: STRIPS, ADL and action costs.

    Actions are written out with the objects of the problem, as far as they can be reached; states
    are the facts that hold. See ``docs/state-spaces.md``.

    Example:
        >>> adapter = PddlAdapter()
        >>> puzzle = adapter.generate(np.random.default_rng(0), size=2, difficulty="easy").puzzle
        >>> adapter.rules.check(puzzle, adapter.exact(puzzle).answer).valid
        True
    """

    task: ClassVar[str] = "pddl"
    title: ClassVar[str] = "PDDL"
    summary: ClassVar[str] = "plan with the actions of a PDDL domain: blocks, logistics, your own"
    puzzle_type = PddlPuzzle
    answer_type = PddlPlan
    difficulties: ClassVar[tuple[str, ...]] = tuple(_LENGTHS)
    default_sizes: ClassVar[tuple[Size, ...]] = (2, 3)
    words = WORDS
    between: ClassVar[tuple[str, ...]] = BETWEEN
    kinds = tuple(f"action {number}" for number in range(NUMBERS))
    thought: ClassVar[int] = 300
    proof: ClassVar[int] = 500

    def start(self, puzzle: PddlPuzzle) -> State:
        """See ``SpaceAdapter.start``."""
        return begun(puzzle)

    def at(self, puzzle: PddlPuzzle, state: State) -> PddlPuzzle:
        """See ``SpaceAdapter.at``: the same problem, with another ``:init``."""
        return begin_at(puzzle, state)

    def actions(self, state: State) -> Sequence[str]:
        """See ``SpaceAdapter.actions``."""
        return [one.name for one in state.ground.operators if one.possible(state.facts)]

    def step(self, state: State, action: str) -> State:
        """See ``SpaceAdapter.step``."""
        ground = state.ground
        return State(ground.after(state.facts, ground.by_name[action]), ground)

    def is_goal(self, state: State) -> bool:
        """See ``SpaceAdapter.is_goal``."""
        return any(state.facts & way == way for way in state.ground.goal)

    def cost(self, state: State, action: str) -> float:
        """See ``SpaceAdapter.cost``: 1, or where the metric is ``total-cost`` what is said."""
        return state.ground.by_name[action].cost

    def heuristic(self, state: State) -> float:
        """See ``SpaceAdapter.heuristic``: LM-cut."""
        return estimates(state.ground).least(state.facts)

    def search(
        self, puzzle: PddlPuzzle, towards: tuple[State, ...] = (), **options: Any
    ) -> Way[State]:
        """See ``SpaceAdapter.search``; one for any plan is led by a guess, and proves nothing."""
        if options.get("weight", 1.0) <= 1:
            return super().search(puzzle, towards, **options)

        def guess(state: State) -> float:
            return estimates(state.ground).guess(state.facts)

        return replace(find(self, self.start(puzzle), guess, **options), least=0.0)

    def bound(self, puzzle: PddlPuzzle) -> tuple[float, float]:
        """See ``SpaceAdapter.bound``; within a second, as one state may take long."""
        if puzzle not in self._known:
            deadline = Deadline.after(_PROOF_SECONDS)
            self._learn(puzzle, self.search(puzzle, nodes=self.proof, deadline=deadline))
        return self._known[puzzle]

    def kind(self, action: str) -> str:
        """See ``SpaceAdapter.kind``."""
        return f"action {number_of(action.strip('()').split(maxsplit=1)[0])}"

    def view(self, state: State) -> View:
        """See ``SpaceAdapter.view``: places are facts and objects."""
        return places_of(state.ground).view(state.facts)

    def unmet(self, state: State, done: int) -> str:
        """The first facts of the goal that do not hold, or should not."""
        lacking = state.ground.unmet(state.facts)
        words = [
            f"{flatly(atom[1:])} still holds"
            if atom[0] == "not"
            else f"{flatly(atom)} does not hold"
            for atom in lacking[:3]
        ]
        more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        return f"{super().unmet(state, done)}: {', '.join(words) or 'it cannot hold'}{more}"

    def begin(
        self, rng: np.random.Generator, size: Size | None, difficulty: str | None
    ) -> PddlPuzzle:
        """See ``SpaceAdapter.begin``: a problem of one of five domains."""
        sizes = _SIZES[difficulty] if difficulty else self.default_sizes
        count = size if size is not None else sizes[int(rng.integers(len(sizes)))]
        if not isinstance(count, int) or not 1 <= count <= _LARGEST:
            raise OptionError(
                "the size is no number of things to move", expected=f"1 to {_LARGEST}", got=size
            )
        while True:
            # Of what is drawn something may be solved already; a lone block always is.
            world = list(WORLDS)[int(rng.integers(len(WORLDS)))]
            domain, problem = drawn(rng, world, count)
            puzzle = PddlPuzzle(domain=domain, problem=problem)
            if not self.is_goal(self.start(puzzle)):
                return puzzle

    def wanted(self, puzzle: PddlPuzzle, plan: Plan, difficulty: str | None) -> bool:
        """See ``SpaceAdapter.wanted``: how long the plan is makes a problem easy or hard."""
        low, high = _LENGTHS[difficulty] if difficulty else (1, 99)
        return low <= len(plan.actions) <= high

    def render(self, puzzle: PddlPuzzle, answer: Plan | None = None) -> str:
        """Domain and problem; then the plan, an action a line, if there is one."""
        text = f"{puzzle.domain}\n{puzzle.problem}"
        if answer is None:
            return text
        return "\n".join((text, _PLAN, *answer.actions))

    def parse(self, text: str) -> PddlPuzzle:
        """A puzzle from JSON, or from a text of a domain and a problem.

        Raises:
            InputError: when one of them is missing, or at fault.
        """
        if text.lstrip().startswith("{"):
            return self.coerce(read_json(text))
        return files.parse(text)[0]

    def parse_answer(self, puzzle: PddlPuzzle, text: str) -> Plan:
        """A plan from JSON, or from a plan file: an action a line, comments after ";".

        Raises:
            InputError: when nothing in it is a plan.
        """
        body = text.strip()
        if body[:1] in ("{", "["):
            return super().parse_answer(puzzle, body)
        body = body.rpartition(_PLAN)[2]
        if "(define" in body.lower():
            raise InputError("this is a problem and no plan", expected="an action a line")
        lines = (line.partition(";")[0].strip() for line in body.splitlines())
        return self.plan_of(line for line in lines if line)

    def forms(self) -> Sequence[Form]:
        """See ``Adapter.forms``."""
        return files.FORMS
