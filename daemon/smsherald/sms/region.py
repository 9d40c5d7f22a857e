"""Numbers in the United States: its carriers want each sender to be registered."""

from __future__ import annotations

from enum import Enum

_TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})


class UnitedStates(Enum):
    """What kind of number in the US."""

    LOCAL = "local"
    """It needs an A2P campaign."""
    TOLL_FREE = "toll-free"
    """It needs a verification."""


def united_states(number: str) -> UnitedStates | None:
    """Say what kind of US number it is, None where it is another country's; `number` is E.164.

    A number of North America that belongs to no country we know of counts as one of the US.
    """
    if not number.startswith("+1"):
        return None
    if number[2:5] in _TOLL_FREE:
        return UnitedStates.TOLL_FREE
    # Imported here: it costs 30 ms, and few ask.
    import phonenumbers  # noqa: PLC0415 - see above.

    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return UnitedStates.LOCAL if region in {"US", None} else None
