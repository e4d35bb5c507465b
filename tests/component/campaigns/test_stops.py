"""Campaigns that a webhook stops: the template paused or disabled, the number flagged."""

from __future__ import annotations

from chalicelib.handlers.queues import inbound
from chalicelib.services import account_reports, deliveries
from chalicelib.whatsapp.events import TemplateStatus
from chalicelib.whatsapp.webhooks import Delivery
from tests.component.campaigns.conftest import Bench, People


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
