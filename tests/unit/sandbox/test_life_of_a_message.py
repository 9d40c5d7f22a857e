"""Where a text stands follows from how long ago it was taken."""

from __future__ import annotations

import pytest

from smsherald.sandbox.messages import POOL_SENDER, Draft, Message, Status
from smsherald.sandbox.store import Store

TAKEN = 1_700_000_000.0
DELAY = 10.0


def taken(*, sender: str | None = "+15005550006", service: str | None = None) -> Message:
    draft = Draft("AC1", "+15558675309", sender, service, "Hi Ann.")
    return Store(limit=10, delay=DELAY).accept(draft, TAKEN)


@pytest.mark.parametrize(
    ("age", "status"),
    [
        pytest.param(0, Status.QUEUED, id="the moment it is taken"),
        pytest.param(DELAY, Status.QUEUED, id="the last moment before it is sent"),
        pytest.param(DELAY + 0.1, Status.SENT, id="just sent"),
        pytest.param(2 * DELAY, Status.SENT, id="the last moment before it is delivered"),
        pytest.param(2 * DELAY + 0.1, Status.DELIVERED, id="just delivered"),
    ],
)
def test_a_text_is_queued_then_sent_then_delivered(age: float, status: Status) -> None:
    assert taken().status(TAKEN + age) is status


def test_its_date_of_sending_is_empty_until_it_is_sent() -> None:
    message = taken()

    assert message.resource(TAKEN + DELAY)["date_sent"] is None
    assert message.resource(TAKEN + 2 * DELAY)["date_sent"] == "Tue, 14 Nov 2023 22:13:30 +0000"


def test_with_a_messaging_service_sender_and_segments_are_unknown_until_it_is_sent() -> None:
    message = taken(sender=None, service="MG1")

    at_first, later = message.resource(TAKEN), message.resource(TAKEN + 2 * DELAY)

    assert at_first["status"] == "accepted"
    assert (at_first["from"], at_first["date_sent"], at_first["num_segments"]) == (None, None, "0")
    assert (later["from"], later["num_segments"]) == (POOL_SENDER, "1")
    assert at_first["messaging_service_sid"] == later["messaging_service_sid"] == "MG1"


def test_the_oldest_texts_are_forgotten_first_everywhere() -> None:
    store = Store(limit=3, delay=0)
    drafts = [Draft("AC1", f"+1555867530{i % 2}", "+15005550006", None, str(i)) for i in range(5)]

    messages = [store.accept(draft, TAKEN) for draft in drafts]

    assert [message.text for message in store] == ["2", "3", "4"]
    assert store.get(messages[1].sid) is None
    assert [message.text for message in store.newest_first("+15558675301")] == ["3"]
    assert {to: len(texts) for to, texts in store.conversations()} == {
        "+15558675300": 2,
        "+15558675301": 1,
    }
    assert store.accepted == 5


def test_who_was_texted_last_comes_first_in_the_inbox() -> None:
    store = Store(limit=10, delay=0)
    for to in ("+15550000001", "+15550000002", "+15550000001"):
        store.accept(Draft("AC1", to, "+15005550006", None, "Hi"), TAKEN)

    assert [to for to, _ in store.conversations()] == ["+15550000001", "+15550000002"]
