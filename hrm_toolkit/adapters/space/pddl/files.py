"""PDDL in files: a domain and a problem in one, a problem beside its domain, JSON of both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.space.pddl.language.domain import kind_of
from hrm_toolkit.adapters.space.pddl.language.text import Expression, flatly, read_lists
from hrm_toolkit.adapters.space.pddl.puzzle import PddlPuzzle
from hrm_toolkit.core import InputError, validate
from hrm_toolkit.core.files import (
    NO,
    SURE,
    Claim,
    Loaded,
    ReadOptions,
    RecordForm,
    Sample,
    TextForm,
)

_DEFINES = re.compile(r"(?:\s|;[^\n]*\n)*+\(\s*define\s*\(\s*(?:domain|problem)\b", re.IGNORECASE)
_MOST_BESIDE = 1_000
_BOTH = "a domain and a problem, (define (domain ...) ...) and (define (problem ...) ...)"


def parse(text: str, path: Path | None = None) -> tuple[PddlPuzzle, tuple[str, ...]]:
    """The puzzle of a text of a domain and a problem, or of a problem beside its domain.

    Args:
        path: of the text: a domain is looked for in its folder.

    Returns:
        The puzzle, and a sentence where the domain was found so.

    Raises:
        InputError: when one of the two is missing, or is at fault.
    """
    found: dict[str, Expression] = {}
    for part in read_lists(text):
        kind = kind_of(flatly(part))
        if not kind or kind in found:
            what = f"a second {kind}" if kind else "a part that is neither domain nor problem"
            raise InputError(f"the text has {what}", expected=_BOTH, got=flatly(part)[:80])
        found[kind] = part
    if "problem" not in found:
        what = "a domain alone" if "domain" in found else "no PDDL"
        raise InputError(f"this is {what}", expected=_BOTH)
    problem = flatly(found["problem"])
    if "domain" in found:
        return _puzzle(flatly(found["domain"]), problem), ()
    if path is None:
        raise InputError("this is a problem without its domain", expected=_BOTH)
    domain, beside = _beside(path, _domain_of(found["problem"]))
    return _puzzle(domain, problem), (f"the domain is that of {beside.name} beside the problem",)


def _puzzle(domain: str, problem: str) -> PddlPuzzle:
    return validate(PddlPuzzle, {"domain": domain, "problem": problem})


def _domain_of(problem: Expression) -> str:
    """The name of the domain that a problem says."""
    for part in problem:
        if isinstance(part, tuple) and part[:1] == (":domain",) and len(part) == 2:
            return flatly(part[1])
    raise InputError("the problem names no domain", expected="(:domain NAME)")


def _beside(path: Path, name: str) -> tuple[str, Path]:
    """The domain of a name in the folder of a problem: ``domain.pddl`` before other names.

    Raises:
        InputError: when there is none, or several.
    """
    from hrm_toolkit.adapters.formats.source import read_source

    others = [file for file in sorted(path.parent.glob("*.pddl"))[:_MOST_BESIDE] if file != path]
    usual = [file for file in others if file.name.lower() == "domain.pddl"]
    named = [file for file in others if "domain" in file.name.lower() and file not in usual]
    for group in (usual, named):
        fitting = list[tuple[str, Path]]()
        for file in group:
            text, _ = read_source(file)
            lists = read_lists(text)
            head = lists[0][1:2] if lists else ()
            if head == (("domain", name),):
                fitting.append((text, file))
        if len(fitting) > 1:
            files = ", ".join(file.name for _, file in fitting)
            raise InputError(f"the domain {name} is in {files}", expected="one beside the problem")
        if fitting:
            return fitting[0]
    seen = ", ".join(file.name for file in (*usual, *named)[:5])
    raise InputError(
        f"there is no domain {name} beside the problem" + (f", only {seen}" if seen else ""),
        expected="domain.pddl or NAME-domain.pddl in its folder, or both in one file",
    )


def _claims(sample: Sample) -> Claim:
    return SURE if _DEFINES.match(sample.text) else NO


def _read(text: str, options: ReadOptions) -> Loaded:
    puzzle, notes = parse(text, options.path)
    return Loaded.of("PDDL", [(puzzle, None)], notes)


def _record_claims(value: Any) -> Claim:
    if not isinstance(value, dict) or value.get("task", "pddl") != "pddl":
        return NO
    texts = [value.get("domain"), value.get("problem")]
    return SURE if all(isinstance(t, str) and _DEFINES.match(t) for t in texts) else NO


def _read_record(value: Any, options: ReadOptions) -> Loaded:
    return Loaded.of("PDDL, JSON", [(validate(PddlPuzzle, {"task": "pddl", **value}), None)])


FORMS = (
    TextForm("PDDL", "pddl", _claims, _read),
    RecordForm("PDDL, JSON", "pddl", _record_claims, _read_record),
)
