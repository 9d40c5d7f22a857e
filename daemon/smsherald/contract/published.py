"""What flows publish in place of SMSes: as `flows/single.py` makes it."""

from __future__ import annotations

from smsherald.contract.parts import Json, Parts
from smsherald.flows import FlowBook

_TEXT: Json = {"type": "string"}
PAYLOAD: Json = {
    "type": "object",
    "properties": {
        "sms": {
            "type": "object",
            "properties": {
                "phone": {**_TEXT, "pattern": r"^\+[0-9]+$", "description": "E.164."},
                "message": _TEXT,
                "from": {**_TEXT, "description": "The sender, where the flow asks for one."},
            },
            "required": ["phone", "message"],
            "additionalProperties": False,
        }
    },
    "required": ["sms"],
    "additionalProperties": False,
}


def publish(parts: Parts, flows: FlowBook) -> None:
    """Add what each flow publishes, on the exchange that events come from."""
    publishing = [(flow.id, flow.publish) for flow in flows if flow.publish is not None]
    if not publishing:
        return
    payload = parts.schema("sms-event", PAYLOAD)
    for flow, key in publishing:
        summary = f"A text that the flow `{flow}` makes, for another that sends it."
        message = parts.message(
            f"{flow}.published",
            {
                "summary": summary,
                "description": "AMQP's `app_id` and `message_id` name it, `correlation_id` is the "
                "id of the event that it was made of, `timestamp` is that event's.",
                "contentType": "application/json",
                "payload": payload,
            },
        )
        parts.send(flows.exchange, key, message, "Texts that flows publish.", mandatory=True)
