"""A contact as an item: its attributes, what makes one, and what may change of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from pynamodb.attributes import JSONAttribute, ListAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib.core.ids import random_id
from chalicelib.storage.base import (
    IntegerAttribute,
    OptionalInteger,
    OptionalText,
    Row,
    TableMeta,
    table,
)

# A sort key of an index may have 1,024 bytes; casefolded characters take up to 4 each.
_NAME_KEY_LENGTH = 100

LISTED = [
    "phone",
    "bsuid",
    "username",
    "name",
    "country",
    "language",
    "tags",
    "fields",
    "opted_out_at",
    "marketing_opted_out_at",
    "undeliverable_at",
    "barred_code",
    "barred_at",
    "created_at",
    "updated_at",
]
"""The columns that a page of contacts by name has, besides the keys."""


class ByName(GlobalSecondaryIndex["ContactRow"]):
    """A tenant's contacts in order of their names, with what a list shows of them.

    The rest is left out, so that a change of it writes to no index: `last_seen_at` changes with
    each message of theirs, `marketing_sent` with each of a campaign's under a frequency cap.
    """

    class Meta:
        """Index settings."""

        index_name = "by_name"
        projection = IncludeProjection(LISTED)

    tenant_id = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class ContactRow(Row):
    """A person.

    `marketing_opted_out_at` is when the person stopped marketing in WhatsApp itself, or by 131050,
    and `marketing_changed_at` when they last said anything of it; until `cooling_until` Meta
    delivers them no marketing (131049), and `cooling_s` is how long that was for. `marketing_sent`
    are the campaigns that sent them marketing of late, `milliseconds:campaign id`. `last_seen_at`
    is when they last wrote. A person whom two messages could not reach (131026) is
    `undeliverable_at` since the second; `unreached_wamid` is the first. Since
    `barred_at` WhatsApp takes no messages to them for the reason of `barred_code`, Meta's code.
    `parent_bsuid` is the user id that linked portfolios share, `previous_bsuids` are those that
    Meta has replaced by `bsuid`. A row with `merged_into` turned out to be the same person as that
    contact, which has its identities now and names it in `merged_ids`; `absorbing` names, at that
    contact, those whose threads have yet to be copied into its own.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("contacts")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    phone = OptionalText()
    bsuid = OptionalText()
    name = UnicodeAttribute(default="")
    name_key = UnicodeAttribute()
    country = OptionalText()
    language = OptionalText()
    tags: ListAttribute[str] = ListAttribute(default=list)
    fields = JSONAttribute(default=dict)
    opted_out_at = OptionalInteger()
    marketing_opted_out_at = OptionalInteger()
    marketing_changed_at = OptionalInteger()
    cooling_until = OptionalInteger()
    cooling_s = OptionalInteger()
    marketing_sent: ListAttribute[str] = ListAttribute(null=True)
    undeliverable_at = OptionalInteger()
    unreached_wamid = OptionalText()
    barred_code = OptionalInteger()
    barred_at = OptionalInteger()
    username = OptionalText()
    parent_bsuid = OptionalText()
    last_seen_at = OptionalInteger()
    previous_bsuids: ListAttribute[str] = ListAttribute(default=list)
    merged_into = OptionalText()
    merged_ids: ListAttribute[str] = ListAttribute(null=True)
    absorbing: ListAttribute[str] = ListAttribute(default=list)
    version = IntegerAttribute(default=1)
    created_at = IntegerAttribute()
    updated_at = IntegerAttribute()
    by_name = ByName()


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact that is not there yet; `phone` is E.164 with its plus."""

    phone: str | None = None
    bsuid: str | None = None
    name: str = ""
    country: str | None = None
    language: str | None = None
    tags: Sequence[str] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    opted_out_at: int | None = None
    username: str | None = None
    parent_bsuid: str | None = None
    previous_bsuids: Sequence[str] = ()
    id: str = field(default_factory=lambda: random_id("con"))


class ContactChanges(TypedDict, total=False):
    """What to change: an absent key stays, None removes."""

    name: str
    country: str | None
    language: str | None
    tags: Sequence[str]
    fields: Mapping[str, str]
    opted_out_at: int | None
    username: str | None
    parent_bsuid: str | None
    undeliverable_at: None
    unreached_wamid: None
    barred_code: None
    barred_at: None


# What is forgotten of a contact that WhatsApp could not reach, or takes no messages for.
REACHABLE: ContactChanges = {
    "undeliverable_at": None,
    "unreached_wamid": None,
    "barred_code": None,
    "barred_at": None,
}


def fold_name(name: str) -> str:
    """Return `name` as lists sort and search it: composed, caseless, cut to what an index takes."""
    return unicodedata.normalize("NFC", name).casefold().strip()[:_NAME_KEY_LENGTH]


def name_key(name: str, contact_id: str) -> str:
    """Return where a contact stands in the order of names."""
    return f"{fold_name(name)}#{contact_id}"


def new_row(tenant_id: str, draft: ContactDraft, now_ms: int) -> ContactRow:
    """Return the item that `draft` becomes; nothing is written."""
    return ContactRow(
        tenant_id,
        draft.id,
        phone=draft.phone,
        bsuid=draft.bsuid,
        name=draft.name,
        name_key=name_key(draft.name, draft.id),
        country=draft.country,
        language=draft.language,
        tags=_tags(draft.tags),
        fields=dict(draft.fields),
        opted_out_at=draft.opted_out_at,
        username=draft.username,
        parent_bsuid=draft.parent_bsuid,
        previous_bsuids=list(draft.previous_bsuids),
        created_at=now_ms,
        updated_at=now_ms,
    )


def _tags(tags: Iterable[str]) -> list[str]:
    return sorted(set(tags))


def changed_values(contact_id: str, changes: ContactChanges) -> dict[str, Any]:
    """Return the columns that `changes` set, None for those that they remove."""
    values: dict[str, Any] = dict(changes)
    if "tags" in changes:
        values["tags"] = _tags(changes["tags"])
    if "fields" in changes:
        values["fields"] = dict(changes["fields"])
    if "name" in changes:
        values["name_key"] = name_key(changes["name"], contact_id)
    return values


def update_actions(contact_id: str, changes: ContactChanges, now_ms: int) -> list[Action]:
    """Return the update of a contact's item that makes `changes` and counts its version."""
    values = {**changed_values(contact_id, changes), "updated_at": now_ms}
    columns = ContactRow.get_attributes()
    return [
        ContactRow.version.add(1),
        *(
            columns[name].remove() if value is None else columns[name].set(value)
            for name, value in values.items()
        ),
    ]
