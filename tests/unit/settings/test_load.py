"""Finding and loading a whole configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.load import find_config, load
from smsherald.settings.yaml.files import READ
from smsherald.settings.yaml.places import Place
from smsherald.unit import user
from support.configuration import FLOW, SETTINGS, write
from support.rights import as_nobody

TESTS = "tests:\n  - event: {}\n    expect: {parked: missing_value}\n"


def problems(path: Path, **environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, environ)
    return list(map(str, caught.value.problems))


def test_flows_are_found_beside_the_settings_in_the_order_of_their_names(here: Path) -> None:
    path = write(here, b_flow=FLOW, a_flow=FLOW, c=FLOW.replace("sub", "id: x\nsub"))

    loaded = load(path, {})

    assert [flow.id for flow in loaded.flows] == ["a-flow", "b-flow", "x"]


def test_tests_have_their_places(here: Path) -> None:
    tests = "tests:\n  - event: {}\n    expect: {ignored: true}\n  - {event: {}, expect: {to: a}}\n"

    loaded = load(write(here, mine=FLOW + tests), {})

    assert {key: places.test for key, places in loaded.tests.items()} == {
        ("mine", 0): Place("flows/mine.yaml", 6, 5),
        ("mine", 1): Place("flows/mine.yaml", 8, 5),
    }


def test_everything_that_is_wrong_is_said_at_once_in_its_order(here: Path) -> None:
    path = write(
        here,
        settings="""\
broker:
  concurency: 5
  heartbeat: 10
  url: ${BROKER}
twilio:
  accounts:
    default:
      account_sid: ACME
      auth_token: 5
      from: ${TWILIO_FROM}
    default: {}
log: {level: info, level: debug}
""",
        a_good_one=FLOW,
        broken="""\
subscribe: [order.created, 5]
schema: order
to: "{{ order.phone | digits }}"
message:
  en: "Hi {{ ordr.name }}"
  no: |
    Hei
    {{ order.name
account: shop
on: order.created
tests:
  - event: {order: {id: 5}}
    expect: {message: 5}
""",
        no_yaml="subscribe: order.created\nto: 'a\n",
        twice=FLOW.replace("sub", "id: a-good-one\nsub"),
    )

    found = problems(path, SMSHERALD__HTTP__LISTEN="8790", SMSHERALD__LOG__COLOUR="red")

    assert [problem.split(": there is no filter")[0] for problem in found] == [
        (
            "environment:SMSHERALD__HTTP__LISTEN: http.listen: "
            "must be host:port such as 127.0.0.1:8790 or [::1]:8790"
        ),
        "environment:SMSHERALD__LOG__COLOUR: log.colour: unknown",
        "flows/broken.yaml:1:28: subscribe[1]: a number stands where text is due: quote it",
        "flows/broken.yaml:3:23: to",
        "flows/broken.yaml:5:14: message.en: there is no name `ordr`; did you mean `order`?",
        found[5],
        "flows/broken.yaml:9:10: account: no account is called `shop`: there is default",
        "flows/broken.yaml:10:1: on: unknown; which events a flow wants is said by `subscribe`",
        (
            "flows/broken.yaml:13:23: tests[0].expect.message: "
            "a number stands where text is due: quote it"
        ),
        ("flows/no-yaml.yaml:2:5: this is no YAML: the quote that begins here is never closed"),
        "flows/twice.yaml:1:5: the flow id `a-good-one` is taken by flows/a-good-one.yaml",
        "smsherald.yaml:2:3: broker.concurency: unknown; did you mean `concurrency`?",
        (
            "smsherald.yaml:3:14: broker.heartbeat: "
            "a number stands where a duration such as 10s is due"
        ),
        "smsherald.yaml:4:8: the environment variable BROKER is not set",
        (
            "smsherald.yaml:8:20: twilio.accounts.default.account_sid: "
            "must be a Twilio account SID: AC and 32 hexadecimal digits"
        ),
        (
            "smsherald.yaml:9:19: twilio.accounts.default.auth_token: "
            "a number stands where text is due: quote it"
        ),
        "smsherald.yaml:10:13: the environment variable TWILIO_FROM is not set",
        "smsherald.yaml:11:5: the key `default` stands twice, the first time in line 7",
        "smsherald.yaml:12:20: the key `level` stands twice, the first time in line 12",
    ]
    assert found[5].startswith("flows/broken.yaml:8:5: message.no: ")


def test_flows_are_looked_at_where_the_settings_are_no_yaml(here: Path) -> None:
    path = write(here, "twilio: [\n", mine=FLOW + "account: any\nkind: a\n")

    assert problems(path) == [
        "flows/mine.yaml:6:7: kind: must be transactional or marketing",
        "smsherald.yaml:2:1: this is no YAML: a value is due here",
    ]


def test_settings_that_are_no_mapping_are_refused(here: Path) -> None:
    assert problems(write(here, "- 1\n", mine=FLOW)) == [
        "smsherald.yaml:1:1: a mapping is due here"
    ]


def test_settings_that_are_not_there_are_refused(here: Path) -> None:
    assert problems(here / "smsherald.yaml") == [
        f"{here}/smsherald.yaml:1:1: cannot be read: No such file or directory"
    ]


def test_what_cannot_be_read_is_refused_with_the_file(here: Path) -> None:
    path = write(here)
    (here / "flows" / "folder.yaml").mkdir()
    (here / "flows" / "gone.yaml").symlink_to("nowhere")
    (here / "flows" / "latin.yaml").write_bytes(b"to: a\nmessage: \xe4\xff\n")

    assert problems(path) == [
        "flows/folder.yaml:1:1: cannot be read: Is a directory",
        "flows/gone.yaml:1:1: cannot be read: No such file or directory",
        "flows/latin.yaml:2:10: this is not UTF-8",
    ]


def test_a_mark_of_the_byte_order_is_no_part_of_a_file(here: Path) -> None:
    path = write(here, mine=FLOW)
    path.write_bytes(b"\xef\xbb\xbf" + f"log: 5\n{SETTINGS}".encode())

    assert problems(path) == ["smsherald.yaml:1:6: log: a mapping is due here"]


def test_a_file_of_many_megabytes_is_refused(here: Path) -> None:
    path = write(here, mine="#" * 10_000_001)

    assert problems(path) == ["flows/mine.yaml:1:1: is larger than 10,000,000 bytes"]


def test_a_folder_of_flows_must_be_one(here: Path) -> None:
    (here / "smsherald.yaml").write_text(SETTINGS)
    (here / "flows").write_text("")

    assert problems(Path("smsherald.yaml")) == ["flows:1:1: cannot be read: Not a directory"]


@pytest.mark.parametrize("cwd", ["/", "here"])
def test_files_are_named_as_they_were_given(
    cwd: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, "log: 1\n" + SETTINGS, mine=FLOW + "account: shop\n")
    if cwd == "/":
        monkeypatch.chdir("/")

    assert problems(here / "smsherald.yaml") == [
        f"{here}/flows/mine.yaml:5:10: account: no account is called `shop`: there is default",
        f"{here}/smsherald.yaml:1:6: log: a mapping is due here",
    ]
    if cwd != "/":
        assert problems(Path("smsherald.yaml"))[1].startswith("smsherald.yaml:1:6: ")


@pytest.mark.parametrize("folder", [True, False], ids=["an empty folder", "no folder"])
def test_no_flow_at_all_is_an_error_but_for_commands_that_need_none(
    here: Path, *, folder: bool
) -> None:
    path = write(here)
    if not folder:
        (here / "flows").rmdir()

    assert problems(path) == [
        (
            "flows:1:1: no flow is here: every event would be ignored; "
            "is the folder mounted where it should be?"
        )
    ]
    assert load(path, {}, idle=True).warnings == ()


def test_where_there_is_no_flow_what_looks_like_one_is_named(here: Path) -> None:
    path = write(here)
    (here / "flows" / "orders").mkdir()
    (here / "flows" / "orders" / "created.yaml").write_text(FLOW)
    (here / "flows" / "a.yml").write_text(FLOW)

    no_flow, *unread = problems(path)

    assert no_flow.startswith("flows:1:1: no flow is here")
    assert [each.partition(":")[0] for each in unread] == [
        "flows/a.yml",
        "flows/orders/created.yaml",
    ]


def test_files_that_are_not_read_are_warned_of_unless_they_are_hidden(here: Path) -> None:
    path = write(here, mine=FLOW + TESTS)
    for name in ("a.yml", ".mine.yaml", "README.md", "..data"):
        (here / "flows" / name).write_text("[")

    assert [str(warning) for warning in load(path, {}).warnings] == [
        "flows/a.yml:1:1: is not read: a flow's file ends in .yaml"
    ]


def test_flows_in_folders_below_are_warned_of_unless_they_are_hidden(here: Path) -> None:
    path = write(here, mine=FLOW + TESTS)
    for name in (
        "shop/de/a.yaml",
        "shop/b.yml",
        "shop/.c.yaml",
        "shop/README.md",
        "shop/.git/d.yaml",
    ):
        (here / "flows" / name).parent.mkdir(parents=True, exist_ok=True)
        (here / "flows" / name).write_text("[")
    # As a mounted ConfigMap has it.
    (here / "flows" / "..2026_01_01").mkdir()
    (here / "flows" / "..2026_01_01" / "mine.yaml").write_text(FLOW + TESTS)
    (here / "flows" / "..data").symlink_to("..2026_01_01")
    (here / "flows" / "mine.yaml").unlink()
    (here / "flows" / "mine.yaml").symlink_to("..data/mine.yaml")

    said = "is not read: a flow's file stands in the folder `flows` itself, not in one below it"
    loaded = load(path, {})
    assert [str(warning) for warning in loaded.warnings] == [
        f"flows/shop/b.yml:1:1: {said}",
        f"flows/shop/de/a.yaml:1:1: {said}",
    ]
    assert loaded.flows.ids == ("mine",)


def test_a_flow_without_tests_is_warned_of(here: Path) -> None:
    path = write(here, mine=FLOW, tried=FLOW + TESTS)

    assert [str(warning) for warning in load(path, {}).warnings] == [
        "flows/mine.yaml:1:1: has no `tests`: nothing says whether it does its work"
    ]


@pytest.mark.parametrize("locale", ["", 'locale: "{{ order.locale }}"\n'], ids=["without", "with"])
def test_messages_that_no_locale_chooses_from_are_warned_of(locale: str, here: Path) -> None:
    flow = FLOW.replace('message: "', 'message:\n  de: Hallo\n  en: "') + locale + TESTS

    assert [str(warning) for warning in load(write(here, mine=flow), {}).warnings] == (
        []
        if locale
        else ["flows/mine.yaml:4:1: message: only de can ever be used: there is no `locale`"]
    )


@pytest.mark.parametrize(
    ("to", "same_for_all"),
    [
        ("order.billing_address.phone", True),
        ("order.items[0].phone", True),
        ("order.item", True),
        ("item", False),
        ("order.phones[item]", False),
        ("item.phone", False),
    ],
)
def test_a_recipient_that_is_the_same_for_all_of_a_list_is_warned_of(
    here: Path, to: str, *, same_for_all: bool
) -> None:
    several = FLOW + "to_each: order.watchers\n" + TESTS
    several = several.replace("order.billing_address.phone", to)
    warning = (
        "flows/mine.yaml:3:1: to: does not use `item`: "
        "all elements have one number, and get one SMS together"
    )

    warnings = [str(warning) for warning in load(write(here, mine=several), {}).warnings]
    assert warnings == ([warning] if same_for_all else [])


def test_a_ledger_that_forgets_before_events_expire_is_warned_of(here: Path) -> None:
    path = write(here, SETTINGS + "ledger: {retention: 12h}\n", mine=FLOW + TESTS)

    assert [str(warning) for warning in load(path, {}).warnings] == [
        (
            "smsherald.yaml:7:21: ledger.retention: is shorter than retry.max_age: "
            "an event that comes again after it is texted again"
        )
    ]


class TestFindConfig:
    """Where the settings are looked for."""

    def test_what_is_named_explicitly_comes_first(self, here: Path) -> None:
        assert find_config(Path("x.yaml"), {"SMSHERALD_CONFIG": "y.yaml"}) == Path("x.yaml")
        assert here.is_dir()

    def test_then_the_variable(self) -> None:
        assert find_config(None, {"SMSHERALD_CONFIG": "y.yaml"}) == Path("y.yaml")

    @pytest.mark.parametrize("below", ["smsherald.yaml", "config/smsherald.yaml"])
    def test_a_folder_that_is_named_has_them(self, here: Path, below: str) -> None:
        (here / "shop" / below).parent.mkdir(parents=True)
        (here / "shop" / below).write_text("")

        assert find_config(Path("shop"), {}) == Path("shop", below)
        assert find_config(None, {"SMSHERALD_CONFIG": "shop"}) == Path("shop", below)

    def test_a_folder_without_them_is_said(self, here: Path) -> None:
        (here / "shop").mkdir()
        with pytest.raises(
            ConfigurationError, match=r"^shop/smsherald\.yaml:1:1: is not there, nor "
        ):
            find_config(Path("shop"), {})

    @pytest.mark.parametrize("named", ["home/shop", "home/shop/smsherald.yaml"])
    def test_one_that_is_not_for_the_user_of_the_unit_says_so(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, named: str
    ) -> None:
        (here / "home/shop").mkdir(parents=True)
        write(here / "home/shop", mine=FLOW + TESTS)
        (here / "home").chmod(0)
        monkeypatch.setenv("SUDO_USER", "ann")
        with as_nobody():
            said = f"Permission denied; with sudo this runs as the user {user()}: {READ}"
            with pytest.raises(ConfigurationError) as caught:
                load(find_config(here / named, {}), {})

        assert str(caught.value) == f"{here / named}:1:1: cannot be read: {said}"

    def test_where_that_user_may_not_come_a_relative_one_is_said_to_be_looked_for_in_the_root(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir("/")
        monkeypatch.setenv("SUDO_USER", "ann")
        monkeypatch.setattr(os, "geteuid", lambda: 1)

        assert problems(Path("no such folder here"))[0] == (
            "no such folder here:1:1: cannot be read: No such file or directory in /; with sudo "
            f"this runs as the user daemon: {READ}"
        )

    def test_then_the_working_directory(self, here: Path) -> None:
        (here / "config").mkdir()
        (here / "config" / "smsherald.yaml").write_text("")

        assert find_config(None, {"SMSHERALD_CONFIG": ""}) == Path("config/smsherald.yaml")

    @pytest.mark.skipif(
        Path("/etc/smsherald/smsherald.yaml").exists(), reason="smsherald is installed here"
    )
    def test_without_any_the_places_are_named(self, here: Path) -> None:
        assert here.is_dir()
        with pytest.raises(ConfigurationError) as caught:
            find_config(None, {})

        assert str(caught.value) == (
            "config/smsherald.yaml:1:1: is not there, nor is /etc/smsherald/smsherald.yaml; "
            "--config or SMSHERALD_CONFIG names another file"
        )
