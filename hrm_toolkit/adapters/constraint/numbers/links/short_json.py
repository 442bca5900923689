"""The short form that SudokuPad's links have for JSON.

Names are short and bare, strings have single quotes, colours none, and an object without fields is
left out of its list.
"""

from __future__ import annotations

import json
import re

from hrm_toolkit.core import InputError

_SHORT = {
    "c": "color", "ca": "cages", "ct": "center", "c1": "borderColor", "c2": "backgroundColor",
    "ce": "cells", "cs": "cellSize", "a": "arrows", "o": "overlays", "u": "underlays",
    "w": "width", "h": "height", "v": "value", "vd": "videos", "l": "lines", "r": "rounded",
    "re": "regions", "fs": "fontSize", "th": "thickness", "hl": "headLength", "wp": "wayPoints",
    "t": "title", "te": "text", "d": "duration", "d2": "d",
}  # fmt: skip
"""The names that the short form of its JSON has for others."""
_WORDS = {"t": "true", "f": "false", "#0": '"#000000"', "#F": '"#FFFFFF"'}
_TOKEN = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\[\]{},:'"\s]+|\s+""", re.S
)


def written_out(text: str) -> str:
    """The JSON that a text in the short form stands for; JSON itself stays.

    Raises:
        InputError: for a text that ends within a string.

    Example:
        >>> written_out("{ce:[[{v:5},]],c:34BBE6,te:'it\\\\'s'}")
        '{"cells":[[{"value":5},{}]],"color":"#34BBE6","text":"it\\'s"}'
    """
    if re.match(r'\s*\{\s*["}]', text):
        return text
    tokens = _TOKEN.findall(text)
    if sum(map(len, tokens)) != len(text):
        raise InputError("the text in the link is cut off", expected="all of it")
    tokens = [token for token in tokens if not token.isspace()]
    around = zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False)
    return "".join(_one(*three) for three in around)


def _one(before: str, sign: str, after: str) -> str:
    """The JSON of one piece of the text, between its neighbours."""
    if sign[0] in "'\"":
        return _quoted(sign)
    if after == ":":
        return json.dumps(_SHORT.get(sign, sign))
    if before == ":" and re.fullmatch("[0-9a-fA-F]{6}", sign):
        # Six signs of a colour lose their quotes; a number of six digits is none of ours.
        return f'"#{sign}"'
    if sign in "[," and after in (",", "]", "}"):
        # An object without fields is left out where it stands in a list.
        return sign + "{}"
    return _WORDS.get(sign, sign)


def _quoted(token: str) -> str:
    if token[0] == '"':
        return token
    inner = re.sub(r"\\.|\"", lambda m: {"\\'": "'", '"': '\\"'}.get(m[0], m[0]), token[1:-1])
    return f'"{inner}"'
