"""Settings from the environment: `SMSHERALD__BROKER__URL` is `broker.url`, and wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from marshmallow import fields

from smsherald.errors import ENVIRONMENT, ConfigurationError, Problem
from smsherald.settings.fields import Entries, ListDue, Section, Unknown
from smsherald.settings.schema import Later, SettingsSchema
from smsherald.settings.yaml.places import Document, Mark, Path, Place
from smsherald.settings.yaml.reader import read_yaml

PREFIX = "SMSHERALD__"
"""Two underscores: names with one (`SMSHERALD_PORT`, which Kubernetes sets in every pod beside a
service called smsherald) are none of our business."""
_NEARLY = "SMSHERALD_"
_NEAR = 0.8
"""How much two names have in common where one may be meant by the other; 1 is all."""
_NEAR_WORD = 0.66
"""And how much each of their words."""
_LONG, _MOST_LETTERS = 5, 2
"""A shorter word is no other mistyped (HTTP is not HTTPS, nor APP API), nor one that lacks more;
but beside a long one that is the same, it may lack a letter, or have one more (BROKER_URLS)."""
_BY_TLS = frozenset({"AMQP", "HTTP", "IMAP", "LDAP", "MQTT", "SMTP", "WS"})
"""What is another with an S behind it: a host may have a port of each."""
_SHORTEST, _TERMS = 3, frozenset({"KEY", "SID", "URI", "URL"})
_OWN = ("SMSHERALD_CONFIG", "SMSHERALD_INSTANCE")
"""What operators set for us that is no setting."""
_EVERYBODYS = frozenset(
    {"EDITOR", "HOME", "HOSTNAME", "LANG", "LANGUAGE", "LOGNAME", "MAIL", "OLDPWD", "PATH", "PWD"}
    | {"SHELL", "TERM", "TMPDIR", "TZ", "USER"}
)
"""What a process has from whoever starts it: nobody has mistyped that."""


def override(document: Document, environ: Mapping[str, str]) -> tuple[set[Path], set[Path]]:
    """Put the environment's values into the document, each read as one YAML value.

    Returns the paths that were set, and those whose value is no YAML. Whether a setting of that
    name exists is the schema's to say: the place of what is put in names the variable.
    """
    found: set[Path] = set()
    broken: set[Path] = set()
    names = [name for name in environ if name.startswith(PREFIX)]
    for name in sorted(names, key=lambda name: (name.count("__"), name)):
        place = variable(name)
        path = _path(name)
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


def variable(name: str) -> Place:
    """Return the place of a variable as a whole."""
    return Place(f"{ENVIRONMENT}{name}", 1, 1)


def with_variable(document: Document, path: Path, message: str) -> str:
    """Return what is wrong at a path; where a variable's name is no setting, by one that is."""
    file = document.at_key(path).file
    if not file.startswith(ENVIRONMENT):
        return message
    if isinstance(message, ListDue):
        return f"{message}, as [a, b]"
    if not isinstance(message, Unknown):
        return message
    name = file.removeprefix(ENVIRONMENT)
    parts = _path(name)
    # A key within a variable's value is no part of its name.
    return message if path != parts[: len(path)] else Unknown(_meant(parts, path, message.near))


def _meant(parts: Sequence[str], path: Path, near: str | None) -> str | None:
    """Return the variable that somebody means whose name is unknown from the end of a path on."""
    known = set(_names(parts))
    by_letters = {_letters(each): each for each in known}
    if (it := by_letters.get(_letters(_named(parts)))) is not None:
        return it
    rest = parts[len(path) :]
    if near is not None and (it := _named([*parts[: len(path) - 1], near, *rest])) in known:
        return it
    if len(path) > 1:
        # What it has in common with others says nothing.
        return None
    # Only who mistypes waits for the library.
    from difflib import get_close_matches  # noqa: PLC0415

    every = [each.removeprefix(PREFIX) for each in known]
    found = get_close_matches(_named(parts).removeprefix(PREFIX), sorted(every), 1, _NEAR)
    return PREFIX + found[0] if found else None


def nearly(names: Collection[str]) -> list[Problem]:
    """Find, of variables that nothing reads, those that mean a setting or one that we read."""
    own = [name for name in _OWN if name not in names]
    names = [name for name in sorted(names) if not name.startswith(PREFIX) and _is_ours(name)]
    known = {_letters(each): each for each in _names(())} if names else {}
    return [
        variable(name).problem(f"is not read; did you mean `{meant}`?")
        for name in names
        if (meant := known.get(_letters(_with_our_prefix(name))) or _first_meant(own, name))
    ]


def _is_ours(name: str) -> bool:
    """Say whether a name begins as ours do, or nearly so; nobody but us has two underscores."""
    begin, underscores, _ = name.partition("__")
    return name.upper().startswith(_NEARLY) or (
        bool(underscores) and _alike(begin.upper(), _NEARLY.rstrip("_"))
    )


def _with_our_prefix(name: str) -> str:
    name = name.upper()
    return name if name.startswith(_NEARLY) else PREFIX + name.partition("__")[2]


def _first_meant(own: Sequence[str], name: str) -> str | None:
    return next((each for each in own if in_place_of(each, [name], is_needed=False)), None)


def in_place_of(missing: str, names: Collection[str], *, is_needed: bool) -> str | None:
    """Return which of the names may have been meant to be one that is missing or empty.

    Of one that is not needed, no name with another word: RABBIT_PORT is not RABBIT_HOST.
    """
    by_capitals = {
        name.upper(): name
        for name in sorted(names)
        if not name.startswith(PREFIX)
        and (is_needed or (name not in _EVERYBODYS and _is_mistyped(name.upper(), missing.upper())))
    }
    if not by_capitals:
        return None
    # Only who mistypes waits for the library.
    from difflib import get_close_matches  # noqa: PLC0415

    found = get_close_matches(missing.upper(), by_capitals, 1, _NEAR)
    return by_capitals[found[0]] if found else None


def _is_mistyped(name: str, meant: str) -> bool:
    words, others = name.split("_"), meant.split("_")
    if len(words) != len(others):
        return _letters(name) == _letters(meant)
    if all(map(_alike, words, others)):
        return True
    differ = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    long = any(
        word == other and len(word) >= _LONG for word, other in zip(words, others, strict=True)
    )
    return long and len(differ) == 1 and _is_a_letter_more(*sorted(differ[0], key=len))


def _is_a_letter_more(word: str, longer: str) -> bool:
    """Say whether one letter is what two short words differ by, and both mean the same.

    Of two letters, as those of a country, hardly anything is known: DE is not DEV.
    """
    if (len(word) < _SHORTEST and longer not in _TERMS) or longer == f"O{word}":
        return False
    if (word in _BY_TLS and longer == f"{word}S") or any(each.isdigit() for each in longer):
        return False
    return word in {longer[:index] + longer[index + 1 :] for index in range(len(longer))}


def _alike(word: str, other: str) -> bool:
    """Say whether a word may be another with letters wrong; a number is never another."""
    if word == other or {word, other} == {"URI", "URL"}:
        return True
    if any(each.isdigit() for each in word + other):
        return False
    if sorted(word) == sorted(other):
        return True
    if min(len(word), len(other)) < _LONG or abs(len(word) - len(other)) > _MOST_LETTERS:
        return False
    enough = _NEAR_WORD * (len(word) + len(other)) / 2
    if (Counter(word) & Counter(other)).total() < enough:
        return False
    # Only who mistypes waits for the library.
    from difflib import SequenceMatcher  # noqa: PLC0415

    blocks = SequenceMatcher(None, word, other).get_matching_blocks()
    return sum(block.size for block in blocks) >= enough


def _path(name: str) -> tuple[str, ...]:
    return tuple(name[len(PREFIX) :].lower().split("__"))


def _letters(name: str) -> str:
    return name.replace("_", "")


def _named(parts: Sequence[str]) -> str:
    return PREFIX + "__".join(parts).upper()


def _names(given: Sequence[str]) -> Iterator[str]:
    """Return the variables of all settings; what an operator names is called as in `given`."""

    def below(field: fields.Field[Any], above: tuple[str, ...]) -> Iterator[str]:
        if above:
            yield _named(above)
        match field:
            case Later():
                pass
            case Section():
                for name, each in field.section().fields.items():
                    yield from below(each, (*above, each.data_key or name))
            case Entries():
                depth = len(above)
                named = depth < len(given) and above[-1] == given[depth - 1]
                yield from below(field.item, (*above, given[depth] if named else "default"))

    return below(Section(SettingsSchema), ())


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
