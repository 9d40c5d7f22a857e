"""JSON Schema of the marshmallow schemas: of settings and flows for editors, of events for all."""

from smsherald.settings.editor.events import EventSchemas
from smsherald.settings.editor.schemas import FILES, flow_schema, settings_schema, written

__all__ = ["FILES", "EventSchemas", "flow_schema", "settings_schema", "written"]
