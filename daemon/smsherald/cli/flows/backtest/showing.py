"""How far it is, and what is written beside the answer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from smsherald.cli.flows.backtest.recording import Recording
from smsherald.cli.flows.backtest.rows import fate_row
from smsherald.cli.progress import bar
from smsherald.paths import Kind, kind_of
from smsherald.rehearsal import Fate, Seen

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

_OWNER_ONLY = 0o600


@contextmanager
def progress(recording: Recording) -> Iterator[Callable[[], None]]:
    """Show how much of the file is read, where somebody looks."""
    with bar("Backtest", recording.size or None, _columns, transient=True) as shown:
        yield lambda: shown(recording.position())


def _columns() -> Sequence[ProgressColumn]:
    from rich.progress import (
        BarColumn,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )


@contextmanager
def written(texts: Path | None) -> Iterator[Callable[[int, Seen, Fate], None] | None]:
    """Return what writes an SMS a line; only its owner may read the file.

    Raises OSError with the file's name, also where the disk is full.
    """
    if texts is None:
        yield None
        return
    try:
        with _opened(texts) as file:

            def write(line: int, seen: Seen, fate: Fate) -> None:
                file.write(json.dumps(fate_row(line, seen, fate, str), ensure_ascii=False) + "\n")

            yield write
    except OSError as error:
        error.filename = error.filename or str(texts)
        raise


@contextmanager
def _opened(texts: Path) -> Iterator[IO[str]]:
    descriptor = os.open(texts, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        # One that was there before has other rights.
        if kind_of(texts) is Kind.FILE:
            os.fchmod(descriptor, _OWNER_ONLY)
        yield file
