"""The laws of how a task shows itself to people: pictures, sizes in words, clues."""

from __future__ import annotations

import contextlib
import functools
from xml.etree import ElementTree

from hrm_toolkit.adapters.laws.law import LawError, Subject, law, need
from hrm_toolkit.adapters.registry import adapter_names, get_adapter
from hrm_toolkit.core import ToolkitError
from hrm_toolkit.core.errors import visible
from hrm_toolkit.core.files import ReadOptions, RecordForm, Sample, TextForm


@law("a picture is well-formed XML, and drawn text is marked inside its bounds")
def _pictures(subject: Subject) -> int:
    adapter = subject.adapter
    for where, example, _ in subject.each():
        for answer in (None, example.answer):
            drawn = adapter.scene(example.puzzle, answer)
            need(drawn.width > 0 and drawn.height > 0, f"{where}: the picture's sheet is empty")
            try:
                ElementTree.fromstring(drawn.svg())  # noqa: S314 (it is ours)
            except ElementTree.ParseError as error:
                raise LawError(f"{where}: the picture is no XML: {error}") from None
            text = adapter.render(example.puzzle, answer)
            marks = adapter.marks(text)
            inside = all(0 <= mark.start < mark.end <= len(text) for mark in marks)
            need(inside, f"{where}: marks leaves the text")
    return len(subject.examples)


@law("the size has words, clues are left out one by one, answers counted if at all")
def _words(subject: Subject) -> int:
    adapter = subject.adapter
    for where, example, _ in subject.each():
        puzzle = example.puzzle
        words = puzzle.size_words
        shown = words.strip() == words != "" and visible(words) == words
        need(shown, f"{where}: size_words is {words!r}, which is no word on one line")
        clues = adapter.clues(puzzle)
        need(adapter.keeping(puzzle, clues) == puzzle, f"{where}: with all clues it is another")
        if clues:
            fewer = adapter.keeping(puzzle, clues[1:])
            need(adapter.clues(fewer) == clues[1:], f"{where}: a clue is not left out alone")
        number = adapter.count_solutions(puzzle)
        need(number in (None, 1, 2), f"{where}: it counts {number} answers, up to 2 and at least 1")
    return len(subject.examples)


@law("its forms take what it renders, and are sure of no other task's text")
def _forms(subject: Subject) -> int:
    adapter = subject.adapter
    forms = adapter.forms()
    texts = [form for form in forms if isinstance(form, TextForm)]
    records = [form for form in forms if isinstance(form, RecordForm)]
    options = ReadOptions(adapter.task)
    for where, example, _ in subject.each():
        text = adapter.render(example.puzzle) if texts else ""
        claims = {form.name: form.claims(Sample.of(text)).strength for form in texts}
        need(not texts or any(claims.values()), f"{where}: no form takes what render draws")
        for form in texts:
            if claims[form.name] == max(claims.values()) > 0:
                same = form.read(text, options).puzzles[0] == example.puzzle
                need(same, f"{where}: {form.name} reads what render draws as another puzzle")
        data = example.puzzle.model_dump(mode="json")
        taken = any(form.claims(data).strength for form in records)
        need(not records or taken, f"{where}: no form takes the puzzle's own JSON")
    # What is several tasks in one renders the very texts of these.
    others = sorted(name for name in adapter_names() if name not in _many(adapter.task))
    for name in others if texts else ():
        sure = [form.name for form in texts if form.claims(_sample(name)).strength > 1]
        need(not sure, f"{sure[:1]} is sure of a text that {name} renders")
    return len(subject.examples)


@functools.cache
def _many(task: str) -> frozenset[str]:
    """A task, and those of which it is a part."""
    found = {task}
    for name in adapter_names():
        with contextlib.suppress(ToolkitError):
            if get_adapter(name).takes(task):
                found.add(name)
    return frozenset(found)


@functools.cache
def _sample(task: str) -> Sample:
    """What a task renders; blank where it cannot."""
    try:
        adapter = get_adapter(task)
        # These are at hand, where some tasks take their time to make a puzzle.
        return Sample.of(adapter.render(adapter.wrong_answers()[0].puzzle))
    except (ToolkitError, IndexError):
        return Sample.of("")
