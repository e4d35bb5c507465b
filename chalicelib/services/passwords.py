"""Passwords: what one must be like, and its hash.

bcrypt reads 72 bytes and takes a NUL for the end, so a longer password or one with a NUL is refused
rather than silently cut. A password is put into Unicode's NFKC first: the same "ü" is typed as one
character on one machine and as two on another.
"""

from __future__ import annotations

import unicodedata

import bcrypt

from chalicelib.core.errors import FieldError, Invalid

COST = 12
MIN_CHARACTERS = 10
MAX_BYTES = 72
# Of what is sent: putting a text of many combining letters into NFKC takes time by its square.
MAX_CHARACTERS = 500

# The hash of a random password that nobody has; checking against it takes as long as a real check.
_NOBODYS_HASH = "$2b$12$a/lAidExlVh/gA86kjgyQO4frR8r44GYBA.aFPrAucsuWVTuQHLiC"


def hash_password(password: str, field: str = "password") -> str:
    """Return the bcrypt hash of a new password; raise Invalid, naming the field, if it is no good.

    Takes about a quarter of a second of CPU, on purpose.
    """
    problem = _too_long(password)
    secret = b"" if problem else _secret(password)
    problem = problem or _problem(secret)
    if problem:
        raise Invalid(
            f"{field}: {problem}",
            code="validation_failed",
            errors=(FieldError(field, problem),),
        )
    return bcrypt.hashpw(secret, bcrypt.gensalt(COST)).decode()


def is_password(password: str, password_hash: str | None) -> bool:
    """Tell whether `password` is the one behind the hash; None, for nobody, is never right.

    Takes the same time whatever is wrong, so that the time tells nothing.
    """
    secret = _secret(password[: MAX_CHARACTERS + 1])
    if password_hash is None or _problem(secret):
        bcrypt.checkpw(secret[:MAX_BYTES], _NOBODYS_HASH.encode())
        return False
    return bcrypt.checkpw(secret, password_hash.encode())


def _secret(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode()


def _too_long(password: str) -> str | None:
    if len(password) <= MAX_CHARACTERS:
        return None
    return f"use at most {MAX_BYTES} bytes; this has {len(password)} characters"


def _problem(secret: bytes) -> str | None:
    if len(secret.decode()) < MIN_CHARACTERS:
        return f"use at least {MIN_CHARACTERS} characters"
    if len(secret) > MAX_BYTES:
        return (
            f"use at most {MAX_BYTES} bytes; this has {len(secret)}, for letters beyond ASCII take"
            " more than one"
        )
    if b"\0" in secret:
        return "leave out the NUL character"
    return None
