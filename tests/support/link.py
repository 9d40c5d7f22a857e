"""A network link that can be cut without a word: two network namespaces, and a router between."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from support.needs import program
from support.waiting import eventually

CLIENT, SERVER = "10.77.1.2", "10.77.2.2"
_FORWARDS = "/proc/sys/net/ipv4/ip_forward"
"""Each process sees its own network's."""
_CLIENTS_ROUTER, _SERVERS_ROUTER = "10.77.1.1", "10.77.2.1"


class Namespace:
    """A network of its own, with no link to any other yet; Linux forgets it with its holder.

    The test skips where it is not allowed to make one.
    """

    def __init__(self) -> None:
        self._unshare = program("unshare", "util-linux")
        self._enter = program("nsenter", "util-linux")
        self._ip = program("ip", "iproute2")

    def __enter__(self) -> Self:
        self._holder = subprocess.Popen(
            [self._unshare, "--net", "sleep", "infinity"], stderr=subprocess.PIPE
        )
        try:
            eventually(self._is_apart, what="there is a network namespace")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.kill()
        self._holder.communicate()

    @property
    def pid(self) -> int:
        """Return who holds it, for `ip link … netns`."""
        return self._holder.pid

    def within(self, *command: str) -> list[str]:
        """Return the command that runs another one in this network."""
        return [self._enter, f"--net=/proc/{self.pid}/ns/net", *command]

    def ip(self, *commands: str) -> None:
        """Run `ip` once for each of these lines."""
        subprocess.run(
            self.within(self._ip, "-batch", "-"),
            input="\n".join(commands).encode(),
            check=True,
            capture_output=True,
        )

    def unsent(self) -> int:
        """Count its TCP sockets, closed ones too, that have sent something without an answer."""
        lines = Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]
        return sum(int(line.split()[4].partition(":")[0], 16) > 0 for line in lines)

    def _is_apart(self) -> bool:
        if self._holder.poll() is not None:
            assert self._holder.stderr is not None
            pytest.skip(f"no network namespaces here: {self._holder.stderr.read().decode()}")
        return Path(f"/proc/{self.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


class Link:
    """Joins `client` and `server`, at the addresses CLIENT and SERVER, while it is entered."""

    def __init__(self) -> None:
        self.client, self.server, self._router = Namespace(), Namespace(), Namespace()
        self._entered = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as entering:
            for namespace in (self.client, self.server, self._router):
                entering.enter_context(namespace)
            self._router.ip(
                f"link add client type veth peer name eth0 netns {self.client.pid}",
                f"link add server type veth peer name eth0 netns {self.server.pid}",
                f"address add {_CLIENTS_ROUTER}/24 dev client",
                f"address add {_SERVERS_ROUTER}/24 dev server",
                "link set client up",
                "link set server up",
            )
            for namespace, own, router in (
                (self.client, CLIENT, _CLIENTS_ROUTER),
                (self.server, SERVER, _SERVERS_ROUTER),
            ):
                namespace.ip(
                    f"address add {own}/24 dev eth0",
                    "link set eth0 up",
                    f"route add default via {router}",
                )
            forwards = f"echo 1 > {_FORWARDS}"
            subprocess.run(self._router.within("sh", "-c", forwards), check=True)
            self._entered = entering.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._entered.close()

    def cut(self) -> None:
        """Lose every packet, in both directions: neither end is told."""
        self._router.ip(*(f"route add blackhole {end}/32" for end in (CLIENT, SERVER)))

    def heal(self) -> None:
        """Lose none any more."""
        self._router.ip(*(f"route del blackhole {end}/32" for end in (CLIENT, SERVER)))
