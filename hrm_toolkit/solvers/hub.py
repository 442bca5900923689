"""Bundles on the Hugging Face hub: a bundle's own files go there and come back, nothing else.

The hub's library is the only thing that knows addresses, tokens and transfers. A repository is
believed in nothing: names and sizes are looked at before anything is fetched, hashes and shapes
before anything is kept, and a file that no bundle has (a pickle, say) refuses the whole.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from hrm_toolkit.core import BundleError, HubError, MissingExtraError, OptionError
from hrm_toolkit.core.plain import replace_file
from hrm_toolkit.solvers.bundles.bundle import (
    IDENTIFIERS,
    MANIFEST,
    MOST_BYTES,
    WEIGHTS,
    Manifest,
    manifest_bytes,
    read_files,
    read_manifest,
)
from hrm_toolkit.solvers.bundles.card import markdown
from hrm_toolkit.solvers.bundles.choose import licence_of
from hrm_toolkit.solvers.solver import Solver

CARD = "README.md"
# What a repository may hold beside a bundle; it is left where it is.
_BESIDE = {CARD, "LICENSE", ".gitattributes"}
# Keys of a recipe that name what lies on the machine of training.
_FILES = ("training_data", "validation_data", "start")
_WORD = re.compile(r"[\w.-]{1,96}", re.ASCII)
_NAME = re.compile(rf"{_WORD.pattern}/{_WORD.pattern}", re.ASCII)


@dataclass(frozen=True)
class Pushed:
    """What a push did.

    Attributes:
        url: of the repository.
        commit: that holds the files.
        private: whether others may not see them.
        files: their names.
    """

    url: str
    commit: str
    private: bool
    files: tuple[str, ...]


@dataclass(frozen=True)
class Pulled:
    """What a pull brought.

    Attributes:
        folder: the bundle's.
        commit: that it was taken from.
        manifest: of the bundle.
    """

    folder: Path
    commit: str
    manifest: Manifest


def push(
    folder: Path,
    repository: str,
    *,
    public: bool = False,
    licence: str | None = None,
    api: Any = None,
) -> Pushed:
    """Upload a bundle's files and a card made of its manifest, in one commit.

    Of files that its recipe was given the manifest there has the names alone.

    Args:
        folder: of the bundle; what else lies in it stays there.
        repository: ``owner/name``, made where it is missing.
        public: let everybody see it; a repository that is there keeps its visibility.
        licence: under which the weights are given, for the card; None is that of the package for
            weights that ship with it, and else not stated.
        api: an ``HfApi``; None makes one, with the login of the hub's library.

    Raises:
        BundleError: when a file is missing or not that of the manifest.
        HubError: when the hub cannot be reached or refuses, when the repository holds files that
            no bundle has, or is public and ``public`` was not said.
        MissingExtraError: without the package huggingface_hub.
    """
    _require_name(repository)
    if licence is not None and not _WORD.fullmatch(licence):
        raise OptionError("this is no licence's name", expected="such as apache-2.0", got=licence)
    files, manifest = read_files(folder), _without_folders(read_manifest(folder))
    text = markdown(manifest, licence or licence_of(manifest)).replace("OWNER/NAME", repository)
    files |= {CARD: text.encode(), MANIFEST: manifest_bytes(manifest)}
    api = api or _api()
    with _told(repository):
        url = api.create_repo(repository, private=not public, exist_ok=True)
        known = api.repo_info(repository)
    if not (public or known.private):
        raise HubError(
            f"the repository {repository} is public",
            hint="say --public, or choose another repository",
        )
    there = {file.rfilename for file in known.siblings or ()}
    _require_known(repository, there)
    with _told(repository):
        commit = api.create_commit(
            repository,
            _operations(files, there),
            commit_message=f"hrm-toolkit bundle {manifest.name}, sha256 {manifest.sha256[:12]}",
        )
    return Pushed(str(url), str(commit.oid), bool(known.private), tuple(files))


def pull(repository: str, out: Path, *, revision: str | None = None, api: Any = None) -> Pulled:
    """Fetch a bundle, look it over, and put it in ``out`` whole or not at all.

    Args:
        repository: ``owner/name``.
        out: a folder that is not there yet, or empty.
        revision: a branch, tag or commit; None is the main branch.
        api: an ``HfApi``; None makes one, with the login of the hub's library.

    Raises:
        HubError: when the hub cannot be reached or refuses, or when the repository holds files
            that no bundle has, or too large ones.
        BundleError: when what came is no bundle whose parts agree.
        UnknownNameError: when there is no adapter here for its task.
        OptionError: when ``out`` is taken.
        MissingExtraError: without the package huggingface_hub.
    """
    _require_name(repository)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OptionError(f"{out} is not empty", hint="choose another --out")
    api = api or _api()
    with _told(repository, revision):
        known = api.repo_info(repository, revision=revision, files_metadata=True)
    sizes = {file.rfilename: file.size for file in known.siblings or ()}
    _require_known(repository, sizes)
    commit = str(known.sha)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        fetched = Path(scratch) / "fetched"

        def fetch(name: str) -> None:
            _require_size(repository, name, sizes)
            with _told(repository, revision):
                api.hf_hub_download(repository, name, revision=commit, local_dir=fetched)

        # The manifest is small, comes first, and says what else there must be.
        fetch(MANIFEST)
        identified = read_manifest(fetched).identifiers is not None
        for name in (WEIGHTS, IDENTIFIERS) if identified else (WEIGHTS,):
            fetch(name)
        Solver.load(fetched)
        whole = Path(scratch) / "bundle"
        whole.mkdir()
        for name, data in read_files(fetched).items():
            replace_file(whole / name, data)
        whole.rename(out)
    return Pulled(out, commit, read_manifest(out))


def _without_folders(manifest: Manifest) -> Manifest:
    """With the names alone of files that its recipe was given, not where they lie."""
    names = {key: PurePath(manifest.recipe[key]).name for key in _FILES if manifest.recipe.get(key)}
    return manifest.model_copy(update={"recipe": {**manifest.recipe, **names}})


def _require_name(repository: str) -> None:
    if not _NAME.fullmatch(repository):
        raise OptionError("this is no repository's name", expected="OWNER/NAME", got=repository)


def _require_known(repository: str, names: Any) -> None:
    """Refuse a repository with files that no bundle has."""
    strange = sorted(set(names) - {*MOST_BYTES, *_BESIDE})
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        raise HubError(
            f"the repository {repository} holds {strange[0]}{more}, which is no file of a bundle",
            expected=f"only {', '.join(MOST_BYTES)} and {CARD}",
            hint="nothing was transferred; use a repository that holds a bundle alone",
        )


def _require_size(repository: str, name: str, sizes: dict[str, int | None]) -> None:
    """Refuse a file that is missing or too large, before any of it is fetched."""
    if name not in sizes:
        raise BundleError(
            f"the repository {repository} holds no bundle", expected=f"a file {name} in it"
        )
    size, most = sizes[name], MOST_BYTES[name]
    if size is None or size > most:
        found = "does not say its size" if size is None else "is too large to be one"
        raise HubError(
            f"{name} in {repository} {found}", expected=f"at most {most:,} bytes", got=size
        )


def _operations(files: dict[str, bytes], there: set[str]) -> list[Any]:
    """What makes the repository hold these files of a bundle and no other's."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    gone = [name for name in MOST_BYTES if name in there and name not in files]
    put = [CommitOperationAdd(path_in_repo=n, path_or_fileobj=data) for n, data in files.items()]
    return [*put, *(CommitOperationDelete(path_in_repo=name) for name in gone)]


def _api() -> Any:
    try:
        from huggingface_hub import HfApi
    except ImportError:
        raise MissingExtraError("hub", "huggingface_hub") from None
    return HfApi(library_name="hrm-toolkit")


@contextmanager
def _told(repository: str, revision: str | None = None) -> Iterator[None]:
    """Say in one line what the hub's library raises.

    Raises:
        HubError: with what to do about it.
    """
    from huggingface_hub import errors

    log_in = "log in with: hf auth login"
    # Its warnings of what it tries again would stand before the one line that says what failed.
    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    except errors.OfflineModeIsEnabled:
        raise HubError(
            "the hub's library is set to work offline", hint="unset HF_HUB_OFFLINE"
        ) from None
    except errors.RevisionNotFoundError:
        raise HubError(f"the repository {repository} has no revision {revision}") from None
    except errors.GatedRepoError:
        raise HubError(
            f"the owner of {repository} gives access on request",
            hint=f"ask for it on its page, then {log_in}",
        ) from None
    except errors.RepositoryNotFoundError:
        raise HubError(
            f"there is no repository {repository}, or you may not see it",
            hint=f"look at its name; where it is private, {log_in}",
        ) from None
    except errors.LocalTokenNotFoundError:
        raise HubError("you are not logged in to the hub", hint=log_in) from None
    except errors.HfHubHTTPError as error:
        raise _refused(repository, error, log_in) from None
    except (errors.HTTPError, errors.LocalEntryNotFoundError, ConnectionError) as error:  # type: ignore[attr-defined]
        raise HubError(
            f"the hub cannot be reached ({error})", hint="look at the connection and try again"
        ) from None
    finally:
        logger.setLevel(level)


def _refused(repository: str, error: Any, log_in: str) -> HubError:
    """What a status stands for."""
    status = error.response.status_code
    if status in (401, 403):
        return HubError(
            f"the hub does not let you do this with {repository} (status {status})",
            hint=f"{log_in}; to push, with a token that may write to it",
        )
    said = error.server_message or error.response.reason_phrase
    return HubError(f"the hub refuses ({status}: {said})", hint="try again later")
