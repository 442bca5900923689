"""What ordinary clients do with the tools, and what they may rely on."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from fastmcp import Client as TypedClient
from mcp import Client, MCPError

from hrm_toolkit.adapters.maze import MazeAdapter
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.adapters.sudoku import SudokuAdapter
from hrm_toolkit.core import Deadline, InputError, Segment, Verdict
from hrm_toolkit.planner import limits, puzzles
from hrm_toolkit.planner.lines import bounded
from hrm_toolkit.planner.reply import MOST_TEXT, Reply, in_arguments, reply_of_error
from hrm_toolkit.planner.serve.bridge import Bridge
from hrm_toolkit.planner.serve.mcp import MOST_REPLY, make_server
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import CORE, MORE, Toolbox
from hrm_toolkit.planner.warmth import warm_up

SMALL = "1...  ..3.  .4..  ...2"
HELD = {"puzzle": "S..\n##.\nG..", "strategy": "exact"}
PATIENCE = 60.0


def error_of(reply: Reply) -> dict[str, Any]:
    assert reply.is_error
    return dict(reply.data["error"])


def test_more_calls_at_once_than_jobs_are_allowed_wait_for_each_other(box: Toolbox) -> None:
    def solve(number: int) -> Reply:
        return box.call("solve", {"puzzle": SMALL, "strategy": "exact", "seed": number})

    with ThreadPoolExecutor(24) as calls:
        replies = list(calls.map(solve, range(24)))
    assert [reply.status for reply in replies] == ["solved"] * 24


def test_jobs_that_run_on_are_no_more_than_a_client_may_have(gate: Any) -> None:
    with Service(client_jobs=2) as service:
        box = Toolbox(service)
        for _ in range(2):
            assert box.call("solve", {**HELD, "wait_s": 0}).status == "running"
        busy = box.call("solve", {**HELD, "wait_s": 0.05})
        assert error_of(busy)["code"] == "busy"
        assert error_of(busy)["example"] is None
        assert "arguments such as" not in busy.text
        waits = threading.Thread(target=gate.open.set)
        waits.start()
        assert box.call("solve", {**HELD, "wait_s": PATIENCE}).status == "solved"
        waits.join()


def test_a_call_that_waits_for_room_ends_with_the_service(gate: Any) -> None:
    service = Service(client_jobs=1)
    assert service.solve(**HELD, wait_s=0.0).status == "running"
    with ThreadPoolExecutor(1) as calls:
        waiting = calls.submit(service.solve, **HELD, wait_s=300.0)
        service.close()
        assert error_of(waiting.result(PATIENCE))["code"] == "busy"


@pytest.mark.usefixtures("gate")
@pytest.mark.parametrize("write", ["job:{0}", "{1}", '"{0}"', "{2}", "last", "Job:{2}"])
def test_a_job_is_found_however_its_id_is_written(box: Toolbox, write: str) -> None:
    id = box.call("solve", {**HELD, "wait_s": 0}).data["job"]
    written = write.format(id, id.upper(), id[:6])
    assert box.call("job", {"id": written, "wait_s": 0}).data["job"] == id
    assert box.call("cancel", {"id": written}).status == "cancelled"


@pytest.mark.usefixtures("gate")
def test_the_beginning_of_several_ids_stands_for_none_of_them(
    box: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = iter(["aaaabbbb11112222", "aaaabbbb33334444"])
    monkeypatch.setattr("secrets.token_hex", lambda _: next(ids))
    for _ in range(2):
        box.call("solve", {**HELD, "wait_s": 0})
    monkeypatch.undo()
    assert error_of(box.call("cancel", {"id": "aaaabbbb"}))["code"] == "unknown_name"
    assert box.call("cancel", {"id": "aaaabbbb3"}).data["job"] == "aaaabbbb33334444"


def test_a_job_cannot_be_cancelled_by_asking_for_it(box: Toolbox) -> None:
    refused = box.call("job", {"id": "last", "action": "cancel"})
    assert "the tool cancel" in refused.text


@pytest.mark.parametrize(
    ("called", "meant"),
    [
        ("solve_puzzle", "solve"),
        ("sudoku-solve", "solve"),
        ("mcp__hrm-toolkit__verify", "verify"),
        ("verify_answer", "verify"),
        ("puzzle_load", "load_puzzle"),
        ("get_job", "job"),
        ("slove", "solve"),
    ],
)
def test_a_tool_by_another_name_is_the_one_that_was_meant(
    box: Toolbox, called: str, meant: str
) -> None:
    assert error_of(box.call(called, {}))["hint"] == f'did you mean "{meant}"?'


def test_no_handle_is_guessed_for_another(box: Toolbox) -> None:
    handle = box.call("load_puzzle", {"puzzle": SMALL}).data["handle"]
    wrong = handle[:-1] + ("0" if handle[-1] != "0" else "1")
    said = box.call("solve", {"puzzle": wrong})
    assert handle not in said.text
    assert "load_puzzle" in error_of(said)["hint"]


@pytest.mark.parametrize("tool", ["solve", "load_puzzle", "verify", "step", "explain", "render"])
@pytest.mark.parametrize(
    "puzzle",
    ["what is this?", "p cnf 3 2\n1 -3 0", "a-b, c-d", "<a/>", "#@$.#", "12 monkeys", "{}", '"'],
)
def test_errors_speak_of_arguments_and_not_of_the_command_line(
    box: Toolbox, tool: str, puzzle: str
) -> None:
    first = "state" if tool == "step" else "puzzle"
    told = box.call(tool, {first: puzzle} | ({"answer": "?"} if tool == "verify" else {}))
    assert told.is_error
    assert "--" not in told.text
    assert "puzzle file" not in told.text
    assert not re.search(r"\badapter\b", told.text)


def test_what_an_error_quotes_is_left_as_it_is() -> None:
    error = InputError(
        'no adapter "--adapter" here',
        hint="give --weight NAME, or box (--box), or --box 3x2, or --adapter NAME",
        got="--adapter",
    )
    assert error_of(reply_of_error(error)) == {
        "code": "bad_input",
        "message": 'no task "--adapter" here',
        "path": None,
        "expected": None,
        "got": "--adapter",
        "hint": "give the argument weight, or the argument box, or the argument box, "
        "or the argument task",
        "example": None,
        "retryable": False,
    }
    assert in_arguments("serve with --host-name NAME") == "serve with --host-name NAME"


def big_maze() -> tuple[str, list[tuple[int, int]]]:
    example = MazeAdapter().generate(np.random.default_rng(3), size=100, difficulty="perfect")
    return "\n".join(example.puzzle.grid), list(example.answer.path)


def walked(start: tuple[int, int], moves: str) -> list[tuple[int, int]]:
    steps = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}
    cells = [start]
    for move in moves:
        cells.append((cells[-1][0] + steps[move][0], cells[-1][1] + steps[move][1]))
    return cells


def test_the_text_alone_has_the_whole_path_where_the_picture_is_cut(box: Toolbox) -> None:
    puzzle, path = big_maze()
    reply = box.call("solve", {"puzzle": puzzle, "strategy": "exact"})
    moves = re.search(r"^moves from the start .*: ([UDLR]+)$", reply.text, re.MULTILINE)
    assert moves is not None
    assert walked(path[0], moves[1]) == path
    assert len(reply.text) < MOST_TEXT + 1_000


def test_the_text_alone_has_the_answer_of_each_puzzle_of_a_batch(box: Toolbox) -> None:
    sudoku = SudokuAdapter()
    examples = [
        sudoku.generate(np.random.default_rng([5, n]), size=9, difficulty="easy") for n in range(40)
    ]
    puzzles = [sudoku.render(example.puzzle) for example in examples]
    reply = box.call("batch", {"puzzles": puzzles, "strategy": "exact", "wait_s": PATIENCE})
    assert reply.status == "solved"
    for example in examples:
        grid = json.dumps(example.answer.model_dump()["grid"], separators=(",", ":"))
        assert grid in reply.text or sudoku.render(example.puzzle, example.answer) in reply.text


def test_a_model_s_host_gets_no_more_than_it_takes(box: Toolbox) -> None:
    call = {"task": "maze", "size": 60, "count": 20, "wait_s": PATIENCE}
    reply = box.call("generate", call)
    data = bounded(reply, MOST_REPLY)
    assert len(reply.text) + len(json.dumps(data)) <= MOST_REPLY
    assert data["left_out"] == ["puzzles"]
    handles = [made["handle"] for made in reply.data["puzzles"]]
    assert [made["handle"] for made in data["puzzles"]] == handles
    assert all(handle in reply.text for handle in handles)
    whole = Reply.of("ok", "short", puzzle={"grid": "a"})
    assert bounded(whole, MOST_REPLY) == whole.data


def test_fewer_puzzles_than_asked_for_are_said_to_be_fewer(
    box: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate, clock = MazeAdapter.generate, [0.0]
    monkeypatch.setattr(limits, "deadline", lambda s, _: Deadline.after(s, lambda: clock[0]))

    def slow(*args: Any, **options: Any) -> Any:
        clock[0] += 4.0
        return generate(*args, **options)

    monkeypatch.setattr(MazeAdapter, "generate", slow)
    reply = box.call("generate", {"task": "maze", "count": 20, "wait_s": 10})
    assert reply.text.startswith("made 3 of 20 in 10 s")
    assert (reply.data["asked"], len(reply.data["puzzles"])) == (20, 3)


def test_one_puzzle_that_takes_too_long_holds_up_nobody(
    box: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    generate = MazeAdapter.generate

    def held(*args: Any, **options: Any) -> Any:
        let_go.wait(PATIENCE)
        return generate(*args, **options)

    monkeypatch.setattr(MazeAdapter, "generate", held)
    reply = box.call("generate", {"task": "maze", "wait_s": 0})
    let_go.set()
    assert reply.status == "timeout_none"
    assert reply.text == "made 0 of 1 in 0 s; a longer wait_s makes more"


@pytest.mark.parametrize(
    ("tool", "call"), [("explain", {"puzzle": SMALL}), ("generate", {"task": "sudoku", "size": 4})]
)
def test_while_the_server_compiles_a_call_waits_no_longer_than_it_may(
    box: Toolbox, monkeypatch: pytest.MonkeyPatch, tool: str, call: dict[str, Any]
) -> None:
    begun, compiled = threading.Event(), threading.Event()

    def warm_up(task: str) -> None:
        if task == "sudoku":
            begun.set()
            compiled.wait(PATIENCE)

    monkeypatch.setattr(puzzles, "warm_up", warm_up)
    warming = threading.Thread(target=box.service.warm)
    warming.start()
    begun.wait(PATIENCE)
    told = error_of(box.call(tool, {**call, "wait_s": 0.01}))
    assert (told["code"], told["retryable"], told["example"]) == ("busy", True, None)
    assert not box.service.ready
    assert box.call("explain", {"puzzle": "S.G", "wait_s": PATIENCE}).status == "ok"
    compiled.set()
    assert box.call(tool, {**call, "wait_s": PATIENCE}).status == "ok"
    warming.join()
    assert box.service.ready


def noted(method: Callable[..., Any], used: list[str]) -> Callable[..., Any]:
    def call(adapter: Any, *args: Any, **options: Any) -> Any:
        used.append(f"{adapter.task} {method.__name__}")
        return method(adapter, *args, **options)

    return call


def test_warming_up_uses_what_first_calls_use(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[str] = []
    for name in ("sudoku", "maze"):
        kind = type(get_adapter(name))
        for method in ("generate", "exact"):
            monkeypatch.setattr(kind, method, noted(getattr(kind, method), used))
    warm_up.cache_clear()
    with Service() as service:
        service.warm()
        assert service.ready
        assert {"sudoku generate", "sudoku exact", "maze generate", "maze exact"} <= set(used)
        used.clear()
        service.warm()
    assert used == []


def test_warming_ends_with_its_service() -> None:
    warm_up.cache_clear()
    service = Service()
    service.close()
    service.warm()
    assert not service.ready
    assert warm_up.cache_info().currsize == 0


def test_descriptions_name_the_tasks_and_those_that_are_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solve = next(tool for tool in CORE if tool.name == "solve")
    for word in ("sudoku", "maze", "path", "graph", "arc", "grid"):
        assert word in solve.description.lower()

    class Tents(MazeAdapter):
        task = "tents"
        summary = "place a tent beside each tree"

    monkeypatch.setattr("hrm_toolkit.adapters.registry._registered", {"tents": Tents()})
    for tool in (*CORE, *MORE):
        assert len(tool.description) <= 1_024
    assert "tents: place a tent beside each tree" in solve.description
    many = {f"task{n}": Tents() for n in range(300)}
    monkeypatch.setattr("hrm_toolkit.adapters.registry._registered", many)
    assert "more that describe lists" in solve.description
    assert len(solve.description) <= 1_024


def test_a_list_has_no_page_of_an_unknown_cursor(service: Service) -> None:
    async def main() -> list[int]:
        async with Client(make_server(Toolbox(service)), mode="legacy") as client:
            codes = []
            for ask in (
                *(client.list_tools, client.list_prompts),
                *(client.list_resources, client.list_resource_templates),
            ):
                with pytest.raises(MCPError) as refused:
                    await ask(cursor="page-2")
                codes.append(refused.value.error.code)
            return codes

    assert asyncio.run(main()) == [-32602] * 4


def test_a_typed_client_keeps_the_answer(mcp_url: str) -> None:
    async def main() -> Any:
        async with TypedClient(mcp_url) as client:
            return (await client.call_tool("solve", {"puzzle": SMALL})).data

    data = asyncio.run(main())
    assert data.status == "solved"
    assert data.answer["grid"][0] == [1, 3, 2, 4]
    assert data.verdict["violations"] == []
    assert data.job


def test_sessions_of_one_address_are_clients_of_their_own(mcp_url: str) -> None:
    async def main() -> tuple[Any, ...]:
        async with Client(mcp_url, mode="legacy") as ann, Client(mcp_url, mode="legacy") as bob:
            held = await ann.call_tool("load_puzzle", {"puzzle": SMALL})
            handle = held.structured_content["handle"]
            solved = await ann.call_tool("solve", {"puzzle": handle, "strategy": "exact"})
            job = solved.structured_content["job"]
            theirs = [
                await bob.call_tool("solve", {"puzzle": handle}),
                await bob.call_tool("job", {"id": job}),
                await bob.call_tool("cancel", {"id": job}),
            ]
            listed = await bob.call_tool("job", {})
            return (await ann.call_tool("job", {"id": job})), theirs, listed

    mine, theirs, listed = asyncio.run(main())
    assert mine.structured_content["status"] == "solved"
    assert [reply.is_error for reply in theirs] == [True] * 3
    assert listed.structured_content["jobs"] == []


def test_progress_that_comes_fast_is_told_by_its_newest() -> None:
    told: list[int] = []

    def call(*, on_progress: Any) -> Reply:
        for segment in range(1, 201):
            said = {"answer": None, "verdict": Verdict(valid=True), "confidence": 0.5}
            on_progress(Segment(index=segment, total=200, halt=0.0, **said))
        return Reply.of("ok", "done")

    async def tell(segment: Segment) -> None:
        told.append(segment.index)

    async def main() -> Reply:
        began = time.perf_counter()
        reply = await Bridge().told(tell, call, every=3_600.0)
        assert time.perf_counter() - began < 3_600.0
        return reply

    assert asyncio.run(main()).status == "ok"
    assert told[-1] == 200
    assert len(told) <= 2


def test_what_is_several_tasks_is_not_warmed_part_by_part(monkeypatch, caplog) -> None:
    made = []
    mixture = get_adapter("constraints")
    generate = type(mixture).generate

    def noted(self, rng, *, size=None, difficulty=None):
        made.append(difficulty)
        return generate(self, rng, size=4, difficulty="latin")

    monkeypatch.setattr(type(mixture), "generate", noted)
    warm_up.cache_clear()
    warm_up("constraints")
    # One of its variants is not made of the smallest size.
    warm_up("sudoku-variant")
    assert made == [None]
    assert not caplog.records
