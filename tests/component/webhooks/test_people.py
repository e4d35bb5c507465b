"""What webhooks say of people: who they are now, and what they want and can get."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest

from chalicelib.schemas.conversations import ConversationQuery
from chalicelib.services import conversations
from chalicelib.storage.contact_marks import cooling
from chalicelib.storage.contacts import ContactRow, Contacts
from chalicelib.storage.conversation_row import ConversationRow
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.message_changes import MessageChanges
from tests.component.webhooks.conftest import ANA, ANA_ID, Site, sample

NEW, NEW_ID = "+15550222222", "US.90000000000000000002"
NEWEST, NEWEST_ID = "+15550333333", "US.90000000000000000003"
_DAY_MS = 86_400_000
_AT_S = 1_794_700_000


def text(
    phone: str | None, user_id: str | None, words: str, at_s: int = _AT_S, **message: Any
) -> Any:
    """Return the delivery of a text; by phone, by user id, or by both."""
    payload = sample("in_text")
    value = payload["entry"][0]["changes"][0]["value"]
    who = {
        **({} if phone is None else {"from": phone.removeprefix("+")}),
        **({} if user_id is None else {"from_user_id": user_id}),
    }
    value["contacts"] = []
    value["messages"] = [
        {
            **who,
            "id": f"wamid.{words}",
            "timestamp": str(at_s),
            "type": "text",
            "text": {"body": words},
            **message,
        }
    ]
    return payload


def new_number(
    old: tuple[str | None, str | None], new: tuple[str | None, str | None], at_s: int
) -> Any:
    """Return the delivery of a changed number, from the old identity."""
    said = {
        "body": "User changed number",
        "type": "user_changed_number",
        **({} if new[0] is None else {"wa_id": new[0].removeprefix("+")}),
        **({} if new[1] is None else {"user_id": new[1]}),
        **({} if old[1] is None else {"previous_user_id": old[1]}),
    }
    return text(*old, f"change {at_s}", at_s, type="system", system=said)


def stop(user_id: str, value: str, at_s: int) -> Any:
    """Return the delivery of a preference."""
    payload = sample("user_preferences_stop_bsuid_only")
    item = payload["entry"][0]["changes"][0]["value"]["user_preferences"][0]
    item.update(user_id=user_id, value=value, timestamp=at_s)
    return payload


def failed(site: Site, code: int, wamid: str, at_s: int) -> Any:
    """Return the delivery of a failure of a message to the site's contact."""
    payload = sample("status_failed_131026_undeliverable")
    status = payload["entry"][0]["changes"][0]["value"]["statuses"][0]
    status.update(id=wamid, timestamp=str(at_s))
    status["errors"][0]["code"] = code
    return site.ours(payload)


def owner(site: Site, phone: str | None, user_id: str | None) -> ContactRow:
    """Return the one contact with this phone and user id."""
    found = {one for one in Contacts(site.ctx).find(phone, user_id) if one is not None}
    (contact_id,) = found
    return Contacts(site.ctx).get(contact_id)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1), (2, 1, 0), (1, 2, 0)])
def test_new_number_in_any_order(site: Site, order: tuple[int, ...]) -> None:
    """What they wrote before, that they changed, and what they write now: one person at the end.

    Nothing they wrote is lost, and the phone that they gave up is nobody's.
    """
    deliveries = [
        text(ANA, ANA_ID, "before", _AT_S),
        new_number((ANA, ANA_ID), (NEW, NEW_ID), _AT_S + 10),
        text(NEW, NEW_ID, "after", _AT_S + 20),
    ]
    for place in order:
        site.deliver(deliveries[place], times=2)
    row = owner(site, NEW, NEW_ID)
    assert (row.phone, row.bsuid, row.previous_bsuids) == (NEW, NEW_ID, [ANA_ID])
    assert Contacts(site.ctx).find(None, ANA_ID) == (None, row.id)
    assert Contacts(site.ctx).find(ANA, None) == (None, None)
    assert [one.text for one in site.thread(row.id) if one.type == "text"] == ["after", "before"]
    conversation = Conversations(site.ctx).get(row.id)
    assert (conversation.unread, conversation.contact_phone) == (3, NEW)
    assert conversation.last_inbound_at == (_AT_S + 20) * 1000
    left = [one for one in ConversationRow.scan() if one.contact_id != row.id]
    assert [(one.state, one.unread) for one in left] in ([], [("resolved", 0)])


def test_the_inbox_knows_a_person_who_hides_the_phone(site: Site) -> None:
    """Without a name and a phone a conversation still says who it is: username and user id."""
    payload = text(None, ANA_ID, "who am I")
    payload["entry"][0]["changes"][0]["value"]["contacts"] = [
        {"profile": {"username": "ana.example"}, "user_id": ANA_ID}
    ]
    site.deliver(payload)
    (found,) = conversations.page(site.ctx, ConversationQuery()).items
    assert (found.contact_name, found.contact_phone) == ("", None)
    assert (found.contact_username, found.contact_bsuid) == ("ana.example", ANA_ID)


def test_two_changes_in_the_wrong_order(site: Site) -> None:
    """Who changed twice ends at the newest number, though the second change came first."""
    site.deliver(text(ANA, ANA_ID, "before"))
    site.deliver(new_number((NEW, NEW_ID), (NEWEST, NEWEST_ID), _AT_S + 20), times=2)
    site.deliver(new_number((ANA, ANA_ID), (NEW, NEW_ID), _AT_S + 10), times=2)
    row = owner(site, NEWEST, NEWEST_ID)
    assert (row.phone, row.bsuid) == (NEWEST, NEWEST_ID)
    assert set(row.previous_bsuids) == {ANA_ID, NEW_ID}
    assert "before" in [one.text for one in site.thread(row.id)]


def test_next_owner_of_a_phone_is_somebody_else(site: Site) -> None:
    """A change that Meta repeats days later does not swallow who has the old phone by then."""
    change = new_number((ANA, ANA_ID), (NEW, NEW_ID), _AT_S + 10)
    site.deliver(text(ANA, ANA_ID, "before"))
    site.deliver(change)
    site.deliver(text(ANA, "US.555", "I have this number now", _AT_S + 500))
    site.deliver(change, times=2)
    stranger = owner(site, ANA, "US.555")
    assert stranger.id != owner(site, NEW, NEW_ID).id
    assert stranger.merged_into is None


def test_opt_out_of_either_wins(site: Site) -> None:
    """Two contacts that turn out to be one keep the opt-out of either, and both threads."""
    site.deliver(text(ANA, None, "by phone", _AT_S))
    site.deliver(text(None, ANA_ID, "by user id", _AT_S + 5))
    site.deliver(stop(ANA_ID, "stop", _AT_S + 7))
    contacts = Contacts(site.ctx)
    by_phone, _ = contacts.find(ANA, None)
    assert by_phone is not None
    contacts.update(by_phone, {"opted_out_at": 5}, 1)
    site.deliver(text(ANA, ANA_ID, "by both", _AT_S + 9), times=2)
    row = owner(site, ANA, ANA_ID)
    assert (row.id, row.opted_out_at) == (by_phone, 5)
    assert row.marketing_opted_out_at == (_AT_S + 7) * 1000
    assert [one.text for one in site.thread(row.id)] == ["by both", "by user id", "by phone"]
    assert row.absorbing == []
    assert Conversations(site.ctx).get(row.id).unread == 3


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_newest_preference_holds(site: Site, order: tuple[int, ...]) -> None:
    """Stop, resume and stop in any order: the last word of the person counts, also by user id."""
    words = [
        stop(ANA_ID, "stop", _AT_S),
        stop(ANA_ID, "resume", _AT_S + 60),
        stop(ANA_ID, "stop", _AT_S + 120),
    ]
    for place in order:
        site.deliver(words[place], times=2)
    assert site.ana().marketing_opted_out_at == (_AT_S + 120) * 1000
    site.deliver(stop(ANA_ID, "resume", _AT_S + 180))
    assert site.ana().marketing_opted_out_at is None


def test_stop_is_honoured(site: Site) -> None:
    """STOP opts a person out, also one known by user id; lifted, its repetition changes nothing."""
    hello, stop_it = text(None, ANA_ID, "hello", _AT_S), text(None, ANA_ID, "STOP", _AT_S + 5)
    site.deliver(hello)
    assert site.ana().opted_out_at is None
    site.deliver(stop_it, times=2)
    row = site.ana()
    assert (row.opted_out_at, row.phone) == ((_AT_S + 5) * 1000, None)
    Contacts(site.ctx).update(row.id, {"opted_out_at": None}, 1)
    site.deliver(stop_it)
    assert site.ana().opted_out_at is None
    assert [one.text for one in site.thread()] == ["STOP", "hello"]


def test_stop_of_promotions_is_of_marketing(site: Site) -> None:
    """Meta's own button stops marketing alone; what the person says later in WhatsApp counts."""
    button = {"text": "Stop promotions", "payload": "x"}
    site.deliver(text(ANA, ANA_ID, "tap", _AT_S, type="button", button=button), times=2)
    row = site.ana()
    assert (row.marketing_opted_out_at, row.opted_out_at) == (_AT_S * 1000, None)
    site.deliver(stop(ANA_ID, "resume", _AT_S + 60))
    assert site.ana().marketing_opted_out_at is None


def test_second_undelivered_message_marks_the_person(site: Site) -> None:
    """131026 for one message may be anything, for two it is the person; until they write."""

    def contact() -> ContactRow:
        return Contacts(site.ctx).get(site.contact.id)

    site.deliver(failed(site, 131026, "wamid.1", _AT_S), times=2)
    assert contact().undeliverable_at is None
    site.deliver(failed(site, 131026, "wamid.2", _AT_S + 9), times=2)
    assert contact().undeliverable_at == (_AT_S + 9) * 1000
    site.deliver(text(site.contact.phone, None, "I am back", _AT_S + 50))
    assert (contact().undeliverable_at, contact().unreached_wamid) == (None, None)


def test_marketing_limit_of_meta_cools(site: Site) -> None:
    """131049 cools for a day, once for all messages of it, and for longer if it comes again."""
    site.deliver(failed(site, 131049, "wamid.1", _AT_S), times=2)
    site.deliver(failed(site, 131049, "wamid.2", _AT_S + 60))
    row = Contacts(site.ctx).get(site.contact.id)
    assert row.cooling_until == _AT_S * 1000 + _DAY_MS
    site.deliver(failed(site, 131049, "wamid.3", _AT_S + 100_000))
    row = Contacts(site.ctx).get(site.contact.id)
    assert row.cooling_until == (_AT_S + 100_000) * 1000 + 2 * _DAY_MS


def test_length_of_cooling() -> None:
    """It doubles up to a week, and begins anew after a week without."""
    assert cooling(None, None, 0) == (_DAY_MS, 86_400)
    assert cooling(_DAY_MS, 86_400, _DAY_MS - 1) is None
    assert cooling(_DAY_MS, 86_400, _DAY_MS) == (3 * _DAY_MS, 2 * 86_400)
    assert cooling(_DAY_MS, 6 * 86_400, 2 * _DAY_MS) == (9 * _DAY_MS, 7 * 86_400)
    assert cooling(_DAY_MS, 4 * 86_400, 9 * _DAY_MS) == (10 * _DAY_MS, 86_400)


def test_failure_of_a_message_that_was_not_ours(site: Site) -> None:
    """An opt-out counts also where another app sent the message; other marks only for contacts."""
    site.deliver(sample("status_failed_131026_undeliverable"))
    assert Contacts(site.ctx).find(ANA, None) == (None, None)
    site.deliver(sample("status_failed_131050_user_stopped_marketing"))
    assert site.ana().marketing_opted_out_at is not None


def test_late_message_opens_the_window_and_not_the_preview(site: Site) -> None:
    """A message that comes after a newer one of the business still opens its own 24 hours."""
    site.deliver(text(ANA, ANA_ID, "first", _AT_S))
    echo = sample("smb_message_echoes_text")
    site.deliver(echo)
    site.deliver(text(ANA, ANA_ID, "late", _AT_S + 300))
    conversation = Conversations(site.ctx).get(site.ana().id)
    assert conversation.last_message == "Typed on the phone by the owner"
    assert (conversation.last_inbound_at, conversation.unread) == ((_AT_S + 300) * 1000, 1)


def test_reaction_stands_on_its_message(site: Site) -> None:
    """A reaction, an edit and a revocation change the message itself, whichever comes first."""
    original = text(ANA, ANA_ID, "hello", _AT_S)
    reaction = text(
        ANA,
        ANA_ID,
        "r",
        _AT_S + 1,
        type="reaction",
        reaction={"message_id": "wamid.hello", "emoji": "👍"},
    )
    edit = text(
        ANA,
        ANA_ID,
        "e",
        _AT_S + 2,
        type="edit",
        edit={
            "original_message_id": "wamid.hello",
            "message": {"type": "text", "text": {"body": "hello!"}},
        },
    )
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        deliveries = [copy.deepcopy(one) for one in (original, reaction, edit)]
        for place in order:
            site.deliver(deliveries[place], times=2)
        (row,) = site.thread()
        assert (row.text, row.reaction_in) == ("hello!", "👍"), order
        MessageChanges(site.ctx).remove(site.ana().id, row.id)


def test_nobody_else_takes_a_message_back(site: Site) -> None:
    """A customer's revocation that names a message of the business leaves it as it is."""
    site.deliver(sample("smb_message_echoes_text"))
    wamid = site.message().wamid
    site.deliver(
        text(ANA, ANA_ID, "x", _AT_S + 900, type="revoke", revoke={"original_message_id": wamid})
    )
    kept = next(row for row in site.thread() if row.direction == "out")
    assert (kept.text, kept.revoked_at) == ("Typed on the phone by the owner", None)


def test_history_never_unread_and_media_fills_its_placeholder(site: Site) -> None:
    """The media of an old message takes the place of its placeholder, whatever comes first."""
    chunk = sample("history_threads_chunk")
    messages = chunk["entry"][0]["changes"][0]["value"]["history"][0]["threads"][0]["messages"]
    media = copy.deepcopy(chunk)
    value = media["entry"][0]["changes"][0]["value"]
    del value["history"]
    value["messages"] = [
        {**messages[2], "type": "image", "image": {"id": "77", "mime_type": "image/png"}}
    ]
    for delivery in (media, chunk, media):
        site.deliver(delivery)
        newest = site.thread()[0]
        assert (newest.type, newest.direction) == ("image", "in")
    assert len(site.thread()) == 3
    assert Conversations(site.ctx).get(site.ana().id).unread == 0
