"""The cap on marketing messages over all campaigns: counted before one is sent, and no more when it
did not reach the person.

    message                                            counts
    about to be sent                                   once for its campaign, however often it tries
    not handed over, or refused by Meta's answer       no more, if this try counted it
    failed by a status that says why of the person     no more
    of unknown fate                                    still: it may have arrived

A sender that dies leaves its messages counted. Each change is written only if nobody has changed
the contact's entries since they were read: campaigns at once keep the cap together.
"""

from __future__ import annotations

from enum import Enum

from chalicelib.core.context import TenantContext
from chalicelib.services.campaigns.audience import Person, Rules, is_capped
from chalicelib.storage.audience import people_now
from chalicelib.storage.contact_marketing import note_marketing

_TRIES = 5
_STATUS_MS = 1_000  # Meta's times are in whole seconds


class Given(Enum):
    """Whether a contact may get one more, and whether it was this call that counted it."""

    CAPPED = "capped"
    COUNTED = "counted"
    KNOWN = "known"


def count(ctx: TenantContext, person: Person, rules: Rules) -> Given:
    """Count the campaign among what a contact gets, unless the contact has had enough. 1 WRU."""
    for _ in range(_TRIES):
        if is_capped(person, rules):
            return Given.CAPPED
        recent = rules.recent(person)
        if any(rules.is_own(entry) for entry in recent):
            return Given.KNOWN
        entries = [*recent, f"{rules.now_ms}:{rules.campaign_id}"]
        if note_marketing(ctx, person.id, person.marketing_sent, entries):
            return Given.COUNTED
        now = people_now(ctx, [person.id]).get(person.id)
        if now is None:
            return Given.KNOWN  # deleted this moment; the message is on its way all the same
        person = now
    return Given.CAPPED


def uncount(ctx: TenantContext, contact_id: str, campaign_id: str, at_ms: int) -> None:
    """Count a campaign no more whose message turned out at `at_ms` not to reach the contact.

    What was counted later is another try's, and stays. Repeated it changes nothing. 1 RRU, and 1
    WRU where there is something to change.
    """
    for _ in range(_TRIES):
        person = people_now(ctx, [contact_id]).get(contact_id)
        if person is None:
            return
        kept = [one for one in person.marketing_sent if not _is_of(one, campaign_id, at_ms)]
        if len(kept) == len(person.marketing_sent):
            return
        if note_marketing(ctx, contact_id, person.marketing_sent, kept):
            return


def _is_of(entry: str, campaign_id: str, at_ms: int) -> bool:
    counted_ms, _, of = entry.partition(":")
    return of == campaign_id and int(counted_ms) < at_ms + _STATUS_MS
