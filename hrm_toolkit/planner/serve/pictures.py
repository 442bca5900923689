"""Pictures of what a client has: puzzles and states by handle, and the answers of its jobs."""

from __future__ import annotations

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Answer, AnyAdapter, InputError, Puzzle, validate
from hrm_toolkit.core.scene import Scene
from hrm_toolkit.planner.handles import is_handle
from hrm_toolkit.planner.jobs.job import Part
from hrm_toolkit.planner.service import Service

MOST_SHAPES = 20_000
"""Of a picture; an SVG then has some two million characters at the most."""


def handle_scene(service: Service, handle: str, client: str) -> Scene:
    """A handle's puzzle, with what was played on it so far.

    Raises:
        InputError: when nothing is held by that name, or it is too large.
    """
    if not is_handle(handle):
        raise InputError(f'"{handle}" is no handle', expected="a handle such as puzzle:7f3a")
    held = service.handles.get(handle, client=client)
    adapter = get_adapter(held.puzzle.task)
    played = None if held.state is None else adapter.rules.so_far(held.state)
    return _bounded(adapter, held.puzzle, played)


def job_scene(service: Service, id: str, number: int, client: str) -> Scene:
    """A puzzle of a job with its answer, or with the best so far.

    Args:
        service: has the job.
        id: of the job.
        number: of the puzzle, from 1.
        client: whose job it is.

    Raises:
        UnknownNameError: when the client has no such job.
        InputError: when it is too large.
    """
    part = Part.of(service.jobs.get(id, client=client).request["puzzles"][number - 1])
    data = service.job("get", id, wait_s=0.0, client=client).data
    if "answer" not in data and "replies" not in data:
        data = data.get("best") or {}
    if "replies" in data:
        data = data["replies"][number - 1]
    answer = data.get("answer")
    if answer is not None:
        answer = validate(part.adapter.answer_type, answer)
    return _bounded(part.adapter, part.puzzle, answer)


def _bounded(adapter: AnyAdapter, puzzle: Puzzle, answer: Answer | None) -> Scene:
    drawn = adapter.scene(adapter.shown(puzzle), answer)
    if len(drawn.shapes) > MOST_SHAPES:
        raise InputError(
            f"the picture has {len(drawn.shapes):,} shapes",
            expected=f"at most {MOST_SHAPES:,}",
            hint="read it as text: the tool render, or the job",
        )
    return drawn
