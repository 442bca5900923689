"""What a solver takes in Python: whatever the command line takes, and values besides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from hrm_toolkit.adapters.formats.given import Given
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, InputError, OptionError
from hrm_toolkit.solvers.options import budget_of, require_options
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


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"seconds": -1}, "seconds: the number is too small; expected more than 0.0; got -1"),
        (
            {"seconds": float("nan")},
            "seconds: this is no number; expected a finite number",
        ),
        ({"seconds": "soon"}, "seconds: this is no number; expected a number; got soon"),
        ({"segments": None}, "segments: this is no whole number; expected a whole number"),
        ({"segment": 4}, 'did you mean "segments"?'),
        ({"timeout": 4}, 'did you mean "seconds"?'),
    ],
)
def test_a_budget_that_cannot_be_is_refused_in_one_sentence(options: Any, says: str) -> None:
    with pytest.raises(OptionError) as caught:
        Budget(**options)
    assert says in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_the_fields_of_a_budget_go_by_name() -> None:
    with pytest.raises(OptionError, match="the fields of Budget go by name; expected some of seg"):
        Budget(16)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"startt": "A"}, 'no option "startt"; expected one of start, .*did you mean "start"'),
        ({"sed": 1}, 'did you mean "seed"'),
        ({"seconds": 5}, r"set it in the budget: budget=Budget\(seconds=...\)"),
        ({"time_limit": 5}, r"set it in the budget: budget=Budget\(seconds=...\)"),
        ({"seed": -1}, "the seed is negative"),
        ({"box": 2}, "the box is no shape; expected rows and columns"),
        ({"weight": 2}, "the weight is no name"),
    ],
)
def test_an_option_that_there_is_none_of_names_the_one_that_was_meant(
    options: Any, says: str
) -> None:
    with pytest.raises(OptionError, match=says):
        exact("sudoku").solve(LINE, **{"strategy": "exact", **options})


def test_an_option_of_another_kind_is_refused() -> None:
    # Asked of themselves: under pytest the solver's own annotations would refuse them before.
    with pytest.raises(OptionError, match=r"this is no budget; expected a Budget, .*; got 16"):
        budget_of(16)
    for strategy, says in (("exct", 'did you mean "exact"'), (None, "there is no strategy None")):
        with pytest.raises(OptionError, match=says):
            require_options(strategy, 0)
    for seed in (1.5, True, "1"):
        with pytest.raises(OptionError, match=r"the seed is no whole number; .*; got"):
            require_options("exact", seed)


def test_a_seed_may_be_a_whole_number_of_numpy() -> None:
    require_options("exact", np.int64(3))


@pytest.mark.parametrize("value", [None, 5, float("nan"), 1j])
def test_what_is_no_puzzle_is_named(value: Any) -> None:
    for call in (exact("sudoku").solve, lambda given: list(exact("sudoku").trace(given))):
        with pytest.raises(InputError, match="is no puzzle; expected a sudoku puzzle: text, a f"):
            call(value)
    with pytest.raises(InputError, match="is given for several puzzles; expected a list"):
        Given(get_adapter("sudoku")).many(value)
    with pytest.raises(InputError, match="is no answer; expected an answer to a sudoku"):
        exact("sudoku").verify(LINE, value)


def test_bytes_are_the_content_of_a_file() -> None:
    solver = exact("sudoku")
    assert solver.solve(LINE.encode(), strategy="exact").solved
    assert len(solver.solve_many(f"{LINE}\n{LINE}\n".encode(), strategy="exact")) == 2
    assert not solver.verify(LINE.encode(), b"1234123412341234")
    with pytest.raises(InputError, match="the text holds 1 cells"):
        solver.solve(b"1")


def test_a_result_is_verified_by_its_answer_and_is_no_puzzle() -> None:
    solver = exact("sudoku")
    result = solver.solve(LINE, strategy="exact")
    assert solver.verify(LINE, result)
    with pytest.raises(InputError, match="of the type Result is no puzzle"):
        solver.verify(result, result.answer)
    with pytest.raises(InputError, match="this result has no answer"):
        solver.verify(LINE, result.model_copy(update={"answer": None}))
    with pytest.raises(InputError, match="this answers a sudoku puzzle"):
        exact("maze").verify("S.G", result)


def test_an_empty_name_is_no_solver() -> None:
    with pytest.raises(OptionError, match="this names no solver; expected a bundled solver"):
        Solver.load("")


def test_a_trace_of_fewer_segments_than_none_is_refused() -> None:
    with pytest.raises(OptionError, match="segments: the number is too small"):
        next(Solver.load("sudoku-4x4").trace(LINE, segments=-1))
