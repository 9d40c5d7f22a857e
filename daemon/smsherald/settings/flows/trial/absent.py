"""In which line of a flow's file stands what a test's event does not have."""

from __future__ import annotations

from pathlib import Path

from smsherald.errors import ConfigurationError
from smsherald.flows.trial import Absent, Failure
from smsherald.settings.flows.trial.places import Places
from smsherald.settings.yaml.files import read_file
from smsherald.settings.yaml.places import Document
from smsherald.settings.yaml.within import within


def in_the_flow(failure: Failure, places: Places) -> str:
    """Say it behind a failure; nothing where no path is why it fails.

    The flow's file is read again: nobody keeps it for the sake of a test that fails.
    """
    if not failure.absent:
        return ""
    try:
        document = read_file(Path(places.test.file))
    except ConfigurationError:
        return ""
    lines = {each: _line(each, document) for each in failure.absent}
    near = dict.fromkeys(
        f"`{each.near}` in line {line}" for each, line in lines.items() if each.near is not None
    )
    # Behind the drawing of a text it would seem to be of it.
    before = "\n    " if "\n" in failure.message else "; "
    if near:
        return f"{before}did you mean {', '.join(near)}?"
    return f"{before}it is read in line {', '.join(dict.fromkeys(map(str, lines.values())))}"


def _line(absent: Absent, document: Document) -> int:
    where = absent.source.where
    # What may stand in a list may stand alone.
    path = where if where in document.marks else where[:1]
    return within(document, path, absent.spot, absent.spot.column).line
