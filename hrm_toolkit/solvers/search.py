"""Search led by the network, which it may ask anew about the puzzle that is left at a choice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, cast

from hrm_toolkit.core import Adapter, AnyAdapter, Budget, Deadline, Puzzle
from hrm_toolkit.core.search import Found, Preference, search
from hrm_toolkit.solvers.attempt import Attempt
from hrm_toolkit.solvers.proposer import Proposer
from hrm_toolkit.solvers.spaces.outlooks import by_action
from hrm_toolkit.solvers.spaces.planned import Planned

LED_NODES = 100_000
"""States that a search led by the network visits where nobody set their number."""

MOST_ASKED = 8
"""States about which one search asks the network: it costs as much as visiting thousands does."""


PLANNED_NODES = 1_000
"""States of a task that is solved action by action about which a search asks the network where
nobody set their number, nor a time."""


def branches(adapter: AnyAdapter, puzzle: Puzzle) -> bool:
    """Whether the task says what puzzle is left at a state, which this search needs."""
    rules = adapter.rules
    start = rules.initial(puzzle)
    return rules.key(start) is None and adapter.remaining(puzzle, start) is not None


def searches(
    proposer: Proposer,
    puzzle: Puzzle,
    first: Attempt | None,
    budget: Budget,
    *,
    seed: int,
    deadline: Deadline,
    pulse: Callable[[], None],
) -> Iterator[tuple[Found[Any], Attempt | None]]:
    """What each search finds, and what the network was asked in it: for as long as one is wanted.

    Where the task says what puzzle is left at a state, the network is asked anew. Elsewhere its
    first probabilities order a search. Where nodes are bounded, a plain one has those that this
    left; where they are not, exact search follows and needs none before it, nor one in order that
    only tries value after value where the task has an exact search of its own, which infers. Where
    the rules only compare with a known answer there is none: that would look it up. A task that is
    solved action by action is searched with the network alone, each plan cheaper than the one
    before.

    Args:
        first: the network's attempt at the puzzle as given; None, or without logits, orders
            nothing.
    """
    if not proposer.adapter.verifiable:
        return
    nodes = LED_NODES if budget.nodes is None else budget.nodes
    infers = budget.nodes is None and type(proposer.adapter).exact is not Adapter.exact
    said = None if first is None else first.probabilities
    if first is not None and first.outlooks and by_action(proposer.adapter, puzzle):
        yield from _planned(proposer, puzzle, first, budget, deadline, pulse)
        return
    if said is not None and branches(proposer.adapter, puzzle):
        yield guided_search(
            proposer,
            puzzle,
            segments=budget.segments,
            nodes=nodes,
            restarts=max(budget.restarts, 1),
            seed=seed,
            deadline=deadline,
            # A task's own exact search, which follows, visits fewer states than a plain one.
            plainly=not infers,
            pulse=pulse,
        )
        return
    rules, codec = proposer.adapter.rules, proposer.adapter.codec
    if infers and rules.key(rules.initial(puzzle)) is None:
        return
    orders: list[Preference | None] = [] if budget.nodes is None else [None]
    if said is not None:
        orders.insert(0, lambda state, action: codec.preference(puzzle, state, action, said))
    for preference in orders:
        found = search(
            rules,
            puzzle,
            preference=preference,
            nodes=nodes,
            deadline=deadline,
            pulse=pulse,
        )
        nodes -= found.nodes
        yield found, None


def _planned(
    proposer: Proposer,
    puzzle: Puzzle,
    first: Attempt,
    budget: Budget,
    deadline: Deadline,
    pulse: Callable[[], None],
) -> Iterator[tuple[Found[Any], Attempt | None]]:
    """Plans of a best-first search: see ``spaces.planned``. States on the first walk count too."""
    most = LED_NODES if deadline.finite else PLANNED_NODES
    nodes = most if budget.nodes is None else budget.nodes
    search = Planned(
        proposer,
        puzzle,
        first.outlooks,
        segments=budget.segments,
        nodes=max(nodes - len(first.outlooks), 0),
        deadline=deadline,
        below=(first.verdict.cost or 0.0) if first.verdict.valid else math.inf,
        pulse=pulse,
    )
    asked: Attempt | None = search.spent
    for found in search.plans():
        yield found, asked
        asked = None  # It is the same one, and goes on counting.


def guided_search(
    proposer: Proposer,
    puzzle: Puzzle,
    *,
    segments: int,
    nodes: int,
    restarts: int = 1,
    seed: int = 0,
    deadline: Deadline = Deadline.never(),
    most_asked: int = MOST_ASKED,
    plainly: bool = True,
    pulse: Callable[[], None] = lambda: None,
) -> tuple[Found[Any], Attempt]:
    """Depth-first search over the rules' states, led by the network.

    Where several actions are open, the network attempts the puzzle left by each. An attempt that
    the rules accept ends the search; otherwise the action whose attempt the network holds most
    likely to be right is followed first. A forced action is followed without asking, and once the
    network was asked about ``most_asked`` states the rest is plain backtracking, where wanted.

    Args:
        proposer: the network on its task.
        puzzle: what to solve.
        segments: the most for each attempt.
        nodes: the most states to visit; a state about which the network is asked is visited.
        restarts: the most attempts at each, the first from the network's own initial carry.
        seed: of the noise on the other carries.
        deadline: when to stop.
        most_asked: states to ask the network about; the last choice may pass it.
        plainly: whether to go on without the network after that, or to end.
        pulse: called at each state; what it raises ends the search.

    Returns:
        What was found, and an attempt that holds the segments spent and the last estimate.
    """
    adapter, rules = proposer.adapter, proposer.adapter.rules

    def accepted(attempt: Attempt) -> bool:
        return attempt.answer is not None and bool(rules.check(puzzle, attempt.answer))

    spent = Attempt(by="search")
    stack = [rules.initial(puzzle)]
    visited, asked = 1, 0
    while stack:
        pulse()
        if visited > nodes or deadline.over:
            return Found(None, False, min(visited, nodes)), spent
        state = stack.pop()
        answer = rules.result(state)
        if answer is not None and rules.check(puzzle, answer):
            return Found(answer, False, visited), spent
        states = [rules.step(state, action) for action in rules.actions(state)]
        visited += len(states)
        if len(states) > 1 and asked >= most_asked and not plainly:
            return Found(None, False, min(visited, nodes)), spent
        if len(states) > 1 and asked < most_asked:
            states = [s for s in states if rules.result(s) is not None or rules.actions(s)]
            left = [cast(Puzzle, adapter.remaining(puzzle, s)) for s in states]
            asked += len(left)
            said = _attempts(proposer, left, accepted, restarts, seed, segments, deadline)
            spent.segments += sum(attempt.segments for own in said for attempt in own)
            for attempt in chain.from_iterable(said):
                if accepted(attempt):
                    spent.halt = attempt.halt
                    return Found(attempt.answer, False, visited), spent
            hopes = [max(attempt.halt for attempt in own) for own in said]
            states = [states[i] for i in sorted(range(len(states)), key=lambda i: -hopes[i])]
        stack.extend(reversed(states))
    return Found(None, True, visited), spent


def _attempts(
    proposer: Proposer,
    puzzles: Sequence[Puzzle],
    accepted: Callable[[Attempt], bool],
    restarts: int,
    seed: int,
    segments: int,
    deadline: Deadline,
) -> list[tuple[Attempt, ...]]:
    """Attempts at each of some puzzles, until one is accepted."""
    rounds: list[list[Attempt]] = []
    while len(rounds) < restarts and not any(map(accepted, chain.from_iterable(rounds))):
        rounds.append(
            proposer.vote(
                puzzles,
                0,
                restart=len(rounds),
                seed=seed,
                segments=segments,
                until_settled=True,
                deadline=deadline,
            )
        )
    return list(zip(*rounds, strict=True))
