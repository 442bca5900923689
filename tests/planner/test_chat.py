"""The client of OpenAI-compatible endpoints, against a scripted server on a real socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.core import OptionError, ToolkitError
from hrm_toolkit.planner.agent.chat import ChatClient, ChatError, Event, Message, ToolCall
from hrm_toolkit.planner.agent.testing import (
    BreaksOff,
    Call,
    Fails,
    Says,
    ScriptedChat,
    ScriptedServer,
    Served,
)
from hrm_toolkit.planner.agent.wire import events, read_reply

ASK = [Message(role="user", content="hello?")]
SNOWMAN = "grüß dich \N{SNOWMAN} \N{GRINNING FACE}"


def client(server: ScriptedServer, **options: Any) -> ChatClient:
    given: dict[str, Any] = {"backoff": 0.0, "api_key": "k-123"} | options
    return ChatClient(server.base_url, "tiny", **given)


def failure(
    script: Iterable[Served], says: str, *, seconds: float | None = None, **options: Any
) -> tuple[ChatError, int]:
    """The error that a script ends in, which must match, and the requests that it took."""
    with ScriptedServer(script) as server, client(server, **options) as chat:
        with pytest.raises(ChatError, match=says) as raised:
            chat.complete(ASK, seconds=seconds)
        return raised.value, len(server.requests)


def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return f"data: {json.dumps({'choices': choices})}\n\n".encode()


def streamed(*deltas: dict[str, Any]) -> tuple[ToolCall, ...]:
    body = b"".join([*map(chunk, deltas), chunk({}, "tool_calls")])
    return read_reply([body], stream=True, tell=lambda _: None).message.tool_calls


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_words_and_calls_arrive_whole(stream: bool, piece: int) -> None:
    calls = (Call("solve", {"puzzle": SNOWMAN}, id="a1"), Call("describe", '{"task": nul', id="a2"))
    heard: list[Event] = []
    script = [Says(SNOWMAN, calls, tokens=42)]
    with ScriptedServer(script, piece=piece) as server, client(server, stream=stream) as chat:
        reply = chat.complete(ASK, on_event=heard.append)
    assert reply.message.content == SNOWMAN
    assert [(call.id, call.name) for call in reply.message.tool_calls] == [
        ("a1", "solve"),
        ("a2", "describe"),
    ]
    assert json.loads(reply.message.tool_calls[0].arguments) == {"puzzle": SNOWMAN}
    assert reply.message.tool_calls[1].arguments == '{"task": nul'
    assert (reply.tokens, reply.cut, reply.attempts) == (42, False, 1)
    assert "".join(e.text for e in heard if e.kind == "text") == SNOWMAN
    assert "".join(e.text for e in heard if e.kind == "arguments") == "".join(c.text for c in calls)
    assert len(heard) >= 2 * len(SNOWMAN) if stream and piece == 1 else len(heard) >= 3


def test_a_request_carries_history_tools_options_and_key() -> None:
    history = [
        Message(role="system", content="be brief"),
        Message(role="assistant", tool_calls=(ToolCall(id="x", name="solve", arguments="{oops"),)),
        Message(role="tool", content="error", tool_call_id="x"),
    ]
    tool = {"type": "function", "function": {"name": "solve", "parameters": {"type": "object"}}}
    with (
        ScriptedServer(["ok"], api_key="k-123") as server,
        client(server, options={"temperature": 0}) as chat,
    ):
        chat.complete(history, [tool])
        (body,), (headers,) = server.requests, server.headers
    assert headers["authorization"] == "Bearer k-123"
    assert body["temperature"] == 0
    assert body["tools"] == [tool]
    assert body["messages"][0] == {"role": "system", "content": "be brief"}
    call = body["messages"][1]["tool_calls"][0]
    # Arguments that are no JSON object make some servers refuse the history.
    assert json.loads(call["function"]["arguments"]) == {"malformed": "{oops"}
    assert body["messages"][2] == {"role": "tool", "content": "error", "tool_call_id": "x"}


def test_the_key_is_read_from_the_environment_at_each_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        ScriptedServer(["one", "two", "three"]) as server,
        client(server, api_key=None, api_key_env="SOME_KEY") as chat,
    ):
        for key in ("first", "second", None):
            monkeypatch.delenv("SOME_KEY", raising=False)
            if key is not None:
                monkeypatch.setenv("SOME_KEY", key)
            chat.complete(ASK)
        said = [headers.get("authorization") for headers in server.headers]
    assert said == ["Bearer first", "Bearer second", None]


def test_a_key_that_no_header_carries_is_refused_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer([]) as server, client(server, api_key="käse\n7") as chat:
        with pytest.raises(OptionError) as failure:
            chat.complete(ASK)
        assert server.requests == []
    assert "käse" not in str(failure.value)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_passing_failures_are_tried_again(status: int) -> None:
    heard: list[Event] = []
    with ScriptedServer([Fails(status), Fails(status), "hello"]) as server, client(server) as chat:
        reply = chat.complete(ASK, on_event=heard.append)
        assert len(server.requests) == 3
    assert (reply.message.content, reply.attempts) == ("hello", 3)
    assert [event.kind for event in heard].count("retry") == 2


@pytest.mark.parametrize(("status", "hint"), [(400, ""), (401, "API key"), (404, "/v1"), (422, "")])
def test_lasting_failures_are_not(status: int, hint: str) -> None:
    body = {"error": {"message": "no such thing as k-123", "code": "x"}}
    error, requests = failure([Fails(status, body), "hello"], f"answered {status}: no such thing")
    assert (error.status, requests) == (status, 1)
    assert hint in (error.hint or "")
    assert "k-123" not in str(error)


def test_retries_end() -> None:
    _, requests = failure([Fails(503)] * 9, r"503.*gave up after 3 attempts", retries=2)
    assert requests == 3


def test_pauses_double_and_retry_after_goes_before_them() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    script: list[Served] = [Fails(500), Fails(500), Fails(429, headers={"Retry-After": "7"})]
    script += [Fails(429, headers={"Retry-After": date})]
    script += [Fails(429, headers={"Retry-After": "soon"}), "hello"]
    pauses: list[float] = []
    options: dict[str, Any] = {"backoff": 1.0, "retries": 9, "sleep": pauses.append}
    with ScriptedServer(script) as server, client(server, **options) as chat:
        chat.complete(ASK)
    assert pauses[:3] == [1.0, 2.0, 7.0]
    assert 50 < pauses[3] <= 60
    assert pauses[4:] == [16.0]


@pytest.mark.parametrize(("seconds", "after"), [(5.0, "6"), (None, "3600")])
def test_a_wait_that_is_too_long_is_not_begun(seconds: float | None, after: str) -> None:
    script: list[Served] = [Fails(429, headers={"Retry-After": after}), "hello"]
    _, requests = failure(script, f"asked again in {int(after):,} s", seconds=seconds)
    assert requests == 1


@pytest.mark.parametrize("stream", [True, False])
def test_a_reply_that_breaks_off_is_asked_for_again(stream: bool) -> None:
    long = "word " * 200
    script: list[Served] = [BreaksOff(long), BreaksOff(long, after=0), long]
    with ScriptedServer(script) as server, client(server, stream=stream) as chat:
        reply = chat.complete(ASK)
    assert (reply.message.content, reply.attempts) == (long, 3)


def test_a_stream_without_its_end_is_no_reply() -> None:
    with pytest.raises(ChatError, match="broke off") as failure:
        read_reply([chunk({"content": "12"})], stream=True, tell=lambda _: None)
    assert failure.value.retryable


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    says = r"gave up after 2 attempts.*the server runs"
    with (
        ChatClient(f"http://127.0.0.1:{port}", "tiny", retries=1, backoff=0) as chat,
        pytest.raises(ChatError, match=says),
    ):
        chat.complete(ASK)


def test_silence_ends() -> None:
    script = [Fails(200, "", seconds=1)] * 2
    failure(script, r"silent for 0\.1 s.*gave up after 2 attempts", timeout=0.1, retries=1)


@pytest.mark.parametrize("stream", [True, False])
def test_a_reply_has_a_bound(stream: bool) -> None:
    failure(["x" * 50_000], "at most 20,000 bytes", max_bytes=20_000, stream=stream)


def test_a_huge_error_is_cut() -> None:
    error, _ = failure([Fails(400, "no\x1b[31m " * 100_000)], "answered 400")
    assert len(str(error)) < 500
    assert "\x1b" not in str(error)


@pytest.mark.parametrize(
    "body",
    ["<html>It works!</html>", "[]", "{}", "null", "", '{"choices": []}', '{"choices": 3}',
     '{"choices": [{"message": {"content": 5}}]}', "[" * 100_000, "\xff\xfe"],
)  # fmt: skip
def test_what_is_no_completion_is_refused(body: str) -> None:
    failure([Fails(200, body)], "OpenAI chat completion")


def test_an_error_within_a_stream_is_tried_again() -> None:
    error = 'data: {"error": {"message": "overloaded"}}\n\n'
    broken = Fails(200, error, {"Content-Type": "text/event-stream; charset=utf-8"})
    with ScriptedServer([broken, "hello"]) as server, client(server) as chat:
        assert chat.complete(ASK).attempts == 2
    failure([broken], "overloaded", retries=0)


def test_an_error_within_a_stream_that_will_last_is_not() -> None:
    error = 'data: {"error": {"message": "the prompt is too long", "code": 400}}\n\n'
    broken = Fails(200, error, {"Content-Type": "text/event-stream"})
    _, requests = failure([broken, "hello"], "too long")
    assert requests == 1


def test_an_option_of_nothing_takes_a_field_out() -> None:
    with ScriptedServer(["ok"]) as server, client(server, options={"stream_options": None}) as chat:
        chat.complete(ASK)
    assert set(server.requests[0]) == {"model", "messages", "stream"}


def test_a_redirect_is_not_followed() -> None:
    moved = Fails(307, "", {"Location": "https://elsewhere.example/v1"})
    failure([moved], r"elsewhere\.example.*base URL")


def test_compressed_replies_are_refused() -> None:
    failure([Fails(200, b"\x1f\x8b", {"Content-Encoding": "gzip"})], "compressed")


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8000", "ftp://host/v1", "http://", "http://me:secret@host/v1", "http://[::1"],
)
def test_base_urls_that_are_none(url: str) -> None:
    with pytest.raises(OptionError, match="base URL"):
        ChatClient(url, "tiny")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://host/v1", "/v1/chat/completions"),
        ("http://host/v1/", "/v1/chat/completions"),
        ("http://host/v1/chat/completions", "/v1/chat/completions"),
        ("https://host/openai/x?api-version=1", "/openai/x/chat/completions?api-version=1"),
    ],
)
def test_where_completions_are_asked_for(url: str, path: str) -> None:
    with ChatClient(url, "tiny") as chat:
        assert chat.url.raw_path.decode() == path


def test_calls_are_told_apart_as_servers_write_them() -> None:
    def piece(index: int | None, id: str | None, name: str | None, text: Any) -> dict[str, Any]:
        call = {"index": index, "id": id, "function": {"name": name, "arguments": text}}
        return {"tool_calls": [{key: value for key, value in call.items() if value is not None}]}

    expected = [("a", "f", '{"x": 1}'), ("b", "g", "{}")]
    whole = streamed(piece(0, "a", "f", '{"x": 1}'), piece(0, "b", "g", "{}"))
    assert [(c.id, c.name, c.arguments) for c in whole] == expected
    mixed = streamed(
        piece(0, "a", "f", ""), piece(1, "b", "g", "{"), piece(0, None, None, '{"x": 1}'),
        piece(1, "b", "g", "}"),
    )  # fmt: skip
    assert [(c.id, c.name, c.arguments) for c in mixed] == expected
    bare = streamed(
        piece(None, "a", "f", '{"x"'), piece(None, None, None, ": 1}"), piece(None, "b", "g", {})
    )
    assert [(c.id, c.name, c.arguments) for c in bare] == expected


def test_content_in_parts_and_refusals_are_words() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    for message, words in (({"content": parts}, "ab"), ({"refusal": "I won't"}, "I won't")):
        body = json.dumps({"choices": [{"message": message, "finish_reason": "length"}]}).encode()
        reply = read_reply([body], stream=False, tell=lambda _: None)
        assert (reply.message.content, reply.cut) == (words, True)


def test_half_a_surrogate_pair_can_be_written_down() -> None:
    body = b'{"choices": [{"message": {"content": "\\ud83d!"}}]}'
    reply = read_reply([body], stream=False, tell=lambda _: None)
    assert reply.message.content.encode() == b"?!"


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1)
    ),
    st.lists(st.integers(0, 400)),
    st.sampled_from(["\n", "\r\n"]),
)
def test_events_are_the_same_wherever_chunks_are_cut(
    data: list[str], cuts: Iterable[int], end: str
) -> None:
    body = "".join(f"data: {item}{end}{end}: ping{end}" for item in data).encode()
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    chunks = [body[a:b] for a, b in pairwise(places)]
    assert list(events(chunks)) == data


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "delta", "tool_calls", "function", "name"])
            | st.sampled_from(["arguments", "content", "index", "id", "usage", "error"]),
            inner,
            max_size=4,
        )
    ),
)


@given(JSON | st.fixed_dictionaries({"choices": st.lists(st.fixed_dictionaries({"delta": JSON}))}))
def test_whatever_a_server_sends_ends_in_a_reply_or_in_one_error(value: Any) -> None:
    for stream in (True, False):
        text = json.dumps(value)
        body = f"data: {text}\n\ndata: [DONE]\n\n" if stream else text
        try:
            reply = read_reply([body.encode()], stream=stream, tell=lambda _: None)
        except ChatError:
            continue
        assert reply.message.role == "assistant"
        reply.model_dump_json()


def test_a_loopback_endpoint_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with ScriptedServer(["ok"]) as server, client(server) as chat:
        assert chat.complete(ASK).message.content == "ok"


def test_one_client_serves_several_threads() -> None:
    said: list[str] = []
    with ScriptedServer(["same"] * 16) as server, client(server) as chat:
        work = lambda: said.append(chat.complete(ASK).message.content)  # noqa: E731
        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert said == ["same"] * 16


def test_a_script_that_ends_says_so() -> None:
    chat = ScriptedChat(["one", lambda messages: Call("solve", {"n": len(messages)})])
    chat.complete(ASK)
    assert chat.complete(ASK).message.tool_calls[0].arguments == '{"n": 1}'
    with pytest.raises(ToolkitError, match="this is request 3"):
        chat.complete(ASK)
    failure([], "the script ended before request 1")


def test_a_server_that_wants_a_key_refuses_another() -> None:
    with (
        ScriptedServer(["hello"], api_key="right") as server,
        client(server) as chat,
        pytest.raises(ChatError, match="401"),
    ):
        chat.complete(ASK)
