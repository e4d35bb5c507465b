"""Which contact a phone number or a business-scoped user id belongs to.

An identity is an item of its own, keyed by tenant, kind and value, and written in one transaction
with its contact, so that two requests at once cannot make two contacts of one person. A user id
that Meta has replaced stays an identity of its contact, since deliveries that name it may be late;
a phone that a person gave up does not, since the next owner of it is somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.context import TenantContext
from chalicelib.storage.base import Row, TableMeta, join_key, table

Kind = Literal["phone", "bsuid"]

_BATCH = 100


class IdentityRow(Row):
    """A phone number (E.164) or a business-scoped user id, and whose it is."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("identities")

    key = UnicodeAttribute(hash_key=True)
    contact_id = UnicodeAttribute()


class Identities:
    """The identities of one tenant's contacts."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def row(self, kind: Kind, value: str, contact_id: str) -> IdentityRow:
        """Return the item that says whose `value` is; nothing is written."""
        return IdentityRow(join_key(self._tenant_id, kind, value), contact_id=contact_id)

    def owners(self, kind: Kind, values: Iterable[str]) -> dict[str, str]:
        """Return the contact id of each of `values` that is known. 1 RRU each, 100 a request."""
        prefix = join_key(self._tenant_id, kind, "")
        keys = [f"{prefix}{value}" for value in dict.fromkeys(values)]
        found: dict[str, str] = {}
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            for row in IdentityRow.batch_get(batch, consistent_read=True):
                found[row.key.removeprefix(prefix)] = row.contact_id
        return found
