"""Whether the ledger is there, and takes what is written."""

from __future__ import annotations

from smsherald.cli.flows.ledger_file import ledger_file, why_unusable
from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.cli.operate.opening import opened
from smsherald.errors import LedgerError, OlderLedgerError, UnreachableError
from smsherald.ledger import described, is_missing
from smsherald.settings.values import LedgerSettings

_SUBJECT = "ledger"


def of_ledger(settings: LedgerSettings) -> tuple[Finding, bool]:
    """Return what is found, and whether it is away; blocks, for a bounded time."""
    try:
        if is_missing(settings.url):
            path = ledger_file(settings.url)
            if path is not None and (why := why_unusable(path)):
                return Finding(
                    Mark.ERROR, _SUBJECT, f"there is none yet, and none can be: {why}"
                ), False
            none = f"{described(settings.url)}: there is none yet; the daemon makes it as it starts"
            return Finding(Mark.OK, _SUBJECT, none), False
        with opened(settings) as ledger:
            ledger.replicas.require_writable()
    except OlderLedgerError as error:
        todo = "of a SQLite file that nobody uses a daemon does that by itself as it starts"
        return Finding(Mark.WARNING, _SUBJECT, str(error), todo), False
    except LedgerError as error:
        return Finding(Mark.ERROR, _SUBJECT, str(error)), False
    except UnreachableError as error:
        return Finding(Mark.ERROR, _SUBJECT, str(error), error.todo), True
    found = f"{described(settings.url)}: takes what is written"
    return Finding(Mark.OK, _SUBJECT, found), False
