"""Models of CPMpy as stated problems: our answers satisfy them, and as many as there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.constraint.stated.cpmpy import from_cpmpy
from hrm_toolkit.core import InputError

cp = pytest.importorskip("cpmpy")
ADAPTER = get_adapter("problem")


def money() -> Any:
    s, e, n, d, m, o, r, y = letters = cp.intvar(0, 9, shape=8, name=tuple("sendmory"))
    send = 1000 * s + 100 * e + 10 * n + d + 1000 * m + 100 * o + 10 * r + e
    rules = [cp.AllDifferent(letters), send == 10000 * m + 1000 * o + 100 * n + 10 * e + y]
    return cp.Model(*rules, s > 0, m > 0)


def queens() -> Any:
    q = cp.intvar(1, 6, shape=6, name="q")
    rules = [q[i] - q[j] != 0 for i in range(6) for j in range(i)]
    apart = [(q[i] != v) | (q[j] != v + d * (i - j))
             for i in range(6) for j in range(i) for v in range(1, 7) for d in (1, -1)
             if 1 <= v + d * (i - j) <= 6]  # fmt: skip
    return cp.Model(rules, apart)


def map_colours() -> Any:
    c = cp.intvar(1, 3, shape=5, name="c")
    return cp.Model([c[a] != c[b] for a, b in ((0, 1), (1, 2), (0, 2), (2, 3), (3, 4))], c[0] == 1)


def switches() -> Any:
    a, b, c, d = cp.boolvar(shape=4, name=tuple("abcd"))
    x = cp.intvar(-2, 2, name="x")
    return cp.Model(
        a.implies(b | ~c), (~b).implies(x > 0), a + b + c + ~d >= 2, (x == 1).implies(b | (x < 0)),
        ~(c & d), x + 2 * d <= 1, (x != 1) | b,
    )  # fmt: skip


def counted() -> Any:
    x = cp.intvar(0, 3, shape=4, name="x")
    return cp.Model(
        cp.Count(x, 2) == 2, cp.Table([x[0], x[1]], [[2, 1], [0, 2], [1, 1]]),
        (x[2] == 2) + (x[3] == 0) <= 1, cp.sum(x) - x[0] <= 3, -x[1] + 4 > x[2],
    )  # fmt: skip


MODELS: list[Callable[[], Any]] = [money, queens, map_colours, switches, counted]


@pytest.mark.parametrize("model", MODELS)
def test_there_are_as_many_answers_as_cpmpy_finds(model: Callable[[], Any]) -> None:
    made = model()
    puzzle = from_cpmpy(made)
    count = made.solveAll(solution_limit=200)
    assert ADAPTER.count_solutions(puzzle, 200, seconds=60) == count
    assert ADAPTER.rules.check(puzzle, ADAPTER.exact(puzzle).answer)


REFUSED = {
    "mul": lambda x, b: x[0] * x[1] == 4,
    "max": lambda x, b: cp.max(x) == 2,
    "circuit": lambda x, b: cp.Circuit(x),
    "element": lambda x, b: cp.Element([1, 2, 3], x[0]) == 2,
    ">": lambda x, b: b == (x[0] + x[1] > 2),
    "!=": lambda x, b: x[0] != x[1] + 1,
    "xor": lambda x, b: cp.Xor([b, x[0] == 1]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_map_is_refused_by_name(name: str) -> None:
    x, b = cp.intvar(0, 3, shape=3, name="x"), cp.boolvar(name="b")
    with pytest.raises(InputError) as caught:
        from_cpmpy(cp.Model(REFUSED[name](x, b)))
    assert f"({name})" in str(caught.value)
    assert "does not map to a constraint here" in str(caught.value)


def test_an_objective_and_what_is_no_model_are_refused() -> None:
    x = cp.intvar(0, 3, name="x")
    with pytest.raises(InputError, match="the model has an objective"):
        from_cpmpy(cp.Model(x > 1, maximize=x))
    with pytest.raises(InputError, match="this is no model of CPMpy"):
        from_cpmpy([x > 1])
