"""What the way to the goal costs: a lower bound (LM-cut), and a guess (additive)."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from hrm_toolkit.adapters.space.pddl.grounding.operators import Operator, bits

_INFINITE = float("inf")
_CLOSE = 1e-9
_MOST_RULES = 5_000
"""Of more rules the dearest need of the goal is the bound: cuts would take seconds a state."""


@dataclass(frozen=True)
class _Rule:
    """A way to take an action, as if nothing were ever lost: ``of`` its number, -1 of the goal."""

    needs: tuple[int, ...]
    adds: tuple[int, ...]
    of: int


@dataclass(frozen=True)
class _Values:
    """What facts cost at least, and the dearest need of each rule, by which it costs so much."""

    of: list[float]
    dearest: list[int]


class Estimates:
    """Estimates for the states of one problem, over actions that lose nothing.

    Args:
        count: number of facts.
        operators: all actions.
        goal: masks, one of which is to hold.
    """

    def __init__(self, count: int, operators: Sequence[Operator], goal: Sequence[int]) -> None:
        # Two more facts: one that always holds, and one that the goal adds.
        self._always, self._goal = count, count + 1
        self._costs = [operator.cost for operator in operators] + [0.0]
        rules = [
            _Rule(self._needs(need | when), tuple(bits(change.add)), number)
            for number, operator in enumerate(operators)
            for need in operator.needs
            for change in operator.changes
            for when in change.when
            if change.add
        ]
        rules += [_Rule(self._needs(way), (self._goal,), -1) for way in goal]
        self._rules = rules
        self._needing: list[list[int]] = [[] for _ in range(count + 2)]
        self._adding: list[list[int]] = [[] for _ in range(count + 2)]
        for number, rule in enumerate(rules):
            for fact in rule.needs:
                self._needing[fact].append(number)
            for fact in rule.adds:
                self._adding[fact].append(number)

    def _needs(self, mask: int) -> tuple[int, ...]:
        return tuple(bits(mask)) or (self._always,)

    def least(self, state: int) -> float:
        """What every plan from a state costs at least: LM-cut (Helmert and Domshlak, 2009).

        Cuts between the state and the goal are found one after another; of each, the actions
        together cost at least its cheapest one, which is then taken off all of them.
        """
        costs, total = list(self._costs), 0.0
        while True:
            values = self._values(state, costs)
            if values.of[self._goal] == _INFINITE:
                return _INFINITE
            if values.of[self._goal] <= _CLOSE:
                return total
            if len(self._rules) > _MOST_RULES:
                return values.of[self._goal]
            cut = self._cut(state, costs, values)
            cheapest = min(costs[number] for number in cut)
            total += cheapest
            for number in cut:
                costs[number] -= cheapest

    def guess(self, state: int) -> float:
        """What a plan may cost: the sum over what the goal needs, each as if it were alone."""
        return self._values(state, self._costs, summed=True).of[self._goal]

    def _values(self, state: int, costs: Sequence[float], summed: bool = False) -> _Values:
        """What each fact costs from a state: of several needs the dearest counts, or the sum."""
        rules, needing = self._rules, self._needing
        value = [_INFINITE] * len(needing)
        missing = [len(rule.needs) for rule in rules]
        spent = [0.0] * len(rules)
        dearest = [-1] * len(rules)
        queue = [(0.0, fact) for fact in (*bits(state), self._always)]
        for _, fact in queue:
            value[fact] = 0.0
        while queue:
            cost, fact = heapq.heappop(queue)
            if cost > value[fact]:
                continue
            for number in needing[fact]:
                missing[number] -= 1
                spent[number] += cost
                if missing[number]:
                    continue
                # Facts come in the order of their costs, so that the last is the dearest.
                dearest[number] = fact
                rule = rules[number]
                after = (spent[number] if summed else cost) + costs[rule.of]
                for added in rule.adds:
                    if after < value[added]:
                        value[added] = after
                        heapq.heappush(queue, (after, added))
        return _Values(value, dearest)

    def _cut(self, state: int, costs: Sequence[float], values: _Values) -> set[int]:
        """Actions one of which every plan takes: those that lead into the zone of facts from
        which the goal is reached at no cost, over the dearest need of each."""
        rules, dearest = self._rules, values.dearest
        zone, todo = {self._goal}, [self._goal]
        while todo:
            for number in self._adding[todo.pop()]:
                fact = dearest[number]
                if fact >= 0 and costs[rules[number].of] <= _CLOSE and fact not in zone:
                    zone.add(fact)
                    todo.append(fact)
        cut, seen = set[int](), {*bits(state), self._always}
        todo = list(seen)
        while todo:
            led = todo.pop()
            for number in self._needing[led]:
                if dearest[number] != led:
                    continue
                rule = rules[number]
                if any(fact in zone for fact in rule.adds):
                    cut.add(rule.of)
                    continue
                for fact in rule.adds:
                    if fact not in seen:
                        seen.add(fact)
                        todo.append(fact)
        return cut
