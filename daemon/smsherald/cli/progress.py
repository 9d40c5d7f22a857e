"""How far long work is, on standard error, where somebody looks: the work goes on without them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, TextIO, TypeVar, cast

from smsherald.cli.streams import forget

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn

T = TypeVar("T")


class Shown(Protocol):
    """Is told how much is done, and of how much where that is another than before."""

    def __call__(self, done: float, of: float | None = None, /) -> None:
        """Show it."""


class _Unheard:
    """A stream whose reader may go, or its terminal: what is said after that goes nowhere.

    rich would end the command, with 1; it says of many that their work came to nothing.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it, where it can be."""
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Bring on its way what is written."""
        self._try(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        """Be the stream in all else."""
        return getattr(self._stream, name)

    def _try(self, does: Callable[[], object]) -> None:
        try:
            does()
        except OSError:
            # Whatever else the command has to say there would fail as well.
            with suppress(OSError):
                forget(self._stream)


def _console() -> Console:
    from rich.console import Console

    return Console(file=cast("TextIO", _Unheard(sys.stderr)))


@contextmanager
def bar(
    what: str,
    total: float | None = None,
    columns: Callable[[], Sequence[ProgressColumn]] = tuple,
    *,
    transient: bool = False,
) -> Iterator[Shown]:
    """Show how much is done as it is told; `columns` are rich's own unless others are due."""
    console = _console()
    if not console.is_terminal:
        yield lambda _, __=None: None
        return
    # Only who looks waits for the library.
    from rich.progress import Progress

    with Progress(*columns(), console=console, transient=transient) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done, of=None: progress.update(task, completed=done, total=of)


def tracked(what: str, items: Sequence[T]) -> Iterator[T]:
    """Yield them, and show how many are done where there are several."""
    if len(items) == 1:
        yield from items
        return
    with bar(what, len(items)) as shown:
        for done, item in enumerate(items, 1):
            yield item
            shown(done)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show that it goes on."""
    console = _console()
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield
