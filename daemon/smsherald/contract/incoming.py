"""What is received: for each flow a message, on the channel of each of its routes."""

from __future__ import annotations

from collections.abc import Sequence

from smsherald.contract import payloads
from smsherald.contract.parts import VERSION, Json, Parts
from smsherald.events import Chosen
from smsherald.events.chosen import HEADER
from smsherald.flows import Flow, FlowBook
from smsherald.flows.insight import needs
from smsherald.settings.editor import EventSchemas

_OTHER_RULES = (
    "`source` and `id` of a CloudEvent; AMQP's `app_id` and `message_id`; a `message_id`, or a "
    "header `id`, that is a UUID or ULID; the `request_id` of an envelope; else the body itself"
)


def receive(
    parts: Parts, flows: FlowBook, schemas: EventSchemas, queue: str, chosen: Sequence[Chosen]
) -> None:
    """Add what each flow wants; `chosen` is where the settings say that identities stand."""
    for flow in flows:
        message = _message(flow, schemas, parts, chosen)
        names: dict[str | None, str] = {}
        for route in flow.subscribe:
            name = names.get(route.type)
            if name is None:
                wanted = flow.id if route.type is None else f"{flow.id}.{route.type}"
                name = names[route.type] = parts.message(wanted, _known_as(route.type, message))
            parts.receive(route.exchange or flows.exchange, route.pattern, name, queue)


def _known_as(type_: str | None, message: Json) -> Json:
    """Say of a message by which name it is known, where its route asks for one."""
    if type_ is None:
        return message
    said = f"Its kind is `{type_}`, by CloudEvents' `type`, AMQP's, or a framework's header."
    binding = {"amqp": {"messageType": type_, **VERSION}}
    return {**message, "description": f"{said} {message['description']}", "bindings": binding}


def _message(flow: Flow, schemas: EventSchemas, parts: Parts, chosen: Sequence[Chosen]) -> Json:
    read = needs(flow)
    for each in chosen:
        if each.where == HEADER:
            read.headers.read(each.path, "identity")
    made = "texts" if flow.publish is None else "publishes as a text"
    headers = payloads.headers(read)
    body = payloads.body(flow, read, schemas, parts)
    return {
        "summary": f"What the flow `{flow.id}` {made}.",
        "description": _identity(chosen),
        "contentType": "application/json",
        **({"headers": headers} if headers else {}),
        "payload": parts.schema(f"{flow.id}.body", body),
    }


def _identity(chosen: Sequence[Chosen]) -> str:
    said = "".join(f"`{each.said}`; " for each in chosen)
    return f"Which event it is, by the first of these that is there: {said}{_OTHER_RULES}."
