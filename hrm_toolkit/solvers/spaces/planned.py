"""Best-first search over states, led by a network that is asked about a few of them at a time."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hrm_toolkit.core import Answer, Deadline, Puzzle
from hrm_toolkit.core.search import Found
from hrm_toolkit.solvers.attempt import Attempt, Outlook
from hrm_toolkit.solvers.spaces.outlooks import Question, ask

if TYPE_CHECKING:
    from hrm_toolkit.solvers.proposer import Proposer

WEIGHTS = 2.0, 1.2
"""How much what is left counts against what was spent, until the search has come to a goal and from
then on: what came of others is in docs/experiments.md."""

SURPRISE = 1.0
"""What each nat of surprise at an action adds to what is left."""

TOGETHER = 2
"""States about which the network is asked side by side, at most. With 16 a plan of 60 actions takes
a thousand states, since each of its actions waits for a round; on a processor a state costs hardly
more alone. It is an eighth of those that were asked about before, too, so that a short search looks
at nothing in vain."""

_LEAST = 1e-4

_Entry = tuple[float, int, float, float, Any]
"""An open state: its score, its number, what plans through it cost at least, what the way to it
costs, and itself."""


class Planned:
    """A search from one puzzle: the open state of the least cost + weight x estimate is next.

    A large weight comes to some goal, a small one to a near one: the first of two counts until the
    search has come to a goal, the second from then on, for cheaper plans.

    A state is estimated when it is found, by what the network said of the state before it: what
    was left there, less the action's cost, but no less than the rules know, plus how surprising
    the action is. So the network is asked once about each state whose actions are looked at, and
    about none that is only found.

    States of which something is known cost nothing to look at. They are looked at first, which
    leads straight on where a walk took a roundabout way between two of its states, and again once
    the nodes are spent: the last plan is a cheapest one among all states that were seen.

    Args:
        proposer: the network on a task that is solved action by action.
        puzzle: where it begins.
        known: what the network said of states before, which are not asked about again.
        segments: the most of each call.
        nodes: the most states to ask about.
        deadline: when to stop.
        below: what plans must cost less than.
        pulse: called before each round; what it raises ends the search.
        weights: see ``WEIGHTS``.
        surprise: see ``SURPRISE``, in units of cost.
        together: see ``TOGETHER``.

    Attributes:
        spent: an attempt with the segments of all calls, and the last halting estimate.
    """

    def __init__(
        self,
        proposer: Proposer,
        puzzle: Puzzle,
        known: Mapping[Hashable, Outlook],
        *,
        segments: int,
        nodes: int,
        deadline: Deadline = Deadline.never(),
        below: float = math.inf,
        pulse: Callable[[], None] = lambda: None,
        weights: tuple[float, float] = WEIGHTS,
        surprise: float = SURPRISE,
        together: int = TOGETHER,
    ) -> None:
        self._proposer, self._puzzle = proposer, puzzle
        self._rules = proposer.adapter.rules
        self._known = dict(known)
        self._segments, self._nodes, self._deadline = segments, nodes, deadline
        self._pulse, self._together = pulse, together
        self._weights, self._surprise = weights, surprise
        self.spent = Attempt(by="search")
        start = self._rules.initial(puzzle)
        self._number = itertools.count()
        self._cost: dict[Hashable | None, float] = {self._rules.key(start): 0.0}
        self._grown: dict[Hashable | None, float] = {}
        entry = (0.0, next(self._number), 0.0, 0.0, start)
        self._orders: tuple[list[_Entry], list[_Entry]] = [entry], [entry]
        self._plan: Answer | None = None
        self._least = below
        self._asked = 0
        self._gaps = False

    def plans(self) -> Iterator[Found[Any]]:
        """Each plan that is found, cheaper than the one before, and at the end None.

        ``nodes`` of each are the states asked about since the one before.
        """
        told = 0
        for rounds in (self._free(), self._led(), self._free()):
            for states in rounds:
                before = self._least
                self._expand(states)
                if self._least < before:
                    yield Found(self._plan, False, self._asked - told)
                    told = self._asked
        whole = not self._orders[0] and not self._gaps and self._least == math.inf
        yield Found(None, whole, self._asked - told)

    def _led(self) -> Iterator[list[tuple[float, Any]]]:
        """Rounds of open states to look at, with what they cost, as long as nodes are left."""
        below = self._least
        while True:
            self._pulse()
            # What a walk came to is often far from the best, and so no goal of the search's own.
            order = self._orders[self._least < below]
            chosen = list[tuple[float, Any]]()
            fresh, most = 0, min(self._together, 1 + self._asked // 8)
            while order and len(chosen) < most and not self._deadline.over:
                stale = self._stale(order[0])
                *_, cost, state = order[0]
                fresh += not stale and self._rules.key(state) not in self._known
                if self._asked + fresh > self._nodes:
                    break
                heapq.heappop(order)
                if not stale:
                    chosen.append((cost, state))
            if not chosen:
                return
            yield chosen

    def _free(self) -> Iterator[list[tuple[float, Any]]]:
        """Rounds of open states of which something is known, until none is left."""
        aside, order = list[_Entry](), self._orders[0]
        while order and not self._deadline.over:
            entry = heapq.heappop(order)
            if self._stale(entry):
                continue
            if self._rules.key(entry[-1]) in self._known:
                self._pulse()
                yield [entry[-2:]]
            else:
                aside.append(entry)
        for entry in aside:
            heapq.heappush(order, entry)

    def _stale(self, entry: _Entry) -> bool:
        """Whether there is no reason to look at an open state any more."""
        _, _, least, cost, state = entry
        key = self._rules.key(state)
        known = cost > self._cost[key] or cost >= self._grown.get(key, math.inf)
        return known or least >= self._least

    def _expand(self, states: list[tuple[float, Any]]) -> None:
        """Look at the actions of some states, once the network was asked about them."""
        keys = [self._rules.key(state) for _, state in states]
        new = {k: s for k, (_, s) in zip(keys, states, strict=True) if k not in self._known}
        questions = [Question(self._puzzle, state, Attempt()) for state in new.values()]
        how: Any = {"segments": self._segments, "deadline": self._deadline}
        for key, (outlook, call) in zip(new, ask(self._proposer, questions, **how), strict=True):
            self._asked += 1
            self.spent.segments += call.segments
            self.spent.halt = call.halt
            if outlook is None:
                self._gaps = True
            else:
                self._known[key] = outlook
        for key, (cost, state) in zip(keys, states, strict=True):
            self._grown[key] = cost
            if key in self._known:
                self._grow(state, cost, self._known[key])

    def _grow(self, state: Any, spent: float, outlook: Outlook) -> None:
        """Open the states after one."""
        rules = self._rules
        for action, chance in outlook.chances.items():
            after = rules.step(state, action)
            own = rules.step_cost(state, action)
            cost, key = spent + own, rules.key(after)
            if cost >= min(self._cost.get(key, math.inf), self._least):
                continue
            plan = rules.result(after)
            if plan is not None:
                self._plan, self._least = plan, cost
            if plan is not None or cost + (least := rules.least(after)) >= self._least:
                continue
            self._cost[key] = cost
            left = max(outlook.left - own, least) - self._surprise * math.log(max(chance, _LEAST))
            for order, weight in zip(self._orders, self._weights, strict=True):
                entry = (cost + weight * left, next(self._number), cost + least, cost, after)
                heapq.heappush(order, entry)
