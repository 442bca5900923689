"""A recipe: everything that decides what a training run does."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from hrm_toolkit.core import InputError, OptionError, Options, Settings, nearest, validate
from hrm_toolkit.core.plain import read_plain
from hrm_toolkit.train.keys import ELSEWHERE, setting_for

_MOST_BYTES = 16 << 20


class GuardPolicy(Options):
    """What a run does when training goes wrong; each event is a row in ``metrics.jsonl``.

    Trouble is an update that is not finite (it is skipped), a loss spike, or an update that is
    too large for the weights. Repeated trouble lowers the learning rate; where it goes on within
    another window, and where the verified rate collapses, the run also goes back to its best
    checkpoint.

    Attributes:
        enabled: false leaves training alone.
        window: updates that count as recent.
        spike: a loss is a spike above this many times the median of recent ones ...
        margin: ... plus this, nats.
        ratio: largest change of a module's weights by one update, over their norm.
        surge: a module's gradient norm above this many times the median of recent ones is noted;
            clipping has already tamed it, so it is no trouble by itself.
        floor: gradient norm up to which nothing is a surge: where training has nearly nothing left
            to learn, norms are tiny and swing widely.
        repeats: recent updates with trouble that lower the rate.
        factor: what the rate is then multiplied by, for the rest of the run.
        drop: share of the best verified rate whose loss at a validation is a collapse.
        stop_after: lowerings and roll-backs that end the run.
        patience: validations without a better verified rate that end the run; None for never.
    """

    enabled: bool = True
    window: int = Field(default=100, ge=5, le=100_000)
    spike: float = Field(default=3.0, ge=1)
    margin: float = Field(default=0.5, ge=0)
    ratio: float = Field(default=0.2, gt=0)
    surge: float = Field(default=100.0, ge=1)
    floor: float = Field(default=10.0, ge=0)
    repeats: int = Field(default=5, ge=1, le=10_000)
    factor: float = Field(default=0.5, gt=0, lt=1)
    drop: float = Field(default=0.5, gt=0, le=1)
    stop_after: int = Field(default=12, ge=1, le=1000)
    patience: int | None = Field(default=None, ge=1)


class Known(Options):
    """What a recipe came to where it was measured; it decides nothing.

    Attributes:
        updates: of the run.
        verified_rate: of its held-out puzzles by then.
    """

    updates: int = Field(ge=1)
    verified_rate: float = Field(ge=0, le=1)


class Recipe(Options):
    """What a training run does. The same recipe with ``updates`` gives the same bytes on a CPU.

    Attributes:
        adapter: name of the task.
        network: fields of the network family's configuration, or a ``preset`` and what is to be
            different; vocabulary and relations come from the adapter.
        data: sizes and difficulties to generate.
        training_data: a file or folder to train on, in place of generated puzzles.
        validation_data: a file or folder of held-out puzzles; None holds out a part of
            ``training_data``.
        samples: base puzzles; the run sees these and their symmetries only. 0 generates without
            end, or takes all of ``training_data``.
        augment: show puzzles under symmetries.
        augmentations: symmetries fixed for each base puzzle, one of which, or none, a showing
            draws, as published; None draws a fresh one for each showing.
        batch_size: slots that an update learns from.
        accumulate: parts in which an update computes them, one after another: memory for one part,
            and the same gradients but for rounding.
        updates: optimizer steps; or None with ``minutes``.
        minutes: training time, which the schedule then follows; or None with ``updates``.
        max_segments: supervision segments a puzzle gets at most.
        halt_exploration: chance that a puzzle must go on for a drawn number of segments.
        optimizer: ``adamw`` or ``adam_atan2`` (arXiv 2407.05872).
        learning_rate: peak.
        final_rate: last learning rate over the peak, reached along a cosine.
        warmup: updates of linear warm-up.
        weight_decay: decoupled.
        beta1: of the first moment.
        beta2: of the second moment.
        puzzle_learning_rate: peak for the puzzle embedding, which then moves by the signs of its
            gradients, as published; None treats it as every other parameter.
        puzzle_weight_decay: of the puzzle embedding then.
        gradient_clip: largest gradient norm.
        ema: decay of the averaged weights that are evaluated and shipped; 0 averages nothing.
        loss: ``softmax`` or ``stablemax`` cross-entropy.
        halt_weight: weight of the halting loss.
        pace: steps of the adapter's stepwise method (``Codec.process``) by which each segment's
            targets advance, where the task has one; 0 trains every segment on the answer.
        hint_weight: weight of the loss of what that method knows by then.
        q_continue: learn what going on is worth, by a second forward, and halt by it.
        target_decay: share of itself that a slow copy of the network, which gives the targets of
            ``q_continue``, keeps at each update; 0 has none.
        stage: ``joint``, or the one module to train, ``high`` or ``low``, while the other keeps its
            weights; embeddings and heads learn in each.
        start: bundle or run whose weights training starts from; None draws them.
        precision: ``bfloat16`` computes the network so where that is enough (autocast), while
            weights, carries and losses stay in float32.
        checkpoint_gradients: compute activations again in the backward pass in place of keeping
            them: less memory, the same gradients.
        compile: let torch.compile make one graph of the network, of fixed shapes where the family
            has them; the first updates take minutes.
        validation: held-out puzzles on which the best weights are chosen.
        validation_segments: segments each may take.
        validations: how many there are, evenly over the run; the last is at its end. A run by the
            clock has fewer where they would take more than a quarter of it.
        checkpoint_minutes: longest time between two checkpoints.
        keep_every: updates after each of which the averaged weights are kept as a bundle of their
            own, ``snapshots/update-N``, to vote with later; 0 keeps none.
        guard: what is done when training goes wrong.
        seed: of everything that is drawn.
        known: what it came to where it was measured; None where that is not known, as of a recipe
            that was changed.
    """

    adapter: str
    network: dict[str, Any] = Field(default_factory=lambda: {"family": "structured"})
    data: Settings = Settings()
    training_data: str | None = None
    validation_data: str | None = None
    samples: int = Field(default=1000, ge=0, le=10_000_000)
    augment: bool = True
    augmentations: int | None = Field(default=None, ge=0, le=1_000_000)
    batch_size: int = Field(default=64, ge=1, le=65_536)
    accumulate: int = Field(default=1, ge=1, le=65_536)
    updates: int | None = Field(default=None, ge=1)
    minutes: float | None = Field(default=None, gt=0, le=100_000)
    max_segments: int = Field(default=16, ge=1, le=1024)
    halt_exploration: float = Field(default=0.1, ge=0, le=1)
    optimizer: Literal["adamw", "adam_atan2"] = "adamw"
    learning_rate: float = Field(default=2e-3, gt=0, le=1)
    final_rate: float = Field(default=0.01, ge=0, le=1)
    warmup: int = Field(default=100, ge=0)
    weight_decay: float = Field(default=0.01, ge=0, le=10)
    beta1: float = Field(default=0.9, ge=0, lt=1)
    beta2: float = Field(default=0.95, ge=0, lt=1)
    puzzle_learning_rate: float | None = Field(default=None, gt=0, le=1)
    puzzle_weight_decay: float = Field(default=0.1, ge=0, le=10)
    gradient_clip: float = Field(default=1.0, gt=0)
    ema: float = Field(default=0.995, ge=0, lt=1)
    loss: Literal["softmax", "stablemax"] = "softmax"
    halt_weight: float = Field(default=0.5, ge=0, le=100)
    pace: int = Field(default=0, ge=0, le=10_000)
    hint_weight: float = Field(default=1.0, ge=0, le=100)
    q_continue: bool = False
    target_decay: float = Field(default=0.0, ge=0, lt=1)
    stage: Literal["joint", "high", "low"] = "joint"
    start: str | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    checkpoint_gradients: bool = False
    compile: bool = False
    validation: int = Field(default=100, ge=1, le=100_000)
    validation_segments: int = Field(default=32, ge=1, le=10_000)
    validations: int = Field(default=20, ge=1, le=10_000)
    checkpoint_minutes: float = Field(default=2.0, gt=0)
    keep_every: int = Field(default=0, ge=0, le=1_000_000_000)
    guard: GuardPolicy = GuardPolicy()
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    known: Known | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        if self.updates is not None and self.minutes is not None:
            raise InputError(
                "the recipe sets both updates and minutes",
                expected="one of them",
                hint="updates repeats exactly, minutes follows the clock",
            )
        if self.validation_data is not None and self.training_data is None:
            raise InputError(
                "the recipe sets validation_data without training_data",
                hint="set training_data (--data) too",
            )
        if self.augmentations and self.fresh:
            raise InputError(
                "the recipe sets augmentations, which are of base puzzles, and generates without "
                "end",
                hint="set samples (--samples), or leave augmentations out",
            )
        if self.augmentations and not self.augment:
            raise InputError(
                "the recipe sets augmentations and augment = false", hint="leave out one of the two"
            )
        if self.puzzle_learning_rate is not None and self.optimizer != "adam_atan2":
            raise InputError(
                "the recipe sets puzzle_learning_rate, which goes with adam_atan2",
                hint='set optimizer = "adam_atan2", or leave puzzle_learning_rate out',
            )
        if self.accumulate > self.batch_size:
            raise InputError(
                f"the recipe sets accumulate = {self.accumulate}: more parts than slots",
                expected=f"at most {self.batch_size}, its batch_size",
            )
        if self.target_decay and not self.q_continue:
            raise InputError(
                "the recipe sets target_decay without q_continue",
                hint="set q_continue = true, or target_decay = 0",
            )
        return self

    @property
    def fresh(self) -> bool:
        """Whether training puzzles are generated without end."""
        return self.samples == 0 and self.training_data is None


def changed(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """A recipe with ``key=value`` settings applied; dots reach inside tables.

    Values are JSON, or else plain strings.

    Raises:
        OptionError: for an unknown key, with the nearest known one.
        InputError: for a value of the wrong type or out of range.

    Example:
        >>> changed(Recipe(adapter="maze"), ["batch_size=8", "network.width=24"]).network["width"]
        24
    """
    data = recipe.model_dump(mode="json")
    parsed = [_parsed(setting) for setting in settings]
    # Another network first: of what was said before of the old one nothing is true then.
    for key, value in sorted(parsed, key=lambda pair: pair[0] not in _NETWORKS):
        _assign(data, key, value)
        if key in {"updates", "minutes"}:
            data["minutes" if key == "updates" else "updates"] = None
    said = {key for key, _ in parsed}
    if said & _NETWORKS and "pace" not in said and _family(data["network"]) != "structured":
        data["pace"] = 0  # these learn no hints
    recipe = validate(Recipe, data)
    if said - _SAME or 0 < recipe.samples < _FEW:
        recipe = recipe.model_copy(update={"known": None})
    return recipe


_NETWORKS = {"network.preset", "network.family"}
_SAME = {
    *("seed", "samples", "updates", "minutes", "checkpoint_minutes", "keep_every"),
    *("validation", "validations", "validation_segments"),
}
"""Keys that leave it true what a recipe is known to come to."""
_FEW = 1000
"""Base puzzles below which it is not."""


def _parsed(setting: str) -> tuple[str, Any]:
    key, separator, text = setting.partition("=")
    if not separator:
        raise OptionError(f'"{setting}" sets nothing', expected="key=value")
    try:
        return key.strip(), json.loads(text)
    except (ValueError, RecursionError):
        return key.strip(), text


def _assign(data: dict[str, Any], key: str, value: Any) -> None:
    *tables, last = key.split(".")
    inside = data
    for part in tables:
        inner = inside.get(part)
        if not isinstance(inner, dict):
            raise _unknown_key(key, part, inside)
        inside = inner
    if last not in inside and last not in _open_keys(inside):
        raise _unknown_key(key, last, [*inside, *_open_keys(inside)])
    if key == "network.preset" or (key == "network.family" and value != _family(inside)):
        inside.clear()  # another network, of which nothing that was said before is true
    inside[last] = value


def _family(network: Mapping[str, Any]) -> str | None:
    """The family that a network table is of, said or by its preset."""
    from hrm_toolkit.solvers.inputs.config import PRESETS

    family = network.get("family") or PRESETS.get(str(network.get("preset")), {}).get("family")
    return None if family is None else str(family)


def _open_keys(data: Mapping[str, Any]) -> list[str]:
    """Keys that a network table may gain: those of its family."""
    if "family" not in data and "preset" not in data:
        return []
    from hrm_toolkit.solvers.inputs.config import FAMILIES

    family = _family(data)
    return ["preset", *FAMILIES[family].model_fields] if family in FAMILIES else ["preset"]


def _unknown_key(key: str, part: str, known: Iterable[str]) -> OptionError:
    names = sorted(set(known))
    near = nearest(part, names)
    meant = setting_for(key, Recipe.model_fields)
    if key.startswith("network.") and meant is not None:
        inside = meant.removeprefix("network.").partition("=")[0]
        near = meant.removeprefix("network.") if inside in names else near
    elif part in ELSEWHERE or key == part:
        near = meant or near
    how = " (an update is one step: epochs x puzzles / batch_size)" if "epoch" in part else ""
    return OptionError(
        f'a recipe has no key "{part}"',
        expected=None if near else "one of " + ", ".join(names),
        hint=f'did you mean "{near}"?{how}' if near else None,
    )


def read_recipe(path: Path) -> Recipe:
    """A recipe from a TOML file.

    Raises:
        InputError: when the file is not TOML or not a recipe.
        OptionError: for an unknown key, with the nearest known one.
    """
    try:
        data = tomllib.loads(read_plain(path, _MOST_BYTES).decode())
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not a TOML file: {error}", path=str(path)) from None
    for key in data:
        if key not in Recipe.model_fields:
            raise _unknown_key(key, key, Recipe.model_fields).at(str(path))
    return validate(Recipe, data)


def to_toml(recipe: Recipe) -> str:
    """A recipe as TOML that ``read_recipe`` reads back."""
    plain, tables = [], []
    for key, value in recipe.model_dump(mode="json", exclude_none=True).items():
        if isinstance(value, dict):
            said = {name: inner for name, inner in value.items() if inner is not None}
            rows = [f"{name} = {_toml_value(inner)}" for name, inner in said.items()]
            tables.append("\n".join([f"\n[{key}]", *rows]))
        else:
            plain.append(f"{key} = {_toml_value(value)}")
    return "\n".join([*plain, *tables]) + "\n"


def _toml_value(value: Any) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_toml_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(v) for v in value) + "]"
    if isinstance(value, float):
        return str(value)
    # JSON pairs surrogates, which TOML refuses, and leaves what a terminal would obey.
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(map(_toml_letter, text))


def _toml_letter(letter: str) -> str:
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
