"""The command line in process: arguments in; status, stdout and stderr out."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from running import Command, Ran, Terminal

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.cli import main
from hrm_toolkit.core import Settings
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.learner import network_config
from hrm_toolkit.train.recipe import Recipe


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command line; ``stdin`` is what is piped in, None a person's terminal."""

    def run(*arguments: object, stdin: bytes | None = b"") -> Ran:
        pipe = Terminal(io.BytesIO()) if stdin is None else io.TextIOWrapper(io.BytesIO(stdin))
        monkeypatch.setattr(sys, "stdin", pipe)
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def maze_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained maze solver, saved: it answers, wrongly as a rule."""
    folder = tmp_path_factory.mktemp("bundles") / "novice"
    adapter = get_adapter("maze")
    recipe = Recipe(
        adapter="maze",
        network={"family": "structured", "width": 8, "inner": 16},
        data=Settings(sizes=(5,)),
        samples=10,
        validation=4,
    )
    network = build_network(network_config(recipe, adapter), seed=3)
    Solver(adapter, network, name="novice").save(folder)
    return folder
