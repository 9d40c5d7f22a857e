"""What a text costs, by what the operator says of countries and prefixes. Amounts are exact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

from smsherald.sms.numbering import country

# ISO 4217: the currencies that are legal tender somewhere (CLDR, as Babel 2.19 has it).
_CODES: Final = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD
KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO
NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST
XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
_CURRENCIES: Final = frozenset(_CODES.split())
_MONEY = re.compile(r"((?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,8})?)(?: +(\S+))?")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, exact, in a currency (ISO 4217); None where the operator names none."""

    amount: Decimal
    currency: str | None = None

    @classmethod
    def of(cls, text: str) -> Self:
        """Read `0.0079 USD`, or a number alone.

        Raises ValueError with a sentence that does not show the text.
        """
        match = _MONEY.fullmatch(text)
        if match is None:
            message = (
                "must be money such as 0.0079 USD, or a number alone: from 0, below 1,000,000,000, "
                "with at most 8 decimals"
            )
            if "," in text:
                message += ", behind a dot and no comma"
            raise ValueError(message)
        if match[2] is not None and match[2] not in _CURRENCIES:
            message = "the currency must be three letters of ISO 4217, as USD or EUR"
            raise ValueError(message)
        return cls(Decimal(match[1]), match[2])

    def __mul__(self, times: int) -> Money:
        return Money(self.amount * times, self.currency)

    def __str__(self) -> str:
        """Return it as the operator would write it."""
        number = f"{self.amount:f}"
        return number if self.currency is None else f"{number} {self.currency}"


@dataclass(frozen=True, slots=True)
class Prices:
    """Money for a segment, by prefixes of numbers (`+44`) and by countries (ISO 3166)."""

    places: Mapping[str, Money]

    def of(self, number: str, segments: int) -> Money | None:
        """Return what a text of so many segments costs to a number (E.164); None: nobody said.

        The longest prefix counts, then the country, for which no number is looked at unless one
        is there. Where the ranges in use do not say which country it is, it counts for the main
        one of its calling code.
        """
        if not self.places:
            return None
        each = self._each(number)
        return None if each is None else each * segments

    def _each(self, number: str) -> Money | None:
        for length in range(len(number), 1, -1):
            if (found := self.places.get(number[:length])) is not None:
                return found
        if all(place.startswith("+") for place in self.places):
            return None
        home = country(number)
        return None if home is None else self.places.get(home)

    def __bool__(self) -> bool:
        return bool(self.places)


def total(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Add up, each currency for itself, in the order of their names; without one comes first."""
    sums: dict[str | None, Decimal] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, Decimal()) + money.amount
    return tuple(Money(sums[each], each) for each in sorted(sums, key=lambda each: each or ""))
