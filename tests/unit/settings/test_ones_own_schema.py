"""The code of a schema of the operator's, which changes while a process runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError
from smsherald.events.schemas import find_schema
from smsherald.settings.flows import own
from smsherald.settings.load import Loaded, load
from smsherald.settings.watch import look
from support.configuration import FLOW, SETTINGS, write

MODULE = """\
from marshmallow import Schema
from shop_fields import Phone

class Cart(Schema):
    phone = Phone()
"""
FIELDS = "from marshmallow.fields import Str as Phone\n"


@pytest.fixture
def code(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return where Python looks for modules, which is not there yet."""
    folder = here / "python"
    monkeypatch.setattr(own, "_imported", {})
    monkeypatch.setattr(own, "_named", {})
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(folder)
    find_schema.cache_clear()
    before = set(sys.modules)
    yield folder
    for name in sys.modules.keys() - before:
        del sys.modules[name]
    find_schema.cache_clear()


def put(folder: Path, module: str = MODULE, fields: str = FIELDS) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "shop.py").write_text(module)
    (folder / "shop_fields.py").write_text(fields)


def loaded(here: Path, schema: str = "shop:Cart") -> Loaded:
    of_one = f'subscribe: cart\nschema: {schema}\nto: "{{{{ data.phone }}}}"\nmessage: Hi\n'
    return load(write(here, SETTINGS, cart=of_one, order=FLOW), {})


def waiting(read: Loaded) -> tuple[str, ...]:
    return own.waiting(flow.schema for flow in read.flows)


@pytest.mark.parametrize("which", ["shop.py", "shop_fields.py"])
def test_that_waits_for_a_restart_until_it_is_as_it_was(which: str, code: Path, here: Path) -> None:
    put(code)
    read = loaded(here)
    assert waiting(read) == ()
    before = look(here / "smsherald.yaml")
    file = code / which
    was = file.read_text()
    file.write_text(f"{was}# another\n")

    assert waiting(read) == ("shop:Cart",)
    assert {path for path, *_ in look(here / "smsherald.yaml") - before} == {str(file)}
    file.unlink()
    assert waiting(read) == ("shop:Cart",)
    assert look(here / "smsherald.yaml") == before
    file.write_text(was)
    assert waiting(read) == ()
    assert look(here / "smsherald.yaml") == before


def test_that_no_flow_names_any_more_waits_for_nothing(code: Path, here: Path) -> None:
    put(code)
    loaded(here)
    put(code, module=f"{MODULE}# another\n")
    (here / "flows" / "cart.yaml").unlink()
    read = load(here / "smsherald.yaml", {})

    assert own.waiting(flow.schema for flow in read.flows) == ()
    assert list(own.changed_files()) == ["shop"]


def test_another_class_of_a_module_waits_with_it(code: Path, here: Path) -> None:
    put(code)
    loaded(here)
    put(code, module=f"{MODULE}\nclass Order(Cart):\n    pass\n")

    with pytest.raises(ConfigurationError, match="`shop` has no marshmallow schema `Order`"):
        loaded(here, "shop:Order")
    assert own.changed_files() == {"shop": [code / "shop.py"]}


def test_what_an_import_that_failed_has_left_is_known(code: Path, here: Path) -> None:
    put(code, fields="")
    with pytest.raises(ConfigurationError, match="cannot import name 'Phone'"):
        loaded(here)
    put(code)

    with pytest.raises(ConfigurationError, match="cannot import name 'Phone'"):
        loaded(here)
    assert own.changed_files() == {"shop": [code / "shop_fields.py"]}


def test_one_that_was_not_there_is_found_once_it_is(code: Path, here: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no module `shop`"):
        loaded(here)
    put(code)

    assert waiting(loaded(here)) == ()


def test_code_that_ends_the_process_is_a_mistake_of_the_flow(code: Path, here: Path) -> None:
    put(code, "raise SystemExit(3)\n")

    with pytest.raises(ConfigurationError, match="`shop` cannot be imported: SystemExit: 3"):
        loaded(here)
