"""What is asked of Twilio: in which language, from whom, to whom, how clean."""

from __future__ import annotations

import pytest

from smsherald.flows import Template
from support.shop import ACCOUNT, ORDER, flow, sms_of, ways


class TestLocale:
    """The event's locale, else its language, else the first message."""

    @pytest.mark.parametrize(
        ("locale", "text"),
        [
            pytest.param("es", "Hola", id="its own"),
            pytest.param("pt-BR", "Oi", id="its own with a region"),
            pytest.param("pt_br", "Oi", id="however it is written"),
            pytest.param("PT-br", "Oi", id="in any case"),
            pytest.param(" es ", "Hola", id="with space around"),
            pytest.param("es-MX", "Hola", id="its language"),
            pytest.param("zh-Hant-TW", "Nin hao", id="its script"),
            pytest.param("pt", "Hi", id="a region is not its language"),
            pytest.param("fr", "Hi", id="the first"),
            pytest.param("-", "Hi", id="what is no locale"),
            pytest.param("", "Hi", id="an empty one"),
            pytest.param(None, "Hi", id="null"),
        ],
    )
    def test_it_chooses_the_message(self, locale: str | None, text: str) -> None:
        texts = {"en": "Hi", "es": "Hola", "pt_BR": "Oi", "zh-Hant": "Nin hao"}
        polyglot = flow(
            messages={name: Template(said) for name, said in texts.items()},
            locale=Template("{{ order.locale }}", lenient=True),
        )

        assert sms_of(polyglot, {**ORDER, "locale": locale}).asked.text == text

    def test_without_one_the_first_is_for_all(self) -> None:
        messages = {"en": Template("Hi"), "es": Template("Hola")}

        assert sms_of(flow(messages=messages), {**ORDER, "locale": "es"}).asked.text == "Hi"


class TestSender:
    """The flow's, where the account owns it; else the account's own."""

    @pytest.mark.parametrize(
        ("asked", "sender"),
        [
            pytest.param("+15005550007", "+15005550007", id="one that it owns"),
            pytest.param("(500) 555-0007", "+15005550007", id="however it is written"),
            pytest.param("Shop", "Shop", id="a name that it owns"),
            pytest.param("+15558675309", "+15005550006", id="one that it does not own"),
            pytest.param("12", "+15005550006", id="what is none"),
            pytest.param("", "+15005550006", id="an empty one"),
            pytest.param(None, "+15005550006", id="null"),
        ],
    )
    def test_it_is_one_that_the_account_owns(self, asked: str | None, sender: str) -> None:
        asking = flow(sender=Template("{{ order.from }}", lenient=True))

        assert sms_of(asking, {**ORDER, "from": asked}).asked.sender == sender

    def test_without_one_it_is_the_accounts_own(self) -> None:
        assert sms_of(flow()).asked.sender == ACCOUNT.sender


class TestText:
    """What is asked of Twilio is clean."""

    def test_white_space_around_the_text_falls_away(self) -> None:
        assert sms_of(flow(messages={"": Template("\n Hi\n\nAnn \n\n")})).asked.text == "Hi\n\nAnn"

    @pytest.mark.parametrize("reference", ["", " \n"])
    def test_an_empty_reference_is_none(self, reference: str) -> None:
        assert sms_of(flow(reference=Template(reference))).reference is None

    @pytest.mark.parametrize(
        ("phone", "to"),
        [("+1 (555) 867-5309", "+15558675309"), ("555-867-5309", "+15558675309"),
         (15558675309, "+15558675309")],
    )  # fmt: skip
    def test_a_number_is_normalised(self, phone: object, to: str) -> None:
        assert sms_of(flow(), {**ORDER, "billing_address": {"phone": phone}}).asked.to == to

    def test_a_national_number_is_of_the_flows_region(self) -> None:
        german = flow(default_region="DE", to=ways("0170 1234567"))

        assert sms_of(german).asked.to == "+491701234567"

    def test_without_an_age_it_never_expires(self) -> None:
        assert sms_of(flow(max_age=None)).expires is None
