"""`smsherald check --live` as a shell sees it, on RabbitMQ, its management plugin and a sandbox."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from support.command import smsherald
from support.daemon import Daemon
from support.http import request
from support.ports import free_port
from support.publishing import channel, order, publish
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually

POLICY = {"delivery-limit": 20, "message-ttl": 4_000_000}


@pytest.fixture(scope="module")
def management(rabbit: Rabbit) -> Iterator[str]:
    """Run RabbitMQ's management plugin beside the tests of this file."""
    with rabbit.management() as url:
        yield url


def check(config: Daemon, *options: str, seconds: float = 0.1) -> subprocess.CompletedProcess[str]:
    """Run it on the configuration as it is now."""
    config.write()
    return smsherald(
        *("check", "--live", "--config", str(config.config), "--seconds", str(seconds)),
        *options,
        environment={"COLUMNS": "80"},
    )


def marks(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Return how each of its findings stands, of `--json`."""
    return {found["subject"]: found["mark"] for found in json.loads(done.stdout)["findings"]}


def entities(rabbit: Rabbit, vhost: str) -> str:
    """Return what stands on the broker."""
    return rabbit.eval(
        f'{{lists:sort(rabbit_amqqueue:list_names(<<"{vhost}">>)), '
        f'lists:sort([element(2, E) || E <- rabbit_exchange:list(<<"{vhost}">>)]), '
        f'lists:sort(rabbit_binding:list(<<"{vhost}">>))}}'
    )


def spoil(rabbit: Rabbit, vhost: str) -> None:
    """Put a policy on all queues, and take a right from our user."""
    policy = ", ".join(f'{{<<"{key}">>, {value}}}' for key, value in POLICY.items())
    rabbit.eval(
        f'ok = rabbit_policy:set(<<"{vhost}">>, <<"bad">>, <<".*">>, [{policy}], 0, <<"all">>, '
        '<<"tests">>), rabbit_auth_backend_internal:set_permissions(<<"smsherald">>, '
        f'<<"{vhost}">>, <<"^(events|sms)">>, <<"^sms">>, <<".*">>, <<"tests">>)'
    )


def test_it_says_how_all_stands_and_takes_nothing_from_the_daemon(
    daemon: Daemon, rabbit: Rabbit, vhost: str, sandbox: SandboxProcess, management: str
) -> None:
    daemon.settings["broker"]["management"] = management
    daemon.start()
    before, published = entities(rabbit, vhost), 1
    publish(rabbit.url(vhost), [replace(order(0), message_id=str(uuid4()))])
    eventually(lambda: daemon.metrics().value("smsherald_events_total") == 1, what="it is settled")
    done = check(daemon)

    assert done.returncode == 0, done.stdout
    assert "✓ order.created: 1 event, told apart by message_id" in done.stdout
    assert done.stderr == ""

    # Where no daemon has read anything, it listens by itself.
    assert daemon.stop() == 0
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(check, daemon, seconds=4)
        while not running.done():
            event = order(published)
            published += publish(rabbit.url(vhost), [replace(event, message_id=str(uuid4()))])
        done = running.result()
    lines = done.stdout.splitlines()

    assert done.returncode == 0, done.stdout
    assert "queue smsherald: stands as we declare it" in done.stdout
    assert "bindings of smsherald: all 5 keys of the flows are bound" in done.stdout
    assert "✓ rights: " in done.stdout
    assert "✓ order.created: " in done.stdout
    assert "told apart by message_id" in done.stdout
    assert lines[-1] == "All is well."
    assert str(daemon.config) in lines[0]
    assert max(map(len, lines[1:])) <= 80
    assert done.stderr == "Listening to events for 4 s ...\n"
    assert entities(rabbit, vhost) == before
    daemon.start()
    eventually(lambda: sandbox.count() == published, what="the daemon has texted for each")

    assert daemon.stop() == 0
    spoil(rabbit, vhost)
    done = check(daemon, "--json")

    assert done.returncode == 1
    wrong = {subject: mark for subject, mark in marks(done).items() if mark != "ok"}
    assert wrong == {
        "policy bad on smsherald.parked": "warning",
        "policy bad on smsherald": "warning",
        "rights": "error",
        "publishers": "cannot look",
    }
    assert "write amq.default" in done.stdout


def test_where_nothing_stands_yet_nothing_stands_after_it(
    config: Daemon, rabbit: Rabbit, vhost: str
) -> None:
    before = entities(rabbit, vhost)
    done = check(config, "--json", "--strict")

    assert done.returncode == 1
    assert marks(done) == {
        "ledger": "ok",
        "broker": "ok",
        "not there yet": "warning",
        "policies and rights": "cannot look",
        "publishers": "cannot look",
        "account default": "ok",
        "sender +15005550006": "ok",
        "A2P campaign of +15005550006": "ok",
        "texts to US by default": "ok",
    }
    assert entities(rabbit, vhost) == before


@pytest.mark.long
def test_a_queue_that_stands_otherwise_and_an_event_without_identity_are_said(
    config: Daemon, amqp_url: str, management: str
) -> None:
    with channel(amqp_url) as shop:
        shop.exchange_declare("events", "topic", durable=True)
        shop.queue_declare("smsherald", durable=True)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(check, config, "--json", seconds=1)
            while not running.done():
                shop.basic_publish("events", "order.created", b"{}")
                shop.connection.sleep(0.05)
            done = running.result()

        assert done.returncode == 1
        assert marks(done)["queue smsherald"] == "error"
        assert "inequivalent arg" in done.stdout
        assert marks(done)["order.created"] == "warning"

        config.settings["broker"] |= {"declare": False, "management": management}
        done = check(config, "--json")

        subjects = [found["subject"] for found in json.loads(done.stdout)["findings"]]
        assert subjects.count("queue smsherald") == 1
        assert marks(done)["queue smsherald"] == "error"
        assert "x-queue-type is classic, not 'quorum'" in done.stdout
        assert marks(done)["missing"] == "error"


def test_what_does_not_answer_makes_69(
    config: Daemon, management: str, sandbox: SandboxProcess
) -> None:
    config.settings["broker"]["management"] = management.replace("//looks:", "//nobody:")
    done = check(config, "--json")

    assert done.returncode == 0
    assert marks(done)["policies and rights"] == "cannot look"
    assert "it refuses its user" in done.stdout
    assert "mend user and password in broker.management" in done.stdout

    nobody = free_port()
    config.settings["broker"]["management"] = f"http://looks:looks@127.0.0.1:{nobody}"
    done = check(config, "--json")

    assert f"it does not answer at 127.0.0.1:{nobody}: Connection refused" in done.stdout
    assert "see that the management plugin runs" in done.stdout
    assert "tag" not in done.stdout

    config.settings["broker"]["url"] = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
    config.settings["twilio"]["accounts"]["default"]["api_url"] = f"http://127.0.0.1:{nobody}"
    done = check(config, "--json")

    assert done.returncode == 69
    assert marks(done)["broker"] == "error"
    assert marks(done)["account default"] == "error"
    assert f"no answer from 127.0.0.1:{nobody}: no_connection (smsherald explain " in done.stdout
    assert "Listening" not in done.stderr
    assert sandbox.count() == 0


def test_a_ledger_that_is_none_or_away_is_said(config: Daemon, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no database")
    config.settings["ledger"] = {"url": f"sqlite:///{other}"}
    none = check(config, "--json")
    config.settings["ledger"] = {"url": f"sqlite:///{tmp_path}/gone/ledger.db"}
    nowhere = check(config, "--json")
    config.settings["ledger"] = {"url": "postgresql://shop:secret@127.0.0.1:1/ledger"}
    away = check(config, "--json")

    assert (none.returncode, marks(none)["ledger"]) == (1, "error")
    assert str(other) in none.stdout
    assert (nowhere.returncode, marks(nowhere)["ledger"]) == (1, "error")
    assert "none can be: " in nowhere.stdout
    assert (away.returncode, marks(away)["ledger"]) == (69, "error")
    assert "Connection refused; Is the server running" in away.stdout
    assert "secret" not in away.stdout + away.stderr


@pytest.mark.parametrize(
    ("part", "instead", "todo"),
    [
        pytest.param(r":[^:@]+@", ":wrong@", "user and password", id="login"),
        pytest.param(r"/[^/]+$", "/nowhere", "the virtual host", id="vhost"),
    ],
)
def test_a_broker_that_answers_and_refuses_us_is_none_that_is_away(
    config: Daemon, part: str, instead: str, todo: str
) -> None:
    broker = config.settings["broker"]
    broker["url"] = re.sub(part, instead, broker["url"])
    done = check(config, "--json")

    assert done.returncode == 1
    (said,) = [it for it in json.loads(done.stdout)["findings"] if it["subject"] == "broker"]
    assert said["mark"] == "error"
    assert said["found"].startswith("it answers, and refuses us: the broker at 127.0.0.1:")
    assert said["todo"].startswith(f"see to {todo} in broker.url (as shipped: BROKER_URL)")
    assert "wrong" not in done.stdout


def test_twilio_is_asked_and_nothing_is_sent(config: Daemon, sandbox: SandboxProcess) -> None:
    config.settings["broker"]["url"] = "memory://"
    ordered = {"status": "suspended", "campaign": "FAILED", "countries": {"US": False}}
    assert request(sandbox.url + "/sandbox/account", "PUT", ordered).status == 200
    done = check(config, "--json")

    assert done.returncode == 1
    assert {subject for subject, mark in marks(done).items() if mark == "error"} == {
        "account default",
        "A2P campaign of +15005550006",
        "texts to US by default",
    }
    assert sandbox.count() == 0


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--live", "--flows"), 2),
        (("--seconds", "5"), 2),
        (("--live", "--config", "nowhere.yaml"), 78),
    ],
)
def test_it_is_refused_what_makes_no_sense(options: tuple[str, ...], code: int) -> None:
    assert smsherald("check", *options).returncode == code


def test_the_exchanges_of_others_are_looked_at_and_none_is_made(
    daemon: Daemon, rabbit: Rabbit, vhost: str
) -> None:
    url = rabbit.url(vhost)
    kinds = {"a-topic": "topic", "a-fanout": "fanout", "a-direct": "direct", "headers": "headers"}
    with channel(url) as to:
        for name, kind in kinds.items():
            to.exchange_declare(name, kind, durable=name != "headers", auto_delete=True)
    routes = [{"exchange": name} for name in (*kinds, "missing")]
    (daemon.flows / "others.yaml").write_text(
        f"subscribe: {json.dumps(routes)}\nto: '+15558675309'\nmessage: Hi\ntests: []\n"
    )
    before = entities(rabbit, vhost)
    done = check(daemon, "--json")

    found = {each["subject"]: each for each in json.loads(done.stdout)["findings"]}
    said = {
        name: (found[f"exchange {name}"]["mark"], found[f"exchange {name}"]["found"])
        for name in (*kinds, "missing")
    }
    assert said == {
        "a-topic": ("ok", "stands, a topic exchange"),
        "a-fanout": ("ok", "stands, a fanout exchange"),
        "a-direct": ("error", "is a direct exchange: by # no events come from it"),
        "headers": ("ok", "stands, a headers exchange"),
        "missing": ("warning", "is not there: no events come from it"),
    }
    assert done.returncode == 1
    assert entities(rabbit, vhost) == before


def test_who_else_consumes_the_queue_is_told_from_daemons(daemon: Daemon, amqp_url: str) -> None:
    daemon.start()
    eventually(
        lambda: marks(check(daemon, "--json")).get("consumers") is None,
        what="the ledger knows the daemon",
    )
    with channel(amqp_url) as other:
        other.basic_consume("smsherald", lambda *_: None)
        done = check(daemon, "--json")

    (found,) = [it for it in json.loads(done.stdout)["findings"] if it["subject"] == "consumers"]
    assert (found["mark"], done.returncode) == ("warning", 0)
    assert found["found"] == "beside 1 on this ledger, another one consumes it: smsherald"
