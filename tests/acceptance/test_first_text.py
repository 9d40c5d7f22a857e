"""Accounts of those who begin: a trial changes every text, and test credentials show none."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.conftest import Shop
from support.http import request
from support.publishing import order
from support.waiting import eventually

PREFIX = "Sent from your Twilio trial account - "
FOUND_WITHIN = 40.0
"""Seconds: a quarantine, its look-up, a retry, and as much again for a busy machine."""


def as_account(shop: Shop, **ordered: Any) -> None:
    """Let the sandbox's account be so, and the answer to the next text get lost."""
    assert request(shop.sandbox.url + "/sandbox/account", "PUT", ordered).status == 200
    shop.sandbox.fault("accept_then_reset")


def told(shop: Shop) -> list[str]:
    """Wait until what became of a text is told; return all that was."""
    eventually(shop.heard, within=FOUND_WITHIN, what="it is told")
    shop.empty()
    return [it.routing_key for it in shop.heard()]


@pytest.mark.long
@pytest.mark.takes(12)
def test_of_a_trial_a_text_whose_answer_was_lost_is_found_behind_the_prefix(shop: Shop) -> None:
    shop.hurry()
    as_account(shop, type="Trial", verified=["+15550000001"])
    shop.publish([order(1)])

    assert told(shop) == ["sms.sent"]
    (text,) = shop.sandbox.texts()
    assert text["body"].startswith(PREFIX)
    assert [it.event["data"]["message_sid"] for it in shop.heard()] == [text["sid"]]


@pytest.mark.long
@pytest.mark.takes(12)
def test_with_test_credentials_a_text_whose_answer_was_lost_is_asked_for_again(shop: Shop) -> None:
    shop.hurry()
    as_account(shop, test_credentials=True)
    shop.publish([order(1)])

    assert told(shop) == ["sms.sent"]
    assert shop.sandbox.count() == 2
    assert shop.daemon.metrics().value("smsherald_ledger_unresolved_rows") == 0
    ready = "ready\naccount default: these are Twilio's test credentials: nothing is really sent\n"
    assert request(shop.daemon.url + "/readyz").text == ready
    said = [line for line in shop.daemon.log_lines() if line["message"] == "test_credentials"]
    assert [(line["level"], line["account"]) for line in said] == [("warning", "default")]
