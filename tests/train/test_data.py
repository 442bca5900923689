"""Data: every example is a function of (seed, split, index)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Example, InputError, Settings
from hrm_toolkit.train.data import stream as data
from hrm_toolkit.train.data.stream import (
    Split,
    Stream,
    draw,
    draw_distinct,
    draw_endless,
    draw_splits,
    held_out,
    require_examples,
)
from hrm_toolkit.train.recipes import default_recipe

SETTINGS = {
    "maze": Settings(sizes=(4, 5)),
    "sudoku": Settings(sizes=(4,), difficulties=("nearly", "minimal")),
    "graph": Settings(sizes=(5, 7)),
}
TASKS = sorted(SETTINGS)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.usefixtures("untouched_randomness")
def test_an_example_is_a_function_of_seed_split_and_index(task: str) -> None:
    adapter, settings = get_adapter(task), SETTINGS[task]
    places = [(seed, split, index) for seed in (0, 1) for split in Split for index in range(4)]
    first = {place: draw(adapter, settings, *place) for place in places}
    for place in reversed(places):
        assert draw(adapter, settings, *place) == first[place]
    assert all(adapter.rules.check(e.puzzle, e.answer) for e in first.values())
    different = {example.puzzle for example in first.values()}
    assert len(different) > 0.9 * len(places), "streams of random numbers do not meet"


def test_sizes_and_difficulties_are_drawn_from_those_named() -> None:
    drawn = [draw(get_adapter("maze"), SETTINGS["maze"], 0, Split.TEST, i) for i in range(30)]
    assert {example.puzzle.shape for example in drawn} == {(4, 4), (5, 5)}
    sudokus = [draw(get_adapter("sudoku"), SETTINGS["sudoku"], 0, Split.TEST, i) for i in range(30)]
    blanks = [sum(row.count(0) for row in example.puzzle.grid) for example in sudokus]
    assert min(blanks) <= 5
    assert max(blanks) >= 10
    default = [draw(get_adapter("maze"), Settings(), 0, Split.TEST, i) for i in range(30)]
    assert len({example.puzzle.shape for example in default}) > 2


@pytest.mark.parametrize("task", TASKS)
def test_no_two_are_equal_up_to_symmetry(task: str) -> None:
    adapter, settings, seen = get_adapter(task), SETTINGS[task], set[str]()
    told: list[int] = []
    validation = draw_distinct(adapter, settings, 3, Split.VALIDATION, 10, exclude=seen)
    train = draw_distinct(
        adapter, settings, 3, Split.TRAIN, 25, exclude=seen, on_progress=told.append
    )
    rng = np.random.default_rng(0)
    forms = [
        adapter.canonical(adapter.symmetry(e.puzzle, rng).apply(e.puzzle))
        for e in validation + train
    ]
    assert len(set(forms)) == 35
    assert set(forms) == seen
    assert told == list(range(1, 26))
    assert train == draw_distinct(
        adapter, settings, 3, Split.TRAIN, 25, exclude=set(seen) - set(forms[10:])
    )


def test_a_task_that_runs_out_gives_what_there_is() -> None:
    adapter, settings = get_adapter("maze"), Settings(sizes=((1, 2), (1, 3)))
    everything = draw_distinct(adapter, settings, 0, Split.TRAIN, 50)
    assert 1 < len(everything) < 10
    seen = {adapter.canonical(example.puzzle) for example in everything}
    assert draw_distinct(adapter, settings, 0, Split.TEST, 20, exclude=seen) == []
    nearly = Settings(sizes=(4,), difficulties=("nearly",))
    few = draw_distinct(get_adapter("sudoku"), nearly, 0, Split.TRAIN, 2)
    assert len(few) == 2
    assert require_examples(everything, "training") is everything
    with pytest.raises(InputError, match="no test puzzle that is not a training puzzle"):
        require_examples([], "test")


@pytest.mark.parametrize("task", TASKS)
def test_what_is_generated_without_end_is_never_held_out(task: str) -> None:
    adapter, settings = get_adapter(task), SETTINGS[task]
    held = draw_distinct(adapter, settings, 0, Split.VALIDATION, 8, held=True)
    assert len(held) == 8
    assert all(held_out(adapter.canonical(example.puzzle)) for example in held)
    shown = [draw_endless(adapter, settings, seed, n) for seed in (0, 1) for n in range(60)]
    assert not any(held_out(adapter.canonical(example.puzzle)) for example in shown)
    kept = draw(adapter, settings, 0, Split.TRAIN, 7)
    if not held_out(adapter.canonical(kept.puzzle)):
        assert draw_endless(adapter, settings, 0, 7) == kept, "no other draw than need be"
    splits = draw_splits(adapter, settings, 0, training=0, validation=8)
    assert splits.training == []
    assert splits.validation == held


def test_a_task_with_nothing_left_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "held_out", lambda form: True)
    with pytest.raises(InputError, match="every puzzle of this kind is held out"):
        draw_endless(get_adapter("maze"), Settings(sizes=((1, 2),)), 0, 0)


@pytest.mark.parametrize("task", TASKS)
def test_fixed_symmetries_of_base_puzzles(task: str) -> None:
    adapter, settings = get_adapter(task), SETTINGS[task]
    base = draw_distinct(adapter, settings, 0, Split.TRAIN, 4)
    plain = [tuple(adapter.codec.encode(e.puzzle).tolist()) for e in base]

    def shown(augmentations: int | None, seed: int = 0) -> list[tuple[int, ...]]:
        stream = Stream(
            adapter, base, settings, augment=True, augmentations=augmentations, seed=seed
        )
        return [tuple(stream.show(number).encoded.tokens.tolist()) for number in range(200)]

    assert set(shown(0)) == set(plain), "none: the puzzles as they are"
    two = shown(2)
    assert len(plain) < len(set(two)) <= 3 * len(plain)
    assert set(plain) <= set(two), "the base puzzle is one of them"
    assert set(two) != set(shown(2, seed=1))
    assert len(set(shown(None))) > len(set(two))


ADAPTERS = ["arc", "graph", "maze", "sudoku"]


@pytest.mark.parametrize("task", ADAPTERS)
def test_the_default_recipe_mixes_difficulties_and_says_which(task: str) -> None:
    adapter, settings = get_adapter(task), default_recipe(task).data
    count = 12 if task == "arc" else 60
    drawn = [draw(adapter, settings, 0, Split.TRAIN, index) for index in range(count)]
    named = {example.difficulty for example in drawn}
    assert len(named) >= min(4, len(adapter.difficulties))
    assert named <= set(adapter.difficulties)
    assert {example.size for example in drawn} <= set(settings.sizes or adapter.default_sizes)
    if task == "sudoku":
        assert "nearly" in named
        nearly = [example.puzzle.grid for example in drawn if example.difficulty == "nearly"]
        assert all(sum(row.count(0) for row in grid) <= len(grid) ** 2 // 4 for grid in nearly)


def test_labels_of_an_adapter_that_does_not_say_them(monkeypatch: pytest.MonkeyPatch) -> None:
    maze = get_adapter("maze")
    generate = maze.generate

    def silent(rng: np.random.Generator, **asked: Any) -> Any:
        made = generate(rng, **asked)
        return Example(made.puzzle, made.answer)

    monkeypatch.setattr(maze, "generate", silent)
    settings = Settings(sizes=((3, 4),), difficulties=("loops",))
    example = draw(maze, settings, 0, Split.TRAIN, 0)
    assert (example.difficulty, example.size) == ("loops", (3, 4))


@pytest.mark.parametrize("augment", [True, False])
@pytest.mark.parametrize("samples", [0, 6])
@pytest.mark.parametrize("task", TASKS)
def test_a_showing_is_a_function_of_its_number(task: str, samples: int, augment: bool) -> None:
    adapter, settings = get_adapter(task), SETTINGS[task]
    base = draw_distinct(adapter, settings, 0, Split.TRAIN, samples)

    def stream(seed: int = 5) -> Stream:
        return Stream(adapter, base, settings, augment=augment, seed=seed)

    def facts(stream: Stream, number: int) -> tuple[list[int], list[int]]:
        shown = stream.show(number)
        return shown.encoded.tokens.tolist(), shown.labels.tolist()

    one, numbers = stream(), [*range(15)]
    forwards = [facts(one, number) for number in numbers]
    assert [facts(one, number) for number in reversed(numbers)] == forwards[::-1]
    assert [facts(stream(), number) for number in (14, 0, 7)] == [forwards[i] for i in (14, 0, 7)]
    other = stream(6)
    assert [facts(other, number) for number in numbers] != forwards


def test_each_pass_shows_every_puzzle_once_in_a_new_order() -> None:
    adapter = get_adapter("sudoku")
    base = draw_distinct(adapter, SETTINGS["sudoku"], 0, Split.TRAIN, 8)
    place = {tuple(adapter.codec.encode(e.puzzle).tolist()): i for i, e in enumerate(base)}
    stream = Stream(adapter, base, SETTINGS["sudoku"], augment=False, seed=1)
    order = [place[tuple(stream.show(number).encoded.tokens.tolist())] for number in range(32)]
    passes = [tuple(order[i : i + 8]) for i in range(0, 32, 8)]
    assert all(sorted(one) == list(range(8)) for one in passes)
    assert len(set(passes)) == 4


@pytest.mark.parametrize("task", TASKS)
def test_augmented_labels_answer_the_augmented_puzzle(task: str) -> None:
    adapter, settings = get_adapter(task), SETTINGS[task]
    base = draw_distinct(adapter, settings, 0, Split.TRAIN, 3)
    stream = Stream(adapter, base, settings, augment=True, seed=2)
    plain = {tuple(adapter.codec.encode(e.puzzle).tolist()) for e in base}
    seen = set()
    for number in range(20):
        example, symmetry = base_example(stream, number), symmetry_of(adapter, stream, number)
        puzzle = symmetry.apply(example.puzzle)
        shown = stream.show(number)
        assert shown.encoded.tokens.tolist() == adapter.codec.encode(puzzle).tolist()
        assert adapter.rules.check(puzzle, adapter.codec.decode(puzzle, shown.labels))
        assert len(shown.labels) == len(shown.encoded.tokens)
        seen.add(tuple(shown.encoded.tokens.tolist()))
    assert seen - plain, "some are drawn otherwise than they were given"
    assert adapter.canonical(puzzle) == adapter.canonical(example.puzzle)


def base_example(stream: Stream, number: int):
    return stream._example(number)


def symmetry_of(adapter, stream: Stream, number: int):
    puzzle = base_example(stream, number).puzzle
    return adapter.symmetry(puzzle, np.random.default_rng([2, Split.SYMMETRY, number]))


def test_a_run_that_asks_for_more_puzzles_than_there_are_is_told_so() -> None:
    adapter, settings = get_adapter("maze"), Settings(sizes=((1, 4),))
    splits = draw_splits(adapter, settings, 0, training=100_000, validation=1)
    count = len(splits.training)
    assert 0 < count < 20
    (note,) = splits.notes
    assert f"the task has {count} different puzzles of this kind to train on" in note
    assert "100,000 were asked for" in note
