"""The look before the full rules, of each task whose solver comes with the package."""

import numpy as np
import pytest

from hrm_toolkit.adapters.grid import distances, fence, moves
from hrm_toolkit.adapters.registry import get_adapter

ROUTES = {
    "maze": "S.#\n#.#\n#.G",
    "graph": "start A\ngoal C\nA -- B 2\nB -- C 2\nC -- D 1",
    "sudoku": "12343412214.4321",
}


@pytest.mark.parametrize("task", ROUTES)
def test_right_tokens_pass_and_a_gap_is_seen_without_the_rules(task: str) -> None:
    adapter = get_adapter(task)
    puzzle = adapter.parse(ROUTES[task])
    answer = adapter.exact(puzzle).answer
    right = adapter.codec.labels(puzzle, answer)
    assert adapter.codec.may_be_right(puzzle, right)
    given = adapter.codec.encode(puzzle)
    changed = np.flatnonzero(given != right)[:1]
    broken = right.copy()
    broken[changed] = given[changed]
    assert not adapter.codec.may_be_right(puzzle, broken)
    assert not adapter.rules.check(puzzle, adapter.codec.decode(puzzle, broken))


@pytest.mark.parametrize("sides", [(1, 2), (7, 9), (70, 66)])
def test_moves_are_those_that_distances_count(sides: tuple[int, int]) -> None:
    rng = np.random.default_rng([0, 1, sides[0]])
    for _ in range(5):
        cells = rng.random(sides) < 0.7
        cells[0, 0] = cells[-1, -1] = True
        free, stride = fence(cells)
        one, other = stride, sides[0] * stride + sides[1] - 1
        assert moves(free, stride, one, other) == distances(free, stride, one)[other]
