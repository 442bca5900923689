"""The law of state spaces: what a search is told of them is true wherever a plan comes by."""

from __future__ import annotations

from hrm_toolkit.adapters.laws.law import Subject, law, need
from hrm_toolkit.adapters.space.task import SpaceAdapter

_CLOSE = 1e-9


@law("along a plan no bound says more than is left, no state is dead, and back leads back")
def _bounds(subject: Subject) -> int:
    space, n = subject.adapter, 0
    if not isinstance(space, SpaceAdapter):
        return 0
    for where, example, _ in subject.each():
        state = space.start(example.puzzle)
        left = space.cost_of(example.puzzle, example.answer)
        for number, action in enumerate(example.answer.actions, 1):
            at = f"{where}: before action {number}"
            least = space.heuristic(state)
            need(least <= left + _CLOSE, f"{at} the heuristic says {least:g}, and {left:g} is left")
            need(not space.is_dead(state), f"{at} the state is called dead, and a plan leads on")
            after = space.step(state, action)
            before = space.back(after)
            if before is not None:
                need(any(s == state for s, _ in before), f"{at} is no state that back() tells")
                legal = all(a in space.actions(s) and space.step(s, a) == after for s, a in before)
                need(legal, f"{at}: back() tells of what does not lead to the state after it")
            left -= space.cost(state, action)
            state = after
            n += 1
        least = space.heuristic(state)
        need(least <= _CLOSE, f"{where}: the heuristic says {least:g} at the goal")
    return n
