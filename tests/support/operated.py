"""A unit that is operated, between a broker and a Twilio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from support.ports import free_port
from support.publishing import Publication, order, publish
from support.repeating import repeating
from support.sandbox import SandboxProcess
from support.secrets import AUTH_TOKEN
from support.unit import FLOWS, Unit
from support.waiting import eventually

ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "a" * 32, "TWILIO_FROM": "+15005550006"}
HURRY = {
    "SMSHERALD__TWILIO__TIMEOUT": "4s",
    "SMSHERALD__LEDGER__FENCE": "1s",
    "SMSHERALD__LEDGER__LATE_ACCEPT": "500ms",
    "SMSHERALD__LEDGER__LISTING_LAG": "500ms",
    "SMSHERALD__LEDGER__QUARANTINE": "7s",
    "SMSHERALD__RETRY__TIERS": "[1s]",
}
"""Waits that a test can wait for."""
FLOW = f"{FLOWS}/order-created.yaml"
RUNNING = ("active", "running")
WITHIN = 60.0


def environment(broker: str, sandbox: SandboxProcess) -> dict[str, str]:
    """Return what a unit between these two needs to have in its environment."""
    return {
        **ACCOUNT,
        **HURRY,
        "BROKER_URL": broker,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "SMSHERALD__TWILIO__ACCOUNTS__DEFAULT__API_URL": sandbox.url,
        "SMSHERALD__HTTP__LISTEN": f"127.0.0.1:{free_port()}",
    }


def lines(variables: Mapping[str, str]) -> str:
    """Return them as a unit's file of variables has them."""
    return "".join(f"{name}={value}\n" for name, value in variables.items())


@dataclass(kw_only=True)
class Operated:
    """The unit, the broker whose events it texts, and the Twilio that takes the texts."""

    unit: Unit
    broker: str
    sandbox: SandboxProcess
    greeting: str = "thank you!"
    """What the flow of orders has its texts begin with, by now."""
    bodies: list[str] = field(default_factory=list)
    """Of all texts that were due so far."""
    orders: list[int] = field(default_factory=list)
    """The numbers of all that were published."""

    @property
    def pid(self) -> str:
        """The daemon's process."""
        return self.unit.show("MainPID")

    def publish(self) -> None:
        """Publish the next order."""
        publish(self.broker, [self.order()])

    def order(self) -> Publication:
        """Return the next order, which somebody will publish: its text is due."""
        number = len(self.bodies)
        self.orders.append(number)
        self.bodies.append(f"Hi Ann, {self.greeting} We have your order R{number}.")
        return order(number)

    def publish_again(self) -> None:
        """Publish orders of all the time until now, each of which was texted."""
        publish(self.broker, map(order, self.orders[:: max(1, len(self.orders) // 10)]))

    @contextmanager
    def orders_coming_in(self) -> Iterator[None]:
        """Publish one order after the other, while the context lasts."""
        with repeating(self.publish, 0.1):
            before = self.sandbox.count()
            eventually(lambda: self.sandbox.count() > before, within=WITHIN, what="they are texted")
            yield

    def texted(self) -> None:
        """Wait for every text that is due; there are no others, and none twice."""
        due = len(self.bodies)
        eventually(lambda: self.sandbox.count() >= due, within=WITHIN, what=f"{due} texts")
        assert sorted(text["body"] for text in self.sandbox.texts()) == sorted(self.bodies)

    def runs(self) -> None:
        """Wait until it runs."""
        eventually(lambda: self.unit.state() == RUNNING, within=WITHIN, what="it runs", every=0.2)

    def is_restarted(self, times: int) -> None:
        """Wait until systemd has done so, for the last time just now, and it runs again."""
        eventually(
            lambda: self.unit.show("NRestarts") == str(times),
            within=WITHIN,
            what="it is restarted",
            every=0.2,
        )
        self.runs()

    def says(self, sentence: str) -> None:
        """Wait for what its status line begins with."""
        eventually(
            lambda: self.unit.show("StatusText").startswith(sentence), within=WITHIN, what=sentence
        )
        assert f'Status: "{sentence}' in self.unit.status()

    def logged(self, word: str) -> int:
        """Count the lines of the daemon's log that are of this kind."""
        return sum(f'"message":"{word}"' in line for line in self.unit.journal())

    def starts(self) -> None:
        """Start it; it runs when the command ends."""
        assert self.unit.systemctl("start").returncode == 0, self.unit.status()
        assert self.unit.state() == RUNNING

    def stops(self) -> None:
        """Stop it; it says that it could finish."""
        assert self.unit.systemctl("stop").returncode == 0
        assert (self.unit.show("Result"), self.unit.show("ExecMainStatus")) == ("success", "0")

    def restart(self) -> None:
        """Restart it; it runs when the command ends."""
        assert self.unit.systemctl("restart").returncode == 0, self.unit.status()
        assert self.unit.state() == RUNNING

    def greets(self, greeting: str) -> None:
        """Change what the flow says, in its test too, and reload it."""
        for number in ("{{", "R"):
            texts = (f"{each} We have your order {number}" for each in (self.greeting, greeting))
            self.unit.edit(FLOW, *texts)
        self.greeting = greeting
        self.reload()

    def reload(self) -> None:
        """Reload it, and return once the daemon has what is new."""
        before, pid = self.logged("reloaded"), self.pid
        done = self.unit.systemctl("reload")
        assert done.returncode == 0, self.unit.status()
        eventually(lambda: self.logged("reloaded") > before, within=WITHIN, what="it has reloaded")
        self.runs()
        assert self.pid == pid
