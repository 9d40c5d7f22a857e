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
    assert len(told(Known(retention=86_400, unread=1)).steps) <= 4


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
