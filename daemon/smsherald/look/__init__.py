"""How the project's pages look, and what they keep to: the inbox and the status page share it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Nothing comes from elsewhere, nothing goes there, and no other page may show ours."""

SHARED: Final = {"/style.css": "text/css", "/page.js": "text/javascript"}
"""The paths of what all pages load, with their content types."""


def shared(path: str) -> str:
    """Return the text of one of them."""
    return (Path(__file__).parent / path.removeprefix("/")).read_text("utf-8")
