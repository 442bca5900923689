"""Which way edges lead and what they cost, as files say it: heeded, or refused by name."""

from __future__ import annotations

import json
from typing import Any

import networkx as nx
import pytest

from hrm_toolkit.adapters.formats import read_puzzles
from hrm_toolkit.adapters.graph.convert import from_networkx
from hrm_toolkit.core import InputError, OptionError

NODES = [{"id": x} for x in "ABC"]


def read(text: str, start: str = "C", goal: str = "A") -> Any:
    (puzzle,) = read_puzzles(text.encode(), start=start, goal=goal).puzzles
    return puzzle


@pytest.mark.parametrize(
    ("comment", "directed"),
    [
        ("# DiGraph", True),
        ("# nx.MultiDiGraph", True),
        ("# Edges are one-way", True),
        ("# oneway=true", True),
        ("# unidirectional", True),
        ("% asym", True),
        ("% asym unweighted", True),
        ("% sym", False),
        ("# oneway: no", False),
        ("# not a one way network", False),
        ("# bidirectional", False),
        ("# all edges lead both ways", False),
        ("# made by digraph.py", False),
    ],
)
def test_what_a_comment_says_of_ways_is_heeded(comment: str, directed: bool) -> None:
    assert read(f"{comment}\nA B 1\nB C 1\n").directed is directed


@pytest.mark.parametrize("comment", ["# some edges are one-way", "# directed or undirected"])
def test_a_comment_that_leaves_ways_open_is_refused(comment: str) -> None:
    with pytest.raises(InputError, match="leaves open which edges lead one way"):
        read(f"{comment}\nA B 1\nB C 1\n")


def edges_with(**more: Any) -> list[dict[str, Any]]:
    return [{"source": u, "target": v, "weight": 1, **more} for u, v in ("AB", "BC")]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("way", "one-way"),
        ("arrow", "->"),
        ("oneway", "alternating"),
        ("oneway", 2),
    ],
)
def test_a_way_that_cannot_be_read_is_refused_in_json_and_tables(name: str, said: Any) -> None:
    with pytest.raises(InputError, match=f'has "{name}" as'):
        read(json.dumps({"nodes": NODES, "edges": edges_with(**{name: said})}))
    with pytest.raises(InputError, match=f'has "{name}" as'):
        read(f"source,target,weight,{name}\nA,B,1,{said}\nB,C,1,{said}\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("is_oneway", True),
        ("oneway", "yes"),
        ("oneway", 1),
        ("isOneWay", "true"),
        ("reversible", False),
        ("is_bidirectional", False),
        ("unidirectional", True),
    ],
)
def test_a_field_that_says_one_way_is_heeded_in_json_and_tables(name: str, said: Any) -> None:
    no: Any = "no" if isinstance(said, str) else not said
    edges = [
        {"source": "A", "target": "B", "weight": 1, name: said},
        {"source": "B", "target": "C", "weight": 1, name: no},
    ]
    rows = "".join(f"{e['source']},{e['target']},1,{e[name]}\n" for e in edges)
    for text in (
        json.dumps({"nodes": NODES, "edges": edges}),
        json.dumps({"edges": edges}),
        json.dumps(edges),
        f"source,target,weight,{name}\n{rows}",
    ):
        puzzle = read(text)
        arcs = set(zip(puzzle.edges.sources, puzzle.edges.targets, strict=True))
        assert puzzle.directed
        assert arcs == {("A", "B"), ("B", "C"), ("C", "B")}


def test_minus_one_is_the_other_way_as_in_openstreetmap() -> None:
    for said in (-1, "-1", "reverse"):
        puzzle = read(json.dumps({"nodes": NODES, "edges": edges_with(oneway=said)}))
        arcs = zip(puzzle.edges.sources, puzzle.edges.targets, strict=True)
        assert set(arcs) == {("B", "A"), ("C", "B")}


def test_a_graph_that_is_said_to_be_undirected_has_no_ways() -> None:
    with pytest.raises(InputError, match='has "oneway" as'):
        read(json.dumps({"directed": False, "nodes": NODES, "edges": edges_with(oneway="yes")}))
    assert not read(json.dumps({"nodes": NODES, "edges": edges_with(oneway="no")})).directed


@pytest.mark.parametrize(("name", "said"), [("isDirected", True), ("edge_type", "Directed")])
def test_a_field_that_says_directed_is_read(name: str, said: Any) -> None:
    assert read(json.dumps({"nodes": NODES, "edges": edges_with(**{name: said})})).directed
    assert read(f"source,target,weight,{name}\nA,B,1,{said}\nB,C,1,{said}\n").directed


@pytest.mark.parametrize(
    ("name", "said", "directed"),
    [
        ("graph_type", "directed", True),
        ("graphType", "DiGraph", True),
        ("graph_type", "undirected", False),
        ("kind", "directed", True),
        ("edgedefault", "directed", True),
        ("defaultedgetype", "undirected", False),
        ("is_directed", "true", True),
        ("directed", "yes", True),
        ("undirected", False, True),
    ],
)
def test_a_field_of_the_graph_says_its_direction(name: str, said: Any, directed: bool) -> None:
    assert (
        read(json.dumps({name: said, "nodes": NODES, "edges": edges_with()})).directed is directed
    )
    pairs = [["A", "B", 1], ["B", "C", 1]]
    assert read(json.dumps({name: said, "edges": pairs})).directed is directed


@pytest.mark.parametrize(
    "text",
    [
        "A -> X: 3\nA -> Y: 2\n",
        "A -> X:3\nA -> Y:2\n",
        "A X: 3\nA Y: 2\n",
        "A: X\nB: X\n",
        "A: X, Y\nB: Y, Z\n",
        "A -- X, 3\nA -- Y, 2\n",
    ],
)
def test_a_mark_behind_a_name_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="may be a node, or one with a mark"):
        read(text, *(("A: X", "Y") if "A: X," in text else (text[0], "X:")))


def test_names_with_marks_are_read_in_quotes_and_where_they_are_addresses() -> None:
    quoted = read('start "A:"\ngoal "B:3"\n"A:" -- "B:3" 2\n', None, None)  # type: ignore[arg-type]
    assert (quoted.start, quoted.goal) == ("A:", "B:3")
    assert read("10.0.0.1:80 -> 10.0.0.2:80 4\n", "10.0.0.1:80", "10.0.0.2:80").directed


@pytest.mark.parametrize(
    ("name", "costs"),
    [
        ("price", ("USD 3", "USD 2")),
        ("distance", ("3 miles away", "2 miles away")),
        ("cost", ("three", "two")),
        ("tariff", ("EUR 3", "EUR 2")),
    ],
)
def test_costs_in_words_are_refused(name: str, costs: tuple[str, str]) -> None:
    with pytest.raises(InputError, match=costs[0]):
        read(f"source,target,{name}\nA,B,{costs[0]}\nB,C,{costs[1]}\n")


def test_the_neighbours_that_networkx_writes_are_no_edges() -> None:
    with pytest.raises(InputError, match="neighbours"):
        read("#me.py\n# GMT Sat Nov 28 06:00:00 2026\n#\n1 2 3\n2 3 4\n3 4 1\n", "1", "4")


@pytest.mark.parametrize(
    ("name", "shut", "free"),
    [
        ("closed", "yes", "no"),
        ("is_blocked", "1", "0"),
        ("open", "false", "true"),
        ("active", "0", "1"),
        ("active", "0.0", "1.0"),
        ("closed", "x", ""),
        ("status", "closed", "open"),
        ("access", "no", "yes"),
    ],
)
def test_an_edge_that_nobody_can_walk_is_refused(name: str, shut: str, free: str) -> None:
    table = f"source,target,weight,{name}\nA,B,1,{{}}\nB,C,1,{free}\n"
    with pytest.raises(InputError, match=f'between "A" and "B" has "{name}" as "{shut}"'):
        read(table.format(shut))
    assert read(table.format(free)).edges.sources


@pytest.mark.parametrize("name", ["closed", "active", "is_oneway"])
def test_what_says_whether_an_edge_can_be_walked_is_no_cost(name: str) -> None:
    free = "1" if name == "active" else "0"
    (loaded,) = read_puzzles(
        f"source,target,{name}\nA,B,{free}\nB,C,{free}\n".encode(), start="A", goal="C"
    ).puzzles
    assert [edge.weight for edge in loaded.edges] == [1.0, 1.0]


NODE_SHUT = {
    "JSON": '{"nodes": [{"id": "A"}, {"id": "B", "closed": true}, {"id": "C"}], '
    '"edges": [["A", "B"], ["B", "C"]]}',
    "GML": 'graph [ node [ id 0 label "A" ] node [ id 1 label "B" closed 1 ] '
    'node [ id 2 label "C" ] edge [ source 0 target 1 ] edge [ source 1 target 2 ] ]',
    "DOT": "graph { B [closed=1]; A -- B -- C }",
    "GraphML": '<graphml><key id="c" for="node" attr.name="closed"/><graph><node id="A"/>'
    '<node id="B"><data key="c">1</data></node><node id="C"/><edge source="A" target="B"/>'
    '<edge source="B" target="C"/></graph></graphml>',
    "GEXF": '<gexf><graph><attributes class="node"><attribute id="c" title="closed"/></attributes>'
    '<nodes><node id="A"/><node id="B"><attvalues><attvalue for="c" value="1"/></attvalues></node>'
    '<node id="C"/></nodes><edges><edge source="A" target="B"/><edge source="B" target="C"/>'
    "</edges></graph></gexf>",
}


@pytest.mark.parametrize("text", NODE_SHUT.values(), ids=list(NODE_SHUT))
def test_a_node_that_nobody_can_walk_is_refused(text: str) -> None:
    with pytest.raises(InputError, match='the node "B" has "closed"'):
        read(text)
    assert sorted(read(text.replace("closed", "colour")).nodes) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("state", "OR"),
        ("state", "NO"),
        ("status", 0),
        ("status", "planned"),
        ("closed", ""),
        ("closed", "2024-01-01"),
        ("removed", None),
        ("broken", False),
        ("open", "09:00"),
        ("access", "private"),
    ],
)
def test_a_field_that_does_not_say_closed_is_heeded_by_nobody(name: str, said: Any) -> None:
    other = {name: said}
    nodes = [NODES[0], {"id": "B", **other}, NODES[2]]
    links = [{"source": a, "target": b, "weight": 2, **other} for a, b in (("A", "B"), ("B", "C"))]
    puzzle = read(json.dumps({"nodes": nodes, "links": links}))
    assert [edge.weight for edge in puzzle.edges] == [2.0, 2.0]


def test_a_field_that_is_named_as_the_cost_is_one() -> None:
    table = b"source,target,open\nA,B,3\nB,C,2.5\n"
    (loaded,) = read_puzzles(table, start="A", goal="C", weight="open").puzzles
    assert [edge.weight for edge in loaded.edges] == [3.0, 2.5]


def test_a_node_of_networkx_that_nobody_can_walk_is_refused() -> None:
    graph = nx.path_graph(3)
    graph.nodes[1]["passable"] = False
    with pytest.raises(InputError, match='the node "1" has "passable"'):
        from_networkx(graph, 0, 2)


def test_a_table_with_gaps_says_one_way_as_a_decimal() -> None:
    table = read("source,target,oneway\nA,B,1.0\nB,C,-1.0\nA,C,0.0\n", "A", "B")
    pairs = list(zip(table.edges.sources, table.edges.targets, strict=True))
    assert pairs == [("A", "B"), ("C", "B"), ("A", "C"), ("C", "A")]


@pytest.mark.parametrize("text", ["[[0, 12, 0], [12, 0, 2], [0, 2, 0]]", "0 12 0\n12 0 2\n0 2 0\n"])
@pytest.mark.parametrize("adapter", ["graph", None])
def test_a_table_of_neighbours_is_no_list_of_three_edges(text: str, adapter: str | None) -> None:
    with pytest.raises((InputError, OptionError), match="square table of numbers, as of neighb"):
        read_puzzles(text.encode(), adapter=adapter, start="0", goal="2")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0 1 0 9\n1 0 1 0\n0 1 0 1\n9 0 1 0\n", "a square table of numbers, as of neighbours"),
        ("A D 10 km\nA B 1 km\nB C 1 km\n", "a fourth word behind the cost"),
    ],
)
def test_ends_of_what_is_no_list_of_edges_are_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises((InputError, OptionError), match=why):
        read(text, start="A", goal="D")


def test_edges_joined_by_signs_are_told_how_to_write_them() -> None:
    with pytest.raises(InputError, match='joined by signs; write an edge as "A B 10"'):
        read("A-D:10\nA-B:1\n")


@pytest.mark.parametrize("name", ["matrix", "adjacency", "adjacency_matrix", "costMatrix"])
def test_a_table_of_neighbours_beside_its_ends_is_refused_as_one(name: str) -> None:
    table = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    with pytest.raises(InputError, match="square table of numbers, as of neighbours"):
        read_puzzles(json.dumps({name: table, "start": 0, "goal": 2}).encode())
    maze = read_puzzles(json.dumps({"matrix": table, "start": [0, 0], "goal": [2, 2]}).encode())
    assert maze.puzzles[0].task == "maze"
