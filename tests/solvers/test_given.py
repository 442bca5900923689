"""What a solver takes in Python: whatever the command line takes, and values besides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import InputError, OptionError
from hrm_toolkit.solvers.solver import Solver

MAZE = "S..\n.#.\n..G\n"
LINE = "1.....3..4.....2"


def exact(task: str) -> Solver:
    return Solver(get_adapter(task), None)


@pytest.fixture
def maze_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "maze.txt"
    file.write_text(MAZE)
    return file


@pytest.mark.parametrize("form", [Path, str, lambda path: path.name])
def test_a_path_and_a_name_are_read(maze_file: Path, form: Any) -> None:
    assert exact("maze").solve(form(maze_file)).verdict.cost == 4


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"task": "maze", "grid": ["S..", ".#.", "..G"]}),
        json.dumps({"puzzle": {"task": "maze", "grid": ["S..", ".#.", "..G"]}}),
        MAZE,
    ],
)
def test_json_and_text_are_read(text: str) -> None:
    assert exact("maze").solve(text).verdict.cost == 4
    if text.startswith("{"):
        assert exact("maze").solve(json.loads(text)).verdict.cost == 4


def graph() -> nx.Graph:
    made = nx.Graph()
    made.add_edge("a", "b", weight=1)
    made.add_edge("b", "c", weight=1)
    made.add_edge("a", "c", weight=5)
    return made


def test_a_networkx_graph_is_solved_between_the_ends_that_are_said() -> None:
    solver = exact("graph")
    assert solver.solve(graph(), start="a", goal="c").answer.path == ("a", "b", "c")
    ends = {"start": "c", "goal": "a"}
    assert solver.solve({"graph": graph(), **ends}).answer.path == ("c", "b", "a")
    assert solver.solve({"graph": graph(), **ends}, goal="b").answer.path == ("c", "b")
    numbers = nx.path_graph(4)
    assert solver.solve(numbers, start=0, goal=3).answer.path == ("0", "1", "2", "3")


def test_the_cost_of_a_networkx_graph_can_be_chosen() -> None:
    made = graph()
    for _, _, data in made.edges(data=True):
        data["toll"] = 2
    result = exact("graph").solve(made, start="a", goal="c", weight="toll")
    assert (result.answer.path, result.verdict.cost) == (("a", "c"), 2)


def test_a_puzzle_is_solved_anew_between_other_ends() -> None:
    solver = exact("graph")
    puzzle = get_adapter("graph").parse("start a\ngoal c\na -- b\nb -- c")
    assert solver.solve(puzzle, start="b").answer.path == ("b", "c")
    with pytest.raises(InputError, match='node "x"'):
        solver.solve(puzzle, start="x")


def test_a_graph_for_another_task_and_options_without_use_are_refused() -> None:
    with pytest.raises(InputError, match="expected a list of rows; got Graph with 3 nodes"):
        exact("maze").solve(graph())
    with pytest.raises(OptionError):
        exact("sudoku").solve(LINE, start="a")


def test_a_text_that_is_neither_says_what_was_considered(maze_file: Path) -> None:
    with pytest.raises(InputError) as caught:
        exact("maze").solve("maz.txt")
    said = str(caught.value)
    assert 'there is no file "maz.txt", and it is no JSON; read as maze text, ' in said
    assert 'did you mean the file "maze.txt"?' in said
    assert "\n" not in said


def test_a_file_of_several_is_for_solve_many(tmp_path: Path) -> None:
    file = tmp_path / "many.sdm"
    file.write_text(f"{LINE}\n{LINE}\n{LINE}\n")
    with pytest.raises(InputError, match=r"there are 3 puzzles here.*solve_many takes them all"):
        exact("sudoku").solve(file)
    for given in (file, str(file), file.read_text()):
        assert [result.solved for result in exact("sudoku").solve_many(given)] == [True] * 3
    assert len(exact("sudoku").solve_many([LINE, [[1, 2, 3, 4]] + [[0] * 4] * 3])) == 2


def test_verify_takes_answers_as_the_command_does(maze_file: Path, tmp_path: Path) -> None:
    solver = exact("maze")
    path = [[0, 0], [0, 1], [0, 2], [1, 2], [2, 2]]
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(path))
    found = solver.solve(maze_file)
    answers = (path, {"path": path}, json.dumps(path), file, str(file), found.answer)
    for answer in (*answers, found.model_dump(), "Soo\n.#o\n..G"):
        assert solver.verify(maze_file, answer).optimal
    assert not solver.verify(MAZE, path[:-1])
    with pytest.raises(InputError):
        solver.verify(MAZE, "no path at all")


def test_a_task_that_nobody_registered_is_read_by_its_own_adapter(maze_file: Path) -> None:
    class Own(type(get_adapter("maze"))):  # type: ignore[misc]
        task = "own-maze"

    solver = Solver(Own(), None)
    assert solver.solve(MAZE).verdict.cost == 4
    assert solver.solve(maze_file).verdict.cost == 4
    with pytest.raises(OptionError, match="start is no option for a own-maze puzzle"):
        solver.solve(MAZE, start="1,1")


def test_results_and_solvers_show_themselves() -> None:
    solver = exact("maze")
    assert repr(solver) == 'Solver("exact", maze, exact search alone)'
    result = solver.solve(MAZE)
    assert repr(result).startswith("Result(maze, solved, cost 4 (optimal), source exact, ")
    drawn = result.render()
    assert drawn.startswith("S..\no#.\nooG\n\nsolved: 3x3 maze, verified by the rules\ncost 4 ")
    page = result._repr_html_()
    assert "<svg" in page
    assert "solved: 3x3 maze" in page
    stuck = solver.solve("S#G")
    assert repr(stuck).startswith("Result(maze, unsolvable, source none, ")
    assert "no path leads from the start" in stuck.render()


def test_a_result_is_equal_to_itself_read_back() -> None:
    from hrm_toolkit import Result

    result = exact("maze").solve(MAZE)
    fields = result.model_dump() | {"answer": result.answer}
    back = Result.model_validate(fields)
    assert back == result
    assert hash(back) == hash(result)
    assert "source exact" in back.render()
    assert "<pre>" in back._repr_html_()


def test_what_a_notebook_shows_of_names_is_no_markup() -> None:
    puzzle = {"edges": [["<b>a", "<i>b"]], "start": "<b>a", "goal": "<i>b"}
    page = exact("graph").solve(puzzle)._repr_html_()
    assert "<b>" not in page
    assert "<i>" not in page


def test_public_names_are_at_the_top() -> None:
    import hrm_toolkit

    for name in ("Adapter", "Answer", "Codec", "Puzzle", "Rules", "Verdict"):
        assert getattr(hrm_toolkit, name) is getattr(hrm_toolkit.core, name)
