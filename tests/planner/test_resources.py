"""What a client reads by address: traces and pictures."""

from __future__ import annotations

import base64
import json
import runpy
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.adapters import registry
from hrm_toolkit.adapters.registry import get_adapter, register
from hrm_toolkit.core import Budget, InputError, ToolkitError, Verdict
from hrm_toolkit.planner.jobs.solve import Solve
from hrm_toolkit.planner.jobs.store import JobStore
from hrm_toolkit.planner.serve import resources
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

SMALL = "1... ..3. .4.. ...2"
LATIN = Path(__file__).parents[2] / "examples" / "latin-square" / "latin_square.py"
SHAPES = "{http://www.w3.org/2000/svg}"


def read(service: Service, path: str) -> Any:
    """A resource's contents, JSON as values."""
    kind, contents = resources.read(service, "local", resources.SCHEME + path)
    return json.loads(contents) if kind.type == resources.JSON else contents


def words(svg: str) -> list[str]:
    """The texts in a picture."""
    return [str(text.text) for text in ET.fromstring(svg).iter(SHAPES + "text")]  # noqa: S314


def test_every_task_has_a_picture_alone_and_answered(service: Service) -> None:
    for task in registry.BUILT_IN:
        example = get_adapter(task).generate(np.random.default_rng([0, 3, 1]))
        puzzle = json.dumps({"task": task, **example.puzzle.model_dump(mode="json")})
        handle = service.load_puzzle(puzzle).data["handle"]
        alone = read(service, f"handles/{handle}/picture.svg")
        job = service.solve(handle, strategy="exact").data["job"]
        answered = read(service, f"jobs/{job}/1/picture.svg")
        assert len(list(ET.fromstring(alone))) > 4  # noqa: S314 (our own)
        assert (answered != alone) == (service.job("get", job).data["answer"] is not None)
        assert read(service, f"jobs/{job}/1/picture.png").startswith(b"\x89PNG")


def test_a_job_whose_task_is_no_longer_there_is_still_told(service: Service) -> None:
    left = service.jobs.create({"puzzles": [{"task": "chess", "secret": 7}], "strategy": "exact"})
    service.jobs.finish(left.id)
    (puzzle,) = read(service, f"jobs/{left.id}")["request"]["puzzles"]
    assert puzzle["task"] == "chess"
    assert "chess" in puzzle["note"]
    assert "secret" not in puzzle


def test_numbers_of_a_task_of_ones_own_are_drawn_in_a_square(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    adapter = register(runpy.run_path(str(LATIN))["LatinSquareAdapter"])
    puzzle = adapter.generate(np.random.default_rng(0)).puzzle
    handle = service.load_puzzle(adapter.render(puzzle), task=adapter.task).data["handle"]
    drawn = words(read(service, f"handles/{handle}/picture.svg"))
    assert "".join(drawn) == "".join(adapter.render(puzzle).replace(".", "").split())


def test_a_state_is_drawn_as_it_was_played(service: Service) -> None:
    maze = service.load_puzzle("S..\n##.\nG..").data["handle"]
    state = service.step(service.step(maze).data["state"], "east").data["state"]
    assert "polyline" not in read(service, f"handles/{maze}/picture.svg")
    assert "polyline" in read(service, f"handles/{state}/picture.svg")


def test_outputs_that_check_an_arc_answer_are_not_drawn(service: Service) -> None:
    shown = {"train": [{"input": [[1, 0]], "output": [[0, 1]]}], "test": [{"input": [[2, 0]]}]}
    known = {**shown, "test": [{"input": [[2, 0]], "output": [[9] * 5]}]}
    pictures = []
    for puzzle in shown, known:
        handle = service.load_puzzle(json.dumps(puzzle), task="arc").data["handle"]
        pictures.append(read(service, f"handles/{handle}/picture.svg"))
    assert pictures[0] == pictures[1]


def test_a_batch_has_a_trace_and_a_picture_for_each_puzzle(box: Toolbox) -> None:
    call = {"puzzles": [SMALL, "....  ..3.  .4..  ...2"], "strategy": "neural"}
    job = box.call("batch", call).data["job"]
    for number, clues in (1, 4), (2, 3):
        told = read(box.service, f"jobs/{job}/{number}/trace")
        assert told["puzzle"] == number
        assert told["segments"][0]["segment"] == 1
        drawn = read(box.service, f"jobs/{job}/{number}/picture.svg")
        assert drawn.count('font-weight="bold"') == clues
    with pytest.raises(ToolkitError, match="expected one of 1, 2"):
        read(box.service, f"jobs/{job}/3/trace")
    with pytest.raises(ToolkitError, match="expected one of 1, 2"):
        read(box.service, f"jobs/{job}/0/picture.svg")


def test_a_trace_outlives_the_server(tmp_path: Path) -> None:
    with Service(jobs=JobStore(tmp_path / "jobs"), wait_s=60.0) as first:
        job = first.solve(SMALL, strategy="neural", segments=4).data["job"]
        before = read(first, f"jobs/{job}/1/trace")
    with Service(jobs=JobStore(tmp_path / "jobs")) as second:
        assert read(second, f"jobs/{job}/1/trace") == before
        assert second.job("get", job).status == "solved"
    assert before["segments"][-1]["violations"] == 0


def test_a_long_trace_is_kept_within_bounds_and_has_its_ends(service: Service) -> None:
    # No answer of it is right, so that every vote is asked for.
    reply = service.solve(
        "4.2. .... ...4 ...1",
        strategy="neural",
        segments=2,
        votes=100,
        wait_s=300.0,
        seconds=300.0,
    )
    told = read(service, f"jobs/{reply.data['job']}/1/trace")["segments"]
    numbers = [one["segment"] for one in told]
    assert numbers[0] == 1
    assert numbers[-1] == reply.data["segments"] >= 100
    assert numbers == sorted(set(numbers))
    assert 20 <= len(numbers) <= 65
    assert all(one["violations"] > 0 for one in told)
    # Other votes are on symmetries of the puzzle, and so are their answers.
    assert [one["answer"] is not None for one in told[:2]] == [True, False]


@given(segments=st.integers(1, 4000), share=st.sampled_from([1.0, 0.25, 0.01]))
def test_a_trace_is_evenly_spread_with_its_ends(segments: int, share: float) -> None:
    adapter = get_adapter("sudoku")
    solve = Solve(adapter, adapter.coerce(SMALL), budget=Budget(segments=segments), share=share)
    for _ in range(segments):
        solve.advance(Verdict(valid=True))
    numbers = [entry["segment"] for entry in solve.told()]
    most = max(64 * share, 4)
    assert min(segments, most // 2) <= len(numbers) <= most + 1
    assert (numbers[0], numbers[-1]) == (1, segments)
    steps = np.diff(numbers)
    assert len(set(steps[:-1])) <= 1
    assert not len(steps) or steps[-1] <= steps[0]


def test_exact_search_has_no_segments_and_says_so(service: Service) -> None:
    job = service.solve(SMALL, strategy="exact").data["job"]
    told = read(service, f"jobs/{job}/1/trace")
    assert told["segments"] == []
    assert "exact search has none" in told["note"]


def test_a_picture_that_is_too_large_is_refused(service: Service) -> None:
    rows = ["S" + ".#" * 130, *["#." * 130 + "#"] * 160, ".#" * 130 + "G"]
    handle = service.load_puzzle("\n".join(rows)).data["handle"]
    with pytest.raises(ToolkitError, match="at most 20,000"):
        read(service, f"handles/{handle}/picture.svg")


def test_another_clients_jobs_and_handles_are_not_read(service: Service) -> None:
    job = service.solve(SMALL, strategy="exact", client="ann").data["job"]
    handle = service.load_puzzle(SMALL, client="ann").data["handle"]
    for path in f"jobs/{job}/1/trace", f"jobs/{job}/1/picture.svg", f"handles/{handle}/picture.svg":
        with pytest.raises(ToolkitError, match="there is no"):
            read(service, path)


def test_pictures_of_pixels_are_offered_where_they_can_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert {"job-png", "handle-png"} <= {kind.name for kind in resources.kinds()}
    monkeypatch.setattr(resources.importlib.util, "find_spec", lambda name: None)
    assert not [kind for kind in resources.kinds() if kind.type == resources.PNG]


def test_a_browser_is_given_the_network_of_a_puzzle_and_its_code(service: Service) -> None:
    maze = service.load_puzzle("S..\n##.\nG..").data["handle"]
    told = read(service, f"handles/{maze}/network")
    assert told["solver"] == "maze"
    assert told["network"]["grid"]["way"] == ["S", "G", "o", "#"]
    assert base64.b64decode(told["code"]).startswith(b"\0asm")
    graph = service.load_puzzle("start A\ngoal C\nA -- B 1\nB -- C 2").data["handle"]
    assert read(service, f"handles/{graph}/network")["solver"] == "graph"
    lamps = service.load_puzzle("O.\n..", task="lights-out").data["handle"]
    with pytest.raises(InputError, match="no browser can think about this lights out puzzle"):
        read(service, f"handles/{lamps}/network")
