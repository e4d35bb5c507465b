"""What WhatsApp says of a contact by itself: no marketing, not just now, not reachable.

event                    marketing_opted_out_at
stop, or 131050          set, unless a newer word of the person is known
resume                   removed, unless a newer word, or a stop of the same second, is known

131049 at t              cooling_until (until) and cooling_s (how long)
never before             24 h
t < until                unchanged: the same answer to several messages, or a repetition
t within 7 days of until twice as long as last time, 7 days at most
later                    24 h

131026                   undeliverable_at
of a first message       unchanged; the message is noted
of another message       set
the person writes        removed, and the first message is forgotten

131021, 130403, 130497,  barred_code and barred_at
137000 at t
the person wrote since t unchanged
a newer one is known     unchanged
the person writes after  removed

A person of the business can remove the last two as well (`reach_again`).
"""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.context import TenantContext
from chalicelib.storage.base import is_condition_failure
from chalicelib.storage.contact_row import ContactRow

_DAY_S = 24 * 3600
_LONGEST_S = 7 * _DAY_S
_SAME_MOMENT_MS = 60_000


def cooling(until_ms: int | None, last_s: int | None, at_ms: int) -> tuple[int, int] | None:
    """Return until when and for how long (s) a person cools after 131049 at `at_ms`.

    None if they were cooling already; see the table above.
    """
    if until_ms is None or last_s is None:
        return at_ms + _DAY_S * 1000, _DAY_S
    if at_ms < until_ms:
        return None
    is_again = at_ms <= until_ms + _LONGEST_S * 1000
    length_s = min(2 * last_s, _LONGEST_S) if is_again else _DAY_S
    return at_ms + length_s * 1000, length_s


class ContactMarks:
    """The marks of one tenant's contacts; each method is one conditional write. 1 to 3 WRU."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def set_marketing(self, contact_id: str, at_ms: int, now_ms: int, *, is_stopped: bool) -> bool:
        """Write that a person stopped or resumed marketing at `at_ms`; the newest word holds.

        False if a newer one is known, or if the contact is gone.
        """
        changed_at = ContactRow.marketing_changed_at
        is_newest: Condition = changed_at.does_not_exist() | (changed_at < at_ms)
        if is_stopped:
            is_newest |= changed_at == at_ms
            mark = ContactRow.marketing_opted_out_at.set(at_ms)
        else:
            mark = ContactRow.marketing_opted_out_at.remove()
        return self._write(contact_id, [mark, changed_at.set(at_ms)], is_newest, now_ms)

    def cool(self, contact: ContactRow, at_ms: int, now_ms: int) -> bool:
        """Write that Meta delivers a person no marketing for now; False if that is known."""
        found = cooling(contact.cooling_until, contact.cooling_s, at_ms)
        if found is None:
            return False
        actions = [ContactRow.cooling_until.set(found[0]), ContactRow.cooling_s.set(found[1])]
        until = ContactRow.cooling_until
        unchanged: Condition = (
            until.does_not_exist()
            if contact.cooling_until is None
            else until == contact.cooling_until
        )
        return self._write(contact.id, actions, unchanged, now_ms)

    def note_unreached(self, contact_id: str, wamid: str, at_ms: int, now_ms: int) -> bool:
        """Write that a message could not reach a person; True if it was not the first. 2 writes.

        The same message again changes nothing.
        """
        first = ContactRow.unreached_wamid
        if self._write(contact_id, [first.set(wamid)], first.does_not_exist(), now_ms):
            return False
        since = ContactRow.undeliverable_at
        return self._write(
            contact_id, [since.set(at_ms)], (first != wamid) & since.does_not_exist(), now_ms
        )

    def bar(self, contact_id: str, code: int, at_ms: int, now_ms: int) -> bool:
        """Write that WhatsApp takes no messages to a person, by Meta's `code`; the newest holds."""
        barred, seen = ContactRow.barred_at, ContactRow.last_seen_at
        is_newest: Condition = (barred.does_not_exist() | (barred < at_ms)) & (
            seen.does_not_exist() | (seen < at_ms)
        )
        actions = [ContactRow.barred_code.set(code), barred.set(at_ms)]
        return self._write(contact_id, actions, is_newest, now_ms)

    def note_seen(self, contact: ContactRow, at_ms: int, now_ms: int) -> None:
        """Write that a person wrote at `at_ms`: they can be reached. None if all that is known.

        A minute more or less is not written, so that a lively chat costs nothing.
        """
        actions: list[Action] = []
        seen = ContactRow.last_seen_at
        if contact.last_seen_at is None or at_ms - contact.last_seen_at > _SAME_MOMENT_MS:
            actions.append(seen.set(at_ms))
        if contact.unreached_wamid is not None or contact.undeliverable_at is not None:
            actions += [ContactRow.unreached_wamid.remove(), ContactRow.undeliverable_at.remove()]
        if contact.barred_at is not None and contact.barred_at < at_ms:
            actions += [ContactRow.barred_code.remove(), ContactRow.barred_at.remove()]
        if actions:
            is_newer: Condition = seen.does_not_exist() | (seen <= at_ms)
            self._write(contact.id, actions, is_newer, now_ms)

    def _write(
        self, contact_id: str, actions: Sequence[Action], condition: Condition, now_ms: int
    ) -> bool:
        row = ContactRow(self._tenant_id, contact_id)
        try:
            row.update(
                actions=[
                    *actions,
                    ContactRow.version.add(1),
                    ContactRow.updated_at.set(now_ms),
                ],
                condition=ContactRow.id.exists() & condition,
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            return False
        return True
