"""Graph files: GraphML, node-link JSON, DIMACS and edge lists, well-formed and hostile."""

import json
from pathlib import Path

import networkx as nx
import pytest

from hrm_toolkit.adapters.graph import GraphAdapter, GraphEdge, to_networkx
from hrm_toolkit.adapters.graph.files import read_graph
from hrm_toolkit.core import InputError
from hrm_toolkit.core.scene import Words

EXAMPLE = Path(__file__).parents[2] / "examples" / "graph.graphml"

GRAPHML = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="r" for="node" attr.name="role" attr.type="string"/>
<key id="w" for="edge" attr.name="weight" attr.type="double"><default>2</default></key>
<graph edgedefault="{default}">{attributes}
<node id="a">{start}</node><node id="b"/><node id="c">{goal}</node>
<edge id="e1" source="a" target="b"/>
<edge source="{source}" target="c"><data key="w">{weight}</data></edge></graph></graphml>"""
PLAIN = {"default": "undirected", "attributes": "", "source": "b", "weight": "3.5"}
ROLES = {"start": '<data key="r">start</data>', "goal": '<data key="r">goal</data>'}


def graphml(**changes: str) -> str:
    return GRAPHML.format(**{**PLAIN, **ROLES, **changes})


def test_the_example_is_solved_by_name():
    adapter = GraphAdapter()
    puzzle = read_graph(EXAMPLE.read_bytes())
    answer = adapter.exact(puzzle).answer
    assert answer is not None
    assert (answer.path[0], answer.path[-1]) == ("Aldmoor", "Port Vesper")
    assert adapter.rules.check(puzzle, answer).cost == nx.dijkstra_path_length(
        to_networkx(puzzle), "Aldmoor", "Port Vesper"
    )
    assert "old road" in {edge.name for edge in puzzle.edges}


def test_graphml_roles_defaults_and_edge_ids():
    puzzle = read_graph(graphml())
    assert (puzzle.start, puzzle.goal, puzzle.directed) == ("a", "c", False)
    assert puzzle.edges == (
        GraphEdge(source="a", target="b", weight=2, name="e1"),
        GraphEdge(source="b", target="c", weight=3.5),
    )
    assert read_graph(graphml(default="directed").encode("utf-8-sig")).directed


def test_graph_attributes_go_before_roles_and_arguments_before_both():
    text = graphml(attributes='<data key="start">b</data>')
    assert read_graph(text).start == "b"
    assert read_graph(text, start="c").start == "c"


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph])
def test_what_networkx_writes_is_read(kind):
    graph = kind(start="n0", goal="n3")
    graph.add_weighted_edges_from([("n0", "n1", 1.5), ("n1", "n3", 2.0), ("n0", "n2", 9.0)])
    text = "\n".join(nx.generate_graphml(graph))
    for puzzle in (
        read_graph(text),
        read_graph(json.dumps(nx.node_link_data(graph, edges="edges"))),
    ):
        assert puzzle.nodes == ("n0", "n1", "n3", "n2")
        assert puzzle.directed == graph.is_directed()
        assert [e.weight for e in puzzle.edges] == [w for *_, w in graph.edges(data="weight")]
        assert (puzzle.start, puzzle.goal) == ("n0", "n3")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (graphml(start=""), 'no start; expected "start".*role="start"'),
        (graphml(start=ROLES["goal"]), '2 nodes have the role goal, "a" and "c"'),
        (graphml(weight="-1"), "negative weight"),
        (graphml(weight="NaN"), "no finite cost"),
        (graphml(weight="long"), "edges.1.weight.*long"),
        (graphml(source="bb"), 'names a node "bb".*did you mean "b"'),
        (graphml().replace('<node id="b"/>', "<node/>"), 'a <node> has no attribute "id"'),
        (graphml().replace('<node id="b"/>', '<node id="b"><graph/></node>'), "inside nodes"),
        (graphml()[:200], "no well-formed XML"),
        ("<svg/>", "the XML is a <svg>"),
        ("<graphml/>", "holds 0 graphs"),
    ],
)
def test_bad_graphml_is_refused_in_a_sentence(text, says):
    with pytest.raises(InputError, match=says):
        read_graph(text)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE g [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE g [<!ENTITY file SYSTEM "file:///etc/hostname">]>',
        '<!doctype g SYSTEM "http://localhost/g.dtd">',
    ],
)
def test_entities_are_never_read(declaration):
    with pytest.raises(InputError, match="declaration, which is never read"):
        read_graph(declaration + graphml())


def test_an_undefined_entity_is_no_text():
    with pytest.raises(InputError, match="no well-formed XML"):
        read_graph(graphml(weight="&file;"))


def test_other_encodings_are_refused():
    with pytest.raises(InputError, match="byte 1 is not UTF-8"):
        read_graph(graphml().encode("utf-16"))


@pytest.mark.parametrize("deep", ["<a>" * 50_000, "<a>" * 2_000_001, '{"graph":' + "[" * 200_000])
def test_deep_nesting_is_refused(deep):
    with pytest.raises(InputError):
        read_graph(deep)


def test_too_large_a_file_is_refused():
    with pytest.raises(InputError, match="bytes; expected at most 268,435,456"):
        read_graph(b" " * (2**28 + 1))


def test_node_link_of_both_spellings():
    nodes = [{"id": 1, "role": "start"}, {"id": 2}, {"id": 3, "role": "goal"}]
    edges = [{"source": 1, "target": 2, "weight": 4, "label": "x"}, {"source": 2, "target": 3}]
    one = read_graph(json.dumps({"directed": True, "nodes": nodes, "edges": edges}))
    other = read_graph(json.dumps({"directed": True, "nodes": nodes, "links": edges}))
    assert one == other
    assert one.edges[0] == GraphEdge(source="1", target="2", weight=4, name="x")
    assert (one.start, one.goal, one.directed) == ("1", "3", True)
    assert read_graph(one.model_dump_json()) == one
    assert read_graph(one.model_dump_json(), goal="2").goal == "2"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "this is not valid JSON"),
        ("[1]", "no object"),
        ('{"links": 3}', "edges is no list"),
        ('{"links": [{"source": 1}]}', 'edges.0: this entry has no "target"'),
        ('{"nodes": [{"x": 1}]}', 'nodes.0: this entry has no "id"'),
        ('{"links": [[1, 2, NaN]], "start": 1, "goal": 2}', "holds NaN"),
        ('{"links": [[1, 2]], "start": "\\ud800", "goal": 2}', "start"),
        ('{"links": [[1, 2]], "start": [1], "goal": 2}', "start"),
        ('{"links": [[{}, 2]], "start": 1, "goal": 2}', "edges.0.source"),
        ('{"links": [[1, 2]], "start": 1, "goal": 9}', 'the goal names a node "9"'),
    ],
)
def test_bad_json_is_refused_in_a_sentence(text, says):
    with pytest.raises(InputError, match=says):
        read_graph(text)


def test_dimacs():
    text = "c roads\nc start 1\nc goal 3\np sp 3 2\na 1 2 7\na 2 3 1\n"
    puzzle = read_graph(text)
    assert puzzle.directed
    assert puzzle.nodes == ("1", "2", "3")
    assert [edge.weight for edge in puzzle.edges] == [7, 1]
    assert (puzzle.start, puzzle.goal) == ("1", "3")
    assert read_graph(text, goal="2").goal == "2"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("p sp 3 2\na 1 2 7", 'has 1 arcs, and its "p sp" line says 2'),
        ("p sp 3 1\na 1 2 7", "the graph has no start"),
        ("p sp 3 1\na 1 2", "line 2: this line is no arc"),
        ("p sp 3 1\na 1 4 2\nc start 1\nc goal 2", 'names a node "4"'),
        ("p sp 99999999 1", "99,999,999 nodes"),
        ("c start 1\nc start 2\np sp 3 1\na 1 2 7", "line 2: a second start; expected one start"),
        ("p sp x 1", "line 1: arcs come after a problem line"),
        ("a 1 2 3\np sp 3 1", "line 1: arcs come after a problem line"),
    ],
)
def test_bad_dimacs_is_refused_in_a_sentence(text, says):
    with pytest.raises(InputError, match=says):
        read_graph(text)


def test_an_edge_list_as_people_write_it():
    puzzle = read_graph(
        '# my roads\r\nstart A\r\ngoal "Port Vesper"\r\nA -- B 2.5 lane # muddy\r\n\r\n'
        'B -- "Port Vesper"\r\nnode Z\r\n'
    )
    assert puzzle.nodes == ("A", "B", "Port Vesper", "Z")
    assert puzzle.edges[0] == GraphEdge(source="A", target="B", weight=2.5, name="lane")
    assert not puzzle.directed
    assert read_graph("A -> B", start="A", goal="B").directed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (" \n", "the text is empty; expected a graph"),
        ("A -- B", "the graph has no start"),
        ("A" * 100_001, "line 1: this line has 100,001 characters"),
        ("node " + " ".join(map(str, range(1_000_001))), "this line has"),
        ("hello there", "line 1: this line is no part of a graph"),
        ("A -- B\nA -> C", "line 2: the graph is said to be both"),
        ("graph directed\nA -- B", "line 2: the graph is said to be both"),
        ("A -- B 3,5", "line 1: the weight is no number.*got 3,5"),
        ("A -- B 3 x y", "too few or too many parts"),
        ('A -- "B', "a quotation mark is not closed"),
        ('A -- "\\x"', "no quoted name"),
        ("start A\nstart B", "line 2: a second start"),
        ("start A\ngoal B\nA -- C", 'the goal names a node "B"'),
        ("start A\ngoal B\nA -- B -2", "negative weight"),
    ],
)
def test_bad_edge_lists_are_refused_in_a_sentence(text, says):
    with pytest.raises(InputError, match=says):
        read_graph(text)


LABELLED = """<gexf version="1.2"><graph defaultedgetype="undirected"><nodes>
<node id="0" label="Oak"/><node id="1" label="Elm"/><node id="2" label="Elm"/>
<node id="3" label="Fir Tree"/></nodes><edges><edge id="0" source="0" target="1"/>
<edge id="1" source="1" target="3"/><edge id="2" source="0" target="2"/></edges></graph></gexf>"""


def test_ends_go_by_label_and_texts_show_labels_while_answers_keep_names() -> None:
    adapter = GraphAdapter()
    puzzle = read_graph(LABELLED, start="Oak", goal="Fir Tree")
    answer = adapter.exact(puzzle).answer
    assert answer is not None
    assert answer.model_dump()["path"] == ("0", "1", "3")
    drawn = adapter.render(puzzle, answer)
    assert drawn.startswith('Oak -> 1 -> "Fir Tree"  (cost 2)')
    assert adapter.parse(adapter.render(puzzle)) == puzzle
    assert adapter.parse_answer(puzzle, drawn) == answer
    assert adapter.coerce_answer(puzzle, ["Oak", 1, "Fir Tree"]) == answer
    texts = [shape.text for shape in adapter.scene(puzzle).shapes if isinstance(shape, Words)]
    assert {"Oak", "Fir Tree", "1", "2"} <= set(texts)
    refuted = adapter.rules.check(puzzle, adapter.parse_answer(puzzle, "Oak -> Fir Tree"))
    assert 'no edge leads from "Oak" to "Fir Tree"' in refuted.violations[0].message
    assert refuted.violations[0].places == (("0",), ("3",))


def test_a_label_of_several_nodes_is_refused_where_it_is_needed() -> None:
    puzzle = read_graph(LABELLED, start="Oak", goal="Fir Tree")
    with pytest.raises(InputError, match=r'several nodes have the label "Elm"; .*by its id'):
        GraphAdapter().parse_answer(puzzle, "Oak -> Elm -> Fir Tree")
    with pytest.raises(InputError, match='2 nodes have the label "Elm"'):
        read_graph(LABELLED, start="Oak", goal="Elm")


def test_names_that_a_file_takes_from_labels_are_shown_as_they_are() -> None:
    gml = 'graph [ node [ id 7 label "Oak" ] node [ id 8 label "Fir" ] edge [ source 7 target 8 ] ]'
    puzzle = read_graph(gml, start="7", goal="Fir")
    assert (puzzle.nodes, puzzle.labels) == (("Oak", "Fir"), ())
