"""What the inbox page suggests to publish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

SAMPLES: Final[Mapping[str, Any]] = {
    "order.created": {
        "number": "R12345",
        "locale": "en",
        "billing_address": {"firstname": "Ann", "phone": "+15558675309"},
    },
    "customer.created": {
        "id": "C42",
        "firstname": "Joe",
        "billing_address": {"phone": "+15558675310"},
    },
    "shipment.created": {
        "number": "H9876",
        "order_number": "R12345",
        "shipping_address": {"firstname": "Ann", "phone": "+15558675309"},
    },
    "order.cancelled": {
        "number": "R12346",
        "locale": "es",
        "billing_address": {"firstname": "Eva", "phone": "+34612345678"},
    },
    "sms.requested": {
        "sms": {
            "from": "444-444-4444",
            "phone": "555-555-5555",
            "message": "Order R12345 was shipped!",
        }
    },
}
"""A body for every routing key that the shipped flows subscribe to."""
