"""What notifications look like, as JSON Schema: those that `settle/notifications.py` makes."""

from __future__ import annotations

from smsherald.contract.parts import Json, Parts
from smsherald.errors import Reason, Standing
from smsherald.model import Failed, Held, Parked, Sent, Skipped
from smsherald.settings.values import NotificationSettings
from smsherald.settle.notifications import ROUTING_KEYS

_NULL: Json = {"type": "null"}
_TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}
_COUNT: Json = {"type": "integer", "minimum": 0}

SAID = {
    Sent.word: "Twilio has taken the text. That it reached the phone is not known here.",
    Failed.word: "The text can never be sent: Twilio refuses it for good.",
    Skipped.word: "The text was deliberately not sent.",
    Held.word: "Nobody knows whether Twilio took the text, and a person decides.",
    Parked.word: "The event, or one flow's part of it, waits for a person.",
}
_STANDINGS = {Failed.word: Standing.FAILED, Skipped.word: Standing.SKIPPED}
"""Where reasons stand that go with an outcome of an SMS."""


def notify(parts: Parts, notifications: NotificationSettings, queue: str) -> None:
    """Add what is told: a channel for each routing key."""
    for key in ROUTING_KEYS:
        word = key.removeprefix("sms.")
        payload = _envelope(key, word, notifications.type_prefix, queue)
        message = parts.message(
            key,
            {
                "summary": SAID[word],
                "description": "The same fact has the same `source` and `id`, however often it is "
                "told. AMQP's `message_id` is the `id`, `correlation_id` the event's id.",
                "contentType": "application/cloudevents+json",
                "payload": parts.schema(key, payload),
            },
        )
        mandatory = notifications.mandatory
        parts.send(notifications.exchange, key, message, SAID[word], mandatory=mandatory)


def _envelope(key: str, word: str, type_prefix: str, queue: str) -> Json:
    return _closed(
        {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid"},
            "source": {"const": f"/smsherald/{queue}"},
            "type": {"const": f"{type_prefix}{key}"},
            "time": {
                "type": "string",
                "format": "date-time",
                "description": "When it happened, not when it was told.",
            },
            "datacontenttype": {"const": "application/json"},
            "subject": {**_TEXT, "description": "The reference, where there is one."},
            "data": _parked() if word == Parked.word else _of_sms(word),
        },
        optional={"subject"},
    )


def _of_sms(word: str) -> Json:
    sent, failed = word == Sent.word, word == Failed.word
    reason = _NULL if sent else _reason(_STANDINGS.get(word))
    return _closed(
        {
            "event": _event(_TEXT),
            "flow": _TEXT,
            "reference": _MAYBE,
            "account": {**_TEXT, "description": "The name of the account in the settings."},
            "to": {**_TEXT, "pattern": r"^\+[0-9]+$", "description": "E.164, in full."},
            "from": _TEXT,
            "message_sid": {**_TEXT, "description": "Twilio's id."} if sent else _NULL,
            "outcome": {"const": word},
            "twilio_status": {**_MAYBE, "examples": ["queued", "accepted"]} if sent else _NULL,
            "reason": reason,
            "twilio_code": {"type": ["integer", "null"]} if failed else _NULL,
            "segments": {"type": "integer", "minimum": 1},
            "encoding": {"enum": ["gsm7", "ucs2"]},
            "attempt": _COUNT,
            "detail": _NULL,
        }
    )


def _parked() -> Json:
    nothing = ("account", "to", "from", "message_sid", "twilio_status", "twilio_code")
    return _closed(
        {
            "event": _event(_MAYBE),
            "flow": {**_MAYBE, "description": "Null where no flow came so far."},
            "reference": _MAYBE,
            **dict.fromkeys(nothing, _NULL),
            "outcome": {"const": Parked.word},
            "reason": _reason(Standing.PARKED),
            "segments": _NULL,
            "encoding": _NULL,
            "attempt": _COUNT,
            "detail": {**_TEXT, "description": "What is missing or wrong, never its value."},
        }
    )


def _event(id_: Json) -> Json:
    return _closed({"id": id_, "routing_key": _TEXT})


def _reason(standing: Standing | None) -> Json:
    """Describe a reason: another version may have more words, so they are no closed list here."""
    known = [] if standing is None else sorted(Reason.of(standing))
    return {**_TEXT, **({"examples": [str(each) for each in known]} if known else {})}


def _closed(properties: Json, optional: frozenset[str] | set[str] = frozenset()) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
