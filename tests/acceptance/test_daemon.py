"""The daemon from outside: events in, texts and notifications out."""

from __future__ import annotations

from support.daemon import Daemon
from support.publishing import heard, listen, order, publish
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess


def test_each_event_is_one_text_one_notification_and_one_count(
    daemon: Daemon, sandbox: SandboxProcess, rabbit: Rabbit, vhost: str, amqp_url: str
) -> None:
    daemon.start()
    queue = listen(amqp_url)
    publish(amqp_url, map(order, range(200)))
    rabbit.wait_until_settled(vhost, "smsherald", within=30)
    metrics = daemon.metrics()

    assert len({text["to"] for text in sandbox.texts()}) == sandbox.count() == 200
    assert len({notification.id for notification in heard(amqp_url, queue)}) == 200
    assert metrics.value("smsherald_events_total", outcome="handled") == 200
    assert metrics.value("smsherald_sms_total", flow="order-created", outcome="sent") == 200
    assert sum("event_id" in line for line in daemon.log_lines()) == 200


def test_a_daemon_that_was_asked_to_end_ends_with_0_and_may_start_again(daemon: Daemon) -> None:
    daemon.start()
    assert daemon.stop() == 0
    daemon.start()

    assert daemon.fds() > 0
