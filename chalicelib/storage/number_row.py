"""A connected number's row, what is written into it, and what Meta's fields of it mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.expressions.update import Action

from chalicelib.storage.accounts import AccountRow
from chalicelib.storage.base import OptionalInteger, OptionalText, Row, TableMeta, table

# Messages a second, sent and received together, by Meta's `throughput.level`.
_RATES = {"STANDARD": 80, "HIGH": 1000}
_STANDARD_RATE = 80
_COEXISTENCE_RATE = 20
# What a webhook or an answer of Meta may report of a number, each with a time of its own.
REPORTED = frozenset(
    {
        *("display_phone_number", "verified_name", "quality_rating", "throughput_level"),
        *("status", "messaging_limit", "name_status", "is_on_biz_app", "health"),
        *("username", "username_status"),
    }
)


class NumberRow(Row):
    """A connected number; `next_slot_ms` is where the pacing of its campaigns stands.

    `messaging_limit` is Meta's tier (TIER_250 … TIER_UNLIMITED), `health` Meta's health_status,
    `token_error` Meta's words since it has refused the token (None while it works), `events_at`
    when each field was last reported by a webhook, in milliseconds, so that an older event or
    answer does not undo a newer one. `setup` holds the outcome of each step of the number's setup
    by its name, `pin_ciphertext` the PIN of two-step verification that Parley knows.

    A number that was disconnected keeps its row and its id, for the history that names it, but
    neither token nor routing key; connected again by the same tenant, it goes on under that id.
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
    token_ciphertext = BinaryAttribute(legacy_encoding=False, null=True)
    next_slot_ms = NumberAttribute(null=True)
    messaging_limit = OptionalText()
    name_status = OptionalText()
    is_on_biz_app = BooleanAttribute(default=False)
    username = OptionalText()
    username_status = OptionalText()
    health = JSONAttribute(null=True)
    token_error = OptionalText()
    pin_ciphertext = BinaryAttribute(legacy_encoding=False, null=True)
    setup = JSONAttribute(default=dict)
    events_at = JSONAttribute(default=dict)
    asked_at = OptionalInteger()
    version = NumberAttribute(default=0)
    connected_at = NumberAttribute()
    disconnected_at = OptionalInteger()


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
    messaging_limit: str | None = None
    name_status: str | None = None
    is_on_biz_app: bool = False
    health: Mapping[str, Any] | None = None


def messages_per_s(row: NumberRow) -> int:
    """Return how many messages a second Meta lets this number send and receive together."""
    if row.is_on_biz_app:
        return _COEXISTENCE_RATE
    return _RATES.get(row.throughput_level, _STANDARD_RATE)


def setting(values: Mapping[str, Any]) -> list[Action]:
    """Return the actions that give a row these values; None takes one away."""
    return [
        getattr(NumberRow, name).remove() if value is None else getattr(NumberRow, name).set(value)
        for name, value in values.items()
    ]


def connecting(connection: Connection, now_ms: int) -> list[Action]:
    """Return the actions that connect a number: what Meta did not say stands as it was."""
    given = {name: value for name, value in asdict(connection).items() if value is not None}
    times = dict.fromkeys(sorted(REPORTED & set(given)), now_ms)
    return [
        *setting(given),
        NumberRow.events_at.set(times),
        NumberRow.asked_at.set(now_ms),
        NumberRow.token_error.remove(),
        NumberRow.disconnected_at.remove(),
        NumberRow.version.add(1),
    ]


def disconnecting(now_ms: int) -> list[Action]:
    """Return the actions that take a number out of use."""
    return [
        NumberRow.disconnected_at.set(now_ms),
        NumberRow.status.set("DISCONNECTED"),
        NumberRow.token_ciphertext.remove(),
        NumberRow.token_error.remove(),
        NumberRow.setup.remove(),
        NumberRow.version.add(1),
    ]


def account_changes(now_ms: int, *, is_last: bool) -> list[Action]:
    """Return what an account is told when a number of it goes, and when its last one does."""
    if not is_last:
        return [AccountRow.version.add(1)]
    return [
        AccountRow.version.add(1),
        AccountRow.disconnected_at.set(now_ms),
        AccountRow.token_ciphertext.remove(),
    ]
