"""Which country a number is of, by the ranges in use.

phonenumbers knows them. What it is asked here is asked for every SMS, where a rule or a pause is
about a country, and its own answer takes up to 80 µs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata, PhoneNumberDesc

_NOWHERE = frozenset[str]()
_LONGEST_CODE = 3
"""ITU-T E.164: a calling code has up to three digits."""
_FEWEST, _MOST = 7, 15
"""Digits of a whole number: E.164 has at most 15; 7 are the fewest that are in use."""
_NEVER = "(?!)"
_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


def countries(number: str) -> frozenset[str]:
    """Return the countries (ISO 3166) whose an E.164 number may be.

    That is one where the ranges in use say which, else all that share its calling code.
    """
    code = calling_code(number)
    if code is None:
        return _NOWHERE
    sharing = _sharing()[code]
    if len(sharing) == 1:
        return _alone(sharing[0])
    own = number[1 + len(code) :]
    if _plan(code)(own, 0):
        for region in sharing:
            if _ranges(region)(own):
                return _alone(region)
    return _unusual(number)


def country(number: str) -> str | None:
    """Return the one country that an E.164 number counts for; None where it has no calling code.

    Where the ranges in use do not say which, it is the main one of those that share its calling
    code: so numbers that are made up (+1 555 …) have one too.
    """
    found = countries(number)
    if len(found) == 1:
        return next(iter(found))
    code = calling_code(number)
    return None if code is None else _sharing()[code][0]


def fits_plan(text: str) -> bool:
    """Say whether a text is an E.164 number whose digits can follow its calling code so.

    By the numbering plan, which is looser than the ranges in use: False means that it is not
    written so, has a trunk digit within or a wrong length, or is made up. Most numbers are asked
    for this alone: it takes half a microsecond.
    """
    own, plan = _plan_of_start(text[: 1 + _LONGEST_CODE])
    return plan(text, own) is not None


@lru_cache(maxsize=1024)
def _plan_of_start(start: str) -> tuple[int, Callable[[str, int], object]]:
    """Return where a number's own digits begin, by its first signs, and the plan they are in."""
    code = calling_code(start) if start.startswith("+") else None
    return (0, lambda *_: None) if code is None else (1 + len(code), _plan(code))


def calling_code_of(region: str) -> str | None:
    """Return a country's calling code, without `+`; None where it has none (ISO 3166)."""
    from phonenumbers import country_code_for_region  # noqa: PLC0415

    code = country_code_for_region(region)
    return str(code) if code else None


def calling_code(number: str) -> str | None:
    """Return the calling code, without `+`, that `+` and digits begin with; None where none."""
    known = _sharing()
    for length in range(1, _LONGEST_CODE + 1):
        if (code := number[1 : 1 + length]) in known:
            return code
    return None


@cache
def _sharing() -> dict[str, tuple[str, ...]]:
    """Return the countries that share each calling code, the main one first."""
    # Imported here: it costs 30 ms, and most daemons have no rule about a country.
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415

    return {str(code): regions for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()}


@cache
def _alone(region: str) -> frozenset[str]:
    return frozenset({region})


@cache
def _plan(code: str) -> Callable[[str, int], object]:
    """Return what says whether digits, from a place on, can follow a calling code as they stand.

    The plan of the main country holds those of all that share its code.
    """
    from phonenumbers import PhoneMetadata  # noqa: PLC0415

    main = _sharing()[code][0]
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), main)
    general = None if metadata is None else metadata.general_desc
    return re.compile(_range(general, _FEWEST - len(code), _MOST - len(code))).match


@cache
def _ranges(region: str) -> Callable[[str], object]:
    """Return what says whether the digits after the calling code are in a country's ranges."""
    from phonenumbers import PhoneMetadata  # noqa: PLC0415

    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        return lambda _: None
    if metadata.leading_digits is not None:
        return re.compile(metadata.leading_digits).match
    return re.compile(_every_kind(metadata)).match


def _every_kind(metadata: PhoneMetadata) -> str:
    ranges = "|".join(_range(getattr(metadata, kind)) for kind in _KINDS)
    return f"(?={_range(metadata.general_desc)})(?:{ranges})"


def _range(kind: PhoneNumberDesc | None, fewest: int = 1, most: int = _MOST) -> str:
    if kind is None or not kind.national_number_pattern:
        return _NEVER
    lengths = "|".join(
        f"[0-9]{{{length}}}" for length in kind.possible_length if fewest <= length <= most
    )
    whole = rf"(?=(?:{lengths})\Z)" if lengths else ""
    return rf"{whole}(?:{kind.national_number_pattern})\Z"


@lru_cache(maxsize=4096)
def _unusual(number: str) -> frozenset[str]:
    """Return them for a number that is in no range as it stands: made up, or with a trunk zero."""
    import phonenumbers  # noqa: PLC0415

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return _NOWHERE
    region = phonenumbers.region_code_for_number(parsed)
    if region is not None:
        return _alone(region)
    return frozenset(phonenumbers.region_codes_for_country_code(parsed.country_code or 0))
