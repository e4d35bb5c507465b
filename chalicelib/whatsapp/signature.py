"""The signature of a webhook: proof that Meta sent these very bytes.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
"""

from __future__ import annotations

import hashlib
import hmac

_PREFIX = "sha256="


def is_signed(raw: bytes, header: str | None, secrets: tuple[str, ...]) -> bool:
    """Tell whether `header` (X-Hub-Signature-256) signs `raw` with one of the app's secrets.

    `raw` must be the body as it arrived: Meta escapes non-ASCII text and `/` in its own way, so a
    body that was parsed and written again does not verify. The time taken says nothing of where a
    wrong signature differs, nor of which secret matched.
    """
    if header is None or not header.startswith(_PREFIX):
        return False
    given = header.removeprefix(_PREFIX).encode("utf-8", "replace")
    is_match = False
    for secret in secrets:
        expected = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest().encode()
        is_match |= hmac.compare_digest(expected, given)
    return is_match
