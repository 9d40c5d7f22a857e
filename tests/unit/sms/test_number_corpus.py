"""Numbers of every country, as people write them: read right or parked, never a stranger's.

The corpus is made by rule from phonenumbers' example numbers, so it says what the rules are worth,
not how often a spelling occurs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from smsherald.errors import UnusableError
from smsherald.sms import NOT_UNDERSTOOD, address_country, e164, e164_in

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
HOMES = ("US", "GB", "DE", "BR", "RU", "IN", "JP", "MX")
LINES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
SOFT = "\u00ad"
ELSEWHERE = "447976399087"

RIGHT_AT_LEAST = 0.97
STRANGERS_AT_MOST = 3
"""Countries, in all kinds together, where a number may be read as another's."""


class Written:
    """A number in the forms that its spellings are made of."""

    def __init__(self, region: str, number: PhoneNumber) -> None:
        plan = PhoneMetadata.metadata_for_region(region)
        assert plan is not None
        self.right = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        self.code = str(number.country_code)
        self.own = phonenumbers.national_significant_number(number)
        self.national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        self.spaced = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)[1:]
        self.trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""  # noqa: FBT003
        abroad = plan.preferred_international_prefix or plan.international_prefix or ""
        self.abroad = (
            "".join(filter(str.isdigit, abroad)) if abroad.strip("0123456789~") == "" else ""
        )

    def by_zero(self, text: str) -> str | None:
        """Return what is written with "(0)", in the countries that know a zero there."""
        return text if self.trunk == "0" or self.own.startswith("0") else None


Spelling = Callable[[Written], str | None]
"""None where a country does not write so."""

NATIONAL: dict[str, Spelling] = {
    "as written at home": lambda it: it.national,
    "with its trunk digit": lambda it: it.trunk + it.own if it.trunk else None,
    "without a trunk digit": lambda it: it.own,
    "digits alone": lambda it: "".join(filter(str.isdigit, it.national)),
    "other separators": lambda it: f"{it.own[:2]}/{it.own[2:4]}.{it.own[4:6]} - {it.own[6:]}",
    "an extension": lambda it: f"{it.national} ext. 12",
    "an x": lambda it: f"{it.national}x123",
    "invisible marks": lambda it: f"\u202d{SOFT.join(it.national)}\u202c\ufeff",
    "typography": lambda it: it.national.replace(" ", "\u202f").replace("-", "\u2212"),
    "a URI": lambda it: f"tel:{it.national}",
}
INTERNATIONAL: dict[str, Spelling] = {
    "+": lambda it: it.right,
    "+ as written": lambda it: f"+{it.spaced}",
    "+ (0)": lambda it: it.by_zero(f"+{it.code} (0) {it.own.removeprefix('0')}"),
    "+ and a trunk digit": lambda it: f"+{it.code} {it.trunk}{it.own}" if it.trunk else None,
    "+ and an extension": lambda it: f"{it.right};ext=11",
    "+ and a #": lambda it: f"+{it.spaced} #7",
    "+ and invisible marks": lambda it: f"\u200e+{it.spaced}".replace(" ", "\u00a0"),
    "+ in a URI": lambda it: f"tel:{it.right}",
    "+ in brackets": lambda it: f"(+{it.code}) {it.own}",
}
WITHOUT_PLUS: dict[str, Spelling] = {
    "00": lambda it: f"00{it.code}{it.own}",
    "00 as written": lambda it: f"00 {it.spaced}",
    "00 (0)": lambda it: it.by_zero(f"00{it.code} (0){it.own.removeprefix('0')}"),
    "its international prefix": lambda it: it.abroad and f"{it.abroad} {it.code} {it.own}",
    "the code without +": lambda it: f"{it.code}{it.own}",
    "the code without +, as written": lambda it: it.spaced,
    "the code without + (0)": lambda it: it.by_zero(f"{it.code} (0){it.own.removeprefix('0')}"),
}


@dataclass
class Result:
    """What became of a corpus."""

    cases: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    strangers: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Kind, country, what was written, what was read."""

    def add(self, kind: str, country: str, text: str, right: str, read: str | None) -> None:
        self.cases[kind] += 1
        if read == right:
            self.right[kind] += 1
        elif read is not None:
            self.strangers.append((kind, country, text, read))

    def hold(self) -> None:
        """Assert the bounds, for each kind and for all."""
        share = {kind: self.right[kind] / cases for kind, cases in self.cases.items()}
        assert {kind: part for kind, part in share.items() if part < RIGHT_AT_LEAST} == {}
        countries = {country for _, country, _, _ in self.strangers}
        assert len(countries) <= STRANGERS_AT_MOST, self.strangers


def read(text: str, region: str) -> str | None:
    try:
        return e164(text, region)
    except UnusableError:
        return None


def examples() -> Iterator[tuple[str, PhoneNumber]]:
    for region in REGIONS:
        for line in LINES:
            number = phonenumbers.example_number_for_type(region, line)
            if number is not None:
                yield region, number


def drawn(times: int) -> Iterator[tuple[str, PhoneNumber]]:
    """Make numbers like the examples that are in use: the first digits kept, the others drawn."""
    dice = Random(21)  # noqa: S311 - The same each time.
    for region, example in examples():
        line, own = (
            phonenumbers.number_type(example),
            phonenumbers.national_significant_number(example),
        )
        for _ in range(times):
            kept = dice.randrange(min(4, len(own)))
            digits = own[:kept] + "".join(dice.choices("0123456789", k=len(own) - kept))
            zeros = len(digits) - len(digits.lstrip("0"))
            number = PhoneNumber(
                country_code=example.country_code,
                national_number=int(digits),
                italian_leading_zero=zeros > 0 or None,
                number_of_leading_zeros=zeros if zeros > 1 else None,
            )
            if (
                phonenumbers.is_valid_number_for_region(number, region)
                and phonenumbers.number_type(number) == line
            ):
                yield region, number


def at_home(numbers: Iterable[tuple[str, PhoneNumber]]) -> Result:
    result = Result()
    for region, number in numbers:
        written = Written(region, number)
        for kind, spelling in (NATIONAL | INTERNATIONAL | WITHOUT_PLUS).items():
            if text := spelling(written):
                result.add(kind, region, text, written.right, read(text, region))
    return result


def test_numbers_of_every_country_are_read_right_or_parked() -> None:
    result = at_home(examples())

    assert len(result.cases) == 26
    assert sum(result.cases.values()) > 10_000
    result.hold()
    assert result.strangers == []


@pytest.mark.long
@pytest.mark.takes(10)
def test_so_are_many_more_of_each_country() -> None:
    result = at_home(drawn(60))

    assert sum(result.cases.values()) > 200_000
    result.hold()


def test_a_foreign_number_behind_each_country_s_international_prefix_is_itself() -> None:
    texts = {
        region: f"{written.abroad} {ELSEWHERE}"
        for region, number in examples()
        if (written := Written(region, number)).abroad
    }

    assert len(texts) > 200
    assert {r: n for r, text in texts.items() if (n := read(text, r)) != f"+{ELSEWHERE}"} == {}


def as_its_flow_would(phone: str, address: dict[str, str], home: str) -> str | None:
    """Read a phone in its address's country; the daemon's own where it says none."""
    country = address_country(address)
    try:
        return e164_in(phone, home if country is None else country)
    except UnusableError:
        return None


def abroad(homes: Iterable[str]) -> Result:
    """Read each country's national numbers with their address, in other countries."""
    result = Result()
    numbers = [(region, Written(region, number)) for region, number in examples()]
    for home in homes:
        for region, it in numbers:
            if region != home:
                got = as_its_flow_would(it.national, {"country_code": region}, home)
                result.add(home, region, it.national, it.right, got)
    return result


def test_national_numbers_are_read_in_their_address_s_country_wherever_the_daemon_is() -> None:
    result = abroad(HOMES)

    assert result.right == result.cases
    assert result.strangers == []


@pytest.mark.long
@pytest.mark.takes(10)
def test_so_they_are_in_each_country() -> None:
    result = abroad(REGIONS)

    assert len(result.cases) == len(REGIONS)
    assert result.right == result.cases


def test_without_their_address_s_country_many_would_be_a_stranger_s() -> None:
    """The reason why one that is said and not understood parks them."""
    in_gb = [
        (region, number)
        for region, example in examples()
        if region != "GB" and phonenumbers.number_type(example) == PhoneNumberType.MOBILE
        for number in [as_its_flow_would(Written(region, example).national, {}, "GB")]
        if number is not None and number != Written(region, example).right
    ]

    assert len({region for region, _ in in_gb}) > 20


def test_in_a_country_that_nobody_understands_only_a_plus_is_read() -> None:
    for _, number in examples():
        it = Written("US", number)
        assert as_its_flow_would(it.national, {"country": "Erewhon"}, "US") is None
        assert as_its_flow_would(f"+{it.spaced}", {"country": "Erewhon"}, "US") == it.right
        assert address_country({"country": "Erewhon"}) is NOT_UNDERSTOOD


def test_what_is_read_reads_as_itself_in_every_country() -> None:
    numbers = {Written(region, number).right for region, number in examples()}

    assert {n for n in numbers for home in HOMES if e164(n, home) != n} == set()
