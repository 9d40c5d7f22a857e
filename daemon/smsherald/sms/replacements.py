"""What GSM-7 has in the place of a character that it has not.

Source of the first table: Twilio's "List of characters replaced by Smart Encoding". Ours differs:

- a space or tab is one space (Twilio's are two, and seven);
- `‹` and `›` were swapped there; `‚` is a quotation mark, and U+FE10 and U+FE11 are commas;
- combining marks are no characters of their own (the accents go with their letter, and a stroke
  through `=` or `<` says the opposite, so there is nothing in its place);
- what Unicode itself decomposes into the same (fullwidth and small forms) is left to that.
"""

# ruff: noqa: RUF001, RUF002 - that they look alike is the point.

from __future__ import annotations

_TWILIO = {
    "": "\0\x03\x04\x10\x11\x12\x13\x14\x17\x19\u200b\u2060\ufeff",
    " ": (
        "\t\x80\x8d\x90\x9b\x9f\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
        "\u200a\u2028\u2029\u202f\u205f\u3000"
    ),
    '"': "«»ʺˮ“”„‟❝❞〝〞",
    "'": "`´ʹʻʼʽˈˊˋ‘’‚‛❛❜",
    "-": "‐–—―•⁃⎼⎽",
    ",": "、\ufe10\ufe11",
    ".": "。",
    ":": "ː˸⦂꞉",
    ";": "⁏",
    "!": "ǃ",
    "!!": "‼",
    "/": "÷⁄∕⧸",
    "\\": "⧵⧹",
    "|": "∣⎜⎟⎸⎹⏐",
    "*": "⁎∗⊛✢✣✤✥✱✲✳✺✻✼✽❃❉❊❋⧆",
    "+": "˖",
    "=": "꞊",
    "_": "‗",
    "^": "ˆ",
    "~": "˜˷∼",
    "<": "‹",
    ">": "›",
    "(": "❨❪⟮⦅",
    ")": "❩❫⟯⦆",
    "{": "❴",
    "}": "❵",
    "...": "…",
    "1/4": "¼",
    "1/2": "½",
    "3/4": "¾",
    "A": "ᴀ",
    "B": "ʙ",
    "C": "ᴄ",
    "D": "ᴅ",
    "E": "ᴇ",
    "F": "ꜰ",
    "G": "ɢ",
    "H": "ʜ",
    "I": "ɪ",
    "J": "ᴊ",
    "K": "ᴋ",
    "L": "ʟ",
    "M": "ᴍ",
    "N": "ɴ",
    "O": "ᴏ",
    "P": "ᴘ",
    "R": "ʀ",
    "S": "ꜱ",
    "T": "ᴛ",
    "U": "ᴜ",
    "V": "ᴠ",
    "W": "ᴡ",
    "Y": "ʏ",
    "Z": "ᴢ",
}

# Letters that Unicode does not decompose, and what shops write.
_OURS = {
    "": "\xad\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069",
    "\n": "\x0b\x85",
    "-": "‒−",
    ".": "·",
    "x": "×",
    "(c)": "©",
    "(R)": "®",
    "->": "→",
    "<-": "←",
    "L": "Ł",
    "l": "ł",
    "D": "ĐÐ",
    "d": "đð",
    "H": "Ħ",
    "h": "ħ",
    "T": "Ŧ",
    "t": "ŧ",
    "N": "Ŋ",
    "n": "ŋ",
    "i": "ı",
    "j": "ȷ",
    "k": "ĸ",
    "OE": "Œ",
    "oe": "œ",
    "Th": "Þ",
    "th": "þ",
    "SS": "ẞ",
}

REPLACEMENTS = {
    character: replacement
    for table in (_TWILIO, _OURS)
    for replacement, characters in table.items()
    for character in characters
}
"""All of GSM-7, each by the character that it stands for."""
