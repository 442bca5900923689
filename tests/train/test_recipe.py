"""Recipes: settings by name, and TOML that reads back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import InputError, OptionError, Settings, ToolkitError, UnknownNameError
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.train.data.obtain import how_to_obtain
from hrm_toolkit.train.learner import network_config
from hrm_toolkit.train.recipe import Recipe, changed, read_recipe, to_toml
from hrm_toolkit.train.recipes import default_recipe, named_recipe, published_recipes, recipe_names

MAZE = Recipe(adapter="maze")


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recipes") / "recipe.toml"


def read_back(recipe: Recipe, path: Path) -> Recipe:
    path.write_text(to_toml(recipe), encoding="utf-8")
    return read_recipe(path)


def test_settings_reach_inside_tables() -> None:
    settings = [
        "batch_size=8",
        "network.width=24",
        "data.sizes=[5, [4, 6]]",
        "optimizer=adam_atan2",
        "augment=false",
        "learning_rate = 1e-3",
    ]
    recipe = changed(MAZE, settings)
    assert recipe.batch_size == 8
    assert recipe.network == {"family": "structured", "width": 24}
    assert recipe.data == Settings(sizes=(5, (4, 6)))
    assert (recipe.optimizer, recipe.augment, recipe.learning_rate) == ("adam_atan2", False, 1e-3)
    assert Recipe(adapter="maze") == MAZE, "the original stays"
    assert changed(recipe, []) == recipe


def test_keys_of_the_family_asked_for() -> None:
    recipe = changed(MAZE, ["network.family=hrm", "network.heads=2"])
    assert recipe.network == {"family": "hrm", "heads": 2}
    with pytest.raises(OptionError, match='no key "heads"'):
        changed(MAZE, ["network.heads=2"])


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("bach_size=8", 'no key "bach_size".*did you mean "batch_size"'),
        ("network.widht=8", 'no key "widht".*did you mean "width"'),
        ("data.size=[5]", 'no key "size".*did you mean "sizes"'),
        ("nework.width=8", 'no key "nework".*did you mean "network"'),
        ("seed.deeper=1", 'no key "seed"'),
        ("network.width.deeper=1", 'no key "width"'),
        ("=1", 'no key ""'),
        ("seed", '"seed" sets nothing; expected key=value'),
        ("", "sets nothing"),
    ],
)
def test_a_key_that_does_not_exist(setting: str, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        changed(MAZE, [setting])


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("batch_size=many", "batch_size"),
        ("batch_size=0", "batch_size"),
        ("batch_size=1.5", "batch_size"),
        ("learning_rate=-1", "learning_rate"),
        ("learning_rate=NaN", "learning_rate"),
        ("minutes=Infinity", "minutes"),
        ("gradient_clip=NaN", "gradient_clip"),
        ("optimizer=sgd", "optimizer"),
        ("updates=ten", "updates"),
        ("network=5", "network"),
        ('data={"size": 3}', "data.size"),
        ("data.sizes=5", "data.sizes"),
        ("seed=[[[[", "seed"),
        ("seed=" + "[" * 100_000, "seed"),
    ],
)
def test_a_value_of_the_wrong_kind(setting: str, path: str) -> None:
    with pytest.raises(InputError) as caught:
        changed(MAZE, [setting])
    assert caught.value.path == path
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", ["nan", "NaN", "-nan", " NAN "])
@pytest.mark.parametrize("key", ["learning_rate", "gradient_clip", "guard.spike", "minutes"])
def test_what_is_no_number_is_neither_too_large_nor_too_small(key: str, value: str) -> None:
    with pytest.raises(InputError, match=f"^{key}: this is no number; expected a finite number"):
        changed(MAZE, [f"{key}={value}"])


def test_a_text_of_no_number_where_none_is_compared() -> None:
    with pytest.raises(InputError, match=r"^batch_size: this is no whole number"):
        changed(MAZE, ["batch_size=nan"])
    with pytest.raises(InputError, match=r"^optimizer: this is none of those known"):
        changed(MAZE, ["optimizer=nan"])


def test_a_number_of_the_network_is_named_as_it_is_set() -> None:
    says = {
        "nan": "network.given: this is no number; expected a finite number; got nan",
        "1.5": "network.given: the number is too large; expected at most 1.0; got 1.5",
        "inf": "network.given: the number is too large; expected at most 1.0; got inf",
        "-1": "network.given: the number is too small; expected at least 0.0; got -1",
    }
    for value, said in says.items():
        recipe = changed(MAZE, ["network.family=structured", f"network.given={value}"])
        with pytest.raises(InputError) as caught:
            network_config(recipe, get_adapter("maze"))
        assert str(caught.value) == said


def test_a_family_that_is_no_name() -> None:
    with pytest.raises(ToolkitError):
        changed(MAZE, ["network.family=[]", "network.width=8"])


def test_updates_and_minutes_take_turns() -> None:
    by_clock = changed(MAZE, ["minutes=3"])
    assert (by_clock.updates, by_clock.minutes) == (None, 3)
    by_count = changed(by_clock, ["updates=7"])
    assert (by_count.updates, by_count.minutes) == (7, None)
    again = changed(by_count, ["minutes=0.5"])
    assert (again.updates, again.minutes) == (None, 0.5)
    with pytest.raises(InputError, match="both updates and minutes"):
        Recipe(adapter="maze", updates=1, minutes=1)


@pytest.mark.parametrize("name", recipe_names())
def test_named_recipes_read_back(name: str, scratch: Path) -> None:
    recipe = named_recipe(name)
    assert read_back(recipe, scratch) == recipe
    assert (recipe.updates is None) != (recipe.minutes is None)


PARAMETERS = {
    "sudoku-extreme-1k": 27.3,
    "sudoku-extreme-1k-trm": 5.0,
    "sudoku-extreme-1k-trm-att": 6.8,
    "maze-30x30-1k": 27.3,
    "maze-30x30-1k-trm": 6.8,
    "arc-1": 27.3,
    "arc-2": 27.3,
    "arc-1-trm": 6.8,
    "arc-2-trm": 6.8,
}


@pytest.mark.parametrize("name", published_recipes())
def test_published_recipes_name_their_data_and_their_network(name: str) -> None:
    recipe = named_recipe(name)
    assert recipe.training_data is not None
    how = how_to_obtain(f"elsewhere/{recipe.training_data}")
    assert how is not None
    assert recipe.training_data in how
    network = build_network(network_config(recipe, get_adapter(recipe.adapter)), seed=0)
    # The papers say 27 million for HRM, 5 for TRM without attention and 7 with it.
    assert round(network.parameter_count() / 1e6, 1) == PARAMETERS[name]
    # As in the published data sets: so the published code can read what is trained.
    assert network.config.vocabulary == {"sudoku": 11, "maze": 6, "arc": 12}[recipe.adapter]
    if name == "sudoku-extreme-1k":
        assert network.parameter_count() == 27_275_778
    generated = changed(recipe, ["training_data=null", "samples=1000"])
    assert not generated.fresh


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (["validation_data=a.csv"], "validation_data without training_data"),
        (["samples=0", "augmentations=3"], "augmentations, which are of base puzzles"),
        (["augment=false", "augmentations=3"], "augmentations and augment = false"),
        (["puzzle_learning_rate=1e-2"], "which goes with adam_atan2"),
        (["augmentations=-1"], "expected at least 0"),
        (["training_data=5"], "this is no text"),
    ],
)
def test_keys_of_the_data_that_do_not_go_together(settings: list[str], says: str) -> None:
    with pytest.raises(InputError) as caught:
        changed(MAZE, settings)
    assert says in str(caught.value)


def test_near_names_of_the_keys_of_the_data() -> None:
    for near, key in {
        "augmentation": "augmentations",
        "train_data": "training_data",
        "valid_data": "validation_data",
        "puzzle_learning_rat": "puzzle_learning_rate",
    }.items():
        with pytest.raises(OptionError, match=f'did you mean "{key}"'):
            changed(MAZE, [f"{near}=1"])
    assert changed(MAZE, ["samples=0"]).fresh
    assert not changed(MAZE, ["samples=0", "training_data=a.csv"]).fresh


def test_names_of_recipes() -> None:
    with pytest.raises(UnknownNameError, match='did you mean "maze"'):
        named_recipe("mase")
    assert default_recipe("maze") == named_recipe("maze")
    assert default_recipe("latin") == Recipe(adapter="latin", minutes=10)


@settings(max_examples=60)
@given(
    adapter=st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    data=st.builds(
        Settings,
        sizes=st.lists(
            st.one_of(st.integers(1, 99), st.tuples(st.integers(1, 9), st.integers(1, 9))),
            max_size=3,
        ).map(tuple),
        difficulties=st.lists(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=3
        ).map(tuple),
    ),
    width=st.integers(4, 99),
    updates=st.one_of(st.none(), st.integers(1, 10**6)),
    rate=st.floats(0, 1, exclude_min=True),
    clip=st.floats(0, exclude_min=True, allow_nan=False),
)
def test_toml_reads_back(
    scratch: Path,
    adapter: str,
    data: Settings,
    width: int,
    updates: int | None,
    rate: float,
    clip: float,
) -> None:
    network = {"family": "structured", "width": width, "relations": [{"name": "a", "kind": "pool"}]}
    recipe = Recipe(
        adapter=adapter,
        data=data,
        network=network,
        updates=updates,
        learning_rate=rate,
        gradient_clip=clip,
    )
    assert read_back(recipe, scratch) == recipe


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"adapter = ", "not a TOML file"),
        (b"\xff\xfe\x00", "not a TOML file"),
        (b"x = " + b"[" * 50_000, "not a TOML file"),
        (b"", "adapter: this field is missing"),
        (b"adapter = 'maze'\nbach_size = 3", 'did you mean "batch_size"'),
        (b"adapter = 'maze'\n[data]\nsize = [3]", "data.size: there is no such field"),
        (b"adapter = 'maze'\nbatch_size = 'x'", "batch_size: this is no whole number"),
        (b"adapter = 'maze'\nupdates = 1\nminutes = 1", "both updates and minutes"),
        (b"adapter = 1979-05-27", "adapter: this is no text"),
    ],
    ids=["cut", "binary", "deep", "empty", "key", "table key", "type", "both", "date"],
)
def test_a_file_that_is_no_recipe(scratch: Path, content: bytes, says: str) -> None:
    scratch.write_bytes(content)
    with pytest.raises(ToolkitError) as caught:
        read_recipe(scratch)
    assert says in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InputError, match="cannot be read") as caught:
            read_recipe(path)
        assert caught.value.path == str(path)


def test_the_seed_is_bounded() -> None:
    values: list[Any] = [-1, 2**31]
    for seed in values:
        with pytest.raises(InputError):
            changed(MAZE, [f"seed={seed}"])


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("lr=1", 'no key "lr".*did you mean "learning_rate"'),
        ("epochs=3", 'did you mean "updates"'),
        ("arch.H_cycles=2", 'did you mean "network.high_cycles"'),
        ("hidden_size=64", 'did you mean "network.width"'),
        ("network.L_cycles=2", 'did you mean "low_cycles"'),
        ("bf16=true", 'did you mean "precision=bfloat16"'),
        ("precision=bf16", 'got bf16; did you mean "bfloat16"'),
        ("adam=1", 'did you mean "optimizer=adamw"'),
        ("optimizer=adam", 'got adam; did you mean "adamw"'),
        ("loss=stablemax_cross_entropy", 'did you mean "stablemax"'),
    ],
)
def test_what_published_users_type(setting: str, says: str) -> None:
    with pytest.raises(ToolkitError, match=says):
        changed(MAZE, [setting])


def test_known_keys_are_listed_once() -> None:
    with pytest.raises(OptionError) as caught:
        changed(named_recipe("maze"), ["network.widht=3"])
    listed = str(caught.value.expected).removeprefix("one of ").split(", ")
    assert len(listed) == len(set(listed))


def test_a_preset_that_is_a_family() -> None:
    recipe = changed(MAZE, ["network.preset=trm"])
    with pytest.raises(UnknownNameError, match='did you mean "trm-att"'):
        network_config(recipe, get_adapter("maze"))


@pytest.mark.parametrize("network", ["network.preset=hrm", "network.family=trm"])
def test_a_network_without_hints_is_not_paced(network: str) -> None:
    """Whatever the order of the settings, what is said of the new network stays."""
    recipe = changed(named_recipe("maze"), ["network.width=64", network])
    assert recipe.pace == 0
    assert recipe.network["width"] == 64
    assert "inner" not in recipe.network
    assert changed(named_recipe("maze"), ["network.width=64"]).pace == 4
    with pytest.raises(InputError, match="learns no hints"):
        network_config(changed(recipe, ["pace=3"]), get_adapter("maze"))


@pytest.mark.parametrize("name", ["hrm", "trm-att", "trm-mlp"])
def test_the_length_covers_every_size(name: str) -> None:
    class Several(type(get_adapter("sudoku"))):  # type: ignore[misc]
        default_sizes = (4, 9, 6)

    recipe = Recipe(adapter="sudoku", network={"preset": name, "width": 16, "heads": 2})
    assert network_config(recipe, Several()).model_dump()["max_length"] == 81
    short = changed(recipe, ["network.max_length=16"])
    with pytest.raises(InputError, match="up to 81 tokens, and the network is built for 16"):
        network_config(short, Several())
