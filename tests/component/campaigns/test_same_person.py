"""One person behind two contacts, or behind another address than planned: never twice, never a
stranger.
"""

from __future__ import annotations

from chalicelib.services.campaigns import drafts
from chalicelib.storage.contact_merges import ContactMerges
from chalicelib.storage.contacts import ContactDraft, Contacts
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, counts
from tests.component.campaigns.test_retries import check, outcomes


def merge(bench: Bench, kept_id: str, other_id: str) -> None:
    """Have two contacts be found to be one person."""
    contacts = Contacts(bench.ctx)
    kept, other = contacts.get(kept_id), contacts.get(other_id)
    ContactMerges(bench.ctx).move(
        kept,
        other,
        phone=kept.phone or other.phone,
        bsuid=kept.bsuid or other.bsuid,
        now_ms=bench.clock.now_ms(),
    )


def two(bench: Bench, people: People) -> tuple[str, str]:
    """Write a contact known by phone and one known by user id."""
    (by_phone,) = people(1)
    draft = ContactDraft(bsuid="US.4711", name="Same")
    return by_phone, Contacts(bench.ctx).create(draft, bench.clock.now_ms()).id


def test_known_to_be_one_before_the_launch(bench: Bench, people: People) -> None:
    """Of two that are one already, the folded is skipped and the other gets one message."""
    by_phone, by_user_id = two(bench, people)
    merge(bench, by_phone, by_user_id)
    bench.launch_and_plan()
    bench.work("send")
    book = check(bench)
    assert (book.states["accepted"], book.skipped) == (1, {"merged": 1})
    assert counts(bench.meta, bench.campaign().id)["accepted"] == 1


def test_found_to_be_one_before_the_sending(bench: Bench, people: People) -> None:
    """Planned as two, sent to as one."""
    by_phone, by_user_id = two(bench, people)
    bench.launch_and_plan()
    merge(bench, by_phone, by_user_id)
    bench.work("send")
    book = check(bench)
    assert (book.states["accepted"], book.skipped) == (1, {"merged": 1})


def test_found_to_be_one_between_their_messages(bench: Bench, people: People) -> None:
    """Whoever has the message under the one phone does not get it under the other."""
    ids = set(people(2))
    row = bench.draft()
    row.canary_percent = 50
    row.save()
    drafts.launch(bench.ctx, row.id)
    bench.work("plan")
    bench.work("plan")
    bench.work("send")
    (first,) = [one.recipient.contact_id for one in outcomes(bench) if one.has_row]
    (second,) = ids - {first}
    merge(bench, second, first)
    row = bench.campaign()
    row.canary = {**row.canary, "state": "passed"}
    row.save()
    for _ in range(3):
        bench.clock.advance(40)
        bench.work("plan")
        bench.work("send")
    book = check(bench)
    assert (book.states["accepted"], book.skipped) == (1, {"merged": 1})
    assert counts(bench.meta, bench.campaign().id)["accepted"] == 1


def test_message_goes_to_the_phone_of_now(bench: Bench, people: People, api: ApiClient) -> None:
    """A phone that was corrected after the planning is the one that is written to."""
    (contact_id,) = people(1)
    bench.launch_and_plan()
    path = f"/api/contacts/{contact_id}"
    assert api.patch(path, json={"phone": "+14155550177"}).status == 200
    bench.work("send")
    assert check(bench).states["accepted"] == 1
    answer = bench.meta.http.get("/sandbox/messages", params={"wa_id": "14155550177"})
    assert len(answer.json()["items"]) == 1


def test_cap_counts_what_both_got(bench: Bench, people: People) -> None:
    """Marketing that the one got counts for the person that both are."""
    by_phone, by_user_id = two(bench, people)
    contacts = Contacts(bench.ctx)
    for place, contact_id in enumerate((by_phone, by_user_id)):
        row = contacts.get(contact_id)
        row.marketing_sent = [f"{place + 1}:cmp_{place}"]
        row.save()
    merge(bench, by_phone, by_user_id)
    assert contacts.get(by_phone).marketing_sent == ["1:cmp_0", "2:cmp_1"]
    assert contacts.get(by_phone).merged_ids == [by_user_id]
