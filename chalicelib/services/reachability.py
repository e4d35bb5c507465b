"""What WhatsApp says of whether a person wants and gets messages: preferences and failures.

    131050  the person stopped marketing from this business   opted out of marketing
    131049  Meta delivers the person no marketing for now     cooling
    131026  the message cannot be delivered                   the second time: undeliverable
    130403  the person and the business do not take messages  barred, and so for the next three
    130497  the account may not write to their country
    131021  it is the business's own number
    137000  the account may be another person's by now

The rules of the marks are in storage.contact_marks. Failures that say something of the number or
the template, not of the person, are for account_reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.core.log import log
from chalicelib.services.frequency_cap import uncount
from chalicelib.storage.contact_marks import ContactMarks
from chalicelib.storage.contacts import ContactRow, Contacts
from chalicelib.whatsapp.codes import BARRED_CODES, COOLING, STOPPED_MARKETING, UNDELIVERABLE


def note_failure(
    ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK
) -> None:
    """Mark the person whom a message could not reach; repeated it changes nothing. 2 RRU, 2 WRU.

    A campaign's message counts no more for the frequency cap: 1 RRU, 1 WRU where it did. Somebody
    who is no contact becomes one only for an opt-out, which must not be lost.
    """
    event, now_ms = envelope["event"], clock.now_ms()
    contact = _contact(ctx, envelope.get("contact_id"), event, now_ms)
    if contact is None:
        log.info("a failure concerns nobody here", extra={"code": event["code"]})
        return
    if envelope.get("campaign_id") is not None:
        uncount(ctx, contact.id, envelope["campaign_id"], event["at_ms"])
    marks = ContactMarks(ctx)
    if event["code"] == STOPPED_MARKETING:
        marks.set_marketing(contact.id, event["at_ms"], now_ms, is_stopped=True)
    elif event["code"] == COOLING:
        marks.cool(contact, event["at_ms"], now_ms)
    elif event["code"] == UNDELIVERABLE:
        marks.note_unreached(contact.id, event["message_id"], event["at_ms"], now_ms)
    elif event["code"] in BARRED_CODES:
        marks.bar(contact.id, event["code"], event["at_ms"], now_ms)


def _contact(
    ctx: TenantContext, contact_id: str | None, event: Mapping[str, Any], now_ms: int
) -> ContactRow | None:
    contacts = Contacts(ctx)
    if contact_id is not None:
        try:
            row = contacts.get(contact_id)
            return row if row.merged_into is None else contacts.get(row.merged_into)
        except NotFound:
            pass  # deleted meanwhile, or its message was sent by an older key: look it up
    found, user_id = event["phone"], event["user_id"]
    if not found and not user_id:
        return None
    if event["code"] == STOPPED_MARKETING:
        return contacts.find_or_create_by_identity(
            phone=found, bsuid=user_id, profile_name="", now_ms=now_ms
        )
    by_phone, by_bsuid = contacts.find(found, user_id)
    known = by_phone or by_bsuid
    return None if known is None else contacts.get(known)


def note_preference(
    ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK
) -> None:
    """Write that a person stopped or resumed marketing; somebody unknown becomes a contact.

    The newest word holds, in whatever order they come. 2 RRU, 1 to 3 WRU.
    """
    event, now_ms = envelope["event"], clock.now_ms()
    contact = Contacts(ctx).find_or_create_by_identity(
        phone=event["phone"],
        bsuid=event["user_id"],
        profile_name=event["name"],
        username=event.get("username"),
        now_ms=now_ms,
    )
    ContactMarks(ctx).set_marketing(
        contact.id, event["at_ms"], now_ms, is_stopped=event["is_stopped"]
    )
