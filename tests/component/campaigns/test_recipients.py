"""The recipients of a campaign: found by filters and by search, described, and exported."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib.services import costs, statuses
from chalicelib.services.callback import MessageKey
from chalicelib.services.campaigns import drafts, ledger, parts, recipients, walking
from chalicelib.storage import rate_cards
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.messages import Messages
from chalicelib.whatsapp.rate_cards import encode_card, read_card
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, status
from tests.component.exporting import Rows, export

STATES = ("sent", "delivered", "read", "failed", None)
REGULAR = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}
CARD = "Market,Currency,Marketing,Utility,Authentication\nNorth America,USD,0.025,0.004,0.004\n"


@pytest.fixture
def mixed(bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Give a campaign in parts of ten contacts, with recipients in every kind of state."""
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 10)
    people(36, opted_out=4)
    abroad = ContactDraft(phone="+4915123456789", name="=Ada")
    by_id = ContactDraft(bsuid="BR.42", name="Bea")
    for draft in (abroad, by_id):
        Contacts(bench.ctx).create(draft, bench.clock.now_ms())
        bench.contact_ids.append(draft.id)
    drafts.launch(bench.ctx, bench.draft().id)
    for _ in range(5):
        bench.work("plan")
    chooser = random.Random(7)
    for one in everybody(bench):
        state = chooser.choice(STATES)
        if one.state == "queued" and state is not None:
            report(bench, one, state)
            if state == "read" and chooser.random() < 0.5:
                who, what = one.recipient.contact_id, one.recipient.message_id
                assert Messages(bench.ctx).mark_answered(who, what, 5)
    return bench


def everybody(bench: Bench) -> list[ledger.Outcome]:
    """Return every outcome by the ledger."""
    return list(ledger.outcomes(bench.ctx, bench.campaign(), bench.clock.now_ms()))


def report(bench: Bench, one: ledger.Outcome, state: str) -> None:
    """Have Meta report a state of one recipient, with its price."""
    key = MessageKey(
        bench.ctx.tenant_id,
        one.recipient.contact_id,
        one.recipient.message_id,
        bench.campaign().id,
    )
    event = status(bench, key, state)
    statuses.apply([replace(event, pricing=None if state == "failed" else REGULAR)])


def listed(api: ApiClient, bench: Bench, query: str = "") -> list[dict[str, Any]]:
    """Return all pages of the recipients."""
    path = f"/api/campaigns/{bench.campaign().id}/recipients?limit=7{query}"
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = api.get(path + cursor)
        assert answer.status == 200, answer.text
        found += answer.body["items"]
        if answer.body["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer.body['next_cursor']}"


def test_filters_choose_and_pages_join(mixed: Bench, api: ApiClient) -> None:
    """Several states, codes, reasons, countries and answers; all pages joined have each recipient
    of the ledger once.
    """
    whole = listed(api, mixed)
    assert Counter(one["contact_id"] for one in whole) == Counter(mixed.contact_ids)
    states = Counter(one["state"] for one in whole)
    book = mixed.recount()
    assert states == Counter({k: v for k, v in book.states.items() if v})
    assert min(states[s] for s in ("sent", "delivered", "read", "failed", "skipped", "queued")) > 0
    some = listed(api, mixed, "&state=failed&state=read")
    assert len(some) == states["failed"] + states["read"]
    failed = listed(api, mixed, "&error_code=131026")
    assert len(failed) == states["failed"]
    assert all(one["failure"]["title"] and one["next_step"] for one in failed)
    assert not failed[0]["failure"]["is_retryable"]
    skipped = listed(api, mixed, "&reason=opted_out&reason=cooling")
    assert (len(skipped), skipped[0]["reason_title"]) == (4, "Opted out")
    assert [one["name"] for one in listed(api, mixed, "&country=DE")] == ["=Ada"]
    assert len(listed(api, mixed, "&answered=true")) == book.answered > 0
    assert listed(api, mixed, "&answered=true&state=failed") == []


def test_pages_join_while_recipients_move(mixed: Bench, api: ApiClient) -> None:
    """Statuses that come between two pages neither repeat a recipient nor leave one out."""
    chooser = random.Random(11)
    path = f"/api/campaigns/{mixed.campaign().id}/recipients?limit=5"
    found: list[str] = []
    cursor = ""
    while True:
        answer = api.get(path + cursor).body
        found += [one["contact_id"] for one in answer["items"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
        for one in chooser.sample(everybody(mixed), 6):
            if one.state not in {"skipped", "queued"}:
                report(mixed, one, chooser.choice(["delivered", "read", "failed"]))
    assert Counter(found) == Counter(mixed.contact_ids)


def test_cursor_is_of_its_campaign_and_filters(mixed: Bench, api: ApiClient) -> None:
    """A cursor that was handed out for other filters, or for another campaign, is refused."""
    other = mixed.draft_as(f"cmp_{'1' * 26}")
    path = f"/api/campaigns/{mixed.campaign().id}/recipients"
    cursor = api.get(f"{path}?limit=1").body["next_cursor"]
    assert api.get(f"{path}?limit=1&cursor={cursor}").status == 200
    for wrong in (
        f"{path}?limit=1&state=read&cursor={cursor}",
        f"/api/campaigns/{other.id}/recipients?limit=1&cursor={cursor}",
        f"{path}?limit=1&cursor={cursor[:-1]}",
    ):
        answer = api.get(wrong)
        assert (answer.status, answer.body["code"]) == (422, "invalid_cursor")


def test_page_looks_through_few_parts(
    mixed: Bench, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A filter that hardly anybody meets does not make a page read the whole campaign."""
    loaded: list[int] = []
    load = parts.load

    def counting(ctx: Any, folder: str, number: int) -> parts.Part:
        loaded.append(number)
        return load(ctx, folder, number)

    monkeypatch.setattr(recipients, "PARTS_A_PAGE", 2)
    monkeypatch.setattr(parts, "load", counting)
    path = f"/api/campaigns/{mixed.campaign().id}/recipients?error_code=1"
    answer = api.get(path).body
    assert (answer["items"], loaded) == ([], [0, 1])
    assert answer["next_cursor"]


def test_one_recipient_is_found(mixed: Bench, api: ApiClient) -> None:
    """By contact id, by phone however it is written, by user id, and together with filters; a
    search for something else says what can be searched for.
    """
    for one in everybody(mixed):
        (found,) = listed(api, mixed, f"&search={one.recipient.contact_id}")
        assert (found["contact_id"], found["state"]) == (one.recipient.contact_id, one.state)
    (ada,) = listed(api, mixed, "&search=%2B49%20151%20234-56789")
    (bea,) = listed(api, mixed, "&search=BR.42")
    assert (ada["name"], bea["name"], bea["country"]) == ("=Ada", "Bea", "BR")
    assert listed(api, mixed, "&search=%2B4915199999999") == []
    assert listed(api, mixed, f"&search={bea['contact_id']}&state=claimed") == []
    assert listed(api, mixed, f"&search=con_{'z' * 26}") == []
    wrong = api.get(f"/api/campaigns/{mixed.campaign().id}/recipients?search=Ada")
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "search")


def test_delivered_has_its_price(mixed: Bench, api: ApiClient) -> None:
    """A delivered message is priced by the card of its market; without a rate it says so, and what
    was not delivered costs nothing.
    """
    card, _ = read_card(CARD, "USD", date(2026, 1, 1))
    rate_cards.put("USD", card.valid_from, encode_card(card))
    costs._card.cache_clear()
    for one in listed(api, mixed):
        if one["state"] not in {"delivered", "read"}:
            assert one["charge"] is None
        elif one["country"] in {"DE", "BR"}:
            assert one["charge"]["micros"] is None
        else:
            assert one["charge"]["micros"] == 4000
            assert one["charge"]["category"] == "utility"


def test_report_tells_what_to_do(mixed: Bench, api: ApiClient) -> None:
    """Each code of the report has cause, whose matter, what was done, the next step and whether a
    retry makes sense; each reason of a skip has words.
    """
    body = api.get(f"/api/campaigns/{mixed.campaign().id}/report").body
    (failed,) = body["failed"]
    assert failed["code"] == 131026
    assert failed["count"] == body["states"]["failed"]
    assert all(failed[key] for key in ("title", "cause", "whose", "done", "next_step"))
    assert failed["is_retryable"] is False
    (skip,) = body["skips"]
    assert (skip["reason"], skip["count"], skip["title"]) == ("opted_out", 4, "Opted out")


def test_failures_are_told_as_failures(bench: Bench, people: People, api: ApiClient) -> None:
    """A status of `failed` is told as one: with a code that leaves a 5xx open, with none, with 0;
    what is really open says so, and no failure is missing in the report.
    """
    people(5)
    bench.launch_and_plan()
    codes = (131000, None, 0, None)
    everyone = everybody(bench)
    for one, code in zip(everyone, codes, strict=False):
        key = MessageKey(
            bench.ctx.tenant_id,
            one.recipient.contact_id,
            one.recipient.message_id,
            bench.campaign().id,
        )
        statuses.apply([replace(status(bench, key, "failed"), error_code=code)])
    unclear = everyone[4].recipient
    Messages(bench.ctx).record_outgoing(unclear.contact_id, unclear.message_id, "unknown", {})
    found = listed(api, bench)
    assert [one["error_code"] for one in found] == [*codes, None]
    said = [one["failure"] for one in found]
    for failure in said[:4]:
        assert "may or may not" not in failure["cause"]
        assert "open" not in failure["done"]
    assert said[1]["title"] == "Failed without a code"
    assert "token" in said[2]["title"]
    assert "may or may not" in said[4]["cause"]
    report = api.get(f"/api/campaigns/{bench.campaign().id}/report").body
    assert {one["code"]: one["count"] for one in report["failed"]} == {131000: 1, 0: 1, None: 2}
    assert bench.recount().failed == {131000: 1, 0: 1, None: 2}
    assert sum(one["count"] for one in report["failed"]) == report["states"]["failed"]


def _exported(api: ApiClient, bench: Bench, filters: dict[str, Any]) -> Rows:
    path = f"/api/campaigns/{bench.campaign().id}/exports"
    return export(api, path, {"filters": filters})[1]


def test_export_is_the_ledger_however_it_is_parted(mixed: Bench, api: ApiClient) -> None:
    """Whatever groups the states are parted into, the groups' files joined are the ledger, each
    recipient exactly once and in its state; so are those by answer, and by country.
    """
    book = {one.recipient.contact_id: one for one in everybody(mixed)}

    def is_ledger(groups: list[dict[str, Any]]) -> None:
        rows = [row for filters in groups for row in _exported(api, mixed, filters)]
        assert Counter(row["Contact id"] for row in rows) == Counter(book.keys())
        for row in rows:
            assert row["State"] == book[row["Contact id"]].state
            assert row["Error code"] == str(book[row["Contact id"]].error_code or "")

    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(groups=st.lists(st.integers(0, 3), min_size=10, max_size=10))
    def by_states(groups: list[int]) -> None:
        parted = [
            [state for state, own in zip(ledger.STATES, groups, strict=True) if own == group]
            for group in sorted(set(groups))
        ]
        is_ledger([{"state": states} for states in parted])

    by_states()
    is_ledger([{"answered": True}, {"answered": False}])
    is_ledger([{"country": [c]} for c in ("US", "DE", "BR")])
    is_ledger([{}])


def test_export_row_says_all(mixed: Bench, api: ApiClient) -> None:
    """A row has words, times, price and next step; a recipient's phone and name stay text."""
    rows = _exported(api, mixed, {})
    (ada,) = (row for row in rows if row["Country"] == "DE")
    assert (ada["Name"], ada["Recipient"]) == ("'=Ada", "'+4915123456789")
    failed = next(row for row in rows if row["State"] == "failed")
    assert failed["Error"]
    assert failed["Next step"]
    assert failed["Failed at"].endswith("Z")
    assert failed["Retry makes sense"] == "no"
    skipped = next(row for row in rows if row["State"] == "skipped")
    assert (skipped["Reason"], skipped["Reason in words"]) == ("opted_out", "Opted out")
    read = next(row for row in rows if row["State"] == "read")
    assert (read["Price category"], read["Price type"]) == ("utility", "regular")
    assert read["Read at"].endswith("Z")


def test_draft_has_nothing_to_export(bench: Bench, api: ApiClient) -> None:
    """Before there are recipients the answer says what to wait for; another campaign's export is
    not found under this one.
    """
    row = bench.draft()
    refused = api.post(f"/api/campaigns/{row.id}/exports", json={})
    assert (refused.status, refused.body["code"]) == (409, "campaign_state")
    contacts = api.post("/api/contacts/exports", json={}).body["id"]
    assert api.get(f"/api/campaigns/{row.id}/exports/{contacts}").status == 404


def test_export_is_possible_while_a_retry_is_planned(mixed: Bench, api: ApiClient) -> None:
    """A campaign that is planning again has recipients all the same."""
    changes = CampaignRow.state.set("planning"), CampaignRow.generation.set(1)
    Campaigns(mixed.ctx).update(mixed.campaign(), *changes)
    rows = _exported(api, mixed, {})
    assert Counter(row["Contact id"] for row in rows) == Counter(mixed.contact_ids)
