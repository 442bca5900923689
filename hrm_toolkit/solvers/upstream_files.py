"""The files of the published HRM and TRM code: weights, and the YAML that lies beside them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from hrm_toolkit.core import InputError
from hrm_toolkit.core.plain import TooLargeError, open_plain, read_plain

CONFIG = "all_config.yaml"
FIELDS = {
    "hidden_size": "width",
    "L_layers": "layers",
    "num_heads": "heads",
    "H_cycles": "high_cycles",
    "L_cycles": "low_cycles",
    "pos_encodings": "positions",
    "expansion": "expansion",
    "rope_theta": "rope_base",
    "seq_len": "max_length",
    "puzzle_emb_len": "puzzle_slots",
    "forward_dtype": "forward_dtype",
}
"""Published keys of an architecture, and our fields."""

_MOST_CONFIG_BYTES = 1 << 20
# Said by the tensors (or, for the training loop's share, of no consequence to the network).
_SAID_ELSEWHERE = {
    "name", "loss", "H_layers", "mlp_t", "puzzle_emb_ndim", "num_puzzle_identifiers", "vocab_size",
    "batch_size", "halt_max_steps", "halt_exploration_prob", "causal",
}  # fmt: skip
_ARCHITECTURES = {"hrm.hrm_act_v1", "recursive_reasoning.hrm", "recursive_reasoning.trm"}


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a state dict file. Nothing but tensors is ever unpickled.

    Raises:
        InputError: when the file is not one, or its tensors claim more than it holds.
    """
    try:
        with open_plain(path) as file:
            size, start = os.fstat(file.fileno()).st_size, file.read(9)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=str(path)) from None
    try:
        if start[8:] == b"{":
            state: Any = load_file(path)
        else:
            state = torch.load(str(path), map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:
        # What a hostile or damaged file makes the reader raise has no bound.
        raise InputError(
            f"this is no checkpoint of weights alone ({str(error).splitlines()[0][:120]})"
            if str(error)
            else "this is no checkpoint of weights alone",
            path=str(path),
            expected="a state dict written by torch.save, or safetensors",
        ) from None
    if not isinstance(state, dict) or not state:
        raise InputError(
            "this is no state dict", path=str(path), expected="tensors by name", got=type(state)
        )
    for key, value in state.items():
        floating = isinstance(value, Tensor) and value.is_floating_point() and not value.is_meta
        if not isinstance(key, str) or not floating or value.layout != torch.strided:
            raise InputError(
                f"{key!s} is no tensor of floating-point numbers",
                path=str(path),
                expected="the state dict alone, without an optimizer around it",
            )
    # A view may claim any size; only what the file really holds is copied.
    if sum(value.numel() * value.element_size() for value in state.values()) > size:
        raise InputError("the tensors claim more than the file holds", path=str(path))
    return dict(state)


def read_published_config(path: Path) -> dict[str, Any]:
    """The architecture of a published configuration file, by our field names.

    Reads the scalars under ``arch:`` (or, in an architecture's own file, at the top), which is
    all of YAML that such files need.

    Raises:
        InputError: for a file that cannot be read, another architecture, or a switch in it that
            these networks do not have.
    """
    try:
        text = read_plain(path, _MOST_CONFIG_BYTES).decode()
    except TooLargeError:
        raise InputError(
            "the configuration is too large", path=str(path), expected="at most 1 MB"
        ) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("this is no text", path=str(path), expected="YAML") from None
    arch = _scalars(text)
    name = arch.get("name", "").split("@")[0]
    if name and name not in _ARCHITECTURES:
        raise InputError(
            f'the architecture "{name}" is none of ours',
            path=str(path),
            expected="one of " + ", ".join(sorted(_ARCHITECTURES)),
        )
    if _number(arch.pop("rms_norm_eps", "1e-5")) != 1e-5:
        raise InputError("rms_norm_eps differs", path=str(path), expected="1e-05")
    said: dict[str, Any] = {}
    if "no_ACT_continue" in arch:
        said["q_continue"] = arch.pop("no_ACT_continue").lower() == "false"
    unknown = [key for key in arch if key not in FIELDS and key not in _SAID_ELSEWHERE]
    if unknown:
        raise InputError(
            f'the architecture has a switch "{unknown[0]}" that these networks do not have',
            path=str(path),
            hint="if it changes nothing, give a configuration without it",
        )
    return said | {FIELDS[key]: _value(text) for key, text in arch.items() if key in FIELDS}


def _number(text: str) -> float | None:
    """The number a text is, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def _value(text: str) -> int | float | str:
    if re.fullmatch(r"\d{1,9}", text):
        return int(text)
    number = _number(text)
    return text if number is None else number


def _scalars(text: str) -> dict[str, str]:
    """``key: scalar`` lines directly under ``arch:``, or at the top where there is no ``arch:``."""
    rows = []
    for line in text.splitlines():
        match = re.fullmatch(
            r"( *)([A-Za-z_]\w*):(?: +(.*))?", re.sub(r"(^|\s)#.*", "", line).rstrip()
        )
        if match:
            rows.append((len(match[1]), match[2], (match[3] or "").strip("'\" ")))
    starts = [i for i, (depth, key, _) in enumerate(rows) if depth == 0 and key == "arch"]
    if starts:
        inside = []
        for row in rows[starts[0] + 1 :]:
            if row[0] == 0:
                break
            inside.append(row)
        rows = inside
    top = min((depth for depth, _, _ in rows), default=0)
    return {key: value for depth, key, value in rows if depth == top and value}
