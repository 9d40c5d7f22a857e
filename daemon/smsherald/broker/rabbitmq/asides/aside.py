"""Questions to RabbitMQ that may fail, asked while the loop goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from amqp import spec

ANSWERS_WITHIN = 5.0
"""Seconds after which a broker that says nothing is asked no more for now."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the broker says; `refused` is its code where it says no, `why` its sentence."""

    said: tuple[Any, ...] = ()
    refused: int = 0
    why: str = ""


class Question(NamedTuple):
    """A method of AMQP's: its number, the form of its arguments, the number of its answer."""

    method: Any
    form: str
    answered: Any


DECLARE_QUEUE = Question(spec.Queue.Declare, "BsbbbbbF", spec.Queue.DeclareOk)
BIND_QUEUE = Question(spec.Queue.Bind, "BsssbF", spec.Queue.BindOk)


class Aside:
    """Asks a question again and again, on a channel of its own; `run` is the guard's.

    Of its own: the broker closes a channel that asks for what is not there, or not allowed.
    """

    def __init__(self, channel: Any, run: Callable[..., None], question: Question) -> None:
        self._channel = channel
        self._run = run
        self._question = question
        self._answer: asyncio.Future[Answer | None] | None = None
        callbacks = channel._callbacks  # noqa: SLF001 - py-amqp's own calls wait for the answer
        callbacks[question.answered] = self._on_answer
        callbacks[spec.Channel.Close] = self._on_close

    async def ask(self, *arguments: Any) -> Answer | None:
        """Ask; None where the broker does not say, or the session ends."""
        if self._answer is not None and not self._answer.done():
            return None  # What came now would be the answer to an earlier question.
        self._answer = answer = asyncio.get_running_loop().create_future()
        method, form, _ = self._question
        self._run(partial(self._channel.send_method, method, form, arguments))
        await asyncio.wait([answer], timeout=ANSWERS_WITHIN)
        return answer.result() if answer.done() else None

    def end(self) -> None:
        """Wait for no answer any more: the session has ended."""
        self._say(None)

    def _on_answer(self, *said: Any) -> None:
        self._say(Answer(said))

    def _on_close(self, code: int, text: str, _class: int, _method: int) -> None:
        """Open the channel again, and wait for nothing: what is sent next comes after."""
        self._channel.send_method(spec.Channel.CloseOk)
        self._channel.send_method(spec.Channel.Open, "s", ("",))
        self._say(Answer(refused=code, why=text))

    def _say(self, answer: Answer | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)
