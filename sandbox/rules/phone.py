"""Recipients: from what a caller writes to the wa_id that Meta answers with."""

import re

from sandbox.errors import GraphError, invalid, known, required

_SEPARATORS = re.compile(r"[\s\-()]")
_E164 = re.compile(r"[1-9][0-9]{6,14}")

# Brazilian mobile numbers of area codes from 31 up are known to WhatsApp without their ninth digit.
_BRAZIL_MOBILE = re.compile(r"55([3-9][0-9])9([0-9]{8})")


def to_wa_id(to: object, *, brazil: bool = False) -> str:
    """Return the digits of an E.164 number; `+`, spaces, `-` and `()` are allowed.

    A number without `+` is taken as if it had one. Raises GraphError for any other text or type.
    """
    if to is None or to == "":
        raise required("to")
    if not isinstance(to, str):
        raise invalid("to", "must be a string.")
    digits = _SEPARATORS.sub("", to).removeprefix("+")
    if not _E164.fullmatch(digits):
        raise not_a_number(to)
    if brazil and (mobile := _BRAZIL_MOBILE.fullmatch(digits)):
        return f"55{mobile[1]}{mobile[2]}"
    return digits


def not_a_number(to: str) -> GraphError:
    """Return the error for a recipient that is no phone number."""
    return known(
        131009, f"Recipient {to[:40]!r} is not a phone number in E.164 form, such as +15550111111."
    )
