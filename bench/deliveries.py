"""Webhook deliveries as Meta posts them, signed with the stage's app secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.core.secrets import platform_secrets


@dataclass(frozen=True, slots=True)
class Update:
    """One status of one message; `at_s` is Meta's time in seconds."""

    wamid: str
    status: str
    at_s: int
    callback_data: str
    recipient_id: str = "14152000000"
    error_code: int | None = None


def status_event(updates: Sequence[Update], phone_number_id: str) -> dict[str, Any]:
    """Return the Function URL's event of a POST with these statuses of one number."""
    statuses = [_status(one) for one in updates]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": "15550100001",
            "phone_number_id": phone_number_id,
        },
        "statuses": statuses,
    }
    entry = {"id": "200000000000001", "changes": [{"field": "messages", "value": value}]}
    return signed_event(json.dumps({"object": "whatsapp_business_account", "entry": [entry]}))


def _status(update: Update) -> dict[str, Any]:
    status: dict[str, Any] = {
        "id": update.wamid,
        "status": update.status,
        "timestamp": str(update.at_s),
        "recipient_id": update.recipient_id,
        "biz_opaque_callback_data": update.callback_data,
    }
    if update.error_code is not None:
        status["errors"] = [{"code": update.error_code, "title": "It failed"}]
    else:
        status["conversation"] = {"id": "c1", "origin": {"type": "utility"}}
        status["pricing"] = {"billable": True, "pricing_model": "PMP", "category": "utility"}
    return status


def signed_event(body: str) -> dict[str, Any]:
    """Return the event of a POST of `body` with its signature."""
    raw = body.encode()
    secret = platform_secrets().meta_app_secrets[0].encode()
    signature = hmac.new(secret, raw, hashlib.sha256).hexdigest()
    return {
        "version": "2.0",
        "headers": {"x-hub-signature-256": f"sha256={signature}"},
        "requestContext": {"http": {"method": "POST", "path": "/"}, "requestId": "bench"},
        "body": base64.b64encode(raw).decode(),
        "isBase64Encoded": True,
    }
