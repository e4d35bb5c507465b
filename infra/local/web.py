"""The SPA of the local stack at WEB_PORT: built files, with /api beside them as CloudFront has it.

python -m infra.local.web
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from chalicelib.core.config import settings
from chalicelib.core.errors import NotFound
from infra.local.ministack import ROOT
from infra.local.ports import read_ports
from infra.local.problem import problem
from infra.local.proxy import METHODS, ReverseProxy
from infra.local.webhook import serve
from infra.resources import fragment

DIST = ROOT / "frontend" / "dist"
_FOREVER = "public, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Parley: the app is not built</title>
<style>body{font:1rem/1.6 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
<h1>The app is not built yet</h1>
<p>The stack is running, but <code>frontend/dist</code> has no <code>index.html</code>.
Build it with <code>make frontend</code> (or <code>npm ci &amp;&amp; npm run build</code> in
<code>frontend</code>) and reload this page; nothing needs to be started again.</p>
<p>The API answers meanwhile: <a href="/api/docs">its documentation</a>,
<a href="/api/health">its health</a>.</p>
</html>"""


def security_headers(s3_url: str, bucket: str) -> dict[str, str]:
    """Return the headers that CloudFront adds to the SPA, from infra/edge.yaml.

    The page may upload to `bucket` at `s3_url`, where the template names AWS's S3. Without
    Strict-Transport-Security, which means nothing over plain HTTP.
    """
    policy = fragment()["Resources"]["WebHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    config: Mapping[str, Any] = policy["SecurityHeadersConfig"]
    content_policy: str = config["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    local = content_policy.replace("https://s3.${AWS::Region}.${AWS::URLSuffix}", s3_url)
    return {
        "Content-Security-Policy": local.replace("${Bucket}", bucket),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": config["FrameOptions"]["FrameOption"],
        "Referrer-Policy": config["ReferrerPolicy"]["ReferrerPolicy"],
    }


def make_app(dist: Path, api_url: str, headers: Mapping[str, str]) -> Starlette:
    """Return the ASGI app: /api/* from `api_url`, all else from `dist` with history fallback.

    `headers` are added to what comes from `dist`; the API has its own.
    """
    proxy = ReverseProxy(api_url)

    async def page(request: Request) -> Response:
        response = _file(dist, request.path_params["path"])
        response.headers.update(headers)
        return response

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await proxy.aclose()

    return Starlette(
        routes=[
            Route("/api/{path:path}", proxy.__call__, methods=METHODS),
            Route("/{path:path}", page, methods=["GET", "HEAD"]),
        ],
        lifespan=lifespan,
    )


def _file(dist: Path, path: str) -> Response:
    """Return the file at `path`, or the index page for a path that names no file."""
    index = dist / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, status_code=503, headers={"Cache-Control": "no-store"})
    wanted = (dist / path).resolve()
    if path and wanted.is_file() and wanted.is_relative_to(dist.resolve()):
        # Vite puts a hash of the content into the names under assets/, and only there.
        lasting = path.startswith("assets/")
        return FileResponse(wanted, headers={"Cache-Control": _FOREVER if lasting else "no-cache"})
    if "." in path.rsplit("/", 1)[-1]:
        status, headers, body = problem(NotFound(f"There is no file /{path}."))
        return Response(body, status_code=status, headers=headers)
    return FileResponse(index, headers={"Cache-Control": "no-cache"})


def main() -> int:
    """Serve until SIGTERM; API_URL says where the API is when it is not on this machine."""
    ports = read_ports(os.environ)
    headers = security_headers(
        os.environ.get("AWS_ENDPOINT_URL") or ports.aws.url, settings().bucket
    )
    api_url = os.environ.get("API_URL") or ports.api.url
    serve(make_app(DIST, api_url, headers), ports.web.number)
    return 0


if __name__ == "__main__":
    sys.exit(main())
