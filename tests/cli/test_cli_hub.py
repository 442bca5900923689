"""Bundles go to a hub and come back, by the hub's own library and a server on this machine."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import COMMIT, Hub, running
from huggingface_hub import constants
from running import Command

from hrm_toolkit.solvers.bundles.bundle import bundle_folder, read_files
from hrm_toolkit.solvers.solver import Solver


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """The hub that the library knows; nobody is logged in but by this token."""
    with running() as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")
        yield server


def uploaded(hub: Hub, folder: Path) -> None:
    hub.files = {**read_files(folder), "README.md": b"# maze", ".gitattributes": b""}


def nothing_is_left(folder: Path) -> bool:
    return not folder.exists() and not list(folder.parent.glob(f".{folder.name}.*"))


def test_a_bundle_comes_back_as_it_went(command: Command, hub: Hub, tmp_path: Path) -> None:
    folder = shutil.copytree(bundle_folder("sudoku-4x4"), tmp_path / "mine")
    (folder / "notes.pkl").write_bytes(b"stays here")
    said = command("solvers", "push", folder, "me/maze", "--json").object
    assert said["private"]
    assert said["files"] == ["bundle.json", "weights.safetensors", "README.md"]
    assert {*hub.files} == {*said["files"], ".gitattributes"}
    out = tmp_path / "fetched"
    found = command("solvers", "pull", "me/maze", "--out", out, "--json").object
    assert found["commit"] == COMMIT
    assert {file.name for file in out.iterdir()} == {"bundle.json", "weights.safetensors"}
    assert read_files(out) == read_files(folder)
    assert Solver.load(out).solve("1... ..3. .4.. ...2").solved
    assert sorted(hub.fetched()) == ["bundle.json", "weights.safetensors"]


def test_the_card_that_is_uploaded_says_what_the_bundle_knows(command: Command, hub: Hub) -> None:
    command("solvers", "push", "sudoku-4x4", "me/maze")
    card = hub.files["README.md"].decode()
    assert card.startswith("---\nlibrary_name: hrm-toolkit\n")
    assert "license: apache-2.0" in card
    assert "hrm-toolkit solvers pull me/maze" in card
    assert "| validation | 100 | 100.0 % | 96.3-100.0 % | neural, 32 segments | 0 |" in card
    assert "hrm-toolkit train --recipe sudoku-4x4.toml --device cpu" in card


def test_where_files_lie_on_ones_machine_is_not_uploaded(
    command: Command, hub: Hub, tmp_path: Path
) -> None:
    folder = shutil.copytree(bundle_folder("maze"), tmp_path / "mine")
    manifest = json.loads((folder / "bundle.json").read_text())
    manifest["recipe"] |= {"training_data": "/srv/secret/mazes.jsonl", "start": "runs/first"}
    (folder / "bundle.json").write_text(json.dumps(manifest))
    command("solvers", "push", folder, "me/maze")
    told = json.loads(hub.files["bundle.json"])["recipe"]
    assert (told["training_data"], told["start"]) == ("mazes.jsonl", "first")
    assert not any(b"secret" in file for file in hub.files.values())


def test_a_bundle_of_ones_own_has_the_licence_its_owner_says(
    command: Command, hub: Hub, maze_bundle: Path
) -> None:
    command("solvers", "push", maze_bundle, "me/maze")
    assert "license:" not in hub.files["README.md"].decode()
    command("solvers", "push", maze_bundle, "me/maze", "--licence", "MIT")
    assert "license: mit" in hub.files["README.md"].decode()


def test_a_repository_is_public_only_where_that_is_said(
    command: Command, hub: Hub, maze_bundle: Path
) -> None:
    assert command("solvers", "push", maze_bundle, "me/maze", "--public").out.count("(public)")
    assert not hub.private
    before = dict(hub.files)
    refused = command("solvers", "push", "sudoku-4x4", "me/maze")
    assert refused.status == 2
    assert "me/maze is public; say --public" in refused.err
    assert hub.files == before


def test_another_bundle_replaces_the_first_whole(
    command: Command, hub: Hub, maze_bundle: Path
) -> None:
    uploaded(hub, maze_bundle)
    hub.files["identifiers.json"] = b"{}"
    assert command("solvers", "push", maze_bundle, "me/maze").status == 0
    assert "identifiers.json" not in hub.files


@pytest.mark.parametrize("name", ["model.pkl", "pytorch_model.bin", "weights/bundle.json"])
def test_a_repository_with_other_files_is_refused_before_anything_is_transferred(
    command: Command, hub: Hub, maze_bundle: Path, tmp_path: Path, name: str
) -> None:
    uploaded(hub, maze_bundle)
    hub.files[name] = b"cos\nsystem\n"
    out = tmp_path / "fetched"
    for arguments in (("pull", "me/maze", "--out", out), ("push", maze_bundle, "me/maze")):
        ran = command("solvers", *arguments)
        assert ran.status == 2
        assert f"holds {name}, which is no file of a bundle" in ran.err
        assert len(ran.err.splitlines()) == 1
    assert not hub.fetched()
    assert nothing_is_left(out)


def test_a_file_too_large_is_refused_before_it_is_fetched(
    command: Command, hub: Hub, maze_bundle: Path, tmp_path: Path
) -> None:
    uploaded(hub, maze_bundle)
    hub.sizes["weights.safetensors"] = 9 << 30
    ran = command("solvers", "pull", "me/maze", "--out", tmp_path / "fetched")
    assert "weights.safetensors in me/maze is too large" in ran.err
    assert hub.fetched() == ["bundle.json"]
    assert nothing_is_left(tmp_path / "fetched")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("weights.safetensors", b"changed", "the weights are not those the manifest was written"),
        ("bundle.json", b"[]", "the manifest is malformed"),
        ("bundle.json", None, "holds no bundle; expected a file bundle.json"),
        ("weights.safetensors", None, "holds no bundle; expected a file weights.safetensors"),
    ],
)
def test_what_is_no_bundle_leaves_nothing_behind(
    command: Command, hub: Hub, maze_bundle: Path, tmp_path: Path, name: str,
    data: bytes | None, says: str,
) -> None:  # fmt: skip
    uploaded(hub, maze_bundle)
    if data is None:
        del hub.files[name]
    else:
        hub.files[name] = data
    ran = command("solvers", "pull", "me/maze", "--out", tmp_path / "fetched")
    assert ran.status == 2
    assert says in ran.err
    assert nothing_is_left(tmp_path / "fetched")


def test_a_folder_that_is_taken_is_left_alone(
    command: Command, hub: Hub, maze_bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("mine")
    ran = command("solvers", "pull", "me/maze", "--out", tmp_path)
    assert "is not empty; choose another --out" in ran.err
    assert not hub.asked


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        ((404, "RepoNotFound"), "there is no repository me/maze, or you may not see it"),
        ((404, "RevisionNotFound"), "the repository me/maze has no revision v9"),
        ((403, "GatedRepo"), "the owner of me/maze gives access on request"),
        ((403, ""), "the hub does not let you do this with me/maze (status 403)"),
        ((500, ""), "the hub refuses (500: Internal Server Error)"),
    ],
)
def test_a_refusal_is_one_line_with_what_to_do(
    command: Command, hub: Hub, maze_bundle: Path, tmp_path: Path, refusal: tuple[int, str],
    says: str,
) -> None:  # fmt: skip
    hub.refuses = refusal
    ran = command("solvers", "pull", "me/maze", "--revision", "v9", "--out", tmp_path / "fetched")
    assert ran.status == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1
    assert "Traceback" not in ran.err


def test_no_permission_to_write_is_said(command: Command, hub: Hub, maze_bundle: Path) -> None:
    hub.refuses = (403, "")
    ran = command("solvers", "push", maze_bundle, "me/maze", "--json")
    error = json.loads(ran.out)["error"]
    assert error["code"] == "hub"
    assert "token that may write" in error["hint"]


def test_without_a_connection_it_says_so(
    command: Command, hub: Hub, maze_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    for arguments in (("pull", "me/maze", "--out", tmp_path / "x"), ("push", maze_bundle, "me/m")):
        ran = command("solvers", *arguments)
        assert ran.status == 2
        assert "the hub cannot be reached" in ran.err
        assert len(ran.err.splitlines()) == 1


def test_set_to_work_offline_it_says_so(
    command: Command, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    ran = command("solvers", "pull", "me/maze", "--out", tmp_path / "x")
    assert ran.err == "error: the hub's library is set to work offline; unset HF_HUB_OFFLINE\n"


@pytest.mark.parametrize("name", ["maze", "me/maze/x", "../../x", "https://hub/me/maze"])
def test_a_name_that_is_none_is_refused(command: Command, hub: Hub, name: str) -> None:
    ran = command("solvers", "pull", name)
    assert "this is no repository's name; expected OWNER/NAME" in ran.err
    assert not hub.asked


def test_a_missing_library_names_the_extra(
    command: Command, maze_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    ran = command("solvers", "push", maze_bundle, "me/maze")
    assert "package huggingface_hub" in ran.err
    assert "pip install 'hrm-toolkit[hub]'" in ran.err
