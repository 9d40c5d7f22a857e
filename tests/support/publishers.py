"""Small events as real publishers send them, and what a flow that is made of each texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PHONE = "+15558675309"


@dataclass(frozen=True)
class Published:
    """One of them."""

    body: Any
    to: str
    message: str
    subscribe: Any
    properties: dict[str, Any] | None = None
    """Where it was recorded: its properties, and its headers below."""
    headers: dict[str, Any] | None = None
    exchange: str = "events"
    routing_key: str = ""

    @property
    def line(self) -> Any:
        """What its file holds."""
        if self.properties is None and self.headers is None:
            return self.body
        return {
            "at": 1_767_225_600.0,
            "exchange": self.exchange,
            "routing_key": self.routing_key,
            "properties": self.properties or {},
            "headers": self.headers or {},
            "body": self.body,
        }


_SHOPIFY = {
    "id": 450789469,
    "name": "#1001",
    "test": False,
    "phone": None,
    "customer_locale": "de-DE",
    "customer": {"id": 7, "first_name": "Jörg", "phone": ""},
    "shipping_address": {"first_name": "Jörg", "phone": "030 901820", "country_code": "DE"},
    "billing_address": {"first_name": "Jörg", "phone": "+4930901821", "country_code": "DE"},
}

EVENTS: dict[str, Published] = {
    "seed-order": Published(
        {
            "request_id": "5519811a43454e16463a0100",
            "parameters": {"twilio_account_sid": "", "twilio_auth_token": ""},
            "order": {
                "id": 12345,
                "billing_address": {"firstname": "Ann", "phone": PHONE},
                "shipping_address": {"firstname": "Bob", "phone": "+15558675300"},
            },
        },
        PHONE,
        "Hi Ann, thank you! We have your order 12345.",
        "seed.order",
    ),
    "order.created": Published(
        {"number": "R1", "billing_address": {"firstname": "Ann", "phone": PHONE}},
        PHONE,
        "Hi Ann, thank you! We have your order R1.",
        "order.created",
    ),
    "shipment-created": Published(
        {
            "shipment": {
                "id": 438,
                "order_id": "R1",
                "shipping_address": {"firstname": "Ann", "phone": PHONE},
            }
        },
        PHONE,
        "Hi Ann, your order R1 is on its way.",
        "shipment.created",
    ),
    "customer-created": Published(
        {"customer": {"id": 7, "firstname": "Ann", "billing_address": {"phone": PHONE}}},
        PHONE,
        "Hi Ann, welcome! We text you here.",
        "customer.created",
    ),
    "sms-requested": Published(
        {"sms": {"from": "+15550001111", "phone": PHONE, "message": "Hello, 2 of 3."}},
        PHONE,
        "Hello, 2 of 3.",
        "sms.requested",
    ),
    "spree": Published(
        {
            "id": "0b8e7a4e-9ac0-4f2f-8cf9-2c2c0c3b5a11",
            "name": "order.completed",
            "created_at": "2026-01-01T00:00:00Z",
            "data": {
                "number": "R77",
                "locale": "en",
                "shipping_address": {
                    "first_name": "Ann",
                    "phone": "555-867-5309",
                    "country_iso": "US",
                },
            },
            "metadata": {},
        },
        PHONE,
        "Hi Ann, thank you! We have your order R77.",
        "order.completed",
    ),
    "shopify-orders-create": Published(
        _SHOPIFY,
        "+4930901820",
        "Hi Jörg, thank you! We have your order #1001.",
        "shopify.orders.create",
    ),
    "shopify-recorded": Published(
        _SHOPIFY,
        "+4930901820",
        "Hi Jörg, thank you! We have your order #1001.",
        {"type": "orders/create"},
        headers={"X-Shopify-Topic": "orders/create", "X-Shopify-Webhook-Id": "b1"},
    ),
    "saleor-order-created": Published(
        [
            {
                "number": "41",
                "language_code": "EN",
                "user": {"first_name": "Ann"},
                "shipping_address": {
                    "first_name": "Ann",
                    "phone": PHONE,
                    "country": {"code": "US", "name": "United States"},
                },
            }
        ],
        PHONE,
        "Hi Ann, thank you! We have your order 41.",
        "saleor.order.created",
    ),
    "saleor-fulfillment": Published(
        [
            {
                "id": "RnVs",
                "tracking_code": "1Z9",
                "order": {
                    "number": "41",
                    "shipping_address": {"first_name": "Ann", "phone": PHONE},
                },
            }
        ],
        PHONE,
        "Hi Ann, your order 41 is on its way.",
        "saleor.fulfillment",
    ),
    "whiplash": Published(
        {
            "event_name": "order.shipped",
            "order": {
                "id": 9,
                "reference": "W-7",
                "shipping_name": "Ann Lee",
                "shipping_phone": "5558675309",
                "shipping_country": "US",
                "tracking": ["1Z999"],
            },
        },
        PHONE,
        "Hi Ann, your order W-7 is on its way. Tracking number: 1Z999",
        "order.shipped",
    ),
    "woocommerce-order-created": Published(
        {
            "id": 727,
            "number": "727",
            "date_created_gmt": "2026-01-01T00:00:00",
            "billing": {"first_name": "Ann", "phone": "(555) 867-5309", "country": "US"},
            "shipping": {"first_name": "", "phone": "", "country": "US"},
        },
        PHONE,
        "Hi Ann, thank you! We have your order 727.",
        "woocommerce.order.created",
    ),
    "stripe": Published(
        {
            "id": "evt_1",
            "type": "charge.succeeded",
            "created": 1767225600,
            "livemode": True,
            "data": {
                "object": {
                    "id": "ch_1",
                    "billing_details": {"name": "Ann Lee", "phone": PHONE},
                    "receipt_number": "1042-7",
                }
            },
        },
        PHONE,
        "Hi Ann, we have news for you: ch_1.",
        "charge.succeeded",
    ),
    "cal": Published(
        {
            "triggerEvent": "BOOKING_CREATED",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "payload": {
                "uid": "bFJeNb2uX8ANpT3JL5EfXw",
                "title": "Haircut",
                "organizer": {"name": "Zoe", "phoneNumber": "+15550001111"},
                "smsReminderNumber": PHONE,
                "attendees": [
                    {
                        "name": "Ann Lee",
                        "email": "ann@example.com",
                        "language": {"locale": "en"},
                    }
                ],
            },
        },
        PHONE,
        "Hi Ann, your booking is confirmed.",
        "booking.created",
    ),
    "cloudevent": Published(
        {
            "specversion": "1.0",
            "id": "1",
            "source": "/shop",
            "type": "com.shop.order.created",
            "datacontenttype": "application/json",
            "data": {"orderNumber": "A-1", "customer": {"firstName": "Ann", "phone": PHONE}},
        },
        PHONE,
        "Hi Ann, thank you! We have your order A-1.",
        {"type": "com.shop.order.created"},
    ),
    "cloudevent-in-headers": Published(
        {"orderNumber": "A-1", "customer": {"firstName": "Ann", "mobile": PHONE}},
        PHONE,
        "Hi Ann, thank you! We have your order A-1.",
        "shop.order",
        properties={"content_type": "application/json"},
        headers={"ce-id": "1", "ce-source": "/shop", "ce-type": "order.created"},
        routing_key="shop.order",
    ),
    "dapr": Published(
        {
            "specversion": "1.0",
            "id": "1",
            "source": "checkout",
            "type": "com.dapr.event.sent",
            "topic": "orders",
            "pubsubname": "pubsub",
            "data": {"orderId": 42, "contact": {"name": "Ann Lee", "phone": PHONE}},
        },
        PHONE,
        "Hi Ann, thank you! We have your order 42.",
        {"exchange": "orders"},
        properties={"content_type": "text/plain"},
        exchange="orders",
    ),
    "dapr-as-a-body": Published(
        {
            "specversion": "1.0",
            "id": "1",
            "source": "checkout",
            "type": "com.dapr.event.sent",
            "topic": "shipments",
            "pubsubname": "pubsub",
            "data": {"tracking_url": "https://dhl.example/1Z", "phone": PHONE},
        },
        PHONE,
        "Hello, your order is on its way. Follow it: https://dhl.example/1Z",
        {"exchange": "shipments"},
    ),
    "masstransit": Published(
        {
            "messageId": "5a1d0000-5d3a-0015-6f1c-08dcab1e2d3f",
            "messageType": ["urn:message:Shop.Contracts:OrderSubmitted"],
            "message": {"orderId": "A-1", "customer": {"firstName": "Ann", "phoneNumber": PHONE}},
            "sentTime": "2026-01-01T00:00:00Z",
        },
        PHONE,
        "Hi Ann, thank you! We have your order A-1.",
        {"exchange": "Shop.Contracts:OrderSubmitted"},
    ),
    "nservicebus": Published(
        {"OrderId": "A-1", "CustomerName": "Ann Lee", "MobilePhone": PHONE},
        PHONE,
        "Hi Ann, thank you! We have your order A-1.",
        {"exchange": "Shop.OrderPlaced", "type": "Shop.OrderPlaced"},
        properties={"message_id": "5a1d0000-5d3a-0015-6f1c-08dcab1e2d3f"},
        headers={"NServiceBus.EnclosedMessageTypes": "Shop.OrderPlaced, Shop, Version=1.0.0.0"},
        exchange="Shop.OrderPlaced",
    ),
    "symfony": Published(
        {"orderNumber": "A-1", "firstName": "Ann", "phone": PHONE},
        PHONE,
        "Hi Ann, thank you! We have your order A-1.",
        {"exchange": "messages", "type": r"App\Message\OrderPlaced"},
        headers={"type": r"App\Message\OrderPlaced"},
        exchange="messages",
    ),
    "nestjs": Published(
        {
            "pattern": "order_created",
            "data": {"orderNumber": "A-1", "customer": {"name": "Ann Lee", "phone": PHONE}},
        },
        PHONE,
        "Hi Ann, thank you! We have your order A-1.",
        {"type": "order_created"},
    ),
    "celery": Published(
        [
            [],
            {"order_number": "A-1", "first_name": "Ann", "phone": PHONE},
            {"callbacks": None, "errbacks": None, "chain": None, "chord": None},
        ],
        PHONE,
        "Hi Ann, thank you! We have your order A-1.",
        "celery.order",
        headers={"task": "shop.tasks.order_created", "id": "5a1d0000-5d3a-0015-6f1c-08dcab1e2d3f"},
        properties={"content_encoding": "binary"},
        routing_key="celery.order",
    ),
    "spring": Published(
        {"number": "A-1", "customer": {"givenName": "Ann", "telephone": PHONE}},
        PHONE,
        "Hi Ann, thank you! We have your order A-1.",
        "orders.new",
        headers={"__TypeId__": "com.shop.OrderCreated"},
        routing_key="orders.new",
    ),
    "debezium": Published(
        {"payload": '{"orderNumber": "A-1", "who": {"firstName": "Ann", "phone": "+15558675309"}}'},
        PHONE,
        "Hi Ann, thank you! We have your order A-1.",
        {"exchange": "outbox.event.order", "type": "OrderCreated"},
        headers={"id": "5a1d0000-5d3a-0015-6f1c-08dcab1e2d3f", "type": "OrderCreated"},
        exchange="outbox.event.order",
    ),
    "number-by-its-shape": Published(
        {"event": "parcel.ready", "parcel": {"reference": "P1", "reach_at": 1, "to": PHONE}},
        PHONE,
        "Hello, your order P1 is on its way.",
        "parcel.ready",
    ),
    "number-in-pieces": Published(
        {"event": "order.paid", "client": {"phone": {"e164": PHONE, "country": "US"}}, "no": 1},
        PHONE,
        "Hello, thank you! We have your order.",
        "order.paid",
    ),
}

WITHOUT_A_PHONE: dict[str, Any] = {
    "medusa": {"name": "shipment.created", "data": {"id": "ful_1", "no_notification": False}},
    "bigcommerce": {
        "scope": "store/order/created",
        "store_id": "1025646",
        "data": {"type": "order", "id": 250},
        "hash": "dd70c0976e06b67aaf671e73f49dcb79230ebf9d",
        "created_at": 1561479335,
    },
    "only-the-shop-s": {
        "number": "R1",
        "store": {"phone": "+15550001111"},
        "sender_phone": "+15550001112",
        "emergencyContact": {"mobile": "+15550001113"},
        "hotel": {"name": "Sol", "phone": "+15550001114"},
        "appointment": {"doctor": {"phone": "+15550001115"}},
    },
    "somebody-s-where-the-recipient-s-is-empty": {
        "number": "R1",
        "patient": {"phone": ""},
        "parlour": {"phone": "+15550001114"},
    },
    "dates-and-ids": {
        "id": 15558675309,
        "phone_verified_at": "2026-01-01",
        "phone_id": 123456789,
        "sms_consent": True,
    },
}
