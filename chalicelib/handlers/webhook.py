"""Lambda behind the Function URL that Meta posts its webhooks to.

200 only when everything that was taken is durable: statuses in their rows, all else on the inbound
queue. Otherwise 500, and Meta delivers the whole again for up to 7 days, which changes
nothing twice. Unsigned is 401, wrongly signed 403.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

from chalicelib.core.headers import SECURITY
from chalicelib.core.log import bind, log, unbind
from chalicelib.core.secrets import platform_secrets
from chalicelib.services import deliveries
from chalicelib.whatsapp.signature import is_signed
from chalicelib.whatsapp.webhooks import MalformedDelivery, parse_delivery

MAX_BYTES = 4 * 1024 * 1024  # Meta's limit is 3 MB
_SIGNATURE = "x-hub-signature-256"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401, ARG001
    """Answer a request of the Function URL (payload format 2.0)."""
    http = event["requestContext"]["http"]
    bind(request_id=str(event["requestContext"].get("requestId", "")))
    try:
        if http["method"] == "GET":
            return _handshake(event.get("queryStringParameters") or {})
        if http["method"] != "POST":
            return _answer(405, "Send POST, or GET for the handshake.")
        return _deliver(event)
    except Exception:  # noqa: BLE001 - the edge of the process; Meta delivers again
        log.exception("a delivery failed; Meta will repeat it")
        return _answer(500, "The delivery could not be stored; send it again.")
    finally:
        unbind()


def _handshake(query: Mapping[str, str]) -> dict[str, Any]:
    """Answer Meta's check of the URL: the challenge, if the verify token is ours."""
    is_ours = hmac.compare_digest(
        query.get("hub.verify_token", "").encode(),
        platform_secrets().meta_verify_token.encode(),
    )
    if query.get("hub.mode") != "subscribe" or not is_ours:
        return _answer(403, "The verify token is not the one that this platform was given.")
    return {
        "statusCode": 200,
        "headers": {**SECURITY, "Content-Type": "text/plain"},
        "body": query.get("hub.challenge", ""),
    }


def _deliver(event: Mapping[str, Any]) -> dict[str, Any]:
    raw = _raw_body(event)
    if len(raw) > MAX_BYTES:
        return _answer(413, f"The body is over {MAX_BYTES} bytes.")
    signature = event.get("headers", {}).get(_SIGNATURE)
    if not signature:
        return _answer(401, "The delivery is not signed (X-Hub-Signature-256).")
    if not is_signed(raw, signature, platform_secrets().meta_app_secrets):
        return _answer(403, "The signature does not match the body.")
    try:
        delivery = parse_delivery(raw)
    except MalformedDelivery as error:
        return _answer(400, str(error))
    deliveries.take(delivery)
    return _answer(200, None)


def _raw_body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def _answer(status: int, problem: str | None) -> dict[str, Any]:
    if problem is None:
        return {
            "statusCode": status,
            "headers": {**SECURITY, "Content-Type": "text/plain"},
            "body": "",
        }
    body = {"type": "about:blank", "title": "Webhook", "status": status, "detail": problem}
    return {
        "statusCode": status,
        "headers": {**SECURITY, "Content-Type": "application/problem+json"},
        "body": json.dumps(body),
    }
