"""check_adapter: each law catches an adapter that breaks it and nothing else is disturbed."""

import random
import runpy
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hrm_toolkit.adapters.check import AdapterError, Law, Report, check_adapter
from hrm_toolkit.adapters.grid import number_clues
from hrm_toolkit.adapters.laws.law import LAWS
from hrm_toolkit.core import (
    Exact,
    Identity,
    Process,
    Structure,
    Verdict,
    Violation,
    WrongAnswer,
    verdict_from,
)
from hrm_toolkit.core.files import MAYBE, NO, SURE, Loaded, TextForm
from hrm_toolkit.core.scene import Mark, Scene

EXAMPLE = Path(__file__).parents[2] / "examples" / "latin-square" / "latin_square.py"
latin = SimpleNamespace(**runpy.run_path(str(EXAMPLE)))


class Good(latin.LatinSquareAdapter):
    default_sizes = (3, 4)
    difficulties = ("easy",)


class Nameless(latin.LatinPuzzle):
    @property
    def size_words(self):
        return ""


def nameless(self, rng, **options):
    example = base("generate")(self, rng, **options)
    return replace(example, puzzle=Nameless(grid=example.puzzle.grid))


def form(**parts):
    read = {"claims": lambda sample: MAYBE, "read": reads, **parts}
    return TextForm("a square", "latin-square", **read)


def reads(text, options):
    return Loaded.of("a square", [(Good().parse(text), None)])


def reads_another(text, options):
    return Loaded.of("a square", [(latin.LatinPuzzle(grid=[[1]]), None)])


def rules(**methods):
    return type("Rules", (latin.LatinRules,), methods)()


def codec(**methods):
    return type("Codec", (latin.FillCodec,), methods)(latin.LatinAnswer, 9)


def base(method, owner=Good):
    return getattr(owner, method)


def fixed(self, rng, **options):
    base("generate")(self, rng, **options)
    return base("generate")(self, np.random.default_rng(0))


def with_global_numpy(self, rng, **options):
    np.random.rand()  # noqa: NPY002 - the fault under test
    return base("generate")(self, rng, **options)


def with_global_random(self, rng, **options):
    random.random()
    return base("generate")(self, rng, **options)


def with_memory(self, rng, **options):
    self.count = getattr(self, "count", 0) + 1
    return base("generate")(self, np.random.default_rng(self.count), **options)


def any_difficulty(self, rng, *, size=None, difficulty=None):
    return base("generate")(self, rng, size=size)


def any_size(self, rng, *, size=None, difficulty=None):
    size = None if size == -1 else size
    return base("generate")(self, rng, size=size, difficulty=difficulty)


def not_easy(self, rng, *, size=None, difficulty=None):
    if difficulty == "easy":
        raise ValueError("too easy")
    return base("generate")(self, rng, size=size, difficulty=difficulty)


def wrong_answer(self, rng, **options):
    example = base("generate")(self, rng, **options)
    return replace(example, answer=self.partial(example.puzzle) or example.answer)


def another_task(self, rng, **options):
    example = base("generate")(self, rng, **options)
    return replace(example, answer=latin.FillAnswer(task="x", grid=example.answer.grid))


def says_no(self, puzzle):
    return [Violation(rule="x", message="I do not like it")]


def checks_nothing(self, puzzle, answer):
    return Verdict(valid=True)


def lenient(self, puzzle, answer):
    verdict = base("check", latin.LatinRules)(self, puzzle, answer)
    kept = [v for v in verdict.violations if v.rule != "blank"]
    return Verdict(valid=not kept, violations=tuple(kept))


def knows_the_first_row(self, puzzle, answer):
    """Rules that the declared relabelling does not leave alone."""
    verdict = base("check", latin.LatinRules)(self, puzzle, answer)
    fine = answer.grid[0][0] <= 2 or len(answer.grid) == 2
    return verdict if fine else verdict_from([Violation(rule="x", message="not today")])


def coerce_shifted(self, value):
    return base("generate")(self, np.random.default_rng(1)).puzzle


def answer_shifted(self, puzzle, value):
    return latin.LatinAnswer(grid=puzzle.grid)


def parse_other(self, text):
    return latin.LatinPuzzle(grid=((0,),))


def render_answer_empty(self, puzzle, answer=None):
    return "" if answer else base("render")(self, puzzle)


def int64(self, puzzle, answer=None):
    return np.array((answer or puzzle).grid).ravel() + 1


def square_tokens(self, puzzle):
    return np.array(puzzle.grid, np.int32) + 1


def outside(self, puzzle, answer=None):
    return np.array((answer or puzzle).grid, np.int32).ravel() + 11


def unstable(self, puzzle):
    self.calls = getattr(self, "calls", 0) + 1
    tokens = np.array(puzzle.grid, np.int32).ravel() + 1
    tokens[0] = 1 + self.calls % 2
    return tokens


def too_short(self, answer_type, largest):
    latin.FillCodec.__init__(self, answer_type, largest)
    self.spec = self.spec.model_copy(update={"max_length": 4})


def short_labels(self, puzzle, answer):
    return base("labels", latin.FillCodec)(self, puzzle, answer)[:-1]


def nothing_scored(self, puzzle, answer):
    return np.zeros(len(puzzle.grid) ** 2, np.int32)


def decode_wrong(self, puzzle, tokens):
    return latin.LatinAnswer(grid=puzzle.grid)


def fickle_labels(self, puzzle, answer):
    labels = base("labels", latin.FillCodec)(self, puzzle, answer)
    self.answer = answer
    self.calls = getattr(self, "calls", 0) + 1
    labels[0] = 0 if self.calls % 2 else labels[0]
    return labels


def decode_from_memory(self, puzzle, tokens):
    return self.answer


def blanks_scored_only(self, puzzle, answer):
    """Unscored givens, which ``decode`` then reads from the tokens all the same."""
    labels = base("labels", latin.FillCodec)(self, puzzle, answer)
    return np.where(np.ravel(puzzle.grid) > 0, 0, labels).astype(np.int32)


def decode_trusting(self, puzzle, tokens):
    givens = np.ravel(puzzle.grid)
    filled = np.where((tokens == 0) & (givens > 0), givens, np.maximum(tokens - 1, 0))
    n = len(puzzle.grid)
    return latin.LatinAnswer(grid=np.minimum(filled, n).reshape(n, n).tolist())


def plan_reversed(self, puzzle, answer):
    return base("plan", latin.LatinRules)(self, puzzle, answer)[::-1]


def plan_short(self, puzzle, answer):
    return base("plan", latin.LatinRules)(self, puzzle, answer)[:-1]


@dataclass
class Lossy(Identity):
    """Turns the grid and forgets to turn it back."""

    def apply(self, puzzle):
        return puzzle.model_copy(update={"grid": tuple(zip(*puzzle.grid, strict=True))})


@dataclass
class LossyAnswer(Identity):
    def apply_answer(self, answer):
        return answer.model_copy(update={"grid": tuple(zip(*answer.grid, strict=True))})


def undeclared(self, puzzle):
    return Structure()


def leaky(self, puzzle):
    structure = base("structure")(self, puzzle)
    row, column = structure.relations
    return replace(structure, relations=(replace(row, source=row.source + 1), column))


def without_of(self, puzzle):
    row, column = base("structure")(self, puzzle).relations
    return Structure((replace(row, of=None), column))


def heavy(self, puzzle):
    row, column = base("structure")(self, puzzle).relations
    return Structure((row, replace(column, weights=np.ones(3, np.float32))))


def not_a_number(self, puzzle):
    row, column = base("structure")(self, puzzle).relations
    weights = np.full(column.source.shape, np.nan, np.float32)
    return Structure((row, replace(column, weights=weights)))


def pad_symbol(self, puzzle):
    return replace(base("structure")(self, puzzle), symbols=np.array([0, 1], np.int32))


def twin_symbol(self, puzzle):
    return replace(base("structure")(self, puzzle), symbols=np.array([2, 2], np.int32))


def narrow_allowed(self, puzzle):
    structure = base("structure")(self, puzzle)
    return replace(structure, allowed=np.ones((1, len(structure.symbols)), np.bool_))


def nothing_allowed(self, puzzle):
    structure = base("structure")(self, puzzle)
    shape = (len(self.codec.encode(puzzle)), len(structure.symbols))
    return replace(structure, allowed=np.zeros(shape, np.bool_))


def flat_coordinates(self, puzzle):
    return replace(base("structure")(self, puzzle), coordinates=np.zeros(3, np.int32))


def other_remains(self, puzzle, state):
    n = len(puzzle.grid)
    return puzzle.model_copy(update={"grid": puzzle.grid[1:] + puzzle.grid[:1]}) if n else puzzle


def restless(self, puzzle):
    self.calls = getattr(self, "calls", 0) + 1
    symbols = np.array([2 + self.calls % 3], np.int32)
    return replace(base("structure")(self, puzzle), symbols=symbols)


def own_random(self, puzzle, rng):
    self.calls = getattr(self, "calls", 0) + 1
    return base("symmetry")(self, puzzle, np.random.default_rng(self.calls))


def two_wrong_answers(self):
    return base("wrong_answers")(self)[:2]


def a_right_one(self):
    wrongs = base("wrong_answers")(self)
    return [*wrongs, WrongAnswer(wrongs[0].puzzle, latin.LatinAnswer(grid=((1, 2), (2, 1))), "x")]


def other_words(self):
    wrongs = base("wrong_answers")(self)
    return [replace(wrong, says="the moon is full") for wrong in wrongs]


def no_hope(self, puzzle, tokens):
    return False


def process(**changes):
    """A codec that tells a process, sound but for what the changes make of its arrays."""

    def tell(self, puzzle):
        sound = Process(*np.ones((3, len(self.encode(puzzle))), np.int32))
        return replace(
            sound, **{name: change(getattr(sound, name)) for name, change in changes.items()}
        )

    return codec(process=tell, hints=1)


def well_generated(self, rng, **options):
    """Generation searches, which broken rules would end."""
    return Good().generate(rng, **options)


def any_answer(self, puzzle, *, seconds=10.0):
    """Every Latin square is an answer to the empty one."""
    n = len(puzzle.grid)
    rows = tuple(tuple((i + j) % n + 1 for j in range(n)) for i in range(n))
    return Exact(latin.LatinAnswer(grid=rows))


def empty_puzzle(self, rng, **options):
    example = base("generate")(self, rng, **options)
    blank = tuple((0,) * len(row) for row in example.puzzle.grid)
    return replace(example, puzzle=example.puzzle.model_copy(update={"grid": blank}))


OF_SPACES = "along a plan no bound says more than is left, no state is dead, and back leads back"
"""Looks at state spaces alone; its mutants are in space/test_derived.py."""


MUTANTS = [
    (
        "labels are a function",
        "two right answers of one puzzle",
        {"generate": empty_puzzle, "exact": any_answer},
    ),
    ("generation", "all made the same puzzle", {"generate": fixed}),
    ("generation", "global random generator", {"generate": with_global_numpy}),
    ("generation", "global random generator", {"generate": with_global_random}),
    ("generation", "the same rng made another puzzle", {"generate": with_memory}),
    ("every declared difficulty", "accepts {'difficulty'", {"generate": any_difficulty}),
    ("every declared difficulty", "accepts {'size'", {"generate": any_size}),
    ("every declared difficulty", "too easy", {"generate": not_easy}),
    ("a generated puzzle", "I do not like it", {"rules": rules(diagnose=says_no)}),
    ("the answer passes", "row 1 column", {"generate": wrong_answer}),
    ("an unfinished", "accept the puzzle", {"rules": rules(check=lenient)}),
    ("JSON", "a FillAnswer, not a LatinAnswer", {"generate": another_task}),
    ("JSON", "coerce(dict)", {"coerce": coerce_shifted}),
    ("JSON", "coerce_answer(dict)", {"coerce_answer": answer_shifted}),
    ("parse(render", "reads as another puzzle", {"parse": parse_other}),
    ("parse(render", "is empty", {"render": render_answer_empty}),
    ("encode", "int64, not int32", {"codec": codec(encode=int64)}),
    ("encode", "labels is int64", {"codec": codec(labels=int64)}),
    ("encode", "not (L,)", {"codec": codec(encode=square_tokens)}),
    ("encode", "leaves the vocabulary", {"codec": codec(encode=outside)}),
    ("encode", "not stable", {"codec": codec(encode=unstable)}),
    ("encode", "max_length is 4", {"codec": codec(__init__=too_short)}),
    ("a cheap look", "that the rules accept", {"codec": codec(may_be_right=no_hope)}),
    ("labels", "labels for", {"codec": codec(labels=short_labels)}),
    ("labels", "no position is scored", {"codec": codec(labels=nothing_scored)}),
    ("labels", "breaks the rules", {"codec": codec(decode=decode_wrong)}),
    ("labels", "no process with 1 hints", {"codec": codec(hints=1)}),
    ("labels", "hints is int64", {"codec": process(hints=np.int64)}),
    ("labels", "label_steps has shape", {"codec": process(label_steps=lambda steps: steps[1:])}),
    ("labels", "numbers below 0", {"codec": process(hint_steps=np.negative)}),
    ("labels", "hint 2 is beyond", {"codec": process(hints=lambda hints: 2 * hints)}),
    (
        "labels",
        "are other labels",
        {"codec": codec(labels=fickle_labels, decode=decode_from_memory)},
    ),
    (
        "labels",
        "unscored positions",
        {"codec": codec(labels=blanks_scored_only, decode=decode_trusting)},
    ),
    ("every planned", "is not legal", {"rules": rules(plan=plan_reversed)}),
    ("every planned", "ends in another answer", {"rules": rules(plan=plan_short)}),
    (
        "every planned",
        "final before action 1",
        {"rules": rules(result=lambda self, state: 42), "generate": well_generated},
    ),
    ("every planned", "costs less than 0", {"rules": rules(step_cost=lambda *_: -1.0)}),
    ("every planned", "what remains after action 1", {"remaining": other_remains}),
    ("symmetry", "undo(apply(puzzle))", {"symmetry": lambda self, puzzle, rng: Lossy()}),
    ("symmetry", "undo_answer(", {"symmetry": lambda self, puzzle, rng: LossyAnswer()}),
    ("symmetry", "after symmetry", {"rules": rules(check=knows_the_first_row)}),
    ("symmetry", "another symmetry", {"symmetry": own_random}),
    ("canonical", "symmetry changes", {"canonical": lambda self, puzzle: str(puzzle)}),
    ("canonical", "one text for", {"canonical": lambda self, puzzle: "same"}),
    ("a picture", "sheet is empty", {"scene": lambda self, puzzle, answer=None: Scene(0, 1, ())}),
    ("a picture", "leaves the text", {"marks": lambda self, text: [Mark(0, len(text) + 1)]}),
    ("the size", "no word", {"puzzle_type": Nameless, "generate": nameless}),
    ("the size", "it is another", {"clues": lambda self, puzzle: number_clues(puzzle.grid)[1:]}),
    ("the size", "left out alone", {"keeping": lambda self, puzzle, clues: puzzle}),
    ("the size", "counts 0 answers", {"count_solutions": lambda self, puzzle, limit=2: 0}),
    ("its forms", "no form takes", {"forms": lambda self: [form(claims=lambda sample: NO)]}),
    ("its forms", "another puzzle", {"forms": lambda self: [form(read=reads_another)]}),
    ("its forms", "is sure of a text", {"forms": lambda self: [form(claims=lambda sample: SURE)]}),
    ("structure", "declared is ('row', 'column')", {"structure": undeclared}),
    ("structure", "source leaves", {"structure": leaky}),
    ("structure", "and no of", {"structure": without_of}),
    ("structure", "not float32", {"structure": heavy}),
    ("structure", "not finite", {"structure": not_a_number}),
    ("structure", "symbols leave", {"structure": pad_symbol}),
    ("structure", "listed twice", {"structure": twin_symbol}),
    ("structure", "coordinates", {"structure": flat_coordinates}),
    ("structure", "not bool", {"structure": narrow_allowed}),
    ("structure", "is ruled out", {"structure": nothing_allowed}),
    ("structure", "from call to call", {"structure": restless}),
    ("exact", "no answer in time", {"exact": lambda self, puzzle: Exact(None)}),
    ("exact", "there is no answer", {"exact": lambda self, puzzle: Exact(None, unsolvable=True)}),
    ("exact", "refuted", {"exact": lambda self, puzzle: Exact(self.partial(puzzle))}),
    ("at least three", "there are 2", {"wrong_answers": two_wrong_answers}),
    ("at least three", "is accepted", {"wrong_answers": a_right_one}),
    ("at least three", "the moon is full", {"wrong_answers": other_words}),
    ("at least three", "is accepted", {"rules": rules(check=checks_nothing)}),
]


def test_a_sound_adapter_keeps_every_law():
    report = check_adapter(Good(), samples=10)
    assert report, str(report)
    assert report.require() is report
    assert [law.name for law in report.laws] == list(LAWS)
    assert all((law.n > 0) == (law.name != OF_SPACES) for law in report.laws)


def test_a_sound_process_keeps_every_law_too():
    report = check_adapter(type("Stepwise", (Good,), {"codec": process()})(), samples=10)
    assert report, str(report)


@pytest.mark.parametrize(
    ("law", "says", "fault"), MUTANTS, ids=[f"{i}-{m[1]}" for i, m in enumerate(MUTANTS)]
)
def test_each_law_catches_its_mutant(law, says, fault):
    report = check_adapter(type("Mutant", (Good,), fault)(), samples=10)
    details = [broken.detail for broken in report.broken if broken.name.startswith(law)]
    assert details, str(report)
    assert says in details[0]


def test_every_law_has_a_mutant():
    caught = {name for name in LAWS for law, _, _ in MUTANTS if name.startswith(law)}
    assert caught == set(LAWS) - {OF_SPACES}


def test_an_adapter_that_raises_breaks_the_laws_it_raises_in():
    def explode(self, puzzle, answer=None):
        raise KeyError("oops")

    report = check_adapter(type("Mutant", (Good,), {"render": explode})(), samples=3)
    first, second = report.broken
    assert first.name == "parse(render(puzzle)) is the puzzle"
    assert second.name.startswith("a picture is well-formed XML")
    assert first.detail == second.detail == "KeyError: 'oops'"


def test_require_lists_every_broken_law_on_a_line():
    mutant = type("Mutant", (Good,), {"generate": fixed, "parse": parse_other})()
    with pytest.raises(AdapterError) as error:
        check_adapter(mutant, samples=3).require()
    lines = str(error.value).splitlines()
    assert lines[0] == f"the adapter latin-square breaks {len(lines) - 1} laws"
    assert any(
        line.startswith("- parse(render(puzzle)) is the puzzle: sample 0:") for line in lines
    )


def test_the_same_seed_gives_the_same_report():
    assert check_adapter(Good(), seed=3, samples=3) == check_adapter(Good(), seed=3, samples=3)


def test_global_random_state_is_left_alone():
    before = random.getstate(), repr(np.random.get_state())  # noqa: NPY002 - to compare it
    check_adapter(Good(), samples=3)
    assert before == (random.getstate(), repr(np.random.get_state()))  # noqa: NPY002 - as above


def test_a_law_without_a_case_is_told_as_not_tested():
    report = Report(task="x", seed=0, samples=0, laws=(Law(name="it holds", passed=True),))
    assert "it holds (not tested: no case)" in str(report)
