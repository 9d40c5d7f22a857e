"""The services of `compose.yaml` as processes of this machine, each alone as in a container.

Each has a root of its own that it may not write to, the mounts, the user, the capabilities and the
environment that the file gives it, its host name, and an address in a network whose names are the
services'. So commands and health checks run as they stand. Only root can do that.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Self

import pytest

from support.compose import names, room
from support.compose.file import services
from support.compose.images import image_of
from support.needs import lacks, program
from support.waiting import eventually

NETWORK = "10.213.87"
GATEWAY = f"{NETWORK}.1"
STARTS_WITHIN = 90.0
BRIDGE = f"""
ip link set lo up
ip link add bridge type bridge
ip address add {GATEWAY}/24 dev bridge
ip link set bridge up
: >there
exec "$0" {names.__file__} {GATEWAY} hosts
"""


@dataclass
class Container:
    """One that runs."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path
    begins: list[str]
    check: list[str]

    def run(self, *command: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        """Run another command in it, as `docker compose exec` does."""
        spaces = f"/proc/{self.process.pid}/ns"
        done = subprocess.run(
            [
                *("nsenter", f"--target={self.process.pid}", "--mount", "--uts", "--ipc", "--net"),
                *(f"--pid={spaces}/pid_for_children", *self.begins, *command),
            ],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def healthy(self) -> bool:
        """Return what its health check says; fail with what it wrote if it has ended."""
        assert self.process.poll() is None, self.log.read_text(errors="replace")
        return self.run(*self.check).returncode == 0

    def stop(self, within: float) -> int:
        """Ask it to end and return its exit code."""
        self.run("sh", "-c", "kill -TERM 1")
        return self.process.wait(within)


class Stack:
    """All of them; `directory` is empty, and gets their volumes and what they write."""

    def __init__(self, directory: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can make containers")
        program("ip", "iproute2")
        self.services = services()
        self.containers: dict[str, list[Container]] = {name: [] for name in self.services}
        self._directory = directory
        (directory / "hosts").touch()
        self._numbers = count(2)
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        log = self._directory / "network.log"
        command = ["unshare", "--net", "sh", "-euc", BRIDGE, sys.executable]
        network = _spawned(command, self._directory, log)
        self._processes.append(network)

        def there() -> bool:
            if network.poll() is not None:
                lacks(f"no network can be made here: {log.read_text()}")
            return (self._directory / "there").exists()

        try:
            eventually(there, what="there is a network")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            # `--kill-child` is forgotten by what becomes another user.
            for first in _children(process):
                with suppress(ProcessLookupError):
                    os.kill(first, signal.SIGKILL)
            process.kill()
            process.wait()

    @property
    def firsts(self) -> list[int]:
        """Return each container's first process, by its number on this machine."""
        return [first for process in self._processes for first in _children(process)]

    def up(self, **scale: int) -> None:
        """Start each once what it depends on is as it wants it; of some so many."""
        for name, service in self.services.items():
            for other, wanted in service.get("depends_on", {}).items():
                assert wanted == {"condition": "service_healthy"}, name
                self._wait_healthy(other)
            for _ in range(scale.get(name, 1)):
                self.containers[name].append(self._started(name))
        for name in self.services:
            self._wait_healthy(name)

    def one(self, name: str) -> Container:
        """Return the first container of a service."""
        return self.containers[name][0]

    def volume(self, name: str) -> Path:
        """Return where a volume is kept."""
        return self._directory / "volumes" / name

    def get(self, url: str) -> str:
        """Return what somebody beside the containers is answered; OSError where that is no page."""
        done = subprocess.run(
            ["nsenter", self._beside, "curl", "-sSf", url],
            capture_output=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise OSError(done.stderr.decode())
        return done.stdout.decode()

    def _wait_healthy(self, name: str) -> None:
        for container in self.containers[name]:
            eventually(
                container.healthy, within=STARTS_WITHIN, what=f"{name} is healthy", every=0.2
            )

    def _started(self, name: str) -> Container:
        service, image = self.services[name], image_of(self.services[name])
        number = next(self._numbers)
        address = f"{NETWORK}.{number}"
        folder = self._directory / f"{name}-{number}"
        folder.mkdir()
        begins = ["chroot", f"{folder}/root", *room.begins(service, image)]
        commands = [
            *self._plugged_in(address, service.get("hostname", f"{number:012x}")),
            *room.made(folder, self._directory / "volumes", service, image),
            f"rm -f etc/resolv.conf; echo 'nameserver {GATEWAY}' >etc/resolv.conf",
            f'printf "127.0.0.1 localhost\\n{address} $(hostname)\\n" >etc/hosts',
            *(["mount -o remount,bind,ro ."] if service.get("read_only") else []),
            shlex.join(["exec", *begins, *room.started(service, image)]),
        ]
        log = folder.with_suffix(".log")
        command = ["unshare", *room.SPACES, "bash", "-euc", "\n".join(commands)]
        process = _spawned(command, self._directory, log)
        self._processes.append(process)
        with (self._directory / "hosts").open("a") as hosts:
            hosts.write(f"{address} {name}\n")
        return Container(address, process, log, begins, room.check(service, image))

    @property
    def _beside(self) -> str:
        return f"--net=/proc/{self._processes[0].pid}/ns/net"

    def _plugged_in(self, address: str, host: str) -> list[str]:
        link = f"link{address.rpartition('.')[2]}"
        beside = f"nsenter {self._beside} ip link"
        return [
            # Of its own namespace of processes it is the first.
            f"{beside} add {link} type veth peer name eth0 netns 1",
            f"{beside} set {link} master bridge up",
            f"ip address add {address}/24 dev eth0; ip link set eth0 up; ip link set lo up",
            f"hostname {host}",
        ]


def _children(process: subprocess.Popen[bytes]) -> list[int]:
    try:
        said = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return list(map(int, said.split()))


def _spawned(command: list[str], directory: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C at the tests is not for it.
        )
