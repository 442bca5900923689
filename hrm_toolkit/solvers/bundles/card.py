"""Model cards: what a bundle's manifest says, in sections, as text and as Markdown."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import ToolkitError
from hrm_toolkit.core.errors import one_line
from hrm_toolkit.core.telling import interval, percent
from hrm_toolkit.solvers.bundles.manifest import Manifest

Row = tuple[str, ...]

FLOPS_COUNT = (
    "multiplications and additions of matrix products, forward and backward; pooling, norms and "
    "other passes over memory are not counted"
)
_RATE = ("verified", "95 % interval", "optimal")
_RATES = ("evaluation", "puzzles", *_RATE, "how", "seed")
_GROUPS = ("of", "puzzles", *_RATE, "mean segments")
_CURVE = ("segments", "votes", "restarts", *_RATE, "mean segments")


@dataclass(frozen=True)
class Section:
    """A part of a card.

    Attributes:
        title: what it is about.
        lines: sentences, or ``key = value``.
        table: the head and the rows, or nothing.
    """

    title: str
    lines: Row = ()
    table: tuple[Row, ...] = ()


def card(
    manifest: Manifest, licence: str | None = None, *, source: str | None = None
) -> list[Section]:
    """What there is to know of a bundle: task, network, data, training, rates, limits, licence.

    Args:
        manifest: of the bundle.
        licence: under which it is given; None says that it is not stated.
        source: by which name or folder its reader finds it; None is its name.
    """
    found = evaluations(manifest)
    sections = [
        Section("task", (_task(manifest.task),)),
        Section("network", tuple(_network(manifest))),
        Section("data", tuple(_data(manifest.recipe, chosen="validation" in found))),
        Section("training", tuple(_training(manifest, source or manifest.name))),
        Section("recipe", tuple(_settings(manifest.recipe))),
        Section("rates", tuple(_remarks(found)), _table(_RATES, _rates(found))),
    ]
    for name, evaluation in found.items():
        groups = _table(_GROUPS, _groups(evaluation))
        sections.append(Section(f"by difficulty and size: {name}", (), groups))
        points = [_budget(e) + _rate(e) + _mean(e) for e in evaluation.get("curve") or ()]
        sections.append(Section(f"budget curve: {name}", (), _table(_CURVE, points)))
    sections.append(Section("limits", tuple(_limits(manifest, found))))
    sections.append(Section("licence", (licence or "not stated",)))
    return [_printable(section) for section in sections if section.lines or section.table]


def _printable(section: Section) -> Section:
    """A section without line breaks and control characters: the manifest may be a stranger's."""
    return Section(
        one_line(section.title),
        tuple(map(one_line, section.lines)),
        tuple(tuple(map(one_line, row)) for row in section.table),
    )


def evaluations(manifest: Manifest) -> dict[str, dict[str, Any]]:
    """The evaluations of a bundle by name, such as ``validation`` and ``test``."""
    return {
        name: value
        for name, value in manifest.evaluation.items()
        if isinstance(value, dict) and _is_measured(value)
    }


def _is_measured(evaluation: Mapping[str, Any]) -> bool:
    """Whether there are rates in it: the manifest may be a stranger's."""
    interval = evaluation.get("verified_interval")
    bounds = interval if isinstance(interval, list | tuple) and len(interval) == 2 else ("",)
    numbers = (evaluation.get("verified_rate"), *bounds)
    return "n" in evaluation and all(isinstance(number, int | float) for number in numbers)


def markdown(manifest: Manifest, licence: str | None = None) -> str:
    """The card as the ``README.md`` of a repository, with the metadata that the hub reads."""
    head = ["---", "library_name: hrm-toolkit", f"tags: [{_word(manifest.task)}, reasoning]"]
    if licence is not None:
        head.append(f"license: {licence.lower()}")
    parts = [*head, "---", "", f"# {_escaped(manifest.name)}", ""]
    for section in card(manifest, licence, source="solver"):
        parts += [f"## {section.title[:1].upper()}{_escaped(section.title[1:])}", ""]
        parts += [f"- {_escaped(line)}" for line in section.lines]
        if section.lines:
            parts.append("")
        if section.table:
            rows = [f"| {' | '.join(map(_escaped, row))} |" for row in section.table]
            rows.insert(1, "|" + " --- |" * len(section.table[0]))
            parts += [*rows, ""]
    return "\n".join([*parts, *_USE]) + "\n"


_USE = (
    "## Use",
    "",
    "```sh",
    "pip install 'hrm-toolkit[hub]'",
    "hrm-toolkit solvers pull OWNER/NAME --out solver    # this repository's name",
    "hrm-toolkit solve PUZZLE --solver solver",
    "```",
)


def _word(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in text)


def _escaped(text: str) -> str:
    """Text that Markdown and HTML take as it is."""
    for sign, safe in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("`", "\\`"), ("*", "\\*")):
        text = text.replace(sign, safe)
    return one_line(text)


def _task(name: str) -> str:
    try:
        return f"{name}: {get_adapter(name).summary}"
    except ToolkitError:
        return f"{name}, whose adapter is not installed here"


def _network(manifest: Manifest) -> Iterator[str]:
    parameters = manifest.training.get("parameters")
    if parameters is not None:
        yield f"{parameters:,} parameters"
    # The relations are the task's, and many.
    yield from (f"{k} = {v}" for k, v in manifest.network.items() if k != "relations")
    yield f"weights: sha256 {manifest.sha256}"


def _data(recipe: Mapping[str, Any], *, chosen: bool) -> Iterator[str]:
    if not recipe:
        return
    if recipe.get("training_data"):
        yield f"trained on {PurePath(recipe['training_data']).name}, a file of puzzles"
    elif recipe.get("samples"):
        shown = " and their symmetries" if recipe.get("augment") else ""
        yield f"trained on {recipe['samples']:,} generated puzzles{shown}"
    else:
        yield "trained on puzzles generated without end"
    settings = recipe.get("data", {})
    for key in ("sizes", "difficulties"):
        if settings.get(key):
            yield f"{key}: {_mixture(settings[key])}"
    if chosen:
        yield f"chosen on {recipe.get('validation', 'some')} held-out puzzles"
    yield f"seed {recipe.get('seed')}"


def _mixture(drawn: Sequence[Any]) -> str:
    """What is drawn from uniformly, with shares where something stands there twice.

    Example:
        >>> _mixture([9, 9, 9, 4]), _mixture([[2, 3], 5])
        ('9 (3 of 4), 4 (1 of 4)', '2x3, 5')
    """
    pairs = ([one] if isinstance(one, int | str) else one for one in drawn)
    names = ["x".join(map(str, pair)) for pair in pairs]
    counts = Counter(names)
    if len(counts) == len(names):
        return ", ".join(names)
    return ", ".join(f"{name} ({n} of {len(names)})" for name, n in counts.items())


def _training(manifest: Manifest, source: str) -> Iterator[str]:
    training = dict(manifest.training)
    training.pop("parameters", None)
    flops = training.pop("flops", None)
    yield from (f"{key} = {value}" for key, value in training.items())
    if flops is not None:
        yield f"FLOPs = {flops:.3g} ({FLOPS_COUNT})"
    yield f"toolkit = {manifest.toolkit}"
    if manifest.recipe:
        file = shlex.quote(f"{manifest.name}.toml")
        yield f"recipe: hrm-toolkit solvers show {shlex.quote(source)} --recipe > {file}"
        yield f"command: {_command(manifest, file)}"
        start = manifest.recipe.get("start")
        if start is not None:
            yield f"began from the weights then called {start}: what is counted above came after"
            yield "the command begins from what has that name now"
        if manifest.recipe.get("updates") is None:
            yield "the schedule followed the clock: another run ends with other weights"


def _command(manifest: Manifest, recipe: str) -> str:
    """What trains by a bundle's recipe again, once it is in a file."""
    ranks, device = manifest.training.get("ranks", 1), manifest.training.get("device", "cpu")
    program = "hrm-toolkit"
    if ranks > 1:
        # Each rank takes a device of its own.
        program, device = f"torchrun --nproc-per-node {ranks} -m hrm_toolkit", device.split(":")[0]
    return f"{program} train --recipe {recipe} --device {device}"


def _settings(recipe: Mapping[str, Any]) -> Iterator[str]:
    for key, value in recipe.items():
        if isinstance(value, dict):
            yield from (f"{key}.{name} = {inner}" for name, inner in value.items())
        else:
            yield f"{key} = {value}"


def _table(head: Row, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Head and rows, without the columns that say nothing."""
    if not rows:
        return ()
    used = [i for i in range(len(head)) if any(row[i] for row in rows)]
    return tuple(tuple(row[i] for i in used) for row in (head, *rows))


def _rates(found: Mapping[str, dict[str, Any]]) -> list[Row]:
    return [
        (
            name,
            str(e["n"]),
            *_rate(e),
            _how(e),
            "" if e.get("seed") is None else str(e["seed"]),
        )
        for name, e in found.items()
    ]


def _rate(evaluation: Mapping[str, Any]) -> Row:
    return (
        percent(evaluation["verified_rate"]),
        interval(evaluation["verified_interval"]),
        percent(evaluation.get("optimal_rate")),
    )


def _how(evaluation: Mapping[str, Any]) -> str:
    """The strategy and the budget, of which a single vote and a single attempt go without saying.

    Example:
        >>> _how({"strategy": "neural", "budget": {"segments": 16, "votes": 4, "restarts": 1}})
        'neural, 16 segments, 4 votes'
    """
    segments, *several = _budget(evaluation)
    said = [evaluation.get("strategy", ""), f"{segments} segments" if segments else ""]
    names = zip(several, ("votes", "restarts"), strict=True)
    said += [f"{number} {name}" for number, name in names if number not in ("", "1")]
    return ", ".join(part for part in said if part)


def _budget(evaluation: Mapping[str, Any]) -> Row:
    budget = evaluation.get("budget", {})
    return tuple(str(budget.get(key) or "") for key in ("segments", "votes", "restarts"))


def _mean(evaluation: Mapping[str, Any]) -> Row:
    mean = evaluation.get("mean_segments")
    return ("" if mean is None else f"{mean:.1f}",)


def _remarks(found: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Where the puzzles came from, each source with its evaluations."""
    sources: dict[str, list[str]] = {}
    for name, evaluation in found.items():
        sources.setdefault(evaluation.get("data", ""), []).append(name)
    yield from (f"{'; '.join(names)}: {data}" for data, names in sources.items() if data)


def _groups(evaluation: Mapping[str, Any]) -> list[Row]:
    """Rates of each difficulty and size, where there are several."""
    return [
        (group, str(e["n"]), *_rate(e), *_mean(e))
        for key in ("by_difficulty", "by_size")
        if len(evaluation.get(key) or {}) > 1
        for group, e in evaluation[key].items()
    ]


def _limits(manifest: Manifest, found: Mapping[str, Any]) -> Iterator[str]:
    yield (
        "what it was not measured on it may do worse on, or not at all: kinds, sizes and "
        "difficulties beyond those above"
    )
    longest = manifest.network.get("max_length")
    if longest is not None:
        yield f"it takes at most {longest} tokens"
    if not found:
        yield "no rate is recorded: hrm-toolkit evaluate --solver DIR --record NAME"
    elif all(name == "validation" for name in found):
        yield "the weights were chosen on the puzzles of its only rate"
    yield (
        "an answer of the network may be wrong: the rules check each, and without a verified one "
        "the solver abstains"
    )
