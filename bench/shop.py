"""The shop whose orders are texted about, and the names that all contenders go by."""

from __future__ import annotations

import json

ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "t" * 32
SENDER = "+15551230000"

EVENTS = "events"
QUEUE = "smsherald"
ROUTING_KEY = "order.created"
NOTIFICATIONS = "smsherald"
TOLD = "told"
"""The queue bound to all notifications: its length says how far a contender is."""


def order(number: int) -> bytes:
    """Return one order as a shop publishes it, about 600 bytes; no two are alike."""
    body = {
        "order": {
            "id": 100_000 + number,
            "number": f"R{700_000_000 + number}",
            "status": "complete",
            "channel": "web",
            "locale": "en",
            "email": f"ann.{number}@example.com",
            "currency": "USD",
            "placed_on": "2026-05-04T09:30:15Z",
            "totals": {
                "item": 70.5,
                "adjustment": 6.25,
                "tax": 4.25,
                "shipping": 2,
                "order": 76.75,
            },
            "line_items": [
                {"product_id": "SPREE-T", "name": "Spree T-Shirt", "quantity": 3, "price": 23.5}
            ],
            "billing_address": {
                "firstname": "Ann",
                "lastname": "Smith",
                "address1": f"{number} Lazy Lane",
                "zipcode": "35013",
                "city": "Birmingham",
                "state": "Alabama",
                "country": "US",
                "phone": f"+1205{5_550_000 + number:07d}",
            },
        }
    }
    return json.dumps(body, separators=(",", ":")).encode()
