"""The answers of requests that came with an Idempotency-Key, for a day."""

from __future__ import annotations

import json
import zlib

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError, DoesNotExist, PutError, UpdateError

from chalicelib.core.errors import Unavailable
from chalicelib.core.idempotency import Answer, Claim, Known
from chalicelib.storage.base import IntegerAttribute, Row, TableMeta, is_condition_failure, table


class IdempotencyRow(Row):
    """A key that a request took; `answer` is the compressed JSON of what it was answered.

    DynamoDB forgets it some time after `expires_at` (seconds); from then on it counts as gone.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("idempotency")

    tenant_id = UnicodeAttribute(hash_key=True)
    key = UnicodeAttribute(range_key=True)
    fingerprint = UnicodeAttribute()
    started_at = IntegerAttribute()
    answer = BinaryAttribute(legacy_encoding=False, null=True)
    expires_at = IntegerAttribute()


class Answers:
    """The store of `core.idempotency`."""

    def take(self, claim: Claim, expires_at: int) -> Known | None:
        """Take the key; return what is known of it if it is taken already. 1 WRU, then 1 RRU."""
        row = IdempotencyRow(
            claim.tenant_id,
            claim.key,
            fingerprint=claim.fingerprint,
            started_at=claim.started_at,
            expires_at=expires_at,
        )
        is_free = IdempotencyRow.key.does_not_exist() | (
            IdempotencyRow.expires_at <= claim.started_at // 1000
        )
        try:
            row.save(condition=is_free)
        except PutError as error:
            if not is_condition_failure(error):
                raise
            return self._known(claim)
        return None

    @staticmethod
    def _known(claim: Claim) -> Known:
        try:
            row = IdempotencyRow.get(claim.tenant_id, claim.key, consistent_read=True)
        except DoesNotExist:  # the request that had it has just failed and given it back
            raise Unavailable("Try again with the same key.", retry_after_s=1) from None
        answer = Answer(**json.loads(zlib.decompress(row.answer))) if row.answer else None
        return Known(row.fingerprint, row.started_at, answer)

    def keep(self, claim: Claim, answer: Answer) -> None:
        """Keep the answer of the request that took the key. 1 WRU per KB, compressed."""
        parts = {
            "status": answer.status,
            "content_type": answer.content_type,
            "text": answer.text,
            "headers": dict(answer.headers),
        }
        packed = zlib.compress(json.dumps(parts).encode())
        IdempotencyRow(claim.tenant_id, claim.key).update(
            actions=[IdempotencyRow.answer.set(packed)],
            condition=IdempotencyRow.started_at == claim.started_at,
        )

    def free(self, claim: Claim) -> None:
        """Give the key back, if it is still this request's. 1 WRU."""
        try:
            IdempotencyRow(claim.tenant_id, claim.key).delete(
                condition=IdempotencyRow.started_at == claim.started_at
            )
        except DeleteError as error:
            if not is_condition_failure(error):
                raise

    def cut_off(self, claim: Claim) -> None:
        """Note that nobody works on the request any more. 1 WRU."""
        try:
            IdempotencyRow(claim.tenant_id, claim.key).update(
                actions=[IdempotencyRow.started_at.set(0)],
                condition=IdempotencyRow.started_at == claim.started_at,
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
