"""How far it is, and what is written beside the answer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from smsherald.cli.flows.backtest.recording import Recording
from smsherald.cli.flows.backtest.rows import fate_row
from smsherald.rehearsal import Fate, Seen

_OWNER_ONLY = 0o600


@contextmanager
def progress(recording: Recording) -> Iterator[Callable[[], None]]:
    """Show how much of the file is read, where somebody looks."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Backtest", total=recording.size or None)
        yield lambda: bar.update(task, completed=recording.position())


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
        if texts.is_file():
            os.fchmod(descriptor, _OWNER_ONLY)
        yield file
