"""Flow files: what they become."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError, Reason
from smsherald.flows import Expectation, Flow, Route
from smsherald.model import OnUnknown
from smsherald.settings.load import load
from support.configuration import FLOW, SETTINGS, write

SHOP = SETTINGS + "      senders: [Shop]\n"


def flow(folder: Path, text: str, settings: str = SHOP) -> Flow:
    [loaded] = load(write(folder, settings, mine=text), {}).flows
    return loaded


def keys(*of_ours: str) -> tuple[Route, ...]:
    return tuple(Route(key=key) for key in of_ours)


def expected(
    to: str | None = None,
    message: str | None = None,
    sender: str | None = None,
) -> Expectation:
    return Expectation(to, message, sender)


def test_a_flow_says_little_and_takes_the_rest_from_the_settings(here: Path) -> None:
    settings = SHOP + "retry: {max_age: 2h}\nledger: {on_unknown: hold}\ndefault_region: FR\n"

    made = flow(here, FLOW, settings)

    assert (made.id, made.subscribe) == ("mine", keys("order.created"))
    assert made.schema is not None
    assert made.schema.name == "order"
    assert {made.when, made.locale, made.reference, made.sender} == {None}
    assert made.account.name == "default"
    assert (made.default_region, made.max_age, made.on_unknown) == ("FR", 7200.0, OnUnknown.HOLD)
    assert made.tests == ()


def test_a_flow_may_say_everything(here: Path) -> None:
    made = flow(
        here,
        """\
id: order-new
subscribe: [order.created, "order.*.again"]
when: event.body.total > 5
to: "{{ event.body.phone }}"
message: {en: Hi, es: Hola}
locale: "{{ event.body.locale }}"
reference: "{{ event.id }}"
account: default
from: Shop
max_age: none
on_unknown: resend
region: GB
tests:
  - event: {}
    expect: {to: "+1", message: Hi, from: Shop}
  - event: {total: 5}
    routing_key: order.x.again
    expect: {ignored: true}
  - event: {}
    expect: {parked: missing_value}
""",
    )

    assert (made.id, made.subscribe) == ("order-new", keys("order.created", "order.*.again"))
    assert made.schema is None
    assert list(made.messages) == ["en", "es"]
    assert None not in (made.when, made.locale, made.reference, made.sender)
    assert (made.default_region, made.max_age, made.on_unknown) == ("GB", None, OnUnknown.RESEND)
    assert [(it.route.key, it.expect, it.parked, it.index) for it in made.tests] == [
        ("order.created", (expected(to="+1", message="Hi", sender="Shop"),), None, 0),
        ("order.x.again", (), None, 1),
        ("order.created", (), Reason.MISSING_VALUE, 2),
    ]


TO_EACH = FLOW.replace('to: "{{ order.billing_address.phone }}"', "to_each: order.watchers")


class TestToEach:
    """Several recipients of one flow."""

    def test_it_takes_the_numbers_of_a_list(self, here: Path) -> None:
        made = flow(here, TO_EACH)

        assert made.to_each is not None
        assert (made.to_each.source, made.to[0].template.source) == ("order.watchers", "{{ item }}")

    def test_all_that_an_sms_is_made_of_may_use_the_item(self, here: Path) -> None:
        made = flow(
            here,
            """\
subscribe: order.created
schema: order
when: order.watchers
to_each: order.watchers
to: "{{ item.phone }}"
message: {en: "Hi {{ item.name }}", es: "Hola {{ item.name }}"}
locale: "{{ item.locale }}"
reference: "{{ order.number }}/{{ item.id }}"
from: "{{ item.from }}"
tests:
  - event: {}
    expect: [{to: "+1"}, {message: Hi, from: Shop}, {parked: bad_number}]
""",
        )

        (test,) = made.tests
        assert test.expect == (expected(to="+1"), expected(message="Hi", sender="Shop"))
        assert test.parked is Reason.BAD_NUMBER


def test_references_are_text_in_flows(here: Path) -> None:
    made = flow(here, FLOW.replace("Order {{", "${HOME} {{"))

    assert [template.source for template in made.messages.values()] == [
        "${HOME} {{ order.number }}"
    ]


@pytest.mark.parametrize("sender", ["Shop", "'+1 (500) 555-0006'", '"{{ order.from }}"'])
def test_a_sender_is_one_of_the_accounts_or_the_events_to_say(sender: str, here: Path) -> None:
    assert flow(here, f"{FLOW}from: {sender}\n").sender is not None


class TestHere:
    """Templates write in the locale of their message, and in the flow's time zone."""

    @pytest.mark.parametrize(
        ("settings", "own", "text"),
        [
            ("", "", "Jan 6, 2026, 4:30 AM, 1,234.5"),
            ("time_zone: America/New_York\n", "", "Jan 5, 2026, 11:30 PM, 1,234.5"),
            ("time_zone: America/New_York\n", "time_zone: Asia/Tokyo\n",
             "Jan 6, 2026, 1:30 PM, 1,234.5"),
        ],
    )  # fmt: skip
    def test_the_flows_time_zone_goes_before_the_settings(
        self, settings: str, own: str, text: str, here: Path
    ) -> None:
        made = flow(here, DATED + own, SHOP + settings)

        assert rendered(made, "") == text

    def test_the_locale_is_the_messages(self, here: Path) -> None:
        polyglot = DATED.replace("message: ", f"message:\n  de_AT: {TEXT}\n  no: {TEXT}\n  ar: ")
        made = flow(here, polyglot)

        assert rendered(made, "de_AT") == "06.01.2026, 04:30, 1.234,5"
        assert rendered(made, "no") == "6. jan. 2026, 04:30, 1 234,5"
        assert rendered(made, "ar") == "06/01/2026، 4:30 ص, 1,234.5"

    def test_all_else_is_in_english(self, here: Path) -> None:
        told = DATED.replace("message: ", "message:\n  de: ") + f"reference: {TEXT}\n"
        made = flow(here, told)

        assert made.reference is not None
        assert made.reference.render(DATED_EVENT, "reference") == "Jan 6, 2026, 4:30 AM, 1,234.5"

    def test_a_locale_without_data_is_said_where_its_message_stands(self, here: Path) -> None:
        with pytest.raises(ConfigurationError) as raised:
            flow(here, DATED.replace("message: ", "message:\n  en: Hi\n  xx_ZZ: "))

        [problem] = map(str, raised.value.problems)
        assert problem.endswith(
            "mine.yaml:5:30: message.xx_ZZ: the filter `datetime`: there are no data of the locale "
            "`xx_ZZ`: dates and numbers cannot be written"
        )


TEXT = '"{{ event.body.at | datetime }}, {{ event.body.n | number }}"'
DATED = f"""\
subscribe: order.created
to: "+15558675309"
message: {TEXT}
"""
DATED_EVENT = {"event": {"body": {"at": "2026-01-06T04:30:00Z", "n": 1234.5}}}


def rendered(made: Flow, locale: str) -> str:
    return made.messages[locale].render(DATED_EVENT, "message")


class TestRoutes:
    """`subscribe` with more than keys."""

    FLOW = """\
to: "+15558675309"
message: Hi
tests:
  - {event: {}, expect: {ignored: true}}
"""

    @pytest.mark.parametrize(
        ("said", "routes"),
        [
            ("order.created", [Route(None, "order.created")]),
            ("{exchange: pubsub}", [Route("pubsub")]),
            (
                '[a.b, {exchange: "Shop:Order"}, {exchange: x, key: "", type: t}, {type: u}]',
                [
                    Route(None, "a.b"),
                    Route("Shop:Order"),
                    Route("x", "", "t"),
                    Route(None, None, "u"),
                ],
            ),
            (r"[{exchange: 'App\Order', key: a/b:c}]", [Route("App\\Order", "a/b:c")]),
        ],
    )
    def test_each_is_read(self, here: Path, said: str, routes: list[Route]) -> None:
        assert [*flow(here, f"subscribe: {said}\n{self.FLOW}").subscribe] == routes

    @pytest.mark.parametrize(
        ("test", "route"),
        [
            ("", Route("theirs", "", None)),
            ("routing_key: paid", Route("theirs", "paid", None)),
            ("exchange: pubsub", Route("pubsub", "", "com.shop.order")),
            ("exchange: pubsub, type: other", Route("pubsub", "", "other")),
            ("type: com.shop.order", Route("pubsub", "", "com.shop.order")),
            ("exchange: unknown", Route("unknown", "", None)),
        ],
    )
    def test_what_a_test_leaves_out_is_said_by_the_first_route_like_it(
        self, here: Path, test: str, route: Route
    ) -> None:
        subscribe = "[{exchange: theirs}, a.b, {exchange: pubsub, key: '', type: com.shop.order}]"
        text = f"subscribe: {subscribe}\n{self.FLOW}".replace("event: {}", f"event: {{}}, {test}")
        (made,) = flow(here, text.replace(", ,", ",")).tests

        assert made.route == route

    def test_the_book_means_the_exchange_of_the_settings(self, here: Path) -> None:
        settings = SHOP + "broker: {exchange: shop}\n"
        loaded = load(write(here, settings, mine=f"subscribe: a.b\n{self.FLOW}"), {})

        assert loaded.flows.exchange == "shop"
