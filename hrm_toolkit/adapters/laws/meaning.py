"""The laws of what a task means: tokens, rules, plans, symmetries; ``check`` runs them.

A law takes the subject and returns how many cases it looked at, or raises ``LawError`` with a
sentence on the first case that breaks it.
"""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np

from hrm_toolkit.adapters.laws.law import AnyExample, LawError, Subject, law, need
from hrm_toolkit.core import (
    PAD,
    AnyAdapter,
    InputError,
    Process,
    Tokens,
    ToolkitError,
    validate,
)
from hrm_toolkit.core.puzzle import Size


@law("generation depends on its rng alone")
def _generation(subject: Subject) -> int:
    before = _global_random_state()
    subject.examples = [subject.draw(index) for index in range(subject.samples)]
    need(before == _global_random_state(), "generate drew from a global random generator")
    texts = [_dump(example) for example in subject.examples]
    for index, text in enumerate(texts):
        need(
            _dump(subject.draw(index)) == text, f"sample {index}: the same rng made another puzzle"
        )
    different = len(set(texts)) > 1 or subject.samples < 2
    need(different, f"{subject.samples} seeds all made the same puzzle")
    return len(texts)


@law("every declared difficulty and size generates, unknown ones are refused")
def _options(subject: Subject) -> int:
    adapter = subject.adapter
    cases: list[dict[str, Any]] = [{"difficulty": name} for name in adapter.difficulties]
    cases += [{"size": size} for size in adapter.default_sizes]
    for index, options in enumerate(cases):
        example = adapter.generate(subject.rng(2, index), **options)
        verdict = adapter.rules.check(example.puzzle, example.answer)
        need(verdict.valid, f"{options}: the generated answer is refuted: {_why(verdict)}")
    _refused(adapter, subject.rng(2), difficulty="no-such-difficulty")
    _refused(adapter, subject.rng(2), size=-1)
    return len(cases) + 2


@law("a generated puzzle has no visible contradiction")
def _diagnose(subject: Subject) -> int:
    for where, example, _ in subject.each():
        found = subject.adapter.rules.diagnose(example.puzzle)
        need(not found, f"{where}: diagnose says {[v.message for v in found]}")
    return len(subject.examples)


@law("the answer passes the rules")
def _answer(subject: Subject) -> int:
    for where, example, _ in subject.each():
        verdict = subject.adapter.rules.check(example.puzzle, example.answer)
        need(verdict.valid, f"{where}: the generated answer is refuted: {_why(verdict)}")
    return len(subject.examples)


@law("an unfinished puzzle fails")
def _unfinished(subject: Subject) -> int:
    n = 0
    for where, example, _ in subject.each():
        partial = subject.adapter.partial(example.puzzle)
        if partial is not None:
            n += 1
            verdict = subject.adapter.rules.check(example.puzzle, partial)
            need(not verdict, f"{where}: the rules accept the puzzle as its own answer")
    return n


@law("JSON and back changes nothing")
def _json(subject: Subject) -> int:
    adapter = subject.adapter
    for where, example, _ in subject.each():
        for thing, model in (
            (example.puzzle, adapter.puzzle_type),
            (example.answer, adapter.answer_type),
        ):
            kind = type(thing)
            # Of a task that is several tasks in one each has types of its own.
            right = kind is model or (adapter.read_as is None and issubclass(kind, model))
            need(right, f"{where}: a {kind.__name__}, not a {model.__name__}")
            need(adapter.takes(thing.task), f'{where}: task "{thing.task}", not "{adapter.task}"')
            data = json.loads(thing.model_dump_json())
            need(validate(kind, data) == thing, f"{where}: {kind.__name__} changed through JSON")
        data = json.loads(example.puzzle.model_dump_json())
        need(adapter.coerce(data) == example.puzzle, f"{where}: coerce(dict) is another puzzle")
        data = json.loads(example.answer.model_dump_json())
        back = adapter.coerce_answer(example.puzzle, data)
        need(back == example.answer, f"{where}: coerce_answer(dict) is another answer")
    return len(subject.examples)


@law("parse(render(puzzle)) is the puzzle")
def _text(subject: Subject) -> int:
    adapter = subject.adapter
    for where, example, _ in subject.each():
        text = adapter.render(example.puzzle)
        need(adapter.parse(text) == example.puzzle, f"{where}: the text reads as another puzzle")
        solved = adapter.render(example.puzzle, example.answer)
        need(bool(solved.strip()), f"{where}: the rendered answer is empty")
    return len(subject.examples)


@law("encode gives int32 tokens inside the vocabulary")
def _encode(subject: Subject) -> int:
    codec = subject.adapter.codec
    for where, example, _ in subject.each():
        tokens = codec.encode(example.puzzle)
        labels = codec.labels(example.puzzle, example.answer)
        for name, array in (("encode", tokens), ("labels", labels)):
            need(array.dtype == np.int32, f"{where}: {name} is {array.dtype}, not int32")
            need(array.ndim == 1, f"{where}: {name} has shape {array.shape}, not (L,)")
            inside = bool(((array >= 0) & (array < codec.spec.size)).all())
            need(inside, f"{where}: {name} leaves the vocabulary of {codec.spec.size}")
        need(len(tokens) > 0, f"{where}: encode gives no token")
        limit = codec.spec.max_length
        short = limit is None or len(tokens) <= limit
        need(short, f"{where}: {len(tokens)} tokens, and max_length is {limit}")
        need(np.array_equal(tokens, codec.encode(example.puzzle)), f"{where}: encode is not stable")
        told = codec.length(example.puzzle)
        need(told == len(tokens), f"{where}: length says {told}, and encode gives {len(tokens)}")
    return len(subject.examples)


def _process(where: str, process: Process, length: int, hints: int) -> None:
    for name, array in vars(process).items():
        need(array.dtype == np.int32, f"{where}: {name} is {array.dtype}, not int32")
        need(array.shape == (length,), f"{where}: {name} has shape {array.shape}, not ({length},)")
        need(bool((array >= 0).all()), f"{where}: {name} has numbers below 0")
    most = int(process.hints.max(initial=0))
    need(most <= hints, f"{where}: hint {most} is beyond the codec's {hints}")


@law("labels are as long as the tokens, and decode gives the answer back")
def _labels(subject: Subject) -> int:
    adapter = subject.adapter
    codec = adapter.codec
    for where, example, rng in subject.each():
        puzzle = example.puzzle
        labels = codec.labels(puzzle, example.answer)
        length = len(codec.encode(puzzle))
        need(len(labels) == length, f"{where}: {len(labels)} labels for {length} tokens")
        need(bool((labels != PAD).any()), f"{where}: no position is scored")
        decoded = _said(adapter, puzzle, example.answer, labels)
        verdict = adapter.rules.check(puzzle, decoded)
        need(verdict.valid, f"{where}: decode(labels) breaks the rules: {_why(verdict)}")
        again = codec.labels(puzzle, decoded)
        need(np.array_equal(again, labels), f"{where}: labels(decode(labels)) are other labels")
        process = codec.process(puzzle)
        told = "no process" if process is None else "a process"
        need((process is None) == (codec.hints == 0), f"{where}: {told} with {codec.hints} hints")
        if process is not None:
            _process(where, process, length, codec.hints)
        noise = rng.integers(codec.spec.size, size=length).astype(np.int32)
        noisy = codec.decode(puzzle, np.where(labels == PAD, noise, labels))
        same = noisy == codec.decode(puzzle, labels)
        need(same, f"{where}: what stands at unscored positions changes the answer")
    return len(subject.examples)


def _said(adapter: AnyAdapter, puzzle: Any, answer: Any, labels: Tokens) -> Any:
    """The answer that labels stand for; where they tell the next action, what comes of following
    them, action by action, with no more of them than the answer has."""
    rules, state = adapter.rules, adapter.rules.initial(puzzle)
    if adapter.onward(puzzle, state) is None:
        return adapter.codec.decode(puzzle, labels)
    for number in range(len(rules.plan(puzzle, answer))):
        if rules.result(state) is not None:
            break  # Of a way that is not known to be a cheapest one labels may be shorter.
        left = adapter.onward(puzzle, state)
        rest = answer if number == 0 else adapter.exact(left).answer
        said = adapter.codec.decode(left, adapter.codec.labels(left, rest))
        state = rules.step(state, rules.plan(left, said)[0])
    reached = rules.result(state)
    need(reached is not None, "following the labels for as long as the answer is reaches no goal")
    return reached


@law("a cheap look lets every right answer pass")
def _glance(subject: Subject) -> int:
    codec, rules = subject.adapter.codec, subject.adapter.rules
    for where, example, rng in subject.each():
        labels = codec.labels(example.puzzle, example.answer)
        scored = np.flatnonzero(labels)
        for changed in range(3):
            tokens = labels.copy()
            tokens[rng.permutation(scored)[:changed]] = rng.integers(1, codec.spec.size)
            if codec.may_be_right(example.puzzle, tokens):
                continue
            try:
                answer = codec.decode(example.puzzle, tokens)
            except InputError:
                continue
            need(
                not rules.check(example.puzzle, answer),
                f"{where}: may_be_right refuses tokens of an answer that the rules accept",
            )
    return len(subject.examples)


@law("labels are a function of the puzzle, whichever right answer they are asked for")
def _function(subject: Subject) -> int:
    adapter, n = subject.adapter, 0
    for where, example, rng in subject.each():
        puzzle, labels = example.puzzle, adapter.codec.labels(example.puzzle, example.answer)
        drawn = adapter.symmetry(puzzle, rng)
        moved = adapter.exact(drawn.apply(puzzle)).answer
        found = [adapter.exact(puzzle).answer]
        found += [] if moved is None else [drawn.undo_answer(moved)]
        for other in found:
            if other is None or not adapter.rules.check(puzzle, other).valid:
                continue
            if adapter.onward(puzzle, adapter.rules.initial(puzzle)) is not None and not all(
                adapter.rules.check(puzzle, each).optimal for each in (other, example.answer)
            ):
                continue  # Of a way that is not known to be a cheapest one nothing is promised.
            n += 1
            same = np.array_equal(adapter.codec.labels(puzzle, other), labels)
            need(
                same,
                f"{where}: two right answers of one puzzle have different labels, so a network is "
                "taught a coin's toss: let labels (or generate) choose one answer by a rule",
            )
    return n


@law("every planned action is legal and the replay reaches the answer")
def _plan(subject: Subject) -> int:
    rules = subject.adapter.rules
    for where, example, _ in subject.each():
        state = rules.initial(example.puzzle)
        plan = rules.plan(example.puzzle, example.answer)
        for number, action in enumerate(plan, 1):
            need(rules.result(state) is None, f"{where}: final before action {number} of the plan")
            legal = action in rules.actions(state)
            need(legal, f"{where}: action {number} of the plan, {action!r}, is not legal")
            need(rules.step_cost(state, action) >= 0, f"{where}: {action!r} costs less than 0")
            hash(action)
            state = rules.step(state, action)
            left = subject.adapter.remaining(example.puzzle, state)
            solved = left is None or rules.check(left, example.answer).valid
            need(solved, f"{where}: the answer does not solve what remains after action {number}")
        need(rules.result(state) == example.answer, f"{where}: the replay ends in another answer")
        drawn = rules.so_far(state)
        need(drawn == example.answer, f"{where}: the final state is drawn as another answer")
    return len(subject.examples)


@law("symmetry commutes with the rules, and undo takes it back")
def _symmetry(subject: Subject) -> int:
    adapter = subject.adapter
    for where, example, _ in subject.each():
        _symmetric(subject, where, example.puzzle, example.answer, expected=True)
    for number, wrong in enumerate(adapter.wrong_answers(), 1):
        _symmetric(subject, f"wrong answer {number}", wrong.puzzle, wrong.answer, expected=False)
    return len(subject.examples)


def _symmetric(subject: Subject, where: str, puzzle: Any, answer: Any, *, expected: bool) -> None:
    adapter = subject.adapter
    drawn = adapter.symmetry(puzzle, subject.rng(3))
    moved, moved_answer = drawn.apply(puzzle), drawn.apply_answer(answer)
    need(drawn.undo(moved) == puzzle, f"{where}: undo(apply(puzzle)) is another puzzle")
    back = drawn.undo_answer(moved_answer)
    need(back == answer, f"{where}: undo_answer(apply_answer(answer)) is another answer")
    valid = adapter.rules.check(moved, moved_answer).valid
    need(valid == expected, f"{where}: the verdict is {valid} after symmetry, {expected} before")
    again = adapter.symmetry(puzzle, subject.rng(3)).apply(puzzle)
    need(again == moved, f"{where}: the same rng drew another symmetry")


@law("canonical is the same for puzzles equal up to symmetry, and not for all")
def _canonical(subject: Subject) -> int:
    adapter = subject.adapter
    texts, puzzles = set(), set()
    for where, example, rng in subject.each():
        canonical = adapter.canonical(example.puzzle)
        for _ in range(3):
            moved = adapter.symmetry(example.puzzle, rng).apply(example.puzzle)
            need(adapter.canonical(moved) == canonical, f"{where}: symmetry changes canonical")
        texts.add(canonical)
        puzzles.add(example.puzzle.model_dump_json())
    need(len(texts) > 1 or len(puzzles) < 2, f"canonical is one text for {len(puzzles)} puzzles")
    return len(subject.examples)


@law("exact finds an answer that the rules accept")
def _exact(subject: Subject) -> int:
    adapter = subject.adapter
    for where, example, _ in subject.each():
        found = adapter.exact(example.puzzle)
        if not adapter.verifiable:
            need(found.answer is None, f"{where}: exact answers what only a known answer can tell")
            continue
        need(not found.unsolvable, f"{where}: exact says that there is no answer")
        if found.answer is None:
            raise LawError(f"{where}: exact finds no answer in time")
        verdict = adapter.rules.check(example.puzzle, found.answer)
        need(verdict.valid, f"{where}: exact's answer is refuted: {_why(verdict)}")
    return len(subject.examples)


@law("at least three wrong answers, each refuted with the words expected")
def _wrong(subject: Subject) -> int:
    wrongs = list(subject.adapter.wrong_answers())
    need(len(wrongs) >= 3, f"there are {len(wrongs)}")
    for number, wrong in enumerate(wrongs, 1):
        need(bool(wrong.says.strip()), f"wrong answer {number} expects no words")
        verdict = subject.adapter.rules.check(wrong.puzzle, wrong.answer)
        need(not verdict, f"wrong answer {number} is accepted")
        said = any(wrong.says in violation.message for violation in verdict.violations)
        need(said, f'wrong answer {number}: nothing says "{wrong.says}": {_why(verdict)}')
    return len(wrongs)


def _refused(adapter: AnyAdapter, rng: np.random.Generator, **options: str | Size) -> None:
    try:
        adapter.generate(rng, **options)  # type: ignore[arg-type]
    except ToolkitError:
        return
    raise LawError(f"generate accepts {options}")


def _dump(example: AnyExample) -> str:
    return f"{example.puzzle.model_dump_json()} {example.answer.model_dump_json()}"


def _why(verdict: Any) -> str:
    return "; ".join(violation.message for violation in verdict.violations[:3])


def _global_random_state() -> tuple[Any, ...]:
    state = np.random.get_state(legacy=False)  # noqa: NPY002 - to see that nobody moved it
    return random.getstate(), repr(state)
