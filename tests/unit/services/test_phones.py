"""Reading of phone numbers: every usual spelling, and a reason for what cannot get a message."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings, strategies as st
from phonenumbers import PhoneNumberFormat

from chalicelib.services.countries import find_country
from chalicelib.services.phones import PhoneProblem, read_phone


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("+447400123456", None),
        ("+44 7400 123456", "DE"),
        ("  +44-7400-123456 ", None),
        ("0044 7400 123456", None),
        ("00 44 7400 123456", "US"),
        ("(00)447400123456", None),
        ("07400 123456", "GB"),
        ("7400123456", "GB"),
        ("447400123456", "GB"),
        ("447400123456.0", "GB"),
        ("'+447400123456", None),
        ('="+447400123456"', None),
        ("+44 (0) 7400 123456", None),
        ("+٤٤٧٤٠٠١٢٣٤٥٦", None),
        ("＋447400123456", None),
        ("011 44 7400 123456", "US"),
    ],
)
def test_spellings_of_one_number(written: str, country: str | None) -> None:
    """However a number is written, it is read as the same E.164."""
    phone = read_phone(written, country)
    assert phone.e164 == "+447400123456"


@pytest.mark.parametrize(
    ("written", "country", "code"),
    [
        ("", "GB", "missing_phone"),
        ("   ", "GB", "missing_phone"),
        ("n/a", "GB", "not_a_number"),
        ("ana@example.com", None, "not_a_number"),
        ("4.47701E+11", None, "not_a_number"),
        ("4,47701e11", "GB", "not_a_number"),
        ("+44 7400 123456, +44 7400 123457", None, "not_a_number"),
        ("+44 77", None, "too_short"),
        ("12", "GB", "too_short"),
        ("+33 6 12 34 56 78 90 12 34", None, "too_long"),
        ("1" * 300, "US", "too_long"),
        ("+91 11111 11111", None, "impossible_for_country"),
        ("07400 123456", None, "unknown_country"),
        ("+999 123 456 789", None, "unknown_country"),
        ("+49 30 123456", None, "landline"),
        ("020 7946 0018", "GB", "landline"),
        ("+44 800 123 4567", None, "not_mobile"),
        ("+49 900 1 234567", None, "not_mobile"),
    ],
)
def test_reasons(written: str, country: str | None, code: str) -> None:
    """What cannot get a message is refused with the code that says why, and with words."""
    with pytest.raises(PhoneProblem) as caught:
        read_phone(written, country)
    assert caught.value.code == code
    assert 10 < len(caught.value.words) < 200


def test_old_mexican_spelling() -> None:
    """Numbers of Mexico with the mobile 1 that was dropped in 2019 are the same people."""
    assert read_phone("+52 1 55 1234 5678", None) == read_phone("55 1234 5678", "MX")


def test_hint_where_the_country_was_assumed() -> None:
    """A number without + that does not fit the assumed country is told what to add."""
    with pytest.raises(PhoneProblem, match=r"write it with a \+"):
        read_phone("447400123456", "US")


@settings(deadline=None)  # the first number of a country loads its rules
@given(st.text(max_size=60), st.sampled_from(["US", "DE", "BR", None]))
def test_any_text(written: str, country: str | None) -> None:
    """Any text at all is either a valid E.164 number, stable when read again, or a problem."""
    try:
        phone = read_phone(written, country)
    except PhoneProblem:
        return
    assert read_phone(phone.e164, None) == phone
    assert phonenumbers.is_valid_number(phonenumbers.parse(phone.e164))


@settings(deadline=None)  # the first number of a country loads its rules
@given(
    st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS - {"TA"})),
    st.sampled_from([PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL]),
)
def test_example_of_every_country(country: str, form: int) -> None:
    """The example mobile number of every country is read, whatever country is assumed."""
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    written = phonenumbers.format_number(example, form)
    e164 = phonenumbers.format_number(example, PhoneNumberFormat.E164)
    assert read_phone(written, "US").e164 == e164


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"),
        (" de ", "DE"),
        ("Germany", "DE"),
        ("DEUTSCHLAND", "DE"),
        ("U.K.", "GB"),
        ("usa", "US"),
        ("Brasil", "BR"),
        ("españa", "ES"),
        ("Cote d'Ivoire", "CI"),
        ("مصر", "EG"),
        ("+49", "DE"),
        ("1", "US"),
        ("999", None),
        ("800", None),
        ("Atlantis", None),
        ("ZZ", None),
        ("", None),
    ],
)
def test_countries(text: str, code: str | None) -> None:
    """A country is found by code, calling code or name in several languages, else it is not."""
    assert find_country(text) == code


def test_every_named_country_has_numbers() -> None:
    """Each code in the table of names is a country that libphonenumber knows."""
    from chalicelib.services import countries

    assert set(countries._countries().values()) <= phonenumbers.SUPPORTED_REGIONS
    assert len(set(countries._countries().values())) > 180
