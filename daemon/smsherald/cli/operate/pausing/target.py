"""What a pause is about, as a command line names it, and who makes it."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import typer

from smsherald.errors import UnusableError
from smsherald.model import Scope, Target
from smsherald.settings.load import Loaded
from smsherald.settings.shapes import region
from smsherald.sms import sender as normalised


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a configuration has, by what they are names of."""

    of_scope: Mapping[Scope, frozenset[str]]

    @classmethod
    def of(cls, configuration: Loaded) -> Names:
        """Return those of a configuration."""
        settings = configuration.settings
        accounts = [account.public for account in settings.twilio.accounts.values()]
        of_scope = {
            Scope.FLOW: frozenset(configuration.flows.ids),
            Scope.ACCOUNT: frozenset(account.name for account in accounts),
            Scope.SENDER: frozenset(name for account in accounts for name in account.senders),
        }
        return cls(of_scope)

    def problem(self, target: Target) -> str | None:
        """Say why a target matches nothing, and which names are there; None where it does match."""
        match target.scope:
            case Scope.ALL:
                return None
            case Scope.COUNTRY:
                return _problem_of_country(target.name)
            case Scope.FLOW | Scope.ACCOUNT | Scope.SENDER:
                names = self.of_scope[target.scope]
            case _:
                assert_never(target.scope)
        if target.name in names:
            return None
        there = ", ".join(sorted(names)) or "none"
        return f"the configuration has no {target.scope} {target.name}; there are: {there}"

    def require(self, target: Target) -> None:
        """Insist on a target that matches something; else BadParameter."""
        if problem := self.problem(target):
            raise typer.BadParameter(problem, param_hint=f"--{target.scope}")


def given(
    default_region: str,
    flow: str | None,
    account: str | None,
    sender: str | None,
    country: str | None,
    *,
    everything: bool,
) -> Target:
    """Return what the options name; BadParameter unless it is exactly one."""
    options = {
        Scope.ALL: "" if everything else None,
        Scope.FLOW: flow,
        Scope.ACCOUNT: account,
        Scope.SENDER: None if sender is None else _as_kept(sender, default_region),
        Scope.COUNTRY: None if country is None else country.upper(),
    }
    targets = [Target(scope, name) for scope, name in options.items() if name is not None]
    if len(targets) != 1:
        raise typer.BadParameter(
            "give one of --all, --flow, --account, --sender and --country, and only one"
        )
    return targets[0]


def needs_no_name(target: Target) -> bool:
    """Say whether it matches something in every configuration; BadParameter for no country."""
    if target.scope is Scope.COUNTRY and (problem := _problem_of_country(target.name)):
        raise typer.BadParameter(problem, param_hint="--country")
    return target.scope in {Scope.ALL, Scope.COUNTRY}


def who() -> str:
    """Return who asks, and where: whoever became root is who they were."""
    try:
        user = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        # A user without a name, as containers have them.
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def _as_kept(sender: str, default_region: str) -> str:
    try:
        return normalised(sender, default_region)
    except UnusableError:
        return sender


def _problem_of_country(name: str) -> str | None:
    try:
        region(name)
    except ValueError as error:
        return f"{name} {error}"
    return None
