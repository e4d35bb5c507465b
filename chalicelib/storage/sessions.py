"""Sign-in sessions: one item each, found by its id, holding only hashes of its refresh tokens.

A session stands outside the tenants' keys because it is what finds the tenant. `expires_at` is in
seconds, as DynamoDB's TTL wants it; an item may outlive it by days, so readers check the time too.
"""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError, DoesNotExist, PutError, UpdateError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.errors import Conflict
from chalicelib.core.ids import is_id
from chalicelib.storage.base import OptionalText, Row, TableMeta, is_condition_failure, table

# Older ones are left out of the list; "everywhere" ends them all the same.
LISTED = 100


class ByUser(GlobalSecondaryIndex["SessionRow"]):
    """A user's sessions, by when they began."""

    class Meta:
        """Index settings."""

        index_name = "by_user"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    created_at = NumberAttribute(range_key=True)


class ByTenant(GlobalSecondaryIndex["SessionRow"]):
    """A tenant's sessions, to be ended when the tenant goes."""

    class Meta:
        """Index settings."""

        index_name = "by_tenant"
        projection = KeysOnlyProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class SessionRow(Row):
    """One sign-in and the two newest of its refresh tokens, as hashes."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("sessions")

    id = UnicodeAttribute(hash_key=True)
    tenant_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    token_hash = UnicodeAttribute()
    previous_hash = UnicodeAttribute(null=True)
    rotated_at = NumberAttribute()
    created_at = NumberAttribute()
    expires_at = NumberAttribute()
    user_agent = OptionalText()
    source_ip = OptionalText()
    by_user = ByUser()
    by_tenant = ByTenant()


def create_session(row: SessionRow) -> None:
    """Write a new session; raise Conflict if its id is taken. 1 WRU."""
    try:
        row.save(condition=SessionRow.id.does_not_exist())
    except PutError as error:
        if is_condition_failure(error):
            raise Conflict("The session exists already.") from None
        raise


def find_session(session_id: str) -> SessionRow | None:
    """Return a session as it is after the newest write. 1 RRU."""
    try:
        return SessionRow.get(session_id, consistent_read=True)
    except DoesNotExist:
        return None


def rotate(row: SessionRow, new_hash: str, now_ms: int, expires_at: int) -> bool:
    """Make `new_hash` the session's token, if nobody has done so since `row` was read. 1 WRU.

    Returns whether this call did it; a session ended in the meantime stays ended.
    """
    try:
        row.update(
            actions=[
                SessionRow.previous_hash.set(row.token_hash),
                SessionRow.token_hash.set(new_hash),
                SessionRow.rotated_at.set(now_ms),
                SessionRow.expires_at.set(expires_at),
            ],
            condition=SessionRow.token_hash == row.token_hash,
        )
    except UpdateError as error:
        if is_condition_failure(error):
            return False
        raise
    return True


def end_session(session_id: str) -> None:
    """End a session with all its tokens; ending it twice is no error. 1 WRU."""
    SessionRow(session_id).delete()


def sessions_of(user_id: str, since_ms: int) -> list[SessionRow]:
    """Return the newest LISTED sessions that a user began since then. One query.

    A session that began within the last second may be missing: it is read from an index.
    """
    return list(
        SessionRow.by_user.query(
            user_id,
            SessionRow.created_at >= since_ms,
            scan_index_forward=False,
            limit=LISTED,
        )
    )


def end_session_of(user_id: str, session_id: str) -> bool:
    """End a session of this very user; tell whether there was one. 1 WRU."""
    if not is_id("ses", session_id):
        return False
    try:
        SessionRow(session_id).delete(condition=SessionRow.user_id == user_id)
    except DeleteError as error:
        if is_condition_failure(error):
            return False
        raise
    return True
