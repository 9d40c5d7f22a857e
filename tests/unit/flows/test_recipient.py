"""Whom a flow texts: the first way that leads to a number, read in its own address's country."""

from __future__ import annotations

from typing import Any

import pytest

from smsherald.errors import Reason, UnusableError
from smsherald.flows import FlowBook, Template, TemplateError, Way, make
from support.shop import ORDER, event, flow, ways

_TRIED = "order.phone, order.customer.phone, order.mobile"
ROOTS = frozenset({"order", "item"})
MEXICAN, AMERICAN = "+525512345678", "+15558675309"


def texted(body: dict[str, Any], **said: Any) -> str:
    """Return the number that is texted, or why none is."""
    made = make(event({"number": "R1", **body}), FlowBook([flow(**said)]))
    if made.defects:
        return f"{made.defects[0].reason}: {made.defects[0].detail}"
    return made.smses[0].asked.to


class TestCountry:
    """Of a number without one: a stranger has the same digits elsewhere."""

    @pytest.mark.parametrize(
        ("address", "to"),
        [
            ({"country": "MX"}, MEXICAN),
            ({"country_code": "mx"}, MEXICAN),
            ({"countryCode": "MEX"}, MEXICAN),
            ({"country": {"iso": "MX", "name": "Mexico"}}, MEXICAN),
            ({"country_iso": "MX", "country": "US"}, MEXICAN),
            ({"country": ""}, "+15512345678"),
            ({"country": None}, "+15512345678"),
            ({}, "+15512345678"),
            (
                {"country": "Mexiko"},
                "bad_number: to: the country of its address is not understood, and it has no +",
            ),
        ],
    )
    def test_is_its_addresss(self, address: dict[str, Any], to: str) -> None:
        assert texted({"billing_address": {**address, "phone": "55 1234 5678"}}) == to

    def test_is_outweighed_by_a_plus(self) -> None:
        address = {"country": "Mexiko", "phone": AMERICAN}

        assert texted({"billing_address": address}) == AMERICAN

    def test_of_two_addresses_each_has_its_own(self) -> None:
        to = ways("{{ order.billing_address.phone }}", "{{ order.shipping_address.phone }}")
        mexican = {"country": "MX", "phone": "55 1234 5678"}
        british = {"country": "GB", "phone": "07400 123456"}

        billed = texted({"billing_address": mexican, "shipping_address": british}, to=to)
        shipped = texted({"billing_address": {"country": "MX"}, "shipping_address": british}, to=to)

        assert (billed, shipped) == (MEXICAN, "+447400123456")

    def test_of_a_customers_own_phone_is_their_addresss(self) -> None:
        to = ways("{{ order.phone }}")
        address = {"country": "MX"}

        assert texted({"phone": "55 1234 5678", "billing_address": address}, to=to) == MEXICAN
        assert texted({"phone": "55 1234 5678", "shipping_address": address}, to=to) == MEXICAN

    @pytest.mark.parametrize(
        ("land", "to"),
        [
            ("MX", MEXICAN),
            (" mex ", MEXICAN),
            ("", "+15512345678"),
            (None, "+15512345678"),
            (
                "Mexiko",
                "bad_number: to: the country of its address is not understood, and it has no +",
            ),
        ],
    )
    def test_is_regions_where_the_address_has_none(self, land: str | None, to: str) -> None:
        region = Template("{{ order.land }}", lenient=True)
        body = {"land": land, "billing_address": {"phone": "55 1234 5678"}}

        assert texted(body, region=region) == to

    def test_is_the_addresss_before_regions(self) -> None:
        body = {"billing_address": {"phone": "55 1234 5678", "country": "MX"}}

        assert texted(body, region=Template("GB", lenient=True)) == MEXICAN

    def test_is_an_items_own(self) -> None:
        way = Way.of(Template("{{ item.phone }}"), ROOTS)

        assert way.country({"item": {"country": "MX"}}) == "MX"
        assert way.country({"item": "no object"}) is None


class TestAddress:
    """It is known by the template's path."""

    @pytest.mark.parametrize(
        ("source", "address"),
        [
            ("{{ order.billing_address.phone }}", ("order", "billing_address")),
            ("{{ order.lines[0].phone }}", ("order", "lines", 0)),
            ("{{ order.phone }}", ("order",)),
            ("{{ item }}", None),
            ("{{ event.body.address.phone }}", None),
            ("+15558675309", None),
            ("{{ order.a.phone | replace('-', '') }}", ("order", "a")),
            ("{{ order.a.mobile or order.a.phone }}", ("order", "a")),
            ("{% if order.b.wanted %}{{ order.a.phone }}{% endif %}", ("order", "a")),
            ("{{ order.a.phone if order.b.x == 1 else order.a.mobile }}", ("order", "a")),
        ],
    )
    def test_is_found(self, source: str, address: tuple[str | int, ...] | None) -> None:
        assert Way.of(Template(source), ROOTS).address == address

    def test_of_a_part_and_of_the_whole_is_refused(self) -> None:
        with pytest.raises(TemplateError, match=r"two addresses, order and order\.a"):
            Way.of(Template("{{ order.a.phone or order.phone }}"), ROOTS)

    @pytest.mark.parametrize(
        "source",
        [
            "{{ order.a.phone or order.b.phone }}",
            "{{ order.a.phone | default(order.b.phone) }}",
            "{{ order.a.phone if order.x else order.b.phone }}",
            "{% if order.x %}{{ order.a.phone }}{% else %}{{ order.b.phone }}{% endif %}",
        ],
    )
    def test_of_two_is_refused(self, source: str) -> None:
        with pytest.raises(TemplateError, match=r"two addresses, order\.a and order\.b"):
            Way.of(Template(source), ROOTS)


class TestList:
    """The first that is a number counts."""

    TO = ways("{{ order.phone }}", "{{ order.customer.phone }}", "{{ order.mobile }}")

    @pytest.mark.parametrize(
        ("body", "to"),
        [
            ({"phone": "+15558675301", "mobile": "+15558675302"}, "+15558675301"),
            ({"phone": None, "mobile": "+15558675302"}, "+15558675302"),
            ({"phone": "", "mobile": "+15558675302"}, "+15558675302"),
            ({"phone": "n/a", "mobile": "+15558675302"}, "+15558675302"),
            ({"phone": [], "mobile": "+15558675302"}, "+15558675302"),
            ({"phone": False, "customer": {"phone": 15558675302}}, "+15558675302"),
            (
                {},
                f"missing_value: to: there is no number in {_TRIED}",
            ),
            ({"phone": "n/a"}, "bad_number: to: order.phone: holds letters"),
            ({"phone": "n/a", "mobile": "12"}, "bad_number: to: order.phone: holds letters"),
        ],
    )
    def test_gives_one_or_says_what_was_tried(self, body: dict[str, Any], to: str) -> None:
        assert texted(body, to=self.TO) == to


@pytest.mark.parametrize("phone", ["", "  "])
def test_an_empty_number_is_missing(phone: str) -> None:
    assert texted({"billing_address": {"phone": phone}}) == (
        "missing_value: to: order.billing_address.phone is empty"
    )


def test_one_person_with_two_spellings_is_one_sms() -> None:
    made = make(event(ORDER), FlowBook([flow(to=ways("+44 (0)7400 123456"))])).smses
    again = make(event(ORDER), FlowBook([flow(to=ways("+4407400123456"))])).smses

    assert made == again


def test_an_error_of_one_way_is_its_own() -> None:
    with pytest.raises(UnusableError) as raised:
        Template("{{ order.phone }}").render({"order": {"phone": True}}, "to")

    assert raised.value.reason is Reason.INVALID_VALUE
    assert texted({"phone": True}, to=ways("{{ order.phone }}")).startswith("invalid_value")
