"""The recipes as their clients publish them, through broker, daemon and sandbox: a text each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
import yaml

from acceptance.conftest import QUEUE, Shop
from smsherald.events.recorded import line_of
from smsherald.model import Delivery
from support.daemon import REPOSITORY, Daemon
from support.publishing import channel, listen
from support.rabbit import Rabbit
from support.recipes.page import code
from support.recipes.places import Debian13, PipAndNpm, Place
from support.recipes.tried import BY_DEBIAN, BY_PIP_AND_NPM, Recipe
from support.sandbox import SandboxProcess

EXAMPLES = REPOSITORY / "config" / "examples"
SEEN = "seen"
TWICE = 2
SOURCES = dict.fromkeys(
    ("cloudevents-structured-order-created", "cloudevents-binary-order-paid"), "/shop/checkout/"
)
"""What stands before the id of an event, where both name it."""


@pytest.fixture
def shop(
    rabbit: Rabbit, vhost: str, amqp_url: str, sandbox: SandboxProcess, daemon: Daemon
) -> Shop:
    """Run the daemon with all examples as one configuration, beside a queue of the same events."""
    shutil.rmtree(daemon.flows)
    shutil.copytree(EXAMPLES / "flows", daemon.flows)
    settings = yaml.safe_load((EXAMPLES / "smsherald.yaml").read_text())
    daemon.settings |= {
        name: value for name, value in settings.items() if name not in {"broker", "twilio"}
    }
    daemon.start()
    with channel(amqp_url) as to:
        to.queue_declare(SEEN, durable=True)
        to.queue_bind(SEEN, "events", "#")
    return Shop(rabbit, vhost, sandbox, daemon, listen(amqp_url))


def example(name: str) -> Mapping[str, Any]:
    recorded: Mapping[str, Any] = json.loads(
        (EXAMPLES / "flows" / "events" / f"{name}.json").read_text()
    )
    return recorded


def of_order(body: Any) -> dict[str, Any]:
    """Find what is published in what comes: it has the number, wherever a framework puts it."""
    if isinstance(body, list):
        body = {"data": body[1]}
    found: dict[str, Any] = body.get("data", body)
    return found


class Due(NamedTuple):
    """What must become of one publisher's event."""

    reference: str
    flow: str
    event_id: str
    text: str


def publish(place: Place, recipe: Recipe, number: int, url: str) -> Due:
    """Publish the example's order under a number of its own, twice with one id."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    order = of_order(example(recipe.flow)["body"])
    mine = {**order, "number": f"R{number}", "phone": f"+1202555{number:04d}"}
    mine |= dict.fromkeys(mine.keys() & {"placed_at", "shipped_at"}, now)
    environment = {"BROKER_URL": url}
    *before, last = recipe.commands
    for command in before:
        place.run(command, environment)
    event_id = str(uuid4())
    place.run([*last, event_id, json.dumps(mine)], environment)
    flow = yaml.safe_load((EXAMPLES / "flows" / f"{recipe.flow}.yaml").read_text())
    text: str = flow["tests"][0]["expect"]["message"]
    text = text.replace(order["number"], mine["number"])
    return Due(mine["number"], recipe.flow, event_id, text)


def seen(url: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return all that was published, by the number of its order, as `tap` would write it."""
    lines: dict[str, list[Mapping[str, Any]]] = {}
    with channel(url) as to:
        while True:
            method, properties, body = to.basic_get(SEEN, auto_ack=True)
            if method is None:
                return lines
            said = {name: value for name, value in vars(properties).items() if value is not None}
            delivery = Delivery(
                body or b"",
                {"headers": {}, **said},
                str(method.exchange),
                str(method.routing_key),
                redelivered=False,
                tag=0,
            )
            line = line_of(delivery, 0)
            lines.setdefault(of_order(line["body"])["number"], []).append(line)


def shape(value: Any) -> Any:
    """Return the keys and kinds of a value: what stays where numbers, ids and times change."""
    if isinstance(value, Mapping):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


def differences(recipe: Recipe, line: Mapping[str, Any]) -> list[str]:
    """Say where an event as it came is another than the example of it."""
    expected = example(recipe.flow)
    found = [
        f"{name}: {line[name]!r}"
        for name in ("exchange", "routing_key")
        if line[name] != expected[name]
    ]
    if shape(line["body"]) != shape(expected["body"]):
        found.append(f"body: {line['body']}")
    for table in ("properties", "headers"):
        actual, due = shape(line[table]), shape(expected[table])
        if not recipe.exact:
            actual = {name: kind for name, kind in actual.items() if name in due}
        if actual != due:
            found.append(f"{table}: {line[table]}")
    return found + [
        f"{name}: {line['properties'].get(name)!r}"
        for name in ("content_type", "delivery_mode")
        if line["properties"].get(name) != expected["properties"].get(name)
    ]


@pytest.mark.long
@pytest.mark.takes(60)
@pytest.mark.parametrize(
    ("make", "tried"),
    [
        pytest.param(PipAndNpm, BY_PIP_AND_NPM, id="by pip and npm"),
        pytest.param(Debian13, BY_DEBIAN, id="by Debian 13"),
    ],
)
def test_what_a_recipe_publishes_twice_is_texted_once(
    make: type[PipAndNpm | Debian13], tried: Sequence[Recipe], shop: Shop, tmp_path: Path
) -> None:
    folder = tmp_path / "place"
    folder.mkdir()
    try:
        place = make(folder)
        snippets = code()
        for recipe in tried:
            (place.folder / recipe.code).write_text(snippets[recipe.code])
            (place.folder / recipe.file).write_text(recipe.call)
        with ThreadPoolExecutor(2) as pool:
            due = list(
                pool.map(
                    lambda each: publish(place, each[1], 100 + each[0], shop.url), enumerate(tried)
                )
            )
    finally:
        shutil.rmtree(folder)

    shop.settled(TWICE * len(tried))

    texts = [text["body"] for text in shop.sandbox.texts()]
    assert sorted(texts) == sorted(each.text for each in due)
    # It is the publisher's id that makes them one, and not their equal bodies.
    told = [each.event["data"] for each in shop.heard()]
    assert {data["reference"]: (data["flow"], data["event"]["id"]) for data in told} == {
        each.reference: (each.flow, SOURCES.get(each.flow, "") + each.event_id) for each in due
    }
    assert shop.parked() == 0
    figures = shop.daemon.metrics()
    assert figures.value("smsherald_events_total", outcome="handled") == TWICE * len(tried)
    lines = seen(shop.url)
    assert {number: len(several) for number, several in lines.items()} == {
        f"R{100 + index}": TWICE for index in range(len(tried))
    }
    others = {
        recipe.name: differences(recipe, lines[f"R{100 + index}"][0])
        for index, recipe in enumerate(tried)
    }
    assert others == {recipe.name: [] for recipe in tried}
    assert shop.rabbit.depth(shop.vhost, QUEUE).ready == 0


def test_each_recipe_that_says_it_is_tried_is_tried() -> None:
    tried = {recipe.code for recipe in (*BY_PIP_AND_NPM, *BY_DEBIAN)}

    assert code().keys() == tried
