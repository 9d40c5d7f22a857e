"""Settings from the environment: `SMSHERALD__BROKER__URL` is `broker.url`, and wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smsherald.errors import ConfigurationError
from smsherald.settings.yaml.places import Document, Mark, Path, Place
from smsherald.settings.yaml.reader import read_yaml

PREFIX = "SMSHERALD__"
"""Two underscores: names with one (`SMSHERALD_PORT`, which Kubernetes sets in every pod beside a
service called smsherald) are none of our business."""


def override(document: Document, environ: Mapping[str, str]) -> tuple[set[Path], set[Path]]:
    """Put the environment's values into the document, each read as one YAML value.

    Returns the paths that were set, and those whose value is no YAML. Whether a setting of that
    name exists is the schema's to say: the place of what is put in names the variable.
    """
    found: set[Path] = set()
    broken: set[Path] = set()
    names = [name for name in environ if name.startswith(PREFIX)]
    for name in sorted(names, key=lambda name: (name.count("__"), name)):
        place = Place(f"environment:{name}", 1, 1)
        path: Path = tuple(name[len(PREFIX) :].lower().split("__"))
        if not all(path):
            document.problems.append(place.problem("no setting has this name"))
            continue
        try:
            given = read_yaml(environ[name], place.file, given=True)
        except ConfigurationError as error:
            document.problems.extend(error.problems)
            broken.add(path)
            continue
        if _put(document, path, given, place):
            document.problems.extend(given.problems)
            found.add(path)
    return found, broken


def _put(document: Document, path: Path, given: Document, place: Place) -> bool:
    """Set one path, making the mappings above it; False where something else stands there."""
    data: dict[Any, Any] = dict(document.data or {}) if _open(document.data) else {}
    if not _open(document.data):
        return _blocked(document, (), place)
    root = data
    for depth in range(1, len(path)):
        above, key = path[:depth], path[depth - 1]
        inner = data.get(key)
        if not _open(inner):
            return _blocked(document, above, place)
        if inner is None:
            document.marks[above] = Mark(place, place)
        data[key] = dict(inner or {})
        data = data[key]
    for old in [old for old in document.marks if old[: len(path)] == path]:
        del document.marks[old]
    data[path[-1]] = given.data
    document.data = root
    document.marks |= {path + inner: mark for inner, mark in given.marks.items()}
    document.marks[path] = Mark(place, place)
    return True


def _open(value: object) -> bool:
    return value is None or isinstance(value, dict)


def _blocked(document: Document, path: Path, place: Place) -> bool:
    name = ".".join(map(str, path)) or "the settings file"
    document.problems.append(place.problem(f"no setting has this name: {name} is no mapping"))
    return False
