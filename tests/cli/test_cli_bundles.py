"""What ships with the package does what its card says."""

import pytest

from hrm_toolkit.solvers.bundles.bundle import bundle_folder, bundled_names
from hrm_toolkit.solvers.bundles.choose import bundled


@pytest.mark.parametrize("name", bundled_names())
def test_a_figure_of_the_card_is_reproduced_from_its_seed(command, name):
    said = bundled()[name].evaluation["quick"]
    budget = said["budget"]
    found = command(
        *("evaluate", "--solver", name, "--strategy", said["strategy"], "--json"),
        *("--samples", str(said["n"]), "--seed", str(said["seed"]), "--oracle-seconds", "0"),
        *("--segments", str(budget["segments"]), "--votes", str(budget["votes"])),
    ).object
    assert found["n"] == said["n"]
    # Another processor rounds otherwise, which a puzzle on the edge may feel.
    assert abs(found["verified_rate"] - said["verified_rate"]) * said["n"] < 1.5


@pytest.mark.parametrize("name", bundled_names())
def test_the_card_says_how_to_repeat_the_training(command, name, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(command("solvers", "show", name, "--recipe").out)
    asked = command("train", "--recipe", recipe, "--dry-run", "--json").object
    assert asked["estimate"]["parameters"] == bundled()[name].training["parameters"]


@pytest.mark.parametrize("name", bundled_names())
def test_a_bundle_is_small(name):
    size = sum(file.stat().st_size for file in bundle_folder(name).iterdir())
    assert size <= 2_000_000


@pytest.mark.parametrize("name", bundled_names())
def test_a_narrow_terminal_cuts_no_rate_and_no_name_off(command, name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = command("solvers", "show", name).out
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    rates = shown[shown.index("\nrates\n") :].splitlines()
    head = next(line.split() for line in rates if "verified" in line)
    assert head[0] == "evaluation"
