"""Notifications as they are made are what the document says of them, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from smsherald.contract import asyncapi
from smsherald.errors import Foreign, Reason
from smsherald.events import decode
from smsherald.flows import make
from smsherald.model import (
    Defect,
    Delivery,
    Ended,
    Event,
    EventOutcome,
    Failed,
    Held,
    Parked,
    Settlement,
    Skipped,
)
from smsherald.settings.load import LoadedFlows, load_flows
from smsherald.settle.notifications import ROUTING_KEYS, Notification, Notifications
from smsherald.settle.publications import Publications
from support.configuration import FLOW, SETTINGS
from support.examples import ASKED, EVENT, SENT, an_sms

AT = 1_750_000_002.0
PREFIX = "com.shop."
NOTIFICATIONS = Notifications("texts", PREFIX)
PUBLICATIONS = Publications(NOTIFICATIONS, (5.0,), "ours", "texts")
PUBLISHING = """\
subscribe: order.paid
to: "{{ event.body.phone }}"
from: "{{ event.body.sender }}"
message: Paid
publish: sms.requested
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedFlows:
    folder: Path = tmp_path_factory.mktemp("shop")
    settings = (
        f"{SETTINGS}broker: {{queue: texts}}\n"
        f"notifications: {{exchange: told, type_prefix: {PREFIX}, mandatory: true}}\n"
    )
    (folder / "smsherald.yaml").write_text(settings)
    (folder / "flows").mkdir()
    (folder / "flows" / "one.yaml").write_text(FLOW)
    (folder / "flows" / "two.yaml").write_text(PUBLISHING)
    return load_flows(folder / "smsherald.yaml", {})


@pytest.fixture(scope="module")
def document(loaded: LoadedFlows) -> dict[str, Any]:
    return asyncapi(loaded)


def schema(document: dict[str, Any], exchange: str, key: str) -> Draft7Validator:
    """Find what is sent to an exchange with a key, as a reader of the document would."""
    (operation,) = (
        each
        for each in document["operations"].values()
        if each["action"] == "send"
        and (channel := at(document, each["channel"]))["address"] == key
        and channel["bindings"]["amqp"]["exchange"]["name"] == exchange
    )
    (message,) = operation["messages"]
    payload = at(document, at(document, message))["payload"]
    return Draft7Validator({**payload, "components": document["components"]})


def at(document: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
    found: Any = document
    for step in reference["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    assert isinstance(found, dict)
    return found


def parked(defect: Defect, event: Event | None = EVENT, **properties: Any) -> Notification:
    """Return what is told where an event is parked, by whatever is published of it."""
    delivery = Delivery(b"[", {"headers": {}, **properties}, "events", "order.created", False, 7)  # noqa: FBT003 - redelivered.
    settlement = Settlement(EventOutcome.PARKED, defects=(defect,))
    published = PUBLICATIONS.about(delivery, event, settlement, AT)
    (told,) = (each for each in published if isinstance(each, Notification))
    return told


def told() -> Iterator[tuple[str, Notification]]:
    """Go through notifications of each outcome, in all that they can differ by."""
    sms = an_sms()
    bare = an_sms(reference=None)
    outcomes: list[Ended | Held] = [
        SENT,
        replace(SENT, status=None),
        *(Failed(ASKED, each, 21614, AT, 1) for each in Reason.of(Reason.GEO.standing)),
        Failed(ASKED, Foreign("of_tomorrow"), None, AT, 2),
        *(Skipped(ASKED, each, AT, 1) for each in Reason.of(Reason.DENIED.standing)),
        Held(ASKED, Reason.UNKNOWN, AT, 1),
    ]
    for outcome in outcomes:
        for each in (sms, bare):
            yield outcome.word, NOTIFICATIONS.of_sms(each, outcome)
    for reason in Reason.of(Reason.POISON.standing):
        yield Parked.word, parked(Defect("one", reason, "to: it is empty", "R1"))
    yield Parked.word, parked(Defect(None, Reason.NOT_JSON, "line 1"), None)
    yield Parked.word, parked(Defect(None, Reason.NOT_JSON, "line 1"), None, message_id="7")


def test_there_is_one_of_each_kind() -> None:
    assert {f"sms.{word}" for word, _ in told()} == set(ROUTING_KEYS)


def test_what_is_told_is_as_the_document_says(document: dict[str, Any]) -> None:
    for word, notification in told():
        validator = schema(document, "told", f"sms.{word}")
        body = json.loads(notification.message.body)

        assert notification.routing_key == f"sms.{word}"
        assert [each.message for each in validator.iter_errors(body)] == []


def test_nothing_may_be_missing_or_more(document: dict[str, Any]) -> None:
    """A member that notifications get, or lose, is one that the document must say."""
    for word, notification in dict(told()).items():
        validator = schema(document, "told", f"sms.{word}")
        body = json.loads(notification.message.body)
        for inner in (body, body["data"], body["data"]["event"]):
            for name in inner.keys() - {"subject"}:
                value = inner.pop(name)
                assert not validator.is_valid(body), name
                inner[name] = value
            inner["more"] = None
            assert not validator.is_valid(body)
            del inner["more"]
        assert validator.is_valid(body)


def test_one_outcome_is_not_another(document: dict[str, Any]) -> None:
    for word, notification in told():
        body = json.loads(notification.message.body)
        assert [key for key in ROUTING_KEYS if schema(document, "told", key).is_valid(body)] == [
            f"sms.{word}"
        ]


def test_what_is_null_in_all_that_is_told_is_null_in_the_document(
    document: dict[str, Any],
) -> None:
    """So it promises nothing that never comes."""
    for key in ROUTING_KEYS:
        bodies = [json.loads(each.message.body) for word, each in told() if f"sms.{word}" == key]
        data = at(document, schema(document, "told", key).schema)["properties"]["data"]  # type: ignore[arg-type,index,unused-ignore] # jsonschema's stubs say any JSON.
        for name, said in data["properties"].items():
            never = all(body["data"][name] is None for body in bodies)
            assert (said.get("type") == "null") is never, name


def test_the_content_type_is_that_of_the_message(document: dict[str, Any]) -> None:
    for word, notification in told():
        said = document["components"]["messages"][f"sms.{word}"]["contentType"]
        assert said == notification.message.properties["content_type"]


@pytest.mark.parametrize("sender", ["+15005550006", ""])
def test_what_a_flow_publishes_is_as_the_document_says(
    sender: str, loaded: LoadedFlows, document: dict[str, Any]
) -> None:
    body = json.dumps({"phone": "+15558675309", "sender": sender}).encode()
    delivery = Delivery(body, {"headers": {}}, "events", "order.paid", False, 7)  # noqa: FBT003 - redelivered.
    made = make(decode(delivery, now=AT, max_body=1000), loaded.flows)
    settlement = Settlement(EventOutcome.HANDLED, published=made.published)
    (published,) = PUBLICATIONS.of_sms_events(settlement)
    validator = schema(document, "events", published.sms_event.routing_key)
    payload = json.loads(published.message.body)

    assert [each.message for each in validator.iter_errors(payload)] == []
    assert ("from" in payload["sms"]) is bool(sender)
    assert not validator.is_valid({"sms": {"phone": "+15558675309"}})
    assert not validator.is_valid({"sms": {**payload["sms"], "more": 1}})


def test_whether_a_queue_must_take_it_is_said(document: dict[str, Any]) -> None:
    mandatory = {
        name: each["bindings"]["amqp"]["mandatory"]
        for name, each in document["operations"].items()
        if each["action"] == "send"
    }

    assert mandatory == dict.fromkeys(
        [*(f"send.told.{key}" for key in ROUTING_KEYS), "send.events.sms.requested"], True
    )
