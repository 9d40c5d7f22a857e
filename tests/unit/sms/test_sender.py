"""Which senders can be answered."""

from __future__ import annotations

import pytest

from smsherald.sms import takes_replies


@pytest.mark.parametrize(
    ("sender", "answered"),
    [
        ("+15005550006", True),
        ("12345", True),
        ("MG" + "0" * 32, True),
        ("MG" + "0" * 9, False),
        ("Shop", False),
        ("Shop 24", False),
    ],
)
def test_a_name_takes_no_replies(sender: str, answered: bool) -> None:  # noqa: FBT001 - a column.
    assert takes_replies(sender) is answered
