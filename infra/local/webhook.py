"""The webhook of the local stack: calls the handler as a Lambda Function URL does.

    python -m infra.local.webhook        (port: WEBHOOK_PORT)

Event and answer are those of payload format 2.0. The body always goes as base64, so the bytes that
Meta signed reach the handler as they were.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import sys
import time
import uuid
from typing import Any

import uvicorn
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chalicelib.core.errors import TooLarge
from infra.local.consumer import load_handler
from infra.local.event_source import Handler
from infra.local.lambda_context import LambdaContext
from infra.local.ports import HOST, bind_host, read_ports
from infra.local.problem import BadGateway, problem
from infra.resources import fragment

log = logging.getLogger("parley.webhook")

FUNCTION = "WebhookFunction"
MAX_BODY_BYTES = 6 * 1024 * 1024
_AT_ONCE = 16
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


def function_url_event(request: Request, body: bytes) -> dict[str, Any]:
    """Return the event that a Function URL makes of `request`."""
    query = request.url.query
    headers = {
        name: ",".join(request.headers.getlist(name)) for name in sorted(set(request.headers))
    }
    path = request.scope.get("raw_path", b"/").split(b"?", 1)[0].decode("ascii")
    now = time.time()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": headers.get("host", ""),
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.client.host if request.client else HOST,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": bool(body),
    }
    if body:
        event["body"] = base64.b64encode(body).decode("ascii")
    if query:
        names = dict.fromkeys(name for name, _ in request.query_params.multi_items())
        event["queryStringParameters"] = {
            name: ",".join(request.query_params.getlist(name)) for name in names
        }
    return event


def http_answer(result: object) -> Response:
    """Return the HTTP answer that a Function URL makes of a handler's `result`."""
    if not isinstance(result, dict) or "statusCode" not in result:
        text = result if isinstance(result, str) else json.dumps(result)
        return Response(text, media_type="application/json")
    body = result.get("body") or ""
    content = base64.b64decode(body) if result.get("isBase64Encoded") else str(body).encode()
    response = Response(content, status_code=int(result["statusCode"]))
    response.headers["content-type"] = "application/json"
    for name, value in (result.get("headers") or {}).items():
        response.headers[name] = str(value)
    for cookie in result.get("cookies") or ():
        response.headers.append("set-cookie", str(cookie))
    return response


def make_app(handler: Handler, *, timeout_s: float, memory_mb: int) -> Starlette:
    """Return the ASGI app that calls `handler` in a thread for each request to any path."""
    limiter = CapacityLimiter(_AT_ONCE)

    async def serve(request: Request) -> Response:
        body = await _read(request)
        if body is None:
            return _refused(TooLarge("A webhook is at most 6 MB."))
        context = LambdaContext(FUNCTION, timeout_s=timeout_s, memory_mb=memory_mb)
        event = function_url_event(request, body)
        try:
            result = await to_thread.run_sync(handler, event, context, limiter=limiter)
            return http_answer(result)
        except Exception:
            # What a Function URL answers when its function raises.
            log.exception("%s failed", FUNCTION)
            return _refused(BadGateway("The webhook's function failed; see .local/logs."))

    return Starlette(routes=[Route("/{path:path}", serve, methods=_METHODS)])


async def _read(request: Request) -> bytes | None:
    """Return the body, or None when it is over the limit."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _refused(error: TooLarge | BadGateway) -> Response:
    status, headers, body = problem(error)
    return Response(body, status_code=status, headers=headers)


def main() -> int:
    """Serve the webhook until SIGTERM."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    function = fragment()["Resources"][FUNCTION]["Properties"]
    app = make_app(
        load_handler(function["Handler"]),
        timeout_s=function["Timeout"],
        memory_mb=function["MemorySize"],
    )
    serve(app, read_ports(os.environ).webhook.number)
    return 0


def serve(app: Starlette, port: int) -> None:
    """Serve `app` until SIGTERM; requests in flight get five seconds."""
    uvicorn.run(
        app,
        host=bind_host(),
        port=port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
        server_header=False,
    )


if __name__ == "__main__":
    sys.exit(main())
