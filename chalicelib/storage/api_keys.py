"""API keys: one item each, under the tenant that the key itself names, with the secret's hash."""

from __future__ import annotations

from pynamodb.attributes import ListAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError

from chalicelib.core.errors import NotFound
from chalicelib.core.ids import is_id
from chalicelib.storage.base import (
    IntegerAttribute,
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
from chalicelib.storage.tenants import transaction
from chalicelib.storage.usage import API_KEYS, count, patiently, refused


class ApiKeyRow(Row):
    """A key of a tenant's program."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("api_keys")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    secret_hash = UnicodeAttribute()
    scopes: ListAttribute[str] = ListAttribute()
    networks: ListAttribute[str] = ListAttribute()
    created_by = UnicodeAttribute()
    created_at = IntegerAttribute()
    # Milliseconds. One that is over stays in the list, for people to see.
    valid_until = OptionalInteger()
    last_used_at = OptionalInteger()


class ApiKeys:
    """The keys of one tenant."""

    def __init__(self, tenant_id: str) -> None:
        self._tenant_id = tenant_id

    def create(self, row: ApiKeyRow, limit: int | None = None) -> None:
        """Write a new key; raise LimitReached if there are `limit` keys. 4 WRU."""
        row.tenant_id = self._tenant_id

        def act() -> None:
            with transaction() as write:
                write.save(row, condition=ApiKeyRow.id.does_not_exist())
                count(write, self._tenant_id, API_KEYS, 1, limit)

        try:
            patiently(act)
        except TransactWriteError as error:
            raise refused(error, self._tenant_id, API_KEYS, limit) or error from None

    def find(self, key_id: str) -> ApiKeyRow | None:
        """Return a key as it is now, so that a removed one is gone at once. 1 RRU."""
        try:
            return ApiKeyRow.get(self._tenant_id, key_id, consistent_read=True)
        except DoesNotExist:
            return None

    def page(self, limit: int, cursor: str | None) -> Page[ApiKeyRow]:
        """Return a page of keys, newest first. One query."""
        scope = f"{self._tenant_id}|api_keys"
        results = ApiKeyRow.query(
            self._tenant_id,
            scan_index_forward=False,
            limit=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def remove(self, key_id: str) -> None:
        """Remove a key; raise NotFound. 4 WRU."""
        if not is_id("key", key_id):
            raise _missing()

        def act() -> None:
            with transaction() as write:
                write.delete(ApiKeyRow(self._tenant_id, key_id), condition=ApiKeyRow.id.exists())
                count(write, self._tenant_id, API_KEYS, -1, None)

        try:
            patiently(act)
        except TransactWriteError as error:
            if failed_conditions(error):
                raise _missing() from None
            raise

    def note_use(self, key_id: str, now_ms: int, before_ms: int) -> None:
        """Write when a key was used, unless that was done since `before_ms`. 1 WRU.

        A key that was removed meanwhile is not brought back.
        """
        last = ApiKeyRow.last_used_at
        try:
            ApiKeyRow(self._tenant_id, key_id).update(
                actions=[last.set(now_ms)],
                condition=ApiKeyRow.id.exists() & (last.does_not_exist() | (last < before_ms)),
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise


def _missing() -> NotFound:
    return NotFound("There is no such API key.")
