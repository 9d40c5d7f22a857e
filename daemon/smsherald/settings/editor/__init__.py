"""JSON Schema of settings and flows for editors, made from the marshmallow schemas."""

from smsherald.settings.editor.schemas import FILES, flow_schema, settings_schema, written

__all__ = ["FILES", "flow_schema", "settings_schema", "written"]
