"""One ARC task's demonstrations as lessons: what is shown, what is read back, what stays unseen."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_toolkit.adapters.arc import ArcAdapter, ArcPuzzle
from hrm_toolkit.adapters.arc.alone import ArcLessons
from hrm_toolkit.adapters.arc.alone.sizes import size_rule
from hrm_toolkit.core.structure import Lesson

ARC = ArcAdapter()
SAME = ([[1, 0, 0], [0, 2, 0]], [[1, 1, 1], [0, 2, 2]])
LARGER = ([[1, 0], [0, 2]], [[1, 0, 1, 0], [0, 2, 0, 2]])
NO_RULE = [([[0, 5, 0]], [[5]]), ([[0, 5, 5, 0], [0, 5, 5, 0]], [[5, 5], [5, 5]])]


def task(*pairs: tuple[list[list[int]], list[list[int]]], **more: object) -> ArcPuzzle:
    train = [{"input": asked, "output": solved} for asked, solved in pairs]
    return ARC.coerce({"train": train, "test": [{"input": [[7, 0]], **more}]})


def equal(one: Lesson, other: Lesson) -> bool:
    return (
        np.array_equal(one.tokens, other.tokens)
        and np.array_equal(one.labels, other.labels)
        and all(
            np.array_equal(a.source, b.source) and np.array_equal(a.start, b.start)
            for a, b in zip(one.structure.relations, other.structure.relations, strict=True)
        )
    )


@pytest.mark.parametrize("pairs", [[SAME], [LARGER], NO_RULE], ids=["same", "larger", "no rule"])
def test_labels_of_a_demonstration_are_read_back_as_its_output_in_every_view(
    pairs: list[tuple[list[list[int]], list[list[int]]]],
) -> None:
    lessons = ArcLessons.of(task(*pairs)).questions_of_all()
    for number in range(lessons.demonstrations):
        for view in range(lessons.views):
            shown, asked = lessons.shown(number, view), lessons.asked(number, view)
            assert np.array_equal(shown.tokens, asked.tokens)
            assert not asked.labels.any()
            assert lessons.read(number, view, shown.labels) == lessons.solution(number)


def test_views_show_different_grids() -> None:
    lessons = ArcLessons.of(task(SAME))
    shown = {lessons.shown(0, view).tokens.tobytes() for view in range(lessons.views)}
    assert len(shown) == lessons.views == 8


def test_tokens_without_a_grid_are_no_solution() -> None:
    lessons = ArcLessons.of(task(SAME))
    assert lessons.read(0, 0, np.ones(3, np.int32)) is None
    assert lessons.read(0, 0, np.array([3, 12, 0], np.int32)) == ((1,),)


def test_outputs_of_tests_play_no_part() -> None:
    hidden, known = task(SAME), task(SAME, output=[[4, 4]])
    for number, view in ((0, 0), (0, 3)):
        one, other = (ArcLessons.of(each) for each in (hidden, known))
        assert equal(one.shown(number, view), other.shown(number, view))
        assert equal(one.asked(number, view), other.asked(number, view))


def test_a_demonstration_left_out_plays_no_part_but_for_its_input() -> None:
    one = ArcLessons.of(task(SAME, LARGER)).without(1)
    other = ArcLessons.of(task(SAME, (LARGER[0], [[9] * 7] * 8))).without(1)
    assert one.demonstrations == 1
    assert one.questions == 2
    for view in range(one.views):
        assert equal(one.shown(0, view), other.shown(0, view))
        assert equal(one.asked(0, view), other.asked(0, view))
    assert one.asked(0, 0).tokens[:4].tolist() == [3, 2, 2, 4]


@pytest.mark.parametrize(
    ("shapes", "asked", "expected"),
    [
        ([((2, 3), (2, 3)), ((4, 4), (4, 4))], (5, 1), (5, 1)),
        ([((2, 3), (1, 1)), ((4, 4), (1, 1))], (5, 1), (1, 1)),
        ([((2, 3), (4, 9)), ((1, 1), (2, 3))], (3, 2), (6, 6)),
        ([((6, 3), (2, 3)), ((3, 1), (1, 1))], (9, 2), (3, 2)),
        ([((2, 3), (4, 9)), ((3, 3), (9, 9))], (2, 2), (4, 4)),
        ([((7, 3), (3, 3)), ((5, 2), (2, 2))], (9, 4), (4, 4)),
    ],
    ids=["same", "constant", "multiple", "part", "square", "half beside a line"],
)
def test_sizes_of_outputs_follow_the_demonstrations(
    shapes: list[tuple[tuple[int, int], tuple[int, int]]],
    asked: tuple[int, int],
    expected: tuple[int, int],
) -> None:
    rule = size_rule([(np.ones(a, np.uint8), np.ones(b, np.uint8)) for a, b in shapes])
    assert rule is not None
    assert rule(np.ones(asked, np.uint8)) == expected


def test_sizes_without_a_rule_are_said_to_have_none() -> None:
    pairs = [(np.ones((2, 2), np.uint8), np.ones((3, 1), np.uint8))]
    pairs.append((np.ones((2, 2), np.uint8), np.ones((1, 3), np.uint8)))
    assert size_rule(pairs) is None


def test_every_lesson_has_the_same_kinds_and_a_row_to_pool_over() -> None:
    lessons = ArcLessons.of(task(SAME, ([[0, 0, 0]], [[0, 0, 0]]), ([[5]], [[5]])))
    rows = [lessons.shown(number, view) for number in range(3) for view in range(8)]
    kinds = {tuple(relation.name for relation in row.structure.relations) for row in rows}
    assert len(kinds) == 1
    for row in rows:
        for relation in row.structure.relations:
            assert len(relation.start) > 1
            assert relation.source.max(initial=0) < len(row.tokens)


def test_colours_without_a_meaning_of_their_own_are_symbols() -> None:
    pairs = [([[1, 0, 4]], [[1, 5, 4]]), ([[2, 0, 4]], [[2, 5, 4]])]
    lesson = ArcLessons.of(task(*pairs)).shown(0, 0)
    # 0 is blank, 4 is in every demonstration, 5 is written where it was not read; 7 is the test's.
    assert (lesson.structure.symbols - 2).tolist() == [1, 2, 7]
