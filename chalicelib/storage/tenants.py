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
from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.core.errors import Conflict, NotFound
from chalicelib.storage.base import (
    OptionalBytes,
    OptionalInteger,
    OptionalText,
    TableMeta,
    failed_conditions,
    table,
)


class TenantRow(Model):
    """A business on the platform; `campaign_rules` is services.campaigns.rules as JSON."""

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


class UserRow(Model):
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


class UniqueKeyRow(Model):
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


def create_tenant(tenant: TenantRow, owner: UserRow) -> None:
    """Write a tenant, its first user and their e-mail's and slug's keys, all or nothing. 8 WRU.

    Raises Conflict `email_taken` or `slug_taken`, e-mail first.
    """
    email_key = UniqueKeyRow(f"email#{owner.email}", tenant_id=tenant.id, entity_id=owner.id)
    tenant.owners = 1
    try:
        with transaction() as write:
            write.save(email_key, condition=UniqueKeyRow.key.does_not_exist())
            write.save(tenant, condition=TenantRow.id.does_not_exist())
            write.save(owner, condition=UserRow.id.does_not_exist())
            if tenant.slug is not None:
                slug_key = UniqueKeyRow(
                    f"slug#{tenant.slug}", tenant_id=tenant.id, entity_id=tenant.id
                )
                write.save(slug_key, condition=UniqueKeyRow.key.does_not_exist())
    except TransactWriteError as error:
        failed = failed_conditions(error)
        if 0 in failed:
            raise Conflict(
                "This e-mail has an account already; sign in instead.", code="email_taken"
            ) from None
        if 3 in failed:
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


def get_user(tenant_id: str, user_id: str) -> UserRow:
    """Return a user of the tenant; raise NotFound. 0.5 RRU."""
    try:
        return UserRow.get(tenant_id, user_id)
    except DoesNotExist:
        raise NotFound("There is no such user.") from None


def set_roles(tenant_id: str, roles: dict[str, list[str]]) -> None:
    """Write the tenant's own roles. 1 WRU."""
    TenantRow(tenant_id).update(
        actions=[TenantRow.roles.set(roles)], condition=TenantRow.id.exists()
    )
