"""A business with a number, a template, contacts and a campaign, written straight into a Cloud."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Any

from chalicelib.core import aws
from chalicelib.core.clock import Clock
from chalicelib.core.context import TenantContext, system_context
from chalicelib.core.ids import ordered_id, random_id
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.contact_row import ContactDraft, ContactRow, new_row
from chalicelib.storage.numbers import Connection, NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.storage.tenants import TenantRow

BODY = "Hello {{1}}, your order {{2}} has left our shop and comes tomorrow."
COMPONENTS = [
    {"type": "BODY", "text": BODY, "example": {"body_text": [["Amara", "A-1042"]]}},
    {"type": "FOOTER", "text": "Reply STOP to hear no more from us."},
]
VARIABLES = {
    "body.1": {"field": "name", "fallback": "there"},
    "body.2": {"field": "order_id", "fallback": "of this week"},
}


@dataclass(frozen=True, slots=True)
class Business:
    """One tenant with all that a campaign needs."""

    ctx: TenantContext
    number: NumberRow
    template: TemplateRow

    def draft(self, clock: Clock, **options: Any) -> CampaignRow:
        """Write the draft of a campaign, to all contacts unless `options` say otherwise."""
        fields: dict[str, Any] = {
            "name": "Bench",
            "state": "draft",
            "number_id": self.number.id,
            "template_id": self.template.id,
            "audience_filter": {"type": "all"},
            "variables": VARIABLES,
            "created_at": clock.now_ms(),
        }
        row = CampaignRow(self.ctx.tenant_id, ordered_id("cmp", clock.now_ms()))
        for name, value in (fields | options).items():
            setattr(row, name, value)
        Campaigns(self.ctx).create(row)
        return row


def make_business(
    clock: Clock, *, level: str = "STANDARD", phone_number_id: str = "300000000000001"
) -> Business:
    """Write a tenant's number and approved template. `level` is Meta's throughput level."""
    ctx = system_context(random_id("ten"), "bench")
    TenantRow(ctx.tenant_id, name="Bench", country="US", created_at=clock.now_ms()).save()
    number = Numbers(ctx).connect(
        Connection(
            phone_number_id=phone_number_id,
            waba_id=f"{phone_number_id}2",
            display_phone_number="+1 555 010 0001",
            verified_name="Bench",
            quality_rating="GREEN",
            throughput_level=level,
            status="CONNECTED",
            token_ciphertext=aws.encrypt(ctx.tenant_id, "EAAbenchtoken"),
        ),
        clock.now_ms(),
    )
    template = TemplateRow(
        ctx.tenant_id,
        random_id("tpl"),
        number_id=number.id,
        waba_id=f"{phone_number_id}2",
        meta_template_id=f"{phone_number_id}3",
        name="order_ready",
        language="en_US",
        category="UTILITY",
        status="APPROVED",
        components=COMPONENTS,
        variables=list(VARIABLES),
        created_at=clock.now_ms(),
        updated_at=clock.now_ms(),
    )
    Templates(ctx).add(template)
    return Business(ctx, number, template)


def add_contacts(business: Business, count: int, clock: Clock) -> None:
    """Write so many contacts as they are kept; their identities do not matter to a campaign."""
    first = new_row(business.ctx.tenant_id, ContactDraft(country="US", tags=("customer",)), 0)
    common = first.to_dynamodb_dict() | {"created_at": {"N": str(clock.now_ms())}}
    gc.disable()  # nothing of this is garbage, and going through it takes longer than making it
    for i in range(count):
        item = common | contact_fields(random_id("con"), i)
        aws.client("dynamodb").put_item(TableName=ContactRow.Meta.table_name, Item=item)
    gc.enable()


def contact_fields(contact_id: str, i: int) -> dict[str, dict[str, str]]:
    """Return what contact number `i` has of its own, as it is kept."""
    return {
        "id": {"S": contact_id},
        "phone": {"S": f"+1415{2000000 + i:07d}"},
        "name": {"S": f"Person {i}"},
        "name_key": {"S": f"person {i}#{contact_id}"},
        "fields": {"S": f'{{"order_id": "A-{i}", "city": "Springfield"}}'},
    }
