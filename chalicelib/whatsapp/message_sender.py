"""Sending many messages at once from an event loop, which is what a campaign is.

aiohttp by itself: a request costs 0.07 ms of CPU, a third of what httpx over aiohttp costs and a
sixtieth of httpx's own asyncio transport with many requests in flight. It is loaded with the first
sender, so that a process which only looks after chunks does not pay for it.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.whatsapp.errors import OutcomeUnknown, Unreachable, WhatsAppError
from chalicelib.whatsapp.graph import (
    KEEPALIVE_S,
    GraphRequest,
    authorization,
    base_url,
    node,
    proof,
    read_answer,
)

if TYPE_CHECKING:
    import asyncio

    import aiohttp

MAX_CONNECTIONS = 200  # a number of 1,000 messages a second, while Meta takes 0.2 s for each
CONNECT_S = 3.0
READ_S = 20.0
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
    """Sends messages concurrently from the running event loop; `aclose` it on the same loop."""

    def __init__(self) -> None:
        import aiohttp

        self._aiohttp = aiohttp
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=MAX_CONNECTIONS, keepalive_timeout=KEEPALIVE_S, ssl=_ssl_context()
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            # No limit on the whole, which would be a timer more for each message: a message is so
            # small that it is written at once, and what is waited for is a connection or an answer.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=READ_S),
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
            async with self._session.post(
                f"{self._base_url}{request.path}",
                params=proof(access_token),
                data=json.dumps(request.json).encode(),
                headers=authorization(access_token) | {"Content-Type": "application/json"},
                allow_redirects=False,
            ) as answer:
                status, body, headers = answer.status, await answer.read(), answer.headers
        except (self._aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            raise self._failure(error) from error
        return read_accepted(read_answer(status, body, headers))

    def _failure(self, error: aiohttp.ClientError | OSError) -> WhatsAppError:
        """Return what a failure means for the message.

        Only a connection that was never opened proves that nothing was sent.
        """
        name = type(error).__name__
        unopened = (self._aiohttp.ClientConnectorError, self._aiohttp.ConnectionTimeoutError)
        if isinstance(error, unopened):
            return Unreachable(f"no connection to WhatsApp: {name}")
        return OutcomeUnknown(f"no answer from WhatsApp: {name}")

    @property
    def is_closed(self) -> bool:
        """Tell whether `aclose` was called."""
        return self._session.closed

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()


@cache
def _ssl_context() -> ssl.SSLContext:
    """Return a context with certifi's authorities, which takes 20 ms to make: once a process."""
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


_SENDERS: dict[asyncio.AbstractEventLoop, MessageSender] = {}


def sender_for_running_loop() -> MessageSender:
    """Return the sender of the running event loop, made on first use.

    A loop that ends must `aclose` its sender first. A closed one is replaced.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    sender = _SENDERS.get(loop)
    if sender is None or sender.is_closed:
        for other in [known for known in _SENDERS if known.is_closed()]:
            del _SENDERS[other]
        sender = _SENDERS[loop] = MessageSender()
    return sender


def send_request(
    phone_number_id: str, payload: Mapping[str, Any], edge: str = "messages"
) -> GraphRequest:
    """Return the call that sends `payload`; `edge` may be `marketing_messages`."""
    return GraphRequest("POST", node(phone_number_id, edge), json=payload)


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
