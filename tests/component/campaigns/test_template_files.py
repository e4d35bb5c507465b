"""Campaigns from templates with files: a file of the library is known to Meta before it is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.schemas.campaign_drafts import CampaignCreate
from chalicelib.schemas.template_edits import TemplateCreate
from chalicelib.schemas.templates import TemplateOut
from chalicelib.services import template_creation, templates
from chalicelib.services.campaigns import drafts
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.media import MediaLibrary, MediaRow
from chalicelib.storage.objects import Objects
from chalicelib.storage.templates import TemplateRow, Templates
from tests.component.campaigns.conftest import Bench, People, counts

MED = f"med_{'0' * 26}"


def stored_image(ctx: TenantContext, now_ms: int) -> None:
    """Put an image into the library."""
    content = b"\xff\xd8\xff" + b"x" * 500
    Objects(ctx).put("media", "hat.jpg", content, "image/jpeg")
    row = MediaRow(
        ctx.tenant_id,
        MED,
        kind="image",
        mime_type="image/jpeg",
        filename="hat.jpg",
        size_bytes=len(content),
        key="hat.jpg",
        created_by=ctx.user_id,
        created_at=now_ms,
        expires_at=now_ms // 1000 + 86_400,
    )
    assert MediaLibrary(ctx).add(row)


@pytest.fixture
def picture(bench: Bench) -> TemplateOut:
    """Give an approved template whose header is an image, its sample taken from the library."""
    bench.meta.simulation.world.app.id = "100200300400500"  # the app of the tests' secret
    stored_image(bench.ctx, bench.clock.now_ms())
    body = TemplateCreate.model_validate(
        {
            "number_id": bench.number.id,
            "name": "picture",
            "language": "en_US",
            "category": "UTILITY",
            "components": [
                {"type": "HEADER", "format": "IMAGE", "example": {"media_id": MED}},
                {"type": "BODY", "text": "Your hat is ready"},
                {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}]},
            ],
        }
    )
    out = template_creation.create(bench.ctx, body)
    bench.meta.http.post(
        f"/sandbox/templates/{out.meta_template_id}/review", json={"decision": "APPROVED"}
    ).raise_for_status()
    bench.clock.advance(60)
    return templates.get_template(bench.ctx, out.id)


def draft(bench: Bench, picture: TemplateOut, **variables: dict[str, str]) -> CampaignRow:
    """Make a campaign to everybody through the API's own way; return its row."""
    named = {name.replace("__", "."): source for name, source in variables.items()}
    out = drafts.create(
        bench.ctx,
        CampaignCreate.model_validate(
            {
                "name": "Hats",
                "number_id": bench.number.id,
                "template_id": picture.id,
                "audience": {"type": "all"},
                "variables": named,
            }
        ),
    )
    return Campaigns(bench.ctx).get(out.id)


def send_all(bench: Bench) -> None:
    """Let planner and sender do their work."""
    for queue in ("plan", "plan", "send"):
        bench.work(queue)


def test_file_of_the_library_is_sent(bench: Bench, people: People, picture: TemplateOut) -> None:
    """The file is uploaded once, and every message carries Meta's id and the button's payload."""
    people(12)
    row = draft(bench, picture, header__media={"fallback": MED}, button__0={"fallback": "thanks"})
    drafts.launch(bench.ctx, row.id)
    (known,) = MediaLibrary.meta_ids(MediaLibrary(bench.ctx).get(MED)).values()
    send_all(bench)
    assert counts(bench.meta, row.id)["accepted"] == 12
    sent: Any = next(iter(bench.meta.simulation.world.messages.values())).content
    header, button = json.loads(sent)["components"]
    assert header["parameters"] == [{"type": "image", "image": {"id": known.id}}]
    assert button["parameters"] == [{"type": "payload", "payload": "thanks"}]


def test_file_that_goes_after_the_launch_pauses(
    bench: Bench, people: People, picture: TemplateOut
) -> None:
    """A file that was deleted before its turn pauses the campaign; nobody is lost."""
    people(3)
    row = draft(bench, picture, header__media={"fallback": MED})
    drafts.launch(bench.ctx, row.id)
    MediaRow(bench.ctx.tenant_id, MED).delete()
    send_all(bench)
    campaign = Campaigns(bench.ctx).get(row.id)
    assert campaign.state == "paused"
    assert "no such" in (campaign.state_reason or "")
    assert counts(bench.meta, row.id)["accepted"] == 0


def test_file_that_is_not_there_stops_the_launch(
    bench: Bench, people: People, picture: TemplateOut
) -> None:
    """A launch finds out before the first message that a file is not there."""
    people(1)
    row = draft(bench, picture, header__media={"fallback": f"med_{'1' * 26}"})
    with pytest.raises(NotFound):
        drafts.launch(bench.ctx, row.id)
    assert Campaigns(bench.ctx).get(row.id).state == "draft"


def test_values_are_judged(bench: Bench, picture: TemplateOut) -> None:
    """A value that WhatsApp would refuse, one too many and one too few are errors of the draft."""
    for variables, field in (
        ({"header__media": {"fallback": "hat.jpg"}}, "variables.header.media"),
        ({}, "variables.header.media"),
        ({"header__media": {"fallback": MED}, "body__1": {"fallback": "x"}}, "variables.body.1"),
    ):
        with pytest.raises(Invalid) as caught:
            draft(bench, picture, **variables)
        assert [error.field for error in caught.value.errors] == [field]


def test_template_that_was_edited_after_the_draft(
    bench: Bench, people: People, picture: TemplateOut
) -> None:
    """A launch is refused where the template has come to need what the draft does not give."""
    people(1)
    row = draft(bench, picture, header__media={"fallback": MED})
    template = Templates(bench.ctx).get(picture.id)
    body = {"type": "BODY", "text": "Your {{1}} is ready"}
    template.update(actions=[TemplateRow.components.set([template.components[0], body])])
    with pytest.raises(Invalid) as caught:
        drafts.launch(bench.ctx, row.id)
    assert [error.field for error in caught.value.errors] == ["variables.body.1"]
