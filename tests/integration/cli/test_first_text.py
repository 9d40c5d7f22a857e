"""What docs/first-text.md says that commands answer, with test credentials and on a trial."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from support.command import smsherald
from support.daemon import Daemon
from support.http import request
from support.sandbox import SandboxProcess

PAGE = (Path(__file__).parents[3] / "docs" / "first-text.md").read_text()
REFUSED = dict(re.findall(r"^\| `(\+[0-9]+)` \| [^|]+ \| `([^`]+)` \|$", PAGE, re.MULTILINE))
PHONE = "+15558675309"


def account(sandbox: SandboxProcess, **ordered: Any) -> None:
    assert request(sandbox.url + "/sandbox/account", "PUT", ordered).status == 200


def sent(config: Daemon, to: str) -> tuple[int, str]:
    done = smsherald("send", "--to", to, "-m", "It works", "--config", str(config.config))
    return done.returncode, done.stdout


def live(config: Daemon) -> str:
    done = smsherald(
        *("check", "--live", "--config", str(config.config), "--seconds", "0.1"),
        environment={"COLUMNS": "80"},
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.long
@pytest.mark.takes(20)
def test_with_test_credentials(config: Daemon, sandbox: SandboxProcess) -> None:
    account(sandbox, test_credentials=True)
    with config:
        said: Mapping[str, str] = {to: sent(config, to)[1].removesuffix("\n") for to in REFUSED}
        code, taken = sent(config, PHONE)
        (shown,) = re.findall(r"^Twilio\n(?: .*\n)+", live(config), re.MULTILINE)

    assert len(REFUSED) == 6
    assert said == REFUSED
    assert code == 0
    assert re.fullmatch(r"sent: SM[0-9a-f]{32}\n", taken)
    assert shown in PAGE


@pytest.mark.long
def test_on_a_trial(config: Daemon, sandbox: SandboxProcess) -> None:
    account(sandbox, type="Trial", verified=[PHONE])
    with config:
        assert sent(config, PHONE)[0] == 0
        assert sent(config, "+15557654321") == (
            1,
            "deferred: not_taken (Twilio's error 21608)\nthe daemon will try it again\n",
        )
        assert "account default: is active, and a trial" in live(config)
    (text,) = sandbox.texts()

    assert f"\n> {text['body']}\n" in PAGE
