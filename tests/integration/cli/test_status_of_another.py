"""`smsherald status`, `why` and `pauses` where another configuration's daemon answers."""

from __future__ import annotations

import json
import subprocess
from functools import partial

from support.command import smsherald
from support.daemon import Daemon


def on(daemon: Daemon, *arguments: str) -> subprocess.CompletedProcess[str]:
    return smsherald(*arguments, "--config", str(daemon.config), environment={"COLUMNS": "80"})


def test_what_another_daemon_says_is_not_taken(daemon: Daemon) -> None:
    command = partial(on, daemon)
    daemon.start()
    ledger = daemon.settings["ledger"]["url"].removeprefix("sqlite:///")
    daemon.settings["broker"]["queue"] = "mine"
    daemon.settings["ledger"]["url"] = f"sqlite:///{daemon.config.parent}/mine.db"
    daemon.write()
    done = command("status")
    said = " ".join(done.stdout.split())
    as_json = json.loads(command("status", "--json").stdout)
    another = (
        f"another smsherald (queue smsherald, ledger {ledger}), "
        f"not this configuration's (queue mine, ledger {daemon.config.parent}/mine.db)"
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert said.startswith(f"✗ What answers at {daemon.url} is another smsherald (queue smsherald,")
    assert "(systemctl status smsherald), and its log" in said
    assert "Or it runs, with queue and ledger of before: it takes others by a restart" in said
    assert "there is no ledger yet" in said
    assert as_json["why"] == another
    assert (as_json["ready"], as_json["daemon"]) == (False, "another")

    why = command("why", "R1", "--json")
    assert why.returncode == 69
    assert json.loads(why.stdout)["why"] == f"What answers at {daemon.url} is {another}"
    daemon.settings["ledger"]["url"] = f"sqlite:///{ledger}"
    daemon.write()
    pauses = " ".join(command("pauses").stderr.split())
    assert "What a daemon pauses by itself is not known: what answers at" in pauses
    assert "is another smsherald (queue smsherald, " in pauses

    daemon.settings["broker"]["prefetsch"] = 1
    daemon.write()
    wrong = command("status")
    assert wrong.returncode == 78
    assert "is another smsherald" in " ".join(wrong.stdout.split())
    assert "goes on with" not in wrong.stdout
