"""SIGHUP: a configuration is replaced while events flow, whole or not at all."""

from __future__ import annotations

import signal
import socket
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from pika.exceptions import UnroutableError

from acceptance.conftest import Shop
from support.daemon import Daemon
from support.http import request
from support.publishing import Publication, order, publish
from support.repeating import repeating
from support.sandbox import SandboxProcess
from support.secrets import AUTH_TOKEN
from support.waiting import PATIENCE, eventually

SUCCESSFUL = "smsherald_config_last_reload_successful"
SINCE = "smsherald_config_last_reload_success_timestamp_seconds"
SENDERS = ("+15005550006", "+15005550016")
BROKEN_EVERY = 10
AT_ONCE = 10
BUYER = """\
subscribe: order.created
schema: order
to: "{{ order.billing_address.phone }}"
message: "{{ order.number }} buyer %d"
tests: []
"""
WATCHER = """\
subscribe: order.created
schema: order
to_each: order.watchers
to: "{{ item.phone }}"
message: "{{ order.number }} watcher %d"
tests: []
"""
NEW = """\
subscribe: order.new
schema: order
to: "{{ order.billing_address.phone }}"
message: "New {{ order.number }}"
"""


def write_version(daemon: Daemon, version: int) -> None:
    """Write flows and settings that all say which version they are of."""
    daemon.settings["twilio"]["accounts"]["default"]["from"] = SENDERS[version % 2]
    daemon.write()
    for name, text in (("buyer", BUYER), ("watcher", WATCHER)):
        (daemon.flows / f"{name}.yaml").write_text(text % version)


def watched(number: int) -> Publication:
    """Return the event of an order that makes two SMSes."""
    body = {
        "number": f"R{number}",
        "billing_address": {"phone": f"+1555{number:07d}"},
        "watchers": [{"phone": f"+1556{number:07d}"}],
    }
    return Publication("order.created", {"order": body})


def said(daemon: Daemon, *messages: str) -> int:
    return sum(line["message"] in messages for line in daemon.log_lines())


def reload(daemon: Daemon, *, refused: bool = False) -> None:
    """Ask for a reload, and return once it is over."""
    before = said(daemon, "reloaded"), said(daemon, "reload_refused")
    daemon.running.send_signal(signal.SIGHUP)
    after = (before[0] + (not refused), before[1] + refused)
    eventually(
        lambda: (said(daemon, "reloaded"), said(daemon, "reload_refused")) == after,
        what="the configuration is " + ("refused" if refused else "read anew"),
    )


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def hear(manager: socket.socket, first: str) -> list[str]:
    """Return the next datagram whose first line is this."""
    while (lines := manager.recv(4096).decode().split("\n"))[0] != first:
        pass
    return lines


def is_taken(shop: Shop, event: Publication) -> bool:
    """Publish an event; say whether the queue took it."""
    try:
        shop.publish([event])
    except UnroutableError:
        return False
    return True


class Stream:
    """Publishes orders; `sent` counts them."""

    def __init__(self, url: str) -> None:
        self.sent = 0
        self._url = url

    def publish(self) -> None:
        """Publish some more."""
        batch = [watched(self.sent + number) for number in range(AT_ONCE)]
        self.sent += publish(self._url, batch)


@pytest.fixture
def versioned(shop: Shop) -> Shop:
    """Return a shop whose two flows text each order, by version 0."""
    assert shop.daemon.stop() == 0
    for flow in shop.daemon.flows.iterdir():
        flow.unlink()
    write_version(shop.daemon, 0)
    shop.daemon.start()
    return shop


def test_a_changed_text_is_that_of_later_events(shop: Shop) -> None:
    flow = shop.daemon.flows / "order-created.yaml"
    shop.publish([order(number) for number in range(20)])
    shop.settled(20)
    text = flow.read_text().replace("thank you! We have your", "thanks. We got your")
    flow.write_text(text)
    reload(shop.daemon)
    shop.publish([order(number) for number in range(20, 40)])
    shop.settled(40)

    bodies = Counter(text["body"] for text in shop.sandbox.texts())
    assert bodies == Counter(
        [f"Hi Ann, thank you! We have your order R{number}." for number in range(20)]
        + [f"Hi Ann, thanks. We got your order R{number}." for number in range(20, 40)]
    )
    assert shop.daemon.metrics().value(SUCCESSFUL) == 1


def test_the_first_event_of_a_new_flow_is_sent_without_a_new_session(shop: Shop) -> None:
    (shop.daemon.flows / "new.yaml").write_text(NEW)
    reload(shop.daemon)
    event = Publication("order.new", order(1).body)
    eventually(lambda: is_taken(shop, event), what="its key is bound")
    shop.settled(1)

    assert [text["body"] for text in shop.sandbox.texts()] == ["New R1"]
    sent = shop.daemon.metrics().value("smsherald_sms_total", flow="new", outcome="sent")
    assert sent == 1
    assert said(shop.daemon, "broker_connected") == 1
    assert "new" in request(shop.daemon.url + "/").text


def test_what_is_broken_changes_nothing_and_is_named_until_it_is_mended(shop: Shop) -> None:
    daemon = shop.daemon
    flow = daemon.flows / "order-created.yaml"
    good, wrong = flow.read_text(), flow.read_text().replace("order.number }}.", "ordr.no }}.", 1)
    since = daemon.metrics().value(SINCE)
    flow.write_text(wrong)
    daemon.settings["retry"] = {"max_age": "1 year"}
    daemon.write()
    places = [f"{flow}:{line_of(wrong, 'ordr')}:"]
    places.append(f"{daemon.config}:{line_of(daemon.config.read_text(), '1 year')}:")
    reload(daemon, refused=True)
    shop.publish([order(1)])
    shop.settled(1)
    refused, ready = daemon.metrics(), request(daemon.url + "/readyz")
    flow.write_text(good)
    daemon.settings["retry"] = {"max_age": "1h"}
    daemon.write()
    reload(daemon)
    mended = daemon.metrics()

    assert ready.status == 200
    assert f"\nthe new configuration is refused: {places[0]}" in ready.text
    assert request(daemon.url + "/readyz").text == "ready\n"
    (line,) = [line for line in daemon.log_lines() if line["message"] == "reload_refused"]
    assert line["level"] == "error"
    assert [
        problem[: len(place)] for problem, place in zip(line["problems"], places, strict=True)
    ] == (places)
    assert [text["body"] for text in shop.sandbox.texts()] == [
        "Hi Ann, thank you! We have your order R1."
    ]
    assert (refused.value(SUCCESSFUL), mended.value(SUCCESSFUL)) == (0, 1)
    assert 0 < refused.value(SINCE) == since < mended.value(SINCE)


def test_a_flow_whose_own_test_fails_is_refused_and_no_text_is_logged(shop: Shop) -> None:
    daemon, flow = shop.daemon, shop.daemon.flows / "order-created.yaml"
    text = flow.read_text()
    wrong = text.replace("We have your order", "We lost your order", 1)
    flow.write_text(wrong)
    reload(daemon, refused=True)
    shop.publish([order(1)])
    shop.settled(1)
    ready = request(daemon.url + "/readyz").text
    asked = daemon.command("status")

    place = f"{flow}:{line_of(wrong, 'expect:')}:"
    assert f"\nthe new configuration is refused: {place}" in ready
    assert "order-created: tests[0] fails (problems: 1)" in ready
    assert asked.startswith("Ready: texts go out. The last change of the configuration was refused")
    assert daemon.metrics().value(SUCCESSFUL) == 0
    assert [each["body"] for each in shop.sandbox.texts()] == [
        "Hi Ann, thank you! We have your order R1."
    ]
    assert "We lost" not in daemon.stdout.read_text()


def test_without_any_flow_the_old_ones_stay(shop: Shop) -> None:
    for flow in shop.daemon.flows.iterdir():
        flow.unlink()
    reload(shop.daemon, refused=True)
    shop.publish([order(1)])
    shop.settled(1)

    assert shop.sandbox.count() == 1


def test_systemd_hears_when_a_reload_begins_and_that_it_is_over_also_where_it_is_refused(
    shop: Shop,
) -> None:
    daemon, manager = shop.daemon, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    assert daemon.stop() == 0
    with manager:
        manager.settimeout(PATIENCE)
        manager.bind(str(daemon.directory / "notify"))
        daemon.environment["NOTIFY_SOCKET"] = str(daemon.directory / "notify")
        daemon.start()
        assert manager.recv(4096) == b"STATUS=reading the configuration"
        assert manager.recv(4096) == b"STATUS=starting"
        hear(manager, "READY=1")
        (daemon.flows / "wrong.yaml").write_text("to: [")
        daemon.running.send_signal(signal.SIGHUP)
        begun, over = hear(manager, "RELOADING=1"), hear(manager, "READY=1")
        (daemon.flows / "wrong.yaml").unlink()
        daemon.running.send_signal(signal.SIGHUP)
        hear(manager, "RELOADING=1")
        mended = hear(manager, "READY=1")
        assert daemon.stop() == 0

    assert begun[1].startswith("MONOTONIC_USEC=")
    assert over[1].startswith("STATUS=handling events; the new configuration is refused: ")
    assert "wrong.yaml:2:1: " in over[1]
    assert mended == ["READY=1", "STATUS=handling events"]


@pytest.mark.parametrize(
    "reloads",
    [
        pytest.param(20, marks=pytest.mark.takes(15), id="some"),
        pytest.param(200, marks=pytest.mark.long, id="many"),
    ],
)
def test_reloads_while_events_flow_lose_none_and_mix_no_configurations(
    versioned: Shop, reloads: int
) -> None:
    shop, stream = versioned, Stream(versioned.url)
    with repeating(stream.publish, 0.02):
        for number in range(1, reloads + 1):
            broken = number % BROKEN_EVERY == 0
            write_version(shop.daemon, number)
            if broken:
                (shop.daemon.flows / "watcher.yaml").write_text("to: [")
            reload(shop.daemon, refused=broken)
            before = stream.sent
            eventually(lambda due=before + AT_ONCE: stream.sent > due, what="events flow")  # type: ignore[misc]
    shop.settled(stream.sent, within=120)
    figures = shop.daemon.metrics()

    for outcome in ("ignored", "parked", "deferred"):
        assert figures.value("smsherald_events_total", outcome=outcome) == 0, outcome
    texts: defaultdict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for text in shop.sandbox.texts():
        event, who, version = text["body"].split()
        texts[event].append((who, int(version), text["from"]))
    assert sorted(texts) == sorted(f"R{number}" for number in range(stream.sent))
    for event, made in texts.items():
        ((_, version, sender), *_) = made
        assert sorted(who for who, _, _ in made) == ["buyer", "watcher"], event
        assert {each[1:] for each in made} == {(version, sender)}, event
        assert sender == SENDERS[version % 2], event
    versions = {version for made in texts.values() for _, version, _ in made}
    assert versions.isdisjoint(range(BROKEN_EVERY, reloads + 1, BROKEN_EVERY))
    assert len(versions) > reloads / 2
    assert said(shop.daemon, "broker_connected") == 1


def test_texts_go_out_once_the_account_has_its_new_token(
    daemon: Daemon, amqp_url: str, tmp_path: Path
) -> None:
    (tmp_path / "strict").mkdir()
    account = daemon.settings["twilio"]["accounts"]["default"]
    only = f"{account['account_sid']}:{AUTH_TOKEN}"
    with SandboxProcess(tmp_path / "strict", accounts=[only]) as sandbox:
        account |= {"auth_token": "an-old-one", "api_url": sandbox.url}
        daemon.settings["retry"] = {"tiers": ["200ms", "1s"]}
        with daemon:
            publish(amqp_url, [order(number) for number in range(5)])
            refused = "Twilio refuses account default: 20003"
            eventually(
                lambda: refused in request(daemon.url + "/readyz").text,
                what="the old one is refused",
            )
            account["auth_token"] = AUTH_TOKEN
            daemon.write()
            reload(daemon)
            eventually(lambda: sandbox.count() == 5, what="all are sent")
            daemon.wait_ready()

            assert daemon.stop() == 0
        assert sandbox.count() == 5
    assert said(daemon, "paused", "resumed") == 2


def test_what_needs_a_restart_is_named_and_stays(shop: Shop) -> None:
    daemon = shop.daemon
    daemon.settings["broker"] |= {"queue": "another", "heartbeat": "5s"}
    daemon.settings["http"]["listen"] = "127.0.0.1:1"
    daemon.settings["log"]["level"] = "debug"
    daemon.write()
    reload(daemon)
    shop.publish([order(1)])
    shop.settled(1)

    (line,) = [line for line in daemon.log_lines() if line["message"] == "restart_needed"]
    assert line["level"] == "warning"
    assert line["settings"] == ["broker.queue", "broker.heartbeat", "http.listen"]
    assert daemon.metrics().value("smsherald_doubts") == 1
    assert request(daemon.url + "/readyz").status == 200
    assert shop.sandbox.count() == 1
