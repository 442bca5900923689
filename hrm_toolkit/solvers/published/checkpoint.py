"""Checkpoints of the published HRM and TRM code: state dicts read, and written back.

The tensors tell most of a configuration. What they cannot tell (heads, cycles, the kind of
positions, the length) comes from the ``all_config.yaml`` that the published training leaves
beside a checkpoint, or from settings by our field names; a setting goes before the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from hrm_toolkit.core import InputError, OptionError, nearest, validate
from hrm_toolkit.solvers.inputs.config import HRMConfig, TransformerConfig, TRMConfig
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.hrm import HRM
from hrm_toolkit.solvers.networks.layers import SwiGLU
from hrm_toolkit.solvers.networks.transformer import Transformer
from hrm_toolkit.solvers.networks.trm import TRM
from hrm_toolkit.solvers.published.files import CONFIG, FIELDS, foreign, read_published_config
from hrm_toolkit.solvers.published.tensors import find_tensors, read_tensors

PREFIX = "model.inner."
_EMBEDDING = "embed_tokens.embedding_weight"
_ALWAYS = (_EMBEDDING, "lm_head.weight", "q_head.weight", "q_head.bias", "H_init", "L_init")
_NAMES = {
    "embed_tokens": _EMBEDDING,
    "embed_pos": "embed_pos.embedding_weight",
    "puzzle_embedding": "puzzle_emb.weights",
    "high_init": "H_init",
    "low_init": "L_init",
}
_FAMILIES: dict[str, tuple[type[TransformerConfig], type[Transformer]]] = {
    "hrm": (HRMConfig, HRM),
    "trm": (TRMConfig, TRM),
}
_LEVELS = {"high": "H_level", "low": "L_level"}
_PUBLISHED_FIELDS = {ours: theirs for theirs, ours in FIELDS.items()}


def published_name(name: str) -> str:
    """The published name of a tensor of ours.

    Example:
        >>> published_name("low.layers.0.mlp.down_proj.weight")
        'L_level.layers.0.mlp.down_proj.weight'
    """
    level, _, rest = name.partition(".")
    return f"{_LEVELS[level]}.{rest}" if level in _LEVELS else _NAMES.get(name, name)


def to_published(network: Transformer, *, prefix: str = PREFIX) -> dict[str, Tensor]:
    """A network's tensors under the published names, detached copies.

    Args:
        network: an HRM or a TRM.
        prefix: of every name; the default is that of the published loss head.

    Raises:
        InputError: for a network that the published code cannot hold, naming the option.
    """
    _require_publishable(network.config)
    state = network.state_dict()
    return {prefix + published_name(k): v.detach().clone() for k, v in state.items()}


def _require_publishable(config: TransformerConfig) -> None:
    """Refuse what the published code does not compute, though its tensors might load there.

    How a network was trained (``gradient``, ``random_carry``) is not in its tensors.
    """
    trm = config.family == "trm"
    filled = -(-config.puzzle_width // config.width) if config.puzzle_ids else 0
    published: dict[str, tuple[object, ...]] = {
        "modules": (1,) if trm else (2,),
        "mixer": ("attention", "mlp") if trm else ("attention",),
        "positions": ("rope", "learned", "none") if trm else ("rope", "learned"),
    }
    if not trm and filled:
        published["puzzle_slots"] = (0, filled)
    for option, choices in published.items():
        value = getattr(config, option)
        if value not in choices:
            raise InputError(
                f"the published {config.family.upper()} has no {option} {value}",
                path=option,
                expected=" or ".join(map(str, choices)),
                hint="keep it as a bundle",
            )


def read_published(
    path: Path,
    *,
    settings: Mapping[str, Any] | None = None,
    config: Path | None = None,
    key: str | None = None,
    usual: str | None = None,
) -> Transformer:
    """The network of a published checkpoint; only weights are ever loaded.

    Args:
        path: a file that ``torch.save`` wrote of a state dict, or a safetensors file.
        settings: fields of the configuration that neither tensors nor ``config`` tell.
        config: the published configuration; None looks for ``all_config.yaml`` beside ``path``.
        key: which state dict to take, where the file holds several.
        usual: what to offer where the length is missing, such as ``81 for 9x9 sudoku``.

    Raises:
        InputError: for a file that is none, is partial, or is of another network, naming the
            first keys at fault; or where a field that the tensors do not tell is missing.
        OptionError: for an unknown setting.
    """
    beside = path.parent / CONFIG
    source = config or (beside if beside.is_file() else None)
    said = {} if source is None else read_published_config(source)
    try:
        tensors = read_tensors(path, key)
    except InputError as error:
        other = foreign(path.parent / "config.json")
        if other is not None:
            error.hint = f"config.json beside it is {other}, whose layout is not the published one"
        raise
    try:
        return _network(tensors, {**said, **(settings or {})}, usual)
    except InputError as error:
        raise error.at(str(path)) from None


def from_published(state: Mapping[str, Tensor], settings: Mapping[str, Any]) -> Transformer:
    """The network of a published state dict; see ``read_published``."""
    return _network(find_tensors(state), settings)


def _network(
    tensors: Mapping[str, Tensor], settings: Mapping[str, Any], usual: str | None = None
) -> Transformer:
    _refuse_keys("lacks", [key for key in _ALWAYS if key not in tensors])
    config = infer_config(tensors, settings, usual)
    # A file of a few bytes can ask for a network of any size: only a shape is made of it yet.
    with torch.device("meta"):
        shapes = _FAMILIES[config.family][1](config).state_dict()
    names = {published_name(key): key for key in shapes}
    _refuse_keys("lacks", [name for name in names if name not in tensors])
    _refuse_keys("has unknown", [name for name in tensors if name not in names])
    _refuse_keys(
        "has a wrong shape for",
        [
            f"{name} ({_shape(tensors[name])}, not {_shape(shapes[key])})"
            for name, key in names.items()
            if tensors[name].shape != shapes[key].shape
        ],
    )
    _refuse_keys("is not finite in", [k for k, v in tensors.items() if not v.isfinite().all()])
    network = cast(Transformer, build_network(config))
    network.load_state_dict({key: tensors[name] for name, key in names.items()})
    return network.eval()


def infer_config(
    tensors: Mapping[str, Tensor], settings: Mapping[str, Any], usual: str | None = None
) -> TransformerConfig:
    """The configuration of a state dict, from its shapes and from settings.

    Args:
        tensors: by published name, without wrappers' prefixes.
        settings: by our field names.
        usual: what to offer where the length is missing.

    Raises:
        InputError: where settings and shapes disagree, or fields are missing, naming each.
        OptionError: for an unknown setting.
    """
    for key in settings:
        if key not in TransformerConfig.model_fields:
            meant = FIELDS.get(key) or nearest(key, TransformerConfig.model_fields)
            raise OptionError(
                f'there is no setting "{key}"', hint=f'did you mean "{meant}"?' if meant else None
            )
    said = dict(settings)
    found = _from_shapes(tensors)
    if found["mixer"] == "mlp" and said.get("positions") == "rope":
        # The published code reads its rotary table in attention alone.
        del said["positions"]
    if said.get("high_layers") == found["layers"] and not found["high_layers"]:
        del said["high_layers"]  # as many as in the low level is what 0 stands for
    _require_all(_untold(tensors, found, said), usual)
    found["max_length"] = _length(tensors, found, said)
    found["expansion"] = _expansion(tensors, found, said)
    for key, value in found.items():
        if said.get(key, value) != value:
            raise InputError(
                f"the tensors say {key} {value}", expected=f"{key} {said[key]}", hint=_where(key)
            )
    dtype = str(tensors["H_init"].dtype).removeprefix("torch.")
    # HRM always learns what going on is worth, TRM where its configuration asks for it.
    learned = found["family"] == "hrm"
    data = {"forward_dtype": dtype, "q_continue": learned, **said, **found}
    return validate(_FAMILIES[found["family"]][0], data)


def _untold(
    tensors: Mapping[str, Tensor], found: Mapping[str, Any], said: Mapping[str, Any]
) -> list[str]:
    """Fields that neither tensors nor settings tell."""
    needed = ["high_cycles", "low_cycles"]
    if found["mixer"] == "attention":
        needed = ["heads", *needed]
        if "positions" not in found:
            needed.append("positions")
    spans = found["mixer"] == "mlp" or "positions" in found
    if not spans:
        needed.append("max_length")
    # Tables of positions and mixers tell slots and length together: one of the two is enough.
    if found["puzzle_ids"] and found["family"] == "trm" and not (spans and "max_length" in said):
        needed.append("puzzle_slots")
    return [key for key in needed if said.get(key) is None]


def _from_shapes(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """What shapes and names alone tell."""
    vocabulary, width = _sides(tensors, _EMBEDDING)
    layers = {"H_level": 0, "L_level": 0}
    for name in tensors:
        match = re.match(r"([HL]_level)\.layers\.(\d{1,3})\.", name)
        if match:
            layers[match[1]] = max(layers[match[1]], int(match[2]) + 1)
    high, low = layers.values()
    _refuse_keys("lacks", [] if low else ["L_level.layers.0"])
    found = {
        "family": "hrm" if high else "trm",
        "modules": 2 if high else 1,
        "vocabulary": vocabulary,
        "width": width,
        "layers": low,
        "high_layers": 0 if high == low else high,
        "mixer": "mlp" if _mixing("down_proj") in tensors else "attention",
        "puzzle_ids": 0,
        "puzzle_width": 0,
    }
    if _NAMES["puzzle_embedding"] in tensors:
        rows, numbers = _sides(tensors, _NAMES["puzzle_embedding"])
        found |= {"puzzle_ids": rows, "puzzle_width": numbers}
    if _NAMES["embed_pos"] in tensors:
        found["positions"] = "learned"
    elif found["mixer"] == "mlp":
        found["positions"] = "none"
    return found


def _length(tensors: Mapping[str, Tensor], found: Mapping[str, Any], said: dict[str, Any]) -> int:
    """The longest sequence; completes what is said of the prefix slots before it.

    Tables of positions and mixers tell the sum of the two.
    """
    span = None
    if found["mixer"] == "mlp":
        span = _sides(tensors, _mixing("down_proj"))[0]
    elif "positions" in found:
        span = _sides(tensors, _NAMES["embed_pos"])[0]
    if not found["puzzle_ids"]:
        # Without a table the published code has no slots, whatever its configuration says.
        said["puzzle_slots"] = prefix = 0
    else:
        if found["family"] == "hrm":
            said.setdefault("puzzle_slots", 0)
        elif span is not None and "max_length" in said:
            said.setdefault("puzzle_slots", span - _integer("max_length", said))
        filled = -(-found["puzzle_width"] // found["width"])
        prefix = _integer("puzzle_slots", said) or filled
    return _integer("max_length", said) if span is None else span - prefix


def _expansion(
    tensors: Mapping[str, Tensor], found: Mapping[str, Any], said: Mapping[str, Any]
) -> float:
    """An expansion that gives the inner sizes; published rounding lets many give the same."""
    sizes = {found["width"]: _sides(tensors, "L_level.layers.0.mlp.down_proj.weight")[1]}
    if found["mixer"] == "mlp":
        span, inner = _sides(tensors, _mixing("down_proj"))
        sizes[span] = inner
    candidates: list[float] = [1.5 * inner / size for size, inner in sizes.items()]
    stated = said.get("expansion", 4.0)
    if isinstance(stated, int | float) and 0 < stated <= 64:
        candidates.insert(0, float(stated))
    for candidate in candidates:
        if all(SwiGLU.published_inner(n, candidate) == inner for n, inner in sizes.items()):
            return candidate
    raise InputError("the tensors do not tell expansion", hint=_where("expansion"))


def _mixing(part: str) -> str:
    return f"L_level.layers.0.mlp_t.{part}.weight"


def _sides(tensors: Mapping[str, Tensor], name: str) -> tuple[int, int]:
    """Rows and columns of a matrix that must be there."""
    _refuse_keys("lacks", [] if name in tensors else [name])
    shape = tensors[name].shape
    if len(shape) != 2 or 0 in shape:
        raise InputError(f"{name} has shape {_shape(tensors[name])}", expected="a matrix")
    return shape[0], shape[1]


def _integer(key: str, said: Mapping[str, Any]) -> int:
    value = said.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InputError(f"{key} is no length", expected="a whole number", got=value)
    return value


def _require_all(missing: Sequence[str], usual: str | None) -> None:
    if missing:
        length = f" (max_length is {usual})" if usual and "max_length" in missing else ""
        settings = ", ".join(f"{key}={_EXAMPLES[key]}" for key in missing if key in _EXAMPLES)
        some = f", such as {settings} (published ones){length}" if settings else length
        raise InputError(
            f"the tensors do not tell {', '.join(missing)}", hint=_where(*missing) + some
        )


# What the published configurations have where they agree, or nearly.
_EXAMPLES = {"heads": 8, "high_cycles": "2 or 3", "low_cycles": "2, 4 or 6", "positions": "rope",
             "puzzle_slots": 16}  # fmt: skip


def _where(*keys: str) -> str:
    published = [_PUBLISHED_FIELDS[key] for key in keys if key in _PUBLISHED_FIELDS]
    file = f", or {', '.join(published)} in {CONFIG} beside the checkpoint" if published else ""
    return f"give the setting{'s' if len(keys) > 1 else ''} {', '.join(keys)}{file}"


def _refuse_keys(fault: str, keys: Iterable[str]) -> None:
    listed = list(keys)
    if listed:
        more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
        raise InputError(
            f"the state dict {fault} {', '.join(listed[:3])}{more}",
            expected="the whole state dict of a published HRM or TRM",
        )


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "a scalar"
