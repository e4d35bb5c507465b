"""Audiences that are lists: CSVs with columns of their own, and outcomes of other campaigns."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.schemas.campaign_drafts import CampaignCreate, CampaignUpdate
from chalicelib.services.campaigns import drafts, gathering, lifecycle, parts, rehearsals, walking
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.templates import TemplateRow
from tests.component.campaigns.conftest import Bench, People, write_in
from tests.component.campaigns.test_audiences import CSV, do_import, plan, rehearse
from tests.component.campaigns.test_same_person import merge

OTHER = f"cmp_{'1' * 26}"
VALUE = {"body.1": {"column": "Code", "fallback": "NONE"}}


def test_cell_is_the_same_by_column_and_by_field(bench: Bench) -> None:
    """What spreadsheets add to a cell, and a letter in two pieces, reach nobody by either way."""
    file = (
        'phone,Code,Note\n+4915123456701,\'=A1,"one\u00a0\ntwo"\n+4915123456702,e\u0301te\u0301,\n'
    )
    import_id = do_import(bench, file)
    text = "Code {{1}} or {{2}}, note {{3}} or {{4}}."
    bench.template.update(actions=[TemplateRow.components.set([{"type": "BODY", "text": text}])])
    variables = {
        "body.1": {"column": "Code", "fallback": "-"},
        "body.2": {"field": "code", "fallback": "-"},
        "body.3": {"column": "Note", "fallback": "-"},
        "body.4": {"field": "note", "fallback": "-"},
    }
    found = plan(bench, {"type": "import", "import_id": import_id}, variables)
    assert {one.to: list(one.values.values()) for one in found} == {
        "+4915123456701": ["=A1", "=A1", "one two", "one two"],
        "+4915123456702": ["été", "été", "-", "-"],
    }


def create(bench: Bench, audience: dict[str, Any], column: str) -> CampaignRow:
    """Make a draft through the API's own way."""
    out = drafts.create(
        bench.ctx,
        CampaignCreate.model_validate(
            {
                "name": "Codes",
                "number_id": bench.number.id,
                "template_id": bench.template.id,
                "audience": audience,
                "variables": {"body.1": {"column": column, "fallback": "NONE"}},
            }
        ),
    )
    return Campaigns(bench.ctx).get(out.id)


def test_column_that_no_list_has_is_refused(bench: Bench) -> None:
    """A slip in a column's title would send everybody the fallback: it is told, with the titles."""
    first = {"type": "import", "import_id": do_import(bench, CSV)}
    second = {"type": "import", "import_id": do_import(bench, "phone,Gift\n+4915123456703,Hat\n")}
    with pytest.raises(Invalid) as caught:
        create(bench, first, "Discount")
    (error,) = caught.value.errors
    assert error.field == "variables.body.1"
    assert "Discount Code" in error.message
    with pytest.raises(Invalid) as caught:
        create(bench, {"type": "all"}, "Gift")
    assert "no list" in caught.value.errors[0].message
    row = create(bench, {"type": "several", "of": [first, second]}, "Gift")
    with pytest.raises(Invalid):
        drafts.update(bench.ctx, row.id, CampaignUpdate.model_validate({"audience": first}))


@pytest.mark.parametrize("begin", [rehearsals.start, drafts.launch])
def test_dry_run_refuses_what_the_launch_refuses(bench: Bench, begin: Any) -> None:
    """A draft whose template or list has changed since is told so by both, alike."""
    row = bench.draft(variables={"body.1": {"column": "Gone"}, "body.2": {"fallback": "x"}})
    with pytest.raises(Invalid) as caught:
        begin(bench.ctx, row.id)
    assert {error.field for error in caught.value.errors} == {
        "variables.body.1",
        "variables.body.2",
    }
    assert bench.campaign().state == "draft"


def test_who_was_folded_since_the_import_gets_it_as_who_they_are(bench: Bench) -> None:
    """A person on the list under a user id, then found to be a known phone: that gets the message,
    with the list's value, and once where the list names both.
    """
    contacts = Contacts(bench.ctx)
    kept = [contacts.create(ContactDraft(phone=f"+491512345670{n}"), 1).id for n in range(2)]
    import_id = do_import(
        bench, "phone,bsuid,Code\n,DE.1,A\n,DE.2,B\n+4915123456701,,C\n+4915123456709,,D\n"
    )
    for phone_owner, user_id in zip(kept, ("DE.1", "DE.2"), strict=True):
        (folded,) = contacts.find_by_user_ids([user_id]).values()
        merge(bench, phone_owner, folded)
    found = plan(bench, {"type": "import", "import_id": import_id}, VALUE)
    assert {(one.to, one.values.get("body.1"), one.skip) for one in found} == {
        ("+4915123456700", "A", None),
        ("+4915123456701", "C", None),
        ("+4915123456709", "D", None),
    }
    assert len(found) == 3


def test_cells_of_several_lists_add_up(bench: Bench) -> None:
    """Who stands in a list without the column, and in two with it, has the first cell there is."""
    texts = (
        "phone\n+4915123456701\n+4915123456702\n",
        "phone,Code\n+4915123456701,\n+4915123456702,A\n",
        "phone,Code\n+4915123456701,B\n+4915123456702,C\n+4915123456703,\n",
    )
    lists = [{"type": "import", "import_id": do_import(bench, text)} for text in texts]
    found = plan(bench, {"type": "several", "of": lists}, VALUE)
    assert {one.to: one.values["body.1"] for one in found} == {
        "+4915123456701": "B",
        "+4915123456702": "A",
        "+4915123456703": "NONE",
    }


def test_person_under_a_phone_and_a_user_id_gets_one(bench: Bench) -> None:
    """Rows that name a new person by both, then by each, and by the phone as it is dialled: one."""
    import_id = do_import(
        bench,
        "phone,bsuid,country,Code\n+4915123456701,DE.1,,A\n,DE.1,,B\n0151 23456701,,DE,C\n",
    )
    found = plan(bench, {"type": "import", "import_id": import_id}, VALUE)
    assert [(one.to, one.values) for one in found] == [("+4915123456701", {"body.1": "A"})]


def test_who_was_folded_twice_is_found(bench: Bench) -> None:
    """The contact that another was folded into was itself folded: the last of them counts."""
    import_id = do_import(bench, "phone,bsuid,Code\n,DE.1,A\n")
    contacts = Contacts(bench.ctx)
    (first,) = contacts.find_by_user_ids(["DE.1"]).values()
    second = contacts.create(ContactDraft(phone="+4915123456701"), 1).id
    merge(bench, second, first)
    third = contacts.create(ContactDraft(phone="+4915123456702"), 1).id
    merge(bench, third, second)
    found = plan(bench, {"type": "import", "import_id": import_id}, VALUE)
    assert [(one.contact_id, one.values) for one in found] == [(third, {"body.1": "A"})]


def test_answer_counts_for_the_outcome(bench: Bench, people: People) -> None:
    """Who answered is in the one audience, who did not in the other, and nobody in both."""
    ids = people(3)
    plan(bench, {"type": "all"})
    bench.run_to_end()
    write_in(bench, ids[1], "Thanks")
    campaign_id = bench.campaign().id
    answered = plan_another(bench, campaign_id, "answered")
    assert answered == {ids[1]}


def plan_another(bench: Bench, campaign_id: str, outcome: str) -> set[str]:
    """Rehearse a campaign to an outcome of the first; return who would get it."""
    row = bench.draft_as(OTHER)
    row.audience_filter = {"type": "outcome", "campaign_id": campaign_id, "outcome": outcome}
    row.save()
    return {contact_id for contact_id, _, _, skip in rehearse(bench, row) if skip is None}


def test_who_is_left_of_a_cancelled_campaign_is_not_delivered(bench: Bench, people: People) -> None:
    """The next step of a cancelled campaign, to send to those who are left, can be taken; who was
    skipped for another reason is not among them.
    """
    ids = people(4, opted_out=1)
    bench.launch_and_plan()
    lifecycle.cancel(bench.ctx, bench.campaign().id)
    assert plan_another(bench, bench.campaign().id, "not_delivered") == set(ids[1:])
    assert rehearsals.get(bench.ctx, OTHER).audience == 3


def test_gathering_goes_on_from_message_to_message(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists that outlast one invocation are gathered piece by piece, each message delivered twice:
    dry run and launch have the same people as in one go, once, with the cells of the first list.
    """
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 3)
    do_import(bench, "phone\n" + "".join(f"+491512345670{n}\n" for n in range(8)))
    plan(bench, {"type": "all"})
    assert bench.campaign().parts >= 3
    bench.run_to_end(3)
    import_id = do_import(bench, "phone,Code\n+4915123456702,A\n+4915123456709,B\n")
    row = bench.draft_as(OTHER)
    outcome = {"campaign_id": bench.campaign().id, "outcome": "not_delivered"}
    lists = [{"type": "import", "import_id": import_id}, {"type": "outcome", **outcome}]
    row.audience_filter, row.variables = {"type": "several", "of": lists}, VALUE
    row.save()
    at_once = rehearse(bench, row)
    assert len(at_once) == 9
    monkeypatch.setattr(gathering, "BUDGET_MS", 0)
    assert rehearse(bench, row) == at_once
    drafts.launch(bench.ctx, row.id)
    rounds = 0
    while Campaigns(bench.ctx).get(row.id).state == "planning":
        bench.work("plan", twice=rounds < 3)
        rounds += 1
    assert rounds > 4, "a message for the import and for each part, then the pages"
    launched = [
        (one.contact_id, one.to, one.values, one.skip)
        for number in range(Campaigns(bench.ctx).get(row.id).parts)
        for one in parts.load(bench.ctx, parts.launched(row.id), number).recipients
    ]
    assert launched == at_once


def test_outcome_of_a_campaign_that_goes_on_is_told(bench: Bench, people: People) -> None:
    """What has not arrived yet may still arrive: the dry run says so until that one is over."""
    people(2)
    plan(bench, {"type": "all"})
    bench.work("plan")
    bench.work("send")
    plan_another(bench, bench.campaign().id, "not_delivered")
    (problem,) = rehearsals.get(bench.ctx, OTHER).problems
    assert "'Spring'" in problem
    assert "outcome of that moment" in problem
    row = bench.campaign()
    row.state = "completed"
    row.save()
    assert rehearsals.get(bench.ctx, OTHER).problems == []
