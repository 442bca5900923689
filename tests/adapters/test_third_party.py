"""A stranger's adapter: one short file and an entry point, installed with pip, then used."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "latin-square"

PROGRAM = """
import numpy as np
from hrm_toolkit.adapters import adapter_names, check_adapter, get_adapter, read_text

assert "latin-square" in adapter_names()
adapter = get_adapter("latin-square")
print(check_adapter(adapter).require())

example = adapter.generate(np.random.default_rng(0), size=5)
text = example.puzzle.model_dump_json()
assert read_text(text).puzzles == (example.puzzle,)
assert read_text(adapter.render(example.puzzle), adapter="latin-square").puzzles[0].grid
assert adapter.rules.check(example.puzzle, adapter.exact(example.puzzle).answer)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the example installed by pip, without the network."""
    folder = tmp_path_factory.mktemp("third-party")
    source = shutil.copytree(EXAMPLE, folder / "source")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    target = folder / "site"
    done = subprocess.run(
        [*pip, *offline, "--target", str(target), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return target


def test_the_example_is_one_file_of_under_60_lines():
    (module,) = EXAMPLE.glob("*.py")
    assert len(module.read_text().splitlines()) < 60


def test_an_installed_adapter_is_found_keeps_the_laws_and_solves(installed):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"latin-square: \d+ laws, 0 broken", done.stdout)
