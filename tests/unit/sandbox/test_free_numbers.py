"""The samples have numbers that no published event had."""

from __future__ import annotations

from typing import Any

import pytest

from smsherald.sandbox.publishing.numbers import Numbers

ORDER = {"number": "R12345", "phone": "+15558675309"}


def offered(samples: Any, *published: bytes) -> Any:
    return Numbers({"a": samples}, published).samples()["a"]


@pytest.mark.parametrize(
    ("published", "number"),
    [
        pytest.param([], "R12345", id="none is taken"),
        pytest.param([b'{"number": "R12345"}'], "R12346", id="it is taken"),
        pytest.param([b'{"number": "R12400"}', b'{"number": "R7"}'], "R12401", id="a higher one"),
        pytest.param([b'{"number": "R12344"}'], "R12345", id="a lower one"),
        pytest.param([b'{"number": "H99999"}'], "R12345", id="one of another kind"),
        pytest.param([b"R12345, and no JSON \xff"], "R12346", id="in what is no JSON"),
        pytest.param([b'"XR12399", "R12399x", "r12399"'], "R12345", id="in longer words"),
        pytest.param([b"R" + b"9" * 10_000], "R12345", id="one that is too long to be one"),
    ],
)
def test_a_number_that_was_published_is_not_offered(published: list[bytes], number: str) -> None:
    assert offered(ORDER, *published) == {**ORDER, "number": number}


def test_every_number_of_a_sample_is_free_wherever_it_stands() -> None:
    sample = {"number": "H9", "orders": ["R1", {"text": "Order R1 is shipped: größer ✓"}], "n": 1}

    assert offered(sample, b"H9", b"R3") == {
        "number": "H10",
        "orders": ["R4", {"text": "Order R4 is shipped: größer ✓"}],
        "n": 1,
    }


def test_a_number_keeps_its_width() -> None:
    assert offered({"number": "R0099"}, b"R0099") == {"number": "R0100"}


def test_two_samples_offer_the_same_number_until_one_is_published() -> None:
    numbers = Numbers({"a": {"number": "R1"}, "b": {"number": "R2"}}, [b"R5"])
    assert numbers.samples() == {"a": {"number": "R6"}, "b": {"number": "R6"}}

    numbers.take(b'{"number": "R6"}')

    assert numbers.samples() == {"a": {"number": "R7"}, "b": {"number": "R7"}}
