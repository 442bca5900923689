"""Replies: what a status may say, and that text and data are each complete."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.adapters.maze import MazeAdapter
from hrm_toolkit.adapters.maze.rules import MazeAnswer
from hrm_toolkit.core import (
    BusyError,
    InputError,
    Result,
    StorageError,
    ToolkitError,
    UnknownNameError,
    Verdict,
    Violation,
)
from hrm_toolkit.planner.reply import (
    MOST_TEXT,
    MOST_VIOLATIONS,
    Reply,
    drawn,
    reply_of,
    reply_of_error,
    with_example,
)

MAZE = MazeAdapter()
PUZZLE = MAZE.parse("S..\n##.\nG..")
ANSWER = MAZE.exact(PUZZLE).answer
WRONG = MazeAnswer(path=((0, 0), (2, 0)))


def result(answer: MazeAnswer | None = None, **changes: object) -> Result:
    verdict = Verdict(valid=False, violations=(Violation(rule="none", message="nothing"),))
    if answer is not None:
        verdict = MAZE.rules.check(PUZZLE, answer)
    fields = {"source": "hrm", "abstained": not verdict.valid, "seed": 5, "solver": "maze"}
    return Result(task="maze", answer=answer, verdict=verdict, **{**fields, **changes})


@pytest.mark.parametrize(
    ("found", "options", "status", "says"),
    [
        (result(ANSWER), {}, "solved", "the rules accept this answer, and none is better"),
        (result(ANSWER), {"timed_out": True}, "solved", "accept"),
        (result(ANSWER), {"cancelled": True}, "solved", "accept"),
        (result(WRONG), {}, "refuted", "not solved"),
        (result(WRONG), {"timed_out": True}, "timeout_best", "time ran out"),
        (result(WRONG), {"cancelled": True}, "cancelled", "cancelled"),
        (result(), {"timed_out": True}, "timeout_none", "no answer was found"),
        (result(), {}, "timeout_none", "no answer was found"),
        (result(), {"cancelled": True}, "cancelled", "no answer was found"),
        (result(unsolvable=True), {"timed_out": True}, "unsolvable", "it is proved"),
        (result(ANSWER, abstained=True), {}, "refuted", "not solved"),
    ],
)
def test_status_and_headline(
    found: Result, options: dict[str, bool], status: str, says: str
) -> None:
    reply = reply_of(found, MAZE, PUZZLE, **options)
    assert reply.status == reply.data["status"] == status
    assert says in reply.text
    assert reply.text.splitlines()[0].startswith(("solved:", "not solved:", "unsol", "cancelled:"))


@given(
    answer=st.sampled_from([None, ANSWER, WRONG]),
    abstained=st.booleans(),
    unsolvable=st.booleans(),
    timed_out=st.booleans(),
    cancelled=st.booleans(),
)
def test_nothing_is_solved_that_the_rules_do_not_accept(
    answer: MazeAnswer | None,
    abstained: bool,
    unsolvable: bool,
    timed_out: bool,
    cancelled: bool,
) -> None:
    found = result(answer, abstained=abstained, unsolvable=unsolvable)
    reply = reply_of(found, MAZE, PUZZLE, timed_out=timed_out, cancelled=cancelled)
    assert (reply.status == "solved") == (answer is ANSWER and not abstained)
    assert reply.data["solved"] == (reply.status == "solved")
    assert reply.text.startswith("solved:") == (reply.status == "solved")
    assert not reply.is_error


def test_text_and_data_are_each_complete() -> None:
    reply = reply_of(result(ANSWER, confidence=0.9, segments=3, bundle="abc"), MAZE, PUZZLE)
    for part in ("Soo\n##o\nGoo", "cost 6", "source hrm", "3 segments", "seed 5", "solver maze"):
        assert part in reply.text
    data = json.loads(json.dumps(reply.data))
    assert data["answer"]["path"][0] == [0, 0]
    expected = {"source": "hrm", "confidence": 0.9, "segments": 3}
    expected |= {"seed": 5, "solver": "maze", "bundle": "abc"}
    assert {key: data[key] for key in expected} == expected
    verdict = {"valid": True, "optimal": True, "cost": 6.0}
    assert data["verdict"] == {**verdict, "violations": [], "violations_in_all": 0}


def test_violations_come_with_their_places() -> None:
    reply = reply_of(result(WRONG), MAZE, PUZZLE)
    (violation,) = reply.data["verdict"]["violations"]
    assert violation["places"] == [[0, 0], [2, 0]]
    assert f"- {violation['message']}" in reply.text


def test_an_answer_that_a_better_one_exists_for_says_so() -> None:
    longer = MAZE.coerce_answer(PUZZLE, [[0, 0], [0, 1], [0, 0], *ANSWER.path[1:]])
    reply = reply_of(result(longer), MAZE, PUZZLE)
    assert reply.status == "solved"
    assert "though a better one exists" in reply.text
    assert reply.data["verdict"]["optimal"] is False


def test_many_violations_and_large_pictures_are_cut() -> None:
    many = [
        Violation(rule="row", message=f"row {n}", places=tuple((n, k) for k in range(100)))
        for n in range(50)
    ]
    verdict = Verdict(valid=False, violations=tuple(many))
    found = result(WRONG).model_copy(update={"verdict": verdict})
    reply = reply_of(found, MAZE, PUZZLE)
    assert len(reply.data["verdict"]["violations"]) == MOST_VIOLATIONS
    assert reply.data["verdict"]["violations_in_all"] == 50
    assert all(len(v["places"]) == MOST_VIOLATIONS for v in reply.data["verdict"]["violations"])
    assert "and 30 more" in reply.text
    row = "." * 198
    large = MAZE.parse("\n".join([f"S{row}", *[f".{row}"] * 98, f"{row}G"]))
    assert len(drawn(MAZE, large)) < MOST_TEXT + 100
    assert "of 19,999 characters" in drawn(MAZE, large)


def test_an_error_has_every_field_and_a_correct_call() -> None:
    error = InputError("there are 80 cells", path="puzzle", expected="81", got="x", hint="add one")
    reply = reply_of_error(error, example={"puzzle": "S.G"})
    assert reply.is_error
    assert reply.data["error"] == {
        "code": "bad_input",
        "message": "there are 80 cells",
        "path": "puzzle",
        "expected": "81",
        "got": "x",
        "hint": "add one",
        "example": {"puzzle": "S.G"},
        "retryable": False,
    }
    assert 'such as {"puzzle": "S.G"}' in reply.text
    assert "there are 80 cells; expected 81; got x; add one" in reply.text
    again = with_example(reply_of_error(error), {"puzzle": "S.G"})
    assert again == reply


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (BusyError("there is much to do"), True),
        (StorageError("the disk is full"), True),
        (UnknownNameError("tool", "slove", ["solve"]), False),
        (ToolkitError("something"), False),
    ],
)
def test_what_may_go_better_another_time_is_retryable(error: ToolkitError, retryable: bool) -> None:
    assert reply_of_error(error).data["error"]["retryable"] is retryable


def test_a_reply_survives_json() -> None:
    reply = reply_of(result(ANSWER), MAZE, PUZZLE)
    assert Reply.model_validate_json(reply.model_dump_json()) == reply
