"""Problems stated as JSON: each kind means what it says, and what is wrong is told with its fix."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import read_answer, read_text
from hrm_toolkit.core import InputError
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

ADAPTER = get_adapter("problem")
PAIR = {"variables": {"a": [1, 3], "b": {"low": 1, "high": 3}}}
BOARD = {"grids": {"x": {"rows": 2, "columns": 3}}}
SQUARE = {"variables": dict.fromkeys("pqrs", (0, 1))}


def piece(cells: set[tuple[int, int]]) -> bool:
    """Whether cells hang together."""
    todo, seen = [*cells][:1], set()
    while todo:
        r, c = todo.pop()
        seen.add((r, c))
        near = {(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)}
        todo += (near & cells) - seen
    return seen == cells


def shaded(x: tuple[int, ...]) -> set[tuple[int, int]]:
    return {(k // 3, k % 3) for k, value in enumerate(x) if value}


RULES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], Any]] = {
    "AllDifferent": (PAIR, [{"kind": "AllDifferent", "of": ["a", "b"]}], lambda x: x[0] != x[1]),
    "Sum": (
        PAIR,
        [{"kind": "sum", "of": ["a", "b", "a"], "coefficients": [1, -1, 1], "high": 1}],
        lambda x: 2 * x[0] - x[1] <= 1,
    ),
    "Count": (
        PAIR,
        [{"kind": "Count", "of": ["a=3", "b = 3"], "equals": 1, "when": ["a=3"]}],
        lambda x: x[0] != 3 or x[1] != 3,
    ),
    "Table": (PAIR, [{"kind": "Table", "of": ["a", "b"], "rows": [[1, 2], [3, 3]]}],
              lambda x: x in ((1, 2), (3, 3))),
    "Regular": (
        BOARD,
        [{"kind": "Regular", "of": "x", "start": 0, "ends": [0],
          "steps": [[0, 0, 0], [0, 1, 1], [1, 1, 0], [1, 0, 1]]}],
        lambda x: sum(x) % 2 == 0,
    ),
    "Runs": (
        BOARD,
        [{"kind": "Runs", "of": "x[2,*]", "lengths": [2]}],
        lambda x: x[3:] in ((1, 1, 0), (0, 1, 1)),
    ),
    "a column": (BOARD, [{"kind": "Count", "of": "x[*,3]", "low": 2}], lambda x: x[2] + x[5] == 2),
    "Connected": (BOARD, [{"kind": "Connected", "of": "x=1"}], lambda x: piece(shaded(x))),
    "Tree": (
        BOARD,
        [{"kind": "Tree", "of": "x[*,*]=1"}],
        lambda x: piece(shaded(x)) and not (all(x[k] for k in (0, 1, 3, 4))
                                            or all(x[k] for k in (1, 2, 4, 5))),
    ),
    "edges": (
        SQUARE,
        [{"kind": "Connected", "of": ["p", "q", "r"], "edges": [["p", "q"], ["q", "r"]]}],
        lambda x: not (x[0] and x[2] and not x[1]),
    ),
    "Islands": (
        BOARD,
        [{"kind": "Islands", "of": "x=1", "clues": [["x[1,1]", 2]]}],
        lambda x: shaded(x) in ({(0, 0), (0, 1)}, {(0, 0), (1, 0)}),
    ),
    "Loop": (
        SQUARE,
        [{"kind": "Loop", "edges": [["A", "B", "p"], ["B", "C", "q"], ["C", "A", "r"]]}],
        lambda x: x[:3] == (1, 1, 1),
    ),
    "View": (
        BOARD,
        [{"kind": "View", "arms": [["x[1,2]=0", "x[1,3]=0"], ["x[2,1]=0"]], "n": 2}],
        lambda x: (2 if not x[1] and not x[2] else int(not x[1])) + (not x[3]) == 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_kind_means_what_it_says(name: str) -> None:
    variables, rules, right = RULES[name]
    puzzle = ADAPTER.coerce({**variables, "constraints": rules})
    problem = ADAPTER.problem(puzzle)
    every = itertools.product(*map(problem.values, range(len(problem))))
    accepted = [x for x in every if not problem.check(x)]
    spans = itertools.product(*map(problem.values, range(len(problem))))
    assert accepted == [x for x in spans if right(x)]
    assert ADAPTER.count_solutions(puzzle, 100) == len(accepted)
    assert ADAPTER.parse(ADAPTER.render(puzzle)) == puzzle


REFUSED = [
    ({"kind": "AllDiferent", "of": ["a"]}, 'constraints.0: there is no kind .*mean "AllDifferent"'),
    ({"kind": "Sum", "off": ["a"], "equals": 1}, "Sum has no field 'off'.*did you mean \"of\""),
    ({"of": ["a"]}, "a constraint has no kind; expected AllDifferent, Count"),
    ({"kind": "Sum", "of": ["a", "aa"], "equals": 3}, "there is no variable 'aa'"),
    ({"kind": "Sum", "of": ["a"]}, "Sum has no bound; expected equals, or low and high"),
    ({"kind": "Sum", "of": ["a"], "equals": 1, "low": 1}, "equals beside low or high"),
    ({"kind": "Sum", "of": ["a", "b"], "coefficients": [1], "low": 1}, "expected 2, one each"),
    ({"kind": "Sum", "of": ["a"], "equals": 1.5}, "this is no whole number"),
    ({"kind": "Count", "of": ["a"], "equals": 1}, "which is meant is not said; expected .*a=3"),
    ({"kind": "Count", "of": ["a=4"], "equals": 1}, "a cannot be 4; expected 1 to 3"),
    ({"kind": "Count", "of": ["a=b"], "equals": 1}, "a=b has no value"),
    ({"kind": "Count", "of": ["x[3,1]=1"], "equals": 1}, "there is no x.3,1.; expected 1 to 2, 1"),
    ({"kind": "Table", "of": ["a"], "rows": [[1, 2]]}, "row 1 has 2 values; expected 1"),
    ({"kind": "Connected", "of": ["a=1"]}, "of variables in no grid; expected edges"),
    ({"kind": "Connected", "of": ["x=1"], "edges": [["a", "x[1,1]"]]}, "the edge a - x.* is none"),
    ({"kind": "Loop", "edges": [["p", "q", "a"]]}, "a is no edge; expected values 0 and 1"),
    ({"kind": "Sum", "of": ["__import__('os')"], "equals": 1}, "there is no variable"),
    ({"kind": "Regular", "of": "a", "start": 0, "ends": [0], "steps": [[0, 1, 0], [0, 1, 1]]},
     "two steps leave one state"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "says"), REFUSED)
def test_a_constraint_that_cannot_be_meant_is_refused(rule: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_text(json.dumps({**PAIR, **BOARD, "constraints": [rule]}))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"variabels": {}}, 'variabels: there is no such field; .*did you mean "variables"'),
        ({"variables": {"a": [1, 900]}}, "expected 1 to 256 of them"),
        ({"variables": {"a=b": [1, 2]}}, "'a=b' is no name of a variable"),
        ({"variables": {}}, "there are 0 variables; expected 1 to 2,500"),
        ({"grids": {"x": {"rows": 60, "columns": 60}}}, "there are 3,602 variables"),
        ({"grids": {"a": {"rows": 1, "columns": 1}}}, "a variable and a grid are called 'a'"),
        ({"constraints": [{"kind": "Count", "of": ["a=1"], "low": 1}] * 5_001}, "too long"),
        ({"grids": {"x": {"rows": 50, "columns": 40, "high": 255}},
          "constraints": [{"kind": "AllDifferent", "of": "x"}]}, "too many, or too long"),
    ],
)  # fmt: skip
def test_what_is_too_much_or_misspelt_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_text(json.dumps({**PAIR, "constraints": [], **change}))


def test_an_answer_is_told_per_variable_and_read_as_it_is_told() -> None:
    rules = [{"kind": "Sum", "of": ["a", "b"], "equals": 6}, {"kind": "Count", "of": "x", "low": 6}]
    puzzle = ADAPTER.coerce({**PAIR, **BOARD, "constraints": rules})
    answer = ADAPTER.exact(puzzle).answer
    assert answer.values == {"a": 3, "b": 3, "x": ((1, 1, 1), (1, 1, 1))}
    told = ADAPTER.render(puzzle, answer)
    assert told.splitlines() == ["a = 3", "b = 3", "x:", "1 1 1", "1 1 1"]
    for text in (told, answer.model_dump_json(), '{"a": 3, "b": 3, "x": [[1, 1, 1], [1, 1, 1]]}'):
        assert read_answer(text.encode(), ADAPTER, puzzle) == answer
    wrong = ADAPTER.coerce_answer(puzzle, {"a": 3, "b": 3, "y": 1})
    assert "there is no variable 'y'" in ADAPTER.rules.check(puzzle, wrong).violations[0].message


def test_an_answer_that_says_a_value_twice_is_refused() -> None:
    puzzle = read_text('{"variables": {"a": [1, 3]}, "constraints": []}').puzzles[0]
    with pytest.raises(InputError, match='"a" stands twice'):
        get_adapter("problem").parse_answer(puzzle, "a = 1\na = 2")


def test_a_model_states_a_problem_in_one_call_of_a_tool() -> None:
    stated = {**PAIR, "constraints": [{"kind": "Sum", "of": ["a", "b"], "equals": 6, "name": "s"}]}
    with Service(wait_s=60) as service:
        tools = Toolbox(service, full=True)
        reply = tools.call("solve", {"puzzle": stated})
        assert (reply.status, reply.data["answer"]["values"]) == ("solved", {"a": 3, "b": 3})
        wrong = tools.call("verify", {"puzzle": stated, "answer": {"a": 3, "b": 2}})
        assert "s adds up to 5 and not 6, at a and b" in wrong.text
        hint = tools.call("hint", {"puzzle": json.dumps(stated)}).data["hint"]
        assert hint["says"] in ("a is 3: no other value is left", "b is 3: no other value is left")
        stated["constraints"].append({"kind": "AllDifferent", "of": ["a", "b"]})
        reply = tools.call("explain", {"puzzle": stated})
        assert "these 2 clues alone contradict each other" in reply.text
        stated["constraints"].append({"kind": "Alldifferent", "fo": ["a"]})
        assert (
            "constraints.2: AllDifferent has no field 'fo'"
            in tools.call("solve", {"puzzle": stated}).text
        )


def test_more_variables_than_values_between_them_are_told_at_once() -> None:
    """Forty guests on 39 seats: to try all would take longer than anybody has."""
    names = [f"guest {k}" for k in range(40)]
    seats = {"variables": dict.fromkeys(names, (1, 39)), "constraints": [
        {"kind": "AllDifferent", "of": names, "name": "a seat each"},
    ]}  # fmt: skip
    puzzle = ADAPTER.coerce(seats)
    assert ADAPTER.exact(puzzle, seconds=3600).unsolvable
    hint = ADAPTER.hint(puzzle)
    assert hint is not None
    assert (hint.says, hint.contradiction) == ("a contradiction, by a seat each", True)
    reply = Toolbox(Service()).call("solve", {"puzzle": seats, "wait_s": 120})
    assert reply.status == "unsolvable"
    fewer = ADAPTER.coerce({**seats, "variables": dict.fromkeys(names, (1, 40))})
    assert ADAPTER.exact(fewer).answer is not None
