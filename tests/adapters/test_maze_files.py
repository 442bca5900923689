"""Maze files in the forms that people and programs write: signs are told, or refused by name."""

from __future__ import annotations

import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import Loaded, read_puzzles, read_text
from hrm_toolkit.core import InputError, OptionError, ToolkitError

MAZE = get_adapter("maze")
PLAIN = """\
#########
#S..#...#
#.#.#.#.#
#.#...#.#
#.#####.#
#...#..G#
#########"""
ROWS = PLAIN.split("\n")
BLANK = PLAIN.replace(".", " ")
GRID = tuple(ROWS)
BITS = ["11111", "10001", "10101", "11111"]
MAP = "type octile\nheight 4\nwidth 5\nmap\n@@@@@\n@.GS@\n@.TW@\n@@@@@\n"
POSTS = """\
o---o---o---o---o
|           | G |
o   o---o   o   o
|   |   |       |
o   o   o---o   o
|   |           |
o   o---o---o   o
| S |           |
o---o---o---o---o"""
ROOM = """\
+--+--+--+--+
| S         |
+  +--+--+  +
|  | G  G|  |
+  +  +  +  +
|    G  G|  |
+  +--+--+  +
|           |
+--+--+--+--+"""


def lines(text: str, change) -> str:
    return "\n".join(change(line) for line in text.split("\n"))


def only(text: str, **said: str) -> tuple[str, ...]:
    (puzzle,) = read_text(text, **said).puzzles
    assert puzzle.task == "maze"
    return puzzle.grid


def moves(loaded: Loaded) -> list[float | None]:
    """The cost of a shortest path through each maze, None where there is no path."""
    found = [(puzzle, MAZE.exact(puzzle).answer) for puzzle in loaded.puzzles]
    return [None if a is None else MAZE.rules.check(p, a).cost for p, a in found]


# Signs


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (PLAIN.replace("S", "A").replace("G", "B"), '"A" is the start and "B" the goal'),
        (BLANK.replace("S", "A").replace("G", "B"), '"A" is the start and "B" the goal'),
        (PLAIN.replace("#", "*").replace("S", "s").replace("G", "e"), '"*" is a wall'),
        (BLANK.replace("#", "*"), '"*" is a wall'),
        (PLAIN.replace("#", "X"), '"X" is a wall'),
        (PLAIN.replace("#", "\u2588"), None),
        (BLANK.replace("#", "\u2593").replace("G", "E"), None),
        (PLAIN.replace(".", "\u00b7").replace("G", "F"), None),
        (PLAIN.replace(".", "_"), '"_" is an open cell'),
        ("# a maze by me\n" + PLAIN, None),
        ("; mine\nMaze 1 (easy)\n\n" + PLAIN + "\n# the end", None),
        ("7 9\n" + PLAIN, None),
    ],
)
def test_other_signs_are_told_by_what_only_they_can_be(text, note):
    loaded = read_text(text)
    assert loaded.kind == "maze text"
    assert loaded.puzzles[0].grid == GRID
    assert loaded.notes == (() if note is None else (note,))


@pytest.mark.parametrize("mark", "X+*o")
def test_a_marked_path_is_the_answer(mark):
    drawn = MAZE.render(read_text(PLAIN).puzzles[0], MAZE.exact(read_text(PLAIN).puzzles[0]).answer)
    loaded = read_text(drawn.replace("o", mark))
    (puzzle,), (answer,) = loaded.puzzles, loaded.answers
    assert puzzle.grid == GRID
    assert MAZE.rules.check(puzzle, answer).cost == 14


def test_dots_mark_a_path_where_blanks_are_open_and_they_are_one():
    loaded = read_text("#####\n#S..#\n# #.#\n#  G#\n#####")
    assert loaded.puzzles[0].grid[1:4] == ("#S..#", "#.#.#", "#..G#")
    assert loaded.answers[0].path == ((1, 1), (1, 2), (1, 3), (2, 3), (3, 3))
    assert read_text("#####\n#S. #\n# #.#\n#  G#\n#####").answers == (None,)


def test_a_path_that_breaks_off_is_no_answer_and_no_wall():
    text = "#########\n#S..#XXX#\n#X#.#X#X#\n#X#XXX#X#\n#X#####X#\n#XX.#..E#\n#########"
    loaded = read_text(text)
    assert loaded.puzzles[0].grid == GRID
    assert loaded.answers == (None,)
    assert loaded.notes == ('"X" marks a path, which breaks off',)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BLANK.replace("#", "\u2588").replace(" ", "\u2591"), "may both be walls, or one of them"),
        ("SXX.\n..X.\n..XG", '"X" may be a wall, or mark the path'),
        ("#####\n#S.X#\n#.XG#\n#####", "line 2 column 4 has 'X'.*marks no path"),
        ("@@@@\n@S.@\n@.G@\n@@@@", "begins with the lines type, height, width and map"),
        ("TTTT\nT..T\nT..T\nTTTT", "begins with the lines type, height, width and map"),
        ("\u2b1b\u2b1b\u2b1b\n\u2b1b\u2b1c\u2b1b", "which squares are its walls is not said"),
        ("┌───┬───┐\n│S  │  G│\n└───┴───┘", "its walls are lines"),
        (PLAIN.replace("#.#.#.#.#", "# a comment"), "line 3 column 3 has 'a'"),
        (lines(PLAIN, lambda line: line.replace("S", ".").replace("G", ".")), "no start and no g"),
        ("*********\n*...*...*\n*.......*\n*********", "no start and no goal"),
    ],
)
def test_signs_that_may_mean_two_things_are_refused_by_name(text, says):
    with pytest.raises(InputError, match=says):
        read_text(text)


def test_gates_are_named_where_a_maze_marks_no_ends_and_read_where_they_are_said():
    text = "#.###\n#...#\n###.#"
    with pytest.raises(InputError, match=r"two gates, at row 1 column 2 and row 3 column 4.*0,1"):
        read_text(text)
    loaded = read_text(text, start="0,1", goal="2,3")
    assert loaded.puzzles[0].grid == ("#S###", "#...#", "###G#")
    assert loaded.notes == ("start and goal are read as row, column, counted from 0",)
    with pytest.raises(InputError, match=r"the start, row 2 column 1, is a wall.*write 0,1"):
        read_text(text, start="1,0", goal="2,3")
    with pytest.raises(InputError, match="the goal, row 10 column 4, is outside the 3x5 maze"):
        read_text(text, start="0,1", goal="9,3")
    with pytest.raises(OptionError, match="start names no cell of a maze; expected ROW,COLUMN"):
        read_text(text, start="Hill", goal="2,3")
    with pytest.raises(OptionError, match="this maze marks both"):
        read_text(PLAIN, start="1,1", goal="5,7")


@pytest.mark.parametrize("between", ["\n\n", "\n=====\n", "\n\nMaze 2:\n", "\n\n# two\n\n"])
def test_several_mazes_in_a_text(between):
    loaded = read_text(PLAIN + between + "S.G\n###\n")
    assert loaded.kind == "maze text, 2 mazes"
    assert [puzzle.grid for puzzle in loaded.puzzles] == [GRID, ("S.G", "###")]
    with pytest.raises(InputError, match="maze 2: the maze has two starts"):
        read_text(PLAIN + between + "S.S\n###\n")
    with pytest.raises(InputError, match="the text holds 2 mazes; expected one"):
        MAZE.parse(PLAIN + between + PLAIN)


# 0 and 1


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(BITS),
        "\n".join(map(" ".join, BITS)),
        "\n".join(map(",".join, BITS)),
        "# a grid\n" + "\n".join(BITS),
        "[[" + "]\n [".join(map(" ".join, BITS)) + "]]",
    ],
)
def test_a_grid_of_0_and_1_with_start_and_goal(text):
    loaded = read_text(text, start="1,1", goal="2,3")
    assert loaded.kind == "maze of 0 and 1"
    assert loaded.puzzles[0].grid == ("#####", "#S..#", "#.#G#", "#####")
    assert loaded.notes[0] == "1 is a wall and 0 is open"
    with pytest.raises(InputError, match="a grid of 0 and 1 that marks no start and no goal"):
        read_text(text)


def test_what_1_is_is_told_by_what_start_and_goal_stand_on():
    open_ones = "\n".join(BITS).translate(str.maketrans("01", "10"))
    loaded = read_text(open_ones, start="1,1", goal="2,3")
    assert loaded.puzzles[0].grid == ("#####", "#S..#", "#.#G#", "#####")
    assert loaded.notes[0] == "start and goal stand on 1, so 1 is open and 0 is a wall"
    with pytest.raises(InputError, match=r"stands on 0 and the goal.* on 1.*write 1,1 and 2,3"):
        read_text("\n".join(BITS), start="1,1", goal="3,2")
    lettered = PLAIN.translate(str.maketrans("#.", "10"))
    assert only(lettered) == GRID
    with pytest.raises(InputError, match="only if 0 is the wall"):
        read_text("S11\n001\n11G")


def test_nine_rows_of_0_and_1_are_a_maze_and_no_sudoku_unless_they_may_be():
    nine = lines("\n".join([*ROWS, *ROWS[:2]]), lambda line: line.replace("#", "1"))
    nine = nine.translate(str.maketrans(".SG", "000"))
    with pytest.raises(InputError, match="a grid of 0 and 1"):
        read_text(nine)
    assert moves(read_text(nine, start="1,1", goal="5,7")) == [14]
    sudoku = "1000\n0010\n0100\n0001"
    assert read_text(sudoku).puzzles[0].task == "sudoku"
    assert only(sudoku, start="0,1", goal="3,2") == ("#S..", "..#.", ".#..", "..G#")


# MovingAI


def test_a_movingai_map_is_read_with_start_and_goal_as_x_y(tmp_path):
    loaded = read_text(MAP, start="1,2", goal="3,1")
    assert loaded.kind == "MovingAI map"
    assert loaded.puzzles[0].grid == ("#####", "#..G#", "#S###", "#####")
    assert "moves go north, south, east and west" in loaded.notes[0]
    with pytest.raises(InputError, match=r"marks no start and goal.*S is swamp and G is ground"):
        read_text(MAP)
    with pytest.raises(InputError, match="the goal, row 3 column 4, is a wall"):
        read_text(MAP, start="1,2", goal="3,2")
    with pytest.raises(OptionError, match="expected X,Y on a MovingAI map; got Hill"):
        read_text(MAP, start="Hill", goal="3,2")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("height 4", "height 5"), "the map has 4 rows; expected 5"),
        (("width 5", "width 6"), "the map has 5 columns; expected 6"),
        (("@.GS@", "@.GS"), "line 6 has 4 cells"),
        (("@.GS@", "@.GZ@"), "line 6 column 4 has 'Z'"),
        (("\nmap\n", "\n"), "this is no head of a MovingAI map"),
    ],
)
def test_a_damaged_map_is_refused_with_the_line(change, says):
    with pytest.raises(InputError, match=says):
        read_text(MAP.replace(*change), start="1,2", goal="3,1")


def test_each_scenario_is_a_puzzle_on_the_map_beside_it(tmp_path):
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "small.map").write_text(MAP)
    scenarios = tmp_path / "small.map.scen"
    ends = ["1\t1\t3\t1\t2.0", "3\t1\t1\t2\t2.4", "1\t1\t1\t1\t0.0"]
    scenarios.write_text("version 1\n" + "".join(f"0\tmaps/small.map\t5\t4\t{e}\n" for e in ends))
    loaded = read_puzzles(scenarios)
    assert loaded.kind == "MovingAI scenarios"
    assert moves(loaded) == [2, 3]
    assert loaded.notes[1] == "line 4 is left out: its start is its goal"
    with pytest.raises(InputError, match="give the file by its path"):
        read_puzzles(scenarios.read_bytes())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("0\tother.map\t5\t4\t1\t1\t3\t1\t2", 'line 2: there is no map "other.map" beside'),
        ("0\t../../small.map\t5\t4\t1\t1\t3\t2\t2", "the goal, x 3 y 2 .*is no open cell"),
        ("0\tsmall.map\t9\t4\t1\t1\t3\t1\t2", "is 5 wide and 4 high; expected 9 and 4"),
        ("0\tsmall.map\t5\t4\t1\t1\t3\tone\t2", "line 2: this is no scenario"),
    ],
)
def test_a_scenario_that_fits_no_map_is_refused_with_its_line(tmp_path, line, says):
    (tmp_path / "small.map").write_text(MAP)
    (tmp_path / "a.scen").write_text(f"version 1\n{line}\n")
    with pytest.raises(InputError, match=says):
        read_puzzles(tmp_path / "a.scen")


# Posts and walls


def test_a_micromouse_maze_is_read_with_two_moves_a_cell():
    loaded = read_text(POSTS)
    assert loaded.kind == "maze of posts and walls"
    assert loaded.puzzles[0].grid[:3] == ("#########", "#.....#G#", "#.###.#.#")
    assert moves(loaded) == [16]
    assert "counts as two" in loaded.notes[0]
    assert moves(read_text(POSTS.replace("o", "+").replace("---", "--").replace("   ", "  ")
                           .replace(" S ", " S").replace(" G ", " G"))) == [16]  # fmt: skip


def test_a_room_of_goals_is_reached_behind_its_one_way_in():
    loaded = read_text(ROOM)
    assert moves(loaded) == [6]
    assert "the 4 goals are one room with one way in" in loaded.notes[1]
    with pytest.raises(InputError, match="4 goals with 2 ways into them"):
        read_text(ROOM.replace("| G  G|  |", "| G  G   |"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (POSTS.replace("S", " ").replace("G", " "), "no start and no goal"),
        (POSTS.replace("| S |", "| S x"), "line 8 is no line of posts or walls"),
        ("\n".join(POSTS.split("\n")[1:]), "begins no maze of posts and walls"),
    ],
)
def test_damaged_posts_are_refused(text, says):
    with pytest.raises(ToolkitError, match=says):
        read_text(text, adapter="maze")


def test_a_maze_of_2048_cells_a_side_is_read_and_a_larger_one_refused():
    side = 2048
    text = "\n".join(["S" + "." * (side - 1), *["#" * side] * (side - 2), "#" * (side - 1) + "G"])
    assert read_text(text).puzzles[0].shape == (side, side)
    with pytest.raises(InputError, match="the grid has 2,049 lines; expected at most 2,048"):
        read_text(text + "\n" + "#" * side)


SMALL_ROOM = "#####\n#S..#\n#.#.#\n#..G#\n#####\n"


@pytest.mark.parametrize(
    "head",
    [
        "5 5",
        "5x5",
        "5, 5",
        "5",
        "H W\n5 5",
        "rows 5\ncols 5",
        "height: 5\nwidth: 5",
        "rows=5 cols=5",
    ],
)
def test_sizes_above_a_maze_are_no_rows_of_it(head: str) -> None:
    (puzzle,) = read_text(f"{head}\n{SMALL_ROOM}").puzzles
    assert puzzle.grid == tuple(SMALL_ROOM.split())


@pytest.mark.parametrize(
    "text", [f"5 5\n{SMALL_ROOM}5 5\n{SMALL_ROOM}", f"2\n5 5\n{SMALL_ROOM}5 5\n{SMALL_ROOM}"]
)
def test_mazes_with_sizes_between_them_are_several(text: str) -> None:
    read = read_text(text)
    assert [puzzle.grid for puzzle in read.puzzles] == [tuple(SMALL_ROOM.split())] * 2


@pytest.mark.parametrize("head", ["6 5", "5 7", "rows 6\ncols 5", "4"])
def test_a_size_of_another_maze_is_refused(head: str) -> None:
    with pytest.raises(InputError, match=r"line 1: it says .*, and 5 rows of 5 characters follow"):
        read_text(f"{head}\n{SMALL_ROOM}")


def test_sizes_above_0_and_1_are_heeded_and_pairs_below_them_refused() -> None:
    rows = "01000\n01010\n00010\n11110\n00000\n"
    for text in (f"5 5\n{rows}", "5 5\n" + "\n".join(map(" ".join, rows.split()))):
        (puzzle,) = read_text(text, start="0,0", goal="4,4").puzzles
        assert puzzle.shape == (5, 5)
    with pytest.raises(InputError, match='"0 0" and "4 4" may be start and goal, counted from 0'):
        read_text(f"5 5\n0 0\n4 4\n{rows}")


@pytest.mark.parametrize("said", ["start: 0,1", "# Start (0, 1)", "goal: 1,0", "end: [1, 1]"])
def test_a_line_that_contradicts_a_mark_is_refused(said: str) -> None:
    for text in (f"{said}\nS..\n.#.\n..G\n", f"S..\n.#.\n..G\n{said}\n"):
        with pytest.raises(InputError, match=r"the maze marks its .*; leave out one of the two"):
            read_text(text)


def test_a_line_says_start_and_goal_of_a_maze_that_marks_none() -> None:
    marked = only("S..\n.#.\n..G")
    assert only("start: 0,0\ngoal: 2,2\n...\n.#.\n...") == marked
    assert only("start: 0,0, goal: 2,2\nS..\n.#.\n..G") == marked
    with pytest.raises(InputError, match="two cells as the start"):
        read_text("start: 0,0\nstart: 0,1\n...\n.#.\n..G")
    with pytest.raises(InputError, match="a start or a goal beside 2 mazes"):
        read_text("start: 0,0\nS..\n.#.\n..G\n\nS..\n.#.\n..G")
