"""Recognising a text among those that Twilio lists."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsherald.sms import asked
from smsherald.twilio import lookup
from smsherald.twilio.answers import Message

SERVICE = "MG" + "0" * 32
ASKED = asked("default", "AC0", "+15005550006", "+15558675309", "Hi Ann.")
MESSAGE = Message("SM1", "sent", "Hi Ann.", "+15005550006", None, 1000.0)


class TestAlike:
    """What reads like the text that was asked for."""

    def test_is_the_text_from_the_number(self) -> None:
        assert lookup.alike([MESSAGE], ASKED) == [MESSAGE]

    @pytest.mark.parametrize("sender", [None, "", "+15005550001"])
    def test_is_the_text_of_the_service_whatever_number_it_took(self, sender: str | None) -> None:
        message = replace(MESSAGE, sender=sender, service=SERVICE)

        assert lookup.alike([message], replace(ASKED, sender=SERVICE)) == [message]

    @pytest.mark.parametrize(
        "message",
        [
            pytest.param(replace(MESSAGE, text="Hi Ann"), id="another text"),
            pytest.param(replace(MESSAGE, text="hi ann."), id="another case"),
            pytest.param(replace(MESSAGE, sender="+15005550001"), id="another sender"),
            pytest.param(replace(MESSAGE, sender=None), id="no sender yet"),
            pytest.param(replace(MESSAGE, sender=None, service=SERVICE), id="another's service"),
        ],
    )
    def test_is_not(self, message: Message) -> None:
        assert lookup.alike([message], ASKED) == []


class TestReadsLike:
    """What Twilio lists of a text that it was asked to send."""

    @pytest.mark.parametrize(
        ("listed", "expected"),
        [
            pytest.param("Hi Ann.", True, id="the text"),
            pytest.param("Sent from your Twilio trial account - Hi Ann.", True, id="of a trial"),
            pytest.param("Sent from your Twilio trial account - Oh, Hi Ann.", False, id="a longer"),
            pytest.param("Sent from your Twilio trial account - Hi Ann. ", False, id="with more"),
            pytest.param("Sent from your Twilio trial account - ", False, id="of a trial, empty"),
            pytest.param("Sent from your Twilio trial account -Hi Ann.", False, id="not its words"),
            pytest.param("sent from your twilio trial account - Hi Ann.", False, id="nor its case"),
            pytest.param("Oh, Hi Ann.", False, id="something else before it"),
            pytest.param(
                2 * "Sent from your Twilio trial account - " + "Hi Ann.", False, id="twice"
            ),
        ],
    )
    def test_is_the_text_or_the_words_of_a_trial_and_the_text(
        self, listed: str, *, expected: bool
    ) -> None:
        assert lookup.reads_like(listed, ASKED.text) is expected

    def test_is_also_a_text_that_begins_with_those_words_itself(self) -> None:
        asked = lookup.TRIAL_PREFIX + "Hi Ann."

        assert lookup.reads_like(asked, asked)
        assert lookup.reads_like(lookup.TRIAL_PREFIX + asked, asked)
        assert not lookup.reads_like("Hi Ann.", asked)

    def test_holds_for_a_messaging_service_too(self) -> None:
        text = lookup.TRIAL_PREFIX + ASKED.text
        message = replace(MESSAGE, text=text, sender=None, service=SERVICE)

        assert lookup.alike([message], replace(ASKED, sender=SERVICE)) == [message]


class TestOlder:
    """What was made too early to be it."""

    @pytest.mark.parametrize(
        ("created", "oldest", "expected"),
        [
            pytest.param(999.0, 1000.0, True, id="made in the second before"),
            pytest.param(1000.0, 1000.0, False, id="made at that moment"),
            pytest.param(1000.0, 1000.9, False, id="made in that second, perhaps after"),
            pytest.param(1001.0, 1000.0, False, id="made after"),
            pytest.param(None, 1000.0, False, id="made nobody knows when"),
        ],
    )
    def test_is_what_was_certainly_made_before(
        self, created: float | None, oldest: float, *, expected: bool
    ) -> None:
        assert lookup.older(replace(MESSAGE, created=created), oldest) is expected


class TestExhausted:
    """Where the look-up may end."""

    def test_is_a_page_that_is_all_older(self) -> None:
        assert lookup.exhausted([MESSAGE, replace(MESSAGE, created=10.0)], 2000.0)

    def test_is_not_a_page_with_one_that_is_not(self) -> None:
        assert not lookup.exhausted([replace(MESSAGE, created=10.0), MESSAGE], 1000.0)

    def test_is_not_a_page_with_one_that_has_no_date(self) -> None:
        assert not lookup.exhausted([replace(MESSAGE, created=None)], 2000.0)

    def test_is_not_an_empty_page(self) -> None:
        assert not lookup.exhausted([], 2000.0)


class TestEarliest:
    """Which of several it is."""

    def test_is_the_first_that_was_made(self) -> None:
        later, first = replace(MESSAGE, created=1001.0), replace(MESSAGE, sid="SM0")

        assert lookup.earliest([later, first]) is first

    def test_is_the_last_listed_of_one_second(self) -> None:
        first = replace(MESSAGE, sid="SM0")

        assert lookup.earliest([MESSAGE, first]) is first
