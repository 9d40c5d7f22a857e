"""Which message a reader of a locale gets."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.flows.local.locales import choose


@pytest.mark.parametrize(
    ("wanted", "there", "chosen"),
    [
        ("de", "en de", "de"),
        ("de-DE", "en de", "de"),
        ("de_AT.UTF-8", "en de", "de"),
        ("de_DE@euro", "en de", "de"),
        ("DE-at", "en de de_AT", "de_AT"),
        ("de-DE-1996-x-a", "en de-DE", "de-DE"),
        ("pt-BR", "en pt", "pt"),
        ("pt_BR", "en pt pt-BR", "pt-BR"),
        ("pt", "en pt-BR", None),
        ("es-419", "en es", "es"),
        ("nb", "en no", "no"),
        ("nb-NO", "en no", "no"),
        ("nn", "en no nb", "no"),
        ("nn_NO", "en nb", "nb"),
        ("no", "en nb", "nb"),
        ("no-NO", "en nn", "nn"),
        ("no", "en nn nb", "nb"),
        ("nb", "no nb", "nb"),
        ("zh_TW", "en zh-Hant zh-Hans", "zh-Hant"),
        ("zh-HK", "en zh-Hant zh-Hans", "zh-Hant"),
        ("zh-MO", "en zh_Hant", "zh_Hant"),
        ("zh-hk", "zh-TW zh_HK", "zh_HK"),
        ("zh-HK", "en zh-CN zh-TW", "zh-TW"),
        ("zh-CN", "en zh-Hant zh-Hans", "zh-Hans"),
        ("zh_SG", "en zh-Hant zh-CN", "zh-CN"),
        ("zh-Hans-CN", "en zh_CN", "zh_CN"),
        ("zh-Hant-TW", "en zh_TW", "zh_TW"),
        ("zh-Hant", "en zh_TW", "zh_TW"),
        ("zh-Hant-HK", "en zh-TW", "zh-TW"),
        ("zh", "en zh-Hant zh-Hans", "zh-Hans"),
        ("zh", "en zh-Hant zh-CN", "zh-CN"),
        ("zh-CN", "en zh", "zh"),
        ("zh-CHT", "en zh-Hans zh-Hant", "zh-Hant"),
        ("iw", "en he", "he"),
        ("iw_IL", "en he", "he"),
        ("he", "en iw", "iw"),
        ("in", "en id", "id"),
        ("in-ID", "en id", "id"),
        ("tl", "en fil", "fil"),
        ("sr-Latn-RS", "en sr sr-Latn", "sr-Latn"),
        ("sr_RS@latin", "en sr sr-Latn", "sr-Latn"),
        ("sr-ME", "sr-Cyrl sr-Latn", "sr-Latn"),
        ("sr-Latn", "en sr", "sr"),
        ("sh", "en sr-Latn", "sr-Latn"),
        ("de-DE,de;q=0.9,en;q=0.8", "en de", "de"),
        ("de;q=0.9", "en de", "de"),
        ("nl-NL, de;q=0.8, en;q=0.5", "en de", "de"),
        ("*", "en de", None),
        ("fr, *;q=0.1", "en de", None),
        ("fr", "en de", None),
        ("", "en de", None),
        ("-", "en de", None),
        ("_", "en de", None),
        (";", "en de", None),
        ("C", "en de", None),
        ("POSIX", "en de", None),
        ("german", "en de", None),
        ("d", "en de", None),
        ("\0", "en de", None),
    ],
)
def test_it_is_the_nearest(wanted: str, there: str, chosen: str | None) -> None:
    assert choose(wanted, there.split()) == chosen


def test_a_flow_of_one_message_has_no_locale() -> None:
    assert choose("de", [""]) is None
    assert choose("", [""]) is None


@given(st.text(), st.lists(st.sampled_from(["en", "de", "zh-TW", "zh-Hans", "no", "pt-BR"])))
def test_anything_chooses_one_that_is_there_or_none(wanted: str, there: list[str]) -> None:
    assert choose(wanted, there) in {None, *there}


@given(st.sampled_from(["en", "de", "zh-TW", "zh-Hans", "nb", "pt_BR", "sr-Latn", "iw"]))
def test_each_chooses_itself(locale: str) -> None:
    assert choose(locale, ["fr", locale]) == locale


@pytest.mark.parametrize("sign", ["-", ",", "a-", "@", ".", "é", "-a,"])
def test_what_is_long_takes_no_time(sign: str) -> None:
    began = perf_counter()
    choose(sign * 100_000, ["en", "de"])

    assert perf_counter() - began < 0.02
