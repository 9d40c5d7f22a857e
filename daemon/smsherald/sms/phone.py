"""Phone numbers, brought to the one form that Twilio takes.

Only the shape and the country's numbering plan are looked at: whether a number exists is Twilio's
to say. What comes out reads as itself, so that one number has one spelling from here on.
"""

from __future__ import annotations

from smsherald.errors import Reason, UnusableError
from smsherald.sms.address import NotUnderstood
from smsherald.sms.numbering import fits_plan
from smsherald.sms.reading import international, is_e164, national
from smsherald.sms.spelling import digits


def e164(text: str, region: str) -> str:
    """Return a number as `+` and its digits; `region` (ISO 3166) is for those without a `+`.

    Raises UnusableError(BAD_NUMBER), whose detail says what is wrong and never the number.
    """
    return text if fits_plan(text) else e164_in(text, region)


def e164_in(text: str, region: str | NotUnderstood) -> str:
    """Do as `e164`, where the country that the number came with may be one nobody understands.

    A `+` outweighs any country. Without one the number is refused: read in a default country it
    would be a stranger's.

    Raises UnusableError(BAD_NUMBER).
    """
    if fits_plan(text):
        return text
    left = digits(text)
    if left.startswith("+"):
        return international(left)
    if isinstance(region, NotUnderstood):
        raise UnusableError(
            Reason.BAD_NUMBER, "the country of its address is not understood, and it has no +"
        )
    return national(left, region)


def mask(number: str) -> str:
    """Return a number for a person's eyes: the country's first digit and the last two digits."""
    if not is_e164(number):
        return "•" * 7
    return f"{number[:2]}{'•' * 7}{number[-2:]}"
