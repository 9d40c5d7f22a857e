"""Reads one YAML document: events of PyYAML's C parser into a `Document`.

What they mean is decided here, because the stock loader forgets places, lets the last of two
equal keys win, follows `<<`, and reads `no` as false.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from smsherald.errors import ConfigurationError
from smsherald.events.plain import is_whole
from smsherald.settings.yaml.errors import explain
from smsherald.settings.yaml.places import Document, Mark, Path, Place, split_lines
from smsherald.settings.yaml.scalars import Given, Scalar, encodable, scalar

MOST_VALUES = 20_000
"""How many values a file may hold once its aliases are followed: a few aliases of aliases would
otherwise fill the memory."""
MOST_LEVELS = 50
# The names of aliases are not shown: a password may begin with `*`.
_NO_ANCHOR = "this alias has no anchor before it; put quotes around a text that begins with `*`"
_SWALLOWED = re.compile(r"[ \t]+#[^\s#]")


class _Anchor(NamedTuple):
    value: Any
    path: Path
    first: int
    last: int


def read_yaml(text: str, file: str, *, given: bool = False) -> Document:
    """Read a text as one YAML document; an empty one is None.

    `given`: a lone scalar becomes `Given` text (an environment variable has no types). What can
    be read although it is wrong goes to the document's `problems`; ConfigurationError is raised
    for a text that is no YAML, has too many levels or values, or follows an unknown alias.
    """
    if not encodable(text):
        raise ConfigurationError([Place(file, 1, 1).problem("this is not UTF-8")])
    reader = _Reader(text, file, given=given)
    try:
        return reader.read()
    except yaml.MarkedYAMLError as error:
        raise reader.syntax(error) from None
    except yaml.reader.ReaderError as error:
        raise reader.unreadable(error) from None
    finally:
        reader.dispose()


class _Reader:
    def __init__(self, text: str, file: str, *, given: bool) -> None:
        self._text = text
        self._given = given
        self._document = Document(file, lines=split_lines(text))
        self._anchors: dict[str, _Anchor] = {}
        self._open: set[str] = set()
        self._order: list[Path] = []
        self._last: Any = None
        self._parser = yaml.CSafeLoader(text)
        self.dispose = self._parser.dispose

    def read(self) -> Document:
        document = self._document
        self._next()
        if not isinstance(self._next(), yaml.StreamEndEvent):
            document.data = self._node(self._next(), (), None)
            self._next()
            extra = self._next()
            if isinstance(extra, yaml.DocumentStartEvent):
                self._wrong(extra, "a second document begins here: a file holds one")
        return document

    def _next(self) -> Any:
        self._last = self._parser.get_event()
        return self._last

    def _node(self, event: Any, path: Path, key: Place | None) -> Any:
        """Return the value that begins with this event, and note its places."""
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, key)
        first = len(self._order)
        self._note(path, Mark(self._place(event), key))
        anchor: str | None = event.anchor
        if anchor is not None:
            self._open.add(anchor)
        self._refuse_tag(event)
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path)
        else:
            value = self._mapping(path)
        if anchor is not None:
            self._open.discard(anchor)
            self._anchors[anchor] = _Anchor(value, path, first, len(self._order))
        return value

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.style:
            return text
        try:
            value = scalar(text)
        except ValueError as error:
            self._wrong(event, str(error))
            return text
        if isinstance(value, str) and _SWALLOWED.match(self._text, event.end_mark.index):
            hint = "what follows ` #` is a comment: put quotes around the text, or a space after #"
            self._wrong(event, hint)
        if self._given and len(self._order) == 1 and value is not None:
            return Given(text)
        return value

    def _sequence(self, path: Path) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            values.append(self._node(event, (*path, len(values)), None))
        return values

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, path, values)
            place = self._place(event)
            if key is None:
                self._skip()
            elif key in values:
                line = self._document.at_key((*path, key)).line
                self._wrong(event, f"the key `{key}` stands twice, the first time in line {line}")
                self._skip()
            else:
                values[key] = self._node(self._next(), (*path, key), place)
        return values

    def _key(self, event: Any, path: Path, values: dict[str, Any]) -> str | None:
        """Return a key, or None where it is none that can be used."""
        if not isinstance(event, yaml.ScalarEvent):
            if isinstance(event, yaml.AliasEvent):
                self._wrong(event, "an alias cannot be a key")
            elif values or not path or not isinstance(event, yaml.MappingStartEvent):
                self._wrong(event, "a key must be text")
                self._rest(event)
            else:
                hint = "put quotes around a template: without them `{{` begins a mapping"
                self._document.problems.append(self._document.at(path).problem(hint))
                self._rest(event)
            return None
        text: str = event.value
        self._refuse_tag(event)
        if event.style:
            return text
        if text == "<<":
            self._wrong(event, "merge keys (`<<`) are not read: write the keys out")
            return None
        plain: Scalar
        try:
            plain = scalar(text)
        except ValueError:
            plain = None
        # A whole number is written in one way only: as a key it is the text that stands there.
        if not isinstance(plain, str) and not is_whole(plain):
            self._wrong(event, "a key must be text: put quotes around it")
            return None
        return text

    def _alias(self, event: Any, path: Path, key: Place | None) -> Any:
        """Return the anchor's value; what is inside keeps the anchor's places."""
        name: str = event.anchor
        if name in self._open:
            raise self._fatal(self._place(event), "this alias stands within its own anchor")
        anchor = self._anchors.get(name)
        if anchor is None:
            raise self._fatal(self._place(event), _NO_ANCHOR)
        self._note(path, Mark(self._place(event), key))
        if len(self._order) + anchor.last - anchor.first > MOST_VALUES:
            raise self._fatal(
                self._place(event), f"more than {MOST_VALUES} values once aliases are followed"
            )
        inner = self._order[anchor.first + 1 : anchor.last]
        for old in inner:
            self._note(path + old[len(anchor.path) :], self._document.marks[old])
        return anchor.value

    def _note(self, path: Path, mark: Mark) -> None:
        if len(path) > MOST_LEVELS:
            raise self._fatal(mark.value, f"more than {MOST_LEVELS} levels")
        if len(self._order) >= MOST_VALUES:
            raise self._fatal(mark.value, f"more than {MOST_VALUES} values")
        self._order.append(path)
        self._document.marks[path] = mark

    def _skip(self) -> None:
        self._rest(self._next())

    def _rest(self, event: Any) -> None:
        """Pass over the rest of a node that began with this event."""
        depth = int(isinstance(event, yaml.CollectionStartEvent))
        while depth:
            event = self._next()
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)

    # --- what is wrong -----------------------------------------------------------------------

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._document.file, mark.line + 1, mark.column + 1)

    def _wrong(self, event: Any, message: str) -> None:
        self._document.problems.append(self._place(event).problem(message))

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            self._wrong(event, "tags (`!…`) are not read: put quotes around what is text")

    def _fatal(self, place: Place, message: str) -> ConfigurationError:
        return ConfigurationError([*self._document.problems, place.problem(message)])

    def syntax(self, error: yaml.MarkedYAMLError) -> ConfigurationError:
        """Say what the parser could not take, and what mostly helps."""
        line, column, message = explain(error, self._document.lines, self._last)
        return self._fatal(Place(self._document.file, line + 1, column + 1), message)

    def unreadable(self, error: yaml.reader.ReaderError) -> ConfigurationError:
        """Say where a character stands that YAML forbids."""
        before = self._text.encode()[: error.position].decode(errors="ignore")
        rows = split_lines(before)
        place = Place(self._document.file, len(rows), len(rows[-1]) + 1)
        return self._fatal(place, "this is no YAML: a character stands here that no file can hold")
