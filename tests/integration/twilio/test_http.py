"""One request over a real socket: what is sent, and what a failure means."""

from __future__ import annotations

import asyncio
import gzip
import logging
import resource
import ssl
import time
import traceback
import zlib
from pathlib import Path
from typing import Any

import pytest

from smsherald.twilio.http import (
    MAX_ANSWER,
    MAX_LISTING,
    MOST_LISTINGS,
    HttpClient,
    NotSentError,
    NoTurnError,
    UnansweredError,
)
from support.certificates import make_certificates
from support.peer import (
    Act,
    Peer,
    Request,
    answers,
    hangs,
    resets,
    response,
    sends,
    sends_and_closes,
)
from support.ports import free_port
from support.server import Server

FORM = {"To": "+15558675309", "From": "Ann & Co", "Body": "50% off: ¿á 1+1=2? 😀"}
# Of a test that waits for it: long enough for a busy machine to have connected by then.
TIMEOUT = 3.0


async def post(client: HttpClient, url: str) -> tuple[int, str]:
    """Post the form, signed in."""
    answer = await client.request("POST", f"{url}/messages", data=FORM, auth=("AC1", "secret"))
    return answer.status_code, answer.text


async def drips(_: Request, writer: asyncio.StreamWriter) -> None:
    """Answer a byte now and then."""
    for octet in response(201):
        writer.write(bytes([octet]))
        await asyncio.sleep(TIMEOUT / 8)


class TestRequest:
    """What reaches the server."""

    async def test_carries_form_and_credentials(self) -> None:
        async with Peer(answers(201)) as peer, HttpClient(timeout=30, connections=1) as client:
            assert await post(client, peer.url) == (201, "{}")

        [request] = peer.requests
        assert (request.method, request.target) == ("POST", "/messages")
        assert request.form == FORM
        assert request.headers["authorization"] == "Basic QUMxOnNlY3JldA=="

    async def test_carries_a_query(self) -> None:
        async with Peer(answers(200)) as peer, HttpClient(timeout=30, connections=1) as client:
            await client.request("GET", peer.url, params={"To": "+1555 & 5", "PageSize": 1000})

        assert peer.requests[0].query == {"To": ["+1555 & 5"], "PageSize": ["1000"]}
        assert peer.requests[0].body == b""

    async def test_reuses_its_connection(self) -> None:
        async with Peer(answers(201)) as peer, HttpClient(timeout=30, connections=1) as client:
            await post(client, peer.url)
            await post(client, peer.url)

        assert peer.connections == 1

    async def test_goes_beside_others_on_as_many_connections_as_allowed(self) -> None:
        release = asyncio.Event()

        async def answers_when_all_are_there(
            request: Request, writer: asyncio.StreamWriter
        ) -> None:
            if request.connection == 2:
                release.set()
            await release.wait()
            writer.write(response(201))

        async with (
            Peer(answers_when_all_are_there) as peer,
            HttpClient(timeout=30, connections=3) as client,
        ):
            await asyncio.gather(*(post(client, peer.url) for _ in range(9)))

        assert len(peer.requests) == 9
        assert peer.connections == 3

    async def test_asks_for_no_compression(self) -> None:
        async with Peer(answers(201)) as peer, HttpClient(timeout=30, connections=1) as client:
            await post(client, peer.url)

        assert peer.requests[0].headers["accept-encoding"] == "identity"

    async def test_follows_no_redirect(self) -> None:
        async with Peer(answers(201)) as other:
            away = answers(307, b"", f"Location: {other.url}/messages")
            async with Peer(away) as peer, HttpClient(timeout=30, connections=1) as client:
                status, _ = await post(client, peer.url)

        assert status == 307
        assert other.requests == []

    async def test_keeps_the_answers_headers(self) -> None:
        limited = answers(429, b"{}", "Retry-After: 7")
        async with Peer(limited) as peer, HttpClient(timeout=30, connections=1) as client:
            answer = await client.request("GET", peer.url)

        assert answer.headers.get("Retry-After") == "7"

    async def test_needs_an_open_client(self) -> None:
        with pytest.raises(RuntimeError, match="not open"):
            await HttpClient(timeout=30, connections=1).request("GET", "http://localhost")


class TestSize:
    """Of an answer: it is read as far as one can be that means anything."""

    @pytest.mark.parametrize(("method", "most"), [("POST", MAX_ANSWER), ("GET", MAX_LISTING)])
    @pytest.mark.parametrize("packed", [False, True], ids=["plain", "compressed"])
    async def test_is_bounded_by_what_was_asked(
        self, method: str, most: int, *, packed: bool
    ) -> None:
        def sized(size: int) -> Act:
            if packed:
                return answers(200, gzip.compress(b" " * size), "Content-Encoding: gzip")
            return answers(200, b" " * size)

        acts = [sized(most), sized(most + 1)]
        async with Peer(*acts) as peer, HttpClient(timeout=30, connections=1) as client:
            longest = await client.request(method, peer.url)
            with pytest.raises(UnansweredError) as caught:
                await client.request(method, peer.url)

        assert len(longest.text) == most
        assert caught.value.failure == "http_other"

    @pytest.mark.parametrize("method", ["POST", "GET"])
    async def test_is_bounded_where_it_never_ends(self, method: str) -> None:
        async def sends_for_ever(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
                await writer.drain()

        async with Peer(sends_for_ever) as peer, HttpClient(timeout=30, connections=1) as client:
            with pytest.raises(UnansweredError) as caught:
                await client.request(method, peer.url)

        assert caught.value.failure == "http_other"

    async def test_of_a_bomb_is_not_what_it_would_become(self) -> None:
        bomb = gzip.compress(b" " * 200_000_000)
        act = answers(200, bomb, "Content-Encoding: gzip")
        async with Peer(act) as peer, HttpClient(timeout=30, connections=1) as client:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            with pytest.raises(UnansweredError):
                await client.request("GET", peer.url)

        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 100_000, "kB"

    @pytest.mark.parametrize(
        ("encoding", "body", "text"),
        [
            ("deflate", zlib.compress(b"{}"), "{}"),
            ("GZIP", gzip.compress(b"{}", mtime=0), "{}"),
            ("identity", b"{}", "{}"),
            ("br", b"{}", "{}"),
            ("gzip", b"{}", "{}"),
        ],
        ids=["deflate", "in capitals", "none", "unknown", "a lie"],
    )
    async def test_may_be_any_that_can_be_read(self, encoding: str, body: bytes, text: str) -> None:
        act = answers(201, body, f"Content-Encoding: {encoding}")
        async with Peer(act) as peer, HttpClient(timeout=5, connections=1) as client:
            assert await post(client, peer.url) == (201, text)

    async def test_of_many_is_bounded_by_how_many_there_are_at_once(self) -> None:
        there = most = 0
        release = asyncio.Event()

        async def counts(request: Request, writer: asyncio.StreamWriter) -> None:
            nonlocal there, most
            listing = request.method == "GET"
            there += listing
            most = max(most, there)
            await release.wait()
            there -= listing
            writer.write(response(200))

        async with Peer(counts) as peer, HttpClient(timeout=30, connections=40) as client:
            listings = [
                asyncio.ensure_future(client.request("GET", peer.url))
                for _ in range(3 * MOST_LISTINGS)
            ]
            posts = [asyncio.ensure_future(post(client, peer.url)) for _ in range(10)]
            while len(peer.requests) < MOST_LISTINGS + 10:  # noqa: ASYNC110 - what comes is counted.
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            asked = len(peer.requests)
            release.set()
            await asyncio.gather(*listings, *posts)

        assert asked == MOST_LISTINGS + 10
        assert most == MOST_LISTINGS
        assert len(peer.requests) == 3 * MOST_LISTINGS + 10

    async def test_lets_nobody_wait_for_a_turn_for_ever(self) -> None:
        async with Peer(hangs) as peer, HttpClient(timeout=TIMEOUT, connections=40) as client:
            listings = [client.request("GET", peer.url) for _ in range(3 * MOST_LISTINGS)]
            outcomes = await asyncio.gather(*listings, return_exceptions=True)

        kinds = [type(outcome) for outcome in outcomes]
        assert kinds[:MOST_LISTINGS] == [UnansweredError] * MOST_LISTINGS
        # The turns of the first go to whoever still waits then.
        assert kinds.count(NoTurnError) >= MOST_LISTINGS
        assert set(kinds) == {UnansweredError, NoTurnError}
        assert len(peer.requests) <= 2 * MOST_LISTINGS


class TestUnanswered:
    """The request may have been taken."""

    @pytest.mark.parametrize(
        ("act", "failure"),
        [
            pytest.param(hangs, "timeout", id="no answer"),
            pytest.param(drips, "timeout", id="an answer that takes too long as a whole"),
            pytest.param(resets, "reset", id="reset"),
            pytest.param(sends_and_closes(b""), "reset", id="closed"),
            pytest.param(sends_and_closes(b"HTTP/1.1 201 Cre"), "reset", id="head cut short"),
            pytest.param(
                sends_and_closes(response(201, b"12345")[:-2]), "reset", id="body cut short"
            ),
            pytest.param(
                sends_and_closes(b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12"),
                "reset",
                id="chunk cut short",
            ),
            pytest.param(
                sends(b"HTTP/1.1 201 X\r\nContent-Length: x\r\n\r\n"), "http_other", id="no length"
            ),
            pytest.param(sends(b"SSH-2.0-OpenSSH_9.2\r\n"), "http_other", id="no HTTP"),
            pytest.param(
                answers(201, b" " * (MAX_ANSWER + 1)), "http_other", id="larger than any answer is"
            ),
        ],
    )
    async def test_is_what_was_written_and_brought_no_whole_answer(
        self, act: Act, failure: str
    ) -> None:
        timeout = TIMEOUT if failure == "timeout" else 30
        async with Peer(act) as peer, HttpClient(timeout=timeout, connections=1) as client:
            with pytest.raises(UnansweredError) as caught:
                await post(client, peer.url)

        assert len(peer.requests) == 1
        assert caught.value.failure == failure

    async def test_is_what_met_the_end_of_an_idle_connection_and_it_is_not_repeated(self) -> None:
        acts = [answers(201), sends_and_closes(b""), answers(201)]
        async with Peer(*acts) as peer, HttpClient(timeout=30, connections=1) as client:
            await post(client, peer.url)
            with pytest.raises(UnansweredError):
                await post(client, peer.url)

        assert [request.connection for request in peer.requests] == [0, 0]

    async def test_leaves_room_for_the_next(self) -> None:
        acts = [hangs, answers(201)]
        async with Peer(*acts) as peer, HttpClient(timeout=TIMEOUT, connections=1) as client:
            with pytest.raises(UnansweredError):
                await post(client, peer.url)

            assert await post(client, peer.url) == (201, "{}")


class TestNotSent:
    """The request was certainly not taken."""

    async def test_is_what_is_refused(self) -> None:
        async with HttpClient(timeout=30, connections=1) as client:
            with pytest.raises(NotSentError) as caught:
                await post(client, f"http://127.0.0.1:{free_port()}")

        assert caught.value.failure == "no_connection"

    async def test_is_what_has_no_address(self) -> None:
        async with HttpClient(timeout=30, connections=1) as client:
            with pytest.raises(NotSentError) as caught:
                await post(client, "http://twilio.invalid")

        assert caught.value.failure == "no_address"

    async def test_is_what_meets_a_stranger(self, tmp_path: Path) -> None:
        certificates = make_certificates(tmp_path)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.certificate, certificates.key)
        async with (
            Peer(answers(201), ssl=context) as peer,
            HttpClient(timeout=30, connections=1) as client,
        ):
            with pytest.raises(NotSentError) as caught:
                await post(client, peer.url)

        assert peer.requests == []
        assert caught.value.failure == "tls"

    async def test_is_what_meets_no_tls(self) -> None:
        async with Peer(answers(201)) as peer, HttpClient(timeout=TIMEOUT, connections=1) as client:
            with pytest.raises(NotSentError) as caught:
                await post(client, peer.url.replace("http:", "https:"))

        assert peer.requests == []
        assert caught.value.failure == "timeout"

    @pytest.mark.parametrize(
        ("act", "failure"),
        [
            pytest.param(sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "tls", id="HTTP"),
            pytest.param(resets, "reset", id="a reset"),
            pytest.param(sends_and_closes(b""), "reset", id="an end"),
        ],
    )
    async def test_is_what_meets_this_instead_of_a_handshake(self, act: Act, failure: str) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            await act(Request("", "", {}, b"", 0), writer)

        async with Server(serve) as server, HttpClient(timeout=30, connections=1) as client:
            with pytest.raises(NotSentError) as caught:
                await post(client, f"https://127.0.0.1:{server.port}")

        assert caught.value.failure == failure

    async def test_is_what_waited_for_a_connection_in_vain(self) -> None:
        async with Peer(hangs) as peer, HttpClient(timeout=TIMEOUT, connections=1) as client:
            both = [asyncio.ensure_future(post(client, peer.url)) for _ in range(2)]
            while not peer.requests:  # noqa: ASYNC110 - what comes is counted.
                await asyncio.sleep(0.01)
            # Nothing runs until both are over: the first's connection, which is free with its end,
            # is no use to the second any more.
            time.sleep(TIMEOUT)  # noqa: ASYNC251 - that is the point.
            outcomes = await asyncio.gather(*both, return_exceptions=True)

        assert [type(outcome) for outcome in outcomes] == [UnansweredError, NotSentError]
        assert len(peer.requests) == 1


class TestSecrecy:
    """Who is texted, what is said and the password stay out of sight."""

    @pytest.mark.parametrize("act", [hangs, resets, sends(b"no HTTP\r\n\r\n")])
    async def test_of_errors(self, act: Act) -> None:
        # Not in the call itself, whose lines a traceback shows.
        private: dict[str, Any] = {"params": {"To": "5558675309"}, "auth": ("AC1", "secret")}
        async with Peer(act) as peer, HttpClient(timeout=TIMEOUT, connections=1) as client:
            with pytest.raises(UnansweredError) as caught:
                await client.request("GET", peer.url, **private)

        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        assert "8675309" not in shown
        assert "QUMxOnNlY3JldA" not in shown

    async def test_of_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        acts = [answers(201), resets]
        async with Peer(*acts) as peer, HttpClient(timeout=30, connections=1) as client:
            await post(client, peer.url)
            with pytest.raises(UnansweredError):
                await post(client, peer.url)

        assert "8675309" not in caplog.text
        assert "off" not in caplog.text
        assert "QUMxOnNlY3JldA" not in caplog.text
