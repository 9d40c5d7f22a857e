"""What happened, as CloudEvents 1.0 in structured JSON, for whoever is bound to `sms.#`.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID, uuid5

from smsherald.model import Defect, Ended, Failed, Held, Parked, Sent, Sms, Told
from smsherald.settle.port import PERSISTENT, Message

NAMESPACE = UUID("6f4a3c5e-2c0b-5d52-9d0e-9a1b7c3f5e21")
"""Of the notifications' ids: the same fact has the same id, however often it is told."""


ROUTING_KEYS = tuple(f"sms.{kind.word}" for kind in (*get_args(Ended), Held, Parked))
"""All there are: a metric has them as labels."""


@dataclass(frozen=True, slots=True)
class Notification:
    """A fact for the notifications exchange; `told` says which end of an SMS it tells, if any."""

    routing_key: str
    message: Message
    told: Told | None


@dataclass(frozen=True, slots=True)
class Subject:
    """The event a notification is about, as far as it could be read."""

    id: str | None
    routing_key: str
    attempt: int


class Notifications:
    """Makes them. `source` is alike on all replicas: receivers deduplicate by source and id."""

    def __init__(self, queue: str, type_prefix: str) -> None:
        self._source = f"/smsherald/{queue}"
        self._type_prefix = type_prefix

    def of_sms(self, sms: Sms, outcome: Ended | Held) -> Notification:
        """Tell what became of one: `sms.sent`, `sms.failed`, `sms.skipped` or `sms.held`."""
        event, asked = sms.event, outcome.asked
        word = outcome.word
        sid = outcome.sid if isinstance(outcome, Sent) else None
        segments = asked.segments
        data = {
            "event": {"id": event.id, "routing_key": event.routing_key},
            "flow": sms.flow,
            "reference": sms.reference,
            "account": asked.account,
            "to": asked.to,
            "from": asked.sender,
            "message_sid": sid,
            "outcome": word,
            "twilio_status": outcome.status if isinstance(outcome, Sent) else None,
            "reason": None if isinstance(outcome, Sent) else outcome.reason,
            "twilio_code": outcome.code if isinstance(outcome, Failed) else None,
            "segments": segments.count,
            "encoding": segments.encoding,
            "attempt": event.attempt,
            "detail": None,
        }
        told = Told.of(sms.key, outcome)
        unique = f"{sms.key}\0sms.{word}\0{told.proof}"
        return self._notification(f"sms.{word}", unique, rfc3339(outcome.at), data, told)

    def parked(
        self, subject: Subject, identity: tuple[str, ...], defect: Defect, at: str
    ) -> Notification:
        """Tell that an event, or one flow's part of it, was parked; `at` is RFC 3339."""
        data = {
            "event": {"id": subject.id, "routing_key": subject.routing_key},
            "flow": defect.flow,
            "reference": defect.reference,
            "account": None,
            "to": None,
            "from": None,
            "message_sid": None,
            "outcome": Parked.word,
            "twilio_status": None,
            "reason": defect.reason,
            "twilio_code": None,
            "segments": None,
            "encoding": None,
            "attempt": subject.attempt,
            "detail": defect.detail,
        }
        routing_key = f"sms.{Parked.word}"
        unique = "\0".join((*identity, defect.flow or "", routing_key, at))
        return self._notification(routing_key, unique, at, data, None)

    def _notification(
        self, routing_key: str, unique: str, at: str, data: dict[str, Any], told: Told | None
    ) -> Notification:
        # AMQP's short strings can hold half a surrogate pair, which UTF-8 cannot.
        encodable = unique.encode(errors="backslashreplace").decode()
        identifier = str(uuid5(NAMESPACE, encodable))
        envelope = {
            "specversion": "1.0",
            "id": identifier,
            "source": self._source,
            "type": self._type_prefix + routing_key,
            "time": at,
            "datacontenttype": "application/json",
            "data": data,
        }
        if data["reference"] is not None:
            envelope["subject"] = data["reference"]
        properties = {
            "content_type": "application/cloudevents+json",
            "delivery_mode": PERSISTENT,
            "message_id": identifier,
        }
        if data["event"]["id"] is not None:
            properties["correlation_id"] = data["event"]["id"]
        return Notification(routing_key, Message(json.dumps(envelope).encode(), properties), told)


def rfc3339(at: float) -> str:
    """Write a time in seconds since the epoch as RFC 3339, in UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
