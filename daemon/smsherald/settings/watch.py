"""How the files of a configuration are, so that a change is seen without reading them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from smsherald.settings.flows.own import changed_files
from smsherald.settings.interpolate import named_files
from smsherald.settings.yaml.files import MOST_BYTES

Look: TypeAlias = frozenset[tuple[str, int, int, int]]
"""Of every file its path, when it was written, how long it is and which one it is: Kubernetes and
many an editor put another in its place."""


def look(config: Path) -> Look:
    """Return how the settings, the flows beside them and the files that `${file:…}` names are.

    So is the code of schemas of one's own that is another than was imported. A file that is not
    there, or cannot be seen, is left out.
    """
    found = set()
    for path in _files(config):
        try:
            status = path.stat()
        except (OSError, ValueError):
            continue
        found.add((str(path), status.st_mtime_ns, status.st_size, status.st_ino))
    return frozenset(found)


def _files(config: Path) -> Iterator[Path]:
    yield config
    for changed in changed_files().values():
        yield from changed
    with suppress(OSError):
        yield from (config.parent / "flows").iterdir()
    try:
        with config.open("rb") as stream:
            content = stream.read(MOST_BYTES)
    except OSError:
        return
    yield from map(Path, named_files(content.decode(errors="replace")))
