"""Which country an address says, as publishers write it."""

from __future__ import annotations

from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.sms import NOT_UNDERSTOOD, NotUnderstood, address_country, read_country


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("DE", "DE"),
        ("de", "DE"),
        ("De", "DE"),
        (" us\t", "US"),
        ("\u00a0gb", "GB"),
        ("UK", "GB"),
        ("uk", "GB"),
        ("EL", "GR"),
        ("GR", "GR"),
        ("DEU", "DE"),
        ("usa", "US"),
        ("Gbr", "GB"),
        ("MEX", "MX"),
        ("XK", "XK"),
        ("XKX", "XK"),
        ("AC", "AC"),
        ("AQ", "AQ"),
        ("", None),
        (" ", None),
        ("Germany", None),
        ("U.S.", None),
        ("ZZ", None),
        ("XX", None),
        ("D", None),
        ("840", None),
        ("ß", None),
        ("\uff35\uff33", None),
        ("US\nDE", None),
    ],
)
def test_a_country_is_read_from_a_code_and_never_guessed(text: str, region: str | None) -> None:
    assert read_country(text) == region


def test_every_country_with_numbers_is_understood() -> None:
    assert {r for r in phonenumbers.SUPPORTED_REGIONS if read_country(r) != r} == set()


@given(st.text(max_size=4))
def test_what_is_understood_is_a_code_of_two_capitals(text: str) -> None:
    region = read_country(text)

    assert region is None or (len(region) == 2 and read_country(region.lower()) == region)


@pytest.mark.parametrize(
    ("address", "country"),
    [
        pytest.param({}, None, id="none is said"),
        pytest.param({"phone": "1", "city": "Bonn"}, None, id="other members say none"),
        pytest.param({"country_code": "DE"}, "DE", id="country_code"),
        pytest.param({"countryCode": "de"}, "DE", id="countryCode"),
        pytest.param({"country_iso": "DE"}, "DE", id="country_iso"),
        pytest.param({"countryIso": "DE"}, "DE", id="countryIso"),
        pytest.param({"country_iso2": "DE"}, "DE", id="country_iso2"),
        pytest.param({"countryIso2": "DE"}, "DE", id="countryIso2"),
        pytest.param({"country_id": "DE"}, "DE", id="country_id"),
        pytest.param({"countryId": "DE"}, "DE", id="countryId"),
        pytest.param({"country": "DEU"}, "DE", id="country"),
        pytest.param({"country": {"code": "DE"}}, "DE", id="an object's code"),
        pytest.param({"country": {"iso": "de"}}, "DE", id="an object's iso"),
        pytest.param({"country": {"iso2": "DE"}}, "DE", id="an object's iso2"),
        pytest.param({"country": {"code": None, "iso": "DE"}}, "DE", id="null is none in it too"),
        pytest.param({"country": "Germany", "country_code": "DE"}, "DE", id="the surest counts"),
        pytest.param({"country_code": "AT", "country": "DE"}, "AT", id="the first counts"),
        pytest.param({"country_code": None, "country": "DE"}, "DE", id="null is not there"),
        pytest.param({"country_code": "", "country": "DE"}, "DE", id="empty text is not there"),
        pytest.param({"country_code": " ", "country": "DE"}, "DE", id="nor are spaces"),
        pytest.param({"country_code": None}, None, id="null alone says none"),
        pytest.param({"country_code": "", "country": ""}, None, id="empty texts say none"),
        pytest.param({"country": []}, None, id="an empty list is PHP's empty object"),
        pytest.param({"country": {}}, None, id="an empty object says none"),
        pytest.param({"country": False}, None, id="false is PHP's none"),
        pytest.param({"country": "Germany"}, NOT_UNDERSTOOD, id="a name"),
        pytest.param({"country_code": "XX", "country": "DE"}, NOT_UNDERSTOOD, id="an odd first"),
        pytest.param({"country": {"name": "Germany"}}, NOT_UNDERSTOOD, id="an object's name"),
        pytest.param({"country": ["DE"]}, NOT_UNDERSTOOD, id="a list"),
        pytest.param({"country_id": 232}, NOT_UNDERSTOOD, id="a key of the publisher's own"),
        pytest.param(
            {"country_id": 232, "country": {"id": 232, "iso": "US"}}, "US", id="and what it means"
        ),
        pytest.param(
            {"country_id": 232, "country": "Germany"}, NOT_UNDERSTOOD, id="or does not say"
        ),
    ],
)
def test_an_address_says_a_country_or_none_or_one_that_nobody_understands(
    address: dict[str, Any], country: str | NotUnderstood | None
) -> None:
    assert address_country(address) == country
