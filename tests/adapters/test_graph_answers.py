"""Paths as people write them, and as the toolkit prints and writes them."""

import json

import pytest

from hrm_toolkit.adapters.formats import read_answer, read_puzzles
from hrm_toolkit.adapters.graph import GraphAdapter
from hrm_toolkit.core import InputError

ADAPTER = GraphAdapter()
LINE = read_puzzles(b"start 1\ngoal 4\n1 -> 4 10\n1 -> 2\n2 -> 3\n3 -> 4").puzzles[0]
TOWN = read_puzzles(
    b'start Aldmoor\ngoal "Port Vesper"\nAldmoor -- "Old Mill" 2\n"Old Mill" -- "Port Vesper" 3'
).puzzles[0]
DRAWN = ADAPTER.render(LINE, ADAPTER.coerce_answer(LINE, [1, 2, 3, 4]))


def test_names_in_quotation_marks_may_hold_arrows_and_commas():
    puzzle = read_puzzles(
        b'start "East, 1"\ngoal "A -> B"\n"East, 1" -- B 2\n'
        b'B -- "A -> B" 3\n"East, 1" -- "A -> B" 9'
    ).puzzles[0]
    right = ADAPTER.coerce_answer(puzzle, ["East, 1", "B", "A -> B"])
    drawn = ADAPTER.render(puzzle, right)
    for text in (drawn, drawn.splitlines()[0], '"East, 1" -> B -> "A -> B"'):
        assert read_answer(text.encode(), ADAPTER, puzzle) == right
    wrong = read_answer(b'"East, 1" -> "A -> B" -> B', ADAPTER, puzzle)
    assert wrong.path == ("East, 1", "A -> B", "B")


@pytest.mark.parametrize(
    "text",
    [
        "1 -> 2 -> 3 -> 4  (cost 3)",
        "1 -> 2 -> 3 -> 4",
        "1->2->3->4",
        "1 → 2 → 3 → 4",
        "1 -- 2 -- 3 -- 4",
        "1 2 3 4",
        "1,2,3,4",
        "1, 2, 3, 4",
        "1;2;3;4",
        "1\n2\n3\n4\n",
        "(1, 2, 3, 4)",
        "Path: 1 -> 2 -> 3 -> 4\ncost: 3",
        "shortest path = 1 2 3 4 (length 3)",
        DRAWN,
        f"read as DIMACS shortest path\n\n{DRAWN}\n\nsolved: 4-node graph, verified by the rules\n"
        "cost 3 (optimal) · source exact · 0.000297 s · solver exact\nwhat the reader assumed\n",
        "[1, 2, 3, 4]",
        '["1", "2", "3", "4"]',
        '{"path": [1, 2, 3, 4], "cost": 3}',
        '{"solution": [[1, 2, 3, 4]]}',
        '{"solution": "1 -> 2 -> 3 -> 4"}',
        '{"task": "graph", "answer": {"task": "graph", "path": ["1", "2", "3", "4"]}}',
        '{"nodes": [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}]}',
        '"1 2 3 4"',
    ],
)
def test_a_right_path_is_right_however_it_is_written(text):
    answer = read_answer(text.encode(), ADAPTER, LINE)
    assert answer.path == ("1", "2", "3", "4")
    assert ADAPTER.rules.check(LINE, answer).optimal


@pytest.mark.parametrize(
    "text",
    [
        'Aldmoor -> "Old Mill" -> "Port Vesper"  (cost 5)',
        "Aldmoor -> Old Mill -> Port Vesper",
        "Aldmoor, Old Mill, Port Vesper",
        "Aldmoor\nOld Mill\nPort Vesper",
        'Aldmoor "Old Mill" "Port Vesper"',
        json.dumps(["Aldmoor", "Old Mill", "Port Vesper"]),
    ],
)
def test_names_with_blanks(text):
    answer = read_answer(text.encode(), ADAPTER, TOWN)
    assert ADAPTER.rules.check(TOWN, answer).optimal


@pytest.mark.parametrize("text", ["RRDD", "1 2 9 4", "no idea", "read as DIMACS\n", "12\n34", "-"])
def test_what_cannot_be_read_as_a_path_refutes_nothing(text):
    with pytest.raises(InputError, match=r"cannot be read as a path|no path in it"):
        read_answer(text.encode(), ADAPTER, LINE)


def test_a_puzzle_drawn_without_an_answer_holds_no_path():
    with pytest.raises(InputError, match=r"no path in it"):
        read_answer(ADAPTER.render(LINE).encode(), ADAPTER, LINE)


def test_a_clear_path_with_a_wrong_node_or_hop_is_refuted():
    wrong = read_answer(b"1 -> 2 -> 9 -> 4", ADAPTER, LINE)
    assert '"9", is no node' in ADAPTER.rules.check(LINE, wrong).violations[0].message
    hop = ADAPTER.rules.check(LINE, read_answer(b"1 3 4", ADAPTER, LINE))
    assert not hop
    assert 'no edge leads from "1" to "3"' in hop.violations[0].message


def test_names_that_look_like_arrows_or_costs_are_names():
    text = 'start "a->b"\ngoal "c (cost 3)"\n"a->b" -- d\nd -- "c (cost 3)"'
    puzzle = ADAPTER.parse(text)
    answer = ADAPTER.exact(puzzle).answer
    assert ADAPTER.parse_answer(puzzle, ADAPTER.render(puzzle, answer)) == answer


@pytest.mark.parametrize(
    ("answer", "valid"),
    [
        ("A -> B -> C", True),
        ("A -> B -> C  (cost 4)", True),
        ("A -> B -> C, cost: 4.0", True),
        ("A -> B -> C  (cost 7)", False),
        ("path: A, B, C\ncost = 7", False),
        ('{"path": ["A", "B", "C"], "cost": 4}', True),
        ('{"path": ["A", "B", "C"], "cost": 7}', False),
        ('{"path": "A -> B -> C", "cost": 7}', False),
        ('{"answer": {"path": ["A", "B", "C"], "cost": 7}}', False),
        ('{"path": ["A", "B", "C"], "cost": "cheap"}', True),
    ],
)
def test_a_claimed_cost_that_is_not_the_path_s_is_told_with_both(answer: str, valid: bool) -> None:
    graphs = GraphAdapter()
    puzzle = graphs.parse("start A\ngoal C\nA -- B 2\nB -- C 2\nA -- C 5")
    claimed = read_answer(answer.encode(), graphs, puzzle)
    verdict = graphs.rules.check(puzzle, claimed)
    assert claimed.path == ("A", "B", "C")
    assert (verdict.valid, verdict.cost) == (valid, 4.0 if valid else None)
    if not valid:
        assert "the answer claims cost 7, and its path costs 4" in verdict.violations[0].message
