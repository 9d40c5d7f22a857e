"""The flow book finds the flows of a routing key as if it asked each of them, and sooner."""

from __future__ import annotations

import pytest
from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from smsherald.flows import Flow, FlowBook, matches
from smsherald.flows.book import REMEMBERED
from smsherald.flows.topics import Topics
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

    assert ids(book(*subscriptions).wanting(key)) == expected


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

    assert ids(flows.wanting(key)) == expected


def test_a_flow_that_subscribes_several_times_is_found_once() -> None:
    assert ids(book(["a.#", "#", "a.*", "a.b", "a.b"]).wanting("a.b")) == ["0"]


def test_many_keys_of_strangers_take_no_more_with_many_flows() -> None:
    flows = book(*([f"shop{n}.order.created", f"shop{n}.*.paid"] for n in range(2000)))
    keys = [f"shop{n}.order.created" for n in range(REMEMBERED + 476)]

    found = in_steps(500 * len(keys), lambda: [ids(flows.wanting(key)) for key in keys])
    assert found == [[str(n)] for n in range(len(keys))]


def test_many_hashes_take_no_time_in_the_tree_either() -> None:
    patterns = [("#.a." * 20 + f"b{n}", n) for n in range(500)]
    topics = Topics([*patterns, ("#." * 40 + "c", 500)])

    assert in_steps(1_000_000, lambda: topics.wanting("a." * 60 + "c")) == [500]
