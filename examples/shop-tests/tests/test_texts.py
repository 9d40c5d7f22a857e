"""What customers get, and what they do not: with the shop's own flows, and all of the daemon."""

from datetime import UTC, datetime, timedelta
from typing import Any

from smsherald.testing import Herald

ANN = "+15558675309"
OPTED_OUT = "+15005550004"
"""One of Twilio's magic numbers: docs/sandbox.md has them all."""


def order(number: str, phone: str | None = ANN) -> dict[str, Any]:
    """Return an order as the shop publishes it."""
    address = {"firstname": "Ann"} | ({"phone": phone} if phone else {})
    return {"number": number, "billing_address": address}


async def test_an_order_is_confirmed(herald: Herald) -> None:
    await herald.publish("order.created", order("R1"))

    (text,) = await herald.texts(1)
    assert (text.to, text.text) == (ANN, "Hi Ann, we have your order R1.")
    (told,) = herald.notifications
    assert (told.routing_key, told.data["reference"]) == ("sms.sent", "R1")


async def test_an_order_without_a_phone_waits_for_a_person(herald: Herald) -> None:
    await herald.publish("order.created", order("R1", phone=None))

    await herald.texts(0)
    (parked,) = herald.parked
    assert (parked.flow, parked.reason) == ("order-created", "missing_value")
    assert "order.billing_address.phone" in parked.detail


async def test_an_event_that_is_published_again_makes_no_second_text(herald: Herald) -> None:
    for _ in range(2):
        await herald.publish(
            "order.created", order("R1"), properties={"message_id": "1", "app_id": "shop"}
        )

    await herald.texts(1)


async def test_two_parcels_make_one_text(herald: Herald) -> None:
    for parcel in (1, 2):
        await herald.publish("order.shipped", {"order": "R1", "parcel": parcel, "phone": ANN})

    await herald.texts(1)


async def test_a_text_goes_out_once_twilio_is_back(herald: Herald) -> None:
    herald.twilio.is_down()
    await herald.publish("order.created", order("R1"))
    await herald.move("3m")
    await herald.texts(0)

    herald.twilio.heal()
    await herald.move("10m")
    await herald.texts(1)


async def test_what_twilio_has_taken_without_saying_so_is_not_sent_again(herald: Herald) -> None:
    herald.twilio.gives_no_answer(taken=True)
    await herald.publish("order.created", order("R1"))
    await herald.move("1h")

    await herald.texts(1)
    assert [told.routing_key for told in herald.notifications] == ["sms.sent"]


async def test_a_customer_who_has_opted_out_is_told_of_as_failed(herald: Herald) -> None:
    await herald.publish("order.created", order("R1", phone=OPTED_OUT))

    await herald.texts(0)
    (told,) = herald.notifications
    assert (told.routing_key, told.data["twilio_code"]) == ("sms.failed", 21610)


async def test_an_order_of_yesterday_is_confirmed_no_more(herald: Herald) -> None:
    now = datetime.fromtimestamp(herald.clock.now(), UTC)
    yesterday = {"timestamp": now - timedelta(days=1)}
    await herald.publish("order.created", order("R1"), properties=yesterday)

    await herald.texts(0)
    assert [told.data["reason"] for told in herald.notifications] == ["expired"]


async def test_what_no_flow_wants_does_no_harm(herald: Herald) -> None:
    await herald.publish("order.created", order("R1") | {"status": "cart"})

    assert [each.outcome for each in herald.handled] == ["ignored"]
