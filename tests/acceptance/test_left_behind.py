"""What no delivery brings back comes to an end all the same, and is told."""

from __future__ import annotations

import json
import time

import pytest

from acceptance.conftest import QUEUE, Shop
from smsherald.model import State
from support.http import request
from support.ledgers import LedgerDatabase
from support.publishing import Publication, channel, order
from support.waiting import eventually

QUARANTINE = 5.0
SHORT = {"fence": "1s", "late_accept": "500ms", "listing_lag": "500ms", "quarantine": "5s"}


def identified(number: int) -> Publication:
    plain = order(number)
    return Publication(plain.routing_key, plain.body, f"m{number}", "shop")


def restarted(shop: Shop) -> LedgerDatabase:
    """Let the daemon wait for no longer than a test can."""
    shop.daemon.settings["ledger"] |= SHORT
    shop.daemon.settings["twilio"]["timeout"] = "2s"
    assert shop.daemon.stop() == 0
    shop.daemon.start()
    return LedgerDatabase(shop.daemon.settings["ledger"]["url"])


def keys(database: LedgerDatabase, state: State) -> list[str]:
    with database.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT key FROM sms WHERE state = '{state}'")  # noqa: S608 - a word of ours
        return [key for (key,) in found]


def unresolved(shop: Shop) -> float:
    return shop.daemon.metrics().value("smsherald_ledger_unresolved_rows")


def told(shop: Shop) -> list[str]:
    return [it.id for it in shop.heard() if it.routing_key == "sms.sent"]


@pytest.mark.takes(20)
@pytest.mark.long
def test_a_text_whose_event_was_purged_is_found_and_told(shop: Shop) -> None:
    database = restarted(shop)
    # Twilio takes it, and its answer never comes.
    shop.sandbox.fault("accept_then_hang", times=1)
    shop.publish([identified(1)])
    eventually(lambda: len(keys(database, State.SENDING)) == 1, what="it is claimed")
    eventually(lambda: shop.sandbox.count() == 1, what="Twilio has it")
    shop.daemon.kill()
    eventually(lambda: shop.rabbit.depth(shop.vhost, QUEUE).ready == 1, what="it is back")
    with channel(shop.url) as to:
        to.queue_purge(QUEUE)
    (key,) = keys(database, State.SENDING)
    shop.sandbox.fault("unavailable", operation="list")
    shop.daemon.start()
    eventually(lambda: unresolved(shop) == 1, what="it is seen to be stuck")
    listed = json.loads(shop.daemon.command("ledger", "list", "--state", "sending", "--json"))
    time.sleep(QUARANTINE)  # Two more sweeps: they look for it in vain.
    named = [line for line in shop.daemon.log_lines() if line["message"] == "ledger_unresolved"]
    shop.sandbox.heal()
    eventually(lambda: len(told(shop)) == 1, what="it is told")
    eventually(lambda: unresolved(shop) == 0, what="nothing is stuck any more")

    assert [row["key"] for row in listed] == [key]
    assert [(line["rows"], line["keys"]) for line in named] == [(1, [key])]
    assert shop.sandbox.count() == 1
    assert keys(database, State.SENT) == [key]
    sent = shop.daemon.metrics().value("smsherald_sms_total", flow="order-created", outcome="sent")
    assert sent == 1


@pytest.mark.long
def test_what_ended_and_was_not_told_is_told_with_the_same_id(shop: Shop) -> None:
    database = restarted(shop)
    shop.publish([identified(1)])
    shop.settled(1)
    (first,) = [it for it in shop.heard() if it.routing_key == "sms.sent"]
    (key,) = keys(database, State.SENT)
    asked = first.event["data"]
    body = shop.sandbox.texts()[0]["body"]
    # As if the daemon had been killed after the record, and its event lost.
    database.change(key, notified_at=None, to=asked["to"], text=body)
    eventually(lambda: len(told(shop)) == 2, what="it is told again")
    time.sleep(QUARANTINE)

    assert told(shop) == [first.id, first.id]
    again = [it for it in shop.heard() if it.routing_key == "sms.sent"][1]
    assert again.event == first.event
    assert shop.sandbox.count() == 1


@pytest.mark.takes(15)
def test_who_must_decide_is_told_that_a_text_is_held_and_then_what_became_of_it(shop: Shop) -> None:
    shop.daemon.settings["ledger"]["on_unknown"] = "hold"
    database = restarted(shop)
    shop.sandbox.fault("accept_then_hang", times=1)
    shop.publish([identified(1)])
    eventually(lambda: len(keys(database, State.HELD)) == 1, what="it is held")
    eventually(lambda: bool(shop.heard()), what="somebody is told")
    (held,) = shop.heard()
    eventually(
        lambda: "1 SMS is held and waits for a person" in request(shop.daemon.url + "/readyz").text,
        what="/readyz says so",
    )
    figures = shop.daemon.metrics()
    (key,), (text,) = keys(database, State.HELD), shop.sandbox.texts()
    shop.daemon.command("ledger", "resolve", key, "--sent", text["sid"])
    eventually(lambda: len(shop.heard()) == 2, what="what became of it is told")
    sent = shop.heard()[1]

    said = held.event["data"]
    assert held.routing_key == "sms.held"
    assert held.event["type"] == "smsherald.sms.held"
    assert (said["outcome"], said["reason"], said["reference"]) == ("held", "held", "R1")
    assert (said["to"], said["message_sid"], said["segments"]) == (text["to"], None, 1)
    assert (sent.routing_key, sent.event["data"]["message_sid"]) == ("sms.sent", text["sid"])
    assert sent.id != held.id
    assert figures.value("smsherald_held_rows") == 1
    assert figures.value("smsherald_outbox_rows") == 0
    assert shop.sandbox.count() == 1


@pytest.mark.takes(20)
@pytest.mark.long
def test_what_nobody_can_be_told_of_is_counted_all_the_same(shop: Shop) -> None:
    """A queue that was to hear of texts is gone: who looks sees how many wait for a person."""
    shop.daemon.settings["ledger"]["on_unknown"] = "hold"
    shop.daemon.settings["notifications"] = {"exchange": "unheard", "mandatory": True}
    restarted(shop)
    for number in (1, 2):
        shop.sandbox.fault("accept_then_reset", times=1)
        shop.publish([identified(number)])
        eventually(
            lambda: shop.daemon.metrics().value("smsherald_held_rows") == number,  # noqa: B023 - at once
            what="it is counted",
        )
        eventually(
            lambda: "publish_refused" in [line["message"] for line in shop.daemon.log_lines()],
            what="it cannot be told",
        )

    assert shop.heard() == []
    assert shop.sandbox.count() == 2
