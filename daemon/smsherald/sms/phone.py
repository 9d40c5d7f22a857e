"""Phone numbers, brought to the one form that Twilio takes.

Only the shape is looked at: whether a number exists is Twilio's to say.
"""

from __future__ import annotations

import re

from smsherald.errors import Reason, UnusableError

# ITU-T E.164 allows 15 digits. `\Z` and `[0-9]`, because `$` lets a newline in and `\d` the
# digits of every script.
_E164 = re.compile(r"\A\+[1-9][0-9]{6,14}\Z")
_NATIONAL = re.compile(r"\A[0-9]{2,20}\Z")

# What people put between digits; U+00A0 and the dashes come from pages and address books.
_BETWEEN = str.maketrans("", "", " .-()/\u00a0\u2010\u2011\u2012\u2013")

_LONGEST = 40
"""A number with all that stands between its digits; more is not worth a parser's time."""


def e164(text: str, region: str) -> str:
    """Return a number as `+` and its digits; `region` (ISO 3166) is for national ones.

    Raises UnusableError(BAD_NUMBER).
    """
    if len(text) <= _LONGEST:
        digits = text.translate(_BETWEEN)
        if digits.startswith("+"):
            if "(0)" in text:
                # "+44 (0)20 …": the zero is dialled only inside the country.
                digits = text.replace("(0)", "").translate(_BETWEEN)
            if _E164.match(digits):
                return digits
        elif _NATIONAL.match(digits):
            return _national(text, region)
    raise UnusableError(Reason.BAD_NUMBER, "this is no phone number")


def _national(text: str, region: str) -> str:
    # Imported here: it costs 30 ms, and most events carry international numbers.
    import phonenumbers  # noqa: PLC0415 - see above.

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise UnusableError(Reason.BAD_NUMBER, f"this is no phone number in {region}") from error
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # The length alone: the library's lists of existing ranges are always a little old.
    length = phonenumbers.is_possible_number_with_reason(number)
    if length != phonenumbers.ValidationResult.IS_POSSIBLE or not _E164.match(found):
        raise UnusableError(Reason.BAD_NUMBER, f"this is no phone number in {region}")
    return str(found)


def mask(number: str) -> str:
    """Return a number for a person's eyes: the country's first digit and the last two digits."""
    if not _E164.match(number):
        return "•" * 7
    return f"{number[:2]}{'•' * 7}{number[-2:]}"
