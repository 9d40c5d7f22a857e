"""The script that runs a command beside the unit, on a host of a test's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.daemon import REPOSITORY
from support.waiting import PATIENCE

SYSTEMD = REPOSITORY / "systemd"
SCRIPT = SYSTEMD / "smsherald.sh"
INSTALLED = "/opt/smsherald/bin/smsherald"
ETC = "/etc/smsherald"
READS = "say_left_out"
"""What in the script looks at a file of variables."""

EXPORTED = "take the word `export` away"
MISNAMED = "a name has letters, digits and _ alone"
LEFT_OUT = {
    "export TOKEN=secret": EXPORTED,
    "  export\tTOKEN=secret": EXPORTED,
    "BROKER-URL=secret": MISNAMED,
    "1ST=secret": MISNAMED,
    "TOKEN secret=": MISNAMED,
    "=secret": MISNAMED,
    "secret": "it is no NAME=value",
}
"""Lines that systemd leaves out of a file of variables, and what the script says of each."""
NO_UTF_8 = "systemd leaves the whole file out: this is no UTF-8"
NO_END = "a quote has no end: to systemd all that follows is of this value"
TAKEN = """
# export A=x
  ; export B=x

A=export B=x
 b_2 = 'it goes on
C-D=here' "and
E-F=there"
G=back\\
H-I=slash
J="a \\" quote" and more
K=it's
L='it'\\
's M-N=x
O=$P
Q=żółw\r
\r
"""
"""Lines that it takes, or that say nothing."""
TAKEN_AS = {
    "A": "export B=x",
    "b_2": "it goes on\nC-D=hereand\nE-F=there",
    "G": "backH-I=slash",
    "J": 'a " quoteand more',
    "K": "it's",
    "L": "it's M-N=x",
    "O": "$P",
    "Q": "żółw",
}
"""The variables that it makes of those."""

SYSTEMD_RUN = """
import os, pathlib, signal, subprocess, sys, time
folder = pathlib.Path(sys.argv[0]).parent
if sys.argv[1] == "--help":
    print("--expand-environment=BOOL")
    sys.exit()
while (folder / "held").exists():
    time.sleep(0.05)
for number in (signal.SIGINT, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)
command = sys.argv[sys.argv.index("/bin/sh"):]
with subprocess.Popen(command, start_new_session=True) as process:
    (folder / "main").write_text(str(process.pid))
(folder / "main").unlink()
# To systemd what such a signal ends has ended well.
well = {-signal.SIGHUP, -signal.SIGINT, -signal.SIGTERM, -signal.SIGPIPE}
code = process.returncode
sys.exit(0 if code in well else 255 if code < 0 else code)
"""
SYSTEMCTL = """
case $1 in
cat) cat {unit} ;;
show) cat "{folder}/main" 2>/dev/null || echo 0 ;;
kill) kill -s "${{2#--signal=}}" -- "-$(cat "{folder}/main")" ;;
esac
"""


def ended(process: subprocess.Popen[str], stdin: str | None = None) -> tuple[int, str, str]:
    """Wait for the end of what a host has started; return its exit code, and what it printed."""
    try:
        output, errors = process.communicate(stdin, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, output, errors


@dataclass
class Host:
    """Where the script runs: what is on its PATH, and the command that it leads to."""

    folder: Path

    def has(self, name: str, script: str) -> None:
        """Put a program there."""
        program = self.folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def command(self, script: str) -> None:
        """Let this be smsherald."""
        self.has("command", script)

    def is_user(self, number: int, name: str) -> None:
        """Let this be who runs the script."""
        self.has("id", f'[ "$1" = -u ] && echo {number} || echo {name}')

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start the script."""
        script = self.folder / "smsherald"
        text = SCRIPT.read_text().replace(INSTALLED, str(self.folder / "command"))
        script.write_text(text.replace(f"{READS} {ETC}", f"{READS} {self.folder}"))
        script.chmod(0o755)
        # Whoever runs the tests may ignore some, and a shell cannot trap what is ignored.
        return subprocess.Popen(
            ["env", "--default-signal=INT,QUIT,TERM,HUP", script, *arguments],
            cwd=self.folder,
            env={"PATH": f"{self.folder}:{os.defpath}", "TERM": "vt100", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> tuple[int, str, str]:
        """Run the script; return its exit code, and what it printed."""
        with self.start(*arguments, **environment) as process:
            return ended(process, stdin)

    def asked(self, *arguments: str, **environment: str) -> list[str]:
        """Return what systemd-run gets of the script."""
        code, output, errors = self.run(*arguments, **environment)
        assert (code, errors) == (0, "")
        return output.split("\0")[:-1]

    def runs_units(self) -> None:
        """Let systemd-run run what it is asked, once there is no file `held`."""
        unit = SYSTEMD / "smsherald.service"
        systemd_run = self.folder / "systemd-run.py"
        systemd_run.write_text(SYSTEMD_RUN)
        self.has("systemd-run", f'exec {sys.executable} -S "$0.py" "$@"')
        self.has("systemctl", SYSTEMCTL.format(folder=self.folder, unit=unit))
