"""The commands of docs/moving.md, one after the other, as an operator gives them: with sudo."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.daemon import REPOSITORY
from support.machine import PATH, Machine
from support.needs import program
from support.operated import FLOW, Operated, environment, lines
from support.package import Packaged, of_this_run
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.unit import ENVIRONMENT

EXAMPLE = "/usr/share/doc/smsherald/config/flows/order-created.yaml"
OPERATOR = r"""
set -eu
useradd --create-home --home-dir /opt/ann --shell /bin/sh ann
chmod 700 /opt/ann
# It stands in for sudo, which not every machine has: who gives a command is not root.
install --mode=4755 "$(command -v setpriv)" /usr/local/lib/as
cat >/usr/local/bin/sudo <<'END'
#!/bin/sh
who=root
[ "$1" != -u ] || { who=$2; shift 2; }
exec /usr/local/lib/as --reuid="$who" --regid="$(id -g "$who")" --init-groups -- "$@"
END
chmod 755 /usr/local/bin/sudo
# As Debian sets it up, who is on the host is whom the system knows.
install --directory --owner=postgres /run/postgresql /run/database
cd /run/database
as="/usr/local/lib/as --reuid=postgres --regid=$(id -g postgres) --init-groups"
$as "$1/initdb" --auth=peer --encoding=UTF8 --locale=C.UTF-8 --no-sync --pgdata=/run/database/data
$as "$1/pg_ctl" --wait --pgdata=/run/database/data --log=/run/database/log --options="\
    -c listen_addresses= -c unix_socket_directories=/run/postgresql -c fsync=off" start
"""
BY_NETWORK, ON_THIS_HOST = "postgresql://smsherald@db.example/smsherald", "postgresql:///"


@dataclass(kw_only=True)
class Told(Operated):
    """The package's unit, and who does what the page says."""

    programs: Path
    """PostgreSQL's."""
    page: str = (REPOSITORY / "docs" / "moving.md").read_text()

    def becomes_ready(self, package: Path) -> None:
        """Install all that the page takes for granted."""
        done = self.unit.run("sh", "-c", OPERATOR, "sh", str(self.programs))
        assert done.returncode == 0, done.stdout + done.stderr
        assert isinstance(self.unit, Packaged)
        self.unit.install(package)
        assert self.unit.run("cp", EXAMPLE, FLOW).returncode == 0
        self.is_told(environment(self.broker, self.sandbox))

    def is_told(self, variables: dict[str, str]) -> None:
        """Have these in the environment from its next start on."""
        old = self.unit.read(ENVIRONMENT)
        kept = [line for line in old.splitlines() if line.partition("=")[0] not in variables]
        self.unit.write(ENVIRONMENT, "\n".join([*kept, lines(variables)]), 0o600)

    def section(self, heading: str) -> str:
        """Return what stands under one."""
        return re.split(r"\n##+ ", self.page.partition(f"# {heading}\n")[2])[0]

    def commands(self, heading: str) -> list[str]:
        """Return those of a section's blocks."""
        return re.findall(r"^ *\$ (.*)$", self.section(heading), re.MULTILINE)

    def gives(self, command: str, stdin: str = "") -> str:
        """Give a command in the operator's shell, and return what it prints."""
        shell = ("setpriv", "--reuid=ann", "--regid=ann", "--clear-groups", "env")
        where = ("--chdir=/opt/ann", f"PATH={self.programs}:{PATH}", "sh", "-c", command)
        done = self.unit.run(*shell, *where, stdin=stdin)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def stops_as_told(self) -> None:
        """Do it by the command that the page has in its sentences."""
        (stop,) = set(re.findall(r"`(sudo systemctl stop [^`]*)`", self.page))
        self.gives(stop)
        assert self.unit.state() == ("inactive", "dead")

    def goes_on_paused(self, pause: str) -> None:
        """Start it, paused, on what was restored; and see that it knows whom it texted."""
        self.gives(pause)
        self.starts()
        assert "everything is paused" in self.gives("sudo smsherald status")
        self.gives("sudo smsherald resume --all")
        self.knows_whom_it_texted()

    def knows_whom_it_texted(self) -> None:
        """Bring all events again, and a new one: only that is texted."""
        self.publish_again()
        self.publish()
        self.texted()


@pytest.mark.long
@pytest.mark.takes(60)
def test_moves_backs_up_and_restores_as_the_page_says(
    machine: Machine,
    rabbit: Rabbit,
    vhost: str,
    sandbox: SandboxProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    program("sqlite3", "sqlite3")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    programs = Path(program(str(found[-1]) if found else "pg_ctl", "postgresql")).parent
    unit = Packaged(machine)
    told = Told(unit=unit, broker=rabbit.url(vhost), sandbox=sandbox, programs=programs)
    told.becomes_ready(of_this_run(tmp_path_factory))
    told.starts()
    told.publish()
    told.texted()
    backups = dict(re.findall(r"^\| (\w+) \| `(.*)` \|$", told.section("Backing up"), re.MULTILINE))
    away, put_back, create, restore, pause = told.commands("Step by step")

    told.stops_as_told()
    told.gives(backups["SQLite"])
    told.gives(away)
    told.gives(put_back)
    told.goes_on_paused(pause)

    user, database, copy, start, status, forget = told.commands("From SQLite to PostgreSQL")
    told.stops_as_told()
    told.gives(user, stdin="secret\nsecret\n")
    told.gives(database)
    assert f"--to {ON_THIS_HOST}smsherald`" in told.page
    assert "moved to" in told.gives(copy.replace(BY_NETWORK, f"{ON_THIS_HOST}smsherald"))
    assert "SMSHERALD__LEDGER__URL=" in told.section("From SQLite to PostgreSQL")
    told.is_told({"SMSHERALD__LEDGER__URL": f"{ON_THIS_HOST}smsherald"})
    told.gives(start)
    assert f"ledger {ON_THIS_HOST}smsherald" in told.gives(status)
    told.gives(forget)
    assert not unit.has("/var/lib/smsherald/ledger.db")
    told.knows_whom_it_texted()

    told.gives(backups["either"])
    assert unit.has("/var/lib/smsherald/before.db")
    told.gives(backups["PostgreSQL"])
    told.stops_as_told()
    told.gives(create)
    told.gives(restore)
    told.is_told({"SMSHERALD__LEDGER__URL": f"{ON_THIS_HOST}restored"})
    told.goes_on_paused(pause)
