"""Reads the files of a configuration."""

from __future__ import annotations

from pathlib import Path

from smsherald.errors import ConfigurationError, Problem
from smsherald.settings.yaml.places import Document, Place, split_lines
from smsherald.settings.yaml.reader import read_yaml
from smsherald.unit import why

MOST_BYTES = 10 * 1000**2
READ = "run this one without sudo, or let that user read it (`chmod`, or a copy elsewhere)"
"""What to do where it is for nobody but whoever runs this."""


def read_file(path: Path) -> Document:
    """Read a YAML file. Raises ConfigurationError."""
    file = shown(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError([unreadable(path, error)]) from None
    if len(content) > MOST_BYTES:
        message = f"is larger than {MOST_BYTES:,} bytes"
        raise ConfigurationError([Problem(file, 1, 1, message)])
    try:
        return read_yaml(content.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        rows = split_lines(content[: error.start].decode("utf-8-sig", errors="replace"))
        place = Place(file, len(rows), len(rows[-1]) + 1)
        raise ConfigurationError([place.problem("this is not UTF-8")]) from None


def unreadable(path: Path, error: OSError) -> Problem:
    """Say that a file or folder cannot be read; its content is in no message."""
    return Problem(shown(path), 1, 1, f"cannot be read: {why(error, READ)}")


def shown(path: Path) -> str:
    """Return a path as messages show it: as it was given, so that it can be given again."""
    return str(path)
