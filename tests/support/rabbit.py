"""A RabbitMQ node of the tests' own: its own folder, ports, cookie and name daemon."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from support.certificates import make_certificates
from support.freezing import freeze
from support.needs import program
from support.ports import free_port
from support.secrets import BROKER_PASSWORD
from support.waiting import eventually

# The wrappers of the same names on the PATH change user and drop the environment.
SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
CONTROL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
USER = "smsherald"
"""Whom `url` names; RabbitMQ's own `guest` may do the same."""
STARTS_WITHIN = 60.0
"""Seconds. It takes 3 to 6 on two cores that nobody else uses."""


@dataclass(frozen=True, slots=True)
class Depth:
    """What a queue holds, and how many consume it."""

    ready: int
    unacked: int
    consumers: int


class Rabbit:
    """One node; `start` and `stop` may follow each other, its messages stay.

    What the tests ask often goes through `erl_call`, in milliseconds; `rabbitmqctl` starts a
    whole Erlang VM for each answer.
    """

    def __init__(self, home: Path) -> None:
        self._server = program(SERVER, "rabbitmq-server")
        self._home = home
        self._names = count(1)
        self._processes: list[subprocess.Popen[bytes]] = []
        self.port, self.tls_port = free_port(), free_port()
        self._distribution_port, epmd_port = free_port(), free_port()
        certificates = make_certificates(home)
        self.ca_file = certificates.authority
        (home / "enabled_plugins").write_text("[].")
        (home / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}\n"
            f"ssl_options.cacertfile = {certificates.authority}\n"
            f"ssl_options.certfile = {certificates.certificate}\n"
            f"ssl_options.keyfile = {certificates.key}\n"
            "ssl_options.verify = verify_none\n"
            "disk_free_limit.absolute = 50MB\n"
        )
        self._environment = os.environ | {
            "HOME": str(home),
            "RABBITMQ_NODENAME": "smsherald-tests@localhost",
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            # The script becomes the VM instead of keeping it as a child: one process id.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def start(self) -> None:
        """Start the node and return once it takes connections.

        Raises RuntimeError with what it complained of where it ends in place of that.
        """
        self._spawn("epmd")
        node = self._spawn(self._server)

        def runs() -> bool:
            if node.poll() is not None:
                message = f"RabbitMQ ended: see {self._home}\n{self.complaints()}"
                raise RuntimeError(message)
            # It says this itself: whoever listens on its port might be somebody else.
            return self._erl_call("rabbit:is_running()").stdout.startswith(b"{ok, true}")

        eventually(runs, within=STARTS_WITHIN, what="RabbitMQ runs")
        # Where it has started before, it knows the user.
        self.eval(
            f'catch rabbit_auth_backend_internal:add_user(<<"{USER}">>, <<"{BROKER_PASSWORD}">>, '
            '<<"tests">>)'
        )

    def stop(self) -> None:
        """End the node as a power cut would; fine to call twice."""
        while self._processes:
            process = self._processes.pop()
            process.kill()
            process.wait()

    def url(self, vhost: str) -> str:
        """Return the plain AMQP address of a virtual host."""
        return f"amqp://{USER}:{BROKER_PASSWORD}@127.0.0.1:{self.port}/{vhost}"

    def tls_url(self, vhost: str) -> str:
        """Return the AMQPS address of a virtual host, which says whom to trust (`ca_file`)."""
        return (
            f"amqps://{USER}:{BROKER_PASSWORD}@localhost:{self.tls_port}/{vhost}"
            f"?cacertfile={self.ca_file}"
        )

    @contextmanager
    def vhost(self) -> Iterator[str]:
        """Make a virtual host, and delete it with all that is in it."""
        name = f"test-{next(self._names)}"
        self._let_it_dead_letter()
        self.eval(
            f'rabbit_vhost:add(<<"{name}">>, <<"tests">>), '
            "[rabbit_auth_backend_internal:set_permissions("
            f'User, <<"{name}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>) '
            f'|| User <- [<<"guest">>, <<"{USER}">>]]'
        )
        try:
            yield name
        finally:
            self.eval(f'rabbit_vhost:delete(<<"{name}">>, <<"tests">>)')

    @contextmanager
    def management(self) -> Iterator[str]:
        """Run the management plugin, and return its address; it signs in as an administrator.

        It takes half a second, and its figures cost the node something: not for every test.
        """
        plugins, port = self._home / "enabled_plugins", free_port()
        self.eval(
            "application:set_env(rabbitmq_management, tcp_config, "
            f'[{{port, {port}}}, {{ip, "127.0.0.1"}}], [{{persistent, true}}])'
        )
        try:
            plugins.write_text("[rabbitmq_management].")
            # It takes connections before it has started as a whole.
            eventually(
                lambda: self.eval(f'rabbit_plugins:ensure("{plugins}")').startswith("{ok,"),
                what="the management plugin runs",
            )
            self.eval(
                'catch rabbit_auth_backend_internal:add_user(<<"looks">>, '
                f'<<"{BROKER_PASSWORD}">>, <<"tests">>), '
                'rabbit_auth_backend_internal:set_tags(<<"looks">>, [administrator], <<"tests">>)'
            )
            yield f"http://looks:{BROKER_PASSWORD}@127.0.0.1:{port}"
        finally:
            plugins.write_text("[].")
            self.eval(f'rabbit_plugins:ensure("{plugins}")')

    def eval(self, expression: str) -> str:
        """Evaluate Erlang on the node and return the value as Erlang writes it."""

        def answer() -> subprocess.CompletedProcess[bytes]:
            done = self._erl_call(expression)
            # The node may still be parting from an earlier caller of the same name.
            if b"failed to connect" in done.stderr:
                raise ConnectionError(done.stderr.decode())
            return done

        done = eventually(answer, what="the node takes erl_call")
        written = done.stdout.decode()
        if not (value := re.fullmatch(r"\{ok, (.*)\}\s*", written, re.DOTALL)):
            message = f"{expression}: {written}{done.stderr.decode()}"
            raise RuntimeError(message)
        return value[1]

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` and return what it prints."""
        command = [CONTROL, "--quiet", *arguments]
        done = subprocess.run(
            command, env=self._environment, capture_output=True, check=True, timeout=90
        )
        return done.stdout.decode()

    def _let_it_dead_letter(self) -> None:
        """Keep up what dead-letters, whatever queues the tests delete.

        Two of its workers that fail within 5 s, because their queues go, would end their supervisor
        for good: RabbitMQ then declares no queue any more that dead-letters at least once
        (INTERNAL_ERROR), until its node is started again. So it may fail more often.
        """
        self.eval(
            "case whereis(rabbit_fifo_dlx_sup) of "
            "undefined -> catch supervisor:restart_child(rabbit_sup, rabbit_fifo_dlx_sup); "
            "_ -> ok end, "
            "catch sys:replace_state(rabbit_fifo_dlx_sup, "
            "fun (State) -> setelement(6, State, 10000) end), ok"
        )

    # --- faults ----------------------------------------------------------------------------

    def stop_app(self) -> None:
        """Stop the broker inside the VM: its ports are closed."""
        self.eval("rabbit:stop()")

    def start_app(self) -> None:
        """Start it again; returns once it takes connections."""
        self.eval("rabbit:start()")
        self._let_it_dead_letter()

    def close_all_connections(self, reason: str) -> None:
        """Close every client's connection as an operator would (AMQP 320, CONNECTION_FORCED)."""
        self.eval(
            f'[catch rabbit_networking:close_connection(C, "{reason}") '
            "|| C <- rabbit_networking:connections()]"
        )

    def pause(self) -> None:
        """Freeze the VM: its sockets stay open and say nothing."""
        freeze(self._node.pid)

    def resume(self) -> None:
        """Let it go on."""
        self._node.send_signal(signal.SIGCONT)

    @contextmanager
    def memory_alarm(self) -> Iterator[None]:
        """Hold the memory alarm: connections that publish are blocked."""
        before = self.eval("vm_memory_monitor:get_vm_memory_high_watermark()")
        self.eval("vm_memory_monitor:set_vm_memory_high_watermark(0)")
        eventually(
            lambda: "memory" in self.eval("rabbit_alarm:get_alarms()"),
            what="the memory alarm is on",
        )
        try:
            yield
        finally:
            self.eval(f"vm_memory_monitor:set_vm_memory_high_watermark({before})")

    def delete_queue(self, vhost: str, queue: str) -> None:
        """Delete a queue under its consumers."""
        self.ctl("delete_queue", "--vhost", vhost, queue)

    def lose_consumers(self, vhost: str, queue: str) -> None:
        """Let a quorum queue forget who consumes it, and tell nobody."""
        self.eval(
            f'Name = rabbit_misc:r(<<"{vhost}">>, queue, <<"{queue}">>), '
            "{ok, Q} = rabbit_amqqueue:lookup(Name), "
            "[{ok, _, _} = ra:process_command(amqqueue:get_pid(Q), rabbit_fifo:make_checkout("
            "{element(2, C), element(1, C)}, cancel, #{})) "
            "|| C <- rabbit_amqqueue:consumers(Q)]"
        )

    # --- what is there ---------------------------------------------------------------------

    def depth(self, vhost: str, queue: str) -> Depth:
        """Count as of now: a quorum queue's own figures lag by seconds in `list_queues`."""
        answer = self.eval(
            f'Name = rabbit_misc:r(<<"{vhost}">>, queue, <<"{queue}">>), '
            "{ok, Q} = rabbit_amqqueue:lookup(Name), "
            "{ok, Ready, Consumers} = rabbit_amqqueue:stat(Q), "
            "Total = case amqqueue:is_quorum(Q) of "
            "true -> {ok, {_, N}, _} = ra:local_query("
            "amqqueue:get_pid(Q), fun rabbit_fifo:query_messages_total/1), N; "
            "false -> [{messages, N}] = rabbit_amqqueue:info(Q, [messages]), N end, "
            "{Ready, Total - Ready, Consumers}"
        )
        ready, unacked, consumers = map(int, re.findall(r"\d+", answer))
        return Depth(ready, unacked, consumers)

    def bindings(self, vhost: str, queue: str) -> set[tuple[str, str]]:
        """Return the exchanges and routing keys that a queue is bound to, but by its name."""
        answer = self.eval(
            '[binary_to_list(<<(element(4, X))/binary, "|", K/binary>>) || {binding, X, K, _, _} '
            "<- rabbit_binding:list_for_destination("
            f'rabbit_misc:r(<<"{vhost}">>, queue, <<"{queue}">>))]'
        )
        found = (written.split("|") for written in re.findall(r'"([^"]*)"', answer))
        return {(exchange, key) for exchange, key in found if exchange}

    def may_read(self, vhost: str, pattern: str) -> None:
        """Let our user read what has such a name, and nothing else."""
        self.eval(
            f'rabbit_auth_backend_internal:set_permissions(<<"{USER}">>, <<"{vhost}">>, '
            f'<<".*">>, <<".*">>, <<"{pattern}">>, <<"tests">>)'
        )

    def may_write(self, vhost: str, pattern: str) -> None:
        """Let our user publish to what has such a name, and to nothing else."""
        self.eval(
            f'rabbit_auth_backend_internal:set_permissions(<<"{USER}">>, <<"{vhost}">>, '
            f'<<".*">>, <<"{pattern}">>, <<".*">>, <<"tests">>)'
        )

    def wait_until_settled(self, vhost: str, queue: str, within: float) -> None:
        """Return once the queue holds nothing, neither ready nor unacked; fail after `within` s."""

        def settled() -> bool:
            depth = self.depth(vhost, queue)
            return depth.ready == depth.unacked == 0

        eventually(settled, within=within, what=f"{queue} is empty", every=0.2)

    def connections(self) -> int:
        """Count the clients' connections."""
        return int(self.eval("length(rabbit_networking:connections())"))

    def complaints(self) -> str:
        """Return the end of what it logged as errors, but for what is new to each virtual host."""
        lines = (
            line
            for log in sorted((self._home / "log").glob("*.log"))
            for line in log.read_text(errors="replace").splitlines()
            if re.search(r"\[(error|critical)\]", line)
            and not re.search("Channel error|exception not_found", line)
        )
        return "\n".join(deque(lines, maxlen=20))

    # --- its processes ---------------------------------------------------------------------

    @property
    def _node(self) -> subprocess.Popen[bytes]:
        return self._processes[-1]

    @property
    def _cookie(self) -> str:
        return (self._home / ".erlang.cookie").read_text()

    def _erl_call(self, expression: str) -> subprocess.CompletedProcess[bytes]:
        address = f"127.0.0.1:{self._distribution_port}"
        return subprocess.run(
            ["erl_call", "-address", address, "-c", self._cookie, "-timeout", "60", "-e"],
            input=f"{expression}.\n".encode(),
            env=self._environment,
            capture_output=True,
            check=False,
            timeout=90,
        )

    def _spawn(self, command: str) -> subprocess.Popen[bytes]:
        with (self._home / "output").open("ab") as output:
            process = subprocess.Popen(
                [command],
                cwd=self._home,  # Where it fails it writes there what it remembers.
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C at the tests is not for it.
            )
        self._processes.append(process)
        return process
