"""A flow's own tests say what they expected and what was made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smsherald.errors import Reason
from smsherald.flows import Condition, Each, Expectation, Flow, FlowTest, Route, Template
from smsherald.flows.trial import Failure, Trial
from support.shop import ORDER, READING, flow, ways


def run_tests(tested: Flow) -> list[Failure]:
    trial = Trial(tested, READING)
    return [failure for test in tested.tests for failure in trial.run(test)]


def said(failures: list[Failure]) -> str:
    return "\n".join(failure.message for failure in failures)


ANYTHING = Expectation(None, None, None)
WATCHED = {**ORDER, "watchers": ["+15558675301", "+15558675302"]}


def text(to: str | None = None, message: str | None = None) -> Expectation:
    return Expectation(to, message, None)


def a_test(
    body: dict[str, Any] = ORDER,
    routing_key: str = "order.created",
    index: int = 0,
    *,
    ignored: bool = False,
    parked: Reason | None = None,
    **expect: Any,
) -> FlowTest:
    ends = () if ignored or parked else (replace(ANYTHING, **expect),)
    return FlowTest(body, Route(key=routing_key), ends, parked, index)


def several(body: dict[str, Any], *expect: Expectation, parked: Reason | None = None) -> FlowTest:
    return FlowTest(body, Route(key="order.created"), expect, parked, 0)


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(a_test(), id="an SMS, whichever"),
        pytest.param(a_test(to="+15558675309"), id="its number"),
        pytest.param(a_test(message="Order R12345"), id="its text"),
        pytest.param(a_test(message="Order R12345\n"), id="over several lines of YAML"),
        pytest.param(a_test(sender="+15005550006"), id="its sender"),
        pytest.param(a_test({"order": ORDER}), id="a body under its name"),
        pytest.param(a_test({}, parked=Reason.MISSING_VALUE), id="what cannot be made"),
        pytest.param(
            a_test({**ORDER, "number": True}, parked=Reason.INVALID_VALUE), id="what cannot print"
        ),
        pytest.param(
            a_test({"number": 2**64}, parked=Reason.NOT_JSON), id="what is refused before that"
        ),
        pytest.param(a_test(routing_key="order.paid", ignored=True), id="what nobody wants"),
        pytest.param(a_test({**ORDER, "status": "cart"}, ignored=True), id="what `when` refuses"),
    ],
)
def test_what_is_as_expected_is_no_failure(passing: FlowTest) -> None:
    assert run_tests(flow(when=Condition('order.status != "cart"'), tests=(passing,))) == []


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        pytest.param(
            a_test(to="+1"), "to: expected '+1', made '+15558675309'", id="another number"
        ),
        pytest.param(
            a_test(message="Hi", sender="Shop"),
            "message: expected (-) and made (+) differ:\n"
            "    - Hi\n"
            "    + Order R12345\n"
            "from: expected 'Shop', made '+15005550006'",
            id="two differences",
        ),
        pytest.param(
            a_test({}, to="+1"),
            "expected an SMS, parked as missing_value (to: order.billing_address.phone is missing)",
            id="parked for an SMS",
        ),
        pytest.param(
            a_test({}, parked=Reason.BAD_NUMBER),
            "expected to be parked as bad_number, parked as missing_value "
            "(to: order.billing_address.phone is missing)",
            id="parked for another reason",
        ),
        pytest.param(
            a_test({}, ignored=True),
            "expected to be ignored, parked as missing_value "
            "(to: order.billing_address.phone is missing)",
            id="parked and not ignored",
        ),
        pytest.param(
            a_test(routing_key="order.paid"),
            "expected an SMS, ignored: it does not subscribe to order.paid",
            id="not subscribed",
        ),
        pytest.param(
            a_test({**ORDER, "status": "cart"}, parked=Reason.BAD_NUMBER),
            "expected to be parked as bad_number, ignored: its `when` says no",
            id="refused by when",
        ),
        pytest.param(
            a_test(ignored=True), "expected to be ignored, made an SMS", id="an SMS for nothing"
        ),
        pytest.param(
            a_test(parked=Reason.BAD_NUMBER),
            "expected to be parked as bad_number, made an SMS",
            id="an SMS and not parked",
        ),
    ],
)
def test_a_difference_is_said(failing: FlowTest, message: str) -> None:
    tested = flow(when=Condition('order.status != "cart"'), tests=(failing,))

    assert said(run_tests(tested)) == message


def test_its_event_happens_at_a_time_that_can_be_written() -> None:
    messages = {"": Template('{{ event.time | date("yyyy-MM-dd") }}')}

    assert run_tests(flow(messages=messages, tests=(a_test(message="2026-01-01"),))) == []


TO_EACH = {
    "to_each": Each("order.watchers"),
    "to": ways("{{ item }}"),
    "messages": {"": Template("Order {{ order.number }}")},
}


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(several(WATCHED, ANYTHING, ANYTHING), id="so many, whichever"),
        pytest.param(
            several(WATCHED, text("+15558675301"), text("+15558675302", "Order R12345")),
            id="each in its place",
        ),
        pytest.param(
            several(
                {**ORDER, "watchers": ["12", "+15558675302"]},
                text("+15558675302"),
                parked=Reason.BAD_NUMBER,
            ),
            id="the good ones, and parked for the bad one",
        ),
        pytest.param(several({**ORDER, "watchers": []}), id="nobody"),
        pytest.param(several(ORDER, parked=Reason.MISSING_VALUE), id="no list"),
    ],
)
def test_several_recipients_as_expected_are_no_failure(passing: FlowTest) -> None:
    assert run_tests(flow(**TO_EACH, tests=(passing,))) == []


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        pytest.param(
            several(WATCHED, ANYTHING), "expected an SMS, made 2 SMSes", id="more than expected"
        ),
        pytest.param(
            several(WATCHED, text("+15558675301"), text("+15558675309"), ANYTHING),
            "expected 3 SMSes, made 2 SMSes\n"
            "expect[1].to: expected '+15558675309', made '+15558675302'",
            id="fewer than expected, and from where on",
        ),
        pytest.param(
            several(WATCHED, text("+15558675302"), text("+15558675302", "Hi")),
            "expect[0].to: expected '+15558675302', made '+15558675301'\n"
            "expect[1].message: expected (-) and made (+) differ:\n"
            "    - Hi\n"
            "    + Order R12345",
            id="others than expected",
        ),
        pytest.param(
            several({**ORDER, "watchers": ["12", "+15558675302"]}, ANYTHING),
            "expected an SMS, made an SMS, parked as bad_number "
            "(to_each[0]: to: has fewer than 4 digits)",
            id="parked beside it",
        ),
        pytest.param(
            several({**ORDER, "watchers": ["12", "+15558675302"]}, parked=Reason.BAD_NUMBER),
            "expected to be parked as bad_number, made an SMS, parked as bad_number "
            "(to_each[0]: to: has fewer than 4 digits)",
            id="sent beside it",
        ),
        pytest.param(
            several(WATCHED, ANYTHING, ANYTHING, parked=Reason.BAD_NUMBER),
            "expected 2 SMSes and to be parked as bad_number, made 2 SMSes",
            id="not parked",
        ),
        pytest.param(
            several({**ORDER, "watchers": []}, ANYTHING),
            "expected an SMS, ignored: its `to_each` gives an empty list",
            id="nobody",
        ),
    ],
)
def test_a_difference_of_several_is_said_with_its_place(failing: FlowTest, message: str) -> None:
    assert said(run_tests(flow(**TO_EACH, tests=(failing,)))) == message


def test_every_test_is_run_and_keeps_its_place() -> None:
    tests = (a_test(to="+1", index=0), a_test(index=1), a_test(to="+2", index=2))

    assert [failure.index for failure in run_tests(flow(tests=tests))] == [0, 2]


def test_half_a_surrogate_pair_is_a_failure_and_no_crash() -> None:
    (failure,) = run_tests(flow(tests=(a_test({"number": "\ud800"}),)))

    assert "parked as not_json" in failure.message


def test_a_flow_without_tests_has_no_failure() -> None:
    assert run_tests(flow(to=ways("{{ order.x }}"))) == []


ROUTES = (
    Route(key="order.created"),
    Route("theirs", "paid"),
    Route("pubsub", None, "com.shop.order"),
)


@pytest.mark.parametrize(
    ("route", "why"),
    [
        (Route(key="order.created"), None),
        (Route("theirs", "paid"), None),
        (Route("pubsub", "", "com.shop.order"), None),
        (Route("theirs", "order.created"), "exchange theirs, key order.created"),
        (Route(key="paid"), "paid"),
        (
            Route("pubsub", "", "com.shop.paid"),
            "exchange pubsub, key (empty); its names: com.shop.paid",
        ),
        (Route("pubsub", ""), "exchange pubsub, key (empty); its names: none"),
    ],
)
def test_a_test_comes_by_its_route(route: Route, why: str | None) -> None:
    test = FlowTest(ORDER, route, (ANYTHING,), None, 0)
    expected = "expected an SMS, ignored: it does not subscribe to "

    assert [failure.message for failure in run_tests(flow(subscribe=ROUTES, tests=(test,)))] == (
        [] if why is None else [f"{expected}{why}"]
    )


class TestKeptBack:
    """What a flow keeps back is made all the same: a test says so, or fails."""

    ASKS = flow(consent=Condition("order.agreed", consent=True))
    NO = "it is kept back as no_consent"
    BACK = Expectation(None, None, None, Reason.NO_CONSENT)

    @pytest.mark.parametrize(
        ("agreed", "skipped", "failure"),
        [
            (True, None, None),
            (False, Reason.NO_CONSENT, None),
            (False, None, f"skipped: expected that the text goes out, but {NO}"),
            (True, Reason.NO_CONSENT, f"skipped: expected that {NO}, but the text goes out"),
        ],
    )
    def test_for_want_of_consent(
        self,
        agreed: bool,  # noqa: FBT001 - a column of the table.
        skipped: Reason | None,
        failure: str | None,
    ) -> None:
        expect = Expectation(None, None, None, skipped)
        tried = replace(a_test({**ORDER, "agreed": agreed}), expect=(expect,))

        failures = run_tests(replace(self.ASKS, tests=(tried,)))

        assert [failed.message for failed in failures] == ([failure] if failure else [])

    def test_an_end_of_another_kind_says_so(self) -> None:
        tried = a_test({**ORDER, "agreed": False}, ignored=True)
        parks = replace(a_test({**ORDER, "agreed": "no"}), expect=(self.BACK,))

        failures = run_tests(replace(self.ASKS, tests=(tried, parks)))

        assert failures[0].message == (
            "expected to be ignored, made an SMS (kept back: no_consent)"
        )
        assert failures[1].message.startswith("expected an SMS (kept back: no_consent), parked as")

    @pytest.mark.parametrize("skipped", [None, Reason.SHADOW])
    def test_in_shadow_it_need_not_be_said(self, skipped: Reason | None) -> None:
        tried = replace(a_test(), expect=(Expectation("+15558675309", None, None, skipped),))

        assert run_tests(flow(shadow=True, tests=(tried,))) == []


def test_what_is_published_is_seen_as_the_text_that_it_is() -> None:
    right = a_test(to="+15558675309", message="Order R12345")
    wrong = a_test(message="Hi", sender="Shop")

    failures = run_tests(flow(publish="sms.requested", tests=(right, wrong)))

    assert said(failures) == (
        "message: expected (-) and made (+) differ:\n"
        "    - Hi\n"
        "    + Order R12345\n"
        "from: expected 'Shop', made nothing"
    )
