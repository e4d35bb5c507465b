"""Which country a cell means: an ISO code, a calling code, or a name as people write it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# ISO 3166 code, then names in English and in the languages that spreadsheets of that place use.
_NAMES = """
AD Andorra; AE United Arab Emirates, UAE, Emirates, الإمارات; AF Afghanistan; AG Antigua and Barbuda
AL Albania, Shqipëria; AM Armenia; AO Angola; AR Argentina; AT Austria, Österreich; AU Australia
AZ Azerbaijan; BA Bosnia and Herzegovina, Bosnia; BB Barbados; BD Bangladesh
BE Belgium, België, Belgique, Belgien; BF Burkina Faso; BG Bulgaria, България; BH Bahrain, البحرين
BI Burundi; BJ Benin, Bénin; BN Brunei; BO Bolivia; BR Brazil, Brasil; BS Bahamas; BT Bhutan
BW Botswana; BY Belarus; BZ Belize; CA Canada; CD DR Congo, Democratic Republic of the Congo
CF Central African Republic; CG Congo, Republic of the Congo
CH Switzerland, Schweiz, Suisse, Svizzera; CI Ivory Coast, Côte d'Ivoire; CL Chile
CM Cameroon, Cameroun; CN China, 中国; CO Colombia; CR Costa Rica; CU Cuba
CV Cape Verde, Cabo Verde
CY Cyprus, Κύπρος; CZ Czech Republic, Czechia, Česko; DE Germany, Deutschland, Alemania, Alemanha
DJ Djibouti; DK Denmark, Danmark; DM Dominica; DO Dominican Republic, República Dominicana
DZ Algeria, Algérie, الجزائر; EC Ecuador; EE Estonia, Eesti; EG Egypt, مصر; ER Eritrea
ES Spain, España, Espanha; ET Ethiopia; FI Finland, Suomi; FJ Fiji
FR France, Francia, França, Frankreich; GA Gabon
GB United Kingdom, UK, Great Britain, England, Scotland, Wales; GD Grenada; GE Georgia; GH Ghana
GM Gambia; GN Guinea, Guinée; GQ Equatorial Guinea; GR Greece, Ελλάδα; GT Guatemala
GW Guinea-Bissau; GY Guyana; HK Hong Kong, 香港; HN Honduras; HR Croatia, Hrvatska; HT Haiti, Haïti
HU Hungary, Magyarország; ID Indonesia; IE Ireland, Éire; IL Israel, ישראל; IN India, भारत
IQ Iraq, العراق; IR Iran, ایران; IS Iceland, Ísland; IT Italy, Italia, Italien, Italie; JM Jamaica
JO Jordan, الأردن; JP Japan, 日本; KE Kenya; KG Kyrgyzstan; KH Cambodia; KM Comoros
KR South Korea, Korea, 대한민국, 한국; KW Kuwait, الكويت; KZ Kazakhstan; LA Laos; LB Lebanon, لبنان
LC Saint Lucia; LI Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania, Lietuva
LU Luxembourg, Luxemburg; LV Latvia, Latvija; LY Libya, ليبيا; MA Morocco, Maroc, المغرب; MC Monaco
MD Moldova; ME Montenegro; MG Madagascar; MK North Macedonia, Macedonia; ML Mali; MM Myanmar
MN Mongolia; MO Macau, Macao; MR Mauritania; MT Malta; MU Mauritius; MV Maldives; MW Malawi
MX Mexico, México, Méjico; MY Malaysia; MZ Mozambique, Moçambique; NA Namibia; NE Niger; NG Nigeria
NI Nicaragua; NL Netherlands, The Netherlands, Holland, Nederland, Países Bajos; NO Norway, Norge
NP Nepal, नेपाल; NZ New Zealand; OM Oman, عمان; PA Panama, Panamá; PE Peru, Perú
PG Papua New Guinea; PH Philippines, Pilipinas; PK Pakistan, پاکستان; PL Poland, Polska
PR Puerto Rico; PS Palestine, فلسطين; PT Portugal; PY Paraguay; QA Qatar, قطر
RO Romania, România; RS Serbia, Srbija; RU Russia, Россия; RW Rwanda
SA Saudi Arabia, KSA, السعودية; SC Seychelles; SD Sudan, السودان; SE Sweden, Sverige; SG Singapore
SI Slovenia, Slovenija; SK Slovakia, Slovensko; SL Sierra Leone; SM San Marino; SN Senegal, Sénégal
SO Somalia; SR Suriname; SS South Sudan; SV El Salvador; SY Syria, سوريا; SZ Eswatini, Swaziland
TD Chad, Tchad; TG Togo; TH Thailand, ไทย; TJ Tajikistan; TL Timor-Leste; TM Turkmenistan
TN Tunisia, Tunisie, تونس; TR Turkey, Türkiye; TT Trinidad and Tobago, Trinidad; TW Taiwan, 台灣
TZ Tanzania; UA Ukraine, Україна; UG Uganda
US United States, United States of America, USA, Estados Unidos, America; UY Uruguay; UZ Uzbekistan
VE Venezuela; VN Vietnam, Viet Nam, Việt Nam; XK Kosovo; YE Yemen, اليمن; ZA South Africa
ZM Zambia; ZW Zimbabwe
"""
_CALLING_CODE = re.compile(r"\+?(\d{1,3})")


def find_country(text: str) -> str | None:
    """Return the ISO code of the country that `text` means; None if nobody knows it."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

    wanted = _fold(text)
    if len(wanted) == 2 and wanted.upper() in SUPPORTED_REGIONS:
        return wanted.upper()
    calling_code = _CALLING_CODE.fullmatch(wanted)
    if calling_code is not None:
        region = COUNTRY_CODE_TO_REGION_CODE.get(int(calling_code[1]), ("001",))[0]
        return None if region == "001" else region
    return _countries().get(wanted)


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in _NAMES.replace("\n", ";").split(";"):
        code, _, names = entry.strip().partition(" ")
        for name in names.split(","):
            found[_fold(name)] = code
    found.pop("", None)
    return found


def _fold(text: str) -> str:
    """Return `text` without accents, case, stops and outer space."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.replace(".", "").split())
