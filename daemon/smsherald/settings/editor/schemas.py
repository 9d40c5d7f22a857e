"""JSON Schema (draft-07) of the settings and of a flow file, as editors read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema

from smsherald import __version__
from smsherald.settings.editor.kinds import Json, Writer
from smsherald.settings.flows.routes import RouteSchema
from smsherald.settings.flows.schema import FlowSchema
from smsherald.settings.flows.trial.schema import ExpectSchema, FlowTestSchema
from smsherald.settings.schema import SettingsSchema
from smsherald.settings.twilio.accounts import AccountSchema

_DIALECT = "http://json-schema.org/draft-07/schema#"


def _one_of(*several: str) -> Json:
    return {"anyOf": [{"required": [key]} for key in several]}


TOGETHER: Mapping[type[Schema], Json] = {
    AccountSchema: {
        **_one_of("auth_token", "api_key", "api_secret"),
        "dependencies": {
            "api_key": ["api_secret"],
            "api_secret": ["api_key"],
            "auth_token": {"not": _one_of("api_key", "api_secret")},
        },
    },
    FlowSchema: {
        **_one_of("to", "to_each"),
        "dependencies": {"consent": ["kind"], "too_long": ["max_segments"]},
    },
    RouteSchema: {"minProperties": 1},
    ExpectSchema: {"minProperties": 1},
    FlowTestSchema: {"oneOf": [{"required": ["event"]}, {"required": ["file"]}]},
}
"""What keys of a mapping say only beside others, as far as an editor can be told."""


def settings_schema() -> Json:
    """Return what `smsherald.yaml` may hold; a scalar may also be a text with `${…}`."""
    return _document(SettingsSchema, "smsherald: settings", references=True)


def flow_schema() -> Json:
    """Return what a flow file may hold."""
    return _document(FlowSchema, "smsherald: a flow", references=False)


FILES: Mapping[str, Callable[[], Json]] = {
    "settings.json": settings_schema,
    "flow.json": flow_schema,
}


def written(schema: Json) -> str:
    """Return a schema as the text of its file."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _document(schema: type[Schema], title: str, *, references: bool) -> Json:
    head = {
        "$schema": _DIALECT,
        "$comment": f"Written by smsherald {__version__}; `smsherald init DIR --schemas` does it "
        "anew.",
        "title": title,
    }
    writer = Writer(lambda inner: _mapping(inner, writer), references=references)
    return head | _mapping(schema, writer)


def _mapping(schema: type[Schema] | Schema, writer: Writer) -> Json:
    """Return what a mapping with keys of ours takes."""
    made = schema if isinstance(schema, Schema) else schema()
    keys = {each.data_key or name: each for name, each in made.fields.items()}
    taken: dict[str, Any] = {
        "type": "object",
        "properties": {key: writer.of(field) for key, field in keys.items()},
        "additionalProperties": False,
    }
    if required := [key for key, field in keys.items() if field.required]:
        taken["required"] = required
    return taken | TOGETHER.get(type(made), {})
