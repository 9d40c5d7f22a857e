"""A test's event is what a broker would bring: of a file, with headers and properties."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from smsherald.errors import Reason
from smsherald.events import as_chosen
from smsherald.flows import Expectation, Flow, FlowTest, Route, Template
from smsherald.flows.trial import Failure, Trial
from support.shop import ORDER, READING, flow

ANYTHING = Expectation(None, None, None)
BODY = json.dumps(ORDER).encode()
AT = 1_770_000_000.5


def a_test(message: str | None = None, **said: Any) -> FlowTest:
    test = FlowTest(None, Route(key="order.created"), (ANYTHING,), None, 0, file="event.json")
    return replace(test, expect=(replace(ANYTHING, message=message),), **said)


def saying(template: str, **said: Any) -> Flow:
    return flow(messages={"": Template(template)}, **said)


def line(**said: Any) -> bytes:
    """Return a recorded event as `tap` prints it."""
    usual = {
        "at": AT,
        "exchange": "events",
        "routing_key": "order.created",
        "properties": {"app_id": "shop", "timestamp": {"$time": 1_769_999_999}},
        "headers": {"X-Topic": "orders/create", "n": 1},
        "body": ORDER,
    }
    return json.dumps(usual | said).encode()


def run(tested: Flow, test: FlowTest, content: bytes | None, **settings: Any) -> list[str]:
    trial = Trial(tested, READING._replace(**settings))
    return [failure.message for failure in trial.run(test, content)]


def test_a_file_holds_the_body_as_it_came() -> None:
    assert run(saying("{{ order.number }}"), a_test("R12345"), b"\xef\xbb\xbf" + BODY + b"\n") == []


def test_what_is_no_json_parks_as_it_would() -> None:
    parked = replace(a_test(), expect=(), parked=Reason.NOT_JSON)

    assert run(flow(), parked, b"{") == []
    assert run(flow(), parked, BODY) == ["expected to be parked as not_json, made an SMS"]


def test_what_is_too_large_parks_as_it_would() -> None:
    parked = replace(a_test(), expect=(), parked=Reason.TOO_LARGE)

    assert run(flow(), parked, BODY, max_body=len(BODY) - 1) == []
    assert run(flow(), parked, BODY, max_body=len(BODY)) == [
        "expected to be parked as too_large, made an SMS"
    ]


def test_its_identity_stands_where_the_settings_say() -> None:
    test = a_test("w-1", headers={"X-Webhook": "w-1"}, properties={"message_id": "m-1"})

    says_id = saying("{{ event.id }}")
    assert run(says_id, test, BODY, identity=(as_chosen("header X-Webhook"),)) == []


SEEN = "{{ event.headers['X-Topic'] or '-' }} {{ event.headers.n or '-' }} {{ event.source }}"


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ({}, "orders/create 1 shop"),
        ({"headers": {"n": 2}}, "orders/create 2 shop"),
        ({"properties": {"app_id": "web"}}, "orders/create 1 web"),
    ],
)
def test_of_a_recorded_event_all_holds_that_the_test_does_not_say(
    said: dict[str, Any], made: str
) -> None:
    assert run(saying(SEEN), a_test(made, **said), line()) == []


def test_a_bare_body_has_the_headers_and_properties_of_the_test() -> None:
    test = a_test(
        "a 2 web",
        event=ORDER,
        file=None,
        headers={"X-Topic": "a", "n": 2},
        properties={"app_id": "web"},
    )

    assert run(saying(SEEN), test, None) == []


@pytest.mark.parametrize(
    ("content", "properties", "when"),
    [
        (BODY, {}, "2026-01-01 00:00:00"),
        (BODY, {"timestamp": 1_700_000_000}, "2023-11-14 22:13:20"),
        (BODY, {"timestamp": 1_780_000_000}, "2026-05-28 20:26:40"),
        (line(properties={}), {}, "2026-02-02 02:40:00"),
        (line(), {}, "2026-02-02 02:39:59"),
        (line(), {"timestamp": 1_780_000_000}, "2026-05-28 20:26:40"),
        (line(at=None, properties={}), {}, "2026-01-01 00:00:00"),
    ],
)
def test_it_happened_when_the_surest_of_them_says(
    content: bytes, properties: dict[str, Any], when: str
) -> None:
    says = saying('{{ event.time | datetime("yyyy-MM-dd HH:mm:ss") }}')

    assert run(says, a_test(when, properties=properties), content) == []


@pytest.mark.parametrize(
    ("content", "said", "wanted"),
    [
        (line(), Route(), True),
        (line(routing_key="order.paid"), Route(), False),
        (line(routing_key="order.paid"), Route(key="order.created"), True),
        (line(exchange="theirs"), Route(), False),
        (line(exchange="theirs"), Route(exchange="shop"), True),
        (line(exchange="shop"), Route(), True),
        (line(exchange=""), Route(), True),
    ],
)
def test_it_came_from_where_it_was_recorded_unless_the_test_says_otherwise(
    content: bytes, said: Route, *, wanted: bool
) -> None:
    shop = content.replace(b'"events"', b'"shop"')
    failures = run(flow(), a_test(said=said), shop, exchange="shop")

    assert (failures == []) == wanted
    assert wanted or failures[0].startswith("expected an SMS, ignored: it does not subscribe to ")


def test_a_recorded_event_is_called_only_what_it_is_called() -> None:
    typed = flow(subscribe=(Route(key="order.created", type="new"),))
    test = a_test(route=Route(key="order.created", type="new"))

    assert run(typed, test, BODY) == []
    assert run(typed, test, line()) == [
        "expected an SMS, ignored: it does not subscribe to order.created; its names: none"
    ]
    assert run(typed, replace(test, properties={"type": "new"}), line()) == []
    assert run(typed, replace(test, said=Route(type="new")), line()) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (line() + b"\n" + line(), "holds several recorded events, and a test has one"),
        (line(headers=[1]), "headers is no object"),
    ],
)
def test_a_line_that_cannot_be_read_is_a_failure_of_the_file(content: bytes, sentence: str) -> None:
    (failure,) = Trial(flow(), READING).run(a_test(), content)

    assert failure == Failure(0, ("file",), failure.message)
    assert failure.message.startswith(f"file: {sentence}")


@pytest.mark.parametrize(
    ("expect", "failure"),
    [
        ({"reference": "R12345"}, None),
        ({"reference": "R1"}, "reference: expected 'R1', made 'R12345'"),
        ({"account": "default"}, None),
        ({"account": "other"}, "account: expected 'other', made 'default'"),
        ({"segments": 1}, None),
        ({"segments": 2}, "segments: expected 2, made 1 (gsm7)"),
        ({"published": "a.b"}, "published: expected 'a.b', made nothing"),
    ],
)
def test_each_part_of_an_sms_can_be_expected(expect: dict[str, Any], failure: str | None) -> None:
    tested = flow(reference=Template("{{ order.number }}"))
    test = replace(a_test(), expect=(replace(ANYTHING, **expect),))

    assert run(tested, test, BODY) == ([] if failure is None else [failure])


@pytest.mark.parametrize(
    ("expect", "failure"),
    [
        ({"published": "sms.requested", "segments": 1}, None),
        ({"published": "sms"}, "published: expected 'sms', made 'sms.requested'"),
        ({"account": "default"}, "account: expected 'default', made nothing"),
    ],
)
def test_so_can_that_it_is_published(expect: dict[str, Any], failure: str | None) -> None:
    test = replace(a_test(), expect=(replace(ANYTHING, **expect),))

    assert run(flow(publish="sms.requested"), test, BODY) == ([] if failure is None else [failure])
