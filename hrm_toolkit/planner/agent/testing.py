"""Language models that say what a test wrote for them: in process, and behind a real socket."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hrm_toolkit.core.errors import ToolkitError
from hrm_toolkit.planner.agent.messages import Completion, Event, Listener, Message, ToolCall
from hrm_toolkit.planner.agent.wire import message_body

_STREAM = "text/event-stream"


@dataclass(frozen=True)
class Call:
    """A tool call in a script.

    Attributes:
        name: of the tool.
        arguments: an object, or text that is sent as it is: malformed, if need be.
        id: the call's id; empty for one by its place.
    """

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    id: str = ""

    @property
    def text(self) -> str:
        """The arguments as they travel."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True)
class Says:
    """A reply in a script, where words or one call are not all of it.

    Attributes:
        text: the words.
        calls: the tools asked for.
        tokens: what the endpoint counts, or None for nothing.
        cut: whether the reply ends because it became too long.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    tokens: int | None = None
    cut: bool = False


@dataclass(frozen=True)
class Fails:
    """A failure in a script of the server.

    Attributes:
        status: of HTTP.
        body: sent as it is where it is text or bytes, else as JSON.
        headers: such as ``Retry-After``.
        seconds: to wait before answering.
    """

    status: int = 500
    body: Any = field(default_factory=lambda: {"error": {"message": "scripted failure"}})
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class BreaksOff:
    """A reply whose connection ends after so many bytes of its body."""

    reply: str | Call | Says
    after: int = 200


Turn = str | Call | Says
Asked = Callable[[Sequence[Message]], Turn]
Scripted = Turn | Exception | Asked
Served = Turn | Fails | BreaksOff


class ScriptedChat:
    """A ``ChatModel`` that says what a script holds, a reply for each request.

    Args:
        script: words, a ``Call``, a ``Says``, an exception to raise, or a function from the
            messages to one of the first three.

    Attributes:
        requests: the messages of each request so far.
        tools: the tools of the last request.

    Example:
        >>> chat = ScriptedChat(["hello", Call("solve", {"puzzle": "S.G"})])
        >>> chat.complete([]).message.content
        'hello'
        >>> chat.complete([]).message.tool_calls[0].name
        'solve'
    """

    def __init__(self, script: Iterable[Scripted], *, name: str = "scripted") -> None:
        self._script = list(script)
        self._name = name
        self.requests: list[tuple[Message, ...]] = []
        self.tools: tuple[Mapping[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """What records call it."""
        return self._name

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        *,
        seconds: float | None = None,
        on_event: Listener | None = None,
    ) -> Completion:
        """The script's next reply.

        Raises:
            ToolkitError: when the script is at its end.
        """
        self.requests.append(tuple(messages))
        self.tools = tuple(tools)
        number = len(self.requests)
        if number > len(self._script):
            raise ToolkitError(
                f"the script is at its end: this is request {number}",
                expected=f"at most {len(self._script)}",
            )
        scripted = self._script[number - 1]
        if isinstance(scripted, Exception):
            raise scripted
        said = _says(scripted(messages) if callable(scripted) else scripted)
        if on_event is not None and said.text:
            on_event(Event("text", said.text))
        message = Message(role="assistant", content=said.text, tool_calls=_tool_calls(said))
        return Completion(message=message, tokens=said.tokens, cut=said.cut)


class ScriptedServer:
    """An OpenAI-compatible server on loopback that says what a script holds.

    A request with ``"stream": true`` gets server-sent events in small pieces, another one a whole
    completion. After the script's end it answers 410.

    Args:
        script: for each request words, a ``Call``, a ``Says``, a ``Fails`` or a ``BreaksOff``.
        piece: characters of each streamed piece.
        api_key: what requests must bring, or None.

    Attributes:
        base_url: of the server, with ``/v1``.
        requests: the bodies of the requests so far.
        headers: their headers, by names in lower case.

    Example:
        >>> import httpx
        >>> with ScriptedServer(["hello"]) as server:
        ...     url = f"{server.base_url}/chat/completions"
        ...     reply = httpx.post(url, json={"model": "any", "messages": []}).json()
        >>> reply["choices"][0]["message"]["content"]
        'hello'
    """

    def __init__(
        self, script: Iterable[Served], *, piece: int = 7, api_key: str | None = None
    ) -> None:
        self._script = list(script)
        self._lock = threading.Lock()
        self.piece = piece
        self.api_key = api_key
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next(self, body: dict[str, Any], headers: Mapping[str, str]) -> Served:
        """What the script has for a request, which is noted."""
        with self._lock:
            self.requests.append(body)
            self.headers.append({name.lower(): value for name, value in headers.items()})
            number = len(self.requests)
        if self.api_key is not None and headers.get("Authorization") != f"Bearer {self.api_key}":
            return Fails(401, {"error": {"message": "a wrong API key"}})
        if number > len(self._script):
            return Fails(410, {"error": {"message": f"the script ended before request {number}"}})
        return self._script[number - 1]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: ScriptedServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length))
        if self.path.split("?")[0] != "/v1/chat/completions":
            self._send(404, b'{"error": {"message": "there is nothing here"}}')
            return
        served = self.server.owner.next(body, dict(self.headers.items()))
        if isinstance(served, Fails):
            self._fail(served)
            return
        ends = served.after if isinstance(served, BreaksOff) else None
        said = _says(served.reply if isinstance(served, BreaksOff) else served)
        if body.get("stream"):
            pieces = _events(said, body, self.server.owner.piece)
            self._send(200, "".join(pieces).encode(), kind=_STREAM, ends=ends)
        else:
            self._send(200, json.dumps(_whole(said, body)).encode(), ends=ends)

    def _fail(self, fails: Fails) -> None:
        time.sleep(fails.seconds)
        body = fails.body
        if not isinstance(body, str | bytes):
            body = json.dumps(body)
        data = body.encode() if isinstance(body, str) else body
        self._send(fails.status, data, headers=fails.headers)

    def _send(
        self,
        status: int,
        body: bytes,
        *,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
        ends: int | None = None,
    ) -> None:
        self.send_response(status)
        all_headers = {"Content-Type": kind, "Content-Length": str(len(body))} | dict(headers or {})
        for name, value in all_headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body[:ends])
        except OSError:
            # The client has hung up, as it may.
            self.close_connection = True
        if ends is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a test's output is its own."""


def _says(turn: Turn) -> Says:
    if isinstance(turn, Says):
        return turn
    return Says(calls=(turn,)) if isinstance(turn, Call) else Says(turn)


def _tool_calls(said: Says) -> tuple[ToolCall, ...]:
    return tuple(
        ToolCall(id=call.id or f"call{number:05}", name=call.name, arguments=call.text)
        for number, call in enumerate(said.calls, 1)
    )


def _usage(said: Says) -> dict[str, Any]:
    if said.tokens is None:
        return {}
    usage = {"prompt_tokens": said.tokens, "completion_tokens": 0, "total_tokens": said.tokens}
    return {"usage": usage}


def _head(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that strict clients insist on."""
    model = str(body.get("model", "scripted"))
    return {"id": "chatcmpl-scripted", "object": kind, "created": 0, "model": model}


def _finish(said: Says) -> str:
    if said.cut:
        return "length"
    return "tool_calls" if said.calls else "stop"


def _whole(said: Says, asked: Mapping[str, Any]) -> dict[str, Any]:
    body = message_body(Message(role="assistant", content=said.text))
    if said.calls:
        # As the script has them, malformed arguments included.
        body["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
            for c in _tool_calls(said)
        ]
    choice = {"index": 0, "message": body, "finish_reason": _finish(said)}
    return {**_head("chat.completion", asked), "choices": [choice], **_usage(said)}


def _events(said: Says, asked: Mapping[str, Any], piece: int) -> Iterator[str]:
    """Server-sent events, the text and each call's arguments in pieces."""

    head = _head("chat.completion.chunk", asked)

    def event(delta: dict[str, Any], finish: str | None = None) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return f"data: {json.dumps({**head, 'choices': choices})}\n\n"

    yield ": a comment, as some servers send to keep a connection open\n\n"
    yield event({"role": "assistant", "content": ""})
    for start in range(0, len(said.text), piece):
        yield event({"content": said.text[start : start + piece]})
    for index, call in enumerate(_tool_calls(said)):
        named = {"name": call.name, "arguments": ""}
        first = {"index": index, "id": call.id, "type": "function", "function": named}
        yield event({"tool_calls": [first]})
        for start in range(0, len(call.arguments), piece):
            part = {"arguments": call.arguments[start : start + piece]}
            yield event({"tool_calls": [{"index": index, "function": part}]})
    yield event({}, _finish(said))
    if said.tokens is not None:
        yield f"data: {json.dumps({**head, 'choices': [], **_usage(said)})}\n\n"
    yield "data: [DONE]\n\n"
