"""`run --watch`: files that change as a mounted ConfigMap's do reach the running daemon."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from support.daemon import Daemon
from support.publishing import Publication, order, publish
from support.sandbox import SandboxProcess
from support.secrets import AUTH_TOKEN
from support.waiting import eventually


class Volume:
    """A folder as the kubelet keeps it: what is seen are links, and one swap changes them all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0

    def put(self, files: Mapping[str, str]) -> None:
        """Put other files in the place of those that are there."""
        self._made += 1
        name = f"..made_{self._made}"
        inner = self._folder / name
        inner.mkdir(parents=True)
        for file, text in files.items():
            (inner / file).write_text(text)
            link = self._folder / file
            if not link.is_symlink():
                link.symlink_to(Path("..data") / file)
        (self._folder / "..data_tmp").symlink_to(name)
        (self._folder / "..data_tmp").rename(self._folder / "..data")
        for old in self._folder.glob("..made_*"):
            if old != inner:
                shutil.rmtree(old)


def said(daemon: Daemon, message: str) -> int:
    return sum(line["message"] == message for line in daemon.log_lines())


def test_what_is_mounted_anew_is_taken(
    amqp_url: str, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    daemon = Daemon(tmp_path / "pod", amqp_url, sandbox.url, "--watch")
    flows = {path.name: path.read_text() for path in daemon.flows.iterdir()}
    shutil.rmtree(daemon.flows)
    volume, secrets = Volume(daemon.flows), Volume(tmp_path / "secrets")
    volume.put(flows)
    secrets.put({"token": "another-token"})
    account = daemon.settings["twilio"]["accounts"]["default"]
    account["auth_token"] = f"${{file:{tmp_path}/secrets/token}}"
    with daemon:
        changed = {**flows, "order-created.yaml": flows["order-created.yaml"].replace("Hi ", "Yo ")}
        volume.put(changed)
        eventually(lambda: said(daemon, "reloaded") == 1, what="the flow is read")
        publish(amqp_url, [Publication("order.created", order(1).body)])
        eventually(lambda: sandbox.count() == 1, what="it is texted")

        secrets.put({"token": AUTH_TOKEN})
        eventually(lambda: said(daemon, "reloaded") == 2, what="the secret is read")
        assert said(daemon, "configuration_changed") == 2

    assert [text["body"][:7] for text in sandbox.texts()] == ["Yo Ann,"]
