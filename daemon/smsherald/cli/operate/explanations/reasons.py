"""What our own reasons mean, and which word is which."""

from __future__ import annotations

import re

from smsherald.cli.operate.explanations.explanation import Explanation, Kind, texts
from smsherald.errors import Reason, Standing
from smsherald.settings.twilio.decisions import Decision, Row, Table

_LIST = "docs/metrics.md#reasons"
_NUMBER = re.compile(r"(?:(?:twilio|error|code|http)[\s:#-]*)*([0-9]{1,6})")

_DOES = {
    Standing.PARKED: (
        "The event, or what one flow makes of it, waits in the parked queue for a person "
        "(`sms.parked`). Texts that other flows make of it go out."
    ),
    Standing.SKIPPED: (
        "The text is deliberately not sent (`sms.skipped`), and has ended: nobody tries it again."
    ),
    Standing.DEFERRED: "The text is not sent now. Its event comes again from a retry queue.",
    Standing.FAILED: (
        "The text fails (`sms.failed`), and has ended: nobody tries it again. Nothing is paused."
    ),
}
_COUNTS = {
    True: "It counts as an attempt: the waits grow.",
    False: "It does not count as an attempt.",
}
_FROM_CODE = {
    Decision.RATE_LIMITED: Reason.RATE_LIMITED,
    Decision.RETRY_LATER: Reason.NOT_TAKEN,
    Decision.CONFIG_PAUSE: Reason.PAUSED,
    Decision.BAD_RECIPIENT: Reason.BAD_RECIPIENT,
    Decision.BAD_PAIR: Reason.BAD_PAIR,
    Decision.OPT_OUT: Reason.OPT_OUT,
    Decision.CONTENT: Reason.CONTENT,
    Decision.GEO: Reason.GEO,
}
"""The reason of a text that is refused by a code with such a decision."""


def read(said: str) -> Reason | int | None:
    """Return what somebody means by `poison`, `In-Flight`, `30007` or `error 30007`."""
    plain = said.strip().lower()
    if number := _NUMBER.fullmatch(plain):
        return int(number[1])
    try:
        return Reason(re.sub(r"[\s-]+", "_", plain))
    except ValueError:
        return None


def of_reason(reason: Reason, table: Table) -> Explanation:
    """Explain a reason; the table says which codes may be behind it."""
    text = texts("reasons")[reason]
    codes = [code for code, row in table.items() if _reason_of(row) is reason]
    return Explanation(
        kind=Kind.REASON,
        word=reason,
        short=text.short,
        meaning=text.meaning,
        does=[*filter(None, [" ".join(_does(reason)), text.does]), *_by_codes(codes)],
        advice=text.advice,
        see=[_LIST, *text.see],
        facts={
            "outcomes": [_word(standing) for standing in reason.standing],
            "counts": reason.counts if Standing.DEFERRED in reason.standing else None,
            "codes": codes,
        },
    )


def of_standing(standing: Standing) -> list[Reason]:
    """Return the reasons that stand there, in the enum's order."""
    return [reason for reason in Reason if standing in reason.standing]


def not_understood(said: str) -> str:
    """Say that it is neither, which reasons look like it, and how to see all there are."""
    from difflib import get_close_matches

    every = "`smsherald explain` lists all there are"
    plain = re.sub(r"[\s-]+", "_", said.strip().lower())
    if plain in set(Decision):
        return (
            f"{plain} is what is decided on codes, no reason: see docs/twilio-errors.md#decisions; "
            f"{every}"
        )
    matches = [
        *get_close_matches(plain, list(Reason), cutoff=0.5),
        *get_close_matches(plain, list(texts("labels")), cutoff=0.75),
    ]
    asked = f"; did you mean {' or '.join(matches)}?" if matches else ";"
    return f"{said} is no reason, and no code of Twilio's{asked} {every}"


def _does(reason: Reason) -> list[str]:
    if reason is Reason.DELIVERY_LIMIT:
        # Nothing of ours does it: its own sentences say all.
        return []
    said = [_DOES[standing] for standing in reason.standing]
    return said + [_COUNTS[reason.counts]] * (Standing.DEFERRED in reason.standing)


def _by_codes(codes: list[int]) -> list[str]:
    listed = ", ".join(map(str, codes))
    return [f"Twilio's codes behind it: {listed}."] if codes else []


def _reason_of(row: Row) -> Reason | None:
    return _FROM_CODE.get(row.decision)


def _word(standing: Standing) -> str:
    return (standing.name or "").lower()
