"""``solve``: what a person and a program see of a puzzle's answer."""

from __future__ import annotations

import json
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from running import EXAMPLES, SUDOKU, Command

from hrm_toolkit.core.scene import Scene, Words
from hrm_toolkit.solvers.bundles import choose
from hrm_toolkit.solvers.bundles.bundle import Manifest, read_manifest

FILES = sorted(path for path in EXAMPLES.iterdir() if path.is_file())


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_examples_show_a_picture_the_verdict_and_the_source(command: Command, file: Path) -> None:
    ran = command("solve", file, "--strategy", "exact")
    assert ran.status == 0
    assert ran.out.startswith("read as ")
    assert len(ran.out.splitlines()) > 6
    assert "verified by the rules" in ran.out
    assert "source exact" in ran.out
    assert ran.err == ""


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_examples_give_one_object_a_puzzle(command: Command, file: Path) -> None:
    ran = command("solve", file, "--strategy", "exact", "--json")
    assert ran.status == 0
    assert ran.err == ""
    for found in ran.objects:
        assert found["solved"] is True
        assert found["verdict"]["valid"] is True
        assert found["verdict"]["violations"] == []
        assert found["source"] == found["solver"] == "exact"
        assert not found["abstained"]
        assert found["segments"] == 0
        assert found["seconds"] >= 0


def test_answers_have_the_promised_shapes(command: Command) -> None:
    grid = command("solve", SUDOKU, "--strategy", "exact", "--json").object["answer"]["grid"]
    assert grid[0] == [5, 3, 4, 6, 7, 8, 9, 1, 2]
    maze = command("solve", EXAMPLES / "maze-small.json", "--strategy", "exact", "--json").object
    assert maze["answer"]["path"][0] == [1, 6]
    assert maze["verdict"]["cost"] == 13
    assert maze["verdict"]["optimal"] is True
    graph = command("solve", EXAMPLES / "graph.graphml", "--strategy", "exact", "--json").object
    assert graph["answer"]["path"][0] == "Aldmoor"


def test_standard_input_and_the_ends_of_a_graph(command: Command) -> None:
    text = b"A -- B 1\nB -- C 1\nA -- C 5"
    ran = command(
        "solve", "-", "--start", "C", "--goal", "A", "--strategy", "exact", "--json", stdin=text
    )
    assert ran.object["answer"]["path"] == ["C", "B", "A"]


def test_several_puzzles_come_one_a_line_in_order(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "mixed.jsonl"
    rows = [
        {"task": "maze", "grid": ["S.G"]},
        {"task": "sudoku", "grid": [[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 0]]},
        {"task": "maze", "grid": ["S#G"]},
        {"task": "maze", "grid": ["G..S"]},
        {"task": "maze", "grid": ["GS"]},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    ran = command("solve", file, "--strategy", "exact", "--json")
    assert ran.status == 1
    assert [found["task"] for found in ran.objects] == [row["task"] for row in rows]
    assert [found["solved"] for found in ran.objects] == [True, True, False, True, True]
    assert ran.objects[2]["unsolvable"] is True
    said = command("solve", file, "--strategy", "exact")
    assert said.status == 1
    assert "4 of 5 solved and verified, 1 not, 0 not reached" in said.out


def test_an_interrupt_keeps_what_is_done(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.adapters.maze import MazeAdapter

    file = tmp_path / "many.jsonl"
    file.write_text((json.dumps({"task": "maze", "grid": ["S.G"]}) + "\n") * 70)
    exact, calls = MazeAdapter.exact, iter(range(70))

    def interrupted(self: MazeAdapter, puzzle: object, *, seconds: float = 10.0) -> object:
        if next(calls) == 66:
            raise KeyboardInterrupt
        return exact(self, puzzle, seconds=seconds)  # type: ignore[arg-type]

    monkeypatch.setattr(MazeAdapter, "exact", interrupted)
    ran = command("solve", file, "--strategy", "exact", "--json")
    assert ran.status == 130
    assert len(ran.objects) == 64
    assert ran.err == "interrupted\n"


def test_a_refuted_answer_is_shown_with_its_violations(command: Command, maze_bundle: Path) -> None:
    file = EXAMPLES / "maze-30x30.txt"
    ran = command("solve", file, "--solver", maze_bundle, "--strategy", "neural", "--segments", 2)
    assert ran.status == 1
    assert "not solved: 30x30 maze" in ran.out
    assert "  - the path" in ran.out
    assert "source structured · 2 segments" in ran.out
    assert "solver novice" in ran.out
    fields = command(
        "solve", file, "--solver", maze_bundle, "--strategy", "neural", "--segments", 2, "--json"
    ).object
    assert fields["solved"] is False
    assert fields["abstained"] is True
    assert fields["verdict"]["violations"]
    assert fields["bundle"] == read_manifest(maze_bundle).sha256


def test_search_goes_on_where_the_network_fails(command: Command, maze_bundle: Path) -> None:
    ran = command("solve", EXAMPLES / "maze-30x30.txt", "--solver", maze_bundle, "--json")
    assert ran.status == 0
    assert ran.object["source"] == "structured+search"
    assert ran.object["nodes"] > 0


def test_the_same_seed_gives_the_same_answer(command: Command, maze_bundle: Path) -> None:
    def once() -> dict[str, object]:
        found = command(
            "solve", EXAMPLES / "maze-30x30.txt", "--solver", maze_bundle, "--votes", 3,
            "--seed", 5, "--segments", 2, "--json",
        ).object  # fmt: skip
        return {key: value for key, value in found.items() if key != "seconds"}

    assert once() == once()


def test_without_a_bundled_solver_exact_search_is_left_and_said(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose, "bundled", dict)
    ran = command("solve", EXAMPLES / "maze-small.json")
    assert ran.status == 0
    assert "no trained solver for maze is bundled: exact search only" in ran.out
    neural = command("solve", EXAMPLES / "maze-small.json", "--strategy", "neural")
    assert neural.status == 2
    assert "no trained network for maze" in neural.err


def test_the_solver_measured_on_that_size_is_chosen(
    maze_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.adapters.registry import get_adapter

    plain = read_manifest(maze_bundle)

    def measured(name: str, length: int) -> Manifest:
        rates = {"test": {"by_length": {str(length): [1.0, 9]}}}
        return plain.model_copy(update={"name": name, "evaluation": rates})

    manifests = {"huge": measured("huge", 900), "maze": plain, "tiny": measured("tiny", 9)}
    monkeypatch.setattr(choose, "bundled", lambda: manifests)
    maze = get_adapter("maze")
    assert choose.choose(maze, maze.parse("S..\n...\n..G")) == "tiny"
    assert choose.choose(maze, maze.parse("S..\n..G")) == "maze"
    sudoku = get_adapter("sudoku")
    assert choose.choose(sudoku, sudoku.parse(SUDOKU)) is None


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_pictures_are_svg(command: Command, file: Path, tmp_path: Path) -> None:
    picture = tmp_path / "out.svg"
    ran = command("solve", file, "--strategy", "exact", "--json", "--picture", picture)
    assert ran.status == 0
    assert ran.object["solved"]
    assert ran.err == f"drew {picture}\n"
    root = ET.parse(picture).getroot()  # noqa: S314 - our own file
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root) > 10


def test_a_picture_tells_what_came_of_it(command: Command, tmp_path: Path) -> None:
    picture = tmp_path / "out.svg"
    command("solve", FILES[0].parent / "sudoku-9x9.json", "--picture", picture)
    svg = "{http://www.w3.org/2000/svg}"
    words = list(ET.parse(picture).getroot().iter(f"{svg}text"))  # noqa: S314 - our own file
    assert words[0].text == "solved: 9x9 sudoku, verified by the rules"
    assert words[-1].text == "blue: the answer"
    assert [words[k].get("text-anchor") for k in (0, -1)] == ["start", "start"]


def test_each_picture_of_a_film_tells_its_segment(
    command: Command, maze_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("PIL")
    from hrm_toolkit.adapters import pictures

    told: list[str] = []
    draw = pictures.raster

    def heard(scene: Scene, *most: int) -> Any:
        told.append(next(shape.text for shape in scene.shapes if isinstance(shape, Words)))
        return draw(scene, *most)

    monkeypatch.setattr(pictures, "raster", heard)
    file, film = EXAMPLES / "maze-small.json", tmp_path / "out.gif"
    command("trace", file, "--solver", maze_bundle, "--segments", 3, "--picture", film)
    assert told[0] == "the puzzle: 7x9 maze"
    assert [line.split(",")[0] for line in told[1:4]] == [f"segment {k} of 3" for k in (1, 2, 3)]


def test_pictures_are_raster_and_move(command: Command, maze_bundle: Path, tmp_path: Path) -> None:
    from PIL import Image

    shape = (9, 7)
    for ending in ("png", "gif"):
        picture = tmp_path / f"out.{ending}"
        command(
            "solve", EXAMPLES / "maze-small.json", "--solver", maze_bundle, "--segments", 3,
            "--picture", picture,
        )  # fmt: skip
        with Image.open(picture) as image:
            # Words are above and the legend is below; together they fill a usual window.
            assert image.size[0] / image.size[1] < shape[0] / shape[1]
            assert max(image.size) == 720
            # The puzzle, up to three segments, and the answer found: equal frames are joined.
            assert getattr(image, "n_frames", 1) in (range(2, 6) if ending == "gif" else [1])


def test_pictures_that_cannot_be_drawn_are_refused_first(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = EXAMPLES / "maze-small.json"
    ran = command("solve", file, "--picture", tmp_path / "out.pdf")
    assert (ran.status, ran.out) == (2, "")
    assert ".svg, .png, .gif, .html" in ran.err
    ran = command("solve", file, "--picture", tmp_path / "nowhere" / "out.svg")
    assert ran.status == 2
    assert "there is no folder" in ran.err
    two = b"123434122143432.\n12343412214343.1\n"
    ran = command("solve", "-", "--picture", tmp_path / "out.svg", stdin=two)
    assert (ran.status, ran.out) == (2, "")
    assert "--picture draws one puzzle" in ran.err
    monkeypatch.setitem(sys.modules, "PIL", None)
    ran = command("solve", file, "--picture", tmp_path / "out.png", "--json")
    assert ran.status == 2
    assert ran.object["error"]["code"] == "missing_extra"
    assert ran.object["error"]["hint"] == "pip install 'hrm-toolkit[pictures]'"


def test_one_blank_no_blank_and_two_solutions(command: Command, tmp_path: Path) -> None:
    full = "1234341221434321"
    ran = command("solve", full, "--strategy", "exact", "--json")
    assert ran.status == 0
    assert ran.object["answer"]["grid"][0] == [1, 2, 3, 4]
    ran = command("solve", "." + full[1:], "--strategy", "exact", "--json")
    assert ran.object["answer"]["grid"][0] == [1, 2, 3, 4]
    ran = command("solve", "................", "--strategy", "exact", "--json")
    assert ran.status == 0
    assert ran.object["verdict"]["valid"]


def test_a_file_wins_over_a_literal_of_the_same_name(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "1234341221434321"
    Path(name).write_text("S.G\n")
    assert command("solve", name, "--strategy", "exact", "--json").object["task"] == "maze"


def test_a_maze_too_large_to_draw_is_cut(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    file.write_text("\n".join(["S" + "." * 199, *["." * 200] * 198, "." * 199 + "G"]))
    ran = command("solve", file, "--strategy", "exact")
    assert ran.status == 0
    assert "the first 20 of 200 lines" in ran.out


def test_names_of_any_kind_make_well_formed_pictures(command: Command, tmp_path: Path) -> None:
    edges = [["<a> & \u0007", "b]]>"], ["b]]>", '"c"']]
    puzzle = {"task": "graph", "edges": edges, "start": edges[0][0], "goal": '"c"'}
    picture = tmp_path / "out.svg"
    data = json.dumps(puzzle).encode()
    ran = command("solve", "-", "--strategy", "exact", "--picture", picture, stdin=data)
    assert ran.status == 0
    texts = [text.text for text in ET.parse(picture).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
    assert {"<a> & \ufffd", "b]]>", '"c"'} <= set(texts)


def many(file: Path, count: int) -> Path:
    file.write_text("123434122143432.\n" * count)
    return file


def stopped(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Let the time be over once so many puzzles had exact search."""
    from hrm_toolkit.adapters.sudoku import SudokuAdapter

    exact, now = SudokuAdapter.exact, [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    calls = iter(range(10**6))

    def counted(self: SudokuAdapter, puzzle: object, *, seconds: float = 10.0) -> object:
        # The first call only loads what the others need.
        if seconds > 0.01 and next(calls) == after - 1:
            now[0] = 1e9
        return exact(self, puzzle, seconds=1.0)  # type: ignore[arg-type]

    monkeypatch.setattr(SudokuAdapter, "exact", counted)


def test_what_the_seconds_do_not_suffice_for_is_told_as_not_reached(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = many(tmp_path / "many.sdm", 500)
    arguments = ("solve", file, "--strategy", "exact", "--seconds", 5)
    stopped(monkeypatch, after=70)
    ran = command(*arguments, "--json")
    assert ran.status == 1
    assert [found["status"] for found in ran.objects[:-1]] == ["solved"] * 70
    rest = {"status": "not_reached", "solved": False, "first": 71, "not_reached": 430}
    assert ran.objects[-1] == rest | {"seconds": 5.0}
    stopped(monkeypatch, after=70)
    said = command(*arguments)
    assert said.status == 1
    assert "70 of 500 solved and verified, 0 not, 430 not reached in the 5 s" in said.out


def test_puzzles_that_are_not_reached_are_not_read(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.adapters.sudoku import SudokuAdapter

    diagnosed = []
    rules = type(SudokuAdapter().rules)
    diagnose = rules.diagnose

    def counted(self: object, puzzle: object) -> object:
        diagnosed.append(puzzle)
        return diagnose(self, puzzle)  # type: ignore[arg-type]

    monkeypatch.setattr(rules, "diagnose", counted)
    stopped(monkeypatch, after=1)
    file = many(tmp_path / "many.sdm", 500)
    ran = command("solve", file, "--strategy", "exact", "--seconds", 5, "--json")
    assert ran.objects[-1]["not_reached"] == 499
    assert len(diagnosed) <= 64


def test_a_solver_brings_its_task(command: Command, maze_bundle: Path, tmp_path: Path) -> None:
    # Without a solver nobody could tell these two cells from anything else.
    file = tmp_path / "tiny.txt"
    file.write_text("SG\n")
    ran = command("solve", file, "--solver", maze_bundle, "--json")
    assert ran.object["task"] == "maze"
    assert command("verify", file, "-", "--solver", maze_bundle, stdin=b"[[0,0],[0,1]]").status == 0
    trace = command("trace", file, "--solver", maze_bundle, "--segments", 1, "--json")
    assert trace.object["task"] == "maze"
    made = command("generate", "--solver", maze_bundle, "--samples", 1, "--size", 5, "--out", "-")
    assert made.object["puzzle"]["task"] == "maze"


def test_a_solver_of_another_task_is_one_line(command: Command, maze_bundle: Path) -> None:
    ran = command("solve", SUDOKU, "--solver", maze_bundle, "--adapter", "sudoku")
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert "is for maze, and --adapter says sudoku; leave out one of the two" in ran.err
    ran = command("solve", EXAMPLES / "graph.graphml", "--solver", maze_bundle)
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert "is for maze, and this is a graph puzzle; leave out --solver" in ran.err
    ran = command("generate", "--samples", 1, "--out", "-")
    assert ran.status == 2
    assert "--adapter NAME, or --solver NAME|DIR" in ran.err


def test_several_solvers_vote_on_an_answer(command: Command, maze_bundle: Path) -> None:
    puzzle = EXAMPLES / "maze-small.json"
    found = command("solve", puzzle, "-s", maze_bundle, "-s", "maze", "--json").object
    assert found["solved"]
    assert found["source"] == "structured+votes"
    assert "2 of 2 solvers voted: novice, maze" in found["notes"]
    ran = command("solve", puzzle, "-s", maze_bundle, "-s", "sudoku", "--json")
    assert ran.status == 2
    assert "sudoku" in ran.object["error"]["message"]
    ran = command("solve", puzzle, "-s", maze_bundle, "-s", "maze", "--engine", "ray")
    assert ran.status == 2
    assert "one --solver" in ran.err
