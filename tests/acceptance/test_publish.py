"""A flow publishes an event in place of an SMS, and another flow sends it: each text once."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from acceptance.conftest import QUEUE
from support.daemon import Daemon
from support.http import request
from support.publishing import Publication, heard, listen, publish
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually

PUBLISHES = """\
subscribe: order.paid
schema: order
to: "{{ order.billing_address.phone }}"
message: "Order {{ order.number }} is paid."
reference: "{{ order.number }}"
publish: sms.requested
"""
SENDS = """\
subscribe: order.paid
schema: order
to: "{{ order.billing_address.phone }}"
message: "Thank you for {{ order.number }}."
reference: "{{ order.number }}"
"""
NUMBER = "+15558675309"


def paid(number: int) -> Publication:
    body = {"number": f"R{number}", "billing_address": {"phone": NUMBER}}
    return Publication("order.paid", {"order": body}, f"paid-{number}", "shop")


def lines(daemon: Daemon, event_id: str) -> list[dict[str, Any]]:
    return [line for line in daemon.log_lines() if line.get("event_id") == event_id]


def test_it_waits_until_a_queue_takes_it_and_goes_out_once_however_often_its_event_comes(
    rabbit: Rabbit, vhost: str, amqp_url: str, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    daemon = Daemon(tmp_path / "daemon", amqp_url, sandbox.url)
    daemon.settings["retry"] = {"tiers": ["500ms", "1s"]}
    sends_it = (daemon.flows / "sms.yaml").read_text()
    (daemon.flows / "sms.yaml").unlink()
    (daemon.flows / "paid.yaml").write_text(PUBLISHES)
    (daemon.flows / "thanks.yaml").write_text(SENDS)
    listening = listen(amqp_url)
    with daemon:
        publish(amqp_url, [paid(1)])
        eventually(lambda: len(lines(daemon, "shop/paid-1")) >= 2, what="it came again")
        unbound = [text["body"] for text in sandbox.texts()]
        why = request(daemon.url + "/why.json?q=R1").text
        (daemon.flows / "sms.yaml").write_text(sends_it)
        daemon.running.send_signal(signal.SIGHUP)
        eventually(lambda: sandbox.count() == 2, what="a queue takes it, and it is sent")
        publish(amqp_url, [paid(1), paid(2)])
        eventually(lambda: sandbox.count() == 4, what="the other order's texts go out")
        rabbit.wait_until_settled(vhost, QUEUE, 30)
        figures = daemon.metrics()
        texts = sorted(text["body"] for text in sandbox.texts())
        first, *_ = lines(daemon, "shop/paid-1")
        last = lines(daemon, "shop/paid-1")[-1]
        told = [it.event["data"] for it in heard(amqp_url, listening)]

    assert unbound == ["Thank you for R1."]
    assert "no queue takes what its flow publishes (unroutable)" in why
    assert texts == [
        "Order R1 is paid.",
        "Order R2 is paid.",
        "Thank you for R1.",
        "Thank you for R2.",
    ]
    assert first["outcome"] == "deferred"
    assert {(sms["flow"], sms["sms"]) for sms in first["smses"]} == {
        ("thanks", "sent"),
        ("paid", "deferred"),
    }
    assert {(sms["flow"], sms["sms"]) for sms in last["smses"]} == {
        ("thanks", "duplicate"),
        ("paid", "published"),
    }
    assert sorted(it["flow"] for it in told) == ["sms", "sms", "thanks", "thanks"]
    assert figures.value("smsherald_retries_total", reason="unroutable") >= 2
    assert figures.value("smsherald_events_total", outcome="parked") == 0
    assert rabbit.depth(vhost, f"{QUEUE}.parked").ready == 0
