"""Tell by its content what a text of puzzles is, and read it.

Every task says how sure its forms are of the text. One that signs itself is read; where none
does, those whose shape fits are tried, and a text that two of them read as different puzzles is
refused: which one is meant, only the person knows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice

from hrm_toolkit.adapters.formats.records import RecordReader, is_lines, require_used, use_of
from hrm_toolkit.adapters.formats.source import Held, Source
from hrm_toolkit.adapters.formats.table import is_table, read_table, stream_table
from hrm_toolkit.adapters.registry import BUILT_IN, get_adapter, loadable
from hrm_toolkit.core import InputError, OptionError, Puzzle, ToolkitError
from hrm_toolkit.core.files import Claim, Form, Loaded, ReadOptions, RecordForm, Sample, TextForm

_CONSIDERED = 4
"""The most forms that a refusal names."""
_COMPARED = 10_000
"""Of two readings of a text so many puzzles are compared."""


def read_any(text: str | Source, options: ReadOptions | None = None) -> Loaded:
    """The puzzles of a text whose kind is told by its content.

    One that is too long to hold, and has one puzzle a line, is read as its puzzles are asked for.

    Raises:
        InputError: saying what was found, what was expected, and which forms were considered.
        OptionError: for an option that the puzzles have no use for.
    """
    options = options or ReadOptions()
    source = Held(text, options.path) if isinstance(text, str) else text
    forms = forms_of(options.adapter or _named(source))
    sample = source.sample()
    texts = [form for form in forms if isinstance(form, TextForm)]
    claims = [(form, form.claims(sample)) for form in texts]
    sure = [form for form, claim in claims if claim.strength == 2]
    if len(sure) == 1:
        return _read(sure[0], source, sample, options)
    records = RecordReader([f for f in forms if isinstance(f, RecordForm)], options, read_any)
    if not sure and sample.first.startswith(("{", "[")):
        if not source.whole and is_lines(source.head):
            return records.stream_lines(source.lines)
        return records.read(source.text())
    if not sure and is_table(sample.first):
        if not source.whole:
            return stream_table(sample, source.lines, records)
        return read_table(source.text(), records)
    fitting = sure or [form for form, claim in claims if claim.strength == 1]
    if not fitting and options.adapter is not None:
        return _as_task(source.text(), options, _unknown(sample, claims, options.adapter))
    if not fitting:
        raise _unknown(sample, claims)
    _require_use(options, fitting, claims)
    return _only(fitting, source, sample, options)


def _named(source: Source | Held) -> str | None:
    """The built-in task that a text names which is one JSON object: no other has to be loaded,
    which takes longer than to solve most puzzles."""
    if not source.whole or not source.head.startswith("{") or '"task"' not in source.head:
        return None
    try:
        said = json.loads(source.head).get("task")
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, str) and said in BUILT_IN else None


def _require_use(
    options: ReadOptions, fitting: Sequence[TextForm], claims: Sequence[tuple[TextForm, Claim]]
) -> None:
    """Refuse options that no form has a use for that a text may be, with what the others miss.

    Raises:
        OptionError: naming the option.
    """
    for name in options.given:
        if not any(name in form.options for form in fitting):
            others = [(f, c.why) for f, c in claims if name in f.options and c.why]
            near = "".join(f"; not {form.name}: {why}" for form, why in others[:_CONSIDERED])
            raise OptionError(
                f"{use_of(name)}, and this can be read as {fitting[0].name} alone{near}"
            )


def forms_of(adapter: str | None) -> list[Form]:
    """The forms of one task, or of all that can be loaded.

    Raises:
        UnknownNameError: for an unknown task.
    """
    if adapter is not None:
        return list(get_adapter(adapter).forms())
    return [form for task in loadable() for form in task.forms()]


def _read(form: TextForm, source: Source | Held, sample: Sample, options: ReadOptions) -> Loaded:
    require_used(options, form)
    if not source.whole and form.stream is not None:
        streamed = form.stream(sample, source.lines, options)
        if streamed is not None:
            return streamed
    return form.read(source.text(), options)


def _as_task(text: str, options: ReadOptions, unknown: InputError) -> Loaded:
    """A text that no form claims, as the task that it is said to be.

    Raises:
        InputError: ``unknown``, for an option that the forms of the task alone would heed.
        OptionError: for one that no form of it has a use for.
    """
    adapter = get_adapter(str(options.adapter))
    for name in options.given:
        if any(name in form.options for form in adapter.forms()):
            raise unknown
        raise OptionError(f"{use_of(name)}, and this is a {adapter.task} puzzle")
    return Loaded.of(f"{adapter.task} text", [(adapter.parse(text), None)])


def _only(
    forms: Sequence[TextForm], source: Source | Held, sample: Sample, options: ReadOptions
) -> Loaded:
    """What the one form that can read the text makes of it."""
    found: list[tuple[TextForm, Loaded]] = []
    refused: list[tuple[TextForm, ToolkitError]] = []
    for form in forms:
        try:
            found.append((form, _read(form, source, sample, options)))
        except ToolkitError as error:
            refused.append((form, error))
    if not found:
        if len(refused) == 1:
            raise refused[0][1]
        raise _none_reads(refused)
    first = found[0][1]
    for form, other in found[1:]:
        if _head(other) != _head(first):
            raise InputError(
                f"this can be read as {found[0][0].name} and as {form.name}",
                hint="say which by its task (adapter), or write it in another form",
            )
    return first


def _head(loaded: Loaded) -> list[Puzzle]:
    return list(islice(loaded.puzzles, _COMPARED))


def _none_reads(refused: Sequence[tuple[TextForm, ToolkitError]]) -> ToolkitError:
    told = "; ".join(f"as {form.name}: {error}" for form, error in refused[:_CONSIDERED])
    return InputError(f"this cannot be read {told}")


def _unknown(
    sample: Sample, claims: Sequence[tuple[TextForm, Claim]], task: str | None = None
) -> InputError:
    near = [f"not {form.name}: {claim.why}" for form, claim in claims if claim.why]
    return InputError(
        "this is no puzzle file that is known"
        + (f" ({'; '.join([*dict.fromkeys(near)][:_CONSIDERED])})" if near else ""),
        expected=f"a {task} puzzle in one of its usual forms" if task else _known(),
        got=sample.first,
        hint=None if task else "name its task with adapter (--adapter) if it is one",
    )


def _known() -> str:
    """The tasks that files are recognised of, in words; those of a family by its name alone."""
    named = dict.fromkeys(task.family or task.title for task in loadable() if task.forms())
    return f"a puzzle of {', '.join(named)} in one of its usual forms, or JSON"
