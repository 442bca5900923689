"""Scenes as pictures: SVG by itself, pixels through Pillow."""

from __future__ import annotations

import functools
import io
from html import escape
from typing import Any

from hrm_toolkit.adapters.scenes import Circle, Line, Rectangle, Scene, Shape
from hrm_toolkit.core import MissingExtraError

_MOST_PIXELS = 4096


def to_svg(scene: Scene) -> str:
    """A scene as one SVG document.

    Example:
        >>> from hrm_toolkit.adapters.scenes import Rectangle, Scene
        >>> to_svg(Scene(2, 1, (Rectangle(0, 0, 1, 1, "red"),))).splitlines()[1]
        '<rect x="0" y="0" width="1" height="1" fill="red"/>'
    """
    size = f"{scene.width:g} {scene.height:g}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">'
    return "\n".join([head, *map(_svg, scene.shapes), "</svg>"]) + "\n"


def _svg(shape: Shape) -> str:
    if isinstance(shape, Rectangle):
        box = f'x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}" height="{shape.height:g}"'
        return f'<rect {box} fill="{shape.fill}"/>'
    if isinstance(shape, Line):
        points = " ".join(f"{x:.4g},{y:.4g}" for x, y in shape.points)
        style = f'fill="none" stroke="{shape.colour}" stroke-width="{shape.width:g}"'
        ends = 'stroke-linecap="round" stroke-linejoin="round"'
        return f'<polyline points="{points}" {style} {ends}/>'
    if isinstance(shape, Circle):
        return (
            f'<circle cx="{shape.x:g}" cy="{shape.y:g}" r="{shape.radius:g}" fill="{shape.fill}"/>'
        )
    weight = ' font-weight="bold"' if shape.bold else ""
    place = f'x="{shape.x:g}" y="{shape.y:g}" text-anchor="middle" dominant-baseline="central"'
    font = f'font-family="sans-serif" font-size="{shape.size:g}"{weight} fill="{shape.colour}"'
    # XML has no place for control characters, escaped or not.
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shape.text)
    return f"<text {place} {font}>{escape(text)}</text>"


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
