"""Whose daemon it is that answers: this configuration's, or another's at the same address."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smsherald.cli.operate.terminal import printable
from smsherald.unit import unit

if TYPE_CHECKING:
    from smsherald.settings.load import LoadedLedger
    from smsherald.settings.secret import Secret


@dataclass(frozen=True, slots=True)
class Whose:
    """What tells daemons apart; None is what nobody knows, which is held against none."""

    queue: str | None = None
    ledger: str | None = None
    """Where it is, as a log may show it."""

    @classmethod
    def said(cls, by: Mapping[str, Any]) -> Whose:
        """Return what a daemon says of itself; one of an earlier version may not."""
        queue, ledger = by.get("queue"), by.get("ledger")
        return cls(queue and str(queue), ledger and str(ledger))

    def is_of(self, other: Whose) -> bool:
        """Say whether both may be the same daemon's."""
        is_queue = None in {self.queue, other.queue} or self.queue == other.queue
        return is_queue and _is_one_place(self.ledger, other.ledger)

    def __str__(self) -> str:
        """Return it within a sentence, without what is not known."""
        parts = {"queue": self.queue, "ledger": self.ledger}
        return ", ".join(f"{name} {printable(it)}" for name, it in parts.items() if it is not None)


def configured(queue: str, ledger: Secret) -> Whose:
    """Return whose a daemon of these settings is."""
    from smsherald.errors import LedgerError
    from smsherald.ledger import described

    try:
        return Whose(queue, described(ledger))
    except LedgerError:
        # Whoever opens it says what is wrong with it.
        return Whose(queue)


def of(on: LoadedLedger) -> Whose:
    """Return whose a daemon of this configuration is."""
    return configured(on.queue, on.ledger.url)


def is_unit(said: Mapping[str, Any]) -> bool:
    """Say whether it is the unit's daemon that says this, whatever it runs with.

    Its queue and ledger may be those before the last change, or of an environment that it alone
    has; systemd names each start of it anew.
    """
    from smsherald.observe.systemd import invocation

    named = said.get("invocation")
    return named is not None and named == invocation(unit(os.environ))


def _is_one_place(one: str | None, other: str | None) -> bool:
    if one is None or other is None or one == other:
        return True
    # A link may lead from one name of a file to the other.
    files = Path(one), Path(other)
    return all(file.is_absolute() for file in files) and files[0].resolve() == files[1].resolve()
