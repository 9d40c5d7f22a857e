"""A unit on a machine, and what an operator does with it."""

from __future__ import annotations

import subprocess

from support.machine import Machine
from support.secrets import require_none

SETTINGS = "/etc/smsherald/smsherald.yaml"
FLOWS = "/etc/smsherald/flows"
ENVIRONMENT = "/etc/smsherald/environment"


class Unit:
    """One of smsherald's; nothing that an operator has printed shows a secret."""

    def __init__(self, machine: Machine, name: str = "smsherald") -> None:
        self.name = name
        self.machine = machine

    def systemctl(self, verb: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run `systemctl VERB smsherald`."""
        return self.run("systemctl", "--no-pager", verb, *options, self.name)

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
        return self.run("journalctl", "--output=cat", f"--unit={self.name}").stdout.splitlines()

    def override(self, name: str, *directives: str) -> None:
        """Add to the unit what `systemctl edit --drop-in=NAME` would."""
        folder = self.machine.file(f"/etc/systemd/system/{self.name}.service.d")
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.conf").write_text("\n".join(["[Service]", *directives, ""]))
        assert self.run("systemctl", "daemon-reload").returncode == 0

    def run(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command as root."""
        done = self.machine.run(*command, stdin=stdin)
        require_none(done.stdout + done.stderr, " ".join(command))
        return done

    def read(self, path: str) -> str:
        """Return what stands in a file."""
        return self.machine.file(path).read_text()

    def edit(self, path: str, old: str, new: str) -> str:
        """Replace a text in a file, where it must stand once; return what the file was."""
        text = self.read(path)
        assert text.count(old) == 1, f"{old} in {path}"
        self.machine.file(path).write_text(text.replace(old, new))
        return text

    def write(self, path: str, text: str, mode: int) -> None:
        """Write a file, and its folder where there is none."""
        file = self.machine.file(path)
        file.parent.mkdir(exist_ok=True)
        file.touch(mode)
        file.write_text(text)
