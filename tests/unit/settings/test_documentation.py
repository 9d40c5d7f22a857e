"""docs/configuration.md says what the schemas and the templates can."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from marshmallow import Schema, fields

from smsherald.flows.filters import FILTERS
from smsherald.settings.fields import Entries, Section
from smsherald.settings.flows.check import check
from smsherald.settings.flows.schema import ExpectSchema, FlowSchema, FlowTestSchema
from smsherald.settings.load import load
from smsherald.settings.schema import SettingsSchema
from support.configuration import EXAMPLE, FLOW, SETTINGS, write
from support.texting import ACCOUNT, SENDER

PAGE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()
ENVIRON = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "token", "TWILIO_FROM": SENDER}


def settings(schema: type[Schema], above: str = "") -> Iterator[str]:
    """Yield every setting's name; a section is named by what is in it."""
    for name, field in schema().fields.items():
        path = f"{above}{field.data_key or name}"
        inner: fields.Field[object] = field
        if isinstance(field, Entries):
            inner, path = field.item, f"{path}.NAME"
        if isinstance(inner, Section):
            yield from settings(inner.section, f"{path}.")
        else:
            yield path


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("setting", list(settings(SettingsSchema)))
def test_every_setting_is_documented(setting: str) -> None:
    assert f"`{setting}`" in PAGE, setting


@pytest.mark.parametrize(
    "key", [field.data_key or name for name, field in FlowSchema().fields.items()]
)
def test_every_key_of_a_flow_is_documented(key: str) -> None:
    assert f"\n| `{key}` |" in PAGE, key


@pytest.mark.parametrize("schema", [FlowTestSchema, ExpectSchema])
def test_every_key_of_a_test_is_documented(schema: type[Schema]) -> None:
    section = PAGE.split("### Tests")[1].split("### An example")[0]

    for name, field in schema().fields.items():
        assert f"`{field.data_key or name}" in section, name


def test_every_filter_and_every_key_that_comes_later_is_documented() -> None:
    for name in (*FILTERS, *FlowSchema.later):
        assert f"`{name}`" in PAGE, name


def test_the_settings_in_the_page_are_all_there_are_with_their_defaults(here: Path) -> None:
    example, *_ = blocks("yaml")

    shown = load(write(here, example, mine=FLOW), ENVIRON).settings

    assert shown == load(write(here, EXAMPLE, mine=FLOW), ENVIRON).settings
    without_comments = re.sub(r"\n *#.*", "", example)
    assert without_comments == EXAMPLE


@pytest.mark.parametrize(("block", "tests"), [(1, 3), (2, 4)])
def test_the_example_flows_do_what_their_tests_say(block: int, tests: int, here: Path) -> None:
    loaded = load(write(here, SETTINGS, example=blocks("yaml")[block]), {})

    assert len(loaded.tests) == tests
    assert loaded.warnings == ()
    assert check(loaded) == []
