"""Who hears what a long call does: a terminal, a log, or nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrm_toolkit.train.run import Progress

Bar = Callable[..., AbstractContextManager[Callable[[float], None]]]
"""(what goes on, how much there is, unit=...) -> what is told how much is done."""


@contextmanager
def _nothing(*_: Any, **__: Any) -> Iterator[Callable[..., None]]:
    yield lambda *_: None


@dataclass(frozen=True)
class Listener:
    """Hears what a long call does; each part is silent unless said.

    Attributes:
        remark: told a sentence now and then.
        bar: shows how far something is that is counted.
        run: opened around a training run, and told its progress.

    Example:
        >>> heard = []
        >>> Listener(remark=heard.append).remark("half of it")
        >>> heard
        ['half of it']
    """

    remark: Callable[[str], None] = lambda text: None
    bar: Bar = _nothing
    run: Callable[[], AbstractContextManager[Callable[[Progress], None]]] = _nothing


SILENT = Listener()
