"""What is wrong with settings shows no secret, and is said of each place once."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.load import load
from support.configuration import FLOW, SETTINGS, write


def problems(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(write(folder, text, order_created=FLOW), environ)
    return list(map(str, caught.value.problems))


FILE = "smsherald.yaml"


def test_no_secret_is_shown_by_what_is_wrong_or_by_the_settings(here: Path) -> None:
    text = SETTINGS.replace("auth_token: token", "auth_token: hunter2") + (
        "broker: {url: 'amqp://u:hunter2@h:x', queue: 'hunter 2'}\n"
        "ledger: {url: 'mysql://u:hunter2@h'}\n"
    )

    assert len(problems(here, text)) == 3
    assert "hunter" not in "".join(problems(here, text))

    loaded = load(write(here, SETTINGS.replace("token: token", "token: hunter2")), {})

    assert "hunter2" not in repr(loaded)


def test_what_two_aliases_share_is_wrong_for_both(here: Path) -> None:
    text = SETTINGS.replace("default:", "default: &a").replace("token: token", "token: 5")

    assert problems(here, text + "    other: *a\n") == [
        (
            f"{FILE}:5:19: twilio.accounts.default.auth_token: "
            "a number stands where text is due: quote it"
        ),
        (
            f"{FILE}:5:19: twilio.accounts.other.auth_token: "
            "a number stands where text is due: quote it"
        ),
    ]


def test_of_an_empty_variable_it_names_the_one_that_may_be_meant(here: Path) -> None:
    text = SETTINGS.replace("token: token", "token: ${TOKEN}")

    assert problems(here, text, TOKEN="", TOKNE="hunter2") == [
        (
            f"{FILE}:5:19: twilio.accounts.default.auth_token: the environment variable TOKEN is "
            "empty; is TOKNE meant to be it?"
        )
    ]


def test_a_variable_that_two_aliases_miss_is_missed_once(here: Path) -> None:
    text = SETTINGS.replace("default:", "default: &a").replace("token: token", "token: ${T}")

    assert problems(here, text + "    other: *a\n") == [
        f"{FILE}:5:19: the environment variable T is not set"
    ]
