"""What `preview` prints, case by case, as a person reads it at 80 columns."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from smsherald.cli.flows.preview.facts import Question, facts_of, is_good
from smsherald.cli.flows.preview.paint import Paint
from smsherald.cli.flows.preview.reading import events_of, said
from smsherald.cli.flows.preview.view import as_json, lines_of
from smsherald.settings.load import LoadedFlows, load_flows
from support.configuration import SETTINGS, write

FOLDER = Path(__file__).parent / "golden"
WRITE = "SMSHERALD_WRITE_TRANSCRIPT"
NOW = 1_767_225_600.0

ORDER = """\
subscribe: order.created
schema: order
when: order.status != "cart" and not order.test
to: "{{ order.billing_address.phone }}"
message:
  en: "Hi {{ order.billing_address.firstname }}, we have your order {{ order.number }}."
  de: "Hallo {{ order.billing_address.firstname }}, wir haben Ihre Bestellung {{ order.number }}."
locale: "{{ order.locale }}"
reference: "{{ order.number }}"
"""
SHIPMENT = """\
subscribe: ["shipment.*", {exchange: Shop, type: com.shop.shipped}]
to: "{{ event.body.phone }}"
once: "{{ event.body.number }}"
message: "Parcel {{ event.body.number }} is on its way."
"""
WATCHERS = """\
subscribe: order.watched
to_each: event.body.watchers
message: "Order {{ event.body.number }} has moved."
"""
PLAIN = """\
subscribe: said
to: "{{ event.body.phone }}"
message: "{{ event.body.text }}"
max_age: none
"""
BODY = {
    "number": "R12345",
    "locale": "de-AT",
    "status": "paid",
    "billing_address": {"firstname": "Ann", "phone": "030 901820", "country_code": "DE"},
}
PRICES = SETTINGS + "prices: {US: 0.0079 USD, +49: 0.1105 EUR}\n"


class Case(NamedTuple):
    """What is asked; the file of its name says what is answered."""

    body: Any
    key: str | None = None
    flows: dict[str, str] = {"order": ORDER, "shipment": SHIPMENT}  # noqa: RUF012 - nobody writes to it.
    settings: str = PRICES
    exchange: str | None = None
    headers: dict[str, str] = {}  # noqa: RUF012 - the same.
    good: bool = True


def texting(text: str, more: str = "", **options: Any) -> Case:
    """Send a text as it is; `more` are keys of the flow."""
    body = {"phone": "+14155550123", "text": text}
    return Case(body, "said", {"said": PLAIN + more}, **options)


CASES = {
    "an order": Case(BODY, "order.created"),
    "no routing key": Case(BODY),
    "no flow subscribes": Case(BODY, "order.creatd", good=False),
    "a condition says no": Case(
        BODY | {"status": "cart", "test": None}, "order.created", good=False
    ),
    "a value is missing": Case({"number": "R1"}, "order.created", good=False),
    "a country nobody understands": Case(
        BODY
        | {"billing_address": {"firstname": "Ann", "phone": "030 901820", "country": "Elbonia"}},
        "order.created",
        good=False,
    ),
    "not json": Case("{number: 1", "order.created", good=False),
    "a key that brings another exchange": Case(
        {"phone": "+14155550123", "number": 7},
        "x.y",
        {"other": SHIPMENT.replace('"shipment.*", ', "").replace("type:", "key: x.*, type:")},
        headers={"type": "com.shop.shipped"},
    ),
    "a type that it does not have": Case(
        {"phone": "+14155550123", "number": 7}, "any", exchange="Shop", good=False
    ),
    "watchers": Case(
        {"number": 7, "watchers": ["+14155550123", "none", "+14155550123", "(416) 555-0123"]},
        "order.watched",
        {"watchers": WATCHERS},
        good=False,
    ),
    "nobody watches": Case(
        {"number": 7, "watchers": []}, "order.watched", {"watchers": WATCHERS}, good=False
    ),
    "characters that cost": texting(
        "It\u2019s 5 €\u200b \u2013 “łódź” 👩‍👩‍👧 \u202e日本 " + "lang " * 20
    ),
    "gsm7 wished for": texting("It\u2019s “łódź” today", "encoding: gsm7\n"),
    "cut": texting("all that there is to say " * 9, "max_segments: 1\ntoo_long: cut\n"),
    "segments of gsm7": texting("https://shop.example/" + "a" * 150 + " {} \r\nEnd."),
    "kept back": texting(
        "Sale!", "kind: marketing\nconsent: event.body.agreed\nfrom: '{{ event.body.from }}'\n"
    ),
    "a sender that it does not own": texting("Hi", 'from: "{{ event.body.phone }}"\n'),
    "in shadow": texting("Hi", "mode: shadow\n"),
    "denied": texting("Hi", settings=SETTINGS + "policy: {deny: [+1415]}\n"),
    "expired": Case(
        {
            "at": NOW,
            "exchange": "events",
            "routing_key": "order.created",
            "properties": {"message_id": "m-1", "app_id": "shop", "timestamp": NOW - 90_000},
            "headers": {},
            "body": BODY,
        }
    ),
    "recorded and known by its body": Case(
        {"exchange": "events", "routing_key": "order.created", "body": BODY}
    ),
    "recorded long ago": Case(
        {
            "at": NOW - 90_000,
            "exchange": "events",
            "routing_key": "order.created",
            "properties": {"message_id": "m-1", "app_id": "shop"},
            "headers": {},
            "body": BODY,
        }
    ),
    "pictures": texting(
        "Look", "media: https://shop.example/1.png\noptions: {risk_check: enable}\n"
    ),
    "published": texting("Hi", "publish: sms.requested\n".replace("max_age: none\n", "")),
    "no senders are known": texting(
        "Hi", settings=SETTINGS.replace('from: "+15005550006"', "from: ${TWILIO_FROM}")
    ),
    "parameters": Case(
        {"request_id": "r-1", "parameters": {"twilio_auth_token": "hunter2"}, "order": BODY},
        "order.created",
    ),
}
each_case = pytest.mark.parametrize("name", CASES)


def loaded(case: Case, folder: Path) -> LoadedFlows:
    flows = case.flows
    if "publish" in "".join(flows.values()):
        flows = {name: text.replace("max_age: none\n", "") for name, text in flows.items()}
    return load_flows(write(folder, case.settings, **flows), {})


def facts(case: Case, folder: Path) -> dict[str, Any]:
    data = case.body if isinstance(case.body, str) else json.dumps(case.body)
    configuration = loaded(case, folder)
    (given,) = events_of("event.json", data.encode())
    given = said(given, case.key, case.exchange, case.headers)
    asked = Question(case.key is not None, case.exchange, NOW)
    return facts_of(given, tuple(configuration.flows), configuration, asked)


def shown(found: dict[str, Any], columns: int = 80, *, colours: bool = False) -> list[str]:
    return list(lines_of(found, Paint(colours), columns))


@each_case
def test_it_is_what_the_file_says(name: str, here: Path) -> None:
    found = facts(CASES[name], here)
    text = "\n".join(shown(found)) + "\n"
    file = FOLDER / f"{name.replace(' ', '-')}.txt"
    if os.environ.get(WRITE):
        file.write_text(text)

    assert text == file.read_text(), f"if that is better, {WRITE}=1 writes it"
    assert is_good(found) is CASES[name].good


@each_case
@pytest.mark.parametrize("columns", [80, 50])
def test_no_line_is_longer_than_the_terminal(name: str, columns: int, here: Path) -> None:
    lines = shown(facts(CASES[name], here), columns)

    # What has no blank within it is not broken: it is to be copied.
    assert [line for line in lines if len(line) > columns and " " in line.strip()] == []
    assert all(line.isprintable() for line in lines if "👩" not in line)


@each_case
def test_colours_change_no_letter(name: str, here: Path) -> None:
    found = facts(CASES[name], here)
    painted = "\n".join(shown(found, colours=True))

    for code in ("1", "2", "31", "33", "0"):
        painted = painted.replace(f"\x1b[{code}m", "")
    assert painted == "\n".join(shown(found))


def test_the_json_is_what_the_file_says(here: Path) -> None:
    found = as_json([facts(CASES["an order"], here)]) + "\n"
    file = FOLDER / "an-order.json"
    if os.environ.get(WRITE):
        file.write_text(found)

    assert found == file.read_text(), f"if that is better, {WRITE}=1 writes it"


@each_case
def test_every_flow_and_text_has_the_same_members(name: str, here: Path) -> None:
    said = json.loads((FOLDER / "an-order.json").read_text())[0]
    found = json.loads(as_json([facts(CASES[name], here)]))[0]

    assert found.keys() == said.keys()
    for flow in found["flows"]:
        assert flow.keys() == said["flows"][0].keys()
        for text in flow["texts"]:
            assert text.keys() == said["flows"][0]["texts"][0].keys()


def test_parameters_are_never_shown(here: Path) -> None:
    found = facts(CASES["parameters"], here)

    assert "hunter2" not in as_json([found]) + "\n".join(shown(found))


def test_there_is_no_file_of_nobody() -> None:
    known = {name.replace(" ", "-") for name in CASES}

    assert {file.stem for file in FOLDER.iterdir()} == known
