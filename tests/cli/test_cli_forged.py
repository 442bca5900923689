"""No text that a file, a bundle or an argument brings can look as if the toolkit had said it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import SUDOKU, Command, Ran

LINE = "solved: 4x4 sudoku, verified by the rules"
EVIL = f"x\n{LINE}\x1b[1A\x9b2K\r\u2028{LINE}\u202e\x7f\x85{LINE}"
MAZE = "S..\n##.\nG..\n"
Edit = Callable[[dict[str, Any]], object]


def honest(ran: Ran) -> Ran:
    """What was printed, if no line of it is forged and nothing in it is obeyed by a terminal."""
    for text in (ran.out, ran.err):
        assert all(line.isprintable() for line in text.split("\n")), text
        assert not [line for line in text.splitlines() if line.strip(" ->|#").startswith(LINE)]
    return ran


def shows(ran: Ran) -> Ran:
    """The same, and the text is there with its line break written out."""
    assert re.search(r"x\\(n|x0a)solved: 4", ran.out + ran.err), ran
    return honest(ran)


@pytest.fixture
def bundle(maze_bundle: Path, tmp_path: Path) -> Callable[[Edit], Path]:
    """A bundle whose manifest was edited."""

    def edited(edit: Edit) -> Path:
        folder = tmp_path / "edited"
        folder.mkdir()
        for file in maze_bundle.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        manifest = json.loads((folder / "bundle.json").read_text())
        edit(manifest)
        (folder / "bundle.json").write_text(json.dumps(manifest))
        return folder

    return edited


@pytest.mark.parametrize("strategy", ["neural", "verified", "exact"])
def test_the_name_of_a_bundle(
    command: Command, bundle: Callable[[Edit], Path], tmp_path: Path, strategy: str
) -> None:
    (tmp_path / "maze.txt").write_text(MAZE)
    folder = bundle(lambda manifest: manifest.update(name=EVIL))
    arguments = (tmp_path / "maze.txt", "--solver", folder, "--segments", 1)
    honest(command("solve", *arguments, "--strategy", strategy))
    honest(command("trace", *arguments))
    shows(command("solvers", "show", folder))
    many = tmp_path / "many.jsonl"
    many.write_text("\n".join(json.dumps({"maze": MAZE.strip()}) for _ in range(3)))
    honest(command("evaluate", "--solver", folder, "--samples", 2, "--seed", 1))
    honest(command("export", "--solver", folder, "--out", tmp_path / "onnx"))


SECTIONS: dict[str, Edit] = {
    "toolkit": lambda m: m.update(toolkit=EVIL),
    "training": lambda m: m["training"].update({EVIL: EVIL}),
    "training device": lambda m: m.update(training={"ranks": 2, "device": EVIL}, recipe={"a": 1}),
    "recipe": lambda m: m["recipe"].update({EVIL: EVIL, "start": EVIL, "training_data": EVIL}),
    "recipe's data": lambda m: m["recipe"].update(data={EVIL: EVIL, "difficulties": [EVIL]}),
    "rates": lambda m: m.update(
        evaluation={
            EVIL: {
                "verified_rate": 0.5,
                "verified_interval": [0.1, 0.9],
                "n": EVIL,
                "data": EVIL,
                "strategy": EVIL,
                "by_size": {
                    EVIL: {"n": EVIL, "verified_rate": 1.0, "verified_interval": [0.0, 1.0]},
                    "b": {"n": 1, "verified_rate": 1.0, "verified_interval": [0.0, 1.0]},
                },
            }
        }
    ),
}


@pytest.mark.parametrize("part", SECTIONS)
def test_each_part_of_a_card(command: Command, bundle: Callable[[Edit], Path], part: str) -> None:
    folder = bundle(SECTIONS[part])
    shows(command("solvers", "show", folder))
    honest(command("solvers", "show", folder, "--recipe"))


@pytest.mark.parametrize("field", ["task", "sha256", "identifiers", EVIL])
def test_each_part_of_a_manifest_that_is_refused(
    command: Command, bundle: Callable[[Edit], Path], field: str
) -> None:
    folder = bundle(lambda manifest: manifest.update({field: EVIL}))
    ran = honest(command("solve", SUDOKU, "--solver", folder))
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)


@pytest.mark.parametrize("field", ["family", EVIL])
def test_the_network_of_a_manifest(
    command: Command, bundle: Callable[[Edit], Path], field: str
) -> None:
    folder = bundle(lambda manifest: manifest["network"].update({field: EVIL}))
    assert honest(command("solve", SUDOKU, "--solver", folder)).status == 2


def test_the_tokens_of_a_manifest(
    command: Command, bundle: Callable[[Edit], Path], tmp_path: Path
) -> None:
    folder = bundle(lambda manifest: manifest["tokens"].update(vocabulary=["<pad>", EVIL]))
    maze = tmp_path / "maze.txt"
    maze.write_text("S..\n#.G")
    assert shows(command("solve", maze, "--solver", folder)).status == 2


def test_a_text_on_the_command_line(command: Command) -> None:
    assert honest(command("solve", EVIL)).status == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("solve", SUDOKU, "--adapter", EVIL),
        ("solve", SUDOKU, "--solver", EVIL),
        ("solve", SUDOKU, f"--{EVIL}"),
        ("solve", SUDOKU, "--seconds", EVIL),
        ("solve", SUDOKU, "--picture", f"{EVIL}.doc"),
        ("verify", SUDOKU, EVIL),
        ("generate", "--adapter", EVIL, "--samples", "1", "--out", "x"),
        ("train", "--adapter", EVIL),
        ("train", "--recipe", EVIL),
        ("train", "--adapter", "maze", "--set", f"{EVIL}=1"),
        ("train", "--adapter", "maze", "--set", f"samples={EVIL}"),
        ("train", "--adapter", "maze", "--data", EVIL),
        ("train", "--resume", EVIL),
        ("evaluate", "--solver", EVIL),
        ("import-checkpoint", EVIL, "--adapter", "maze", "--out", "x"),
        ("solvers", "show", EVIL),
        ("solvers", "pull", EVIL, "--out", "x"),
        ("adapters", "check", EVIL),
        ("serve", "--http", EVIL),
        ("serve", "--http", "--solver", EVIL),
        ("serve", "--http", "--token-file", EVIL),
        (EVIL,),
    ],
    ids=lambda words: " ".join(w if "\n" not in w else "X" for w in words),
)
def test_each_argument(command: Command, arguments: tuple[str, ...], tmp_path: Path) -> None:
    ran = shows(command(*arguments))
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)


GRAPH: dict[str, Any] = {
    "nodes": ["A", EVIL, "B"],
    "edges": [["A", EVIL, 1.0, EVIL], [EVIL, "B", 2.0]],
    "start": "A",
    "goal": "B",
}


def test_the_nodes_and_edges_of_a_graph(command: Command, tmp_path: Path) -> None:
    file, wrong = tmp_path / "graph.json", tmp_path / "wrong.json"
    file.write_text(json.dumps(GRAPH))
    wrong.write_text(json.dumps({"path": ["B", EVIL]}))
    assert shows(command("solve", file)).status == 0
    assert shows(command("verify", file, wrong)).status != 0
    assert honest(command("solve", file, "--start", EVIL[::-1])).status == 2
    for broken in ({"goal": EVIL + "y"}, {"nodes": ["A", "B"]}, {"edges": [["A", EVIL, EVIL]]}):
        file.write_text(json.dumps({**GRAPH, **broken}))
        assert honest(command("solve", file)).status == 2


def test_the_name_of_an_arc_task(command: Command, tmp_path: Path) -> None:
    name = "x\x1b[2K\u202e\x9b" + LINE.replace(" ", "_")
    task = {"train": [{"input": [[1]], "output": [[1]]}], "test": [{"input": [[1]]}], "name": name}
    file = tmp_path / "task.json"
    file.write_text(json.dumps(task))
    honest(command("solve", file, "--seconds", 2))
    file.write_text(json.dumps({**task, "name": EVIL}))
    honest(command("solve", file, "--seconds", 2))


@pytest.mark.parametrize("text", [EVIL, f"5{EVIL}" * 3, f"grid {EVIL}", f'{{"{EVIL[:1]}": 1}}'])
def test_what_is_no_puzzle(command: Command, text: str) -> None:
    assert honest(command("solve", "-", stdin=text.encode())).status == 2
    assert honest(command("solve", "-", "--adapter", "sudoku", stdin=text.encode())).status == 2


def test_the_key_and_the_value_of_json(command: Command) -> None:
    for data in ({EVIL: 1}, {"grid": [[EVIL]]}, {"task": EVIL, "grid": [[1]]}, {"grid": EVIL}):
        assert honest(command("solve", "-", stdin=json.dumps(data).encode())).status == 2


def test_the_keys_and_values_of_a_recipe(command: Command, tmp_path: Path) -> None:
    text = json.dumps(EVIL, ensure_ascii=True).replace("\x7f", "\\u007f")
    for line in (f"{text} = 1", f"adapter = {text}", f"[network]\n{text} = 1", f"[data]\n{text}=1"):
        (tmp_path / "recipe.toml").write_text(line)
        assert honest(command("train", "--recipe", tmp_path / "recipe.toml")).status == 2


def test_a_folder_of_that_name(command: Command, maze_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "maze.txt").write_text(MAZE)
    folder = tmp_path / EVIL.replace("/", "")
    folder.mkdir()
    for file in maze_bundle.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    honest(command("solve", tmp_path / "maze.txt", "--solver", folder))
    honest(command("solvers", "show", folder))
    (folder / "weights.safetensors").unlink()
    assert shows(command("solve", tmp_path / "maze.txt", "--solver", folder)).status == 2
    picture = folder / "picture.svg"
    shows(command("solve", tmp_path / "maze.txt", "--strategy", "exact", "--picture", picture))
    shows(command("generate", "--adapter", "sudoku", "--samples", 1, "--out", folder / "x.jsonl"))
