"""`options`: Twilio's own parameters of a message, those that are not ours to set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import fields

from smsherald.settings.fields import Choice, Flag, Integer, Meant, Text
from smsherald.settings.keys import Keys

_LONGEST_VALIDITY = 36_000
"""Seconds (Twilio: Messages resource, `ValidityPeriod`)."""
_OURS = "is set by smsherald itself"
_UNFOUND = "would hide the text from a look-up, which keeps it from being sent twice"
_REWRITTEN = "would change the text on its way, and a look-up would not find it"
_LATER = "would send it later than smsherald knows of"


class OptionsSchema(Keys):
    """The members of `options` (Twilio: Messages resource, create)."""

    hints: ClassVar[Mapping[str, str]] = {
        "to": _OURS,
        "from": _OURS,
        "body": "is set by smsherald itself: the text is `message`",
        "media_url": "is set by smsherald itself: links are `media`",
        "messaging_service_sid": "is set by smsherald itself: a Messaging Service is a `from`",
        "status_callback": _OURS,
        "application_sid": _OURS,
        "smart_encoded": "is set by smsherald itself: see `encoding`",
        "shorten_urls": _REWRITTEN,
        "content_sid": _REWRITTEN,
        "content_variables": _REWRITTEN,
        "content_retention": _UNFOUND,
        "address_retention": _UNFOUND,
        "schedule_type": _LATER,
        "send_at": _LATER,
    }

    risk_check = Choice("enable", "disable", meaning="Whether Twilio looks for SMS pumping.")
    validity_period = Integer(
        1,
        _LONGEST_VALIDITY,
        meaning="Seconds that the text may wait at Twilio, 1 to 36,000; then it is `undelivered`.",
    )
    provide_feedback = Flag(meaning="Whether Twilio is told later that the text had its effect.")
    traffic_type = Choice("free", meaning="That the text is sent without charge.")
    max_price = Text(
        str, numbers=True, meaning="The most that the text may cost, in the account's currency."
    )


class Options(Meant[dict[str, str]]):
    """Loads them into what a form says, by Twilio's names."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, str]:
        loaded = fields.Nested(OptionsSchema()).deserialize(value)
        return {_twilios(name): _written(said) for name, said in loaded.items()}


def _twilios(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
