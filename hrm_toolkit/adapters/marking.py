"""Marks in pictures: rules that are broken, doubts of a network, what changed, and a legend."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from textwrap import wrap
from types import MappingProxyType

from hrm_toolkit.core.rules import Place, Verdict
from hrm_toolkit.core.scene import (
    NEW,
    WRONG,
    Box,
    Line,
    Point,
    Polygon,
    Rectangle,
    Scene,
    Shape,
    Words,
)

_DOUBT, _CHANGED, _KNOWN = "#ffd27a", "#8f5be0", "#4fae6a"
_FRAME, _LETTER = 0.09, 0.48


def marked(
    scene: Scene,
    *,
    verdict: Verdict | None = None,
    before: Scene | None = None,
    sure: str = "",
    hints: str = "",
    hint_words: Mapping[int, str] = MappingProxyType({}),
    at: Sequence[Place] = (),
) -> Scene:
    """A picture in which is seen what the rules refute, what is new, and what the network doubts
    and has found out on its way.

    Args:
        scene: of a puzzle and an answer.
        verdict: each place of its violations gets a red frame.
        before: of the same puzzle a segment earlier; what is another now gets a violet bar.
        sure: a digit for each of ``at``, 9 for sure, as in ``Segment``; less is shaded the darker.
        hints: a digit for each of ``at``, as in ``Segment``; those that have words get a colour.
        hint_words: what they mean, see ``Codec.hint_words``.
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
    colours = hint_colours(hint_words)
    found = [(place, colours.get(int(digit))) for place, digit in zip(at, hints, strict=False)]
    known = [Rectangle(*box, c) for place, c in found if c and (box := scene.box(place))]
    shades: list[Shape] = []
    for place, digit in zip(at, sure, strict=False):
        box = scene.box(place)
        if digit < "9" and box is not None:
            shades.append(Rectangle(*box, shade(int(digit))))
    bars = [_bar(box) for box in changes(before, scene)] if before is not None else []
    legend = [(WRONG, "red frame: a rule is broken here")] if frames else []
    legend += [(_DOUBT, "the darker, the less sure the network is")] if shades else []
    legend += [(_CHANGED, "violet bar: changed at this segment")] if bars else []
    legend += [(c, hint_words[hint]) for hint, c in colours.items()] if known else []
    drawn = replace(scene, shapes=(*known, *shades, *scene.shapes, *bars, *frames))
    return with_legend(drawn, legend) if legend else scene


def answered(scene: Scene, plain: Scene) -> Scene:
    """A picture with an answer, and a legend that tells which colours are the answer's.

    Args:
        scene: with the answer.
        plain: of the puzzle alone.
    """
    legend = {NEW: "blue: the answer", WRONG: "red: a clue that the answer changes"}
    known = {*plain.shapes}
    added = [piece for piece in scene.shapes if piece not in known]
    placed = scene.corner is not None or scene.nodes
    if not placed and not all(isinstance(piece, Words) for piece in added):
        # In a row of pictures a colour may be anything's.
        return scene
    new = {_ink(piece) for piece in added}
    told = [(colour, words) for colour, words in legend.items() if colour in new]
    return with_legend(scene, told) if told else scene


def _ink(piece: Shape) -> str:
    return piece.colour if isinstance(piece, Line | Words) else piece.fill


def _size(width: float, longest: float = 0.0) -> float:
    """Of letters beside a picture so wide, in which a line of so many times that is to fit."""
    usual = max(0.4, width / 28)
    return min(usual, width / longest) if longest else usual


def with_legend(scene: Scene, legend: Sequence[tuple[str, str]]) -> Scene:
    """A picture with colours and what they mean below it, each on a line that fits its width."""
    shapes: list[Shape] = [*scene.shapes]
    longest = max(len(words) for _, words in legend)
    size = _size(scene.width, _LETTER * longest + 2.6)
    for number, (colour, words) in enumerate(legend):
        middle = scene.height + size * (1 + 1.5 * number)
        shapes.append(Rectangle(size / 2, middle - size / 2, size, size, colour))
        shapes.append(Words(2 * size, middle, size, words, start=True))
    height = scene.height + size * (0.5 + 1.5 * len(legend))
    return replace(scene, height=height, shapes=tuple(shapes))


def titled(scenes: Sequence[Scene], titles: Sequence[str]) -> list[Scene]:
    """Pictures with a line or two of words above each, all of one size.

    Example:
        >>> board = Scene(9, 9, (), corner=(0, 0))
        >>> (drawn,) = titled([board], ["solved: 9x9 Sudoku, verified by the rules"])
        >>> [piece.text for piece in drawn.shapes], drawn.width
        (['solved: 9x9 Sudoku, verified by the rules'], 9)
    """
    width, longest = max(scene.width for scene in scenes), max(map(len, titles))
    # Below three quarters of the usual size, words go on two lines instead.
    size = max(_size(width, _LETTER * longest + 1.2), 0.75 * _size(width))
    letters = max(int((width / size - 1.2) / _LETTER), 8)
    lines = [wrap(title, letters) or [""] for title in titles]
    high = size * (0.6 + 1.3 * max(map(len, lines)))
    return [
        replace(
            scene,
            height=scene.height + high,
            shapes=(
                *(
                    Words(size / 2, size * (1 + 1.3 * k), size, line, start=True)
                    for k, line in enumerate(said)
                ),
                *(moved(shape, 0, high) for shape in scene.shapes),
            ),
            corner=scene.corner and (scene.corner[0], scene.corner[1] + high),
            nodes={name: (x, y + high) for name, (x, y) in scene.nodes.items()},
        )
        for scene, said in zip(scenes, lines, strict=True)
    ]


def changes(before: Scene, now: Scene) -> list[Box]:
    """The cells, or things with names, in which two pictures of a puzzle are drawn otherwise.

    Example:
        >>> one = Scene(2, 1, (Words(0.5, 0.5, 1, "1"), Words(1.5, 0.5, 1, "2")), corner=(0, 0))
        >>> other = replace(one, shapes=(one.shapes[0], Words(1.5, 0.5, 1, "3")))
        >>> changes(one, other)
        [(1, 0, 1, 1)]
    """
    drawn, drawn_before = (dict.fromkeys(_pieces(scene)) for scene in (now, before))
    others = [piece for piece in drawn if piece not in drawn_before]
    others += [piece for piece in drawn_before if piece not in drawn]
    points = [_middle(piece) for piece in others]
    return [*dict.fromkeys(box for point in points if (box := _cell(now, point)) is not None)]


def heat(scenes: Sequence[Scene]) -> Scene:
    """The last of a puzzle's pictures, shaded the darker the more often a place changed.

    Args:
        scenes: after each segment, one at the least; the first is what others are compared with.
    """
    last = scenes[-1]
    alike = [replace(scene, corner=last.corner, nodes=last.nodes) for scene in scenes]
    often = Counter(box for pair in pairwise(alike) for box in changes(*pair))
    most = max(often.values(), default=1)
    shades = [Rectangle(*box, _mixed(_CHANGED, 0.5 * n / most)) for box, n in often.items()]
    drawn = replace(last, shapes=(*shades, *last.shapes))
    return with_legend(drawn, [(_CHANGED, f"the darker, the more often it changed: up to {most}")])


def side_by_side(scenes: Sequence[Scene], names: Sequence[str]) -> Scene:
    """Several pictures as one, each under its name.

    Example:
        >>> board = Scene(4, 4, (Rectangle(0, 0, 4, 4, "red"),))
        >>> both = side_by_side([board, board], ["one", "other"])
        >>> both.width, both.height, [both.shapes[k].x for k in (1, 3)]
        (8.4, 4.8, [0.0, 4.4])
    """
    size = max(scene.width for scene in scenes) / 10
    shapes: list[Shape] = []
    left = 0.0
    for scene, name in zip(scenes, names, strict=True):
        letters = min(size, scene.width / (_LETTER * len(name) + 1))
        shapes.append(Words(left + scene.width / 2, size, letters, name, bold=True))
        shapes += [moved(shape, left, 2 * size) for shape in scene.shapes]
        left += scene.width + size
    height = 2 * size + max(scene.height for scene in scenes)
    return Scene(left - size, height, tuple(shapes))


def moved(shape: Shape, right: float, down: float) -> Shape:
    """The same shape elsewhere."""
    if isinstance(shape, Line | Polygon):
        return replace(shape, points=tuple((x + right, y + down) for x, y in shape.points))
    return replace(shape, x=shape.x + right, y=shape.y + down)


def _pieces(scene: Scene) -> Iterator[Shape]:
    """The shapes, of a line each of its parts."""
    for shape in scene.shapes:
        if isinstance(shape, Line):
            for pair in pairwise(shape.points):
                yield replace(shape, points=pair)
        else:
            yield shape


def _middle(piece: Shape) -> Point:
    if isinstance(piece, Line):
        # A part of a way belongs to the cell that it leads to.
        return piece.points[-1]
    if isinstance(piece, Polygon):
        across, down = zip(*piece.points, strict=True)
        return sum(across) / len(across), sum(down) / len(down)
    if isinstance(piece, Rectangle):
        return piece.x + piece.width / 2, piece.y + piece.height / 2
    return piece.x, piece.y


def _cell(scene: Scene, point: Point) -> Box | None:
    """What lies at a point: a cell, or the nearest thing with a name."""
    x, y = point
    if scene.corner is not None:
        left, top = scene.corner
        return scene.box((math.floor(y - top), math.floor(x - left)))
    if not scene.nodes:
        return None
    return scene.box((min(scene.nodes, key=lambda name: math.dist(point, scene.nodes[name])),))


def _bar(box: Box) -> Line:
    x, y, width, height = box
    level = y + height - 0.13
    return Line(((x + 0.25, level), (x + width - 0.25, level)), _CHANGED, 0.09)


def _boxes(scene: Scene, places: Iterable[Place]) -> Iterable[Box]:
    """Where places lie, each once."""
    return dict.fromkeys(box for place in places if (box := scene.box(place)) is not None)


def _frame(box: Box) -> Line:
    x, y, width, height = box
    inside = _FRAME / 2
    left, top, right, bottom = x + inside, y + inside, x + width - inside, y + height - inside
    corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
    return Line(corners, WRONG, _FRAME)


def shade(digit: int) -> str:
    """The colour of doubt for a digit of ``Segment.sure``: white for 9, the darkest for 0.

    Example:
        >>> shade(9), shade(0)
        ('#ffffff', '#ffd27a')
    """
    return _mixed(_DOUBT, (9 - digit) / 9)


def hint_colours(hint_words: Mapping[int, str]) -> dict[int, str]:
    """A colour for each hint that has words, the later the darker.

    Example:
        >>> hint_colours({2: "near", 3: "far"})
        {2: '#d3ebda', 3: '#a7d6b4'}
    """
    most = max(len(hint_words), 3)
    return {hint: _mixed(_KNOWN, 0.75 * (n + 1) / most) for n, hint in enumerate(hint_words)}


def _mixed(colour: str, part: float) -> str:
    """A part of a colour ``#rrggbb`` on white."""
    full = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 - part * (255 - one)):02x}" for one in full)
