"""Saved segments over the API, and trying one on the contacts that there are."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.storage.contacts import ContactDraft, Contacts
from tests.component.api_client import ApiClient
from tests.component.conftest import NOON_MS, SettableClock

VIP = {"type": "all_of", "of": [{"type": "tag", "tag": "vip"}, {"type": "opt_in"}]}


def test_life_of_a_segment(api: ApiClient) -> None:
    """A segment is saved, found, changed and deleted; after that it does not exist."""
    made = api.post("/api/segments", json={"name": "VIPs", "filter": VIP})
    assert made.status == 201
    path = f"/api/segments/{made.body['id']}"
    assert api.get(path).body["filter"]["of"][0] == {"type": "tag", "tag": "vip"}
    changed = {"name": "Brazil", "filter": {"type": "country", "countries": ["BR"]}}
    assert api.request("PUT", path, json=changed).body["name"] == "Brazil"
    assert [item["name"] for item in api.get("/api/segments").body["items"]] == ["Brazil"]
    assert api.request("DELETE", path).status == 204
    assert api.get(path).status == 404
    assert api.request("PUT", path, json=changed).status == 404


def test_preview_counts_and_shows(api: ApiClient, ctx: TenantContext) -> None:
    """A filter is tried on the contacts: how many match, and who some of them are."""
    for n in range(12):
        Contacts(ctx).create(
            ContactDraft(phone=f"+551196123{n:04}", name=f"P{n}", tags=["vip"] * (n % 4 == 0)),
            NOON_MS,
        )
    found = api.post("/api/segments/preview", json={"filter": VIP}).body
    assert (found["looked_at"], found["matching"], found["is_complete"]) == (12, 3, True)
    assert {person["name"] for person in found["sample"]} == {"P0", "P4", "P8"}


def test_preview_counts_as_a_launch_would(
    api: ApiClient, ctx: TenantContext, clock: SettableClock
) -> None:
    """Days count back from the beginning of the day, and one person behind two contacts is one."""
    contacts = Contacts(ctx)
    rows = [
        contacts.create(ContactDraft(phone=f"+551196123{n:04}", name=f"P{n}"), NOON_MS)
        for n in range(3)
    ]
    for row, hours in zip(rows, (35, 37, 1), strict=True):
        row.last_seen_at = NOON_MS - hours * 3_600_000
        row.merged_into = rows[0].id if hours == 1 else None
        row.save()
    within = {"type": "last_seen", "op": "within", "days": 1}
    found = api.post("/api/segments/preview", json={"filter": within}).body
    assert (found["looked_at"], found["matching"]) == (2, 1)
    assert [person["name"] for person in found["sample"]] == ["P0"]


def test_wrong_filter_names_its_place(api: ApiClient) -> None:
    """The error of a condition deep in the tree says where it is."""
    bad = {"type": "any_of", "of": [{"type": "field", "field": "city", "op": "gt", "value": "far"}]}
    answer = api.post("/api/segments", json={"name": "x", "filter": bad})
    assert answer.status == 422
    assert "of.0" in answer.body["errors"][0]["field"]
    assert "compares numbers" in answer.body["errors"][0]["message"]
