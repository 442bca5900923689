"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from hrm_toolkit.core import Size


def named_adapter(adapter: str | None) -> str | None:
    """The name of a task; one in a file of its own is loaded."""
    if adapter is None or not adapter.endswith(".py"):
        return adapter
    from hrm_toolkit.adapters.registry import load_adapter_file

    return load_adapter_file(adapter).task


File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help='A puzzle file, "-" for standard input, or a puzzle written out.',
    ),
]
AdapterName = Annotated[
    str | None,
    typer.Option(
        "--adapter",
        "-a",
        callback=named_adapter,
        metavar="NAME|FILE.py",
        help="The task, where the file does not say it; or the Python file that defines it.",
    ),
]
SolverName = Annotated[
    str | None,
    typer.Option("--solver", "-s", help="A bundled solver's name or a bundle's folder."),
]
SolverNames = Annotated[
    list[str] | None,
    typer.Option(
        "--solver",
        "-s",
        help="A bundled solver's name or a bundle's folder; several, by repeating, vote.",
    ),
]
TaskOf = Annotated[
    str | None,
    typer.Option("--solver", "-s", help="A solver whose task it is, by its name or folder."),
]
Bundle = Annotated[
    str, typer.Argument(metavar="NAME|DIR", help="A bundled solver, or a bundle's folder.")
]
OwnSolvers = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=DIR", help="A solver of your own, by the name it is asked for."),
]
AllTools = Annotated[
    bool, typer.Option("--full", help="Also the tools beyond the core set of seven.")
]
RecipeName = Annotated[
    str | None, typer.Option(help="A recipe's name, or a TOML file of one.", metavar="NAME|FILE")
]
Way = Literal["neural", "verified", "exact"]
Strategy = Annotated[
    Way,
    typer.Option(
        help="neural: the network alone; verified: then votes, then search; exact: no network."
    ),
]
Segments = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=100_000,
        help="Most network calls for an attempt; as in the bundle's validation unless said.",
    ),
]
Votes = Annotated[
    int,
    typer.Option(
        min=1, max=10_000, help="Attempts; after the first, on drawn symmetries of the puzzle."
    ),
]
Restarts = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=10_000,
        help="Attempts for each vote; after the first, from noisy carries. Unless --segments or "
        "--votes is given, as many as cost little.",
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        max=1e6,
        help="Most wall-clock time, over all puzzles; a part of it is kept for exact search.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of everything drawn.")]
Start = Annotated[
    str | None,
    typer.Option(
        help="Where to start, where no start is marked: a node, X,Y on a map, or ROW,COLUMN."
    ),
]
Goal = Annotated[str | None, typer.Option(help="Where to end, likewise.")]
Weight = Annotated[
    str | None,
    typer.Option(help="For graphs: the edge attribute that is the cost; none: every edge costs 1."),
]
Box = Annotated[
    str | None,
    typer.Option(
        metavar="RxC", help="Rows and columns of a box, such as 3x2, where there are boxes."
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print JSON on standard output and nothing else there.")
]
Sizes = Annotated[
    list[str] | None,
    typer.Option(
        "--size",
        "--sizes",
        help="A size such as 9 or 8x12; several after commas, or by repeating.",
        metavar="N|HxW",
    ),
]
Difficulties = Annotated[
    list[str] | None,
    typer.Option(
        "--difficulty",
        "--difficulties",
        help="A difficulty the adapter knows; several after commas, or by repeating.",
    ),
]
Device = Annotated[
    str,
    typer.Option(help='Where the network computes: "cpu", "cuda", "cuda:1"; auto finds a GPU.'),
]


def parse_sizes(texts: Sequence[str] | None) -> tuple[Size, ...]:
    """Sizes as the adapters take them.

    Raises:
        OptionError: for a text that is no size.

    Example:
        >>> parse_sizes(["9,11", "8x12"])
        (9, 11, (8, 12))
    """
    return tuple(map(_parse_size, parse_names(texts)))


def parse_names(texts: Sequence[str] | None) -> tuple[str, ...]:
    """The names of a repeated option, of which each text may hold several after commas.

    Example:
        >>> parse_names(["easy, hard", "medium"])
        ('easy', 'hard', 'medium')
    """
    return tuple(name.strip() for text in texts or () for name in text.split(","))


def parse_numbers(option: str, text: str | None, *, most: int) -> tuple[int, ...]:
    """Whole numbers after commas, each from 1 to ``most``, the same one once.

    Raises:
        OptionError: for anything else.

    Example:
        >>> parse_numbers("--segments", "16,32,16", most=100)
        (16, 32)
    """
    from hrm_toolkit.core import OptionError

    parts = [] if text is None else [part.strip() for part in text.split(",")]
    for part in parts:
        if not (part.isascii() and part.isdecimal() and len(part) < 10 and 1 <= int(part) <= most):
            raise OptionError(
                f"{option} is no list of numbers",
                expected=f"whole numbers from 1 to {most}, such as 16 or 16,32,64",
                got=text,
            )
    return tuple(dict.fromkeys(map(int, parts)))


def require_folder(option: str, path: Path) -> None:
    """Refuse a file to write whose folder is not there, before any work is done.

    Raises:
        OptionError: naming the folder.
    """
    from hrm_toolkit.core import OptionError

    if path.is_dir() or not path.absolute().parent.is_dir():
        raise OptionError(
            f"{option} names no file that can be written",
            path=str(path),
            expected="a file's name in a folder that exists",
        )


def _parse_size(text: str) -> Size:
    from hrm_toolkit.core import OptionError

    sides = text.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() and len(side) < 7 for side in sides):
        raise OptionError("--size is no size", expected="a number, or HEIGHTxWIDTH", got=text)
    numbers = [int(side) for side in sides]
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1])


def parse_box(text: str | None) -> tuple[int, int] | None:
    """Rows and columns of a Sudoku's boxes.

    Raises:
        OptionError: for a text that is no such shape.

    Example:
        >>> parse_box("3x2")
        (3, 2)
    """
    from hrm_toolkit.core import OptionError

    if text is None:
        return None
    sides = text.lower().replace("\u00d7", "x").split("x")
    if len(sides) != 2 or not all(s.isascii() and s.isdigit() and len(s) < 3 for s in sides):
        raise OptionError("--box is no shape", expected="ROWSxCOLUMNS, such as 3x2", got=text)
    return int(sides[0]), int(sides[1])
