"""The synchronous way to Meta: one pooled httpx client per process, for one call at a time."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx

from chalicelib.core.config import settings
from chalicelib.core.log import log
from chalicelib.whatsapp.errors import OutcomeUnknown, Unreachable, WhatsAppError
from chalicelib.whatsapp.graph import GraphRequest, read_answer

# An idle connection is dropped after 4 s, before any server does it: a request written to a
# connection that the other side has just closed cannot be told from one that was accepted.
KEEPALIVE_S = 4.0
TIMEOUT = httpx.Timeout(connect=3.0, read=20.0, write=20.0, pool=20.0)


def base_url() -> str:
    """Return Meta's address with the version, e.g. `https://graph.facebook.com/v26.0`."""
    return f"{settings().graph_url}/{settings().graph_version}"


def authorization(token: str) -> dict[str, str]:
    """Return the header that carries the token of the number's owner."""
    return {"Authorization": f"Bearer {token}"}


def transport_error(error: httpx.HTTPError) -> WhatsAppError:
    """Return what a failure of httpx's own transport means for the request.

    Only a connection that was never opened proves that nothing was sent.
    """
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        return Unreachable(f"no connection to WhatsApp: {type(error).__name__}")
    return OutcomeUnknown(f"no answer from WhatsApp: {type(error).__name__}")


class GraphClient:
    """Calls of Meta, with timeouts; safe to share between threads."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=20, keepalive_expiry=KEEPALIVE_S)
        self._http = httpx.Client(
            transport=transport, timeout=TIMEOUT, limits=limits, follow_redirects=False
        )

    def call(self, token: str | None, request: GraphRequest) -> dict[str, Any]:
        """Make one call and return Meta's JSON object; never repeats it. Raises WhatsAppError.

        None is a call without a token, of which there is one: the exchange of a signup's code. A
        refusal is logged with the id by which Meta's support can find it.
        """
        try:
            answer = self._http.request(
                request.method,
                f"{base_url()}{request.path}",
                json=request.json,
                params=request.params,
                headers={} if token is None else authorization(token),
            )
        except httpx.HTTPError as error:
            raise transport_error(error) from error
        try:
            return read_answer(answer.status_code, answer.content)
        except WhatsAppError as error:
            log.info(
                "WhatsApp refused a call",
                extra={"path": request.path, "code": error.code, "trace_id": error.trace_id},
            )
            raise

    def ping(self, timeout_s: float) -> None:
        """Return if Meta's API answers anything but an outage in time. Raises WhatsAppError."""
        try:
            answer = self._http.get(f"{settings().graph_url}/", timeout=timeout_s)
        except httpx.HTTPError as error:
            raise transport_error(error) from error
        if answer.status_code >= 500:
            raise Unreachable(f"WhatsApp answers HTTP {answer.status_code}")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


@cache
def graph_client() -> GraphClient:
    """Return this process's client."""
    return GraphClient()
