"""Segments as a page plays them: each shape once, and which of them each segment draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrm_toolkit.cli.solving.picture import Frame
    from hrm_toolkit.core import Segment


def tape(frames: Sequence[Frame], names: Sequence[str]) -> dict[str, Any]:
    """What ``tape.js`` plays, as JSON values.

    Args:
        frames: the first of the puzzle alone.
        names: of the solvers that the frames show, told where there are several.

    Returns:
        ``kind``, the puzzle in words; ``width`` and ``height`` of all pictures; ``shapes`` as SVG;
        ``stages``, each with ``words``, ``facts``, ``broken`` rules and ``runs`` of shapes, the
        first and how many, over and over; ``halting``, of each solver ``name`` and ``points``.
    """
    from hrm_toolkit.core.scene import Rectangle

    # Legends differ in height, and a picture must not jump.
    width = max(frame.scene.width for frame in frames)
    height = max(frame.scene.height for frame in frames)
    sheet = Rectangle(0, 0, width, height, "white").svg()
    numbers: dict[str, int] = {}
    stages = []
    for frame in frames:
        drawn = [sheet, *(shape.svg() for shape in frame.scene.shapes)]
        stages.append(
            {
                "words": frame.words[:1].upper() + frame.words[1:],
                "facts": _facts(frame.segments, names),
                "broken": list(frame.lines),
                "runs": list(_runs([numbers.setdefault(one, len(numbers)) for one in drawn])),
            }
        )
    return {
        "kind": frames[0].words.removeprefix("the puzzle: "),
        "width": width,
        "height": height,
        "shapes": list(numbers),
        "stages": stages,
        "halting": _halting(frames, names),
    }


def _runs(numbers: Sequence[int]) -> Iterator[int]:
    """Numbers as the first and the length of each run of successive ones."""
    first = length = 0
    for number in numbers:
        if length and number == first + length:
            length += 1
            continue
        if length:
            yield from (first, length)
        first, length = number, 1
    yield from (first, length)


def _facts(segments: Sequence[Segment], names: Sequence[str]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for segment, name in zip(segments, names, strict=False):
        own = {
            "halting probability": f"{segment.halt:.3f}",
            "mean confidence": f"{segment.confidence:.3f}",
            "cells filled": "" if segment.filled is None else str(segment.filled),
            "rules broken": str(len(segment.verdict.violations)),
            "time": f"{segment.seconds:.2f} s",
        }
        of = f", {name}" if len(names) > 1 else ""
        facts |= {f"{fact}{of}": said for fact, said in own.items() if said}
    return facts


def _halting(frames: Sequence[Frame], names: Sequence[str]) -> list[dict[str, Any]]:
    """Each solver's halting probabilities, once a segment."""
    lines = []
    for number, name in enumerate(names):
        seen = [frame.segments[number] for frame in frames if frame.segments]
        points = {segment.index: round(segment.halt, 4) for segment in seen}
        lines.append({"name": name if len(names) > 1 else "", "points": list(points.items())})
    return lines
