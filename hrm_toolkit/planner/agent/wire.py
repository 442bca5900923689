"""Chat completions as they travel: messages out; whole replies and streams of pieces in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from hrm_toolkit.planner.agent.messages import (
    ChatError,
    Completion,
    Event,
    Listener,
    Message,
    ToolCall,
)

TRANSIENT = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""HTTP statuses of failures that may pass."""

_DONE = "[DONE]"


class _Wire(BaseModel):
    # Endpoints add fields of their own, so these models alone ignore what they do not know.
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Function(_Wire):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _Call(_Wire):
    index: int | None = None
    id: str | None = None
    function: _Function = _Function()


class _Turn(_Wire):
    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(str(part.get("text") or "") for part in self.content)
        return self.content or self.refusal or ""


class _Choice(_Wire):
    index: int = 0
    delta: _Turn | None = None
    message: _Turn | None = None
    finish_reason: str | None = None


class _Usage(_Wire):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Part(_Wire):
    """A whole completion, or a piece of one: they differ in a word."""

    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: Any = None


def message_body(message: Message) -> dict[str, Any]:
    """A message as endpoints take it."""
    body: dict[str, Any] = {"role": message.role, "content": _clean(message.content)}
    if message.tool_calls:
        body["content"] = body["content"] or None
        body["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": _an_object(call.arguments)},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    return body


def read_reply(chunks: Iterable[bytes], *, stream: bool, tell: Listener) -> Completion:
    """The completion in a body.

    Args:
        chunks: the body.
        stream: whether it is one of server-sent events.
        tell: hears each piece of text and of arguments.

    Raises:
        ChatError: for what is no completion, and for one that breaks off (worth a retry).
    """
    reply = _Reply(tell)
    if not stream:
        reply.add(b"".join(chunks))
        return reply.completion()
    for data in events(chunks):
        if data == _DONE:
            reply.finished = True
            break
        reply.add(data)
    if not reply.finished:
        raise ChatError("the reply broke off", retryable=True)
    return reply.completion()


def events(chunks: Iterable[bytes]) -> Iterator[str]:
    r"""The data of server-sent events, wherever chunks are cut.

    Example:
        >>> list(events([b": hi\ndata: 1\n", b"\r\nda", b"ta: 2\ndata: 3\n\n"]))
        ['1', '2\n3']
    """
    data: list[str] = []
    for line in _lines(chunks):
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
    if data:
        yield "\n".join(data)


def error_words(body: bytes) -> str:
    """What an error's body says."""
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _words(value)


def _words(value: Any) -> str:
    for key in ("error", "message", "detail"):
        if isinstance(value, dict) and value.get(key):
            return _words(value[key])
    return value if isinstance(value, str) else json.dumps(value)


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    rest: list[bytes] = []
    for chunk in chunks:
        *whole, last = chunk.split(b"\n")
        for line in whole:
            yield b"".join([*rest, line]).rstrip(b"\r").decode("utf-8", "replace")
            rest = []
        rest.append(last)
    yield b"".join(rest).decode("utf-8", "replace")


class _Reply:
    """A completion being put together."""

    def __init__(self, tell: Listener) -> None:
        self._tell = tell
        self._text: list[str] = []
        self._calls: list[_Growing] = []
        self._tokens: int | None = None
        self._seen = False
        self._cut = False
        self.finished = False

    def add(self, data: str | bytes) -> None:
        part = _parse(data)
        if part.error:
            code = part.error.get("code") if isinstance(part.error, dict) else None
            passing = code in TRANSIENT if isinstance(code, int) else True
            raise ChatError(f"the endpoint failed: {_words(part.error)}", retryable=passing)
        if part.usage is not None:
            self._tokens = part.usage.prompt_tokens + part.usage.completion_tokens
        for choice in part.choices:
            turn = choice.delta or choice.message
            if choice.index or turn is None:
                continue
            self._seen = True
            self._add_turn(turn)
            self.finished |= choice.finish_reason is not None
            self._cut |= choice.finish_reason == "length"

    def completion(self) -> Completion:
        if not self._seen:
            raise ChatError(
                "the endpoint's reply has no choices", expected="an OpenAI chat completion"
            )
        calls = tuple(call.call for call in self._calls)
        message = Message(role="assistant", content=_clean("".join(self._text)), tool_calls=calls)
        return Completion(message=message, tokens=self._tokens, cut=self._cut)

    def _add_turn(self, turn: _Turn) -> None:
        if turn.text:
            self._text.append(turn.text)
            self._tell(Event("text", turn.text))
        for piece in turn.tool_calls or ():
            self._tell(Event("arguments", self._growing(piece).add(piece)))

    def _growing(self, piece: _Call) -> _Growing:
        """The call that a piece belongs to: by index, by id, or the last one begun."""
        for call in self._calls:
            # Some servers give every call the index 0, and only the id tells them apart.
            other = piece.id and call.id and piece.id != call.id
            if piece.index is not None and call.index == piece.index and not other:
                return call
            if piece.index is None and piece.id and call.id == piece.id:
                return call
        if piece.index is None and not piece.id and not piece.function.name and self._calls:
            return self._calls[-1]
        self._calls.append(_Growing(piece))
        return self._calls[-1]


class _Growing:
    """A tool call of which more may come."""

    def __init__(self, piece: _Call) -> None:
        self.index = piece.index
        self.id = piece.id
        self._name = ""
        self._arguments: list[str] = []

    def add(self, piece: _Call) -> str:
        self.id = self.id or piece.id
        self._name = self._name or piece.function.name or ""
        arguments = piece.function.arguments
        text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
        if arguments is None:
            return ""
        self._arguments.append(text)
        return text

    @property
    def call(self) -> ToolCall:
        arguments = _clean("".join(self._arguments))
        return ToolCall(id=_clean(self.id or ""), name=_clean(self._name), arguments=arguments)


def _parse(data: str | bytes) -> _Part:
    try:
        value = json.loads(data)
        return _Part.model_validate(value)
    except (ValidationError, ValueError, RecursionError):
        got = data if isinstance(data, str) else data[:400].decode("utf-8", "replace")
        raise ChatError(
            "the endpoint's reply cannot be read",
            expected="an OpenAI chat completion",
            got=got or "nothing",
            hint="check the base URL: it often ends in /v1",
        ) from None


def _an_object(arguments: str) -> str:
    """``arguments`` where they are a JSON object; some servers refuse a history with others."""
    try:
        if isinstance(json.loads(arguments), dict):
            return arguments
    except (ValueError, RecursionError):
        pass
    return json.dumps({"malformed": arguments})


def _clean(text: str) -> str:
    """Without halves of surrogate pairs, which no file and no request can carry."""
    return text.encode("utf-8", "replace").decode()
