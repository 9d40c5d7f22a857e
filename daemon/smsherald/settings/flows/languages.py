"""The languages that a message can be in, as far as two letters name them."""

from __future__ import annotations

# ISO 639-1, then codes that were withdrawn and are still written (IANA Language Subtag Registry).
_LANGUAGES = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de
dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia
id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo
lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl
ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk
tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
bh in iw ji jw mo sh
"""
_OF_COUNTRIES = {
    "at": "de",
    "cn": "zh",
    "cz": "cs",
    "dk": "da",
    "gb": "en",
    "jp": "ja",
    "ua": "uk",
    "us": "en",
    "vn": "vi",
}
"""Countries that are no languages, and are taken for their language."""


def stranger(locale: str) -> str | None:
    """Say what is wrong with the language of a locale; None where nothing is known to be.

    Three letters (ISO 639-3) name some 8,000 languages: they are not looked at.
    """
    language = locale.replace("_", "-").partition("-")[0].lower()
    if len(language) != len("en") or language in _LANGUAGES.split():
        return None
    own = _OF_COUNTRIES.get(language)
    hint = f"; `{language}` is a country: did you mean `{own}`?" if own else ""
    return f"no language has the code `{language}` (ISO 639){hint}"
