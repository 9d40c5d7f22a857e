"""The flow book finds the flows of a routing key as if it asked each of them, and sooner."""

from __future__ import annotations

import pytest
from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from smsherald.flows import Flow, FlowBook, Route, matches
from smsherald.flows.book import REMEMBERED
from smsherald.flows.topics import Topics
from smsherald.model import Event
from smsherald.testing import an_event
from support.shop import flow
from support.steps import in_steps

WORD = st.sampled_from(["a", "b", "", "or*", "A"])
PATTERN = st.lists(WORD | st.sampled_from(["*", "#"]), max_size=6).map(".".join)
KEY = st.lists(WORD | st.sampled_from(["*", "#", "z"]), max_size=7).map(".".join)


def book(*subscriptions: list[str]) -> FlowBook:
    """Return flows that subscribe so; they are called by their places."""
    return FlowBook(
        flow(id=str(place), subscribe=tuple(patterns))
        for place, patterns in enumerate(subscriptions)
    )


def published(key: str, exchange: str = "events", *names: str) -> Event:
    return an_event(routing_key=key, exchange=exchange, names=names)


def ids(flows: tuple[Flow, ...]) -> list[str]:
    return [each.id for each in flows]


@given(st.lists(st.lists(PATTERN, min_size=1, max_size=3), max_size=8), KEY)
def test_it_finds_what_asking_each_pattern_finds_in_the_flows_order(
    subscriptions: list[list[str]], key: str
) -> None:
    expected = [
        str(place)
        for place, patterns in enumerate(subscriptions)
        if any(matches(pattern, key) for pattern in patterns)
    ]
    note(f"{min(len(expected), 3)} flows")

    assert ids(book(*subscriptions).wanting(published(key))) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("order.created", ["0", "1", "2", "3", "4"], id="a word, a star, hashes"),
        pytest.param("order", ["1", "2", "4"], id="a hash is no word too"),
        pytest.param("", ["2"], id="a key without a word"),
        pytest.param("order.created.eu", ["1", "2", "4"], id="or many"),
        pytest.param("eu.order.created", ["2", "4"], id="before the word too"),
    ],
)
def test_the_flows_of_a_key_are_in_their_order(key: str, expected: list[str]) -> None:
    flows = book(["order.created"], ["order.#"], ["#"], ["*.created", "order.*"], ["#.order.#"])

    assert ids(flows.wanting(published(key))) == expected


def test_a_flow_that_subscribes_several_times_is_found_once() -> None:
    assert ids(book(["a.#", "#", "a.*", "a.b", "a.b"]).wanting(published("a.b"))) == ["0"]


def test_many_keys_of_strangers_take_no_more_with_many_flows() -> None:
    flows = book(*([f"shop{n}.order.created", f"shop{n}.*.paid"] for n in range(2000)))
    keys = [f"shop{n}.order.created" for n in range(REMEMBERED + 476)]

    events = [published(key) for key in keys]

    found = in_steps(500 * len(keys), lambda: [ids(flows.wanting(each)) for each in events])
    assert found == [[str(n)] for n in range(len(keys))]


def test_many_hashes_take_no_time_in_the_tree_either() -> None:
    patterns = [("#.a." * 20 + f"b{n}", n) for n in range(500)]
    topics = Topics([*patterns, ("#." * 40 + "c", 500)])

    assert in_steps(1_000_000, lambda: topics.wanting("a." * 60 + "c")) == [500]


EXCHANGE = st.sampled_from(["events", "pubsub", "Shop:Order"])
NAME = st.sampled_from(["order", "paid", "Order"])
ROUTE = st.builds(
    Route,
    exchange=st.none() | EXCHANGE,
    key=st.none() | PATTERN,
    type=st.none() | NAME,
)


@given(
    st.lists(st.lists(ROUTE, min_size=1, max_size=3), max_size=6),
    st.builds(
        an_event,
        routing_key=KEY,
        exchange=EXCHANGE | st.sampled_from(["", "theirs"]),
        names=st.lists(NAME, max_size=2).map(tuple),
    ),
)
def test_a_route_wants_what_has_all_that_it_says(
    subscriptions: list[list[Route]], event: Event
) -> None:
    def is_wanted(route: Route, *, by_type: bool = True) -> bool:
        ours = {"events", ""} if route.exchange in (None, "events") else {route.exchange}
        return (
            event.exchange in ours
            and (route.key is None or matches(route.key, event.routing_key))
            and (not by_type or route.type is None or route.type in event.names)
        )

    flows = FlowBook(
        flow(id=str(place), subscribe=tuple(routes)) for place, routes in enumerate(subscriptions)
    )
    expected = [
        str(place) for place, routes in enumerate(subscriptions) if any(map(is_wanted, routes))
    ]
    note(f"{min(len(expected), 3)} flows")

    assert ids(flows.wanting(event)) == expected
    assert flows.subscribes(event) is any(
        is_wanted(route, by_type=False) for routes in subscriptions for route in routes
    )


@pytest.mark.parametrize(
    ("route", "keys", "others"),
    [
        (Route(key="order.#"), ["order.#"], []),
        (Route(type="order"), ["#"], []),
        (Route("shop", "order.#"), ["order.#"], []),
        (Route("pubsub"), [], [("pubsub", "#")]),
        (Route("pubsub", "", "order"), [], [("pubsub", "")]),
    ],
    ids=str,
)
def test_what_is_to_be_bound_is_known(
    route: Route, keys: list[str], others: list[tuple[str, str]]
) -> None:
    """By the exchange and the key: an exchange knows no types."""
    flows = FlowBook([flow(subscribe=(route,))], "shop")

    assert ([*flows.keys], [*flows.others]) == (keys, others)


def test_an_event_of_the_exchange_that_the_settings_name_is_ours() -> None:
    flows = FlowBook([flow(subscribe=("order.created",))], "shop")

    assert ids(flows.wanting(published("order.created", "shop"))) == ["order-created"]
    assert not flows.wanting(published("order.created", "events"))
