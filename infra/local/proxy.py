"""A reverse proxy: passes requests on as they stream in, and answers back as they stream out.

python -m infra.local.proxy PORT URL        (the packaged functions inside the emulator)
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from chalicelib.core.errors import AppError, Unavailable
from infra.gateway_responses import ANSWERS
from infra.local.problem import problem
from infra.local.webhook import serve

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
_TIMEOUT = httpx.Timeout(35.0, connect=2.0)
# Refused connections are tried again for some 3 s: the other side may be starting again.
_CONNECT_RETRIES = 3
# What belongs to one connection only; and the date, which every server gives by itself.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "date",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class ReverseProxy:
    """Passes requests on to one upstream; its answers come back unchanged."""

    def __init__(self, upstream: str) -> None:
        """Pass requests on to `upstream`, whose path comes before that of the request."""
        self._upstream = httpx.URL(upstream)
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                retries=_CONNECT_RETRIES,
                limits=httpx.Limits(max_connections=100, max_keepalive_connections=50),
            ),
            timeout=_TIMEOUT,
            # Cookies belong to the browsers: one kept here would sign in whoever comes next.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def __call__(self, request: Request) -> Response:
        """Return the upstream's answer to `request`, or problem+json when there is none."""
        raw = request.scope.get("raw_path", b"/").split(b"?", 1)[0]
        target = self._upstream.raw_path.split(b"?", 1)[0].rstrip(b"/") + raw
        query = request.scope.get("query_string", b"")
        url = self._upstream.copy_with(raw_path=target + (b"?" + query if query else b""))
        outgoing = self._client.build_request(
            request.method, url, headers=_onward(request), content=_content(request)
        )
        try:
            answer = await self._client.send(outgoing, stream=True)
        except httpx.HTTPError as error:
            gone = Unavailable(
                f"{self._upstream.host}:{self._upstream.port} gives no answer "
                f"({type(error).__name__}). Try again; if it lasts, see .local/logs.",
                retry_after_s=1,
            )
            return _told(gone)
        gateway = _gateway_error(answer)
        if gateway is not None:
            await answer.aclose()
            return _told(gateway)
        response = StreamingResponse(
            answer.aiter_raw(),
            status_code=answer.status_code,
            background=BackgroundTask(answer.aclose),
        )
        response.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.decode("ascii").lower() not in _HOP_BY_HOP
        ]
        return response


def _told(error: AppError) -> Response:
    status, headers, body = problem(error)
    return Response(body, status_code=status, headers=headers)


def _gateway_error(answer: httpx.Response) -> AppError | None:
    """Return what the template tells API Gateway to say where it, not a function, has answered.

    The emulator knows no gateway responses and gives API Gateway's default ones.
    """
    kind = answer.headers.get("x-amzn-errortype", "").split(":", 1)[0]
    if not kind:
        return None
    # MissingAuthenticationTokenException is MISSING_AUTHENTICATION_TOKEN in the template.
    name = "".join(f"_{c}" if c.isupper() else c for c in kind.removesuffix("Exception"))
    default = "DEFAULT_5XX" if answer.status_code >= 500 else "DEFAULT_4XX"
    return ANSWERS.get(name.strip("_").upper(), ANSWERS[default])


def _onward(request: Request) -> list[tuple[bytes, bytes]]:
    headers = [
        (name, value)
        for name, value in request.headers.raw
        if name.decode("latin-1") not in _HOP_BY_HOP
    ]
    client = request.client.host if request.client else "127.0.0.1"
    seen = request.headers.get("x-forwarded-for")
    headers = [pair for pair in headers if pair[0] != b"x-forwarded-for"]
    headers.append((b"x-forwarded-for", (f"{seen}, {client}" if seen else client).encode()))
    return headers


def _content(request: Request) -> AsyncIterator[bytes] | None:
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    return request.stream() if has_body else None


def make_app(upstream: str) -> Starlette:
    """Return an ASGI app that passes everything on to `upstream`."""
    proxy = ReverseProxy(upstream)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await proxy.aclose()

    routes = [Route("/{path:path}", proxy.__call__, methods=METHODS)]
    return Starlette(routes=routes, lifespan=lifespan)


def main(argv: list[str]) -> int:
    """Pass on until SIGTERM."""
    serve(make_app(argv[1]), int(argv[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
