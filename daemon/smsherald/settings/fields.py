"""Marshmallow fields with our scalars: no value is converted but what came from `${…}`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Self, TypeVar

from marshmallow import Schema, ValidationError, fields
from marshmallow.validate import Range

from smsherald.events.plain import is_number, is_whole
from smsherald.settings import shapes
from smsherald.settings.secret import Secret
from smsherald.settings.yaml.scalars import WORDS, Given, kind, scalar
from smsherald.sms.prices import Money

T = TypeVar("T")

YEAR = 366 * 86_400.0

NOTHING = "nothing stands where a value is due"

_MESSAGES: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "is missing",
    "null": NOTHING,
}


class AtKey(str):
    """An error about a key rather than its value: its place is the key's."""

    __slots__ = ()


class Unknown(AtKey):
    """No key has this name; `near` is one that is there and nearly does."""

    __slots__ = ("near",)

    near: str | None

    def __new__(cls, near: str | None) -> Self:
        """Say so, with a hint where there is one."""
        said = super().__new__(cls, f"unknown; did you mean `{near}`?" if near else "unknown")
        said.near = near
        return said


class ListDue(str):
    """Something else stands where a list is due; how that is written, the place says."""

    __slots__ = ()


class Meant(fields.Field[T]):
    """A field that says what it is for; `meaning` is one sentence, and the documentation's first.

    The item of a list or a mapping has none.
    """

    default_error_messages = _MESSAGES

    def __init__(self, *, meaning: str = "", **options: Any) -> None:
        super().__init__(metadata={"meaning": meaning}, **options)


class Text(Meant[Any]):
    """Text of a shape; `shape` returns what it means or raises ValueError with a sentence.

    What came from `${…}` or the environment is `shapes.exact` too: nobody sees a line's end there.
    """

    exact = False
    """Whether it is `shapes.exact` wherever it came from."""

    def __init__(
        self,
        shape: Callable[[str], Any] = str,
        *,
        due: str = "text",
        numbers: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.shape = shape
        self.due = due
        self.numbers = numbers

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if self.numbers and is_whole(value):
            value = str(value)
        if not isinstance(value, str):
            raise ValidationError(misplaced(value, self.due))
        if isinstance(value, Given) and self.allow_none and WORDS.get(value, value) is None:
            return None
        try:
            if self.exact or (value and isinstance(value, Given)):
                shapes.exact(value)
            return self.shape(str(value))
        except ValueError as error:
            raise ValidationError(str(error)) from None


class Exact(Text):
    """Text that others compare with theirs sign by sign."""

    exact = True


class Credential(Exact):
    """A credential, or a URL with one in it: a `Secret` from here on."""

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        text = super()._deserialize(value, *args, **options)
        return None if text is None else Secret(text)


class Duration(Text):
    """A time in seconds, within bounds."""

    def __init__(self, low: float = 0.001, high: float = YEAR, **options: Any) -> None:
        super().__init__(
            shapes.duration,
            due="a duration such as 10s",
            validate=between(low, high, " s"),
            **options,
        )


class Choice(Text):
    """One of a few words."""

    def __init__(self, *words: str, **options: Any) -> None:
        super().__init__(self._word, due=" or ".join(words), **options)
        self.words = words

    def _word(self, text: str) -> str:
        if text not in self.words:
            message = f"must be {' or '.join(self.words)}"
            raise ValueError(message)
        return text


class Price(Text):
    """Money, or a number alone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Money.of, due="money such as 0.0079 USD", **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        if is_number(value):
            # A double's shortest spelling is what was written: nobody writes so many digits.
            value = f"{Decimal(str(value)):f}"
        return super()._deserialize(value, *args, **options)


class Integer(Meant[int]):
    """A whole number within bounds."""

    def __init__(self, low: int, high: int, **options: Any) -> None:
        super().__init__(validate=between(low, high), **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        plain = _typed(value)
        if not is_whole(plain):
            message = f"{kind(plain)} stands where a whole number is due"
            raise ValidationError(message)
        return plain


class Flag(Meant[bool]):
    """True or false; `yes` and `on` are text."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        plain = _typed(value)
        if not isinstance(plain, bool):
            message = f"{kind(plain)} stands where true or false is due"
            raise ValidationError(message)
        return plain


class Items(Meant[list[Any]]):
    """A list; with `single` one item may stand without its brackets."""

    def __init__(
        self, item: fields.Field[Any], *, single: bool = False, least: int = 0, **options: Any
    ) -> None:
        super().__init__(**options)
        self.item = item
        self.single = single
        self.least = least

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Any]:
        if self.single and not isinstance(value, list):
            return [self.item.deserialize(value)]
        if not isinstance(value, list):
            raise ValidationError(ListDue(f"{kind(value)} stands where a list is due"))
        if len(value) < self.least:
            message = "is an empty list"
            raise ValidationError(message)
        loaded, errors = _each(enumerate(value), self.item)
        if errors:
            raise ValidationError(errors, valid_data=list(loaded.values()))
        return list(loaded.values())


class Entries(Meant[dict[str, Any]]):
    """A mapping with names of the operator's own; `key` says which names will do."""

    def __init__(
        self,
        item: fields.Field[Any],
        *,
        key: Callable[[str], str] = str,
        least: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.item = item
        self.key = key
        self.least = least

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError(misplaced(value, "a mapping"))
        if len(value) < self.least:
            message = "is an empty mapping"
            raise ValidationError(message)
        loaded, errors = _each(value.items(), self.item)
        for name in value:
            try:
                self.key(name)
            except ValueError as error:
                errors.setdefault(name, []).append(AtKey(error))
        if errors:
            raise ValidationError(errors, valid_data=loaded)
        return loaded


class Section(fields.Nested):
    """A mapping with keys of ours; an empty one (`broker:` with nothing below) has all defaults."""

    default_error_messages = _MESSAGES

    def __init__(
        self, schema: type[Schema], *, optional: bool = True, meaning: str = "", **options: Any
    ) -> None:
        if optional:
            options.setdefault("load_default", lambda: self.deserialize({}))
        super().__init__(schema, metadata={"meaning": meaning}, **options)
        self.section = schema

    def deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        """Load; nothing is an empty mapping."""
        empty = value is None and not self.allow_none
        return super().deserialize({} if empty else value, *args, **options)


def misplaced(value: object, due: str) -> str:
    """Say that something else stands where text is due; quotes make text of a number."""
    hint = ": quote it" if due == "text" and isinstance(value, int | float) else ""
    return f"{kind(value)} stands where {due} is due{hint}"


def between(low: float, high: float, unit: str = "") -> Range:
    """Return a check of bounds, which are part of what is allowed."""
    return Range(low, high, error=f"must be {low:,}{unit} to {high:,}{unit}")


def _typed(value: Any) -> Any:
    """Give text from `${…}` or the environment the type that it would have in YAML."""
    if not isinstance(value, Given):
        return value
    try:
        return scalar(value)
    except ValueError as error:
        raise ValidationError(str(error)) from None


def _each(
    items: Iterable[tuple[Any, Any]], item: fields.Field[Any]
) -> tuple[dict[Any, Any], dict[Any, list[Any]]]:
    """Load all items; return what is valid of them, and the errors of all by key or index."""
    loaded: dict[Any, Any] = {}
    errors: dict[Any, list[Any]] = {}
    for key, value in items:
        try:
            loaded[key] = item.deserialize(value)
        except ValidationError as error:
            errors[key] = [error.messages]
            if isinstance(error.valid_data, dict):
                loaded[key] = error.valid_data
    return loaded, errors
