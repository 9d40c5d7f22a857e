"""A daemon in a test's own loop: what a user's tests can do with it, and what they are shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smsherald.errors import ConfigurationError
from smsherald.events.recorded import line_of
from smsherald.model import Delivery
from smsherald.testing import SENDER, Fault, Herald, Kind, SetClock, UnexpectedError, found_config
from support.configuration import write

SETTINGS = """\
twilio:
  accounts:
    default:
      account_sid: ${SHOP_SID}
      auth_token: ${SHOP_TOKEN}
      from: ${SHOP_FROM}
"""
ORDER = """\
subscribe: order.created
to: "{{ event.body.phone }}"
message: "Order {{ event.body.number }}"
reference: "{{ event.body.number }}"
"""
PHONE = "+15558675309"
DAY = 86_400


def order(number: str = "R1", phone: str = PHONE) -> dict[str, str]:
    return {"number": number, "phone": phone}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return settings whose credentials nobody has, with one flow."""
    return write(tmp_path, SETTINGS, order=ORDER)


@pytest.fixture
async def it(config: Path) -> AsyncIterator[Herald]:
    """Return a daemon that runs."""
    async with Herald(config) as herald:
        yield herald


# --- events in, texts out ---------------------------------------------------------------------


async def test_an_event_becomes_a_text_and_a_notification(it: Herald) -> None:
    await it.publish("order.created", order())

    (text,) = await it.texts(1)
    assert (text.to, text.text, text.sender) == (PHONE, "Order R1", SENDER)
    (told,) = it.notifications
    assert told.routing_key == "sms.sent"
    assert told.data["reference"] == "R1"
    assert told.event["data"] == told.data
    assert [each.outcome for each in it.handled] == ["handled"]


async def test_several_flows_make_a_text_each(config: Path) -> None:
    write(config.parent, SETTINGS, other=ORDER.replace('"Order', '"Thanks for order'))
    async with Herald(config) as it:
        await it.publish("order.created", order())

        texts = await it.texts(2)
    assert {text.text for text in texts} == {"Order R1", "Thanks for order R1"}


async def test_a_flow_that_publishes_makes_an_event_of_its_own(config: Path) -> None:
    publishing = ORDER.replace("order.created", "order.paid") + "publish: sms.requested\n"
    sends = (
        "subscribe: sms.requested\nschema: sms\n"
        'to: "{{ sms.phone }}"\nmessage: "{{ sms.message }}"\n'
    )
    write(config.parent, SETTINGS, paid=publishing, sms=sends)
    async with Herald(config) as it:
        await it.publish("order.paid", order())

        (text,) = await it.texts(1)
        assert [each.routing_key for each in it.handled] == ["order.paid", "sms.requested"]
    assert text.text == "Order R1"


async def test_headers_properties_and_exchange_reach_the_flows(config: Path) -> None:
    route = (
        "subscribe: { exchange: shop, type: order.made }\n"
        'to: "{{ event.body.phone }}"\n'
        'message: "{{ event.headers.Shop }} {{ event.type }} {{ event.id }}"\n'
    )
    write(config.parent, SETTINGS, order=route)
    async with Herald(config) as it:
        await it.publish(
            "any",
            order(),
            headers={"Shop": "petals"},
            properties={"type": "order.made", "app_id": "shop", "message_id": "7"},
            exchange="shop",
        )

        (text,) = await it.texts(1)
        assert text.text == f"petals order.made {it.handled[0].event_id}"
    assert it.handled[0].event_id == "shop/7"


async def test_bytes_are_published_as_they_are(it: Herald) -> None:
    await it.publish("order.created", b'{"number": "R1", "phone": "+15558675309"')

    assert [entry.reason for entry in it.parked] == ["not_json"]


async def test_what_tap_has_written_is_published_as_it_came(it: Herald, tmp_path: Path) -> None:
    came = (
        Delivery(
            # To Python a line ends there, and to JSON none does.
            body=json.dumps(order(number) | {"note": "a\u2028b\x85c"}).encode(),
            properties={"message_id": number, "app_id": "shop", "headers": {}},
            exchange="events",
            routing_key="order.created",
            redelivered=False,
            tag=0,
        )
        for number in ("R1", "R2")
    )
    file = tmp_path / "events.jsonl"
    lines = (json.dumps(line_of(each, it.clock.now()), ensure_ascii=False) for each in came)
    file.write_text("\n".join(lines) + "\n")
    await it.replay(file)

    await it.texts(2)
    assert [each.event_id for each in it.handled] == ["shop/R1", "shop/R2"]


@pytest.mark.parametrize(
    ("line", "said"), [('{"number": "R1"}', "is no event as"), ("{", "Expecting property name")]
)
async def test_what_tap_has_not_written_is_an_error_with_its_line(
    it: Herald, tmp_path: Path, line: str, said: str
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(f"\n{line}\n")

    with pytest.raises(ValueError, match=rf"events\.jsonl:2: {said}"):
        await it.replay(file)


async def test_a_property_that_amqp_has_not_is_an_error(it: Herald) -> None:
    with pytest.raises(ValueError, match="messageid: AMQP has app_id"):
        await it.publish("order.created", order(), properties={"messageid": "1"})


async def test_two_tests_share_nothing(config: Path) -> None:
    for _ in range(2):
        async with Herald(config) as it:
            await it.publish("order.created", order())

            await it.texts(1)
            assert len(it.notifications) == 1


# --- what goes wrong, and time ----------------------------------------------------------------


async def test_a_text_goes_out_once_twilio_is_back(it: Herald) -> None:
    it.twilio.is_down()
    await it.publish("order.created", order())
    await it.move("3m")
    assert [each.outcome for each in it.handled] == ["deferred", "deferred"]

    it.twilio.heal()
    await it.move(timedelta(minutes=10))
    await it.texts(1)


@pytest.mark.parametrize("taken", [True, False])
async def test_a_request_without_an_answer_is_one_text(it: Herald, taken: bool) -> None:  # noqa: FBT001
    it.twilio.gives_no_answer(taken=taken)
    await it.publish("order.created", order())
    await it.texts(1 if taken else 0)

    await it.move("1h")
    await it.texts(1)
    assert [told.routing_key for told in it.notifications] == ["sms.sent"]


async def test_what_is_asked_too_often_comes_again_when_twilio_says(it: Herald) -> None:
    it.twilio.limits_rates(retry_after=600)
    await it.publish("order.created", order())
    await it.move(599)
    await it.texts(0)

    await it.move("1h")
    await it.texts(1)


async def test_an_account_that_is_let_in_no_more_is_paused_until_it_is(it: Herald) -> None:
    it.twilio.lets_nobody_in()
    for number in ("R1", "R2", "R3"):
        await it.publish("order.created", order(number))
    await it.move("10m")
    await it.texts(0)

    it.twilio.heal()
    await it.move("10m")
    await it.texts(3)


async def test_what_is_older_than_its_age_is_not_sent(it: Herald) -> None:
    it.twilio.is_down()
    await it.publish("order.created", order())
    await it.move("30m")
    it.twilio.heal()
    await it.publish(
        "order.created", order("R2"), properties={"timestamp": it.clock.now() - DAY - 1}
    )

    await it.texts(0)
    assert [told.data["reason"] for told in it.notifications] == ["expired"]


async def test_the_ledger_forgets_after_its_retention(it: Herald) -> None:
    for days in (0, 29, 2):
        await it.move(days * DAY)
        await it.publish("order.created", order())

    await it.texts(2)


async def test_time_is_what_the_test_says(config: Path) -> None:
    dated = ORDER.replace("Order {{ event.body.number }}", "{{ event.time | date('yyyy-MM-dd') }}")
    write(config.parent, SETTINGS, order=dated)
    async with Herald(config, clock=SetClock(1_767_225_600.0)) as it:
        await it.publish("order.created", order())

        (text,) = await it.texts(1)
    assert (text.text, text.created) == ("2026-01-01", 1_767_225_600.0)


async def test_time_goes_forward(it: Herald) -> None:
    with pytest.raises(ValueError, match="does not go back"):
        await it.move(-1)


async def test_who_waits_for_what_does_not_end_is_told_what_is_in_flight(it: Herald) -> None:
    it.twilio.sandbox.faults.add(Fault(kind=Kind.LATENCY, seconds=0.4))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await it.publish("order.created", order())

    with pytest.raises(UnexpectedError, match="in flight after 0 s"):
        await it.settled(within=0.05)
    await it.texts(1)


# --- what a test that fails shows ---------------------------------------------------------------


async def test_a_text_too_few_says_what_became_of_each_event(it: Herald) -> None:
    await it.publish("order.created", order())
    await it.publish("order.created", {"number": "R2"})
    await it.publish("order.made", order())
    await it.publish("order.created", b"{")

    with pytest.raises(UnexpectedError) as raised:
        await it.texts(2)

    said = str(raised.value)
    assert said.startswith("1 text was sent instead of 2; what became of what was published:\n")
    assert "order.made: no flow subscribes to it" in said
    assert "subscribe to: order.created" in said
    assert "(reference R1) is sent" in said
    assert "missing_value: to: event.body.phone is missing" in said
    assert "order.created is parked: not_json" in said
    assert await it.why(str(it.handled[1].event_id)) in said


async def test_any_other_failure_has_it_as_a_note(config: Path) -> None:
    async def fails() -> None:
        async with Herald(config) as it:
            await it.publish("order.created", {"number": "R2"})
            assert it.notifications == []

    with pytest.raises(AssertionError) as raised:
        await fails()

    (note,) = raised.value.__notes__
    assert "event.body.phone is missing" in note


# --- whose configuration ------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """An account as a project has it, and who sends by it."""

    account: str
    sender: str
    environ: dict[str, str]


LITERAL = '{ account_sid: AC00000000000000000000000000000001, auth_token: t, from: "+15550001111" }'


@pytest.mark.parametrize(
    "case",
    [
        Case(LITERAL, "+15550001111", {}),
        Case("{ account_sid: '${A}', auth_token: '${B}', from: '${C}' }", SENDER, {}),
        Case(
            "{ account_sid: '${A}', auth_token: '${B}', from: '${C}' }", "Petals", {"C": "Petals"}
        ),
        Case(
            "{ account_sid: '${A}', api_key: '${credential:k}', api_secret: '${file:/no/such}', "
            "from: '${C:-Petals}' }",
            "Petals",
            {},
        ),
        Case(
            "{ account_sid: '${A}', auth_token: '${B}', from: '${C}', api_url: '${D}' }", SENDER, {}
        ),
    ],
)
async def test_credentials_need_not_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    monkeypatch.setenv("C", "a shell's own")
    settings = f"twilio:\n  accounts:\n    default: {case.account}\n"
    config = write(tmp_path, settings, order=ORDER)
    async with Herald(config, environ=case.environ) as it:
        await it.publish("order.created", order())

        (text,) = await it.texts(1)
    assert text.sender == case.sender


async def test_two_accounts_are_two(tmp_path: Path) -> None:
    account = "{ account_sid: '${%s_SID}', auth_token: '${T}', from: '${F}' }"
    accounts = f"    Shop-1: {account % 'ONE'}\n    Shop-2: {account % 'TWO'}\n"
    settings = f"twilio:\n  default_account: Shop-1\n  accounts:\n{accounts}"
    other = ORDER.replace("Order", "Other") + "account: Shop-2\n"
    config = write(tmp_path, settings, order=ORDER, other=other)
    async with Herald(config) as it:
        await it.publish("order.created", order())

        assert len({text.account for text in await it.texts(2)}) == 2


async def test_settings_come_from_the_environment_that_is_given(config: Path) -> None:
    async with Herald(config, environ={"SMSHERALD__RETRY__MAX_AGE": "1m"}) as it:
        await it.publish("order.created", order(), properties={"timestamp": it.clock.now() - 61})

        await it.texts(0)


async def test_a_flow_that_has_changed_is_read_anew(config: Path) -> None:
    async with Herald(config) as it:
        await it.publish("order.created", order())
        await it.texts(1)
    write(config.parent, SETTINGS, order=ORDER.replace("Order", "Thanks for order"))
    async with Herald(config) as it:
        await it.publish("order.created", order())
        (text,) = await it.texts(1)

    assert text.text == "Thanks for order R1"


async def test_a_configuration_that_is_wrong_is_an_error_with_its_place(config: Path) -> None:
    write(config.parent, SETTINGS, order=ORDER.replace("subscribe", "subscibe"))
    with pytest.raises(ConfigurationError, match=r"order\.yaml:1"):
        async with Herald(config):
            pass


def test_it_needs_asyncio(config: Path) -> None:
    starting = Herald(config).start()

    with pytest.raises(RuntimeError, match="the daemon runs on asyncio, and this test does not"):
        starting.send(None)


@pytest.mark.parametrize(
    ("environ", "found"),
    [({}, "config/smsherald.yaml"), ({"SMSHERALD_CONFIG": "other.yaml"}, "other.yaml")],
)
def test_the_settings_are_the_projects(tmp_path: Path, environ: dict[str, Any], found: str) -> None:
    with pytest.raises(ConfigurationError, match=found):
        found_config(tmp_path, environ)
    (tmp_path / found).parent.mkdir(exist_ok=True)
    (tmp_path / found).touch()

    assert found_config(tmp_path, environ) == tmp_path / found
