"""What stands in each column, and until when."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from smsherald.ledger.commit.transaction import Transactions
from smsherald.ledger.sql.schema import sms as table
from smsherald.ledger.sql.statements import _TELL, ASKED
from smsherald.model import Sms
from smsherald.testing import an_sms

OF_A_PERSON = {"to", "text"}
"""Emptied once the SMS is told."""
KEPT = {
    *("key", "event_id", "event_digest", "routing_key", "attempt", "flow", "reference"),
    *("state", "fingerprint", "owner", "claim_number", "in_vain", "since", "claimed_at"),
    *("quarantine", "account", "account_sid", "sender", "phone_digest", "phone_tail", "sid"),
    *("result", "ended_at", "notified_at"),
}
"""Until retention takes the row."""


def test_a_claim_has_a_value_for_each_column() -> None:
    transactions = object.__new__(Transactions)
    transactions._phone_key = bytes(32)
    written = dict(zip((name for name, _ in ASKED), transactions._asked(an_sms()), strict=True))

    sms = an_sms()
    assert written["key"] == sms.key
    assert written["to"] == sms.asked.to
    assert written["phone_tail"] == sms.asked.to[-2:]


def test_it_is_known_of_each_column_whether_it_outlives_the_telling() -> None:
    names = {column.name for column in table.columns}

    assert names - OF_A_PERSON - KEPT == set(), (
        "if it tells of a person, _TELL should empty it: then it is OF_A_PERSON, else KEPT"
    )
    emptied = set(re.findall(r'"?(\w+)"? = \'\'', _TELL))
    assert emptied == OF_A_PERSON


@pytest.mark.parametrize(
    "sms",
    [
        replace(an_sms(), reference="a\0b"),
        replace(an_sms(), event=replace(an_sms().event, id="a\0b")),
        replace(an_sms(), asked=replace(an_sms().asked, text="a\0b")),
        replace(an_sms(), flow="a\0b"),
    ],
)
def test_a_nul_in_any_column_is_refused_before_a_database_does(sms: Sms) -> None:
    transactions = object.__new__(Transactions)
    transactions._phone_key = bytes(32)

    with pytest.raises(ValueError, match="NUL"):
        transactions._asked(sms)
