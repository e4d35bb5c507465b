"""From a record to a person, or to the reason why it is none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.services.countries import find_country
from chalicelib.services.imports.columns import Column
from chalicelib.services.imports.reading import Record, clean_cell
from chalicelib.services.phones import Phone, PhoneProblem, read_phone
from chalicelib.services.user_ids import UserId, read_user_id, shape_of_user_id

MAX_NAME = 200
MAX_FIELD = 500
MAX_TAGS = 50
MAX_TAG = 50
MAX_PHONE_SHOWN = 40

_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?")
_TAG_SEPARATOR = re.compile(r"[;,|]")
# Any other word in the column is an opt-out: a date, "yes", "sí". To write to somebody who asked
# for silence is worse than to leave out somebody who did not.
_NOT_OPTED_OUT = frozenset(
    {"", "no", "n", "false", "f", "0", "-", "none", "null", "nein", "non", "nao", "não", "nee"}
    | {"falsch", "falso", "faux", "hayır", "нет", "لا", "לא", "नहीं", "否", "いいえ"}
    | {"subscribed", "active", "opted in", "opt in", "opt-in"}
)


@dataclass(frozen=True, slots=True)
class Person:
    """A row that can be a contact; what the row leaves empty is None or empty.

    `address` is the phone (`+` E.164) or, of a row without one, the business-scoped user id;
    `alias` is the user id of a row that has both. `country` is the row's own word, `region` where
    the address is from.
    """

    row: int
    address: str
    region: str | None = None
    country: str | None = None
    name: str = ""
    language: str | None = None
    tags: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    is_opted_out: bool = False
    alias: str | None = None

    @property
    def has_phone(self) -> bool:
        """Tell whether the address is a phone."""
        return self.address.startswith("+")

    @property
    def addresses(self) -> tuple[str, ...]:
        """All by which the row names the person."""
        return (self.address,) if self.alias is None else (self.address, self.alias)


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be a contact; `address` is what it says, shortened."""

    row: int
    address: str
    code: str
    reason: str


class _Unusable(Exception):
    """A value of the row breaks a limit or is none; the arguments are the code and the words."""


def read_row(
    columns: Sequence[Column], record: Record, default_country: str | None
) -> Person | Refused:
    """Return the person in `record`, or why there is none.

    A phone without + is read as of the row's country, else of `default_country`. A user id beside a
    phone is kept as the field `bsuid` as well, for a contact that is known has it only by Meta's
    word; one that Parley exported itself counts only where there is no phone.
    """
    values = {
        column.target: text
        for column, cell in zip(columns, record.cells, strict=False)
        if column.target and (text := clean_cell(cell))
    }
    user_id = values.get("bsuid") or values.get("bsuid_alone", "")
    written = values.get("phone") or user_id
    try:
        _check_width(columns, record)
        country_text = values.get("country", "")
        country = find_country(country_text) if country_text else None
        if values.get("phone") or not user_id:
            phone = _phone(values.get("phone", ""), country_text, country, default_country)
            address, region = phone.e164, phone.country
            beside = read_user_id(values.get("bsuid", ""))
            alias = None if beside is None else beside.value
        else:
            found = _user_id(user_id)
            address, region, alias = found.value, found.country, None
        person = _person(columns, record.row, values)
        return replace(person, address=address, alias=alias, region=region, country=country)
    except PhoneProblem as problem:
        return Refused(record.row, written[:MAX_PHONE_SHOWN], problem.code, problem.words)
    except _Unusable as problem:
        code, words = problem.args
        return Refused(record.row, written[:MAX_PHONE_SHOWN], code, words)


def _check_width(columns: Sequence[Column], record: Record) -> None:
    if any(cell.strip() for cell in record.cells[len(columns) :]):
        raise _Unusable(
            "too_many_cells",
            f"the row has {len(record.cells)} cells but the header {len(columns)}; "
            "a value with the delimiter in it needs quotes",
        )


def _phone(
    written: str, country_text: str, country: str | None, default_country: str | None
) -> Phone:
    if not country_text:
        return read_phone(written, default_country)
    try:
        return read_phone(written, country)
    except PhoneProblem as problem:
        if problem.code == "unknown_country" and country is None:
            raise PhoneProblem(
                "unknown_country",
                f"{written[:MAX_PHONE_SHOWN]} has no + and {country_text[:40]!r} is no known "
                "country; write the number with +, or the country as a code such as DE",
            ) from None
        raise


def _user_id(text: str) -> UserId:
    found = read_user_id(text)
    if found is None:
        raise _Unusable("not_a_user_id", shape_of_user_id(text))
    return found


def _person(columns: Sequence[Column], row: int, values: Mapping[str, str]) -> Person:
    """Return the person that the values describe, without an address."""
    fields = {
        target.removeprefix("fields."): value
        for target, value in values.items()
        if target.startswith("fields.")
    }
    language = _language(values.get("language", ""))
    if language is None and "language" in values:
        fields.setdefault("language", values["language"])
    if "phone" in values and "bsuid" in values:
        fields.setdefault("bsuid", values["bsuid"])
    titles = {column.target.removeprefix("fields."): column.title for column in columns}
    for key, value in fields.items():
        _check_length(titles.get(key, key), value, MAX_FIELD)
    name = values.get("name") or " ".join(
        part for part in (values.get("first_name"), values.get("last_name")) if part
    )
    _check_length("name", name, MAX_NAME)
    return Person(
        row=row,
        address="",
        name=name,
        language=language,
        tags=_tags(values.get("tags", "")),
        fields=fields,
        is_opted_out=values.get("opted_out", "").casefold() not in _NOT_OPTED_OUT,
    )


def _check_length(title: str, value: str, limit: int) -> None:
    if len(value) > limit:
        raise _Unusable(
            "value_too_long",
            f"the column {title!r} has {len(value)} characters; at most {limit} are possible",
        )


def _language(text: str) -> str | None:
    """Return `text` as Meta writes languages (`pt_BR`), None if it is no such code."""
    code = _LANGUAGE.fullmatch(text)
    if code is None:
        return None
    return code[1].lower() + (f"_{code[2].upper()}" if code[2] else "")


def _tags(text: str) -> frozenset[str]:
    tags = {part.strip().lower() for part in _TAG_SEPARATOR.split(text)} - {""}
    if len(tags) > MAX_TAGS:
        raise _Unusable("too_many_tags", f"the row has {len(tags)} tags; at most {MAX_TAGS}")
    for tag in tags:
        _check_length("tags", tag, MAX_TAG)
    return frozenset(tags)
