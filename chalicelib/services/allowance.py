"""Meta's messaging limit: how many people a business may write to first in any 24 hours.

It is the portfolio's, shared by all its numbers, and counts each person once. Parley counts what
it sends itself, by the hour, and a person again in another hour: an upper bound of its own part.
What others send from the same portfolio only Meta knows.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.storage import allowance as storage
from chalicelib.storage.accounts import AccountRow
from chalicelib.storage.numbers import Numbers

# https://developers.facebook.com/documentation/business-messaging/whatsapp/messaging-limits
TIERS: dict[str, int | None] = {
    "TIER_50": 50,
    "TIER_250": 250,
    "TIER_1K": 1_000,
    "TIER_2K": 2_000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": None,
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limit, what Parley used of it at most, and what is left at least; None is no limit."""

    limit: int | None
    used: int

    @property
    def remaining(self) -> int | None:
        """How many more people may be written to, as far as Parley knows."""
        return None if self.limit is None else max(0, self.limit - self.used)


def allowance(
    ctx: TenantContext, account: AccountRow, clock: Clock = SYSTEM_CLOCK
) -> Allowance | None:
    """Return what the account's portfolio may still send; None if Meta told no limit.

    12.5 RRU, and one reading of the tenant's numbers.
    """
    tiers = [
        row.messaging_limit
        for row in Numbers(ctx).of_account(account.id)
        if row.messaging_limit in TIERS
    ]
    return allowance_of(account, tiers[0] if tiers else None, clock)


def allowance_of(
    account: AccountRow, tier: str | None, clock: Clock = SYSTEM_CLOCK
) -> Allowance | None:
    """Return the same where the tier is known; None for one that Parley does not know. 12.5 RRU."""
    if tier not in TIERS:
        return None
    used = storage.started_in_24h(portfolio_of(account), clock.now_ms())
    return Allowance(TIERS[tier], used)


def count_started(account: AccountRow, people: int, clock: Clock = SYSTEM_CLOCK) -> None:
    """Count people whom a campaign wrote to outside their customer-service window. 1 WRU."""
    if people > 0:
        storage.count_started(portfolio_of(account), people, clock.now_ms())


def portfolio_of(account: AccountRow) -> str:
    """Return what the limit belongs to: the portfolio; the account where Meta has not told it."""
    return account.business_id or f"waba-{account.id}"
