"""A conversation with a language model: its turns, and the protocol of whoever continues it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from pydantic import Field

from hrm_toolkit.core.errors import ToolkitError
from hrm_toolkit.core.puzzle import Model

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(Model):
    """A tool that the model asks for; ``arguments`` is JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


class Message(Model):
    """One turn of a conversation.

    Attributes:
        role: who speaks.
        content: the words.
        tool_calls: of an assistant, the tools it asks for.
        tool_call_id: of a tool's answer, the call it answers.
    """

    role: Role
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


class Completion(Model):
    """What a model said.

    Attributes:
        message: its turn.
        tokens: prompt and reply together, or None where the endpoint does not count.
        cut: whether the reply ended because it became too long.
        attempts: requests it took, retries included.
    """

    message: Message
    tokens: int | None = Field(default=None, ge=0)
    cut: bool = False
    attempts: int = 1


class Event(NamedTuple):
    """Something to tell while work goes on.

    Attributes:
        kind: ``text`` (a piece of the reply), ``arguments`` (a piece of a tool's arguments) or
            ``retry``, after which a reply starts anew; the planner adds kinds of its own.
        text: the piece, or a sentence.
    """

    kind: str
    text: str


Listener = Callable[[Event], None]


class ChatError(ToolkitError):
    """An endpoint that failed, refused, or said something that is no chat completion.

    Attributes:
        status: the HTTP status, or None where there was none.
        retryable: whether the same request may succeed later.
        after: seconds the endpoint asks to wait, or None.
    """

    code = "endpoint"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retryable: bool = False,
        after: float | None = None,
        expected: str | None = None,
        got: object = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, expected=expected, got=got, hint=hint)
        self.status = status
        self.retryable = retryable
        self.after = after


class ChatModel(Protocol):
    """Anything that continues a conversation and may ask for tools."""

    @property
    def name(self) -> str:
        """What records call it."""

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        *,
        seconds: float | None = None,
        on_event: Listener | None = None,
    ) -> Completion:
        """The next turn.

        Args:
            messages: the conversation so far, oldest first.
            tools: what may be called, in the form of OpenAI chat completions.
            seconds: most wall-clock time, retries included.
            on_event: told of pieces as they arrive.

        Raises:
            ChatError: when there is no reply to be had.
        """


def ignore(event: Event) -> None:
    """The listener that does not listen."""
