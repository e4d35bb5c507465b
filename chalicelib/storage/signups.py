"""Sign-ups that wait for their e-mail to be proved: what the tenant and its owner will be.

They lie beside the tokens of mails, whose table DynamoDB cleans up by itself (TTL): who does not
follow the link leaves nothing behind.
"""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from chalicelib.storage.base import IntegerAttribute, OptionalText, Row, TableMeta, table

LIVES_S = 86_400


class SignupRow(Row):
    """A business and its owner that are not there yet; the ids are those that they will have."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("mail_tokens")

    id = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    business_name = UnicodeAttribute()
    country = UnicodeAttribute()
    slug = OptionalText()
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    expires_at = IntegerAttribute()


def keep_signup(row: SignupRow) -> None:
    """Write a sign-up. 1 WRU."""
    row.save()


def find_signup(signup_id: str, now_ms: int) -> SignupRow | None:
    """Return a sign-up that still waits, None for one that is over. 1 RRU."""
    try:
        row = SignupRow.get(signup_id, consistent_read=True)
    except DoesNotExist:
        return None
    return row if row.expires_at * 1000 > now_ms else None
