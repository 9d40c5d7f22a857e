"""Writes numbers and money in a locale's way."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from smsherald.flows.local.data import data_of
from smsherald.flows.local.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from babel import Locale
    from babel.numbers import NumberPattern

_REMEMBERED = 512
"""Bounded, for an event may name the currency."""
_NO_MONEY = frozenset({"XXX", "XTS"})
_SIGN = "¤"


@dataclass(frozen=True, slots=True)
class Amount:
    """Writes numbers in one locale, and maybe of one currency."""

    before: tuple[str, str]
    """What stands before a number, and before a negative one."""
    after: tuple[str, str]
    point: str
    group: str
    sizes: tuple[int, int]
    """Digits of the last group, and of those before it: India has two."""
    least: int
    """Decimals that are always written."""
    most: int

    def rounded(self, number: Decimal) -> Decimal:
        """Round half up to the decimals that are written."""
        return number.quantize(Decimal(1).scaleb(-self.most), ROUND_HALF_UP)

    def write(self, number: Decimal) -> str:
        """Write it, rounded half up. Raises ArithmeticError for one that is too long."""
        rounded = self.rounded(number)
        whole, _, decimals = f"{abs(rounded):f}".partition(".")
        while len(decimals) > self.least and decimals[-1] == "0":
            decimals = decimals[:-1]
        size, others = self.sizes
        if len(whole) > size:
            groups = [whole[-size:]]
            whole = whole[:-size]
            while whole:
                groups.append(whole[-others:])
                whole = whole[:-others]
            whole = self.group.join(reversed(groups))
        negative = rounded < 0
        point = self.point if decimals else ""
        return f"{self.before[negative]}{whole}{point}{decimals}{self.after[negative]}"


@lru_cache(_REMEMBERED)
def plain_numbers(locale: str, decimals: int | None) -> Amount:
    """Return what writes numbers: with so many decimals, or with as many as they have, up to 3.

    Raises ValueError with a sentence for a locale without data.
    """
    data = data_of(locale)
    pattern = data.decimal_formats[None]
    least, most = pattern.frac_prec if decimals is None else (decimals, decimals)
    return _amount(data, pattern, "", least, most)


@lru_cache(_REMEMBERED)
def money(locale: str, currency: str) -> Amount:
    """Return what writes amounts of a currency, which has its own number of decimals (CLDR).

    Raises ValueError with a sentence for a locale without data and an unknown currency.
    """
    data = data_of(locale)
    # The locale's data have loaded it.
    from babel.numbers import get_currency_precision, get_currency_symbol  # noqa: PLC0415

    code = _known(currency)
    decimals = get_currency_precision(code)
    symbol = get_currency_symbol(code, data)
    return _amount(data, data.currency_formats["standard"], symbol, decimals, decimals)


def _amount(data: Locale, pattern: NumberPattern, symbol: str, least: int, most: int) -> Amount:
    point, group = _signs(data.number_symbols["latn"], of_money=bool(symbol))
    positive, negative = pattern.prefix
    after, after_negative = pattern.suffix
    return Amount(
        before=(_before(positive, symbol), _before(negative, symbol)),
        after=(_after(after, symbol), _after(after_negative, symbol)),
        point=point,
        group=group,
        sizes=pattern.grouping,
        least=least,
        most=most,
    )


def _signs(symbols: Mapping[str, str], *, of_money: bool) -> tuple[str, str]:
    point, group = symbols["decimal"], symbols["group"]
    if of_money:
        point, group = symbols.get("currencyDecimal", point), symbols.get("currencyGroup", group)
    return plain(point), plain(group)


def _before(text: str, symbol: str) -> str:
    """Put the currency in; a letter does not touch a digit (UTS #35, part 3, Currencies)."""
    apart = " " if text.endswith(_SIGN) and _is_word(symbol[-1:]) else ""
    return plain(_unquoted(text).replace(_SIGN, symbol) + apart)


def _after(text: str, symbol: str) -> str:
    apart = " " if text.startswith(_SIGN) and _is_word(symbol[:1]) else ""
    return plain(apart + _unquoted(text).replace(_SIGN, symbol))


def _is_word(sign: str) -> bool:
    return unicodedata.category(sign)[0] not in "SZ"


def _unquoted(text: str) -> str:
    return text.replace("'", "")


def _known(currency: str) -> str:
    """Return the code of a currency (ISO 4217), of letters of any case."""
    from babel.numbers import list_currencies  # noqa: PLC0415

    code = currency.strip().upper()
    known = list_currencies() - _NO_MONEY
    if code in known:
        return code
    hint = "three letters are due, as EUR"
    if re.fullmatch("[A-Z]{2,5}", code):
        from difflib import get_close_matches  # noqa: PLC0415

        if near := get_close_matches(code, sorted(known), 1):
            hint = f"did you mean `{near[0]}`?"
    raise ValueError(f"there is no currency `{currency}`; {hint}")
