"""`${…}` in settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.settings import interpolate as interpolating
from smsherald.settings.interpolate import MOST_BYTES, interpolate
from smsherald.settings.yaml.reader import read_yaml
from smsherald.settings.yaml.scalars import Given

ENVIRON = {"A": "1", "B": "two", "EMPTY": "", "NESTED": "${A}", "BYTES": "\udcff"}


def replaced(text: str, environ: dict[str, str] = ENVIRON) -> object:
    document = read_yaml(f"key: '{text}'", "a.yaml")

    assert interpolate(document, environ, keep=()) == set()
    assert document.problems == []
    return document.data["key"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("${A}", "1", id="a variable"),
        pytest.param("x-${A}-${B}", "x-1-two", id="two within a text"),
        pytest.param("${EMPTY}", "", id="an empty one is there"),
        pytest.param("${C:-three}", "three", id="a default for one that is not set"),
        pytest.param("${EMPTY:-three}", "three", id="a default for an empty one"),
        pytest.param("${A:-three}", "1", id="a default that is not needed"),
        pytest.param("${C:-}", "", id="an empty default"),
        pytest.param(
            "${C:-amqp://u:p@h:5672//}", "amqp://u:p@h:5672//", id="a default with colons"
        ),
        pytest.param("${NESTED}", "${A}", id="what is put in is not read again"),
        pytest.param("$${A}", "${A}", id="the sign itself"),
        pytest.param("$${A}${A}", "${A}1", id="the sign beside a variable"),
        pytest.param("$A costs 5$", "$A costs 5$", id="a dollar alone"),
    ],
)
def test_a_reference_becomes_what_it_names(text: str, value: str) -> None:
    assert replaced(text) == value


def test_only_what_was_replaced_may_become_another_type() -> None:
    assert isinstance(replaced("${A}"), Given)
    assert not isinstance(replaced("$${A}"), Given)
    assert not isinstance(replaced("1"), Given)


def test_a_file_loses_the_end_of_its_last_line(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b" secret \r\n")

    assert replaced(f"${{file:{tmp_path}/token}}") == " secret "


def test_a_credential_is_a_file_of_systemds_folder(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")

    assert replaced("${credential:token}", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "secret"


def test_lists_and_mappings_are_walked_and_numbers_left_alone() -> None:
    document = read_yaml("b: ['${A}', 5]\nc: {d: '${B}'}", "a.yaml")

    interpolate(document, ENVIRON, keep=())

    assert document.data == {"b": ["1", 5], "c": {"d": "two"}}


def test_what_came_from_the_environment_is_kept_as_it_is() -> None:
    document = read_yaml("b: '${A}'\nc: ['${A}']", "a.yaml")

    interpolate(document, ENVIRON, keep=[("c",)])

    assert document.data == {"b": "1", "c": ["${A}"]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("${C}", "the environment variable C is not set"),
        ("${A}${C}", "the environment variable C is not set"),
        ("${BYTES}", "the environment variable BYTES is not UTF-8"),
        ("${A", "`${` is never closed; `$${` stands for the sign itself"),
        (
            "${A B}",
            (
                "`${…}` takes a variable's name, `NAME:-default`, `file:/path` or "
                "`credential:name`; `$${` stands for the sign itself"
            ),
        ),
        ("${file:secret}", "${file:secret}: the path must begin with /"),
        (
            "${file:/nowhere/at/all}",
            "${file:/nowhere/at/all} cannot be read: No such file or directory",
        ),
        ("${file:/proc}", "${file:/proc} cannot be read: Is a directory"),
        ("${file:/dev/zero}", f"${{file:/dev/zero}} holds more than {MOST_BYTES} bytes"),
        (
            "${credential:token}",
            (
                "${credential:token}: CREDENTIALS_DIRECTORY is not set; "
                "systemd sets it where the unit has LoadCredential=token:FILE "
                "(`systemctl edit smsherald`, of instances `smsherald@`)"
            ),
        ),
    ],
)
def test_what_cannot_be_replaced_is_said_with_its_place(text: str, problem: str) -> None:
    document = read_yaml(f"key: {{b: '{text}'}}", "a.yaml")

    failed = interpolate(document, ENVIRON, keep=())

    assert failed == {("key", "b")}
    assert [str(found) for found in document.problems] == [f"a.yaml:1:10: {problem}"]


@pytest.mark.parametrize(
    ("environ", "hint"),
    [
        pytest.param(
            {"TWILIO_FORM": "+15550001111"}, "; is TWILIO_FORM meant to be it?", id="a typo"
        ),
        pytest.param({"TWILIO_FORM": ""}, "; is TWILIO_FORM meant to be it?", id="an empty one"),
        pytest.param({"twilio_from": "+1"}, "; is twilio_from meant to be it?", id="small letters"),
        pytest.param({"TWILIO_FROM_2": "+1"}, "", id="one that another setting asks for"),
        pytest.param({"TWILIO_AUTH_TOKEN": "x", "PATH": "/bin"}, "", id="others"),
        pytest.param(
            {"SMSHERALD_UNIT": "smsherald@a"},
            " (in /etc/smsherald/environment or /etc/smsherald/environment.a)",
            id="unit",
        ),
    ],
)
@pytest.mark.parametrize("given", [{}, {"TWILIO_FROM": ""}], ids=["missing", "empty"])
def test_of_a_variable_that_is_missing_or_empty_it_names_what_may_be_meant(
    environ: dict[str, str], hint: str, given: dict[str, str]
) -> None:
    document = read_yaml("a: '${TWILIO_FROM}'\nb: '${TWILIO_FROM_2:-}'", "a.yaml")

    interpolate(document, environ | given, keep=())

    said = [problem.message for problem in document.problems]
    if given:
        assert document.sources[("a",)].hint == hint
    else:
        assert said == [f"the environment variable TWILIO_FROM is not set{hint}"]


def test_the_place_comes_before_the_guess() -> None:
    document = read_yaml("a: '${TWILIO_FROM}'", "a.yaml")

    interpolate(document, {"SMSHERALD_UNIT": "smsherald", "TWILIO_FORM": "+1"}, keep=())

    assert [problem.message for problem in document.problems] == [
        (
            "the environment variable TWILIO_FROM is not set (in /etc/smsherald/environment); "
            "is TWILIO_FORM meant to be it?"
        )
    ]


ORDINARY = {
    **dict.fromkeys(("HOME", "HOSTNAME", "LANG", "LANGUAGE", "LC_ALL", "LOGNAME", "MAIL"), "/x"),
    **dict.fromkeys(("OLDPWD", "PATH", "PWD", "PYTHONPATH", "PYTHONUNBUFFERED", "SHELL"), "/x"),
    **dict.fromkeys(("SHLVL", "TERM", "TZ", "USER", "XDG_RUNTIME_DIR", "INVOCATION_ID"), "/x"),
    **dict.fromkeys(("JOURNAL_STREAM", "NOTIFY_SOCKET", "STATE_DIRECTORY", "SMSHERALD_PORT"), "/x"),
    **dict.fromkeys(("SMSHERALD_SERVICE_HOST", "KUBERNETES_SERVICE_HOST"), "/x"),
}


@pytest.mark.parametrize(
    ("variable", "found"),
    [
        pytest.param("BROKER_URL", "BROKR_URL", id="a letter is missing"),
        pytest.param("BROKER_URL", "BROKER_URI", id="another letter"),
        pytest.param("BROKER_URL", "broker_url", id="small letters"),
        pytest.param("BROKER_URL", "BROKERURL", id="no underscore"),
        pytest.param("TWILIO_FROM", "TWILIO_FORM", id="two letters in the other order"),
        pytest.param("BROKER_URL", "BROKER_UL", id="a short word lacks a letter"),
        pytest.param("BROKER_URL", "BROKER_URLS", id="a short word has one more"),
        pytest.param("TWILIO_FROM", "TWILIO_FROMM", id="a letter twice"),
    ],
)
def test_of_a_default_it_is_said_which_variable_seems_to_be_meant(
    variable: str, found: str
) -> None:
    document = read_yaml(f"a: 1\nb: 'amqp://${{{variable}:-localhost}}'", "a.yaml")

    interpolate(document, {**ORDINARY, found: "secret"}, keep=())

    assert document.data["b"] == "amqp://localhost"
    assert document.problems == []
    assert list(map(str, document.doubts)) == [
        (
            f"a.yaml:2:4: the environment variable {variable} is not set, and its default is "
            f"used; is {found} meant to be it?"
        )
    ]


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        pytest.param("${BROKER_URL:-x}", {}, id="an ordinary environment"),
        pytest.param("${HTTPS_PROXY:-x}", {"HTTP_PROXY": "y"}, id="HTTP is not HTTPS"),
        pytest.param("${TWILIO_DE:-x}", {"TWILIO_DEV": "y"}, id="a country"),
        pytest.param("${TWILIO_AUTH:-x}", {"TWILIO_OAUTH": "y"}, id="AUTH is not OAUTH"),
        pytest.param("${RABBIT_AMQP:-x}", {"RABBIT_AMQPS": "y"}, id="AMQP is not AMQPS"),
        pytest.param("${RABBIT_AMQPS:-x}", {"RABBIT_AMQP": "y"}, id="nor AMQPS AMQP"),
        pytest.param("${RABBIT_URL:-x}", {"RABBIT_URL1": "y"}, id="a digit more"),
        pytest.param("${RABBIT_IP:-x}", {"RABBIT_PORT": "y"}, id="a short word of others"),
        pytest.param("${API_URL:-x}${POD_IP:-y}", {"APP_URL": "", "POD_IPS": ""}, id="short ones"),
        pytest.param("${MAIN_TOKEN:-x}", {"MAIL_TOKEN": "y"}, id="a short word among long ones"),
        pytest.param(
            "${LOG_NAME:-x}${HOST:-y}${PATHS:-z}${LANGS:-en}", {}, id="like ordinary ones"
        ),
        pytest.param("${RABBIT_HOST:-x}", {"RABBIT_PORT": "1"}, id="another word"),
        pytest.param("${LOG_LEVEL:-x}", {"APP_LOG_LEVEL": "debug"}, id="a word more"),
        pytest.param("${TWILIO_FROM:-x}", {"TWILIO_FROM_2": "+1"}, id="a number more"),
        pytest.param("${SHOP_2_URL:-x}", {"SHOP_1_URL": "y"}, id="another number"),
        pytest.param("${TWILIO_FROM:-x}${TWILIO_FORM:-y}", {"TWILIO_FORM": "z"}, id="both named"),
        pytest.param("${BROKER_URL:-x}", {"BROKER_URL": "y", "BROKR_URL": "z"}, id="it is set"),
        pytest.param("$${BROKER_URL:-x}", {"BROKR_URL": "z"}, id="no reference"),
    ],
)
def test_of_a_default_that_may_well_be_meant_nothing_is_said(
    text: str, environ: dict[str, str]
) -> None:
    document = read_yaml(f"a: '{text}'", "a.yaml")

    interpolate(document, ORDINARY | environ, keep=())

    assert (document.problems, document.doubts) == ([], [])


def test_of_a_default_the_place_and_that_it_is_empty_are_said_too() -> None:
    document = read_yaml("a: '${BROKER_URL:-x}'", "a.yaml")
    environ = {"SMSHERALD_UNIT": "smsherald", "BROKER_URL": "", "BROKR_URL": "y"}

    interpolate(document, environ, keep=())

    assert [doubt.message for doubt in document.doubts] == [
        (
            "the environment variable BROKER_URL is empty (in /etc/smsherald/environment), and its "
            "default is used; is BROKR_URL meant to be it?"
        )
    ]


@pytest.mark.parametrize("text", ["${BROKER_URL}", "${BROKER_URL:-x}"])
def test_a_line_for_a_shell_in_the_unit_s_file_is_named(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "environment"
    file.write_text("A=1\n  export BROKER_URL=amqp://secret\n")
    monkeypatch.setattr(interpolating, "environment_files", lambda _: [str(file)])
    document = read_yaml(f"a: '{text}'", "a.yaml")

    interpolate(document, {}, keep=())

    [said] = [each.message for each in (*document.problems, *document.doubts)]
    assert said.startswith(f"the environment variable BROKER_URL is not set (in {file})")
    assert said.endswith("; its line there begins with `export`: leave that word out")


def test_a_credential_s_place_is_the_unit_that_it_runs_beside() -> None:
    document = read_yaml("a: '${credential:token}'", "a.yaml")

    interpolate(document, {"SMSHERALD_UNIT": "smsherald@a"}, keep=())

    [problem] = document.problems
    assert "(`systemctl edit smsherald@a`, of all instances `smsherald@`)" in problem.message


@pytest.mark.parametrize("name", ["", "..", "../token", "a/b"])
def test_a_credential_is_no_way_out_of_its_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret")
    document = read_yaml(f"key: '${{credential:{name}}}'", "a.yaml")

    interpolate(document, {"CREDENTIALS_DIRECTORY": str(tmp_path / "inner")}, keep=())

    [problem] = document.problems
    assert problem.message == f"${{credential:{name}}}: a credential's name is the name of one file"


def test_a_problem_shows_no_value_of_another_variable() -> None:
    document = read_yaml("key: 'amqp://${USER}:${PASSWORD}@h'", "a.yaml")

    interpolate(document, {"USER": "visible"}, keep=())

    assert [problem.message for problem in document.problems] == [
        "the environment variable PASSWORD is not set"
    ]


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff")
    document = read_yaml(f"key: '${{file:{tmp_path}/token}}'", "a.yaml")

    interpolate(document, {}, keep=())

    assert [problem.message for problem in document.problems] == [
        f"${{file:{tmp_path}/token}} is not UTF-8"
    ]
