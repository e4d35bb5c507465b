"""Whether a country is one that phone numbers can be read in."""

from __future__ import annotations

from chalicelib.core.errors import FieldError, Invalid


def check_country(country: str) -> None:
    """Raise Invalid for an ISO 3166 code without phone numbers."""
    from phonenumbers import SUPPORTED_REGIONS

    if country not in SUPPORTED_REGIONS:
        raise Invalid(
            f"country: {country} is no country with phone numbers.",
            code="validation_failed",
            errors=(FieldError("country", "use an ISO 3166 code, e.g. US"),),
        )
