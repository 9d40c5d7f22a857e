"""Who runs, and how each is started."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import yaml

from shop import ACCOUNT_SID, AUTH_TOKEN, EVENTS, NOTIFICATIONS, QUEUE, ROUTING_KEY, SENDER

HERE = Path(__file__).parent
NAME = "{{ order.billing_address.firstname }}"


@dataclass(frozen=True, slots=True)
class Place:
    """What one run is given: a folder of its own, a fresh vhost, a fresh stand-in."""

    folder: Path
    broker: str
    twilio: str
    http_port: int


class Contender(Protocol):
    """Something that works off the queue until SIGTERM."""

    @property
    def name(self) -> str:
        """How the table calls it."""
        ...

    @property
    def share(self) -> float:
        """Which part of the events it is given: slower ones need fewer for the same seconds."""
        ...

    @property
    def at_once(self) -> int:
        """How many texts it posts at once."""
        ...

    def command(self, place: Place) -> list[str]:
        """Write what it needs into the folder and return what starts it."""
        ...


@dataclass(frozen=True, slots=True)
class Smsherald:
    """The daemon as an operator starts it: ledger, metrics and JSON log on."""

    name: str = "smsherald"
    share: float = 1.0
    at_once: int = 200

    def command(self, place: Place) -> list[str]:
        """Write settings and the one flow."""
        config = write_config(place)
        program = Path(sys.executable).with_name("smsherald")
        return [str(program), "run", "--config", str(config)]


@dataclass(frozen=True, slots=True)
class Peer:
    """One of the scripts here, in a Python that has what it imports."""

    name: str
    module: str
    share: float
    at_once: int
    python: str = sys.executable

    def command(self, place: Place) -> list[str]:
        """Need nothing but the addresses."""
        return [self.python, "-m", self.module, "--broker", place.broker, "--twilio", place.twilio]


def environment() -> dict[str, str]:
    """Return what every contender sees: the peers' modules, no proxy, no setting of ours."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SMSHERALD") and not name.lower().endswith("_proxy")
    }
    return clean | {"PYTHONPATH": str(HERE)}


def write_config(place: Place) -> Path:
    """Write the settings and the flow into the folder; return the settings' path."""
    settings = {
        "broker": {"url": place.broker, "exchange": EVENTS, "queue": QUEUE},
        "twilio": {
            "accounts": {
                "default": {
                    "account_sid": ACCOUNT_SID,
                    "auth_token": AUTH_TOKEN,
                    "from": SENDER,
                    "api_url": place.twilio,
                }
            }
        },
        "ledger": {"url": f"sqlite:///{place.folder / 'ledger.db'}"},
        "notifications": {"exchange": NOTIFICATIONS},
        "http": {"listen": f"127.0.0.1:{place.http_port}"},
        "log": {"format": "json"},
    }
    flow = {
        "subscribe": ROUTING_KEY,
        "schema": "order",
        "when": 'order.status != "cart"',
        "to": "{{ order.billing_address.phone }}",
        "message": {
            "en": f"Hi {NAME}, we have your order {{{{ order.number }}}}.",
            "es": f"Hola {NAME}, tenemos tu pedido {{{{ order.number }}}}.",
        },
        "locale": "{{ order.locale }}",
        "reference": "{{ order.number }}",
    }
    (place.folder / "flows").mkdir()
    (place.folder / "flows" / "order-created.yaml").write_text(dump(flow), encoding="utf-8")
    config = place.folder / "smsherald.yaml"
    config.write_text(dump(settings), encoding="utf-8")
    return config


def dump(value: object) -> str:
    """Return YAML with every text quoted."""
    return yaml.safe_dump(value, default_style='"', allow_unicode=True, width=1000)
