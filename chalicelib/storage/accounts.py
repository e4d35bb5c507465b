"""The WhatsApp Business Accounts of a tenant, and which tenant an account of Meta belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.models import Model

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.storage.base import (
    Page,
    TableMeta,
    is_condition_failure,
    read_page,
    start_key,
    table,
)
from chalicelib.storage.tenants import Owner, find_owner

KIND = "waba"


class AccountRow(Model):
    """An account (WABA); its `id` is Meta's, so that a webhook's effect needs no lookup but one.

    `state` is what Meta last reported of each matter, by the name of that matter (`review`,
    `restrictions`, `ban`, `violation`, `capability`, `alerts` …); `events_at` when, in
    milliseconds.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("accounts")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    business_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute(default="")
    currency = UnicodeAttribute(null=True)
    timezone_id = UnicodeAttribute(null=True)
    state = JSONAttribute(default=dict)
    events_at = JSONAttribute(default=dict)
    version = NumberAttribute(default=0)
    created_at = NumberAttribute()


def find_account(waba_id: str) -> Owner | None:
    """Return the tenant of Meta's account, for routing webhooks. 0.5 RRU."""
    return find_owner(KIND, waba_id)


class Accounts:
    """The accounts of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def get(self, waba_id: str) -> AccountRow:
        """Return an account as it is now; raise NotFound. 1 RRU."""
        try:
            return AccountRow.get(self._tenant_id, waba_id, consistent_read=True)
        except DoesNotExist:
            raise NotFound("There is no such account.") from None

    def page(self, limit: int, cursor: str | None) -> Page[AccountRow]:
        """Return a page of accounts. 0.5 RRU per 4 KB."""
        scope = f"{self._tenant_id}|accounts"
        results = AccountRow.query(
            self._tenant_id, limit=limit, last_evaluated_key=start_key(scope, cursor)
        )
        return read_page(scope, results)

    def note(self, row: AccountRow, matter: str, value: Mapping[str, Any], at_ms: int) -> bool:
        """Write what Meta reported of a matter at `at_ms`; False if a newer report is known.

        Raises nothing when another write came between: the row is read again. 1 WRU a try.
        """
        while True:
            if int(row.events_at.get(matter, 0)) > at_ms:
                return False
            state, events_at = dict(row.state), dict(row.events_at)
            state[matter], events_at[matter] = dict(value), at_ms
            try:
                row.update(
                    actions=[
                        AccountRow.state.set(state),
                        AccountRow.events_at.set(events_at),
                        AccountRow.version.add(1),
                    ],
                    condition=AccountRow.version == row.version,
                )
            except UpdateError as error:
                if not is_condition_failure(error):
                    raise
                row = self.get(row.id)
                continue
            return True
