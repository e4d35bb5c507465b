"""People who are gone: what is left to erase of them, the proof that it was, and their opt-outs.

    gone#<contact>     a contact that was deleted (`deleted`) or erased (`waiting`, then `done` with
                       the proof); its thread is found by it
    open#<contact>     an erasure that is not over: who it was, encrypted with the tenants' key
    suppressed#<hash>  somebody who is gone asked for no more messages; whoever comes back under the
                       phone or user id of the hash is opted out still
    key                the tenant's own key of those hashes, encrypted with the tenants' key

A hash is HMAC-SHA256: without the key, which only functions with the tenants' KMS key can read, no
list of all phones that there are leads from a hash to its phone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError, UpdateError

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.storage.base import (
    OptionalBytes,
    OptionalInteger,
    OptionalText,
    Row,
    TableMeta,
    is_condition_failure,
    table,
)

GONE, OPEN, SUPPRESSED, KEY = "gone#", "open#", "suppressed#", "key"
DELETED, WAITING, DONE = "deleted", "waiting", "done"
_BATCH = 100

Identity = tuple[str, str]  # kind and value, as in storage.identities


class ErasureRow(Row):
    """One of the items of the module's table."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("erasures")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    state = OptionalText()
    requested_at = OptionalInteger()
    requested_by = OptionalText()
    due_at = OptionalInteger()
    completed_at = OptionalInteger()
    counts = JSONAttribute(null=True)
    left = JSONAttribute(null=True)
    subject = OptionalBytes()
    secret = OptionalBytes()
    opted_out_at = OptionalInteger()
    marketing_opted_out_at = OptionalInteger()


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is erased: ids of contacts that were this person, phones (E.164) and user ids."""

    contact_ids: tuple[str, ...]
    phones: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()

    @property
    def addresses(self) -> frozenset[str]:
        """Phones and user ids."""
        return frozenset((*self.phones, *self.user_ids))


class Suppressions:
    """The opt-outs of people who are gone, of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def rows(
        self, identities: Iterable[Identity], opted_out_at: int | None, marketing_at: int | None
    ) -> list[ErasureRow]:
        """Return the items that keep these opt-outs for these identities; nothing is written.

        The tenant's key is made when it is first needed. 1 RRU, a request of KMS.
        """
        key = self._key() or self._make_key()
        return [
            ErasureRow(
                self._tenant_id,
                _id(key, identity),
                opted_out_at=opted_out_at,
                marketing_opted_out_at=marketing_at,
            )
            for identity in dict.fromkeys(identities)
        ]

    def find(self, identities: Iterable[Identity]) -> dict[Identity, ErasureRow]:
        """Return which identities are of people who opted out and are gone, as it is now.

        1 RRU, and 1 RRU an identity where anybody who opted out is gone.
        """
        wanted = list(dict.fromkeys(identities))
        key = self._key() if wanted else None
        if key is None:
            return {}
        by_id = {_id(key, identity): identity for identity in wanted}
        ids = list(by_id)
        found: dict[Identity, ErasureRow] = {}
        for first in range(0, len(ids), _BATCH):
            keys = [(self._tenant_id, one) for one in ids[first : first + _BATCH]]
            for row in ErasureRow.batch_get(keys, consistent_read=True):
                found[by_id[row.id]] = row
        return found

    def _key(self) -> str | None:
        try:
            row = ErasureRow.get(self._tenant_id, KEY, consistent_read=True)
        except DoesNotExist:
            return None
        return aws.decrypt(self._tenant_id, row.secret or b"")

    def _make_key(self) -> str:
        sealed = aws.encrypt(self._tenant_id, secrets.token_hex(32))
        row = ErasureRow(self._tenant_id, KEY, secret=sealed)
        try:
            row.save(condition=ErasureRow.id.does_not_exist())
        except PutError as error:
            if not is_condition_failure(error):
                raise
        return self._key() or ""


def _id(key: str, identity: Identity) -> str:
    text = "|".join(identity)
    return SUPPRESSED + hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


class Erasures:
    """The erasures of one tenant's people."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def gone(self, contact_id: str) -> ErasureRow:
        """Return what is known of a contact that is gone; raise NotFound. 1 RRU."""
        try:
            return ErasureRow.get(self._tenant_id, GONE + contact_id, consistent_read=True)
        except DoesNotExist:
            raise NotFound("There is no such contact, nor was one erased.") from None

    def gone_row(self, contact_id: str, state: str, **values: Any) -> ErasureRow:
        """Return the item that says that a contact is gone; nothing is written."""
        return ErasureRow(self._tenant_id, GONE + contact_id, state=state, **values)

    def open_row(self, contact_id: str, subject: Subject, due_at: int) -> ErasureRow:
        """Return the item of an erasure due at `due_at`; nothing is written. One request."""
        kept = {
            "contact_ids": subject.contact_ids,
            "phones": subject.phones,
            "user_ids": subject.user_ids,
        }
        sealed = aws.encrypt(self._tenant_id, json.dumps(kept))
        return ErasureRow(self._tenant_id, OPEN + contact_id, subject=sealed, due_at=due_at)

    def open_subject(self, contact_id: str) -> tuple[Subject, int] | None:
        """Return who is to be erased and from when on; None if that is over. 1 RRU, a request."""
        try:
            row = ErasureRow.get(self._tenant_id, OPEN + contact_id, consistent_read=True)
        except DoesNotExist:
            return None
        kept = json.loads(aws.decrypt(self._tenant_id, row.subject or b""))
        return Subject(**{name: tuple(values) for name, values in kept.items()}), row.due_at or 0

    def put(self, row: ErasureRow) -> None:
        """Write an item over what was there. 1 WRU."""
        row.tenant_id = self._tenant_id
        row.save()

    def erased(self, contact_ids: Iterable[str]) -> set[str]:
        """Return which contacts were erased, not only deleted. 1 RRU each, 100 a request."""
        ids = list(dict.fromkeys(contact_ids))
        found: set[str] = set()
        for first in range(0, len(ids), _BATCH):
            keys = [(self._tenant_id, GONE + one) for one in ids[first : first + _BATCH]]
            rows = ErasureRow.batch_get(keys, consistent_read=True)
            found |= {row.id.removeprefix(GONE) for row in rows if row.state != DELETED}
        return found

    def note(self, contact_id: str, counts: Mapping[str, int]) -> None:
        """Add to what was erased of a person so far. 1 RRU and 1 WRU."""
        row = self.gone(contact_id)
        total = dict(row.counts or {})
        for place, count in counts.items():
            total[place] = total.get(place, 0) + count
        row.update(actions=[ErasureRow.counts.set(total)])

    def finish(self, contact_id: str, left: Mapping[str, int], now_ms: int) -> None:
        """Note that nothing is left of a person, and forget who it was. 2 WRU."""
        row = ErasureRow(self._tenant_id, GONE + contact_id)
        try:
            row.update(
                actions=[
                    ErasureRow.state.set(DONE),
                    ErasureRow.left.set(dict(left)),
                    ErasureRow.completed_at.set(now_ms),
                ],
                condition=ErasureRow.state == WAITING,
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
        ErasureRow(self._tenant_id, OPEN + contact_id).delete()


def identities_of(phone: str | None, user_ids: Sequence[str | None]) -> list[Identity]:
    """Return the identities that a person is known by."""
    given = [("phone", phone), *(("bsuid", one) for one in user_ids)]
    return [(kind, value) for kind, value in given if value]
