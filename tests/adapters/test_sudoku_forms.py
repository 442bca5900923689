"""Sudokus as people write them down: every usual symbol, drawing and list, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from hrm_toolkit.adapters.formats import read_answer, read_puzzles, read_text
from hrm_toolkit.adapters.sudoku import SudokuAdapter
from hrm_toolkit.adapters.sudoku.reading.lists import line_pair
from hrm_toolkit.core import InputError, ToolkitError

SUDOKU = SudokuAdapter()
CLUES = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
SOLVED = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
OTHER = "...83..6..5....7.......2..9..7128...1.26.94....6........3...1......1..7..4...35.."
OTHER_SOLVED = "719834265258961734364572819497128653132659487586347921873295146925416378641783592"
ROWS = [CLUES[i : i + 9] for i in range(0, 81, 9)]
GRID = tuple(tuple(0 if c == "." else int(c) for c in row) for row in ROWS)
BARRED = ["|".join(row[i : i + 3] for i in (0, 3, 6)) for row in ROWS]
DIGITS = "0123456789ABCDEFGHIJKLMNOP"
SOLVED_16 = [[(4 * (i % 4) + i // 4 + j) % 16 + 1 for j in range(16)] for i in range(16)]
CLUES_16 = [
    [0 if (3 * i + 5 * j) % 4 == 1 else v for j, v in enumerate(r)] for i, r in enumerate(SOLVED_16)
]


def grid_of(text: str, **options: Any) -> tuple[tuple[int, ...], ...]:
    """The grid of the one Sudoku in a text."""
    (puzzle,) = read_text(text, **options).puzzles
    assert puzzle.task == "sudoku"
    return puzzle.grid


def framed(top: str, middle: str, bottom: str, rows: list[str] = BARRED) -> str:
    """Three bands of rows within a frame."""
    bands = ["\n".join(f"|{row}|" for row in rows[i : i + 3]) for i in (0, 3, 6)]
    return "\n".join([top, f"\n{middle}\n".join(bands), bottom])


def spaced(rows: list[str], blank: str) -> str:
    return "\n".join(" ".join(cell.replace(".", blank) for cell in row) for row in rows)


def boxed_with_spaces() -> str:
    rows = [
        "|"
        + "|".join(" " + " ".join(row[i : i + 3]).replace(".", " ") + " " for i in (0, 3, 6))
        + "|"
        for row in ROWS
    ]
    rule = "+-------+-------+-------+"
    return "\n".join([rule, *rows[:3], rule, *rows[3:6], rule, *rows[6:], rule])


NINE = "\n".join(ROWS)
TABLE = "\n".join("| " + " | ".join(row.replace(".", " ")) + " |" for row in ROWS)
FORMS = {
    "-1 for blanks": spaced(ROWS, "-1"),
    "-1 in CSV": spaced(ROWS, "-1").replace(" ", ","),
    "- on one line": CLUES.replace(".", "-"),
    "- in rows": NINE.replace(".", "-"),
    "- between spaces": spaced(ROWS, "-"),
    "- with rules": "\n------+-------+------\n".join(
        "\n".join(row.replace(".", "-") for row in ROWS[i : i + 3]) for i in (0, 3, 6)
    ),
    "empty fields": "\n".join(",".join(row.replace(".", "") for row in line) for line in ROWS),
    "empty fields, semicolons": "\n".join(";".join(c.strip(".") for c in line) for line in ROWS),
    "empty fields, tabs": "\n".join("\t".join(c.strip(".") for c in line) for line in ROWS),
    "spaces": NINE.replace(".", " "),
    "spaces, cut at the end": "\n".join(row.replace(".", " ").rstrip() for row in ROWS),
    "spaces, gaps between cells": "\n".join(" ".join(row).replace(".", " ") for row in ROWS),
    "spaces in boxes": boxed_with_spaces(),
    "squares": NINE.replace(".", "\u25a1"),
    "middle dots": NINE.replace(".", "\u00b7"),
    "bullets": CLUES.replace(".", "\u2022"),
    "full width": CLUES.translate({ord(d): 0xFF10 + int(d) for d in "123456789"}),
    "zero-width spaces": "\u200b".join(CLUES),
    "stars": framed(" *-----------*", " |---+---+---|", " *-----------*"),
    "dots and apostrophes": framed(
        ".-------.-------.-------.",
        ":-------+-------+-------:",
        "'-------'-------'-------'",
        [" " + " | ".join(" ".join(part) for part in row.split("|")) + " " for row in BARRED],
    ),
    "double rules": framed("=============", "=============", "============="),
    "dashed bars": "\n---|---|---\n".join("\n".join(BARRED[i : i + 3]) for i in (0, 3, 6)),
    "code fence": f"```\n{NINE}\n```",
    "code fence with words": f"Please solve this one:\n\n```text\n{CLUES}\n```\nThank you!",
    "words before a line": f"sudoku: {CLUES}",
    "words before rows": f"Here is the sudoku of today:\n{NINE}\nIt is said to be easy.",
    "words without a colon": f"solve the sudoku {CLUES}",
    "Markdown table": f"{TABLE.splitlines()[0]}\n{'|---' * 9}|\n"
    + "\n".join(TABLE.splitlines()[1:]),
    "Markdown table with a heading": f"{'|   ' * 9}|\n{'|---' * 9}|\n{TABLE}",
    "every cell framed": "\n".join(
        ["+" + "---+" * 9, *(f"{line}\n+{'---+' * 9}" for line in TABLE.splitlines())]
    ),
    "Python lists": str([[None if c == "." else int(c) for c in row] for row in ROWS]),
    "Python strings": str([list(row) for row in ROWS]),
    "a list a line": "\n".join(str([int(c) for c in row.replace(".", "0")]) for row in ROWS),
    "NumPy": str(np.array(GRID)),
    "NumPy repr": repr(np.array(GRID)),
    "letters": CLUES.translate({ord(str(d)): chr(64 + d) for d in range(1, 10)}),
    "carriage return": CLUES + "\r\n",
    "address": f"https://www.example.org/sudoku.htm?bd={CLUES.replace('.', '0')}",
    "hash and rating": f"000bd9b3c7ad {CLUES.replace('.', '0')}  1.2",
    "name and rating": f"{CLUES};Evil one;8.1",
    "tab and rating": f"{CLUES}\t8.1",
    "rating first": f"8.1,{CLUES}",
    "quoted": f'"{CLUES}"',
    "comment": f"// mine\n{CLUES}  # easy",
}


@pytest.mark.parametrize("name", FORMS)
def test_what_people_write_is_read_as_meant(name: str) -> None:
    assert grid_of(FORMS[name]) == GRID
    assert FORMS[name].startswith("array") or SUDOKU.parse(FORMS[name]).grid == GRID


def hexadecimal(blank: str, first: int, between: str = "") -> str:
    symbols = DIGITS[first : first + 16]
    rows = [[blank if v == 0 else symbols[v - 1] for v in row] for row in CLUES_16]
    return "\n".join(between.join(row) for row in rows)


@pytest.mark.parametrize("blank", [".", "-", "_", "\u25a1"])
def test_zero_is_a_digit_where_something_else_is_the_blank(blank: str) -> None:
    loaded = read_text(hexadecimal(blank, 0))
    assert [list(row) for row in loaded.puzzles[0].grid] == CLUES_16
    assert loaded.notes == ("0 is a digit here: 0 to F (15) are read, and answered, as 1 to 16",)


@pytest.mark.parametrize("blank", [".", "-1", ""])
def test_zero_to_fifteen_in_numbers(blank: str) -> None:
    between = "," if blank == "" else " "
    text = "\n".join(between.join(blank if v == 0 else str(v - 1) for v in row) for row in CLUES_16)
    assert [list(row) for row in grid_of(text)] == CLUES_16
    values = [[None if v == 0 else v - 1 for v in row] for row in CLUES_16]
    assert [list(row) for row in grid_of(json.dumps(values))] == CLUES_16


def test_one_to_g_and_one_to_sixteen_stay_as_they_are() -> None:
    for text in (hexadecimal(".", 1), hexadecimal("0", 1), hexadecimal("0", 1).lower()):
        loaded = read_text(text)
        assert [list(row) for row in loaded.puzzles[0].grid] == CLUES_16
        assert loaded.notes == ()
    decimal = "\n".join(" ".join(map(str, row)) for row in CLUES_16)
    assert [list(row) for row in grid_of(decimal)] == CLUES_16


def test_where_all_clues_are_letters_a_is_one() -> None:
    text = "\n".join("".join("." if v == 0 else chr(64 + v) for v in row) for row in CLUES_16)
    loaded = read_text(text)
    assert [list(row) for row in loaded.puzzles[0].grid] == CLUES_16
    assert loaded.notes == ("letters A to P are read as 1 to 16",)


def test_an_answer_from_zero_to_f_is_read_as_its_puzzle_was() -> None:
    (puzzle,) = read_text(hexadecimal(".", 0)).puzzles
    text = "\n".join("".join(DIGITS[v - 1] for v in row) for row in SOLVED_16)
    values = [[v - 1 for v in row] for row in SOLVED_16]
    for form in (text, json.dumps(values), json.dumps({"grid": values})):
        assert SUDOKU.rules.check(puzzle, read_answer(form.encode(), SUDOKU, puzzle)), form


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CLUES[:-1] + "0", r'both 0 and "\.": either may be a blank; expected one mark'),
        (json.dumps([[5, None, 0, *[1] * 6]] + [[0] * 9] * 8), "both 0 and empty cells"),
        (hexadecimal(".", 0).replace("F", "G"), "both 0 and G: 0 to G are 17 digits"),
        ("ABC............0", 'letters, and both 0 and "."'),
        ("A" + "." * 255, "letters up to A: A may stand for 1 or for 10"),
        (spaced([CLUES[i : i + 9] for i in range(0, 81, 9)], "2479"), "candidates of a Sudoku"),
        ("123456789" * 81, "candidates of a Sudoku"),
        ("\n".join(ROWS[:8]), "begins at line 1 has 8 rows of 9 cells; expected 9 rows"),
        ("\n".join([*ROWS[:4], ROWS[4][:8], *ROWS[5:]]), "line 5 holds 8 cells; expected 9"),
        ("\n".join([*ROWS, *ROWS[:5]]), "begins at line 10 has 5 rows of 9 cells"),
        (f"{CLUES}\n{CLUES}\n{CLUES[:-1]}\n{CLUES}", "line 3: the text holds 80 cells"),
        (f"{CLUES};a;1\n{CLUES};b\n{CLUES[:-2]};c", "line 3: the text holds 79 cells"),
        (f"{CLUES}\n{CLUES[:-1]}X", 'line 2: "X" at line 1, column 81 stands for no cell'),
        (f"{CLUES} {OTHER}", "the line holds 2 grids with blanks"),
        ("<opensudoku></opensudoku>", "the OpenSudoku file holds no game"),
        ('<opensudoku><game data="12"/></opensudoku>', "game 1: the text holds 2 cells"),
        ("<!DOCTYPE a><opensudoku></opensudoku>", "declares a document type"),
        (json.dumps({"grid": GRID, "cages": [[1]]}), 'has "cages": its rules are others'),
    ],
)
def test_what_may_be_meant_in_two_ways_or_is_none_is_refused(text: str, says: str) -> None:
    with pytest.raises(ToolkitError, match=says) as caught:
        read_text(text)
    assert "\n" not in str(caught.value)


EDGES = [(k, k % 8 + 1) for k in range(1, 9)]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{a} {b}" for a, b in EDGES),
        "\n".join(f"{a} {b}" for a, b in EDGES + [(b, a) for a, b in EDGES] + [(1, 3), (3, 1)]),
        "\n".join(f"{k % 7 + 1} {k % 5 + 1} {k % 9 + 1}" for k in range(27)),
        "\n".join(f"{k % 5 + 1} {k % 4 + 1} {k % 6 + 1}" for k in range(12)),
        "\n".join("1" * 9 if k in (0, 8) else "100000001" for k in range(9)),
        "\n".join(" ".join("1" * 9 if k in (0, 8) else "100000001") for k in range(9)),
        json.dumps([[1] * 9] + [[1, *[0] * 7, 1]] * 7 + [[1] * 9]),
        json.dumps([[0, 1, 2, 3], [1, 0, 4, 2], [2, 4, 0, 1], [3, 2, 1, 0]]),
        "\n".join("7 3 3 9 1 5 5 2 2" for _ in range(9)),
        "\n".join("1.5 2.3 3.1" for _ in range(9)),
    ],
)
def test_numbers_are_no_sudoku_because_their_count_fits(text: str) -> None:
    try:
        puzzles = read_text(text).puzzles
    except ToolkitError:
        return
    assert {puzzle.task for puzzle in puzzles} != {"sudoku"}


def test_several_grids_in_one_file() -> None:
    second = [OTHER[i : i + 9] for i in range(0, 81, 9)]
    euler = "\n".join(
        f"Grid 0{k}\n" + "\n".join(rows).replace(".", "0")
        for k, rows in enumerate((ROWS, second), 1)
    )
    files = {
        "Project Euler": euler,
        "double rules": "\n========\n".join(["\n".join(ROWS), "\n".join(second)]),
        "blank lines": "\n\n".join(["\n".join(ROWS), "\n".join(second)]),
        "drawn": "\n\n".join(SUDOKU.render(SUDOKU.parse(line)) for line in (CLUES, OTHER)),
    }
    for name, text in files.items():
        loaded = read_text(text)
        assert loaded.puzzles == (SUDOKU.parse(CLUES), SUDOKU.parse(OTHER)), name
        assert loaded.kind == "2 Sudoku grids"


@pytest.mark.parametrize(
    "line",
    ["{};tag;7.1", "{}\t8.1", "d41d8cd98f00 {} 2.5", "{}:1:{}", "{},{}", '"{}";"{}"', "3 {} {} x"],
)
def test_lists_whose_lines_say_more(line: str) -> None:
    pairs = ((CLUES, SOLVED), (OTHER, OTHER_SOLVED))
    loaded = read_text("# a list\n" + "\n".join(line.format(*pair) for pair in pairs))
    assert [puzzle.grid for puzzle in loaded.puzzles] == [GRID, SUDOKU.parse(OTHER).grid]
    answered = line.count("{}") == 2
    for puzzle, answer in zip(loaded.puzzles, loaded.answers, strict=True):
        assert (answer is not None) == answered
        assert answer is None or SUDOKU.rules.check(puzzle, answer)


def test_a_list_by_its_name_has_a_puzzle_a_line(tmp_path: Any) -> None:
    path = tmp_path / "rated.sdm"
    path.write_text(f"{CLUES}\n{OTHER};8.1\n")
    assert len(read_puzzles(path).puzzles) == 2


def test_one_line_of_a_list_is_read_alone_as_in_its_list() -> None:
    for line in (CLUES, CLUES.replace(".", "0"), f"{CLUES},{SOLVED}", f"{CLUES};easy"):
        puzzle, answer = line_pair(line)
        assert puzzle == SUDOKU.parse(CLUES)
        assert (answer is None) == (SOLVED not in line)
    with pytest.raises(InputError, match="80 cells"):
        line_pair(CLUES[:-1])


def test_opensudoku_files_are_read_and_games_begun_by_their_clues() -> None:
    begun = "version: 2\n" + "".join(f"{'9|0|1' if c == '.' else c + '|0|0'}|" for c in CLUES)
    text = (
        '<?xml version="1.0"?>\n<opensudoku><name>Mine</name>'
        f'<game data="{CLUES.replace(".", "0")}"/><folder><game data="{begun}"/></folder>'
        "</opensudoku>"
    )
    loaded = read_text(text)
    assert (loaded.kind, [p.grid for p in loaded.puzzles]) == (
        "OpenSudoku file, 2 games",
        [GRID] * 2,
    )


def test_the_saved_game_of_a_desktop_reads_its_fixed_cells() -> None:
    cells = [
        {"position": [i, j], "value": value or 1, "fixed": bool(value)}
        for i, row in enumerate(GRID)
        for j, value in enumerate(row)
    ]
    assert grid_of(json.dumps({"time_elapsed": 2.5, "cells": cells})) == GRID
    with pytest.raises(InputError, match="outside of the grid"):
        read_text(json.dumps({"cells": [{"position": [9, 0], "value": 1}]}))


# Answers


def printed(first: str, second: str) -> str:
    """What a terminal shows of a result: puzzle and answer side by side, and words."""
    pictures = [SUDOKU.render(SUDOKU.parse(line)).splitlines() for line in (first, second)]
    lines = [f"{left}    {right}" for left, right in zip(*pictures, strict=True)]
    words = "solved: 9x9 sudoku, verified by the rules\nsource exact \u00b7 3 nodes \u00b7 0.01 s"
    return "read as Sudoku, 81-character line\n\n" + "\n".join(lines) + f"\n\n{words}\n"


@pytest.mark.parametrize(
    "form",
    [
        SOLVED,
        "\n".join(SOLVED[i : i + 9] for i in range(0, 81, 9)),
        printed(CLUES, SOLVED),
        "read as Sudoku grid\n\n" + SUDOKU.render(SUDOKU.parse(SOLVED)) + "\n\nsolved: 9x9 sudoku",
        f"{SUDOKU.render(SUDOKU.parse(CLUES))}\n\n{SUDOKU.render(SUDOKU.parse(SOLVED))}",
        "\n".join(",".join(SOLVED[i : i + 9]) for i in range(0, 81, 9)),
        json.dumps([[int(c) for c in SOLVED[i : i + 9]] for i in range(0, 81, 9)]),
        json.dumps([SOLVED[i : i + 9] for i in range(0, 81, 9)]),
        json.dumps([int(c) for c in SOLVED]),
        json.dumps({"grid": SOLVED}),
        json.dumps(
            {
                "answer": {
                    "task": "sudoku",
                    "grid": [list(SOLVED[i : i + 9]) for i in range(0, 81, 9)],
                }
            }
        ),
        f"The answer is: {SOLVED}",
    ],
)
def test_answers_are_read_as_they_are_printed_and_written(form: str) -> None:
    puzzle = SUDOKU.parse(CLUES)
    assert SUDOKU.rules.check(puzzle, read_answer(form.encode(), SUDOKU, puzzle))


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("I give up", "no cell"),
        ("1234341221434321", "the answer is 4x4, the puzzle 9x9"),
        (json.dumps([[1, 2, 3, 4]] * 4), "the answer is 4x4, the puzzle 9x9"),
        (SOLVED[:-1], "80 cells"),
        (json.dumps({"grid": "12"}), "2 cells"),
        (
            "\n\n".join(SUDOKU.render(SUDOKU.parse(x)) for x in (OTHER, OTHER_SOLVED)),
            "holds 2 grids",
        ),
    ],
)
def test_what_is_no_answer_refutes_nothing(form: str, says: str) -> None:
    puzzle = SUDOKU.parse(CLUES)
    with pytest.raises(InputError, match=says):
        read_answer(form.encode(), SUDOKU, puzzle)


@pytest.mark.parametrize(
    "text", ["1... ..3.\n.4.. ...2\n", "1... ..3.\n\n.4.. ...2", "1... ..3. .4.. ...2"]
)
def test_rows_that_stand_several_a_line_are_one_grid(text: str) -> None:
    assert grid_of(text) == ((1, 0, 0, 0), (0, 0, 3, 0), (0, 4, 0, 0), (0, 0, 0, 2))


def test_three_rows_a_line_are_one_grid() -> None:
    assert grid_of("\n".join(" ".join(ROWS[i : i + 3]) for i in (0, 3, 6))) == GRID


def test_lines_of_groups_that_are_no_grid_are_refused_with_why() -> None:
    with pytest.raises(InputError, match="rows of one grid, or of grids side by side"):
        SUDOKU.parse("1... ..3.\n.4.. ...2\n1... ..3.\n.4.. ...2\n")
    with pytest.raises(InputError, match="2 rows of 8 cells; expected 8 rows"):
        SUDOKU.parse("1...|..3.\n.4..|...2\n")


SPACED = [row.replace(".", " ") for row in ROWS]
BARS = {
    "bars between all cells": ["|".join(row) for row in SPACED],
    "bars around them too": [f"|{'|'.join(row)}|" for row in SPACED],
    "bars between boxes": [
        " | ".join(" ".join(row[k : k + 3]) for k in (0, 3, 6)) for row in SPACED
    ],
    "bars close to boxes": ["|".join(row[k : k + 3] for k in (0, 3, 6)) for row in SPACED],
}


@pytest.mark.parametrize("lost", [False, True], ids=["whole", "blanks at the end lost"])
@pytest.mark.parametrize("lines", BARS.values(), ids=list(BARS))
def test_bars_part_cells_whose_blanks_are_spaces(lines: list[str], lost: bool) -> None:
    assert grid_of("\n".join(line.rstrip() if lost else line for line in lines)) == GRID


@pytest.mark.parametrize(
    "matrix",
    [
        [[0, 3, 0, 7], [0, 0, 1, 0], [0, 1, 0, 2], [7, 0, 2, 0]],
        [[0, 1.5, 0, 2], [1.5, 0, 1, 0], [0, 1, 0, 2], [2, 0, 2, 0]],
        [[0, 3, -1, 2], [3, 0, 1, -1], [-1, 1, 0, 2], [2, -1, 2, 0]],
    ],
)
def test_a_table_of_neighbours_is_refused_as_one(matrix: list[list[float]]) -> None:
    with pytest.raises(InputError, match=r"not a Sudoku grid: it is a square table .* as of a gr"):
        read_text(json.dumps(matrix))


def test_a_question_for_a_language_model_is_its_sudoku() -> None:
    rows = "\n".join(" ".join(row.replace(".", "_")) for row in ROWS)
    answer = "\n".join(" ".join(SOLVED[i : i + 9]) for i in range(0, 81, 9))
    question = f"Please complete this Sudoku:\n{rows}\nAnswer in a 9x9 grid of numbers."
    entry = {"question": question, "answer": answer, "metadata": {"num_empty": 51}}
    loaded = read_text(json.dumps(entry))
    assert loaded.puzzles[0].grid == GRID  # type: ignore[attr-defined]
    assert SUDOKU.rules.check(loaded.puzzles[0], loaded.answers[0]).valid  # type: ignore[arg-type]
    rule = "- Each 2x2 subgrid must contain each number 1-4 exactly once"
    small = f"In 4x4 Mini Sudoku:\n{rule}\nSolve this:\n1 _ _ _\n_ _ 3 _\n_ 4 _ _\n_ _ _ 2\n"
    assert read_text(small).puzzles[0].grid[1] == (0, 0, 3, 0)  # type: ignore[attr-defined]
