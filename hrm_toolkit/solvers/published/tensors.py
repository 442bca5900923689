"""The state dict within a checkpoint: found inside dictionaries, freed of wrappers' names.

Only weights are loaded. A pickled object in the file (a configuration, a generator's state) is
never made: an empty mark stands in its place, and is refused where a tensor should be.
"""

from __future__ import annotations

import io
import os
import pickletools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from hrm_toolkit.core import InputError, OptionError, ToolkitError
from hrm_toolkit.core.plain import open_plain

LFS = b"version https://git-lfs.github.com/spec/"
_ZIP = b"PK\x03\x04"
_NAME = re.compile(
    r"(?:^|\.)((?:embed_tokens|embed_pos|lm_head|q_head|puzzle_emb|rotary_emb|H_level|L_level)\..*"
    r"|H_init|L_init)$"
)
# Put into names by compilation, data parallelism, sharding and activation checkpointing ...
_INSIDE = {"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
# ... and by what holds the network: the loss head, a trainer.
_AROUND = {"module", "model", "inner"}
# Caches that are made anew: rotary tables, and the rows of a batch.
_CACHE = re.compile(r"(?:^|\.)rotary_emb\.\w+$|(?:^|\.)puzzle_emb\.local_(?:ids|weights)$")
# What an average of parameters leaves out, since they are buffers.
_BUFFERS = ("H_init", "L_init", "puzzle_emb.weights")
_DEEPEST = 6


class Unread:
    """Stands for a pickled object that was not made."""

    def __init__(self, *_: object, **__: object) -> None:
        """Take whatever the pickle gives."""

    def __setstate__(self, state: object) -> None:
        """Keep nothing."""


@dataclass
class _Found:
    """A state dict: its values by published name, and by what is no such name."""

    values: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)


def read_tensors(path: Path, key: str | None = None) -> dict[str, Tensor]:
    """The tensors of a checkpoint, by published name; see ``find_tensors``.

    Raises:
        InputError: when the file is none, holds no state dict or several, or when its tensors
            claim more than it holds.
        OptionError: when none has this key.
    """
    state, size = _loaded(path)
    if not isinstance(state, Mapping) or not state:
        raise InputError(
            "this is no state dict", path=str(path), expected="tensors by name", got=_kind(state)
        )
    try:
        tensors = find_tensors(state, key)
    except ToolkitError as error:
        raise error.at(str(path)) from None
    # A view may claim any size; only what the file really holds is copied.
    if sum(value.numel() * value.element_size() for value in tensors.values()) > size:
        raise InputError("the tensors claim more than the file holds", path=str(path))
    return tensors


def find_tensors(state: Mapping[Any, Any], key: str | None = None) -> dict[str, Tensor]:
    """The tensors of the one state dict in a checkpoint, by published name.

    They may lie inside dictionaries (beside an optimizer's state, counters, a configuration) and
    under the names that wrappers give; caches and counters are left out. An average of parameters
    takes the buffers, which it does not have, from the other state dict of the checkpoint.

    Args:
        state: what was loaded.
        key: which state dict to take, where there are several.

    Raises:
        InputError: when there is none, or there are several.
        OptionError: when none has this key.

    Example:
        >>> found = find_tensors({"model": {"module.H_init": torch.ones(2)}, "step": 7})
        >>> list(found)
        ['H_init']
    """
    return _require_tensors(_choose(dict(_sets(state, ())), key, state))


def _loaded(path: Path) -> tuple[Any, int]:
    """What the file holds, without pickled objects, and its size in bytes."""
    try:
        with open_plain(path) as file:
            size, start = os.fstat(file.fileno()).st_size, file.read(len(LFS))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=str(path)) from None
    if start == LFS:
        raise InputError(
            "this is a pointer of Git LFS, not the file that it stands for",
            path=str(path),
            hint="fetch the file with: git lfs pull",
        )
    marked: list[str] = []
    try:
        if start[8:9] == b"{":
            return load_file(path), size
        if start.startswith(_ZIP):
            marked = get_unsafe_globals_in_checkpoint(str(path))
            with safe_globals([(Unread, name) for name in marked]):
                return torch.load(str(path), "cpu", weights_only=True, mmap=True), size
        with io.BufferedReader(open_plain(path)) as old:
            _require_bounded(old, size)
        # Before torch 1.6 a checkpoint was no archive, and cannot be mapped.
        return torch.load(str(path), "cpu", weights_only=True), size
    except Exception:
        # What a hostile or damaged file makes the reader raise has no bound, nor has its text.
        objects = f" (it holds pickled objects: {_listed(marked)})" if marked else ""
        raise InputError(
            f"this is no checkpoint of weights alone{objects}",
            path=str(path),
            expected="a state dict written by torch.save, or safetensors",
            hint="save the tensors alone: torch.save(model.state_dict(), FILE)",
        ) from None


def _require_bounded(file: IO[bytes], size: int) -> None:
    """Refuse a checkpoint of the old format whose pickles ask for more bytes than it has.

    It begins with five pickles; the fourth tells how large each storage is. Nothing is made here.
    """
    for number in range(5):
        for operation, argument, _ in pickletools.genops(file):
            large = isinstance(argument, int) and not isinstance(argument, bool) and argument > size
            if large and number == 3 and operation.name != "PROTO":
                raise ValueError("a storage is larger than the file")


def _sets(state: Mapping[Any, Any], place: tuple[str, ...]) -> Iterator[tuple[str, _Found]]:
    """The state dicts inside dictionaries, by their place and the name they have among others."""
    own: dict[tuple[str, ...], _Found] = {}
    others: dict[str, Any] = {}
    for key, value in state.items():
        name = ".".join(part for part in str(key).split(".") if part not in _INSIDE)
        match = _NAME.search(name) if isinstance(key, str) else None
        if isinstance(value, Mapping):
            if len(place) < _DEEPEST:
                yield from _sets(value, (*place, str(key)))
        elif match is None:
            others[str(key)] = value
        else:
            before = name[: match.start()].split(".") if match.start() else []
            label = tuple(part for part in before if part not in _AROUND)
            found = own.setdefault(label, _Found())
            if match[1] in found.values:
                raise InputError(
                    f"two keys stand for {match[1]}", expected="one network's state dict"
                )
            found.values[match[1]] = value
    for label, found in own.items():
        prefix = ".".join(label)
        found.others = {
            key: value
            for key, value in others.items()
            if len(own) == 1 or (prefix and key.startswith(prefix + "."))
        }
        yield ".".join((*place, *label)), found


def _choose(sets: dict[str, _Found], key: str | None, state: Mapping[Any, Any]) -> _Found:
    if not sets:
        raise _no_state_dict(state)
    whole = {name: found for name, found in sets.items() if len(found.values) > 1} or sets
    names = [name or "the file's own keys" for name in whole]
    if key is None:
        if len(whole) > 1:
            raise InputError(
                f"the file holds {len(whole)} state dicts: {_listed(names, 8)}",
                expected="a choice of one",
                hint=f'choose by --key, such as --key "{names[0]}"',
            )
        return next(iter(whole.values()))
    wanted = "" if key == names[0] and "" in whole else key
    chosen = [n for n in whole if n == wanted] or [
        n for n in whole if n.startswith(f"{wanted}.") or n.endswith(f".{wanted}")
    ]
    if len(chosen) != 1:
        raise OptionError(
            f'the file holds {"several state dicts" if chosen else "no state dict"} "{key}"',
            expected="one of " + ", ".join(chosen or names),
        )
    return _completed(chosen[0], whole)


def _completed(name: str, sets: Mapping[str, _Found]) -> _Found:
    """A state dict, with the buffers that an average of parameters leaves to another one."""
    found = sets[name]
    lacking = [buffer for buffer in _BUFFERS if buffer not in found.values]
    rest = [other for label, other in sets.items() if label != name]
    # Only where one other network is there it is known whose they are.
    if len(rest) == 1:
        given = {b: rest[0].values[b] for b in lacking if b in rest[0].values}
        return _Found({**found.values, **given}, found.others)
    return found


def _require_tensors(found: _Found) -> dict[str, Tensor]:
    """The tensors by published name, without caches and counters."""
    tensors: dict[str, Tensor] = {}
    for key, value in {**found.values, **found.others}.items():
        if _CACHE.search(key):
            continue
        counter = isinstance(value, int | float | str | None) or (
            isinstance(value, Tensor) and value.dim() == 0
        )
        if key in found.others and (counter or isinstance(value, list | tuple | Unread)):
            continue
        floating = isinstance(value, Tensor) and value.is_floating_point() and not value.is_meta
        if not floating or value.layout != torch.strided:
            raise InputError(
                f"{key} is no tensor of floating-point numbers",
                expected="the weights as they were trained, neither quantised nor sparse",
            )
        tensors[key] = value
    return tensors


def _no_state_dict(state: Mapping[Any, Any]) -> InputError:
    objects = [str(key) for key, value in state.items() if isinstance(value, Unread)]
    keys = _listed([str(key) for key in state], 6)
    if objects:
        return InputError(
            f"this is no checkpoint of weights alone: {_listed(objects)} is a pickled object, and "
            "none is ever loaded",
            expected="a state dict of a published HRM or TRM",
            hint="save the tensors alone: torch.save(model.state_dict(), FILE)",
        )
    return InputError(
        f"there is no state dict of a published HRM or TRM in it, only {keys}",
        expected="tensors such as embed_tokens.embedding_weight and H_init",
    )


def _listed(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(name[:80] for name in names[:most]) + more


def _kind(value: object) -> str:
    return "a pickled object" if isinstance(value, Unread) else type(value).__name__
