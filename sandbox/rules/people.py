"""The people of the sandbox: for every phone number the same name, country and words."""

import hashlib
from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from sandbox.chance import choose

_NAMES = (
    "Ana Souza", "Bruno Díaz", "Chen Wei", "Dana Levi", "Emeka Obi", "Fatima Zahra", "Giulia Rossi",
    "Hiro Tanaka", "Ingrid Berg", "João Lima", "Kofi Mensah", "Lucía Gómez", "Mei Lin", "Noor Khan",
    "Olena Koval", "Priya Nair", "Quentin Dubois", "Rosa Martínez", "Sven Olsson", "Thabo Nkosi",
    "Ülkü Yılmaz", "Viktor Novák", "Wanjiru Kamau", "Ximena Ruiz", "Yael Cohen", "Zofia Nowak",
)  # fmt: skip

_ANSWERS = {
    "en": ("Thanks!", "Is it still available?", "Yes please", "How much is delivery?", "Great 👍"),
    "es": ("¡Gracias!", "¿Todavía está disponible?", "Sí, por favor", "¿Cuánto cuesta el envío?"),
    "pt": ("Obrigado!", "Ainda tem?", "Sim, por favor", "Quanto é a entrega? 🚚"),
    "fr": ("Merci !", "C'est encore disponible ?", "Oui, s'il vous plaît"),
    "de": ("Danke!", "Ist das noch verfügbar?", "Ja, bitte", "Was kostet die Lieferung? ß"),
    "it": ("Grazie!", "È ancora disponibile?", "Sì, grazie"),
    "ar": ("شكرا", "هل ما زال متوفرا؟", "نعم من فضلك"),
    "he": ("תודה!", "זה עדיין במלאי?", "כן בבקשה"),
    "hi": ("धन्यवाद", "क्या यह अभी भी उपलब्ध है?", "हाँ कृपया"),
    "ja": ("ありがとう", "まだありますか？", "はい、お願いします"),
    "zh": ("谢谢", "还有货吗？", "好的，请"),
}

_LANGUAGES = {
    "es": "AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PR PY SV UY VE",
    "pt": "AO BR CV MZ PT",
    "fr": "BE BF CD CI CM FR GA GN LU MG ML NE SN TG",
    "de": "AT CH DE LI",
    "it": "IT SM VA",
    "ar": "AE BH DZ EG IQ JO KW LB LY MA OM QA SA SD SY TN YE",
    "he": "IL",
    "hi": "IN",
    "ja": "JP",
    "zh": "CN HK MO TW",
}
_LANGUAGE_OF = {region: code for code, regions in _LANGUAGES.items() for region in regions.split()}


@lru_cache(maxsize=65536)
def country_of(wa_id: str) -> str:
    """Return the ISO country of a number by its calling code (+1 is US); US where there is none."""
    code = dial_code(wa_id)
    region = COUNTRY_CODE_TO_REGION_CODE[int(code)][0] if code else "US"
    return region if region.isalpha() else "US"


def dial_code(wa_id: str) -> str:
    """Return the calling code that a number begins with, "" if none does."""
    for length in (1, 2, 3):
        prefix = wa_id[:length]
        if prefix.isdigit() and int(prefix) in COUNTRY_CODE_TO_REGION_CODE:
            return prefix
    return ""


def name_of(wa_id: str) -> str:
    """Return the profile name of the person with that number."""
    digest = hashlib.blake2b(wa_id.encode(), digest_size=2).digest()
    return choose(_NAMES, int.from_bytes(digest, "big") / 65536)


def answer_of(wa_id: str, share: float) -> str:
    """Return the answer at `share` (0 to 1) of those in the language of the person's country."""
    return choose(_ANSWERS[_LANGUAGE_OF.get(country_of(wa_id), "en")], share)
