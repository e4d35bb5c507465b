"""Sending messages: many at once on an event loop, or one by one.

httpx over aiohttp costs a tenth of the CPU of httpx's own asyncio transport with many requests in
flight, which is what a campaign is.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from chalicelib.whatsapp.client import (
    KEEPALIVE_S,
    TIMEOUT,
    GraphClient,
    authorization,
    base_url,
    graph_client,
    transport_error,
)
from chalicelib.whatsapp.errors import OutcomeUnknown, Unreachable, WhatsAppError
from chalicelib.whatsapp.graph import GraphRequest, node, read_answer

MAX_CONNECTIONS = 100
_HELD = "held_for_quality_assessment"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Meta took the message; delivery is another matter, which webhooks report.

    `wa_id` is the recipient's number without `+` as Meta writes it, None for a hidden phone.
    `is_held` means that Meta keeps it back until it has judged the template's quality.
    """

    message_id: str
    wa_id: str | None
    is_held: bool


class MessageSender:
    """Sends messages concurrently from one event loop; `aclose` it on the same loop."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            transport=transport or _transport(),
            timeout=TIMEOUT,
            follow_redirects=False,
        )
        self._base_url = base_url()

    async def send(
        self, phone_number_id: str, access_token: str, payload: Mapping[str, Any]
    ) -> Accepted:
        """Send one message, once; `payload` is one of `whatsapp.messages`.

        Raises WhatsAppError, whose `retry` says whether the message may be sent again. When the
        task is cancelled in flight the outcome is unknown, as after a timeout.
        """
        request = send_request(phone_number_id, payload)
        try:
            answer = await self._http.request(
                request.method,
                f"{self._base_url}{request.path}",
                content=json.dumps(request.json).encode(),
                headers=authorization(access_token) | {"Content-Type": "application/json"},
            )
        except (httpx.HTTPError, aiohttp.ClientError) as error:
            raise _transport_error(error) from error
        return read_accepted(read_answer(answer.status_code, answer.content))

    @property
    def is_closed(self) -> bool:
        """Tell whether `aclose` was called."""
        return self._http.is_closed

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


@cache
def _ssl_context() -> ssl.SSLContext:
    """Return httpx's context (certifi's authorities), which takes 20 ms to make: once a process."""
    return httpx.create_ssl_context()


def _transport() -> AiohttpTransport:
    return AiohttpTransport(client=_session, verify=_ssl_context())


def _session() -> aiohttp.ClientSession:
    """Return the session under the sender: no cookies, and connections as `client` keeps them."""
    connector = aiohttp.TCPConnector(
        limit=MAX_CONNECTIONS, keepalive_timeout=KEEPALIVE_S, ssl=_ssl_context()
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def _transport_error(error: httpx.HTTPError | aiohttp.ClientError) -> WhatsAppError:
    """Return what a failure below means for the message, judged by aiohttp's own exception.

    httpx-aiohttp (0.2.0) names a connection that broke after the request was written a
    ConnectTimeout, which would read as "not sent" and have the message sent twice.
    """
    cause = error if isinstance(error, aiohttp.ClientError) else error.__cause__
    if isinstance(cause, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return Unreachable(f"no connection to WhatsApp: {type(cause).__name__}")
    if isinstance(cause, aiohttp.ClientError):
        return OutcomeUnknown(f"no answer from WhatsApp: {type(cause).__name__}")
    if isinstance(error, httpx.HTTPError):
        return transport_error(error)
    return OutcomeUnknown(f"no answer from WhatsApp: {type(error).__name__}")


_SENDERS: dict[asyncio.AbstractEventLoop, MessageSender] = {}


def sender_for_running_loop() -> MessageSender:
    """Return the sender of the running event loop, made on first use.

    A loop that ends must `aclose` its sender first. A closed one is replaced.
    """
    loop = asyncio.get_running_loop()
    sender = _SENDERS.get(loop)
    if sender is None or sender.is_closed:
        for other in [known for known in _SENDERS if known.is_closed()]:
            del _SENDERS[other]
        sender = _SENDERS[loop] = MessageSender()
    return sender


def send_now(
    token: str,
    phone_number_id: str,
    payload: Mapping[str, Any],
    client: GraphClient | None = None,
) -> Accepted:
    """Send one message and wait for Meta's answer: an agent's reply. Raises WhatsAppError."""
    answer = (client or graph_client()).call(token, send_request(phone_number_id, payload))
    return read_accepted(answer)


def send_request(phone_number_id: str, payload: Mapping[str, Any]) -> GraphRequest:
    """Return the call that sends `payload`."""
    return GraphRequest("POST", node(phone_number_id, "messages"), json=payload)


def read_accepted(answer: Mapping[str, Any]) -> Accepted:
    """Return what Meta's answer says; OutcomeUnknown if a 200 carries no message id."""
    messages, contacts = answer.get("messages"), answer.get("contacts")
    message = messages[0] if isinstance(messages, list) and messages else None
    message_id = message.get("id") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(message_id, str) or not message_id:
        raise OutcomeUnknown("Meta answered 200 without a message id", status=200)
    contact = contacts[0] if isinstance(contacts, list) and contacts else None
    wa_id = contact.get("wa_id") if isinstance(contact, dict) else None
    return Accepted(
        message_id,
        wa_id if isinstance(wa_id, str) and wa_id else None,
        message.get("message_status") == _HELD,
    )
