"""Contacts: the people that a tenant writes to, known by phone, by business-scoped id, or both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound, Unavailable
from chalicelib.core.ids import is_id
from chalicelib.storage.base import (
    Page,
    failed_conditions,
    is_condition_failure,
    read_page,
    start_key,
)
from chalicelib.storage.contact_merges import ContactMerges
from chalicelib.storage.contact_row import (
    REACHABLE,
    ContactChanges,
    ContactDraft,
    ContactRow,
    fold_name,
    new_row,
    update_actions,
)
from chalicelib.storage.erasures import (
    DELETED,
    ErasureRow,
    Erasures,
    Suppressions,
    identities_of,
)
from chalicelib.storage.identities import Identities, IdentityRow, Kind
from chalicelib.storage.tenants import transaction
from chalicelib.storage.usage import CONTACTS, count, patiently, refused

__all__ = ["REACHABLE", "ContactChanges", "ContactDraft", "ContactRow", "Contacts"]

_BATCH = 100
_ATTEMPTS = 4


class Contacts:
    """The contacts of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id
        self._identities = Identities(ctx)
        self._merges = ContactMerges(ctx)
        self._erasures = Erasures(ctx)
        self._suppressions = Suppressions(ctx)

    def get(self, contact_id: str) -> ContactRow:
        """Return a contact as it is now; raise NotFound. 1 RRU."""
        if is_id("con", contact_id):
            try:
                return ContactRow.get(self._tenant_id, contact_id, consistent_read=True)
            except DoesNotExist:
                pass
        raise _unknown()

    def get_many(
        self, contact_ids: Iterable[str], attributes: Sequence[str] | None = None
    ) -> dict[str, ContactRow]:
        """Return those of `contact_ids` that exist, by id, as they are now.

        `attributes` names what is wanted beside the id (the rest of a row is then unset).
        1 RRU each, 100 a request.
        """
        ids = [i for i in dict.fromkeys(contact_ids) if is_id("con", i)]
        wanted = None if attributes is None else [*{"tenant_id", "id", *attributes}]
        found: dict[str, ContactRow] = {}
        for start in range(0, len(ids), _BATCH):
            keys = [(self._tenant_id, i) for i in ids[start : start + _BATCH]]
            for row in ContactRow.batch_get(keys, consistent_read=True, attributes_to_get=wanted):
                found[row.id] = row
        return found

    def find_by_phones(self, phones: Iterable[str]) -> dict[str, str]:
        """Return the contact id of each E.164 phone that is known. 1 RRU each, 100 a request."""
        return self._identities.owners("phone", phones)

    def find_by_user_ids(self, user_ids: Iterable[str]) -> dict[str, str]:
        """Return the contact id of each user id that is known, also of a former one. 1 RRU each."""
        return self._identities.owners("bsuid", user_ids)

    def list_by_name(self, limit: int, cursor: str | None, name_prefix: str) -> Page[ContactRow]:
        """Return a page of contacts by name, with a prefix or all. 0.5 RRU per 4 KB.

        Of each there are the columns LISTED, and no others.
        """
        prefix = fold_name(name_prefix)
        scope = f"{self._tenant_id}|contacts|{prefix}"
        results = ContactRow.by_name.query(
            self._tenant_id,
            ContactRow.name_key.startswith(prefix) if prefix else None,
            limit=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def page_all(
        self, limit: int, after: str | None = None, attributes: Sequence[str] | None = None
    ) -> tuple[list[ContactRow], str | None]:
        """Return contacts in order of id, and the id to go on `after` (None at the end).

        Pages joined give every contact that existed throughout exactly once. 1 RRU per 4 KB.
        """
        wanted = None if attributes is None else [*{"tenant_id", "id", *attributes}]
        results = ContactRow.query(
            self._tenant_id,
            None if after is None else ContactRow.id > after,
            limit=limit,
            consistent_read=True,
            attributes_to_get=wanted,
        )
        rows = list(results)
        return rows, rows[-1].id if rows and results.last_evaluated_key is not None else None

    def create(self, draft: ContactDraft, now_ms: int, limit: int | None = None) -> ContactRow:
        """Write a contact and its identities, all or nothing. 8 WRU and 1 RRU with one identity.

        Whoever opted out as a contact that is gone is opted out still. Raises Conflict
        `contact_exists` if an identity is somebody's already, LimitReached if there are `limit`
        contacts.
        """
        row = new_row(self._tenant_id, draft, now_ms)
        try:
            self._write_new([row], limit)
        except TransactWriteError as error:
            full = refused(error, self._tenant_id, CONTACTS, limit)
            if full is not None:
                raise full from None
            if failed_conditions(error):
                raise Conflict(
                    "A contact with this phone or user id exists already; change that one instead.",
                    code="contact_exists",
                ) from None
            raise
        return row

    def create_together(
        self, drafts: Sequence[ContactDraft], now_ms: int, limit: int | None = None
    ) -> bool:
        """Write up to 40 contacts in one transaction; tell whether it was done.

        False, and nothing written, if any of the identities or ids is taken, or if there would be
        more than `limit` contacts. 6 WRU each, and 2.
        """
        try:
            self._write_new([new_row(self._tenant_id, draft, now_ms) for draft in drafts], limit)
        except TransactWriteError as error:
            if failed_conditions(error):
                return False
            raise
        return True

    def update(
        self,
        contact_id: str,
        changes: ContactChanges,
        now_ms: int,
        *,
        seen: ContactRow | None = None,
    ) -> ContactRow:
        """Change a contact; return it whole. 1 to 3 WRU (table, and index if it moves).

        With `seen`, only if nothing has changed since that was read: else raises Conflict
        `contact_changed`. Raises NotFound.
        """
        if not is_id("con", contact_id):
            raise _unknown()
        row = ContactRow(self._tenant_id, contact_id)
        condition: Condition = ContactRow.id.exists()
        if seen is not None:
            condition &= ContactRow.version == seen.version
        try:
            row.update(actions=update_actions(contact_id, changes, now_ms), condition=condition)
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            if seen is None:
                raise _unknown() from None
            self.get(contact_id)
            raise Conflict(
                "The contact was changed meanwhile; read it again.", code="contact_changed"
            ) from None
        return row

    def correct(
        self,
        contact_id: str,
        identities: Mapping[Kind, str | None],
        changes: ContactChanges,
        now_ms: int,
    ) -> ContactRow:
        """Give a contact other identities, and make `changes`, all or nothing. 2 RRU, 6 to 10 WRU.

        A kind that is absent stays, None takes it away. Raises NotFound; Conflict `contact_exists`
        if an identity is another's, `contact_merged` for one that was folded into another, and
        `contact_unreachable` if nothing would be left to write to.
        """
        for _ in range(_ATTEMPTS):
            row = self.get(contact_id)
            if row.merged_into is not None:
                message = f"The contact is the same person as {row.merged_into}: change that one."
                raise Conflict(message, code="contact_merged")
            phone = identities.get("phone", row.phone)
            bsuid = identities.get("bsuid", row.bsuid)
            if phone is None and bsuid is None:
                message = (
                    "A contact needs a phone or a bsuid; give the one before taking the other."
                )
                raise Conflict(message, code="contact_unreachable")
            owners = [one for one in self.find(phone, bsuid) if one not in {None, contact_id}]
            if owners:
                message = f"{owners[0]} has this phone or user id already. Change that one instead."
                raise Conflict(message, code="contact_exists")
            try:
                self._merges.move(
                    row, None, phone=phone, bsuid=bsuid, now_ms=now_ms, corrects=changes
                )
            except Conflict:
                continue  # changed between our read and our write: look again
            return self.get(contact_id)
        raise _busy()

    def delete(self, contact_id: str) -> None:
        """Remove a contact and its identities, all or nothing; raise NotFound. 1 RRU and 10 WRU.

        A mark of it stays (storage.erasures), by which its thread is found, and its opt-out, which
        holds for whoever comes back under its phone or user id; 2 WRU each.
        """
        self.remove(contact_id, lambda _: [self._erasures.gone_row(contact_id, DELETED)])

    def remove(
        self, contact_id: str, marks_of: Callable[[ContactRow], Sequence[ErasureRow]]
    ) -> ContactRow:
        """Remove a contact as `delete` does, leaving these marks; return what it was."""
        for _ in range(_ATTEMPTS):
            row = self.get(contact_id)
            marks = (*marks_of(row), *self._opt_outs(row))

            def act(row: ContactRow = row, marks: Sequence[ErasureRow] = marks) -> None:
                with transaction() as write:
                    write.delete(row, condition=ContactRow.version == row.version)
                    for identity in self._identity_rows(row):
                        write.delete(identity, condition=IdentityRow.contact_id == contact_id)
                    for mark in marks:
                        write.save(mark)
                    count(write, self._tenant_id, CONTACTS, -1, None)

            try:
                patiently(act)
            except TransactWriteError as error:
                if not failed_conditions(error):
                    raise
                continue
            return row
        raise _busy()

    def _opt_outs(self, row: ContactRow) -> list[ErasureRow]:
        """Return the items that keep a contact's opt-out beyond its own life."""
        if row.opted_out_at is None and row.marketing_opted_out_at is None:
            return []
        identities = identities_of(row.phone, [row.bsuid, *row.previous_bsuids])
        return self._suppressions.rows(identities, row.opted_out_at, row.marketing_opted_out_at)

    def find_or_create_by_identity(
        self,
        *,
        phone: str | None,
        bsuid: str | None,
        profile_name: str,
        now_ms: int,
        username: str | None = None,
        parent_bsuid: str | None = None,
    ) -> ContactRow:
        """Return the contact with `phone` (E.164) or `bsuid`; make it if neither is known.

        Meta reports both together, so both are of one person. Where one is known and the other is
        new, the new one is given to the contact, in place of an older one. Where they belong to two
        contacts that each lack the other's, these are made one (see contact_merges); where each has
        one already, the phone's is returned and neither is changed. A user id that Meta has
        replaced finds its contact and gives it nothing: that message is late. An empty name becomes
        the profile's. Safe to run twice or at once. 2 to 4 RRU when nothing is new.
        """
        if not phone and not bsuid:
            message = "a contact is found by a phone or a business-scoped user id"
            raise ValueError(message)
        shown = ContactDraft(
            phone=phone or None,
            bsuid=bsuid or None,
            name=profile_name,
            username=username,
            parent_bsuid=parent_bsuid,
        )
        for _ in range(_ATTEMPTS):
            try:
                return self._settle(shown, now_ms)
            except (Conflict, NotFound):
                continue  # somebody else wrote between our read and our write: read again
        raise _busy()

    def find(self, phone: str | None, bsuid: str | None) -> tuple[str | None, str | None]:
        """Return the ids of the contacts with this phone and with this user id. 1 RRU each."""
        by_phone = self._identities.owners("phone", [phone]).get(phone) if phone else None
        by_bsuid = self._identities.owners("bsuid", [bsuid]).get(bsuid) if bsuid else None
        return by_phone, by_bsuid

    def _settle(self, shown: ContactDraft, now_ms: int) -> ContactRow:
        by_phone, by_bsuid = self.find(shown.phone, shown.bsuid)
        if by_phone is None and by_bsuid is None:
            return self.create(shown, now_ms)
        if by_phone is not None and by_bsuid not in {None, by_phone}:
            row = self._one_of(self.get(by_phone), self.get(by_bsuid or ""), shown, now_ms)
        else:
            row = self.get(by_phone or by_bsuid or "")
            is_late = shown.bsuid in row.previous_bsuids
            phone = row.phone if shown.phone is None or is_late else shown.phone
            bsuid = row.bsuid if shown.bsuid is None or is_late else shown.bsuid
            if (phone, bsuid) != (row.phone, row.bsuid):
                self._merges.move(row, None, phone=phone, bsuid=bsuid, now_ms=now_ms)
                row = self.get(row.id)
        changes: ContactChanges = {}
        if shown.name and not row.name:
            changes["name"] = shown.name
        if shown.username and shown.username != row.username:
            changes["username"] = shown.username
        if shown.parent_bsuid and shown.parent_bsuid != row.parent_bsuid:
            changes["parent_bsuid"] = shown.parent_bsuid
        return self.update(row.id, changes, now_ms, seen=row) if changes else row

    def _one_of(
        self, by_phone: ContactRow, by_bsuid: ContactRow, shown: ContactDraft, now_ms: int
    ) -> ContactRow:
        """Return whose message it is, of two contacts that Meta reports as one person."""
        if shown.bsuid in by_bsuid.previous_bsuids:
            return by_bsuid
        if by_phone.bsuid is not None or by_bsuid.phone is not None:
            return by_phone
        self._merges.move(by_phone, by_bsuid, phone=shown.phone, bsuid=shown.bsuid, now_ms=now_ms)
        return self.get(by_phone.id)

    def _write_new(self, rows: Sequence[ContactRow], limit: int | None) -> None:
        used = self._keep_opt_outs(rows)

        def act() -> None:
            with transaction() as write:
                for kept in used:
                    write.delete(kept)
                for row in rows:
                    for identity in self._identity_rows(row):
                        write.save(identity, condition=IdentityRow.key.does_not_exist())
                    write.save(row, condition=ContactRow.id.does_not_exist())
                count(write, self._tenant_id, CONTACTS, len(rows), limit)

        patiently(act)

    def _keep_opt_outs(self, rows: Sequence[ContactRow]) -> list[ErasureRow]:
        """Opt out who did so as a contact that is gone; return what kept that, and is used up."""
        known = {row.id: identities_of(row.phone, [row.bsuid]) for row in rows}
        found = self._suppressions.find(one for own in known.values() for one in own)
        for row in rows if found else ():
            for kept in (found[one] for one in known[row.id] if one in found):
                row.opted_out_at = row.opted_out_at or kept.opted_out_at
                at_ms = kept.marketing_opted_out_at
                row.marketing_opted_out_at = row.marketing_opted_out_at or at_ms
                row.marketing_changed_at = row.marketing_changed_at or at_ms
        return list(found.values())

    def _identity_rows(self, row: ContactRow) -> list[IdentityRow]:
        kinds: list[tuple[Kind, str | None]] = [("phone", row.phone), ("bsuid", row.bsuid)]
        kinds += [("bsuid", previous) for previous in row.previous_bsuids]
        return [self._identities.row(kind, value, row.id) for kind, value in kinds if value]


def _unknown() -> NotFound:
    return NotFound("There is no such contact.")


def _busy() -> Unavailable:
    return Unavailable("The contact is being changed by others just now; try again.")
