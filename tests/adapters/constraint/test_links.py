"""Sudoku variants in links of f-puzzles are read, or refused by name."""

from __future__ import annotations

import json

import pytest

from hrm_toolkit.adapters.constraint.numbers.links import fpuzzles
from hrm_toolkit.adapters.constraint.numbers.links.lz import unpacked
from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.core import InputError

# Packed by the package lzstring 1.0.4, of puzzles made by hand.
CAGED = (
    "N4IgzglgXgpiBcACALAGkSALhTAbOSIAFgIYB2AJogLYkVzogkCumRA9gE4IYiMDmnCBR4BtUaABuJXMwKIAjAIiSYZHpk5yAvumC7"
    "E+vdoC66CQaky5PAMyWHZxBeOvDp80fdv9JpyABrCFx8TgBjEn55CRAwmBCwMRAAJQUAYQU+DFS0gCYQf2lZeRBbEA8MNhhOanZqGEx"
    "qsVBcCDIYRKRxFPSyxhzkApMKpjJsILJ+DS0YRnJxsgh+IkweADMZMFmMEk5OdgB3MWGgA="
)
JIGSAW = (
    "N4IgzglgXgpiBcACALAGkSA5gJwgEwUQG0jRsZMIB7AO0IAZ0QA3AQwBsBXOJARicrMYdJABds3AL7oyFaiMSMMbLj0QAmARCELxUm"
    "SHKVaDaYlnGFvSQF10pQ3JNJ1Zi/NMGjHvm8eXCaztid2cNP28w1y8nBQBmCNjA23tQhWjzfx9EBJiApFzMyPjbYJA8CFZMWg4AakI"
    "9GCYKqpr2AFoGiRhJIA="
)
ARROW = (
    "N4IgzglgXgpiBcACALAGkSA5gJwgEwUQG0jQA3AQwBsBXOJARnSwjJgDtCAXbOgX3TABiIYL4BddKWHlqdQgGYZyycVEjlY1dLG6N41"
    "SArZsAewDuhUiCoR2MMFaIgASgwDCDEMzfuATCAGEnxAA"
)
F_PUZZLES, SUDOKUPAD = "https://f-puzzles.com/?load=", "https://sudokupad.app/fpuzzles"


def test_clues_cages_thermometers_and_moves_are_read() -> None:
    loaded = read_text(F_PUZZLES + CAGED.replace("+", "%2B"))
    (puzzle,) = loaded.puzzles
    assert puzzle.grid == ((1, None, None, None), *[(None,) * 4] * 3)
    assert puzzle.regions == ((0, 0, 1, 1), (0, 0, 1, 1), (2, 2, 3, 3), (2, 2, 3, 3))
    assert puzzle.cages == ((3, ((0, 0), (0, 1))),)
    assert puzzle.thermometers == (((0, 2), (0, 3)),)
    assert puzzle.switched == {"anti_king"}
    assert "digits that are filled in and not given are left out" in loaded.notes


@pytest.mark.parametrize("site", [F_PUZZLES, SUDOKUPAD, "sudokupad.app/?puzzleid=fpuz"])
def test_regions_and_diagonals_are_read_on_either_site(site: str) -> None:
    (puzzle,) = read_text(site + JIGSAW).puzzles
    assert puzzle.regions == ((0, 0, 0, 1), (2, 0, 1, 1), (2, 2, 3, 1), (2, 3, 3, 3))
    assert puzzle.switched == {"diagonals"}
    assert puzzle.grid[0] == (1, 2, None, None)


@pytest.mark.parametrize(
    ("link", "says"),
    [
        (F_PUZZLES + ARROW, "the puzzle has 'arrow', which is not read here"),
        ("https://f-puzzles.com/?id=abc", "a link of f-puzzles that holds no puzzle itself"),
        ("https://sudokupad.app/scl" + JIGSAW, "the link holds no puzzle; expected an object"),
        (F_PUZZLES + JIGSAW[:60], "this is no text that LZString packed"),
        (F_PUZZLES + "BYUwNmD2Q===", "JSON"),
    ],
)
def test_what_is_not_read_is_refused_by_name(link: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_text(link)
    assert "\n" not in str(caught.value)


USUAL = "Normal sudoku rules apply."
CELLS = [[{} for _ in range(4)] for _ in range(4)]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"nonconsecutive": True}, "'nonconsecutive'"),
        ({"diagonal+": True}, "expected both diagonals or none"),
        ({"killercage": [{"cells": ["R1C1"]}]}, "a cage|killercage without a total"),
        ({"killercage": [{"cells": ["R1C1"], "value": "3", "sum": 1}]}, "'field sum'"),
        ({"thermometer": [{"lines": [["A1"]]}]}, "expected cells such as R1C2"),
        ({"antiknight": "yes"}, "'antiknight'"),
        ({"grid": [[{"secret": 1}] * 4] * 4}, "'grid: secret'"),
        ({"size": 5}, "the grid is no square of its size"),
        ({"thermometer": [{"lines": "R1C1"}]}, "'field lines that is no list'"),
        ({"title": "Nonconsecutive"}, "'title: Nonconsecutive'"),
        ({"ruleset": "Anti-knight."}, "'rules that are not those of a Sudoku'"),
        ({"ruleset": USUAL + " Neighbours sum to 5."}, "'rules: neighbours sum to 5'"),
        ({"ruleset": USUAL + " Digits cannot repeat on the main diagonals."}, "'a rule of diag"),
        ({"ruleset": USUAL + " Digits increase along thermometers from the bulb."}, "thermometers"),
        ({"ruleset": USUAL + " Cages show their sums."}, "'rules of cages that are not drawn'"),
        ({"antiking": True, "solution": [*map(int, "1234341221434321")]}, "own solution breaks"),
    ],
)
def test_a_rule_that_is_not_known_is_never_dropped(
    fields: dict[str, object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = json.dumps({"size": 4, "grid": CELLS, **fields})
    monkeypatch.setattr(fpuzzles, "unpacked", lambda _: packed)
    with pytest.raises(InputError, match=says):
        read_text(F_PUZZLES + "x")


def test_rules_in_words_add_to_those_of_the_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    told = USUAL + " Anti-knight. Digits cannot repeat on the main diagonals."
    fields = {"diagonal+": True, "diagonal-": True, "ruleset": told}
    packed = json.dumps({"size": 4, "grid": CELLS, **fields})
    monkeypatch.setattr(fpuzzles, "unpacked", lambda _: packed)
    loaded = read_text(F_PUZZLES + "x")
    assert loaded.puzzles[0].switched == {"anti_knight", "diagonals"}  # type: ignore[attr-defined]
    assert loaded.notes == ()


def test_what_unpacks_to_too_much_is_refused_before_it_does() -> None:
    # Each word of the dictionary is longer by one than the last: a bomb of a few thousand signs.
    width, known, bits = 3, 4, [0, 0, *(97 >> k & 1 for k in range(8))]
    for _ in range(2_000):
        bits += [known >> k & 1 for k in range(width)]
        known += 1
        width += known >= 1 << width
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    sixes = [bits[k : k + 6] for k in range(0, len(bits) - 5, 6)]
    text = "".join(signs[int("".join(map(str, six)), 2)] for six in sixes)
    with pytest.raises(InputError, match="unpacks to too much; expected at most 1,000,000"):
        unpacked(text)
    with pytest.raises(InputError, match="expected at most 200,000"):
        unpacked("A" * 200_001)


def test_a_file_holds_several_links_a_line_each() -> None:
    loaded = read_text(f"{F_PUZZLES}{CAGED}\n\n{SUDOKUPAD}{JIGSAW}\n")
    assert [puzzle.switched for puzzle in loaded.puzzles] == [{"anti_king"}, {"diagonals"}]  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="line 2: the puzzle has 'arrow', which is not read here"):
        read_text(f"{F_PUZZLES}{CAGED}\n{F_PUZZLES}{ARROW}")
