"""The API of the local stack: Chalice's own local gateway, corrected to behave as API Gateway does.

    python -m infra.local.api        (port: API_PORT)

Chalice's server answers a keep-alive client only every 43 ms, because the answer leaves in two
packets: it is buffered into one here, and Nagle's algorithm is off.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import (
    ChaliceRequestHandler,
    LambdaEventConverter,
    LocalDevServer,
    RouteMatcher,
    create_local_server,
)

from chalicelib.core.config import settings
from chalicelib.core.errors import AppError, Malformed, NotFound, TooLarge
from chalicelib.core.headers import PREFLIGHT, SECURITY, allowed_methods, cors
from infra.local.ports import bind_host, read_ports
from infra.local.problem import LengthRequired, MethodNotAllowed, problem

MAX_BODY_BYTES = 10 * 1024 * 1024
_DRAIN_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_BACKLOG = 128
_FINISH_S = 5.0
_NEVER_REACHED = "The request cannot be understood."


class EventConverter(LambdaEventConverter):
    """Makes the event that API Gateway would: with a request id, decoded paths, text as text."""

    def create_lambda_event(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> dict[str, Any]:
        """Return the event of a request; raises ValueError if its path has no route."""
        lower = {name.lower(): value for name, value in headers.items()}
        event: dict[str, Any] = super().create_lambda_event(method, path, lower, body)
        context = event["requestContext"]
        context["requestId"] = str(uuid.uuid4())
        context["identity"]["userAgent"] = lower.get("user-agent", "")
        if event["pathParameters"]:
            event["pathParameters"] = {
                name: unquote(value) for name, value in event["pathParameters"].items()
            }
        if isinstance(event["body"], bytes):
            # API Gateway, too, damages a body that claims to be text and is not.
            event["body"] = event["body"].decode(errors="replace")
        return event

    def _is_binary(self, headers: dict[str, Any]) -> bool:
        kind = headers.get("content-type", "").split(";", 1)[0].strip().lower()
        return kind in self._binary_types


class Work:
    """Counts the requests that are being answered, so that an end can wait for them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._changed = threading.Condition()
        self._count = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one request for the length of the block."""
        with self._changed:
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Return when no request is being answered, or after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._count, timeout_s)


class GatewayHandler(ChaliceRequestHandler):
    """One connection; whatever goes wrong in the gateway itself is answered in problem+json."""

    server_version = "parley"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(
        self,
        request: bytes,
        client_address: tuple[str, int],
        server: HTTPServer,
        *,
        app_object: Chalice,
        config: Config,
        work: Work,
    ) -> None:
        """Serve `app_object` on one connection; Chalice calls the socket `request`."""
        self._app = app_object
        self._work = work
        self._began = time.monotonic()
        super().__init__(request, client_address, server, app_object, config)

    def _generic_handle(self) -> None:
        self._began = time.monotonic()
        with self._work.one():
            refusal = self._refusal()
            if refusal is None and self.command == "OPTIONS":
                self._answer_preflight()
            elif refusal is None:
                gateway = self.local_gateway
                gateway.event_converter = EventConverter(
                    RouteMatcher(list(self._app.routes)), self._app.api.binary_types
                )
                super()._generic_handle()
            else:
                self._refuse(*refusal)

    do_GET = do_PUT = do_POST = do_HEAD = _generic_handle  # noqa: N815 - http.server's names
    do_DELETE = do_PATCH = do_OPTIONS = _generic_handle  # noqa: N815

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - http.server looks methods up by name
        """Handle every other method too: no route takes it, which is 405, not 501."""
        if name.startswith("do_"):
            return self._generic_handle
        raise AttributeError(name)

    def _refusal(self) -> tuple[AppError, dict[str, str]] | None:
        """Return what is wrong with the request before any view is asked, and headers to add."""
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return LengthRequired("Send the body with a Content-Length."), {}
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal():
            return Malformed("Content-Length is not a number."), {}
        if int(length) > MAX_BODY_BYTES:
            return TooLarge("The body is larger than 10 MB."), {}
        try:
            route = RouteMatcher(list(self._app.routes)).match_route(self.path).route
        except ValueError:
            return NotFound("No such path; GET /api/openapi.json lists what there is."), {}
        methods = sorted(self._app.routes[route])
        if self.command not in methods and self.command != "OPTIONS":
            allowed = ", ".join(methods)
            return MethodNotAllowed(f"{route} takes {allowed}."), {"Allow": allowed}
        return None

    def _answer_preflight(self) -> None:
        """Answer as the mock integrations of infra/preflight.py do."""
        self._drain()
        route = RouteMatcher(list(self._app.routes)).match_route(self.path).route
        allowed = cors(self.headers.get("Origin", ""), settings().web_origins)
        allowed.pop("Access-Control-Expose-Headers", None)  # says nothing of a preflight
        self.send_response(204)
        headers = {**SECURITY, **PREFLIGHT, **allowed}
        headers["Access-Control-Allow-Methods"] = allowed_methods(self._app.routes[route])
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def _refuse(self, error: AppError, extra: dict[str, str]) -> None:
        self._drain()
        status, headers, body = problem(error)
        self.send_response(status)
        for name, value in (headers | extra).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _drain(self) -> None:
        """Read a refused body to its end, so that its sender comes to read the answer."""
        length = self.headers.get("Content-Length", "0") if hasattr(self, "headers") else ""
        if not length.isdecimal() or int(length) > _DRAIN_BYTES:
            self.close_connection = True
            return
        left = int(length)
        while left and (part := self.rfile.read(min(left, _CHUNK_BYTES))):
            left -= len(part)

    def _send_error_response(self, error: Any) -> None:  # noqa: ANN401 - Chalice's exception
        self._refuse(Malformed(f"The gateway refused the request ({error.CODE})."), {})

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that is not HTTP, in problem+json instead of the server's HTML."""
        self.close_connection = True
        self.command = getattr(self, "command", None) or ""
        self.request_version = self.protocol_version  # else it would answer as HTTP/0.9: no status
        error = Malformed(explain or message or _NEVER_REACHED)
        error.status = code
        self._refuse(error, {})

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write one line: method, path without its query (it may hold secrets), status, time."""
        del size
        status = getattr(code, "value", code)
        took_ms = (time.monotonic() - self._began) * 1000
        path = getattr(self, "path", "-").split("?", 1)[0]
        sys.stderr.write(f"{self.command or '-'} {path} {status} {took_ms:.0f} ms\n")


def make_server(app: Chalice, port: int, work: Work) -> LocalDevServer:
    """Return the server, listening; raises OSError when the port is taken."""
    config = Config()
    local = create_local_server(app, config, bind_host(), port)
    local.server.RequestHandlerClass = functools.partial(
        GatewayHandler, app_object=app, config=config, work=work
    )
    local.server.socket.listen(_BACKLOG)
    return local


def main() -> int:
    """Serve app.py until SIGTERM; what is being answered then is answered."""
    app: Chalice = importlib.import_module("app").app
    work = Work()
    local = make_server(app, read_ports(os.environ).api.number, work)

    def stop(_number: int, _frame: object) -> None:
        threading.Thread(target=local.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    local.server.serve_forever(poll_interval=0.1)
    work.wait(_FINISH_S)
    return 0


if __name__ == "__main__":
    sys.exit(main())
