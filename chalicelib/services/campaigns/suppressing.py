"""Who of a chunk must not get the message after all, as their contacts are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.services.campaigns.admission import admit, is_plain
from chalicelib.services.campaigns.audience import suppression
from chalicelib.services.campaigns.handover import ChunkRun
from chalicelib.services.campaigns.walking import plan_from_json
from chalicelib.storage.audience import Person, people_now
from chalicelib.storage.erasures import Erasures
from chalicelib.storage.messages import MessageRow, Messages

_LOOK_BACK = 50  # messages of a contact that was found to be the same person


def suppressed_now(run: ChunkRun, todo: list[int]) -> dict[int, str]:
    """Return who must not get the message after all, and why: as the contact is now.

    Whose turn it is not yet goes to `run.admission`.
    """
    found = people_now(run.ctx, (run.recipients[i].contact_id for i in todo))
    plan = plan_from_json(run.campaign.plan)
    rules = plan.rules(run.clock.now_ms())
    reasons: dict[int, str] = {}
    gone: list[int] = []
    for position in todo:
        person = found.get(run.recipients[position].contact_id)
        reason = None
        if person is None:
            gone.append(position)
        else:
            reason = suppression(person, rules) or _as_now(run, position, person)
        if reason is not None:
            reasons[position] = reason
    reasons |= _why_gone(run, gone)
    if not is_plain(run.campaign, plan, run.number, run.messages_per_day):
        left = [position for position in todo if position not in reasons]
        run.admission = admit(run, plan, found, left)
        reasons |= dict.fromkeys(run.admission.capped, "frequency_cap")
    return reasons


def _why_gone(run: ChunkRun, positions: Sequence[int]) -> dict[int, str]:
    """Return why contacts are no longer there. Nothing is asked where all are; else 1 RRU each."""
    ids = [run.recipients[position].contact_id for position in positions]
    erased = Erasures(run.ctx).erased(ids) if ids else set()
    return {
        position: "erased" if contact_id in erased else "contact_deleted"
        for position, contact_id in zip(positions, ids, strict=True)
    }


def _as_now(run: ChunkRun, position: int, person: Person) -> str | None:
    """Have the recipient's address be the contact's of now; return why they get nothing, if so.

    An address that they gave up since the planning may be somebody else's. Who turned out to be
    another contact's person, whom the campaign has written to, gets nothing: a query for each.
    """
    recipient, to = run.recipients[position], person.phone or person.bsuid or ""
    if recipient.to != to:
        run.recipients[position] = replace(recipient, to=to)
    messages = Messages(run.ctx)
    for other_id in person.merged_ids:
        sent = messages.thread(other_id, _LOOK_BACK, None).items
        if any(_is_of_campaign(row, run.campaign.id) for row in sent):
            return "merged"
    return None


def _is_of_campaign(row: MessageRow, campaign_id: str) -> bool:
    """Tell whether a message of the campaign may have arrived."""
    return row.campaign_id == campaign_id and row.state not in {"skipped", "failed"}
