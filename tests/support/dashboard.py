"""The shipped dashboard, as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DASHBOARD = Path(__file__).parents[2] / "monitoring" / "dashboard.json"


def document() -> dict[str, Any]:
    """Return the whole."""
    read: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return read


def panels() -> list[dict[str, Any]]:
    """Return its panels, without the rows' titles."""
    return [panel for panel in document()["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    """Return all that they ask."""
    return [target["expr"] for panel in panels() for target in panel["targets"]]
