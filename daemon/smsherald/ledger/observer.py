"""Who is told how the ledger fares."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, Protocol

P = ParamSpec("P")


class Observer(Protocol):
    """Called on the loop; must return at once."""

    def committed(self, seconds: float, rows: int) -> None:
        """Learn that a batch of so many claims, records and tolds was written."""
        ...

    def sent_twice(self) -> None:
        """Learn that Twilio took an SMS a second time."""
        ...

    def trouble(self, problem: str | None) -> None:
        """Learn that the database is away, and why; None when it is back."""
        ...

    def left(self, problem: str) -> None:
        """Learn that it is closed while the database is away, and why that is."""
        ...

    def mended(self, how: str) -> None:
        """Learn that the database had vanished from its place, and is there again: how."""
        ...

    def made(self) -> None:
        """Learn that there was no ledger, and a new one was made."""
        ...

    def upgraded(self, before: int, after: int, seconds: float) -> None:
        """Learn that an older ledger was upgraded from one version to another."""
        ...

    def name_shared(self, instance: str, *, is_shared: bool) -> None:
        """Learn, again and again, whether another daemon uses it by the same name."""
        ...

    def beat(self) -> None:
        """Learn, every second, that the group commit goes round or waits for its database."""
        ...


class Aside:
    """Tells another observer; what that one raises goes to the loop's log, and no further.

    Everything within the ledger tells this one: a metric that fails must stop no claim.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._loop = asyncio.get_running_loop()

    def committed(self, seconds: float, rows: int) -> None:
        """See `Observer`."""
        self._call(self._observer.committed, seconds, rows)

    def sent_twice(self) -> None:
        """See `Observer`."""
        self._call(self._observer.sent_twice)

    def trouble(self, problem: str | None) -> None:
        """See `Observer`."""
        self._call(self._observer.trouble, problem)

    def left(self, problem: str) -> None:
        """See `Observer`."""
        self._call(self._observer.left, problem)

    def mended(self, how: str) -> None:
        """See `Observer`."""
        self._call(self._observer.mended, how)

    def made(self) -> None:
        """See `Observer`."""
        self._call(self._observer.made)

    def upgraded(self, before: int, after: int, seconds: float) -> None:
        """See `Observer`."""
        self._call(self._observer.upgraded, before, after, seconds)

    def name_shared(self, instance: str, *, is_shared: bool) -> None:
        """See `Observer`."""
        self._call(self._observer.name_shared, instance, is_shared=is_shared)

    def beat(self) -> None:
        """See `Observer`."""
        self._call(self._observer.beat)

    def _call(self, tell: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            tell(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - see the class
            self._loop.call_exception_handler(
                {"message": "an observer of the ledger failed", "exception": error}
            )
