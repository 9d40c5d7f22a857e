"""The whole document, as AsyncAPI 3.0 has it."""

from __future__ import annotations

from itertools import count

from smsherald import __version__
from smsherald.contract.incoming import receive
from smsherald.contract.notified import notify
from smsherald.contract.parts import SCHEMAS, Json, Parts
from smsherald.contract.published import publish
from smsherald.settings.editor import EventSchemas
from smsherald.settings.load import LoadedFlows
from smsherald.settings.urls import AmqpUrl, amqp_urls

_MEMORY = "memory://"
_SIGN_IN = "user"


def asyncapi(loaded: LoadedFlows) -> Json:
    """Return the document of a configuration: nothing that signs in is in it.

    Without `broker.url`, and where that is `memory://`, it has no servers: nobody else could
    connect there.
    """
    urls = _urls(loaded)
    hosts = {url.virtual_host for url in urls}
    parts = Parts(
        frozenset({loaded.flows.exchange, loaded.notifications.exchange}),
        hosts.pop() if len(hosts) == 1 else None,
    )
    schemas = EventSchemas(SCHEMAS)
    receive(parts, loaded.flows, schemas, loaded.queue, loaded.reading.identity)
    publish(parts, loaded.flows)
    notify(parts, loaded.notifications, loaded.queue)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"smsherald, queue {loaded.queue}",
            "version": __version__,
            "description": "Which events become text messages, and what is told of them.",
        },
        "defaultContentType": "application/json",
        **_servers(urls),
        "channels": parts.channels,
        "operations": parts.operations,
        "components": {
            "messages": parts.messages,
            "schemas": {**schemas.described, **parts.schemas},
            **({"securitySchemes": {_SIGN_IN: {"type": "userPassword"}}} if urls else {}),
        },
    }


def _urls(loaded: LoadedFlows) -> list[AmqpUrl]:
    url = None if loaded.broker_url is None else loaded.broker_url.reveal()
    return [] if url in {None, _MEMORY} else amqp_urls(str(url))


def _servers(urls: list[AmqpUrl]) -> Json:
    if not urls:
        return {}
    names = ["broker"] if len(urls) == 1 else (f"broker-{number}" for number in count(1))
    return {"servers": {name: _server(url) for name, url in zip(names, urls, strict=False)}}


def _server(url: AmqpUrl) -> Json:
    host = f"[{url.host}]" if ":" in url.host else url.host
    return {
        "host": f"{host}:{url.port}",
        "pathname": f"/{'' if url.virtual_host == '/' else url.virtual_host}",
        "protocol": "amqps" if url.secure else "amqp",
        "protocolVersion": "0.9.1",
        "security": [{"$ref": f"#/components/securitySchemes/{_SIGN_IN}"}],
    }
