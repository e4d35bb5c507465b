"""What each column of a file means, by the names that people give columns in several languages."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.core.errors import FieldError, Invalid

MAX_COLUMNS = 50
MAX_COLUMN_NAME = 100
_SLUG_LENGTH = 40

# In order of preference: where a file has two phone columns, the first kind found wins.
_WHATSAPP = (
    "whatsapp; whatsapp number; whatsapp phone; whatsapp no; numero whatsapp; wa number; wa id"
)
_MOBILE = (
    "mobile; mobile number; mobile phone; mobile no; cell; cell phone; cellphone; cell number; "
    "celular; telefono celular; telefono movil; movil; telemovel; numero de celular; handy; "
    "handynummer; mobil; mobilnummer; portable; telephone portable; cellulare; gsm; cep telefonu; "
    "no hp; nomor hp; 手机; 携帯電話; الجوال; मोबाइल"
)
_PHONE = (
    "phone; phone number; phone no; phonenumber; telephone; telephone number; tel; tel no; number; "
    "contact number; msisdn; e164; to; telefon; telefonnummer; telefono; numero de telefono; "
    "numero; telefone; fone; numero de telefone; numero di telefono; numero de telephone; "
    "telefoonnummer; telefoon; rufnummer; nummer; telefon numarasi; nomor telepon; "
    "телефон; номер телефона; τηλεφωνο; هاتف; رقم الهاتف; טלפון; फोन; 电话; 電話番号; 전화번호"
)
# A person who hides the phone is known by this; a plain "user id" may be the business's own.
_USER_ID = (
    "bsuid; business scoped user id; business scoped id; whatsapp user id; whatsapp bsuid; "
    "wa user id"
)
_MEANINGS = {
    "bsuid": _USER_ID,
    "name": "name; full name; fullname; contact name; customer; customer name; contact; nombre; "
    "nombre completo; nome; nome completo; nom complet; vollstandiger name; naam; isim; ad soyad; "
    "nama; имя; ονομα; اسم; الاسم; שם; नाम; 姓名; 名前; 이름",
    "first_name": "first name; firstname; given name; forename; vorname; prenom; primer nombre; "
    "primeiro nome; voornaam",
    "last_name": "last name; lastname; surname; family name; nachname; nom; nom de famille; "
    "apellido; apellidos; sobrenome; cognome; achternaam; soyad",
    "country": "country; country code; countrycode; iso country; pais; land; pays; paese; "
    "nazione; ulke; negara; страна; χωρα; بلد; الدولة; מדינה; देश; 国; 国家",
    "language": "language; lang; locale; preferred language; idioma; lengua; lingua; sprache; "
    "langue; taal; dil; bahasa; язык; γλωσσα; لغة; שפה; भाषा; 语言; 言語",
    "tags": "tags; tag; labels; label; groups; group; segments; lists; list; etiquetas; etiqueta; "
    "etiketten; gruppen; grupos; etichette; etiquettes",
    "opted_out": "opted out; opt out; optout; optedout; unsubscribed; unsubscribe; do not contact; "
    "dnc; blocked; baja; dado de baja; descadastrado; abgemeldet; desinscrit; disiscritto; "
    "cancelado",
}
# How Parley's own export of contacts begins, and which of its columns are no fields of a contact.
_OWN_HEAD = ["contact id", "phone", "whatsapp user id"]
_OWN_TITLES = frozenset(
    (
        "contact id",
        "username",
        "marketing stopped at",
        "last seen at",
        "created at",
    )
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the file, and what it is (`phone`, `bsuid`, …, or `fields.<slug>`)."""

    title: str
    target: str


def _fold(title: str) -> str:
    """Return a column's name without case, accents, punctuation and doubled space."""
    # No name of a column is longer, and NFKD takes time by the square of odd texts.
    decomposed = unicodedata.normalize("NFKD", title[:200].casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


def _names(text: str) -> frozenset[str]:
    return frozenset(_fold(name) for name in text.split(";"))


_PHONE_NAMES = tuple(_names(names) for names in (_WHATSAPP, _MOBILE, _PHONE))
_ADDRESS_NAMES = (*_PHONE_NAMES, _names(_USER_ID))
_MEANING_OF = {name: target for target, names in _MEANINGS.items() for name in _names(names)}


def slug(title: str, position: int) -> str:
    """Return the key of a field: lower-case ASCII, ≤ 40; `column_<position>` if nothing is left."""
    ascii_name = _fold(title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "_", ascii_name).strip("_")
    if not words:
        return f"column_{position}"
    if not words[0].isalpha():
        words = f"c_{words}"
    return words[:_SLUG_LENGTH].rstrip("_")


def read_columns(header: Sequence[str]) -> tuple[Column, ...]:
    """Return what each column of `header` is; raise Invalid if the file cannot be imported so.

    A column without a name is left out of the contacts: its target is empty. So are those of
    Parley's own export that say how the contact came to be, not who it is; its user ids count where
    there is no phone, and are no field beside one (`bsuid_alone`).
    """
    titles = [" ".join(title.split()) for title in header]
    _check_size(titles)
    folded = [_fold(title) for title in titles]
    phone_at = _find_phone(titles, folded)
    left_out = _OWN_TITLES if folded[:3] == _OWN_HEAD else frozenset()
    targets: list[str] = []
    for position, (title, name) in enumerate(zip(titles, folded, strict=True)):
        if position == phone_at:
            targets.append("phone")
        elif not title or name in left_out:
            targets.append("")
        elif left_out and name == _OWN_HEAD[-1]:
            targets.append("bsuid_alone")
        else:
            targets.append(_MEANING_OF.get(name) or f"fields.{slug(title, position + 1)}")
    _check_unique(titles, folded, targets)
    return tuple(Column(title, target) for title, target in zip(titles, targets, strict=True))


def _check_size(titles: list[str]) -> None:
    if len(titles) > MAX_COLUMNS:
        raise Invalid(
            f"The file has {len(titles)} columns; at most {MAX_COLUMNS} can be imported.",
            code="too_many_columns",
        )
    long = next((title for title in titles if len(title) > MAX_COLUMN_NAME), None)
    if long is not None:
        raise Invalid(
            f"A column's name has {len(long)} characters ({long[:40]!r}…); at most "
            f"{MAX_COLUMN_NAME} are possible. Is the first row really the header?",
            code="field_too_long",
        )


def _find_phone(titles: list[str], folded: list[str]) -> int | None:
    """Return where the phones are; None in a file that has user ids instead."""
    for names in _PHONE_NAMES:
        for position, name in enumerate(folded):
            if name in names:
                return position
    if any(_MEANING_OF.get(name) == "bsuid" for name in folded):
        return None
    found = ", ".join(repr(title[:40]) for title in titles[:12] if title) or "none"
    raise Invalid(
        f"The file has no phone column. Columns found: {found}. Name the column with the numbers "
        "'phone'; 'mobile', 'number', 'whatsapp', 'telefon', 'teléfono', 'celular' and the like "
        "are understood too, and 'bsuid' for WhatsApp's user ids. The first row must hold the "
        "names of the columns.",
        code="no_phone_column",
        errors=(FieldError("phone", "no column of this name"),),
    )


def has_address(header: Sequence[str]) -> bool:
    """Tell whether one of these column names is understood as a phone or a user id."""
    return any(_fold(title) in names for title in header for names in _ADDRESS_NAMES)


def _check_unique(titles: list[str], folded: list[str], targets: list[str]) -> None:
    for kind in (folded, targets):
        count = Counter(value for value in kind if value)
        twice = next((value for value, times in count.items() if times > 1), None)
        if twice is not None:
            same = [t for t, value in zip(titles, kind, strict=True) if value == twice]
            names = " and ".join(repr(title) for title in same)
            raise Invalid(
                f"The columns {names} mean the same; rename or remove all but one.",
                code="duplicate_columns",
                errors=tuple(FieldError(t, "means the same as another column") for t in same),
            )
