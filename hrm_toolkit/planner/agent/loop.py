"""A planner's run: calls of the model, calls of tools, checks and critique, within a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from hrm_toolkit.core import Deadline, Segment, shorten
from hrm_toolkit.core.clock import OutOfTimeError, Stopwatch, within
from hrm_toolkit.core.telling import segment_words
from hrm_toolkit.planner.agent.ledger import Ledger, find_answer
from hrm_toolkit.planner.agent.messages import (
    ChatError,
    ChatModel,
    Completion,
    Event,
    Listener,
    Message,
    ToolCall,
)
from hrm_toolkit.planner.agent.result import (
    PlannerBudget,
    PlannerResult,
    Record,
    Standing,
    Stopped,
)
from hrm_toolkit.planner.reply import Reply
from hrm_toolkit.planner.tools.export import openai_chat
from hrm_toolkit.planner.tools.toolbox import Toolbox

T = TypeVar("T")

_MOST_SHOWN = 16_000
"""Characters of a tool's reply that the model is shown."""

_NUDGES = 2
_CHARACTERS_A_TOKEN = 4

_SYSTEM = """\
You solve puzzles with tools. The rules of a puzzle are checked by the tools, and only an answer \
that they accept counts.
- Load a puzzle once with load_puzzle and then use its handle, such as puzzle:7f3a: never copy a \
puzzle by hand twice.
- solve finds an answer and checks it. verify checks an answer of yours and says which rules it \
breaks, and where. Use null for arguments that you have no wish about.
- To propose an answer of your own, write it in a block that begins with ```answer and ends with \
```. It is checked; if it breaks rules you are told which, and try again.
- When an answer is accepted, or it is proved that there is none, close with one short sentence \
and no tool call."""

_CLOSING = (
    "Nothing that you have said so far has been verified. Call solve, or propose an answer in a "
    "block that begins with ```answer, so that the rules can check it. If there is nothing to "
    "verify, say so again."
)
_NO_PUZZLE = "There is no puzzle to check this against: call load_puzzle with the puzzle first."
_CUT = "Your reply was cut off because it became too long: be brief, or call a tool."


class _BudgetEndedError(Exception):
    def __init__(self, part: Stopped) -> None:
        super().__init__(part)
        self.part: Stopped = part


class Loop:
    """One run; see ``Planner`` and ``Planner.run``."""

    def __init__(
        self,
        chat: ChatModel,
        toolbox: Toolbox,
        budget: PlannerBudget,
        listen: Listener,
        client: str,
        record: Record,
    ) -> None:
        self.chat, self.toolbox, self.budget = chat, toolbox, budget
        self.listen, self.client, self.record = listen, client, record
        self.ledger = Ledger(toolbox, self._check, client)
        self.wire_tools = openai_chat(toolbox.tools)
        self.messages: list[Message] = []
        self.words = ""
        self.nudges = _NUDGES
        self.calls = self.tool_calls = self.tokens = 0
        self.estimated = self.over = False
        self.watch, self.until = Stopwatch(), Deadline.after(budget.seconds)

    def run(self, goal: str, puzzle: str | None, task: str | None) -> PlannerResult:
        """Pursue the goal and return what came of it."""
        try:
            stopped, error = self._turns(goal, puzzle, task)
            result = self._result(goal, stopped, error)
            self.record.write("end", **result.model_dump(mode="json", exclude={"data"}))
        finally:
            self.over = True
            self.record.close()
        if self.record.fault is None:
            return result
        return result.model_copy(update={"notes": (*result.notes, self.record.fault)})

    def _begin(self, goal: str, puzzle: str | None, task: str | None) -> None:
        from hrm_toolkit import __version__

        names = [tool.name for tool in self.toolbox.tools]
        self.record.write(
            "begin",
            goal=goal,
            puzzle=puzzle,
            model=self.chat.name,
            system=_SYSTEM,
            tools=names,
            budget=self.budget.model_dump(),
            version=__version__,
        )
        if puzzle is not None:
            loaded = self.ledger.fix(puzzle, task)
            goal = f"{goal}\n\nThe puzzle is loaded as {self.ledger.puzzle}:\n{loaded.text}"
        self.messages += [
            Message(role="system", content=_SYSTEM),
            Message(role="user", content=goal),
        ]

    def _turns(
        self, goal: str, puzzle: str | None, task: str | None
    ) -> tuple[Stopped, ChatError | None]:
        """Turns until the run ends; why it did."""
        try:
            self._begin(goal, puzzle, task)
            while not self._turn():
                pass
        except _BudgetEndedError as ended:
            return ended.part, None
        except KeyboardInterrupt:
            return "interrupted", None
        except ChatError as error:
            # A reply that the deadline cut is the budget's end, not the endpoint's fault.
            return ("seconds", None) if self.until.left <= 0.05 else ("error", error)
        return "done", None

    def _turn(self) -> bool:
        """A call of the model and what follows from it; whether that closes the run."""
        completion = self._ask()
        message = completion.message
        self.messages.append(message)
        if message.tool_calls:
            for call in message.tool_calls:
                self._call_tool(call)
            return False
        self.words = message.content.strip()
        return self._close(cut=completion.cut)

    def _ask(self) -> Completion:
        if self.calls >= self.budget.calls:
            raise _BudgetEndedError("calls")
        if self.tokens >= self.budget.tokens:
            raise _BudgetEndedError("tokens")
        self.calls += 1
        self._tell("call", f"asking {self.chat.name}, call {self.calls} of {self.budget.calls}")
        left, watch = self.until.left, Stopwatch()
        messages = tuple(self.messages)
        completion = self._within(
            lambda: self.chat.complete(messages, self.wire_tools, seconds=left, on_event=self._hear)
        )
        tokens = self._count(completion)
        message = self._with_ids(completion.message)
        self.record.write(
            "chat",
            call=self.calls,
            text=message.content,
            tool_calls=[call.model_dump() for call in message.tool_calls],
            tokens=tokens,
            tokens_estimated=completion.tokens is None,
            cut=completion.cut,
            attempts=completion.attempts,
            seconds=round(watch.seconds, 4),
        )
        return completion.model_copy(update={"message": message})

    def _call_tool(self, call: ToolCall) -> None:
        """Run a tool for the model and answer it."""
        if self.tool_calls >= self.budget.tool_calls:
            raise _BudgetEndedError("tool_calls")
        self.tool_calls += 1
        self._tell("tool", f"{call.name} {shorten(call.arguments, 120)}")
        reply = self._use(call.name, call.arguments, by="model")
        said = reply.text
        if len(said) > _MOST_SHOWN:
            said = f"{said[:_MOST_SHOWN]}\n... cut after {_MOST_SHOWN:,} characters"
        remark = self.ledger.note(call.name, call.arguments, reply)
        if remark:
            self._tell("critique", remark)
            said = f"{said}\n{remark}"
        self.messages.append(Message(role="tool", content=said, tool_call_id=call.id))

    def _check(self, name: str, arguments: dict[str, Any]) -> Reply:
        return self._use(name, arguments, by="planner")

    def _use(self, name: str, arguments: dict[str, Any] | str, *, by: str) -> Reply:
        """Call a tool, and record it with its verdict."""
        watch = Stopwatch()
        reply = self._within(
            lambda: self.toolbox.call(
                name, arguments, client=self.client, on_progress=self._progress
            )
        )
        self.record.write(
            "tool",
            call=self.calls,
            by=by,
            name=name,
            arguments=arguments,
            verdict=reply.status,
            text=reply.text,
            data=reply.data,
            seconds=round(watch.seconds, 4),
        )
        if by == "model" or name == "verify":
            self._tell("verdict", f"{name}: {shorten(reply.text.partition(chr(10))[0], 160)}")
        return reply

    def _close(self, *, cut: bool) -> bool:
        """Check what the model's words propose; whether they close the run."""
        proposal, marked = find_answer(self.words)
        reply = None if proposal is None else self.ledger.propose(proposal)
        if reply is not None and reply.status == "refuted":
            return self._criticise(f"The rules refute this answer.\n{reply.text}")
        if reply is not None and reply.is_error and (marked or not self.ledger.settled):
            return self._criticise(f"This answer cannot be read.\n{reply.text}")
        if self.ledger.settled:
            return True
        bare = self._bare_answer() if proposal is None else None
        if self.ledger.settled or self.nudges == 0:
            return True
        self.nudges -= 1
        if cut:
            return self._criticise(_CUT)
        if bare is not None and bare.status == "refuted":
            return self._criticise(f"{_CLOSING}\nTaken as an answer, this is {bare.text}")
        return self._criticise(_CLOSING if proposal is None else _NO_PUZZLE)

    def _bare_answer(self) -> Reply | None:
        """What the rules say of the words, in case they are an answer and nothing else."""
        refuted = self.ledger.refuted
        reply = self.ledger.propose(self.words) if self.words else None
        # Words that were meant for a reader refute nothing.
        self.ledger.refuted = refuted
        return reply

    def _criticise(self, text: str) -> bool:
        self.record.write("critique", call=self.calls, text=text)
        self._tell("critique", text.partition("\n")[0])
        self.messages.append(Message(role="user", content=text))
        return False

    def _count(self, completion: Completion) -> int:
        """Add up the tokens of a call."""
        tokens = completion.tokens
        if tokens is None:
            self.estimated = True
            parts = (*self.messages, completion.message)
            characters = sum(
                len(m.content) + sum(len(c.name) + len(c.arguments) for c in m.tool_calls)
                for m in parts
            )
            tokens = -(-(characters + len(str(self.wire_tools))) // _CHARACTERS_A_TOKEN)
        self.tokens += tokens
        return tokens

    def _with_ids(self, message: Message) -> Message:
        """The message with an id for each call that no other call of the run has."""
        taken = {call.id for past in self.messages for call in past.tool_calls}
        calls = []
        for number, call in enumerate(message.tool_calls):
            # Nine letters and digits: the strictest servers take no other ids.
            name = call.id if call.id and call.id not in taken else f"c{self.calls:04}{number:04}"
            taken.add(name)
            calls.append(call.model_copy(update={"id": name}))
        return message.model_copy(update={"tool_calls": tuple(calls)})

    def _result(self, goal: str, stopped: Stopped, error: ChatError | None) -> PlannerResult:
        ledger, reply = self.ledger, self.ledger.accepted or self.ledger.impossible
        status: Standing = "none"
        if reply is not None:
            status = "solved" if ledger.accepted else "unsolvable"
        elif ledger.refuted is not None and stopped != "done":
            status, reply = "refuted", ledger.refuted
        elif self.words:
            status = "unverified"
        data = None if reply is None else reply.data
        return PlannerResult(
            status=status,
            verified=status in ("solved", "unsolvable"),
            answer=None if data is None else data.get("answer"),
            task=None if data is None else data.get("task"),
            puzzle=ledger.puzzle,
            as_written=ledger.as_written(goal),
            text=_told(status, reply, self.words),
            words=self.words,
            data=data,
            stopped=stopped,
            error=None if error is None else error.to_dict(),
            calls=self.calls,
            tool_calls=self.tool_calls,
            tokens=self.tokens,
            tokens_estimated=self.estimated,
            seconds=round(self.watch.seconds, 4),
            transcript=None if self.record.path is None else str(self.record.path),
            notes=tuple(self._notes(goal, stopped, error, reply is not None)),
        )

    def _notes(
        self, goal: str, stopped: Stopped, error: ChatError | None, decided: bool
    ) -> Iterator[str]:
        if error is not None:
            yield f"the endpoint failed: {error}"
        elif stopped == "interrupted":
            yield "interrupted"
        elif stopped != "done":
            yield f"the budget of {stopped.replace('_', ' ')} ended the run"
        if decided and not self.ledger.as_written(goal):
            yield (
                f"the model wrote the puzzle {self.ledger.puzzle} itself, not word for word as in "
                "the goal: compare the two, or give the puzzle beside the goal"
            )

    def _within(self, work: Callable[[], T]) -> T:
        try:
            return within(self.until, work)
        except OutOfTimeError:
            raise _BudgetEndedError("seconds") from None

    def _tell(self, kind: str, text: str) -> None:
        self._hear(Event(kind, text))

    def _hear(self, event: Event) -> None:
        # Work that went on after its time is not heard of.
        if not self.over:
            self.listen(event)

    def _progress(self, segment: Segment) -> None:
        self._tell("progress", segment_words(segment))


def _told(status: Standing, reply: Reply | None, words: str) -> str:
    """The outcome in words."""
    match status:
        case "unverified":
            return f"unverified: no tool has checked what the model says\n{words}"
        case "none":
            return "no answer: the model came to no close"
        case "refuted":
            said = "" if reply is None else reply.text
            return f"not solved: the rules refute the last answer\n{said}"
        case _:
            return "" if reply is None else reply.text
