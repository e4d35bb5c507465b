"""Conversations: one for each contact that ever wrote or was written to by hand.

A campaign's messages appear in a thread without touching its conversation: sending to 200,000
people must not fill the inbox.
"""

from __future__ import annotations

from typing import Literal

from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.update import Action

from chalicelib.core.clock import to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.signing import encode_cursor
from chalicelib.storage.base import (
    Page,
    failed_conditions,
    is_condition_failure,
    join_key,
    read_page,
    start_key,
)
from chalicelib.storage.contacts import ContactRow
from chalicelib.storage.conversation_row import ConversationRow
from chalicelib.storage.messages import PLACEHOLDER, MessageRow
from chalicelib.storage.tenants import transaction

PREVIEW_CHARACTERS = 120
EXAMINED = 500


def _who(contact: ContactRow) -> list[Action]:
    """Return the changes that make a conversation show who its contact is.

    What the contact has no more stays: a person who now hides the phone is still known by it.
    """
    known = (
        (ConversationRow.contact_phone, contact.phone),
        (ConversationRow.contact_username, contact.username),
        (ConversationRow.contact_bsuid, contact.bsuid),
    )
    return [
        ConversationRow.contact_name.set(contact.name),
        *(column.set(value) for column, value in known if value is not None),
    ]


class Conversations:
    """The conversations of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def get(self, contact_id: str) -> ConversationRow:
        """Return a conversation; raise NotFound. 1 RRU."""
        try:
            return ConversationRow.get(self._tenant_id, contact_id, consistent_read=True)
        except DoesNotExist:
            raise NotFound("There is no conversation with this contact yet.") from None

    def find(self, contact_id: str) -> ConversationRow | None:
        """Return a conversation if there is one. 1 RRU."""
        try:
            return self.get(contact_id)
        except NotFound:
            return None

    def page(self, state: str, limit: int, cursor: str | None) -> Page[ConversationRow]:
        """Return a page of conversations, latest activity first. One query."""
        scope = f"{self._tenant_id}|conversations|{state}"
        results = ConversationRow.by_activity.query(
            join_key(self._tenant_id, state),
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def page_of(
        self, assignee_id: str | None, state: str, limit: int, cursor: str | None
    ) -> Page[ConversationRow]:
        """Return a page of a user's conversations in `state`, or of nobody's, latest first.

        EXAMINED of any state are looked at for it: it may be short, even empty, and go on with its
        cursor all the same. 0.5 RRU for each 4 KB of those.
        """
        key = self._assignee_key(assignee_id)
        scope = f"{key}|conversations|{state}"
        rows = ConversationRow.by_assignee.query(
            key,
            scan_index_forward=False,
            limit=EXAMINED,
            page_size=max(limit, 50),
            last_evaluated_key=start_key(scope, cursor),
        )
        found: list[ConversationRow] = []
        row, looked_at = None, 0
        for looked_at, row in enumerate(rows, start=1):  # noqa: B007 - how many there were
            if row.state == state:
                found.append(row)
            if len(found) == limit:
                break
        if row is None or (len(found) < limit and looked_at < EXAMINED):
            return Page(found, None)
        last = {
            "tenant_id": {"S": self._tenant_id},
            "contact_id": {"S": row.contact_id},
            "assignee_key": {"S": key},
            "last_activity_at": {"S": row.last_activity_at},
        }
        return Page(found, encode_cursor(scope, last))

    def receive(
        self, message: MessageRow, contact: ContactRow, number_id: str, *, opens_window: bool
    ) -> bool:
        """Write a message that came in, and reopen its conversation, in one transaction. 6 WRU.

        False if the message is there already. An older message than the last one counts as unread
        and opens the window for its own 24 hours, but does not take the last one's place; that
        costs 1 WRU more.
        """
        shown = self._shown(message, contact, number_id)
        shown += [*self.state_changes("open"), ConversationRow.unread.add(1)]
        if opens_window:
            shown.append(ConversationRow.last_inbound_at.set(message.at))
        done = self._file(message, contact.id, shown, [ConversationRow.unread.add(1)])
        if opens_window and done != "shown":
            self.open_window(contact.id, message.at or 0)
        return done != "known"

    def file_past(
        self, message: MessageRow, contact: ContactRow, number_id: str, *, is_history: bool
    ) -> bool:
        """Write a message that went through another app, in one transaction; 6 WRU.

        False if it is there already. Nothing of it is unread: the business has seen it there, and
        an echo of its own answer means that it has read what came before. A conversation that
        history makes is resolved; what a customer wrote opens the window for its own 24 hours.
        """
        shown = self._shown(message, contact, number_id)
        if is_history:
            shown += self._if_new("resolved")
        else:
            shown += [*self.state_changes("open"), ConversationRow.unread.set(0)]
        same: list[Action] = [ConversationRow.number_id.set(ConversationRow.number_id | number_id)]
        done = self._file(message, contact.id, shown, same)
        if message.direction == "in":
            self.open_window(contact.id, message.at or 0)
        return done != "known"

    def _shown(self, message: MessageRow, contact: ContactRow, number_id: str) -> list[Action]:
        """Return what the inbox shows of a conversation whose last message this is."""
        return [
            *_who(contact),
            ConversationRow.last_message.set((message.text or "")[:PREVIEW_CHARACTERS]),
            ConversationRow.last_direction.set(message.direction or "in"),
            ConversationRow.last_activity_at.set(to_iso(message.at or 0)),
            ConversationRow.number_id.set(number_id),
            self._unassigned_if_new(),
        ]

    def _file(
        self, message: MessageRow, contact_id: str, shown: list[Action], unshown: list[Action]
    ) -> Literal["shown", "filed", "known"]:
        """Write a message, and `shown` if it is the latest of its conversation, else `unshown`."""
        at_iso = to_iso(message.at or 0)
        is_latest = ConversationRow.last_activity_at.does_not_exist() | (
            ConversationRow.last_activity_at <= at_iso
        )
        is_new = MessageRow.id.does_not_exist() | (MessageRow.type == PLACEHOLDER)
        for done, actions, condition in (
            ("shown", shown, is_latest),
            ("filed", unshown, ConversationRow.contact_id.exists()),
        ):
            try:
                with transaction() as write:
                    write.save(message, condition=is_new)
                    write.update(
                        ConversationRow(self._tenant_id, contact_id),
                        actions=actions,
                        condition=condition,
                    )
            except TransactWriteError as error:
                failed = failed_conditions(error)
                if 0 in failed:
                    return "known"
                if not failed:
                    raise
                continue
            return "shown" if done == "shown" else "filed"
        raise Conflict("The conversation was changed meanwhile.")

    def _if_new(self, state: str, *, is_set: bool = False) -> tuple[Action, ...]:
        """Return the changes that put a conversation into `state` if it is not there yet."""
        if is_set:
            return ()
        key = join_key(self._tenant_id, state)
        column, key_column = ConversationRow.state, ConversationRow.state_key
        return (column.set(column | state), key_column.set(key_column | key))

    def open_window(self, contact_id: str, at_ms: int) -> None:
        """Note that the customer wrote at `at_ms`, if nothing newer is noted. 1 WRU."""
        last = ConversationRow.last_inbound_at
        row = ConversationRow(self._tenant_id, contact_id)
        try:
            row.update(
                actions=[last.set(at_ms)],
                condition=ConversationRow.contact_id.exists()
                & (last.does_not_exist() | (last < at_ms)),
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise

    def absorb(self, contact: ContactRow, other_id: str) -> None:
        """Fold the conversation with `other_id` into that with `contact`, all or nothing. 8 WRU.

        The unread of both add up, the later last message is shown, and the other is resolved with
        nothing unread, so that again it adds nothing. Nothing happens if there is no other.
        """
        try:
            other = self.get(other_id)
        except NotFound:
            return
        kept = self.find(contact.id)
        moved: list[Action] = [ConversationRow.unread.add(other.unread)]
        if other.assignee_id and (kept is None or kept.assignee_id is None):
            moved += self.assignment(other.assignee_id)
        elif kept is None:
            moved.append(self._unassigned_if_new())
        if other.unread:
            moved += self.state_changes("open")
        emptied = [*self.state_changes("resolved"), ConversationRow.unread.set(0)]
        taken: list[Action] = [
            *moved,
            *self._if_new(other.state, is_set=bool(other.unread)),
            *_who(contact),
            *([] if other.number_id is None else [ConversationRow.number_id.set(other.number_id)]),
            ConversationRow.last_message.set(other.last_message),
            ConversationRow.last_direction.set(other.last_direction),
            ConversationRow.last_activity_at.set(other.last_activity_at),
        ]
        activity = ConversationRow.last_activity_at
        is_older = activity.does_not_exist() | (activity <= other.last_activity_at)
        for actions, condition in (
            (taken, is_older),
            (moved, ConversationRow.contact_id.exists()),
        ):
            try:
                with transaction() as write:
                    write.update(
                        ConversationRow(self._tenant_id, contact.id),
                        actions=actions,
                        condition=condition,
                    )
                    write.update(
                        ConversationRow(self._tenant_id, other_id),
                        actions=emptied,
                        condition=(ConversationRow.unread == other.unread)
                        & (ConversationRow.last_activity_at == other.last_activity_at),
                    )
            except TransactWriteError as error:
                failed = failed_conditions(error)
                if not failed:
                    raise
                if 1 in failed:
                    raise Conflict("The conversation was changed meanwhile.") from None
                continue
            break
        if other.last_inbound_at is not None:
            self.open_window(contact.id, other.last_inbound_at)

    def note_sent(self, contact: ContactRow, number_id: str, text: str, at_ms: int) -> None:
        """Show the message that an agent sent as the last one; make the conversation if need be.

        One that is there keeps its state and its number. If the customer wrote meanwhile, theirs
        stays the last, and unread. 1 to 3 WRU.
        """
        at_iso, column = to_iso(at_ms), ConversationRow
        changes: list[Action] = [
            column.state.set(column.state | "open"),
            column.state_key.set(column.state_key | join_key(self._tenant_id, "open")),
            column.number_id.set(column.number_id | number_id),
            *_who(contact),
            column.last_message.set(text[:PREVIEW_CHARACTERS]),
            column.last_direction.set("out"),
            column.last_activity_at.set(at_iso),
            column.unread.set(0),
            self._unassigned_if_new(),
        ]
        is_latest = column.last_activity_at.does_not_exist() | (column.last_activity_at <= at_iso)
        try:
            column(self._tenant_id, contact.id).update(actions=changes, condition=is_latest)
        except UpdateError as error:
            if not is_condition_failure(error):
                raise

    def show(self, contact: ContactRow) -> None:
        """Show a contact's name and phone as they are now; quiet if there is no conversation.

        1 to 3 WRU.
        """
        phone = ConversationRow.contact_phone
        change = phone.remove() if contact.phone is None else phone.set(contact.phone)
        try:
            self.update(contact.id, ConversationRow.contact_name.set(contact.name), change)
        except NotFound:
            return

    def update(self, contact_id: str, *changes: Action) -> ConversationRow:
        """Change a conversation that is there; raise NotFound. 1 to 3 WRU."""
        row = ConversationRow(self._tenant_id, contact_id)
        try:
            row.update(actions=list(changes), condition=ConversationRow.contact_id.exists())
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            raise NotFound("There is no conversation with this contact yet.") from None
        return row

    def assignment(self, user_id: str | None) -> tuple[Action, ...]:
        """Return the changes that make a conversation a user's, or nobody's."""
        column = ConversationRow.assignee_id
        return (
            column.remove() if user_id is None else column.set(user_id),
            ConversationRow.assignee_key.set(self._assignee_key(user_id)),
        )

    def _assignee_key(self, user_id: str | None) -> str:
        return join_key(self._tenant_id, user_id or "nobody")

    def _unassigned_if_new(self) -> Action:
        key = ConversationRow.assignee_key
        return key.set(key | self._assignee_key(None))

    def state_changes(self, state: str) -> tuple[Action, ...]:
        """Return the changes that put a conversation into `state`."""
        return (
            ConversationRow.state.set(state),
            ConversationRow.state_key.set(join_key(self._tenant_id, state)),
        )
