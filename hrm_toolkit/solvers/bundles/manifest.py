"""What a bundle says of itself, and its files: all that can be read of it without torch."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import Field

from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    AnyAdapter,
    BundleError,
    Identifiers,
    InputError,
    Model,
    OptionError,
    TokenSpec,
    UnknownNameError,
    shorten,
    validate,
)
from hrm_toolkit.core.plain import TooLargeError, read_plain, replace_file

MANIFEST = "bundle.json"
WEIGHTS = "weights.safetensors"
IDENTIFIERS = "identifiers.json"
# The files a bundle may have, and the most bytes of each.
MOST_BYTES = {MANIFEST: 16 << 20, WEIGHTS: 8 << 30, IDENTIFIERS: 256 << 20}


class Manifest(Model):
    """The contents of ``bundle.json``.

    Attributes:
        format: version of this layout.
        name: what listings call it.
        task: the adapter's task.
        tasks: those that it was shown, where its task is several tasks in one.
        tokens: the vocabulary it was trained with: the adapter's, or the first tokens of it.
        network: configuration of the network.
        recipe: how it was trained, or empty.
        sha256: of the weights file.
        identifiers: sha256 of ``identifiers.json``, or None where there is none.
        evaluation: rates with n and seed, or empty.
        training: updates, seconds and samples it took, or empty.
        toolkit: version of the toolkit that wrote it.
    """

    format: int = Field(default=1, ge=1, le=1)
    name: str
    task: str
    tasks: tuple[str, ...] = Field(default=(), exclude_if=lambda tasks: not tasks)
    tokens: TokenSpec
    network: dict[str, Any]
    recipe: dict[str, Any] = Field(default_factory=dict)
    sha256: str
    identifiers: str | None = None
    evaluation: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)
    toolkit: str

    @cached_property
    def longest(self) -> int:
        """The most tokens that its evaluation tells a rate for, 0 where it tells none."""
        told = (
            one.get("by_length", {}) for one in self.evaluation.values() if isinstance(one, dict)
        )
        return max((int(length) for lengths in told for length in lengths), default=0)


def bundled_names() -> list[str]:
    """Names of the solvers that ship with the package."""
    root = resources.files("hrm_toolkit") / "bundles"
    if not root.is_dir():
        return []
    return sorted(entry.name for entry in root.iterdir() if (entry / MANIFEST).is_file())


def bundle_folder(source: str | os.PathLike[str]) -> Path:
    """The folder of a bundled name or a path; of a run's folder it is the bundle in it.

    Raises:
        UnknownNameError: when there is neither.
    """
    if not isinstance(source, str | os.PathLike) or not str(source):
        raise OptionError(
            "this names no solver",
            expected="a bundled solver's name, or a bundle's folder",
            got=repr(source),
        )
    path = Path(source)
    inner = path / "bundle"
    if inner.is_dir() and not (path / MANIFEST).exists():
        return inner
    if path.is_dir():
        return path
    names = bundled_names()
    if str(source) in names:
        return Path(str(resources.files("hrm_toolkit") / "bundles" / str(source)))
    raise UnknownNameError("bundled solver or bundle folder", str(source), names)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a bundle folder.

    Raises:
        BundleError: when it is missing or malformed.
    """
    path = folder / MANIFEST
    try:
        data = read_json(read_plain(path, MOST_BYTES[MANIFEST]).decode())
    except TooLargeError:
        raise BundleError("the manifest is too large to be one", path=str(path)) from None
    except FileNotFoundError:
        raise BundleError(
            "this folder is no bundle", path=str(folder), expected=f"a file {MANIFEST} in it"
        ) from None
    except OSError as error:
        raise BundleError(
            f"the manifest cannot be read ({error.strerror})", path=str(path)
        ) from None
    except (UnicodeDecodeError, InputError) as error:
        raise BundleError(f"the manifest is not JSON: {error}", path=str(path)) from None
    try:
        return validate(Manifest, data)
    except InputError as error:
        raise BundleError(
            f"the manifest is malformed: {error}", path=str(path), hint="save the bundle anew"
        ) from None


def record_evaluations(folder: Path, found: dict[str, dict[str, Any]]) -> Manifest:
    """Keep evaluations in a bundle's manifest by name, in place of earlier ones of that name."""
    kept = read_manifest(folder)
    manifest = kept.model_copy(update={"evaluation": {**kept.evaluation, **found}})
    write_manifest(folder, manifest)
    return manifest


def manifest_bytes(manifest: Manifest) -> bytes:
    """A manifest as ``bundle.json`` has it."""
    return (json.dumps(manifest.model_dump(mode="json"), indent=2) + "\n").encode()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in place of a bundle's."""
    replace_file(folder / MANIFEST, manifest_bytes(manifest))


def read_files(folder: Path) -> dict[str, bytes]:
    """The files of a bundle and nothing else that lies in its folder, compared with their hashes.

    Raises:
        BundleError: when one is missing, too large, or not that of the manifest.
    """
    manifest = read_manifest(folder)
    files = {MANIFEST: read_plain(folder / MANIFEST, MOST_BYTES[MANIFEST])}
    files[WEIGHTS] = read_hashed(folder / WEIGHTS, "weights", MOST_BYTES[WEIGHTS], manifest.sha256)
    if manifest.identifiers is not None:
        files[IDENTIFIERS] = read_hashed(
            folder / IDENTIFIERS, "identifiers", MOST_BYTES[IDENTIFIERS], manifest.identifiers
        )
    return files


_MISSING = "install the package that brings the task, or name its file (--adapter FILE.py)"


def adapter_of(folder: Path, manifest: Manifest) -> AnyAdapter:
    """The adapter of a bundle's task.

    Raises:
        BundleError: when there is none here.
    """
    try:
        return get_adapter(manifest.task)
    except UnknownNameError as error:
        raise BundleError(
            f'the bundle is for the task "{shorten(manifest.task, 40)}", which is not known here',
            path=str(folder / MANIFEST),
            expected=error.expected,
            hint=" ".join(filter(None, (error.hint, _MISSING))),
        ) from None


def read_adapter(folder: Path, manifest: Manifest) -> AnyAdapter:
    """The adapter of a bundle, which knows what its embeddings were learned for.

    Raises:
        BundleError: when there is no adapter for the task; when the identifiers are missing,
            malformed, or not those of the manifest, or the adapter has no use for any.
    """
    adapter = adapter_of(folder, manifest)
    if manifest.identifiers is None:
        return adapter
    path = folder / IDENTIFIERS
    data = read_hashed(path, "identifiers", MOST_BYTES[IDENTIFIERS], manifest.identifiers)
    try:
        value = read_json(data.decode())
    except (UnicodeDecodeError, InputError) as error:
        raise BundleError(f"the identifiers are not JSON: {error}", path=str(path)) from None
    try:
        identifiers = validate(Identifiers, value)
        identified = adapter.identified(identifiers)
    except InputError as error:
        raise BundleError(f"the identifiers are of no use: {error}", path=str(path)) from None
    rows = manifest.network.get("puzzle_ids")
    if rows != len(identifiers.names):
        raise BundleError(
            f"there are {len(identifiers.names)} identifiers, and the network has {rows} "
            "embeddings",
            path=str(path),
            hint="save the bundle anew",
        )
    return identified


def read_hashed(path: Path, what: str, most: int, sha256: str) -> bytes:
    """A file of a bundle, of no more than ``most`` bytes, if the manifest was written for it.

    Raises:
        BundleError: when it was not, or it cannot be read.
    """
    try:
        data = read_plain(path, most)
    except TooLargeError:
        raise BundleError(f"the {what} are too large to load", path=str(path)) from None
    except OSError as error:
        raise BundleError(f"the {what} cannot be read ({error.strerror})", path=str(path)) from None
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise BundleError(
            f"the {what} are not those the manifest was written for",
            path=str(path),
            expected=f"sha256 {sha256}",
            got=f"sha256 {found}",
            hint="copy the bundle again, all its files",
        )
    return data


def require_tokens(folder: Path, manifest: Manifest, adapter: AnyAdapter) -> None:
    """Refuse a bundle that was trained with other tokens than the adapter's.

    Raises:
        BundleError: naming both vocabularies.
    """
    ours, theirs = adapter.codec.spec, manifest.tokens
    # A network of small sizes may know only the first of the adapter's tokens: ids agree.
    if theirs != ours.model_copy(update={"vocabulary": ours.vocabulary[: theirs.size]}):
        raise BundleError(
            f"the bundle's vocabulary of {theirs.size} tokens is not the "
            f"{adapter.task} adapter's of {ours.size}",
            path=str(folder),
            expected=" ".join(ours.vocabulary),
            got=" ".join(theirs.vocabulary),
        )


def look_over(folder: Path) -> AnyAdapter:
    """The adapter of a bundle whose manifest fits it: what can be refused before torch is loaded.

    Raises:
        BundleError: when the manifest is missing, malformed, or of other tokens.
        UnknownNameError: when there is no adapter for its task.
    """
    manifest = read_manifest(folder)
    adapter = read_adapter(folder, manifest)
    require_tokens(folder, manifest, adapter)
    return adapter
