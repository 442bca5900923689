"""check_adapter: hold an adapter, ours or a third party's, to the laws."""

from __future__ import annotations

from collections.abc import Sequence

import hrm_toolkit.adapters.laws.meaning
import hrm_toolkit.adapters.laws.shown
import hrm_toolkit.adapters.laws.structure
import hrm_toolkit.adapters.space.laws  # noqa: F401  (all enter theirs)
from hrm_toolkit.adapters.laws.law import LAWS, LawError, Subject
from hrm_toolkit.core import Adapter, AnyAdapter, InputError, Size, ToolkitError, shorten
from hrm_toolkit.core.puzzle import Model


class Law(Model):
    """One law and whether the adapter keeps it.

    Attributes:
        name: the law, as a sentence.
        passed: whether it held in every case looked at.
        detail: the first case that broke it; empty when it holds.
        n: cases looked at; 0 where the adapter has none, or it broke.
    """

    name: str
    passed: bool
    detail: str = ""
    n: int = 0


class Report(Model):
    """What ``check_adapter`` found; falsy when a law is broken.

    Attributes:
        task: the adapter's task.
        seed: seed of the examples.
        samples: examples drawn.
        laws: every law, in order.
    """

    task: str
    seed: int
    samples: int
    laws: tuple[Law, ...]

    def __bool__(self) -> bool:
        return not self.broken

    @property
    def broken(self) -> tuple[Law, ...]:
        """The laws that do not hold."""
        return tuple(law for law in self.laws if not law.passed)

    def __str__(self) -> str:
        lines = [f"{self.task}: {len(self.laws)} laws, {len(self.broken)} broken"]
        for law in self.laws:
            state = "BROKEN" if not law.passed else "ok    " if law.n else "-     "
            count = f"n = {law.n}" if law.n or not law.passed else "not tested: no case"
            lines.append(f"  {state} {law.name} ({count})")
            lines += [f"         {law.detail}"] if law.detail else []
        return "\n".join(lines)

    def require(self) -> Report:
        """This report, when every law holds.

        Raises:
            AdapterError: with the list of broken laws.
        """
        if self.broken:
            raise AdapterError(self)
        return self


class AdapterError(ToolkitError):
    """An adapter that breaks a law. Its text has one line a broken law."""

    code = "bad_adapter"

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(f"the adapter {report.task} breaks {len(report.broken)} laws")

    def __str__(self) -> str:
        return "\n".join(
            [self.message, *(f"- {law.name}: {law.detail}" for law in self.report.broken)]
        )


def check_adapter(
    adapter: AnyAdapter, *, seed: int = 0, samples: int = 20, sizes: Sequence[Size] = ()
) -> Report:
    """Hold an adapter to every law; an exception inside it breaks the law being looked at.

    Args:
        seed: seed of the drawn examples, at least 0.
        samples: examples to draw, at least 1.
        sizes: of the examples, in turn; the adapter's own unless said. Small ones are quicker, and
            the only ones that a search without a heuristic may prove anything of.

    Raises:
        InputError: for what is no adapter.

    Example:
        >>> from hrm_toolkit.adapters import get_adapter
        >>> report = check_adapter(get_adapter("maze"), samples=2)
        >>> bool(report)
        True
    """
    if not isinstance(adapter, Adapter):
        raise InputError("this is no adapter", expected="such as get_adapter(NAME)", got=adapter)
    subject = Subject(adapter, seed, samples, sizes)
    laws = []
    for name, law in LAWS.items():
        try:
            laws.append(Law(name=name, passed=True, n=law(subject)))
        except LawError as broken:
            laws.append(Law(name=name, passed=False, detail=shorten(str(broken), 400)))
        except Exception as error:
            detail = shorten(f"{type(error).__name__}: {error}", 400)
            laws.append(Law(name=name, passed=False, detail=detail))
    return Report(task=adapter.task, seed=seed, samples=samples, laws=tuple(laws))
