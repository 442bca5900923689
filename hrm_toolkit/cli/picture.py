"""Pictures of puzzles and answers: SVG by itself, PNG and GIF through Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrm_toolkit.cli.scenes import Scene, Shape
    from hrm_toolkit.core import Answer, Puzzle

FORMATS = (".svg", ".png", ".gif")
_FRAME_MS = 500
_LAST_FRAME_MS = 2500
_MOST_PIXELS = 4096


def require_format(path: Path) -> None:
    """Refuse a file that no picture can be written to, before anything is solved.

    Raises:
        OptionError: for another ending, or a folder that is not there.
        MissingExtraError: for PNG and GIF without Pillow.
    """
    from hrm_toolkit.core import MissingExtraError, OptionError

    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise OptionError(
            "--picture cannot tell the format", expected="a name in " + ", ".join(FORMATS), got=path
        )
    if not path.parent.is_dir():
        raise OptionError(
            f'there is no folder "{path.parent}" for the picture', hint="make it first"
        )
    if ending != ".svg":
        try:
            import PIL  # noqa: F401
        except ImportError:
            raise MissingExtraError("pictures", "pillow") from None


def draw(path: Path, puzzle: Puzzle, answers: Sequence[Answer]) -> None:
    """Draw a puzzle with its answer.

    Args:
        path: its ending decides the format; a GIF shows the puzzle, then each answer in turn.
        answers: the last one is the final answer; none draws the puzzle alone.

    Raises:
        OptionError: for a task that has no picture.
    """
    from hrm_toolkit.cli.scenes import scene

    ending = path.suffix.lower()
    if ending == ".gif":
        frames = [scene(puzzle, None), *(scene(puzzle, answer) for answer in answers)]
        _write_gif(path, frames)
        return
    final = scene(puzzle, answers[-1] if answers else None)
    if ending == ".svg":
        path.write_text(to_svg(final), encoding="utf-8")
    else:
        _raster(final).save(path)


def to_svg(scene: Scene) -> str:
    """A scene as one SVG document.

    Example:
        >>> from hrm_toolkit.cli.scenes import Rectangle, Scene
        >>> to_svg(Scene(2, 1, (Rectangle(0, 0, 1, 1, "red"),))).splitlines()[1]
        '<rect x="0" y="0" width="1" height="1" fill="red"/>'
    """
    size = f"{scene.width:g} {scene.height:g}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">'
    return "\n".join([head, *map(_svg, scene.shapes), "</svg>"]) + "\n"


def _svg(shape: Shape) -> str:
    from hrm_toolkit.cli.scenes import Circle, Line, Rectangle

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


def _raster(scene: Scene) -> Any:
    from PIL import Image, ImageDraw

    scale = min(32.0, _MOST_PIXELS / max(scene.width, scene.height))
    size = max(round(scene.width * scale), 1), max(round(scene.height * scale), 1)
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for shape in scene.shapes:
        _stroke(pen, shape, scale)
    return image


def _stroke(pen: Any, shape: Shape, scale: float) -> None:
    from PIL import ImageFont

    from hrm_toolkit.cli.scenes import Circle, Line, Rectangle

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
        font = ImageFont.load_default(max(shape.size * scale, 1))
        place = (shape.x * scale, shape.y * scale)
        pen.text(place, shape.text, fill=shape.colour, font=font, anchor="mm")


def _write_gif(path: Path, scenes: Sequence[Scene]) -> None:
    first, *rest = map(_raster, scenes)
    times = [_FRAME_MS] * len(rest) + [_LAST_FRAME_MS]
    first.save(path, save_all=True, append_images=rest, duration=times, loop=0)
