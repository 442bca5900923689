"""Sudokus as programs write them: decimals, words for nothing, odd signs, labels and counts."""

from __future__ import annotations

import pytest

from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.core import ToolkitError

CLUES = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
ROWS = [CLUES[i : i + 9] for i in range(0, 81, 9)]
SPACED = [" ".join(row) for row in ROWS]
ZEROS = [",".join(row.replace(".", "0")) for row in ROWS]
SMALL = ["1.3.", ".4..", "2..3", "...1"]
FULL = ["1234", "3412", "2143", "4321"]
SIXTEEN = "53==7====6==195====98====6=8===6===34==8=3===" + "=" * 36


def cells_of(text: str) -> str:
    """The cells of the one Sudoku in a text, a dot for a blank."""
    (puzzle,) = read_text(text).puzzles
    assert puzzle.task == "sudoku"
    return "".join(str(value or ".") for row in puzzle.grid for value in row)


def table(between: str, blank: str, digit: str = "{}") -> str:
    rows = ([blank if c == "." else digit.format(c) for c in row] for row in ROWS)
    return "\n".join(between.join(row) for row in rows)


def labelled(top: str, sides: str, rows: list[str], between: str = " ") -> str:
    lines = [between.join([side, row]) for side, row in zip(sides.split(), rows, strict=True)]
    return "\n".join([between.join(["" if between == "," else " ", *top.split()]), *lines])


@pytest.mark.parametrize("between", [" ", ",", ", ", "\t", ";"])
@pytest.mark.parametrize("blank", ["0.0", "nan", "NaN", "None", "NA", "N/A", "null", "<NA>"])
def test_decimals_are_digits_and_words_for_nothing_blanks(blank: str, between: str) -> None:
    assert cells_of(table(between, blank, "{}.0")) == CLUES


@pytest.mark.parametrize("blank", ["nan", "None", "NA", "N/A", "null", "<NA>"])
def test_words_for_nothing_stand_beside_plain_digits(blank: str) -> None:
    assert cells_of(table(",", blank)) == CLUES
    assert cells_of(table(" ", blank)) == CLUES


def test_floats_as_numpy_writes_them() -> None:
    exact = table(" ", f"{0:.18e}", "{}." + "0" * 18 + "e+00")
    assert cells_of(exact) == CLUES
    printed = table(" ", "0.", "{}.").replace("\n", "]\n [")
    assert cells_of(f"[[{printed}]]") == CLUES
    assert cells_of(f"[[{printed.replace('0.', 'nan')}]]") == CLUES
    assert cells_of(table(",", "", "{}.0")) == CLUES


@pytest.mark.parametrize("sign", "=+xX~^@$&")
def test_any_one_sign_is_a_blank(sign: str) -> None:
    for text in (CLUES, "\n".join(ROWS), "\n".join(SPACED)):
        assert cells_of(text.replace(".", sign)) == CLUES
    rows = "\n".join(SMALL).replace(".", sign)
    assert cells_of(rows) == "".join(SMALL)


@pytest.mark.parametrize("sign", "xX~^@$&")
def test_a_stray_sign_is_refused(sign: str) -> None:
    for text in (
        "\n".join(ROWS).replace(".", sign, 1),
        CLUES.replace(".", sign, 1),
        "\n".join(FULL).replace("1", sign, 1),
        "".join(FULL).replace("1", sign, 1),
    ):
        with pytest.raises(ToolkitError, match=r"stands for no cell|no puzzle file"):
            read_text(text)


@pytest.mark.parametrize("sign", "=+")
@pytest.mark.parametrize("rows", [FULL, SMALL, [row.replace(".", "0") for row in SMALL]])
def test_a_frame_of_signs_is_a_frame(sign: str, rows: list[str]) -> None:
    edge = sign * 6
    framed = "\n".join([edge, *(f"{sign}{row}{sign}" for row in rows), edge])
    assert cells_of(framed) == "".join(rows).replace("0", ".")


@pytest.mark.parametrize("sign", "=+")
def test_a_frame_around_every_cell_is_a_frame(sign: str) -> None:
    edge = sign * 9
    inside = f"\n{edge}\n".join(sign + sign.join(row) + sign for row in FULL)
    assert cells_of(f"{edge}\n{inside}\n{edge}") == "".join(FULL)


@pytest.mark.parametrize("sign", "=+")
def test_sixteen_clues_among_signs_are_no_4x4(sign: str) -> None:
    line = SIXTEEN.replace("=", sign)
    clues = SIXTEEN.replace("=", ".")
    assert sum(c != "." for c in clues) == 16
    rows = [line[i : i + 9] for i in range(0, 81, 9)]
    for text in (line, "\n".join(rows), "\n".join(map(" ".join, rows))):
        assert cells_of(text) == clues
    bars = "\n".join("|".join(row[k : k + 3] for k in (0, 3, 6)) for row in rows)
    for text in (bars, "\n".join(rows)[:-1], "\n".join(map(",".join, rows)), f"{line}\n{line}"):
        with pytest.raises(ToolkitError):
            read_text(text)
    inner = [sign * 9, *(f"{sign}{row[:7]}{sign}" for row in rows[:7]), sign * 9]
    assert len(cells_of("\n".join(inner))) == 81


@pytest.mark.parametrize(
    ("top", "sides"),
    [
        ("1 2 3 4 5 6 7 8 9", "A B C D E F G H I"),
        ("A B C D E F G H I", "1 2 3 4 5 6 7 8 9"),
        ("0 1 2 3 4 5 6 7 8", "0 1 2 3 4 5 6 7 8"),
        ("c1 c2 c3 c4 c5 c6 c7 c8 c9", "r1 r2 r3 r4 r5 r6 r7 r8 r9"),
    ],
)
def test_labels_of_rows_and_columns_are_left_out(top: str, sides: str) -> None:
    assert cells_of(labelled(top, sides, SPACED)) == CLUES
    assert cells_of(labelled(top, sides, ZEROS, ",")) == CLUES
    floats = table(" ", "NaN", "{}.0").splitlines()
    assert cells_of(labelled(top, sides, floats)) == CLUES
    empty = [row.replace("0", "") for row in ZEROS]
    assert cells_of(labelled(top, sides, empty, ",")) == CLUES


def test_labels_of_one_side_are_left_out() -> None:
    assert cells_of("\n".join(["0,1,2,3,4,5,6,7,8", *ZEROS])) == CLUES
    assert cells_of("\n".join(["c1,c2,c3,c4,c5,c6,c7,c8,c9", *ZEROS])) == CLUES
    assert cells_of("\n".join(f"{n},{row}" for n, row in enumerate(ZEROS))) == CLUES


@pytest.mark.parametrize("count", ["1", "9", "9 9", "9x9", "81", "3", "3 3"])
def test_a_count_above_a_grid_is_left_out(count: str) -> None:
    for rows in (ROWS, SPACED, [CLUES]):
        assert cells_of("\n".join([count, *rows])) == CLUES


@pytest.mark.parametrize("count", ["17", "12 12", "2"])
def test_a_count_of_something_else_is_refused(count: str) -> None:
    with pytest.raises(ToolkitError, match="cell"):
        read_text("\n".join([count, *ROWS]))


@pytest.mark.parametrize(
    "text",
    [
        table(" ", "0.0", "{}.0").replace("5.0", "5.5", 1),
        "0.0 1.0 2.0 3.0\n2.0 0.0 1.0 4.0\n3.0 2.0 0.0 1.0\n1.0 3.0 4.0 0.0",
        "0.0 1.0 2.0 nan\n1.0 0.0 nan 3.0\n2.0 nan 0.0 1.0\nnan 3.0 1.0 0.0",
        "nan 1.0 2.0 3.0\n2.0 nan 1.0 4.0\n3.0 2.0 nan 1.0\n1.0 3.0 4.0 nan",
        "0 1 1.0 2\n1 2 3.0 4\n2 3 4.0 1\n3 4 1.0 3",
        ",A,B,C,D\nA,0,1,2,4\nB,1,0,3,2\nC,2,3,0,1\nD,4,2,1,0",
        ",A,B,C,D\nA,0,1,2,3\nB,2,0,1,4\nC,3,2,0,1\nD,1,3,4,0",
        ",A,B,C,D\nA,,1,2,3\nB,2,,1,4\nC,3,2,,1\nD,1,3,4,",
        "0.0 1.0 1.0 0.0\n0.0 0.0 1.0 0.0\n1.0 0.0 0.0 0.0\n1.0 1.0 0.0 0.0",
        "1=1=\n=1=1\n1=1=\n===1",
        "xxxx\nx12x\nx..x\nxxxx",
    ],
)
def test_what_is_a_graph_or_a_maze_is_no_sudoku(text: str) -> None:
    with pytest.raises(ToolkitError):
        read_text(text)


def test_rows_may_be_joined_by_strokes() -> None:
    assert cells_of("/".join(ROWS)) == CLUES
    assert cells_of(" / ".join(SMALL)) == "".join(SMALL)
    with pytest.raises(ToolkitError):
        read_text("/".join(ROWS[:8]))
