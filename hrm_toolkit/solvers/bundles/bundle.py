"""Bundles: what users load. A folder of ``bundle.json`` and ``weights.safetensors``.

Where each puzzle has an embedding of its own, ``identifiers.json`` says which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import save

from hrm_toolkit.core import AnyAdapter, BundleError
from hrm_toolkit.core.plain import replace_file
from hrm_toolkit.solvers.bundles.manifest import (
    IDENTIFIERS,
    MANIFEST,
    MOST_BYTES,
    WEIGHTS,
    Manifest,
    bundle_folder,
    bundled_names,
    manifest_bytes,
    read_adapter,
    read_files,
    read_manifest,
    record_evaluations,
    write_manifest,
)
from hrm_toolkit.solvers.bundles.weights import read_network
from hrm_toolkit.solvers.networks.network import Network

__all__ = [
    "IDENTIFIERS",
    "MANIFEST",
    "MOST_BYTES",
    "WEIGHTS",
    "Manifest",
    "bundle_folder",
    "bundled_names",
    "manifest_bytes",
    "read_adapter",
    "read_files",
    "read_manifest",
    "read_network",
    "record_evaluations",
    "write_bundle",
]


def write_bundle(
    folder: Path,
    network: Network,
    adapter: AnyAdapter,
    *,
    name: str,
    recipe: dict[str, Any] | None = None,
    evaluation: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    tasks: Sequence[str] = (),
) -> Manifest:
    """Write a bundle; each file is replaced whole, the manifest last.

    Args:
        tasks: of the puzzles that it was shown; kept where they are parts of the adapter's task.

    Raises:
        BundleError: when the network knows more tokens than the adapter.
    """
    from hrm_toolkit import __version__

    spec, known = adapter.codec.spec, network.config.vocabulary
    if known > spec.size:
        raise BundleError(
            f"the network knows {known} tokens and the {adapter.task} adapter {spec.size}",
            expected=f"at most {spec.size} tokens: {' '.join(spec.vocabulary)}",
        )
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {key: value.contiguous().cpu() for key, value in network.state_dict().items()}
    weights = save(tensors)
    named = None
    if adapter.identifiers is not None:
        named = adapter.identifiers.model_dump_json().encode()
        replace_file(folder / IDENTIFIERS, named)
    manifest = Manifest(
        name=name,
        task=adapter.task,
        tasks=tuple(task for task in tasks if task != adapter.task),
        tokens=spec.model_copy(update={"vocabulary": spec.vocabulary[:known]}),
        network=network.config.model_dump(mode="json"),
        recipe=recipe or {},
        sha256=hashlib.sha256(weights).hexdigest(),
        identifiers=None if named is None else hashlib.sha256(named).hexdigest(),
        evaluation=evaluation or {},
        training=training or {},
        toolkit=__version__,
    )
    replace_file(folder / WEIGHTS, weights)
    write_manifest(folder, manifest)
    return manifest
