"""The URLs of the settings: one reading or none, and nothing of a wrong one is shown."""

from __future__ import annotations

from collections.abc import Callable

import pika
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu import Connection

from smsherald.broker.rabbitmq.address import addresses
from smsherald.settings import urls
from smsherald.settings.secret import Secret
from smsherald.settings.urls import Management, Proxy

GOOD: list[tuple[Callable[[str], object], str, object]] = [
    (
        urls.broker_url,
        "amqp://guest:guest@localhost:5672//",
        "amqp://guest:guest@localhost:5672//",
    ),
    (
        urls.broker_url,
        "amqps://a ; amqps://b?cacertfile=/ca",
        "amqps://a ; amqps://b?cacertfile=/ca",
    ),
    (urls.broker_url, "amqp://u:p%40%2F@[::1]/shop", "amqp://u:p%40%2F@[::1]/shop"),
    (urls.broker_url, "amqp://rabbit_mq.shop", "amqp://rabbit_mq.shop"),
    (urls.broker_url, "memory://", "memory://"),
    (urls.ledger_url, "sqlite:////var/lib/l.db", "sqlite:////var/lib/l.db"),
    (urls.ledger_url, "postgresql://u:p@a:1/b?c=d", "postgresql://u:p@a:1/b?c=d"),
    (urls.ledger_url, "postgres:///b?host=/run", "postgres:///b?host=/run"),
    (urls.http_url, "http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
    (urls.proxy, "http://proxy:3128", Proxy("http://proxy:3128", None, Secret(""))),
    (
        urls.proxy,
        "http://shop:p%40ss@[::1]:3128/",
        Proxy("http://[::1]:3128", Secret("shop"), Secret("p@ss")),
    ),
    (
        urls.management,
        "http://shop:p%40ss@[::1]:15672/",
        Management("http://[::1]:15672", Secret("shop"), Secret("p@ss")),
    ),
    (
        urls.management,
        "https://shop:word@rabbit.shop/prefix",
        Management("https://rabbit.shop/prefix", Secret("shop"), Secret("word")),
    ),
    (urls.management_url, "http://shop:word@rabbit:15672", "http://shop:word@rabbit:15672"),
]


@pytest.mark.parametrize(("shape", "text", "value"), GOOD)
def test_a_url_of_its_kind_is_taken(
    shape: Callable[[str], object], text: str, value: object
) -> None:
    assert shape(text) == value


BAD: list[tuple[Callable[[str], object], str, str]] = [
    (urls.broker_url, "http://a", "must begin with amqp://"),
    (urls.broker_url, "amqp:a", "must begin with amqp://"),
    (urls.broker_url, "amqp://", "must be amqp://user"),
    (urls.broker_url, "amqp://u:pa/ss@host", "written %40, %3A, %2F and %23"),
    (urls.broker_url, "amqp://u:p#s@host", "must be amqp://user"),
    (urls.broker_url, "amqp://u:p@ss@host", "must be amqp://user"),
    (urls.broker_url, "amqp://u:p%ss@host", "and % itself %25"),
    (urls.broker_url, "amqp://u:p%FFss@host", "must be amqp://user"),
    (urls.broker_url, "amqp://a:0", "must be amqp://user:password@host:port"),
    (urls.broker_url, "amqp://a:65536", "must be amqp://user:password@host:port"),
    (urls.broker_url, "amqp://a;memory://", "URL 2 of 2: must begin"),
    (urls.broker_url, "amqp://a;", "URL 2 of 2: must begin"),
    (urls.broker_url, "amqps://a?verify=no", "takes no such options"),
    (urls.broker_url, "amqp://a?cacertfile=b", "takes no such options: only amqps://"),
    (urls.broker_url, "amqp://a,b", "several URLs are split by `;`"),
    (urls.broker_url, "amqp://a:1,amqp://b:1", "several URLs are split by `;`"),
    (urls.broker_url, "amqp://a/v,amqp://b/v", "several URLs are split by `;`"),
    (urls.ledger_url, "postgresql://u:p@host", "must be postgresql://user"),
    (urls.ledger_url, "postgresql:a/b", "must be postgresql://user"),
    (urls.ledger_url, "postgresql://u:p/ss@host/b", "must be postgresql://user"),
    (urls.ledger_url, "postgresql://u:p@ss@host/b", "must be postgresql://user"),
    (urls.ledger_url, "postgres://u:p#s@host/b", "must be postgresql://user"),
    (urls.ledger_url, "postgres://host:0/b", "must be postgresql://user"),
    (urls.ledger_url, "postgres+psycopg://a/b", "must be sqlite:///path.* or postgresql://"),
    (urls.ledger_url, "sqlite://", "in memory only is no ledger"),
    (urls.ledger_url, "sqlite:///:memory:", "in memory only is no ledger"),
    (urls.ledger_url, "ledger.db", "must be sqlite:///"),
    (urls.http_url, "api.twilio.com", "must be http://"),
    (urls.http_url, "https://api.twilio.com/v1", "without a path"),
    (urls.http_url, "https://u:p@api.twilio.com", "must be http://"),
    (urls.http_url, "https://a:b", "must be http://"),
    (urls.proxy, "https://proxy:3128", "must be http://host:port or http://user"),
    (urls.proxy, "http://proxy", "must be http://host:port or http://user"),
    (urls.proxy, "proxy:3128", "must be http://host:port or http://user"),
    (urls.management_url, "http://rabbit:15672", "must be http://user:password@host:15672"),
    (urls.management_url, "amqp://u:p@rabbit", "must be http://user:password@host:15672"),
    (urls.management_url, "http://u:p@rabbit/?a=b", "must be http://user:password@host:15672"),
]


@pytest.mark.parametrize(("shape", "text", "message"), BAD)
def test_a_url_of_another_kind_is_refused_with_a_sentence(
    shape: Callable[[str], object], text: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        shape(text)


SHAPES = (urls.broker_url, urls.ledger_url, urls.http_url, urls.proxy, urls.management_url)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "rest",
    [
        pytest.param("amqp://u:12/hunter2@host:5672/", id="a slash in a password"),
        pytest.param("amqp://u:12?hunter2=x@host/", id="a question mark in a password"),
        pytest.param("amqp://u:p@a,amqp://u:hunter2@b", id="several split by a comma"),
        pytest.param("amqp://a,amqp://u:hunter2@b", id="the first without a password"),
        pytest.param("amqp://u:p@hunter2@host", id="an at sign in a password"),
        pytest.param("amqp://u:hunter2%@host", id="a percent sign in a password"),
        pytest.param("postgresql://u:p@hunter2@host/db", id="the same before a database"),
        pytest.param("http://u:12/hunter2@host:3128", id="the same before a proxy"),
        pytest.param("hunter2://a", id="no URL at all"),
    ],
)
def test_what_is_refused_is_not_shown(shape: Callable[[str], object], rest: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        shape(rest)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_whatever_a_password_is_made_of_it_is_read_as_it_is_or_refused(inside: str) -> None:
    password = f"hunter2{inside}hunter2"
    shown = ""
    try:
        (address,) = addresses(f"amqp://shop:{password}@rabbit:5672/v")
    except ValueError as error:
        shown = str(error)
    else:
        assert (str(address), address.virtual_host) == ("rabbit:5672", "v")
        shown = repr(address)
    assert shown
    assert "hunter2" not in shown
    assert "shop" not in shown


@pytest.mark.parametrize("end", ["", "/", "//", "/%2F"])
def test_the_virtual_host_slash_is_spelled_in_four_ways_and_pika_reads_one_otherwise(
    end: str,
) -> None:
    url = f"amqp://guest:guest@rabbit.example:5672{end}"

    assert urls.amqp_url(url).virtual_host == Connection(url).virtual_host == "/"
    assert pika.URLParameters(url).virtual_host == ("" if end == "//" else "/")
