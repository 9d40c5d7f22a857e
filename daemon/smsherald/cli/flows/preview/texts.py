"""What is said of one text: how it looks, where it goes, what it costs, whether it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from smsherald.cli.flows.preview.costs import foreign_of, in_gsm7, segments_of
from smsherald.errors import Reason, UnusableError
from smsherald.flows import Flow
from smsherald.flows.insight import Text
from smsherald.model import Sms, SmsEvent
from smsherald.policy import Rules, StandardPolicy
from smsherald.settings.load import LoadedFlows
from smsherald.sms import Money, measure, sender

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """A clock that stands; in seconds since the epoch."""

    at: float

    def now(self) -> float:
        """Return when it is."""
        return self.at

    def monotonic(self) -> float:
        """Return that no time passes."""
        return 0.0


class Judge:
    """What the settings say of a text; `now` is in seconds since the epoch."""

    def __init__(self, loaded: LoadedFlows, now: float) -> None:
        self.loaded = loaded
        rules = Rules(loaded.policy.allow, loaded.policy.deny)
        self._policy = StandardPolicy(Moment(now), lambda: rules)

    def skips(self, sms: Sms) -> Reason | None:
        """Say why it would not be sent."""
        skip = self._policy(sms)
        return None if skip is None else skip.reason

    def price(self, sms: Sms) -> Money | None:
        """Say what it costs; a segment's price says nothing of pictures."""
        if sms.media:
            return None
        return self.loaded.prices.of(sms.asked.to, sms.asked.segments.count)

    def sender(self, sms: Sms, flow: Flow) -> str | None:
        """Return the sender; None where it is the account's own, which is not known here."""
        stand_in = flow.account.name in self.loaded.unknown
        return None if stand_in and sms.asked.sender == flow.account.sender else sms.asked.sender


def text_of(text: Text, flow: Flow, judge: Judge) -> dict[str, Any]:
    """Return all that is said of a text; what has no place in an SMS event is null there."""
    made = text.made
    body = made.body["sms"]["message"] if isinstance(made, SmsEvent) else made.asked.text
    measured = measure(body)
    read = text.read
    asks = text.locale is not None
    facts: dict[str, Any] = {
        "kind": "published" if isinstance(made, SmsEvent) else "sms",
        "item": text.item,
        "to": read.number,
        "to_template": read.way.template.source.strip(),
        "read_in": read.source and {"country": read.country, "by": read.source},
        "text": body,
        "written": None if text.written == body else text.written,
        "locale": {"event": text.locale, "message": text.message} if asks else None,
        "reference": made.reference,
        "once": text.once,
        "key": made.key,
        "encoding": measured.encoding,
        "segments": segments_of(body, measured),
        "ucs2": foreign_of(body),
        "in_gsm7": in_gsm7(body),
    }
    return facts | (
        _published(made) if isinstance(made, SmsEvent) else _sent(made, text, flow, judge)
    )


def _published(made: SmsEvent) -> dict[str, Any]:
    return {
        "publish": made.routing_key,
        "from": made.body["sms"].get("from"),
        "from_wanted": None,
        "account": None,
        "media": [],
        "options": {},
        "price": None,
        "skipped": None,
        "expires": None,
    }


def _sent(made: Sms, text: Text, flow: Flow, judge: Judge) -> dict[str, Any]:
    price = judge.price(made)
    return {
        "publish": None,
        "from": judge.sender(made, flow),
        "from_wanted": _refused_sender(text, flow, made),
        "account": made.asked.account,
        "media": list(made.media),
        "options": dict(made.options),
        "price": price and {"amount": f"{price.amount:f}", "currency": price.currency},
        "skipped": judge.skips(made),
        "expires": None if made.expires is None else _in_words(made.expires),
    }


def _in_words(moment: float) -> str:
    """Write seconds since the epoch; what no calendar has is its last day."""
    latest = _LATEST.timestamp()
    at = datetime.fromtimestamp(moment, UTC) if moment < latest else _LATEST
    return at.isoformat(timespec="seconds")


def _refused_sender(text: Text, flow: Flow, made: Sms) -> str | None:
    """Return the sender that was asked for and that the account does not own."""
    if not text.sender:
        return None
    try:
        wanted = sender(text.sender, flow.default_region)
    except UnusableError:
        return text.sender
    return None if wanted == made.asked.sender else text.sender
