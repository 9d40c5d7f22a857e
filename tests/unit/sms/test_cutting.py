"""What is left of a text that takes too many segments."""

from __future__ import annotations

from itertools import accumulate

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from smsherald.sms import cut, measure
from smsherald.sms.links import links

TEN = "Hi to you "
LINK = "https://x.de/"
FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    ("text", "most", "left"),
    [
        pytest.param("a" * 160, 1, "a" * 160, id="what fits stays"),
        pytest.param("ş" * 134, 2, "ş" * 134, id="in UCS-2 too"),
        pytest.param(TEN * 15 + "Hi to you." * 2, 1, TEN * 15 + "Hi to...", id="at a word"),
        pytest.param(TEN * 15 + "Hi you " + "b" * 9, 1, TEN * 15 + "Hi you...", id="just there"),
        pytest.param(TEN * 15 + "Hi youse " + "b" * 9, 1, TEN * 15 + "Hi...", id="or one before"),
        pytest.param(TEN * 15 + "yes, - (bbbbbbbbb", 1, TEN * 15 + "yes...", id="no loose ends"),
        pytest.param(TEN * 40, 2, TEN * 30 + "Hi...", id="of several segments"),
        pytest.param("a" * 161, 1, "a" * 157 + "...", id="within a long word"),
        pytest.param("Hi " + "a" * 161, 1, "Hi " + "a" * 154 + "...", id="though others are there"),
        pytest.param("€" * 81, 1, "€" * 78 + "...", id="the mark takes three septets"),
        pytest.param("ş" * 71, 1, "ş" * 69 + "…", id="in UCS-2 one unit"),
        pytest.param("да " * 40, 1, ("да " * 23)[:-1] + "…", id="in UCS-2 at a word"),
        pytest.param(FAMILY * 7, 1, FAMILY * 6 + "…", id="never within a grapheme"),
        pytest.param("中" * 100 + " 中" * 99, 1, "中" * 69 + "…", id="no words, as it were"),
        pytest.param(TEN * 14 + LINK + "a" * 40, 1, TEN * 13 + "Hi to you...", id="a link goes"),
        pytest.param(TEN * 14 + f"({LINK}{'a' * 40})", 1, TEN * 13 + "Hi to you...", id="with its"),
        pytest.param(
            TEN * 14 + f"{LINK} another", 1, TEN * 14 + f"{LINK} ...", id="the mark joins no link"
        ),
        pytest.param(
            TEN * 14 + f"{LINK}abcd and", 1, TEN * 13 + "Hi to you...", id="or the link goes"
        ),
        pytest.param(TEN * 14 + f"{LINK}. and so", 1, TEN * 14 + f"{LINK} ...", id="its full stop"),
        pytest.param("Hi " + LINK + "a" * 200, 1, "Hi...", id="a link that is nearly all"),
        pytest.param(LINK + "a" * 200, 1, "...", id="a link that is all"),
        pytest.param("ş" + LINK + "a" * 200, 1, "ş…", id="a link in UCS-2"),
        pytest.param(TEN * 30 + "ş", 1, TEN * 15 + "Hi to...", id="more is left in GSM-7"),
        pytest.param(TEN + "ş " + TEN * 30, 1, TEN + "ş " + TEN * 5 + "Hi to…", id="less is left"),
        pytest.param("a" * 69 + "ş" * 9, 1, "a" * 69 + "...", id="as much is left"),
        pytest.param(
            " " * 100 + "a" * 99, 1, " " * 100 + "a" * 57 + "...", id="spaces are no words"
        ),
    ],
)
def test_a_text_is_cut_there(text: str, most: int, left: str) -> None:
    assert cut(text, most) == left


pieces = st.sampled_from(
    ("a", "ab ", "word, ", "€", "\r\n", "ş", "да ", "😀", FAMILY, "🇩🇪", "x\u0301", "\u0600", ". ")
) | st.sampled_from((LINK + "abc ", f"({LINK}a/b). ", f"{LINK}{'c' * 50} ", "www.x.de "))
texts = st.lists(
    st.builds(lambda piece, times: piece * times, pieces, st.integers(1, 80)), max_size=10
).map("".join)


@given(texts, st.integers(1, 4))
def test_it_fits_and_no_grapheme_and_no_link_is_cut(text: str, most: int) -> None:
    left = cut(text, most)

    if measure(text).count <= most:
        assert left == text
        return
    measured = measure(left)
    mark = "..." if measured.encoding == "gsm7" else "…"
    assert measured.count <= most
    assert left.endswith(mark)
    assert text.startswith(left.removesuffix(mark).removesuffix(" "))
    assert measure(text).encoding == "ucs2" or measured.encoding == "gsm7"
    end = len(left.removesuffix("...").removesuffix("…").removesuffix(" "))
    assert end in accumulate(map(len, regex.findall(r"\r|\X", text)), initial=0)
    assert [link for link in links(text) if link[0] < end < link[1]] == []


words = st.lists(
    st.builds(
        lambda piece, times: piece * times,
        st.sampled_from(("a", "ab ", "€", "ş", "да ", "😀", FAMILY, "x\u0301 ")),
        st.integers(1, 80),
    ),
    max_size=10,
).map("".join)


@given(words, st.integers(1, 4))
def test_much_is_left(text: str, most: int) -> None:
    left = cut(text, most)

    # Half of the room, less a grapheme; half of that where what follows has other characters.
    assert left == text or len(left.encode("utf-16-le")) // 2 >= 67 * most / 4 - 12
