"""Recounts of a campaign's ledger: the one that is under way, and the differences that were found.

The one under way stands on the campaign: `recount_run` names it (names sort by time, and the newest
wins), `recount_part` is the next part to count, `recounting` what has been counted. A difference is
an item of its own beside the counters it is about, `recount#<run>`, so that none is ever lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.update import Action

from chalicelib.core.context import TenantContext
from chalicelib.storage.base import (
    IntegerAttribute,
    Row,
    TableMeta,
    failed_conditions,
    is_condition_failure,
    join_key,
    table,
)
from chalicelib.storage.campaigns import CampaignRow
from chalicelib.storage.tenants import transaction

_PREFIX = "recount#"


class DifferenceRow(Row):
    """Counters that were not what the rows say; `drift` is what was added to them."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("campaign_counters")

    campaign_key = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(range_key=True)
    found_at = IntegerAttribute()
    asked_by = UnicodeAttribute()
    before = JSONAttribute()
    counted = JSONAttribute()
    drift = JSONAttribute()


class Recounts:
    """The recounts of one campaign."""

    def __init__(self, ctx: TenantContext, campaign_id: str) -> None:
        self._key = join_key(ctx.tenant_id, campaign_id)

    def begin(self, row: CampaignRow, run: str, kept: Mapping[str, Any]) -> bool:
        """Make `run` the recount that counts; False if a newer one is under way. 1 WRU."""
        is_newest = CampaignRow.recount_run.does_not_exist() | (CampaignRow.recount_run <= run)
        changes = [CampaignRow.recount_run.set(run), *_from_the_start(kept)]
        return _update(row, changes, CampaignRow.id.exists() & is_newest)

    def repeat(self, row: CampaignRow, run: str, kept: Mapping[str, Any]) -> bool:
        """Have `run` count all once more; False if it is over, or another counts now. 1 WRU."""
        return _update(row, _from_the_start(kept), CampaignRow.recount_run == run)

    def advance(self, row: CampaignRow, run: str, part: int, kept: Mapping[str, Any]) -> bool:
        """Note that what comes before `part` is counted; False if that was done already. 1 WRU."""
        is_ours = (CampaignRow.recount_run == run) & (CampaignRow.recount_part == row.recount_part)
        changes: list[Action] = [
            CampaignRow.recount_part.set(part),
            CampaignRow.recounting.set(dict(kept)),
        ]
        return _update(row, changes, is_ours)

    def finish(
        self,
        row: CampaignRow,
        run: str,
        found: Mapping[str, Any],
        corrections: Mapping[str, int] | None = None,
        difference: DifferenceRow | None = None,
    ) -> bool:
        """Keep what `run` found, once: False if it is over, or another counts now. 1 to 4 WRU.

        With a difference, that and the corrections are written with it or not at all.
        """
        changes: list[Action] = [
            CampaignRow.recount.set(dict(found)),
            CampaignRow.recount_run.remove(),
            CampaignRow.recounting.remove(),
        ]
        is_ours = CampaignRow.recount_run == run
        if difference is None:
            return _update(row, changes, is_ours)
        changes.append(CampaignRow.corrections.set(dict(corrections or {})))
        difference.campaign_key, difference.shard = self._key, f"{_PREFIX}{run}"
        try:
            with transaction() as write:
                write.update(row, actions=changes, condition=is_ours)
                write.save(difference)
        except TransactWriteError as error:
            if 0 in failed_conditions(error):
                return False
            raise
        row.refresh(consistent_read=True)
        return True

    def differences(self, limit: int) -> list[DifferenceRow]:
        """Return the differences that recounts have found, newest first. One query."""
        return list(
            DifferenceRow.query(
                self._key,
                DifferenceRow.shard.startswith(_PREFIX),
                scan_index_forward=False,
                limit=limit,
                consistent_read=True,
            )
        )


def _from_the_start(kept: Mapping[str, Any]) -> list[Action]:
    return [CampaignRow.recount_part.set(0), CampaignRow.recounting.set(dict(kept))]


def _update(row: CampaignRow, changes: list[Action], condition: Any) -> bool:  # noqa: ANN401
    try:
        row.update(actions=changes, condition=condition)
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True
