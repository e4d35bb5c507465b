"""A call of Meta's Graph API as a value, and how its answer is read; no transport in here."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from chalicelib.core.config import settings
from chalicelib.core.secrets import platform_secrets
from chalicelib.whatsapp.errors import OutcomeUnknown, error_from_body
from chalicelib.whatsapp.usage import read_usage

# An idle connection is dropped after 4 s, before any server does it: a request written to a
# connection that the other side has just closed cannot be told from one that was accepted.
KEEPALIVE_S = 4.0
_MAX_QUOTED = 200


def base_url() -> str:
    """Return Meta's address with the version, e.g. `https://graph.facebook.com/v26.0`."""
    return f"{settings().graph_url}/{settings().graph_version}"


@lru_cache(maxsize=256)
def _proof(token: str) -> str:
    secret = platform_secrets().meta_app_secrets[0]
    return hmac.new(secret.encode(), token.encode(), "sha256").hexdigest()


def proof(token: str) -> dict[str, str]:
    """Return the parameter `appsecret_proof`, if the deployment says that tokens need it.

    It proves that whoever uses the token knows the secret of the app that it was issued to: Meta
    asks for it where the app's setting "Require App Secret" is on, and refuses it (100) with the
    token of another app.
    """
    return {"appsecret_proof": _proof(token)} if settings().graph_appsecret_proof else {}


def authorization(token: str) -> dict[str, str]:
    """Return the header that carries the token of the number's owner."""
    return {"Authorization": f"Bearer {token}"}


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """One call; `path` comes after the version, e.g. `/300000000000001/messages`.

    A few calls have no version and another host (`is_versioned` is false).
    """

    method: str
    path: str
    json: Mapping[str, Any] | None = field(default=None, repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    is_versioned: bool = True


def node(*parts: str) -> str:
    """Return the path of ids and edges, each escaped, so that an id cannot lead elsewhere."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def read_answer(
    status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the JSON object of a successful answer.

    Raises the WhatsAppError of any other answer, among them those without JSON (an edge's HTML
    page). A 200 that cannot be read is OutcomeUnknown: Meta has done something, and we cannot say
    what.
    """
    payload = _json_object(body)
    if status != 200 or "error" in (payload or {}):
        error = error_from_body(status, payload if payload is not None else _excerpt(body))
        usage = None if headers is None else read_usage(headers)
        if usage is not None and usage.regain_s > 0:
            error.retry_after_s = usage.regain_s
        raise error
    if payload is None:
        raise OutcomeUnknown(f"Meta answered 200 with no JSON object: {_excerpt(body)}", status=200)
    return payload


def read_items(answer: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the objects on a page of a list."""
    items = answer.get("data")
    if not isinstance(items, list):
        return ()
    return tuple(item for item in items if isinstance(item, Mapping))


def read_next(answer: Mapping[str, Any]) -> str | None:
    """Return the cursor of the next page; None on the last one."""
    paging = answer.get("paging")
    if not isinstance(paging, Mapping) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, Mapping) else None
    return str(after) if after else None


def text(answer: Mapping[str, Any], name: str) -> str | None:
    """Return a text of an answer; None if it is absent, empty or of another kind."""
    value = answer.get(name)
    return value if isinstance(value, str) and value else None


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def _excerpt(body: bytes) -> str:
    text = " ".join(body[: _MAX_QUOTED * 4].decode("utf-8", "replace").split())
    return text[:_MAX_QUOTED] or "(an empty body)"
