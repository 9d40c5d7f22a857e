"""Whatever a file holds, it is loaded or refused with places: nothing else is ever raised."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import Schema, fields

from smsherald.errors import ConfigurationError
from smsherald.settings.fields import Entries, Items, Section
from smsherald.settings.flows.schema import FlowSchema
from smsherald.settings.load import load
from smsherald.settings.schema import SettingsSchema
from smsherald.settings.yaml.reader import read_yaml
from support.configuration import write

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(0, 10**6).map(lambda number: round(number, 2))
    | st.sampled_from(["", "5s", "none", "${A}", "${", "1MB", "a b", "{{ a }}", "{{", "default"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("default"), inner),
    max_leaves=4,
)
SLOW_HERE = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def shaped(schema: type[Schema]) -> st.SearchStrategy[Any]:
    """Make data with the keys of a schema, and anything for their values."""
    found = {field.data_key or name: value(field) for name, field in schema().fields.items()}
    return st.fixed_dictionaries({}, optional=found) | ANY


def value(field: fields.Field[Any]) -> st.SearchStrategy[Any]:
    if isinstance(field, Section):
        return shaped(field.section)
    if isinstance(field, Entries):
        return st.dictionaries(st.just("default"), value(field.item)) | ANY
    if isinstance(field, Items):
        return st.lists(value(field.item), max_size=2) | ANY
    return ANY


def attempt(path: Path) -> None:
    with suppress(ConfigurationError):
        load(path, {"A": "1"})


@given(st.text())
def test_any_text_is_yaml_or_refused(text: str) -> None:
    with suppress(ConfigurationError):
        read_yaml(text, "a.yaml")


@given(st.text("ab:{}[]&*-!|>#'\"<,? \n\t~5", max_size=60))
def test_any_signs_of_yaml_are_read_or_refused(text: str) -> None:
    with suppress(ConfigurationError):
        read_yaml(text, "a.yaml")


@SLOW_HERE
@given(shaped(SettingsSchema))
def test_any_settings_are_loaded_or_refused(here: Path, data: Mapping[str, Any]) -> None:
    attempt(write(here, json.dumps(data)))


@SLOW_HERE
@given(shaped(FlowSchema))
def test_any_flow_is_loaded_or_refused(here: Path, data: Mapping[str, Any]) -> None:
    attempt(write(here, mine=json.dumps(data)))
