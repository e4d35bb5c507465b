"""Dry runs of audiences that are not everybody: what they show, and that a launch does the same."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.services.campaigns import drafts, parts, rehearsals, walking
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.templates import TemplateRow
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People
from tests.component.campaigns.test_audiences import plan, planned, rehearse, tagged
from tests.component.campaigns.test_plan_limits import another, limit
from tests.component.campaigns.test_schedules import later

DAY_MS = 86_400_000


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a page be two contacts, and look at no more for one."""
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 2)
    monkeypatch.setattr(walking, "MOST_LOOKS", 1)


def test_a_rare_few_are_previewed_wherever_they_stand(
    bench: Bench, people: People, small_pages: None
) -> None:
    """Pages on which nobody is meant take no preview away: ten of the twelve are shown."""
    people(30)
    vips = tagged(bench, "vip", *(f"+5511961234{n:03}" for n in range(12)))
    rehearse(bench, bench.draft({"type": "tag", "tag": "vip"}))
    told = rehearsals.get(bench.ctx, bench.campaign().id)
    assert told.planned == 12
    assert [one.contact_id for one in told.previews] == sorted(vips)[:10]


def test_a_rare_few_stand_together(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page takes in more contacts where few are meant: parts are few, and hold no more than a
    page's worth; everybody is in one of them, once.
    """
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 4)
    people(40)
    vips = tagged(bench, "vip", *(f"+5511961234{n:03}" for n in range(6)))
    found = plan(bench, {"type": "tag", "tag": "vip"})
    assert [one.contact_id for one in found] == sorted(vips)
    row = bench.campaign()
    assert row.parts <= 3
    sizes = [
        len(parts.load(bench.ctx, parts.launched(row.id), n).recipients) for n in range(row.parts)
    ]
    assert max(sizes) <= 4


@pytest.mark.parametrize(("later_s", "is_meant"), [(120, True), (25 * 3600, False)])
def test_launch_counts_days_as_its_dry_run_did(
    bench: Bench,
    later_s: int,
    is_meant: bool,  # noqa: FBT001
) -> None:
    """A dry run before midnight of UTC and the launch after it mean the same people; by a dry run
    of another day nobody goes any more.
    """
    today_ms = bench.clock.now_ms() // DAY_MS * DAY_MS
    bench.clock.advance((today_ms + DAY_MS - 60_000 - bench.clock.now_ms()) / 1000)
    contact = Contacts(bench.ctx).create(ContactDraft(phone="+5511961234501", name="Ana"), 1)
    contact.last_seen_at = today_ms - 3 * DAY_MS // 2
    contact.save()
    condition = {"type": "last_seen", "op": "within", "days": 2}
    dry = rehearse(bench, bench.draft({"type": "segment", "filter": condition}))
    assert [contact_id for contact_id, *_ in dry] == [contact.id]
    bench.clock.advance(later_s)
    drafts.launch(bench.ctx, bench.campaign().id)
    bench.work("plan")
    assert [one.contact_id for one in planned(bench)] == ([contact.id] if is_meant else [])


def test_launch_ends_a_dry_run(bench: Bench, people: People, api: ApiClient) -> None:
    """One that is not done when the campaign is launched is not running for ever; a scheduled
    campaign is not launched yet, and can be rehearsed.
    """
    people(2)
    path = f"/api/campaigns/{bench.draft().id}"
    scheduled = {"at": later(), "time_zone": "UTC"}
    assert api.post(f"{path}/schedule", json=scheduled).status == 200
    assert api.post(f"{path}/dry-run").status == 202
    bench.work("plan")
    assert api.get(f"{path}/dry-run").body["state"] == "done"
    assert api.post(f"{path}/dry-run").body["state"] == "running"
    assert api.post(f"{path}/launch").status == 200
    bench.work("plan")
    told = api.get(f"{path}/dry-run").body
    assert told["state"] == "failed"
    assert "not done by then" in told["reason"]
    assert bench.campaign().planned == 2


def test_dry_run_tells_that_the_plan_has_no_room(bench: Bench, people: People) -> None:
    """What would refuse the launch is among the problems before it."""
    people(1)
    row = bench.draft()
    other = another(bench, "1")
    drafts.launch(bench.ctx, row.id)
    limit(bench, campaigns=1)
    rehearsals.start(bench.ctx, other.id)
    bench.work("plan")
    (problem,) = rehearsals.get(bench.ctx, other.id).problems
    assert "campaign" in problem
    assert rehearsals.get(bench.ctx, other.id).state == "done"


def test_value_that_does_not_fit_is_skipped_with_the_reason(bench: Bench) -> None:
    """A link that is none is found before the sending, not by WhatsApp: one is skipped, the others
    get theirs; so says the dry run, and so does the launch.
    """
    components: list[dict[str, Any]] = [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4:x"]}},
        {"type": "BODY", "text": "Your hat is ready"},
    ]
    bench.template.update(actions=[TemplateRow.components.set(components)])
    for n, link in enumerate(("https://cdn.example/1.jpg", "see attachment")):
        draft = ContactDraft(phone=f"+551196123450{n}", fields={"picture": link})
        Contacts(bench.ctx).create(draft, 1)
    row = bench.draft(variables={"header.media": {"field": "picture"}})
    rehearse(bench, row)
    assert rehearsals.get(bench.ctx, row.id).skipped == {"unfit_value": 1}
    drafts.launch(bench.ctx, row.id)
    bench.work("plan")
    assert bench.campaign().skipped == {"unfit_value": 1}
