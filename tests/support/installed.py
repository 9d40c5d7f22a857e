"""smsherald on a machine, installed as its documentation tells an operator to."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping

from support.daemon import REPOSITORY
from support.machine import Machine
from support.secrets import require_none

UNIT = "smsherald"
SETTINGS = "/etc/smsherald/smsherald.yaml"
FLOWS = "/etc/smsherald/flows"
ENVIRONMENT = "/etc/smsherald/environment"
WRAPPER = "/usr/local/bin/smsherald"


class Installed:
    """The unit, and what an operator does with it; nothing that it prints shows a secret."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def install(self, environment: Mapping[str, str]) -> None:
        """Do what the documentation says, but for the values of the environment."""
        values = "".join(f"{name}={value}\n" for name, value in environment.items())
        commands, replaced = re.subn(
            r"(?<=<<'END'\n).*?(?=END\n)", lambda _: values, _documented(), flags=re.DOTALL
        )
        assert replaced == 1, "where the values go"
        done = self._machine.run("sh", "-eu", stdin=commands)
        assert done.returncode == 0, done.stdout + done.stderr + self.status()

    def systemctl(self, verb: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run `systemctl VERB smsherald`."""
        return self.run("systemctl", "--no-pager", verb, *options, UNIT)

    def show(self, name: str) -> str:
        """Return one property of the unit."""
        return self.systemctl("show", f"--property={name}", "--value").stdout.strip()

    def state(self) -> tuple[str, str]:
        """Return in which state it is, and in which of that one's."""
        return self.show("ActiveState"), self.show("SubState")

    def status(self) -> str:
        """Return what `systemctl status` prints."""
        return self.systemctl("status", "--full", "--lines=50").stdout

    def journal(self) -> list[str]:
        """Return the unit's lines in the journal."""
        return self.run("journalctl", "--output=cat", f"--unit={UNIT}").stdout.splitlines()

    def override(self, name: str, *directives: str) -> None:
        """Add to the unit what `systemctl edit --drop-in=NAME` would."""
        folder = self._machine.file(f"/etc/systemd/system/{UNIT}.service.d")
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.conf").write_text("\n".join(["[Service]", *directives, ""]))
        assert self.run("systemctl", "daemon-reload").returncode == 0

    def run(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command as root."""
        done = self._machine.run(*command, stdin=stdin)
        require_none(done.stdout + done.stderr, " ".join(command))
        return done

    def edit(self, path: str, old: str, new: str) -> str:
        """Replace a text in a file, where it must stand once; return what the file was."""
        file = self._machine.file(path)
        text = file.read_text()
        assert text.count(old) == 1, f"{old} in {path}"
        file.write_text(text.replace(old, new))
        return text

    def write(self, path: str, text: str, mode: int) -> None:
        """Write a file, and its folder where there is none."""
        file = self._machine.file(path)
        file.parent.mkdir(exist_ok=True)
        file.touch(mode)
        file.write_text(text)


def _documented() -> str:
    """Return the commands that install it."""
    text = (REPOSITORY / "docs" / "operations.md").read_text()
    section = text[text.index("\n## systemd\n") :]
    (commands,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)[:1]
    return str(commands)
