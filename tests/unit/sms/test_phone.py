"""Numbers and senders come out in the one form that Twilio takes, or not at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.errors import Reason, UnusableError
from smsherald.sms import e164, mask, sender

SERVICE = "MG" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        pytest.param("+15558675309", "US", "+15558675309", id="an E.164 number stays as it is"),
        pytest.param("+155555555", "US", "+155555555", id="whether it exists is Twilio's to say"),
        pytest.param("+157845847548", "US", "+157845847548", id="its length in its country too"),
        pytest.param("+1234567", "US", "+1234567", id="seven digits are the fewest"),
        pytest.param("+123456789012345", "US", "+123456789012345", id="fifteen are the most"),
        pytest.param("+1 (555) 867-53.09", "US", "+15558675309", id="what stands between goes"),
        pytest.param("+49/170/1234567", "US", "+491701234567", id="slashes go too"),
        pytest.param("+1\u00a0555\u2011867\u20135309", "US", "+15558675309", id="and typography"),
        pytest.param("+44 (0)20 7946 0958", "US", "+442079460958", id="a trunk zero goes"),
        pytest.param("555-555-5555", "US", "+15555555555", id="a national number has a region"),
        pytest.param("444-444-4444", "US", "+14444444444", id="it need not exist either"),
        pytest.param("(555) 867-5309", "US", "+15558675309", id="a national one with brackets"),
        pytest.param("0170 1234567", "DE", "+491701234567", id="a national prefix falls away"),
        pytest.param("0049 170 1234567", "DE", "+491701234567", id="the international 00 works"),
    ],
)
def test_a_number_becomes_e164(text: str, region: str, number: str) -> None:
    assert e164(text, region) == number


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("+", id="only a sign"),
        pytest.param("+123456", id="six digits are too few"),
        pytest.param("+1234567890123456", id="sixteen are too many"),
        pytest.param("+05558675309", id="no country begins with zero"),
        pytest.param("+15558675309\n", id="a newline at the end"),
        pytest.param("+1555\n8675309", id="a newline inside"),
        pytest.param("+1" + "\uff15" * 10, id="full-width digits"),
        pytest.param("٥٥٥٨٦٧٥٣٠٩", id="Arabic digits"),
        pytest.param("++15558675309", id="two signs"),
        pytest.param("+1555867530x", id="a letter"),
        pytest.param("1-800-FLOWERS", id="letters for digits"),
        pytest.param("555-867-5309 x12", id="an extension, which takes no text"),
        pytest.param("867-5309", id="a local number without its area"),
        pytest.param("12", id="two digits"),
        pytest.param("5" * 30, id="too many digits"),
        pytest.param("+1" + " " * 1000 + "5558675309", id="a long way between digits"),
    ],
)
def test_what_is_no_number_is_refused_without_saying_it(text: str) -> None:
    with pytest.raises(UnusableError) as raised:
        e164(text, "US")

    assert raised.value.reason is Reason.BAD_NUMBER
    assert len(text) < 3 or text not in str(raised.value)


def test_an_unknown_region_makes_a_national_number_bad() -> None:
    with pytest.raises(UnusableError, match="no phone number in XX"):
        e164("555-555-5555", "XX")


@given(st.text(max_size=60), st.sampled_from(["US", "DE", "ZZ"]))
def test_whatever_comes_out_has_the_shape_of_e164(text: str, region: str) -> None:
    try:
        number = e164(text, region)
    except UnusableError:
        return

    assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number, re.ASCII)


@given(st.from_regex(r"\A[0-9+(). -]{1,25}\Z"))
def test_what_looks_like_a_number_never_raises_anything_else(text: str) -> None:
    try:
        number = e164(text, "US")
    except UnusableError:
        return

    assert e164(number, "US") == number


@pytest.mark.parametrize(
    ("text", "made"),
    [
        pytest.param(SERVICE, SERVICE, id="a Messaging Service"),
        pytest.param("12345", "12345", id="a short code"),
        pytest.param("My Shop", "My Shop", id="an alphanumeric name"),
        pytest.param("A&B_c-d+1", "A&B_c-d+1", id="a name with all its signs"),
        pytest.param("+1 555 867 5309", "+15558675309", id="a number"),
        pytest.param("444-444-4444", "+14444444444", id="a national number"),
    ],
)
def test_a_sender_is_taken_in_every_form_that_twilio_knows(text: str, made: str) -> None:
    assert sender(text, "US") == made


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Twelve Chars", id="a name of twelve characters"),
        pytest.param("Käse", id="a name with an umlaut"),
        pytest.param("Shop\n", id="a name with a newline"),
        pytest.param(SERVICE[:-1], id="a Messaging Service cut short"),
        pytest.param("12", id="two digits"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_sender_is_refused(text: str) -> None:
    with pytest.raises(UnusableError, match="bad_number"):
        sender(text, "US")


def test_a_masked_number_shows_its_start_and_its_last_two_digits() -> None:
    assert mask("+15558675309") == "+1•••••••09"


@pytest.mark.parametrize("text", ["", "12345", "+12", "a name"])
def test_what_is_no_number_is_masked_whole(text: str) -> None:
    assert mask(text) == "•••••••"


@given(st.from_regex(r"\A\+[1-9][0-9]{6,14}\Z"))
def test_a_mask_gives_away_neither_digits_nor_length(number: str) -> None:
    assert mask(number) == f"{number[:2]}•••••••{number[-2:]}"
