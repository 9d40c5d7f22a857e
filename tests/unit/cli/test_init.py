"""`smsherald init` makes a flow of an event that is good at once, and says what it guesses."""

from __future__ import annotations

import errno
import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from typer.testing import CliRunner

from smsherald.cli import main
from smsherald.cli.flows.begin.yaml_text import block, scalar
from smsherald.errors import ConfigurationError
from smsherald.settings.editor import FILES, written
from smsherald.settings.flows.check import check
from smsherald.settings.load import LoadedFlows, load_flows
from smsherald.settings.yaml.reader import read_yaml
from support.publishers import EVENTS, PHONE, WITHOUT_A_PHONE, Published


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*arguments: str, stdin: bytes | None = None) -> Any:
    return CliRunner().invoke(main.app, ["init", *arguments], input=stdin)


def good(folder: Path) -> LoadedFlows:
    """Load it as `check --flows --strict` does."""
    loaded = load_flows(folder / "smsherald.yaml", {})
    assert loaded.warnings == ()
    assert check(loaded) == []
    return loaded


def flow_of(folder: Path) -> dict[str, Any]:
    (path,) = (folder / "flows").glob("*.yaml")
    data: dict[str, Any] = read_yaml(path.read_text(), path.name).data
    return data


def saved(name: str, event: Any, here: Path) -> str:
    (here / f"{name}.json").write_text(json.dumps(event))
    return f"{name}.json"


def test_without_an_event_it_makes_a_flow_to_begin_with(here: Path) -> None:
    done = init("shop")

    assert done.exit_code == 0, done.output
    assert [flow.id for flow in good(here / "shop/config").flows] == ["order-created"]
    assert "smsherald test -c shop/config/smsherald.yaml" in done.stdout


@pytest.mark.parametrize(("name", "event"), EVENTS.items(), ids=EVENTS)
def test_of_an_event_it_makes_a_flow_that_is_good(name: str, event: Published, here: Path) -> None:
    done = init(".", "--from", saved(name, event.line, here))

    assert done.exit_code == 0, done.output
    assert len(good(here / "config").tests) == 1
    flow = flow_of(here / "config")
    assert flow["tests"][0]["expect"] == {"to": event.to, "message": event.message}
    assert flow["subscribe"] == event.subscribe
    find_nothing_wrong_in_an_editor(here / "config")


@pytest.mark.parametrize(("name", "event"), WITHOUT_A_PHONE.items(), ids=WITHOUT_A_PHONE)
def test_where_nobody_s_number_is_in_it_the_place_is_left_open(
    name: str, event: Any, here: Path
) -> None:
    """And `check` points at it: a wrong guess would text a stranger."""
    done = init(".", "--from", saved(name, event, here))

    assert done.exit_code == 1
    assert "no phone number is in the event" in done.stderr
    (path,) = (here / "config/flows").glob("*.yaml")
    line = next(n for n, row in enumerate(path.read_text().splitlines(), 1) if row[:3] == "to:")
    with pytest.raises(ConfigurationError) as raised:
        load_flows(Path("config/smsherald.yaml"), {})
    (problem,) = raised.value.problems
    assert problem.line == line
    assert problem.message.startswith("to: nothing stands where a value is due")


def test_beside_the_recipient_s_number_none_of_an_object_that_may_be_somebody_is_taken(
    here: Path,
) -> None:
    event = {
        "event": "visit.planned",
        "visit": {
            "guest": {"tel": PHONE, "contacts": {"evening_phone": "+15558675310"}},
            "phone": "+15558675311",
            "parlour": {"phone": "+15550001114", "address": {"phone": "+15550001115"}},
            "hotel": {"phone": "+15550001116"},
        },
    }
    done = init(".", "--from", saved("e", event, here))

    assert done.exit_code == 0, done.output
    read = [
        way.removesuffix(" }}").rpartition("visit.")[2] for way in flow_of(here / "config")["to"]
    ]
    assert sorted(read) == ["guest.contacts.evening_phone", "guest.tel", "phone"]
    (path,) = (here / "config/flows").glob("*.yaml")
    not_taken = [row for row in path.read_text().splitlines() if row.startswith("# Not taken")]
    assert [row.rpartition("visit.")[2] for row in not_taken] == [
        "hotel.phone",
        "parlour.phone",
        "parlour.address.phone",
    ]


def test_an_event_s_own_id_is_no_order_s_number(here: Path) -> None:
    event = {"event": "parcel.shipped", "id": "evt_93f0b1", "phone": PHONE, "tracking": "LK-20931"}
    done = init(".", "--from", saved("e", event, here))

    assert done.exit_code == 0, done.output
    flow = flow_of(here / "config")
    assert flow["reference"] == "{{ event.body.tracking }}"
    assert flow["tests"][0]["expect"]["message"] == (
        "Hello, your order is on its way. Tracking number: LK-20931"
    )


@pytest.mark.parametrize("flag", ["sandbox", "isSandbox", "dry_run", "test_mode"])
def test_an_event_of_a_test_mode_is_not_texted(flag: str, here: Path) -> None:
    event = {"event": "order.created", "number": 1, "phone": PHONE, flag: False}
    init(".", "--from", saved("e", event, here))

    assert flow_of(here / "config")["when"] == f"not event.body.{flag}"


def find_nothing_wrong_in_an_editor(folder: Path) -> None:
    """Read each file by the schema that its first line names."""
    for path in [folder / "smsherald.yaml", *(folder / "flows").glob("*.yaml")]:
        head, *_ = path.read_text().splitlines()
        schema = path.parent / head.removeprefix("# yaml-language-server: $schema=")
        validator = Draft7Validator(json.loads(schema.read_text()))
        assert list(validator.iter_errors(read_yaml(path.read_text(), "").data)) == []


def test_a_national_number_of_nowhere_is_read_in_the_default_region_and_a_comment_says_so(
    here: Path,
) -> None:
    event = {"event": "order.created", "number": 1, "phone": "555 867 5309"}
    done = init(".", "--from", saved("e", event, here))

    assert done.exit_code == 0
    (path,) = (here / "config/flows").glob("*.yaml")
    assert "default_region" in path.read_text()
    assert (
        "the number has no `+` and no country, and is read in US, a guess: another is said by "
        "`default_region` in the settings, or by `region` in the flow"
    ) in done.stderr


@pytest.mark.parametrize(
    "more", [{"phone": PHONE}, {"phone": "0157 30901820", "country": "DE"}], ids=str
)
def test_a_number_of_a_known_country_is_no_guess(more: dict[str, str], here: Path) -> None:
    done = init(".", "--from", saved("e", {"event": "order.created", **more}, here))

    assert done.exit_code == 0, done.output
    assert "no country" not in done.output


@pytest.mark.parametrize(
    ("said", "to"),
    [
        ({"phoneCountryCode": "+44", "phoneNumber": "7700900123"}, "+447700900123"),
        ({"dial_code": 44, "phone": "07700 900123"}, "+447700900123"),
        ({"country_code": "44", "phone": "+12025550143"}, "+12025550143"),
        ({"phone": {"country_code": "1", "number": "2025550143"}}, "+12025550143"),
        # No calling code, or not the number's.
        ({"promo_code": "44", "phone": "202 555 0143"}, "+12025550143"),
        ({"shop": {"phone_prefix": "44"}, "phone": "202 555 0143"}, "+12025550143"),
    ],
    ids=str,
)
def test_a_calling_code_beside_a_number_is_part_of_it(
    said: dict[str, Any], to: str, here: Path
) -> None:
    done = init(".", "--from", saved("e", {"event": "user.registered", **said}, here))

    assert done.exit_code == 0, done.output
    assert flow_of(here / "config")["tests"][0]["expect"]["to"] == to
    good(here / "config")


@pytest.mark.parametrize(
    "whose",
    ["doctor", "carrier", "previous", "return_address", "customer_service", "assignedTo", "clinic"],
)
def test_somebody_else_s_number_is_never_taken(whose: str, here: Path) -> None:
    event = {"event": "visit.booked", whose: {"phone": "+12025550143"}}
    alone = init("alone", "--from", saved("e", event, here))
    beside = init("beside", "--from", saved("e", event | {"patient": {"phone": PHONE}}, here))

    assert (alone.exit_code, beside.exit_code) == (1, 0), beside.output
    assert flow_of(here / "beside/config")["to"] == "{{ event.body.patient.phone }}"


def test_numbers_of_two_countries_are_said_to_be_read_in_one(here: Path) -> None:
    event = {
        "event": "order.created",
        "billing": {"phone": "07700 900123", "country": "GB"},
        "shipping": {"phone": "", "country": "FR"},
    }
    done = init(".", "--from", saved("e", event, here))
    alike = init("alike", "--from", saved("e", event | {"shipping": {"phone": ""}}, here))

    assert (done.exit_code, alike.exit_code) == (0, 0), done.output
    assert "`region` is of one address" in done.stderr
    assert "`region` is of one address" not in alike.stderr


@pytest.mark.parametrize(("flag", "says_no"), [("sms_opt_out", True), ("smsConsent", False)])
def test_who_wants_no_sms_gets_none(flag: str, says_no: bool, here: Path) -> None:  # noqa: FBT001 - a row of a table.
    event = {"event": "order.created", "phone": PHONE, flag: not says_no}
    init(".", "--from", saved("e", event, here))

    when = flow_of(here / "config")["when"]
    due = f"not event.body.{flag}" if says_no else f"event.body.{flag} != false"
    assert when == due


def test_a_number_that_is_none_there_is_said(here: Path) -> None:
    event = {"event": "order.created", "number": 1, "phone": "030 9018"}
    done = init(".", "--from", saved("e", event, here))

    assert done.exit_code == 1
    assert "no text can be made: to: " in done.stderr
    assert "9018" not in done.stderr
    assert "no country: another is said by `default_region` in the settings" in done.stderr
    assert flow_of(here / "config")["tests"][0]["expect"] == {"parked": "bad_number"}
    good(here / "config")


def test_a_test_event_is_tried_all_the_same(here: Path) -> None:
    event = {"event": "order.created", "number": 1, "phone": PHONE, "test": True}
    done = init(".", "--from", saved("e", event, here))

    assert done.exit_code == 0
    assert "nobody shall be texted" in done.stderr
    assert "when" not in flow_of(here / "config")


def test_credentials_of_an_envelope_are_left_out(here: Path) -> None:
    event = {"request_id": "r", "parameters": {"token": "s3cret"}, **EVENTS["order.created"].body}
    init(".", "--from", saved("order.created", event, here))

    (path,) = (here / "config/flows").glob("*.yaml")
    assert "s3cret" not in path.read_text()


def test_the_routing_key_may_be_said(here: Path) -> None:
    name = saved("e", EVENTS["spree"].body, here)
    done = init(".", "--from", name, "--routing-key", "shop.orders", "--flow", "mine")

    assert done.exit_code == 0
    assert "guess" not in done.output
    assert "smsherald preview e.json --routing-key shop.orders\n" in done.stdout
    assert flow_of(here / "config")["subscribe"] == "shop.orders"
    assert good(here / "config").flows.get("mine")


def test_what_headers_say_is_kept_in_a_file_of_its_own(here: Path) -> None:
    event = EVENTS["shopify-recorded"]
    init(".", "--from", saved("e", event.line, here), "--flow", "mine")

    (test,) = flow_of(here / "config")["tests"]
    assert test["file"] == "events/mine.json"
    kept = json.loads((here / "config/flows/events/mine.json").read_text())
    assert (kept["headers"], kept["body"]) == (event.headers, event.body)


def test_the_routing_key_that_is_said_holds_for_what_was_recorded_by_another(here: Path) -> None:
    done = init(
        ".", "--from", saved("e", EVENTS["shopify-recorded"].line, here), "--routing-key", "a.b"
    )

    assert done.exit_code == 0, done.output
    assert "preview e.json --routing-key a.b" in done.stdout
    assert flow_of(here / "config")["subscribe"] == "a.b"
    good(here / "config")


@pytest.mark.parametrize(
    "more", [{"items": list(range(100))}, {"least": -(2**63)}, {"tiny": 1e-9}], ids=str
)
def test_an_event_that_yaml_would_not_hold_well_is_in_a_file(
    more: dict[str, Any], here: Path
) -> None:
    event = {**EVENTS["order.created"].body, **more}
    done = init(".", "--from", saved("order.created", event, here))

    assert done.exit_code == 0, done.output
    assert json.loads((here / "config/flows/events/order-created.json").read_text()) == event
    good(here / "config")


def test_of_recorded_lines_the_first_counts(here: Path) -> None:
    lines = [EVENTS["spring"].line, EVENTS["celery"].line]
    (here / "tap.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    done = init(".", "--from", "tap.jsonl")
    assert done.exit_code == 0
    assert "made of line 1 of tap.jsonl, of 2 events: of another, give --from its" in done.stderr
    assert flow_of(here / "config")["subscribe"] == "orders.new"


def test_of_one_event_over_many_lines_none_is_left_out(here: Path) -> None:
    (here / "e.json").write_text(json.dumps(EVENTS["spree"].line, indent=2))
    (here / "one.jsonl").write_text(f"\n{json.dumps(EVENTS['spree'].line)}\n\n")

    for name in ("e.json", "one.jsonl"):
        done = init(name.partition(".")[0], "--from", name)
        assert done.exit_code == 0, done.output
        assert "made of line" not in done.output


def test_the_next_command_says_what_a_body_does_not(here: Path) -> None:
    done = init(".", "--from", saved("e", EVENTS["masstransit"].body, here))

    assert "preview e.json --exchange Shop.Contracts:OrderSubmitted\n" in done.stdout


def test_an_event_may_come_by_standard_input(here: Path) -> None:
    line = json.dumps(EVENTS["spree"].line).encode()

    assert init(".", "--from", "-", stdin=line).exit_code == 0
    good(here / "config")


@pytest.mark.parametrize("name", ["spree", "shopify-recorded", "masstransit", "celery", "dapr"])
def test_the_next_commands_can_be_given_as_they_are_printed(name: str, here: Path) -> None:
    done = init("my shop", "--from", saved(name, EVENTS[name].line, here))

    known = {each.name for each in main.app.registered_commands} - {"demo"}
    lines = [shlex.split(row) for row in done.stdout.splitlines() if row[:12] == "  smsherald "]
    tried = [line for line in lines if line[1] in known]
    assert tried
    for line in tried:
        said = CliRunner().invoke(main.app, line[1:], env={"COLUMNS": "80"})
        assert said.exit_code == 0, said.output
        if line[1] == "preview":
            assert EVENTS[name].to in said.output


class TestWhatIsThere:
    """Nothing is written over."""

    def test_settings_stay_and_a_further_flow_is_added(self, here: Path) -> None:
        init(".")
        path = here / "config/smsherald.yaml"
        path.write_text(path.read_text().replace("default_region: US", "default_region: DE"))
        before = path.read_text()

        event = {"event": "order.paid", "number": 1, "phone": "030 901820"}
        done = init(".", "--from", saved("e", event, here))

        assert done.exit_code == 0, done.output
        assert path.read_text() == before
        assert len(good(here / "config").flows) == 2

    def test_without_an_event_there_is_nothing_to_add(self, here: Path) -> None:
        init(".")
        before = {path: path.read_bytes() for path in here.rglob("*.yaml")}

        done = init(".", "--flow", "other")

        assert done.exit_code == 1
        assert "config/smsherald.yaml is there already" in done.stderr
        assert {path: path.read_bytes() for path in here.rglob("*.yaml")} == before

    def test_a_flow_of_that_name_is_named(self, here: Path) -> None:
        name = saved("order.created", EVENTS["order.created"].body, here)
        init(".")

        done = init(".", "--from", name)

        assert done.exit_code == 1
        assert "config/flows/order-created.yaml is there already" in done.stderr
        assert "--flow NAME" in done.stderr

    def test_a_flow_that_texts_for_the_same_event_already_is_named(self, here: Path) -> None:
        name = saved("e", {"event": "order.created", "number": 1, "phone": PHONE}, here)
        first = init(".", "--from", name)
        second = init(".", "--from", name, "--flow", "second")

        assert (first.exit_code, second.exit_code) == (0, 0), second.output
        assert "already" not in first.stderr
        assert (
            "flow `order-created` (config/flows/order-created.yaml) texts for `order.created` "
            "already: each event makes two texts"
        ) in second.stderr

    def test_one_that_leaves_the_event_alone_is_not(self, here: Path) -> None:
        event = {"event": "order.created", "number": 1, "phone": PHONE, "paid": True}
        init(".", "--from", saved("e", event, here))
        path = here / "config/flows/order-created.yaml"
        path.write_text(path.read_text().replace("message:", "when: not event.body.paid\nmessage:"))
        paid = init(".", "--from", "e.json", "--flow", "paid")
        path.write_text("nothing that can be read")
        broken = init(".", "--from", "e.json", "--flow", "third")

        assert (paid.exit_code, broken.exit_code) == (0, 0), paid.output
        assert "already" not in paid.stderr + broken.stderr

    def test_settings_that_are_wrong_are_not_built_on(self, here: Path) -> None:
        init(".")
        (here / "config/smsherald.yaml").write_text("brokr: {}\n")
        name = saved("spree", EVENTS["spree"].body, here)

        assert init(".", "--from", name).exit_code == 78

    def test_a_folder_that_cannot_be_made_is_named(self, here: Path) -> None:
        (here / "shop").write_text("a file")

        done = init("shop")

        assert done.exit_code == 1
        assert "shop" in done.stderr

    def test_of_a_place_that_cannot_be_looked_at_nothing_is_said_to_be_there(
        self, here: Path
    ) -> None:
        (here / "shop").symlink_to("shop")

        done = init("shop")

        assert (done.exit_code, done.output) == (
            1,
            f"shop/config/smsherald.yaml: {os.strerror(errno.ELOOP)}\n",
        )

    def test_where_one_may_not_write_it_says_that_no_sudo_is_needed(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def denied(*_: Any, **__: Any) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "shop/config")

        monkeypatch.delenv("SUDO_USER", raising=False)
        monkeypatch.setattr(Path, "mkdir", denied)
        done = init("shop")

        assert (done.exit_code, done.output) == (
            1,
            "shop/config: Permission denied; name a folder of your own, which needs no sudo\n",
        )
        assert list(here.iterdir()) == []

    def test_the_schemas_alone_are_written_anew(self, here: Path) -> None:
        init(".")
        schema = here / "config/.schema/flow.json"
        schema.write_text("{}")

        event = saved("e", {"event": "order.paid", "phone": PHONE}, here)
        added = init(".", "--from", event)
        assert f"written anew, for this version: {schema.relative_to(here)}\n" in added.stdout
        assert "settings.json" not in added.stdout
        assert schema.read_text() == written(FILES["flow.json"]())
        assert ".schema" not in init(".", "--from", event, "--flow", "more").stdout
        schema.write_text("{}")
        assert init(".", "--schemas").exit_code == 0
        assert schema.read_text() == written(FILES["flow.json"]())
        assert init("elsewhere", "--schemas").exit_code == 1


def test_a_folder_called_config_is_the_configuration(here: Path) -> None:
    done = init("config")

    assert done.exit_code == 0
    assert (here / "config/smsherald.yaml").exists()
    assert " -c " not in done.stdout


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"{", 1), (b"[1", 1), (b"7", 1), (b"\xff", 1), (b"", 1), (b'{"a": NaN}', 1)],
)
def test_what_is_no_event_is_said(content: bytes, code: int, here: Path) -> None:
    (here / "e.json").write_bytes(content)
    done = init(".", "--from", "e.json")

    assert done.exit_code == code
    assert done.stderr.startswith("e.json: ")
    assert [path.name for path in here.iterdir()] == ["e.json"]


@pytest.mark.parametrize(
    "arguments",
    [
        (".", "--from", "nowhere.json"),
        (".", "--routing-key", "a.b"),
        (".", "--flow", "a b"),
        (".", "--from", "e.json", "--routing-key", "order.*"),
        (".", "--schemas", "--flow", "a"),
    ],
)
def test_a_wrong_use_is_said(arguments: tuple[str, ...], here: Path) -> None:
    (here / "e.json").write_text("{}")

    assert init(*arguments).exit_code == 2
    assert not (here / "config").exists()


KEYS = st.one_of(
    st.sampled_from(
        ["phone", "data", "order", "name", "number", "locale", "on", "no", "a b", "{{"]
    ),
    st.text(max_size=6),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(1 - 2**63, 2**63 - 1),
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3)),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        st.sampled_from(
            [PHONE, "no", "22:00", "2026-01-01", "007", "1e3", "{{ x }}", "a: b", "# c"]
        ),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
@settings(max_examples=60)
def test_what_is_written_as_yaml_is_read_as_it_was(value: dict[str, Any]) -> None:
    text = "\n".join(block(value, 0))
    document = read_yaml(text, "")

    assert document.problems == []
    assert document.data == value
    assert yaml.safe_load(text) == value


@pytest.mark.parametrize("word", ["no", "True", "22:00", "+15551234567", "007", "a # b", "", " a"])
def test_what_a_reader_could_mistake_is_quoted(word: str) -> None:
    assert scalar(word).startswith('"')


@given(event=st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_of_any_event_it_makes_what_can_be_read_or_is_left_open(
    event: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = folder / "e.json"
    path.write_text(json.dumps({"phone": PHONE, **event}))

    done = init(str(folder), "--from", str(path), "-k", "a.b")

    assert done.exit_code in {0, 1}, done.output
    if done.exit_code == 0:
        good(folder / "config")
