"""One of smsherald's commands as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self, TypeAlias

from support.forking import OURS, Forked, forking, may_fork
from support.secrets import require_none

Running: TypeAlias = "subprocess.Popen[bytes] | Forked"

COMMAND = Path(sys.executable).with_name("smsherald")


@contextmanager
def killed(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill it at the end, if it runs: where a test fails, `Popen` alone would wait for it."""
    try:
        yield
    finally:
        process.kill()


class Process:
    """Runs `smsherald ARGUMENTS…` in `directory`, where its output is kept, one file a start.

    Once it has ended, none of what it wrote may show a secret.

    `program` may be set to run something else in its place. What is not set is started as a fork
    (`support/forking.py`), unless `anew` says that it must be as a shell does it.
    """

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.directory = directory
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(OURS)
        }
        self.program: tuple[str | Path, ...] = (COMMAND,)
        self.anew = False
        self._arguments = arguments
        self._starts = 0
        self._process: Running | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, in `environment` as it is now."""
        assert self._process is None, "it runs already"
        self._starts += 1
        with self.stdout.open("wb") as stdout, self.stderr.open("wb") as stderr:
            self._process = self._started(stdout, stderr)

    def wait(self, within: float = 40.0) -> int:
        """Return its exit code once it has ended; TimeoutExpired after `within` seconds."""
        code = self.running.wait(within)
        self._process = None
        for file in (self.stdout, self.stderr):
            require_none(file.read_text(errors="replace"), f"{file.name} of smsherald")
        return code

    def stop(self, within: float = 40.0) -> int:
        """Ask it to end (SIGTERM) and return its exit code."""
        self.running.terminate()
        return self.wait(within)

    def kill(self) -> None:
        """End it at once (SIGKILL), if it runs: what it could not write is lost."""
        if self._process is not None:
            self._process.kill()
            self.wait()

    @property
    def running(self) -> Running:
        """Return the process, which must have been started and not waited for."""
        assert self._process is not None, "it does not run"
        return self._process

    def require_alive(self) -> None:
        """Fail with what it wrote if it has ended by itself."""
        if (code := self.running.poll()) is not None:
            message = f"smsherald ended with {code}:\n{self.stderr.read_text()}"
            raise AssertionError(message)

    def _started(self, stdout: IO[bytes], stderr: IO[bytes]) -> Running:
        command = [*map(str, self.program), *self._arguments]
        if self.program == (COMMAND,) and not self.anew and may_fork(self.environment):
            outputs = (stdout, stderr)
            return forking().start(command, self.directory, self.environment, outputs)
        return subprocess.Popen(
            command,
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C at the tests is not for it.
        )

    @property
    def stdout(self) -> Path:
        """Return the file with what the last start wrote to standard output."""
        return self.stdout_of(self._starts)

    def stdout_of(self, start: int) -> Path:
        """Return the same of another start, the first one being 1."""
        return self.directory / f"stdout.{start}"

    @property
    def stderr(self) -> Path:
        """Return the same of standard error."""
        return self.directory / f"stderr.{self._starts}"
