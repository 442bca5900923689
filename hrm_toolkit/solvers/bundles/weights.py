"""The weights of a bundle, checked against its manifest, as a CPU runs them or as torch does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hrm_toolkit.core import AnyAdapter, BundleError, ToolkitError
from hrm_toolkit.solvers.bundles.manifest import (
    MOST_BYTES,
    WEIGHTS,
    Manifest,
    read_hashed,
    require_tokens,
)
from hrm_toolkit.solvers.inputs.config import NetworkConfig, StructuredConfig, parse_config
from hrm_toolkit.solvers.kernels.cpu.parameters import shapes
from hrm_toolkit.solvers.networks.weights import Weights

if TYPE_CHECKING:
    from hrm_toolkit.solvers.networks.network import Network


def read_config(folder: Path, manifest: Manifest, adapter: AnyAdapter) -> NetworkConfig:
    """Read the configuration of a bundle's network.

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
    return config


def read_arrays(folder: Path, manifest: Manifest, adapter: AnyAdapter) -> Weights | None:
    """Read a structured network as arrays; None where it needs torch: of another family, in half
    precision, or with numbers that are not finite.

    Raises:
        BundleError: naming both sides of what disagrees.
    """
    config = read_config(folder, manifest, adapter)
    if not isinstance(config, StructuredConfig):
        return None
    from safetensors import SafetensorError, deserialize

    path = folder / WEIGHTS
    data = read_hashed(path, "weights", MOST_BYTES[WEIGHTS], manifest.sha256)
    try:
        tensors = dict(deserialize(data))  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise BundleError(f"the weights are damaged ({error})", path=str(path)) from None
    if any(tensor["dtype"] != "F32" for tensor in tensors.values()):
        return None
    arrays = {
        name: np.frombuffer(tensor["data"], np.float32).reshape(tensor["shape"])
        for name, tensor in tensors.items()
    }
    wanted = shapes(config)
    if config.hints:
        wanted["hint_head.weight"] = (config.hints + 1, config.width)
    require_shapes({name: array.shape for name, array in arrays.items()}, wanted, path)
    if not all(np.isfinite(array).all() for array in arrays.values()):
        return None
    return Weights(config, arrays)


def read_network(folder: Path, manifest: Manifest, adapter: AnyAdapter) -> Network:
    """Read the network of a bundle into torch.

    Raises:
        BundleError: naming both sides of what disagrees.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    from hrm_toolkit.solvers.networks.families import build_network

    config = read_config(folder, manifest, adapter)
    path = folder / WEIGHTS
    data = read_hashed(path, "weights", MOST_BYTES[WEIGHTS], manifest.sha256)
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise BundleError(f"the weights are damaged ({error})", path=str(path)) from None
    # Compared before anything of their size is made.
    with torch.device("meta"):
        shapes = {k: tuple(v.shape) for k, v in build_network(config).state_dict().items()}
    require_shapes({name: tuple(t.shape) for name, t in tensors.items()}, shapes, path)
    # Others would be cast to float32 with a loss that nobody is told of.
    numbers = (torch.float32, torch.bfloat16, torch.float16)
    for key, tensor in tensors.items():
        if tensor.dtype not in numbers:
            raise BundleError(
                f"the weights are no numbers that a network computes with, first {key}",
                path=str(path),
                expected=" or ".join(map(str, numbers)),
                got=str(tensor.dtype),
            )
    network = build_network(config)
    network.load_state_dict(tensors)
    return network.eval()


def require_shapes(
    found: Mapping[str, tuple[int, ...]], shapes: Mapping[str, tuple[int, ...]], path: Path
) -> None:
    """Refuse tensors that are not those of a network.

    Raises:
        BundleError: naming the first that does not fit.
    """
    for key in sorted(shapes.keys() | found.keys()):
        if shapes.get(key) != found.get(key):
            raise BundleError(
                f"the weights do not fit the network, first at {key}",
                path=str(path),
                expected=str(shapes.get(key, "no such tensor")),
                got=str(found.get(key, "no such tensor")),
            )
