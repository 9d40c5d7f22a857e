"""The setting `prices`."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.load import load, load_flows
from support.configuration import FLOW, SETTINGS, write


def test_it_is_money_by_countries_and_prefixes(here: Path) -> None:
    text = SETTINGS + (
        'prices: {US: 0.0079 USD, "+44": "0.04 GBP", +49: 0.1, NO: 1, FR: "${P}", AT: 0.00000001}\n'
    )
    path = write(here, text, mine=FLOW)

    loaded = load(path, {"P": "0.07 EUR"})

    assert {place: str(money) for place, money in loaded.settings.prices.items()} == {
        "US": "0.0079 USD",
        "+44": "0.04 GBP",
        "+49": "0.1",
        "NO": "1",
        "FR": "0.07 EUR",
        "AT": "0.00000001",
    }
    assert loaded.prices == load_flows(path, {"P": "0.07 EUR"}).prices
    assert str(loaded.prices.of("+4915112345678", 3)) == "0.3"


def test_it_can_come_from_the_environment(here: Path) -> None:
    path = write(here, SETTINGS, mine=FLOW)

    loaded = load_flows(path, {"SMSHERALD__PRICES": "{US: 0.0079 USD}"})

    assert str(loaded.prices.of("+14155550123", 1)) == "0.0079 USD"


@pytest.mark.parametrize(
    ("prices", "problem"),
    [
        ("5", "7:9: prices: a number stands where a mapping is due"),
        (
            "{UK: 1}",
            "7:10: prices.UK: must be an ISO 3166 country: the United Kingdom is GB",
        ),
        (
            "{1: 1}",
            (
                "7:10: prices.1: must be what numbers begin with: + and digits, as +1900; "
                "or a country such as US"
            ),
        ),
        ("{usa: 1}", "7:10: prices.usa: must be an ISO 3166 country such as US"),
        (
            "{US: 1 usd}",
            "7:14: prices.US: the currency must be three letters of ISO 4217, as USD or EUR",
        ),
        (
            "{US: -1}",
            (
                "7:14: prices.US: must be money such as 0.0079 USD, or a number alone: from 0, "
                "below 1,000,000,000, with at most 8 decimals"
            ),
        ),
        (
            "{US: true}",
            "7:14: prices.US: true or false stands where money such as 0.0079 USD is due",
        ),
        ("{US: }", "7:14: prices.US: nothing stands where a value is due"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(prices: str, problem: str, here: Path) -> None:
    path = write(here, f"{SETTINGS}prices: {prices}\n", mine=FLOW)

    with pytest.raises(ConfigurationError) as caught:
        load(path, {})

    assert list(map(str, caught.value.problems)) == [f"smsherald.yaml:{problem}"]
