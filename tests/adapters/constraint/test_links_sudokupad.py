"""Links of SudokuPad's own form are read as Sudoku variants, or refused by name."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_toolkit.adapters.constraint.numbers.links.lz import unpacked
from hrm_toolkit.adapters.constraint.numbers.links.rules_text import said
from hrm_toolkit.adapters.constraint.numbers.links.short_json import written_out
from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.core import InputError
from tests.adapters.constraint.packing import packed

SITE = "https://sudokupad.app/scl"
USUAL = "Normal sudoku rules apply."
SHORT = {"cages": "ca", "cells": "ce", "value": "v", "regions": "re", "title": "t", "lines": "l"}


def boxes(side: int, high: int, wide: int) -> list[list[list[int]]]:
    return [
        [[top + r, left + c] for r in range(high) for c in range(wide)]
        for top in range(0, side, high)
        for left in range(0, side, wide)
    ]


def puzzle(side: int = 4, high: int = 2, wide: int = 2, **fields: Any) -> dict[str, Any]:
    cells: list[list[dict[str, Any]]] = [[{} for _ in range(side)] for _ in range(side)]
    cells[0][0] = {"value": 1}
    regions = boxes(side, high, wide)
    return {"id": "x", "cellSize": 50, "cells": cells, "regions": regions, **fields}


def link(value: Any, site: str = SITE) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return site + packed(text).replace("+", "%2B")


def short(value: Any) -> str:
    """The short form of JSON, as SudokuPad writes it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{SHORT.get(k, k)}:{short(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join("" if v == {} else short(v) for v in value) + "]"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, str) and re.fullmatch("#[0-9a-fA-F]{6}", value):
        return value[1:]
    if isinstance(value, str):
        return "'" + json.dumps(value)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
    return json.dumps(value)


def read(**fields: Any) -> Any:
    (found,) = read_text(link(puzzle(**fields))).puzzles
    return found


def rules(text: str) -> dict[str, Any]:
    return {"metadata": {"title": "A", "author": "B", "rules": text}}


@pytest.mark.parametrize("written", [json.dumps, short])
@pytest.mark.parametrize(
    "site", [SITE, "sudokupad.app/?puzzleid=scl", "https://app.crackingthecryptic.com/sudoku/ctc"]
)
def test_a_plain_puzzle_is_read_in_either_writing(written: Any, site: str) -> None:
    loaded = read_text(link(written(puzzle(**rules(USUAL))), site) + "?setting-nogrid=1")
    (found,) = loaded.puzzles
    assert found.grid == ((1, None, None, None), *[(None,) * 4] * 3)
    assert found.regions == ((0, 0, 1, 1), (0, 0, 1, 1), (2, 2, 3, 3), (2, 2, 3, 3))
    assert not (found.cages)
    assert not (found.thermometers)
    assert not (found.switched)
    assert not (loaded.notes)
    assert loaded.kind == "SudokuPad link"


def test_regions_may_have_any_shape() -> None:
    assert read(side=6, high=2, wide=3).regions[1] == (0, 0, 0, 1, 1, 1)
    shapes = boxes(4, 2, 2)
    shapes[0][3], shapes[1][0] = shapes[1][0], shapes[0][3]
    assert read(regions=shapes).regions[:2] == ((0, 0, 0, 1), (0, 1, 1, 1))


def test_a_cage_that_says_its_sum_and_that_its_digits_differ_is_a_cage() -> None:
    diagonal = [[1, 1], [2, 2]]
    assert read(cages=[{"cells": diagonal, "sum": 3, "unique": True}]).cages == (
        (3, ((1, 1), (2, 2))),
    )
    told = USUAL + " In cages, digits must sum to the small clue in the top left corner of the"
    told += " cage. Digits cannot repeat within a cage."
    cages = [{"cells": diagonal, "value": "3"}]
    assert read(cages=cages, **rules(told)).cages == ((3, ((1, 1), (2, 2))),)
    # In one row they differ whether or not anybody says so.
    assert read(cages=[{"cells": [[0, 1], [0, 2]], "value": 5}]).cages == ((5, ((0, 1), (0, 2))),)


def test_cells_that_hold_each_digit_are_diagonals_windows_or_add_up_to_all() -> None:
    down, up = [[k, k] for k in range(9)], [[k, 8 - k] for k in range(9)]
    both = [{"cells": cells, "unique": True} for cells in (down, up)]
    nine = {"side": 9, "high": 3, "wide": 3}
    assert read(**nine, cages=both).switched == {"diagonals"}
    one = read(**nine, cages=both[:1])
    assert one.cages == ((45, tuple((k, k) for k in range(9))),)
    assert not one.switched
    windows = [
        {"cells": [[r + i, c + j] for i in range(3) for j in range(3)], "unique": True}
        for r in (1, 5)
        for c in (1, 5)
    ]
    assert read(**nine, cages=windows).switched == {"windows"}


def test_what_differs_anyway_adds_nothing() -> None:
    row = {"cells": [[0, 0], [0, 1]], "unique": True, "hidden": True, "type": "rowcol"}
    assert read(cages=[row]).cages == ()


@pytest.mark.parametrize(
    ("fields", "switch"),
    [
        ({"metadata": {"antiknight": True}}, "anti_knight"),
        ({"global": ["antiking"]}, "anti_king"),
        (rules(USUAL + " Anti-knight rule applies."), "anti_knight"),
        (
            rules(USUAL + "\nCells a king's move apart cannot contain the same digit."),
            "anti_king",
        ),
    ],
)
def test_moves_are_read_as_data_and_as_words(fields: dict[str, Any], switch: str) -> None:
    assert read(**fields).switched == {switch}


DOWN, UP = {"wayPoints": [[0, 0], [4, 4]]}, {"wayPoints": [[4, 0], [0, 4]]}
NO_REPEATS = USUAL + " Digits cannot repeat along either of the main diagonals (marked in blue)."


def test_drawn_diagonals_are_read_where_the_rules_tell_of_them() -> None:
    assert read(lines=[DOWN, UP], **rules(NO_REPEATS)).switched == {"diagonals"}
    one = rules(USUAL + " Digits cannot repeat along the marked diagonal.")
    assert read(lines=[UP], **one).cages == ((10, ((0, 3), (1, 2), (2, 1), (3, 0))),)


GROWS = USUAL + " Digits along thermometers must increase from the bulb end."
BULB = {"center": [0.5, 2.5], "width": 0.85, "height": 0.85, "rounded": True}
THERMOMETER = {
    "lines": [{"wayPoints": [[0.5, 2.5], [2.5, 0.5]], "thickness": 21, "color": "#CFCFCF"}],
    "underlays": [BULB],
}


def test_lines_with_a_bulb_are_thermometers_where_the_rules_say_so() -> None:
    found = read(**THERMOMETER, **rules(GROWS))
    assert found.thermometers == (((0, 2), (1, 1), (2, 0)),)
    backwards = [{"wayPoints": [[2.5, 0.5], [1.5, 1.5], [0.5, 2.5]]}]
    assert read(lines=backwards, underlays=[BULB], **rules(GROWS)) == found


def test_colours_of_which_full_rules_say_nothing_are_left_out_with_a_note() -> None:
    colour = {"center": [0.5, 0.5], "width": 1, "height": 1, "backgroundColor": "#FFA0A0"}
    loaded = read_text(link(puzzle(underlays=[colour], **rules(USUAL))))
    assert loaded.notes == ("colours of cells, of which the rules say nothing, are left out",)
    with pytest.raises(InputError, match="'underlays'"):
        read(underlays=[colour])


def test_words_in_cages_are_no_cages_and_missing_rules_are_said_plainly() -> None:
    cages = [{"value": "title: Tea"}, {"value": "author: A"}, {"value": "solution: 1"}]
    loaded = read_text(link(puzzle(cages=cages)))
    assert loaded.puzzles[0].cages == ()  # type: ignore[attr-defined]
    assert loaded.notes == (
        "the link says no rules (it is called 'Tea'): those of a Sudoku and of what is read"
        " are assumed",
    )
    with pytest.raises(InputError, match="'rules: odd digits win'"):
        read(cages=[{"value": "rules: Normal sudoku rules apply.\\nOdd digits win."}])


def test_a_solution_that_breaks_what_is_read_shows_that_a_rule_is_missing() -> None:
    solution = "1234341221434321"
    assert read(metadata={"solution": solution}).grid[0][0] == 1
    with pytest.raises(InputError, match="own solution breaks the puzzle as it is read here"):
        read(metadata={"solution": solution, "antiking": True})


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"arrows": [{"wayPoints": [[0.5, 0.5], [1.5, 1.5]]}]}, "'arrows'"),
        ({"overlays": [{"center": [0, 1], "text": "X"}]}, "'overlays'"),
        ({"lines": [{"wayPoints": [[0.5, 0.5], [1.5, 1.5]]}]}, "'lines'"),
        ({"lines": [DOWN, UP]}, "'lines'"),
        ({"underlays": [BULB]}, "'underlays'"),
        ({"foglight": [[0, 0]]}, "'foglight'"),
        ({"triggereffect": [{}]}, "'triggereffect'"),
        ({"global": ["nonconsecutive"]}, "'global: nonconsecutive'"),
        ({"global": 5}, "'global: 5'"),
        ({"metadata": {"norowcol": True}}, "'metadata: norowcol'"),
        ({"regions": []}, "'regions that are none of a Sudoku'"),
        (
            {"regions": [*boxes(4, 2, 2)[:3], boxes(4, 2, 2)[0]]},
            "'regions that leave out cells or overlap'",
        ),
        (
            {"cages": [{"cells": [[1, 1], [2, 2]], "sum": 3}]},
            "'a cage that may hold a digit twice'",
        ),
        (
            {"cages": [{"cells": [[1, 1], [2, 2]], "unique": False, "sum": 3}]},
            "'a cage that may hold a digit twice'",
        ),
        ({"cages": [{"cells": [[1, 1], [2, 2]], "unique": True}]}, "'a cage without a total'"),
        ({"cages": [{"cells": [[0, 0]], "value": "<5"}]}, "'cages: <5'"),
        ({"cages": [{"cells": [[0, 0]], "value": 2, "sum": 1}]}, "says 2 with the sum 1"),
        ({"cages": [{"cells": [[0, 0]], "style": "fpRowIndexer"}]}, "style fpRowIndexer"),
        ({"cages": [{"cells": [[0, 0]], "look": 1}]}, "'cages: look'"),
        ({"cages": [{"cells": [[0, 9]], "sum": 1}]}, "'a place that is no cell'"),
        ({"cages": [{"value": "antiqueen: true"}]}, "'metadata: antiqueen'"),
        ({"cages": [{"value": "hm"}]}, "'a cage without cells'"),
        ({"cells": [[{"value": 9}]]}, "regions"),
        ({"cells": [[{"value": "A"}] * 4] * 4}, "'cells: value A'"),
        ({"cells": [[{"secret": 1}] * 4] * 4}, "'cells: secret'"),
        ({"cells": [[1] * 4] * 4}, "a cell is no object"),
        ({"cells": [[{}] * 3] * 4}, "the cells are no square"),
        (rules("Normal sudoku rules apply. The snake hisses."), "'rules: the snake hisses'"),
        (rules("Normal 9x9 sudoku rules apply."), "'rules: normal 9x9 sudoku rules apply'"),
        ({"regions": [[*boxes(4, 2, 2)[0], [3, 3]], *boxes(4, 2, 2)[1:]]}, "cells or overlap'"),
        ({"cages": [{"cells": [[0, 0], [1, 1], [2, 2], [2, 2]], "unique": True}]}, "a cell twice"),
        ({"metadata": {"title": "Killer Sudoku"}}, "'title: Killer Sudoku'"),
        ({"metadata": {"title": "Anti-Knight Sudoku"}}, "'title: Anti-Knight Sudoku'"),
        (rules("Anti-king."), "'rules that are not those of a Sudoku'"),
        (rules("No sudoku. " * 1000), "'rules of 11,000 characters'"),
        ({"lines": [DOWN], **rules(NO_REPEATS)}, "'one diagonal where the rules tell of more'"),
        (rules(USUAL + " Digits cannot repeat on marked diagonals."), "the rules tell of more"),
        (rules(USUAL + " Digits cannot repeat on the diagonal."), "diagonal that is not drawn"),
        (rules(GROWS), "'rules of thermometers that are not drawn'"),
        ({"lines": THERMOMETER["lines"], **rules(GROWS)}, "'a line without one bulb at one end'"),
        (
            {"lines": [{"wayPoints": [[0.5, 0.5], [1.5, 3.5]]}], **rules(GROWS)},
            "'a line that is no path of cells'",
        ),
        ({"lines": [{"wayPoints": [[0, 0], [1, 1]]}], **rules(GROWS)}, "beside the middle"),
        (
            {"cages": [{"cells": [[0, 0], [0, 1]], "value": 3}], **rules(USUAL)},
            "'a cage with 3 that the rules do not tell of'",
        ),
    ],
)
def test_a_rule_that_is_not_known_is_never_dropped(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        read(**fields)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (link(puzzle())[:90], "this is no text that LZString packed"),
        (link("{ce:[[,],'"), "the text in the link is cut off"),
        (link("{ce:[[,],[,]],re:"), "JSON"),
        (link("[]"), "the link holds no puzzle"),
        (link("[" * 50_000), "JSON"),
        ("https://sudokupad.app/abc123", "a link of SudokuPad that holds no puzzle itself"),
        ("https://sudokupad.app/scfoooooooooooook", "a link of SudokuPad that holds no puzzle"),
    ],
)
def test_what_is_no_puzzle_is_told_in_one_line(written: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        read_text(written)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=60))
@settings(max_examples=30, deadline=None)
def test_what_is_packed_unpacks_to_the_same(text: str) -> None:
    assert unpacked(packed(text)) == text


VALUES = st.recursive(
    st.integers(-9, 99_999) | st.booleans() | st.none() | st.text(max_size=8).filter(str.strip),
    lambda inner: (
        st.lists(inner | st.just({}), min_size=2, max_size=3)
        | st.dictionaries(st.sampled_from(["cells", "value", "lines", "hm"]), inner, min_size=1)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["cages", "regions", "x1"]), VALUES, min_size=1))
@settings(max_examples=40, deadline=None)
def test_the_short_form_stands_for_its_json(value: dict[str, Any]) -> None:
    assert json.loads(written_out(short(value))) == value


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("Classic Sudoku rules apply", "usual"),
        ("Place the digits 1 to 9 once in every row, column and 3x3 box.", "usual"),
        ("Every row, column and region contains the digits 1-9 once each.", "usual"),
        ("Digits cannot repeat in cages, which show their sums.", "sums differ"),
        ("Digits in a cage cannot repeat and must sum to the given total.", "sums differ"),
        ("1-9 appear in each row, column and marked region", "usual"),
        ("Digits cannot repeat within a cage and must sum to the clue given.", "sums differ"),
        ("Along thermometers, digits increase from the bulb.", "thermometers"),
        ("Digits increase along thermos from the bulb.", "thermometers"),
        ("Each main diagonal (marked in blue) cannot contain a repeated digit.", "diagonals"),
        ("Digits cannot repeat along the main diagonal.", "diagonal"),
        ("Digits cannot repeat along marked diagonals.", "diagonals drawn"),
        (
            "Normal sudoku rules apply, and digits separated by a knight's move cannot be the same"
            " digit.",
            "usual anti_knight",
        ),
        (
            "Cells separated by a knight\u2019s move (in chess) cannot contain the same digit.",
            "anti_knight",
        ),
        ("Identical digits cannot be a knight's move apart.", "anti_knight"),
    ],
)
def test_usual_words_say_rules(sentence: str, names: str) -> None:
    assert said(sentence, 9) == {*names.split()}
