"""docs/configuration.md, docs/flows.md and the shipped file say what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, fields

from smsherald.errors import UnusableError
from smsherald.events import decode
from smsherald.flows import Template, TemplateError
from smsherald.flows.filters import FILTERS, LONGEST_WORDS
from smsherald.flows.language.runtime import TESTS
from smsherald.flows.views import Views
from smsherald.model import Delivery
from smsherald.settings.fields import Entries, Section
from smsherald.settings.flows.check import check
from smsherald.settings.flows.options import OptionsSchema
from smsherald.settings.flows.routes import RouteSchema
from smsherald.settings.flows.schema import FlowSchema
from smsherald.settings.flows.trial.properties import PropertiesSchema
from smsherald.settings.flows.trial.schema import ExpectSchema, FlowTestSchema
from smsherald.settings.load import load
from smsherald.settings.reload import RELOADED
from smsherald.settings.schema import Later, SettingsSchema
from smsherald.settings.yaml.reader import read_yaml
from support.configuration import EXAMPLE, FLOW, SETTINGS, write
from support.texting import ACCOUNT, SENDER

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs" / "configuration.md").read_text()
TO_LEARN_FROM = (REPOSITORY / "docs" / "flows.md").read_text()
SHIPPED = REPOSITORY / "config" / "smsherald.yaml"
ENVIRON = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "token", "TWILIO_FROM": SENDER}


def settings(schema: type[Schema], above: str = "") -> Iterator[tuple[str, fields.Field[Any]]]:
    """Yield every setting with its name; a section is named by what is in it."""
    for name, field in schema().fields.items():
        path = f"{above}{field.data_key or name}"
        if isinstance(field, Section) and not isinstance(field, Later):
            yield from settings(field.section, f"{path}.")
            continue
        yield path, field
        if isinstance(field, Entries) and isinstance(field.item, Section):
            yield from settings(field.item.section, f"{path}.NAME.")


def rows(section: str, following: str) -> dict[str, str]:
    """Return the tables of a part of the page: the name in the first column, and what is said."""
    part = PAGE.split(f"\n{section}\n")[1].split(f"\n{following}\n")[0]
    return dict(re.findall(r"^\| `(.+?)` \| (.*) \|$", part, re.MULTILINE))


def blocks(language: str, page: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def leaves(data: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Yield the names of all that a file sets; the account is called NAME."""
    for key, value in data.items():
        path = f"{above}{key}".replace("accounts.default", "accounts.NAME")
        yield from leaves(value, f"{path}.") if isinstance(value, Mapping) else [path]


OF_SETTINGS = dict(settings(SettingsSchema))
OF_FLOWS = dict(settings(FlowSchema))
SAID_OF_SETTINGS = rows("## Settings", "## Flows")
SAID_OF_FLOWS = rows("## Flows", "### Routes in `subscribe`")


def test_the_page_names_the_settings_there_are() -> None:
    assert sorted(SAID_OF_SETTINGS) == sorted(OF_SETTINGS)


def test_the_page_names_the_settings_that_a_reload_takes() -> None:
    (said,) = re.findall(r"On SIGHUP (.*?)\. Every other", PAGE, re.DOTALL)

    assert set(re.findall(r"`([\w.]+)`", said)) == RELOADED
    assert OF_SETTINGS.keys() >= RELOADED


def test_the_page_names_the_keys_that_a_flow_has() -> None:
    assert sorted(SAID_OF_FLOWS) == sorted(OF_FLOWS)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        *((field, SAID_OF_SETTINGS.get(name)) for name, field in OF_SETTINGS.items()),
        *((field, SAID_OF_FLOWS.get(name)) for name, field in OF_FLOWS.items()),
    ],
    ids=[*OF_SETTINGS, *OF_FLOWS],
)
def test_what_the_page_says_begins_with_the_meaning(
    field: fields.Field[Any], said: str | None
) -> None:
    assert f"{said} ".startswith(f"{field.metadata['meaning']} ")


def test_the_shipped_file_names_the_settings_there_are() -> None:
    """Those that are commented out too; what is not available yet is of no use there."""
    uncommented = re.sub(r"^( *)# (\w+):.*", r"\1\2: x", SHIPPED.read_text(), flags=re.MULTILINE)
    later = {"twilio.account_from_parameters", "http.public"}

    named = list(leaves(read_yaml(uncommented, SHIPPED.name).data))

    assert sorted(named) == sorted(OF_SETTINGS.keys() - later - {"twilio.accounts"})


def test_the_page_names_the_members_of_a_route() -> None:
    assert sorted(rows("### Routes in `subscribe`", "### Options")) == sorted(RouteSchema().fields)


def test_the_page_names_the_options_that_there_are() -> None:
    assert sorted(rows("### Options", "### Templates")) == sorted(OptionsSchema().fields)


@pytest.mark.parametrize("schema", [FlowTestSchema, ExpectSchema, PropertiesSchema])
def test_every_key_of_a_test_is_documented(schema: type[Schema]) -> None:
    section = PAGE.split("\n### Tests\n")[1].split("\n### An example\n")[0]

    for name, field in schema().fields.items():
        assert f"`{field.data_key or name}" in section, name


def test_the_page_names_the_filters_that_there_are() -> None:
    assert list(rows("### Filters", "### Tests of values")) == sorted(FILTERS)


def test_the_page_names_the_filters_that_take_no_long_text() -> None:
    sentence = next(line for line in PAGE.splitlines() if " take no text over 50,000 " in line)
    named = set(re.findall(r"`(\w+)`", sentence.partition(" take no ")[0]))

    assert named == {name for name in FILTERS if is_short(name) and not is_short(name, more=1)}


def is_short(name: str, more: int = 0) -> bool:
    """Say whether a filter, with no more than its value, takes the longest text of letters."""
    try:
        Template(f"{{{{ x | {name} | length }}}}").render({"x": "a" * (LONGEST_WORDS + more)}, "")
    except (TemplateError, UnusableError):
        return False
    return True


def test_the_page_names_the_tests_of_values_that_there_are() -> None:
    section = PAGE.split("\n### Tests of values\n")[1].split("\n### Conditions\n")[0]

    assert set(re.findall(r"`(?:x )?is (\w+)`", section)) == TESTS.keys()


def test_the_page_names_what_an_event_has(here: Path) -> None:
    delivery = Delivery(b"{}", {}, "events", "order.created", redelivered=False, tag=0)
    (flow,) = load(write(here, SETTINGS, mine=FLOW), {}).flows

    there = Views(decode(delivery, now=0, max_body=9)).unchecked(flow)["event"]

    assert set(re.findall(r"^\| `event\.(\w+)` ", PAGE, re.MULTILINE)) == there.keys()


def test_the_settings_in_the_page_are_all_there_are_with_their_defaults(here: Path) -> None:
    example, *_ = blocks("yaml", PAGE)

    shown = load(write(here, example, mine=FLOW), ENVIRON).settings

    assert shown == load(write(here, EXAMPLE, mine=FLOW), ENVIRON).settings
    without_comments = re.sub(r"\n *#.*", "", example)
    assert without_comments == EXAMPLE


FLOWS = [
    block
    for page in (PAGE, TO_LEARN_FROM)
    for block in blocks("yaml", page)
    if re.search("^subscribe:", block, re.MULTILINE)
    # With Python of its own: tests/acceptance/test_ones_own_schema.py.
    and not re.search("^schema: .+:", block, re.MULTILINE)
]


@pytest.mark.parametrize("example", FLOWS, ids=lambda block: block.splitlines()[0])
def test_every_example_flow_does_what_its_tests_say(example: str, here: Path) -> None:
    loaded = load(write(here, SETTINGS, example=example), {})

    assert loaded.tests
    assert loaded.warnings == ()
    assert check(loaded) == []
