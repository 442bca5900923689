"""The forms in which graphs come: lists of edges, tables, GML, GEXF, DOT, Pajek, JSON of others."""

import json

import networkx as nx
import pytest

from hrm_toolkit.adapters.formats import read_puzzles
from hrm_toolkit.adapters.graph import GraphAdapter
from hrm_toolkit.adapters.graph.draft import BOTH_WAYS
from hrm_toolkit.core import InputError, ToolkitError

ADAPTER = GraphAdapter()
SQUARE = nx.Graph()
SQUARE.add_weighted_edges_from(
    [("A", "D", 10.0), ("A", "B", 1.0), ("B", "C", 1.0), ("C", "D", 1.0)]
)
ROWS = "A D 10\nA B 1\nB C 1\nC D 1\n"


def loaded(text, start="A", goal="D", **options):
    return read_puzzles(text.encode(), start=start, goal=goal, **options)


def best(found) -> tuple[tuple[str, ...], float]:
    (puzzle,) = found.puzzles
    answer = ADAPTER.exact(puzzle).answer
    return answer.path, ADAPTER.rules.check(puzzle, answer).cost


def lists():
    yield ROWS
    yield "# a comment\n" + ROWS.replace(" ", "\t") + "\n"
    yield ROWS.replace(" ", ",")
    yield ROWS.replace(" ", "; ")
    yield "source,target,weight\n" + ROWS.replace(" ", ",")
    yield "From;To;Cost\n" + ROWS.replace(" ", ";")
    yield "from_node\tto_node\tkm\n" + ROWS.replace(" ", "\t")
    yield "source target weight\n" + ROWS
    yield "here,there,minutes\n" + ROWS.replace(" ", ",")
    yield "id,Source,Target,Type,Weight\n" + "".join(
        f"{i},{u},{v},Undirected,{w}\n" for i, (u, v, w) in enumerate(SQUARE.edges(data="weight"))
    )
    yield "\n".join(nx.generate_edgelist(SQUARE))
    yield "start A\ngoal D\n" + ROWS
    yield '"A" "D" 10\n"A" "B" 1\n"B" "C" 1\n"C" "D" 1'


@pytest.mark.parametrize("text", list(lists()))
def test_lists_and_tables_of_edges(text):
    found = loaded(text)
    assert found.kind == "list of edges"
    assert best(found) == (("A", "B", "C", "D"), 3.0)


def others():
    link = nx.node_link_data(SQUARE, edges="edges")
    yield "GML", "\n".join(nx.generate_gml(SQUARE))
    yield "GML", 'Creator "me"\n# drawn\n' + "\n".join(nx.generate_gml(SQUARE))
    yield "GEXF", "\n".join(nx.generate_gexf(SQUARE))
    yield "Pajek network", "\n".join(nx.generate_pajek(SQUARE))
    yield "DOT", "graph {A--D[weight=10] A--B--C--D}"
    yield (
        "DOT",
        'strict graph "G" { node [shape=box]; A [label="x"]; A -- D [label="10"];\n'
        + ('// way\nA -- B [label="1"]; B -- C [label=1]; C -- D [label=1] }'),
    )
    yield "adjacency JSON", json.dumps(nx.adjacency_data(SQUARE))
    yield "Cytoscape JSON", json.dumps(nx.cytoscape_data(SQUARE))
    data = nx.cytoscape_data(SQUARE)["elements"]
    yield "Cytoscape JSON", json.dumps({"elements": data["nodes"] + data["edges"]})
    edges = [{"key": str(i), "source": u, "target": v, "attributes": {"weight": w}}
             for i, (u, v, w) in enumerate(SQUARE.edges(data="weight"))]  # fmt: skip
    nodes = [{"key": name} for name in "ABCD"]
    yield (
        "graphology JSON",
        json.dumps(
            {"attributes": {}, "options": {"type": "undirected"}, "nodes": nodes, "edges": edges}
        ),
    )
    lines = [{"from": u, "to": v, "weight": w} for u, v, w in SQUARE.edges(data="weight")]
    yield "node-link JSON", json.dumps({"nodes": link["nodes"], "edges": lines})
    yield "list of edges, JSON", json.dumps(lines)
    yield "list of edges, JSON", json.dumps([list(edge) for edge in SQUARE.edges(data="weight")])
    yield "graph, JSON", json.dumps({n: dict(SQUARE[n]) for n in SQUARE})
    yield (
        "graph, JSON",
        json.dumps({u: {v: d["weight"] for v, d in SQUARE[u].items()} for u in SQUARE}),
    )
    yield "graph, JSON", json.dumps({"graph": {"nodes": link["nodes"], "edges": lines}})
    names = [{"name": n, "group": 1} for n in SQUARE]
    places = {n: i for i, n in enumerate(SQUARE)}
    numbered = [
        {"source": places[u], "target": places[v], "value": w}
        for u, v, w in SQUARE.edges(data="weight")
    ]
    yield "node-link JSON", json.dumps({"nodes": names, "links": numbered})


@pytest.mark.parametrize(("kind", "text"), list(others()))
def test_other_forms(kind, text):
    found = loaded(text)
    assert found.kind == kind
    assert best(found) == (("A", "B", "C", "D"), 3.0)


NUMBERS = {
    "18 edges": "".join(f"{i} {j}\n" for i in range(1, 7) for j in (i % 6 + 1, (i + 1) % 6 + 1, 7)),
    "8 edges": "1 2\n2 3\n3 4\n4 1\n1 3\n2 4\n3 1\n4 2\n",
    "27 edges with weights": "".join(
        f"{i % 9 + 1} {(i + 1) % 9 + 1} {i % 7 + 1}\n" for i in range(27)
    ),
    "12 edges with weights": "".join(f"{i % 5 + 1} {i % 4 + 2} 3\n" for i in range(12)),
    "4 edges with weights": "0 3 10\n0 1 1\n1 2 1\n2 3 1\n",
    "with tabs and comments": "# Nodes: 4\n# FromNodeId\tToNodeId\n0\t3\n0\t1\n1\t2\n2\t3\n",
    "large numbers": "100 200\n200 300\n300 400\n",
}


@pytest.mark.parametrize("text", NUMBERS.values(), ids=list(NUMBERS))
def test_numbers_in_columns_are_edges_and_no_sudoku(text):
    first = next(line.split() for line in text.splitlines() if not line.startswith("#"))
    found = loaded(text, first[0], first[1])
    assert found.puzzles[0].task == "graph"
    assert best(found)[0][-1] == first[1]
    with pytest.raises(
        InputError, match=r"the graph has no start and no goal.*--start NODE --goal"
    ):
        read_puzzles(text.encode())


def test_a_sudoku_in_blocks_is_no_list_of_edges():
    grid = "530 070 000\n600 195 000\n098 000 060\n800 060 003\n400 803 001\n700 020 006\n"
    grid += "060 000 280\n000 419 005\n000 080 079\n"
    assert read_puzzles(grid.encode()).puzzles[0].task == "sudoku"


@pytest.mark.parametrize(
    "text",
    [
        "5300700006001950000980000608000600034008030017000200060600002800004190050000800790,0\n"
        * 2,
        "\n".join(["a1b2c3 " + "53007" * 16 + "1 1.2"] * 3),
        "0 1\n1 0\n",
        "0.5 0.25\n0.75 0.5\n",
        "S G\n# #\n",
    ],
)
def test_what_only_looks_like_columns_is_not_claimed(text):
    from hrm_toolkit.adapters.graph.files import lists as form
    from hrm_toolkit.core.files import Sample

    assert form.claims(Sample.of(text)).strength == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("4 4\n1 2\n2 3\n3 4\n4 1\n", 'first line, "4 4", may be an edge, or say that 4 nodes'),
        ("4 4\n1 2 5\n2 3 5\n3 4 5\n4 1 5\n", 'first line, "4 4", may be an edge, or say'),
        ("1 A\n2 B\n#\n1 2\n", "Trivial Graph Format"),
        ("A B far\nB C near\nC D far\n", "third word of its lines is no number"),
        ("source,target,weight\nA,D,10\nA,B\n", "line 3: there are 2 fields"),
        ("A B {'weight': [1]}\nB D {'weight': 1}\n", "line 1: what stands after the two nodes"),
        ("c own\np aux sp co 2\nv 1 10 20\nv 2 3 4\n", "coordinates of nodes.*give the .gr"),
        ("c own\np aux sp p2p 1\nq 1 2\n", "pairs of nodes"),
        ("p aux sp ss 1\ns 1\n", "sources"),
        ("<gxl><graph/></gxl>", "the XML is a <gxl>: GXL"),
        ("<mxfile/>", "a drawing of draw.io"),
        ("<osm/>", "OpenStreetMap.*osmnx.save_graphml"),
        ("digraph { A -- D }", 'line 1: an edge is written "--"; expected "->"'),
        ("graph { subgraph x { A -- D } }", "subgraphs, which are not read"),
        ("graph { A -- D", "the DOT ends too early"),
        ('graph [ node [ id 0 label "A" ]', "the GML ends too early"),
        ('graph [ node [ label "A" ] ]', 'this node has no "id"'),
        ("*vertices 2\n1 A\n2 D\n*arcslist\n1 2\n", 'the section "\\*arcslist" is not read'),
        ("*vertices 2\n1 A\n2 D\n*edges\n1 3\n", "names a vertex that there is not"),
        ('<gexf><graph mode="dynamic"/></gexf>', "changes in time"),
        ('{"nodes": [{"id": "A"}], "adjacency": []}', "no list of an entry a node"),
        ('{"elements": {"nodes": [{"id": 1}], "edges": []}}', 'an element has no "data"'),
        ('{"links": [], "directed": "perhaps"}', "neither true nor false"),
    ],
)
def test_what_is_not_read_is_refused_by_its_name(text, says):
    with pytest.raises(ToolkitError, match=says):
        loaded(text)


def test_names_that_are_lists_are_written_as_tuples():
    graph = nx.grid_2d_graph(2, 2)
    text = json.dumps(nx.node_link_data(graph, edges="edges"))
    for start, goal in (("(0, 0)", "(1, 1)"), ("(0,0)", "1,1"), ("[0, 0]", "[1, 1]")):
        found = loaded(text, start, goal)
        assert found.puzzles[0].start == "(0, 0)"
        assert best(found)[1] == 2
    assert loaded("\n".join(nx.generate_graphml(graph)), "(0, 0)", "(1, 1)").puzzles[0].nodes == (
        found.puzzles[0].nodes
    )


def labelled() -> nx.Graph:
    graph = nx.relabel_nodes(SQUARE, {"A": "n0", "B": "n1", "C": "n2", "D": "n3"})
    nx.set_node_attributes(graph, {"n0": "Oak", "n1": "Elm", "n2": "Elm", "n3": "Fir"}, "label")
    return graph


def test_nodes_are_found_by_their_labels_where_these_are_unique():
    text = "\n".join(nx.generate_graphml(labelled()))
    found = loaded(text, "Oak", "Fir")
    assert best(found) == (("n0", "n1", "n2", "n3"), 3.0)
    assert 'the start "Oak" is the label of the node "n0"' in found.notes
    numbered = "\n".join(nx.generate_gml(nx.relabel_nodes(SQUARE, {"A": "Oak"})))
    assert 'the start "0" stands for the node "Oak"' in loaded(numbered, "0", "D").notes
    with pytest.raises(InputError, match=r'2 nodes have the label "Elm", "n1" and "n2".*by its id'):
        loaded(text, "Oak", "Elm")
    with pytest.raises(InputError, match=r'a node "Ash".*nodes go by names such as "n0", "n3"'):
        loaded(text, "Ash", "Fir")


def test_an_undirected_edge_among_directed_ones_leads_both_ways():
    text = "\n".join(nx.generate_graphml(SQUARE))
    text = text.replace('source="B" target="C"', 'source="B" target="C" directed="true"')
    assert best(loaded(text)) == (("A", "B", "C", "D"), 3.0)
    back = loaded(text, "D", "A")
    assert best(back) == (("D", "A"), 10.0)
    assert "3 of 4 edges lead both ways, the others one" in back.notes
    pajek = "*vertices 3\n1 A\n2 B\n3 D\n*arcs\n1 2 1\n*edges\n2 3 1\n1 3 5\n"
    assert best(loaded(pajek))[1] == 2
    assert best(loaded(pajek, "D", "A"))[1] == 5


@pytest.mark.parametrize(
    ("text", "directed", "note"),
    [
        (ROWS, False, BOTH_WAYS),
        (
            "# Directed graph\n" + ROWS,
            True,
            "a comment in the file says that the graph is directed",
        ),
        ("# undirected\n" + ROWS, False, "says that the graph is undirected"),
        ("from,to,type\nA,D,Directed\nA,B,Directed\n", True, None),
        ('{"links": [{"source": "A", "target": "D"}]}', False, BOTH_WAYS),
        ('{"directed": true, "links": [{"source": "A", "target": "D"}]}', True, None),
        ('{"A": ["D"], "D": ["B"], "B": []}', True, "not back"),
        ("%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 3.5\n", True, None),
    ],
)
def test_which_way_edges_lead_is_said(text, directed, note):
    ends = ("1", "2") if text.startswith("%") else ("A", "D")
    found = loaded(text, *ends)
    assert found.puzzles[0].directed is directed
    assert note is None or any(note in said for said in found.notes)


def test_semicolons_end_a_line_and_no_name():
    puzzle = loaded("A -- D 10;\nA -- B;\nB -- C;\nC -- D;\n").puzzles[0]
    assert puzzle.nodes == ("A", "D", "B", "C")
    odd = loaded('A -- "D;"\n', goal="D;").puzzles[0]
    assert ADAPTER.parse(ADAPTER.render(odd)) == odd


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("A -- B", 'lines "start A" and "goal B"'),
        (ROWS, 'lines "start A" and "goal B"'),
        ("p sp 2 1\na 1 2 3\n", 'comment lines "c start 1" and "c goal 5"'),
        ("graph { A -- D }", 'start="A"; goal="B"; in the graph'),
        ("\n".join(nx.generate_graphml(SQUARE)), 'a node attribute role="start"'),
    ],
)
def test_ends_that_are_missing_are_asked_for_in_the_ways_that_work(text, way):
    with pytest.raises(InputError, match=f"say --start NODE --goal NODE .*{way}"):
        read_puzzles(text.encode())


def test_ends_that_a_file_names_are_read():
    dot = 'graph { start="A"; goal="D"; A -- D [weight=10]; A -- B -- C -- D }'
    for text in (dot, "start A\ngoal D\n" + ROWS, "c start 1\nc goal 2\np sp 2 1\na 1 2 3\n"):
        assert read_puzzles(text.encode()).puzzles[0].task == "graph"


def test_a_road_network_is_read_and_solved():
    """As many arcs a node as a city has."""
    side = 40
    count = side * side
    pairs = [(v, w) for v in range(1, count + 1) for w in (v + 1, v + side) if w <= count]
    arcs = [(u, v, u % 97 + 1) for pair in pairs for u, v in (pair, pair[::-1])]
    text = f"p sp {count} {len(arcs)}\n" + "\n".join(f"a {u} {v} {w}" for u, v, w in arcs)
    found = loaded(text, "1", str(count))
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(arcs)
    assert best(found)[1] == nx.dijkstra_path_length(graph, 1, count)
    assert not ADAPTER.rules.diagnose(found.puzzles[0])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("A;D;10,5\nA;B;1,5\n", "third word of its lines is no number"),
        ("1 2 4 9\n2 3 5 8\n1 3 20 7\n", '"column 3", "column 4"'),
        ("Ash--Birch 3\nBirch--Doe 3\n", "arrows have no blanks around them"),
    ],
)
def test_lists_that_could_be_misread_are_refused(text, says):
    with pytest.raises(ToolkitError, match=says):
        read_puzzles(text.encode(), adapter=None)


def test_what_d3_and_dot_leave_of_a_graph():
    links = [
        {"source": {"id": u}, "target": {"id": v}, "value": w} for u, v, w in ("AD9", "AB1", "BD2")
    ]
    nodes = [{"id": name} for name in "ABD"]
    assert best(loaded(json.dumps({"nodes": nodes, "links": links})))[0] == ("A", "B", "D")
    assert best(loaded("A -> D [weight=10];\nA -> B [weight=1];\nB -> D;\n"))[1] == 2
