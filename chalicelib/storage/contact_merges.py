"""Identities that move: a person has a new phone or user id, or two contacts are one person.

All of it is one transaction: the identities, the contact that keeps them, and the one that is
folded into it. What of two contacts is kept:

    name, country, language, username   the keeper's, else the other's
    tags                                 both
    fields                               both; the keeper's where both have one
    opted_out_at, marketing_opted_out_at an opt-out of either, the earlier of two
    cooling_until, last_seen_at …        the later
    marketing_sent                       both, for the cap over all campaigns
    user ids that are no longer used     both, as previous ids of the keeper
    messages                             both: the other's thread is copied afterwards (`absorbing`)

The folded contact stays, without identities and with `merged_into`, so that nothing can be sent to
it; statuses of what was sent to it still find their rows in its thread, and move their copies.
"""

from __future__ import annotations

from typing import Any

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict
from chalicelib.storage.base import failed_conditions, is_condition_failure
from chalicelib.storage.contact_row import ContactChanges, ContactRow, changed_values, name_key
from chalicelib.storage.identities import Identities, IdentityRow, Kind
from chalicelib.storage.tenants import transaction

# A transaction takes 100 items; Meta gives a new user id only with a new number.
MOST_PREVIOUS = 40


def folded(kept: ContactRow, other: ContactRow) -> dict[str, Any]:
    """Return the columns of `kept` once `other` is folded into it; see the table above."""
    found: dict[str, Any] = {
        column: getattr(kept, column) or getattr(other, column)
        for column in ("name", "country", "language", "username", "parent_bsuid")
    }
    found["tags"] = sorted({*kept.tags, *other.tags})
    found["fields"] = {**other.fields, **kept.fields}
    sent = {*(kept.marketing_sent or ()), *(other.marketing_sent or ())}
    found["marketing_sent"] = sorted(sent) or None
    for column, choose in (
        ("opted_out_at", min),
        ("marketing_opted_out_at", min),
        ("marketing_changed_at", max),
        ("cooling_until", max),
        ("cooling_s", max),
        ("last_seen_at", max),
    ):
        times = [getattr(row, column) for row in (kept, other)]
        found[column] = choose((time for time in times if time is not None), default=None)
    return found


class ContactMerges:
    """Moves identities among the contacts of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id
        self._identities = Identities(ctx)

    def move(
        self,
        kept: ContactRow,
        other: ContactRow | None,
        *,
        phone: str | None,
        bsuid: str | None,
        previous: tuple[str, ...] = (),
        now_ms: int,
        corrects: ContactChanges | None = None,
    ) -> None:
        """Give `kept` exactly these identities, and `other`, if any, with all it has.

        `previous` are user ids that were the person's before. With `corrects`, further changes, a
        person of the business corrects what was wrong: a user id that is replaced was never the
        contact's, and leads to it no more. Raises Conflict, with nothing written, if either contact
        was changed or an identity is a third one's. 6 to 20 WRU.
        """
        rows = [kept] if other is None else [kept, other]
        given_up = [] if corrects is not None else [row.bsuid for row in rows]
        old_ids = [*previous, *given_up, *_previous(kept), *_previous(other)]
        aliases = [i for i in dict.fromkeys(old_ids) if i is not None and i != bsuid]
        try:
            with transaction() as write:
                self._move_identities(write, rows, phone, bsuid, aliases)
                values = _keeping(kept, other, phone, bsuid, aliases[:MOST_PREVIOUS])
                values |= {**changed_values(kept.id, corrects or {}), "updated_at": now_ms}
                write.update(
                    ContactRow(self._tenant_id, kept.id),
                    actions=[ContactRow.version.add(1), *_setting(values)],
                    condition=ContactRow.version == kept.version,
                )
                if other is not None:
                    write.update(
                        ContactRow(self._tenant_id, other.id),
                        actions=_folding_into(kept.id, now_ms),
                        condition=ContactRow.version == other.version,
                    )
        except TransactWriteError as error:
            if failed_conditions(error):
                raise Conflict("The contact was changed meanwhile; read it again.") from None
            raise

    def note_absorbed(self, contact_id: str, other_id: str) -> None:
        """Note that the thread of `other_id` is in the contact's own. 1 RRU, 1 WRU a try."""
        while True:
            row = ContactRow.get(self._tenant_id, contact_id, consistent_read=True)
            if other_id not in row.absorbing:
                return
            left = [one for one in row.absorbing if one != other_id]
            try:
                row.update(
                    actions=[ContactRow.absorbing.set(left), ContactRow.version.add(1)],
                    condition=ContactRow.version == row.version,
                )
            except UpdateError as error:
                if not is_condition_failure(error):
                    raise
                continue
            return

    def _move_identities(
        self,
        write: TransactWrite,
        rows: list[ContactRow],
        phone: str | None,
        bsuid: str | None,
        aliases: list[str],
    ) -> None:
        kept_id = rows[0].id
        is_theirs = IdentityRow.key.does_not_exist() | IdentityRow.contact_id.is_in(
            *(row.id for row in rows)
        )
        given: list[tuple[Kind, str | None]] = [("phone", phone), ("bsuid", bsuid)]
        given += [("bsuid", alias) for alias in aliases[:MOST_PREVIOUS]]
        for kind, value in given:
            if value is not None:
                write.save(self._identities.row(kind, value, kept_id), condition=is_theirs)
        gone: list[tuple[Kind, str | None]] = [
            ("phone", row.phone) for row in rows if row.phone not in {None, phone}
        ]
        gone += [("bsuid", alias) for alias in aliases[MOST_PREVIOUS:]]
        gone += [("bsuid", row.bsuid) for row in rows if row.bsuid not in {None, bsuid, *aliases}]
        for kind, value in gone:
            write.delete(self._identities.row(kind, value or "", kept_id), condition=is_theirs)


def _previous(row: ContactRow | None) -> list[str]:
    return [] if row is None else list(row.previous_bsuids or ())


def _keeping(
    kept: ContactRow,
    other: ContactRow | None,
    phone: str | None,
    bsuid: str | None,
    aliases: list[str],
) -> dict[str, Any]:
    values: dict[str, Any] = {} if other is None else folded(kept, other)
    if "name" in values:
        values["name_key"] = name_key(values["name"], kept.id)
    if other is not None:
        values["absorbing"] = [*kept.absorbing, *other.absorbing, other.id]
        merged = [*(kept.merged_ids or ()), *(other.merged_ids or ()), other.id]
        values["merged_ids"] = merged[-MOST_PREVIOUS:]
    return values | {"phone": phone, "bsuid": bsuid, "previous_bsuids": aliases}


def _folding_into(kept_id: str, now_ms: int) -> list[Action]:
    gone: dict[str, Any] = {"phone": None, "bsuid": None, "previous_bsuids": []}
    return [
        ContactRow.version.add(1),
        *_setting({**gone, "merged_into": kept_id, "updated_at": now_ms}),
    ]


def _setting(values: dict[str, Any]) -> list[Action]:
    columns = ContactRow.get_attributes()
    return [
        columns[name].remove() if value is None else columns[name].set(value)
        for name, value in values.items()
    ]
