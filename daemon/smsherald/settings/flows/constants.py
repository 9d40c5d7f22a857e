"""What a flow says of every event alike, and can be checked before there is one."""

from __future__ import annotations

import re

from smsherald.errors import UnusableError
from smsherald.flows import Template, TemplateError
from smsherald.sms import e164

_PATH = re.compile(r"[A-Za-z_]\w*(?:\.\w+|\[\w+\])+")


def checked_number(template: Template, region: str, *, regional: bool) -> Template:
    """Return a template for a number, if it can be one; a text without braces must be one.

    `region` is whose national numbers it may be; `regional`: only the event says whose. Raises
    TemplateError.
    """
    text = template.fixed
    if text is None or (regional and not text.lstrip().startswith("+")):
        return template
    try:
        e164(text.strip(), region)
    except UnusableError as error:
        raise TemplateError(f"is no phone number: it {error.detail}{_hint(text)}", 1) from None
    return template


def checked_link(template: Template) -> Template:
    """Return a template for a link, if it can be one. Raises TemplateError."""
    text = template.fixed
    if text is None or text.strip().startswith("https://"):
        return template
    raise TemplateError(f"is no link that begins with https://{_hint(text)}", 1)


def _hint(text: str) -> str:
    path = text.strip()
    return f"; a template has braces: `{{{{ {path} }}}}`" if _PATH.fullmatch(path) else ""
