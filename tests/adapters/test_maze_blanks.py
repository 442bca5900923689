"""Blanks in mazes: cells, gaps, indentation or paper; refused where they may be two of these."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import Loaded, read_text
from hrm_toolkit.core import InputError

MAZE = get_adapter("maze")
PLAIN = """\
#########
#S..#...#
#.#.#.#.#
#.#...#.#
#.#####.#
#...#..G#
#########"""
BLANK = PLAIN.replace(".", " ")
GRID = tuple(PLAIN.split("\n"))


def lines(text: str, change) -> str:
    return "\n".join(change(line) for line in text.split("\n"))


def twice(line: str) -> str:
    return "".join(sign * 2 for sign in line)


def only(text: str, **said: str) -> tuple[str, ...]:
    (puzzle,) = read_text(text, **said).puzzles
    assert puzzle.task == "maze"
    return puzzle.grid


def moves(loaded: Loaded) -> list[float | None]:
    """The cost of a shortest path through each maze, None where there is no path."""
    found = [(puzzle, MAZE.exact(puzzle).answer) for puzzle in loaded.puzzles]
    return [None if a is None else MAZE.rules.check(p, a).cost for p, a in found]


# Blanks


@pytest.mark.parametrize("drawn", [PLAIN, BLANK], ids=["dots", "blanks"])
@pytest.mark.parametrize(
    "change",
    [
        " ".join,
        "  ".join,
        "\t".join,
        ",".join,
        "; ".join,
        lambda line: " ".join(line).rstrip(),
        lambda line: " ".join(line) + " ",
        lambda line: "    " + line,
        lambda line: "\t" + line,
        lambda line: "  " + " ".join(line),
        lambda line: line + "   ",
        lambda line: line + "  " * (line[1] == "#"),
        lambda line: "".join(sign * 2 if sign == "#" else sign + " " for sign in line),
    ],
)
def test_blanks_between_and_beside_cells_are_no_cells(drawn, change):
    if drawn == PLAIN and change("#.") == "##. ":
        return  # a dot and a blank are two cells
    assert only(lines(drawn, change)) == GRID


def test_cells_of_two_characters_are_read_as_one_and_it_is_said():
    loaded = read_text(lines(PLAIN, twice))
    assert loaded.puzzles[0].grid == GRID
    assert loaded.notes == ("every cell is written with two characters",)
    assert only(lines(BLANK, twice).replace("#", "\u2588")) == GRID


def test_the_spaced_maze_costs_what_the_plain_one_does():
    loaded = read_text(lines(PLAIN, " ".join))
    assert moves(loaded) == [14] == moves(read_text(PLAIN))
    assert loaded.notes == ("blanks between cells are no cells",)


@pytest.mark.parametrize(
    "text",
    [
        f"\n    {lines(BLANK, lambda line: '    ' + line).strip()}\n    ",
        f"Here it is:\n\n```\n{BLANK}\n```\nthanks",
        "- one\n  ```text\n" + lines(BLANK, lambda line: "  " + line) + "\n  ```\n",
    ],
    ids=["docstring", "fence", "list"],
)
def test_what_stands_around_a_maze_in_code_and_markdown_is_no_part_of_it(text):
    assert only(text) == GRID


def test_an_indented_maze_with_two_gates_has_no_way_around_it():
    gates = "#####\n# # #\nS # G\n# # #\n#####"
    assert moves(read_text(lines(gates, lambda line: "    " + line))) == [None]
    assert moves(read_text(lines(gates, lambda line: line + "    "))) == [None]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# S   G #", "gaps or open cells: the lines can be read as two mazes"),
        ("S   #\n     \n#   G", "gaps or open cells"),
        ("S   \n##  \nG   ", "one or two characters wide"),
        (" S#\n  #\n G ", "every line begins with 1 blank, which may be indentation or open"),
        ("S  \n#  \nG  ", "every line ends with blanks, which may be open cells or nothing"),
        ("    #    \n         \n ####### \nS   #   G\n ####### ", "a path leads around the maze"),
        ("#      \n  ###  \nS..#..G\n  ###  ", "a path leads around the maze"),
        ("#####\n#S  #\n#\n#  G#\n#####", "line 3 has 1 cells; blanks that an editor cut"),
        ("######\n#S   #\n#   #\n#  G #\n######", "line 3 has 5 cells; blanks that"),
        (PLAIN.replace("#.#...#.#", "#.#...#."), "line 4 has 8 cells; expected 9"),
    ],
)
def test_blanks_that_may_be_two_things_are_refused(text, says):
    with pytest.raises(InputError, match=says) as caught:
        read_text(text, adapter="maze")
    assert "dots" in str(caught.value)
    with pytest.raises(InputError):
        MAZE.parse(text)


def test_blanks_that_an_editor_cut_are_filled_where_that_changes_no_path():
    closed = read_text("#####\n#S  #\n# # ###\n# #   G\n#######")
    assert moves(closed) == [7]
    assert closed.puzzles[0].shape == (5, 7)
    assert closed.notes == ("what is missing at the end of lines 1, 2 lies outside the walls",)
    frameless = read_text("S   #\n ##\n  # G")
    assert frameless.puzzles[0].grid == ("S...#", ".##..", "..#.G")
    assert frameless.notes == ("what is missing at the end of line 2 is open, as blanks are here",)


@pytest.mark.parametrize("text", ["S G", "S  \n## \nG  ", "#####\n#S G#\n#####"])
def test_blanks_that_can_only_be_cells_are_cells(text):
    assert only(text) == tuple(text.replace(" ", ".").split("\n"))


@pytest.mark.parametrize("key", ["grid", "maze", "rows"])
def test_rows_in_python_and_json_are_read_with_the_same_care(key):
    spaced = [" ".join(row) for row in BLANK.split("\n")]
    if key == "rows":
        assert MAZE.coerce(spaced).grid == GRID
        with pytest.raises(InputError, match="gaps or open cells: the rows"):
            MAZE.coerce(["S   #", "     ", "#   G"])
    else:
        assert MAZE.coerce({key: spaced}).grid == GRID


# What holds for every maze


@st.composite
def drawings(draw: st.DrawFn, *, framed: bool) -> list[str]:
    """Rows of any maze whose open cells are blanks, with a wall around it or without."""
    height, width = draw(st.integers(1, 5)), draw(st.integers(2, 5))
    size = height * width
    cells = draw(st.lists(st.sampled_from("  #"), min_size=size, max_size=size))
    ends = draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    cells[ends[0]], cells[ends[1]] = "S", "G"
    rows = ["".join(cells[at : at + width]) for at in range(0, size, width)]
    if not framed:
        return rows
    wall = "#" * (width + 2)
    return [wall, *(f"#{row}#" for row in rows), wall]


CHANGES = {
    "as it is": lambda row: row,
    "spaced": " ".join,
    "indented": lambda row: "    " + row,
    "padded": lambda row: row + "  ",
    "cut": str.rstrip,
    "twice": twice,
    "walls twice": lambda row: "".join(sign * 2 if sign == "#" else sign + " " for sign in row),
    "spaced and indented": lambda row: "  " + " ".join(row) + " ",
}


@pytest.mark.parametrize("change", CHANGES)
@settings(max_examples=30)
@given(rows=drawings(framed=True))
def test_a_maze_with_a_wall_around_it_is_read_whatever_blanks_are_added(change, rows):
    drawn = "\n".join(map(CHANGES[change], rows))
    assert only(drawn) == tuple(row.replace(" ", ".") for row in rows)


@pytest.mark.parametrize("change", ["spaced", "twice", "cut", "walls twice"])
@settings(max_examples=60)
@given(rows=drawings(framed=False))
def test_any_other_maze_costs_what_it_cost_or_is_refused(change, rows):
    assume(not all(row.startswith(" ") for row in rows) and rows not in (["SG"], ["GS"]))
    # A first or last row of blanks alone, cut, is an empty line around the text: nothing tells it.
    assume(change != "cut" or (rows[0].strip() and rows[-1].strip()))
    plain = read_text(json.dumps([list(row) for row in rows]), adapter="maze")
    try:
        loaded = read_text("\n".join(map(CHANGES[change], rows)), adapter="maze")
    except InputError:
        return
    assert moves(loaded) == moves(plain)
