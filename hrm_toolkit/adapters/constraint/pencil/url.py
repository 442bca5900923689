"""URLs of puzz.link, pzv.jp and the other sites that run pzpr: puzzles read and written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hrm_toolkit.core import InputError, Puzzle
from hrm_toolkit.core.files import (
    NO,
    SURE,
    Claim,
    Loaded,
    Pair,
    ReadOptions,
    Sample,
    TextForm,
    no,
    placed,
)

if TYPE_CHECKING:
    from hrm_toolkit.adapters.constraint.pencil.geometry import Shape

SITE = "https://puzz.link/p?"
NAME = "puzz.link URL"
_SITES = re.compile(
    r"(https?://)?(www\.)?(puzz\.link/(p|p\.html|rules\.html|db/)|pzv\.jp/p(\.html)?|pzprxs\.vercel\.app/p"
    r"(\.html)?|pzplus\.tck\.mn/p(\.html)?|pedros\.works/paper-puzzle-player)\?\S+",
    re.IGNORECASE,
)
_LONGEST, _MOST_LINES = 20_000, 100_000


@dataclass(frozen=True)
class Link:
    """A URL, taken apart.

    Attributes:
        kind: what pzpr calls the puzzle.
        flags: letters that change its rules or its looks.
        shape: rows and columns; the URL has columns first.
        body: the text of the board.
    """

    kind: str
    flags: str
    shape: Shape
    body: str


def is_link(line: str) -> bool:
    """Whether a line is such a URL.

    Example:
        >>> is_link("https://puzz.link/p?nurikabe/2/1/1g"), is_link("https://example.org/p?a/2/1/g")
        (True, False)
    """
    return len(line) <= _LONGEST and _SITES.fullmatch(line.strip()) is not None


def kind_of(line: str) -> str:
    """What pzpr calls the puzzle of a URL."""
    return _parts(line)[0]


def _parts(line: str) -> list[str]:
    query = line.strip().split("?", 1)[1]
    while query.startswith("type=") and "&" in query:
        query = query.split("&", 1)[1]
    parts = unquote(query).split("&")[0].strip('"').split("/")
    kind = parts[0].lower()
    return [kind.removesuffix("_edit").removesuffix("_play"), *parts[1:]]


def take_apart(line: str) -> Link:
    """The parts of a URL.

    Raises:
        InputError: when it has no size, or one that is too large.
    """
    from hrm_toolkit.adapters.constraint.pencil.boards import MOST_CELLS, MOST_SIDE

    kind, *parts = _parts(line)
    if parts and parts[0].startswith("v:"):
        raise InputError(f"the URL has the variant {parts[0]!r}", expected="the usual rules")
    flags = parts.pop(0) if parts and not parts[0].isdecimal() else ""
    if len(parts) < 2 or not all(re.fullmatch("[0-9]{1,3}", part) for part in parts[:2]):
        raise InputError("the URL has no size", expected=f"{SITE}{kind}/COLUMNS/ROWS/BOARD")
    columns, rows = map(int, parts[:2])
    if not (0 < rows <= MOST_SIDE and 0 < columns <= MOST_SIDE and rows * columns <= MOST_CELLS):
        raise InputError(
            f"the board is {rows}x{columns}",
            expected=f"sides of 1 to {MOST_SIDE}, {MOST_CELLS} cells",
        )
    return Link(kind, flags, (rows, columns), "/".join(parts[2:]).rstrip("/"))


KINDS = {
    "akari": "lightup",
    "country": "country",
    "dbchoco": "dbchoco",
    "firefly": "firefly",
    "heyawake": "heyawake",
    "hitori": "hitori",
    "kurodoko": "kurodoko",
    "lightup": "lightup",
    "lits": "lits",
    "masyu": "masyu",
    "pearl": "masyu",
    "mashu": "masyu",
    "norinori": "norinori",
    "nurikabe": "nurikabe",
    "nurimaze": "nurimaze",
    "nurimisaki": "nurimisaki",
    "sashigane": "sashigane",
    "shakashaka": "shakashaka",
    "shikaku": "shikaku",
    "slitherlink": "slitherlink",
    "slither": "slitherlink",
    "sudoku": "sudoku",
    "tapa": "tapa",
    "yajirin": "yajilin",
    "yajilin": "yajilin",
}
"""The task of each kind that pzpr has; of several names the last is the one that is written."""


def written_kind(task: str) -> str:
    """What pzpr calls a task."""
    return [kind for kind, known in KINDS.items() if known == task][-1]


def form(task: str, read: Callable[[Link], Puzzle]) -> TextForm:
    """The form of a task's URLs, one a line; a file may have some of other tasks too.

    Args:
        read: the puzzle of a URL.
    """

    def claims(sample: Sample) -> Claim:
        if not is_link(sample.first):
            return NO
        kind = kind_of(sample.first)
        if KINDS.get(kind) == task:
            return SURE
        return NO if kind in KINDS else no(f'there is no task for "{kind}" here')

    def read_all(text: str, options: ReadOptions) -> Loaded:
        lines = [line.strip() for line in text.splitlines()]
        if len(lines) > _MOST_LINES:
            raise InputError(f"there are {len(lines):,} lines", expected=f"at most {_MOST_LINES:,}")
        puzzles: list[Pair] = []
        for number, line in enumerate(lines, 1):
            if line:
                where = f"line {number}" if len(lines) > 1 else "URL"
                puzzles.append((placed(where, one, line, options), None))
        return Loaded.of(NAME if len(puzzles) == 1 else f"{NAME}s", puzzles)

    def one(line: str, options: ReadOptions) -> Puzzle:
        if not is_link(line):
            raise InputError(
                "this is no such URL", expected=f"{SITE}KIND/COLUMNS/ROWS/BOARD", got=line
            )
        kind = kind_of(line)
        home = KINDS.get(kind)
        if home is None or options.adapter not in (None, home):
            raise InputError(
                f'the URL is of a "{kind}"', expected=f"a {options.adapter or 'known'} one"
            )
        return read(take_apart(line)) if home == task else _elsewhere(home, line)

    return TextForm(NAME, task, claims, read_all, inline=is_link)


def _elsewhere(task: str, line: str) -> Puzzle:
    """The puzzle of a URL of another task."""
    from hrm_toolkit.adapters.registry import get_adapter

    forms = [f for f in get_adapter(task).forms() if isinstance(f, TextForm) and f.name == NAME]
    return forms[0].read(line, ReadOptions(task)).puzzles[0]


def refuse_flags(link: Link, harmless: str) -> None:
    """Refuse flags that may change the rules.

    Args:
        harmless: those that change looks alone.
    """
    strange = set(link.flags) - set(harmless)
    if strange:
        raise InputError(
            f"the URL has the flags {link.flags!r}: its rules may be others",
            expected=f"flags among {harmless!r}" if harmless else "no flags",
        )
