"""The message templates of a tenant, and which tenant a template of Meta belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from pynamodb.attributes import JSONAttribute, ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import is_id
from chalicelib.storage.base import (
    Page,
    TableMeta,
    failed_conditions,
    is_condition_failure,
    read_page,
    start_key,
    table,
)
from chalicelib.storage.tenants import Owner, UniqueKeyRow, find_owner, transaction

_KIND = "template"


class TemplateRow(Model):
    """A template and what Meta says of it.

    `components` is Meta's own JSON; `variables` the names of the values that a send needs, e.g.
    `body.1`. `status_at` is Meta's time of the newest event, `asked_at` when Meta was last asked.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("templates")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    number_id = UnicodeAttribute()
    waba_id = UnicodeAttribute()
    meta_template_id = UnicodeAttribute()
    name = UnicodeAttribute()
    language = UnicodeAttribute()
    category = UnicodeAttribute()
    status = UnicodeAttribute()
    rejected_reason = UnicodeAttribute(null=True)
    components = JSONAttribute()
    variables = ListAttribute(of=UnicodeAttribute)
    created_at = NumberAttribute()
    updated_at = NumberAttribute()
    status_at = NumberAttribute(default=0)
    asked_at = NumberAttribute(default=0)


def find_template(meta_template_id: str) -> Owner | None:
    """Return the tenant and our id of Meta's template, for routing webhooks. 0.5 RRU."""
    return find_owner(_KIND, meta_template_id)


class Templates:
    """The templates of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def get(self, template_id: str) -> TemplateRow:
        """Return a template as it is now; raise NotFound. 1 RRU per 4 KB."""
        if not is_id("tpl", template_id):
            raise _missing()
        try:
            return TemplateRow.get(self._tenant_id, template_id, consistent_read=True)
        except DoesNotExist:
            raise _missing() from None

    def page(self, limit: int, cursor: str | None) -> Page[TemplateRow]:
        """Return a page of templates, newest first. 0.5 RRU per 4 KB."""
        scope = f"{self._tenant_id}|templates"
        results = TemplateRow.query(
            self._tenant_id,
            scan_index_forward=False,
            limit=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def add(self, row: TemplateRow) -> None:
        """Write a template and the key that routes its webhooks, all or nothing. 4 WRU.

        Raises Conflict if Meta's template is here already, with this tenant or another.
        """
        key = UniqueKeyRow(
            f"{_KIND}#{row.meta_template_id}", tenant_id=self._tenant_id, entity_id=row.id
        )
        try:
            with transaction() as write:
                write.save(key, condition=UniqueKeyRow.key.does_not_exist())
                write.save(row, condition=TemplateRow.id.does_not_exist())
        except TransactWriteError as error:
            if 0 not in failed_conditions(error):
                raise
            raise name_taken(row.name, row.language) from None

    def delete(self, row: TemplateRow) -> None:
        """Delete a template and its key, all or nothing; again changes nothing. 4 WRU."""
        with transaction() as write:
            write.delete(UniqueKeyRow(f"{_KIND}#{row.meta_template_id}"))
            write.delete(TemplateRow(self._tenant_id, row.id))

    def claim_question(self, row: TemplateRow, now_ms: int, interval_ms: int) -> bool:
        """Tell whether Meta may be asked now: at most once per interval, whoever asks. 1 WRU."""
        return self._update(
            row,
            [TemplateRow.asked_at.set(now_ms)],
            TemplateRow.asked_at <= now_ms - interval_ms,
        )

    def set_answer(
        self, row: TemplateRow, status: str, category: str, reason: str | None, now_ms: int
    ) -> bool:
        """Write what Meta answered, unless an event has changed the status meanwhile. 1 WRU."""
        actions = [
            TemplateRow.status.set(status),
            TemplateRow.category.set(category),
            TemplateRow.updated_at.set(now_ms),
            _reason_action(reason),
        ]
        condition = (TemplateRow.status == row.status) & (TemplateRow.status_at == row.status_at)
        return self._update(row, actions, condition)

    def set_status(
        self,
        row: TemplateRow,
        status: str,
        category: str | None,
        reason: str | None,
        at_ms: int,
        now_ms: int,
    ) -> bool:
        """Write a status that Meta reported for `at_ms`, unless a newer one is known. 1 WRU."""
        actions = [
            TemplateRow.status.set(status),
            TemplateRow.category.set(category or row.category),
            TemplateRow.status_at.set(at_ms),
            TemplateRow.updated_at.set(now_ms),
            _reason_action(reason),
        ]
        return self._update(row, actions, TemplateRow.status_at <= at_ms)

    @staticmethod
    def _update(row: TemplateRow, actions: Iterable[Action], condition: Condition) -> bool:
        try:
            row.update(actions=list(actions), condition=TemplateRow.id.exists() & condition)
        except UpdateError as error:
            if is_condition_failure(error):
                return False
            raise
        return True


def _reason_action(reason: str | None) -> Action:
    if reason is None:
        return TemplateRow.rejected_reason.remove()
    return TemplateRow.rejected_reason.set(reason)


def name_taken(name: str, language: str) -> Conflict:
    """Return the error for a template that exists already."""
    return Conflict(
        f"There is a template {name!r} in {language} already; choose another name.",
        code="template_exists",
    )


def _missing() -> NotFound:
    return NotFound("There is no such template.")
