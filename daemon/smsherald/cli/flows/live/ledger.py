"""Whether the ledger is there, and takes what is written."""

from __future__ import annotations

from typing import NamedTuple

from smsherald.cli.flows.ledger_file import ledger_file, why_unusable
from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.cli.operate.opening import opened
from smsherald.errors import LedgerError, OlderLedgerError, UnreachableError
from smsherald.ledger import described, is_missing
from smsherald.settings.values import LedgerSettings

_SUBJECT = "ledger"


class OfLedger(NamedTuple):
    """What is found of it."""

    finding: Finding
    is_away: bool = False
    daemons: int | None = None
    """How many were seen there of late; None where nobody could be asked."""


def of_ledger(settings: LedgerSettings) -> OfLedger:
    """Look at it; blocks, for a bounded time."""
    try:
        if is_missing(settings.url):
            return OfLedger(_missing(settings), daemons=0)
        with opened(settings) as ledger:
            ledger.replicas.require_writable()
            daemons = len(ledger.replicas.lately())
    except OlderLedgerError as error:
        todo = "of a SQLite file that nobody uses a daemon does that by itself as it starts"
        return OfLedger(Finding(Mark.WARNING, _SUBJECT, str(error), todo))
    except LedgerError as error:
        return OfLedger(Finding(Mark.ERROR, _SUBJECT, str(error)))
    except UnreachableError as error:
        return OfLedger(Finding(Mark.ERROR, _SUBJECT, str(error), error.todo), is_away=True)
    found = f"{described(settings.url)}: takes what is written"
    return OfLedger(Finding(Mark.OK, _SUBJECT, found), daemons=daemons)


def _missing(settings: LedgerSettings) -> Finding:
    path = ledger_file(settings.url)
    if path is not None and (why := why_unusable(path)):
        return Finding(Mark.ERROR, _SUBJECT, f"there is none yet, and none can be: {why}")
    none = f"{described(settings.url)}: there is none yet; the daemon makes it as it starts"
    return Finding(Mark.OK, _SUBJECT, none)
