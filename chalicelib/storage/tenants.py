"""Tenants, their users, and the keys that are unique over the whole platform.

A unique key (`email#…`, `slug#…`, `number#…`) is an item of its own, written in one transaction
with the entity it stands for, so that two requests at once cannot both take it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.core.errors import Conflict, NotFound
from chalicelib.storage.base import (
    Change,
    OptionalBytes,
    OptionalInteger,
    OptionalText,
    Page,
    Row,
    TableMeta,
    When,
    failed_conditions,
    is_condition_failure,
    read_page,
    start_key,
    table,
)
from chalicelib.storage.usage import USERS, UsageRow

LISTING = "tenants"


class ByCreation(GlobalSecondaryIndex["TenantRow"]):
    """All tenants in the order in which they came; only their keys, which never change."""

    class Meta:
        """Index settings."""

        index_name = "by_creation"
        projection = KeysOnlyProjection()

    listing = UnicodeAttribute(hash_key=True)
    created_at = NumberAttribute(range_key=True)


class TenantRow(Row):
    """A business on the platform; `campaign_rules` is services.campaigns.rules as JSON.

    `limits` are the exceptions from its plan that its operator made, by name. `suspended_at`,
    `suspended_reason` and `suspended_by` say since when it is suspended, why and by whom.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("tenants")

    id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    country = UnicodeAttribute()
    campaign_rules = JSONAttribute(null=True)
    created_at = NumberAttribute()
    slug = OptionalText()
    # Counted in the transactions that make and unmake owners, so that one always stays.
    owners = OptionalInteger()
    # {name: [permission]}: roles of the tenant's own.
    roles = JSONAttribute(null=True)
    # Counts the changes of what the business or its operator can set.
    version = OptionalInteger()
    time_zone = OptionalText()
    language = OptionalText()
    contact_email = OptionalText()
    plan = OptionalText()
    limits = JSONAttribute(null=True)
    suspended_at = OptionalInteger()
    suspended_reason = OptionalText()
    suspended_by = OptionalText()
    # The one partition of the index that lists all tenants.
    listing = UnicodeAttribute(default=LISTING, null=True)
    by_creation = ByCreation()


class UserRow(Row):
    """A member of a tenant's team, or somebody who is invited to be one.

    Only an active member has a password, and the unique key of the e-mail.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("users")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    role = UnicodeAttribute()
    state = UnicodeAttribute(default="active")  # or "invited"
    password_hash = OptionalText()
    created_at = NumberAttribute()
    email_verified_at = OptionalInteger()
    # A session that began before it is over.
    sessions_since = OptionalInteger()
    # Encrypted with the tenants' key. A second factor that is not confirmed yet does not count.
    totp_pending = OptionalBytes()
    totp_secret = OptionalBytes()
    totp_step = OptionalInteger()  # the 30 seconds that the last code was of
    recovery_hashes = UnicodeSetAttribute(null=True)
    # Since when they are an operator of the platform; infra/operators.py alone writes it.
    operator_since = OptionalInteger()


class UniqueKeyRow(Row):
    """A value that only one entity of the platform may have, and whose it is."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("unique_keys")

    key = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute()
    entity_id = UnicodeAttribute()


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a unique key is."""

    tenant_id: str
    entity_id: str


def transaction() -> TransactWrite:
    """Return a transaction over any tables; it commits when its `with` block ends.

    It goes through the connection of a model, because making one of its own takes 100 ms.
    """
    shared = UniqueKeyRow._get_connection().connection  # noqa: SLF001 - PynamoDB shows it nowhere
    return TransactWrite(connection=shared)


def find_owner(kind: str, value: str) -> Owner | None:
    """Return whose the unique key is. 0.5 RRU."""
    try:
        row = UniqueKeyRow.get(f"{kind}#{value}")
    except DoesNotExist:
        return None
    return Owner(row.tenant_id, row.entity_id)


def create_tenant(tenant: TenantRow, owner: UserRow, *uses: tuple[Model, When]) -> None:
    """Write a tenant, its first user and their e-mail's and slug's keys, all or nothing. 10 WRU.

    `uses` are items that are used up by it, each if its condition holds, 2 WRU more each. Raises
    Conflict `link_used` if one does not, then `email_taken`, then `slug_taken`.
    """
    email_key = UniqueKeyRow(f"email#{owner.email}", tenant_id=tenant.id, entity_id=owner.id)
    tenant.owners = 1
    try:
        with transaction() as write:
            for used_up, condition in uses:
                write.delete(used_up, condition=condition)
            write.save(email_key, condition=UniqueKeyRow.key.does_not_exist())
            write.save(tenant, condition=TenantRow.id.does_not_exist())
            write.save(owner, condition=UserRow.id.does_not_exist())
            # The first member; written as storage.usage counts them from then on.
            write.save(UsageRow(tenant.id, USERS, used=1))
            if tenant.slug is not None:
                slug_key = UniqueKeyRow(
                    f"slug#{tenant.slug}", tenant_id=tenant.id, entity_id=tenant.id
                )
                write.save(slug_key, condition=UniqueKeyRow.key.does_not_exist())
    except TransactWriteError as error:
        # PynamoDB sends deletions first, then what is saved.
        failed = [position - len(uses) for position in failed_conditions(error)]
        if any(position < 0 for position in failed):
            raise Conflict("The link was used.", code="link_used") from None
        if 0 in failed:
            raise Conflict(
                "This e-mail has an account already; sign in instead.", code="email_taken"
            ) from None
        if 4 in failed:
            raise Conflict(
                f"Another business is called {tenant.slug}; choose another slug.",
                code="slug_taken",
            ) from None
        raise


def ask_database() -> None:
    """Return if DynamoDB answers, about an item that need not exist. 0.5 RRU."""
    with suppress(DoesNotExist):
        TenantRow.get("health")


def get_tenant(tenant_id: str) -> TenantRow:
    """Return a tenant; raise NotFound. 0.5 RRU."""
    try:
        return TenantRow.get(tenant_id)
    except DoesNotExist:
        raise NotFound("There is no such business.") from None


def set_campaign_rules(tenant_id: str, rules: Mapping[str, Any]) -> None:
    """Replace what a tenant has decided for all its campaigns. 1 WRU."""
    TenantRow(tenant_id).update(
        actions=[TenantRow.campaign_rules.set(dict(rules))], condition=TenantRow.id.exists()
    )


def check_tenant(tenant_id: str) -> TenantRow | None:
    """Return a tenant as it is this moment, None if there is none. 1 RRU."""
    try:
        return TenantRow.get(tenant_id, consistent_read=True)
    except DoesNotExist:
        return None


def change_tenant(
    tenant_id: str, *changes: Change, seen: int | None = None, only_if: Condition | None = None
) -> TenantRow | None:
    """Change what can be set of a tenant, and count its version; return it whole. 1 WRU.

    None, and nothing written, unless its version is `seen` (where that is given) and `only_if`
    holds. Raises NotFound.
    """
    row = TenantRow(tenant_id)
    condition: Condition = TenantRow.id.exists()
    if seen is not None:
        condition &= TenantRow.version == seen if seen > 0 else TenantRow.version.does_not_exist()
    if only_if is not None:
        condition &= only_if
    try:
        row.update(actions=[TenantRow.version.add(1), *changes], condition=condition)
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        get_tenant(tenant_id)
        return None
    return row


def list_tenants(limit: int, cursor: str | None) -> Page[TenantRow]:
    """Return a page of all tenants, the newest first. One query of keys, 0.5 RRU a tenant."""
    scope = "platform|tenants"
    keys = read_page(
        scope,
        TenantRow.by_creation.query(
            LISTING,
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=start_key(scope, cursor),
        ),
    )
    ids = [row.id for row in keys.items]
    found = {row.id: row for row in TenantRow.batch_get(ids)} if ids else {}
    return Page([found[one] for one in ids if one in found], keys.next_cursor)


def get_user(tenant_id: str, user_id: str) -> UserRow:
    """Return a user of the tenant; raise NotFound. 0.5 RRU."""
    try:
        return UserRow.get(tenant_id, user_id)
    except DoesNotExist:
        raise NotFound("There is no such user.") from None


def check_user(tenant_id: str, user_id: str) -> UserRow | None:
    """Return a user as they are this moment, None if there is none. 1 RRU."""
    try:
        return UserRow.get(tenant_id, user_id, consistent_read=True)
    except DoesNotExist:
        return None


def set_roles(tenant_id: str, roles: dict[str, list[str]]) -> None:
    """Write the tenant's own roles. 1 WRU."""
    TenantRow(tenant_id).update(
        actions=[TenantRow.roles.set(roles)], condition=TenantRow.id.exists()
    )
