"""Countries as publishers write them: codes of two or three letters, never names."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

# ISO 3166-1, alpha-3 and alpha-2 of all 249 (Debian's iso-codes 4.15). Then Kosovo, which has no
# code of its own there: XKX is the European Commission's and the World Bank's, XKK is CLDR's.
_CODES: Final = """
ABW:AW AFG:AF AGO:AO AIA:AI ALA:AX ALB:AL AND:AD ARE:AE ARG:AR ARM:AM ASM:AS ATA:AQ ATF:TF
ATG:AG AUS:AU AUT:AT AZE:AZ BDI:BI BEL:BE BEN:BJ BES:BQ BFA:BF BGD:BD BGR:BG BHR:BH BHS:BS
BIH:BA BLM:BL BLR:BY BLZ:BZ BMU:BM BOL:BO BRA:BR BRB:BB BRN:BN BTN:BT BVT:BV BWA:BW CAF:CF
CAN:CA CCK:CC CHE:CH CHL:CL CHN:CN CIV:CI CMR:CM COD:CD COG:CG COK:CK COL:CO COM:KM CPV:CV
CRI:CR CUB:CU CUW:CW CXR:CX CYM:KY CYP:CY CZE:CZ DEU:DE DJI:DJ DMA:DM DNK:DK DOM:DO DZA:DZ
ECU:EC EGY:EG ERI:ER ESH:EH ESP:ES EST:EE ETH:ET FIN:FI FJI:FJ FLK:FK FRA:FR FRO:FO FSM:FM
GAB:GA GBR:GB GEO:GE GGY:GG GHA:GH GIB:GI GIN:GN GLP:GP GMB:GM GNB:GW GNQ:GQ GRC:GR GRD:GD
GRL:GL GTM:GT GUF:GF GUM:GU GUY:GY HKG:HK HMD:HM HND:HN HRV:HR HTI:HT HUN:HU IDN:ID IMN:IM
IND:IN IOT:IO IRL:IE IRN:IR IRQ:IQ ISL:IS ISR:IL ITA:IT JAM:JM JEY:JE JOR:JO JPN:JP KAZ:KZ
KEN:KE KGZ:KG KHM:KH KIR:KI KNA:KN KOR:KR KWT:KW LAO:LA LBN:LB LBR:LR LBY:LY LCA:LC LIE:LI
LKA:LK LSO:LS LTU:LT LUX:LU LVA:LV MAC:MO MAF:MF MAR:MA MCO:MC MDA:MD MDG:MG MDV:MV MEX:MX
MHL:MH MKD:MK MLI:ML MLT:MT MMR:MM MNE:ME MNG:MN MNP:MP MOZ:MZ MRT:MR MSR:MS MTQ:MQ MUS:MU
MWI:MW MYS:MY MYT:YT NAM:NA NCL:NC NER:NE NFK:NF NGA:NG NIC:NI NIU:NU NLD:NL NOR:NO NPL:NP
NRU:NR NZL:NZ OMN:OM PAK:PK PAN:PA PCN:PN PER:PE PHL:PH PLW:PW PNG:PG POL:PL PRI:PR PRK:KP
PRT:PT PRY:PY PSE:PS PYF:PF QAT:QA REU:RE ROU:RO RUS:RU RWA:RW SAU:SA SDN:SD SEN:SN SGP:SG
SGS:GS SHN:SH SJM:SJ SLB:SB SLE:SL SLV:SV SMR:SM SOM:SO SPM:PM SRB:RS SSD:SS STP:ST SUR:SR
SVK:SK SVN:SI SWE:SE SWZ:SZ SXM:SX SYC:SC SYR:SY TCA:TC TCD:TD TGO:TG THA:TH TJK:TJ TKL:TK
TKM:TM TLS:TL TON:TO TTO:TT TUN:TN TUR:TR TUV:TV TWN:TW TZA:TZ UGA:UG UKR:UA UMI:UM URY:UY
USA:US UZB:UZ VAT:VA VCT:VC VEN:VE VGB:VG VIR:VI VNM:VN VUT:VU WLF:WF WSM:WS YEM:YE ZAF:ZA
ZMB:ZM ZWE:ZW XKX:XK XKK:XK
"""

_BY_ALPHA_3: Final = dict(pair.split(":") for pair in _CODES.split())

# The European Union writes UK and EL (Interinstitutional Style Guide, annex A5). Ascension and
# Tristan da Cunha are reserved in ISO 3166-1, and have numbers of their own.
_KNOWN: Final = (
    _BY_ALPHA_3
    | {region: region for region in _BY_ALPHA_3.values()}
    | {"AC": "AC", "TA": "TA", "UK": "GB", "EL": "GR"}
)

# The surest first; `country` last, for it is a name as often as a code.
_MEMBERS: Final = (
    "country_code",
    "countryCode",
    "country_iso",
    "countryIso",
    "country_iso2",
    "countryIso2",
    "country_id",
    "countryId",
    "country",
)
_MEMBERS_OF_A_COUNTRY: Final = ("code", "iso", "iso2")


class NotUnderstood(Enum):
    """A country was said, and it is not known which is meant.

    This is not the same as none said: then there is a default, here a national number has no
    country that could be right.
    """

    NOT_UNDERSTOOD = "not understood"


NOT_UNDERSTOOD: Final = NotUnderstood.NOT_UNDERSTOOD


def read_country(text: str) -> str | None:
    """Return the region (ISO 3166-1 alpha-2) that a code of two or three letters means.

    In any case, with spaces around; `UK` and `EL` too. None for all else: names of countries are
    not understood, for there is no end of languages and spellings.
    """
    known = _KNOWN.get(text)
    if known is not None:
        return known
    bare = text.strip()
    # ASCII alone, because other letters become two of its: ß is SS, which is South Sudan.
    return _KNOWN.get(bare.upper()) if bare.isascii() else None


def address_country(address: Mapping[str, Any]) -> str | NotUnderstood | None:
    """Return the region (ISO 3166-1 alpha-2) of an address; None where it says no country.

    The first member that is there counts: `country_code`, `country_iso`, `country_iso2`,
    `country_id`, `country`, or the same in camelCase; of an object its `code`, `iso`, `iso2`.
    What is missing, null, false or empty is not there. A whole number is the publisher's own key
    of a country: another member may say what it means, else it is not understood.
    """
    said: NotUnderstood | None = None
    for member in _MEMBERS:
        value = address.get(member)
        if not value:
            continue
        if not isinstance(value, str | int) and isinstance(value, Mapping):
            value = _code_of(value)
        if isinstance(value, str):
            if (known := read_country(value)) is not None:
                return known
            if value.strip():
                return NOT_UNDERSTOOD
        elif isinstance(value, int):
            said = NOT_UNDERSTOOD
        else:
            return NOT_UNDERSTOOD
    return said


def _code_of(country: Mapping[str, Any]) -> Any:
    return next((value for name in _MEMBERS_OF_A_COUNTRY if (value := country.get(name))), country)
