"""What the business itself may send just now: whether it is suspended, and its messages of today.

Both are asked of the tenant's item as it is this moment: by the sender with every chunk, by the
tick with every look, so a suspension counts from the next of them.

    suspended, being deleted     the campaign pauses, with the reason; a person resumes it later
    the day's messages are used  the campaign waits until the next day (UTC), then goes on by itself

The day's messages are taken for a whole chunk in one conditional write before anything is sent, and
given back for those who were not sent to after all: senders at once, of all campaigns, keep the
limit together.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.context import TenantContext
from chalicelib.services import closing
from chalicelib.services.plans import limits_of
from chalicelib.services.suspension import words_of
from chalicelib.storage.tenants import check_tenant
from chalicelib.storage.usage import messages_today


@dataclass(frozen=True, slots=True)
class Permit:
    """Why nothing may be sent, if so, and how many messages a day; None is any number."""

    stopped: str | None = None
    messages_per_day: int | None = None


def permit_of(ctx: TenantContext) -> Permit:
    """Return what the business may send this moment. 1 RRU."""
    tenant = check_tenant(ctx.tenant_id)
    if tenant is None:
        return Permit("The business is no longer on the platform.")
    words = words_of(tenant)
    stopped = None if words is None else f"{words} Once that is lifted, resume the campaign."
    stopped = stopped or closing.words(ctx.tenant_id)
    return Permit(stopped, limits_of(tenant).messages_per_day)


def has_messages_left(ctx: TenantContext, now_ms: int) -> bool:
    """Tell whether the plan allows more messages today. 2 RRU."""
    limit = permit_of(ctx).messages_per_day
    return limit is None or messages_today(ctx.tenant_id, now_ms) < limit


def forecast(ctx: TenantContext, planned: int, now_ms: int) -> str | None:
    """Return in words if the plan does not allow to send to `planned` people today. 2 RRU."""
    limit = permit_of(ctx).messages_per_day
    if limit is None:
        return None
    used = messages_today(ctx.tenant_id, now_ms)
    room = max(0, limit - used)
    if planned <= room:
        return None
    if limit == 0:
        return "The plan allows no messages at all; ask for a larger one."
    days = 1 + -(-(planned - room) // limit)
    return (
        f"The plan allows {limit} messages a day, of which {used} are used today: the campaign "
        f"waits for the next day (00:00 UTC) when they are, and takes {days} days. Ask for a "
        "larger plan to send faster."
    )
