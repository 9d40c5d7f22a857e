"""`smsherald status`: what the daemon says of itself, in a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smsherald.cli.exits import FAILED
from smsherald.cli.operate.opening import for_ledger, opened
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from smsherald.settings.values import HttpSettings, LedgerSettings

_ANSWERS_WITHIN = 5.0


def command(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
    config: Config = None,
) -> None:
    """Say whether texts go out; if not, why and since when, and what waits.

    It asks the daemon at http.listen. Where none answers it says so, and what the ledger knows.

    Exits with 0 when the daemon is ready, else with 1.
    """
    from smsherald.cli.operate import status_view

    on = for_ledger(config)
    address = _address(on.http)
    said, why = _ask(address)
    if said is None:
        pauses = _paused(on.ledger)
        status_view.print_silent(address, why, pauses, as_json=as_json)
        raise typer.Exit(FAILED)
    if as_json:
        typer.echo(json.dumps(said, indent=2))
    else:
        status_view.print_status(said)
    if not (said["ready"] and said["alive"]):
        raise typer.Exit(FAILED)


def _address(http: HttpSettings) -> str:
    if http.port == 0:
        raise typer.BadParameter(
            "http.listen has port 0: nobody knows where the daemon listens", param_hint="--config"
        )
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(http.host, http.host)  # noqa: S104 - to ask it
    return f"http://[{host}]:{http.port}" if ":" in host else f"http://{host}:{http.port}"


def _ask(address: str) -> tuple[dict[str, Any] | None, str]:
    """Return what the daemon says, or None and why it does not."""
    from http.client import HTTPException
    from urllib.request import ProxyHandler, build_opener

    # Nobody's proxy stands between us and this machine.
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(f"{address}/status.json", timeout=_ANSWERS_WITHIN) as answer:
            said = json.load(answer)
    except (OSError, HTTPException, ValueError) as error:
        return None, str(getattr(error, "reason", error)) or type(error).__name__
    if not isinstance(said, dict) or "ready" not in said:
        return None, "what listens there is no smsherald of this version"
    return said, ""


def _paused(settings: LedgerSettings) -> list[str] | str:
    """Return what operators have paused, or why nobody can say."""
    from smsherald.cli.operate.pause_view import in_words
    from smsherald.errors import LedgerError, UnreachableError

    try:
        with opened(settings) as ledger:
            return [in_words(pause) for pause in ledger.pauses.brake().pauses]
    except (LedgerError, UnreachableError) as error:
        return str(error)
