"""Draws what the dashboard shows, without Grafana: its panels, by the answers of a Prometheus.

python3 monitoring/picture.py http://127.0.0.1:9090 dashboard.svg --minutes 60

Nothing but Python is needed. Each panel is a plot of its queries over those minutes; a panel of
one figure shows the newest.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

DASHBOARD = Path(__file__).with_name("dashboard.json")
COLUMN, UNIT = 50, 26
"""Pixels of one of Grafana's columns, and of one unit of height."""
POINTS = 120
LEGENDS = 6
COLOURS = ("#3b78c3", "#c2561a", "#2f8f4e", "#8a4fb0", "#b58900", "#c03a5b", "#4d8f8f", "#777777")

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """One line of a plot: its name and its points, by seconds since the epoch."""

    name: str
    points: list[Point]


def asked(query: str, step: float) -> str:
    """Return a panel's query for all that there is, as Prometheus takes it."""
    every = f"{max(4 * step, 2):.0f}s"
    query = query.replace("$__rate_interval", every)
    for variable in ("$namespace", "$job", "$instance"):
        query = query.replace(variable, ".*")
    return query


def answered(prometheus: str, query: str, start: float, end: float) -> list[dict[str, Any]]:
    """Return the series that Prometheus finds."""
    step = max((end - start) / POINTS, 0.25)
    question = {"query": asked(query, step), "start": start, "end": end, "step": step}
    with urlopen(f"{prometheus}/api/v1/query_range?{urlencode(question)}", timeout=30) as answer:  # noqa: S310 - an address that the user names
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return found


def named(legend: str, labels: Mapping[str, str]) -> str:
    """Return a series' name by the legend's pattern."""
    return re.sub(r"{{(\w+)}}", lambda found: labels.get(found[1], ""), legend).strip() or "all"


def series(prometheus: str, panel: Mapping[str, Any], start: float, end: float) -> list[Series]:
    """Return all lines of a panel."""
    return [
        Series(
            named(target["legendFormat"], each["metric"]),
            [(at, number) for at, text in each["values"] if not math.isnan(number := float(text))],
        )
        for target in panel["targets"]
        for each in answered(prometheus, target["expr"], start, end)
    ]


def short(value: float, unit: str) -> str:
    """Return a number as a person reads it."""
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    if unit == "dateTimeFromNow":
        return time.strftime("%H:%M:%S UTC", time.gmtime(value / 1000))
    for size, mark in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {mark}"
    if unit == "s" and 0 < abs(value) < 1:
        return f"{1000 * value:.3g} ms"
    return f"{value:.3g}" + (" s" if unit == "s" else "")


def text(x: float, y: float, said: str, size: int = 11, more: str = "") -> str:
    """Return a line of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" {more}>{escape(said)}</text>'


def plot(lines: list[Series], box: tuple[float, float, float, float], unit: str) -> list[str]:
    """Draw lines into a box (left, top, width, height) whose bottom is 0."""
    left, top, width, height = box
    points = [point for line in lines for point in line.points]
    highest = max((value for _, value in points), default=0) or 1
    first, last = min(at for at, _ in points), max(at for at, _ in points)
    span = last - first or 1
    drawn = [
        f'<path d="M{left:.1f} {top + height:.1f}h{width:.1f}" stroke="#bbb" fill="none"/>',
        text(left, top + 9, short(highest, unit), 9, 'fill="#777"'),
    ]
    for number, line in enumerate(lines):
        places = " ".join(
            f"{left + width * (at - first) / span:.1f},{top + height * (1 - value / highest):.1f}"
            for at, value in line.points
        )
        colour = COLOURS[number % len(COLOURS)]
        drawn.append(
            f'<polyline points="{places}" stroke="{colour}" stroke-width="1.5" fill="none"/>'
        )
    return drawn


def legend(lines: list[Series], left: float, bottom: float, width: float) -> list[str]:
    """Name the lines; of many, those with the highest values."""
    highest = sorted(
        enumerate(lines), key=lambda each: -max((value for _, value in each[1].points), default=0)
    )
    each = width / 3
    return [
        text(
            left + each * (place % 3),
            bottom - 12 * (1 - place // 3),
            line.name[:24],
            9,
            f'fill="{COLOURS[number % len(COLOURS)]}"',
        )
        for place, (number, line) in enumerate(highest[:LEGENDS])
    ]


def panel_drawn(panel: Mapping[str, Any], lines: list[Series]) -> list[str]:
    """Draw one panel at its place."""
    grid = panel["gridPos"]
    left, top = grid["x"] * COLUMN, grid["y"] * UNIT
    width, height = grid["w"] * COLUMN, grid["h"] * UNIT
    if panel["type"] == "row":
        return [text(left + 6, top + 18, panel["title"], 14, 'font-weight="bold"')]
    unit = panel["fieldConfig"]["defaults"]["unit"]
    frame = (
        f'<rect x="{left + 3}" y="{top + 3}" width="{width - 6}" height="{height - 6}" rx="3"'
        ' fill="#fff" stroke="#ddd"/>'
    )
    drawn = [frame, text(left + 12, top + 20, panel["title"], 12)]
    lines = [line for line in lines if line.points]
    if not lines:
        return [*drawn, text(left + 12, top + 48, "no data", 11, 'fill="#777"')]
    if panel["type"] == "stat":
        said = ", ".join(line.name for line in lines)
        newest = ", ".join(dict.fromkeys(short(line.points[-1][1], unit) for line in lines))
        below = text(left + 12, top + 76, said[:32], 9, 'fill="#777"')
        return [*drawn, text(left + 12, top + 56, newest, 22), below]
    box = (left + 12, top + 30, width - 24, height - 66)
    names = legend(lines, left + 12, top + height - 12, width - 24)
    return [*drawn, *plot(lines, box, unit), *names]


def picture(prometheus: str, start: float, end: float) -> str:
    """Return the whole dashboard as SVG."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    width = 24 * COLUMN
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) * UNIT
    drawn = [
        part
        for panel in panels
        for part in panel_drawn(
            panel, series(prometheus, panel, start, end) if "targets" in panel else []
        )
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" fill="#222">'
    )
    ground = f'<rect width="{width}" height="{height}" fill="#f6f6f6"/>'
    return "\n".join([head, ground, *drawn, "</svg>\n"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the dashboard as SVG.")
    parser.add_argument("prometheus", help="its address, such as http://127.0.0.1:9090")
    parser.add_argument("file", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    chosen = parser.parse_args()
    now = time.time()
    chosen.file.write_text(picture(chosen.prometheus, now - 60 * chosen.minutes, now))
