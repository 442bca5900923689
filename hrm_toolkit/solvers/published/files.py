"""The configuration files of the published HRM and TRM code, and of those that follow it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import InputError
from hrm_toolkit.core.plain import TooLargeError, read_plain

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
    "batch_size", "halt_max_steps", "halt_exploration_prob", "causal", "short_name",
    "board_height", "board_width", "act_inference", "halt_confirm_mode",
}  # fmt: skip
# Switches of later code, which are off as this.
_OFF = {
    "disable_act_halt": "false",
    "halt_threshold": "0.0",
    "halt_confirm_steps": "0",
}
# "trm" is the baseline that the EqR code trains: the published one, without a puzzle embedding.
_ARCHITECTURES = {"hrm.hrm_act_v1", "recursive_reasoning.hrm", "recursive_reasoning.trm", "trm"}
_POSITIONS = ("rope", "learned", "none")
_LFS = "version https://git-lfs.github.com/spec/"


def read_published_config(path: Path) -> dict[str, Any]:
    """The architecture of a published configuration file, by our field names.

    Reads the scalars under ``arch:`` (or, in an architecture's own file, at the top), which is
    all of YAML that such files need; of the configuration that Weights & Biases keeps, those under
    ``value:``; or the same as JSON.

    Raises:
        InputError: for a file that cannot be read or is no such configuration, another
            architecture, or a switch in it that these networks do not have.
    """
    try:
        return _architecture(_config_text(path))
    except InputError as error:
        raise error.at(str(path)) from None


def foreign(path: Path) -> str | None:
    """What a configuration of transformers says that it is of, or None for another file."""
    try:
        data = json.loads(_config_text(path))
    except (InputError, ValueError, RecursionError):
        return None
    return _of_transformers(data)


def _config_text(path: Path) -> str:
    try:
        text = read_plain(path, _MOST_CONFIG_BYTES).decode()
    except TooLargeError:
        raise InputError("the configuration is too large", expected="at most 1 MB") from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError("this is no text", expected="YAML") from None
    if text.startswith(_LFS):
        raise InputError(
            "this is a pointer of Git LFS, not the configuration that it stands for",
            hint="fetch the file with: git lfs pull",
        )
    return text


def _of_transformers(data: Any) -> str | None:
    if isinstance(data, dict) and {"model_type", "architectures", "transformers_version"} & {*data}:
        named = data.get("model_type") or data.get("architectures") or "no type"
        return f"a configuration of transformers ({named})"
    return None


def _architecture(text: str) -> dict[str, Any]:
    """Our fields of a configuration's text."""
    arch = _json_scalars(text) if text.lstrip().startswith("{") else _scalars(text)
    if not {"name", *FIELDS} & {*arch}:
        raise InputError(
            "this is no configuration of the published code",
            expected="keys such as H_cycles, L_cycles, num_heads, under arch or at the top",
        )
    name = arch.get("name", "").split("@")[0]
    if name and name not in _ARCHITECTURES:
        raise InputError(
            f'the architecture "{name}" is none of ours',
            expected="one of " + ", ".join(sorted(_ARCHITECTURES)),
        )
    if _number(arch.pop("rms_norm_eps", "1e-5")) != 1e-5:
        raise InputError("rms_norm_eps differs", expected="1e-05")
    if arch.get("pos_encodings", "none") not in _POSITIONS:
        raise InputError(
            f'pos_encodings "{arch["pos_encodings"]}" are none of the published ones',
            expected="one of " + ", ".join(_POSITIONS),
        )
    for key, off in _OFF.items():
        found = arch.pop(key, off).lower()
        if found not in (off, "null") and _number(found) != _number(off):
            raise InputError(
                f'the architecture has a switch "{key}" that these networks do not have',
                expected=f"{key}: {off}",
            )
    said: dict[str, Any] = {}
    if "no_ACT_continue" in arch:
        said["q_continue"] = arch.pop("no_ACT_continue").lower() == "false"
    unknown = [key for key in arch if key not in FIELDS and key not in _SAID_ELSEWHERE]
    if unknown:
        raise InputError(
            f'the architecture has a switch "{unknown[0]}" that these networks do not have',
            hint="if it changes nothing, give a configuration without it",
        )
    return said | {FIELDS[key]: _value(text) for key, text in arch.items() if key in FIELDS}


def _json_scalars(text: str) -> dict[str, str]:
    """The scalars under ``arch``, or at the top, of a configuration that is JSON."""
    try:
        data = read_json(text)
    except InputError as error:
        raise InputError(f"this is neither JSON nor YAML of a configuration: {error}") from None
    kind = _of_transformers(data)
    if kind is not None:
        raise InputError(
            f"this is {kind}, whose networks are laid out otherwise",
            expected="the configuration of the published code (all_config.yaml), or settings",
            hint="leave it out and say the settings by --set",
        )
    for key in ("arch", "value"):
        if isinstance(data.get(key), dict):
            data = data[key]
    # As YAML writes them.
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in data.items()
        if not isinstance(value, dict | list)
    }


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


_Row = tuple[int, str, str]


def _scalars(text: str) -> dict[str, str]:
    """``key: scalar`` lines directly under ``arch:`` (or its ``value:``), or at the top."""
    rows: list[_Row] = []
    for line in text.splitlines():
        match = re.fullmatch(
            r"( *)([A-Za-z_]\w*):(?: +(.*))?", re.sub(r"(^|\s)#.*", "", line).rstrip()
        )
        if match:
            rows.append((len(match[1]), match[2], (match[3] or "").strip("'\" ")))
    for key in ("arch", "value"):
        rows = _under(key, rows)
    top = min((depth for depth, _, _ in rows), default=0)
    found: dict[str, str] = {}
    for depth, key, value in rows:
        if depth == top and value and found.setdefault(key, value) != value:
            raise InputError(f'the configuration has "{key}" twice', expected="each key once")
    return found


def _under(key: str, rows: list[_Row]) -> list[_Row]:
    """The rows below a key of the outermost depth that has no scalar; all where there is none."""
    top = min((depth for depth, _, _ in rows), default=0)
    starts = [i for i, row in enumerate(rows) if row == (top, key, "")]
    if not starts:
        return rows
    rest = rows[starts[0] + 1 :]
    end = next((i for i, (depth, _, _) in enumerate(rest) if depth <= top), len(rest))
    return rest[:end]
