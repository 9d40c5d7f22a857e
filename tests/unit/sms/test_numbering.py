"""Which country a number is of: as phonenumbers has it, and in a fraction of its time."""

from __future__ import annotations

from random import Random

import phonenumbers
import pytest

from smsherald.sms import countries, country

KINDS = range(11)
SHARED = [code for code, of in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if len(of) > 1]


def by_the_library(number: str) -> frozenset[str]:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return frozenset()
    region = phonenumbers.region_code_for_number(parsed)
    if region is not None:
        return frozenset({region})
    return frozenset(phonenumbers.region_codes_for_country_code(parsed.country_code or 0))


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("+14155550123", {"US"}),
        ("+14165550123", {"CA"}),
        ("+12425551234", {"BS"}),
        ("+442079460018", {"GB"}),
        ("+447797123456", {"JE"}),
        ("+4915112345678", {"DE"}),
        ("+79161234567", {"RU"}),
        ("+77012345678", {"KZ"}),
        ("+80012345678", {"001"}),
        ("+2100000000", set()),
        ("", set()),
    ],
)
def test_the_ranges_in_use_say_which(number: str, found: set[str]) -> None:
    assert countries(number) == found
    assert country(number) == (next(iter(found)) if found else None)


def test_a_number_that_is_made_up_is_of_all_that_share_its_code_and_counts_for_the_main_one() -> (
    None
):
    assert {"US", "CA", "BS"} < countries("+15558675309")
    assert country("+15558675309") == "US"


def test_examples_of_every_country_and_kind_are_as_the_library_has_them() -> None:
    examples = (
        phonenumbers.example_number_for_type(region, kind)
        for region in phonenumbers.SUPPORTED_REGIONS
        for kind in KINDS
    )
    numbers = [
        phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        for example in examples
        if example is not None
    ]

    assert len(numbers) > 500
    assert {n: countries(n) for n in numbers} == {n: by_the_library(n) for n in numbers}


@pytest.mark.parametrize("code", SHARED)
def test_any_digits_after_a_shared_calling_code_are_as_the_library_has_them(code: int) -> None:
    drawn = Random(code)  # noqa: S311 - The same each time.
    numbers = [
        f"+{code}{drawn.randrange(10**length):0{length}}"
        for length in (5, 6, 7, 8, 9, 10, 11)
        for _ in range(150)
    ]

    assert {n: countries(n) for n in numbers} == {n: by_the_library(n) for n in numbers}
