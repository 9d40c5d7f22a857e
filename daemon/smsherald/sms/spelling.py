"""What people write around the digits of a phone number.

They come from keyboards, address books, web pages and spreadsheets, with marks that no eye sees.
Only what no one can mean otherwise is taken away; the rest makes a number unreadable.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from smsherald.errors import Reason, UnusableError

_LONGEST: Final = 100
"""A number with all that stands around its digits; more is not worth a reader's time."""

_FEWEST, _MOST = 4, 20
_DIGITS = re.compile(rf"\+?[0-9]{{{_FEWEST},{_MOST}}}")

_SCHEME = "tel:"
"""RFC 3966."""

# The words are those of libphonenumber (PhoneNumberUtil, createExtnPattern), less its rarest; what
# has more digits than an extension is not cut off. Spaces and dots are gone when this is asked.
_EXTENSION = re.compile(
    r"(?:[;,]?(?:extensi[oó]n|extn?|xtn|anexo|доб|int|x)[:=]?|#)[0-9]{1,7}#?\Z", re.IGNORECASE
)

# Slashes, dots and brackets, the full-width ones too; the dashes that Unicode does not call dashes.
_BETWEEN = "\t/\u2044\u2215\uff0f.\u00b7\u2022\u2024\u2027\u2219\u22c5\uff0e()[]{}<>（）［］\u2212\u2043\u30fc"  # noqa: RUF001, E501 - these are meant.
_INVISIBLE = frozenset({"Cf", "Zs", "Pd"})
"""Unicode's categories: format characters (soft hyphen, directions), spaces, dashes."""


_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Variation selectors: an emoji keyboard leaves them behind digits."""


# The first that is found is said; of letters, those of every script.
_WRONG = tuple(
    (re.compile(sign), wrong)
    for sign, wrong in (
        (r"\A\+?\Z", "has no digits"),
        ("[\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029]", "holds a line break"),
        (r"[^\W\d_]", "holds letters"),
        (r"(?![0-9])\d", "holds digits that are not 0 to 9"),
        (r".\+", "holds a + that is not before its digits"),
        (r"[^+0-9]", "holds signs that no number has"),
        (rf"\A\+?[0-9]{{0,{_FEWEST - 1}}}\Z", f"has fewer than {_FEWEST} digits"),
        (r"", f"has more than {_MOST} digits"),
    )
)


class _Dropped(dict[int, "int | None"]):
    """What `str.translate` does with a character; the rare ones are looked up, and not kept."""

    def __missing__(self, code: int) -> int | None:
        sign = chr(code)
        invisible = unicodedata.category(sign) in _INVISIBLE or _SELECTORS.match(sign)
        return None if invisible else code


_AROUND = _Dropped(
    {code: code for code in range(0x20, 0x7F)}
    | {ord(sign): None for sign in f"{_BETWEEN} -\u00a0\u00ad\u202f\u2011\u2013"}
)


def digits(text: str) -> str:
    """Return the digits of a number, with its `+` where it has one: 4 to 20 of them.

    Taken away are spaces and tabs, dashes, dots, slashes, brackets, what is invisible, one
    `tel:` before it and one extension behind it (an SMS cannot reach one).

    Raises UnusableError(BAD_NUMBER), which says what else is there and never the number.
    """
    if len(text) > _LONGEST:
        raise UnusableError(Reason.BAD_NUMBER, f"has more than {_LONGEST} characters")
    left = text.translate(_AROUND)
    if not _DIGITS.fullmatch(left):
        if left[: len(_SCHEME)].lower() == _SCHEME:
            left = left[len(_SCHEME) :]
        left = _EXTENSION.sub("", left)
        if not _DIGITS.fullmatch(left):
            raise UnusableError(Reason.BAD_NUMBER, _wrong(left))
    return left


def _wrong(left: str) -> str:
    return next(wrong for sign, wrong in _WRONG if sign.search(left))
