"""Phone numbers: from what people write to E.164, and why what they wrote cannot get a message.

The rules of each country are libphonenumber's (https://github.com/google/libphonenumber); reading
one number takes about 0.1 ms of CPU.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult

ProblemCode = Literal[
    "missing_phone",
    "not_a_number",
    "too_short",
    "too_long",
    "impossible_for_country",
    "unknown_country",
    "landline",
    "not_mobile",
]

_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_KINDS = {
    PhoneNumberType.TOLL_FREE: "a toll-free number",
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.VOIP: "an internet-telephony number",
    PhoneNumberType.PERSONAL_NUMBER: "a personal number",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.UAN: "a company's access number",
    PhoneNumberType.VOICEMAIL: "a voicemail number",
}
_SCIENTIFIC = re.compile(r"\d[.,]?\d*[eE]\+?\d+")
# What a spreadsheet adds: an apostrophe that forces text, the ".0" of a number read as a fraction.
_SPREADSHEET = re.compile(r"^[='\"]+|\"$|(?<=\d)\.0+$")
_INTERNATIONAL_PREFIX = re.compile(r"^\(?00[\s)]*\+?")
# Until 2019 mobile numbers in Mexico were dialled with a 1 after +52; old lists still have it.
_OLD_MEXICAN = re.compile(r"1(\d{10})")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can get a message: E.164 with its plus, and the country it is of."""

    e164: str
    country: str | None


class PhoneProblem(Exception):
    """The number cannot get a message; `words` say why and what to do."""

    def __init__(self, code: ProblemCode, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def read_phone(text: str, country: str | None) -> Phone:
    """Return the mobile number that `text` means; raise PhoneProblem.

    A number without + or 00 is read as somebody in `country` (ISO code) would dial it.
    """
    written = _SPREADSHEET.sub("", text.strip()).strip()
    if not written:
        raise PhoneProblem("missing_phone", "the phone is empty")
    if _SCIENTIFIC.fullmatch(written):
        raise PhoneProblem(
            "not_a_number",
            f"{written} is a number that the spreadsheet shortened; format the column as text",
        )
    written = _INTERNATIONAL_PREFIX.sub("+", written)
    number = _parse(written, country)
    _check_possible(number, written)
    if not phonenumbers.is_valid_number(number):
        raise PhoneProblem(
            "impossible_for_country",
            f"no number of {_place(number)} looks like {_shown(number)}{_reading(written)}",
        )
    _check_kind(number)
    region = phonenumbers.region_code_for_number(number)
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), region)


def split_country_code(e164: str) -> tuple[str, str]:
    """Return the calling code and the rest of a number, e.g. ("49", "30123456"); PhoneProblem."""
    number = _parse(e164, None)
    return str(number.country_code), phonenumbers.national_significant_number(number)


def _parse(written: str, country: str | None) -> PhoneNumber:
    if not written.startswith(("+", "＋")) and country is None:
        if sum(c.isdigit() for c in written) < 3:
            raise _not_a_number(written)
        raise PhoneProblem(
            "unknown_country",
            f"{written[:40]} has no + and no country; write it with + and the country's code",
        )
    try:
        number = phonenumbers.parse(written, country)
    except NumberParseException as error:
        raise _unreadable(error, written) from None
    old = _OLD_MEXICAN.fullmatch(str(number.national_number))
    if number.country_code == 52 and old is not None:
        number = phonenumbers.parse(f"+52{old[1]}")
    return number


def _unreadable(error: NumberParseException, written: str) -> PhoneProblem:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return PhoneProblem(
            "unknown_country", f"{written[:40]} begins with no country's calling code"
        )
    if error.error_type in {
        NumberParseException.TOO_SHORT_NSN,
        NumberParseException.TOO_SHORT_AFTER_IDD,
    }:
        return PhoneProblem("too_short", f"{written[:40]} has too few digits")
    if error.error_type == NumberParseException.TOO_LONG:
        return PhoneProblem("too_long", f"{written[:40]} has too many digits")
    return _not_a_number(written)


def _not_a_number(written: str) -> PhoneProblem:
    return PhoneProblem("not_a_number", f"{written[:40]!r} is not a phone number")


def _check_possible(number: PhoneNumber, written: str) -> None:
    result = phonenumbers.is_possible_number_with_reason(number)
    where = f"digits for {_place(number)}{_reading(written)}"
    if result == ValidationResult.TOO_LONG:
        raise PhoneProblem("too_long", f"{written[:40]} has too many {where}")
    if result in {ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY}:
        raise PhoneProblem("too_short", f"{written[:40]} has too few {where}")
    if result == ValidationResult.INVALID_COUNTRY_CODE:
        raise PhoneProblem(
            "unknown_country", f"{written[:40]} begins with no country's calling code"
        )


def _reading(written: str) -> str:
    """Return a hint that the country was a guess, for a number that does not say it itself."""
    return "" if written.startswith("+") else "; if it is of elsewhere, write it with a +"


def _check_kind(number: PhoneNumber) -> None:
    kind = phonenumbers.number_type(number)
    if kind in _MOBILE:
        return
    if kind == PhoneNumberType.FIXED_LINE:
        raise PhoneProblem("landline", f"{_shown(number)} is a landline of {_place(number)}")
    what = _KINDS.get(kind, "of an unknown kind")
    raise PhoneProblem("not_mobile", f"{_shown(number)} is {what}, not a mobile number")


def _shown(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _place(number: PhoneNumber) -> str:
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return f"+{number.country_code}" if region in {"001", "ZZ"} else region
