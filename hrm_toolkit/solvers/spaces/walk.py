"""Walks: the action that the network likes best, state after state, until the goal."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hrm_toolkit.core import Answer, AnyAdapter, Deadline, Puzzle, Verdict, Violation
from hrm_toolkit.solvers.attempt import NO_ANSWER, Attempt, Outlook
from hrm_toolkit.solvers.runners.runner import Restart
from hrm_toolkit.solvers.spaces.outlooks import Question, ask

if TYPE_CHECKING:
    from hrm_toolkit.solvers.proposer import Proposer

FEWEST, MOST = 16, 10_000
"""Actions that each walk may take, and that none may pass."""

PATIENCE = 4.0
"""How much more than the network first expected a walk may cost."""


class Walk:
    """One puzzle's way, on which no state is visited twice and none that is seen to be hopeless.

    It ends at the goal, where no other state is left to go to, or where it has cost ``PATIENCE``
    times what the network expected at the start.

    Args:
        adapter: of a task that is solved action by action.
        puzzle: where it begins.
        most: states about which the network may be asked.

    Attributes:
        state: of the rules, where it is.
        over: whether it has ended.
        actions: number of them.
        expected: actions from the start to the goal by what the network says now, about.
    """

    def __init__(self, adapter: AnyAdapter, puzzle: Puzzle, most: int = MOST) -> None:
        self._adapter, self._puzzle, self._most = adapter, puzzle, min(most, MOST)
        self.state: Any = adapter.rules.initial(puzzle)
        self.actions = 0
        self.expected = 0
        self._cost = 0.0
        self._outlooks = dict[Hashable, Outlook]()
        self._visited = {adapter.rules.key(self.state)}
        self._first: Attempt | None = None
        self._segments = 0
        self.over = self.reached or self._most <= 0

    @property
    def reached(self) -> bool:
        """Whether it is at the goal."""
        return self._adapter.rules.result(self.state) is not None

    @property
    def plan(self) -> Answer | None:
        """The actions that it took."""
        plan: Answer | None = self._adapter.rules.so_far(self.state)
        return plan

    @property
    def question(self) -> Question:
        """What to ask the network next."""
        return Question(self._puzzle, self.state, Attempt(self.plan, _on_the_way(self.actions)))

    def take(self, outlook: Outlook | None, attempt: Attempt) -> None:
        """Go on by what the network said of the state."""
        rules = self._adapter.rules
        self._first = self._first or attempt
        self._segments += attempt.segments
        action = None if outlook is None else self._choice(outlook)
        if outlook is None or action is None:
            self.over = True
            return
        self._outlooks[rules.key(self.state)] = outlook
        spent = rules.step_cost(self.state, action)
        self.expected = self.actions + max(round(outlook.left / max(spent, 1e-9)), 1)
        self._cost += spent
        self.state = rules.step(self.state, action)
        self._visited.add(rules.key(self.state))
        self.actions += 1
        self.over = self.reached or self._too_far()

    def _choice(self, outlook: Outlook) -> Hashable | None:
        """The likeliest action that leads to a state that is new and not hopeless."""
        rules, chances = self._adapter.rules, outlook.chances
        for action in sorted(chances, key=lambda action: -chances[action]):
            after = rules.step(self.state, action)
            if rules.key(after) not in self._visited and rules.least(after) < math.inf:
                return action
        return None

    def _too_far(self) -> bool:
        most = PATIENCE * next(iter(self._outlooks.values())).left
        return self.actions >= self._most or (self.actions >= FEWEST and self._cost > most)

    def attempt(self, proposer: Proposer) -> Attempt:
        """What it came to: the plan, judged, with what the network said of the start."""
        first = self._first or Attempt()
        if not self._outlooks and not self.reached:
            return first
        answer = self.plan
        verdict = NO_ANSWER if answer is None else proposer.judged(self._puzzle, answer)
        return replace(
            first,
            answer=answer,
            verdict=verdict,
            segments=self._segments,
            outlooks=self._outlooks,
        )


def walks(
    proposer: Proposer,
    puzzles: Sequence[Puzzle],
    *,
    segments: int,
    deadline: Deadline,
    restart: Restart | None,
    nodes: Sequence[int] | None = None,
) -> list[Attempt]:
    """Walk from each puzzle, side by side.

    Args:
        segments: the most of each call of the network.
        deadline: when to stop.
        restart: noise on the initial carry of each call.
        nodes: of each puzzle the most states to ask about, or None for as many as a walk takes.
    """
    most = [MOST] * len(puzzles) if nodes is None else nodes
    walking = [Walk(proposer.adapter, *each) for each in zip(puzzles, most, strict=True)]
    going = [walk for walk in walking if not walk.over]
    while going and not deadline.over:
        questions = [walk.question for walk in going]
        said = ask(proposer, questions, segments=segments, deadline=deadline, restart=restart)
        for walk, (outlook, attempt) in zip(going, said, strict=True):
            walk.take(outlook, attempt)
        going = [walk for walk in going if not walk.over]
    return [walk.attempt(proposer) for walk in walking]


def _on_the_way(actions: int) -> Verdict:
    said = f"the goal is not reached after {actions} {'action' if actions == 1 else 'actions'}"
    return Verdict(valid=False, violations=(Violation(rule="goal", message=said),))
