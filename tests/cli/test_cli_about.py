"""Help, version, ``doctor``, ``adapters``, ``solvers``; and what stays unloaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from running import SUDOKU, Command

import hrm_toolkit
from hrm_toolkit.solvers.bundles.bundle import WEIGHTS

COMMANDS = (
    ("solve",),
    ("trace",),
    ("verify",),
    ("agent",),
    ("train",),
    ("evaluate",),
    ("generate",),
    ("adapters",),
    ("adapters", "check"),
    ("solvers",),
    ("solvers", "show"),
    ("solvers", "push"),
    ("solvers", "pull"),
    ("export",),
    ("doctor",),
)
HEAVY = {"torch", "numpy", "networkx", "numba", "hrm_toolkit.core", "hrm_toolkit.adapters"}


def loaded_by(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter has after ``code``."""
    program = f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return set(ran.stderr.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = loaded_by("import hrm_toolkit; hrm_toolkit.__version__; dir(hrm_toolkit)")
    assert "hrm_toolkit" in loaded
    assert not loaded & {*HEAVY, "pydantic", "typer", "rich"}


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    loaded = loaded_by(f"from hrm_toolkit.cli import main\nassert main({arguments}) == 0")
    assert "hrm_toolkit.cli.app" in loaded
    assert not loaded & HEAVY


def test_public_names_are_there() -> None:
    for name in hrm_toolkit.__all__:
        assert getattr(hrm_toolkit, name)
        assert name in dir(hrm_toolkit)
    with pytest.raises(AttributeError, match="no attribute 'Slover'"):
        hrm_toolkit.Slover  # noqa: B018


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_examples(command: Command, words: tuple[str, ...]) -> None:
    ran = command(*words, "--help")
    assert ran.status == 0
    assert "Examples:" in ran.out
    assert f"hrm-toolkit {' '.join(words)}" in ran.out.split("Examples:")[1]


def test_help_says_ranges_in_few_characters(command: Command) -> None:
    said = command("train", "--help").out
    assert "<=x" not in said
    assert " range>" not in said
    assert "0..256" in said, "--workers"
    assert command("train", "--workers", 257).err.startswith("error: --workers is out of range")


def test_version_and_no_command(command: Command) -> None:
    assert command("--version").out == f"hrm-toolkit {hrm_toolkit.__version__}\n"
    ran = command()
    assert ran.status == 0
    assert "Usage: hrm-toolkit" in ran.out


def test_doctor_says_what_computes(command: Command) -> None:
    ran = command("doctor", "--json")
    found = {finding["name"]: finding for finding in ran.object["findings"]}
    assert {"hrm-toolkit", "python", "torch", "attention", "kernels", "adapters"} <= set(found)
    assert {"arc", "graph", "maze", "sudoku"} <= set(found["adapters"]["detail"].split(", "))
    assert ran.status == (0 if ran.object["usable"] else 1)
    assert found["hrm-toolkit"]["detail"] == hrm_toolkit.__version__
    assert "extra onnx" in found
    assert "extra dev" not in found, "of use in a copy of the repository alone"
    for finding in found.values():
        assert finding["state"] in {"ok", "optional", "broken"}
        if finding["name"].startswith("extra ") and finding["state"] == "optional":
            assert finding["fix"].startswith("pip install 'hrm-toolkit[")
    assert "torch" in command("doctor").out


def test_doctor_says_where_rules_that_are_read_are_computed(command: Command) -> None:
    found = {finding["name"]: finding for finding in command("doctor", "--json").object["findings"]}
    said = found["rules"]["detail"]
    assert "constraints" in said
    assert "on CUDA by the plain definition" in said


def test_doctor_gives_what_is_missing_a_line_of_its_own(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.cli import doctor

    def examine() -> list[doctor.Finding]:
        absent = [
            doctor.Finding(f"extra {name}", doctor.OPTIONAL, f"missing {name}-{'x' * 60}", "pip")
            for name in ("gym", "hub")
        ]
        return [doctor.Finding("torch", doctor.OK, "2"), *absent]

    monkeypatch.setattr(doctor, "EXAMINATIONS", (examine,))
    said = command("doctor").out.splitlines()
    assert [" ".join(line.split()) for line in said] == [
        "torch ok 2",
        "ready to use",
        "not installed, and needed by nothing else: gym, hub",
        "-> pip install 'hrm-toolkit[NAME]'",
    ]


def test_doctor_finds_a_damaged_bundle(
    command: Command, maze_bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import shutil

    from hrm_toolkit.solvers.bundles import manifest

    copy = tmp_path / "novice"
    shutil.copytree(maze_bundle, copy)
    monkeypatch.setattr(manifest, "bundled_names", lambda: [str(copy)])
    sound = {f["name"]: f for f in command("doctor", "--json").object["findings"]}
    assert "weights match sha256" in sound[f"solver {copy}"]["detail"]
    with (copy / WEIGHTS).open("ab") as file:
        file.write(b"!")
    ran = command("doctor", "--json")
    assert ran.status == 1
    assert ran.object["usable"] is False
    (broken,) = [f for f in ran.object["findings"] if f["state"] == "broken"]
    assert broken["name"] == f"solver {copy}"
    assert "something is broken" in command("doctor").out


def test_adapters_are_listed_and_checked(command: Command) -> None:
    names = [row["name"] for row in command("adapters", "--json").object["adapters"]]
    assert {"arc", "graph", "maze", "sudoku"} <= set(names)
    assert "a path through a maze" in command("adapters").out
    ran = command("adapters", "check", "maze", "--samples", 2)
    assert ran.status == 0
    assert "0 broken" in ran.out
    assert command("adapters", "check", "maze", "--samples", 2, "--json").object["passed"] is True


def test_an_adapter_that_breaks_a_law_gives_status_1(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.adapters.maze import MazeAdapter

    monkeypatch.setattr(MazeAdapter, "wrong_answers", lambda self: [])
    ran = command("adapters", "check", "maze", "--samples", 1)
    assert ran.status == 1
    assert "BROKEN at least three wrong answers" in ran.out


def test_solvers_show_what_a_bundle_knows(
    command: Command, maze_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.solvers.bundles import choose
    from hrm_toolkit.solvers.bundles.bundle import read_manifest

    manifest = read_manifest(maze_bundle)
    rates = {"verified_rate": 0.5, "verified_interval": [0.2, 0.8], "n": 8, "seed": 3}
    measured = manifest.model_copy(
        update={"evaluation": {"test": rates}, "training": {"parameters": 1882, "minutes": 7.5}}
    )
    monkeypatch.setattr(choose, "bundled", lambda: {"novice": measured})
    ran = command("solvers")
    assert "novice" in ran.out
    assert "1,882" in ran.out
    assert "50.0 % of 8 (test)" in ran.out
    monkeypatch.setattr(
        "hrm_toolkit.solvers.bundles.manifest.read_manifest", lambda folder: measured
    )
    shown = command("solvers", "show", maze_bundle).out
    assert "minutes = 7.5" in shown
    assert ["test", "8", "50.0", "%", "20.0-80.0", "%", "3"] in map(str.split, shown.splitlines())
    assert "licence\n  Apache-2.0" in shown
    found = command("solvers", "show", maze_bundle, "--json").object
    assert found["sha256"] == manifest.sha256
    assert found["evaluation"]["test"]["n"] == 8


def test_the_commonest_call_waits_for_no_parser(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = command("solve", SUDOKU, "--json", "--seed", "0").objects
    missing = command("solve", "no-such-file", "--seed", "0", "--json").objects
    monkeypatch.setattr("typer.main.get_command", None)
    plain = command("solve", SUDOKU, "--json").objects
    assert [{**one, "seconds": 0} for one in plain] == [{**one, "seconds": 0} for one in parsed]
    assert command("solve", "no-such-file", "--json").objects == missing
