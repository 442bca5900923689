"""What puzzles of states share in texts and pictures."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.core.files import Claim, Loaded, ReadOptions, Sample, TextForm
from hrm_toolkit.core.scene import Line, Polygon, Scene, Shape, Words

_FRAMES = 60
"""States that a picture shows, the first ones of a longer plan and its last."""
_CAPTION = 0.9


def with_plan(text: str, plan: Plan | None) -> str:
    """A puzzle's text, and below it the plan where there is one."""
    return text if plan is None else f"{text}\nplan: {', '.join(plan.actions)}"


def without_plan(text: str) -> str:
    """The part of a text that says the puzzle, where a plan may follow it."""
    return text.partition("plan:")[0].strip("\n").rstrip()


def headed(text: str, heading: re.Pattern[str]) -> list[str]:
    """The puzzles of a text, each from its heading on; the first may have none.

    Args:
        heading: what a line that begins a puzzle is, without spaces around it.
    """
    parts: list[list[str]] = []
    for line in text.splitlines():
        if heading.fullmatch(line.strip()) or not parts:
            parts.append([])
        parts[-1].append(line)
    return ["\n".join(part) for part in parts if "".join(part).strip()]


def text_form(adapter: SpaceAdapter[Any, Any], claims: Callable[[Sample], Claim]) -> TextForm:
    """The text that ``adapter`` parses as a form of files, one puzzle each."""

    def read(text: str, options: ReadOptions) -> Loaded:
        return Loaded.of(adapter.title, [(adapter.parse(text), None)])

    return TextForm(adapter.title, adapter.task, claims, read)


def film(
    adapter: SpaceAdapter[Any, Any],
    puzzle: Any,
    plan: Plan | None,
    draw: Callable[[Any], Scene],
) -> Scene:
    """The start of a puzzle, and the state after each action of a plan, in rows from the left.

    A plan is followed as far as its actions are possible.

    Args:
        draw: the picture of a state, all of them equally large.
    """
    frames = [("", adapter.start(puzzle))]
    for action in () if plan is None else plan.actions:
        if action not in adapter.actions(frames[-1][1]):
            break
        frames.append((action, adapter.step(frames[-1][1], action)))
    if len(frames) > _FRAMES:
        frames = [*frames[: _FRAMES - 1], (f"... {frames[-1][0]}", frames[-1][1])]
    scenes = [draw(state) for _, state in frames]
    if len(scenes) == 1:
        return scenes[0]
    width, height = scenes[0].width + 0.6, scenes[0].height + _CAPTION + 0.4
    columns = math.ceil(math.sqrt(len(scenes) * height / width))
    shapes: list[Shape] = []
    for number, (scene, (action, _)) in enumerate(zip(scenes, frames, strict=True)):
        x, y = 0.3 + number % columns * width, number // columns * height
        shapes.append(Words(x + scene.width / 2, y + _CAPTION / 2, 0.6, action or "start"))
        shapes += moved(scene.shapes, x, y + _CAPTION)
    rows = math.ceil(len(scenes) / columns)
    return Scene(width * min(columns, len(scenes)), height * rows, tuple(shapes))


def moved(shapes: Sequence[Shape], x: float, y: float) -> list[Shape]:
    """The shapes, so much further to the right and down."""
    found: list[Shape] = []
    for shape in shapes:
        if isinstance(shape, Line | Polygon):
            points = tuple((across + x, down + y) for across, down in shape.points)
            found.append(replace(shape, points=points))
        else:
            found.append(replace(shape, x=shape.x + x, y=shape.y + y))
    return found
