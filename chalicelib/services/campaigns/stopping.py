"""Which campaigns a failure stops, by Meta's code; the same for an answer and for a status.

    the code speaks of                       stops
    the token or the number                  what runs on the number
    a permission, which may be of one call   the campaign
    the account                              what runs on any of its numbers
    the template                             what sends the template
    the values given to the template, or     the campaign
    a way of sending
    the file in the template (131053)        the campaign, if everybody gets that file
    a parameter (100, 131008, 131009), or    the campaign, if nobody has got through and three
    nobody knows of what                     have failed so

A campaign that meets such a code by itself pauses at once (`handover`); the others follow from a
message on the inbound queue, which both a sender and the webhook leave there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.core.log import log
from chalicelib.services.campaigns import lifecycle
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.numbers import Numbers
from chalicelib.whatsapp.codes import (
    ACCOUNT_CODES,
    MEDIA,
    TEMPLATE_CODES,
    TOKEN_CODES,
    VALUE_CODES,
    is_of_one_or_all,
    reason_of,
)
from chalicelib.whatsapp.template_text import media_variables, shape_of

ALIKE = 3
_PAGES, _PAGE = 5, 100
# Of a way of sending that other campaigns may do without.
_OWN_CODES = frozenset({131063, 139200}) | VALUE_CODES | (TOKEN_CODES - {0, 190})


def is_everybodys(code: int, variables: Mapping[str, Mapping[str, str | None]]) -> bool:
    """Tell whether the file of 131053 is one that all get: no column or field names another. Pure.

    `variables` are those of the campaign that take files.
    """
    return code == MEDIA and not any(
        source.get("column") or source.get("field") for source in variables.values()
    )


def files_of(campaign: CampaignRow) -> dict[str, Mapping[str, str | None]]:
    """Return the variables of a launched campaign that take files."""
    names = media_variables(shape_of(**campaign.template))
    return {name: one for name, one in campaign.variables.items() if name in names}


def stop(
    ctx: TenantContext, campaign_id: str | None, number_id: str, code: int, at_ms: int
) -> None:
    """Pause what a failure of `at_ms` stops, unless a person has resumed it since.

    Repeated it changes nothing. 2 RRU; up to 5 queries where it may be more than one campaign, and
    2 units each that is paused.
    """
    campaign = _campaign(ctx, campaign_id)
    is_newer = campaign is not None and at_ms >= (campaign.resumed_at or 0)
    if campaign is not None and is_newer and _stops_own(ctx, campaign, code):
        lifecycle.pause_by_rule(ctx, campaign.id, reason_of(code), at_ms)
    if code in _OWN_CODES | {MEDIA} or is_of_one_or_all(code):
        return
    if code in TEMPLATE_CODES:
        if campaign is not None:
            template_ids = {campaign.template_id}
            pause_where(ctx, reason_of(code), template_ids=template_ids, at_ms=at_ms)
        return
    number_ids = _numbers(ctx, number_id, code)
    pause_where(ctx, reason_of(code), number_ids=number_ids, at_ms=at_ms)


def pause_where(
    ctx: TenantContext,
    reason: str,
    number_ids: Collection[str] = (),
    template_ids: Collection[str] = (),
    at_ms: int | None = None,
) -> None:
    """Pause what runs on these numbers or sends these templates, of the tenant's 500 newest
    campaigns; not what was resumed after `at_ms`. 1 to 5 queries, 2 units each that is paused.
    """
    cursor: str | None = None
    for _ in range(_PAGES):
        page = Campaigns(ctx).page(_PAGE, cursor)
        for row in page.items:
            is_meant = row.number_id in number_ids or row.template_id in template_ids
            is_older = at_ms is not None and at_ms < (row.resumed_at or 0)
            if row.state == "running" and is_meant and not is_older:
                lifecycle.pause_by_rule(ctx, row.id, reason, at_ms)
        cursor = page.next_cursor
        if cursor is None:
            return


def _campaign(ctx: TenantContext, campaign_id: str | None) -> CampaignRow | None:
    if campaign_id is None:
        return None
    try:
        return Campaigns(ctx).get(campaign_id)
    except NotFound:
        log.info("a failure of a campaign that is gone", extra={"campaign_id": campaign_id})
        return None


def _stops_own(ctx: TenantContext, campaign: CampaignRow, code: int) -> bool:
    if code == MEDIA:
        return is_everybodys(code, files_of(campaign))
    if not is_of_one_or_all(code):
        return True
    # As everybody was accepted before a status told it, only what came of it later counts.
    counters = Campaigns(ctx).counters(campaign.id)
    got_through = sum(counters.get(state, 0) for state in ("sent", "delivered", "read"))
    return got_through <= 0 and counters.get(f"code#{code}", 0) >= ALIKE


def _numbers(ctx: TenantContext, number_id: str, code: int) -> set[str]:
    if code not in ACCOUNT_CODES:
        return {number_id}
    try:
        account_id = Numbers(ctx).get(number_id).waba_id
    except NotFound:
        return {number_id}
    return {row.id for row in Numbers(ctx).of_account(account_id)}
