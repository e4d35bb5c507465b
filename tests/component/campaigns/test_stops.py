"""What stops campaigns: reports of Meta's, and failures by their codes, answered or told later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import HTMLResponse

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.handlers.queues import inbound, send
from chalicelib.services import account_reports, deliveries
from chalicelib.services.callback import MessageKey
from chalicelib.services.campaigns import handover, lifecycle
from chalicelib.services.campaigns.stopping import is_everybodys
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.numbers import NumberRow
from chalicelib.whatsapp.codes import BARRED_CODES
from chalicelib.whatsapp.events import TemplateStatus
from chalicelib.whatsapp.message_sender import Accepted, MessageSender
from chalicelib.whatsapp.webhooks import Delivery
from sandbox import answering
from sandbox.error_codes import KNOWN, Known
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import (
    Bench,
    People,
    close_loop,
    counts,
    set_faults,
    status,
    write_in,
)
from tests.component.campaigns.test_retries import check, outcomes


def paused(bench: Bench, event: str) -> None:
    """Have Meta tell that it did `event` to the template, and the inbound queue be worked."""
    said = TemplateStatus(
        waba_id=bench.number.waba_id,
        meta_template_id=bench.template.meta_template_id,
        name=bench.template.name,
        language=bench.template.language,
        event=event,
        reason=None,
        at_ms=bench.clock.now_ms(),
    )
    deliveries.take(Delivery(events=(said,), kept=0))
    records = bench.take("inbound")
    assert inbound.handler({"Records": records}, None) == {"batchItemFailures": []}


def test_template_that_meta_stops_pauses_its_campaigns(bench: Bench, people: People) -> None:
    """PAUSED pauses with the reason and what to do; APPROVED pauses nothing."""
    people(2)
    bench.launch_and_plan()
    paused(bench, "APPROVED")
    assert bench.campaign().state == "running"
    paused(bench, "PAUSED")
    campaign = bench.campaign()
    assert campaign.state == "paused"
    assert "PAUSED" in (campaign.state_reason or "")
    assert "resume" in (campaign.state_reason or "")


def test_flagged_number_pauses_its_campaigns(bench: Bench, people: People) -> None:
    """FLAGGED, which is quality RED, pauses what runs on the number."""
    people(2)
    bench.launch_and_plan()
    event = {
        "waba_id": bench.number.waba_id,
        "display_phone_number": bench.number.display_phone_number,
        "event": "FLAGGED",
        "messaging_limit": None,
        "at_ms": bench.clock.now_ms(),
    }
    envelope = {"kind": "NumberQuality", "event": event, "received_ms": bench.clock.now_ms()}
    account_reports.report(bench.ctx, envelope)
    assert bench.campaign().state == "paused"
    assert "RED" in (bench.campaign().state_reason or "")


def told(bench: Bench, code: int, *, share: float = 1, is_later: bool = False) -> None:
    """Send the campaign, whose messages fail with `code`: at once, or told by statuses later."""
    if not is_later:
        set_faults(bench.meta, fail_sync=share, fail_code=code)
    bench.launch_and_plan()
    bench.work("send")
    if is_later:
        failures(bench, code)
    records = bench.take("inbound")
    assert inbound.handler({"Records": records}, None) == {"batchItemFailures": []}


def failures(bench: Bench, code: int) -> None:
    """Have a webhook tell that everybody's message failed with `code`."""
    events = []
    for one in outcomes(bench):
        who = one.recipient
        key = MessageKey(bench.ctx.tenant_id, who.contact_id, who.message_id, bench.campaign().id)
        events.append(replace(status(bench, key, "failed"), error_code=code))
    deliveries.take(Delivery(events=tuple(events), kept=0))


def another(bench: Bench, **fields: str) -> CampaignRow:
    """Write another campaign that runs, with the same number and template if not told otherwise."""
    row = CampaignRow(
        bench.ctx.tenant_id,
        f"cmp_{'1' * 26}",
        name="Summer",
        state="running",
        number_id=fields.get("number_id", bench.number.id),
        template_id=fields.get("template_id", bench.template.id),
        audience_filter={"type": "all"},
        variables={},
        created_at=bench.clock.now_ms(),
    )
    Campaigns(bench.ctx).create(row)
    return row


@pytest.mark.parametrize("is_later", [False, True])
@pytest.mark.parametrize("code", sorted(BARRED_CODES))
def test_person_is_marked_by_an_answer_and_by_a_status(
    bench: Bench, people: People, code: int, *, is_later: bool
) -> None:
    """Such a code marks the contact either way; when the person writes, the mark is gone."""
    (contact_id,) = people(1)
    told(bench, code, is_later=is_later)
    assert Contacts(bench.ctx).get(contact_id).barred_code == code
    assert check(bench).failed == {code: 1}
    bench.clock.advance(5)
    write_in(bench, contact_id, "hello")
    assert Contacts(bench.ctx).get(contact_id).barred_code is None


@pytest.mark.parametrize("is_later", [False, True])
@pytest.mark.parametrize(
    ("code", "other", "template"),
    [
        (131042, "paused", "paused"),  # the account's payment
        (131048, "paused", "paused"),  # the number's quality
        (132015, "running", "paused"),  # the template
        (132012, "running", "running"),  # this campaign's values
        (131063, "running", "running"),  # a way of sending
    ],
)
def test_code_stops_what_it_concerns(
    bench: Bench, people: People, code: int, other: str, template: str, *, is_later: bool
) -> None:
    """The campaign pauses with the code and the next step, and so do the others it concerns."""
    people(3)
    sibling = another(bench, template_id="" if other == "paused" else f"tpl_{'9' * 26}")
    told(bench, code, is_later=is_later)
    campaign = bench.campaign()
    assert campaign.state == "paused"
    assert str(code) in (campaign.state_reason or "")
    assert Campaigns(bench.ctx).get(sibling.id).state == other
    assert check(bench).audience == 3
    sibling.delete()
    twin = another(bench)
    account_reports.note_blocked(
        bench.ctx,
        {
            "code": code,
            "campaign_id": campaign.id,
            "number_id": bench.number.id,
            "at_ms": bench.clock.now_ms(),
        },
    )
    assert Campaigns(bench.ctx).get(twin.id).state == template


def test_failure_of_before_the_resuming_pauses_no_more(bench: Bench, people: People) -> None:
    """Who resumed has seen the cause to it: a failure that is told late does not pause again."""
    people(3)
    told(bench, 131042, is_later=True)
    before_ms = bench.clock.now_ms()
    bench.clock.advance(60)
    lifecycle.resume(bench.ctx, bench.campaign().id, bench.clock)
    envelope = {"code": 131042, "campaign_id": bench.campaign().id, "number_id": bench.number.id}
    account_reports.note_blocked(bench.ctx, {**envelope, "at_ms": before_ms})
    assert bench.campaign().state == "running"
    account_reports.note_blocked(bench.ctx, {**envelope, "at_ms": bench.clock.now_ms() + 1})
    assert bench.campaign().state == "paused"


def test_sender_of_before_the_resuming_pauses_no_more(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person pauses, mends the cause and resumes while a chunk is at Meta, which refuses it for
    what was before: the campaign stays running, and everybody gets the message.
    """
    people(15)
    bench.launch_and_plan()
    send_really = MessageSender.send

    def mend() -> None:
        lifecycle.pause(bench.ctx, bench.campaign().id)
        bench.clock.advance(2)
        lifecycle.resume(bench.ctx, bench.campaign().id)
        set_faults(bench.meta)

    async def overtaken(sender: MessageSender, *call: Any) -> Accepted:
        try:
            return await send_really(sender, *call)
        finally:
            if bench.campaign().resumed_at is None:
                mend()

    set_faults(bench.meta, fail_sync=1, fail_code=131042)
    with monkeypatch.context() as patch:
        patch.setattr(MessageSender, "send", overtaken)
        bench.work("send")
    bench.work("inbound")
    assert bench.campaign().state == "running"
    bench.clock.advance(10)
    bench.run_to_end(3)
    assert check(bench).states["accepted"] == 15


def test_report_that_comes_again_pauses_no_more(bench: Bench, people: People) -> None:
    """Meta repeats that the number is flagged, after a person has resumed: that is known."""
    people(2)
    bench.launch_and_plan()
    event = {
        "waba_id": bench.number.waba_id,
        "display_phone_number": bench.number.display_phone_number,
        "event": "FLAGGED",
        "messaging_limit": None,
        "at_ms": bench.clock.now_ms(),
    }
    envelope = {"kind": "NumberQuality", "event": event, "received_ms": bench.clock.now_ms()}
    account_reports.report(bench.ctx, envelope)
    bench.clock.advance(60)
    lifecycle.resume(bench.ctx, bench.campaign().id, bench.clock)
    account_reports.report(bench.ctx, envelope)
    assert bench.campaign().state == "running"


@pytest.mark.parametrize("is_later", [False, True])
@pytest.mark.parametrize("code", [100, 131008, 131009])
def test_parameter_that_is_wrong_for_all_pauses(
    bench: Bench, people: People, code: int, *, is_later: bool
) -> None:
    """Where nobody gets through, the campaign stops after a few; all of it is accounted for."""
    people(90)
    told(bench, code, is_later=is_later)
    campaign = bench.campaign()
    assert campaign.state == "paused"
    assert str(code) in (campaign.state_reason or "")
    book = check(bench)
    assert book.failed[code] >= 3
    if not is_later:
        assert book.states["queued"] > 40


def test_parameter_that_is_wrong_for_some_does_not_pause(bench: Bench, people: People) -> None:
    """Where others get through, it is the one recipient's."""
    people(40)
    told(bench, 131009, share=0.2)
    assert bench.campaign().state == "running"
    book = check(bench)
    assert book.failed[131009] + book.states["accepted"] == 40


@pytest.mark.parametrize("is_later", [False, True])
def test_code_that_nobody_knows_pauses_if_all_have_it(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch, *, is_later: bool
) -> None:
    """A code that Meta has added since stops a campaign of which nobody gets through, it alone."""
    monkeypatch.setitem(KNOWN, 139_999, Known(400, "Something new", "It is new."))
    people(90)
    sibling = another(bench)
    told(bench, 139_999, is_later=is_later)
    assert bench.campaign().state == "paused"
    assert "139999" in (bench.campaign().state_reason or "")
    assert Campaigns(bench.ctx).get(sibling.id).state == "running"
    book = check(bench)
    assert book.failed[139_999] >= 3
    if not is_later:
        assert book.states["queued"] > 40


def test_page_in_place_of_an_answer_pauses_if_all_get_it(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 403 in HTML, as of a proxy, refuses without a code; it does not go through the audience."""
    page = HTMLResponse("<h1>403 Forbidden</h1>", 403)
    monkeypatch.setattr(answering, "_html", lambda _status, _title: page)
    people(90)
    set_faults(bench.meta, gateway_before_accept=1)
    bench.launch_and_plan()
    bench.work("send")
    assert bench.campaign().state == "paused"
    assert "HTTP 403" in (bench.campaign().state_reason or "")
    book = check(bench)
    assert book.failed[None] >= 3
    assert book.states["queued"] > 40


def test_parameter_that_is_wrong_for_a_chunk_does_not_pause(bench: Bench, people: People) -> None:
    """Where the first few of a chunk are all wrong, but others have got through, the rest go on."""
    people(130)
    bench.launch_and_plan()
    first, second = bench.take("send")
    assert send.handler({"Records": [first]}, None) == {"batchItemFailures": []}
    set_faults(bench.meta, fail_sync=1, fail_code=131009)
    assert send.handler({"Records": [second]}, None) == {"batchItemFailures": []}
    assert bench.campaign().state == "running"
    set_faults(bench.meta)
    bench.run_to_end(3)
    book = check(bench)
    assert book.failed[131009] >= 3
    assert book.failed[131009] + book.states["accepted"] == 130


def test_file_that_all_get_stops_and_one_of_their_own_does_not() -> None:
    """131053 stops a campaign only where the file is the same for everybody."""
    same = {"header.media": {"column": None, "field": None, "fallback": "med_1"}}
    own = {"header.media": {"column": None, "field": "invoice", "fallback": "med_1"}}
    assert is_everybodys(131053, same)
    assert not is_everybodys(131053, own)
    assert not is_everybodys(131026, same)


@pytest.mark.parametrize("is_later", [False, True])
def test_file_that_all_get_pauses(bench: Bench, people: People, *, is_later: bool) -> None:
    """Answered, everybody waits for the file to be mended; told later, who failed is offered."""
    people(4)
    told(bench, 131053, is_later=is_later)
    assert bench.campaign().state == "paused"
    book = check(bench)
    assert (book.states["queued"], book.states["failed"]) == ((0, 4) if is_later else (4, 0))


@pytest.mark.parametrize("code", [4, 80007, 131057, 2494100])
def test_number_is_held_while_nothing_is_taken(bench: Bench, people: People, code: int) -> None:
    """A refusal of everything for a while costs few calls, fails nobody, says why, and passes by
    itself.
    """
    people(60)
    told(bench, code)
    book = check(bench)
    assert (book.states["queued"], bench.campaign().state) == (60, "running")
    assert f"({code})" in (bench.campaign().state_reason or "")
    assert "tries again by itself" in (bench.campaign().state_reason or "")
    slot_ms = _next_slot(bench)
    assert 50_000 < slot_ms - bench.clock.now_ms() <= 60_500
    refused = counts(bench.meta, bench.campaign().id)["accepted"]
    set_faults(bench.meta)
    bench.clock.advance(70)
    bench.run_to_end(3)
    assert refused == 0
    assert check(bench).states["accepted"] == 60
    assert bench.campaign().state_reason is None


def test_whatsapp_that_cannot_be_reached_is_told(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a connection nobody fails; the campaign says so, and goes on when there is one."""
    monkeypatch.setattr(handover, "BACK_OFF_S", (0.01, 0.01))
    people(8)
    bench.launch_and_plan()
    with monkeypatch.context() as away:
        away.setenv("GRAPH_URL", "http://127.0.0.1:9")
        settings.cache_clear()
        bench.work("send")
    settings.cache_clear()
    close_loop()
    campaign = bench.campaign()
    assert campaign.state == "running"
    assert campaign.state_reason == (
        "WhatsApp cannot be reached. The campaign tries again by itself."
    )
    assert check(bench).states["queued"] == 8
    bench.clock.advance(20)
    bench.work("plan")
    bench.run_to_end(3)
    assert check(bench).states["accepted"] == 8
    assert bench.campaign().state_reason is None


def test_outage_leaves_most_of_the_audience(bench: Bench, people: People) -> None:
    """While nobody gets an answer one chunk goes at a time, and after three the campaign pauses;
    who was not begun gets the message when it is resumed.
    """
    people(330)
    set_faults(bench.meta, gateway_before_accept=1)
    bench.launch_and_plan()
    for unclear in (80, 160, 240):
        bench.work("send")
        assert bench.campaign().state_reason == (
            "WhatsApp gives no clear answers. The campaign tries again by itself."
        )
        assert check(bench).states["unknown"] == unclear
        bench.clock.advance(40)
        bench.work("plan")
    assert bench.campaign().state == "paused"
    assert "240 of the last 240" in (bench.campaign().state_reason or "")
    set_faults(bench.meta)
    lifecycle.resume(bench.ctx, bench.campaign().id, bench.clock)
    bench.work("plan")
    bench.run_to_end(3)
    book = check(bench)
    assert (book.states["unknown"], book.states["accepted"]) == (240, 90)
    assert counts(bench.meta, bench.campaign().id)["accepted"] == 90


def test_status_of_speed_holds_the_number(bench: Bench, people: People) -> None:
    """Told later, such a code holds the number the same, and twice is as once."""
    people(2)
    told(bench, 131057, is_later=True)
    first = _next_slot(bench)
    assert first - bench.clock.now_ms() > 50_000
    failures(bench, 131057)
    records = bench.take("inbound")
    assert inbound.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert _next_slot(bench) - first < 5_000


def _next_slot(bench: Bench) -> int:
    answer = aws.client("dynamodb").get_item(
        TableName=NumberRow.Meta.table_name,
        Key={"tenant_id": {"S": bench.ctx.tenant_id}, "id": {"S": bench.number.id}},
    )
    return int(answer["Item"]["next_slot_ms"]["N"])


@pytest.mark.parametrize("way", ["reply", "test"])
def test_answer_to_any_send_marks_the_person(
    bench: Bench, people: People, api: ApiClient, way: str
) -> None:
    """An agent's reply and a test message tell as much of the person as a campaign's message."""
    (contact_id,) = people(1)
    write_in(bench, contact_id, "hello")
    bench.clock.advance(2)
    set_faults(bench.meta, fail_sync=1, fail_code=130403)
    if way == "reply":
        path, body = f"/api/conversations/{contact_id}/messages", {"text": "Hello!"}
        assert api.post(path, json=body).status == 422
    else:
        path = f"/api/campaigns/{bench.draft().id}/test"
        answer = api.post(path, json={"contact_ids": [contact_id]})
        assert answer.body["items"][0]["state"] == "failed"
    records = bench.take("inbound")
    assert inbound.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert Contacts(bench.ctx).get(contact_id).barred_code == 130403


def test_dead_token_of_a_reply_pauses_the_number_s_campaigns(
    bench: Bench, people: People, api: ApiClient
) -> None:
    """Whichever call meets it first: what runs on the number waits for a new token."""
    (contact_id,) = people(1)
    bench.launch_and_plan()
    write_in(bench, contact_id, "hello")
    set_faults(bench.meta, tokens_refused_at=1)
    path = f"/api/conversations/{contact_id}/messages"
    assert api.post(path, json={"text": "Hello!"}).status == 502
    records = bench.take("inbound")
    assert inbound.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert bench.campaign().state == "paused"
    assert "Connect the number again" in (bench.campaign().state_reason or "")
