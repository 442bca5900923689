"""Bundles: what is saved comes back bit for bit, and whatever disagrees is refused by name."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save

from hrm_toolkit.adapters.arc.adapter import IdentifiedArc
from hrm_toolkit.core import BundleError, Identifiers, OptionError, ToolkitError, UnknownNameError
from hrm_toolkit.solvers.bundles import bundle, manifest
from hrm_toolkit.solvers.bundles.bundle import IDENTIFIERS, MANIFEST, WEIGHTS, read_manifest
from hrm_toolkit.solvers.inputs.config import TRMConfig
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.solver import Solver

Make = Callable[..., Solver]
Edit = Callable[[Callable[[dict[str, Any]], object]], None]
SUDOKU = "1... ..3. .4.. ...2"


@pytest.fixture
def folder(untrained: Make, tmp_path: Path) -> Path:
    """A saved solver."""
    untrained("sudoku").save(tmp_path / "tiny", name="tiny")
    return tmp_path / "tiny"


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Changes the manifest."""

    def change(function: Callable[[dict[str, Any]], object]) -> None:
        data = json.loads((folder / MANIFEST).read_text())
        function(data)
        (folder / MANIFEST).write_text(json.dumps(data))

    return change


def sign(folder: Path, field: str = "sha256", file: str = WEIGHTS) -> None:
    """Make the manifest vouch for the file that is there."""
    data = json.loads((folder / MANIFEST).read_text())
    data[field] = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(data))


@pytest.mark.parametrize("family", ["structured", "hrm"])
def test_what_was_saved_comes_back(untrained: Make, tmp_path: Path, family: str) -> None:
    solver = untrained("sudoku", family=family, seed=3)
    manifest = solver.save(tmp_path / "a", name="first")
    loaded = Solver.load(tmp_path / "a")
    assert solver.network is not None
    assert loaded.network is not None
    before, after = solver.network.state_dict(), loaded.network.state_dict()
    assert list(before) == list(after)
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert loaded.network.config == solver.network.config
    assert not loaded.network.training
    assert (loaded.name, loaded.manifest) == ("first", manifest)
    assert manifest.sha256 == hashlib.sha256((tmp_path / "a" / WEIGHTS).read_bytes()).hexdigest()
    one, other = solver.solve(SUDOKU), loaded.solve(SUDOKU)
    assert one.model_dump(exclude={"seconds", "solver"}) == other.model_dump(
        exclude={"seconds", "solver"}
    )
    assert other.bundle == manifest.sha256
    loaded.save(str(tmp_path / "b"))
    for name in (WEIGHTS, MANIFEST):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_recipe_and_the_rates_travel_on(folder: Path, edit: Edit, tmp_path: Path) -> None:
    facts = {"recipe": {"seed": 4}, "evaluation": {"test": {"n": 9}}, "training": {"updates": 7}}
    edit(lambda data: data.update(facts))
    Solver.load(folder).save(tmp_path / "copy", name="copy")
    manifest = read_manifest(tmp_path / "copy")
    assert manifest.model_dump() == read_manifest(folder).model_dump() | {"name": "copy"}
    assert manifest.evaluation == {"test": {"n": 9}}


def test_a_folder_is_two_plain_files(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, WEIGHTS]
    assert all(not path.read_bytes().startswith((b"\x80", b"PK")) for path in folder.iterdir())


def test_a_pickle_is_never_loaded(folder: Path) -> None:
    torch.save(load((folder / WEIGHTS).read_bytes()), folder / WEIGHTS)
    sign(folder)
    with pytest.raises(BundleError, match="the weights are damaged"):
        Solver.load(folder)


def test_exact_solvers_have_nothing_to_save(tmp_path: Path) -> None:
    from hrm_toolkit.adapters.registry import get_adapter

    with pytest.raises(OptionError, match="no network to save"):
        Solver(get_adapter("maze"), None).save(tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "this folder is no bundle; expected a file bundle.json in it"),
        (b"", "the manifest is not JSON"),
        (b"{", "the manifest is not JSON"),
        (b"\xff\xfe", "the manifest is not JSON"),
        (b"[" * 100_000, "the manifest is not JSON"),
        (b'{"task": "maze", "task": "sudoku"}', 'has the key "task" twice'),
        (b"[]", "the manifest is malformed"),
        (b"{}", "the manifest is malformed: name: this field is missing"),
    ],
    ids=["missing", "empty", "cut", "binary", "deep", "twice", "list", "bare"],
)
def test_a_manifest_that_is_none(folder: Path, content: bytes | None, says: str) -> None:
    (folder / MANIFEST).unlink()
    if content is not None:
        (folder / MANIFEST).write_bytes(content)
    with pytest.raises(BundleError) as caught:
        Solver.load(folder)
    assert says in str(caught.value)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"surprise": 1}, BundleError, "malformed: surprise: there is no such field"),
        (
            {"format": 2},
            BundleError,
            "format: the number is too large; expected at most 1",
        ),
        ({"task": "soduku"}, BundleError, 'did you mean "sudoku"?'),
        ({"network": {"family": "structurd"}}, BundleError, 'did you mean "structured"?'),
        ({"network": {}}, BundleError, "no network family"),
        ({"network": {"family": "structured", "vocabulary": -1}}, BundleError, "vocabulary"),
        ({"tokens": {"vocabulary": ["blank", "<pad>"]}}, BundleError, "token 0 must be <pad>"),
        ({"task": "maze"}, BundleError, "27 tokens is not the maze adapter's of 6"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_manifest_that_is_wrong(
    folder: Path, edit: Edit, change: dict[str, Any], kind: type[ToolkitError], says: str
) -> None:
    edit(lambda data: data.update(change))
    with pytest.raises(kind) as caught:
        Solver.load(folder)
    assert says in str(caught.value)


def test_another_vocabulary_is_refused_naming_both(folder: Path, edit: Edit) -> None:
    edit(lambda data: data["tokens"]["vocabulary"].__setitem__(1, "void"))
    with pytest.raises(BundleError) as caught:
        Solver.load(folder)
    assert caught.value.expected is not None
    assert caught.value.expected.startswith("<pad> blank 1")
    assert caught.value.got is not None
    assert caught.value.got.startswith("<pad> void 1")


def test_a_byte_of_the_weights_changed(folder: Path) -> None:
    path = folder / WEIGHTS
    data = bytearray(path.read_bytes())
    right = hashlib.sha256(data).hexdigest()
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(BundleError, match="not those the manifest was written for") as caught:
        Solver.load(folder)
    assert caught.value.expected == f"sha256 {right}"
    assert caught.value.got == f"sha256 {hashlib.sha256(data).hexdigest()}"
    assert caught.value.path == str(path)


def test_weights_cut_short(folder: Path) -> None:
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BundleError, match="sha256"):
        Solver.load(folder)
    sign(folder)
    with pytest.raises(BundleError, match="the weights are damaged"):
        Solver.load(folder)
    path.unlink()
    with pytest.raises(BundleError, match="the weights cannot be read"):
        Solver.load(folder)


def test_weights_of_another_network(folder: Path, untrained: Make, tmp_path: Path) -> None:
    untrained("sudoku", family="hrm").save(tmp_path / "other")
    (folder / WEIGHTS).write_bytes((tmp_path / "other" / WEIGHTS).read_bytes())
    sign(folder)
    with pytest.raises(BundleError, match=r"do not fit the network.*no such tensor"):
        Solver.load(folder)


def test_weights_of_another_width(folder: Path) -> None:
    tensors = load((folder / WEIGHTS).read_bytes())
    name = next(key for key in tensors if key.endswith("gate_proj.weight"))
    (folder / WEIGHTS).write_bytes(save(tensors | {name: torch.zeros(3, 3)}))
    sign(folder)
    with pytest.raises(BundleError, match=r"first at .*gate_proj") as caught:
        Solver.load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dtype", [torch.int64, torch.float64, torch.bool])
def test_weights_that_would_be_cast(folder: Path, dtype: torch.dtype) -> None:
    tensors = load((folder / WEIGHTS).read_bytes())
    key = next(iter(tensors))
    tensors[key] = tensors[key].to(dtype)
    (folder / WEIGHTS).write_bytes(save(tensors))
    sign(folder)
    with pytest.raises(BundleError, match=f"first {key}; expected torch.float32 .*got {dtype}"):
        Solver.load(folder)


@pytest.mark.parametrize("name", [MANIFEST, WEIGHTS])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_part_that_is_no_plain_file_is_refused_at_once(
    folder: Path, name: str, kind: str
) -> None:
    (folder / name).unlink()
    if kind == "pipe":
        os.mkfifo(folder / name)
    else:
        (folder / name).symlink_to("/dev/zero")
    with pytest.raises(BundleError, match=rf"{name}: .*\(this is a {kind}, no plain file\)"):
        Solver.load(folder)


def test_weights_beyond_the_bound(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bundle.MOST_BYTES, bundle.WEIGHTS, 100)
    with pytest.raises(BundleError, match="too large to load"):
        Solver.load(folder)


@pytest.fixture
def identified(tmp_path: Path) -> Path:
    """A saved solver with an embedding for an ARC task."""
    adapter = IdentifiedArc(Identifiers(names=("<blank>", "a"), shown={"d": (1,)}))
    fields = {"vocabulary": 12, "width": 8, "heads": 2, "layers": 1, "max_length": 900}
    network = build_network(TRMConfig(**fields, puzzle_ids=2, puzzle_width=8))
    Solver(adapter, network).save(tmp_path / "arc")
    assert Solver.load(tmp_path / "arc").adapter.identifiers == adapter.identifiers
    return tmp_path / "arc"


def test_a_task_beyond_the_network_says_why_whatever_its_tests(identified: Path) -> None:
    solver, pair = Solver.load(identified), {"input": [[1]], "output": [[2]]}
    network = build_network(
        TRMConfig(vocabulary=5, width=8, heads=2, layers=1, max_length=900, puzzle_ids=2)
    )
    small = Solver(solver.adapter, network)
    for number in (1, 2):
        task = {"train": [pair], "test": [{"input": [[9]]}] * number}
        result = small.solve(task, strategy="neural")
        assert result.abstained
        assert 'has "9", which the network' in result.verdict.violations[0].message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "the identifiers are not JSON"),
        ("[" * 100_000, "the identifiers are not JSON"),
        ("{}", "of no use: names: "),
        ('{"names": ["", "a"], "shown": {"d": [2]}}', "has a row outside 1 to 1"),
        ('{"names": ["", "a"], "shown": {"d": [-1]}}', "has a row outside 1 to 1"),
        ('{"names": ["", "a", "b"]}', "there are 3 identifiers, and the network has 2 embeddings"),
    ],
)
def test_identifiers_that_are_of_no_use(identified: Path, content: str, says: str) -> None:
    (identified / IDENTIFIERS).write_text(content)
    sign(identified, "identifiers", IDENTIFIERS)
    with pytest.raises(BundleError, match=says):
        Solver.load(identified)


def test_identifiers_beyond_the_bound(identified: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bundle.MOST_BYTES, bundle.IDENTIFIERS, 10)
    with pytest.raises(BundleError, match="the identifiers are too large"):
        Solver.load(identified)


def test_the_files_of_a_bundle_are_its_own_and_none_beside(identified: Path) -> None:
    (identified / "model.pkl").write_bytes(b"cos")
    files = bundle.read_files(identified)
    assert list(files) == [bundle.MANIFEST, WEIGHTS, IDENTIFIERS]
    assert all(data == (identified / name).read_bytes() for name, data in files.items())
    (identified / IDENTIFIERS).write_text("{}")
    with pytest.raises(BundleError, match="the identifiers are not those"):
        bundle.read_files(identified)


def test_identifiers_of_a_task_that_has_none(folder: Path) -> None:
    (folder / IDENTIFIERS).write_text('{"names": ["", "a"]}')
    sign(folder, "identifiers", IDENTIFIERS)
    with pytest.raises(BundleError, match="the sudoku adapter knows no embeddings of single"):
        Solver.load(folder)


def test_names_and_folders(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, untrained: Make
) -> None:
    shipped = tmp_path / "package"
    untrained("maze").save(shipped / "bundles" / "labyrinth", name="labyrinth")
    (shipped / "bundles" / "not-a-bundle").mkdir()
    monkeypatch.setattr(manifest.resources, "files", lambda package: shipped)
    assert bundle.bundled_names() == ["labyrinth"]
    assert Solver.load("labyrinth").adapter.task == "maze"
    with pytest.raises(UnknownNameError, match=r'did you mean "labyrinth"\?'):
        Solver.load("labirynth")
    with pytest.raises(UnknownNameError, match="no bundled solver or bundle folder"):
        Solver.load(folder / WEIGHTS)
    monkeypatch.chdir(tmp_path)
    folder.rename(tmp_path / "labyrinth")
    assert Solver.load("labyrinth").adapter.task == "sudoku", "a folder of that name comes first"


def test_without_shipped_solvers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest.resources, "files", lambda package: tmp_path)
    assert bundle.bundled_names() == []
    with pytest.raises(UnknownNameError, match='no bundled solver or bundle folder "sudoku"'):
        Solver.load("sudoku")


def test_an_interrupted_save_leaves_the_old_bundle(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / WEIGHTS).read_bytes()
    solver = Solver.load(folder)

    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        solver.save(folder)
    assert (folder / WEIGHTS).read_bytes() == before
    assert Solver.load(folder).name == "tiny"
