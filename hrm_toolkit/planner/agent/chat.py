"""A client for any endpoint that speaks OpenAI chat completions, as a ``ChatModel``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from hrm_toolkit.core.clock import Deadline
from hrm_toolkit.core.errors import OptionError, shorten
from hrm_toolkit.planner.agent.messages import (
    ChatError,
    ChatModel,
    Completion,
    Event,
    Listener,
    Message,
    ToolCall,
    ignore,
)
from hrm_toolkit.planner.agent.wire import TRANSIENT, error_words, message_body, read_reply

__all__ = [
    "ChatClient",
    "ChatError",
    "ChatModel",
    "Completion",
    "Event",
    "Listener",
    "Message",
    "ToolCall",
]

_ERROR_BYTES = 64 << 10
_LONGEST_PAUSE = 30.0
_LONGEST_RETRY_AFTER = 120.0


class ChatClient:
    """A client of any endpoint that speaks OpenAI chat completions.

    Args:
        base_url: such as ``http://localhost:11434/v1``; ``/chat/completions`` is added.
        model: the model's name there.
        api_key: sent as a bearer token; None takes that of the environment.
        api_key_env: the environment variable read at each request; where it is unset none is sent.
        stream: whether pieces are asked for as they are made.
        timeout: seconds of silence, or of connecting, that end an attempt.
        retries: attempts after the first, on 408, 409, 425, 429, 5xx and broken connections.
        backoff: seconds before the first retry, doubled each time up to 30; ``Retry-After`` goes
            before it.
        max_bytes: most bytes of one reply.
        options: fields added to each request, such as ``{"temperature": 0}``; None takes one out,
            ``stream_options`` say, which a few servers refuse.

    Example:
        >>> from hrm_toolkit.planner.agent.testing import ScriptedServer
        >>> with ScriptedServer(["hello"]) as server, ChatClient(server.base_url, "tiny") as chat:
        ...     chat.complete([Message(role="user", content="hi")]).message.content
        'hello'
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str | None = None,
        api_key_env: str = "OPENAI_API_KEY",
        stream: bool = True,
        timeout: float = 60.0,
        retries: int = 4,
        backoff: float = 0.5,
        max_bytes: int = 4 << 20,
        options: Mapping[str, Any] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = _endpoint(base_url)
        self.model = model
        self._api_key = api_key
        self.api_key_env = api_key_env
        self.stream = stream
        self.timeout = timeout
        self.retries = retries
        self.backoff = backoff
        self.max_bytes = max_bytes
        self.options = dict(options or {})
        self._sleep = sleep
        # A proxy that the environment names is not asked for this very machine.
        outside = self.url.host not in ("localhost", "127.0.0.1", "::1")
        self._client = httpx.Client(follow_redirects=False, trust_env=outside)

    @property
    def name(self) -> str:
        """The model's name and its host."""
        return f"{self.model} at {self.url.host}"

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        *,
        seconds: float | None = None,
        on_event: Listener | None = None,
    ) -> Completion:
        """The next turn; see ``ChatModel``. A reply that breaks off is asked for again.

        Raises:
            ChatError: when the endpoint refuses, or still fails after the retries.
        """
        tell = on_event or ignore
        deadline = Deadline.after(seconds)
        body = self._body(messages, tools)
        attempt = 1
        while True:
            try:
                completion = self._attempt(body, deadline, tell)
                return completion.model_copy(update={"attempts": attempt})
            except ChatError as error:
                pause = self._pause(error, attempt, deadline)
                tell(Event("retry", f"{error.message}; trying again in {pause:.1f} s"))
                self._sleep(pause)
                attempt += 1

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def __enter__(self) -> ChatClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _body(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "messages": [*map(message_body, messages)]}
        if tools:
            body["tools"] = list(tools)
        if self.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return {key: value for key, value in (body | self.options).items() if value is not None}

    def _headers(self) -> dict[str, str]:
        # Uncompressed, so that the bound on bytes is one on memory too.
        headers = {"Accept-Encoding": "identity"}
        key = (self._api_key or os.environ.get(self.api_key_env, "")).strip()
        if not key:
            return headers
        if not (key.isascii() and key.isprintable()):
            raise OptionError("the API key has characters that no HTTP header can carry")
        return headers | {"Authorization": f"Bearer {key}"}

    def _attempt(self, body: dict[str, Any], deadline: Deadline, tell: Listener) -> Completion:
        headers = self._headers()
        wait = max(min(self.timeout, deadline.left), 0.01)
        try:
            with self._client.stream(
                "POST", self.url, json=body, headers=headers, timeout=wait
            ) as response:
                if response.status_code != httpx.codes.OK:
                    raise _refusal(response, _head(response), headers.get("Authorization", ""))
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise ChatError("the endpoint compressed a reply it was asked not to")
                stream = response.headers.get("Content-Type", "").startswith("text/event-stream")
                return read_reply(self._bytes(response, deadline), stream=stream, tell=tell)
        except httpx.TimeoutException:
            raise ChatError(
                f"{self.url.host} was silent for {wait:.3g} s", retryable=True, hint="is it up?"
            ) from None
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise ChatError(
                f"the connection to {self.url.host} failed: {said}",
                retryable=not isinstance(error, httpx.UnsupportedProtocol),
                hint="check the base URL, and that the server runs",
            ) from None

    def _bytes(self, response: httpx.Response, deadline: Deadline) -> Iterator[bytes]:
        """The body, bounded in size and time."""
        size = 0
        for chunk in response.iter_raw():
            size += len(chunk)
            if size > self.max_bytes:
                raise ChatError(
                    "the endpoint's reply does not end",
                    expected=f"at most {self.max_bytes:,} bytes",
                    hint="limit the reply with the option max_tokens",
                )
            if deadline.over:
                raise ChatError("the reply was not finished in the time left")
            yield chunk

    def _pause(self, error: ChatError, attempt: int, deadline: Deadline) -> float:
        """Seconds before the next attempt; raises the error where there is to be none."""
        if not error.retryable:
            raise error
        if attempt > self.retries:
            error.hint = f"gave up after {attempt} attempts" + (
                f"; {error.hint}" * bool(error.hint)
            )
            raise error
        doubled: float = self.backoff * 2.0 ** min(attempt - 1, 64)
        pause = min(doubled, _LONGEST_PAUSE) if error.after is None else error.after
        if pause > _LONGEST_RETRY_AFTER or pause >= deadline.left:
            error.hint = (
                f"it may be asked again in {pause:,.0f} s, which is more than there is time for"
            )
            raise error
        return pause


def _endpoint(base_url: str) -> httpx.URL:
    """Where completions are asked for."""
    try:
        url = httpx.URL(base_url.strip())
    except httpx.InvalidURL as error:
        raise OptionError(f"the base URL is none: {error}", got=base_url) from None
    if url.scheme not in ("http", "https") or not url.host:
        raise OptionError(
            "the base URL is none",
            expected="one such as http://localhost:11434/v1",
            got=base_url,
        )
    if url.userinfo:
        raise OptionError(
            "the base URL has a password in it", hint="give a key by the environment variable"
        )
    path = url.path.rstrip("/").removesuffix("/chat/completions")
    return url.copy_with(path=f"{path}/chat/completions", fragment=None)


def _head(response: httpx.Response) -> bytes:
    """The beginning of an error's body."""
    head = b""
    for chunk in response.iter_raw():
        head += chunk[: _ERROR_BYTES - len(head)]
        if len(head) >= _ERROR_BYTES:
            break
    return head


def _refusal(response: httpx.Response, body: bytes, secret: str) -> ChatError:
    """The error that a status other than 200 stands for."""
    status = response.status_code
    said = error_words(body)
    key = secret.removeprefix("Bearer ")
    if key:
        said = said.replace(key, "***")
    hints = {
        401: "set the API key, or name its environment variable",
        403: "set the API key, or name its environment variable",
        404: "check the base URL (it often ends in /v1) and the model's name",
    }
    if response.is_redirect:
        said = f"it points to {response.headers.get('Location', 'nowhere')}"
        hints[status] = "use that address as the base URL"
    return ChatError(
        f"the endpoint answered {status}" + (f": {shorten(said, 300)}" if said else ""),
        status=status,
        retryable=status in TRANSIENT,
        after=_retry_after(response.headers.get("Retry-After")),
        hint=hints.get(status),
    )


def _retry_after(value: str | None) -> float | None:
    """Seconds that a ``Retry-After`` header asks for: a number, or a date."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max((date - datetime.now(UTC)).total_seconds(), 0.0)
