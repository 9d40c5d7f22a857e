"""Writes dashboard.json beside itself, for Grafana 10 or newer: python3 monitoring/dashboard.py.

Nothing but Python is needed. What it shows stands in panels.py; this is how Grafana wants it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from panels import ROWS, Panel

WIDTH, HEIGHT = 24, 7
"""Of the whole grid, and of a panel, in Grafana's units."""
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def targets(panel: Panel) -> list[dict[str, Any]]:
    """Return the queries as Grafana has them."""
    return [
        {
            "datasource": SOURCE,
            "expr": query,
            "legendFormat": legend,
            "refId": chr(ord("A") + number),
            "range": panel.kind == "timeseries",
            "instant": panel.kind == "stat",
        }
        for number, (legend, query) in enumerate(panel.queries.items())
    ]


def drawn(panel: Panel) -> dict[str, Any]:
    """Return how the panel's kind is drawn."""
    if panel.kind == "stat":
        options = {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "none",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "textMode": "value_and_name"
            if any("{{" in each for each in panel.queries)
            else "value",
        }
        return {
            "options": options,
            "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        }
    custom = {
        "drawStyle": "line",
        "fillOpacity": 30 if panel.stacked else 0,
        "lineWidth": 1,
        "showPoints": "never",
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
    }
    options = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    defaults = {"unit": panel.unit, "min": 0, "noValue": "none", "custom": custom}
    return {"options": options, "fieldConfig": {"defaults": defaults, "overrides": []}}


def panels() -> list[dict[str, Any]]:
    """Return all panels, a row after the other."""
    made: list[dict[str, Any]] = []
    top = 0
    for title, row in ROWS.items():
        grid = {"h": 1, "w": WIDTH, "x": 0, "y": top}
        made.append(
            {
                "id": len(made) + 1,
                "type": "row",
                "title": title,
                "collapsed": False,
                "gridPos": grid,
                "panels": [],
            }
        )
        top += 1
        width = WIDTH // min(len(row), 6)
        height = 4 if all(panel.kind == "stat" for panel in row) else HEIGHT
        for number, panel in enumerate(row):
            grid = {"h": height, "w": width, "x": number * width, "y": top}
            made.append(
                {
                    "id": len(made) + 1,
                    "type": panel.kind,
                    "title": panel.title,
                    "description": panel.description,
                    "datasource": SOURCE,
                    "gridPos": grid,
                    "targets": targets(panel),
                    **drawn(panel),
                }
            )
        top += height
    return made


def variable(name: str, label: str, query: str) -> dict[str, Any]:
    """Return a variable of which several values can be chosen, at first all."""
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "options": [],
    }


def dashboard() -> dict[str, Any]:
    """Return the whole."""
    source = {
        "type": "datasource",
        "name": "datasource",
        "label": "Prometheus",
        "query": "prometheus",
        "refresh": 1,
        "current": {},
        "options": [],
    }
    return {
        "uid": "smsherald",
        "title": "smsherald",
        "description": "Events on RabbitMQ that become text messages.",
        "tags": ["smsherald"],
        "timezone": "browser",
        "editable": True,
        "graphTooltip": 1,
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                source,
                variable("namespace", "Namespace", "label_values(smsherald_build_info, namespace)"),
                variable(
                    "job",
                    "Job",
                    'label_values(smsherald_build_info{namespace=~"$namespace"}, job)',
                ),
                variable(
                    "instance",
                    "Instance",
                    'label_values(smsherald_build_info{namespace=~"$namespace",job=~"$job"}, '
                    "instance)",
                ),
            ]
        },
        "annotations": {"list": []},
        "links": [],
        "panels": panels(),
    }


if __name__ == "__main__":
    written = json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"
    Path(__file__).with_suffix(".json").write_text(written)
