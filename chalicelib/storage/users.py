"""The team of a tenant: its members' items, and the transactions that keep it from losing itself.

A tenant counts its owners (`TenantRow.owners`). Whatever makes or unmakes an owner changes the user
and the count in one transaction, whose condition on the count is that one is left.
"""

from __future__ import annotations

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import is_id
from chalicelib.storage.base import (
    Change,
    Page,
    failed_conditions,
    is_condition_failure,
    read_page,
    start_key,
)
from chalicelib.storage.tenants import TenantRow, UniqueKeyRow, UserRow, get_user, transaction
from chalicelib.storage.usage import USERS, count, patiently, refused

OWNER = "owner"


class Users:
    """The users of one tenant."""

    def __init__(self, tenant_id: str) -> None:
        self._tenant_id = tenant_id

    def get(self, user_id: str) -> UserRow:
        """Return a user or somebody invited; raise NotFound. 0.5 RRU."""
        if not is_id("usr", user_id):
            raise _missing()
        return get_user(self._tenant_id, user_id)

    def page(self, limit: int, cursor: str | None) -> Page[UserRow]:
        """Return a page of the team, in no order that means something. One query."""
        scope = f"{self._tenant_id}|users"
        results = UserRow.query(
            self._tenant_id, limit=limit, last_evaluated_key=start_key(scope, cursor)
        )
        return read_page(scope, results)

    def invite(self, row: UserRow, limit: int | None) -> None:
        """Write somebody who is invited; raise LimitReached if there are `limit` users. 4 WRU."""
        row.tenant_id = self._tenant_id
        row.state = "invited"

        def act() -> None:
            with transaction() as write:
                write.save(row, condition=UserRow.id.does_not_exist())
                count(write, self._tenant_id, USERS, 1, limit)

        try:
            patiently(act)
        except TransactWriteError as error:
            raise refused(error, self._tenant_id, USERS, limit) or error from None

    def change(self, user_id: str, *changes: Change, only_if: Condition | None = None) -> bool:
        """Change a user who is there, if `only_if` holds; tell whether it was done. 1 WRU."""
        condition = UserRow.id.exists() if only_if is None else UserRow.id.exists() & only_if
        try:
            UserRow(self._tenant_id, user_id).update(actions=list(changes), condition=condition)
        except UpdateError as error:
            if is_condition_failure(error):
                return False
            raise
        return True

    def set_role(self, user: UserRow, role: str) -> None:
        """Give a user another role. 2 WRU, 4 more for an owner.

        Raises Conflict `last_owner`, or `user_changed` if somebody changed the role or the state
        since `user` was read.
        """
        was = user.state == "active" and user.role == OWNER
        will_be = user.state == "active" and role == OWNER
        try:
            with transaction() as write:
                write.update(user, [UserRow.role.set(role)], condition=_as_read(user))
                self._count_owners(write, int(will_be) - int(was))
        except TransactWriteError as error:
            _refused(error)

    def remove(self, user: UserRow) -> None:
        """Remove a user, and the key of an active one's e-mail. 4 to 8 WRU.

        Raises Conflict as `set_role` does.
        """
        is_active = user.state == "active"
        try:
            with transaction() as write:
                write.delete(user, condition=_as_read(user))
                self._count_owners(write, -int(is_active and user.role == OWNER))
                if is_active:
                    write.delete(UniqueKeyRow(f"email#{user.email}"))
                count(write, self._tenant_id, USERS, -1, None)
        except TransactWriteError as error:
            _refused(error)

    def _count_owners(self, write: TransactWrite, difference: int) -> None:
        if difference == 0:
            return
        one_stays = None if difference > 0 else TenantRow.owners > 1
        write.update(
            TenantRow(self._tenant_id),
            [TenantRow.owners.add(difference)],
            condition=one_stays if one_stays is not None else TenantRow.id.exists(),
        )


def join(user: UserRow, name: str, password_hash: str, now_ms: int, token_id: str) -> None:
    """Make an invited user a member: the user, the e-mail's key, the mail's token. 6 to 8 WRU.

    All or nothing. Raises Conflict `email_taken`, or `user_changed` when the invitation was used or
    taken back meanwhile.
    """
    from chalicelib.storage.mail_tokens import MailTokenRow

    key = UniqueKeyRow(f"email#{user.email}", tenant_id=user.tenant_id, entity_id=user.id)
    changes: list[Change] = [
        UserRow.name.set(name),
        UserRow.password_hash.set(password_hash),
        UserRow.state.set("active"),
        UserRow.email_verified_at.set(now_ms),
    ]
    try:
        with transaction() as write:
            write.save(key, condition=UniqueKeyRow.key.does_not_exist())
            write.update(user, changes, condition=_as_read(user))
            write.delete(MailTokenRow(token_id), condition=MailTokenRow.id.exists())
            if user.role == OWNER:
                write.update(
                    TenantRow(user.tenant_id),
                    [TenantRow.owners.add(1)],
                    condition=TenantRow.id.exists(),
                )
    except TransactWriteError as error:
        failed = failed_conditions(error)
        if not failed:
            raise
        # PynamoDB sends deletions first, then what is saved, then updates.
        if failed == (1,):
            raise Conflict(
                "This e-mail has an account already; ask for an invitation to another e-mail.",
                code="email_taken",
            ) from None
        raise Conflict(
            "The invitation was changed just now; open its link again.", code="user_changed"
        ) from None


def _as_read(user: UserRow) -> Condition:
    unchanged: Condition = (UserRow.role == user.role) & (UserRow.state == user.state)
    return unchanged


def _refused(error: TransactWriteError) -> None:
    failed = failed_conditions(error)
    if 0 in failed:  # the user's own item, the first deletion or update
        raise Conflict(
            "Somebody else changed this user just now; look again.", code="user_changed"
        ) from None
    if failed:
        raise Conflict(
            "This is the last owner; make somebody else an owner first.", code="last_owner"
        ) from None
    raise error


def _missing() -> NotFound:
    return NotFound("There is no such user.")
