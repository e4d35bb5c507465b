"""The business numbers of a tenant, and which tenant a number of Meta belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.pagination import ResultIterator

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import is_id, ordered_id
from chalicelib.storage.accounts import (
    KIND as ACCOUNT_KIND,
    AccountFields,
    AccountRow,
    account_taken,
    claim_account,
)
from chalicelib.storage.base import (
    Page,
    failed_conditions,
    is_condition_failure,
    read_page,
    start_key,
)
from chalicelib.storage.number_row import (
    REPORTED,
    Connection,
    NumberRow,
    account_changes,
    connecting,
    disconnecting,
    messages_per_s,
    setting,
)
from chalicelib.storage.tenants import Owner, UniqueKeyRow, find_owner, transaction
from chalicelib.storage.usage import NUMBERS, count, refused

__all__ = [
    "REPORTED",
    "Connection",
    "Disconnected",
    "NumberRow",
    "Numbers",
    "access_token",
    "find_number",
    "messages_per_s",
    "taken",
]

_KIND = "number"
# PynamoDB sends a transaction's deletions first, then what is saved, then the updates.
_FIRST_PUT = 0


class Disconnected(Conflict):
    """The number was disconnected, and there is no token to call Meta with."""

    code = "number_disconnected"


def find_number(phone_number_id: str) -> Owner | None:
    """Return the tenant and our id of Meta's number, for routing webhooks. 0.5 RRU."""
    return find_owner(_KIND, phone_number_id)


def access_token(row: NumberRow) -> str:
    """Return the token that sends from a number. One KMS request in the life of the process.

    Raises Disconnected.
    """
    if not row.token_ciphertext:
        raise Disconnected(
            f"The number {row.display_phone_number} is disconnected; connect it again first."
        )
    return aws.decrypt(row.tenant_id, row.token_ciphertext)


class Numbers:
    """The numbers of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def get(self, number_id: str) -> NumberRow:
        """Return a number as it is now; raise NotFound. 1 RRU."""
        if not is_id("num", number_id):
            raise _missing()
        try:
            return NumberRow.get(self._tenant_id, number_id, consistent_read=True)
        except DoesNotExist:
            raise _missing() from None

    def page(self, limit: int, cursor: str | None) -> Page[NumberRow]:
        """Return a page of connected numbers, the first connected first. 0.5 RRU per 4 KB."""
        scope = f"{self._tenant_id}|numbers"
        results = NumberRow.query(
            self._tenant_id,
            filter_condition=NumberRow.disconnected_at.does_not_exist(),
            limit=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def of_account(self, waba_id: str) -> list[NumberRow]:
        """Return the connected numbers of an account, as they are now.

        1 RRU per 4 KB of all numbers of the tenant, of which Meta allows a business twenty.
        """
        return list(
            self._where((NumberRow.waba_id == waba_id) & NumberRow.disconnected_at.does_not_exist())
        )

    def connect(
        self,
        connection: Connection,
        now_ms: int,
        account: AccountFields | None = None,
        *,
        limit: int | None = None,
    ) -> NumberRow:
        """Write a number, its account and the keys that route their webhooks, all or nothing.

        A number that this tenant has already, or had, gets the new token and fields and keeps its
        id. Raises Conflict if another tenant has the number or its account, and LimitReached if
        `limit` numbers are connected. 10 WRU and 2 RRU.
        """
        fields = account or AccountFields()
        if find_number(connection.phone_number_id) is not None:
            return self._reconnect(connection, now_ms, fields)
        former = next(
            self._where(NumberRow.phone_number_id == connection.phone_number_id),
            None,
        )
        number_id = ordered_id("num", now_ms) if former is None else former.id
        key = UniqueKeyRow(
            f"{_KIND}#{connection.phone_number_id}", tenant_id=self._tenant_id, entity_id=number_id
        )
        try:
            with transaction() as write:
                write.save(key, condition=UniqueKeyRow.key.does_not_exist())
                write.update(
                    NumberRow(self._tenant_id, number_id),
                    actions=[
                        *connecting(connection, now_ms),
                        NumberRow.connected_at.set(now_ms),
                    ],
                )
                claim_account(write, self._tenant_id, connection.waba_id, fields, now_ms)
                count(write, self._tenant_id, NUMBERS, 1, limit)
        except TransactWriteError as error:
            full = refused(error, self._tenant_id, NUMBERS, limit)
            if full is not None:
                raise full from None
            failed = failed_conditions(error)
            if _FIRST_PUT in failed:  # somebody was first since we looked
                return self._reconnect(connection, now_ms, fields)
            if _FIRST_PUT + 1 in failed:
                raise account_taken() from None
            raise
        return self.get(number_id)

    def _reconnect(self, connection: Connection, now_ms: int, account: AccountFields) -> NumberRow:
        owner = find_number(connection.phone_number_id)
        if owner is None or owner.tenant_id != self._tenant_id:
            raise taken()
        try:
            with transaction() as write:
                write.update(
                    NumberRow(self._tenant_id, owner.entity_id),
                    actions=connecting(connection, now_ms),
                    condition=NumberRow.id.exists(),
                )
                claim_account(write, self._tenant_id, connection.waba_id, account, now_ms)
        except TransactWriteError as error:
            failed = failed_conditions(error)
            if _FIRST_PUT in failed:
                raise account_taken() from None
            if _FIRST_PUT + 1 in failed:
                raise _missing() from None
            raise
        return self.get(owner.entity_id)

    def disconnect(self, row: NumberRow, now_ms: int, *, is_last: bool) -> bool:
        """Take a number out of use: token and routing keys go, the row stays for the history.

        `is_last` says that no other number of its account is connected, which is checked in the
        write: then the account's key and token go too. False, with nothing written, if that is not
        so (any more). Again it changes nothing. 8 WRU, 1 RRU and one reading of the numbers.
        """
        account = _account(self._tenant_id, row.waba_id)
        others = [one.id for one in self.of_account(row.waba_id) if one.id != row.id]
        if is_last == bool(others):
            return False
        is_connected = row.disconnected_at is None
        is_as_read = NumberRow.id.exists()
        if is_connected:  # it is counted, and must be uncounted once
            is_as_read &= NumberRow.disconnected_at.does_not_exist()
        try:
            with transaction() as write:
                write.delete(
                    UniqueKeyRow(f"{_KIND}#{row.phone_number_id}"),
                    condition=UniqueKeyRow.key.does_not_exist()
                    | (UniqueKeyRow.tenant_id == self._tenant_id),
                )
                write.update(
                    NumberRow(self._tenant_id, row.id),
                    actions=disconnecting(now_ms),
                    condition=is_as_read,
                )
                # Whoever connects a number of the account in between counts its version up.
                write.update(
                    AccountRow(self._tenant_id, row.waba_id),
                    actions=account_changes(now_ms, is_last=is_last),
                    condition=AccountRow.version == account.version,
                )
                if is_last:
                    write.delete(
                        UniqueKeyRow(f"{ACCOUNT_KIND}#{row.waba_id}"),
                        condition=UniqueKeyRow.key.does_not_exist()
                        | (UniqueKeyRow.tenant_id == self._tenant_id),
                    )
                if is_connected:
                    count(write, self._tenant_id, NUMBERS, -1, None)
        except TransactWriteError as error:
            account_at = 3 if is_last else 2  # after the deletions and the number
            failed = failed_conditions(error)
            if account_at in failed:
                return False
            if is_connected and account_at - 1 in failed:
                return True  # somebody else has done it
            raise
        return True

    def note(self, number_id: str, changes: Mapping[str, Any], at_ms: int) -> bool:
        """Write what Meta reported of a number at `at_ms`; tell whether anything was written.

        `changes` has fields of REPORTED; None takes a value away. Each field keeps the newest
        report, so webhooks may come repeated and out of order. False for a number that is gone.
        1 RRU and 1 WRU a try; another write in between makes it read again.
        """
        unknown = set(changes) - REPORTED
        if unknown:
            message = f"a number has no reported field {', '.join(sorted(unknown))}"
            raise ValueError(message)

        def decide(row: NumberRow) -> list[Action]:
            newer = {
                name: value
                for name, value in changes.items()
                if int(row.events_at.get(name, 0)) <= at_ms
            }
            if not newer:
                return []
            events_at = {**row.events_at, **dict.fromkeys(newer, at_ms)}
            return [*setting(newer), NumberRow.events_at.set(events_at)]

        return self._change(number_id, decide)

    def note_token(self, number_id: str, words: str | None, ciphertext: bytes | None) -> bool:
        """Write that Meta refused the token, in its words; None that it takes it.

        `ciphertext` is the token in question: nothing is written if the number has another one by
        now. True if this changed something, so that it is told once. 1 RRU, 1 WRU at most.
        """

        def decide(row: NumberRow) -> list[Action]:
            if ciphertext is not None and row.token_ciphertext != ciphertext:
                return []
            if row.token_error == words or not row.token_ciphertext:
                return []
            return setting({"token_error": words})

        return self._change(number_id, decide)

    def note_step(self, number_id: str, step: str, outcome: Mapping[str, Any]) -> NumberRow:
        """Write what came of a step of the setup, and return the number. 2 RRU, 1 WRU a try."""
        self._change(
            number_id, lambda row: [NumberRow.setup.set({**row.setup, step: dict(outcome)})]
        )
        return self.get(number_id)

    def keep_pin(self, number_id: str, ciphertext: bytes | None) -> None:
        """Write the encrypted PIN of a number, or forget it. 1 RRU, 1 WRU."""
        self._change(number_id, lambda _row: setting({"pin_ciphertext": ciphertext}))

    def claim_question(self, row: NumberRow, now_ms: int, interval_ms: int) -> bool:
        """Tell whether the caller is to ask Meta now: one in an interval is. 1 WRU at most."""
        if row.asked_at is not None and row.asked_at > now_ms - interval_ms:
            return False
        unchanged = (
            NumberRow.asked_at.does_not_exist()
            if row.asked_at is None
            else NumberRow.asked_at == row.asked_at
        )
        try:
            row.update(
                actions=[NumberRow.asked_at.set(now_ms)],
                condition=NumberRow.id.exists() & unchanged,
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            return False
        return True

    def _change(self, number_id: str, decide: Callable[[NumberRow], list[Action]]) -> bool:
        """Write what `decide` makes of the row as it is; False for nothing, or if it is gone."""
        while True:
            try:
                row = self.get(number_id)
            except NotFound:
                return False
            actions = decide(row)
            if not actions:
                return False
            try:
                row.update(
                    actions=[*actions, NumberRow.version.add(1)],
                    condition=NumberRow.id.exists() & (NumberRow.version == row.version),
                )
            except UpdateError as error:
                if not is_condition_failure(error):
                    raise
                continue
            return True

    def _where(self, condition: Any) -> ResultIterator[NumberRow]:  # noqa: ANN401 - PynamoDB's
        return NumberRow.query(self._tenant_id, filter_condition=condition, consistent_read=True)


def _account(tenant_id: str, waba_id: str) -> AccountRow:
    try:
        return AccountRow.get(tenant_id, waba_id, consistent_read=True)
    except DoesNotExist:
        raise NotFound("There is no such account.") from None


def _missing() -> NotFound:
    return NotFound("There is no such number.")


def taken() -> Conflict:
    """Return the error for a number of another tenant."""
    return Conflict(
        "This number is connected by another business on Parley; it must be disconnected there "
        "first.",
        code="number_taken",
    )
