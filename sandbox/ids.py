"""Identifiers in Meta's shapes."""

import base64
import hashlib


def wamid(salt: str, phone: str, serial: int, *, outbound: bool) -> str:
    """Return a message id: `wamid.` and base64 of the phone and 9 bytes that `salt`, `serial` fix.

    Meta documents it as opaque; the layout follows ids seen in the wild, so that clients that
    (wrongly) look inside find what they would find in production.
    """
    kind = "out" if outbound else "in"
    unique = hashlib.blake2b(f"{salt}|{phone}|{serial}|{kind}".encode(), digest_size=9).hexdigest()
    digits = phone.encode()
    marker = b"\x11\x18\x12" if outbound else b"\x12\x18\x12"
    head = b"\x1c\x18" + bytes([len(digits)]) + digits + b"\x15\x02\x00" + marker
    return "wamid." + base64.b64encode(head + unique.upper().encode() + b"\x00").decode()


def fbtrace_id(salt: str, serial: int) -> str:
    """Return the trace id that every Graph error carries."""
    digest = hashlib.blake2b(f"{salt}|trace|{serial}".encode(), digest_size=8).digest()
    return "A" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def user_id(country: str, business_id: str, wa_id: str) -> str:
    """Return the business-scoped user id (BSUID) of a person: one per business portfolio."""
    digest = hashlib.blake2b(f"{business_id}|{wa_id}".encode(), digest_size=8).digest()
    return f"{country}.{int.from_bytes(digest, 'big')}"


def conversation_id(phone_number_id: str, wa_id: str, until: float) -> str:
    """Return the id of a free entry point's conversation: 32 hexadecimal digits."""
    text = f"{phone_number_id}|{wa_id}|{until}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def identity_key_hash(wa_id: str, generation: int) -> str:
    """Return the hash of a person's identity key, of the `generation`-th device."""
    digest = hashlib.blake2b(f"identity|{wa_id}|{generation}".encode(), digest_size=9).digest()
    return base64.urlsafe_b64encode(digest).decode()


def access_token(salt: str, serial: int) -> str:
    """Return an access token of Meta's shape for an account made through the control API."""
    digest = hashlib.blake2b(f"{salt}|token|{serial}".encode(), digest_size=32).hexdigest()
    return f"EAA{digest}"
