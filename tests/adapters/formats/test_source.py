"""Files however they are packed and encoded; long ones puzzle by puzzle."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from contextlib import suppress
from functools import partial

import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import read_answer, read_puzzles, source
from hrm_toolkit.adapters.registry import loadable
from hrm_toolkit.core import InputError

CLUES = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
SOLVED = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
MAZE = "#####\n#S..#\n##.##\n#..G#\n#####\n"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
zip_up = partial(gzip.compress, mtime=0)  # The same bytes, so that every worker has the same tests.
MARKS = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("pack", [bytes, zip_up])
def test_a_file_is_the_same_however_it_is_encoded_and_packed(encoding, pack, tmp_path):
    for text in (CLUES, MAZE, json.dumps({"task": "maze", "grid": MAZE.split()})):
        path = tmp_path / "puzzle.bin"
        path.write_bytes(pack(text.encode(encoding)))
        assert read_puzzles(path) == read_puzzles(text.encode())
        marked = (MARKS.get(encoding, "") + text).encode(encoding)
        assert read_puzzles(pack(marked)).puzzles == read_puzzles(text.encode()).puzzles


def test_answers_are_unpacked_and_decoded_too():
    puzzle = read_puzzles(CLUES.encode()).puzzles[0]
    for data in (zip_up(SOLVED.encode()), SOLVED.encode("utf-16")):
        assert read_answer(data, get_adapter("sudoku"), puzzle).grid[0][0] == 5


def zipped():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("puzzle.txt", CLUES)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (zipped(), r"this is a ZIP archive; .*unpack it first: unzip -p FILE \| hrm-toolkit"),
        (bz2.compress(CLUES.encode()), "this is a bzip2 file; .*bzip2 -dc FILE"),
        (lzma.compress(CLUES.encode()), "this is an xz file; .*xz -dc FILE"),
        (zip_up(zip_up(b"x")), "a gzip file within a gzip file"),
        (zip_up(zipped()), "this is a ZIP archive"),
        (zip_up(CLUES.encode())[:-9], "this gzip file is damaged: it ends too early"),
        (zip_up(CLUES.encode())[:12] + b"\xff" * 30, "this gzip file is damaged"),
        (b"\x1f\x8bno", "this gzip file is damaged"),
        (zip_up(b"abc\0def"), "a binary file: byte 4 is zero"),
        (zip_up(b" \n"), "there is nothing in it"),
        (b"PAR1\x15\x04", "this is a Parquet file; .*CSV or JSON Lines"),
        ("S.\0G".encode("utf-16"), "a binary file: character 3 is zero"),
        (b"\xff\xfeS\0.\0G", "byte 7 is not UTF-16"),
        (b"\1\0\2\0\3\0\4\0", "a binary file: byte 2 is zero"),
    ],
)
def test_what_is_no_text_is_named_with_the_way_out(data, says):
    with pytest.raises(InputError, match=says) as error:
        read_puzzles(data)
    assert "\n" not in str(error.value)


def test_what_a_small_file_unpacks_to_is_bounded(monkeypatch):
    monkeypatch.setattr(source, "LIMIT", 2 * source.HEAD)
    for content in (b" ", b"\n", b".", b"[", b"{"):
        bomb = zip_up(content * (4 * source.HEAD))
        assert len(bomb) < 20_000
        with pytest.raises(InputError, match=r"too large|too long|nested too deeply|no puzzle"):
            read_puzzles(bomb)


DIGITS = "9" * 5_000  # More than Python makes a number of.


@pytest.mark.parametrize(
    "text",
    [
        "," * 2_000,
        "1" + " " * 2_000,
        "```\n" + "," * 2_000,
        f"{DIGITS} 1\n1 2",
        f"1, {DIGITS}",
        f"({DIGITS}, 1)",
        f"{DIGITS} " * 4,
        f"p sp {DIGITS} 3\na 1 2 3",
        f"type octile\nheight 1\nwidth {DIGITS}\nmap\n...",
        "/**/" * 60 + "graph x",
        " " * 60 + "x",
        "Creator a#\n" * 60 + "x",
        "1 2\n\n" * 60 + "x",
        "+" * 60,
    ],
)
def test_what_no_one_means_is_refused_in_words(text):
    for adapter in loadable():
        puzzle = adapter.wrong_answers()[0].puzzle
        with suppress(InputError):
            answer = read_answer(text.encode(), adapter, puzzle)
            assert not adapter.rules.check(puzzle, answer)
    with suppress(InputError):
        assert read_puzzles(text.encode()).puzzles  # As an edge between numbers so long.


@pytest.fixture
def short_head(monkeypatch):
    """Texts of more than 1,000 bytes are long ones."""
    monkeypatch.setattr(source, "HEAD", 1_000)


def rows(count):
    """Different puzzles with their answers, by exchanging digits."""
    for number in range(count):
        table = str.maketrans("123456789", "".join(str((d + number) % 9 + 1) for d in range(9)))
        yield CLUES.translate(table), SOLVED.translate(table)


FORMS = {
    "list.sdm": lambda: "# mine\n" + "".join(f"{clues}\n" for clues, _ in rows(40)),
    "kaggle.csv": lambda: "quizzes,solutions\n" + "".join(f"{c},{s}\n" for c, s in rows(40)),
    "quoted.csv": lambda: (
        "source,question,answer\n" + "".join(f'"a\nb",{c},{s}\n' for c, s in rows(40))
    ),
    "lines.jsonl": lambda: "".join(
        json.dumps({"puzzle": c, "answer": s}) + "\n\n" for c, s in rows(40)
    ),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("encode", [str.encode, lambda t: zip_up(t.encode("utf-16"))])
def test_a_long_list_is_read_as_its_puzzles_are_asked_for(name, encode, tmp_path, monkeypatch):
    path = tmp_path / name
    path.write_bytes(encode(FORMS[name]()))
    whole = read_puzzles(path)
    assert whole.stream is None
    monkeypatch.setattr(source, "HEAD", 1_000)
    long = read_puzzles(path)
    assert long.stream is not None
    assert (long.kind, len(long.puzzles)) == (whole.kind, 40)
    assert tuple(long.puzzles) == whole.puzzles
    assert tuple(long.answers) == whole.answers
    assert list(long.pairs()) == list(whole.pairs())
    assert list(long.chosen([3, 4, 39])) == list(whole.chosen([3, 4, 39]))
    assert (long.puzzles[39], long.answers[-1]) == (whole.puzzles[39], whole.answers[39])
    assert [*long.puzzles[0:30], *long.puzzles[30:]] == list(whole.puzzles)
    assert list(long.puzzles[1:9:3]) == list(whole.puzzles[1:9:3])
    with pytest.raises(IndexError):
        long.puzzles[40]


def test_a_long_file_is_read_again_from_an_open_one(short_head):
    long = read_puzzles(io.BytesIO(FORMS["list.sdm"]().encode()))
    assert [a == b for a, b in zip(long.puzzles, long.puzzles, strict=True)] == [True] * 40


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (CLUES[:-1], "line 32: the text holds 80 cells"),
        (CLUES + "\udce9", "line 32: this line is not UTF-8"),
        (CLUES + "\0", "line 32: this line holds a zero byte"),
    ],
)
def test_a_bad_line_of_a_long_file_is_named_when_it_is_reached(line, says, tmp_path, short_head):
    lines = FORMS["list.sdm"]().splitlines()
    lines[31] = line
    path = tmp_path / "list.sdm"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    loaded = read_puzzles(path)
    found = []
    with pytest.raises(InputError, match=f"list.sdm: {says}"):
        found.extend(loaded.puzzles)
    assert len(found) == 30


def test_a_long_table_without_a_puzzle_is_refused(short_head):
    with pytest.raises(InputError, match="a heading and no puzzle"):
        read_puzzles(("question,answer\n" + "\n" * 2_000).encode())
