"""The one write that moves a campaign from state to state, and counts those that are under way."""

from __future__ import annotations

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.storage.base import failed_conditions, is_condition_failure
from chalicelib.storage.campaigns import UNDER_WAY, CampaignRow, Campaigns
from chalicelib.storage.tenants import transaction
from chalicelib.storage.usage import CAMPAIGNS, count, patiently, refused


def change_state(
    ctx: TenantContext,
    row: CampaignRow,
    before: tuple[str, ...],
    after: str,
    *changes: Action,
    when: Condition | None = None,
    limit: int | None = None,
) -> None:
    """Move a campaign to `after` if it is in one of `before`, with further changes. 1 WRU.

    One that becomes or ceases to be under way is counted so in the same transaction: 4 WRU and
    1 RRU. `row` is brought up to date. Raises Conflict if it is in another state by now, or if
    `when` does not hold; LimitReached if it would be one more than `limit` under way.
    """
    actions = [CampaignRow.state.set(after), *changes]
    difference = int(after in UNDER_WAY) - int(row.state in UNDER_WAY)
    # Of the states to come from, those that the counter's move is right for.
    alike = [one for one in before if (one in UNDER_WAY) == (row.state in UNDER_WAY)]
    condition = CampaignRow.state.is_in(*alike)
    if when is not None:
        condition &= when
    try:
        if difference:
            _change_counted(ctx, row, actions, condition, difference, limit)
        else:
            row.update(actions=actions, condition=condition)
    except (UpdateError, TransactWriteError) as error:
        if isinstance(error, UpdateError):
            is_refusal = is_condition_failure(error)
        else:
            full = refused(error, ctx.tenant_id, CAMPAIGNS, limit)
            if full is not None:
                raise full from None
            is_refusal = bool(failed_conditions(error))
        if not is_refusal:
            raise
        if _counts_otherwise_now(ctx, row, before):
            row.refresh(consistent_read=True)
            change_state(ctx, row, before, after, *changes, when=when, limit=limit)
            return
        raise Conflict(
            f"The campaign cannot become {after}: it was changed meanwhile, or is no longer "
            f"{' or '.join(before)}.",
            code="campaign_state",
        ) from None


def _counts_otherwise_now(ctx: TenantContext, row: CampaignRow, before: tuple[str, ...]) -> bool:
    """Tell whether a campaign may still change, but has come or ceased to be under way."""
    try:
        state = Campaigns(ctx).get(row.id).state
    except NotFound:
        return False
    return state in before and (state in UNDER_WAY) != (row.state in UNDER_WAY)


def _change_counted(
    ctx: TenantContext,
    row: CampaignRow,
    actions: list[Action],
    condition: Condition,
    difference: int,
    limit: int | None,
) -> None:
    def act() -> None:
        with transaction() as write:
            write.update(row, actions, condition=condition)
            count(write, ctx.tenant_id, CAMPAIGNS, difference, limit)

    patiently(act)
    row.refresh(consistent_read=True)
