"""Puzzles drawn by their adapters, and scenes as pixels through Pillow."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hrm_toolkit.core import Answer, AnyAdapter, MissingExtraError, Puzzle
from hrm_toolkit.core.rules import Place, Verdict
from hrm_toolkit.core.scene import WRONG, Box, Circle, Line, Rectangle, Scene, Shape, Words

_MOST_PIXELS = 4096
_DOUBT, _FRAME, _LETTER = "#ffd27a", 0.09, 0.46


@dataclass(frozen=True)
class AdapterDrawing:
    """Draws a puzzle as its adapter does.

    Attributes:
        adapter: of its task.
        puzzle: what is drawn.
    """

    adapter: AnyAdapter
    puzzle: Puzzle

    def text(self, answer: Answer | None) -> str:
        """What the adapter draws for a terminal."""
        return self.adapter.render(self.puzzle, answer)

    def svg(self, answer: Answer | None) -> str | None:
        """The picture as SVG."""
        return self.adapter.scene(self.puzzle, answer).svg()


def marked(
    scene: Scene, *, verdict: Verdict | None = None, sure: str = "", at: Sequence[Place] = ()
) -> Scene:
    """A picture in which is seen what the rules refute and of what the network doubts.

    Args:
        scene: of a puzzle and an answer.
        verdict: each place of its violations gets a red frame.
        sure: a digit for each of ``at``, 9 for sure, as in ``Segment``; less is shaded the darker.
        at: the places of positions, as adapters tell them.

    Returns:
        The picture with a legend below, or as it was where nothing is to be marked.

    Example:
        >>> board = Scene(1, 1, (), corner=(0, 0))
        >>> [type(shape).__name__ for shape in marked(board, sure="4", at=[(0, 0)]).shapes]
        ['Rectangle', 'Rectangle', 'Words']
    """
    broken = verdict.violations if verdict is not None else ()
    frames = [_frame(box) for box in _boxes(scene, (p for v in broken for p in v.places))]
    shades: list[Shape] = []
    for place, digit in zip(at, sure, strict=False):
        box = scene.box(place)
        if digit < "9" and box is not None:
            shades.append(Rectangle(*box, _shade(int(digit))))
    legend = [(WRONG, "red frame: a rule is broken here")] if frames else []
    legend += [(_DOUBT, "the darker, the less sure the network is")] if shades else []
    drawn = replace(scene, shapes=(*shades, *scene.shapes, *frames))
    return with_legend(drawn, legend) if legend else scene


def with_legend(scene: Scene, legend: Sequence[tuple[str, str]]) -> Scene:
    """A picture with colours and what they mean below it, each on a line that fits its width."""
    shapes: list[Shape] = [*scene.shapes]
    longest = max(len(words) for _, words in legend)
    size = min(max(0.5, scene.width / 36), scene.width / (_LETTER * longest + 2.6))
    for number, (colour, words) in enumerate(legend):
        middle = scene.height + size * (1 + 1.5 * number)
        shapes.append(Rectangle(size / 2, middle - size / 2, size, size, colour))
        x = size * (2 + _LETTER * len(words) / 2)
        shapes.append(Words(x, middle, size, words))
    height = scene.height + size * (0.5 + 1.5 * len(legend))
    return replace(scene, height=height, shapes=tuple(shapes))


def _boxes(scene: Scene, places: Iterable[Place]) -> Iterable[Box]:
    """Where places lie, each once."""
    return dict.fromkeys(box for place in places if (box := scene.box(place)) is not None)


def _frame(box: Box) -> Line:
    x, y, width, height = box
    inside = _FRAME / 2
    left, top, right, bottom = x + inside, y + inside, x + width - inside, y + height - inside
    corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
    return Line(corners, WRONG, _FRAME)


def _shade(digit: int) -> str:
    """White for 9, and the full colour of doubt for 0."""
    part = (9 - digit) / 9
    full = (int(_DOUBT[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 - part * (255 - one)):02x}" for one in full)


def to_png(scene: Scene, most: int = _MOST_PIXELS) -> bytes:
    """A scene as PNG.

    Args:
        scene: to draw.
        most: pixels of the longer side.

    Raises:
        MissingExtraError: without Pillow.
    """
    try:
        image = raster(scene, most)
    except ModuleNotFoundError:
        raise MissingExtraError("pictures", "pillow") from None
    written = io.BytesIO()
    image.save(written, "png", optimize=True)
    return written.getvalue()


def raster(scene: Scene, most: int = _MOST_PIXELS) -> Any:
    """A scene as an image of Pillow's, its longer side of at most so many pixels."""
    from PIL import Image, ImageDraw

    scale = min(32.0, most / max(scene.width, scene.height))
    size = max(round(scene.width * scale), 1), max(round(scene.height * scale), 1)
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for shape in scene.shapes:
        _stroke(pen, shape, scale)
    return image


@functools.lru_cache(16)
def _font(size: float) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _stroke(pen: Any, shape: Shape, scale: float) -> None:
    if isinstance(shape, Rectangle):
        left, top = round(shape.x * scale), round(shape.y * scale)
        right, bottom = (shape.x + shape.width) * scale, (shape.y + shape.height) * scale
        box = [left, top, max(round(right) - 1, left), max(round(bottom) - 1, top)]
        pen.rectangle(box, fill=shape.fill)
    elif isinstance(shape, Line):
        points = [(x * scale, y * scale) for x, y in shape.points]
        width = max(round(shape.width * scale), 1)
        pen.line(points, fill=shape.colour, width=width, joint="curve")
    elif isinstance(shape, Circle):
        x, y, radius = shape.x * scale, shape.y * scale, shape.radius * scale
        pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=shape.fill)
    else:
        font = _font(max(shape.size * scale, 1.0))
        place = (shape.x * scale, shape.y * scale)
        pen.text(place, shape.text, fill=shape.colour, font=font, anchor="mm")
