"""What all our schemas share: unknown keys get a hint, and errors become problems with places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeAlias

from marshmallow import EXCLUDE, Schema, ValidationError, validates_schema

from smsherald.errors import Problem
from smsherald.settings.fields import NOTHING, AtKey, ListDue, Unknown
from smsherald.settings.yaml.places import Document, Path, Source

Finding: TypeAlias = tuple[Path, str]
"""What is wrong, and with which key."""

_COMMENT = re.compile(r"\s*#")
NOT_YET = "is not available yet"


class Keys(Schema):
    """A mapping whose keys are ours."""

    class Meta:
        """Unknown keys are reported by us, with a hint."""

        unknown = EXCLUDE

    error_messages = {"type": "a mapping is due here"}  # noqa: RUF012 - marshmallow's own name.
    hints: ClassVar[Mapping[str, str]] = {}
    """What to say to some unknown keys."""

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def know_keys(self, _data: Any, original: Any, **_: Any) -> None:
        """Refuse keys that are not ours."""
        if not isinstance(original, Mapping):
            return
        known = [field.data_key or name for name, field in self.fields.items()]
        if unknown := [key for key in original if key not in known]:
            raise ValidationError({key: [self._unknown(key, known)] for key in unknown})

    def _unknown(self, key: str, known: list[str]) -> AtKey:
        if key in self.hints:
            return AtKey(self.hints[key])
        # Only who mistypes waits for the library.
        from difflib import get_close_matches  # noqa: PLC0415

        near = get_close_matches(key.lower(), known, n=1)
        return Unknown(near[0] if near else None)


def load(schema: type[Keys], document: Document) -> tuple[dict[str, Any], list[Finding]]:
    """Load a document; return what is valid of it, and what is wrong with the rest."""
    try:
        valid: Any = schema().load({} if document.data is None else document.data)
    except ValidationError as error:
        valid = error.valid_data
        # Where the value itself could not be read, its shape says nothing.
        unread = {(problem.file, problem.line, problem.column) for problem in document.problems}
        findings = [
            (path, _with_hint(path, message, document))
            for path, message in _flatten(error.messages, ())
            if path not in document.marks or tuple(document.at(path)) not in unread
        ]
        return (valid if isinstance(valid, dict) else {}), findings
    else:
        return valid, []


def _with_hint(path: Path, message: str, document: Document) -> str:
    """Add why there is nothing where something seems to be."""
    place = document.at(path)
    if message != NOTHING or place.file != document.file or not document.lines:
        return message
    row = document.lines[place.line - 1]
    if _COMMENT.match(row, place.column - 1):
        return f"{message}: what follows `#` is a comment, unless it is quoted"
    return message


def default(schema: type[Keys], name: str) -> Any:
    """Return what a setting is where none is given."""
    made = schema().fields[name].load_default
    return made() if callable(made) else made


def locate(document: Document, path: Path, message: str) -> Problem:
    """Put an error where it stands: an error about a key at the key.

    Who set a variable looks for its name: it is said, where it was put in.
    """
    if isinstance(message, AtKey):
        place = document.at_key(path)
    else:
        place = document.at(path)
        message = _with_source(document.sources.get(path), message)
    return place.problem(f"{named(path)}: {message}" if path else message)


def _with_source(source: Source | None, message: str) -> str:
    if source is None:
        return message
    if source.empty:
        return f"{source} {'is' if len(source.names) == 1 else 'are'} empty{source.hint}"
    if isinstance(message, ListDue):
        message = f"{message}, and `${{…}}` puts in one text: write [${{…}}]"
    return f"{message} (from {source})"


def named(path: Path) -> str:
    """Write a path as messages show it: `tests[0].expect`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]


def _flatten(errors: Any, path: Path) -> Iterator[Finding]:
    match errors:
        case Mapping():
            for key, inner in errors.items():
                yield from _flatten(inner, path if key == "_schema" else (*path, key))
        case list():
            for inner in errors:
                yield from _flatten(inner, path)
        case _:
            yield path, errors
