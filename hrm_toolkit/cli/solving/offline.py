"""The page that is one file: a puzzle, the network that thinks about it, and the page's modules."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

_IMPORT = re.compile(r'^import (?:\* as (\w+)|\{([^}]*)\}) from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class) (\w+))", re.MULTILINE)


def offline_page(
    title: str,
    puzzle: str,
    pictures: str,
    tape: dict[str, Any] | None,
    thinker: dict[str, Any] | None,
) -> str:
    """One page of HTML that needs nothing else, and lets nothing else in.

    Args:
        title: of the page, in words.
        puzzle: its text.
        pictures: what the toolkit found, as HTML of its own making.
        tape: the segments that are stepped through, see ``tape``; None for none.
        thinker: the network and its code, see ``elsewhere.thinking``; None where no browser can
            run it.
    """
    style, script = _file("style.css"), joined("offline")
    wasm = "" if thinker is None else " 'wasm-unsafe-eval'"
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}{wasm}",
            f"style-src {_hash(style)}",
            # Pictures of segments, which the page makes of its own shapes.
            "img-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    about = "What a network thought, segment by segment. Nothing is asked of anybody."
    if thinker is not None:
        about = (
            f"This file holds the network {thinker['solver']}. It thinks here, offline: nothing is "
            "asked of anybody."
        )
    return Template(_file("offline.html")).substitute(
        policy=policy,
        title=escape(title),
        about=escape(about),
        style=style,
        player=_shared("player"),
        grid=_shared("grid-box"),
        thinking=_shared("thinking"),
        puzzle=escape(puzzle),
        pictures=pictures,
        tape=_data(tape),
        network=_data(None if thinker is None else thinker["network"]),
        code="" if thinker is None else thinker["code"],
        script=script,
    )


def _shared(name: str) -> str:
    """What the served page has by an id, from its first line to the end that is as far indented."""
    page = _file("index.html")
    found = re.search(rf'^( *)<(\w+) id="{name}".*?^\1</\2>$', page, re.MULTILINE | re.DOTALL)
    if found is None:
        raise LookupError(f"the page has no part {name}")
    return found[0]


def _data(value: Any) -> str:
    # Data within a script element ends where such an element does.
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def joined(name: str) -> str:
    """A module and those that it imports as one: each a function that returns what it exports."""
    done: list[str] = []
    _join(name, done, set())
    return "\n".join(done)


def _join(name: str, done: list[str], seen: set[str]) -> None:
    if name in seen:
        return
    seen.add(name)
    text = _file(f"{name}.js")
    for found in _IMPORT.finditer(text):
        _join(found[3], done, seen)
    exported = ", ".join(_EXPORT.findall(text))
    body = _EXPORT.sub("", _IMPORT.sub(_taken, text))
    done.append(f"const module_{name} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();")


def _taken(found: re.Match[str]) -> str:
    whole, some, name = found.groups()
    names: Sequence[str] = [] if some is None else [part.strip() for part in some.split(",")]
    taken = whole or f"{{ {', '.join(part.replace(' as ', ': ') for part in names if part)} }}"
    return f"const {taken} = module_{name};"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return files("hrm_toolkit.planner.serve").joinpath("page", name).read_text(encoding="utf-8")
