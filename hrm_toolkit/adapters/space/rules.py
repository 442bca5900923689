"""The rules of a state space: a plan is replayed, action by action."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.core import InputError, Rules, Verdict, Violation, verdict_from
from hrm_toolkit.core.puzzle import P

if TYPE_CHECKING:
    from hrm_toolkit.adapters.space.task import SpaceAdapter

_NAMED = 8
"""Actions that a sentence lists."""
_CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class Standing:
    """How far a plan has come.

    Attributes:
        puzzle: whose.
        state: of the space.
        action: that led here, from the standing ``before``; "" at the start.
        done: number of actions.
    """

    puzzle: Any
    state: Any
    action: str = ""
    before: Standing | None = None
    done: int = 0

    def actions(self) -> tuple[str, ...]:
        """All that were taken."""
        taken, at = list[str](), self
        while at.before is not None:
            taken.append(at.action)
            at = at.before
        return tuple(reversed(taken))


class SpaceRules(Rules[P, Plan]):
    """Every action is possible where it is taken, and the last one reaches a goal."""

    def __init__(self, adapter: SpaceAdapter[P, Any]) -> None:
        self._adapter = adapter

    def check(self, puzzle: P, answer: Plan) -> Verdict:
        """Replay a plan; whether it is a cheapest one is said where a bounded search tells."""
        adapter = self._adapter
        state, cost = adapter.start(puzzle), 0.0
        for number, action in enumerate(answer.actions, 1):
            possible = adapter.actions(state)
            if action not in possible:
                why = adapter.refused(state, action)
                return verdict_from([_impossible(number, action, possible, why)])
            cost += adapter.cost(state, action)
            state = adapter.step(state, action)
        if not adapter.is_goal(state):
            message = adapter.unmet(state, len(answer.actions))
            return verdict_from([Violation(rule="goal", message=message)])
        least, reached = self._bound(puzzle, answer, cost)
        optimal = None
        if cost <= least + _CLOSE and least < float("inf"):
            optimal = True
        elif reached < cost - _CLOSE:
            optimal = False
        return verdict_from([], optimal=optimal, cost=float(cost))

    def _bound(self, puzzle: P, answer: Plan, cost: float) -> tuple[float, float]:
        """What every plan costs at least, and the cost of one that is known.

        What made a puzzle has searched for its plan: that is not done again to judge this plan, of
        which is said what came of it, and nothing where the search proved nothing.
        """
        proved = answer.proved(puzzle)
        if proved is None:
            return self._adapter.bound(puzzle)
        if proved:
            self._adapter.learn(puzzle, cost, cost)
        least, reached = self._adapter.known(puzzle)
        return least, min(reached, cost)

    def diagnose(self, puzzle: P) -> list[Violation]:
        """What the task sees to be impossible without a search."""
        return list(self._adapter.impossible(puzzle))

    def initial(self, puzzle: P) -> Standing:
        return Standing(puzzle, self._adapter.start(puzzle))

    def actions(self, state: Standing) -> Sequence[str]:
        return () if self._adapter.is_goal(state.state) else self._adapter.actions(state.state)

    def step(self, state: Standing, action: Any) -> Standing:
        possible = self.actions(state)
        if action not in possible:
            raise InputError(
                f'"{action}" is not possible here', expected=_listed(possible) or "no action"
            )
        after = self._adapter.step(state.state, action)
        return Standing(state.puzzle, after, action, state, state.done + 1)

    def result(self, state: Standing) -> Plan | None:
        return self.so_far(state) if self._adapter.is_goal(state.state) else None

    def so_far(self, state: Standing) -> Plan:
        return self._adapter.answer_type(task=self._adapter.task, actions=state.actions())

    def plan(self, puzzle: P, answer: Plan) -> list[Hashable]:
        """The actions up to the first goal."""
        state, taken = self._adapter.start(puzzle), list[Hashable]()
        for action in answer.actions:
            if self._adapter.is_goal(state):
                break
            taken.append(action)
            state = self._adapter.step(state, action)
        return taken

    def step_cost(self, state: Standing, action: Any) -> float:
        return self._adapter.cost(state.state, action)

    def least(self, state: Standing) -> float:
        dead = self._adapter.is_dead(state.state)
        return float("inf") if dead else self._adapter.heuristic(state.state)

    def key(self, state: Standing) -> Hashable:
        key: Hashable = state.state
        return key


def _impossible(number: int, action: str, possible: Sequence[str], why: str) -> Violation:
    there = f"possible there: {_listed(possible)}" if possible else "nothing is possible there"
    reason = f": {why}" if why else f"; {there}"
    message = f'action {number}, "{action}", is not possible{reason}'
    return Violation(rule="action", message=message, places=((number - 1,),))


def _listed(actions: Sequence[str]) -> str:
    more = f" and {len(actions) - _NAMED} more" if len(actions) > _NAMED else ""
    return ", ".join(actions[:_NAMED]) + more
