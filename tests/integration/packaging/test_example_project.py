"""A shop's own tests, with smsherald installed from its wheel, as its developers run them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.daemon import REPOSITORY

EXAMPLE = REPOSITORY / "examples" / "shop-tests"
TESTS = 9
"""Of the example's own."""
ALONE = ("-p", "no:asyncio", "-p", "no:anyio")
MORE = """\
import pytest
{imports}
from smsherald.testing import Herald

{mark}

@{fixture}
async def seeded(herald: Herald) -> Herald:
    await herald.publish("order.shipped", {{"order": "R0", "phone": "+15558675309"}})
    return herald

async def test_an_async_fixture_may_publish(seeded: Herald) -> None:
    await seeded.texts(1)

@pytest.mark.parametrize("number", [1, 2])
class TestClass:
    async def test_method(self, seeded: Herald, number: int) -> None:
        await seeded.publish("order.shipped", {{"order": f"R{{number}}", "phone": "+15558675309"}})
        await seeded.texts(2)
"""
BACKEND = "import pytest\n\n@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n"


@dataclass(frozen=True)
class Plugin:
    """One of the plugins that run tests on asyncio, in one of its modes."""

    name: str
    options: tuple[str, ...]
    imports: str = ""
    mark: str = ""
    fixture: str = "pytest.fixture"

    @property
    def file(self) -> str:
        """Return tests and a fixture as it wants them."""
        return MORE.format(imports=self.imports, mark=self.mark, fixture=self.fixture)


def asyncio_options(*, mode: str, loop: str) -> tuple[str, ...]:
    scopes = (f"asyncio_default_{what}_loop_scope={loop}" for what in ("fixture", "test"))
    return tuple(part for value in (f"asyncio_mode={mode}", *scopes) for part in ("-o", value))


PLUGINS = (
    Plugin("asyncio-auto", asyncio_options(mode="auto", loop="function")),
    Plugin("asyncio-one-loop", asyncio_options(mode="auto", loop="session")),
    Plugin(
        "asyncio-strict",
        asyncio_options(mode="strict", loop="function"),
        "import pytest_asyncio",
        "pytestmark = pytest.mark.asyncio",
        "pytest_asyncio.fixture",
    ),
    Plugin("anyio", ("-p", "no:asyncio"), mark="pytestmark = pytest.mark.anyio"),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the example, as a user would begin with."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "shop"))


def run(python: Path, project: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-m", *map(str, arguments)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


def pytest_in(python: Path, project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    quick = ("-q", "-p", "no:randomly", "-p", "no:cov", "-p", "no:xdist", "-p", "no:cacheprovider")
    return run(python, project, "pytest", *quick, *options)


@pytest.mark.takes(10)
def test_its_tests_pass_without_any_plugin_for_asyncio(python: Path, project: Path) -> None:
    done = pytest_in(python, project, *ALONE)

    assert f"\n{TESTS} passed in " in done.stdout, done.stdout + done.stderr


@pytest.mark.long
def test_the_tests_of_its_flows_pass(python: Path, project: Path) -> None:
    done = subprocess.run(
        [python.with_name("smsherald"), "check", "--flows"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "2 flows, 4 tests passed" in done.stdout


@pytest.mark.long
@pytest.mark.takes(6)
def test_a_test_that_fails_shows_what_became_of_its_events(python: Path, project: Path) -> None:
    fails = (
        "async def test_count(herald):\n"
        "    await herald.publish('order.created', {'number': 'R7'})\n"
        "    await herald.texts(1)\n\n"
        "async def test_assertion(herald):\n"
        "    await herald.publish('order.created', {'number': 'R8'})\n"
        "    assert herald.notifications == []\n\n"
        "def test_sync(herald):\n    pass\n"
    )
    (project / "tests" / "test_texts.py").write_text(fails)
    done = pytest_in(python, project, *ALONE)

    assert "\n2 failed, 1 error in " in done.stdout, done.stdout
    assert "E           - order.created" not in done.stdout, "the traceback ends in the test"
    assert "0 texts were sent instead of 1" in done.stdout
    for number in ("R7", "R8"):
        assert f"(reference {number}) is parked since" in done.stdout
    assert "the fixture herald needs a test that is `async def`" in done.stdout


@pytest.mark.long
@pytest.mark.takes(10)
@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda it: it.name)
def test_they_pass_with_each_plugin_for_asyncio(
    python: Path, project: Path, plugin: Plugin
) -> None:
    (project / "tests" / "test_more.py").write_text(plugin.file)
    (project / "tests" / "conftest.py").write_text(BACKEND)
    done = pytest_in(python, project, *plugin.options)

    assert f"\n{TESTS + 3} passed in " in done.stdout, done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.takes(30)
def test_its_types_hold(python: Path, project: Path) -> None:
    checked = ("mypy", "--strict", "--python-executable", python, "--cache-dir", project / "cache")
    done = run(Path(sys.executable), project, *checked, "tests")

    assert "Success" in done.stdout, done.stdout
