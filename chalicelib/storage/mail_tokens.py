"""The tokens in the links of mails: each good once, for one thing, until it expires.

Only a hash is kept, as the item's key: who reads the table cannot follow a link. `expires_at` is in
seconds; DynamoDB deletes the item some time after it, so readers look at it too.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.storage.base import (
    Change,
    IntegerAttribute,
    OptionalText,
    Row,
    TableMeta,
    failed_conditions,
    table,
)
from chalicelib.storage.tenants import UserRow, transaction

Purpose = Literal["reset", "verification", "invitation", "signup"]


class ByTenant(GlobalSecondaryIndex["MailTokenRow"]):
    """A tenant's tokens, to be thrown away when the tenant goes."""

    class Meta:
        """Index settings."""

        index_name = "by_tenant"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class MailTokenRow(Row):
    """What one link of a mail stands for."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("mail_tokens")

    id = UnicodeAttribute(hash_key=True)
    purpose = UnicodeAttribute()
    tenant_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    # The password, as a hash of its hash, or the e-mail that the link is about: it is worth nothing
    # once that has changed. Of a sign-up, its id.
    about = OptionalText()
    expires_at = IntegerAttribute()
    by_tenant = ByTenant()


def token_id(token: str) -> str:
    """Return the key of a token's item."""
    return hashlib.sha256(token.encode()).hexdigest()


def keep_token(row: MailTokenRow) -> None:
    """Write a token's item. 1 WRU."""
    row.save()


def find_token(token: str, purpose: Purpose, now_ms: int) -> MailTokenRow | None:
    """Return what a token stands for, if it is for `purpose` and has not expired. 1 RRU."""
    try:
        row = MailTokenRow.get(token_id(token), consistent_read=True)
    except DoesNotExist:
        return None
    is_good = row.purpose == purpose and row.expires_at * 1000 > now_ms
    return row if is_good else None


def use_token(row: MailTokenRow, user: UserRow, *changes: Change) -> bool:
    """Use up a token and change its user, both or neither. 4 WRU.

    False if the token was used, or the user's password or e-mail changed, since they were read.
    """
    try:
        with transaction() as write:
            write.delete(row, condition=MailTokenRow.id.exists())
            write.update(
                user,
                list(changes),
                condition=(UserRow.password_hash == user.password_hash)
                & (UserRow.email == user.email),
            )
    except TransactWriteError as error:
        if failed_conditions(error):
            return False
        raise
    return True
