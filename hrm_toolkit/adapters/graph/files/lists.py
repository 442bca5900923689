"""Edges a line: ``A B``, ``A B 3``, ``A,B,3``, with a heading or without, and Matrix Market."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hrm_toolkit.adapters.graph.draft import Draft, DraftEdge, node_name, require_unmarked
from hrm_toolkit.adapters.graph.files.columns import SHORT, are_neighbours, edge_of, ends_in
from hrm_toolkit.adapters.graph.weights import is_number
from hrm_toolkit.core import InputError
from hrm_toolkit.core.files import MAYBE, NO, SURE, Claim, Sample, no

COMMENTS = ("#", "%", "//")
WAY = 'write lines "start A" and "goal B" in the file'

_SAMPLE = 200
_DELIMITERS = "\t;,|"
"""A comma comes late: beside another it is a decimal comma."""
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
_TIED = re.compile(r"[^\W\d_]\w*\s*(?:-+>?|=+>?|\u2192)\s*\w+\s*[:=(]\s*\d+(?:\.\d+)?\)?")
"""An edge as some write it: ``A-B:10``."""
_PUZZLE = re.compile(r"[\d._*?-]{16,}|\S{81,}")
"""Words that are puzzles written on one line, rather than nodes' names."""

_DICT = re.compile(r"(\S+)\s+(\S+)\s+(\{.*\})")
_ITEM = re.compile(
    r"""\s*(?:'([^']*)'|"([^"]*)")\s*:\s*(?:'([^']*)'|"([^"]*)"|([^\s,'"{}\[\]()]+))\s*(?:,|$)"""
)
_SAID = re.compile(
    r"(\bnot\s(?:an?\s)?|\bnon-?\s?)?\b(?:(undirected|bidirectional|(?:two|both)[\s_-]?ways?)|directed"
    r"|(?:\w+\.)?(?:multi)?di-?graph(?!\.\w|/)|uni-?directional|one[\s_-]?way)\b"
    r"(\s*[:=]\s*(?:no|false|0|f|n)\b)?",
    re.IGNORECASE,
)
_PARTLY = re.compile(r"\b(some|few|several|many|most|mostly|partly|partially|except|mixed)\b", re.I)
_KONECT = re.compile(r"%\s*(asym|sym|bip)(?:\s+\S+)?\s*$")
_ADJACENCY = re.compile(r"#\s*GMT\s.*\d{4}")
"""What networkx writes above a list of neighbours, and above nothing else."""
_END = re.compile(r"(start|goal)\s+(\S+)", re.IGNORECASE)
_OWN = re.compile(r'(graph (un)?directed|node \S.*|("[^"]*"|\S+) (--|->) \S.*)', re.ASCII)
_QUESTIONS = ("puzzle", "quiz", "quizzes", "question", "grid", "maze", "board", "solution")


class Layout(NamedTuple):
    """How rows are written: the delimiter ("" is blank space), and the names of the columns."""

    delimiter: str
    heading: tuple[str, ...] | None


def claims(sample: Sample) -> Claim:
    """How sure it is that a text is a list of edges.

    Numbers in two or three columns are one; three blocks of three digits on each of nine lines
    may be a Sudoku as well, and words in two columns may be anything.
    """
    lines = _content(sample.lines)[:_SAMPLE]
    if sample.first.lower().startswith("%%matrixmarket"):
        return SURE
    if not lines or lines[0].startswith(("{", "[", "<")) or any(_OWN.match(x) for x in lines[:50]):
        return NO
    try:
        layout = layout_of(lines)
        heading, rows = layout.heading, list(_rows(lines, layout))
    except InputError:
        # A table whose fields run over several lines holds no edges.
        return NO
    body = [row for row in rows if not _is_end(row)][1 if heading else 0 :]
    if heading and ends_in(heading):
        plain = {name.strip().lower() for name in heading}
        return NO if plain & set(_QUESTIONS) else SURE
    widths = {len(row) for row in body}
    if not body or not widths <= {2, 3, 4} or are_neighbours(body):
        return _near(body, lines)
    if widths == {4} and len(body) != 4 and all(x.isdigit() for row in body for x in row[:2]):
        return MAYBE if all(is_number(x) for row in body for x in row[2:]) else NO
    if any(arrow in word for row in body for word in row[:2] for arrow in ("--", "->")):
        return no('its arrows have no blanks around them, as in "A -- B 3"')
    if widths == {4}:
        return _near(body, lines)
    if any(re.match(r"p \w+ ", line) for line in lines) or any(
        len(row) == 4 and is_number(row[3]) for row in body
    ):
        return NO
    if not all(_is_name(word) for row in body for word in row[:2]):
        return NO
    if any(_PUZZLE.fullmatch(word) for row in body for word in row):
        return NO
    if all("{" in row[2] or is_number(row[2]) for row in body if len(row) > 2):
        return _shape(body, len(lines), sample)
    return no("the third word of its lines is no number") if widths != {2} else NO


def _near(body: Sequence[Sequence[str]], lines: Sequence[str]) -> Claim:
    """Why rows that somebody may mean as edges are none."""
    if body and all(_TIED.fullmatch(line.strip()) for line in lines):
        return no('its nodes and costs are joined by signs; write an edge as "A B 10"')
    size = len(body)
    square = size > 2 and all(len(row) == size and all(map(is_number, row)) for row in body)
    if square:
        return no("it is a square table of numbers, as of neighbours; write an edge a line")
    if all(len(row) == 4 and is_number(row[2]) and not is_number(row[3]) for row in body):
        return no("its lines have a fourth word behind the cost")
    return NO


def read(text: str) -> Draft:
    """The graph of a list of edges.

    Raises:
        InputError: naming the line at fault.
    """
    lines = text.splitlines()
    if lines[0].lower().startswith("%%matrixmarket"):
        return _matrix_market(lines)
    if _is_parted(lines):
        raise InputError(
            'a line "#" parts nodes from edges: this is a Trivial Graph Format file (TGF)',
            expected="edges alone",
            hint="keep the lines below it",
        )
    if any(_ADJACENCY.match(line) for line in lines[:4]):
        raise InputError(
            "this is a list of neighbours, as networkx writes it (adjlist)",
            expected="an edge a line",
            hint="write it with networkx's write_weighted_edgelist or write_graphml",
        )
    draft = Draft(_said(lines), way=WAY)
    content = [(number, x) for number, x in enumerate(lines, 1) if _content([x])]
    layout = layout_of([line for _, line in content[:_SAMPLE]])
    ends = ends_in(layout.heading or ())
    found: dict[str, Any] = {}
    names: tuple[str, ...] = layout.heading or ()
    first = True
    for (number, line), row in zip(content, _rows([x for _, x in content], layout), strict=True):
        if _is_end(row):
            found[row[0].lower()] = row[1]
            continue
        if first and layout.heading:
            first = False
            continue
        first = False
        where = f"line {number}"
        if ends:
            draft.edges.append(_named(row, names, ends, where))
        else:
            draft.edges.append(_edge(row, line, where, names))
    draft.attributes = found
    if draft.directed is not None:
        said = "" if draft.directed else "un"
        draft.notes.append(f"a comment in the file says that the graph is {said}directed")
    _refuse_counts(draft.edges)
    if all(len(name) == 1 and name.isdigit() for edge in draft.edges for name in edge[:2]):
        draft.way += "; if it is a Sudoku, say --adapter sudoku"
    return draft


def layout_of(lines: Sequence[str]) -> Layout:
    """How some lines that hold something are written."""
    heads = [x for x in lines[:4] if not _is_end(x.split())][:1]
    named = (d for d in _DELIMITERS for x in heads if d in x and _is_heading(x.split(d)))
    delimiter = next(named, None) or next((d for d in _DELIMITERS if _parts_all(lines, d)), "")
    if all(_DICT.fullmatch(line.strip()) for line in lines[:5]):
        delimiter = ""
    rows = [row for row in _rows(lines[:4], Layout(delimiter, None)) if not _is_end(row)]
    if not rows or any(is_number(word) for word in rows[0]):
        return Layout(delimiter, None)
    below = len(rows) > 1 and len(rows[0]) == len(rows[1]) > 2 and is_number(rows[1][2])
    return Layout(delimiter, tuple(rows[0]) if _is_heading(rows[0]) or below else None)


def _is_heading(row: Sequence[str]) -> bool:
    """Whether a row names the ends of the edges below it."""
    words = [word.strip().strip('"') for word in row]
    ends = ends_in(words)
    if ends is None or any(is_number(word) for word in words):
        return False
    return len(words) > 2 or not {end.lower() for end in ends} & SHORT


def _parts_all(lines: Sequence[str], delimiter: str) -> bool:
    """Whether each line has this delimiter, and the same number of times."""
    counts = {line.count(delimiter) for line in lines if not _END.fullmatch(line.strip())}
    quoted = any('"' in line for line in lines)
    return bool(counts) and 0 not in counts and (len(counts) == 1 or quoted)


def _rows(lines: Sequence[str], layout: Layout) -> Iterator[list[str]]:
    """The words of each line."""
    if layout.delimiter:
        plain = (x.replace(" ", layout.delimiter, 1) if _is_end(x.split()) else x for x in lines)
        reader = csv.reader(plain, delimiter=layout.delimiter, skipinitialspace=True)
        try:
            for number, row in enumerate(reader, 1):
                if reader.line_num != number:
                    raise InputError("a field runs over two lines", path=f"row {number}")
                yield [word.strip() for word in row]
        except csv.Error as error:
            raise InputError(
                f"this is not valid CSV: {error}", path=f"row {reader.line_num}"
            ) from None
        return
    for line in lines:
        found = _DICT.fullmatch(line.strip()) if "{" in line else None
        if found:
            yield [_unquoted(found[1]), _unquoted(found[2]), found[3]]
        elif '"' in line:
            yield [_unquoted(word) for word in _WORD.findall(line)]
        else:
            yield line.split()


def _content(lines: Sequence[str]) -> list[str]:
    """The lines that are neither blank nor a comment."""
    return [x for x in lines if x.strip() and not x.lstrip().startswith(COMMENTS)]


def _is_end(row: Sequence[str]) -> bool:
    return len(row) == 2 and row[0].lower() in ("start", "goal")


def _is_name(word: str) -> bool:
    """Whether a word may be a node: it has a letter or digit, and is no broken number."""
    return any(c.isalnum() for c in word) and not (is_number(word) and not word.isdigit())


def _shape(body: Sequence[Sequence[str]], lines: int, sample: Sample) -> Claim:
    """How sure it is of rows that all are edges by their words."""
    words = [word for row in body for word in row]
    numbers = all(word.isdigit() for word in words)
    if not numbers:
        weighted = any(len(row) > 2 for row in body)
        return SURE if weighted and len(body) > 1 else MAYBE if len(body) > 1 or weighted else NO
    widths = {len(row) for row in body[1:]}
    if len(body[0]) == 2 and widths == {3}:
        return SURE
    if widths != {len(body[0])} and len(body) > 1:
        return no("its lines have two numbers here and three there")
    if set(words) <= {"0", "1"}:
        return NO
    # Blocks of a Sudoku's rows are written apart: "530 070 000" on each of nine lines.
    lengths = {len(word) for word in words}
    side = len(body[0]) * max(lengths)
    if sample.whole and len(lengths) == 1 and side == len(body) and max(lengths) > 1:
        return MAYBE if max(map(int, "".join(words))) <= side else SURE
    return SURE if len(body) > 1 else MAYBE


def _is_parted(lines: Sequence[str]) -> bool:
    """Whether a line that is a bare ``#`` stands between others: in a heading it is a comment."""
    kinds = "".join(
        "#" if line.strip() == "#" else "x"
        for line in lines
        if line.strip() and (line.strip() == "#" or not line.lstrip().startswith(COMMENTS))
    )
    return "x#x" in kinds.replace("##", "#")


def _said(lines: Sequence[str]) -> bool | None:
    """What comments say of the direction of edges."""
    for line in lines[:_SAMPLE]:
        if not line.lstrip().startswith(COMMENTS):
            continue
        kind = _KONECT.match(line)
        if kind and kind[1] == "bip":
            raise InputError("the file holds a bipartite graph", expected="nodes of one kind")
        if kind:
            return kind[1] == "asym"
        said = {
            not (bool(found[1]) ^ bool(found[2]) ^ bool(found[3])) for found in _SAID.finditer(line)
        }
        if len(said) == 1 and not _PARTLY.search(line):
            return said.pop()
        if said:
            raise InputError(
                "a comment leaves open which edges lead one way",
                got=line.strip()[:80],
                hint='leave the comment out, or write JSON with a field "directed" at each edge',
            )
    return None


def _named(
    row: Sequence[str], heading: Sequence[str], ends: tuple[str, str], where: str
) -> DraftEdge:
    """An edge of a table; empty fields say nothing."""
    if len(row) != len(heading):
        raise InputError(
            f"there are {len(row)} fields",
            path=where,
            expected=f"{len(heading)}, as in the heading",
        )
    fields = {n: v for n, v in zip(heading, row, strict=True) if v != "" or n in ends}
    return edge_of(fields, where, ends)


def _edge(row: Sequence[str], line: str, where: str, heading: Sequence[str]) -> DraftEdge:
    """An edge of a list without names of its columns."""
    if not len(row) >= 2:
        raise InputError(
            "this line is no edge", path=where, expected='"A B" or "A B 3"', got=line.strip()
        )
    if '"' not in line:
        for word in row[:2]:
            require_unmarked(word, where)
    source, target = (node_name(word, where) for word in row[:2])
    if len(row) == 2 and row[1].isdigit() and re.search(r"\s\d+$", row[0]):
        raise InputError(
            "the number has a decimal comma", path=where, expected="a point", got=line.strip()
        )
    if len(row) == 3 and row[2].startswith("{"):
        return DraftEdge(source, target, _dict(row[2], where))
    names = heading[2:] or (
        ("weight",)
        if len(row) == 3
        else ("weight", "name")
        if len(row) == 4 and not is_number(row[3])
        else tuple(f"column {number}" for number in range(3, len(row) + 1))
    )
    if len(row) > 2 and not heading and row[2] and not is_number(row[2]):
        raise InputError(
            "the weight is no number", path=where, expected='"A B 3"', got=line.strip()
        )
    rest = {n: v for n, v in zip(names, row[2:], strict=False) if v != ""}
    return DraftEdge(source, target, rest)


def _dict(text: str, where: str) -> dict[str, str]:
    """What networkx writes of an edge, such as ``{'weight': 10}``, read as text."""
    inner, place, found = text[1:-1].strip(), 0, {}
    while place < len(inner):
        item = _ITEM.match(inner, place)
        if item is None:
            raise InputError(
                "what stands after the two nodes cannot be read",
                path=where,
                expected="{'weight': 10}",
                got=text,
            )
        found[item[1] or item[2] or ""] = item[3] or item[4] or item[5] or ""
        place = item.end()
    return found


def _unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word


def _refuse_counts(edges: Sequence[DraftEdge]) -> None:
    """Refuse a list whose first line may say how many nodes and edges follow."""
    first = edges[0] if edges else None
    if first is None or not all(
        name.isdecimal() and len(name) < 10 for name in (first.source, first.target)
    ):
        return
    rest = edges[1:]
    counted = (int(first.source), int(first.target))
    numbers = all(name.isdigit() for edge in rest[:_SAMPLE] for name in edge[:2])
    wider = bool(rest) and all("weight" in edge.attributes for edge in rest)
    if not numbers or (counted[1] != len(rest) and not wider) or "weight" in first.attributes:
        return
    if wider or counted[0] == len({name for edge in rest for name in edge[:2]}):
        raise InputError(
            f'the first line, "{first.source} {first.target}", may be an edge, or say that '
            f"{counted[0]:,} nodes and {counted[1]:,} edges follow",
            expected="edges alone",
            hint="delete it if it is a count",
        )


def _matrix_market(lines: Sequence[str]) -> Draft:
    """A sparse matrix: an entry is an edge from its row to its column."""
    words = lines[0].lower().split()
    if words[1:3] != ["matrix", "coordinate"] or words[-1] not in ("general", "symmetric"):
        raise InputError(
            "this Matrix Market file is no sparse matrix of edges",
            expected='"matrix coordinate", general or symmetric',
            got=lines[0],
        )
    rows = [(n, x.split()) for n, x in enumerate(lines, 1) if x.strip() and x.strip()[0] != "%"]
    draft = Draft(words[-1] == "general", way="")
    for number, row in rows[1:]:
        draft.edges.append(_edge(row, " ".join(row), f"line {number}", ()))
    sizes = rows[0][1] if rows else []
    if len(sizes) != 3 or sizes[2] != str(len(draft.edges)):
        raise InputError(
            f"the matrix has {len(draft.edges):,} entries",
            expected="as many as its first line says",
        )
    return draft
