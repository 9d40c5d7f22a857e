"""The status page: its files, and how it looks before its script has been told anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from smsherald.look import SHARED, shared
from smsherald.web.said import NOTHING

FILES: Final = ("/status.js", "/live.js")
"""Its scripts, beside those that all pages load."""
_HIGH: Final = 20
"""Of a plot, in the units of its drawing: a minute is one wide."""


class StatusPage:
    """Renders it, and answers with what it loads."""

    def __init__(self) -> None:
        self._page = _template()
        self._files = {path: (shared(path), kind) for path, kind in SHARED.items()}
        folder = files("smsherald.web") / "pages"
        for path in FILES:
            text = (folder / path.removeprefix("/")).read_text("utf-8")
            self._files[path] = (text, "text/javascript")

    def routes(self) -> list[web.RouteDef]:
        """Return what it loads."""
        return [web.get(path, self.file) for path in self._files]

    async def file(self, request: web.Request) -> web.Response:
        """Return its style or a script."""
        text, kind = self._files[request.path]
        return web.Response(text=text, content_type=kind, charset="utf-8")

    def render(self, said: Mapping[str, Any], wanted: str) -> str:
        """Return the page as of now; `wanted` is what is searched for."""
        shown = {**NOTHING, **said, "wanted": wanted}
        shown["last_events"] = [_whole(event) for event in shown["last_events"]]
        return self._page.render(shown)


@cache
def _template() -> Template:
    """Compile it once a process: that takes some 20 ms, and tests start many daemons."""
    pages = Environment(
        loader=PackageLoader("smsherald.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "figure": figure,
        "utc": utc,
        "iso": iso,
        "bars": bars,
        "alternative": alternative,
    }
    return pages.get_template("status.html")


def figure(number: int | None) -> str:
    """Write a count as people read it; None is what nobody knows."""
    return "not known" if number is None else f"{number:,}"


def utc(at: float) -> str:
    """Write seconds since the epoch for a reader; the script does it in the reader's own time."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(at: float) -> str:
    """Write seconds since the epoch for programs."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def bars(counts: Sequence[int]) -> str:
    """Return the path of a plot: a bar for each minute, the highest as high as the plot."""
    peak = max(counts, default=0)
    return "".join(
        f"M{place}.5 {_HIGH}v-{max(1, round(_HIGH * count / peak))}"
        for place, count in enumerate(counts)
        if count
    )


def alternative(counts: Sequence[int], word: str) -> str:
    """Say in words what a plot shows."""
    most = max(counts, default=0)
    if not most:
        return f"{word}: none in the last hour"
    return f"{word}: {sum(counts):,} in the last hour, at most {most:,} in a minute"


def _whole(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a field that an event or a part of it has not be None."""
    parts = [defaultdict[str, Any](lambda: None, part) for part in event["parts"]]
    return defaultdict(lambda: None, {**event, "parts": parts})
