"""What is left of a phone number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smsherald.ledger import phones

NUMBERS = st.from_regex(r"\A\+[1-9][0-9]{6,14}\Z")


@given(NUMBERS)
def test_a_digest_is_the_same_under_one_key_and_another_under_another(number: str) -> None:
    one, two = phones.new_key(), phones.new_key()

    assert phones.digest(one, number) == phones.digest(one, number)
    assert phones.digest(one, number) != phones.digest(two, number)
    assert number[1:] not in phones.digest(one, number)


@given(NUMBERS)
def test_a_person_sees_two_digits(number: str) -> None:
    assert phones.tail(number) == number[-2:]
    assert len(phones.tail(number)) == 2
