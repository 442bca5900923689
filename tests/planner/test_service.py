"""The service through its tools, as a model or a program calls them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_toolkit.adapters.maze import MazeAdapter
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import OptionError
from hrm_toolkit.planner.agent.planner import Planner
from hrm_toolkit.planner.handles import Handles
from hrm_toolkit.planner.limits import MOST_BATCH, MOST_PUZZLE, MOST_SIDE
from hrm_toolkit.planner.reply import Reply
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

SMALL = "1...  ..3.  .4..  ...2"
SOLVED = [[1, 3, 2, 4], [4, 2, 3, 1], [2, 4, 1, 3], [3, 1, 4, 2]]
MAZE = "S..\n##.\nG.."
PATIENCE = 60.0


def error_of(reply: Reply) -> dict[str, Any]:
    assert reply.status == "error"
    error: dict[str, Any] = reply.data["error"]
    return error


@pytest.mark.parametrize("strategy", ["verified", "exact", None])
def test_solve_returns_an_answer_that_was_checked(box: Toolbox, strategy: str | None) -> None:
    reply = box.call("solve", {"puzzle": SMALL, "strategy": strategy})
    assert reply.status == "solved"
    assert reply.data["answer"]["grid"] == SOLVED
    assert reply.data["source"] == ("exact" if strategy == "exact" else "structured")
    assert (reply.data["bundle"] is None) == (strategy == "exact")
    assert reply.data["job"]
    assert "│ 1 3 │ 2 4 │" in reply.text


def test_a_network_s_answer_is_that_of_a_lone_run(box: Toolbox) -> None:
    from hrm_toolkit.solvers.solver import Solver

    reply = box.call("solve", {"puzzle": MAZE, "seed": 3, "votes": 2, "segments": 4})
    lone = Solver.load("maze").solve(MAZE, seed=3).model_dump(mode="json")
    for name in ("answer", "source", "segments", "bundle", "solver"):
        assert reply.data[name] == lone[name]
    assert reply.data["confidence"] == pytest.approx(lone["confidence"], abs=1e-5)
    assert reply.data["seed"] == 3


def test_puzzles_come_as_text_json_objects_or_handles(box: Toolbox) -> None:
    grid = [[1, 0, 0, 0], [0, 0, 3, 0], [0, 4, 0, 0], [0, 0, 0, 2]]
    handle = box.call("load_puzzle", {"puzzle": SMALL}).data["handle"]
    forms: list[Any] = [SMALL, handle, {"task": "sudoku", "grid": grid}, grid]
    forms += [json.dumps({"task": "sudoku", "grid": grid}), SMALL.replace("  ", "\\n")]
    for form in forms:
        reply = box.call("solve", {"puzzle": form, "strategy": "exact", "task": None})
        assert reply.data["answer"]["grid"] == SOLVED, form


def test_a_puzzle_proved_to_have_no_answer_is_unsolvable_and_no_error(box: Toolbox) -> None:
    for strategy in ("verified", "exact"):
        reply = box.call("solve", {"puzzle": "S#G", "strategy": strategy})
        assert reply.status == "unsolvable"
        assert not reply.is_error
        assert "no path leads from the start" in reply.text


def test_a_network_s_refuted_answer_is_information(box: Toolbox) -> None:
    hard = "8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4.."
    reply = box.call("solve", {"puzzle": hard, "strategy": "neural", "segments": 1})
    assert reply.status == "refuted"
    assert reply.data["solved"] is False
    assert reply.data["verdict"]["violations"]
    assert reply.text.startswith("not solved")


def test_verify_says_what_the_rules_say(box: Toolbox) -> None:
    right = box.call("verify", {"puzzle": SMALL, "answer": "1324 4231 2413 3142"})
    assert right.status == "solved"
    assert right.data["solutions"] == 1
    wrong = box.call("verify", {"puzzle": SMALL, "answer": "1324 4231 2413 3141"})
    assert wrong.status == "refuted"
    assert not wrong.is_error
    rules = {violation["rule"] for violation in wrong.data["verdict"]["violations"]}
    assert "clue" in rules
    assert all(v["message"] in wrong.text for v in wrong.data["verdict"]["violations"])


def test_verify_says_when_a_puzzle_has_another_answer(box: Toolbox) -> None:
    reply = box.call("verify", {"puzzle": "." * 16, "answer": "1324 4231 2413 3142"})
    assert reply.status == "solved"
    assert reply.data["solutions"] == 2
    assert "more than one answer" in reply.text


def test_a_handle_is_known_by_its_digits_alone(box: Toolbox) -> None:
    puzzle = box.call("load_puzzle", {"puzzle": SMALL}).data["handle"]
    assert box.call("solve", {"puzzle": puzzle.partition(":")[2]}).status == "solved"
    state = box.call("step", {"state": MAZE}).data["state"]
    assert box.call("step", {"state": state.partition(":")[2].upper()}).data["state"] == state
    assert box.call("solve", {"puzzle": "0000"}).is_error


def test_steps_lead_to_the_answer_by_handles_alone(box: Toolbox) -> None:
    reply = box.call("step", {"state": box.call("load_puzzle", {"puzzle": MAZE}).data["handle"]})
    assert reply.data["actions"] == ["east"]
    for action in ("east", "east", "south", "south", "west", "west"):
        reply = box.call("step", {"state": reply.data["state"], "action": action})
        assert not reply.is_error
    assert reply.status == "solved"
    assert reply.data["finished"] is True
    assert reply.data["verdict"]["optimal"] is True
    assert reply.data["answer"]["path"][-1] == [2, 0]
    assert "Soo\n##o\nGoo" in reply.text


@pytest.mark.parametrize(
    ("puzzle", "drawn"),
    [(SMALL, "│ 1 3 │ . . │"), ("start A\ngoal C\nA -- B 2\nB -- C 2", "A -> B")],
)
def test_a_step_draws_how_far_it_is(box: Toolbox, puzzle: str, drawn: str) -> None:
    first = box.call("step", {"state": puzzle})
    reply = box.call("step", {"state": puzzle, "action": first.data["actions"][0]})
    if puzzle == SMALL:
        reply = box.call("step", {"state": puzzle, "action": "[0, 1, 3]"})
    assert drawn in reply.text


def test_a_state_may_be_written_out(box: Toolbox) -> None:
    state = {"puzzle": MAZE, "actions": ["east", "east"]}
    by_text = box.call("step", {"state": state, "action": "south"})
    assert by_text.data["taken"] == 3
    first = box.call("step", {"state": MAZE, "action": "east"}).data["state"]
    second = box.call("step", {"state": first, "action": "east"}).data["state"]
    assert (
        box.call("step", {"state": second, "action": "south"}).data["state"]
        == (by_text.data["state"])
    )


@pytest.mark.parametrize(
    ("state", "action", "says"),
    [
        (MAZE, "esat", 'did you mean "east"?'),
        (MAZE, "south", "row 1 column 1 has no move 'south'"),
        (SMALL, "[0, 0]", "this is no action of this task"),
        (SMALL, "[0, 0, 1]", "1 cannot be placed at row 1 column 1"),
        (SMALL, '[0, "a", {}]', "this is no action of this task"),
        (SMALL, "[", "not valid JSON"),
        ({"puzzle": MAZE, "actions": "east"}, None, "the actions are no such list"),
        ({"puzzle": MAZE, "actions": ["west"]}, None, "has no move 'west'"),
    ],
)
def test_an_illegal_step_is_refused(box: Toolbox, state: Any, action: Any, says: str) -> None:
    reply = box.call("step", {"state": state, "action": action})
    assert error_of(reply)["example"]["state"]
    assert says in reply.text


def test_describe_lists_and_describes_tasks(box: Toolbox) -> None:
    listed = box.call("describe", {"task": None})
    tasks = {row["task"] for row in listed.data["tasks"]}
    assert {"arc", "graph", "maze", "sudoku"} <= tasks
    assert all(task in listed.text for task in tasks)
    for task in ("arc", "graph", "maze", "sudoku"):
        reply = box.call("describe", {"task": task})
        assert reply.status == "ok"
        example = reply.data["example"]
        assert example["puzzle"] in reply.text
        written = {"puzzle": example["puzzle"], "task": task}
        assert (
            box.call("load_puzzle", written).data["puzzle"]
            == (box.call("load_puzzle", {"puzzle": example["puzzle_json"]}).data["puzzle"])
        )
        if task != "arc":
            for form in ("answer", "answer_json"):
                ask = {"puzzle": example["puzzle_json"], "answer": example[form]}
                verified = box.call("verify", {**ask, "task": task})
                assert verified.status == "solved", verified.text


def test_describe_knows_the_solvers_that_a_program_adds() -> None:
    from hrm_toolkit.solvers.bundles.bundle import bundle_folder

    folder = bundle_folder("sudoku-4x4")
    with Service(solvers={"mine": folder}, wait_s=PATIENCE) as service:
        assert "mine" in service.describe("sudoku").data["solvers"]
        assert "mine" not in service.describe("maze").data["solvers"]
        assert service.solve(SMALL, solver="mine").status == "solved"


def test_one_network_for_many_tasks_is_named_with_each_and_answers_them() -> None:
    with Service(wait_s=PATIENCE) as service:
        assert service.describe("lightup").data["solvers"] == ["constraints"]
        assert service.describe("hitori").data["solvers"] == []
        reply = service.solve("lightup 3x3\n. 1 .\n. . .\n# . .")
        assert (reply.status, reply.data["source"]) == ("solved", "structured")
        asked = service.solve("latin 3x3\n1 . .\n. . .\n. . 2", solver="constraints")
        assert (asked.status, asked.data["solver"]) == ("solved", "constraints")


def test_a_caller_cannot_name_a_folder_or_another_task_s_solver(box: Toolbox) -> None:
    from hrm_toolkit.solvers.bundles.bundle import bundle_folder

    path = str(bundle_folder("sudoku-4x4"))
    reply = box.call("solve", {"puzzle": SMALL, "solver": path})
    assert error_of(reply)["code"] == "unknown_name"
    reply = box.call("solve", {"puzzle": SMALL, "solver": "maze"})
    assert 'the solver "maze" is for maze, and the puzzle is sudoku' in reply.text
    reply = box.call("solve", {"puzzle": SMALL, "solver": "sudoku-4x5"})
    assert error_of(reply)["hint"] == 'did you mean "sudoku-4x4"?'


def test_a_task_without_a_trained_solver_is_searched_and_said_so(box: Toolbox) -> None:
    puzzle = box.call("generate", {"task": "arc", "difficulty": "single"}).data["puzzles"][0]
    reply = box.call("solve", {"puzzle": puzzle["handle"]})
    assert reply.status in ("solved", "refuted", "timeout_none")
    assert "no trained solver for arc is bundled: exact search only" in reply.text
    reply = box.call("solve", {"puzzle": puzzle["handle"], "strategy": "neural"})
    assert "there is no trained network for arc" in error_of(reply)["message"]


@pytest.mark.parametrize(
    ("puzzle", "says"),
    [
        ("11.. .... .... ....", "row 1 has two 1s among the clues"),
        ("S#G", "no path leads from the start"),
        (SMALL, "exactly one answer"),
        ("." * 16, "more than one answer"),
        (MAZE, "has an answer"),
    ],
)
def test_explain_says_why_or_how_many(box: Toolbox, puzzle: str, says: str) -> None:
    assert says in box.call("explain", {"puzzle": puzzle}).text


@pytest.mark.parametrize(
    ("task", "size"),
    [("futoshiki", 4), ("norinori", 4), ("hanoi", 2), ("sliding", 2), ("graph", 5), ("maze", 3)],
)
def test_what_a_tool_says_of_an_answer_can_be_given_back(
    box: Toolbox, task: str, size: int
) -> None:
    """A model hands on the text as a whole: no line on costs and sources is part of the answer."""
    example = get_adapter(task).generate(np.random.default_rng(1), size=size)
    puzzle = example.puzzle.model_dump(mode="json")
    said = box.call("solve", {"puzzle": puzzle, "strategy": "exact", "wait_s": 60})
    assert ", seed 0, solver exact" in said.text
    for _ in range(2):
        said = box.call("verify", {"puzzle": puzzle, "answer": said.text})
        assert said.status == "solved", said.text
    # What was found, but not known to be an answer, is told under another headline.
    _, below = said.text.split("\n", 1)
    late = f"not solved: a puzzle; time ran out\n{below}"
    assert box.call("verify", {"puzzle": puzzle, "answer": late}).status == "solved"


def test_explain_walks_to_the_contradiction_of_a_sudoku(box: Toolbox) -> None:
    reply = box.call("explain", {"puzzle": "12.. ..3. .... ...."})
    assert reply.status == "unsolvable"
    steps = reply.text.split("step by step, in 9 steps:")[1]
    assert "- row 2 column 4 is 1, by row 2" in steps
    assert "- a contradiction, by row 2" in steps


def test_a_hint_is_the_next_step_and_why(box: Toolbox) -> None:
    puzzle = "1234 34.. 2143 4321"
    reply = box.call("hint", {"puzzle": puzzle})
    hint = reply.data["hint"]
    assert (reply.status, hint["places"][0][0], hint["contradiction"]) == ("ok", 1, False)
    assert hint["says"].startswith(("row 2 column 3 is 1, by ", "row 2 column 4 is 2, by "))
    assert reply.text.endswith(f"so {hint['says']}")
    handle = box.call("load_puzzle", {"puzzle": puzzle}).data["handle"]
    assert box.call("hint", {"puzzle": handle}).data == reply.data
    solved = box.call("hint", {"puzzle": "1234 3412 2143 4321"})
    assert solved.data["hint"] is None
    assert "this 4x4 sudoku is solved already" in solved.text
    assert "nothing follows" in box.call("hint", {"puzzle": "." * 16}).text


def test_a_hint_goes_on_from_a_state_of_play(box: Toolbox) -> None:
    at = box.call("step", {"state": "1234 34.. 2143 4321"})
    played = box.call("step", {"state": at.data["state"], "action": at.data["actions"][0]})
    row, column, digit = json.loads(at.data["actions"][0])
    hint = box.call("hint", {"puzzle": played.data["state"]}).data["hint"]
    left = {2: "row 2 column 4 is 2", 3: "row 2 column 3 is 1"}[column]
    assert (row, digit) == (1, column - 1)
    assert hint["says"].startswith(left)
    lights = "lights-out 2x2\nOO\n.."
    at = box.call("step", {"state": lights})
    played = box.call("step", {"state": at.data["state"], "action": at.data["actions"][0]})
    told = [
        box.call("hint", {"puzzle": p}).data["hint"]["says"] for p in (lights, played.data["state"])
    ]
    assert told[0] != told[1]


def test_a_hint_tells_a_contradiction_step_by_step(box: Toolbox) -> None:
    reply = box.call("hint", {"puzzle": "12.. ...3 ...4 ...."})
    assert (reply.status, reply.data["hint"]["contradiction"]) == ("unsolvable", True)
    assert all(step in reply.text for step in reply.data["hint"]["why"])


def test_a_task_without_hints_says_what_else_there_is(box: Toolbox) -> None:
    reply = box.call("hint", {"puzzle": MAZE})
    assert reply.data["error"]["code"] == "bad_option"
    assert "maze has no hints" in reply.text
    assert "solve gives an answer" in reply.text


def test_explain_finds_clues_that_contradict_each_other_only_by_search(box: Toolbox) -> None:
    # Nothing in this grid is wrong at sight.
    puzzle = "9..1....4.14.3.8....3....9....7.8..18....3..........3..21....7...9.4.5..5...16..3"
    reply = box.call("explain", {"puzzle": puzzle})
    assert reply.status == "unsolvable"
    clues = reply.data["clues"]
    given = len(puzzle.replace(".", ""))
    assert 2 <= len(clues) < given
    assert "alone contradict each other" in reply.text
    rows = [[0] * 9 for _ in range(9)]
    for row, column, digit in clues:
        rows[row][column] = digit
    minimal = {"task": "sudoku", "grid": rows}
    assert box.call("solve", {"puzzle": minimal, "strategy": "exact"}).status == "unsolvable"
    for row, column, digit in clues:
        rows[row][column] = 0
        assert box.call("solve", {"puzzle": minimal, "strategy": "exact"}).status == "solved"
        rows[row][column] = digit


def test_generated_puzzles_depend_on_the_seed_and_have_answers(box: Toolbox) -> None:
    ask = {"task": "sudoku", "size": 4, "count": 3, "seed": 11}
    first, again = box.call("generate", ask), box.call("generate", ask)
    assert first.data == again.data
    assert len({one["handle"] for one in first.data["puzzles"]}) == 3
    other = box.call("generate", {**ask, "seed": 12})
    assert other.data["puzzles"] != first.data["puzzles"]
    handles = [one["handle"] for one in first.data["puzzles"]]
    solved = box.call("batch", {"puzzles": handles, "strategy": "exact"})
    assert solved.status == "solved"
    reply = box.call("generate", {"task": "sudoku", "difficulty": "hrad"})
    assert error_of(reply)["hint"] == 'did you mean "hard"?'


@pytest.mark.parametrize("task", ["maze", "graph"])
def test_the_largest_puzzle_that_is_generated_can_be_written_out(
    service: Service, task: str
) -> None:
    (made,) = service.generate(task, size=MOST_SIDE).data["puzzles"]
    puzzle = service.handles.get(made["handle"]).puzzle
    text = get_adapter(task).render(puzzle)
    for written in (text, puzzle.model_dump_json()):
        assert service.load_puzzle(written, task=task).data["handle"] == made["handle"]


def test_a_batch_has_a_status_for_each_puzzle(box: Toolbox) -> None:
    reply = box.call("batch", {"puzzles": json.dumps([SMALL, MAZE, "S#G"])})
    assert reply.status == "ok"
    statuses = [one["status"] for one in reply.data["replies"]]
    assert statuses == ["solved", "solved", "unsolvable"]
    assert reply.text.startswith("2 of 3 puzzles solved")
    bad = box.call("batch", {"puzzles": [SMALL, "S."]})
    assert error_of(bad)["path"].startswith("puzzles.1")


def test_render_draws_a_puzzle_and_an_answer(box: Toolbox) -> None:
    assert box.call("render", {"puzzle": MAZE}).text == MAZE
    drawn = box.call("render", {"puzzle": MAZE, "answer": "Soo\n##o\nGoo"})
    assert drawn.data["picture"] == drawn.text == "Soo\n##o\nGoo"


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "says"),
    [
        ("slove", {}, "unknown_name", 'did you mean "solve"?'),
        ("solve", {"puzle": SMALL}, "bad_option", 'did you mean "puzzle"?'),
        ("solve", {"puzzle": SMALL, "wait": 3}, "bad_option", 'did you mean "wait_s"?'),
        ("solve", {"puzzle": "1" * 80}, "bad_input", "1 cell too few for a 9x9 grid"),
        ("solve", {"puzzle": "puzzle:0000"}, "bad_input", "load the puzzle again"),
        ("solve", {"puzzle": SMALL, "task": "soduku"}, "unknown_name", 'did you mean "sudoku"?'),
        ("solve", {"puzzle": SMALL, "task": "maze"}, "bad_input", "line 1 column 1"),
        ("solve", {"puzzle": SMALL, "wait_s": -1}, "bad_input", "wait_s"),
        ("solve", {"puzzle": "." * (MOST_PUZZLE + 1)}, "bad_input", "200,000"),
        ("solve", {"puzzle": f"{SMALL}\n\n{SMALL}\n"}, "bad_input", "there are 2 puzzles"),
        ("verify", {"puzzle": SMALL, "answer": "12"}, "bad_input", "2 cells"),
        ("batch", {"puzzles": [SMALL] * (MOST_BATCH + 1)}, "bad_input", "64"),
        ("job", {"action": "get", "id": "nobody"}, "unknown_name", "there is no job"),
        ("job", {"action": "get"}, "bad_option", "the job's id is missing"),
        ("job", {"action": "got"}, "bad_input", 'did you mean "get"?'),
        ("describe", {"task": "mase"}, "unknown_name", 'did you mean "maze"?'),
        ("generate", {"task": "sudoku", "size": 5}, "bad_option", "4, 6, 9, 16 or 25"),
        ("generate", {"task": "maze", "count": 21}, "bad_input", "count"),
        ("solve", "{", "bad_input", "not valid JSON"),
    ],
)
def test_whatever_is_wrong_with_a_call_is_said_in_its_reply(
    box: Toolbox, tool: str, arguments: Any, code: str, says: str
) -> None:
    reply = box.call(tool, arguments)
    error = error_of(reply)
    assert error["code"] == code
    assert error["retryable"] is False
    assert says in reply.text
    if tool != "slove":
        example = next(t for t in box.tools if t.name == tool).example
        assert error["example"] == {k: v for k, v in example.items() if v is not None}
    assert len(reply.text) < 1_500


def test_a_fault_of_the_toolkit_is_a_reply_too(
    box: Toolbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr(MazeAdapter, "exact", broken)
    kinds = {"solve": "worker_failed", "explain": "internal"}
    for tool, more in (("solve", {"strategy": "exact"}), ("explain", {})):
        error = error_of(box.call(tool, {"puzzle": MAZE, **more}))
        assert error["code"] == kinds[tool]
        assert "ZeroDivisionError: by chance" in error["message"]
    assert "by chance" in caplog.text


def test_the_service_bounds_what_programs_pass_it_too(service: Service) -> None:
    assert "wait_s is out of range" in service.solve(SMALL, wait_s=float("nan")).text
    assert "the puzzle has 200,001" in service.load_puzzle("." * (MOST_PUZZLE + 1)).text
    assert "the number of puzzles" in service.batch([SMALL] * 65).text
    assert "segments" in service.solve(SMALL, segments=-1).text
    assert "strategy" in service.solve(SMALL, strategy="lucky").text
    assert "count is out of range" in service.generate("maze", count=0).text
    assert "size is out of range" in service.generate("maze", size=MOST_SIDE + 1).text


def test_only_the_core_set_is_there_unless_asked(service: Service) -> None:
    reply = Toolbox(service).call("batch", {"puzzles": [SMALL]})
    assert error_of(reply)["code"] == "unknown_name"
    assert len(Toolbox(service).tools) == 7


def test_handles_are_bounded_whoever_calls() -> None:
    with Service(handles=Handles(client_most=2)) as service:
        names = [service.load_puzzle("S" + "." * n + "G").data["handle"] for n in range(5)]
        assert len(service.handles) == 2
        assert error_of(service.render(names[0]))["code"] == "bad_input"
        assert service.render(names[-1]).text == "S....G"


@pytest.fixture(scope="module")
def shared() -> Iterator[Service]:
    with Service() as made:
        yield made


@pytest.mark.long
@settings(max_examples=60)
@given(
    puzzle=st.text(max_size=20) | st.text('0123456789.SG#\n{}[]",: ->AB', max_size=40),
    more=st.text(max_size=12),
)
def test_no_text_makes_a_tool_fail(shared: Service, puzzle: str, more: str) -> None:
    replies = [
        shared.load_puzzle(puzzle),
        shared.load_puzzle(puzzle, task="graph"),
        shared.verify(puzzle, more),
        shared.verify(SMALL, puzzle),
        shared.step(puzzle, more),
        shared.step(MAZE, puzzle),
        shared.render(MAZE, puzzle),
        shared.job("get", more),
    ]
    for reply in replies:
        json.dumps(reply.data)
        assert reply.data.get("error", {}).get("code") != "internal", reply.text


def test_half_a_character_is_the_caller_s_fault(service: Service) -> None:
    half = "\ud800"
    for reply in (service.load_puzzle(half), service.verify(MAZE, half), service.describe(half)):
        assert error_of(reply)["code"] in ("bad_input", "unknown_name")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"puzzle": None}, "puzzle: this is no text; expected a text; got None"),
        ({"puzzle": b"1"}, "puzzle: this is no text"),
        ({"puzzle": [[1, 0]]}, "puzzle: this is no text"),
        ({}, 'the argument "puzzle" is missing'),
        ({"puzzle": SMALL, "startt": "A"}, 'did you mean "start"?'),
        ({"puzzle": SMALL, "time_limit": 3}, 'did you mean "seconds"?'),
        ({"puzzle": SMALL, "wait_s": "long"}, "wait_s: this is no number"),
        ({"puzzle": SMALL, "seed": "x"}, "seed: this is no whole number"),
        ({"puzzle": SMALL, "task": 3}, "task: this is no text"),
        ({"puzzle": SMALL, "box": (2, 2)}, "box: this is no text"),
        ({"puzzle": SMALL, "seconds": -1}, "seconds: the number is too small"),
    ],
)
def test_arguments_of_another_kind_are_refused_and_no_fault_of_the_toolkit(
    arguments: dict[str, Any], says: str
) -> None:
    with Service() as service:
        reply = service.solve(**arguments)
    assert says in reply.text
    assert reply.data["error"]["code"] in ("bad_option", "bad_input")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"workers": -1}, "workers is out of range"),
        ({"wait_s": "x"}, "wait_s is no number"),
        ({"job_seconds": float("nan")}, "job_seconds is out of range"),
        ({"solvers": ["sudoku"]}, "the solvers are no mapping"),
    ],
)
def test_a_service_refuses_options_that_it_cannot_keep(options: dict[str, Any], says: str) -> None:
    with pytest.raises(OptionError, match=says):
        Service(**options)


def test_what_is_no_service_and_no_language_model_is_refused() -> None:
    with pytest.raises(OptionError, match="this is no service"):
        Toolbox(5)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="this is no language model"):
        Planner(5)  # type: ignore[arg-type]


def test_a_misspelt_solver_is_refused_before_anything_is_loaded() -> None:
    with Service(wait_s=0.0) as service:
        reply = service.solve(SMALL, solver="sudok")
        assert error_of(reply)["hint"] == 'did you mean "sudoku"?'
        assert "is for maze" in error_of(service.solve(SMALL, solver="maze"))["message"]
        assert service.job().data["jobs"] == []
