"""A sweep: many runs of a recipe, its keys drawn by Optuna, the best recipe kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hrm_toolkit.core import CheckpointError, MissingExtraError, OptionError, ToolkitError
from hrm_toolkit.core.plain import read_plain, replace_file
from hrm_toolkit.core.telling import percent
from hrm_toolkit.train.progress import SILENT, Listener, Progress
from hrm_toolkit.train.recipe import Recipe, changed, to_toml
from hrm_toolkit.train.run import Run

BEST = "best.toml"
JOURNAL = "sweep.journal"


class Space:
    """What is tried for one key.

    Attributes:
        key: of the recipe, dots reaching inside tables.
        choices: texts of values; None for a range.
        low: least number of a range.
        high: greatest.
        log: whether a range is drawn evenly in its logarithm.
    """

    def __init__(
        self,
        key: str,
        choices: list[str] | None = None,
        low: int | float = 0,
        high: int | float = 0,
        log: bool = False,
    ) -> None:
        self.key, self.choices, self.low, self.high, self.log = key, choices, low, high, log

    def ends(self) -> list[str]:
        """The values to look at before any trial."""
        return [str(self.low), str(self.high)] if self.choices is None else self.choices

    def draw(self, trial: Any) -> Any:
        """A trial's value."""
        if self.choices is not None:
            return trial.suggest_categorical(self.key, self.choices)
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(self.key, self.low, self.high, log=self.log)
        return trial.suggest_float(self.key, self.low, self.high, log=self.log)


def parse_space(text: str) -> Space:
    """Read what is tried for a key, as ``--over`` says it.

    Raises:
        OptionError: for anything else.

    Example:
        >>> space = parse_space("learning_rate=1e-4..1e-2:log")
        >>> space.key, space.low, space.high, space.log
        ('learning_rate', 0.0001, 0.01, True)
        >>> parse_space("loss=softmax,stablemax").choices
        ['softmax', 'stablemax']
    """

    key, _, said = text.partition("=")
    expected = "KEY=LOW..HIGH, KEY=LOW..HIGH:log or KEY=VALUE,VALUE"
    if not key.strip() or not said.strip():
        raise OptionError("--over tries nothing", expected=expected, got=text)
    if ".." not in said:
        choices = [choice.strip() for choice in said.split(",")]
        return Space(key.strip(), list(dict.fromkeys(choices)))
    ends, _, scale = said.partition(":")
    low, high = (_number(part) for part in ends.split("..", 1))
    if low is None or high is None or scale not in ("", "log"):
        raise OptionError("--over has no range of numbers", expected=expected, got=text)
    if low >= high or (scale and low <= 0):
        raise OptionError(
            "--over has an empty range" if low >= high else "a logarithm needs numbers above 0",
            expected=expected,
            got=text,
        )
    return Space(key.strip(), None, low, high, bool(scale))


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


class Search:
    """Trials one after the other, each a run in a folder of its own; all told in a journal.

    Args:
        base: the recipe that is varied.
        spaces: its keys.
        out: the sweep's folder.
        device: where networks compute.
        prune: end trials early whose validations fall behind.
        listener: hears of each trial.

    Raises:
        MissingExtraError: without Optuna.
        CheckpointError: when the folder holds another sweep.
    """

    def __init__(
        self,
        base: Recipe,
        spaces: list[Space],
        out: Path,
        device: str,
        *,
        prune: bool = True,
        listener: Listener = SILENT,
    ) -> None:
        self.optuna, self.listener = _optuna(), listener
        self.base, self.spaces, self.out, self.device = base, spaces, out, device
        out.mkdir(parents=True, exist_ok=True)
        self._require_same()
        storages = self.optuna.storages
        journal = storages.journal.JournalFileBackend(str(out / JOURNAL))
        pruners = self.optuna.pruners
        self.study = self.optuna.create_study(
            study_name="sweep",
            storage=storages.JournalStorage(journal),
            load_if_exists=True,
            direction="maximize",
            pruner=pruners.MedianPruner() if prune else pruners.NopPruner(),
        )
        # The sampler's draws start anew with each process, and must not repeat themselves.
        seed = (base.seed + len(self.study.trials)) % 2**32
        self.study.sampler = self.optuna.samplers.TPESampler(seed=seed)

    def run(self, trials: int) -> None:
        """Try until ``trials`` have ended, well or badly; those that were cut off are redone."""
        states = self.optuna.trial.TrialState
        for cut in self.study.get_trials(states=(states.RUNNING,)):
            self.study.enqueue_trial(cut.params)
            self.study.tell(cut.number, state=states.FAIL)
        while (done := self._ended()) < trials:
            self.listener.remark(f"{done} of {trials} trials, {self._best_line()}")
            self._try(self.study.ask())

    def _ended(self) -> int:
        """Trials that came to something; a failed one to an error of the recipe's."""
        states = self.optuna.trial.TrialState
        ended = (states.COMPLETE, states.PRUNED)
        return sum(t.state in ended or "error" in t.user_attrs for t in self.study.trials)

    def _try(self, trial: Any) -> None:

        states = self.optuna.trial.TrialState
        values = {space.key: space.draw(trial) for space in self.spaces}
        said = ", ".join(f"{key}={value}" for key, value in values.items())
        self.listener.remark(f"trial {trial.number}: {said}")
        try:
            recipe = changed(self.base, [f"{key}={value}" for key, value in values.items()])
            rate = self._train(trial, recipe)
        except self.optuna.TrialPruned:
            self.study.tell(trial, state=states.PRUNED)
            self.listener.remark(f"trial {trial.number} fell behind and was ended")
        except ToolkitError as error:
            trial.set_user_attr("error", str(error))
            self.study.tell(trial, state=states.FAIL)
            self.listener.remark(f"trial {trial.number} failed: {error}")
        else:
            self.study.tell(trial, rate)

    def _train(self, trial: Any, recipe: Recipe) -> float:
        """The best verified rate of a trial's run."""

        folder = self.out / f"trial-{trial.number}"
        trial.set_user_attr("out", str(folder))
        seen = 0

        with self.listener.run() as bar:

            def listen(progress: Progress) -> None:
                nonlocal seen
                bar(progress)
                if progress.phase == "train" and run.counters.validations > seen:
                    seen = run.counters.validations
                    trial.report(run.counters.best_rate, seen)
                    if trial.should_prune():
                        raise self.optuna.TrialPruned

            run = Run(recipe, folder, device=self.device, listener=listen)
            run.train()
        return run.counters.best_rate

    def _require_same(self) -> None:
        """Trials of another recipe or over other keys are not to be compared with."""

        spaces = [[s.key, s.choices, s.low, s.high, s.log] for s in self.spaces]
        said = json.dumps({"recipe": self.base.model_dump(mode="json"), "over": spaces})
        path = self.out / "sweep.json"
        if path.exists() and json.loads(read_plain(path, 1 << 24)) != json.loads(said):
            raise CheckpointError(
                "this folder holds a sweep of another recipe or over other keys",
                path=str(self.out),
                hint="choose another --out",
            )
        replace_file(path, said.encode())

    def best(self) -> Any | None:
        """The best trial that ended; None before there is one."""
        ended = self.study.get_trials(states=(self.optuna.trial.TrialState.COMPLETE,))
        return max(ended, key=lambda t: t.value, default=None)

    def _best_line(self) -> str:

        best = self.best()
        return "none ended yet" if best is None else f"best {percent(best.value)} verified"

    def keep_best(self) -> Path | None:
        """Write the best trial's recipe; returns its file."""

        best = self.best()
        if best is None:
            return None
        recipe = changed(self.base, [f"{key}={value}" for key, value in best.params.items()])
        replace_file(self.out / BEST, to_toml(recipe).encode())
        return self.out / BEST


def _optuna() -> Any:

    try:
        import optuna
        import optuna.storages.journal
    except ImportError:
        raise MissingExtraError("sweep", "optuna") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
