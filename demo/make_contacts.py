"""Writes demo/contacts.csv: over a thousand invented people, with the dirt that real files have.

    python -m demo.make_contacts

Nobody's number is used: each is the example number that libphonenumber gives for its country, with
other last digits (for the United States and Canada 555-01xx, which is kept free for fiction). The
same seed gives the same file.
"""

from __future__ import annotations

import csv
import io
import random
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from demo.people import CITIES, LANGUAGE_OF, NAMES, SHARES

SEED = 20261123
CONTACTS_CSV = Path(__file__).with_name("contacts.csv")
HEADER = ("phone", "name", "country", "language", "city", "order_id", "tags", "opted_out")

_DISTINCT = 1_080
_DUPLICATES = 52
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_AREA_CODES = {
    "US": (202, 212, 305, 312, 404, 415, 512, 602, 617, 702, 713, 808),
    "CA": (204, 306, 403, 416, 506, 514, 604, 613, 902),
}
_TAGS = ("spring", "vip", "newsletter", "black friday", "new customer", "wholesale")
_COUNTRY_NAMES = {"DE": "Germany", "BR": "Brasil", "ES": "España", "GB": "UK", "US": "USA"}
_NOT_NUMBERS = (
    ("", "ZA"),
    ("", ""),
    ("n/a", "FR"),
    ("call the shop", "GB"),
    ("maria@example.com", "ES"),
    ("4.47701E+11", ""),
    ("#REF!", "IN"),
    ("-", "NL"),
    ("12345", "DE"),
    ("+44 77", ""),
    ("+1 555", "US"),
    ("+49 1512 34567890123456", "DE"),
    ("+33 6 12 34 56 78 90 12 34", "FR"),
    ("06 123 456 78 90 12", "NL"),
    ("+39 012", "IT"),
    ("+999 123 456 789", ""),
    ("+1 000 000 0000", ""),
    ("+55 11 1111-1111", "BR"),
    ("+91 11111 11111", "IN"),
    ("040 1234 5678", "Atlantis"),
    ("0171 555 0199", "Ruritania"),
)
_LANDLINES = ("GB", "DE", "FR", "ES", "IT", "BR", "NL", "PL", "JP", "ZA", "TR", "PT", "AR", "EG")
_SPECIAL = (
    ("DE", PhoneNumberType.PREMIUM_RATE),
    ("GB", PhoneNumberType.TOLL_FREE),
    ("FR", PhoneNumberType.SHARED_COST),
    ("GB", PhoneNumberType.VOIP),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the file, and the number behind its `phone`."""

    number: PhoneNumber
    country: str
    phone: str
    name: str
    country_text: str
    language: str
    city: str
    order_id: str
    tags: str
    opted_out: str

    def row(self) -> tuple[str, ...]:
        """Return the cells in the order of HEADER."""
        return (
            self.phone,
            self.name,
            self.country_text,
            self.language,
            self.city,
            self.order_id,
            self.tags,
            self.opted_out,
        )


def _varied(chance: random.Random, country: str) -> PhoneNumber:
    """Return a valid mobile number of `country`: its example with other last digits."""
    example = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    if example is None:
        message = f"libphonenumber has no example of a mobile number of {country}"
        raise LookupError(message)
    while True:
        national = phonenumbers.national_significant_number(example)
        if country in _AREA_CODES:
            national = f"{chance.choice(_AREA_CODES[country])}55501{chance.randrange(100):02d}"
        else:
            digits = 4 if len(national) < 9 else 5
            national = national[:-digits] + f"{chance.randrange(10**digits):0{digits}d}"
        number = phonenumbers.parse(f"+{example.country_code}{national}")
        if (
            phonenumbers.is_valid_number_for_region(number, country)
            and phonenumbers.number_type(number) in _MOBILE
        ):
            return number


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _international(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _national(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)


# The ways that people write a number; the last needs the country beside it.
_SPELLINGS: tuple[Callable[[PhoneNumber], str], ...] = (
    _e164,
    _international,
    lambda n: _international(n).replace(" ", "-"),
    lambda n: "00" + _e164(n)[1:],
    lambda n: "00 " + _international(n)[1:],
    lambda n: f"  {_e164(n)} ",
    lambda n: _international(n).replace(" ", "."),
    _national,
)


def _name(chance: random.Random, language: str) -> str:
    """Return an invented name in the script of `language`; now and then none, or a hard one."""
    luck = chance.random()
    if luck < 0.03:
        return ""
    given, family = NAMES.get(language, NAMES["en"])
    name = f"{chance.choice(given)} {chance.choice(family)}"
    if luck < 0.05:
        return unicodedata.normalize("NFD", name)
    if luck < 0.07:
        first, _, last = name.partition(" ")
        return f"{last}, {first}"
    if luck < 0.08:
        first, _, last = name.partition(" ")
        return f'{first} "{chance.choice(("Ace", "Doc", "Sunny"))}" {last}'
    if luck < 0.10:
        return f"{name} {chance.choice(('🌸', '🚀', '👩🏽‍🔬', '☕️'))}"
    return f" {name}  " if luck < 0.12 else name


def _person(chance: random.Random, country: str, number: PhoneNumber, order: int) -> Person:
    language = LANGUAGE_OF.get(country, "en")
    tags = chance.sample(_TAGS, chance.choice((0, 1, 1, 2, 3)))
    return Person(
        number=number,
        country=country,
        phone=chance.choices(_SPELLINGS, (40, 25, 5, 5, 3, 3, 3, 16))[0](number),
        name=_name(chance, language),
        country_text=_COUNTRY_NAMES.get(country, country) if chance.random() < 0.1 else country,
        language=language,
        city=chance.choice(CITIES.get(country, ("",))),
        order_id=f"P-{order}" if chance.random() < 0.95 else "",
        tags="; ".join(tags) if chance.random() < 0.8 else ", ".join(tags),
        opted_out=chance.choice(("yes", "TRUE", "1", "x")) if chance.random() < 0.02 else "",
    )


def _people(chance: random.Random) -> Iterator[Person]:
    """Yield people with different numbers, in the shares of their countries."""
    seen: set[str] = set()
    countries = [country for country, share in SHARES.items() for _ in range(share)]
    chosen = [*SHARES, *chance.choices(countries, k=_DISTINCT - len(SHARES))]
    for order, country in enumerate(chosen, start=10_000):
        number = _varied(chance, country)
        while _e164(number) in seen:
            number = _varied(chance, country)
        seen.add(_e164(number))
        yield _person(chance, country, number, order)


def _again(chance: random.Random, person: Person) -> Person:
    """Return the same person, as somebody else typed them in."""
    others = [s for s in _SPELLINGS if s(person.number) != person.phone]
    phone = chance.choice(others)(person.number)
    name = person.name.strip().upper() if chance.random() < 0.5 else person.name
    return replace(person, phone=phone, country_text=person.country, name=name, opted_out="")


def _unusable(chance: random.Random) -> Iterator[tuple[str, ...]]:
    """Yield rows that must be refused, each for a reason of its own."""

    def row(phone: str, country: str) -> tuple[str, ...]:
        name = _name(chance, "en") or "Nobody"
        return (phone, name, country, "en", "", f"P-{chance.randrange(20_000, 30_000)}", "", "")

    for phone, country in _NOT_NUMBERS:
        yield row(phone, country)
    kinds = [*((country, PhoneNumberType.FIXED_LINE) for country in _LANDLINES), *_SPECIAL]
    for country, kind in kinds:
        example = phonenumbers.example_number_for_type(country, kind)
        if example is not None:
            yield row(_international(example), country)


def make_rows(seed: int = SEED) -> list[tuple[str, ...]]:
    """Return the rows of the file without its header, in a shuffled order that `seed` fixes."""
    chance = random.Random(seed)
    people = list(_people(chance))
    rows = [person.row() for person in people]
    rows += [_again(chance, person).row() for person in chance.sample(people, _DUPLICATES)]
    rows += _unusable(chance)
    chance.shuffle(rows)
    return rows


def render(rows: list[tuple[str, ...]]) -> bytes:
    """Return the file as a spreadsheet saves it: UTF-8 with a BOM, CRLF, quotes where needed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def main() -> None:
    """Write the file and say what is in it."""
    rows = make_rows()
    CONTACTS_CSV.write_bytes(render(rows))
    sys.stdout.write(f"{CONTACTS_CSV.name}: {len(rows)} rows\n")


if __name__ == "__main__":
    main()
