"""The code of schemas of one's own: a process imports it once, whatever becomes of its files."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from smsherald.events.schemas import EventSchema, find_schema

_imported: dict[str, dict[Path, bytes | None]] = {}
"""Of each module that a flow has named: its file, and those that it has imported first, each with
the digest of what was in it. It is here also where the import has failed: those stay."""
_named: dict[EventSchema, str] = {}
"""What flows call it."""


def schema_of(name: str) -> EventSchema:
    """Return what a flow's `schema` names, and keep in mind what was imported for it.

    Raises ValueError with a sentence for the operator.
    """
    module, own, _ = name.partition(":")
    if not own:
        return find_schema(name)
    before = set(sys.modules)
    try:
        schema = find_schema(name)
    finally:
        files = _imported.setdefault(module, {})
        for each in {module, *sys.modules.keys() - before}:
            if (file := _file(each)) is not None and file not in files:
                files[file] = _digest(file)
    _named[schema] = name
    return schema


def changed_files() -> Mapping[str, Collection[Path]]:
    """Return what is another than was imported, by the modules that flows name; it blocks.

    By what is in a file: one that was only put there anew is the same.
    """
    return {
        module: changed
        for module, files in _imported.copy().items()
        if (changed := [file for file, was in files.copy().items() if _digest(file) != was])
    }


def waiting(schemas: Iterable[EventSchema | None]) -> tuple[str, ...]:
    """Return the names of those whose code has changed since: a restart takes it. It blocks."""
    changed = changed_files()
    names = (_named[each] for each in dict.fromkeys(schemas) if each in _named)
    return tuple(name for name in names if name.partition(":")[0] in changed)


def _file(module: str) -> Path | None:
    file = getattr(sys.modules.get(module), "__file__", None)
    return Path(file) if isinstance(file, str) else None


def _digest(file: Path) -> bytes | None:
    try:
        return sha256(file.read_bytes()).digest()
    except OSError:
        return None
