"""`twilio.proxy`: what is asked of Twilio goes through it, and nothing else is told to it."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from smsherald.model import Accepted, NotTaken
from smsherald.sandbox import Sandbox
from smsherald.settings.urls import Proxy, proxy
from support.certificates import make_certificates
from support.daemon import Daemon
from support.gateway import ALWAYS, Surroundings, fresh, twilio_settings
from support.http_proxy import HttpProxy, TlsFront
from support.process import COMMAND
from support.publishing import heard, listen, order, publish
from support.sandbox import SandboxProcess
from support.waiting import eventually

PASSWORD = "a-password@of/a:proxy"
SIGN_IN = f"shop:{PASSWORD}"
ENCODED = "shop:a-password%40of%2Fa%3Aproxy"


def to(server: HttpProxy, sign_in: str = f"{ENCODED}@") -> Proxy:
    return proxy(f"http://{sign_in}127.0.0.1:{server.port}")


@pytest.fixture
def signing_in() -> Iterator[HttpProxy]:
    with HttpProxy(SIGN_IN) as server:
        yield server


class TestForwarding:
    """Without TLS the proxy makes each request in our place."""

    async def test_a_text_goes_through_it(self, sandbox: Sandbox, around: Surroundings) -> None:
        with HttpProxy() as server:
            settings = twilio_settings(sandbox.url, proxy=to(server, ""))
            async with around.gateway(settings) as gateway:
                first = await gateway.send(fresh(), ALWAYS)
                second = await gateway.send(fresh(), ALWAYS)

        assert isinstance(first, Accepted)
        assert isinstance(second, Accepted)
        assert [
            asked.target.startswith(f"{sandbox.url}/2010-04-01/") for asked in server.asked
        ] == [
            True,
            True,
        ]

    async def test_it_is_signed_in_to_each_time(
        self, sandbox: Sandbox, around: Surroundings, signing_in: HttpProxy
    ) -> None:
        async with around.gateway(twilio_settings(sandbox.url, proxy=to(signing_in))) as gateway:
            assert isinstance(await gateway.send(fresh(), ALWAYS), Accepted)
            assert isinstance(await gateway.send(fresh(), ALWAYS), Accepted)

        assert len(signing_in.asked) == 2

    async def test_one_that_refuses_us_fails_no_text(
        self, sandbox: Sandbox, around: Surroundings, signing_in: HttpProxy
    ) -> None:
        settings = twilio_settings(sandbox.url, proxy=to(signing_in, "shop:wrong@"))
        async with around.gateway(settings) as gateway:
            answer = await gateway.send(fresh(), ALWAYS)

        assert isinstance(answer, NotTaken)
        assert answer.code == 407


@pytest.fixture
def sandbox_process(tmp_path: Path) -> Iterator[SandboxProcess]:
    directory = tmp_path / "sandbox"
    directory.mkdir()
    with SandboxProcess(directory) as process:
        yield process


@pytest.fixture
def secure(tmp_path: Path, amqp_url: str, sandbox_process: SandboxProcess) -> Iterator[Daemon]:
    """Configure a daemon whose Twilio is the sandbox behind TLS."""
    certificates = make_certificates(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with TlsFront(int(urlsplit(sandbox_process.url).port or 0), context) as front:
        daemon = Daemon(tmp_path / "daemon", amqp_url, f"https://localhost:{front.port}")
        daemon.environment["SSL_CERT_FILE"] = str(certificates.authority)
        yield daemon


def twilio(daemon: Daemon) -> str:
    return str(daemon.settings["twilio"]["accounts"]["default"]["api_url"])


class TestTunnel:
    """With TLS the proxy opens a tunnel, and reads nothing of what goes through it."""

    def test_texts_go_through_it_and_it_sees_neither_token_nor_text(
        self,
        secure: Daemon,
        amqp_url: str,
        sandbox_process: SandboxProcess,
        signing_in: HttpProxy,
    ) -> None:
        queue = listen(amqp_url)
        secure.settings["twilio"]["proxy"] = f"http://{ENCODED}@127.0.0.1:{signing_in.port}"
        with secure as daemon:
            publish(amqp_url, [order(1), order(2)])
            eventually(lambda: sandbox_process.count() == 2, what="both are at Twilio")

            assert daemon.stop() == 0
        assert [told.routing_key for told in heard(amqp_url, queue)] == ["sms.sent", "sms.sent"]
        assert {(asked.method, asked.target) for asked in signing_in.asked} == {
            ("CONNECT", twilio(daemon).removeprefix("https://"))
        }
        assert all("authorization" not in asked.headers for asked in signing_in.asked)
        assert PASSWORD not in daemon.stdout.read_text() + daemon.stderr.read_text()

    async def test_one_that_opens_none_fails_no_text(
        self, around: Surroundings, signing_in: HttpProxy
    ) -> None:
        settings = twilio_settings("https://localhost:1", proxy=to(signing_in, "shop:wrong@"))
        async with around.gateway(settings) as gateway:
            answer = await gateway.send(fresh(), ALWAYS)

        assert isinstance(answer, NotTaken)
        assert around.failures == ["no_connection"]
        [(_, why)] = around.troubles
        through = f"localhost:1 by the proxy 127.0.0.1:{signing_in.port}"
        assert why == (
            f"no connection to Twilio at {through}: no_connection (smsherald explain no_connection)"
        )
        assert [asked.method for asked in signing_in.asked] == ["CONNECT"]


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_one_that_only_the_environment_names_is_warned_of_and_not_shown(
    name: str, tmp_path: Path
) -> None:
    daemon = Daemon(tmp_path / "daemon", "memory://", "https://localhost:1")
    daemon.environment[name] = f"http://{ENCODED}@127.0.0.1:1"
    daemon.write()
    done = subprocess.run(
        [COMMAND, "check", "--config", str(daemon.config)],
        env=daemon.environment, capture_output=True, check=True, text=True,
    )  # fmt: skip

    assert done.stderr == (
        f"warning: environment:{name}: is not used: "
        "Twilio is asked through a proxy only where twilio.proxy names it\n"
    )
