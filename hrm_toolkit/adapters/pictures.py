"""Puzzles drawn by their adapters, and scenes as pixels through Pillow."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from typing import Any

from hrm_toolkit.core import Answer, AnyAdapter, MissingExtraError, Puzzle
from hrm_toolkit.core.scene import Circle, Line, Polygon, Rectangle, Scene, Shape, Words

_MOST_PIXELS = 4096
_USUAL_PIXELS, _LEAST, _LARGEST = 720, 32, 96
"""Pixels of the longer side that a picture is given, where a cell then has neither fewer nor more
than so many."""
_FINE = 2
"""Times that a picture is drawn larger than it becomes, so that its slanted edges are smooth."""


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

    longer = max(scene.width, scene.height)
    scale = min(max(_USUAL_PIXELS / longer, _LEAST), _LARGEST, most / longer)
    width, height = (max(round(side * scale), 1) for side in (scene.width, scene.height))
    image = Image.new("RGB", (_FINE * width, _FINE * height), "white")
    pen = ImageDraw.Draw(image)
    for shape in scene.shapes:
        _stroke(pen, shape, _FINE * scale)
    return image.reduce(_FINE)


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
    elif isinstance(shape, Polygon):
        pen.polygon([(x * scale, y * scale) for x, y in shape.points], fill=shape.fill)
    elif isinstance(shape, Line):
        points = [(x * scale, y * scale) for x, y in shape.points]
        width = max(round(shape.width * scale), 1)
        pen.line(points, fill=shape.colour, width=width, joint="curve")
    elif isinstance(shape, Circle):
        x, y, radius = shape.x * scale, shape.y * scale, shape.radius * scale
        pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=shape.fill)
    else:
        _write(pen, shape, scale)


def _write(pen: Any, words: Words, scale: float) -> None:
    size = max(words.size * scale, 1.0)
    place, anchor = (words.x * scale, words.y * scale), "lm" if words.start else "mm"
    style: dict[str, Any] = {"font": _font(size), "anchor": anchor}
    if words.halo:
        white = {"fill": "white", "stroke_fill": "white", "stroke_width": round(size / 6)}
        pen.text(place, words.text, **white, **style)
    # Pillow's own font has no bold cut.
    thick = max(round(size / 28), 1) if words.bold else 0
    pen.text(place, words.text, fill=words.colour, stroke_width=thick, **style)
