"""Doing something again and again, beside what a test does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def repeating(what: Callable[[], object], every: float) -> Iterator[None]:
    """Do it while inside, so many seconds apart; what it raises ends that, and is raised then."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(every):
            what()

    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(run)
        try:
            yield
        finally:
            over.set()
    doing.result()
