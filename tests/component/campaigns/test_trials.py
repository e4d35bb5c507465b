"""Test messages: real ones, to a few, outside the ledger, and marked."""

from __future__ import annotations

import pytest

from chalicelib.storage.contacts import ContactRow
from chalicelib.storage.messages import Messages
from chalicelib.storage.tenants import TenantRow, change_tenant
from chalicelib.storage.usage import messages_today
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, set_faults


@pytest.fixture
def path(bench: Bench) -> str:
    """Give the address of a draft's tests."""
    return f"/api/campaigns/{bench.draft().id}/test"


def test_contact_and_phone_get_the_message(
    bench: Bench, api: ApiClient, people: People, path: str
) -> None:
    """A contact gets its own values, a stranger the fallbacks; the ledger knows nothing of it."""
    (contact_id,) = people(1)
    answer = api.post(path, json={"contact_ids": [contact_id], "phones": ["+14155550133"]})
    assert answer.status == 200
    assert [one["state"] for one in answer.body["items"]] == ["accepted", "accepted"]
    (row,) = Messages(bench.ctx).thread(contact_id, 5, None).items
    assert (row.reason, row.campaign_id, row.state) == ("test", None, "accepted")
    assert row.text == "Hi Person 0, your order is ready."
    shown = api.get(f"/api/conversations/{contact_id}/messages").body["items"]
    assert [one["is_test"] for one in shown] == [True]
    campaign = api.get(path.removesuffix("/test")).body
    assert (campaign["state"], campaign["audience"]) == ("draft", 0)


def test_phone_of_a_contact_is_the_contact(api: ApiClient, people: People, path: str) -> None:
    """Named twice, by id and by phone, somebody gets one message."""
    (contact_id,) = people(1)
    answer = api.post(path, json={"contact_ids": [contact_id], "phones": ["+15552010000"]})
    assert answer.status in {200, 422}
    if answer.status == 200:
        assert [one["contact_id"] for one in answer.body["items"]] == [contact_id]


def test_opted_out_and_refused_are_told(
    bench: Bench, api: ApiClient, people: People, path: str
) -> None:
    """Who opted out gets none; what Meta refuses is told in its words, with what to do, and kept in
    the thread.
    """
    out, fails = people(2)
    row = ContactRow.get(bench.ctx.tenant_id, out)
    row.opted_out_at = 1
    row.save()
    set_faults(bench.meta, fail_sync=1.0)
    answer = api.post(path, json={"contact_ids": [out, fails]})
    states = {one["contact_id"]: one["state"] for one in answer.body["items"]}
    assert states[out] == "skipped"
    assert states[fails] == "failed"
    (why,) = (one["why"] for one in answer.body["items"] if one["contact_id"] == fails)
    assert "131026" in why
    assert "Check the number with the customer" in why
    (kept,) = Messages(bench.ctx).thread(fails, 5, None).items
    assert kept.state == states[fails]


def test_tests_count_among_the_messages_of_the_day(
    bench: Bench, api: ApiClient, people: People, path: str
) -> None:
    """Beyond the plan's messages of the day none is sent, not even in part; what Meta refuses is
    given back.
    """
    ids = people(3)
    change_tenant(bench.ctx.tenant_id, TenantRow.limits.set({"messages_per_day": 4}))
    set_faults(bench.meta, fail_sync=1, fail_code=131026)
    assert api.post(path, json={"contact_ids": ids}).status == 200
    assert messages_today(bench.ctx.tenant_id, bench.clock.now_ms()) == 0
    set_faults(bench.meta)
    assert api.post(path, json={"contact_ids": ids}).status == 200
    refused = api.post(path, json={"contact_ids": ids})
    assert (refused.status, refused.body["code"]) == (409, "plan_limit_reached")
    assert messages_today(bench.ctx.tenant_id, bench.clock.now_ms()) == 3
    assert [len(Messages(bench.ctx).thread(one, 9, None).items) for one in ids] == [2, 2, 2]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contact_ids": ["con_x"]},
        {"phones": ["not a phone"]},
        {"phones": ["+14155550133"] * 3, "contact_ids": ["a", "b", "c"]},
    ],
)
def test_wrong_recipients_are_refused(
    api: ApiClient, path: str, body: dict[str, list[str]]
) -> None:
    """None, somebody unknown, what is no phone, and more than five are refused."""
    assert api.post(path, json=body).status == 422
