"""Rules of pencil puzzles on tiny boards: every answer is tried, and judged another way as well."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import networkx as nx
import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.constraint.pencil.geometry import Cell, cells, pairs
from hrm_toolkit.core import InputError


def parts(nodes: Iterable[object], joined: Iterable[tuple[object, object]]) -> list[set[object]]:
    """What hangs together."""
    found = [{node} for node in nodes]
    for a, b in joined:
        first = next(part for part in found if a in part)
        if b not in first:
            other = next(part for part in found if b in part)
            found.remove(other)
            first |= other
    return found


def test_a_country_road_passes_each_room_once() -> None:
    adapter = get_adapter("country")
    puzzle = adapter.parse(
        "+---+---+---+\n| . | 3   . |\n+   +   +   +\n| . | . | . |\n+   +---+---+\n| .   .   . |\n"
        "+---+---+---+"
    )
    right = []
    for kept in itertools.product((0, 1), repeat=12):
        lines = {two for two, on in zip(pairs((3, 3)), kept, strict=True) if on}
        passed = {cell for two in lines for cell in two}
        if not lines or any(sum(c in two for two in lines) != 2 for c in passed):
            continue
        outside = [c for c in cells((3, 3)) if c not in passed]
        over = [two for two in pairs((3, 3)) if puzzle.walled(*two)]
        # A border that ends inside a room is crossed from it and into it.
        gates = [
            sum((a in room) + (b in room) for a, b in lines.intersection(over))
            for room in map(set, puzzle.by_room)
        ]
        if (
            len(parts(passed, lines)) == 1
            and gates == [2, 2]
            and len(passed.intersection(puzzle.by_room[1])) == 3
            and not any(a in outside and b in outside for a, b in over)
        ):
            right.append([[*a, *b] for a, b in sorted(lines)])
    assert 0 < len(right) == adapter.count_solutions(puzzle, 100)
    answer = adapter.exact(puzzle).answer
    assert [list(line) for line in answer.lines] in right


def white_parts_are_rectangles(grid: tuple[tuple[int, ...], ...], walls: set[Cell]) -> bool:
    """Whether each white part is as large as its box, upright or standing on a corner."""
    dark = {0: "", 1: "sw", 2: "se", 3: "ne", 4: "nw"}
    shape = len(grid), len(grid[0])
    white = [(r, c, way) for r, c in cells(shape) if (r, c) not in walls
             for way in "nesw" if way not in dark[grid[r][c]]]  # fmt: skip
    beside = {"n": (-1, 0, "s"), "s": (1, 0, "n"), "w": (0, -1, "e"), "e": (0, 1, "w")}
    joined = [((r, c, a), (r, c, b)) for r, c in cells(shape) for a, b in ("ne", "es", "sw", "wn")]
    joined += [((r, c, a), (r + i, c + j, b)) for r, c in cells(shape)
               for a, (i, j, b) in beside.items()]  # fmt: skip
    known = set(white)
    corners = {"n": ((0, 0), (0, 2)), "s": ((2, 0), (2, 2)), "w": ((0, 0), (2, 0))}
    corners["e"] = ((0, 2), (2, 2))
    for part in parts(white, [(a, b) for a, b in joined if a in known and b in known]):
        points = {(2 * r + i, 2 * c + j) for r, c, way in part for i, j in (*corners[way], (1, 1))}
        area = len(part)
        boxes = []
        for one, two in (((1, 0), (0, 1)), ((1, 1), (1, -1))):
            along = [[a * y + b * x for y, x in points] for a, b in (one, two)]
            boxes.append((max(along[0]) - min(along[0])) * (max(along[1]) - min(along[1])))
        # A quarter of a cell has an area of 1 where sides are 2; the turned box counts twice.
        if area not in (boxes[0], boxes[1] / 2):
            return False
    return True


def test_white_cells_of_shakashaka_are_rectangles() -> None:
    adapter = get_adapter("shakashaka")
    for text in ("# . .\n. . .", ". . ."):
        puzzle, right = adapter.parse(text), 0
        problem, walls = adapter.problem(puzzle), set(puzzle.clues)
        for values in itertools.product(range(5), repeat=3 * puzzle.shape[0]):
            grid = tuple(values[k : k + 3] for k in range(0, len(values), 3))
            if any(grid[r][c] for r, c in walls):
                continue
            kept = problem.holds(np.array(values))
            assert kept == white_parts_are_rectangles(grid, walls), grid
            right += kept
        assert right == adapter.count_solutions(puzzle, 1000)


def test_lines_are_drawn_over_the_borders_of_rooms() -> None:
    adapter = get_adapter("country")
    puzzle = adapter.parse("+---+---+\n| .   . |\n+---+---+\n| .   . |\n+---+---+")
    answer = adapter.exact(puzzle).answer
    drawn = adapter.render(puzzle, answer)
    assert drawn.splitlines()[1:] == [
        "+---+---+",
        "| .---. |",
        "+-|-+-|-+",
        "| .---. |",
        "+---+---+",
    ]
    assert adapter.parse_answer(puzzle, drawn) == answer


def test_the_way_of_a_nurimaze_passes_circles_and_no_triangle() -> None:
    adapter = get_adapter("nurimaze")
    puzzle = adapter.parse(
        "+---+---+---+\n| S | . | . |\n+   +---+---+\n| . | . | t |\n+---+---+---+\n| o | . | G |\n"
        "+---+---+---+"
    )
    right = []
    for values in itertools.product((0, 1), repeat=9):
        shaded = dict(zip(cells((3, 3)), values, strict=True))
        free = [cell for cell in shaded if not shaded[cell]]
        joined = [(a, b) for a, b in pairs((3, 3)) if not shaded[a] and not shaded[b]]
        whole = all(len({shaded[cell] for cell in room}) == 1 for room in puzzle.by_room)
        # One part with an edge fewer than cells is a tree, whose only way is a shortest one.
        tree = len(parts(free, joined)) == 1 and len(joined) == len(free) - 1
        marked = not any(shaded[cell] for cell in ((0, 0), (1, 2), (2, 0), (2, 2)))
        full = any(all(values[k + j] for j in (0, 1, 3, 4)) for k in (0, 1, 3, 4))
        if not (whole and tree and marked) or full:
            continue
        graph = nx.Graph(joined)
        way = nx.shortest_path(graph, (0, 0), (2, 2))
        if (2, 0) in way and (1, 2) not in way:
            right.append([list(values[k : k + 3]) for k in (0, 3, 6)])
    assert 0 < len(right) == adapter.count_solutions(puzzle, 100)
    assert [list(row) for row in adapter.exact(puzzle).answer.grid] in right


def test_ls_bend_at_circles_and_end_at_arrows() -> None:
    adapter = get_adapter("sashigane")
    drawn = "+---+---+---+\n| 3   . | . |\n+   +---+   +\n| . | .   . |\n+---+---+---+"
    puzzle = adapter.parse("3 . .\n. . .")
    assert adapter.count_solutions(puzzle) == 1
    assert adapter.render(puzzle, adapter.exact(puzzle).answer).splitlines()[1:] == (
        drawn.splitlines()
    )
    for text, count in (("o . .\n. . .", 1), (". < .\n. . .", 1), (". > .\n. . .", 1),
                        (". . .\n. . .", 2), ("4 . .\n. . .", 0), ("> . .\n. . .", 0)):  # fmt: skip
        assert adapter.count_solutions(adapter.parse(text), 9) == count, text


def one_shape(halves: list[list[Cell]]) -> bool:
    """Whether two sets of cells are one shape, turned or mirrored."""
    forms = []
    for half in halves:
        turned = []
        for turn in range(8):
            points = [complex(r, c) * 1j ** (turn % 4) for r, c in half]
            pairs_ = [(round(p.real), round(p.imag) * (1 if turn < 4 else -1)) for p in points]
            low = min(r for r, _ in pairs_), min(c for _, c in pairs_)
            turned.append(sorted((r - low[0], c - low[1]) for r, c in pairs_))
        forms.append(min(turned))
    return forms[0] == forms[1]


def test_halves_of_a_block_are_of_one_shape_and_as_large_as_they_say() -> None:
    adapter, counts = get_adapter("dbchoco"), []
    for text in ("# .", "# .\n. #", "# .\n1 #", "# .\n2 #", "# # .\n#3 . .", "# #2 .\n# . .",
                 "# . # .\n. # . #", "# # . #\n. . # .", "# # # .\n. # . ."):  # fmt: skip
        puzzle, right = adapter.parse(text), 0
        every = pairs(puzzle.shape)
        for kept in itertools.product((0, 1), repeat=len(every)):
            joined = [two for two, border in zip(every, kept, strict=True) if not border]
            blocks = parts(cells(puzzle.shape), joined)
            within = [two for two in every if any({*two} <= block for block in blocks)]
            good = len(within) == len(joined)
            for block in blocks if good else ():
                alike = [t for t in joined if {*t} <= block and len({*t} & {*puzzle.grey}) != 1]
                halves = parts(block, alike)
                sizes = {puzzle.sizes[cell] for cell in block if cell in puzzle.sizes}
                good = good and len(halves) == 2 and one_shape([sorted(h) for h in halves])
                good = good and sizes <= {len(block) // 2}
            right += good
        counts.append(right)
        assert right == adapter.count_solutions(puzzle, 99), text
    assert counts[:5] == [1, 2, 2, 0, 1]
    puzzle = adapter.parse("# # .\n#3 . .")
    assert adapter.render(puzzle, adapter.exact(puzzle).answer).splitlines()[1:] == [
        "+----+----+----+",
        "| #    #    .  |",
        "+    +    +    +",
        "| #3   .    .  |",
        "+----+----+----+",
    ]


def test_halves_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm_toolkit.adapters.constraint.pencil.division.halves.MOST_TRIES", 500)
    adapter = get_adapter("dbchoco")
    with pytest.raises(InputError, match="too many ways to lay a block"):
        adapter.exact(adapter.coerce({"grid": [["#"] * 6 + [None] * 6] * 12}))


def test_a_firefly_s_line_turns_as_often_as_its_number_and_comes_to_no_dot() -> None:
    adapter = get_adapter("firefly")
    for text, count in (("1> .\n. ?<", 1), ("0> .\n. ?<", 0), ("2> .\n. ?<", 0), ("?> . ?<", 0),
                        ("?> . ?>", 0), ("?> .\n. ?<", 1), ("0> . 2v\n. . .", 1),
                        ("0> . 3v\n. . .", 0), ("1> . ?v\n. . .", 0)):  # fmt: skip
        assert adapter.count_solutions(adapter.parse(text), 9) == count, text
    puzzle = adapter.parse("0> . 2v\n. . .")
    answer = adapter.exact(puzzle).answer
    assert adapter.render(puzzle, answer).splitlines()[1:] == [
        "0>--.---2v",
        "|       |",
        ".---.---.",
    ]


def test_a_futoshiki_keeps_its_signs() -> None:
    adapter = get_adapter("futoshiki")
    puzzle = adapter.parse(". < .   .\n    ^   v\n.   . > .\n\n.   .   .")
    assert puzzle.less == ((0, 0, 0, 1), (0, 1, 1, 1), (1, 2, 0, 2), (1, 2, 1, 1))
    lines = list(itertools.permutations((1, 2, 3)))
    right = [
        square
        for square in itertools.product(lines, repeat=3)
        if all(len({row[c] for row in square}) == 3 for c in range(3))
        and all(square[a][b] < square[c][d] for a, b, c, d in puzzle.less)
    ]
    assert 0 < len(right) == adapter.count_solutions(puzzle, 100)
    assert adapter.exact(puzzle).answer.grid in right
    for text in (". < .\n ^\n.   .", "^\n. .\n. .", ". . <\n. . .", ". .\n. .\n^"):
        with pytest.raises(InputError):
            adapter.parse(text)


def test_a_kakuro_adds_up_without_a_digit_twice() -> None:
    adapter = get_adapter("kakuro")
    puzzle = adapter.parse("#    9\\#  4\\#\n#\\8  .    .\n#    .    .")
    right = [
        ((0, 0, 0), (0, a, b), (0, c, d))
        for a, b, c, d in itertools.product(range(1, 10), repeat=4)
        if (a + b, a + c, b + d) == (8, 9, 4) and a not in (b, c) and d not in (b, c)
    ]
    assert 0 < len(right) == adapter.count_solutions(puzzle, 100)
    assert adapter.exact(puzzle).answer.grid in right
    for text in ("# 1\\x\n# .", "# 16\n# ."):
        with pytest.raises(InputError, match="for a wall, its totals"):
            adapter.parse(text)


@pytest.mark.parametrize(
    ("text", "way"), [("#\\9 #\n# .", "row"), ("# 9\\#\n. #", "column"), ("# .\n. #\\9", "row")]
)
def test_a_total_of_no_cells_is_refused(text: str, way: str) -> None:
    with pytest.raises(InputError, match=f"total 9 .* is of no cells along its {way}"):
        get_adapter("kakuro").parse(text)
    assert get_adapter("kakuro").parse(text.replace("9", "0"))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"cages": [[3, [[0, 0], [0, 1], [0, 0]]]]}, "has a cell twice"),
        ({"thermometers": [[[0, 0], [0, 1], [1, 1], [0, 1]]]}, "has a cell twice"),
        ({"thermometers": [[[0, 0], [0, 2]]]}, "leaps from row 1 column 1 to row 1 column 3"),
        ({"cages": [[3, [[0, 0], [0, 4]]]]}, "leaves the board"),
        ({"grid": [[5, None, None, None], *[[None] * 4] * 3]}, "a digit from 1 to 4"),
    ],
)
def test_a_variant_that_makes_no_sense_is_refused_and_not_called_unsolvable(
    more: dict[str, object], says: str
) -> None:
    adapter = get_adapter("sudoku-variant")
    plain = {
        "task": "sudoku-variant",
        "grid": [[None] * 4] * 4,
        "regions": [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]],
    }
    assert adapter.coerce({**plain, "thermometers": [[[0, 0], [1, 1], [1, 2]]]})
    with pytest.raises(InputError, match=says):
        adapter.coerce({**plain, **more})
