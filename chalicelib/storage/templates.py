"""The message templates of a tenant, and which tenant a template of Meta belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import is_id
from chalicelib.core.signing import encode_cursor
from chalicelib.storage.base import (
    Page,
    failed_conditions,
    is_condition_failure,
    read_page,
    start_key,
)
from chalicelib.storage.template_row import TemplateRow, name_key
from chalicelib.storage.tenants import Owner, UniqueKeyRow, find_owner, transaction

__all__ = ["NamePage", "TemplateRow", "Templates", "find_template", "name_taken", "owners"]

_KIND = "template"
_BATCH = 100
_READ = 200  # items that a filtered query looks at in one request
_DAY_S = 86_400
# Meta keeps the name of a deleted template, once approved, unusable for so long.
NAME_KEPT_MS = 30 * _DAY_S * 1000
MOST_LANGUAGES = 100


@dataclass(frozen=True, slots=True)
class NamePage:
    """A page of names, each with the rows of all its languages in one account."""

    groups: Sequence[Sequence[TemplateRow]]
    next_cursor: str | None


def find_template(meta_template_id: str) -> Owner | None:
    """Return the tenant and our id of Meta's template, for routing webhooks. 0.5 RRU."""
    return find_owner(_KIND, meta_template_id)


def owners(meta_template_ids: Sequence[str]) -> dict[str, Owner]:
    """Return whose each of Meta's templates is, of those that are here. 0.5 RRU each."""
    found: dict[str, Owner] = {}
    for start in range(0, len(meta_template_ids), _BATCH):
        keys = [f"{_KIND}#{meta_id}" for meta_id in meta_template_ids[start : start + _BATCH]]
        for row in UniqueKeyRow.batch_get(keys):
            found[row.key.removeprefix(f"{_KIND}#")] = Owner(row.tenant_id, row.entity_id)
    return found


class Templates:
    """The templates of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def get(self, template_id: str) -> TemplateRow:
        """Return a template as it is now; raise NotFound. 1 RRU per 4 KB."""
        if not is_id("tpl", template_id):
            raise _missing()
        try:
            row = TemplateRow.get(self._tenant_id, template_id, consistent_read=True)
        except DoesNotExist:
            raise _missing() from None
        if row.deleted_at is not None:
            raise _missing()
        return row

    def get_many(self, template_ids: Iterable[str]) -> dict[str, TemplateRow]:
        """Return the templates of these ids that are here, by id. 1 RRU per 4 KB."""
        wanted = [(self._tenant_id, template_id) for template_id in template_ids]
        found = TemplateRow.batch_get(wanted, consistent_read=True)
        return {row.id: row for row in found if row.deleted_at is None}

    def page(
        self,
        limit: int,
        cursor: str | None,
        name: str | None = None,
        wanted: Mapping[str, str] | None = None,
    ) -> Page[TemplateRow]:
        """Return a page, newest first; with `name`, that name's in order of language.

        `wanted` are attributes that must have a value. One query on a key; it reads on until the
        page is full, at most what the tenant has (an account holds up to 6,000 templates, about
        3 KB each). 0.5 RRU per 4 KB read.
        """
        filters = {key: value for key, value in (wanted or {}).items() if value}
        scope = f"{self._tenant_id}|templates|{name or ''}|{sorted(filters.items())}"
        condition = _alive(filters)
        start = start_key(scope, cursor)
        page_size = _READ if filters else limit
        if name is None:
            results = TemplateRow.query(
                self._tenant_id,
                filter_condition=condition,
                scan_index_forward=False,
                limit=limit,
                page_size=page_size,
                last_evaluated_key=start,
            )
        else:
            results = TemplateRow.by_name.query(
                self._tenant_id,
                TemplateRow.name_key.startswith(name_key(name)),
                filter_condition=condition,
                limit=limit,
                page_size=page_size,
                last_evaluated_key=start,
            )
        return read_page(scope, results)

    def names(
        self, limit: int, cursor: str | None, prefix: str, waba_id: str | None = None
    ) -> NamePage:
        """Return a page of names in order, each whole; `prefix` is how they begin.

        One query on the index, 0.5 RRU per 4 KB read.
        """
        scope = f"{self._tenant_id}|template_names|{prefix}|{waba_id or ''}"
        results = TemplateRow.by_name.query(
            self._tenant_id,
            TemplateRow.name_key.startswith(prefix) if prefix else None,
            filter_condition=_alive({"waba_id": waba_id} if waba_id else {}),
            page_size=_READ,
            last_evaluated_key=start_key(scope, cursor),
        )
        groups: list[list[TemplateRow]] = []
        for _, rows in groupby(results, key=lambda row: (row.name, row.waba_id)):
            if len(groups) == limit:
                return NamePage(groups, encode_cursor(scope, _index_key(groups[-1][-1])))
            groups.append(list(rows))
        return NamePage(groups, None)

    def languages(self, waba_id: str, name: str) -> list[TemplateRow]:
        """Return every language of a name in an account, those deleted of late as well. 0.5 RRU."""
        prefix = name_key(name, waba_id)
        results = TemplateRow.by_name.query(
            self._tenant_id, TemplateRow.name_key.startswith(prefix), limit=MOST_LANGUAGES
        )
        return list(results)

    def unseen(
        self, waba_id: str, before_ms: int, limit: int, after: str | None
    ) -> tuple[list[TemplateRow], str | None]:
        """Return templates of an account that no comparison since `before_ms` has met, by id.

        With them the id to go on `after`, None at the end. 0.5 RRU per 4 KB of the tenant's rows.
        """
        condition = (
            _alive({"waba_id": waba_id})
            & (TemplateRow.seen_at < before_ms)
            & (TemplateRow.created_at < before_ms)
            & (TemplateRow.status != "DELETED")
        )
        results = TemplateRow.query(
            self._tenant_id,
            TemplateRow.id > after if after else None,
            filter_condition=condition,
            limit=limit,
            page_size=_READ,
        )
        rows = list(results)
        return rows, rows[-1].id if len(rows) == limit else None

    def add(self, row: TemplateRow) -> None:
        """Write a template and the key that routes its webhooks, all or nothing. 6 WRU.

        Raises Conflict if Meta's template is here already, with this tenant or another.
        """
        row.name_key = name_key(row.name, row.waba_id, row.language)
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

    def delete(self, row: TemplateRow, now_ms: int, *, is_name_kept: bool = False) -> None:
        """Delete a template and its key, all or nothing; again changes nothing. 4 to 6 WRU.

        With `is_name_kept` a row that nobody sees remains for 30 days, for its name's sake.
        """
        with transaction() as write:
            write.delete(UniqueKeyRow(f"{_KIND}#{row.meta_template_id}"))
            if is_name_kept:
                actions: list[Action] = [
                    TemplateRow.status.set("DELETED"),
                    TemplateRow.deleted_at.set(now_ms),
                    TemplateRow.expires_at.set((now_ms + NAME_KEPT_MS) // 1000),
                ]
                write.update(
                    TemplateRow(self._tenant_id, row.id),
                    actions=actions,
                    condition=TemplateRow.id.exists(),
                )
            else:
                write.delete(TemplateRow(self._tenant_id, row.id))

    def claim_question(self, row: TemplateRow, now_ms: int, interval_ms: int) -> bool:
        """Tell whether Meta may be asked now: at most once per interval, whoever asks. 1 WRU."""
        return self._update(
            row,
            [TemplateRow.asked_at.set(now_ms)],
            TemplateRow.asked_at <= now_ms - interval_ms,
        )

    def set_answer(self, row: TemplateRow, changes: Mapping[str, Any], now_ms: int) -> bool:
        """Write what Meta answered, unless an event has changed the row meanwhile. 2 WRU.

        `changes` are attributes with their values; None removes one.
        """
        condition = (
            (TemplateRow.status == row.status)
            & (TemplateRow.status_at == row.status_at)
            & (TemplateRow.components_at == row.components_at)
            & (TemplateRow.category_at == row.category_at)
            & (TemplateRow.change_at == row.change_at)
        )
        return self._update(row, _actions({**changes, "updated_at": now_ms}), condition)

    def set_event(
        self, row: TemplateRow, matter: str, changes: Mapping[str, Any], at_ms: int, now_ms: int
    ) -> bool:
        """Write what Meta reported for `at_ms` of a matter, unless a newer report is known. 2 WRU.

        `matter` is `status`, `flag`, `quality`, `components`, `category` or `change`; the same
        report is written again.
        """
        when = f"{matter}_at"
        actions = _actions({**changes, when: at_ms, "updated_at": now_ms})
        return self._update(row, actions, getattr(TemplateRow, when) <= at_ms)

    def note_seen(self, row: TemplateRow, at_ms: int) -> None:
        """Write that a comparison with Meta has met the template. 2 WRU."""
        self._update(row, [TemplateRow.seen_at.set(at_ms)], TemplateRow.seen_at < at_ms)

    @staticmethod
    def _update(row: TemplateRow, actions: Iterable[Action], condition: Condition) -> bool:
        try:
            row.update(
                actions=list(actions),
                condition=TemplateRow.id.exists()
                & TemplateRow.deleted_at.does_not_exist()
                & condition,
            )
        except UpdateError as error:
            if is_condition_failure(error):
                return False
            raise
        return True


def _alive(wanted: Mapping[str, str]) -> Condition:
    condition = TemplateRow.deleted_at.does_not_exist()
    for attribute, value in wanted.items():
        condition &= getattr(TemplateRow, attribute) == value
    return condition


def _actions(changes: Mapping[str, Any]) -> list[Action]:
    attributes = {name: getattr(TemplateRow, name) for name in changes}
    return [
        attributes[name].remove() if value is None else attributes[name].set(value)
        for name, value in changes.items()
    ]


def _index_key(row: TemplateRow) -> dict[str, dict[str, str]]:
    """Return where a query of the index goes on after `row`."""
    key = {"tenant_id": row.tenant_id, "name_key": row.name_key, "id": row.id}
    return {name: {"S": str(value)} for name, value in key.items()}


def name_taken(name: str, language: str) -> Conflict:
    """Return the error for a template that exists already."""
    return Conflict(
        f"There is a template {name!r} in {language} already; choose another name.",
        code="template_exists",
    )


def _missing() -> NotFound:
    return NotFound("There is no such template.")
