"""What ``peers.py`` trains: networks of public packages and ours, on the same showings."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from hrm_toolkit import Solver
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import AnyAdapter, Budget
from hrm_toolkit.core.errors import InputError
from hrm_toolkit.train.data.opening import stream_of
from hrm_toolkit.train.data.splits import find_splits, seen_forms
from hrm_toolkit.train.data.stream import AnyExample, Split, Splits, Stream, draw_distinct
from hrm_toolkit.train.rates.evaluate import evaluate
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.recipes import named_recipe
from hrm_toolkit.train.record.flops import Products
from hrm_toolkit.train.run import Run

TRAINING, TESTED, HELD = 1_000, 200, 50
TASKS: dict[str, dict[str, Any]] = {
    "sudoku": {"sizes": (9,), "difficulties": ("hard",)},
    "maze": {"sizes": (13,)},
}
WIDTH, BATCH, SEGMENTS, TIMED, ATTEMPTS = 64, 16, 12, 10, 16


@dataclass(frozen=True)
class Field:
    """What all train and are tested on."""

    adapter: AnyAdapter
    splits: Splits
    stream: Stream
    test: list[AnyExample]
    seed: int

    @classmethod
    def of(cls, task: str, seed: int) -> Field:
        """The same puzzles for every network."""
        adapter, recipe = get_adapter(task), _recipe(task, seed)
        splits = find_splits(adapter, recipe)
        seen = seen_forms(adapter, splits)
        test = draw_distinct(adapter, recipe.data, seed, Split.TEST, TESTED, exclude=seen)
        return cls(adapter, splits, stream_of(adapter, splits, recipe), test, seed)

    @property
    def vocabulary(self) -> int:
        """Number of token ids."""
        return self.adapter.codec.spec.size

    def tokens(self, examples: list[AnyExample]) -> tuple[Tensor, Tensor]:
        """Inputs and labels of examples, each (n, L)."""
        codec = self.adapter.codec
        pairs = [(codec.encode(e.puzzle), codec.labels(e.puzzle, e.answer)) for e in examples]
        return tuple(torch.from_numpy(np.stack(part)).long() for part in zip(*pairs, strict=True))  # type: ignore[return-value]

    def verified(self, example: AnyExample, tokens: Tensor) -> bool:
        """Whether output tokens (L,) stand for a right answer."""
        try:
            answer = self.adapter.codec.decode(example.puzzle, tokens.numpy().astype(np.int32))
        except InputError:
            return False
        return bool(self.adapter.rules.check(example.puzzle, answer).valid)


def _recipe(task: str, seed: int, **changes: Any) -> Recipe:
    held = {"samples": TRAINING, "validation": HELD, "seed": seed, "data": TASKS[task]}
    return Recipe.model_validate({**named_recipe(task).model_dump(), **held, **changes})


class SpentError(Exception):
    """The minutes of a peer are over."""


class Showings(torch.utils.data.Dataset[tuple[Tensor, Tensor]]):
    """Showings of a stream in their order, until the processor time is spent.

    Whatever place a loader asks for, it gets the next one: so all networks see the same.
    """

    def __init__(self, stream: Stream, seconds: float) -> None:
        self._stream, self._until, self._next = stream, time.process_time() + seconds, 0
        self.updates = 0

    def __len__(self) -> int:
        return 1 << 20

    def __getitem__(self, place: int) -> tuple[Tensor, Tensor]:
        shown = self._stream.show(self._next)
        self._next += 1
        tokens = torch.from_numpy(np.asarray(shown.encoded.tokens))
        return tokens.long(), torch.from_numpy(shown.labels).long()

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Showings by the batch, without end."""
        while True:
            pairs = [self[0] for _ in range(BATCH)]
            yield torch.stack([p[0] for p in pairs]), torch.stack([p[1] for p in pairs])

    def watch(self, optimizer: Optimizer) -> Optimizer:
        """Count an optimizer's steps, and end the training after the one that ends the time."""

        def stepped(*_: Any) -> None:
            self.updates += 1
            if time.process_time() > self._until:
                raise SpentError

        optimizer.register_step_post_hook(stepped)
        return optimizer


@dataclass(frozen=True)
class Measured:
    """How a trained network does.

    Attributes:
        verified: share of puzzles that one attempt solves.
        cells: share of scored cells that it gets right.
        milliseconds: of an attempt, one puzzle at a time.
        attempts: share of puzzles that one of ``ATTEMPTS`` solves, of which the rules choose;
            None for what makes one.
    """

    verified: float
    cells: float
    milliseconds: float
    attempts: float | None = None


@dataclass(frozen=True)
class Trained:
    """A network after its minutes; ``flops`` are of matrix products, of all its updates."""

    measure: Callable[[list[AnyExample]], Measured]
    updates: int
    flops: float
    parameters: int


def tiny_recursive_model(field: Field, rate: float, seconds: float) -> Trained:
    """The package's model with its MLP mixer, in the package's own trainer.

    An optimizer is handed over, since the trainer's own has a rate of what it is given over rows
    times segments: 5e-7 by default, at which nothing is learned in minutes.
    """
    from tiny_recursive_model import MLPMixer1D, TinyRecursiveModel, Trainer

    inputs, labels = field.tokens(field.test[:BATCH])
    mixer = MLPMixer1D(dim=WIDTH, depth=2, seq_len=inputs.shape[1])
    model = TinyRecursiveModel(dim=WIDTH, num_tokens=field.vocabulary, network=mixer)
    showings = Showings(field.stream, seconds)
    trainer = Trainer(
        model,
        showings,
        optim=showings.watch(AdamW(model.parameters(), lr=rate, weight_decay=0.1)),
        batch_size=BATCH,
        epochs=1_000_000,
        max_recurrent_steps=SEGMENTS,
        warmup_steps=100,
        cpu=True,
    )
    with contextlib.suppress(SpentError), contextlib.redirect_stdout(io.StringIO()):
        trainer()
    averaged = model
    if showings.updates > 500:
        averaged = trainer.ema_model.ema_model
    averaged.eval()

    def predict(tokens: Tensor) -> Tensor:
        return averaged.predict(tokens, max_deep_refinement_steps=SEGMENTS)[0]

    with Products() as products:
        model(inputs, *model.get_initial(), labels=labels)[0].backward()
    flops = products.total * showings.updates
    return Trained(measured(field, predict), showings.updates, flops, _parameters(model))


def hrm_pytorch(field: Field, rate: float, seconds: float) -> Trained:
    """The package's model, in a loop of segments as its page shows it, the states handed on."""
    from HRM import HRM

    layers = {
        "dim": WIDTH,
        "depth": 2,
        "attn_dim_head": 16,
        "heads": 4,
        "use_rmsnorm": True,
        "rotary_pos_emb": True,
        "pre_norm": False,
    }
    model = HRM(
        networks=[dict(layers), dict(layers)],
        num_tokens=field.vocabulary,
        dim=WIDTH,
        reasoning_steps=2,
    )
    showings = Showings(field.stream, seconds)
    optimizer = showings.watch(AdamW(model.parameters(), lr=rate, weight_decay=0.1))
    warm = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / 100, 1.0))
    with contextlib.suppress(SpentError):
        for tokens, labels in showings.batches():
            states = None
            for _ in range(SEGMENTS):
                loss, states, _ = model(tokens, hiddens=states, labels=labels)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
                warm.step()
    model.eval()

    @torch.no_grad()
    def predict(tokens: Tensor) -> Tensor:
        states = None
        for _ in range(SEGMENTS):
            logits, states = model(tokens, hiddens=states)
        return logits.argmax(-1)

    inputs, labels = field.tokens(field.test[:BATCH])
    with Products() as products:
        model(inputs, labels=labels)[0].backward()
    flops = products.total * showings.updates
    return Trained(measured(field, predict), showings.updates, flops, _parameters(model))


def ours(field: Field, rate: float | None, seconds: float, network: dict[str, Any]) -> Trained:
    """One of our networks by our training; ``rate`` None is as the task's recipe has it."""
    changes: dict[str, Any] = {"minutes": seconds / 60, "updates": None, "validations": 1}
    if rate is not None:
        changes |= {"learning_rate": rate, "network": network, "pace": 0}
        changes |= {"batch_size": BATCH, "max_segments": SEGMENTS, "validation_segments": SEGMENTS}
    recipe = _recipe(field.adapter.task, field.seed, **changes)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(recipe, Path(folder) / "run")
        solver = Solver.load(run.train())
        facts = run.facts()
    budget = Budget(segments=recipe.validation_segments)

    def measure(examples: list[AnyExample]) -> Measured:
        found = evaluate(solver, examples, strategy="neural", budget=budget)
        started = time.perf_counter()
        for example in examples[:TIMED]:
            solver.solve(example.puzzle, strategy="neural", budget=budget)
        spent = (time.perf_counter() - started) / len(examples[:TIMED])
        many = budget.model_copy(update={"restarts": ATTEMPTS})
        more = evaluate(solver, examples, strategy="neural", budget=many).verified_rate
        return Measured(found.verified_rate, found.token_accuracy or 0.0, 1000 * spent, more)

    return Trained(measure, facts["updates"], facts["flops"] or 0, facts["parameters"])


def measured(
    field: Field, predict: Callable[[Tensor], Tensor]
) -> Callable[[list[AnyExample]], Measured]:
    """How a network that says tokens (n, L) of tokens (n, L) does on puzzles."""

    def measure(examples: list[AnyExample]) -> Measured:
        inputs, labels = field.tokens(examples)
        said = torch.cat([predict(part) for part in inputs.split(50)])
        started = time.perf_counter()
        for row in inputs[:TIMED].split(1):
            predict(row)
        spent = (time.perf_counter() - started) / len(inputs[:TIMED])
        right = [field.verified(e, row) for e, row in zip(examples, said, strict=True)]
        cells = (said == labels).float().mean().item()
        return Measured(sum(right) / len(right), cells, 1000 * spent)

    return measure


def _parameters(model: nn.Module) -> int:
    return sum(weights.numel() for weights in model.parameters())


_GRID = {"width": WIDTH, "heads": 4, "expansion": 2.0, "positions": "rope2d"}
CONTESTANTS: dict[str, Callable[[Field, float, float], Trained]] = {
    "tiny-recursive-model": tiny_recursive_model,
    "hrm-pytorch": hrm_pytorch,
    "ours: structured": lambda field, _, seconds: ours(field, None, seconds, {}),
    "ours: hrm": lambda *asked: ours(*asked, {"preset": "hrm", "layers": 2, **_GRID}),
    "ours: trm": lambda *asked: ours(*asked, {"preset": "trm-mlp", **_GRID, "positions": "none"}),
}
