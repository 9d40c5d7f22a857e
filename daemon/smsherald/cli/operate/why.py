"""`smsherald why`: what became of an event, what it waits for, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from smsherald.cli.exits import FAILED, UNAVAILABLE
from smsherald.cli.operate import whose
from smsherald.cli.operate.asking import Answer, address_of, ask
from smsherald.cli.operate.opening import for_ledger, opened
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from smsherald.settings.load import LoadedLedger
    from smsherald.timeline import Timeline

_ANSWERS_WITHIN = 10.0
"""Seconds: the daemon gives its ledger five."""
_LONGEST = 500
_FOUND, _NOT_FOUND = 200, 404


def command(
    wanted: Annotated[
        str | None, typer.Argument(metavar="REFERENCE|EVENT-ID|SID", show_default=False)
    ] = None,
    *,
    phone: Annotated[
        str | None, typer.Option(help="The recipient's number, whole.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
    config: Config = None,
) -> None:
    """Say what became of an event, what it waits for, until when, and what to do.

    It asks the daemon at http.listen, which alone knows what it put off before any claim. Where
    none answers, it is another configuration's, or its ledger does not answer it, it says so, and
    what the ledger knows.

    Exits with 1 where nothing is known, with 69 where neither can be asked.
    """
    if (wanted is None) == (phone is None):
        raise typer.BadParameter("give REFERENCE, EVENT-ID or SID, or --phone, and not both")
    from smsherald.cli.operate import why_view
    from smsherald.errors import LedgerError, UnreachableError

    on = for_ledger(config)
    number = None if phone is None else _number(phone, on.default_region)
    about = number or _askable(wanted)
    address = address_of(on.http)
    answer = _ask(on, address, about, number)
    if answer.said is not None and answer.status in (_FOUND, _NOT_FOUND):
        why_view.print_answer(answer.said, as_json=as_json)
        raise typer.Exit(0 if answer.status == _FOUND else FAILED)
    silence = answer.silence(address)
    silent = silence[0].upper() + silence[1:]
    if answer.said is not None:
        silent = f"The daemon at {address} has no answer from its ledger"
    # What it remembers has steps.
    remembered = answer.said if answer.said and answer.said.get("steps") else None
    try:
        told = _by_ledger(on, about, number, answer)
    except (LedgerError, UnreachableError) as error:
        nobody = answer.said or _said(about, None, silent, str(error))
        why_view.print_answer(nobody, as_json=as_json)
        raise typer.Exit(0 if remembered else UNAVAILABLE) from None
    said = _said(about, told, silent)
    if answer.said is not None:
        said |= {"daemon": answer.said}
    why_view.print_answer(said, as_json=as_json)
    raise typer.Exit(0 if told.known or remembered else FAILED)


def _ask(on: LoadedLedger, address: str, about: str, number: str | None) -> Answer:
    # A number is in no address: those are written into logs.
    query = "" if number else f"?q={quote(about, safe='')}"
    headers = {"X-Phone": number} if number else {}
    return ask(
        address,
        f"/why.json{query}",
        on.http.token,
        has="sentence",
        whose=whose.of(on),
        headers=headers,
        within=_ANSWERS_WITHIN,
    )


def _by_ledger(on: LoadedLedger, about: str, number: str | None, answer: Answer) -> Timeline:
    """Return what the ledger alone knows, beside what a daemon has answered."""
    import os
    import time

    from smsherald.observe.systemd import running
    from smsherald.timeline import Known, tell
    from smsherald.unit import beside, unit

    with opened(on.ledger) as ledger:
        history = ledger.history
        found = history.about(about) if number is None else history.about_phone(number)
        pauses = ledger.pauses.brake().pauses
        names = {each.instance for each in ledger.replicas.lately()}
    # Who has just been asked, with an answer or without, is none of the others.
    asked = (answer.said or {}).get("instance")
    # One that has just ended is none of the others either.
    own = unit(os.environ)
    here = running() | {own}
    seen = {name: beside(os.environ, name, here) for name in names if name != asked}
    known = Known(
        rows=found.rows,
        parked=found.parked,
        pauses=pauses,
        by_phone=number is not None,
        by_daemon=False,
        beside=answer.said is not None,
        others={name: it for name, it in seen.items() if it != own},
        retention=on.ledger.retention,
    )
    return tell(about, known, time.time())


def _said(about: str, told: Timeline | None, silent: str, trouble: str = "") -> dict[str, Any]:
    """Return what the ledger knows as a daemon would have said it, and why none did."""
    from dataclasses import asdict

    from smsherald.timeline import shown

    sentence = f"Nothing can be said of {shown(about)}: neither daemon nor ledger can be asked."
    return {
        "wanted": shown(about),
        "sentence": sentence if told is None else told.sentence,
        "steps": [] if told is None else [{"at": it.at, "text": it.text} for it in told.steps],
        "outcomes": [] if told is None else [asdict(it) for it in told.outcomes],
        "asked": "nobody" if told is None else "ledger",
        "instance": None,
        "why": silent,
        **({"ledger": trouble} if trouble else {}),
    }


def _number(phone: str, region: str) -> str:
    from smsherald.errors import UnusableError
    from smsherald.sms.phone import e164

    try:
        return e164(phone, region)
    except UnusableError as error:
        raise typer.BadParameter(error.detail, param_hint="--phone") from None


def _askable(wanted: str | None) -> str:
    about = wanted or ""
    try:
        about.encode()
    except UnicodeEncodeError:
        about = ""
    if not 0 < len(about) <= _LONGEST:
        raise typer.BadParameter(
            f"is no text of 1 to {_LONGEST} characters", param_hint="REFERENCE|EVENT-ID|SID"
        )
    return about
