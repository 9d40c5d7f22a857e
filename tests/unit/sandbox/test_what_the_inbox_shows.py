"""The inbox finds a text by what is known of it, and says how many it leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from smsherald.sandbox.inbox.shown import (
    MOST_BUBBLES,
    MOST_PHONES,
    Look,
    finder,
    read_look,
    shown,
)
from smsherald.sandbox.messages import POOL_SENDER, Draft, Message
from smsherald.sandbox.store import Store

NOW = 1_700_000_000.0
LATER = NOW + 60
ANN = "+15558675309"
SERVICE = "MG" + "a" * 32


def taken(text: str = "Hi Ann.", *, to: str = ANN, service: str | None = None) -> Message:
    sender = None if service else "ACME"
    return Store(limit=10, delay=1).accept(Draft("AC1", to, sender, service, text), NOW)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("hi ann", True, id="words, whatever the case"),
        pytest.param("  Hi \t Ann", True, id="words, whatever is between them"),
        pytest.param("ann.\nyour order", True, id="words on two lines"),
        pytest.param("STRASSE", True, id="a letter that is two in upper case"),
        pytest.param("Joe", False, id="words that are not there"),
        pytest.param("+15558675309", True, id="its number"),
        pytest.param("867 5309", True, id="a part of it, with a space"),
        pytest.param("(555) 867-5309", True, id="a part of it, as phones write it"),
        pytest.param("867 5310", False, id="another number"),
        pytest.param("acme", True, id="its sender"),
        pytest.param("()", False, id="what is between digits, without any"),
        pytest.param("a.c", False, id="no pattern, but words"),
    ],
)
def test_a_text_is_found(query: str, found: bool) -> None:  # noqa: FBT001 - a column of the table.
    matches = finder(query, LATER)

    assert matches is not None
    assert matches(taken("Hi Ann.\nYour order is in the Straße.")) is found


def test_a_text_is_found_by_its_sid() -> None:
    message = taken()
    matches = finder(message.sid[5:20].upper(), LATER)

    assert matches is not None
    assert matches(message)
    assert not matches(taken())


def test_a_messaging_service_is_found_and_its_number_once_it_is_chosen() -> None:
    message = taken(service=SERVICE)

    def found(query: str, at: float) -> bool:
        matches = finder(query, at)
        return matches is not None and matches(message)

    assert found(SERVICE, NOW)
    assert not found(POOL_SENDER, NOW)
    assert found(POOL_SENDER, LATER)


@pytest.mark.parametrize("query", ["", " \n"])
def test_nothing_is_searched_for_by_nothing(query: str) -> None:
    assert finder(query, LATER) is None


def filled(phones: int, texts: int) -> Store:
    store = Store(limit=phones * texts, delay=0)
    for number in range(phones):
        for text in range(texts):
            to = f"+1555{number:07}"
            store.accept(Draft("AC1", to, "+15005550006", None, f"text {text}"), NOW)
    return store


def sizes(answer: dict[str, Any]) -> list[tuple[int, int, int]]:
    return [(it["count"], it["matching"], len(it["messages"])) for it in answer["conversations"]]


class TestLimits:
    """At first the newest are shown; how many there are is said, and more can be asked for."""

    def test_the_newest_are_shown_with_how_many_there_are(self) -> None:
        answer = shown(filled(MOST_PHONES + 5, MOST_BUBBLES + 2), Look(), LATER)

        assert (answer["phones"], len(answer["conversations"])) == (MOST_PHONES + 5, MOST_PHONES)
        assert answer["total"] == answer["matching"] == (MOST_PHONES + 5) * (MOST_BUBBLES + 2)
        assert set(sizes(answer)) == {(MOST_BUBBLES + 2, MOST_BUBBLES + 2, MOST_BUBBLES)}
        newest = answer["conversations"][0]
        assert newest["to"] == f"+1555{MOST_PHONES + 4:07}"
        assert newest["messages"][-1]["text"] == f"text {MOST_BUBBLES + 1}"

    def test_more_phones_are_shown_when_asked_for(self) -> None:
        answer = shown(filled(MOST_PHONES + 5, 1), Look(phones=2 * MOST_PHONES), LATER)

        assert len(answer["conversations"]) == MOST_PHONES + 5

    def test_more_texts_are_shown_of_the_phone_that_they_are_asked_for(self) -> None:
        look = Look(bubbles={"+15550000000": MOST_BUBBLES + 1})
        answer = shown(filled(2, MOST_BUBBLES + 2), look, LATER)

        assert [len(it["messages"]) for it in answer["conversations"]] == [
            MOST_BUBBLES,
            MOST_BUBBLES + 1,
        ]

    def test_a_search_goes_through_all_and_counts_what_it_finds(self) -> None:
        answer = shown(filled(MOST_PHONES + 5, 2), Look("text 0", phones=1000), LATER)

        assert (answer["total"], answer["matching"]) == (2 * (MOST_PHONES + 5), MOST_PHONES + 5)
        assert set(sizes(answer)) == {(2, 1, 1)}

    def test_what_was_forgotten_for_want_of_room_is_counted_until_all_is(self) -> None:
        store = Store(limit=2, delay=0)
        for _ in range(5):
            store.accept(Draft("AC1", ANN, "+15005550006", None, "Hi"), NOW)
        assert shown(store, Look(), LATER)["forgotten"] == 3

        store.clear()
        assert shown(store, Look(), LATER)["forgotten"] == 0


def test_a_bubble_says_how_its_text_is_sent() -> None:
    store = Store(limit=10, delay=1)
    draft = Draft(
        "AC1",
        ANN,
        None,
        SERVICE,
        "✓" * 71,
        ("https://shop.example/1.png",),
        {"RiskCheck": "disable"},
    )
    message = store.accept(draft, NOW)

    (bubble,) = shown(store, Look(), NOW)["conversations"][0]["messages"]

    assert bubble == {
        "number": 1,
        "sid": message.sid,
        "account": "AC1",
        "from": None,
        "service": SERVICE,
        "text": "✓" * 71,
        "media": ["https://shop.example/1.png"],
        "options": {"RiskCheck": "disable"},
        "encoding": "ucs2",
        "segments": 2,
        "status": "accepted",
        "time": NOW,
    }


@pytest.mark.parametrize(
    ("phones", "bubbles", "look"),
    [
        ("", [], Look()),
        ("120", [f"{ANN}:80", "a:b:99"], Look(phones=120, bubbles={ANN: 80, "a:b": 99})),
        ("1", [f"{ANN}:1"], Look(bubbles={ANN: MOST_BUBBLES})),
        ("-1", [ANN], Look(bubbles={"": MOST_BUBBLES})),
        ("9" * 5000, [f"{ANN}:{'9' * 5000}"], Look(bubbles={ANN: MOST_BUBBLES})),
        ("٣٣٣", [], Look()),
    ],
)
def test_a_look_that_makes_no_sense_is_the_first(
    phones: str, bubbles: list[str], look: Look
) -> None:
    assert read_look("", phones, bubbles) == look
