"""Links of penpa-edit are read as Sudoku variants, or refused by name."""

from __future__ import annotations

import base64
import json
import re
import zlib
from itertools import pairwise
from typing import Any

import pytest

from hrm_toolkit.adapters.constraint.numbers.links import penpa
from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.core import InputError

SITE = "https://swaroopg92.github.io/penpa-edit/#m=edit&p="
USUAL = "Normal sudoku rules apply."
SIDE = 4
ACROSS = SIDE + 4
COUNT = ACROSS**2


def deflated(raw: bytes) -> str:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(deflate.compress(raw) + deflate.flush()).decode()


def at(r: int, c: int) -> int:
    """The number of a cell: boards have two cells more on each side."""
    return (r + 2) * ACROSS + c + 2


def edge(r: int, c: int, s: int, t: int) -> str:
    """The key of a line between two corners, by what cells they are the upper left of."""
    ends = sorted(COUNT + at(row, column) - ACROSS - 1 for row, column in ((r, c), (s, t)))
    return ",".join(map(str, ends))


def corner(r: int, c: int, k: int) -> int:
    return 4 * COUNT + 4 * at(r, c) + k


BOXES = {
    **{edge(k, 2, k + 1, 2): 2 for k in range(4)},
    **{edge(2, k, 2, k + 1): 2 for k in range(4)},
}


def link(
    *, kind: str = "sudoku", title: str = "", rules: str = "", options: str = "0,0,0,0",
    tags: Any = (), turned: str = "0", picture: str = "", site: str = SITE, **drawn: Any,
) -> str:  # fmt: skip
    rules = rules.replace("\n", "%2D").replace(",", "%2C")
    head = (
        f"{kind},4,4,38,{turned},1,1,190,190,84,84,{options},Title: {title},Author: A,,{rules},OFF"
    )
    head += ",false" + ("," + picture if picture else "")
    cells = [at(r, c) for r in range(4) for c in range(4)]
    steps = [cells[0], *(b - a for a, b in pairwise(cells))]
    board: dict[str, Any] = {
        "command_redo": {"__a": []}, "surface": {}, "number": {str(at(0, 0)): ["1", 1, "1"]},
        "symbol": {}, "lineE": BOXES, "line": {}, "wall": {}, "arrows": [],
    }  # fmt: skip
    lines: list[Any] = [[0, 0, 0, 0], {}, {**board, **drawn}, {}, steps, [], {}]
    lines += ["x", "x", [3, 2, 1], {}, "x", 0, {}, {}, {}, [*tags]]
    text = "\n".join([head, *map(json.dumps, lines), "false"])
    for long, short in reversed(penpa._SHORT.items()):
        text = text.replace(long, short)
    return site + deflated(text.encode())


def read(**said: Any) -> Any:
    (found,) = read_text(link(**said)).puzzles
    return found


def cage(*cells: tuple[int, int], total: str = "3") -> dict[str, Any]:
    outline = {f"{corner(r, c, 0)},{corner(r, c, 1)}": 10 for r, c in cells}
    return {
        "killercages": [[at(r, c) for r, c in cells], []],
        "cage": outline,
        "numberS": {str(corner(*cells[0], 0)): [total, 1]},
    }


@pytest.mark.parametrize("site", [SITE, SITE.replace("#m=edit", "?m=solve"), SITE[8:]])
def test_a_plain_puzzle_is_read(site: str) -> None:
    loaded = read_text(link(rules=USUAL, site=site) + "&a=abc")
    (found,) = loaded.puzzles
    assert found.grid == ((1, None, None, None), *[(None,) * 4] * 3)
    assert found.regions == ((0, 0, 1, 1), (0, 0, 1, 1), (2, 2, 3, 3), (2, 2, 3, 3))
    assert (found.cages, found.thermometers, found.switched) == ((), (), set())
    assert (loaded.kind, loaded.notes) == ("penpa-edit link", ())


@pytest.mark.parametrize("kind", ["sudoku", "square"])
@pytest.mark.parametrize("rules", ["", "No rules", "No rules.", "None"])
@pytest.mark.parametrize("title", ["", "Sudoku of Monday"])
def test_the_boxes_of_a_sudoku_without_rules_are_a_plain_one(
    kind: str, rules: str, title: str
) -> None:
    loaded = read_text(link(kind=kind, rules=rules, title=title))
    (found,) = loaded.puzzles
    assert (found.cages, found.thermometers, found.switched) == ((), (), set())
    (note,) = loaded.notes
    assert note.startswith("the link says no rules")


def test_a_link_made_by_penpa_edit_is_read() -> None:
    # A 6x6 board as its own tests hold one, here with its rules in words that are known.
    made = (
        "square,6,6,38,0,1,1,266,266,144,144,0,0,0,0,Title: Test,Author: A,,"
        "Normal 6x6 sudoku rules apply,OFF,false\n[0,0,0,0]\n{z9:zQ}\n"
        '{zS:{},zN:{"22":["5",1,"1"],"26":["6",1,"1"],"75":["4",1,"1"]},zE:{"114,124":2,"124,134":2,'
        '"134,144":2,"144,154":2,"154,164":2,"164,174":2,"131,132":2,"132,133":2,"133,134":2,'
        '"134,135":2,"135,136":2,"136,137":2,"151,152":2,"152,153":2,"153,154":2,"154,155":2,'
        '"155,156":2,"156,157":2}}\n{}\n'
        "[22,1,1,1,1,1,5,1,1,1,1,1,5,1,1,1,1,1,5,1,1,1,1,1,5,1,1,1,1,1,5,1,1,1,1,1]\n[]"
    )
    (found,) = read_text(SITE + deflated(made.encode())).puzzles
    assert found.grid[0] == (5, None, None, None, 6, None)  # type: ignore[attr-defined]
    assert found.grid[5][3] == 4  # type: ignore[attr-defined]
    assert [*map("".join, (map(str, row) for row in found.regions))] == [  # type: ignore[attr-defined]
        "000111", "000111", "222333", "222333", "444555", "444555",
    ]  # fmt: skip


def test_regions_may_have_any_shape() -> None:
    edges = [(0, 3, 1, 3), (1, 1, 2, 1), (1, 1, 1, 2), (1, 2, 1, 3), (2, 2, 3, 2), (3, 2, 4, 2)]
    drawn = {edge(*ends): 2 for ends in [*edges, *((2, k, 2, k + 1) for k in range(4))]}
    found = read(kind="square", tags=["irregular"], lineE=drawn)
    assert found.regions == ((0, 0, 0, 1), (0, 1, 1, 1), (2, 2, 3, 3), (2, 2, 3, 3))


def test_cages_and_thermometers_of_its_tools_are_read() -> None:
    loaded = read_text(link(title="Tea", **cage((1, 1), (2, 2)), thermo=[[at(0, 2), at(1, 1)]]))
    (found,) = loaded.puzzles
    assert found.cages == ((3, ((1, 1), (2, 2))),)  # type: ignore[attr-defined]
    assert found.thermometers == (((0, 2), (1, 1)),)  # type: ignore[attr-defined]
    assert loaded.notes == (
        "the link says no rules (it is called 'Tea'): those of a Sudoku and of what is read are"
        " assumed",
    )
    told = USUAL + "\nDigits cannot repeat in cages, which show their sums."
    assert read(rules=told, **cage((1, 1), (2, 2))).cages == found.cages  # type: ignore[attr-defined]


DOWN = {edge(k, k, k + 1, k + 1): 12 for k in range(4)}
UP = {edge(k, 4 - k, k + 1, 3 - k): 12 for k in range(4)}
NO_REPEATS = USUAL + " Digits cannot repeat on either main diagonal."


def test_diagonals_are_read_as_the_boards_option_and_as_told() -> None:
    both = {**BOXES, **DOWN, **UP}
    assert read(lineE=both, options="1,0,0,1").switched == {"diagonals"}
    assert read(lineE=both, rules=NO_REPEATS).switched == {"diagonals"}
    assert read(rules=NO_REPEATS).switched == {"diagonals"}
    one = read(lineE={**BOXES, **UP}, options="0,0,0,1")
    assert one.cages == ((10, ((0, 3), (1, 2), (2, 1), (3, 0))),)


def test_words_say_moves_and_colours_are_left_out_where_they_say_nothing_of_them() -> None:
    assert read(rules=USUAL + " Anti-king rule applies.").switched == {"anti_king"}
    loaded = read_text(link(rules=USUAL, surface={str(at(1, 1)): 1}))
    assert loaded.notes == ("colours of cells, of which the rules say nothing, are left out",)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"kind": "hex"}, "'a board of the kind hex'"),
        ({"tags": ["killer"]}, "'tag: killer'"),
        ({"tags": ["classic", "thermo"]}, "'tag: thermo'"),
        ({"title": "Killer Sudoku"}, "'title: Killer Sudoku'"),
        ({"title": "Miracle"}, "'title: Miracle'"),
        ({"kind": "square", **cage((1, 1))}, "'a board that does not say what puzzle it is'"),
        ({"kind": "square", "title": "Ripple"}, "'a board that does not say what puzzle it is'"),
        ({"turned": "90"}, "'a board that is turned or mirrored'"),
        ({"tags": ["nonconsecutive"]}, "'tag: nonconsecutive'"),
        ({"tags": [["classic"]]}, "tag: ['classic']"),
        ({"title": "Non-Consecutive Sudoku"}, "'title: Non-Consecutive Sudoku'"),
        ({"rules": "Draw a loop."}, "'rules: draw a loop'"),
        ({"rules": "Anti-king."}, "'rules that are not those of a Sudoku'"),
        ({"symbol": {str(at(0, 0)): [1, "circle_L", 1]}}, "'symbol: circle_L'"),
        ({"line": {"1,2": 3}}, "'line'"),
        ({"wall": {"1,2": 3}}, "'wall'"),
        ({"arrows": [[20, 21]]}, "'arrows'"),
        ({"nobulbthermo": [[20, 21]]}, "'nobulbthermo'"),
        ({"polygon": [[20, 21]]}, "'polygon'"),
        ({"deletelineE": {"1,2": 1}}, "'deletelineE'"),
        ({"surface": {str(at(0, 0)): 1}}, "'surface'"),
        ({"lineE": {}}, "'regions that are none of a Sudoku'"),
        ({"lineE": {edge(0, 0, 0, 1): 3}}, "'lineE of the style 3'"),
        ({"lineE": {**BOXES, **DOWN}}, "'a diagonal that the board and the lines do not agree on'"),
        ({"options": "1,0,0,0"}, "'a diagonal that the board and the lines do not agree on'"),
        ({"lineE": {**BOXES, edge(1, 1, 2, 2): 12}}, "'lineE that is no whole diagonal'"),
        (
            {"lineE": {**BOXES, **DOWN}, "rules": NO_REPEATS},
            "'a diagonal that the rules and the lines do not agree on'",
        ),
        (
            {"rules": USUAL + " Digits cannot repeat on marked diagonals."},
            "'a diagonal that the rules and the lines do not agree on'",
        ),
        ({"number": {str(at(0, -1)): ["1", 1, "1"]}}, "'a number beside or outside the cells'"),
        ({"number": {str(at(0, 0)): ["A", 1, "1"]}}, "'number: A'"),
        ({"number": {str(at(0, 0)): ["1", 1, "5"]}}, "'number: 1'"),
        ({"number": {str(at(0, 0)): [[1, 1, 0], 1, "7"]}}, "'number: [1, 1, 0]'"),
        ({**cage((1, 1), (2, 2)), "numberS": {}}, "'a cage without one total'"),
        ({**cage((1, 1), (2, 2)), "cage": {}}, "'a killer cage that is not drawn'"),
        ({**cage((1, 1), (2, 2)), "killercages": []}, "'an outline that is no killer cage'"),
        ({"numberS": {str(corner(0, 0, 0)): ["3", 1]}}, "'numberS outside of cages'"),
        ({"numberS": {str(corner(0, 0, 3)): ["3", 1]}}, "'numberS: 3'"),
        ({**cage((1, 1), total="<9")}, "'numberS: <9'"),
        ({**cage((1, 1)), "rules": USUAL}, "'cages that the rules do not tell of'"),
        (
            {**cage((1, 1), (2, 2)), "rules": USUAL + " Cages show their sums."},
            "'a cage that may hold a digit twice'",
        ),
        ({"thermo": [[at(0, 0), at(-1, 0)]]}, "'a thermometer beside or outside the cells'"),
        ({"thermo": [[20, 21]], "rules": USUAL}, "'thermometers that the rules do not tell of'"),
        ({"thermo": 5}, "'thermo'"),
        (
            {"rules": USUAL + " Along thermometers, digits increase from the bulb."},
            "'rules of thermometers that are not drawn'",
        ),
        ({"picture": deflated(b'{"url": "x"}')}, "'a picture behind the board'"),
    ],
)
def test_a_rule_that_is_not_known_is_never_dropped(said: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        read(**said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (link()[:120], "this is no text that penpa-edit packed|is cut off"),
        (link()[:121], "this is no text that penpa-edit packed|is cut off"),
        (SITE + "7VRNb", "this is no text that penpa-edit packed"),
        (SITE + "%2B%2B%2B%2B", "this is no text that penpa-edit packed"),
        (SITE + deflated(b"9,9\n1"), "the form of early links"),
        (SITE + deflated(b"sudoku" + b",1" * 20 + b"\n" * 9), "turned|not valid JSON"),
        (SITE + "https://puzz.link/p?sudoku/9/9/1", "a link of penpa-edit that holds no puzzle"),
        ("https://swaroopg92.github.io/penpa-edit/", "a link of penpa-edit that holds no puzzle"),
    ],
)
def test_what_is_no_puzzle_is_told_in_one_line(written: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_text(written)
    assert "\n" not in str(caught.value)


def test_what_inflates_to_too_much_is_refused_before_it_does() -> None:
    with pytest.raises(InputError, match="unpacks to too much; expected at most 1,000,000"):
        penpa.read(deflated(bytes(50_000_000)))
    with pytest.raises(InputError, match="expected at most 200,000"):
        penpa.read("A" * 200_001)
