"""The WhatsApp Business Accounts of a tenant, and which tenant an account of Meta belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.storage.base import (
    OptionalInteger,
    Page,
    Row,
    TableMeta,
    failed_conditions,
    is_condition_failure,
    read_page,
    start_key,
    table,
)
from chalicelib.storage.tenants import Owner, UniqueKeyRow, find_owner, transaction

KIND = "waba"
MOST_PARTS = 20
_OF = "/"


class AccountRow(Row):
    """An account (WABA); its `id` is Meta's, so that a webhook's effect needs no lookup but one.

    `state` is what Meta last reported of each matter, by the name of that matter (`review`,
    `restrictions`, `ban`, `violation`, `capability`, `alerts` …); `events_at` when, in
    milliseconds, of a matter of several parts also by `matter/part`. `token_ciphertext` is the
    business token that Embedded Signup gave for the whole account; an account whose numbers were
    connected one by one with tokens of their own has none. `disconnected_at` is set while none of
    its numbers is connected any more.
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
    country = UnicodeAttribute(null=True)
    token_ciphertext = BinaryAttribute(legacy_encoding=False, null=True)
    asked_at = OptionalInteger()
    disconnected_at = OptionalInteger()
    state = JSONAttribute(default=dict)
    events_at = JSONAttribute(default=dict)
    version = NumberAttribute(default=0)
    created_at = NumberAttribute()


@dataclass(frozen=True, slots=True)
class AccountFields:
    """What Meta says of an account; None or "" is what it did not say, and changes nothing."""

    name: str = ""
    business_id: str | None = None
    currency: str | None = None
    timezone_id: str | None = None
    country: str | None = None
    token_ciphertext: bytes | None = None


def find_account(waba_id: str) -> Owner | None:
    """Return the tenant of Meta's account, for routing webhooks. 0.5 RRU."""
    return find_owner(KIND, waba_id)


def account_token(row: AccountRow) -> str | None:
    """Return the token of an account, if it has one. One KMS request in the life of the process."""
    if not row.token_ciphertext:
        return None
    return aws.decrypt(row.tenant_id, row.token_ciphertext)


def claim_account(
    write: TransactWrite, tenant_id: str, waba_id: str, fields: AccountFields, now_ms: int
) -> None:
    """Add to a transaction: the key that routes an account to its tenant, then the account itself.

    The first of the two fails its condition where another tenant has the account (`account_taken`);
    for the tenant that has it the key stands as it was and the fields are renewed. 4 WRU.
    """
    write.save(
        UniqueKeyRow(f"{KIND}#{waba_id}", tenant_id=tenant_id, entity_id=waba_id),
        condition=UniqueKeyRow.key.does_not_exist() | (UniqueKeyRow.tenant_id == tenant_id),
    )
    actions: list[Action] = [
        getattr(AccountRow, name).set(value)
        for name in fields.__dataclass_fields__
        if (value := getattr(fields, name))
    ]
    created_at: Any = AccountRow.created_at
    write.update(
        AccountRow(tenant_id, waba_id),
        actions=[
            *actions,
            AccountRow.created_at.set(created_at | now_ms),
            AccountRow.disconnected_at.remove(),
            AccountRow.version.add(1),
        ],
    )


def account_taken() -> Conflict:
    """Return the error for an account of another tenant."""
    return Conflict(
        "This WhatsApp Business Account is connected by another business on Parley; all its "
        "numbers must be disconnected there first.",
        code="account_taken",
    )


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
        """Return a page of accounts that are connected. 0.5 RRU per 4 KB."""
        scope = f"{self._tenant_id}|accounts"
        results = AccountRow.query(
            self._tenant_id,
            filter_condition=AccountRow.disconnected_at.does_not_exist(),
            limit=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def claim(self, waba_id: str, fields: AccountFields, now_ms: int) -> AccountRow:
        """Write an account of this tenant and the key that routes its webhooks, all or nothing.

        Again, it renews the fields. Raises Conflict if another tenant has it. 4 WRU, 1 RRU.
        """
        try:
            with transaction() as write:
                claim_account(write, self._tenant_id, waba_id, fields, now_ms)
        except TransactWriteError as error:
            if 0 in failed_conditions(error):
                raise account_taken() from None
            raise
        return self.get(waba_id)

    def release(self, row: AccountRow, now_ms: int) -> bool:
        """Give an account without connected numbers up: its key and token go, the row stays.

        False, with nothing written, where the account has changed since it was read: a number of
        it may have been connected. 4 WRU.
        """
        try:
            with transaction() as write:
                write.delete(
                    UniqueKeyRow(f"{KIND}#{row.id}"),
                    condition=UniqueKeyRow.key.does_not_exist()
                    | (UniqueKeyRow.tenant_id == self._tenant_id),
                )
                write.update(
                    AccountRow(self._tenant_id, row.id),
                    actions=[
                        AccountRow.disconnected_at.set(now_ms),
                        AccountRow.token_ciphertext.remove(),
                        AccountRow.version.add(1),
                    ],
                    condition=AccountRow.version == row.version,
                )
        except TransactWriteError as error:
            if failed_conditions(error):
                return False
            raise
        return True

    def claim_question(self, row: AccountRow, now_ms: int, interval_ms: int) -> bool:
        """Tell whether the caller is to ask Meta now: one in an interval is. 1 WRU at most."""
        if row.asked_at is not None and row.asked_at > now_ms - interval_ms:
            return False
        unchanged = (
            AccountRow.asked_at.does_not_exist()
            if row.asked_at is None
            else AccountRow.asked_at == row.asked_at
        )
        try:
            row.update(
                actions=[AccountRow.asked_at.set(now_ms)],
                condition=AccountRow.id.exists() & unchanged,
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            return False
        return True

    def renew(self, row: AccountRow, fields: AccountFields) -> None:
        """Write what Meta says now of an account. 1 WRU; none if it said nothing."""
        actions = [
            getattr(AccountRow, name).set(value)
            for name in fields.__dataclass_fields__
            if (value := getattr(fields, name))
        ]
        if actions:
            row.update(actions=actions, condition=AccountRow.id.exists())

    def note(
        self,
        row: AccountRow,
        matter: str,
        value: Mapping[str, Any],
        at_ms: int,
        part: str | None = None,
    ) -> bool:
        """Write what Meta reported of a matter at `at_ms`; False if a newer report is known.

        With `part` the matter is several (alerts by their type, flows by their id …), each with a
        newest report of its own; the MOST_PARTS newest are kept. Of two reports of the same moment
        the same one wins in whatever order they come. Raises nothing when another write came
        between: the row is read again. 1 WRU a try.
        """
        while True:
            found = with_report(row.state, row.events_at, matter, value, at_ms, part)
            if found is None:
                return False
            try:
                row.update(
                    actions=[
                        AccountRow.state.set(found[0]),
                        AccountRow.events_at.set(found[1]),
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


def with_report(
    state: Mapping[str, Any],
    events_at: Mapping[str, int],
    matter: str,
    value: Mapping[str, Any],
    at_ms: int,
    part: str | None,
) -> tuple[dict[str, Any], dict[str, int]] | None:
    """Return the state and times of an account after a report, None where it is no news. Pure."""
    clock = matter if part is None else f"{matter}{_OF}{part}"
    known = state.get(matter, {})
    before = known if part is None else known.get(part)
    known_ms = int(events_at.get(clock, 0))
    if known_ms > at_ms or (known_ms == at_ms and _order(before) >= _order(value)):
        return None
    times = {**events_at, clock: at_ms, matter: max(at_ms, int(events_at.get(matter, 0)))}
    if part is None:
        return {**state, matter: dict(value)}, times
    parts = {**known, part: dict(value)}
    for oldest in sorted(parts, key=lambda one: times.get(f"{matter}{_OF}{one}", 0))[:-MOST_PARTS]:
        del parts[oldest], times[f"{matter}{_OF}{oldest}"]
    return {**state, matter: parts}, times


def _order(value: object) -> str:
    return "" if value is None else json.dumps(value, sort_keys=True)
