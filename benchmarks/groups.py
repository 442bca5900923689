"""Write 9x9 problems of groups at random, for networks that are to read any.

``groups.py 500 5 groups.jsonl`` writes 500 of seed 5.

A Sudoku is filled at random; then either its boxes give way to nine groups of cells anywhere, or
one to four groups are added, or pairs that differ. Digits are given at random, 16 to 24 of them,
and more until one answer is left.
No group is a region that hangs together, a diagonal or a window but by chance.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from problem_lines import Stated, parser, write

from hrm_toolkit.adapters.constraint.generate import other
from hrm_toolkit.adapters.constraint.kinds import AllDifferent, exactly
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.registry import get_adapter

SIDE = 9
Ints = npt.NDArray[np.int64]


def scattered(answer: Ints, rng: np.random.Generator) -> Ints:
    """The number of each cell's group, shape (81,): each digit is once in each of the nine."""
    group = np.zeros(SIDE * SIDE, np.int64)
    for digit in range(1, SIDE + 1):
        group[answer == digit] = rng.permutation(SIDE)
    return group


def scopes(answer: Ints, rng: np.random.Generator) -> list[list[int]]:
    """Cells that differ, group by group."""
    cells = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    lines = [*cells, *cells.T]
    boxes = [cells[r : r + 3, c : c + 3].ravel() for r in (0, 3, 6) for c in (0, 3, 6)]
    group, way = scattered(answer, rng), rng.integers(3)
    more = [np.flatnonzero(group == k) for k in range(SIDE)]
    if way == 0:
        found = [*lines, *more]
    elif way == 1:
        found = [*lines, *boxes, *more[: rng.integers(1, 5)]]
    else:
        # As many pairs as a puzzle has where a move of chess must lead to another digit.
        ends = rng.integers(SIDE * SIDE, size=(rng.integers(60, 241), 2))
        ends = np.unique(np.sort(ends[answer[ends[:, 0]] != answer[ends[:, 1]]], 1), axis=0)
        found = [*lines, *boxes, *ends]
    return [scope.tolist() for scope in found]


def made(rng: np.random.Generator) -> Stated:
    """A puzzle and its answer as the task ``problem`` states them."""
    solved = get_adapter("sudoku").generate(rng, size=SIDE, difficulty="easy").answer
    answer = np.array(solved.grid, np.int64).ravel()
    problem = Problem()
    problem.grid(SIDE, SIDE, 1, SIDE)
    groups = scopes(answer, rng)
    problem.add(AllDifferent(label="group", scope=tuple(scope)) for scope in groups)
    order, count = rng.permutation(SIDE * SIDE).tolist(), int(rng.integers(16, 25))
    problem.add(exactly("given", 1, [(k, int(answer[k]))]) for k in order[:count])
    while other(problem, answer) is not None:
        problem.add(exactly("given", 1, [(k, int(answer[k]))]) for k in order[count : count + 2])
        count += 2
    given = sorted(order[:count])
    names = [f"x[{k // SIDE + 1},{k % SIDE + 1}]" for k in range(SIDE * SIDE)]
    rules: list[dict[str, object]] = [
        {"kind": "AllDifferent", "of": [names[k] for k in scope]} for scope in groups
    ]
    rules += [{"kind": "Count", "of": [f"{names[k]}={answer[k]}"], "equals": 1} for k in given]
    grid = {"rows": SIDE, "columns": SIDE, "low": 1, "high": SIDE}
    puzzle: dict[str, object] = {"task": "problem", "grids": {"x": grid}, "constraints": rules}
    return puzzle, {"task": "problem", "values": {"x": answer.reshape(SIDE, SIDE).tolist()}}


if __name__ == "__main__":
    asked = parser(__doc__).parse_args()
    write(asked.out, (made(np.random.default_rng([asked.seed, n])) for n in range(asked.count)))
