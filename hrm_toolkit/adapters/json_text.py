"""JSON from outside: one clear line for whatever is wrong with it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from hrm_toolkit.core import InputError, shorten


def read_json(text: str) -> Any:
    """The value that ``text`` holds.

    Raises:
        InputError: with the place of the first fault, or the key that an object has twice: of its
            two values only one can be meant, and which one is not known.

    Example:
        >>> read_json('{"a": [1, 2}')
        Traceback (most recent call last):
        ...
        hrm_toolkit.core.errors.InputError: this is not valid JSON: column 12: ...
    """
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} " if "\n" in text.strip() else ""
        what = error.msg[0].lower() + error.msg[1:]
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        hint = "the text ends too early: is the file complete?" if cut else None
        got = None if cut else shorten(text[error.pos : error.pos + 100], 30)
        raise InputError(
            f"this is not valid JSON: {where}column {error.colno}: {what}", got=got, hint=hint
        ) from None
    except RecursionError:
        raise InputError("the JSON is nested too deeply", expected="a few levels") from None
    except ValueError:
        raise InputError("the JSON holds a number of thousands of digits") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise InputError(
            f'an object of the JSON has the key "{shorten(twice, 40)}" twice',
            expected="each key once",
            hint="keep the one that is meant",
        )
    return found


def _no_constant(name: str) -> NoReturn:
    raise InputError(f"the JSON holds {name}", expected="finite numbers")
