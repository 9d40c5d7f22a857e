"""The key names the ledger's row; the fingerprint, what cannot be told apart at Twilio."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smsherald.flows import Template
from smsherald.model import Account
from support.shop import ACCOUNT, flow, sms_of, ways


def test_the_same_event_has_the_same_key() -> None:
    assert sms_of(flow()).key == sms_of(flow(messages={"": Template("else")})).key


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"id": "other"}, id="another flow"),
        pytest.param({"to": ways("+15558675308")}, id="another recipient"),
    ],
)
def test_another_flow_or_recipient_has_another_key(other: dict[str, Any]) -> None:
    assert sms_of(flow(**other)).key != sms_of(flow()).key


def test_another_event_has_another_key_and_the_same_fingerprint() -> None:
    first, second = (sms_of(flow(), message_id=number, app_id="shop") for number in ("1", "2"))

    assert first.key != second.key
    assert first.fingerprint == second.fingerprint


def test_parts_do_not_run_into_each_other() -> None:
    first, second = (
        sms_of(flow(), app_id=app, message_id=message)
        for app, message in (("ab", "c"), ("a", "bc"))
    )

    assert first.key != second.key


def test_rules_do_not_run_into_each_other() -> None:
    by_amqp = sms_of(flow(), app_id="a", message_id="b")
    by_header: dict[str, Any] = {"headers": {"cloudEvents_source": "a", "cloudEvents_id": "b"}}

    assert sms_of(flow(), **by_header).key != by_amqp.key


def test_the_sender_is_not_in_the_fingerprint() -> None:
    asking = flow(sender=Template("Shop"))

    assert sms_of(asking).asked.sender != sms_of(flow()).asked.sender
    assert sms_of(asking).fingerprint == sms_of(flow()).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"messages": {"": Template("else")}}, id="another text"),
        pytest.param({"to": ways("+15558675308")}, id="another recipient"),
        pytest.param(
            {"account": Account("b", "AC2", "+15005550006", frozenset())}, id="another account"
        ),
    ],
)
def test_another_text_recipient_or_account_has_another_one(other: dict[str, Any]) -> None:
    assert sms_of(flow(**other)).fingerprint != sms_of(flow()).fingerprint


def test_the_accounts_name_is_not_in_it() -> None:
    renamed = flow(account=replace(ACCOUNT, name="renamed"))

    assert sms_of(renamed).fingerprint == sms_of(flow()).fingerprint


def test_both_are_hexadecimal_digests() -> None:
    sms = sms_of(flow())

    assert len(bytes.fromhex(sms.key)) == len(bytes.fromhex(sms.fingerprint)) == 32


def test_an_identity_that_is_no_text_has_a_key_too() -> None:
    assert sms_of(flow(), app_id="\ud800", message_id="b").key
