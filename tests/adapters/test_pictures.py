"""Pictures in which is seen what the rules refute and of what a network doubts."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_toolkit.adapters.marking import answered, changes, heat, marked
from hrm_toolkit.adapters.pictures import to_png
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core.scene import NEW, WRONG, Line, Polygon, Rectangle, Words

PLACED = ("sudoku", "maze", "graph", "lightup", "slitherlink", "nonogram", "futoshiki", "colouring")


@pytest.mark.parametrize("task", PLACED)
def test_what_the_rules_refute_has_a_frame_inside_the_picture(task: str) -> None:
    adapter = get_adapter(task)
    framed = 0
    for wrong in adapter.wrong_answers():
        plain = adapter.scene(wrong.puzzle, wrong.answer)
        drawn = marked(plain, verdict=adapter.rules.check(wrong.puzzle, wrong.answer))
        frames = [s for s in drawn.shapes if isinstance(s, Line) and s not in plain.shapes]
        framed += len(frames)
        for frame in frames:
            assert frame.colour == WRONG
            assert all(0 <= x <= plain.width and 0 <= y <= plain.height for x, y in frame.points)
        words = [s.text for s in drawn.shapes if isinstance(s, Words)]
        assert (any("rule is broken" in text for text in words)) == bool(frames)
    assert framed


@pytest.mark.parametrize("task", PLACED)
def test_what_is_less_sure_is_shaded_where_its_token_lies(task: str) -> None:
    adapter = get_adapter(task)
    puzzle = adapter.wrong_answers()[0].puzzle
    at = adapter.places(puzzle)
    plain = adapter.scene(puzzle)
    assert marked(plain, sure="9" * len(at), at=at) is plain
    shades = marked(plain, sure="4" + "9" * (len(at) - 1), at=at).shapes
    assert isinstance(shades[0], Rectangle)
    assert shades[1 : 1 + len(plain.shapes)] == plain.shapes
    darker = marked(plain, sure="0" + "9" * (len(at) - 1), at=at).shapes[0]
    assert isinstance(darker, Rectangle)
    assert int(darker.fill[5:], 16) < int(shades[0].fill[5:], 16) < 255


@pytest.mark.parametrize("task", PLACED)
def test_what_changed_is_marked_and_counted(task: str) -> None:
    adapter = get_adapter(task)
    pictures = [
        (adapter.scene(wrong.puzzle), adapter.scene(wrong.puzzle, wrong.answer))
        for wrong in adapter.wrong_answers()
    ]
    empty, filled = next(pair for pair in pictures if pair[0].shapes != pair[1].shapes)
    boxes = changes(empty, filled)
    assert boxes
    assert changes(filled, filled) == []
    bars = [s for s in marked(filled, before=empty).shapes if s not in filled.shapes]
    assert len([s for s in bars if isinstance(s, Line)]) == len(boxes)
    warm = heat([empty, filled, empty, filled])
    assert len([s for s in warm.shapes if s not in filled.shapes]) == len(boxes) + 2
    assert isinstance(warm.shapes[-1], Words)
    assert warm.shapes[-1].text.endswith("up to 3")


@pytest.mark.parametrize("task", ["futoshiki", "kakuro", "latin", "sudoku-variant"])
def test_numbers_of_an_answer_are_told_from_clues(task: str) -> None:
    adapter = get_adapter(task)
    made = adapter.generate(np.random.default_rng([0, 3, 1]))
    puzzle, answer = made.puzzle, made.answer
    plain, drawn = adapter.scene(puzzle), adapter.scene(puzzle, answer)
    added = [shape for shape in drawn.shapes if shape not in plain.shapes]
    assert added
    assert all(isinstance(shape, Words) and shape.colour == NEW for shape in added)
    assert "blue: the answer" in [
        s.text for s in answered(drawn, plain).shapes if isinstance(s, Words)
    ]


def test_triangles_are_drawn_and_need_no_font() -> None:
    adapter = get_adapter("shakashaka")
    made = adapter.generate(np.random.default_rng([0, 3, 1]))
    plain, drawn = adapter.scene(made.puzzle), adapter.scene(made.puzzle, made.answer)
    filled = sum(bool(value) for row in made.answer.grid for value in row)
    assert len([shape for shape in drawn.shapes if isinstance(shape, Polygon)]) == filled > 0
    assert to_png(drawn) != to_png(plain)
