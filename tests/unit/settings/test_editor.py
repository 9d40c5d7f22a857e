"""The JSON Schema of settings and flows takes what smsherald takes; a validator is the editor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from marshmallow import Schema, fields

from smsherald.settings.editor import FILES, flow_schema, settings_schema, written
from smsherald.settings.editor.kinds import KINDS, Writer
from smsherald.settings.editor.patterns import PATTERNS, pattern_of
from smsherald.settings.fields import Credential, Meant, Section
from smsherald.settings.flows.schema import FlowSchema
from smsherald.settings.keys import Keys
from smsherald.settings.schema import SettingsSchema
from smsherald.settings.yaml.reader import read_yaml
from support.golden import ACCOUNT, CASES, Case

REPOSITORY = Path(__file__).parents[3]
OF_SETTINGS, OF_FLOWS = Draft7Validator(settings_schema()), Draft7Validator(flow_schema())
SHIPPED = sorted(
    path for path in (REPOSITORY / "config").rglob("*.yaml") if path.stem != "kustomization"
)
SEEN = re.compile(
    r": (?:unknown\b|is missing$|is an empty |is set by smsherald|is not available yet)"
    r"|: (?:text|nothing|a number|a list|a mapping|true or false) stands where (?!a yes)"
    r"|a mapping is due here$|: wants nothing|: expects nothing"
    r"|: must be (?:[a-z_]+ or |\d[\d,]* to [\d,]+$|a duration|a size|a routing key)"
    r"|: must be (?:a Twilio|1 to 64)"
    r"|: says nothing without|: is missing: an API key|: stands beside auth_token"
    r"|: is no (?:error code|locale)"
)
"""What an editor is told; all else (templates, numbers, names elsewhere) `check` says."""
NOT_SEEN = re.compile(
    r"\.account_from_parameters: true is not|: region: must be"
    # To JSON Schema 5.0 is a whole number.
    r"|: a number stands where a whole number"
)


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, by which editors read."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own name.


for tag, pattern, first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


def keys_of(schema: type[Schema]) -> dict[str, fields.Field[Any]]:
    return {field.data_key or name: field for name, field in schema().fields.items()}


def every(cls: type[Any]) -> Iterator[type[Any]]:
    for inner in cls.__subclasses__():
        yield inner
        yield from every(inner)


def ours(cls: type[Any]) -> list[type[Any]]:
    """Return a class's descendants in the package; tests may have some of their own."""
    return [each for each in every(cls) if each.__module__.startswith("smsherald.")]


def validator(path: Path) -> Draft7Validator:
    return OF_FLOWS if path.parent.name == "flows" else OF_SETTINGS


def complaints(schema: Draft7Validator, data: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(data)]


@pytest.mark.parametrize("name", FILES)
def test_it_is_draft_7_and_its_file_is_json(name: str) -> None:
    schema = json.loads(written(FILES[name]()))

    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_every_kind_of_field_that_reads_in_a_way_of_its_own_has_a_row() -> None:
    """A kind that a test finds here needs its line in `editor/kinds.py`."""
    own = {each for each in [*ours(Meant), *ours(Section)] if "_deserialize" in vars(each)}

    # A credential is read as the text that it is.
    assert own - {Credential} - KINDS.keys() == set()


def test_a_kind_without_a_row_is_refused() -> None:
    class New(Meant[int]):
        pass

    with pytest.raises(LookupError, match="New has no row"):
        Writer(lambda _: {}, references=False).of(New())


@pytest.mark.parametrize("schema", ours(Keys), ids=lambda schema: schema.__name__)
def test_each_mapping_has_the_keys_that_are_read_and_says_of_each_what_it_is(
    schema: type[Keys],
) -> None:
    """What an editor offers where a key is due, and shows beside it."""
    found = [
        each
        for root in (settings_schema(), flow_schema())
        for each in mappings(root)
        if each["properties"].keys() == keys_of(schema).keys()
    ]

    assert found or schema.__name__ == "PublicSchema"
    for each in found:
        assert each["additionalProperties"] is False
        for key, field in keys_of(schema).items():
            assert each["properties"][key]["description"] == field.metadata["meaning"]


def mappings(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema
        for inner in schema.values():
            yield from mappings(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from mappings(inner)


@pytest.mark.parametrize("schema", ours(Keys), ids=lambda schema: schema.__name__)
def test_a_default_is_what_is_read_of_it(schema: type[Keys]) -> None:
    writer = Writer(lambda _: {}, references=True)

    for key, field in keys_of(schema).items():
        described = writer.of(field)
        if "default" in described:
            default = field.load_default() if callable(field.load_default) else field.load_default
            assert field.deserialize(described["default"]) == default, key
            assert complaints(Draft7Validator(described), described["default"]) == [], key


def test_defaults_are_offered_as_they_are_written() -> None:
    broker = settings_schema()["properties"]["broker"]["properties"]

    assert broker["heartbeat"]["default"] == "10s"
    assert broker["prefetch"]["default"] == "4x"
    assert broker["max_body"]["default"] == "1MB"
    assert broker["concurrency"]["default"] == 200


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_is_shipped_is_right(path: Path) -> None:
    text = path.read_text()

    assert complaints(validator(path), read_yaml(text, path.name).data) == []
    # As an editor reads it.
    assert complaints(validator(path), yaml.load(text, Core)) == []  # noqa: S506 - a safe one.


def examples() -> Iterator[tuple[str, str]]:
    for page in sorted((REPOSITORY / "docs").glob("*.md")):
        for number, text in enumerate(
            re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
        ):
            yield f"{page.stem}-{number}", text


EXAMPLES = list(examples())


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_what_the_pages_show_is_right(name: str, text: str) -> None:
    """A piece of a file lacks what stands elsewhere; all that it has must be right."""
    for data in (read_yaml(text, name).data, yaml.load(text, Core)):  # noqa: S506 - a safe one.
        assert isinstance(data, dict)
        known = [
            schema
            for schema, keys in ((OF_SETTINGS, SettingsSchema), (OF_FLOWS, FlowSchema))
            if data.keys() <= keys_of(keys).keys()
        ]
        wrong = [
            [
                each.message
                for each in schema.iter_errors(data)
                if each.validator != "required" and (each.validator != "anyOf" or each.path)
            ]
            for schema in known
        ]
        assert [] in wrong, wrong


def of_case(case: Case) -> list[str] | None:
    """Return what an editor says of a golden case's files; None where one is no YAML."""
    found: list[str] = []
    for name, text in case.parts[:-1]:
        if not name.split(" (")[0].endswith(".yaml"):
            continue
        whole = text + ("\ntwilio: {accounts: {}}" if name.endswith(ACCOUNT) else "")
        try:
            document = read_yaml(whole, name)
        except Exception:  # noqa: BLE001 - an editor has a word of its own for what is no YAML.
            return None
        if document.problems:
            return None
        path = Path(name.removesuffix(ACCOUNT))
        said = complaints(validator(path), {} if document.data is None else document.data)
        found += [each for each in said if not (name.endswith(ACCOUNT) and "accounts" in each)]
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_of_what_is_wrong_an_editor_says_what_is_a_shape_s_and_nothing_else(case: Case) -> None:
    said = of_case(case)
    if said is None or "environment" in dict(case.parts):
        return
    lines = case.says.splitlines()
    shape = [line for line in lines if SEEN.search(line) and not NOT_SEEN.search(line)]
    if shape:
        assert said, shape
    elif all(line.startswith("warning: ") or " expected " in line for line in lines):
        assert said == []


SHAPES = {shape.__name__: shape for shape in PATTERNS}


@st.composite
def nearly(draw: st.DrawFn, pattern: str) -> str:
    """Draw a text of a pattern, with perhaps one of its signs changed."""
    text = draw(st.from_regex(pattern, fullmatch=True))
    at = draw(st.integers(0, len(text)))
    put = draw(st.sampled_from(["", "", "0", "a", "Z", ".", "-", "+", "#", ":", " ", "/", "\n"]))
    return text[:at] + put + text[at + draw(st.integers(0, 1)) :]


@pytest.mark.parametrize("name", SHAPES)
@given(data=st.data())
@settings(max_examples=10)
def test_a_pattern_takes_all_that_its_shape_takes(name: str, data: st.DataObject) -> None:
    shape = SHAPES[name]
    text = data.draw(nearly(PATTERNS[shape]))
    try:
        shape(text)
    except ValueError:
        return
    assert re.search(pattern_of(shape) or "", text), text


@pytest.mark.parametrize(
    ("key", "text", "right"),
    [
        ("concurrency", "${CONCURRENCY:-200}", True),
        ("concurrency", "200", False),
        ("concurrency", 10_001, False),
        ("declare", "${DECLARE}", True),
        ("declare", "yes", False),
        ("heartbeat", "${BEAT}", True),
        ("heartbeat", "10", False),
        ("heartbeat", 10, False),
        ("prefetch", 800, True),
        ("prefetch", "x4", False),
        ("exchange", "${EXCHANGE}", True),
        ("exchange", "two words", False),
        ("management", None, True),
        ("exchange", None, False),
    ],
)
def test_a_setting_may_come_from_the_environment(key: str, text: object, right: bool) -> None:  # noqa: FBT001 - a row of a table.
    account = {"account_sid": "${SID}", "auth_token": "${TOKEN}", "from": "${FROM}"}
    data = {"twilio": {"accounts": {"default": account}}, "broker": {key: text}}

    assert (complaints(OF_SETTINGS, data) == []) is right


def test_a_flow_takes_nothing_from_the_environment() -> None:
    assert "${" not in written(flow_schema()).replace("\\$", "$").replace("${…}", "")


def test_a_section_may_be_empty() -> None:
    account = {"account_sid": "${SID}", "auth_token": "${TOKEN}", "from": "${FROM}"}

    assert complaints(OF_SETTINGS, {"twilio": {"accounts": {"a": account}}, "broker": None}) == []
    assert complaints(OF_SETTINGS, {"twilio": None}) != []
