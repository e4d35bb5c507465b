"""Routes about the API itself: its health, its document, its documentation page."""

from __future__ import annotations

from chalicelib.core import docs_page
from chalicelib.core.context import PublicContext
from chalicelib.core.contract import Reply
from chalicelib.core.openapi import committed_text
from chalicelib.handlers.routing import routes
from chalicelib.schemas.health import HealthOut
from chalicelib.services import health

api = routes(__name__, "meta")
blueprint = api.blueprint

# A new deployment is what changes either, and five minutes later everybody has seen it.
_CACHED = {"Cache-Control": "public, max-age=300"}


@api.route(
    "GET",
    "/api/health",
    other_statuses={503: "The database, the queues or the storage cannot be used."},
)
def get_health(ctx: PublicContext) -> Reply[HealthOut]:  # noqa: ARG001 - it says: public
    """Check everything that Parley stands on.

    The answer is 200 as long as Parley can take work, also if WhatsApp is down.
    """
    found = health.check()
    return Reply(found, status=200 if health.is_able(found) else 503)


@api.route("GET", "/api/openapi.json")
def get_openapi(ctx: PublicContext) -> Reply[str]:  # noqa: ARG001
    """Get this document, in OpenAPI 3.1."""
    return Reply(committed_text(), _CACHED)


@api.route("GET", "/api/docs", response_type="text/html; charset=utf-8")
def get_docs(ctx: PublicContext) -> Reply[str]:  # noqa: ARG001
    """Read this document as a page."""
    return Reply(docs_page.page(), {**_CACHED, **docs_page.HEADERS})
