"""Agents' answers: inside the window they go out once, outside it the agent is told why not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.ids import ordered_id
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.conversations import ConversationQuery, ConversationUpdate
from chalicelib.schemas.message_send import MessageSend
from chalicelib.services import conversations, identity_changes, inbound, replies
from chalicelib.services.campaigns import views
from chalicelib.storage.contact_merges import ContactMerges
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.daily_stats import DailyCharges
from chalicelib.storage.message_copies import copy_thread
from chalicelib.storage.messages import Messages
from tests.component.campaigns.conftest import Bench, People, deliver, set_faults, write_in
from tests.component.campaigns.test_retries import outcomes, report

WORDS = "We have told the driver."
TEXT = MessageSend.model_validate({"text": WORDS})


def sandbox_texts(bench: Bench, phone: str) -> list[str]:
    """Return the texts that the customer's phone shows as received."""
    answer = bench.meta.http.get("/sandbox/messages", params={"wa_id": phone.lstrip("+")})
    return [str(one) for one in answer.json()["items"]]


def test_reply_reaches_the_phone(bench: Bench, people: People) -> None:
    """A reply is in the thread, on the phone, and puts the conversation's last message right."""
    (contact_id,) = people(1)
    write_in(bench, contact_id, "When does it come?")
    sent = replies.send(bench.ctx, contact_id, TEXT)
    assert (sent.state, sent.direction) == ("accepted", "out")
    conversation = conversations.get(bench.ctx, contact_id)
    assert (conversation.last_message, conversation.unread) == (WORDS, 0)
    assert any(WORDS in text for text in sandbox_texts(bench, "+15552010000"))


def test_window_closes_after_a_day(bench: Bench, people: People) -> None:
    """24 hours after the customer's last message only a template may go: the agent is told."""
    (contact_id,) = people(1)
    write_in(bench, contact_id, "Hello?")
    bench.clock.advance(24 * 3600 + 1)
    with pytest.raises(Conflict) as refused:
        replies.send(bench.ctx, contact_id, TEXT)
    assert refused.value.code == "window_closed"


def test_refused_reply_stays_visible(bench: Bench, people: People) -> None:
    """What Meta refuses is an error for the agent and a failed message in the thread."""
    (contact_id,) = people(1)
    write_in(bench, contact_id, "Hello?")
    set_faults(bench.meta, fail_sync=1.0)
    with pytest.raises(Invalid):
        replies.send(bench.ctx, contact_id, TEXT)
    newest = conversations.thread(bench.ctx, contact_id, PageQuery()).items
    failed = next(one for one in newest if one.direction == "out")
    assert (failed.state, failed.error_code) == ("failed", 131026)


def test_answer_is_credited_to_the_campaign_once(bench: Bench, people: People) -> None:
    """The first answer after a campaign counts for it; a second of the same person does not."""
    (contact_id,) = people(1)
    bench.launch_and_plan()
    bench.work("send")
    deliver(bench, "read")
    write_in(bench, contact_id, "Yes, please")
    write_in(bench, contact_id, "Thank you")
    assert views.get(bench.ctx, bench.campaign().id).answered == 1
    assert bench.recount().answered == 1


def test_resolving_moves_the_conversation(bench: Bench, people: People) -> None:
    """A resolved conversation leaves the open list, and the customer's next message reopens it."""
    (contact_id,) = people(1)
    write_in(bench, contact_id, "Hello?")
    conversations.update(bench.ctx, contact_id, ConversationUpdate(state="resolved", unread=0))
    assert conversations.page(bench.ctx, ConversationQuery()).items == []
    write_in(bench, contact_id, "One more thing")
    (conversation,) = conversations.page(bench.ctx, ConversationQuery()).items
    assert (conversation.contact_id, conversation.unread) == (contact_id, 1)


def test_unknown_contact_is_not_found(bench: Bench) -> None:
    """Neither a thread nor a conversation appears for an id that is nobody's."""
    nobody = ordered_id("con", 1)
    with pytest.raises(NotFound):
        conversations.thread(bench.ctx, nobody, PageQuery())
    with pytest.raises(NotFound):
        replies.send(bench.ctx, nobody, TEXT)


def test_person_without_phone_is_one_contact(bench: Bench) -> None:
    """A BSUID-only customer who writes twice is one conversation, without a phone."""
    for text in ("Hi", "Are you there?"):
        envelope = {
            "number_id": bench.number.id,
            "opens_window": True,
            "message": {
                "from_phone": None,
                "from_user_id": "US.13491208655302741918",
                "profile_name": "Hidden",
                "message_id": f"wamid.{text}",
                "at_ms": bench.clock.now_ms(),
                "type": "text",
                "text": text,
                "context_message_id": None,
            },
        }
        inbound.receive(bench.ctx, envelope)
    (conversation,) = conversations.page(bench.ctx, ConversationQuery()).items
    assert (conversation.contact_phone, conversation.unread) == (None, 2)


def test_merged_contact_keeps_ledger_and_inbox_alike(bench: Bench, people: People) -> None:
    """Two contacts turn out to be one in the middle of a campaign: what is told later of the
    message moves its row and the copy in the inbox alike, an answer counts once, and the ledger
    agrees with the counters; copying again changes nothing.
    """
    (old,) = people(1)
    bench.launch_and_plan()
    bench.work("send")
    contacts = Contacts(bench.ctx)
    new = contacts.create(ContactDraft(bsuid="US.4711", name="Same person"), bench.clock.now_ms())
    before = contacts.get(old)
    ContactMerges(bench.ctx).move(
        new, before, phone=before.phone, bsuid="US.4711", now_ms=bench.clock.now_ms()
    )
    (one,) = outcomes(bench)
    report(bench, one, "sent")
    identity_changes.finish(bench.ctx, contacts.get(new.id))
    messages = Messages(bench.ctx)

    def states() -> list[str | None]:
        return [messages.get(who, one.recipient.message_id).state for who in (old, new.id)]

    assert states() == ["sent", "sent"]
    report(bench, one, "read", pricing={"category": "utility", "type": "regular"})
    assert states() == ["read", "read"]
    copy_thread(bench.ctx, old, new.id)
    report(bench, one, "delivered")
    assert states() == ["read", "read"]
    times = [messages.get(who, one.recipient.message_id).delivered_at for who in (old, new.id)]
    assert times[0] is not None
    assert times[0] == times[1]
    for words in ("thanks", "again"):
        write_in(bench, new.id, words)
    book = bench.recount()
    assert (book.states["read"], book.answered, book.drift) == (1, 1, {})
    today = datetime.fromtimestamp(bench.clock.now_ms() / 1000, UTC).date()
    assert [count for _, count in DailyCharges(bench.ctx).between(today, today)] == [1]


def test_status_before_the_copy_is_there_is_not_lost(bench: Bench, people: People) -> None:
    """A status that comes between the mark on the original and the copy makes the copy itself."""
    (old,) = people(1)
    bench.launch_and_plan()
    bench.work("send")
    new = Contacts(bench.ctx).create(ContactDraft(bsuid="US.4711"), bench.clock.now_ms())
    (one,) = outcomes(bench)
    messages, message_id = Messages(bench.ctx), one.recipient.message_id
    row = messages.get(old, message_id)
    row.copied_to = new.id
    row.save()
    report(bench, one, "delivered")
    copy_thread(bench.ctx, old, new.id)
    copied = messages.get(new.id, message_id)
    assert (copied.state, copied.direction, copied.copied_from) == ("delivered", "out", old)
    assert copied.text == row.text
    assert copied.accepted_at == row.accepted_at
