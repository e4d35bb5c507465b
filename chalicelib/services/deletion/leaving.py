"""A business stops, and leaves: nothing works for it any more, and nothing finds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import AppError, Conflict
from chalicelib.core.log import log
from chalicelib.services import closing
from chalicelib.services.campaigns import lifecycle
from chalicelib.services.number_calls import call
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.holdings import HELD, all_rows, values_of
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.removals import Removal
from chalicelib.storage.schedules import delete_schedule, drop_schedule
from chalicelib.whatsapp import numbers as meta, onboarding
from chalicelib.whatsapp.errors import WhatsAppError
from chalicelib.whatsapp.graph import GraphRequest

# Sign-ins, keys and links go with the unique keys: whoever is in is out.
_WAYS_IN = frozenset({"sessions", "mail_tokens", "api_keys"})


def stop(ctx: TenantContext) -> None:
    """Pause the campaigns that run, and make drafts of those that are scheduled. Repeatable.

    One query of the campaigns, 1 WRU for each that is stopped. Those that are being planned stop
    at their first chunk (services.campaigns.sending).
    """
    reason = closing.words(ctx.tenant_id) or ""
    for row in _campaigns(ctx):
        if row.state == "running":
            lifecycle.pause_by_rule(ctx, row.id, reason)
        elif row.state == "scheduled":
            name = row.schedule_name
            changes = CampaignRow.schedule.remove(), CampaignRow.schedule_name.remove()
            try:
                lifecycle.apply(ctx, row, "unschedule", *changes, reason=reason)
            except Conflict:
                log.info("the campaign was changed meanwhile", extra={"campaign_id": row.id})
                continue
            drop_schedule(name)


def cancel_campaigns(ctx: TenantContext) -> None:
    """End every campaign that has not ended, and take its schedule back. Repeatable."""
    for row in _campaigns(ctx):
        if row.schedule_name is not None:
            delete_schedule(row.schedule_name)
        if lifecycle.next_state(row.state, "cancel") is not None:
            try:
                lifecycle.apply(ctx, row, "cancel")
            except Conflict:
                log.info("the campaign was changed meanwhile", extra={"campaign_id": row.id})


def tell_whatsapp(ctx: TenantContext) -> dict[str, int]:
    """Have Meta take the numbers off the Cloud API and end the webhooks, as far as it will.

    Best effort: the business may have taken its token back, and Meta may be down. Returns how many
    calls were `done` and how many `refused`; a number of the WhatsApp Business app is left alone.
    Two calls of Meta a number at most.
    """
    told: Counter[str] = Counter()
    accounts: set[str] = set()
    for row in _numbers(ctx):
        if not row.is_on_biz_app:
            told[_tell(ctx, row, onboarding.deregister_request(row.phone_number_id))] += 1
        if row.waba_id not in accounts:
            accounts.add(row.waba_id)
            told[_tell(ctx, row, meta.unsubscribe_request(row.waba_id))] += 1
    return dict(told)


def _tell(ctx: TenantContext, row: NumberRow, request: GraphRequest) -> str:
    try:
        call(ctx, row, request)
    except (WhatsAppError, AppError) as error:
        log.warning("WhatsApp was not told", extra={"error": type(error).__name__})
        return "refused"
    return "done"


def take_keys(ctx: TenantContext, removal: Removal) -> None:
    """Remove all that finds the business or lets anybody in, counted. Repeatable.

    The keys that route webhooks, e-mails and slug (free again from here on), sessions, links, API
    keys. 2 RRU and 4 WRU each.
    """
    for held in HELD:
        for values in held.values:
            if values.has_owner:
                for row in all_rows(held, ctx.tenant_id):
                    found = values_of(values, ctx.tenant_id, row)
                    removal.items(values.table, (values.key,), found, has_owner=True)
        if held.table in _WAYS_IN:
            removal.items(held.table, held.keys, list(all_rows(held, ctx.tenant_id)))


def _campaigns(ctx: TenantContext) -> Iterator[CampaignRow]:
    cursor: str | None = None
    while True:
        page = Campaigns(ctx).page(100, cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _numbers(ctx: TenantContext) -> Iterator[NumberRow]:
    cursor: str | None = None
    while True:
        page = Numbers(ctx).page(100, cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
