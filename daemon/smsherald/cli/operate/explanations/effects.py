"""What becomes of a text by a decision, in sentences; the scope says what else waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from smsherald.model import Scope
from smsherald.settings.twilio.decisions import Decision, Row, Stage

_LATER = (
    "later, of a text that it had taken. By then the text is recorded and told as sent; nothing "
    "more becomes of it, and it is not sent again. Twilio's console shows it by its SID, which "
    "`smsherald ledger show REFERENCE` has."
)
_AS_ANOTHER = (
    "A text that has ended, sent or failed, is not tried again, not even if its event comes again. "
    "If it still matters once the cause is mended, publish its event as another one: `smsherald "
    "publish --routing-key KEY --message-id ID FILE`. Every flow that wants it texts then."
)
_IN_TIME = (
    "Once it is mended the text is taken when it is asked again, within minutes. What is changed "
    "in smsherald.yaml wants `smsherald check` and a reload, in the daemon's environment a restart."
)
_AFTER = (
    "Nothing has to be started again after what is mended at Twilio: one text goes out to see, at "
    "least once a minute, and the first that Twilio takes ends the pause. What is changed in "
    "smsherald.yaml wants `smsherald check` and a reload, in the daemon's environment a restart. "
    "`/readyz` says how it stands."
)
_ITSELF = "Nothing for one text: it is sent when it comes again."
_DECIDE = (
    "Where you know better what it means for you, decide on it yourself: `twilio.decisions` in "
    "smsherald.yaml."
)


def effect(row: Row) -> list[str]:
    """Say what becomes of a text, in paragraphs."""
    said = f"Decision: `{row.decision}`, {_of(row)}."
    asked = _asked(row)
    match row.stage:
        case Stage.API:
            return [said, asked]
        case Stage.BOTH:
            return [said, asked, f"Twilio may also say this {_LATER}"]
        case Stage.CALLBACK:
            refused = f"Where a request is refused with it: {asked[0].lower()}{asked[1:]}"
            return [said, f"Twilio says this {_LATER}", refused]
        case _:
            assert_never(row.stage)


def advice(row: Row, of_code: Sequence[str]) -> list[str]:
    """Say what there is to do: what the code itself asks for, and what any that is decided so."""
    late = row.stage is Stage.CALLBACK
    match row.decision:
        case Decision.CONFIG_PAUSE:
            if late:
                return [*of_code, _stop(row.scope), _AS_ANOTHER]
            return [*of_code, _IN_TIME if row.scope is None else _AFTER]
        case Decision.RATE_LIMITED | Decision.RETRY_LATER:
            return [*of_code, _AS_ANOTHER] if late else [_ITSELF, *of_code]
        case Decision.BAD_PAIR | Decision.CONTENT | Decision.GEO:
            return [*of_code, _AS_ANOTHER, _DECIDE]
        # To text them again is what must not be done, or needs another number first.
        case Decision.BAD_RECIPIENT | Decision.OPT_OUT:
            return [*of_code] or [_DECIDE]
        case Decision.EXPIRED | Decision.INFO:
            return [*of_code]
        case _:
            assert_never(row.decision)


def see(row: Row) -> Sequence[str]:
    """Return the sections that say more of what is decided."""
    page = "docs/operations.md"
    match row.decision:
        case Decision.CONFIG_PAUSE:
            return [f"{page}#twilio-refuses", f"{page}#pauses"]
        case Decision.RATE_LIMITED:
            return [f"{page}#pauses"]
        case _:
            return ["docs/twilio-errors.md#decisions"]


def in_short(decision: Decision) -> str:
    """Say what becomes of a text in some words: a heading of many codes."""
    match decision:
        case Decision.RATE_LIMITED:
            return "not taken, comes again more slowly"
        case Decision.RETRY_LATER:
            return "not taken, comes again"
        case Decision.CONFIG_PAUSE:
            return "paused until somebody mends it"
        case (
            Decision.BAD_RECIPIENT
            | Decision.BAD_PAIR
            | Decision.OPT_OUT
            | Decision.CONTENT
            | Decision.GEO
        ):
            return "the text fails"
        case Decision.EXPIRED | Decision.INFO:
            return "says nothing about a request"
        case _:
            assert_never(decision)


def _stop(scope: Scope | None) -> str:
    what = scope or Scope.ALL
    option = "--all" if what is Scope.ALL else f"--{what} {what.upper()}"
    return (
        "Until that is mended, what is sent may go on being lost, for Twilio takes it first. Stop "
        f"it meanwhile: `smsherald pause {option}`, and `smsherald resume {option}` after."
    )


def _asked(row: Row) -> str:
    """Say what becomes of a text whose request is refused so."""
    match row.decision:
        case Decision.RATE_LIMITED:
            return (
                "The text is not taken. It is deferred (`rate_limited`) and comes again after what "
                f"Twilio asks for, else after waits that grow, until `max_age`. {_full(row.scope)}"
            )
        case Decision.RETRY_LATER:
            return (
                "The text is not taken. It is deferred (`not_taken`) and comes again after waits "
                "that grow, until `max_age`. Nothing else waits for it."
            )
        case (
            Decision.BAD_RECIPIENT
            | Decision.BAD_PAIR
            | Decision.OPT_OUT
            | Decision.CONTENT
            | Decision.GEO
        ):
            return (
                f"The text fails (`{row.decision}`), which `sms.failed` and the log tell. It is "
                "not tried again. Nothing is paused, and other texts go on."
            )
        case Decision.CONFIG_PAUSE:
            return (
                "The text is not taken, and never fails for it: it is deferred (`paused`). "
                f"{_paused(row.scope)}"
            )
        case Decision.EXPIRED | Decision.INFO:
            return (
                "The code decides nothing, but the HTTP status does, as with a code that is not in "
                "the table: mostly the text is deferred (`not_taken`)."
            )
        case _:
            assert_never(row.decision)


def _of(row: Row) -> str:
    return "for this text alone" if row.scope is None else f"for the whole {row.scope}"


def _full(scope: Scope | None) -> str:
    match scope:
        case None:
            return "Nothing else waits for it."
        case Scope.SENDER:
            return (
                "The sender is paused meanwhile (`full`) until a text that goes out to see is "
                "taken; other senders go on."
            )
        case _:
            return (
                f"The {scope} is asked for half as much at once, and for more again bit by bit: "
                "that is no pause."
            )


def _paused(scope: Scope | None) -> str:
    match scope:
        case None:
            return "It is asked again after a minute or more; nothing else waits for it."
        case Scope.ACCOUNT:
            return (
                "The whole account is paused meanwhile, and its events wait in the broker; "
                "`/readyz` is 503. Other accounts go on."
            )
        case Scope.FLOW:
            return (
                "The flow is paused meanwhile, for what it asks for beside the text. Other flows "
                "go on, and `/readyz` names it."
            )
        case _:
            return f"The {scope} is paused meanwhile. Other {scope}s go on, and `/readyz` names it."
