"""Settings as environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.settings.environment import nearly, override
from smsherald.settings.load import load
from smsherald.settings.yaml.places import Document, Place
from smsherald.settings.yaml.reader import read_yaml
from smsherald.settings.yaml.scalars import Given
from support.configuration import FLOW, SETTINGS, write


def overridden(text: str, **environ: str) -> Document:
    document = read_yaml(text, "a.yaml")
    override(document, environ)
    return document


@pytest.mark.parametrize(
    ("text", "environ", "data"),
    [
        pytest.param(
            "broker: {url: a, queue: q}",
            {"SMSHERALD__BROKER__URL": "amqp://b"},
            {"broker": {"url": "amqp://b", "queue": "q"}},
            id="a value of the file gives way, its neighbours stay",
        ),
        pytest.param(
            "",
            {"SMSHERALD__TWILIO__ACCOUNTS__DEFAULT__FROM": "+15005550006"},
            {"twilio": {"accounts": {"default": {"from": "+15005550006"}}}},
            id="what is above it is made",
        ),
        pytest.param(
            "log:\n",
            {"SMSHERALD__LOG__LEVEL": "debug"},
            {"log": {"level": "debug"}},
            id="an empty section is filled",
        ),
        pytest.param(
            "",
            {"SMSHERALD__RETRY__TIERS": "[5s, 1m]"},
            {"retry": {"tiers": ["5s", "1m"]}},
            id="a list is written as in YAML",
        ),
        pytest.param(
            "retry: {tiers: [1s]}",
            {"SMSHERALD__RETRY": "{attempts: 3}", "SMSHERALD__RETRY__MAX_AGE": "none"},
            {"retry": {"attempts": 3, "max_age": "none"}},
            id="a whole section comes before its parts",
        ),
        pytest.param(
            "",
            {"SMSHERALD__BROKER__URL": "${HOME}"},
            {"broker": {"url": "${HOME}"}},
            id="a reference is no reference here",
        ),
        pytest.param(
            "http: {public: {url: a}}",
            {"SMSHERALD__HTTP__PUBLIC": "null"},
            {"http": {"public": None}},
            id="null takes a value away",
        ),
        pytest.param(
            "",
            {"SMSHERALD_CONFIG": "x", "SMSHERALD_INSTANCE": "y", "SMSHERALD_PORT": "tcp://1"},
            None,
            id="names with one underscore are not settings",
        ),
    ],
)
def test_the_environment_wins_over_the_file(
    text: str, environ: dict[str, str], data: object
) -> None:
    document = overridden(text, **environ)

    assert document.data == data
    assert document.problems == []


def test_a_number_from_the_environment_becomes_what_is_due() -> None:
    document = overridden("", SMSHERALD__A="200", SMSHERALD__B="'200'", SMSHERALD__C="true")

    assert [type(value) for value in document.data.values()] == [Given, str, Given]


def test_the_variable_is_the_place_of_its_value_and_of_what_it_made() -> None:
    document = overridden("log: {level: info}", SMSHERALD__LOG__LEVEL="x", SMSHERALD__B__C="1")

    assert document.at(("log", "level")) == Place("environment:SMSHERALD__LOG__LEVEL", 1, 1)
    assert document.at_key(("b",)) == Place("environment:SMSHERALD__B__C", 1, 1)
    assert document.at(("log",)) == Place("a.yaml", 1, 6)


def test_within_a_value_places_count_from_its_own_beginning() -> None:
    document = overridden("", SMSHERALD__RETRY="{attempts: 3}")

    assert document.at(("retry", "attempts")) == Place("environment:SMSHERALD__RETRY", 1, 12)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SMSHERALD__", "x", "environment:SMSHERALD__: no setting has this name"),
        ("SMSHERALD__A____B", "x", "environment:SMSHERALD__A____B: no setting has this name"),
        (
            "SMSHERALD__LOG__LEVEL__X",
            "x",
            (
                "environment:SMSHERALD__LOG__LEVEL__X: no setting has this name: "
                "log.level is no mapping"
            ),
        ),
        (
            "SMSHERALD__A",
            "@x",
            (
                "environment:SMSHERALD__A: this is no YAML: "
                "quote a text that begins with a sign such as @, % or `"
            ),
        ),
        (
            "SMSHERALD__A",
            "b #c",
            (
                "environment:SMSHERALD__A: what follows ` #` is a comment: "
                "put quotes around the text, or a space after #"
            ),
        ),
        ("SMSHERALD__A", "\udcff", "environment:SMSHERALD__A: this is not UTF-8"),
    ],
)
def test_a_variable_that_is_wrong_is_named(name: str, value: str, problem: str) -> None:
    document = overridden("log: {level: info}", **{name: value})

    assert [str(found) for found in document.problems] == [problem]


def test_a_setting_with_one_underscore_too_few_is_warned_of() -> None:
    environ = {
        "SMSHERALD_BROKER_URL": "amqp://b",
        "SMSHERALD_LOG__LEVEL": "debug",
        "SMSHERALD_RETRYTIERS": "[1s]",
        "SMSHERALD_PORT": "tcp://10.0.0.1:8790",
        "SMSHERALD_SERVICE_HOST": "10.0.0.1",
        "SMSHERALD_CONFIG": "a.yaml",
        "SMSHERALD__LOG__FORMAT": "json",
    }

    assert [str(problem) for problem in nearly(environ)] == [
        "environment:SMSHERALD_BROKER_URL: is not read; did you mean `SMSHERALD__BROKER__URL`?",
        "environment:SMSHERALD_LOG__LEVEL: is not read; did you mean `SMSHERALD__LOG__LEVEL`?",
        "environment:SMSHERALD_RETRYTIERS: is not read; did you mean `SMSHERALD__RETRY__TIERS`?",
    ]


def test_what_is_like_one_that_is_read_is_warned_of() -> None:
    environ = {
        "SMSHERALD_CONFG": "a.yaml",
        "SMSHERALD_INSTANSE": "a",
        "SMSHERLAD__BROKER__URL": "amqp://b",
        "smsherald__log__level": "debug",
        "SMSHERALD_PORT": "tcp://10.0.0.1:8790",
        "SMSHERALD_UNIT": "smsherald@a",
        "SMSHERALD_CONFIG_DIR": "/x",
        "CLICKHOUSE__LOG__LEVEL": "debug",
    }

    assert {str(problem) for problem in nearly(environ)} == {
        "environment:SMSHERALD_CONFG: is not read; did you mean `SMSHERALD_CONFIG`?",
        "environment:SMSHERALD_INSTANSE: is not read; did you mean `SMSHERALD_INSTANCE`?",
        "environment:SMSHERLAD__BROKER__URL: is not read; did you mean `SMSHERALD__BROKER__URL`?",
        "environment:smsherald__log__level: is not read; did you mean `SMSHERALD__LOG__LEVEL`?",
    }
    assert nearly({"SMSHERALD_CONFG": "a.yaml", "SMSHERALD_CONFIG": "b.yaml"}) == []


def test_a_variable_that_a_setting_is_taken_from_is_read(here: Path) -> None:
    settings = SETTINGS.replace(" token\n", " ${SMSHERALD_BROKER_URL:-token}\n")
    path = write(here, settings, mine=FLOW)
    environ = {"SMSHERALD_BROKER_URL": "a-token", "SMSHERALD_HTTP_TOKEN": "x"}

    warned = [warning.file for warning in load(path, environ).warnings]

    assert "environment:SMSHERALD_HTTP_TOKEN" in warned
    assert "environment:SMSHERALD_BROKER_URL" not in warned


def test_a_file_that_is_no_mapping_takes_no_settings() -> None:
    document = overridden("- 1", SMSHERALD__A="1")

    assert document.data == [1]
    assert [problem.message for problem in document.problems] == [
        "no setting has this name: the settings file is no mapping"
    ]


def test_a_value_that_two_aliases_share_is_changed_for_one_of_them_only() -> None:
    document = overridden("a: &x {b: 1}\nc: *x", SMSHERALD__C__B="2")

    assert document.data == {"a": {"b": 1}, "c": {"b": "2"}}
