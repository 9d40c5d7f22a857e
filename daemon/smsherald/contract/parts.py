"""A document that is being made: channels, operations and messages, each under a name of its own.

AsyncAPI 3.0: https://www.asyncapi.com/docs/reference/specification/v3.0.0, with the bindings of
AMQP 0-9-1 of version 0.3.0.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

SCHEMAS = "#/components/schemas/"
VERSION = {"bindingVersion": "0.3.0"}
_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")
_WILD = {"*": "any", "#": "all"}


class Parts:
    """Collects them. `virtual_host` is the broker's; None: it is not known."""

    def __init__(self, own: frozenset[str], virtual_host: str | None) -> None:
        self.channels: dict[str, Json] = {}
        self.operations: dict[str, Json] = {}
        self.messages: dict[str, Json] = {}
        self.schemas: dict[str, Json] = {}
        self._own = own
        self._virtual_host = virtual_host
        self._ids: dict[tuple[str, str], str] = {}

    def message(self, wanted: str, message: Json) -> str:
        """Add a message; return the name that it got."""
        name = free(wanted, self.messages)
        self.messages[name] = {"name": name, **message}
        return name

    def schema(self, wanted: str, schema: Json) -> Json:
        """Add a schema; return a reference to it."""
        name = free(wanted, self.schemas)
        self.schemas[name] = schema
        return {"$ref": f"{SCHEMAS}{name}"}

    def receive(self, exchange: str, pattern: str, message: str, queue: str) -> None:
        """Note that a message is received by an exchange and a routing key pattern."""
        said = {
            "summary": f"What is texted of what comes by `{pattern}` on `{exchange}`.",
            "description": f"The queue `{queue}` is bound so. A message that no flow wants is "
            "ignored.",
        }
        self._operation("receive", (exchange, pattern), message, said, {"ack": True})

    def send(self, exchange: str, key: str, message: str, summary: str, *, mandatory: bool) -> None:
        """Note that a message is published to an exchange with a routing key."""
        binding = {"deliveryMode": 2, "mandatory": mandatory}
        self._operation("send", (exchange, key), message, {"summary": summary}, binding)

    def _operation(
        self, action: str, address: tuple[str, str], message: str, said: Json, binding: Json
    ) -> None:
        channel = self._channel(*address)
        messages = self.channels[channel]["messages"]
        messages[message] = {"$ref": f"#/components/messages/{message}"}
        operation = self.operations.setdefault(
            f"{action}.{channel}",
            {
                "action": action,
                "channel": {"$ref": f"#/channels/{channel}"},
                **said,
                "messages": [],
                "bindings": {"amqp": {**binding, **VERSION}},
            },
        )
        reference = {"$ref": f"#/channels/{channel}/messages/{message}"}
        if reference not in operation["messages"]:
            operation["messages"].append(reference)

    def _channel(self, exchange: str, key: str) -> str:
        known = self._ids.get((exchange, key))
        if known is not None:
            return known
        words = [_WILD.get(word, word) for word in key.split(".")] if key else ["empty"]
        name = free(".".join((exchange, *words)), self.channels)
        self._ids[exchange, key] = name
        self.channels[name] = {
            # Braces would make parameters of it.
            "address": None if {"{", "}"} & set(key) else key,
            "description": f"Exchange `{exchange}`, routing key `{key or '(empty)'}`"
            + (": `*` is one word, `#` any number of words." if {"*", "#"} & set(key) else "."),
            "messages": {},
            "bindings": {"amqp": {"is": "routingKey", "exchange": self._exchange(exchange)}},
        }
        self.channels[name]["bindings"]["amqp"] |= VERSION
        return name

    def _exchange(self, name: str) -> Json:
        # What others declare may be of any type.
        kind = {"type": "topic", "durable": True, "autoDelete": False} if name in self._own else {}
        host = {} if self._virtual_host is None else {"vhost": self._virtual_host}
        return {"name": name, **kind, **host}


def free(wanted: str, taken: dict[str, Any]) -> str:
    """Return a name that AsyncAPI allows, is near to what is wanted, and nobody has."""
    plain = _STRANGE.sub("-", wanted).strip("-") or "unnamed"
    number = 1
    while (name := plain if number == 1 else f"{plain}-{number}") in taken:
        number += 1
    return name
