"""Graph colouring: DIMACS files and JSON, the fewest colours, and answers as people bring them."""

from __future__ import annotations

import itertools
import json

import networkx as nx
import pytest

from hrm_toolkit import Solver
from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.constraint.colouring.adapter import ColouringAdapter
from hrm_toolkit.adapters.constraint.colouring.bounds import clique, cliques, coloured
from hrm_toolkit.adapters.formats import read_answer, read_text
from hrm_toolkit.core import InputError

ADAPTER = get_adapter("colouring")
COL = "c a square with a tail\np edge 5 5\ne 1 2\ne 2 3\ne 3 4\ne 4 1\ne 4 5\n"
SQUARE = read_text(COL).puzzles[0]


def of(graph: nx.Graph[int], **more: object) -> object:
    nodes = {node: k for k, node in enumerate(graph)}
    edges = [(nodes[a], nodes[b]) for a, b in graph.edges]
    return ADAPTER.coerce({"nodes": [*map(str, nodes)], "edges": edges, **more})


def fewest(puzzle: object) -> int:
    """The fewest colours, by trying all colourings."""
    return next(
        k
        for k in itertools.count(1)
        if any(
            all(x[a] != x[b] for a, b in puzzle.edges)
            for x in itertools.product(range(k), repeat=len(puzzle.nodes))
        )
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_fewest_colours_are_found_and_known_to_be(seed: int) -> None:
    puzzle = of(nx.gnp_random_graph(7, 0.5, seed=seed))
    answer = ADAPTER.exact(puzzle).answer
    verdict = ADAPTER.rules.check(puzzle, answer)
    assert (verdict.valid, verdict.optimal, verdict.cost) == (True, True, fewest(puzzle))


def test_what_no_clique_shows_is_proved_by_search_and_known_from_then_on() -> None:
    adapter = ColouringAdapter()
    puzzle = of(nx.mycielski_graph(4))
    answer = adapter.exact(puzzle).answer
    assert len(clique(puzzle)) == 2
    assert len({*answer.colours}) == 4
    assert adapter.rules.check(puzzle, answer).optimal is True
    assert ColouringAdapter().rules.check(puzzle, answer).optimal is None
    assert adapter.exact(of(nx.mycielski_graph(4), colours=3)).unsolvable
    assert adapter.exact(of(nx.complete_graph(5), colours=4)).unsolvable


def test_bounds_are_bounds() -> None:
    puzzle = of(nx.gnp_random_graph(30, 0.4, seed=1))
    edges = {*puzzle.edges}
    for group in (clique(puzzle), *cliques(puzzle)):
        assert edges.issuperset(itertools.combinations(group, 2))
    assert edges == {two for group in cliques(puzzle) for two in itertools.combinations(group, 2)}
    greedy = coloured(puzzle)
    assert all(greedy[a] != greedy[b] for a, b in edges)


def test_more_colours_than_needed_are_right_and_not_optimal() -> None:
    verdict = ADAPTER.rules.check(SQUARE, ADAPTER.coerce_answer(SQUARE, [1, 2, 3, 4, 5]))
    assert (verdict.valid, verdict.optimal, verdict.cost) == (True, False, 5)
    verdict = ADAPTER.rules.check(SQUARE, ADAPTER.coerce_answer(SQUARE, [1, 2, 3, 4, 4]))
    assert [v.message for v in verdict.violations] == [
        "nodes 4 and 5 are joined and both have colour 4"
    ]


TEXTS = {
    "no colours": (COL, None, (("1", "2"), ("4", "5"))),
    "both ways": ("p col 2 2\ne 1 2\ne 2 1\n", None, (("1", "2"),)),
    "indented": (" c two\n p edge 2 1\n e 1 2\n", None, (("1", "2"),)),
    "other lines": ("p edge 2 1\nc colours 2\nn 1 5\ne 1 2\n", 2, (("1", "2"),)),
    "names": ("c name 1 New York\nc colors 2\np edge 2 1\ne 1 2", 2, (("New York", "2"),)),
    "json": ('{"edges": [["a", "b"], ["b", 3]], "k": 2}', 2, (("a", "b"), ("b", "3"))),
    "json of nodes": (
        '{"nodes": ["z", "a"], "links": [{"source": "a", "target": "z"}], "colors": 3}',
        3,
        (("z", "a"),),
    ),
}


@pytest.mark.parametrize("form", TEXTS)
def test_files_are_read_as_they_are_kept(form: str) -> None:
    text, colours, edges = TEXTS[form]
    loaded = read_text(text)
    (puzzle,) = loaded.puzzles
    named = [(puzzle.nodes[a], puzzle.nodes[b]) for a, b in puzzle.edges]
    assert puzzle.colours == colours
    assert {frozenset(edge) for edge in edges} <= {frozenset(edge) for edge in named}
    assert ("the fewest are looked for" in " ".join(loaded.notes)) == (colours is None)
    assert ADAPTER.parse(ADAPTER.render(puzzle)) == puzzle


@pytest.mark.parametrize("text", ["p col 3 4\ne 1 2\ne 2 3\n", "p edge 2 2\ne 1 2\n"])
def test_a_header_that_counts_each_edge_twice_is_read_and_told(text: str) -> None:
    loaded = read_text(text)
    (puzzle,) = loaded.puzzles
    assert len(puzzle.edges) == text.count("\ne ")
    assert "so it counts each of the" in loaded.notes[0]


REFUSED = {
    "p edge 3 3\ne 1 2\n": "the file has 1 edges; expected 3, as its p line says",
    "c colours 2\nc colours 3\np edge 2 1\ne 1 2\n": "line 2: colours said twice",
    "c name 1 a\nc name 1 b\np edge 2 1\ne 1 2\n": "line 2: the name of node 1 said twice",
    '{"edges": [[1, 2]], "colours": 2, "k": 3}': "k: this says the colours once more",
    "p edge 3 1\ne 1 4\n": "line 2: this line is no edge; expected .*nodes from 1 to 3",
    "p edge 2 1\ne 1 1\n": "node 1 is joined to itself, which no colouring allows",
    "p edge 2 1\nf 1 2\n": "line 2: this line is no edge",
    "p edge 9000 1\ne 1 2\n": "expected 1 to 2,000 nodes",
    '{"edges": [[1, 2]], "colours": 0}': "colours: the number is too small",
    '{"edges": [[1, 2, 3]], "colours": 2}': "edge 1 is no pair",
    '{"edges": [[1, 2]], "colours": 2, "fewest": true}': "fewest: there is no such field",
    '{"edges": [[1, 2]], "colours": 2, "nodes": [1]}': "edge 1 has the node '2'",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_graph_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(InputError, match=REFUSED[text]) as caught:
        read_text(text)
    assert "\n" not in str(caught.value)


ANSWERS = {
    "a list": "[1, 2, 1, 2, 1]",
    "from 0": "[0, 1, 0, 1, 0]",
    "a mapping": json.dumps({"1": 2, "2": 1, "3": 2, "4": 1, "5": 2}),
    "a mapping of words": json.dumps({str(k + 1): ["red", "blue"][k % 2] for k in range(5)}),
    "an object": json.dumps({"answer": {"colours": [1, 2, 1, 2, 1]}}),
    "an object with a mapping": json.dumps({"colours": {str(k + 1): k % 2 for k in range(5)}}),
    "lines": "3 1\n1 1\n2 2\n4 2\n5 1",
    "lines of DIMACS": "c found\ns col 2\nl 1 1\nl 2 2\nl 3 1\nl 4 2\nl 5 1",
    "words": "1: red\n2: blue\n3: red\n4: blue\n5: red",
    "colours alone": "1 2 1 2 1",
}


@pytest.mark.parametrize("form", ANSWERS)
def test_answers_are_taken_as_people_bring_them(form: str) -> None:
    answer = read_answer(ANSWERS[form].encode(), ADAPTER, SQUARE)
    assert ADAPTER.rules.check(SQUARE, answer).optimal


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 1\n2 2\n3 1\n4 2\n6 1", "there is no node '6'"),
        ("1 1\n2 2\n3 1\n4 2\n4 1", "node '4' has two colours"),
        ("1 1\n2 2", "there is no colour for 3, 4, 5"),
        ("1 2 1 2", "there are 4 colours; expected 5, one a node"),
        ("1\n2\n1", "there are 3 colours; expected 5, one a node"),
    ],
)
def test_an_answer_that_leaves_a_node_open_is_no_answer(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        ADAPTER.parse_answer(SQUARE, text)
    assert says in str(caught.value)


def test_given_colours_keep_their_numbers() -> None:
    puzzle = ADAPTER.coerce({**SQUARE.model_dump(), "colours": 2, "given": [[0, 2]]})
    assert ADAPTER.exact(puzzle).answer.colours == (2, 1, 2, 1, 2)
    verdict = ADAPTER.rules.check(puzzle, ADAPTER.coerce_answer(puzzle, [0, 1, 0, 1, 0]))
    assert "node 1 is 0, which it cannot be" in [v.message for v in verdict.violations]


def test_a_networkx_graph_is_a_puzzle() -> None:
    result = Solver(ADAPTER, None).solve(nx.petersen_graph(), strategy="exact")
    assert (result.solved, result.verdict.cost, result.verdict.optimal) == (True, 3, True)
