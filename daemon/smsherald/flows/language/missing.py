"""What a template gets where the event has nothing: a value that remembers its path."""

from __future__ import annotations

from jinja2 import StrictUndefined, Undefined


class Missing(StrictUndefined):
    """May be asked whether it is there (`if`, `or`, `is defined`, `default`), and nothing else.

    All else raises jinja2's UndefinedError, whose message names the path.
    """

    __slots__ = ()
    # jinja2 declares a function that raises.
    __bool__ = Undefined.__bool__  # type: ignore[assignment]

    @property
    def _undefined_message(self) -> str:
        return f"{self._undefined_name or 'a value'} is missing"


class Null(Undefined):
    """Is null: prints nothing, equals none, and every comparison of size is false."""

    __slots__ = ()
    __hash__ = Undefined.__hash__

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Undefined)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def _never(self, _other: object) -> bool:
        return False

    # The same.
    __lt__ = __le__ = __gt__ = __ge__ = _never  # type: ignore[assignment]
