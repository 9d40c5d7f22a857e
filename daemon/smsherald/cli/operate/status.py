"""`smsherald status`: what the daemon says of itself, in a terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli import in_json
from smsherald.cli.exits import FAILED
from smsherald.cli.operate.asking import address_of, ask
from smsherald.cli.operate.opening import for_ledger, opened
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from smsherald.cli.operate.status_view import Known
    from smsherald.settings.load import LoadedLedger


def command(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
    config: Config = None,
) -> None:
    """Say whether texts go out; if not, why and since when, and what waits.

    It asks the daemon at http.listen. Where none answers, it is another configuration's, or it
    does not let this one in, it says so, and what the ledger knows.

    Exits with 0 when the daemon is ready, else with 1; with 78 where the settings are wrong: it
    says that, and what the daemon says, which goes on with those that it has read.
    """
    from smsherald.cli.operate import status_view, whose
    from smsherald.errors import ConfigurationError

    try:
        on = for_ledger(config)
    except ConfigurationError:
        _ask_all_the_same(config, as_json=as_json)
        raise
    address = address_of(on.http)
    answer = ask(address, "/status.json", on.http.token, has="ready", whose=whose.of(on))
    if (said := answer.said) is None:
        status_view.print_unsaid(address, answer, _by_ledger(on), as_json=as_json)
        raise typer.Exit(FAILED)
    if as_json:
        in_json.echo(said)
    else:
        status_view.print_status(said)
        status_view.print_differs(answer.differs)
    if not (said["ready"] and said["alive"]):
        raise typer.Exit(FAILED)


def _ask_all_the_same(config: Config, *, as_json: bool) -> None:
    """Print what the daemon says that the settings, which are wrong, still lead to."""
    import os

    from smsherald.cli.operate import status_view
    from smsherald.cli.operate.whose import Whose
    from smsherald.settings.absent import listening
    from smsherald.settings.load import find_config

    http, queue = listening(find_config(config, os.environ), os.environ)
    if http is None or http.port == 0:
        status_view.print_unaskable(as_json=as_json)
        return
    address = address_of(http)
    answer = ask(address, "/status.json", http.token, has="ready", whose=Whose(queue))
    if answer.said is None:
        status_view.print_unsaid(address, answer, status_view.NOT_ASKED, as_json=as_json)
    elif as_json:
        in_json.echo(answer.said)
    else:
        status_view.print_status(answer.said)
        status_view.print_not_read(address)


def _by_ledger(on: LoadedLedger) -> Known | str:
    """Return what the ledger knows, or why nobody can say."""
    from smsherald.cli.operate.pausing.view import in_words
    from smsherald.cli.operate.status_view import Known
    from smsherald.errors import LedgerError, UnreachableError

    try:
        with opened(on.ledger) as ledger:
            pauses = [in_words(pause) for pause in ledger.pauses.brake().pauses]
            unfinished = asdict(ledger.backlog.unfinished(on.queue))
            return Known(pauses, [asdict(it) for it in ledger.replicas.lately()], unfinished)
    except (LedgerError, UnreachableError) as error:
        return str(error)
