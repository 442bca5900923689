"""``verify``: whatever ``solve`` prints or writes is an answer; what is none refutes nothing."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from running import EXAMPLES, SUDOKU, Command

from hrm_toolkit.adapters import registry
from hrm_toolkit.core import AnyAdapter

SMALL, RIGHT = "1.....3..4.....2", "1324423124133142"
FOREIGN = EXAMPLES / "latin-square" / "latin_square.py"


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> AnyAdapter:
    """A stranger's adapter, known while a test runs."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    spec = importlib.util.spec_from_file_location("latin_square", FOREIGN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "latin_square", module)
    spec.loader.exec_module(module)
    return registry.register(module.LatinSquareAdapter)


@pytest.mark.parametrize("name", [*registry.BUILT_IN, "latin-square"])
@pytest.mark.parametrize("columns", [60, 200])
def test_what_solve_prints_or_writes_is_valid(
    name: str,
    columns: int,
    command: Command,
    foreign: AnyAdapter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    adapter = registry.get_adapter(name)
    file, printed, written = (tmp_path / n for n in ("puzzles.jsonl", "out.txt", "out.jsonl"))
    examples = [adapter.generate(np.random.default_rng([5, seed])) for seed in range(2)]
    puzzles = [json.dumps(example.puzzle.model_dump(mode="json")) for example in examples]
    file.write_text("\n".join(puzzles) + "\n")
    printed.write_text(command("solve", file, "--strategy", "exact").out, encoding="utf-8")
    results = command("solve", file, "--strategy", "exact", "--json")
    written.write_text(results.out)
    for number, result in enumerate(results.objects, 1):
        for source in (printed, written):
            ran = command("verify", file, source, "--number", number)
            # Where no answer was found there is none to refute.
            assert ran.status == (0 if result["solved"] else 2), (source, ran)
            if result["solved"]:
                again = command("verify", file, "-", "--number", number, stdin=ran.out.encode())
                assert again.status == 0


def test_the_number_of_a_puzzle_is_that_of_its_result(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "two.sdm"
    file.write_text(f"{SMALL}\n{SMALL.translate(str.maketrans('1234', '2341'))}\n")
    for form in ((), ("--json",)):
        out = command("solve", file, "--strategy", "exact", *form).out.encode()
        found = [command("verify", file, "-", "--number", n, stdin=out) for n in (1, 2, 3)]
        assert [ran.status for ran in found] == [0, 0, 2]
        first = command("verify", file, "-", "--number", 2, stdin=RIGHT.encode())
        assert first.status == 1
    out = json.dumps([json.loads(line) for line in out.splitlines()]).encode()
    assert command("verify", file, "-", "--number", 2, stdin=out).status == 0
    ran = command("verify", SMALL, "-", "--number", 1, stdin=RIGHT.encode())
    assert ran.status == 0


@pytest.mark.parametrize(
    "answer",
    [
        {"grid": [[1, 3, 2, 4], [4, 2, 3, 1], [2, 4, 1, 3], [3, 1, 4, 2]], "cost": 3},
        {"solution": [[1, 3, 2, 4], [4, 2, 3, 1], [2, 4, 1, 3], [3, 1, 4, 2]]},
        {"solution": RIGHT, "grid": SMALL},
        {"puzzle": SMALL, "answer": RIGHT},
        {"answer": {"task": "sudoku", "grid": RIGHT}, "cost": 1},
    ],
)
def test_other_keys_of_an_object_are_no_matter(answer: object, command: Command) -> None:
    stdin = json.dumps(answer).encode()
    assert command("verify", SMALL, "-", stdin=stdin).status == 0


MANY = "read as Sudoku, 16-character lines\n1  solved: 4x4 sudoku, verified by the rules  (exact)"
PART = "read as maze text\n#####\n... the first 20 of 900 lines; --json has it\n\nsolved: x"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (MANY, "verdicts without their answers; .*solve FILE --json"),
        (PART, "only a part of the answer is printed"),
        ('{"task": "maze", "path": [[0, 0]]}', "this answers a maze puzzle"),
        ('{"error": {"code": "bad_input"}}', "this is an error and no answer"),
        ('{"answer": null}', "the result has no answer"),
        ('{"hello": 1}', "grid: this field is missing"),
        ("I do not know", "the text holds no cell"),
    ],
)
def test_what_is_no_answer_refutes_nothing(text: str, says: str, command: Command) -> None:
    ran = command("verify", SMALL, "-", stdin=text.encode())
    assert ran.status == 2
    assert re.search(says, ran.err), ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_result_without_an_answer_refutes_nothing(command: Command) -> None:
    unsolvable = "11.............."
    out = command("solve", unsolvable, "--strategy", "exact").out
    assert "not solved" in out
    ran = command("verify", unsolvable, "-", stdin=out.encode())
    assert (ran.status, ran.out) == (2, "")


def test_a_wrong_answer_as_printed_is_refuted(command: Command) -> None:
    out = command("solve", SUDOKU, "--strategy", "exact").out
    turned = out.replace("7 8", "8 7")
    assert turned != out
    ran = command("verify", SUDOKU, "-", stdin=turned.encode())
    assert (ran.status, "refuted" in ran.out) == (1, True)


def test_an_answer_that_nothing_can_check_is_not_called_refuted(
    command: Command, tmp_path: Path
) -> None:
    pair = {"input": [[1]], "output": [[2]]}
    task = tmp_path / "task.json"
    task.write_text(json.dumps({"train": [pair], "test": [{"input": [[3]]}]}))
    answer = tmp_path / "answer.json"
    answer.write_text("[[4]]")
    ran = command("verify", task, answer)
    assert ran.status == 1
    assert "not checked: what is right is not known" in ran.out
    assert "refuted" not in ran.out
