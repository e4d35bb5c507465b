"""API keys: what a program signs its requests with instead of a user's access token.

A key is `pk_<tenant>_<key>_<secret>`: it names its item, whose hash of the secret it must match. It
may do what its scopes say, for ever or until it expires, from anywhere or from its networks. It
outlives the user who made it, and can neither make keys nor change the team.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from typing import TYPE_CHECKING

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Forbidden, Invalid, Unauthenticated
from chalicelib.core.ids import is_id, ordered_id
from chalicelib.core.permissions import KEY_SCOPES, may_give
from chalicelib.storage.api_keys import ApiKeyRow, ApiKeys

if TYPE_CHECKING:
    from chalicelib.schemas.api_keys import ApiKeyCreate, ApiKeyList, ApiKeyMade, ApiKeyOut
    from chalicelib.schemas.base import PageQuery

ROLE = "api_key"
# A use is written once in this time, not with every request.
USE_NOTED_MS = 15 * 60_000


def create(ctx: TenantContext, body: ApiKeyCreate, clock: Clock = SYSTEM_CLOCK) -> ApiKeyMade:
    """Make a key and return it with its secret, which nobody can see again. 4 WRU, 0.5 RRU.

    Raises Invalid for a scope that no key can have or a time gone by, Forbidden for a scope that
    the caller does not have, Conflict for the plan's limit.
    """
    from chalicelib.schemas.api_keys import ApiKeyMade

    scopes = frozenset(body.scopes)
    _check(scopes, body.expiry_ms(), clock.now_ms())
    if not may_give(ctx.permissions, scopes):
        beyond = ", ".join(sorted(scopes - ctx.permissions))
        raise Forbidden(f"A key cannot have what you may not do yourself: {beyond}.")
    secret = secrets.token_urlsafe(32)
    row = ApiKeyRow(
        ctx.tenant_id,
        ordered_id("key", clock.now_ms()),
        name=body.name,
        secret_hash=_hash(secret),
        scopes=sorted(scopes),
        networks=body.networks,
        created_by=ctx.user_id,
        created_at=clock.now_ms(),
        valid_until=body.expiry_ms(),
    )
    from chalicelib.services import plans  # every route loads this module, one makes keys

    ApiKeys(ctx.tenant_id).create(row, plans.limit(ctx, "api_keys"))
    tenant, key = ctx.tenant_id.removeprefix("ten_"), row.id.removeprefix("key_")
    return ApiKeyMade(**_out(row).model_dump(), key=f"pk_{tenant}_{key}_{secret}")


def page(ctx: TenantContext, query: PageQuery) -> ApiKeyList:
    """Return a page of keys, newest first, without their secrets. One query."""
    from chalicelib.schemas.api_keys import ApiKeyList

    found = ApiKeys(ctx.tenant_id).page(query.limit, query.cursor)
    return ApiKeyList(items=[_out(row) for row in found.items], next_cursor=found.next_cursor)


def remove(ctx: TenantContext, key_id: str) -> None:
    """Remove a key, which is good for nothing from then on; raise NotFound. 4 WRU."""
    ApiKeys(ctx.tenant_id).remove(key_id)


def read_key(
    token: str, source_ip: str, request_id: str, clock: Clock = SYSTEM_CLOCK
) -> TenantContext:
    """Return the context of a key's request. 1 RRU, and 1 WRU every USE_NOTED_MS.

    Raises Unauthenticated for a key that is not there, wrong or expired, Forbidden for one that is
    used from another network; which of the first three it is, is not told.
    """
    row = _find(token)
    now_ms = clock.now_ms()
    if row is None or (row.valid_until is not None and row.valid_until <= now_ms):
        raise Unauthenticated("The API key is not valid; it may have expired or been removed.")
    if row.networks and not _is_within(source_ip, row.networks):
        raise Forbidden(
            "This API key may not be used from this address; see its networks.",
            code="wrong_network",
        )
    if row.last_used_at is None or row.last_used_at < now_ms - USE_NOTED_MS:
        ApiKeys(row.tenant_id).note_use(row.id, now_ms, now_ms - USE_NOTED_MS)
    # A scope that keys may not have any more counts for nothing.
    scopes = frozenset(row.scopes) & KEY_SCOPES
    return TenantContext(row.tenant_id, row.id, ROLE, request_id, permissions=scopes)


def _find(token: str) -> ApiKeyRow | None:
    parts = token.split("_", 3)
    if len(parts) != 4:
        return None
    tenant_id, key_id, secret = f"ten_{parts[1]}", f"key_{parts[2]}", parts[3]
    if not (is_id("ten", tenant_id) and is_id("key", key_id)):
        return None
    row = ApiKeys(tenant_id).find(key_id)
    if row is None or not hmac.compare_digest(_hash(secret), row.secret_hash):
        return None
    return row


def _is_within(source_ip: str, networks: list[str]) -> bool:
    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)


def _check(scopes: frozenset[str], expiry_ms: int | None, now_ms: int) -> None:
    impossible = sorted(scopes - KEY_SCOPES)
    if impossible:
        field, words = "scopes", f"no key can have {impossible[0]!r}"
    elif expiry_ms is not None and expiry_ms <= now_ms:
        field, words = "expires_at", "choose a time to come"
    else:
        return
    raise Invalid(
        f"{field}: {words}.", code="validation_failed", errors=(FieldError(field, words),)
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _out(row: ApiKeyRow) -> ApiKeyOut:
    from chalicelib.schemas.api_keys import ApiKeyOut

    return ApiKeyOut(
        id=row.id,
        name=row.name,
        scopes=list(row.scopes),
        networks=list(row.networks),
        created_by=row.created_by,
        created_at=to_iso(row.created_at),
        expires_at=iso_or_none(row.valid_until),
        last_used_at=iso_or_none(row.last_used_at),
    )
