"""A webhook's exact bytes and their signature."""

import hashlib
import hmac
import json

from sandbox.model import Json


def encode(payload: Json) -> str:
    r"""Return the text Meta sends: compact, ASCII, `\uXXXX` in lower case, `/` written as `\/`."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=True).replace("/", "\\/")


def signature(app_secret: str, body: bytes) -> str:
    """Return the X-Hub-Signature-256 header: HMAC-SHA256 of the raw body with the app's secret."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
