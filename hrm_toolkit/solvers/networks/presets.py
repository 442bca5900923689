"""Presets: network configurations by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hrm_toolkit.core import InputError, UnknownNameError
from hrm_toolkit.solvers.networks.network import NetworkConfig, parse_config

_PUBLISHED: dict[str, Any] = {"width": 512, "heads": 8, "expansion": 4.0, "puzzle_ids": 1}
_TRM: dict[str, Any] = {
    **_PUBLISHED,
    "family": "trm",
    "modules": 1,
    "layers": 2,
    "high_cycles": 3,
    "low_cycles": 6,
    "gradient": "last_cycle",
    "puzzle_slots": 16,
}
PRESETS: dict[str, dict[str, Any]] = {
    # arXiv 2506.21734; sizes from the Sudoku configuration published with it.
    "hrm": {
        **_PUBLISHED,
        "family": "hrm",
        "modules": 2,
        "layers": 4,
        "high_cycles": 2,
        "low_cycles": 2,
        "gradient": "last_update",
        "mixer": "attention",
        "positions": "rope",
    },
    # arXiv 2510.04871: T = 3, n = 6, one network of two layers.
    "trm-att": {**_TRM, "mixer": "attention", "positions": "rope"},
    # The same, without attention, for short contexts of one length.
    "trm-mlp": {**_TRM, "mixer": "mlp", "positions": "none"},
    # Ours: docs/experiments.md.
    "structured": {
        "family": "structured",
        "width": 32,
        "inner": 64,
        "layers": 1,
        "high_cycles": 2,
        "low_cycles": 2,
        "gradient_cycles": 1,
    },
}


def preset(name: str, **changes: Any) -> NetworkConfig:
    """A preset's configuration.

    Args:
        name: ``hrm``, ``trm-att``, ``trm-mlp`` or ``structured``.
        changes: fields to set; ``vocabulary`` must be among them. The puzzle embedding is as wide
            as the network unless set.

    Raises:
        UnknownNameError: for an unknown preset, with the nearest known one.
        InputError: for a field that is missing, unknown or out of range.

    Example:
        >>> config = preset("trm-mlp", vocabulary=11, width=64)
        >>> config.family, config.mixer, config.puzzle_width
        ('trm', 'mlp', 64)
    """
    return parse_config(expanded({**changes, "preset": name}))


def expanded(network: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a network table, with what its ``preset`` says where it is silent.

    Raises:
        UnknownNameError: for an unknown preset, with the nearest known one.
        InputError: where ``family`` is not the preset's.
    """
    said = dict(network)
    if "preset" not in said:
        return said
    name = str(said.pop("preset"))
    if name not in PRESETS:
        raise UnknownNameError("preset", name, PRESETS)
    family = PRESETS[name]["family"]
    if said.get("family", family) != family:
        raise InputError(
            f"preset {name} is of family {family}, and family says {said['family']}",
            path="network",
            hint="leave family out",
        )
    data = {**PRESETS[name], **said}
    if "puzzle_ids" in data:
        data.setdefault("puzzle_width", data["width"])
    return data
