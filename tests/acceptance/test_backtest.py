"""`backtest` says of recorded events what the daemon did of the same: SMS by SMS."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import QUEUE
from smsherald.events.recorded import line_of, shortest
from smsherald.model import Delivery
from support.daemon import Daemon
from support.publishing import Publication, publish
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually

FLOWS = {
    # Beside the shipped `order-created`: two SMSes of one event, one of them alike.
    "thanks": """\
subscribe: order.created
when: event.body.order.thank == true
to: "{{ event.body.order.billing_address.phone }}"
message: "Hi Ann, we have your order {{ event.body.order.number }}."
""",
    "paid": """\
subscribe: order.paid
schema: order
to: "{{ order.billing_address.phone }}"
message: "Order {{ order.number }} is paid. Grüße, šéf"
publish: sms.requested
""",
    "reminder": """\
subscribe: order.reminder
to: "{{ event.body.phone }}"
once: "{{ event.body.number }}"
message: "Order {{ event.body.number }} waits, {{ event.body.name }}."
""",
    "offer": """\
subscribe: basket.left
kind: marketing
consent: event.body.agreed
to: "{{ event.body.phone }}"
message: "Your basket waits. Reply STOP to hear no more."
""",
    "tried": """\
subscribe: order.tried
mode: shadow
once: "{{ event.body.number }}"
to: "{{ event.body.phone }}"
message: "Tried {{ event.body.number }}"
""",
    "watchers": """\
subscribe: order.watched
to_each: event.body.watchers
to: "{{ item.phone }}"
message: "{{ item.name }}, order {{ event.body.number }} moves."
""",
}
ADDRESS = "billing_address"


def number(of: int) -> str:
    return f"+1205{5_550_000 + of:07d}"


def order(of: int, **more: Any) -> dict[str, Any]:
    return {
        "order": {"number": f"R{of}", ADDRESS: {"firstname": "Ann", "phone": number(of)}} | more
    }


def first(of: int) -> Publication:
    """Return an event that nothing before it has to do with."""
    flat = {"number": f"R{of}", "phone": number(of), "name": f"№ {of}"}
    several = [{"name": "Ann", "phone": number(of)}, {"name": "Bo", "phone": "12"}]
    several += [{"name": "Cy", "phone": number(of + 1)}, {"name": "Di", "phone": number(of)}]
    late = int(time.time()) - 3 * 86_400
    ids: Any = {"message_id": f"m-{of}", "app_id": "shop"}
    envelope = {"request_id": str(of), "parameters": {"twilio_auth_token": "x"}}
    kinds = (
        Publication("order.created", order(of), **ids),
        Publication("order.created", order(of)),
        Publication("order.created", order(of, thank=True), **ids),
        Publication("order.created", order(of, thank=False), **ids),
        Publication("order.created", order(of), **ids, timestamp=late),
        Publication("order.created", {"order": {"number": f"R{of}", ADDRESS: {}}}, **ids),
        Publication("order.created", b"no JSON %d" % of),
        Publication("order.paid", order(of), **ids),
        Publication("order.reminder", flat, **ids),
        Publication("order.reminder", flat | {"phone": "+447400123456"}, **ids),
        Publication("basket.left", flat | {"agreed": True}, **ids),
        Publication("basket.left", flat, **ids),
        Publication("order.tried", flat, **ids),
        Publication("order.tried", {"list": of}, **ids),
        Publication("order.watched", {"number": of, "watchers": several}, **ids),
        Publication(
            "sms.requested",
            {"sms": {"phone": number(of), "message": "Ä " * 60 + str(of)}} | envelope,
        ),
    )
    return kinds[of % len(kinds)]


def again(of: int) -> Publication:
    """Return one that has to do with one before it: itself, another body, another of its once."""
    before = first(of)
    match of % 48 // 16:
        case 0:
            return before
        case 1:
            body = {"other": of} if isinstance(before.body, bytes) else {**before.body, "other": of}
            return Publication(before.routing_key, body, before.message_id, before.app_id)
        case _:
            return Publication(
                before.routing_key, before.body, f"other-{of}", "shop", timestamp=before.timestamp
            )


def as_short_as_can_be(publication: Publication) -> Publication:
    """Return it as a recording has it: elsewhere white space is part of what a body is told by."""
    body = publication.body
    return replace(publication, body=body if isinstance(body, bytes) else shortest(body))


def line(publication: Publication) -> str:
    properties: dict[str, Any] = {
        "content_type": "application/json",
        "message_id": publication.message_id,
        "app_id": publication.app_id,
        "timestamp": publication.timestamp,
        "headers": {},
    }
    said = {name: value for name, value in properties.items() if value is not None}
    key = publication.routing_key
    delivery = Delivery(publication.bytes, said, "events", key, redelivered=False, tag=0)
    return json.dumps(line_of(delivery, time.time()))


def fates(daemon: Daemon) -> Iterator[tuple[Any, ...]]:
    """Return what the daemon's log says of each SMS, and of what is parked."""
    for said in daemon.log_lines():
        if said["message"] != "event" or said["outcome"] == "ignored":
            continue
        for part in said.get("smses") or [said]:
            if part.get("sms") != "published":
                word = part.get("sms", "parked")
                yield said.get("event_id"), part.get("flow"), word, part.get("reason")


@pytest.mark.parametrize(
    "events",
    [pytest.param(320, id="some"), pytest.param(10_000, marks=pytest.mark.long, id="many")],
)
@pytest.mark.takes(8)
def test_it_says_of_each_sms_what_the_daemon_did(
    events: int, rabbit: Rabbit, vhost: str, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    url = rabbit.url(vhost)
    daemon = Daemon(tmp_path / "daemon", url, sandbox.url)
    daemon.settings["policy"] = {"deny": ["+44"]}
    for name, flow in FLOWS.items():
        (daemon.flows / f"{name}.yaml").write_text(flow)
    recording, texts = tmp_path / "events.jsonl", tmp_path / "texts.jsonl"

    def take(several: Iterable[Publication], settled: int) -> None:
        several = list(map(as_short_as_can_be, several))
        with recording.open("a") as file:
            file.writelines(line(each) + "\n" for each in several)
        publish(url, several)
        eventually(
            lambda: daemon.metrics().value("smsherald_events_total") >= settled,
            within=60,
            what="all events are settled",
        )
        rabbit.wait_until_settled(vhost, QUEUE, 60)

    half = range(events // 2)
    with daemon:
        take(map(first, half), len(half))
        take(map(again, half), 2 * len(half))
        lines = [each for each in daemon.log_lines() if each["message"] == "event"]
        did = Counter(fates(daemon))
        sent = Counter((text["to"], text["from"], text["body"]) for text in sandbox.texts())
    said = json.loads(daemon.command("backtest", str(recording), "--json", "--texts", str(texts)))

    rows = [json.loads(each) for each in texts.read_text().splitlines()]
    would = [(it["to"], it["from"], it["text"]) for it in rows if it["outcome"] == "sent"]
    assert Counter(would) == sent
    assert sum(sent.values()) > events / 3
    assert Counter((it["event_id"], it["flow"], it["outcome"], it["reason"]) for it in rows) == did
    assert {"sent", "duplicate", "skipped", "parked"} == {word for _, _, word, _ in did}
    assert {reason for *_, reason in did} >= {
        *("not_json", "bad_number", "missing_value", "identity_conflict", "denied", "no_consent"),
        *("shadow", "expired"),
    }
    outcomes = Counter(each["outcome"] for each in lines)
    seen = said["here"]["events"]
    assert outcomes == Counter(seen["outcomes"]) + Counter(handled=seen["published"])
    assert said["lines"] == seen["read"] == 2 * len(half)
    assert said["bad_lines"] == 0
