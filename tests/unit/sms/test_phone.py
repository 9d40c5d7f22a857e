"""Numbers and senders come out in the one form that Twilio takes, or not at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.errors import Reason, UnusableError
from smsherald.sms import NOT_UNDERSTOOD, e164, e164_in, mask, sender

TRUNK = "a trunk digit behind the country's code"
BRACKETS = "what stands in brackets"
HABIT = "a zero where no trunk digit is known"
ITS_ZERO = "a zero that belongs to the number"
MOBILE = "a country's own form of mobile numbers"
ABROAD = "an international prefix"
NO_PLUS = "the country's own code without +"
URI = "a URI"
UNSEEN = "what no eye sees"
EXTENSION = "an extension, which takes no text"
TWICE = "a trunk digit said twice"
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
        pytest.param("5555555555", "US", "+15555555555", id="what cannot exist may be written"),
        *(
            pytest.param(text, region, number, id=f"{kind}: {text}")
            for kind, text, region, number in [
                (TRUNK, "+44 07700 900123", "JP", "+447700900123"),
                (TRUNK, "+4407700900123", "GB", "+447700900123"),
                (TRUNK, "+49 0170 1234567", "DE", "+491701234567"),
                (TRUNK, "+33 06 12 34 56 78", "FR", "+33612345678"),
                (TRUNK, "+972-050-1234567", "IL", "+972501234567"),
                (TRUNK, "+7 8 912 345-67-89", "US", "+79123456789"),
                (TRUNK, "0044 07700 900123", "GB", "+447700900123"),
                (TRUNK, "44 07700 900123", "GB", "+447700900123"),
                (BRACKETS, "+44 (0)7700 900123", "MX", "+447700900123"),
                (BRACKETS, "+44 ( 0 ) 7700 900123", "US", "+447700900123"),
                (BRACKETS, "+44 [0] 7700 900123", "US", "+447700900123"),
                (BRACKETS, "0044 (0)20 7946 0018", "GB", "+442079460018"),
                (BRACKETS, "(+44) 7700 900123", "US", "+447700900123"),
                (HABIT, "+1 (0) 555 867 5309", "GB", "+15558675309"),
                (HABIT, "+57 (0) 321 1234567", "CO", "+573211234567"),
                (HABIT, "+34 (0)612 34 56 78", "ES", "+34612345678"),
                (ITS_ZERO, "+39 (0)6 1234567", "IT", "+39061234567"),
                (ITS_ZERO, "+39 06 1234567", "DE", "+39061234567"),
                (ITS_ZERO, "06 1234567", "IT", "+39061234567"),
                (MOBILE, "+54 11 15 2345 6789", "US", "+5491123456789"),
                (MOBILE, "011 15-2345-6789", "AR", "+5491123456789"),
                (MOBILE, "0 15 11 91234-5678", "BR", "+5511912345678"),
                (MOBILE, "8 (912) 345-67-89", "RU", "+79123456789"),
                (MOBILE, "+52 1 55 1234 5678", "US", "+525512345678"),
                (MOBILE, "52 1 55 1234 5678", "MX", "+525512345678"),
                (ABROAD, "0044 20 7946 0018", "GB", "+442079460018"),
                (ABROAD, "011 44 7700 900123", "US", "+447700900123"),
                (ABROAD, "0033612345678", "US", "+33612345678"),
                (ABROAD, "8 10 44 7700 900123", "RU", "+447700900123"),
                (ABROAD, "0011 44 7700 900123", "AU", "+447700900123"),
                (NO_PLUS, "447976399087", "GB", "+447976399087"),
                (NO_PLUS, "1 555 234 5678", "US", "+15552345678"),
                (NO_PLUS, "49 170 1234567", "DE", "+491701234567"),
                (URI, "tel:+447976399087", "US", "+447976399087"),
                (URI, "TEL: 07976 399087", "GB", "+447976399087"),
                (UNSEEN, "\u202d+44 7976 399087\u202c", "US", "+447976399087"),
                (UNSEEN, "\u200e+447976399087", "US", "+447976399087"),
                (UNSEEN, "\ufeff07976399087", "GB", "+447976399087"),
                (UNSEEN, "0797\u00ad6399\u202f087", "GB", "+447976399087"),
                (UNSEEN, "+1\u2212555\u2212234\t5678", "GB", "+15552345678"),
                (UNSEEN, "\u2066tel:+1\ufe0f5552345678\u2069", "GB", "+15552345678"),
                (UNSEEN, "+1\U000e0100555\u30002345678", "GB", "+15552345678"),
                (EXTENSION, "(555) 234-5678 ext. 12", "US", "+15552345678"),
                (EXTENSION, "555-234-5678 x123", "US", "+15552345678"),
                (EXTENSION, "555-234-5678 X 123", "US", "+15552345678"),
                (EXTENSION, "555-234-5678, Extension: 12", "US", "+15552345678"),
                (EXTENSION, "555 234 5678 #12", "US", "+15552345678"),
                (EXTENSION, "+1 555 234 5678;ext=11", "US", "+15552345678"),
                (EXTENSION, "+7 912 345-67-89 доб. 5", "US", "+79123456789"),
                (TWICE, "+1 1 555 234 5678", "US", "+15552345678"),
                (TWICE, "1 1 555 234 5678", "US", "+15552345678"),
            ]
        ),
    ],
)
def test_a_number_becomes_e164(text: str, region: str, number: str) -> None:
    assert e164(text, region) == number


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has no digits"),
        ("+", "has no digits"),
        (" \u200b ", "has no digits"),
        ("tel:", "has no digits"),
        ("+123", "has fewer than 4 digits"),
        ("911", "has fewer than 4 digits"),
        ("5" * 21, "has more than 20 digits"),
        ("+123456", "has no country's code behind its +, or a wrong length"),
        ("+1234567890123456", "has no country's code behind its +, or a wrong length"),
        ("+05558675309", "has no country's code behind its +, or a wrong length"),
        ("+15558675309\n", "holds a line break"),
        ("+1555\n8675309", "holds a line break"),
        ("+1555\u20288675309", "holds a line break"),
        ("555-867-5309\r\next. 12", "holds a line break"),
        ("+1" + "\uff15" * 10, "holds digits that are not 0 to 9"),
        ("+1555867530\uff19", "holds digits that are not 0 to 9"),
        ("٥٥٥٨٦٧٥٣٠٩", "holds digits that are not 0 to 9"),
        ("++15558675309", "holds a + that is not before its digits"),
        ("00+15558675309", "holds a + that is not before its digits"),
        ("+15558675309, +15558675310", "holds a + that is not before its digits"),
        ("+1555867530x", "holds letters"),
        ("n/a", "holds letters"),
        ("1-800-FLOWERS", "holds letters"),
        ("call me 555-234-5678", "holds letters"),
        ("tel:tel:+15558675309", "holds letters"),
        ("555-234-5678 x12 x12", "holds letters"),
        ("555-234-5678 x12345678", "holds letters"),
        ("*31#555-234-5678", "holds signs that no number has"),
        ("555 234 5678 or\ud800", "holds letters"),
        ("555 234 5678\ud800", "holds signs that no number has"),
        ("+1" + " " * 1000 + "5558675309", "has more than 100 characters"),
        ("867-5309", "is no number of US and has no +"),
        ("0000000000", "is no number of US and has no +"),
        ("447976399087", "is no number of US and has no +"),
    ],
)
def test_what_is_no_number_is_refused_and_says_why_and_never_the_number(
    text: str, why: str
) -> None:
    with pytest.raises(UnusableError) as raised:
        e164(text, "US")

    assert raised.value.reason is Reason.BAD_NUMBER
    assert raised.value.detail == why
    assert len(text) < 3 or text not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "region", "why"),
    [
        ("555-555-5555", "XX", "is no number of XX and has no +"),
        ("62 21 8350123", "ID", "has 2 readings: possible numbers of ID"),
        ("0066 2 123 4567", "TH", "has 2 readings: possible numbers of ID and TH"),
    ],
)
def test_a_national_number_that_could_be_a_stranger_s_is_refused(
    text: str, region: str, why: str
) -> None:
    with pytest.raises(UnusableError) as raised:
        e164(text, region)

    assert raised.value.detail == why


def test_of_two_readings_the_mobile_number_in_use_is_taken() -> None:
    assert e164("49170 1234567", "DE") == "+491701234567"
    assert e164("4917 01234567", "DE") == "+491701234567"


def test_a_plus_outweighs_a_country_that_nobody_understands() -> None:
    assert e164_in("+44 (0)7700 900123", NOT_UNDERSTOOD) == "+447700900123"
    assert e164_in("+447700900123", NOT_UNDERSTOOD) == "+447700900123"
    assert e164_in("07700 900123", "GB") == "+447700900123"


@pytest.mark.parametrize("text", ["07700 900123", "00447700900123", "447700900123"])
def test_without_a_plus_a_country_that_nobody_understands_refuses_a_number(text: str) -> None:
    with pytest.raises(UnusableError) as raised:
        e164_in(text, NOT_UNDERSTOOD)

    assert raised.value.reason is Reason.BAD_NUMBER
    assert raised.value.detail == "the country of its address is not understood, and it has no +"


def test_what_is_no_number_says_so_in_a_country_that_nobody_understands_too() -> None:
    with pytest.raises(UnusableError, match="holds letters"):
        e164_in("n/a", NOT_UNDERSTOOD)


REGIONS = st.sampled_from(["US", "DE", "GB", "IT", "AR", "BR", "RU", "MX", "SM", "CI", "ZZ"])
WRITTEN = st.one_of(
    st.from_regex(r"\A[0-9+(). -]{1,25}\Z"),
    st.from_regex(r"\A\+?(1|44|39|49|52|54|55|7|225|378)?[018]?[0-9]{5,13}\Z"),
    st.text(max_size=60),
)


@given(WRITTEN, REGIONS)
def test_what_comes_out_has_the_shape_of_e164_and_reads_as_itself_everywhere(
    text: str, region: str
) -> None:
    try:
        number = e164(text, region)
    except UnusableError as refused:
        assert refused.reason is Reason.BAD_NUMBER  # noqa: PT017 - nothing else may be raised.
        return

    assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number, re.ASCII)
    assert e164(number, "JP") == number


@given(
    st.sampled_from(["+15558675309", "+447700900123", "+39061234567", "07700900123"]),
    st.lists(st.tuples(st.integers(0, 13), st.characters(categories=["Cf", "Zs", "Pd"]))),
)
def test_spaces_dashes_and_format_characters_never_make_another_number(
    number: str, marks: list[tuple[int, str]]
) -> None:
    text = number
    for at, mark in marks[:40]:
        text = text[:at] + mark + text[at:]

    assert e164(text, "GB") == e164(number, "GB")


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
