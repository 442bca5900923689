"""Tell by its content what a text of puzzles is, and read it."""

from __future__ import annotations

import re
from pathlib import Path

from hrm_toolkit.adapters.formats.loaded import Loaded
from hrm_toolkit.adapters.formats.table import is_table, read_table
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import InputError, OptionError

_SAMPLE = 100_000
"""Characters that the guess looks at."""

_GRAPH_LINE = re.compile(
    r'(graph (un)?directed|(start|goal|node) \S.*|("[^"]*"|\S+) (--|->) \S.*)', re.ASCII
)
_DIMACS = re.compile(r"^p\s+(\w+)\s+\d", re.MULTILINE)
_ARC_LINE = re.compile(r"(train|test) \d+|name \S.*")
_SECTIONS = ("[puzzle]", "[sudoku]")
_MAZE_CELLS = frozenset("#. SEGo")
_SOKOBAN_CELLS = frozenset("#@+$*.- _")
_SUDOKU_CELLS = frozenset("0123456789._*?|+-=:, \t\u2502\u2500\u253c\u251c\u2524")
_LETTERS = re.compile(r"[0-9A-Pa-p._*?\s|+\-]+")


def read_any(
    text: str,
    *,
    adapter: str | None = None,
    start: str | None = None,
    goal: str | None = None,
    path: Path | None = None,
) -> Loaded:
    """The puzzles of a text whose kind is told by its content.

    Args:
        adapter: the task, where it is known; the text is then read as that task's.
        start: name of a graph's start node; overrules the text.
        goal: likewise.
        path: where the text comes from; names an ARC task, and its ending breaks ties.

    Raises:
        InputError: saying what was found and what was expected.
    """
    if adapter is not None:
        get_adapter(adapter)
    kind = guess(text, adapter)
    ends = start is not None or goal is not None
    if ends and kind not in ("json", "graph", "graphml", "dimacs"):
        raise OptionError("start and goal are for graphs, and this is none")
    if kind == "json":
        return _json(text, adapter, start, goal, path)
    if kind == "table":
        return read_table(text, adapter)
    if kind == "sudoku":
        from hrm_toolkit.adapters.formats.sudoku import read_sudoku

        return read_sudoku(text, lines=path is not None and path.suffix.lower() == ".sdm")
    if kind == "maze":
        from hrm_toolkit.adapters.formats.maze import read_maze

        return read_maze(text)
    if kind in ("graph", "graphml", "dimacs"):
        return _graph(text, kind, start, goal)
    puzzle = get_adapter(kind).parse(text)
    if kind == "arc":
        from hrm_toolkit.adapters.formats.arc import known_answer

        return Loaded.of("ARC task, text", [(puzzle, known_answer(puzzle))])
    return Loaded.of(f"{kind} text", [(puzzle, None)])


def guess(text: str, adapter: str | None = None) -> str:
    """``json``, ``table``, ``graphml``, ``dimacs``, or the task whose text this is.

    Raises:
        InputError: when it looks like nothing that is known, or like a puzzle no adapter reads.

    Example:
        >>> guess("S..#\\n##.G")
        'maze'
    """
    sample = text[:_SAMPLE]
    lines = [line for line in sample.splitlines() if line.strip()]
    first = lines[0].strip() if lines else ""
    if first.startswith(("{", "[")) and first.lower() not in _SECTIONS:
        return "json"
    if adapter in (None, "sudoku", "maze") and is_table(first):
        return "table"
    if adapter not in (None, "graph"):
        return adapter or ""
    if first.startswith("<"):
        return "graphml"
    dimacs = _DIMACS.search(sample)
    if dimacs:
        return _dimacs(dimacs[1])
    if adapter == "graph":
        return "graph"
    return _by_lines(first, lines)


def _by_lines(first: str, lines: list[str]) -> str:
    if _ARC_LINE.fullmatch(first):
        return "arc"
    content = [line for line in lines if not line.startswith("#")] or lines
    if _GRAPH_LINE.match(content[0].strip()):
        return "graph"
    if first.lower() in _SECTIONS:
        return "sudoku"
    if _is_sokoban(lines):
        raise InputError("this looks like Sokoban, which no adapter reads", expected=_KNOWN)
    if _share(lines, _MAZE_CELLS) > 0.7 and _walls_or_ends(lines):
        return "maze"
    if _share(content, _SUDOKU_CELLS) > 0.9 or all(map(_LETTERS.fullmatch, content)):
        return "sudoku"
    raise InputError(
        "this is no puzzle file that is known",
        expected=_KNOWN,
        got=first,
        hint="name its task with adapter (--adapter) if it is one",
    )


_KNOWN = "a Sudoku, maze, graph or ARC task in one of their usual forms, or JSON"


def _json(
    text: str, adapter: str | None, start: str | None, goal: str | None, path: Path | None
) -> Loaded:
    from hrm_toolkit.adapters.formats.json_puzzles import JsonReader

    stem = " ".join(path.stem.split())[:100] if path else ""
    return JsonReader(adapter, start, goal, stem or None).read(text)


def _graph(text: str, kind: str, start: str | None, goal: str | None) -> Loaded:
    from hrm_toolkit.adapters.formats.graphs import read_graph

    names = {"graph": "edge list", "graphml": "GraphML", "dimacs": "DIMACS shortest path"}
    return Loaded.of(names[kind], [(read_graph(text, start=start, goal=goal), None)])


def _dimacs(problem: str) -> str:
    if problem == "sp":
        return "dimacs"
    about = {"edge": "colouring", "col": "colouring", "cnf": "satisfiability"}.get(problem, problem)
    raise InputError(
        f'this is a DIMACS {about} file ("p {problem}"), which no adapter reads',
        expected='a shortest-path file ("p sp")',
    )


def _is_sokoban(lines: list[str]) -> bool:
    board = [line for line in lines if not line.startswith(";")]
    cells = set("".join(board))
    player_and_box = bool(cells & set("@+")) and bool(cells & set("$*"))
    return player_and_box and "#" in cells and _share(board, _SOKOBAN_CELLS) > 0.9


def _walls_or_ends(lines: list[str]) -> bool:
    """A wall or an end and no digit, as no Sudoku is; ``# words`` is a comment of one."""
    cells = set("".join(line for line in lines if not re.match(r"#\s*\w*[a-zB-DFH-RT-Z]", line)))
    return bool(cells & set("#SG")) and not cells & set("123456789")


def _share(lines: list[str], cells: frozenset[str]) -> float:
    total = sum(map(len, lines))
    return sum(sum(map(cells.__contains__, line)) for line in lines) / max(total, 1)
