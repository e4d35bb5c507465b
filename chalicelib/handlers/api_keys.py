"""Routes of API keys."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.handlers.routing import routes
from chalicelib.schemas.api_keys import ApiKeyCreate, ApiKeyList, ApiKeyMade
from chalicelib.schemas.base import PageQuery
from chalicelib.services import api_keys

api = routes(__name__, "api-keys")
blueprint = api.blueprint


@api.route("GET", "/api/api-keys", permission="api_keys:read")
def list_api_keys(ctx: TenantContext, query: PageQuery) -> ApiKeyList:
    """List the API keys, newest first, without their secrets."""
    return api_keys.page(ctx, query)


@api.route("POST", "/api/api-keys", status=201, permission="api_keys:write")
def create_api_key(ctx: TenantContext, body: ApiKeyCreate) -> ApiKeyMade:
    """Make an API key; the answer is the only one that shows it."""
    return api_keys.create(ctx, body)


@api.route(
    "DELETE",
    "/api/api-keys/{key_id}",
    status=204,
    permission="api_keys:write",
    errors=(NotFound,),
)
def delete_api_key(ctx: TenantContext, key_id: str) -> None:
    """Remove an API key; it is good for nothing from then on."""
    api_keys.remove(ctx, key_id)
