"""The business numbers of a tenant, and which tenant a number of Meta belongs to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.models import Model

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import is_id, ordered_id
from chalicelib.storage.base import (
    Page,
    TableMeta,
    failed_conditions,
    is_condition_failure,
    read_page,
    start_key,
    table,
)
from chalicelib.storage.tenants import Owner, UniqueKeyRow, find_owner, transaction

_KIND = "number"
# Messages a second, sent and received together, by Meta's `throughput.level`.
_RATES = {"STANDARD": 80, "HIGH": 1000}
_STANDARD_RATE = 80


class NumberRow(Model):
    """A connected number; `next_slot_ms` is where the pacing of its campaigns stands.

    `messaging_limit` is Meta's tier (TIER_250 … TIER_UNLIMITED), `health` Meta's health_status,
    `token_error` Meta's words since it has refused the token (None while it works), `events_at`
    when each field was last reported by a webhook, in milliseconds, so that an older event or
    answer does not undo a newer one.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("numbers")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    phone_number_id = UnicodeAttribute()
    waba_id = UnicodeAttribute()
    display_phone_number = UnicodeAttribute()
    verified_name = UnicodeAttribute()
    quality_rating = UnicodeAttribute()
    throughput_level = UnicodeAttribute()
    status = UnicodeAttribute()
    token_ciphertext = BinaryAttribute(legacy_encoding=False)
    next_slot_ms = NumberAttribute(null=True)
    messaging_limit = UnicodeAttribute(null=True)
    name_status = UnicodeAttribute(null=True)
    is_on_biz_app = BooleanAttribute(default=False)
    health = JSONAttribute(null=True)
    token_error = UnicodeAttribute(null=True)
    events_at = JSONAttribute(default=dict)
    connected_at = NumberAttribute()


@dataclass(frozen=True, slots=True)
class Connection:
    """What is written when a number is connected: Meta's fields and the encrypted token."""

    phone_number_id: str
    waba_id: str
    display_phone_number: str
    verified_name: str
    quality_rating: str
    throughput_level: str
    status: str
    token_ciphertext: bytes


def messages_per_s(row: NumberRow) -> int:
    """Return how many messages a second Meta lets this number send and receive together."""
    return _RATES.get(row.throughput_level, _STANDARD_RATE)


def find_number(phone_number_id: str) -> Owner | None:
    """Return the tenant and our id of Meta's number, for routing webhooks. 0.5 RRU."""
    return find_owner(_KIND, phone_number_id)


def access_token(row: NumberRow) -> str:
    """Return the token that sends from a number. One KMS request in the life of the process."""
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
        """Return a page of numbers, the first connected first. 0.5 RRU per 4 KB."""
        scope = f"{self._tenant_id}|numbers"
        results = NumberRow.query(
            self._tenant_id, limit=limit, last_evaluated_key=start_key(scope, cursor)
        )
        return read_page(scope, results)

    def connect(self, connection: Connection, now_ms: int) -> NumberRow:
        """Write a number and the key that routes its webhooks, all or nothing. 4 WRU, or 1 again.

        A number that this tenant has already gets the new token and fields and keeps its id.
        Raises Conflict if another tenant has it.
        """
        attributes: dict[str, Any] = asdict(connection)
        row = NumberRow(
            self._tenant_id, ordered_id("num", now_ms), connected_at=now_ms, **attributes
        )
        key = UniqueKeyRow(
            f"{_KIND}#{connection.phone_number_id}", tenant_id=self._tenant_id, entity_id=row.id
        )
        try:
            with transaction() as write:
                write.save(key, condition=UniqueKeyRow.key.does_not_exist())
                write.save(row, condition=NumberRow.id.does_not_exist())
        except TransactWriteError as error:
            if 0 not in failed_conditions(error):
                raise
            return self._reconnect(connection)
        return row

    def _reconnect(self, connection: Connection) -> NumberRow:
        owner = find_number(connection.phone_number_id)
        if owner is None or owner.tenant_id != self._tenant_id:
            raise taken()
        row = NumberRow(self._tenant_id, owner.entity_id)
        actions = [getattr(NumberRow, name).set(v) for name, v in asdict(connection).items()]
        try:
            row.update(actions=actions, condition=NumberRow.id.exists())
        except UpdateError as error:
            if is_condition_failure(error):
                raise _missing() from None
            raise
        return row


def _missing() -> NotFound:
    return NotFound("There is no such number.")


def taken() -> Conflict:
    """Return the error for a number of another tenant."""
    return Conflict(
        "This number is connected by another business on Parley; it must be disconnected there "
        "first.",
        code="number_taken",
    )
