"""config/examples: what users copy does what its tests say, together and each alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from kombu import Connection, Exchange, Queue

from smsherald.events import decode
from smsherald.events.recorded import is_recorded, recorded
from smsherald.flows import make
from smsherald.settings.flows.check import check
from smsherald.settings.load import LoadedFlows, load_flows
from smsherald.settings.yaml.reader import read_yaml

REPOSITORY = Path(__file__).parents[3]
EXAMPLES = REPOSITORY / "config" / "examples"
FLOWS = sorted((EXAMPLES / "flows").glob("*.yaml"))
EVENTS = sorted((EXAMPLES / "flows" / "events").iterdir())
PAGES = sorted((REPOSITORY / "docs").glob("recipes*.md"))
SHOPS = (REPOSITORY / "docs" / "recipes-shops.md").read_text()
LONGEST_HEAD = 8
_NOW = 1_800_000_000.0


def data_of(flow: Path) -> dict[str, Any]:
    data = read_yaml(flow.read_text(), flow.name).data
    assert isinstance(data, dict)
    return data


def files_of(flow: Path) -> list[str]:
    return [test["file"] for test in data_of(flow)["tests"] if "file" in test]


@pytest.fixture(scope="module")
def together() -> LoadedFlows:
    return load_flows(EXAMPLES / "smsherald.yaml", {})


def test_all_examples_together_are_a_configuration_without_a_warning(together: LoadedFlows) -> None:
    assert len(together.flows) == len(FLOWS) > 0
    assert together.warnings == ()
    assert check(together) == []


@pytest.mark.parametrize("flow", FLOWS, ids=lambda path: path.stem)
def test_each_is_good_where_it_is_copied_alone(flow: Path, here: Path) -> None:
    (here / "flows" / "events").mkdir(parents=True)
    shutil.copy(EXAMPLES / "smsherald.yaml", here)
    shutil.copy(flow, here / "flows")
    for name in files_of(flow):
        shutil.copy(flow.parent / name, here / "flows" / "events")

    loaded = load_flows(Path("smsherald.yaml"), {})

    assert loaded.warnings == ()
    assert check(loaded) == []


@pytest.mark.parametrize("flow", FLOWS, ids=lambda path: path.stem)
def test_each_is_tried_on_a_whole_event_and_on_one_that_it_cannot_text(flow: Path) -> None:
    ends = [end for test in data_of(flow)["tests"] for end in _list(test["expect"])]

    assert files_of(flow)
    assert any("message" in end for end in ends)
    assert any("parked" in end or "ignored" in end for end in ends)
    assert all("name" in test for test in data_of(flow)["tests"])


@pytest.mark.parametrize("flow", FLOWS, ids=lambda path: path.stem)
def test_its_head_says_in_few_lines_where_its_event_is_described(flow: Path) -> None:
    head = re.match(r"(?:#.*\n)+", flow.read_text())

    assert head
    assert len(head[0].splitlines()) <= LONGEST_HEAD
    assert "https://" in head[0] or "docs/recipes" in head[0]
    if f"`{flow.name}`" in SHOPS:
        assert {"Shape", "Settings", "To change"} <= set(
            re.findall(r"^# ([A-Z].*?): ", head[0], re.MULTILINE)
        )


def test_every_event_is_some_flows() -> None:
    used = {Path(name).name for flow in FLOWS for name in files_of(flow)}

    assert used == {path.name for path in EVENTS}


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_no_event_is_texted_by_two_flows(path: Path, together: LoadedFlows) -> None:
    data = json.loads(path.read_text())
    if not is_recorded(data):
        pytest.skip("a bare body: its test says by which key it comes")

    made = make(decode(recorded(data).delivery, now=_NOW, max_body=1_000_000), together.flows)

    assert len({sms.flow for sms in made.smses}) == 1
    assert made.defects == ()


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_a_webhook_that_comes_again_otherwise_makes_the_same_text(
    path: Path, together: LoadedFlows
) -> None:
    """Its body differs, and no header says which event it is: `once` does."""
    data = json.loads(path.read_text())
    if not is_recorded(data):
        pytest.skip("a bare body: its test says by which key it comes")
    delivery = recorded(data).delivery
    again = replace(delivery, body=json.dumps(data["body"], indent=1).encode(), properties={})

    first, second = (
        make(decode(each, now=_NOW, max_body=1_000_000), together.flows).smses
        for each in (delivery, again)
    )

    if not first[0].once:
        pytest.skip("its publisher says which event it is")
    assert first[0].event.id != second[0].event.id
    assert [sms.key for sms in first] == [sms.key for sms in second]


def test_the_pages_name_every_example() -> None:
    said = "".join(page.read_text() for page in PAGES)

    assert [flow.name for flow in FLOWS if flow.name not in said] == []


def test_the_page_of_shops_names_no_example_that_is_not_there() -> None:
    assert set(re.findall(r"`([\w-]+\.yaml)`", SHOPS)) <= {flow.name for flow in FLOWS}


class TestTheBridgeOfThePage:
    """The page's code, run against kombu's broker in memory."""

    SECRET = "hush"
    BODY = '{"id": 5790410883425,  "name": "#1001", "note": "über"}'.encode()

    @pytest.fixture
    def bridge(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        (source,) = re.findall(r"```python\n(.*?)```", SHOPS, re.DOTALL)
        monkeypatch.setenv("SHOPIFY_WEBHOOK_SECRET", self.SECRET)
        monkeypatch.setenv("BROKER_URL", "memory://")
        names: dict[str, Any] = {}
        exec(compile(source, "recipes-shops.md", "exec"), names)  # noqa: S102 - it is our page.
        return names

    def call(self, bridge: dict[str, Any], signature: str) -> str:
        said: list[str] = []
        environ: dict[str, Any] = {
            "wsgi.input": io.BytesIO(self.BODY),
            "CONTENT_LENGTH": str(len(self.BODY)),
            "HTTP_X_SHOPIFY_TOPIC": "orders/create",
            "HTTP_X_SHOPIFY_WEBHOOK_ID": "b54557e4",
            "HTTP_X_SHOPIFY_HMAC_SHA256": signature,
        }
        setup_testing_defaults(environ)
        bridge["app"](environ, lambda status, _: said.append(status))
        return said[0]

    def test_hands_on_the_body_as_it_came_with_its_headers(self, bridge: dict[str, Any]) -> None:
        digest = hmac.digest(self.SECRET.encode(), self.BODY, hashlib.sha256)
        with Connection("memory://") as connection, connection.channel() as channel:
            exchange = Exchange("events", type="topic", durable=True)
            queue = Queue("bridged", exchange, routing_key="shopify.#")(channel)
            queue.declare()

            assert self.call(bridge, base64.b64encode(digest).decode()) == "200 OK"

            message = queue.get(no_ack=True)
            queue.delete()
        assert message is not None
        assert message.body == self.BODY
        assert message.delivery_info["routing_key"] == "shopify.orders.create"
        assert message.headers["x-shopify-webhook-id"] == "b54557e4"

    def test_takes_nothing_that_the_shop_did_not_sign(self, bridge: dict[str, Any]) -> None:
        assert self.call(bridge, base64.b64encode(b"another").decode()) == "401 Unauthorized"


def _list(expect: Any) -> list[dict[str, Any]]:
    return expect if isinstance(expect, list) else [expect]
