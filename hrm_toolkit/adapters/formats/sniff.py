"""Tell by its content what a text of puzzles is, and read it.

Every task says how sure its forms are of the text. One that signs itself is read; where none
does, those whose shape fits are tried, and a text that two of them read as different puzzles is
refused: which one is meant, only the person knows.
"""

from __future__ import annotations

from collections.abc import Sequence

from hrm_toolkit.adapters.formats.records import USE, RecordReader, require_used
from hrm_toolkit.adapters.formats.table import is_table, read_table
from hrm_toolkit.adapters.registry import adapter_names, get_adapter
from hrm_toolkit.core import InputError, OptionError, ToolkitError
from hrm_toolkit.core.files import Claim, Form, Loaded, ReadOptions, RecordForm, Sample, TextForm

_CONSIDERED = 4
"""The most forms that a refusal names."""


def read_any(text: str, options: ReadOptions | None = None) -> Loaded:
    """The puzzles of a text whose kind is told by its content.

    Raises:
        InputError: saying what was found, what was expected, and which forms were considered.
        OptionError: for an option that the puzzles have no use for.
    """
    options = options or ReadOptions()
    forms = forms_of(options.adapter)
    sample = Sample.of(text, options.path)
    texts = [form for form in forms if isinstance(form, TextForm)]
    claims = [(form, form.claims(sample)) for form in texts]
    sure = [form for form, claim in claims if claim.strength == 2]
    if len(sure) == 1:
        return _read(sure[0], text, options)
    records = RecordReader([f for f in forms if isinstance(f, RecordForm)], options, read_any)
    if not sure and sample.first.startswith(("{", "[")):
        return records.read(text)
    if not sure and is_table(sample.first):
        return read_table(text, records)
    fitting = sure or [form for form, claim in claims if claim.strength == 1]
    if not fitting and options.adapter is not None:
        return _as_task(text, options)
    if not fitting:
        raise _unknown(sample, claims)
    return _only(fitting, text, options)


def forms_of(adapter: str | None) -> list[Form]:
    """The forms of one task, or of all that can be loaded.

    Raises:
        UnknownNameError: for an unknown task.
    """
    if adapter is not None:
        return list(get_adapter(adapter).forms())
    found: list[Form] = []
    for name in adapter_names():
        try:
            found += get_adapter(name).forms()
        except ToolkitError:
            # A broken plug-in must not keep others from reading.
            continue
    return found


def _read(form: TextForm, text: str, options: ReadOptions) -> Loaded:
    require_used(options, form)
    return form.read(text, options)


def _as_task(text: str, options: ReadOptions) -> Loaded:
    """A text that no form claims, as the task that it is said to be."""
    adapter = get_adapter(str(options.adapter))
    for name in options.given:
        raise OptionError(f"{USE[name]}, and this is a {adapter.task} puzzle")
    return Loaded.of(f"{adapter.task} text", [(adapter.parse(text), None)])


def _only(forms: Sequence[TextForm], text: str, options: ReadOptions) -> Loaded:
    """What the one form that can read the text makes of it."""
    found: list[tuple[TextForm, Loaded]] = []
    refused: list[tuple[TextForm, ToolkitError]] = []
    for form in forms:
        try:
            found.append((form, _read(form, text, options)))
        except ToolkitError as error:
            refused.append((form, error))
    if not found:
        if len(refused) == 1:
            raise refused[0][1]
        raise _none_reads(refused)
    first = found[0][1]
    for form, other in found[1:]:
        if list(other.puzzles) != list(first.puzzles):
            raise InputError(
                f"this can be read as {found[0][0].name} and as {form.name}",
                hint="say which by its task (adapter), or write it in another form",
            )
    return first


def _none_reads(refused: Sequence[tuple[TextForm, ToolkitError]]) -> ToolkitError:
    told = "; ".join(f"as {form.name}: {error}" for form, error in refused[:_CONSIDERED])
    return InputError(f"this cannot be read {told}")


def _unknown(sample: Sample, claims: Sequence[tuple[TextForm, Claim]]) -> InputError:
    near = [f"no {form.name}: {claim.why}" for form, claim in claims if claim.why]
    return InputError(
        "this is no puzzle file that is known"
        + (f" ({'; '.join(near[:_CONSIDERED])})" if near else ""),
        expected=_KNOWN,
        got=sample.first,
        hint="name its task with adapter (--adapter) if it is one",
    )


_KNOWN = "a Sudoku, maze, graph or ARC task in one of their usual forms, or JSON"
