"""Audiences of every kind: who is in them, once, and that a dry run is what the launch will do."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st

from chalicelib.core.clock import to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.handlers.queues import imports as imports_queue, plan as plan_queue
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.campaign_drafts import CampaignUpdate
from chalicelib.services import statuses
from chalicelib.services.callback import MessageKey
from chalicelib.services.campaigns import drafts, ledger, listed, parts, rehearsals, walking
from chalicelib.services.campaigns.audience import Recipient
from chalicelib.services.campaigns.gathering import gather
from chalicelib.services.campaigns.sources import resolve
from chalicelib.services.imports import starting
from chalicelib.storage.campaigns import CampaignRow
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.numbers import Numbers
from chalicelib.storage.tenants import TenantRow
from tests.component import cloud
from tests.component.campaigns.conftest import Bench, People, status

CSV = (
    "Phone,Name,Discount Code\n"
    "+4915123456701,Ada,A-1\n"
    "+4915123456702,Bo,\n"
    "+4915123456701,Ada again,A-9\n"
    "nonsense,Nobody,X\n"
)


def planned(bench: Bench) -> list[Recipient]:
    """Return everybody whom the planner froze, the skipped included."""
    found: list[Recipient] = []
    row = bench.campaign()
    for number in range(row.parts):
        part = parts.load(bench.ctx, parts.launched(row.id), number)
        found += [*part.recipients, *part.skipped]
    return found


def plan(
    bench: Bench, audience: dict[str, Any], variables: dict[str, Any] | None = None
) -> list[Recipient]:
    """Launch a draft with this audience, let it be planned, and return its recipients."""
    drafts.launch(bench.ctx, bench.draft(audience, variables).id)
    while bench.campaign().state == "planning":
        bench.work("plan", twice=True)
    return planned(bench)


def do_import(bench: Bench, text: str) -> str:
    """Import a CSV to its end; return the import's id."""
    import_id = starting.start_from_body(bench.ctx, text.encode()).id
    assert imports_queue.handler({"Records": bench.take("imports")}, None) == {
        "batchItemFailures": []
    }
    return import_id


def tagged(bench: Bench, tag: str, *phones: str) -> list[str]:
    """Write contacts that carry a tag; return their ids."""
    return [
        Contacts(bench.ctx)
        .create(ContactDraft(phone=phone, name="T", tags=[tag], country="BR"), 1)
        .id
        for phone in phones
    ]


def test_segment_is_frozen_at_launch(bench: Bench, people: People) -> None:
    """Who meets the filter is planned; the others are no part of the audience."""
    people(3)
    vips = tagged(bench, "vip", "+5511961234501", "+5511961234502")
    condition = {"type": "all_of", "of": [{"type": "tag", "tag": "vip"}, {"type": "opt_in"}]}
    found = plan(bench, {"type": "segment", "filter": condition})
    assert sorted(one.contact_id for one in found) == sorted(vips)


def test_csv_brings_its_own_values(bench: Bench, people: People) -> None:
    """A CSV's contacts get the values of their own first row; an empty cell takes the fallback."""
    people(2)
    import_id = do_import(bench, CSV)
    source = {"body.1": {"column": "Discount Code", "fallback": "WELCOME"}}
    found = plan(bench, {"type": "import", "import_id": import_id}, source)
    assert Counter((one.to, one.values["body.1"]) for one in found) == {
        ("+4915123456701", "A-1"): 1,
        ("+4915123456702", "WELCOME"): 1,
    }


def test_csv_of_known_contacts_reaches_them(bench: Bench) -> None:
    """A second import of the same file changes nothing, and its audience is the same people."""
    do_import(bench, CSV)
    second = do_import(bench, CSV)
    assert len(plan(bench, {"type": "import", "import_id": second})) == 2


def test_deleted_contact_of_a_csv_is_accounted_for(bench: Bench) -> None:
    """Whoever was deleted since the import is skipped with the reason; nobody disappears."""
    import_id = do_import(bench, CSV)
    (victim, *_) = Contacts(bench.ctx).find_by_phones(["+4915123456702"]).values()
    Contacts(bench.ctx).delete(victim)
    found = plan(bench, {"type": "import", "import_id": import_id})
    assert Counter(one.skip for one in found) == {None: 1, "contact_deleted": 1}


def test_several_audiences_meet_each_person_once(bench: Bench, people: People) -> None:
    """Somebody who is in a tag and in two lists gets one message, with the first list's value; who
    is to be left out gets none.
    """
    people(2)
    (vip,) = tagged(bench, "vip", "+5511961234501")
    import_id = do_import(bench, CSV)
    both = do_import(
        bench, "phone,tags,Discount Code\n+4915123456701,vip,B-2\n+5511961234501,,B-3\n"
    )
    audience = {
        "type": "several",
        "of": [
            {"type": "tag", "tag": "vip"},
            {"type": "import", "import_id": import_id},
            {"type": "import", "import_id": both},
        ],
        "leave_out": {"type": "field", "field": "name", "op": "is", "value": "Bo"},
    }
    source = {"body.1": {"column": "Discount Code", "fallback": "NONE"}}
    found = plan(bench, audience, source)
    assert {one.to: one.values["body.1"] for one in found} == {
        "+4915123456701": "A-1",
        "+5511961234501": "B-3",
    }
    assert vip in {one.contact_id for one in found}
    assert len(found) == 2


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("not_read", {"delivered"}), ("read", {"read"}), ("not_delivered", {"failed"})],
)
def test_outcome_of_another_campaign(
    bench: Bench, people: People, outcome: str, expected: set[str]
) -> None:
    """The audience of an outcome is whom the ledger has in that state, and nobody else."""
    people(6)
    plan(bench, {"type": "all"})
    bench.run_to_end()
    row = bench.campaign()
    before = list(ledger.outcomes(bench.ctx, row, bench.clock.now_ms()))
    states = dict(
        zip(
            (o.recipient.contact_id for o in before),
            ("delivered", "read", "failed") * 2,
            strict=True,
        )
    )
    _settle(bench, row, states)
    audience = {"type": "outcome", "campaign_id": row.id, "outcome": outcome}
    resolved = resolve(bench.ctx, audience, bench.clock.now_ms())
    gather(bench.ctx, "elsewhere", resolved.lists, frozenset(), bench.clock)
    found = {line.contact_id for line in listed.read_listed(bench.ctx, "elsewhere", 0)}
    assert found == {contact for contact, state in states.items() if state in expected}


def _settle(bench: Bench, row: CampaignRow, states: dict[str, str]) -> None:
    for number in range(row.parts):
        for one in parts.load(bench.ctx, parts.launched(row.id), number).recipients:
            key = MessageKey(bench.ctx.tenant_id, one.contact_id, one.message_id, row.id)
            statuses.apply([status(bench, key, states[one.contact_id])])


@pytest.mark.parametrize(
    ("audience", "field"),
    [
        ({"type": "import", "import_id": "imp_" + "0" * 26}, "audience.import_id"),
        ({"type": "segment", "segment_id": "seg_" + "0" * 26}, "audience.segment_id"),
        (
            {
                "type": "several",
                "of": [
                    {"type": "all"},
                    {"type": "outcome", "outcome": "read", "campaign_id": "cmp_" + "9" * 26},
                ],
            },
            "audience.of.1.campaign_id",
        ),
    ],
)
def test_audience_of_what_is_not_there(bench: Bench, audience: dict[str, Any], field: str) -> None:
    """An audience that names what does not exist is refused, naming the place."""
    with pytest.raises(Invalid) as caught:
        drafts.launch(bench.ctx, bench.draft(audience).id)
    assert caught.value.errors[0].field == field
    assert bench.campaign().state == "draft"


def test_expired_import_fails_with_the_way_out(bench: Bench) -> None:
    """A list whose file is no longer kept fails the campaign and says what to do, or the launch if
    that is later still.
    """
    import_id = do_import(bench, CSV)
    bench.clock.advance(29 * 86_400 - 60)
    drafts.launch(bench.ctx, bench.draft({"type": "import", "import_id": import_id}).id)
    later = bench.draft_as(f"cmp_{'1' * 26}")
    bench.clock.advance(120)
    with pytest.raises(Invalid, match="import it again"):
        drafts.launch(bench.ctx, later.id)
    bench.work("plan")
    row = bench.campaign()
    assert row.state == "failed"
    assert "import it again" in (row.state_reason or "")


def rehearse(bench: Bench, row: CampaignRow) -> list[tuple[str, str, dict[str, str], str | None]]:
    """Run a dry run to its end; return who would get what and who nothing."""
    rehearsals.start(bench.ctx, row.id)
    while rehearsals.get(bench.ctx, row.id).state == "running":
        bench.work("plan")
    found, cursor = [], None
    while True:
        page = rehearsals.recipients(bench.ctx, row.id, PageQuery(limit=3, cursor=cursor))
        found += [(one.contact_id, one.to, one.values, one.skip) for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_dry_run_tells_and_sends_nothing(bench: Bench, people: People) -> None:
    """A dry run counts, previews and prices the audience; no message, chunk or send results."""
    people(4, opted_out=1)
    found = rehearse(bench, bench.draft())
    told = rehearsals.get(bench.ctx, bench.campaign().id)
    assert (told.planned, told.skipped, told.audience) == (3, {"opted_out": 1}, 4)
    assert (len(found), len(told.previews), told.duration_s) == (4, 3, 1)
    assert told.previews[0].text.startswith("Hi Person")
    assert told.cost is not None
    assert (told.cost.unpriced, told.problems) == (3, [])
    assert told.forecast is not None
    assert told.forecast.expected_by is not None
    assert told.forecast.not_before <= told.forecast.expected_by
    assert told.forecast.waits == []
    assert bench.chunks() == []
    assert bench.work("send") == 0
    assert bench.campaign().state == "draft"


def test_dry_run_reckons_with_what_delays(bench: Bench, people: People) -> None:
    """The messaging limit, a canary and the time of day are in the forecast, with their reasons."""
    people(120)
    row = bench.draft()
    row.send_at, row.canary_percent = "10:00", 10
    row.save()
    Numbers(bench.ctx).note(bench.number.id, {"messaging_limit": "TIER_50"}, bench.clock.now_ms())
    rehearse(bench, row)
    told = rehearsals.get(bench.ctx, row.id).forecast
    assert told is not None
    assert told.expected_by is None, "a person decides after the canary"
    assert to_iso(bench.clock.now_ms() + 2 * 86_400_000) <= told.not_before
    canary, time_of_day, limit = told.waits
    assert "person" in canary
    assert "10:00" in time_of_day
    assert "50 people" in limit


def test_newest_dry_run_counts(bench: Bench, people: People) -> None:
    """A second run replaces the first, whose pages end where they are met; an edit ends both."""
    people(2)
    row = bench.draft()
    rehearsals.start(bench.ctx, row.id)
    first = bench.take("plan")
    rehearsals.start(bench.ctx, row.id)
    assert plan_queue.handler({"Records": first}, None) == {"batchItemFailures": []}
    assert rehearsals.get(bench.ctx, row.id).planned == 0
    bench.work("plan")
    assert rehearsals.get(bench.ctx, row.id).planned == 2
    drafts.update(bench.ctx, row.id, CampaignUpdate(name="Renamed"))
    with pytest.raises(NotFound):
        rehearsals.get(bench.ctx, row.id)


def test_only_a_draft_has_a_dry_run(bench: Bench, people: People) -> None:
    """A campaign that was launched is not rehearsed any more, edited, or deleted."""
    people(1)
    drafts.launch(bench.ctx, bench.draft().id)
    row = bench.campaign()
    with pytest.raises(Conflict):
        rehearsals.start(bench.ctx, row.id)
    with pytest.raises(Conflict):
        drafts.delete(bench.ctx, row.id)
    copy = drafts.duplicate(bench.ctx, row.id)
    assert (copy.state, copy.audience_of, copy.name) == ("draft", {"type": "all"}, "Spring (copy)")
    drafts.delete(bench.ctx, copy.id)


NESTED = {
    "type": "all_of",
    "of": [
        {"type": "not", "of": {"type": "tag", "tag": "new"}},
        {
            "type": "any_of",
            "of": [
                {"type": "opt_in", "to": "all"},
                {"type": "field", "field": "name", "op": "is", "value": "ada"},
            ],
        },
    ],
}
PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["", "Ada"]),
        st.sets(st.sampled_from(["vip", "new"])),
        st.sampled_from([None, 7]),
    ),
    max_size=8,
)


@hypothesis_settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    crowd=PEOPLE,
    size=st.integers(1, 3),
    variant=st.sampled_from(["all", "vip", "nested", "mixed"]),
    percent=st.none() | st.integers(1, 50),
)
def test_launch_does_what_the_dry_run_said(
    bench: Bench, crowd: list[Any], size: int, variant: str, percent: int | None
) -> None:
    """Whoever the contacts are and however they fall into pages, launch and dry run are the same
    sets, those who are meant, with the same values and reasons, canary and order, everybody once.
    """
    cloud.empty()
    ctx = _bench_again(bench)
    meant: set[str] = set()
    for number, (name, tags, opted_out) in enumerate(crowd):
        contact = Contacts(ctx).create(
            ContactDraft(
                phone=f"+551196123{number:04}",
                name=name,
                tags=sorted(tags),
                opted_out_at=opted_out,
            ),
            1,
        )
        if {
            "all": True,
            "nested": "new" not in tags and (opted_out is None or name == "Ada"),
        }.get(variant, "vip" in tags):
            meant.add(contact.id)
    audience: dict[str, Any] = {"type": "all"}
    if variant == "nested":
        audience = {"type": "segment", "filter": NESTED}
    elif variant != "all":
        audience = {"type": "tag", "tag": "vip"}
    if variant == "mixed":
        import_id = do_import(bench, CSV)
        audience = {"type": "several", "of": [audience, {"type": "import", "import_id": import_id}]}
    patch = pytest.MonkeyPatch()
    patch.setattr(walking, "PAGE_CONTACTS", size)
    try:
        row = bench.draft(audience, {"body.1": {"field": "name"}})
        row.canary_percent = percent
        row.save()
        dry = rehearse(bench, row)
        canary = rehearsals.get(ctx, row.id).canary
        drafts.launch(ctx, bench.campaign().id)
        while bench.campaign().state == "planning":
            bench.work("plan")
    finally:
        patch.undo()
    real = [(one.contact_id, one.to, dict(one.values), one.skip) for one in planned(bench)]
    assert real == dry
    assert len({contact for contact, *_ in real}) == len(real)
    found = {contact for contact, *_ in real}
    assert found >= meant if variant == "mixed" else found == meant
    assert sum(chunk.size for chunk in bench.chunks() if chunk.is_canary) == canary


def _bench_again(bench: Bench) -> TenantContext:
    """Write the number, template and tenant again after everything was thrown away."""
    bench.number.save()
    bench.template.save()
    TenantRow(bench.ctx.tenant_id, name="Acme", country="US", created_at=1).save()
    return bench.ctx
