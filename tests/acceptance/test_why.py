"""Whatever became of an order, `why` ends in a sentence that says it."""

from __future__ import annotations

import json
import subprocess
from urllib.parse import quote

import pytest

from support.command import smsherald
from support.daemon import Daemon
from support.http import request
from support.publishing import Publication, listen, publish
from support.sandbox import SandboxProcess
from support.waiting import eventually

FAILS, DENIED = "+15005550001", "+15557770000"
NEVER = "R404"


def order(number: str, phone: str | None) -> Publication:
    """Return an order whose customer has this number, or none."""
    address = {"firstname": "Ann"} | ({} if phone is None else {"phone": phone})
    return Publication("order.created", {"order": {"number": number, "billing_address": address}})


class Asking:
    """Asks the daemon, or a shell beside it."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def sentence(self, wanted: str) -> str:
        """Return the daemon's last word on it."""
        answer = request(f"{self._daemon.url}/why.json?q={quote(wanted)}")
        assert answer.status in (200, 404), answer.text
        said: str = json.loads(answer.text)["sentence"]
        return said

    def until(self, wanted: str, *says: str) -> None:
        """Wait until it says all of this."""
        eventually(
            lambda: all(each in self.sentence(wanted) for each in says) or self._fail(wanted),
            what=f"{wanted}: {says}",
        )

    def _fail(self, wanted: str) -> bool:
        raise LookupError(self.sentence(wanted))

    def shell(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        config = ("--config", str(self._daemon.config))
        return smsherald(*arguments, *config, environment={"COLUMNS": "80"})


@pytest.fixture
def asking(daemon: Daemon, amqp_url: str) -> Asking:
    """Run a daemon that waits for nothing long, and for a person where Twilio's answer is lost."""
    daemon.settings["ledger"] |= {
        "on_unknown": "hold",
        "fence": "500ms",
        "late_accept": "100ms",
        "listing_lag": "100ms",
        "quarantine": "4s",
    }
    daemon.settings["twilio"]["timeout"] = "2s"
    daemon.settings["retry"] = {"tiers": ["5s"]}
    daemon.settings["policy"] = {"deny": [DENIED]}
    daemon.settings["notifications"] = {"mandatory": True}
    for told in ("sms.failed", "sms.skipped", "sms.parked"):
        listen(amqp_url, told)
    daemon.start()
    return Asking(daemon)


@pytest.mark.takes(9)
def test_each_situation_has_its_sentence(
    asking: Asking, daemon: Daemon, sandbox: SandboxProcess, amqp_url: str
) -> None:
    def bring(number: str, phone: str | None) -> None:
        publish(amqp_url, [order(number, phone)])

    sandbox.fault("unavailable")
    bring("UNKNOWN", "+15550000001")
    asking.until(
        "UNKNOWN",
        "to •••01 is under way",
        "(http_5xx); it is left alone until",
        "(in ",
        "then it becomes held, for a person to decide, when its event comes",
    )
    sandbox.fault("rate_limited")
    bring("LATER", "+15550000002")
    asking.until("LATER", "to •••02 was put off at", "rate_limited", "; it comes again at 2")
    bring("SENT", "+15550000003")
    asking.until("SENT", "is sent, as SM", "; sms.sent is not told yet")
    bring("FAILED", FAILS)
    bring("SKIPPED", DENIED)
    bring("PARKED", None)
    publish(amqp_url, [Publication("order.created", b"no", message_id="UNREAD")])
    asking.until("FAILED", "failed at", "bad_recipient, Twilio's 21211", "sms.failed is told.")
    asking.until("SKIPPED", "was skipped at", "denied", "sms.skipped is told.")
    asking.until(
        "PARKED",
        "the event's part for order-created is parked since",
        "missing_value: to: order.billing_address.phone is missing",
        "`smsherald parked replay --reference PARKED`; where the event itself is wrong, save it (",
    )
    asking.until("UNREAD", "could not be read as an event (not_json", "`smsherald parked drop ")
    looks = " ".join(asking.shell("why", NEVER).stdout.split())
    assert "has parked 1 of late of which no event could be read" in looks
    assert asking.sentence(NEVER).startswith("Nothing is known of R404: it is not in the ledger,")
    listen(amqp_url, "sms.sent")
    asking.until("SENT", "is sent, as SM", "; sms.sent is told.")
    asking.until("LATER", "is sent, as SM")
    asking.until("UNKNOWN", "is held: nobody knows", "`smsherald ledger resolve ")

    assert (
        asking.shell("pause", "--flow", "order-created", "--why", "a wrong price").returncode == 0
    )
    eventually(
        lambda: json.loads(request(f"{daemon.url}/status.json").text)["pauses"],
        what="the daemon knows of the pause",
    )
    bring("PAUSED", "+15550000004")
    asking.until(
        "PAUSED",
        "the SMS of order-created to +1•••••••04 is not sent yet, since flow order-created is "
        "paused by",
        "a wrong price (`smsherald resume --flow order-created` ends that)",
        "comes again at 2",
    )
    bring("SENT", "+15550000003")
    asking.until("SENT", "SENT: the SMS of order-created to •••03 is sent, as SM", "came again")
    assert "not sent yet" not in asking.sentence("SENT")
    running = asking.shell("why", "PAUSED")
    assert running.returncode == 0
    assert running.stdout.startswith("The daemon ")
    assert max(map(len, running.stdout.splitlines())) <= 80
    assert daemon.stop() == 0

    stopped = asking.shell("why", "PAUSED")
    assert stopped.returncode == 1
    said = " ".join(stopped.stdout.split())
    assert said.startswith(f"✗ No daemon answers at {daemon.url}: ")
    assert "Nothing is known of PAUSED: flow order-created is paused by" in said
    assert "it is not in the ledger, and without a daemon nobody" in said
    parked = asking.shell("why", "PARKED")
    assert parked.returncode == 0
    assert "is parked since" in " ".join(parked.stdout.split())
    by_number = json.loads(asking.shell("why", "--phone", "+15550000003", "--json").stdout)
    assert (by_number["wanted"], by_number["asked"]) == ("+1•••••••03", "ledger")
    assert (
        "+1•••••••03: the SMS of order-created to •••03 (reference SENT) is sent"
        in by_number["sentence"]
    )
    assert "15550000003" not in json.dumps(by_number)
