"""Campaigns: what each is to send, how far it has come, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError, DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.errors import Conflict, NotFound
from chalicelib.storage.base import (
    IntegerAttribute,
    OptionalInteger,
    OptionalText,
    Page,
    Row,
    TableMeta,
    is_condition_failure,
    read_page,
    start_key,
    table,
)
from chalicelib.storage.campaign_counters import CampaignCounters

# The states that count as one of the campaigns that a plan allows at once.
UNDER_WAY = ("planning", "running", "paused")
_OPTIONS = ("send_at", "canary_percent", "canary_wait_s")


class CampaignRow(Row):
    """A campaign; what it sends is frozen into it at launch.

    `plan` is services.campaigns.walking.Plan as JSON; `dry_run` what its newest dry run, the one of
    `dry_run_id`, has found in its first `dry_run_parts` pages. `recount` is what the last recount
    found, `corrections` what recounts add to the counters; for the one that is under way, see
    storage.recounts. `schedule` is when it starts by itself, by the schedule named `schedule_name`.
    `revision` counts the changes of a draft: who decides by what it says holds to the one that was
    read. `zones` counts the planned by the time zones they may be in, where time plays a part;
    `pace` is how fast they leave of late (services.campaigns.views). Of the lifecycle: `canary`,
    `waiting` and `watch` are what services.campaigns.protection keeps; `generation` counts its
    retries, the newest of which began at `generation_at`, has done `retry_parts` parts and takes
    `retry_codes` (None is `unknown`); `retried` says of each who asked for it, when, and for what.
    `send_at` is the recipients' own time of day, `HH:MM`.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("campaigns")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    state = UnicodeAttribute()
    state_reason = OptionalText()
    revision = IntegerAttribute(default=0)
    number_id = UnicodeAttribute()
    template_id = UnicodeAttribute()
    audience_filter = JSONAttribute()
    variables = JSONAttribute()
    template = JSONAttribute(null=True)
    plan = JSONAttribute(null=True)
    dry_run_id = OptionalText()
    dry_run_parts = IntegerAttribute(default=0)
    dry_run = JSONAttribute(null=True)
    schedule = JSONAttribute(null=True)
    schedule_name = OptionalText()
    send_at = OptionalText()
    canary_percent = OptionalInteger()
    canary_wait_s = OptionalInteger()
    canary = JSONAttribute(null=True)
    waiting = JSONAttribute(null=True)
    watch = JSONAttribute(null=True)
    generation = IntegerAttribute(default=0)
    generation_at = OptionalInteger()
    retry_codes = JSONAttribute(null=True)
    retried = JSONAttribute(null=True)
    retry_parts = IntegerAttribute(default=0)
    planned = IntegerAttribute(default=0)
    skipped = JSONAttribute(default=dict)
    zones = JSONAttribute(null=True)
    pace = JSONAttribute(null=True)
    parts = IntegerAttribute(default=0)
    tick = IntegerAttribute(default=0)
    created_at = IntegerAttribute()
    launched_at = OptionalInteger()
    resumed_at = OptionalInteger()
    first_sent_at = OptionalInteger()
    sending_finished_at = OptionalInteger()
    settling_at = OptionalInteger()
    completed_at = OptionalInteger()
    recount = JSONAttribute(null=True)
    corrections = JSONAttribute(null=True)
    recount_run = OptionalText()
    recount_part = IntegerAttribute(default=0)
    recounting = JSONAttribute(null=True)


class Campaigns(CampaignCounters):
    """The campaigns of one tenant."""

    def create(self, row: CampaignRow) -> None:
        """Write a new campaign. 1 WRU."""
        row.tenant_id = self._tenant_id
        row.save(condition=CampaignRow.id.does_not_exist())

    def get(self, campaign_id: str) -> CampaignRow:
        """Return a campaign as it is now (a consistent read); raise NotFound. 1 RRU."""
        try:
            return CampaignRow.get(self._tenant_id, campaign_id, consistent_read=True)
        except DoesNotExist:
            raise NotFound("There is no such campaign.") from None

    def page(self, limit: int, cursor: str | None) -> Page[CampaignRow]:
        """Return a page of campaigns, newest first. One query."""
        scope = f"{self._tenant_id}|campaigns"
        results = CampaignRow.query(
            self._tenant_id,
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def update_if(self, row: CampaignRow, when: Condition, *changes: Action) -> bool:
        """Change fields of a campaign if `when` holds; False if it does not. 1 WRU."""
        try:
            row.update(actions=list(changes), condition=when)
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            return False
        return True

    def update(self, row: CampaignRow, *changes: Action) -> None:
        """Change fields of a campaign that is there. 1 WRU."""
        row.update(actions=list(changes), condition=CampaignRow.id.exists())

    def edit(self, row: CampaignRow) -> None:
        """Write what of a campaign that is not launched can be changed; its dry run ends. 1 WRU.

        Raises Conflict if it was launched, or changed by another, since it was read.
        """
        try:
            row.update(
                actions=[
                    CampaignRow.name.set(row.name),
                    CampaignRow.number_id.set(row.number_id),
                    CampaignRow.template_id.set(row.template_id),
                    CampaignRow.audience_filter.set(row.audience_filter),
                    CampaignRow.variables.set(row.variables),
                    *(_set(name, getattr(row, name)) for name in _OPTIONS),
                    CampaignRow.dry_run_id.remove(),
                    CampaignRow.dry_run.remove(),
                    CampaignRow.revision.set(row.revision + 1),
                ],
                condition=CampaignRow.state.is_in("draft", "scheduled") & unchanged(row),
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            raise Conflict(
                "The campaign was launched or changed meanwhile; look at it again.",
                code="campaign_state",
            ) from None

    def delete_draft(self, row: CampaignRow) -> None:
        """Remove a draft; raise Conflict if it is none any more. 1 WRU."""
        try:
            row.delete(condition=CampaignRow.state == "draft")
        except DeleteError as error:
            if not is_condition_failure(error):
                raise
            raise Conflict(
                "The campaign was launched meanwhile; only a draft can be deleted.",
                code="campaign_state",
            ) from None

    def begin_dry_run(self, row: CampaignRow, run: str, found: Mapping[str, Any]) -> None:
        """Make `run` the dry run that counts, of the campaign as `row` has it. 1 WRU.

        Raises Conflict if it was launched, or changed since.
        """
        try:
            row.update(
                actions=[
                    CampaignRow.dry_run_id.set(run),
                    CampaignRow.dry_run_parts.set(0),
                    CampaignRow.dry_run.set(dict(found)),
                ],
                condition=CampaignRow.state.is_in("draft", "scheduled") & unchanged(row),
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            raise Conflict(
                "The campaign was launched or changed meanwhile; look at it again.",
                code="campaign_state",
            ) from None

    def note_dry_part(
        self, row: CampaignRow, run: str, number: int, found: Mapping[str, Any]
    ) -> None:
        """Note what a dry run has found with part `number`, once, while it counts. 1 WRU."""
        try:
            row.update(
                actions=[
                    CampaignRow.dry_run_parts.set(number + 1),
                    CampaignRow.dry_run.set(dict(found)),
                ],
                condition=(CampaignRow.dry_run_id == run) & (CampaignRow.dry_run_parts == number),
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            row.refresh(consistent_read=True)

    def add_part(
        self,
        row: CampaignRow,
        number: int,
        planned: int,
        skipped: Mapping[str, int],
        zones: Mapping[str, int],
    ) -> None:
        """Note a frozen part in the totals if it is the next one; quiet if it is noted. 1 WRU."""
        try:
            row.update(
                actions=[
                    CampaignRow.parts.set(number + 1),
                    CampaignRow.planned.set(planned),
                    CampaignRow.skipped.set(dict(skipped)),
                    CampaignRow.zones.set(dict(zones)),
                ],
                condition=CampaignRow.parts == number,
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            row.refresh(consistent_read=True)

    def advance_tick(self, row: CampaignRow, number: int) -> None:
        """Note that tick `number` is done, so that its copies die out; quiet if it is noted. 1 WRU.

        It is the one whose successor was sent: noted of another, the chain would end.
        """
        done = CampaignRow.tick == number
        try:
            row.update(actions=[CampaignRow.tick.set(number + 1)], condition=done)
        except UpdateError as error:
            if not is_condition_failure(error):
                raise

    def note_first_send(self, row: CampaignRow, at_ms: int) -> None:
        """Keep when the first message left; quiet if that is kept already. 1 WRU."""
        try:
            row.update(
                actions=[CampaignRow.first_sent_at.set(at_ms)],
                condition=CampaignRow.first_sent_at.does_not_exist(),
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise


def unchanged(row: CampaignRow) -> Condition:
    """Return the condition that nobody has changed what the campaign sends since `row` was read."""
    same: Condition = CampaignRow.revision == row.revision
    return same if row.revision else same | CampaignRow.revision.does_not_exist()


def _set(name: str, value: object) -> Action:
    attribute = getattr(CampaignRow, name)
    change: Action = attribute.remove() if value is None else attribute.set(value)
    return change
