"""Enters Parley's webhook at the sandbox, as an operator does once in Meta's App Dashboard."""

from __future__ import annotations

import time

import httpx

from infra.local.child import ChildError
from infra.local.fixture import WEBHOOK_FIELDS, MetaApp

_DEADLINE_S = 15.0
_PAUSE_S = 0.5


class RegistrationError(ChildError):
    """The sandbox did not take the callback URL; the message carries its answer."""


def register_webhook(app: MetaApp, graph_url: str, callback_url: str) -> None:
    """Subscribe `callback_url` to the app's webhook fields; Meta's side checks it by a handshake.

    Tried for 15 s, for both sides may have just been started. Raises RegistrationError.
    """
    end = time.monotonic() + _DEADLINE_S
    while True:
        trouble = _subscribe(app, graph_url, callback_url)
        if trouble is None:
            return
        if time.monotonic() > end:
            raise RegistrationError(f"The sandbox did not take {callback_url}: {trouble}")
        time.sleep(_PAUSE_S)


def _subscribe(app: MetaApp, graph_url: str, callback_url: str) -> str | None:
    """Ask once; return what was wrong, or None."""
    try:
        answer = httpx.post(
            f"{graph_url}/{app.app_id}/subscriptions",
            data={
                "object": "whatsapp_business_account",
                "callback_url": callback_url,
                "verify_token": app.verify_token,
                "fields": ",".join(WEBHOOK_FIELDS),
                "access_token": f"{app.app_id}|{app.app_secret}",
            },
            timeout=10,
        )
    except httpx.HTTPError as error:
        return str(error)
    return None if answer.is_success else answer.text
