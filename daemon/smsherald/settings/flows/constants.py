"""What a flow says of every event alike, and can be checked before there is one."""

from __future__ import annotations

import re

from smsherald.errors import UnusableError
from smsherald.flows import Here, Template, TemplateError, template
from smsherald.sms import e164

_PATH = re.compile(r"([A-Za-z_]\w*)(?:\.\w+|\[[^\[\]]+\])+(?:\s*\|.*)?", re.DOTALL)
"""A path, and maybe its filters; the group is the name that it begins with."""
_OPENING, _CLOSING = "“„”«»\u2018\u2019\u201a", "“”«»\u2018\u2019"
"""Quotes that editors make of those of YAML."""


def text_template(source: str, *, names: frozenset[str] | None, here: Here) -> Template:
    """Return a template, unless it is a path whose braces somebody forgot. Raises TemplateError.

    `names` are those that a path may begin with; None: only `event` is known.
    """
    return _braced(template(source, names=names, here=here), names)


def value_template(
    source: str, *, names: frozenset[str] | None, here: Here, lenient: bool = False
) -> Template:
    """Return a template for one value: quotes around it would be part of that.

    Raises TemplateError, as `text_template` does.
    """
    bare = source.strip()
    if bare[0] in _OPENING and bare[-1] in _CLOSING:
        message = (
            f"its quotes would be part of it: those of YAML are \" and ', not {bare[0]}{bare[-1]}"
        )
        raise TemplateError(message, 1)
    return _braced(template(source, lenient=lenient, names=names, here=here), names)


def _braced(read: Template, names: frozenset[str] | None) -> Template:
    fixed = "" if read.fixed is None else read.fixed.strip()
    path = _PATH.fullmatch(fixed)
    if path is not None and path[1] in (names or {"event"}):
        message = f"`{{{{ {fixed} }}}}` is meant? without braces it is this very text"
        raise TemplateError(message, 1)
    return read


def checked_number(read: Template, region: str, *, regional: bool) -> Template:
    """Return a template for a number, if it can be one; a text without braces must be one.

    `region` is whose national numbers it may be; `regional`: only the event says whose. Raises
    TemplateError.
    """
    fixed = read.fixed
    if fixed is None or (regional and not fixed.lstrip().startswith("+")):
        return read
    try:
        e164(fixed.strip(), region)
    except UnusableError as error:
        raise TemplateError(f"is no phone number: it {error.detail}{hint(fixed)}", 1) from None
    return read


def checked_link(read: Template) -> Template:
    """Return a template for a link, if it can be one. Raises TemplateError."""
    fixed = read.fixed
    if fixed is None or fixed.strip().startswith("https://"):
        return read
    raise TemplateError(f"is no link that begins with https://{hint(fixed)}", 1)


def hint(text: str) -> str:
    """Say how a template is written, where a text is a path."""
    path = text.strip()
    return f"; a template has braces: `{{{{ {path} }}}}`" if _PATH.fullmatch(path) else ""
