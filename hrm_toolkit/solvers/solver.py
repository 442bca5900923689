"""The route: puzzle -> tokens -> carry -> logits -> answer -> verdict."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrm_toolkit.adapters.formats.given import Given
from hrm_toolkit.core import AnyAdapter, Budget, OptionError, Result, Segment, Verdict, shorten
from hrm_toolkit.solvers.bundles.manifest import (
    Manifest,
    bundle_folder,
    read_adapter,
    read_manifest,
)
from hrm_toolkit.solvers.options import Strategy, budget_of, require_options
from hrm_toolkit.solvers.route import Job, Route, Watch
from hrm_toolkit.solvers.voters import require_fit

# torch, which takes seconds to load, is loaded where it computes: not for exact search, nor for a
# structured network on a CPU.
if TYPE_CHECKING:
    import torch

    from hrm_toolkit.solvers.inputs.config import NetworkConfig
    from hrm_toolkit.solvers.networks.network import Network
    from hrm_toolkit.solvers.networks.weights import Weights
    from hrm_toolkit.solvers.proposer import Proposer
    from hrm_toolkit.solvers.runners.runner import Runner


class Solver:
    """A network and an adapter. Without a network only exact search is left.

    Args:
        adapter: the task.
        network: trained for the adapter's tokens, in torch or as arrays; or None.
        name: what results call it.
        manifest: of the bundle it was loaded from.
        device: ``cpu``, ``cuda`` or another torch device.
        batch_size: rows that run side by side in ``solve_many``.

    Example:
        >>> solver = Solver.load("sudoku-4x4")
        >>> result = solver.solve("1...  ..3.  .4..  ...2")
        >>> result.solved, result.verdict.valid
        (True, True)
    """

    def __init__(
        self,
        adapter: AnyAdapter,
        network: Network | Weights | None,
        *,
        name: str = "",
        manifest: Manifest | None = None,
        device: str | torch.device = "cpu",
        batch_size: int = 64,
    ) -> None:
        self.adapter = adapter
        self._device = device
        self.config: NetworkConfig | None = None if network is None else network.config
        self._given = network
        self._runner: Runner | None = None
        self.name = name or ("exact" if network is None else network.config.family)
        self.manifest = manifest
        self.batch_size = batch_size
        self.voter_names: tuple[str, ...] = (self.name,)
        self._others: tuple[Solver, ...] = ()

    @classmethod
    def together(cls, solvers: Sequence[Solver]) -> Solver:
        """Several solvers of one task as one, which vote on each answer.

        For each form of a puzzle every one of them is asked in turn. The first answer that the
        rules accept wins; where there is none, agreement decides, then the networks' own
        estimates. Search, traces and the number of segments are the first one's.

        Args:
            solvers: at least one, each with a network, of one task and encoding.

        Raises:
            OptionError: naming the one that does not fit.

        Example:
            >>> both = Solver.together([Solver.load("sudoku-4x4"), Solver.load("sudoku-4x4")])
            >>> both.solve("1...  ..3.  .4..  ...2").notes
            ('1 of 2 solvers voted: sudoku-4x4',)
        """
        if not solvers:
            raise OptionError("there is no solver to vote", expected="at least one")
        first, *others = solvers
        for solver in solvers:
            require_fit(first, solver)
        if not others:
            return first
        lead = cls(
            first.adapter,
            first._given,
            name=f"{first.name} and {len(others)} more",
            manifest=first.manifest,
            device=first._device,
            batch_size=first.batch_size,
        )
        lead.voter_names = tuple(solver.name for solver in solvers)
        lead._others = tuple(others)
        return lead

    @classmethod
    def load_many(
        cls, sources: Sequence[str | os.PathLike[str]], *, device: str | torch.device = "cpu"
    ) -> Solver:
        """Solvers that vote, such as a run's snapshots; raises what ``load``, ``together`` do."""
        return cls.together([cls.load(source, device=device) for source in sources])

    @cached_property
    def device(self) -> torch.device:
        """Where the network computes."""
        import torch

        return torch.device(self._device)

    @classmethod
    def load(cls, source: str | os.PathLike[str], *, device: str | torch.device = "cpu") -> Solver:
        """A solver from a bundled name or a bundle folder; nothing is ever downloaded.

        Raises:
            UnknownNameError: when there is no such bundle.
            BundleError: when its parts disagree.
        """
        folder = bundle_folder(source)
        manifest = read_manifest(folder)
        adapter = read_adapter(folder, manifest)
        from hrm_toolkit.solvers.bundles.weights import read_arrays, read_network

        network = read_arrays(folder, manifest, adapter) if str(device) == "cpu" else None
        return cls(
            adapter,
            network or read_network(folder, manifest, adapter),
            name=manifest.name,
            manifest=manifest,
            device=device,
        )

    @property
    def network(self) -> Network | None:
        """The network in torch, in evaluation mode on its device; None where there is none."""
        if self._given is None:
            return None
        from hrm_toolkit.solvers.networks.families import network_of
        from hrm_toolkit.solvers.networks.network import Network, placed

        if not isinstance(self._given, Network):
            self._given = network_of(self._given)
        return placed(self._given, self._device)

    @property
    def voters(self) -> tuple[Solver, ...]:
        """The solvers whose networks vote: itself, and those that it was put together with."""
        return self, *self._others

    def save(self, folder: str | os.PathLike[str], *, name: str | None = None) -> Manifest:
        """Write this solver as a bundle folder.

        Raises:
            OptionError: when there is no network to save.
        """
        if self.network is None:
            raise OptionError("this solver has no network to save")
        if self._others:
            raise OptionError("several solvers that vote are no bundle", hint="save each of them")
        from hrm_toolkit.solvers.bundles.bundle import write_bundle

        kept = self.manifest
        self.manifest = write_bundle(
            Path(folder),
            self.network,
            self.adapter,
            name=name or self.name,
            recipe=kept.recipe if kept else None,
            evaluation=kept.evaluation if kept else None,
            training=kept.training if kept else None,
            tasks=kept.tasks if kept else (),
        )
        return self.manifest

    def solve(
        self,
        puzzle: Any,
        *,
        budget: Budget | None = None,
        strategy: Strategy = "verified",
        seed: int = 0,
        **reading: Any,
    ) -> Result:
        """Solve one puzzle; see ``solve_many`` for the options.

        Args:
            puzzle: what a person has: a puzzle, a file's path or name, text in any form that the
                command line reads, JSON, nested lists, an array, a dict, or a networkx graph.
            reading: how it is to be read: ``start``, ``goal``, ``weight`` and ``box`` as on the
                command line; see ``adapters.formats.given``.

        Raises:
            InputError: when it cannot be read, or is a file of several.

        Example:
            >>> from hrm_toolkit.adapters import get_adapter
            >>> edges = {"edges": [["a", "b"], ["b", "c"]]}
            >>> exact = Solver(get_adapter("graph"), None)
            >>> exact.solve(edges, start="a", goal="c").answer.path
            ('a', 'b', 'c')
        """
        self.check_options(strategy, seed)
        route = Route(self, budget, strategy, seed)
        return route.results([Job.of(Given(self.adapter, **reading).one(puzzle))])[0]

    def solve_many(
        self,
        puzzles: Iterable[Any] | str | os.PathLike[str],
        *,
        budget: Budget | None = None,
        strategy: Strategy = "verified",
        seed: int = 0,
        watch: Watch | None = None,
        **reading: Any,
    ) -> list[Result]:
        """Solve puzzles side by side; each answer is that of a lone run.

        Args:
            puzzles: puzzles, or for each what ``solve`` takes; or a file of several, or its text.
            budget: segments, votes, restarts, seconds for the whole call, search nodes for each
                puzzle. What the seconds do not suffice for is ``not_reached`` in its ``status``.
            strategy: ``neural`` is the network alone, halting by its own estimate; ``verified``
                adds votes over symmetries, restarts and search ordered by the network, then exact
                search, for which a part of the time is kept, and stops at the first answer the
                rules accept; ``exact`` uses no network.
            seed: of the drawn symmetries and restarts.
            watch: told the place of each puzzle that search or exact search may now come to, and
                what the network attempted.
            reading: see ``solve``.

        Raises:
            InputError: when a puzzle cannot be read.
            OptionError: for an unknown strategy, or ``neural`` without a network.
        """
        self.check_options(strategy, seed)
        route = Route(self, budget, strategy, seed)
        given = Given(self.adapter, **reading).many(puzzles)
        return route.results([Job.of(read) for read in given], watch)

    def verify(self, puzzle: Any, answer: Any, **reading: Any) -> Verdict:
        """What the rules say of somebody's answer.

        Args:
            puzzle: see ``solve``.
            answer: an answer, a dict with its fields, its main field, a file's path or name, or
                text or JSON as the command line takes it.
            reading: see ``solve``.

        Raises:
            InputError: when either cannot be read, so that nothing was checked.

        Example:
            >>> from hrm_toolkit.adapters import get_adapter
            >>> bool(Solver(get_adapter("maze"), None).verify("S.G", [[0, 0], [0, 1], [0, 2]]))
            True
        """
        given = Given(self.adapter, **reading)
        read = given.one(puzzle)
        claimed = given.answer(read.puzzle, answer)
        asked = self.adapter.meant(read.puzzle, claimed) if read.open else read.puzzle
        return self.adapter.rules.check(asked, claimed)

    @property
    def segments(self) -> int:
        """Network calls an attempt may take unless said: as in its recipe's validations, or 16."""
        recipe = self.manifest.recipe if self.manifest else {}
        return int(recipe.get("validation_segments", 16))

    def complete(self, budget: Budget | None) -> Budget:
        """A budget with the number of segments filled in, and one attempt where anything is said
        of segments or votes and nothing of restarts."""
        return _completed(budget_of(budget), self.segments)

    def check_options(self, strategy: str, seed: int) -> None:
        """Refuse what ``solve`` cannot do; see there."""
        require_options(strategy, seed)
        if strategy == "neural":
            self.proposer()

    def trace(
        self,
        puzzle: Any,
        *,
        segments: int | None = None,
        stop: bool = True,
        seconds: float | None = None,
        states: bool = False,
        **reading: Any,
    ) -> Iterator[Segment]:
        """The answer as it stands after each segment; of a task in several parts, over all parts.

        Args:
            puzzle: see ``solve``.
            segments: the most to run; None as in ``segments``.
            stop: end at the first answer that the rules accept and know no better one for.
            seconds: the most wall-clock time; no segment is begun that would end later.
            states: keep the state after every update of either module, each high and low cycle,
                in the segments' ``states``; see ``core.States`` for their shapes.
            reading: see ``solve``.

        Raises:
            InputError: when the puzzle cannot be read, or is none that the network can take.
            OptionError: when there is no network, or the states would take more than 1 GiB.

        Example:
            >>> solver = Solver.load("sudoku-4x4")
            >>> first = next(solver.trace("1...  ..3.  .4..  ...2", states=True))
            >>> first.states[0].z_high.shape, first.states[0].z_low.shape
            ((2, 16, 4, 32), (2, 2, 16, 4, 32))
        """
        from hrm_toolkit.solvers.tracing import segments_of

        given = Given(self.adapter, **reading).one(puzzle).puzzle
        most = self.complete(Budget(segments=segments or 0, seconds=seconds)).segments
        yield from segments_of(
            self.proposer(), given, most, stop=stop, seconds=seconds, states=states
        )

    def proposer(self) -> Proposer:
        """The network's half of the route, made anew for each use.

        Raises:
            OptionError: when there is no network.
        """
        from hrm_toolkit.solvers.proposer import Proposer

        return Proposer(self.adapter, self.runner(), self.batch_size)

    def runner(self) -> Runner:
        """What runs the network: the same for each use, until its weights change.

        Raises:
            OptionError: when there is no network.
        """
        if self._given is None:
            raise OptionError(
                f"there is no trained network for {self.adapter.task}",
                hint="use strategy exact, or train one",
            )
        from hrm_toolkit.solvers.runners.choice import runner_for

        self._runner = runner_for(self._given, self._device, self._runner)
        return self._runner

    def __repr__(self) -> str:
        """The task, the network, its size and where it computes.

        Example:
            >>> Solver.load("sudoku-4x4")
            Solver("sudoku-4x4", sudoku, structured network of 32,674 numbers on cpu)
        """
        if self.config is None:
            return f'Solver("{shorten(self.name)}", {self.adapter.task}, exact search alone)'
        if self._others:
            return f'Solver("{shorten(self.name)}", {self.adapter.task}, voting on {self._device})'
        family, count = self.config.family, self.runner().parameters
        return (
            f'Solver("{shorten(self.name)}", {self.adapter.task}, '
            f"{family} network of {count:,} numbers on {self._device})"
        )


@lru_cache(64)
def _completed(budget: Budget, segments: int) -> Budget:
    """A budget, with so many segments where it says none; see ``Solver.complete``."""
    said = budget.segments > 0 or budget.votes > 1
    filled = {"segments": budget.segments or segments, "restarts": budget.restarts or int(said)}
    return Budget(**vars(budget) | filled)
