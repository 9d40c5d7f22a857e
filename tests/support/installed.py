"""smsherald on a machine, installed as its documentation tells an operator to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from support.daemon import REPOSITORY
from support.operated import lines
from support.unit import Unit

WRAPPER = "/usr/local/bin/smsherald"


class Installed(Unit):
    """The unit, from a clone."""

    def install(self, environment: Mapping[str, str]) -> None:
        """Do what the documentation says, but for the values of the environment."""
        values = lines(environment)
        commands, replaced = re.subn(
            r"(?<=<<'END'\n).*?(?=END\n)", lambda _: values, _documented(), flags=re.DOTALL
        )
        assert replaced == 1, "where the values go"
        done = self.machine.run("sh", "-eu", stdin=commands)
        assert done.returncode == 0, done.stdout + done.stderr + self.status()


def _documented() -> str:
    """Return the commands that install it."""
    text = (REPOSITORY / "docs" / "operations.md").read_text()
    section = text[text.index("\n## systemd\n") :]
    (commands,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)[:1]
    return str(commands)
