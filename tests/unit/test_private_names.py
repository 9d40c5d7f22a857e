"""What we use of our libraries that is not public is named, and is what it was when it was read."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import amqp
import kombu
import pytest
from amqp.transport import TCPTransport
from twilio.http import AsyncHttpClient

from smsherald.twilio.http import HttpClient
from support.borrowed import READ, TABLE
from support.borrowed.broker import CHANNEL, CONNECTION
from support.borrowed.row import Borrowed, shape

PACKAGE = Path(__file__).parents[2] / "daemon" / "smsherald"

DOCUMENTED = {
    "_deserialize": "marshmallow's, for fields of one's own",
    "_exit": "of Python's os",
    "_undefined_name": "jinja2's, for classes of one's own",
    "_value_": "of Python's enum, for members with more than a value",
}
"""Names with an underscore that are public all the same."""

PUBLIC = {
    *(
        "Message",
        "basic_ack",
        "basic_cancel",
        "bind",
        "basic_consume",
        "basic_publish",
        "basic_qos",
    ),
    *("bind_to", "body", "channel", "close", "confirm_select", "declare", "delivery_info"),
    *("ensure_connection", "heartbeat_tick", "properties", "queue_bind", "queue_declare"),
    "queue_unbind",
}
"""What kombu and py-amqp document."""
OURS = {
    *(
        "cancel",
        "connected",
        "consume",
        "exchange",
        "frame_max",
        "get",
        "host",
        "hostname",
        "info",
        "name",
        "open",
    ),
    *("password", "port", "release", "routing_key", "then", "virtual_host", "wait"),
}
"""Words of ours, or of Python's, that kombu and py-amqp have too."""
MEMBERS = set(
    dir(kombu.Connection("amqp://"))
    + dir(kombu.Exchange())
    + dir(kombu.Queue())
    + dir(CONNECTION)
    + dir(CHANNEL)
    + dir(amqp.Message())
    + dir(TCPTransport("localhost"))
)
EXPORTED = {"aiohttp.web", "twilio.rest.Client"}
"""What is documented although no `__all__` names it."""
EDGE = {"aiohttp", "amqp", "kombu", "twilio"}
"""Libraries whose insides matter to us, and of which a name that is not exported is one."""


@cache
def modules() -> dict[str, ast.Module]:
    """Return all of ours, by their files; whoever only lists the tests needs none."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text())
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def last(name: str) -> str:
    """Return what of a name stands in code: `Connection(frame_writer)` is `frame_writer`."""
    return name.replace("(", ".").rstrip(")").rpartition(".")[2]


def attributes(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield what is asked for an attribute, and the attribute's name."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute():
                yield ast.unparse(node.value), node.attr
            case ast.Call(func=ast.Name("getattr" | "setattr" | "hasattr"), args=[of, name, *_]):
                if isinstance(name, ast.Constant):
                    yield ast.unparse(of), str(name.value)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def defined(tree: ast.AST) -> set[str]:
    """Return the names that a module gives to its own: methods, and what `self` is given."""
    names = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Attribute(ast.Name("self" | "cls"), name, ast.Store()) | ast.Name(
                name, ast.Store()
            ):
                names.add(name)
    return names


def overridden(file: str) -> set[str]:
    """Return the names that classes of a module have as well as a base that is not ours."""
    module = import_module(f"smsherald.{file.removesuffix('.py').replace('/', '.')}")
    names = set[str]()
    for thing in vars(module).values():
        if inspect.isclass(thing) and thing.__module__ == module.__name__:
            theirs = [base for base in thing.__mro__ if "smsherald" not in base.__module__]
            names |= {name for name in vars(thing) if any(name in vars(base) for base in theirs)}
    return names


def private(file: str, tree: ast.AST) -> set[str]:
    """Return the private names of others that a module asks for, or defines anew."""
    own, ours = defined(tree), {"self", "cls", "super()", "other"}
    asked = {name for of, name in attributes(tree) if not (of in ours and name in own)}
    return {name for name in asked | (own & overridden(file)) if is_private(name)}


def imported(tree: ast.AST) -> set[str]:
    """Return what a module imports of others that they do not export."""
    found = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Import(aliases):
                full = [alias.name for alias in aliases]
            case ast.ImportFrom(str(module), aliases):
                full = [f"{module}.{alias.name}" for alias in aliases]
            case _:
                continue
        found |= {last(name) for name in full if is_hidden(name)}
    return found


def is_hidden(name: str) -> bool:
    """Say whether an import is of something private, or of what one of EDGE does not export."""
    library, _, rest = name.partition(".")
    if library not in EDGE or not rest or name in EXPORTED:
        return any(map(is_private, name.split(".")))
    return last(name) not in import_module(library).__dict__.get("__all__", ())


def not_in_table(names: dict[str, set[str]]) -> list[str]:
    """Say which names, by file, the table does not have."""
    table = {(file, last(row.name)) for row in TABLE for file in row.files}
    return sorted(
        f"{file}: {name}"
        for file, found in names.items()
        for name in found
        if (file, name) not in table
    )


@pytest.mark.parametrize(("library", "read"), READ.items())
def test_the_version_that_is_installed_is_the_one_that_was_read(library: str, read: str) -> None:
    assert version(library) == read, f"read again what support/borrowed/ says of {library}"


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_what_is_borrowed_is_there_in_the_shape_we_rely_on(row: Borrowed) -> None:
    assert shape(row.get()) == row.shape, row.why


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_what_is_borrowed_is_used_where_the_table_says(row: Borrowed) -> None:
    unused = [file for file in row.files if last(row.name) not in (PACKAGE / file).read_text()]

    assert unused == []


def test_our_client_of_http_takes_what_twilio_gives() -> None:
    assert shape(HttpClient.request) == shape(AsyncHttpClient.request)


def test_no_other_private_name_is_used() -> None:
    found = {file: private(file, tree) - DOCUMENTED.keys() for file, tree in modules().items()}

    assert not_in_table(found) == []


def test_nothing_else_is_imported_that_is_not_exported() -> None:
    assert not_in_table({file: imported(tree) for file, tree in modules().items()}) == []


def test_no_other_member_of_kombu_or_amqp_is_used() -> None:
    found = {
        file: {name for of, name in attributes(tree) if of != "self"} & MEMBERS - PUBLIC - OURS
        for file, tree in modules().items()
        if file.startswith("broker/rabbitmq/")
    }

    assert not_in_table(found) == []
