"""The synchronous way to Meta: one pooled httpx client per process, for one call at a time.

httpx is loaded with the first client: most cold starts of a route that might call Meta do not.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.core.config import settings
from chalicelib.core.log import log
from chalicelib.whatsapp.errors import OutcomeUnknown, Unreachable, WhatsAppError
from chalicelib.whatsapp.graph import (
    KEEPALIVE_S,
    GraphRequest,
    authorization,
    base_url,
    proof,
    read_answer,
)
from chalicelib.whatsapp.retrying import delay_s
from chalicelib.whatsapp.usage import NEARLY_USED_UP, read_usage

if TYPE_CHECKING:
    import httpx

# A route of the API has 29 s in all, and a call 20 s to be answered.
RETRY_FOR_S = 8.0
CONNECT_S = 3.0
READ_S = 20.0


def new_http(transport: httpx.BaseTransport | None, **options: Any) -> httpx.Client:
    """Return a pooled HTTP client with the timeouts of every call of Meta."""
    import httpx

    limits = httpx.Limits(
        max_connections=options.pop("max_connections"), keepalive_expiry=KEEPALIVE_S
    )
    timeout = httpx.Timeout(READ_S, connect=min(CONNECT_S, READ_S))
    return httpx.Client(
        transport=transport, timeout=timeout, limits=limits, follow_redirects=False, **options
    )


def transport_error(error: httpx.HTTPError) -> WhatsAppError:
    """Return what a failure of httpx's own transport means for the request.

    Only a connection that was never opened proves that nothing was sent.
    """
    import httpx

    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        return Unreachable(f"no connection to WhatsApp: {type(error).__name__}")
    return OutcomeUnknown(f"no answer from WhatsApp: {type(error).__name__}")


class GraphClient:
    """Calls of Meta, with timeouts; safe to share between threads.

    `sleep`, `clock` (both in seconds) and `draw` (0 to 1) are what its waiting depends on.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._http = new_http(transport, max_connections=20)
        self._sleep, self._clock, self._draw = sleep, clock, draw

    def call(
        self, token: str | None, request: GraphRequest, retry_for_s: float = RETRY_FOR_S
    ) -> dict[str, Any]:
        """Make one call and return Meta's JSON object. Raises WhatsAppError.

        None is a call without a token, of which there is one: the exchange of a signup's code.
        What `retrying` allows to be made again is, if its turn comes within `retry_for_s` of the
        first; otherwise the error says when (`retry_after_s`).
        """
        started = self._clock()
        failures = 0
        while True:
            try:
                return self._call_once(token, request)
            except WhatsAppError as error:
                failures += 1
                wait_s = delay_s(error, failures, self._draw(), is_read=request.method == "GET")
                if wait_s is None:
                    raise
                if self._clock() - started + wait_s > retry_for_s:
                    error.retry_after_s = error.retry_after_s or math.ceil(wait_s)
                    raise
            self._sleep(wait_s)

    def _call_once(self, token: str | None, request: GraphRequest) -> dict[str, Any]:
        """Make one call, once. A refusal is logged with the id by which Meta's support finds it."""
        import httpx

        try:
            answer = self._http.request(
                request.method,
                f"{base_url() if request.is_versioned else settings().api_url}{request.path}",
                json=request.json,
                params={**(request.params or {}), **({} if token is None else proof(token))},
                headers={} if token is None else authorization(token),
            )
        except httpx.HTTPError as error:
            raise transport_error(error) from error
        usage = read_usage(answer.headers)
        if usage is not None and usage.percent >= NEARLY_USED_UP:
            log.warning("Meta's call limit is nearly used up", extra={"percent": usage.percent})
        try:
            return read_answer(answer.status_code, answer.content, answer.headers)
        except WhatsAppError as error:
            log.info(
                "WhatsApp refused a call",
                extra={"path": request.path, "code": error.code, "trace_id": error.trace_id},
            )
            raise

    def ping(self, timeout_s: float) -> None:
        """Return if Meta's API answers anything but an outage in time. Raises WhatsAppError."""
        import httpx

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
