"""Files with pictures of puzzles and answers: SVG by itself, PNG and GIF through Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hrm_toolkit.core import Answer, AnyAdapter, Puzzle
    from hrm_toolkit.core.scene import Scene

FORMATS = (".svg", ".png", ".gif")
_FRAME_MS = 500
_LAST_FRAME_MS = 2500


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


def draw(path: Path, adapter: AnyAdapter, puzzle: Puzzle, answers: Sequence[Answer]) -> None:
    """Draw a puzzle with its answer.

    Args:
        path: its ending decides the format; a GIF shows the puzzle, then each answer in turn.
        adapter: of its task.
        puzzle: to draw.
        answers: the last one is the final answer; none draws the puzzle alone.
    """
    from hrm_toolkit.adapters.pictures import raster

    ending = path.suffix.lower()
    if ending == ".gif":
        frames = [adapter.scene(puzzle), *(adapter.scene(puzzle, answer) for answer in answers)]
        _write_gif(path, frames)
        return
    final = adapter.scene(puzzle, answers[-1] if answers else None)
    if ending == ".svg":
        path.write_text(final.svg(), encoding="utf-8")
    else:
        raster(final).save(path)


def _write_gif(path: Path, scenes: Sequence[Scene]) -> None:
    from hrm_toolkit.adapters.pictures import raster

    first, *rest = map(raster, scenes)
    times = [_FRAME_MS] * len(rest) + [_LAST_FRAME_MS]
    first.save(path, save_all=True, append_images=rest, duration=times, loop=0)
