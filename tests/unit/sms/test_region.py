"""Which numbers are in the United States."""

from __future__ import annotations

import pytest

from smsherald.sms.region import UnitedStates, united_states


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+12125550123", UnitedStates.LOCAL),
        ("+15005550006", UnitedStates.LOCAL),
        ("+18885550123", UnitedStates.TOLL_FREE),
        ("+14165550123", None),
        ("+4915112345678", None),
        ("12345", None),
        ("None", None),
    ],
)
def test_a_number_is_told_by_its_country(number: str, expected: UnitedStates | None) -> None:
    assert united_states(number) is expected
