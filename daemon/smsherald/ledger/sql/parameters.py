"""How a batch becomes the parameters of statements: one JSON document, or lists of VALUES.

A document is one statement, whatever the size; lists are a few, of the `SIZES` that there are.
Never row by row: a thread gives the interpreter away at each step of a statement, and waits to get
it back. For the same reason no statement that is run for every SMS answers with rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Connection, text
from sqlalchemy.engine import Dialect as Driver

Columns: TypeAlias = tuple[tuple[str, str], ...]
"""Names and SQL types of what a batch holds, in the order of each row."""
Rows: TypeAlias = Sequence[Sequence[Any]]

SIZES = (64, 8, 1)
"""Rows of the lists of VALUES that there are: each is prepared once, and then known."""

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Written:
    """How many rows a statement wrote, and those that it answered with."""

    count: int = 0
    rows: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class By:
    """Who writes, and when: alike for all rows of a transaction."""

    owner: str
    """The process."""
    now: float
    """The transaction's time, by its clock."""
    quarantine: float
    """That of what it claims, in seconds."""


NOBODY = By("", 0.0, 0.0)


class Statement(Protocol):
    """Runs for a batch; `by` says who runs it, and when."""

    def __call__(self, connection: Connection, rows: Rows, by: By = NOBODY) -> Written:
        """Run it; raises SQLAlchemy's errors."""
        ...


Writer: TypeAlias = Callable[[Columns, Template, Driver], Statement]
"""Makes a statement of its text, which names `$batch` and what `By` holds."""


class WithJson:
    """A statement with the batch as one JSON parameter: compiled once, whatever the size.

    `rows` makes the SELECT of these columns from the parameter `:batch`, a JSON array of arrays.
    """

    def __init__(
        self,
        columns: Columns,
        statement: Template,
        driver: Driver,
        *,
        rows: Callable[[Columns], str],
    ) -> None:
        batch = f"({rows(columns)}) AS batch"
        whole = text(
            statement.substitute(batch=batch, owner=":owner", now=":now", quarantine=":quarantine")
        )
        # Compiling, even from a cache, costs as much as running it.
        self.text = str(whole.compile(dialect=driver))

    def __call__(self, connection: Connection, rows: Rows, by: By = NOBODY) -> Written:
        """Run it once."""
        written = Written()
        parameters = {
            "batch": _encode(rows),
            "owner": by.owner,
            "now": by.now,
            "quarantine": by.quarantine,
        }
        _run(connection, self.text, parameters, written)
        return written


class WithValues:
    """A statement with the batch as lists of VALUES, of the sizes that there are.

    Taking 14 columns out of JSON costs SQLite as much as writing them.
    """

    def __init__(self, columns: Columns, statement: Template, _driver: Driver) -> None:
        self.texts = {size: _with_values(columns, statement, size) for size in SIZES}

    def __call__(self, connection: Connection, rows: Rows, by: By = NOBODY) -> Written:
        """Run it as often as the size of the batch asks for."""
        written = Written()
        for part in _parts(rows):
            parameters: list[Any] = [by.owner, by.now, by.quarantine]
            for row in part:
                parameters += row
            _run(connection, self.texts[len(part)], tuple(parameters), written)
        return written


def _with_values(columns: Columns, statement: Template, size: int) -> str:
    names = ", ".join(f'column{place} AS "{name}"' for place, (name, _) in enumerate(columns, 1))
    width = len(columns)
    # Behind the three that `By` holds.
    rows = ", ".join(
        "(" + ", ".join(f"?{first + place}" for place in range(width)) + ")"
        for first in range(4, 4 + size * width, width)
    )
    batch = f"(SELECT {names} FROM (VALUES {rows})) AS batch"  # noqa: S608 - Names of ours.
    return statement.substitute(batch=batch, owner="?1", now="?2", quarantine="?3")


def _parts(rows: Rows) -> Iterator[Rows]:
    start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


def _run(connection: Connection, statement: str, parameters: Any, written: Written) -> None:
    result = connection.exec_driver_sql(statement, parameters)
    if result.returns_rows:
        written.rows += result.all()
    else:
        written.count += result.rowcount
