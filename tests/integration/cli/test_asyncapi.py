"""`smsherald asyncapi`: the document, printed or in a file, and what AsyncAPI says of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from smsherald.cli import main
from smsherald.settings.yaml.reader import read_yaml
from support.asyncapi.odd import odd
from support.daemon import REPOSITORY
from support.recipes.places import PipAndNpm

CONFIG = REPOSITORY / "config" / "smsherald.yaml"
PARSER = REPOSITORY / "tests" / "support" / "asyncapi"


def asyncapi(config: Path, *options: str) -> str:
    done = CliRunner().invoke(main.app, ["asyncapi", "--config", str(config), *options], env={})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_it_says_the_same_in_yaml_and_json_and_into_a_file(tmp_path: Path) -> None:
    yaml, as_json = asyncapi(CONFIG), asyncapi(CONFIG, "--json")

    assert read_yaml(yaml, "-").data == json.loads(as_json)
    for name, said, options in (("a.yaml", yaml, ()), ("a.json", as_json, ("--json",))):
        path = tmp_path / name
        assert asyncapi(CONFIG, "--output", str(path), *options) == ""
        assert path.read_text(encoding="utf-8") == said


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "a.yaml"
    arguments = ["asyncapi", "--config", str(CONFIG), "--output", str(path)]
    done = CliRunner().invoke(main.app, arguments)

    assert done.exit_code == 1
    assert done.stderr == f"{path}: No such file or directory\n"


def spoiled(text: str) -> dict[str, str]:
    """Return documents that are none, each by another mistake."""
    whole: dict[str, Any] = json.loads(text)

    def without(*path: str) -> str:
        document = json.loads(text)
        inner = document
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]
        return json.dumps(document)

    channel = next(iter(whole["channels"]))
    return {
        "without a host": without("servers", "broker", "host"),
        "a message that is nowhere": without("components", "messages", "sms.sent"),
        "an operation without its channel": without("channels", channel),
        "of no schema": text.replace('"minimum": 1', '"minimum": "one"'),
        "of no binding": text.replace('"is": "routingKey"', '"is": "topic"'),
    }


@pytest.mark.long
@pytest.mark.takes(60)
def test_asyncapi_s_own_parser_takes_it_without_a_word(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    configurations = (CONFIG, REPOSITORY / "config" / "examples" / "smsherald.yaml", odd(shop))
    place = tmp_path / "place"
    place.mkdir()
    files: list[Path] = []
    for number, config in enumerate(configurations):
        for name, options in ((f"{number}.yaml", ()), (f"{number}.json", ("--json",))):
            files.append(place / name)
            files[-1].write_text(asyncapi(config, *options))
    wrong = spoiled(asyncapi(CONFIG, "--json"))
    for name, text in wrong.items():
        files.append(place / f"{name}.json")
        files[-1].write_text(text)
    shutil.copy(PARSER / "parse.mjs", place)
    node = PipAndNpm(place, PARSER)
    node.run(["node", "parse.mjs", "said.json", *(path.name for path in files)], {})

    said = {
        path.stem if path.stem in wrong else path.name: (
            each["read"],
            # 3.0 is what most tools read.
            [found for found in each["found"] if found["code"] != "asyncapi-latest-version"],
        )
        for path, each in zip(files, json.loads((place / "said.json").read_text()), strict=True)
    }
    for name in wrong:
        read, found = said.pop(name)
        assert not read, name
        assert found, name
    assert said == dict.fromkeys(said, (True, []))
    assert len(said) == 2 * len(configurations)
