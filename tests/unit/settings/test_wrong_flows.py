"""Flow files: what is wrong with them, and where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.errors import ConfigurationError
from smsherald.settings.load import load
from support.configuration import FLOW, SETTINGS, write

SHOP = SETTINGS + "      senders: [Shop]\n"


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(write(folder, SHOP, mine=text), {})
    return list(map(str, caught.value.problems))


AFTER = FLOW.count("\n") + 1
"""The line that a text has which is put after FLOW."""

WRONG = {
    "on for subscribe": (
        "on: order.created",
        f"{AFTER}:1: on: unknown; which events a flow wants is said by `subscribe`",
    ),
    "text for message": ("text: Hi", f"{AFTER}:1: text: unknown; the text is `message`"),
    "a mistyped key": ("refrence: a", f"{AFTER}:1: refrence: unknown; did you mean `reference`?"),
    "a list of paths": (
        "to_each: [order.a, order.b]",
        (f"{AFTER}:10: to_each: a list stands where an expression such as order.watchers is due"),
    ),
    "a list with braces": (
        'to_each: "{{ order.watchers }}"',
        f"{AFTER}:10: to_each: an expression is due here, without braces",
    ),
    "a list of the item": (
        "to_each: item.watchers",
        (
            f"{AFTER}:10: to_each: there is no `item` here: an element of `to_each` is called so, "
            "in the templates of its SMS"
        ),
    ),
    "an item without a list": (
        'reference: "{{ item.id }}"',
        f"{AFTER}:12: reference: there is no `item` here: ",
    ),
    "an envelope by another name": (
        "unwrap: data",
        f"{AFTER}:9: unwrap: there is no name `data`; there is only event",
    ),
    "an option of ours": (
        "options: {body: Hi}",
        f"{AFTER}:11: options.body: is set by smsherald itself: the text is `message`",
    ),
    "an option that hides the text": (
        "options: {content_retention: discard}",
        f"{AFTER}:11: options.content_retention: would hide the text from a look-up",
    ),
    "an option that is none": (
        "options: {risk_chek: enable}",
        f"{AFTER}:11: options.risk_chek: unknown; did you mean `risk_check`?",
    ),
    "marketing without consent": (
        "kind: marketing",
        f"{AFTER}:1: kind: marketing needs `consent`, a condition: who has agreed to it?",
    ),
    "consent to what is none": (
        "consent: order.agreed",
        f"{AFTER}:1: consent: is asked of `kind: marketing` only",
    ),
    "a cut of no limit": (
        "too_long: cut",
        f"{AFTER}:1: too_long: says nothing without `max_segments`",
    ),
    "a mode that is none": ("mode: dark", f"{AFTER}:7: mode: must be live or shadow"),
    "a text for a yes": (
        "when: order.status",
        f"{AFTER}:7: when: order.status is a text: compare it",
    ),
    "its own event": (
        "publish: order.created",
        f"{AFTER}:10: publish: the flow subscribes to this key itself: it would never end",
    ),
    "a shadow of what is published": (
        "publish: sms.requested\nmode: shadow",
        "6:1: mode: is about an SMS, and `publish` makes an event",
    ),
    "many media": (
        "media: [" + ", ".join(["x"] * 11) + "]",
        f"{AFTER}:8: media: has 11 links: Twilio takes at most 10",
    ),
    "an id with a space": (
        "id: my flow",
        f"{AFTER}:5: id: must be 1 to 64 letters, digits, `_`, `-` or `.`, a letter or digit first",
    ),
    "an unknown account": (
        "account: shop",
        f"{AFTER}:10: account: no account is called `shop`: there is default",
    ),
    "a sender of somebody else": (
        "from: '+15005550001'",
        (
            f"{AFTER}:7: from: is no sender of the account `default`: "
            "its settings name them in `from` and `senders`"
        ),
    ),
    "a sender from the environment": (
        "from: ${TWILIO_FROM}",
        (
            f"{AFTER}:7: from: is no sender of the account `default` "
            "(`${…}` works in settings only): its settings name them in `from` and `senders`"
        ),
    ),
    "an age without a unit": (
        "max_age: 2",
        f"{AFTER}:10: max_age: a number stands where a duration such as 2h, or `none`, is due",
    ),
    "an age that is null": (
        "max_age:",
        f"{AFTER}:9: max_age: nothing stands where a value is due",
    ),
    "another word for what is unknown": (
        "on_unknown: retry",
        f"{AFTER}:13: on_unknown: must be lookup or hold or resend",
    ),
    "a country that is none": (
        "region: us",
        f"{AFTER}:9: region: must be an ISO 3166 country such as US",
    ),
    "a time zone that is none": (
        "time_zone: CEST",
        f"{AFTER}:12: time_zone: is no time zone of the tz database; did you mean ",
    ),
    "a pattern that is none": (
        "reference: \"{{ order.placed_at | date('DD.MM.yyyy') }}\"",
        (
            f"{AFTER}:12: reference: the filter `date`: `DD` is the day of the year: the day of "
            "the month is `d`"
        ),
    ),
    "a currency that is none": (
        "when: order.total | money('EURO') == order.total",
        f"{AFTER}:7: when: the filter `money`: there is no currency `EURO`; did you mean `EUR`?",
    ),
    "a template that never ends": (
        'reference: "{{ order.number"',
        f"{AFTER}:12: reference: ",
    ),
    "an unknown filter": (
        'reference: "{{ order.number | upperr }}"',
        f"{AFTER}:12: reference: there is no filter `upperr`",
    ),
    "a name that is not the schema's": (
        'reference: "{{ ordr.number }}"',
        f"{AFTER}:12: reference: there is no name `ordr`",
    ),
    "a condition with braces": (
        'when: "{{ order.paid }}"',
        f"{AFTER}:7: when: ",
    ),
    "a template's second line": (
        "locale: |\n  {{ order.locale }}\n    {{ order.a | b }}",
        f"{AFTER + 2}:5: locale: there is no filter `b`",
    ),
    "tests that are no list": (
        "tests: {event: {}}",
        f"{AFTER}:8: tests: a mapping stands where a list is due",
    ),
    "a test without an expectation": (
        "tests:\n  - event: {}",
        f"{AFTER + 1}:5: tests[0].expect: is missing",
    ),
    "a test that expects nothing": (
        "tests:\n  - event: {}\n    expect: {}",
        (
            f"{AFTER + 2}:13: tests[0].expect: expects nothing: to, message or from, "
            "or `ignored: true`, or `parked: REASON`"
        ),
    ),
    "a test that expects both": (
        "tests:\n  - event: {}\n    expect: {message: Hi, ignored: true}",
        f"{AFTER + 2}:27: tests[0].expect.ignored: stands alone: no text can be expected beside it",
    ),
    "a test that expects nothing of several": (
        "tests:\n  - event: {}\n    expect: []",
        f"{AFTER + 2}:13: tests[0].expect: is an empty list",
    ),
    "a test of several that expects nothing of one": (
        "tests:\n  - event: {}\n    expect: [{to: '+1'}, {}]",
        f"{AFTER + 2}:26: tests[0].expect[1]: expects nothing: to, message or from, ",
    ),
    "a test of several that is ignored": (
        "tests:\n  - event: {}\n    expect: [{ignored: true}, {to: '+1'}]",
        f"{AFTER + 2}:15: tests[0].expect[0].ignored: stands alone: nothing is made then",
    ),
    "a test of several that is parked first": (
        "tests:\n  - event: {}\n    expect: [{parked: bad_number}, {to: '+1'}]",
        f"{AFTER + 2}:15: tests[0].expect[0].parked: stands once, and last: after all SMSes",
    ),
    "a test whose event is neither object nor list": (
        "tests:\n  - event: text\n    expect: {ignored: true}",
        f"{AFTER + 1}:12: tests[0].event: text stands where a mapping or a list is due",
    ),
    "a number where a phone number is due": (
        "tests:\n  - event: {}\n    expect: {to: 15551234567}",
        f"{AFTER + 2}:18: tests[0].expect.to: a number stands where text is due: quote it",
    ),
    "a reason that parks nothing": (
        "tests:\n  - event: {}\n    expect: {parked: expired}",
        f"{AFTER + 2}:22: tests[0].expect.parked: must be bad_number or ",
    ),
    "a mistyped key of a test": (
        "tests:\n  - evnt: {}\n    expect: {ignored: true}",
        f"{AFTER + 1}:5: tests[0].evnt: unknown; did you mean `event`?",
    ),
}


@pytest.mark.parametrize(("text", "problem"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said_with_its_place(text: str, problem: str, here: Path) -> None:
    found = problems(here, f"{FLOW}{text}\n")

    assert any(each.startswith(f"flows/mine.yaml:{problem}") for each in found), found
    assert len(found) == 1 or "evnt" in text


REPLACED = {
    "nothing to subscribe to": (
        ("subscribe: order.created", "subscribe: []"),
        "1:12: subscribe: is an empty list",
    ),
    "a key that is no routing key": (
        ("order.created", "[order.created, order..x]"),
        (
            "1:28: subscribe[1]: must be a routing key: words of letters, digits, `_`, `-`, `/`, "
            "`:` or `\\` with dots between, `*` for any one word, `#` for any number of words"
        ),
    ),
    "a key with three hashes": (
        ("order.created", "'#.a.#.b.#'"),
        "1:12: subscribe: has more than two `#`, which RabbitMQ refuses: name the words",
    ),
    "a number for a key": (
        ("order.created", "[order.created, 5]"),
        "1:28: subscribe[1]: a number stands where text is due: quote it",
    ),
    "a route that says nothing": (
        ("order.created", "{}"),
        "1:12: subscribe: wants nothing: a route has an `exchange`, a `key` or a `type`",
    ),
    "a route that says nothing among others": (
        ("order.created", "[a, {}]"),
        "1:16: subscribe[1]: wants nothing: a route has an `exchange`, a `key` or a `type`",
    ),
    "a route's key by another name": (
        ("order.created", "{exchange: shop, routing_key: a}"),
        "1:29: subscribe.routing_key: unknown; the routing key of a route is `key`",
    ),
    "a mistyped part of a route": (
        ("order.created", "[{exchnge: shop}]"),
        "1:14: subscribe[0].exchnge: unknown; did you mean `exchange`?",
    ),
    "a route to the exchange without a name": (
        ("order.created", '{exchange: "", key: a}'),
        "1:23: subscribe.exchange: must be the name of an exchange: the one without a name cannot",
    ),
    "a route with a half star": (
        ("order.created", "{exchange: shop, key: order.cre*}"),
        "1:34: subscribe.key: `*` and `#` stand for whole words: ",
    ),
    "a route without its key": (
        ("order.created", "{exchange: shop, key: }"),
        "1:34: subscribe.key: nothing stands where a value is due",
    ),
    "a number for a type": (
        ("order.created", "{type: 5}"),
        "1:19: subscribe.type: a number stands where text is due: quote it",
    ),
    "a list within the list": (
        ("order.created", "[[a]]"),
        "1:13: subscribe[0]: a list stands where a routing key is due",
    ),
    "no recipient": (('to: "{{ order.billing_address.phone }}"\n', ""), "1:1: to: is missing"),
    "two addresses in one recipient": (
        ('"{{ order.billing_address.phone }}"', '"{{ order.a.phone or order.b.phone }}"'),
        "3:5: to: reads two addresses, order.a and order.b, each with a country of its own: make",
    ),
    "a number for a recipient": (
        ('"{{ order.billing_address.phone }}"', "15551234567"),
        "3:5: to: a number stands where text is due: quote it",
    ),
    "an empty message": (('"Order {{ order.number }}"', "''"), "4:10: message: is empty"),
    "a message by no locale": (
        ('"Order {{ order.number }}"', "{}"),
        "4:10: message: is an empty mapping",
    ),
    "a message by something else": (
        ('"Order {{ order.number }}"', "{e: Hi}"),
        "4:11: message.e: is no locale such as de or pt-BR",
    ),
    "a message by the name of a language": (
        ('"Order {{ order.number }}"', "{german: Hi}"),
        "4:11: message.german: is no locale such as de or pt-BR",
    ),
    "a key below message that is the flow's": (
        ('"Order {{ order.number }}"', "\n  en: Hi\n  locale: en"),
        "6:3: message.locale: is no locale such as de or pt-BR: is it indented too far?",
    ),
    "a name of the schema that is not asked for": (
        ("schema: order\n", ""),
        (
            "2:5: to: there is no name `order`: this flow has no `schema`, so there is `event` "
            "only; `schema: order` gives `order`"
        ),
    ),
    "a template with one brace at its end": (
        ("number }}", "number }"),
        "4:10: message: unexpected '}'; `{{ …` ends with `}}`, `{% …` with `%}`",
    ),
    "a locale whose message is a number": (
        ('"Order {{ order.number }}"', "{en: Hi, no: 5}"),
        "4:23: message.no: a number stands where text is due: quote it",
    ),
    "a locale whose message has an unknown filter": (
        ('"Order {{ order.number }}"', "{en: Hi, no: '{{ order.number | x }}'}"),
        "4:23: message.no: there is no filter `x`",
    ),
    "an unknown schema": (
        ("schema: order", "schema: oder"),
        "2:9: schema: there is no schema `oder`; did you mean `order`?",
    ),
    "a schema that cannot be imported": (
        ("schema: order", "schema: no_such_package:Order"),
        "2:9: schema: `no_such_package` cannot be imported: ModuleNotFoundError",
    ),
    "a comment within the text": (
        ('"Order {{ order.number }}"', "Order #5"),
        "4:10: what follows ` #` is a comment: put quotes around the text, or a space after #",
    ),
}


@pytest.mark.parametrize(("change", "problem"), REPLACED.values(), ids=REPLACED.keys())
def test_what_is_due_and_wrong_is_said_with_its_place(
    change: tuple[str, str], problem: str, here: Path
) -> None:
    found = problems(here, FLOW.replace(*change))

    assert found[0].startswith(f"flows/mine.yaml:{problem}")
    assert len(found) == 1 or change[1] == ""


def test_a_recipient_below_message_is_no_locale(here: Path) -> None:
    flow = FLOW.replace('to: "{{', 'message:\n  en: Hi\n  to: "{{').replace(
        'message: "Order', 'reference: "Order'
    )

    assert problems(here, flow) == [
        "flows/mine.yaml:1:1: to: is missing",
        "flows/mine.yaml:5:3: message.to: is this the flow's `to`, indented too far?",
    ]


def test_an_empty_file_misses_what_a_flow_needs(here: Path) -> None:
    assert problems(here, "# nothing\n") == [
        "flows/mine.yaml:1:1: message: is missing",
        "flows/mine.yaml:1:1: subscribe: is missing",
        "flows/mine.yaml:1:1: to: is missing",
    ]


def test_a_list_is_no_flow(here: Path) -> None:
    assert problems(here, "- 1\n") == ["flows/mine.yaml:1:1: a mapping is due here"]


def test_a_files_name_must_be_a_flows_id(here: Path) -> None:
    path = write(here)
    (here / "flows" / "my flow.yaml").write_text(FLOW)

    with pytest.raises(ConfigurationError) as caught:
        load(path, {})

    assert str(caught.value) == (
        "flows/my flow.yaml:1:1: the file's name is the flow's id and must be 1 to 64 letters, "
        "digits, `_`, `-` or `.`, a letter or digit first; `id:` gives another"
    )
