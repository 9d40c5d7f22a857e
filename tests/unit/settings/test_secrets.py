"""Secrets: they are what they seem to be, and nothing that is said of them shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.load import load
from support.configuration import FLOW, SETTINGS, write

SECRET = "hunter2-hunter2"
ACCOUNT = "twilio.accounts.default"
TOKEN = f"{ACCOUNT}.auth_token"


def problems(path: Path, **environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, environ)
    found = list(map(str, caught.value.problems))
    assert not any("hunter2" in problem for problem in found)
    return found


def with_token(folder: Path, token: str) -> Path:
    return write(folder, SETTINGS.replace("auth_token: token", f"auth_token: {token}"), mine=FLOW)


UNCLEAN = {
    "a line break at its end": (f"{SECRET}\n", "has a line break at its end: leave it out"),
    "a space at its end": (f"{SECRET} ", "has white space at its end: leave it out"),
    "a space at its beginning": (f" {SECRET}", "has white space at its beginning: leave it out"),
    "a line break inside": (f"{SECRET}\nx", "has a line break in it: only one line is due"),
    "quotes around it": (
        f'"{SECRET}"',
        "has quotes around it, which would be part of it: leave them out",
    ),
    "a byte order mark": (
        f"\ufeff{SECRET}",
        "has a sign in it that cannot be seen, such as a tab or a byte order mark",
    ),
}
unclean = pytest.mark.parametrize(("secret", "said"), UNCLEAN.values(), ids=UNCLEAN.keys())


@unclean
def test_a_token_from_a_variable_is_refused_with_a_sentence(
    secret: str, said: str, here: Path
) -> None:
    path = with_token(here, "${TOKEN}")

    assert problems(path, TOKEN=secret) == [
        f"smsherald.yaml:5:19: {TOKEN}: {said} (from the environment variable TOKEN)"
    ]


@unclean
@pytest.mark.parametrize("way", ["file", "credential"])
def test_so_is_one_from_a_file_or_a_credential(
    secret: str, said: str, way: str, here: Path
) -> None:
    # A file's last line has an end that is no part of it.
    (here / "token").write_bytes(f"{secret}|\n".replace("\n|", " |").replace("|", "").encode())
    name = here / "token" if way == "file" else "token"
    path = with_token(here, f"${{{way}:{name}}}")
    said = said.replace("a line break at its end", "white space at its end")

    assert problems(path, CREDENTIALS_DIRECTORY=str(here)) == [
        f"smsherald.yaml:5:19: {TOKEN}: {said} (from ${{{way}:{name}}})"
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (f"'{SECRET} '", "has white space at its end: leave it out"),
        (f'"{SECRET}\\n"', "has a line break at its end: leave it out"),
        (f"\"'{SECRET}'\"", "has quotes around it, which would be part of it: leave them out"),
    ],
)
def test_so_is_one_that_stands_in_the_file_or_in_a_variable_of_its_own(
    written: str, said: str, here: Path
) -> None:
    assert problems(with_token(here, written)) == [f"smsherald.yaml:5:19: {TOKEN}: {said}"]

    variable = "SMSHERALD__TWILIO__ACCOUNTS__DEFAULT__AUTH_TOKEN"
    assert problems(with_token(here, "token"), **{variable: written}) == [
        f"environment:{variable}: {TOKEN}: {said}"
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (SETTINGS.replace("token: token", "token: ${V}"), SECRET),
        (
            SETTINGS.replace(
                "auth_token: token", f"api_key: SK{32 * '0'}\n      api_secret: ${{V}}"
            ),
            SECRET,
        ),
        (SETTINGS.replace('"+15005550006"', "${V}"), "+15005550006"),
        (SETTINGS + "      senders: ['${V}']\n", "Shop"),
        (SETTINGS + "  proxy: ${V}\n", f"http://u:{SECRET}@h:1"),
        (SETTINGS + "broker: {url: '${V}'}\n", f"amqp://u:{SECRET}@h"),
        (SETTINGS + "broker: {queue: '${V}'}\n", "smsherald"),
        (SETTINGS + "ledger: {url: '${V}'}\n", f"postgresql://u:{SECRET}@h/d"),
        (SETTINGS + "http: {token: '${V}'}\n", f"{SECRET}-16"),
    ],
    ids=[
        *("token", "api_secret", "from", "senders", "proxy"),
        *("broker.url", "queue", "ledger.url", "http.token"),
    ],
)
def test_whatever_is_put_in_is_held_to_it(text: str, value: str, here: Path) -> None:
    path = write(here, text, mine=FLOW)
    load(path, {"V": value})

    (problem,) = problems(path, V=f"{value}\n")
    assert problem.endswith(
        ": has a line break at its end: leave it out (from the environment variable V)"
    )


WRONG_PLACES = {
    "a URL whose password has a slash": "broker: {url: '${S}'}",
    "a ledger of another kind": "ledger: {url: '${S}'}",
    "a queue": "broker: {queue: '${S}'}",
    "a duration": "broker: {drain: '${S}'}",
    "a number": "broker: {concurrency: '${S}'}",
    "a word of few": "log: {level: '${S}'}",
    "a section": "log: '${S}'",
    "an address": "http: {listen: '${S}'}",
    "a token that cannot be one": "http: {token: '${S}'}",
    "a country": "default_region: '${S}'",
    "what tells events apart": "identity: ['${S}']",
    "a property that is none": "identity: ['property ${S}']",
    "a path that is none": "identity: ['body ..${S}']",
    "a key that is none": "broker: {urll: '${S}'}",
}


@pytest.mark.parametrize("text", WRONG_PLACES.values(), ids=WRONG_PLACES.keys())
def test_a_secret_in_the_wrong_place_is_not_shown(text: str, here: Path) -> None:
    path = write(here, f"{SETTINGS}{text}\n", mine=FLOW)

    assert len(problems(path, S=f"amqp://shop:12/{SECRET} @rabbit:5672/")) == 1


def test_nor_is_one_that_is_taken_for_the_name_of_an_account(here: Path) -> None:
    path = write(here, SETTINGS + "  default_account: ${S}\n", mine=FLOW)

    assert problems(path, S=SECRET) == [
        (
            "smsherald.yaml:7:20: twilio.default_account: no account has this name: there is "
            "default (from the environment variable S)"
        )
    ]


@pytest.mark.parametrize("secret", [f"*{SECRET}", f"&{SECRET}", f"!{SECRET} x", f"@{SECRET}"])
def test_nor_is_one_that_yaml_takes_for_something_else(secret: str, here: Path) -> None:
    variable = "SMSHERALD__TWILIO__ACCOUNTS__DEFAULT__AUTH_TOKEN"

    assert problems(with_token(here, secret))
    assert problems(with_token(here, "token"), **{variable: secret})
