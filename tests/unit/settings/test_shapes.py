"""The shapes of texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smsherald.settings import shapes
from smsherald.settings.shapes import Prefetch

GOOD: list[tuple[Callable[[str], object], str, object]] = [
    (shapes.duration, "250ms", 0.25),
    (shapes.duration, "0s", 0.0),
    (shapes.duration, "2m", 120.0),
    (shapes.duration, "2h", 7200.0),
    (shapes.duration, "30d", 2_592_000.0),
    (shapes.age, "none", None),
    (shapes.age, "24h", 86_400.0),
    (shapes.size, "1MB", 1_000_000),
    (shapes.size, "64KB", 64_000),
    (shapes.size, "512B", 512),
    (shapes.prefetch, "4x", Prefetch(4, multiple=True)),
    (shapes.prefetch, "800", Prefetch(800, multiple=False)),
    (shapes.name, "order-created_2.b", "order-created_2.b"),
    (shapes.entity, "shop/events:v1", "shop/events:v1"),
    (shapes.pattern, "order.created", "order.created"),
    (shapes.pattern, "#", "#"),
    (shapes.pattern, "*.created.#", "*.created.#"),
    (shapes.pattern, r"shop/orders:v1.App\Order", r"shop/orders:v1.App\Order"),
    (shapes.pattern, "#.order.#", "#.order.#"),
    (shapes.pattern, "a" * 255, "a" * 255),
    (shapes.others_key, "", ""),
    (shapes.others_key, "Order created.é..*", "Order created.é..*"),
    (shapes.others_exchange, "Shop.Order, Shop", "Shop.Order, Shop"),
    (shapes.others_exchange, "amq.topic", "amq.topic"),
    (shapes.others_exchange, r"App\Order", r"App\Order"),
    (shapes.others_exchange, "a" * 255, "a" * 255),
    (shapes.locale, "pt-BR", "pt-BR"),
    (shapes.locale, "no", "no"),
    (shapes.region, "US", "US"),
    (shapes.region, "GB", "GB"),
    (shapes.time_zone, "UTC", "UTC"),
    (shapes.time_zone, "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    (shapes.listen, "127.0.0.1:8790", ("127.0.0.1", 8790)),
    (shapes.listen, "[::1]:0", ("::1", 0)),
    (shapes.listen, "localhost:80", ("localhost", 80)),
    (shapes.exact, "a token's own\"", "a token's own\""),
]


@pytest.mark.parametrize(("shape", "text", "value"), GOOD)
def test_a_text_of_its_shape_is_read(
    shape: Callable[[str], object], text: str, value: object
) -> None:
    assert shape(text) == value


BAD: list[tuple[Callable[[str], object], str, str]] = [
    (shapes.duration, "5", "must be a duration"),
    (shapes.duration, "5 s", "must be a duration"),
    (shapes.duration, "1.5h", "must be a duration"),
    (shapes.duration, "05s", "must be a duration"),
    (shapes.duration, "5S", "must be a duration"),
    (shapes.duration, "5s\n", "must be a duration"),
    (shapes.age, "never", "or `none`"),
    (shapes.size, "1MiB", "must be a size"),
    (shapes.size, "1mb", "must be a size"),
    (shapes.prefetch, "0x", "must be a multiple"),
    (shapes.prefetch, "x", "must be a multiple"),
    (shapes.name, "a b", "letters, digits"),
    (shapes.name, "-a", "a letter or digit first"),
    (shapes.name, "a" * 65, "1 to 64"),
    (shapes.entity, "", "1 to 200"),
    (shapes.entity, "amq.topic", "not `amq"),
    (shapes.entity, "a b", "without a space"),
    (shapes.pattern, "order..created", "must be a routing key"),
    (shapes.pattern, "order.cre*", "must be a routing key"),
    (shapes.pattern, "", "must be a routing key"),
    (shapes.pattern, "a" * 256, "longer than 255 bytes"),
    (shapes.pattern, "#.a.#.b.#", "more than two `#`"),
    (shapes.others_key, "#.#.#", "more than two `#`"),
    (shapes.others_key, "é" * 128, "longer than 255 bytes"),
    (shapes.others_key, "order.cre*", "stand for whole words"),
    (shapes.others_key, "order ", "white space at its end"),
    (shapes.others_exchange, "", "the one without a name cannot be bound"),
    (shapes.others_exchange, "amq.default", "the one without a name cannot be bound"),
    (shapes.others_exchange, " shop", "white space at its beginning"),
    (shapes.others_exchange, "é" * 128, "longer than 255 bytes"),
    (shapes.routing_key, "", "1 to 255 bytes"),
    (shapes.locale, "pt BR", "is no locale such as de or pt-BR"),
    (shapes.locale, "german", "is no locale such as de or pt-BR"),
    (shapes.region, "UK", "the United Kingdom is GB"),
    (shapes.time_zone, "Paris", "did you mean `Europe/Paris`"),
    (shapes.time_zone, "", "no time zone of the tz database"),
    (shapes.region, "us", "must be an ISO 3166 country"),
    (shapes.region, "XX", "no country with telephone numbers"),
    (shapes.exact, " \n", "is empty"),
    (shapes.exact, "token\n", "has a line break at its end: leave it out"),
    (shapes.exact, "\r\ntoken", "has a line break at its beginning"),
    (shapes.exact, "token ", "has white space at its end"),
    (shapes.exact, "\u00a0token", "has white space at its beginning"),
    (shapes.exact, "to\nken", "has a line break in it: only one line is due"),
    (shapes.exact, "to\tken", "has a sign in it that cannot be seen"),
    (shapes.exact, "\ufefftoken", "has a sign in it that cannot be seen"),
    (shapes.exact, '"token"', "has quotes around it, which would be part of it"),
    (shapes.exact, "\u2018token\u2019", "has quotes around it"),
    (shapes.account_sid, "AC" + "g" * 32, "AC and 32"),
    (shapes.account_sid, "AC" + "0" * 32 + "\n", "AC and 32"),
    (shapes.api_key, "AC" + "0" * 32, "SK and 32"),
    (shapes.listen, "8790", "must be host:port"),
    (shapes.listen, ":8790", "must be host:port"),
    (shapes.listen, "::1:8790", "must be host:port"),
    (shapes.listen, "localhost:65536", "0 to 65535"),
]


@pytest.mark.parametrize(("shape", "text", "message"), BAD)
def test_a_text_of_another_shape_is_refused_with_a_sentence(
    shape: Callable[[str], object], text: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        shape(text)


def test_a_prefetch_is_a_multiple_of_the_concurrency_or_a_number() -> None:
    assert shapes.prefetch("4x").of(200) == 800
    assert shapes.prefetch("7").of(200) == 7
