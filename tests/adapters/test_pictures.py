"""Pictures in which is seen what the rules refute and of what a network doubts."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_toolkit.adapters.marking import answered, changes, heat, marked, titled
from hrm_toolkit.adapters.pictures import raster, to_png
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core.scene import (
    INK,
    NEW,
    WRONG,
    Circle,
    Line,
    Polygon,
    Rectangle,
    Scene,
    Words,
    text_scene,
)

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


def test_words_of_a_legend_begin_below_one_another() -> None:
    adapter = get_adapter("sudoku")
    wrong = adapter.wrong_answers()[0]
    plain, at = adapter.scene(wrong.puzzle, wrong.answer), adapter.places(wrong.puzzle)
    verdict = adapter.rules.check(wrong.puzzle, wrong.answer)
    drawn = marked(plain, verdict=verdict, sure="4" * len(at), at=at)
    legend = [shape for shape in drawn.shapes[-4:] if isinstance(shape, Words)]
    assert len(legend) == 2
    assert all(words.start for words in legend)
    assert len({words.x for words in legend}) == 1


@pytest.mark.parametrize("nodes", [12, 40, 70])
def test_names_of_nodes_cover_neither_each_other_nor_nodes(nodes: int) -> None:
    adapter = get_adapter("graph")
    made = adapter.generate(np.random.default_rng([nodes, 3, 1]), size=nodes)
    plain, drawn = adapter.scene(made.puzzle), adapter.scene(made.puzzle, made.answer)
    names = [s for s in drawn.shapes if isinstance(s, Words) and s.text in drawn.nodes]
    assert len(names) == nodes
    boxes = [(0.16 * len(s.text), 0.25, s.x, s.y) for s in names]
    discs = [(s.radius, s.radius, s.x, s.y) for s in drawn.shapes if isinstance(s, Circle)]
    covered = sum(
        abs(x - left) < half + wide - 0.06 and abs(y - top) < high + tall - 0.06
        for k, (half, high, x, y) in enumerate(boxes)
        for wide, tall, left, top in [*boxes[:k], *discs]
    )
    assert covered <= nodes // 12
    before = [(s.text, s.x, s.y) for s in plain.shapes if isinstance(s, Words)]
    after = [(s.text, s.x, s.y) for s in drawn.shapes if isinstance(s, Words)]
    assert before == after, "words stay where they are when an answer is drawn"


def test_a_text_with_an_answer_tells_it_from_the_puzzle() -> None:
    def parts(text: str, before: str) -> list[str]:
        new, old = [], []
        for shape in text_scene(text, before).shapes:
            assert isinstance(shape, Words)
            assert shape.colour == (INK if shape.bold else NEW)
            (old if shape.bold else new).append(shape.text)
        return ["".join(old), "".join(new)]

    assert parts("5 2\n2 5", "5 .\n. 5") == ["55", "22"]
    assert parts("lamps: on\nplan: press", "lamps: on") == ["lamps:on", "plan:press"]
    assert parts("up, left", "a tower\nof three") == ["atowerofthree", "up,left"]
    plain = text_scene("5 .")
    said = answered(text_scene("5 2", "5 ."), plain).shapes[-1]
    assert isinstance(said, Words)
    assert said.text == "blue: the answer"


def test_bold_words_are_bolder_as_pixels_and_small_boards_are_not_tiny() -> None:
    def ink(bold: bool) -> int:
        image = raster(Scene(2, 2, (Words(1, 1, 1, "8", bold=bold),)))
        assert image.size == (192, 192)
        return sum(image.convert("L").histogram()[:128])

    assert ink(bold=True) > 1.15 * ink(bold=False) > 0


def test_words_above_small_pictures_go_on_two_lines() -> None:
    board = Scene(4, 4, (Circle(1, 1, 0.5, "red"),), corner=(0, 0))
    (drawn,) = titled([board], ["solved: 4x4 sudoku, verified by the rules"])
    *words, circle = drawn.shapes
    assert len(words) == 2
    assert isinstance(circle, Circle)
    assert circle.y - 1 == pytest.approx(drawn.height - board.height)
    assert drawn.box((0, 0)) == pytest.approx((0, drawn.height - board.height, 1, 1))
