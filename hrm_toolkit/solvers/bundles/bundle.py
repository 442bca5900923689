"""Bundles: what users load. A folder of ``bundle.json`` and ``weights.safetensors``.

Where each puzzle has an embedding of its own, ``identifiers.json`` says which.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from hrm_toolkit.core import AnyAdapter, BundleError, ToolkitError
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
    read_hashed,
    read_manifest,
    record_evaluations,
    require_tokens,
    write_manifest,
)
from hrm_toolkit.solvers.networks.config import NetworkConfig, parse_config
from hrm_toolkit.solvers.networks.network import Network, build_network

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

# Others would be cast to float32 with a loss that nobody is told of.
_NUMBERS = (torch.float32, torch.bfloat16, torch.float16)


def write_bundle(
    folder: Path,
    network: Network,
    adapter: AnyAdapter,
    *,
    name: str,
    recipe: dict[str, Any] | None = None,
    evaluation: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
) -> Manifest:
    """Write a bundle; each file is replaced whole, the manifest last.

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


def read_network(folder: Path, manifest: Manifest, adapter: AnyAdapter) -> Network:
    """The network of a bundle, checked against its manifest and the adapter.

    Raises:
        BundleError: naming both sides of what disagrees.
    """
    require_tokens(folder, manifest, adapter)
    try:
        config = parse_config(manifest.network)
    except ToolkitError as error:
        raise BundleError(f"the network is not one we know: {error}", path=str(folder)) from None
    if config.vocabulary != manifest.tokens.size:
        raise BundleError(
            f"the network knows {config.vocabulary} tokens and the manifest names "
            f"{manifest.tokens.size}",
            path=str(folder),
            hint="save the bundle anew",
        )
    path = folder / WEIGHTS
    data = read_hashed(path, "weights", MOST_BYTES[WEIGHTS], manifest.sha256)
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise BundleError(f"the weights are damaged ({error})", path=str(path)) from None
    _require_fit(config, tensors, path)
    network = build_network(config)
    network.load_state_dict(tensors)
    return network.eval()


def _require_fit(config: NetworkConfig, tensors: dict[str, Tensor], path: Path) -> None:
    """Compare with the network's tensors before anything of their size is made."""
    with torch.device("meta"):
        shapes = {k: tuple(v.shape) for k, v in build_network(config).state_dict().items()}
    found = {key: tuple(tensor.shape) for key, tensor in tensors.items()}
    for key in sorted(shapes.keys() | found.keys()):
        if shapes.get(key) != found.get(key):
            raise BundleError(
                f"the weights do not fit the network, first at {key}",
                path=str(path),
                expected=str(shapes.get(key, "no such tensor")),
                got=str(found.get(key, "no such tensor")),
            )
    for key, tensor in tensors.items():
        if tensor.dtype not in _NUMBERS:
            raise BundleError(
                f"the weights are no numbers that a network computes with, first {key}",
                path=str(path),
                expected=" or ".join(map(str, _NUMBERS)),
                got=str(tensor.dtype),
            )
