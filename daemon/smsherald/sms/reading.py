"""Which number is meant by digits, with a `+` or in a country.

Both ask the numbering plans (`general_desc` of phonenumbers: which digits and lengths can follow a
calling code), never the ranges in use: the library's lists of those are always a little old, and
whether a number exists is Twilio's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from smsherald.errors import Reason, UnusableError
from smsherald.sms.numbering import calling_code, calling_code_of, country, fits_plan

# ITU-T E.164 allows 15 digits. `\Z` and `[0-9]`, because `$` lets a newline in and `\d` the
# digits of every script.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_ABROAD = "00"
"""ITU-T E.164: the international prefix that it recommends, and that people know."""

# Mexico's mobile numbers had a 1 behind the code until August 2019; address books still have it.
_EXTRA = {"52": "01"}


def is_e164(text: str) -> bool:
    """Say whether a text is `+` and 7 to 15 digits, the first no zero."""
    return _E164.match(text) is not None


def international(digits: str) -> str:
    """Return the E.164 number of a `+` and digits.

    A number that fits its country's plan is itself. Else phonenumbers reads it (it knows where a
    trunk zero is none, and the mobile forms of Argentina); what does not fit even so stays as it
    is, where it has the shape: the plans lag behind, and Twilio knows which numbers exist.

    Raises UnusableError(BAD_NUMBER).
    """
    if (found := _whole(digits)) is not None:
        return found
    if is_e164(digits):
        return digits
    raise UnusableError(Reason.BAD_NUMBER, "has no country's code behind its +, or a wrong length")


def national(digits: str, region: str) -> str:
    """Return the E.164 number of digits without a `+`, as they are read in a region (ISO 3166).

    They may be a number of that country, in all its forms, or the whole number without its sign:
    behind the country's own calling code, behind its international prefix, behind 00. Of two
    readings that are possible the one that is a mobile number in use is taken.

    Raises UnusableError(BAD_NUMBER), also where two are left: a wrong guess texts a stranger.
    """
    found = list(dict.fromkeys(filter(None, _readings(digits, region))))
    if len(found) > 1:
        mobile = [number for number in found if _is_mobile(number)]
        if len(mobile) != 1:
            kind, left = ("mobile", mobile) if mobile else ("possible", found)
            raise UnusableError(
                Reason.BAD_NUMBER,
                f"has {len(left)} readings: {kind} numbers of {_countries(left)}",
            )
        found = mobile
    if not found:
        raise UnusableError(Reason.BAD_NUMBER, f"is no number of {region} and has no +")
    return found[0]


def _readings(digits: str, region: str) -> Iterator[str | None]:
    yield _parsed(digits, region)
    code = calling_code_of(region)
    if code is not None and digits.startswith(code):
        yield _whole(f"+{digits}")
    if digits.startswith(_ABROAD):
        yield _whole(f"+{digits.removeprefix(_ABROAD)}")


def _whole(digits: str) -> str | None:
    """Return the number in its country's plan that a `+` and digits mean; None where none."""
    return digits if fits_plan(digits) else _parsed(digits, None) or _without_extra(digits)


def _without_extra(digits: str) -> str | None:
    """Return a number less a digit behind its calling code, where it fits its plan without.

    People write the zero by habit, also where the country has no trunk zero: `+1 (0) 555 …`.
    """
    code = calling_code(digits)
    if code is None:
        return None
    extra, own = digits[len(code) + 1 : len(code) + 2], digits[len(code) + 2 :]
    found = f"+{code}{own}"
    return found if extra in _EXTRA.get(code, "0") and fits_plan(found) else None


def _parsed(digits: str, region: str | None) -> str | None:
    """Return what phonenumbers reads in digits, where that fits its country's plan."""
    # Imported here: it costs 30 ms, and the commands that read no number need not wait.
    import phonenumbers  # noqa: PLC0415 - see above.

    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    found = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return found if fits_plan(found) else None


def _is_mobile(number: str) -> bool:
    import phonenumbers  # noqa: PLC0415 - see above.

    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind in {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }


def _countries(numbers: list[str]) -> str:
    return " and ".join(sorted({country(number) or "no country" for number in numbers}))
