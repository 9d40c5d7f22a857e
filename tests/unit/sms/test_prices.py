"""What a text costs, by `prices`."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.sms import Money, Prices, total

GERMAN, BRITISH, JERSEY = "+4915112345678", "+442079460018", "+447797123456"
AMERICAN, CANADIAN, MADE_UP = "+14155550123", "+14165550123", "+15558675309"
NO_COUNTRY = "+2100000000"


def prices(**places: str) -> Prices:
    """Write `p44` for `+44`: a name has no sign."""
    read = {place.replace("p", "+"): Money.of(text) for place, text in places.items()}
    return Prices(read)


@pytest.mark.parametrize(
    ("places", "number", "costs"),
    [
        pytest.param({}, GERMAN, None, id="nothing said"),
        pytest.param({"DE": "0.08 EUR"}, GERMAN, "0.08 EUR", id="a country"),
        pytest.param({"FR": "0.08 EUR"}, GERMAN, None, id="another country"),
        pytest.param({"p49": "0.08 EUR"}, GERMAN, "0.08 EUR", id="a calling code"),
        pytest.param({"p4": "1", "p491511": "3", "p49": "2"}, GERMAN, "3", id="the longest"),
        pytest.param({"DE": "1", "p49": "2"}, GERMAN, "2", id="a prefix before the country"),
        pytest.param({"p44": "1"}, GERMAN, None, id="another prefix"),
        pytest.param({GERMAN.replace("+", "p"): "5"}, GERMAN, "5", id="a whole number"),
        pytest.param({GERMAN.replace("+", "p") + "9": "5"}, GERMAN, None, id="a longer one"),
        pytest.param({"GB": "1", "JE": "2"}, JERSEY, "2", id="a country within a calling code"),
        pytest.param({"GB": "1", "JE": "2"}, BRITISH, "1", id="the main one of it"),
        pytest.param({"US": "1", "CA": "2"}, AMERICAN, "1", id="+1 of the United States"),
        pytest.param({"US": "1", "CA": "2"}, CANADIAN, "2", id="+1 of Canada"),
        pytest.param({"US": "1", "CA": "2"}, MADE_UP, "1", id="+1 of nobody knows where"),
        pytest.param({"CA": "2"}, MADE_UP, None, id="it is not each that it may be"),
        pytest.param({"US": "1"}, NO_COUNTRY, None, id="no country"),
        pytest.param({"p1": "0"}, AMERICAN, "0", id="for nothing"),
    ],
)
def test_the_longest_prefix_counts_then_the_country(
    places: dict[str, str], number: str, costs: str | None
) -> None:
    found = prices(**places).of(number, 1)

    assert (found and str(found)) == costs


@given(
    st.decimals(0, 1000, allow_nan=False, allow_infinity=False, places=8),
    st.integers(1, 10_000),
)
def test_it_is_exact(amount: Decimal, segments: int) -> None:
    found = Prices({"+1": Money.of(f"{amount:f} USD")}).of(AMERICAN, segments)

    assert found is not None
    assert Fraction(found.amount) == Fraction(amount) * segments
    assert found.currency == "USD"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.0079 USD", "0.0079 USD"),
        ("0.0079  USD", "0.0079 USD"),
        ("0.10 EUR", "0.10 EUR"),
        ("3", "3"),
        ("0.00000001", "0.00000001"),
    ],
)
def test_money_reads_as_it_is_written(text: str, said: str) -> None:
    assert str(Money.of(text)) == said


@pytest.mark.parametrize(
    "text",
    ["", "USD", "-1", "1e3", ".5", "1.", "01", "1,5 EUR", "1 usd", "1 US", "1 XYZ", "1USD",
     "$1", "USD 1", "1 USD ", "1.123456789", "1000000000", "NaN"],
)  # fmt: skip
def test_what_is_no_money_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"money such as|three letters") as caught:
        Money.of(text)

    if len(text) > 4:
        assert text not in str(caught.value)


def test_each_currency_is_added_up_for_itself() -> None:
    spent = map(Money.of, ["0.1 USD", "0.2 USD", "7", "0.04 GBP", "0.5"])

    assert list(map(str, total(spent))) == ["7.5", "0.04 GBP", "0.3 USD"]
    assert total([]) == ()
