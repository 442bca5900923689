"""Files with pictures of puzzles and answers: SVG and HTML by themselves, PNG and GIF by Pillow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from hrm_toolkit.core import AnyAdapter, Puzzle, Result, Segment
    from hrm_toolkit.core.scene import Scene
    from hrm_toolkit.solvers.solver import Solver

T = TypeVar("T")

FORMATS = (".svg", ".png", ".gif", ".html")
MOST_FRAMES = 64
"""Segments that a file shows, evenly spread where there were more."""

_MOST_BYTES = 1_000_000
"""Of a page; where its segments are larger, fewer of them are shown."""

_FRAME_MS = 500
_LAST_FRAME_MS = 2500
_STYLE = """
:root { color-scheme: light dark; }
body { margin: 1rem auto; max-width: 70rem; padding: 0 1rem; font: 1rem/1.4 system-ui, sans-serif;
  background: Canvas; color: CanvasText; }
main { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); }
h1 { grid-column: 1 / -1; margin: 0; }
figure { margin: 0; }
figure svg { display: block; width: 100%; max-height: 34rem; }
figcaption { font-weight: 600; margin: .3rem 0; }
li { overflow-wrap: anywhere; }
"""


@dataclass(frozen=True)
class Frame:
    """One picture of several.

    Attributes:
        scene: what is drawn.
        words: what it shows, on one line.
        lines: what the rules say against it.
        segments: that it shows, one of each solver.
    """

    scene: Scene
    words: str
    lines: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()


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
    if ending in (".png", ".gif"):
        try:
            import PIL  # noqa: F401
        except ImportError:
            raise MissingExtraError("pictures", "pillow") from None


def segment_frames(
    adapter: AnyAdapter, puzzle: Puzzle, segments: Sequence[Segment]
) -> Iterable[Frame]:
    """The puzzle, and the answer after each segment: what is wrong, doubted and new is marked."""
    from hrm_toolkit.adapters.marking import marked
    from hrm_toolkit.core.telling import kind_of, segment_words, violation_lines

    shown = adapter.shown(puzzle)
    at, before = adapter.places(shown), adapter.scene(shown)
    words = adapter.codec.hint_words
    yield Frame(before, f"the puzzle: {kind_of(puzzle)}")
    for segment in _spread(segments):
        now = adapter.scene(shown, segment.answer)
        verdict = segment.verdict
        said: Any = {"sure": segment.sure, "hints": segment.hints, "hint_words": words, "at": at}
        drawn = marked(now, verdict=verdict, before=before, **said)
        lines = () if verdict.valid else tuple(violation_lines(verdict))
        yield Frame(drawn, segment_words(segment), lines, (segment,))
        before = now


def frames_beside(several: Sequence[Sequence[Frame]], names: Sequence[str]) -> list[Frame]:
    """The frames of several solvers as one row; who has ended earlier stays as it was."""
    from hrm_toolkit.adapters.marking import side_by_side

    longest = max(map(len, several))
    rounds = zip(*([*own, *[own[-1]] * (longest - len(own))] for own in several), strict=True)
    frames = []
    for one in rounds:
        words = [f"{name}: {frame.words}" for name, frame in zip(names, one, strict=True)]
        lines = [
            f"{name}: {line}"
            for name, frame in zip(names, one, strict=True)
            for line in frame.lines
        ]
        same = one[0].words if len({frame.words for frame in one}) == 1 else "; ".join(words)
        segments = tuple(segment for frame in one for segment in frame.segments)
        scene = side_by_side([frame.scene for frame in one], names)
        frames.append(Frame(scene, same, tuple(lines), segments))
    return frames


def answer_frame(adapter: AnyAdapter, puzzle: Puzzle, result: Result) -> Frame:
    """What came of the puzzle, with what the rules refute of it."""
    from hrm_toolkit.adapters.marking import answered, marked
    from hrm_toolkit.core.telling import headline, violation_lines

    drawn = answered(adapter.scene(puzzle, result.answer), adapter.scene(puzzle))
    lines = () if result.verdict.valid else tuple(violation_lines(result.verdict))
    # Without an answer there is no place that it has wrong.
    verdict = None if result.answer is None else result.verdict
    return Frame(marked(drawn, verdict=verdict), headline(result, puzzle), lines)


def heat_frame(adapter: AnyAdapter, puzzle: Puzzle, segments: Sequence[Segment]) -> Frame:
    """Where the answer changed how often, from the first segment to the last."""
    from hrm_toolkit.adapters.marking import heat

    shown = adapter.shown(puzzle)
    scenes = [adapter.scene(shown, segment.answer) for segment in _spread(segments)]
    return Frame(heat(scenes), "how often each place changed from segment to segment")


def write(path: Path, frames: Sequence[Frame]) -> None:
    """Write pictures to a file.

    Args:
        path: its ending decides the format: a GIF shows each in turn, HTML all of them, and the
            others the last one alone, all with their words.
        frames: one at the least.
    """
    from hrm_toolkit.adapters.marking import titled
    from hrm_toolkit.adapters.pictures import raster

    ending = path.suffix.lower()
    if ending == ".html":
        path.write_text(_page(frames), encoding="utf-8")
        return
    shown = frames if ending == ".gif" else frames[-1:]
    scenes = titled([frame.scene for frame in shown], [frame.words for frame in shown])
    if ending == ".gif":
        _write_gif(path, scenes)
    elif ending == ".svg":
        path.write_text(scenes[-1].svg(), encoding="utf-8")
    else:
        raster(scenes[-1]).save(path, optimize=True)


def write_page(
    path: Path,
    puzzle: Puzzle,
    solver: Solver | None,
    names: Sequence[str],
    frames: Sequence[Frame],
    more: Sequence[Frame] = (),
) -> None:
    """Write a page on which segments are stepped through, and the network itself thinks.

    Args:
        path: of the page.
        puzzle: that it begins with.
        solver: whose network is on the page where a browser can run it; None for none.
        names: of the solvers whose segments they are.
        frames: the puzzle, its segments and, where there is one, the answer.
        more: pictures that are no part of them.
    """
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.cli.solving.offline import offline_page
    from hrm_toolkit.cli.solving.tape import tape
    from hrm_toolkit.core import InputError
    from hrm_toolkit.solvers.bundles.elsewhere import thinking

    adapter, thinker = get_adapter(puzzle.task), None
    if solver is not None:
        with suppress(InputError):
            thinker = thinking(solver, puzzle)
    thought = any(frame.segments for frame in frames)
    if thinker is None and not thought:
        write(path, [*frames, *more])
        return
    title = f"{puzzle.size_words} {adapter.title}"
    told = [frames[k] for k in dict.fromkeys((0, len(frames) - 1))]
    pictures = _figures([*told, *more])
    most = MOST_FRAMES
    while True:
        taped = tape([frames[0], *_spread(frames[1:], most)], names) if thought else None
        page = offline_page(title, adapter.render(puzzle), pictures, taped, thinker)
        if len(page.encode()) < _MOST_BYTES or most <= 2:
            break
        most //= 2
    path.write_text(page, encoding="utf-8")


def _spread(several: Sequence[T], most: int = MOST_FRAMES) -> Sequence[T]:
    """Some of several, the last always among them."""
    stride = -(-len(several) // most) or 1
    return several[::-1][::stride][::-1]


def _page(frames: Sequence[Frame]) -> str:
    """A page without scripts that needs nothing else, legible in light and in dark."""
    title = _words(frames[0])
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
    )
    return f"{head}<body><main><h1>{title}</h1>{_figures(frames)}</main></body></html>\n"


def _figures(frames: Sequence[Frame]) -> str:
    """Each picture with its words."""
    figures = []
    for frame in frames:
        said = "".join(f"<li>{escape(line)}</li>" for line in frame.lines)
        svg = frame.scene.svg().replace(
            "<svg ", f'<svg role="img" aria-label="{_words(frame)}" ', 1
        )
        listed = f"<ul>{said}</ul>" if said else ""
        caption = f"<figcaption>{_words(frame)}</figcaption>"
        figures.append(f"<figure>{svg}{caption}{listed}</figure>")
    return "".join(figures)


def _words(frame: Frame) -> str:
    return escape(frame.words[:1].upper() + frame.words[1:])


def _write_gif(path: Path, scenes: Sequence[Scene]) -> None:
    from hrm_toolkit.adapters.pictures import raster

    # Legends differ in height, and the frames of one file may not.
    width, height = max(s.width for s in scenes), max(s.height for s in scenes)
    first, *rest = (raster(replace(scene, width=width, height=height)) for scene in scenes)
    times = [_FRAME_MS] * len(rest) + [_LAST_FRAME_MS]
    first.save(path, save_all=True, append_images=rest, duration=times, loop=0)
