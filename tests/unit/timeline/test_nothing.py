"""Where nothing is known, the likeliest reason comes first, and few places to look."""

from __future__ import annotations

import pytest

from smsherald.timeline import Known
from support.timelines import ALL, told


def test_where_nothing_is_known_they_say_where_to_look() -> None:
    looks = [step.text for step in told(Known(unread=2, retention=30 * 86_400)).steps]

    assert all(look.startswith("look: ") for look in looks)
    everything = " ".join(looks)
    for place in ("parked 2 of late", "publisher", "flows", "30 d"):
        assert place in everything


@pytest.mark.parametrize("by_daemon", [True, False])
def test_what_is_paused_comes_first(*, by_daemon: bool) -> None:
    timeline = told(Known(pauses=[ALL], by_daemon=by_daemon))

    assert timeline.sentence.startswith(
        "Nothing is known of R12345: everything is paused by ann since "
    )
    assert "a wrong price (`smsherald resume --all` ends that), and what is" in timeline.sentence
    assert not any("paused" in step.text for step in timeline.steps)


def test_of_many_pauses_two_are_told() -> None:
    said = told(Known(pauses=5 * [ALL])).sentence

    assert said.count("everything is paused") == 2
    assert "3 more (`smsherald pauses`)" in said


def test_there_are_few_places_to_look() -> None:
    assert len(told(Known(retention=86_400, unread=1)).steps) <= 5


@pytest.mark.parametrize("by_daemon", [True, False])
def test_what_shows_whether_it_comes_to_the_queue_is_named(*, by_daemon: bool) -> None:
    looks = " ".join(step.text for step in told(Known(by_daemon=by_daemon)).steps)

    assert "`smsherald tap --routing-key '#'` shows what comes there from now on" in looks
    assert "does another consumer take events off it: `smsherald check --live`" in looks


@pytest.mark.parametrize("by_daemon", [True, False])
def test_what_once_did_not_text_may_be_under_another_event(*, by_daemon: bool) -> None:
    looks = " ".join(step.text for step in told(Known(by_daemon=by_daemon)).steps)

    assert "where one says `once`, the ledger names only the event that was texted" in looks


def test_an_event_that_no_flow_wanted_is_found_by_its_id_alone() -> None:
    said = told(Known()).sentence

    assert "an event that no flow wanted has no reference: ask for it by its event id" in said


@pytest.mark.parametrize("wanted", ["+15558675309", "15558675303", "(555) 867-5309"])
@pytest.mark.parametrize("by_daemon", [True, False])
def test_what_looks_like_a_number_may_be_one(wanted: str, *, by_daemon: bool) -> None:
    looks = " ".join(it.text for it in told(Known(by_daemon=by_daemon), wanted).steps)
    asked = " ".join(it.text for it in told(Known(by_phone=True), wanted).steps)

    assert "by a phone number: `smsherald why --phone NUMBER`" in looks
    assert "why --phone" not in asked
    assert "before any claim nothing is found by a number" in asked


@pytest.mark.parametrize("wanted", ["R12345678", "123456", "SM0123456789", "", "+"])
def test_what_does_not_is_none(wanted: str) -> None:
    assert "--phone" not in " ".join(it.text for it in told(Known(), wanted).steps)


@pytest.mark.parametrize("by_daemon", [True, False])
def test_another_instance_of_this_host_is_named_with_what_asks_it(*, by_daemon: bool) -> None:
    known = Known(others={"shop-b": "smsherald@b"}, by_daemon=by_daemon)
    looks = " ".join(step.text for step in told(known, "R 1").steps)

    assert "another daemon on this ledger may have handled it" in looks
    assert "shop-b (`sudo SMSHERALD_UNIT=smsherald@b smsherald why 'R 1'`)" in looks
    assert "HTTP__LISTEN" not in looks


def test_replicas_elsewhere_are_named_and_asked_where_they_run() -> None:
    looks = " ".join(step.text for step in told(Known(others={"pod-2": None, "pod-1": None})).steps)

    assert looks.count(
        "other daemons on this ledger may have handled it, and alone will know of what was put "
        "off there: pod-1, pod-2; ask where it runs: `smsherald why R12345`"
    )


def test_of_many_others_two_are_told() -> None:
    others: dict[str, str | None] = {f"pod-{number}": None for number in range(5)}
    looks = " ".join(step.text for step in told(Known(others=others | {"shop-b": "it"})).steps)

    assert "shop-b (`sudo SMSHERALD_UNIT=it smsherald why R12345`), pod-0 and 4 more; " in looks


def test_no_other_daemon_is_asked_for_a_number_and_no_number_is_written_out() -> None:
    others: dict[str, str | None] = {"shop-b": "smsherald@b"}
    for known in Known(others=others, by_phone=True), Known(others=others):
        looks = " ".join(step.text for step in told(known, "+15558675309").steps)

        assert "5558675309" not in looks
        assert ("smsherald why REFERENCE" in looks) is not known.by_phone
