"""The laws of how a task shows itself to people: pictures, sizes in words, clues."""

from __future__ import annotations

from xml.etree import ElementTree

from hrm_toolkit.adapters.law import LawError, Subject, law, need
from hrm_toolkit.core.errors import visible


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
