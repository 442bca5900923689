"""The shared words at the boundary: puzzles, answers, verdicts, results, tokens, an adapter."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from hrm_toolkit.core import (
    Adapter,
    Answer,
    Budget,
    Codec,
    Example,
    Identity,
    InputError,
    Puzzle,
    Result,
    Rules,
    Segment,
    Settings,
    Size,
    Tokens,
    TokenSpec,
    UnknownNameError,
    Verdict,
    Violation,
    WrongAnswer,
    validate,
    verdict_from,
)

BROKEN = Violation(rule="twice", message="7 is not twice 3", places=((0,),))


class Number(Puzzle):
    """A number to double."""

    task: Literal["double"] = "double"
    number: int


class Doubled(Answer):
    """Twice the number."""

    task: Literal["double"] = "double"
    value: int


class Other(Puzzle):
    """A puzzle of another task."""

    task: Literal["other"] = "other"


class DoubleRules(Rules[Number, Doubled]):
    """One decision: any value from 0 to 20."""

    def check(self, puzzle: Number, answer: Doubled) -> Verdict:
        return verdict_from([] if answer.value == 2 * puzzle.number else [BROKEN], cost=1.0)

    def initial(self, puzzle: Number) -> Any:
        return None, None

    def actions(self, state: Any) -> Sequence[Hashable]:
        return range(21) if state[1] is None else ()

    def step(self, state: Any, action: Any) -> Any:
        return None, action

    def result(self, state: Any) -> Doubled | None:
        return None if state[1] is None else Doubled(value=state[1])

    def plan(self, puzzle: Number, answer: Doubled) -> list[Hashable]:
        return [answer.value]


class DoubleCodec(Codec[Number, Doubled]):
    """One token a number."""

    spec = TokenSpec(vocabulary=("<pad>", *map(str, range(21))), max_length=1)

    def encode(self, puzzle: Number) -> Tokens:
        return np.array([puzzle.number + 1], np.int32)

    def labels(self, puzzle: Number, answer: Doubled) -> Tokens:
        return np.array([answer.value + 1], np.int32)

    def decode(self, puzzle: Number, tokens: Tokens) -> Doubled:
        return Doubled(value=int(tokens[0]) - 1)


class Double(Adapter[Number, Doubled]):
    """The least that an adapter must say of itself."""

    task = "double"
    summary = "double a number"
    puzzle_type, answer_type = Number, Doubled
    rules, codec = DoubleRules(), DoubleCodec()
    difficulties = ("small", "large")

    def generate(
        self, rng: np.random.Generator, *, size: Size | None = None, difficulty: str | None = None
    ) -> Example[Number, Doubled]:
        number = int(rng.integers(10))
        return Example(Number(number=number), Doubled(value=2 * number))

    def render(self, puzzle: Number, answer: Doubled | None = None) -> str:
        return str(puzzle.number)

    def parse(self, text: str) -> Number:
        return validate(Number, {"number": text})

    def wrong_answers(self) -> Sequence[WrongAnswer[Number, Doubled]]:
        return [WrongAnswer(Number(number=3), Doubled(value=v), "not twice") for v in (0, 3, 7)]


DOUBLE = Double()


# What a person hands in


@pytest.mark.parametrize(
    "value",
    [Number(number=3), "3", " 3 ", {"number": 3}, {"task": "double", "number": "3"}, 3, 3.0],
)
def test_a_puzzle_is_read_from_what_a_person_has(value: Any) -> None:
    assert DOUBLE.coerce(value) == Number(number=3)


@pytest.mark.parametrize("value", [Doubled(value=6), {"value": 6}, 6, "6"])
def test_an_answer_is_read_from_what_a_person_has(value: Any) -> None:
    assert DOUBLE.coerce_answer(Number(number=3), value) == Doubled(value=6)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Other(), "this is a other puzzle; expected a double puzzle"),
        (
            {"task": "other", "number": 3},
            "task: this is none of those known; expected 'double'",
        ),
        ({"numbr": 3}, "number: this field is missing"),
        ({"number": 3, "extra": 1}, "extra: there is no such field; expected one of number; got 1"),
        ({"number": {"deep": 1}}, "number: this is no whole number"),
        ({1: 2, "number": 3}, "1: this is no name of a field"),
        (None, "number: this is no whole number"),
        (b"\xff", "number: this is no whole number"),
        ("three", "number: this is no whole number"),
        (3.5, "number: this is no whole number"),
    ],
)
def test_what_is_no_puzzle_is_refused_in_one_line(value: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        DOUBLE.coerce(value)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_an_answer_to_another_task_is_refused() -> None:
    class OtherAnswer(Answer):
        task: Literal["other"] = "other"

    with pytest.raises(InputError, match="answers a other puzzle"):
        DOUBLE.coerce_answer(Number(number=3), OtherAnswer())


def test_data_nested_too_deeply_is_refused_not_followed() -> None:
    class Nested(Puzzle):
        task: Literal["nested"] = "nested"
        grid: JsonValue

    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InputError, match="nested too deeply"):
        validate(Nested, {"grid": deep})


# What an adapter gets for nothing


@given(st.integers(0, 10))
def test_the_default_oracle_searches_the_rules(number: int) -> None:
    found = DOUBLE.exact(Number(number=number))
    assert found.answer == Doubled(value=2 * number)
    assert not found.unsolvable


def test_the_default_oracle_proves_that_there_is_no_answer() -> None:
    found = DOUBLE.exact(Number(number=11))
    assert found.answer is None
    assert found.unsolvable


def test_the_default_symmetry_structure_and_diagnosis_are_empty() -> None:
    puzzle, answer = Number(number=3), Doubled(value=6)
    symmetry = DOUBLE.symmetry(puzzle, np.random.default_rng(0))
    assert isinstance(symmetry, Identity)
    assert symmetry.undo(symmetry.apply(puzzle)) == puzzle
    assert symmetry.undo_answer(symmetry.apply_answer(answer)) == answer
    assert DOUBLE.structure(puzzle).relations == ()
    assert DOUBLE.rules.diagnose(puzzle) == []
    assert DOUBLE.partial(puzzle) is None


@given(st.integers(), st.integers())
def test_canonical_texts_are_equal_exactly_for_equal_puzzles(one: int, other: int) -> None:
    same = DOUBLE.canonical(Number(number=one)) == DOUBLE.canonical(Number(number=other))
    assert same == (one == other)


def test_a_difficulty_must_be_a_known_one() -> None:
    DOUBLE.require_difficulty(None)
    DOUBLE.require_difficulty("small")
    with pytest.raises(UnknownNameError, match='double difficulty "smal"') as caught:
        DOUBLE.require_difficulty("smal")
    assert caught.value.hint == 'did you mean "small"?'


# Verdicts and results


@given(st.booleans(), st.none() | st.booleans(), st.none() | st.floats(0, 9))
def test_a_verdict_is_true_exactly_without_violations(
    broken: bool, optimal: bool | None, cost: float | None
) -> None:
    verdict = verdict_from([BROKEN] if broken else [], optimal=optimal, cost=cost)
    assert bool(verdict) is verdict.valid is not broken
    assert (verdict.optimal, verdict.cost) == ((None, None) if broken else (optimal, cost))


@pytest.mark.parametrize("valid", [True, False])
@pytest.mark.parametrize("abstained", [True, False])
def test_solved_means_accepted_by_the_rules_and_stood_behind(valid: bool, abstained: bool) -> None:
    verdict = verdict_from([] if valid else [BROKEN])
    result = Result(
        task="double", answer=Doubled(value=6), verdict=verdict, source="hrm", abstained=abstained
    )
    assert result.solved is (valid and not abstained)


def test_a_result_and_a_segment_print_the_answer_with_its_own_fields() -> None:
    answer, verdict = Doubled(value=6), verdict_from([])
    result = Result(task="double", answer=answer, verdict=verdict, source="hrm", abstained=False)
    segment = Segment(index=1, total=2, halt=0.5, answer=answer, verdict=verdict, confidence=0.5)
    for model in (result, segment):
        assert json.loads(model.model_dump_json())["answer"] == {"task": "double", "value": 6}


def test_words_are_frozen() -> None:
    for model, field in ((Number(number=3), "number"), (BROKEN, "rule"), (Budget(), "votes")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(model, field, 4)


@pytest.mark.parametrize(
    "budget",
    [
        {"segments": -1},
        {"segments": 10**6},
        {"votes": 0},
        {"seconds": 0},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"nodes": -1},
        {"segment": 4},
    ],
)
def test_a_budget_out_of_range_is_refused_by_name(budget: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        validate(Budget, budget)
    assert caught.value.path == next(iter(budget))


def test_settings_take_sides_and_shapes() -> None:
    read = validate(Settings, {"sizes": [4, [5, 7]], "difficulties": ["small"]})
    assert read.sizes == (4, (5, 7))


# Tokens


@pytest.mark.parametrize(
    ("vocabulary", "says"),
    [
        (["blank", "<pad>"], "token 0 must be <pad>; got blank"),
        (["<pad>", "1", "1"], "two tokens share a name; expected distinct names"),
        (["<pad>"], "vocabulary: "),
    ],
)
def test_a_vocabulary_must_start_with_pad_and_be_distinct(vocabulary: list[str], says: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(TokenSpec, {"vocabulary": vocabulary})
    assert str(caught.value).startswith(says)


def test_a_token_spec_survives_json() -> None:
    spec = DOUBLE.codec.spec
    assert TokenSpec.model_validate_json(spec.model_dump_json()) == spec
    assert spec.size == 22


def test_a_codec_without_opinion_likes_every_action_alike() -> None:
    none = np.zeros((1, 22), np.float32)
    assert DOUBLE.codec.preference(Number(number=3), (None, None), 4, none) == 1.0
