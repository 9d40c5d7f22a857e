"""`smsherald status` where a setting may be another than is meant: green would be a lie."""

from __future__ import annotations

import signal

import pytest

from support.daemon import Daemon
from support.http import request
from support.publishing import order, publish
from support.sandbox import SandboxProcess
from support.waiting import eventually

READY = "Ready: texts go out."
DOUBTED = f"{READY} But not all may be as is meant: see below."


def said(daemon: Daemon) -> str:
    return " ".join(daemon.command("status").split())


def test_what_a_misspelt_variable_leaves_to_a_default_is_said_until_it_is_mended(
    daemon: Daemon,
) -> None:
    daemon.settings["log"]["level"] = "${SHOP_LEVEL:-info}"
    daemon.environment = {**daemon.environment, "SHOP_LEVLE": "error"}
    daemon.start()
    what = "the environment variable SHOP_LEVEL is not set, and its default is used; is "

    doubted = said(daemon)
    assert doubted.startswith(f"{DOUBTED} ✓ ledger, broker")
    assert f"{what}SHOP_LEVLE meant to be it?" in doubted
    assert what in request(f"{daemon.url}/readyz").text

    daemon.settings["log"]["level"] = "error"
    daemon.write()
    daemon.running.send_signal(signal.SIGHUP)

    eventually(lambda: said(daemon).startswith(f"{READY} ✓"), what="it is said no more")
    assert request(f"{daemon.url}/readyz").text == "ready\n"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SMSHERALD_BROKER_URL", "SMSHERALD__BROKER__URL"),
        ("SMSHERLAD__HTTP__LISTEN", "SMSHERALD__HTTP__LISTEN"),
    ],
)
def test_so_is_a_variable_that_is_nearly_a_setting(daemon: Daemon, name: str, meant: str) -> None:
    daemon.environment = {**daemon.environment, name: "amqp://shop:secret@broker//"}
    daemon.start()

    doubted = said(daemon)
    assert doubted.startswith(DOUBTED)
    assert f"! environment:{name}: is not read; did you mean `{meant}`?" in doubted
    assert "secret" not in doubted


def test_so_is_that_customers_get_no_text_since_a_reload(daemon: Daemon) -> None:
    daemon.start()
    daemon.settings["policy"] = {"allow": ["DE"]}
    daemon.write()
    daemon.running.send_signal(signal.SIGHUP)

    eventually(lambda: said(daemon).startswith(DOUBTED), what="it is said")
    assert "! policy.allow: only who is named there is texted (1)" in said(daemon)
    assert daemon.metrics().value("smsherald_doubts") == 1
    assert [line for line in daemon.log_lines() if line["message"] == "only_allowed"]


def test_of_a_daemon_without_such_it_names_broker_and_twilio(
    daemon: Daemon, amqp_url: str, sandbox: SandboxProcess
) -> None:
    daemon.start()
    at, _, virtual_host = amqp_url.rpartition("@")[2].partition("/")

    works = said(daemon)
    assert works.startswith(f"{READY} ✓")
    assert f"! account default asks {sandbox.url} in place of Twilio" in works
    assert "In the last hour: nothing." in works
    named = f"{at} (virtual host {virtual_host})"
    assert f", queue smsherald at {named}, ledger /" in works


def test_that_twilio_was_not_asked_yet_is_said_until_it_is(daemon: Daemon, amqp_url: str) -> None:
    daemon.start()
    unasked = "! Twilio was not asked for anything since this start: whether it lets the account in"
    assert unasked in said(daemon)

    publish(amqp_url, [order(0)])

    eventually(lambda: unasked not in said(daemon), what="it is said no more")


def test_a_ledger_that_was_made_is_said_until_the_next_start_finds_it(daemon: Daemon) -> None:
    daemon.start()
    works = said(daemon)
    assert works.startswith(f"{READY} ✓")
    assert "! the ledger /" in works
    assert "ledger.db was made at this start: what was texted before is not known to it" in works
    assert request(f"{daemon.url}/readyz").text == "ready\n"
    assert daemon.stop() == 0
    daemon.start()
    assert "was made at this start" not in said(daemon)
