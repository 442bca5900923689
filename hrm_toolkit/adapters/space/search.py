"""Search over states: cheapest plans, all their first actions, and costs back from goals."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from hrm_toolkit.core import Deadline, InputError

S = TypeVar("S", bound=Hashable)

MOST_KEPT = 2_000_000
"""States that one search keeps: what bounds its memory where each has many successors."""

_CLOSE = 1e-9
"""Costs that differ by less are one."""


class Space(Protocol[S]):
    """What a search asks of a state space; see ``SpaceAdapter``, which is one."""

    def actions(self, state: S) -> Sequence[str]: ...

    def step(self, state: S, action: str) -> S: ...

    def is_goal(self, state: S) -> bool: ...

    def cost(self, state: S, action: str) -> float: ...

    def is_dead(self, state: S) -> bool: ...

    def back(self, state: S) -> Sequence[tuple[S, str]] | None: ...


@dataclass(frozen=True)
class Way(Generic[S]):
    """What a search for a plan came to.

    Attributes:
        actions: of the plan, or None where none was found.
        cost: of it.
        least: no plan costs less than this.
        exhausted: whether every state was seen, so that no plan proves there is none.
        nodes: states whose actions were looked at.
        best: by state, for each state on a cheapest plan, the actions with which cheapest plans go
            on, in the order of ``actions``; empty unless asked for.
    """

    actions: tuple[str, ...] | None
    cost: float = 0.0
    least: float = 0.0
    exhausted: bool = False
    nodes: int = 0
    best: dict[S, tuple[str, ...]] | None = None

    @property
    def optimal(self) -> bool:
        """Whether it is proved that no plan is cheaper."""
        return self.actions is not None and self.cost <= self.least + _CLOSE


def find(
    space: Space[S],
    start: S,
    heuristic: Callable[[S], float],
    *,
    weight: float = 1.0,
    nodes: int = 200_000,
    deadline: Deadline = Deadline.never(),
    every: bool = False,
    pulse: Callable[[], None] = lambda: None,
) -> Way[S]:
    """Find a plan by weighted A*: the state with the least cost + weight x heuristic is next.

    Args:
        space: what may be done.
        start: where.
        heuristic: what the rest costs at least; infinite where there is no rest. It may be
            inconsistent: a state to which a cheaper way is found is looked at again.
        weight: 1 for a cheapest plan; above it a plan of at most so many times the cheapest cost.
        nodes: the most states to look at; those that are kept are bounded too.
        deadline: when to stop.
        every: go on until every cheapest plan is known, for ``Way.best``; weight must be 1.
        pulse: called at each state; what it raises ends the search.

    Raises:
        InputError: for an action that does not cost more than nothing.
    """
    order = itertools.count()
    spent: dict[S, float] = {start: 0.0}
    closed: dict[S, float] = {}
    before: dict[S, list[tuple[S, str]]] = {start: []}
    first = heuristic(start)
    # Of those with one score the nearest to a goal is next: often it is reached at once.
    queue = [(weight * first, first, next(order), 0.0, start)] if first < float("inf") else []
    seen, found = 0, None
    while queue:
        pulse()
        score, _, _, cost, state = queue[0]
        if found is not None and score > spent[found] + _CLOSE:
            break
        if seen >= nodes or len(spent) > MOST_KEPT or deadline.over:
            least = score / weight if found is None else spent[found]
            return _way(space, start, found, spent, before, least, False, seen, every=False)
        heapq.heappop(queue)
        if cost > spent[state] or closed.get(state, float("inf")) <= cost:
            continue
        closed[state] = cost
        if space.is_goal(state):
            found = state if found is None else found
            if not every:
                break
            continue
        seen += 1
        for action in space.actions(state):
            after = space.step(state, action)
            total = cost + _positive(space.cost(state, action), action)
            known = spent.get(after, float("inf"))
            if total > known + _CLOSE or (total > known - _CLOSE and not every):
                continue
            if total < known - _CLOSE:
                left = float("inf") if space.is_dead(after) else heuristic(after)
                if left == float("inf"):
                    continue
                spent[after], before[after] = total, []
                entry = (total + weight * left, left, next(order), total, after)
                heapq.heappush(queue, entry)
            before[after].append((state, action))
    least = float("inf")
    if found is not None:
        least = spent[found] if weight == 1 else spent[found] / weight
    return _way(space, start, found, spent, before, least, found is None, seen, every=every)


def _way(
    space: Space[S],
    start: S,
    found: S | None,
    spent: dict[S, float],
    before: dict[S, list[tuple[S, str]]],
    least: float,
    exhausted: bool,
    seen: int,
    *,
    every: bool,
) -> Way[S]:
    if found is None:
        return Way(None, least=least, exhausted=exhausted, nodes=seen)
    cost = spent[found]
    if every:
        best = _best(space, spent, before, cost)
        return Way(_first(space, start, best), cost, least, False, seen, best)
    actions, state = list[str](), found
    while before[state]:
        state, action = before[state][0]
        actions.append(action)
    return Way(tuple(reversed(actions)), cost, least, False, seen)


def _best(
    space: Space[S],
    spent: dict[S, float],
    before: dict[S, list[tuple[S, str]]],
    cost: float,
) -> dict[S, tuple[str, ...]]:
    """For each state on a cheapest plan, the actions with which cheapest plans go on."""
    todo = [s for s, total in spent.items() if total <= cost + _CLOSE and space.is_goal(s)]
    inside: dict[S, set[str]] = {state: set() for state in todo}
    while todo:
        state = todo.pop()
        for earlier, action in before[state]:
            if earlier not in inside:
                inside[earlier] = set()
                todo.append(earlier)
            inside[earlier].add(action)
    return {s: tuple(a for a in space.actions(s) if a in own) for s, own in inside.items() if own}


def _first(space: Space[S], start: S, best: dict[S, tuple[str, ...]]) -> tuple[str, ...]:
    """The cheapest plan that takes the first action wherever several go on."""
    actions, state = list[str](), start
    while state in best:
        actions.append(best[state][0])
        state = space.step(state, best[state][0])
    return tuple(actions)


@dataclass(frozen=True)
class Costs(Generic[S]):
    """What it costs to come from states to the nearest goal.

    Attributes:
        of: cost by state, exact.
        radius: every state that is not listed costs at least so much.
    """

    of: dict[S, float]
    radius: float

    def least(self, state: S) -> float:
        """What the way from a state costs at least; exact where the state is listed."""
        return self.of.get(state, self.radius)


def costs(
    space: Space[S],
    goals: Iterable[S],
    *,
    most: int = 20_000,
    deadline: Deadline = Deadline.never(),
) -> Costs[S]:
    """Costs of the states nearest to goals, by Dijkstra's algorithm over ``Space.back``.

    Args:
        goals: every goal; where one is missing, what the others cost is an upper bound alone.
        most: states to list.
        deadline: when to stop.
    """
    order = itertools.count()
    queue = [(0.0, next(order), goal) for goal in goals]
    settled: dict[S, float] = {}
    while queue:
        cost, _, state = heapq.heappop(queue)
        if state in settled:
            continue
        if len(settled) >= most or deadline.over:
            return Costs(settled, cost)
        settled[state] = cost
        before = space.back(state)
        if before is None:
            # Nothing is known of how goals are come to: other states may be as near as this one.
            return Costs(settled, cost)
        for earlier, action in before:
            if earlier not in settled:
                total = cost + _positive(space.cost(earlier, action), action)
                heapq.heappush(queue, (total, next(order), earlier))
    return Costs(settled, float("inf"))


def _positive(cost: float, action: str) -> float:
    if not cost > 0:
        raise InputError(f'the action "{action}" costs {cost}', expected="more than 0")
    return cost
