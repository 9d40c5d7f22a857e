"""The settings file: its defaults, and what may be given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smsherald.model import Account, OnUnknown
from smsherald.settings.load import load
from smsherald.settings.secret import Secret
from smsherald.settings.twilio.decisions import Decision
from smsherald.settings.values import (
    BrokerSettings,
    HttpSettings,
    LedgerSettings,
    LogSettings,
    NotificationSettings,
    PolicySettings,
    RetrySettings,
    Settings,
    TwilioAccount,
    TwilioSettings,
)
from support.configuration import EXAMPLE, FLOW, SETTINGS, write
from support.texting import ACCOUNT as SID

ENVIRON = {
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": "12345",
    "TWILIO_FROM": "+15005550006",
    "SMSHERALD_INSTANCE": "replica-1",
    "STATE_DIRECTORY": "/var/lib/smsherald:/var/lib/other",
}
DEFAULTS = Settings(
    broker=BrokerSettings(
        url=Secret("amqp://guest:guest@localhost:5672//"),
        exchange="events",
        queue="smsherald",
        declare=True,
        unbind_after=86_400.0,
        management=None,
        concurrency=200,
        prefetch=800,
        heartbeat=10.0,
        max_body=1_000_000,
        drain=25.0,
    ),
    retry=RetrySettings(tiers=(5.0, 30.0, 120.0, 600.0, 3600.0), attempts=20, max_age=86_400.0),
    twilio=TwilioSettings(
        default_account="default",
        accounts={
            "default": TwilioAccount(
                public=Account("default", SID, "+15005550006", frozenset({"+15005550006"})),
                user=SID,
                password=Secret("12345"),
                api_url="https://api.twilio.com",
            )
        },
        timeout=10.0,
        decisions={},
        proxy=None,
        account_from_parameters=False,
    ),
    ledger=LedgerSettings(
        url=Secret("sqlite:////var/lib/smsherald/ledger.db"),
        retention=2_592_000.0,
        on_unknown=OnUnknown.LOOKUP,
        fence=5.0,
        late_accept=30.0,
        listing_lag=30.0,
        skew=600.0,
        quarantine=120.0,
    ),
    notifications=NotificationSettings("smsherald", "smsherald.", mandatory=False),
    http=HttpSettings("127.0.0.1", 8790),
    policy=PolicySettings(allow=(), deny=()),
    prices={},
    log=LogSettings("info", "auto"),
    default_region="US",
    time_zone="UTC",
    identity=(),
    instance="replica-1",
)


def settings(folder: Path, text: str = SETTINGS, **environ: str) -> Settings:
    return load(write(folder, text, order_created=FLOW), environ).settings


def test_every_setting_of_the_example_is_its_default(here: Path) -> None:
    account_only = "\n".join(EXAMPLE.splitlines()[16:25])

    assert settings(here, EXAMPLE, **ENVIRON) == DEFAULTS
    assert settings(here, account_only, **ENVIRON) == DEFAULTS


def test_where_identities_stand_is_read_in_order(here: Path) -> None:
    entries = ["header X-Shopify-Webhook-Id", "property message_id", "body [0].data.id"]
    written = "".join(f"  - {entry}\n" for entry in entries)

    found = settings(here, f"identity:\n{written}{SETTINGS}").identity

    assert [each.said for each in found] == entries
    assert found[2].path == (0, "data", "id")


def test_where_identities_stand_may_come_from_the_environment(here: Path) -> None:
    (found,) = settings(here, SMSHERALD__IDENTITY="[body data.id]").identity

    assert found.said == "body data.id"


def test_empty_sections_are_their_defaults(here: Path) -> None:
    empty = "broker:\nretry:\nledger:\nnotifications:\nhttp:\nlog:\n"

    assert settings(here, empty + SETTINGS) == settings(here, SETTINGS)


def test_without_a_state_directory_the_ledger_lies_beside_the_settings(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = here / "config"
    inner.mkdir()
    write(inner, order_created=FLOW)
    beside = Secret(f"sqlite:///{inner}/ledger.db")

    assert load(Path("config/smsherald.yaml"), {}).settings.ledger.url == beside

    monkeypatch.chdir("/")
    assert load(inner / "smsherald.yaml", {}).settings.ledger.url == beside
    assert load(inner / "smsherald.yaml", {"STATE_DIRECTORY": "/s"}).settings.ledger.url == Secret(
        "sqlite:////s/ledger.db"
    )


def test_without_a_name_an_instance_is_its_host_and_process(here: Path) -> None:
    assert settings(here).instance == f"{os.uname().nodename}-{os.getpid()}"


def test_an_api_key_signs_in_with_its_secret(here: Path) -> None:
    key = "SK" + "0" * 32
    text = SETTINGS.replace("auth_token: token", f"api_key: {key}\n      api_secret: s")

    account = settings(here, text).twilio.accounts["default"]

    assert (account.user, account.password) == (key, Secret("s"))


def test_senders_are_brought_to_one_form(here: Path) -> None:
    senders = "      senders: [Shop, '12345', MG00000000000000000000000000000000, 020 7946 0000]\n"
    text = SETTINGS.replace("+15005550006", "020 7946 0001") + senders + "default_region: GB\n"

    account = settings(here, text).twilio.accounts["default"].public

    assert account.sender == "+442079460001"
    assert account.senders == {
        "+442079460001",
        "+442079460000",
        "Shop",
        "12345",
        "MG00000000000000000000000000000000",
    }


def test_text_that_was_put_in_becomes_what_is_due(here: Path) -> None:
    text = "broker: {concurrency: '${N}', declare: '${D}', prefetch: '${N}', queue: '${N}'}\n"

    broker = settings(here, text + SETTINGS, N="20", D="false").broker

    assert (broker.concurrency, broker.prefetch, broker.declare) == (20, 20, False)
    assert broker.queue == "20"


def test_the_environment_wins(here: Path) -> None:
    loaded = settings(
        here,
        SETTINGS.replace("auth_token: token", "auth_token: ${NOT_SET}"),
        SMSHERALD__TWILIO__ACCOUNTS__DEFAULT__AUTH_TOKEN="0123456789",
        SMSHERALD__BROKER__CONCURRENCY="7",
        SMSHERALD__RETRY__TIERS="[1s, 2s]",
        SMSHERALD__LOG__FORMAT="json",
    )

    assert loaded.twilio.accounts["default"].password == Secret("0123456789")
    assert loaded.broker.concurrency == 7
    assert loaded.broker.prefetch == 28
    assert loaded.retry.tiers == (1.0, 2.0)
    assert loaded.log.format == "json"


def test_a_quarantine_may_be_longer_than_its_parts(here: Path) -> None:
    assert settings(here, SETTINGS + "ledger: {quarantine: 76s}\n").ledger.quarantine == 76.0


def test_whoever_says_unsafe_gets_a_quarantine_that_is_too_short_with_a_warning(here: Path) -> None:
    path = write(here, SETTINGS + "ledger: {quarantine: 0s}\n", order_created=FLOW)
    loaded = load(path, {}, unsafe=True)

    assert loaded.settings.ledger.quarantine == 0.0
    assert any("ledger.quarantine: must be longer" in str(each) for each in loaded.warnings)


def test_events_may_be_texted_however_old_they_are(here: Path) -> None:
    assert settings(here, SETTINGS + "retry: {max_age: none}\n").retry.max_age is None


def test_rules_are_kept_as_they_stand(here: Path) -> None:
    text = "policy: {allow: [+15551234567, NO, NO], deny: [+44, '+1900', RU]}\n"

    policy = settings(here, text + SETTINGS).policy

    assert policy == PolicySettings(("+15551234567", "NO", "NO"), ("+44", "+1900", "RU"))


def test_that_nobody_else_is_texted_is_a_warning(here: Path) -> None:
    text = "policy: {allow: [+15551234567, DE, FR, FR]}\n"
    loaded = load(write(here, text + SETTINGS, order_created=FLOW), {})

    (warning,) = (str(each) for each in loaded.warnings if "policy" in str(each))
    assert warning == (
        "smsherald.yaml:1:17: policy.allow: only its numbers (1) and countries (2) are texted: "
        "every other SMS is skipped (`not_allowed`)"
    )


def test_an_operator_decides_on_a_code(here: Path) -> None:
    text = SETTINGS.replace("twilio:\n", "twilio:\n  decisions: {21612: config_pause}\n")

    decided = settings(here, text, SMSHERALD__TWILIO__DECISIONS__21999="content").twilio.decisions

    assert decided == {21612: Decision.CONFIG_PAUSE, 21999: Decision.CONTENT}
