"""Search over a task's states and actions, plain or ordered by a preference."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic

from hrm_toolkit.core.clock import Deadline
from hrm_toolkit.core.puzzle import A, P
from hrm_toolkit.core.rules import Rules

Preference = Callable[[Any, Hashable], float]
"""(state, action) -> a probability, 0 to 1."""


@dataclass(frozen=True)
class Found(Generic[A]):
    """What a search came back with.

    Attributes:
        answer: an answer that the rules accept, or None.
        exhausted: true when every state was seen, so that no answer proves there is none.
        nodes: states visited.
    """

    answer: A | None
    exhausted: bool
    nodes: int


def search(
    rules: Rules[P, A],
    puzzle: P,
    *,
    preference: Preference | None = None,
    nodes: int = 100_000,
    deadline: Deadline = Deadline.never(),
    pulse: Callable[[], None] = lambda: None,
) -> Found[A]:
    """Look for an answer that the rules accept.

    Tasks whose states recur (``rules.key`` is not None) are searched best first by path cost
    plus the actions' surprise, -log preference; others depth first, preferred actions first.
    Without a preference the former is Dijkstra's algorithm, hence optimal, the latter plain
    backtracking.

    Args:
        preference: how much to like an action in a state, 0 to 1; None likes all alike.
        nodes: the most states to visit.
        deadline: when to stop.
        pulse: called at each state; what it raises ends the search.
    """
    start = rules.initial(puzzle)
    if rules.key(start) is None:
        return _depth_first(rules, puzzle, start, preference, nodes, deadline, pulse)
    return _best_first(rules, puzzle, start, preference, nodes, deadline, pulse)


def _accepted(rules: Rules[P, A], puzzle: P, state: Any) -> A | None:
    answer = rules.result(state)
    return answer if answer is not None and rules.check(puzzle, answer) else None


def _depth_first(
    rules: Rules[P, A],
    puzzle: P,
    start: Any,
    preference: Preference | None,
    nodes: int,
    deadline: Deadline,
    pulse: Callable[[], None],
) -> Found[A]:
    stack = [start]
    visited = 0
    while stack:
        pulse()
        if visited >= nodes or deadline.over:
            return Found(None, False, visited)
        state = stack.pop()
        visited += 1
        answer = _accepted(rules, puzzle, state)
        if answer is not None:
            return Found(answer, False, visited)
        actions = list(rules.actions(state))
        if preference is not None:
            actions.sort(key=lambda action: -preference(state, action))
        stack.extend(rules.step(state, action) for action in reversed(actions))
    return Found(None, True, visited)


def _best_first(
    rules: Rules[P, A],
    puzzle: P,
    start: Any,
    preference: Preference | None,
    nodes: int,
    deadline: Deadline,
    pulse: Callable[[], None],
) -> Found[A]:
    order = itertools.count()
    queue: list[tuple[float, int, Any]] = [(0.0, next(order), start)]
    closed: set[Hashable] = set()
    while queue:
        pulse()
        if len(closed) >= nodes or deadline.over:
            return Found(None, False, len(closed))
        cost, _, state = heapq.heappop(queue)
        key = rules.key(state)
        if key in closed:
            continue
        closed.add(key)
        answer = _accepted(rules, puzzle, state)
        if answer is not None:
            return Found(answer, False, len(closed))
        for action in rules.actions(state):
            liking = 1.0 if preference is None else preference(state, action)
            surprise = -math.log(liking) if liking > 1e-6 else -math.log(1e-6)
            total = cost + rules.step_cost(state, action) + surprise
            heapq.heappush(queue, (total, next(order), rules.step(state, action)))
    return Found(None, True, len(closed))
