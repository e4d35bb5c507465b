"""What the WhatsApp sandbox says of itself: its own count of the messages that it took."""

from __future__ import annotations

import json
import time
from typing import Any, TypedDict, cast

import httpx

from demo.client import RETRY_S, Unreachable


class Counts(TypedDict):
    """The sandbox's count of the messages whose callback data begins with a prefix."""

    accepted: int
    unique_recipients: int
    duplicates: int
    answers: int
    pending_events: int
    pending_webhooks: int


class Accepted(TypedDict):
    """A message that the sandbox took, as it came over the wire."""

    id: str
    wa_id: str
    callback_data: str
    status: str
    content: Any


class Sandbox:
    """The control API of the sandbox; waits while it is being started again. Raises Unreachable."""

    def __init__(self, base_url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(base_url=f"{base_url}/sandbox", timeout=30, transport=transport)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def counts(self, callback_prefix: str) -> Counts:
        """Return the counts of the messages whose callback data begins so."""
        return cast(Counts, self._get("/counts", {"callback_prefix": callback_prefix}))

    def accepted(self, callback_prefix: str) -> list[Accepted]:
        """Return those messages, oldest first."""
        return [m for m in self._messages({}) if m["callback_data"].startswith(callback_prefix)]

    def has_received(self, wa_id: str, text: str) -> bool:
        """Say whether a message with `text` in it came for `wa_id` (digits alone)."""
        messages = self._messages({"wa_id": wa_id})
        return any(text in json.dumps(m["content"], ensure_ascii=False) for m in messages)

    def _messages(self, params: dict[str, str]) -> list[Accepted]:
        found: list[Accepted] = []
        query = {"limit": "1000", **params}
        while True:
            page = self._get("/messages", query)
            found += page["items"]
            if not page["next_cursor"]:
                return found
            query["after"] = page["next_cursor"]

    def _get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        end = time.monotonic() + RETRY_S
        while True:
            try:
                answer = self._http.get(path, params=params)
                answer.raise_for_status()
            except httpx.HTTPError as error:
                if time.monotonic() > end:
                    message = f"the sandbox has not answered for {RETRY_S:g} s: {error}"
                    raise Unreachable(message) from error
                time.sleep(0.5)
            else:
                return cast(dict[str, Any], answer.json())
