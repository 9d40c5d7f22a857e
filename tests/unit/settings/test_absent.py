"""What need not be there for commands that ask nobody for anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.flows.check import check
from smsherald.settings.load import (
    Loaded,
    load,
    load_broker,
    load_decisions,
    load_flows,
    load_ledger,
    load_stores,
)
from smsherald.settings.secret import Secret
from smsherald.settings.twilio.decisions import Decision
from support.configuration import EXAMPLE, FLOW, SETTINGS, write
from support.texting import ACCOUNT

SHOP = (
    FLOW
    + """\
from: My Shop
tests:
  - event: {order: {number: R1, billing_address: {phone: "+15558675309"}}}
    expect: {to: "+15558675309", from: My Shop}
"""
)
KEY = "      auth_token: ${TWILIO_AUTH_TOKEN}\n"
NOT_THERE = {
    "variables": EXAMPLE,
    "a file": EXAMPLE.replace("${TWILIO_AUTH_TOKEN}", "${file:/nowhere/token}"),
    "a credential": EXAMPLE.replace("${TWILIO_AUTH_TOKEN}", "${credential:token}"),
    "an API key": EXAMPLE.replace(KEY, "      api_key: ${KEY}\n      api_secret: ${SECRET}\n"),
    "a part of an API key": EXAMPLE.replace(KEY, f"      api_key: SK{'0' * 32}\n"),
    "what the environment sets": EXAMPLE.replace(KEY, ""),
    "an account's values": "twilio: {accounts: {default: }}\n",
    "a broker and a proxy": EXAMPLE.replace("proxy: null", "proxy: ${PROXY}").replace(
        "${BROKER_URL:-amqp://guest:guest@localhost:5672//}", "${BROKER_URL}"
    ),
    "RabbitMQ's management": EXAMPLE.replace("management: null", "management: ${MANAGEMENT}"),
    "another sender": EXAMPLE.replace("senders: []", "senders: ['${OTHER}']"),
    "a ledger's password": EXAMPLE.replace("ledger:\n", "ledger:\n  url: ${LEDGER_URL}\n"),
}
EMPTY = dict.fromkeys(("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"), "")


def problems(loading: Callable[[Path, Mapping[str, str]], object], path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        loading(path, {})
    return list(map(str, caught.value.problems))


class TestFlows:
    """Flows, checked without what signs in."""

    @pytest.mark.parametrize("environ", [{}, EMPTY], ids=["unset", "empty"])
    @pytest.mark.parametrize("text", NOT_THERE.values(), ids=NOT_THERE.keys())
    def test_are_made_and_tried(self, text: str, environ: dict[str, str], here: Path) -> None:
        path = write(here, text, shop=SHOP)

        loaded = load_flows(path, environ)

        assert check(loaded) == []
        assert (len(loaded.flows), len(loaded.tests)) == (1, 1)
        with pytest.raises(ConfigurationError):
            load(path, environ)

    def test_are_no_configuration_that_anything_could_be_sent_with(self, here: Path) -> None:
        loaded = load_flows(write(here, EXAMPLE, shop=SHOP), {})

        assert not isinstance(loaded, Loaded)
        assert not hasattr(loaded, "settings")

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            pytest.param(
                EXAMPLE.replace("concurrency: 200", "concurrency: ${N}"),
                "8:16: the environment variable N is not set",
                id="a variable elsewhere",
            ),
            pytest.param(
                EXAMPLE.replace("${TWILIO_ACCOUNT_SID}", "AC123"),
                "21:20: twilio.accounts.default.account_sid: must be a Twilio account SID: AC and "
                "32 hexadecimal digits",
                id="a SID that is none",
            ),
            pytest.param(
                EXAMPLE.replace("${TWILIO_AUTH_TOKEN}", "${TOKEN"),
                "22:19: `${` is never closed; `$${` stands for the sign itself",
                id="a reference that is none",
            ),
            pytest.param(
                EXAMPLE.replace("log: {level: info", "log: {level: loud"),
                "49:14: log.level: must be debug or info or warning or error",
                id="another setting",
            ),
            pytest.param("log: {level: info}\n", "1:1: twilio: is missing", id="no account"),
        ],
    )
    def test_say_all_else_that_is_wrong(self, text: str, problem: str, here: Path) -> None:
        path = write(here, text, shop=SHOP)

        assert problems(load_flows, path) == [f"smsherald.yaml:{problem}"]

    def test_name_an_account_that_there_is(self, here: Path) -> None:
        path = write(here, EXAMPLE, shop=f"account: other\n{SHOP}")

        assert problems(load_flows, path) == [
            "flows/shop.yaml:1:10: account: no account is called `other`: there is default"
        ]

    def test_keep_to_an_accounts_senders_where_they_are_known(self, here: Path) -> None:
        (problem,) = problems(load_flows, write(here, SETTINGS, shop=SHOP))

        assert "is no sender of the account `default`" in problem


class TestLedger:
    """The ledger, looked into without accounts."""

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("ledger: {url: 'sqlite:////l.db'}\n", id="no account"),
            pytest.param(EXAMPLE.replace("ledger:", "ledger:\n  url: sqlite:////l.db"), id="unset"),
            pytest.param("ledger: {url: '${L}'}\ntwilio: {timeout: 10s}\n", id="a timeout alone"),
            pytest.param(
                "ledger: {url: '${L}'}\ntwilio: {accounts: {other: }}\n", id="not the default one"
            ),
        ],
    )
    def test_is_the_daemons(self, text: str, here: Path) -> None:
        loaded = load_ledger(write(here, text, broken="to: {{ x }}"), {"L": "sqlite:////l.db"})

        assert loaded.ledger.url == Secret("sqlite:////l.db")
        assert loaded.ledger.quarantine == 120.0
        assert loaded.default_region == "US"

    def test_is_the_same_as_with_accounts(self, here: Path) -> None:
        text = "ledger: {skew: 1m, fence: 2s}\ndefault_region: GB\n"
        with_accounts = SETTINGS.replace("twilio:", "twilio:\n  timeout: 20s") + text
        whole = load(write(here, with_accounts, shop=FLOW), {}).settings

        loaded = load_ledger(write(here, f"twilio: {{timeout: 20s}}\n{text}"), {})

        assert (loaded.ledger, loaded.default_region) == (whole.ledger, whole.default_region)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("ledger: {url: '${L}'}", "1:15: the environment variable L is not set"),
            ("ledger: {fence: 2}", "1:17: ledger.fence: a number stands where a duration such"),
            ("legder: {}", "1:1: legder: unknown; did you mean `ledger`?"),
            ("twilio: {timeout: 1}", "1:19: twilio.timeout: a number stands where a duration such"),
            ("twilio: {timeuot: 1s}", "1:10: twilio.timeuot: unknown; did you mean `timeout`?"),
            ("broker: {queue: 5}", "1:17: broker.queue: a number stands where text is due"),
        ],
    )
    def test_is_not_guessed(self, text: str, problem: str, here: Path) -> None:
        (said,) = problems(load_ledger, write(here, f"{text}\n"))

        assert said.startswith(f"smsherald.yaml:{problem}")

    def test_may_have_a_quarantine_that_run_refuses(self, here: Path) -> None:
        account = f"twilio: {{accounts: {{a: {{account_sid: {ACCOUNT}}}}}}}\n"

        loaded = load_ledger(write(here, f"ledger: {{quarantine: 1s}}\n{account}"), {})

        assert loaded.ledger.quarantine == 1.0


class TestStores:
    """Ledger and broker, for who reads what is parked."""

    def test_are_known_without_management(self, here: Path) -> None:
        text = "broker: {url: amqp://b, management: '${MANAGEMENT}'}\n"

        assert load_stores(write(here, text), {}).broker.management is None


class TestBroker:
    """The broker, for who publishes to it."""

    @pytest.mark.parametrize("text", NOT_THERE.values(), ids=NOT_THERE.keys())
    def test_is_known_without_all_else(self, text: str, here: Path) -> None:
        path = write(here, text, broken="to: {{ x }}")

        assert load_broker(path, {"BROKER_URL": "amqp://b"}).exchange == "events"

    def test_is_the_daemons(self, here: Path) -> None:
        whole = load(write(here, SETTINGS, shop=FLOW), {}).settings

        assert load_broker(write(here, "log: {level: debug}\n"), {}) == whole.broker

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("broker: {url: '${B}'}", "1:15: the environment variable B is not set"),
            ("broker: {exchnge: a}", "1:10: broker.exchnge: unknown; did you mean `exchange`?"),
            ("legder: {}", "1:1: legder: unknown; did you mean `ledger`?"),
        ],
    )
    def test_is_not_guessed(self, text: str, problem: str, here: Path) -> None:
        assert problems(load_broker, write(here, f"{text}\n")) == [f"smsherald.yaml:{problem}"]


class TestDecisions:
    """What is decided on Twilio's codes, for who explains one."""

    @pytest.mark.parametrize("text", NOT_THERE.values(), ids=NOT_THERE.keys())
    def test_are_known_without_what_signs_in(self, text: str, here: Path) -> None:
        decided = text.replace("decisions: {}", "decisions: {21612: config_pause}")

        assert load_decisions(write(here, decided, broken="to: {{ x }}"), {}) == (
            {21612: Decision.CONFIG_PAUSE} if decided != text else {}
        )

    def test_of_the_environment_are_among_them(self, here: Path) -> None:
        environ = {"SMSHERALD__TWILIO__DECISIONS": "{21612: config_pause}"}

        assert load_decisions(write(here), environ) == {21612: Decision.CONFIG_PAUSE}

    def test_are_not_guessed(self, here: Path) -> None:
        text = EXAMPLE.replace("decisions: {}", "decisions: {21612: later}")

        (said,) = problems(load_decisions, write(here, text))

        assert "twilio.decisions.21612: must be" in said
