"""`${…}` in settings: values that come from the environment, a file or a systemd credential."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path as FilePath
from typing import Any

from smsherald.settings.environment import in_place_of
from smsherald.settings.yaml.places import Document, Path, Source
from smsherald.settings.yaml.scalars import Given, encodable
from smsherald.unit import editing, environment_files

UNSET = "is not set"
"""What a problem with a variable of the environment says, where it is not there."""
MOST_BYTES = 65_536
"""A secret's file may not be larger: `${file:/dev/zero}` must end."""
_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


class NotThereError(ValueError):
    """What a reference names is not there for who reads, and may be for another."""


def interpolate(
    document: Document,
    environ: Mapping[str, str],
    *,
    keep: Collection[Path],
    excuse: Callable[[Path], bool] = lambda _: False,
) -> set[Path]:
    """Replace every `${…}` in the document's texts, once; what was put in is not read again.

    Nothing under the paths of `keep` is touched. A text with a replacement becomes `Given`, and
    the document's `sources` say of what, its `variables` which were asked for, its `doubts` where
    a default stands in for one that seems to be there by another name.
    Returns the paths that could not be replaced; the problems say what is missing, never what
    another variable holds. That something is not there is none where `excuse` says so.
    """
    failed: set[Path] = set()
    document.variables.update(_variables(document.data, (), keep))

    unset = _Unset(environ, document.variables)

    def walk(value: Any, path: Path) -> Any:
        if path in keep:
            return value
        match value:
            case dict():
                return {key: walk(inner, (*path, key)) for key, inner in value.items()}
            case list():
                return [walk(inner, (*path, index)) for index, inner in enumerate(value)]
            case str() if "${" in value:
                text = value
                try:
                    value, names = _replace(value, environ, unset.hint)
                except ValueError as error:
                    failed.add(path)
                    if not (isinstance(error, NotThereError) and excuse(path)):
                        document.problems.append(document.at(path).problem(str(error)))
                    return value
                document.doubts += map(document.at(path).problem, unset.doubts(text))
                if names:
                    empty = not value.strip()
                    hints = map(unset.hint, _named_variables(text) if empty else ())
                    document.sources[path] = Source(
                        tuple(dict.fromkeys(names)), empty, next(hints, "")
                    )
        return value

    document.data = walk(document.data, ())
    return failed


class _Unset:
    """Knows of variables that are not set, or empty, where they stand and which may be meant."""

    def __init__(self, environ: Mapping[str, str], asked_for: Collection[str]) -> None:
        self._environ = environ
        self._others = environ.keys() - asked_for
        self._files = environment_files(environ)
        self._place = f" (in {' or '.join(self._files)})" if self._files else ""

    def hint(self, variable: str) -> str:
        """Return what to add of one without which it does not go."""
        return self._place + (self._exported(variable) or self._guess(variable, is_needed=True))

    def doubts(self, text: str) -> Iterator[str]:
        """Say of which variables a default stands in although others seem to be meant."""
        for variable, default in _variables_of(text):
            if default is None or self._environ.get(variable):
                continue
            if guess := self._exported(variable) or self._guess(variable, is_needed=False):
                state = "is empty" if variable in self._environ else UNSET
                what = f"the environment variable {variable} {state}{self._place}"
                yield f"{what}, and its default is used{guess}"

    def _exported(self, variable: str) -> str:
        """Say that its line in a file of the unit's is a shell's, which systemd leaves out."""
        for file in self._files:
            # Where this may not read it, the command in front of this one, as root, has said so.
            with suppress(OSError, UnicodeDecodeError):
                text = FilePath(file).read_text(encoding="utf-8")
                if re.search(rf"^\s*export\s+{variable}=", text, re.MULTILINE):
                    return "; its line there begins with `export`: leave that word out"
        return ""

    def _guess(self, variable: str, *, is_needed: bool) -> str:
        meant = in_place_of(variable, self._others, is_needed=is_needed)
        return f"; is {meant} meant to be it?" if meant else ""


def named_files(text: str) -> list[str]:
    """Return the paths that a text names as `${file:…}`, whether they are there or not."""
    return [each.removeprefix("file:") for each in _references(text) if each.startswith("file:")]


def _variables(value: Any, path: Path, keep: Collection[Path]) -> Iterator[str]:
    """Yield those that are asked for by all that is to be replaced."""
    if path in keep:
        return
    match value:
        case dict():
            for key, inner in value.items():
                yield from _variables(inner, (*path, key), keep)
        case list():
            for index, inner in enumerate(value):
                yield from _variables(inner, (*path, index), keep)
        case str():
            yield from _named_variables(value)


def _named_variables(text: str) -> list[str]:
    return [name for name, _ in _variables_of(text)]


def _variables_of(text: str) -> list[tuple[str, str | None]]:
    """Return those that a text asks for, each with its default."""
    matches = [_VARIABLE.fullmatch(each) for each in _references(text)]
    return [(match[1], match[2]) for match in matches if match]


def _references(text: str) -> list[str]:
    return [match[1] or "" for match in _REFERENCE.finditer(text)]


def _replace(
    text: str, environ: Mapping[str, str], hint: Callable[[str], str]
) -> tuple[str, list[str]]:
    """Return the text, and what was put in: none where a default was.

    `hint` is what to add of a variable that is not set.
    """
    replaced = False
    sources: list[str] = []

    def one(match: re.Match[str]) -> str:
        nonlocal replaced
        reference, end = match.groups()
        if reference is None:
            return "${"
        if not end:
            message = "`${` is never closed; `$${` stands for the sign itself"
            raise ValueError(message)
        replaced = True
        value, source = _look_up(reference, environ, hint)
        sources.extend([source] if source else [])
        return value

    result = _REFERENCE.sub(one, text)
    return (Given(result) if replaced else result), sources


def _look_up(
    reference: str, environ: Mapping[str, str], hint: Callable[[str], str]
) -> tuple[str, str | None]:
    """Return what one reference stands for, and what that is; None: what is written there.

    Raises ValueError with a sentence.
    """
    source, colon, name = reference.partition(":")
    if colon and source == "file":
        what = f"${{file:{name}}}"
        return _file(name, what), what
    if colon and source == "credential":
        return _credential(name, environ), f"${{credential:{name}}}"
    match = _VARIABLE.fullmatch(reference)
    if match is None:
        message = (
            "`${…}` takes a variable's name, `NAME:-default`, `file:/path` or `credential:name`; "
            "`$${` stands for the sign itself"
        )
        raise ValueError(message)
    variable, default = match.groups()
    value = environ.get(variable)
    if not value and default is not None:
        return default, None
    what = f"the environment variable {variable}"
    if value is None:
        message = f"{what} {UNSET}{hint(variable)}"
        raise NotThereError(message)
    if not encodable(value):
        message = f"{what} is not UTF-8"
        raise ValueError(message)
    return value, what


def _credential(name: str, environ: Mapping[str, str]) -> str:
    what = f"${{credential:{name}}}"
    directory = environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        message = (
            f"{what}: CREDENTIALS_DIRECTORY is not set; systemd sets it where the unit has "
            f"LoadCredential={name}:FILE ({editing(environ)})"
        )
        raise NotThereError(message)
    if not name or "/" in name or name in {".", ".."}:
        message = f"{what}: a credential's name is the name of one file"
        raise ValueError(message)
    return _file(f"{directory}/{name}", what)


def _file(path: str, what: str) -> str:
    """Return a file's text without the line's end that editors leave behind."""
    if not path.startswith("/"):
        message = f"{what}: the path must begin with /"
        raise ValueError(message)
    try:
        with FilePath(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            message = f"{what} holds more than {MOST_BYTES} bytes"
            raise ValueError(message)
        return content.decode().rstrip("\r\n")
    except OSError as error:
        message = f"{what} cannot be read: {error.strerror}"
        raise NotThereError(message) from None
    except UnicodeDecodeError:
        message = f"{what} is not UTF-8"
        raise ValueError(message) from None
