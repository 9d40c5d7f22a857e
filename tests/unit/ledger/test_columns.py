"""What a claim writes has a value for each of its columns, in their order."""

from __future__ import annotations

from smsherald.ledger.commit.transaction import Transactions
from smsherald.ledger.sql.statements import ASKED
from smsherald.testing import an_sms


def test_a_claim_has_a_value_for_each_column() -> None:
    transactions = object.__new__(Transactions)
    transactions._phone_key = bytes(32)
    written = dict(zip((name for name, _ in ASKED), transactions._asked(an_sms()), strict=True))

    sms = an_sms()
    assert written["key"] == sms.key
    assert written["to"] == sms.asked.to
    assert written["phone_tail"] == sms.asked.to[-2:]
