"""The document of a configuration: whole, and true of the flows' own tests."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from smsherald.cli.flows.begin.yaml_text import block
from smsherald.contract import asyncapi
from smsherald.flows import Flow, FlowBook, make
from smsherald.flows.trial.fixture import event_of
from smsherald.model import Event
from smsherald.settings.load import LoadedFlows, load_flows
from smsherald.settings.yaml.reader import read_yaml
from smsherald.settle.notifications import ROUTING_KEYS
from support.asyncapi.odd import PASSWORD, odd
from support.configuration import FLOW, SETTINGS

REPOSITORY = Path(__file__).parents[3]
CONFIGURATIONS = ("config", "config/examples", "odd")
ID = re.compile(r"[\w.-]+", re.ASCII)
SHAPES = {
    # Required members, then others that AsyncAPI 3.0 knows.
    "channels": ({"address", "messages"}, {"title", "summary", "description", "bindings"}),
    "operations": (
        {"action", "channel"},
        {"summary", "description", "messages", "bindings"},
    ),
    "servers": ({"host", "protocol"}, {"pathname", "protocolVersion", "security"}),
    "messages": (
        {"payload", "name", "contentType"},
        {"headers", "title", "summary", "description", "bindings"},
    ),
}


class Case:
    """A configuration and its document."""

    def __init__(self, path: Path) -> None:
        self.folder = path.parent
        self.loaded: LoadedFlows = load_flows(path, {})
        self.document: dict[str, Any] = asyncapi(self.loaded)

    def at(self, reference: dict[str, Any]) -> Any:
        found: Any = self.document
        for step in reference["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return found

    def messages(self, flow: Flow) -> list[dict[str, Any]]:
        """Return a flow's messages by their summary, as a reader finds them."""
        said = re.compile(rf"the flow `{re.escape(flow.id)}` (texts|publishes as a text)\.$")
        inside = [
            self.at(self.at(each))
            for operation in self.document["operations"].values()
            if operation["action"] == "receive"
            for each in operation["messages"]
        ]
        return [each for each in inside if said.search(each["summary"])]

    def validator(self, schema: dict[str, Any]) -> Draft7Validator:
        return Draft7Validator({**schema, "components": self.document["components"]})


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    if request.param == "odd":
        return Case(odd(tmp_path_factory.mktemp("odd")))
    return Case(REPOSITORY / request.param / "smsherald.yaml")


def references(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_reference_leads_somewhere_and_says_nothing_beside(case: Case) -> None:
    found = list(references(case.document))

    assert found
    for each in found:
        assert each.keys() == {"$ref"}
        assert isinstance(case.at(each), dict)


def test_its_parts_have_the_shape_of_version_3(case: Case) -> None:
    document = case.document
    components = document["components"]

    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    for kind, (required, others) in SHAPES.items():
        parts = document.get(kind) or components[kind]
        assert parts
        for name, part in parts.items():
            assert ID.fullmatch(name), name
            assert required <= part.keys() <= required | others, name
    assert all(ID.fullmatch(name) for name in components["schemas"])
    for operation in document["operations"].values():
        channel = case.at(operation["channel"])
        assert operation["action"] in {"receive", "send"}
        assert operation["messages"]
        for each in operation["messages"]:
            assert each["$ref"].startswith(f"{operation['channel']['$ref']}/messages/")
            assert case.at(each)["$ref"].startswith("#/components/messages/")
        assert channel["bindings"]["amqp"]["is"] == "routingKey"
        assert "{" not in (channel["address"] or "")


def test_all_schemas_are_schemas(case: Case) -> None:
    for name, schema in case.document["components"]["schemas"].items():
        Draft7Validator.check_schema(schema)
        assert schema != {}, name


def test_each_route_of_each_flow_is_received_and_nothing_else(case: Case) -> None:
    received = {
        (channel["bindings"]["amqp"]["exchange"]["name"], channel["address"])
        for operation in case.document["operations"].values()
        if operation["action"] == "receive"
        for channel in [case.at(operation["channel"])]
    }

    def address(pattern: str) -> str | None:
        return None if "{" in pattern else pattern

    assert received == {
        (route.exchange or case.loaded.flows.exchange, address(route.pattern))
        for flow in case.loaded.flows
        for route in flow.subscribe
    }
    for flow in case.loaded.flows:
        assert case.messages(flow), flow.id


def test_all_that_is_told_and_published_is_sent(case: Case) -> None:
    sent = {
        (channel["bindings"]["amqp"]["exchange"]["name"], channel["address"])
        for operation in case.document["operations"].values()
        if operation["action"] == "send"
        for channel in [case.at(operation["channel"])]
    }

    assert sent == {
        *((case.loaded.notifications.exchange, key) for key in ROUTING_KEYS),
        *(
            (case.loaded.flows.exchange, flow.publish)
            for flow in case.loaded.flows
            if flow.publish is not None
        ),
    }


def tried(case: Case) -> Iterator[tuple[Flow, Event]]:
    """Go through the events of the flows' tests of which nothing is parked or ignored."""
    for flow in case.loaded.flows:
        for test in flow.tests:
            if test.parked is not None or not test.expect:
                continue
            place = case.loaded.tests[flow.id, test.index].test.file
            folder = Path(place).parent
            content = None if test.file is None else (folder / test.file).read_bytes()
            yield flow, event_of(test, content, case.loaded.reading)


def test_what_the_flows_tests_bring_is_what_the_document_asks_for(case: Case) -> None:
    flows = set()
    for flow, event in tried(case):
        flows.add(flow.id)
        for message in case.messages(flow):
            wrong = case.validator(message["payload"]).iter_errors(event.body)
            assert [each.message for each in wrong] == [], flow.id
            headers = case.validator(message.get("headers", {"type": "object"}))
            assert headers.is_valid(dict(event.headers))
    assert flows == set(case.loaded.flows.ids)


def without_one(body: Any) -> Iterator[Any]:
    """Go through what is left of a body without one of its members, or with null in its place."""
    for path in list(paths(body, ())):
        for gone in (True, False):
            left = copy.deepcopy(body)
            inner = left
            for step in path[:-1]:
                inner = inner[step]
            if gone and isinstance(inner, dict):
                del inner[path[-1]]
            else:
                inner[path[-1]] = None
            yield left


def paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*path, key))


def test_what_the_document_refuses_is_texted_by_no_flow(case: Case) -> None:
    """Of an event that lacks anything: the document asks for nothing that may be missing."""
    refused = 0
    for flow, event in {flow: (flow, event) for flow, event in tried(case)}.values():
        book = FlowBook([flow], case.loaded.flows.exchange)
        validator = case.validator(case.messages(flow)[0]["payload"])
        for body in without_one(json.loads(json.dumps(event.body))):
            if validator.is_valid(body):
                continue
            refused += 1
            changed = Event(
                **{
                    **{name: getattr(event, name) for name in Event.__dataclass_fields__},
                    "body": body,
                }
            )
            made = make(changed, book)
            whole = (made.smses or made.published) and not made.defects
            assert not whole, (flow.id, body)
    assert refused


def test_it_is_read_back_from_yaml(case: Case) -> None:
    text = "\n".join(block(case.document, 0))

    assert read_yaml(text, "asyncapi.yaml").data == case.document
    assert yaml.safe_load(text) == case.document


def test_nothing_that_signs_in_is_in_it(tmp_path: Path) -> None:
    case = Case(odd(tmp_path))
    text = json.dumps(case.document)

    assert "h/ush" not in text
    assert PASSWORD not in text
    assert "shop:" not in text
    assert {name: each["host"] for name, each in case.document["servers"].items()} == {
        "broker-1": "one.example:5671",
        "broker-2": "two.example:5675",
    }
    assert {each["pathname"] for each in case.document["servers"].values()} == {"/texts"}


@pytest.mark.parametrize("broker", ["{url: memory://}", "{url: '${NOT_THERE}'}"])
def test_where_nobody_can_connect_there_are_no_servers(broker: str, tmp_path: Path) -> None:
    (tmp_path / "smsherald.yaml").write_text(f"{SETTINGS}broker: {broker}\n")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "one.yaml").write_text(FLOW)
    document = asyncapi(load_flows(tmp_path / "smsherald.yaml", {}))

    assert "servers" not in document
    assert "securitySchemes" not in document["components"]


def test_a_name_of_an_event_is_its_message_type(tmp_path: Path) -> None:
    case = Case(odd(tmp_path))
    named = {
        message["bindings"]["amqp"]["messageType"]: message["payload"]
        for message in case.document["components"]["messages"].values()
        if "bindings" in message
    }

    body = {"$ref": "#/components/schemas/sms.sent.body"}
    assert named == {"Shop.Contracts:Booked": body, "Shop.Contracts:Moved": body}


def test_the_setting_identity_is_said_of_every_event(tmp_path: Path) -> None:
    case = Case(odd(tmp_path))
    for flow in case.loaded.flows:
        for message in case.messages(flow):
            assert (
                "`header X-Id`; `body meta.id`; `property message_id`;" in (message["description"])
            )
            assert "X-Id" in message["headers"]["properties"]
