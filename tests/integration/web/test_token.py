"""Where there is `http.token`, nobody sees what happens who does not show it."""

from __future__ import annotations

import aiohttp
import pytest

from integration.web.conftest import TOKEN, Watched
from smsherald.look import SHARED
from smsherald.web.page import FILES

ASKING = ["/", "/status.json", "/events", "/why.json?q=R1", "/nowhere", *FILES]
OPEN = ["/livez", "/readyz", "/metrics", *SHARED]

WRONG = {
    "nothing": {},
    "another": {"Authorization": f"Bearer {TOKEN}x"},
    "half of it": {"Authorization": f"Bearer {TOKEN[:-1]}"},
    "none": {"Authorization": "Bearer "},
    "another scheme": {"Authorization": f"Digest {TOKEN}"},
    "the user's name": {"Authorization": aiohttp.encode_basic_auth(TOKEN, "")},
    "no base64": {"Authorization": "Basic ####"},
    "no UTF-8": {"Authorization": "Basic //8="},
    "other letters": {"Authorization": "Bearer ü\u2066"},
}
RIGHT = {
    "bearer": {"Authorization": f"Bearer {TOKEN}"},
    "in other letters": {"Authorization": f"bearer {TOKEN}"},
    "basic": {"Authorization": aiohttp.encode_basic_auth("anybody", TOKEN)},
    "basic without a user": {"Authorization": aiohttp.encode_basic_auth("", TOKEN)},
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
async def test_without_it_nothing_is_shown(guarded: Watched, headers: dict[str, str]) -> None:
    guarded.happened(reference="R1")
    async with aiohttp.ClientSession(guarded.address, headers=headers) as http:
        for path in ASKING:
            async with http.get(path) as answer:
                said = await answer.text()
                assert answer.status == 401, path
                assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
                assert "R1" not in said
                assert TOKEN not in said


@pytest.mark.parametrize("headers", RIGHT.values(), ids=RIGHT)
async def test_with_it_all_is(guarded: Watched, headers: dict[str, str]) -> None:
    async with aiohttp.ClientSession(guarded.address, headers=headers) as http:
        for path in ("/", "/status.json"):
            async with http.get(path) as answer:
                said = await answer.text()
                assert answer.status == 200
                assert TOKEN not in said
        async with http.get("/events") as stream:
            assert (await stream.content.readuntil(b"\n\n")).startswith(b"event: status\n")


async def test_probes_and_scrapers_need_none(guarded: Watched) -> None:
    async with aiohttp.ClientSession(guarded.address) as http:
        for path in OPEN:
            async with http.get(path) as answer:
                assert answer.status == 200, path
