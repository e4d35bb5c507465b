"""How a template is kept: one item, and an index by name that puts its languages side by side."""

from __future__ import annotations

from pynamodb.attributes import (
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.storage.base import (
    IntegerAttribute,
    OptionalInteger,
    OptionalText,
    Row,
    TableMeta,
    join_key,
    table,
)


class ByName(GlobalSecondaryIndex["TemplateRow"]):
    """A tenant's templates in order of their names."""

    class Meta:
        """Index settings."""

        index_name = "by_name"
        projection = AllProjection()

    tenant_id = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class TemplateRow(Row):
    """A template and what Meta says of it.

    `components` is Meta's own JSON; `variables` the names of the values that a send needs, e.g.
    `body.1`. `rejection` is Meta's `reason` and `recommendation`; `pause` its `title` and
    `description`, and `until_ms`. `correct_category` is what Meta will charge from
    `category_due_at` on. `edited_at` are the moments at which an approved text was edited, which
    Meta limits. `status_at`, `quality_at`, `components_at`, `category_at` and `change_at` (of
    the announced category) are Meta's times of
    the newest event of each matter, `asked_at` when Meta was last asked, `seen_at` when a
    comparison with Meta last met the template. `deleted_at` is set for 30 days on a template whose
    name Meta keeps for so long; such a row is found by nobody but who asks for that name.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("templates")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name_key = UnicodeAttribute(null=True)
    number_id = UnicodeAttribute()
    waba_id = UnicodeAttribute()
    meta_template_id = UnicodeAttribute()
    name = UnicodeAttribute()
    language = UnicodeAttribute()
    category = UnicodeAttribute()
    status = UnicodeAttribute()
    rejected_reason = OptionalText()
    components = JSONAttribute()
    variables = ListAttribute(of=UnicodeAttribute)
    parameter_format = UnicodeAttribute(default="POSITIONAL")
    ttl_s = OptionalInteger()
    quality_score = UnicodeAttribute(default="UNKNOWN")
    previous_category = OptionalText()
    correct_category = OptionalText()
    category_due_at = OptionalInteger()
    rejection = JSONAttribute(null=True)
    pause = JSONAttribute(null=True)
    disabled_at = OptionalInteger()
    edited_at = JSONAttribute(default=list)
    created_at = NumberAttribute()
    updated_at = NumberAttribute()
    status_at = NumberAttribute(default=0)
    flag_at = IntegerAttribute(default=0)
    quality_at = IntegerAttribute(default=0)
    components_at = IntegerAttribute(default=0)
    category_at = IntegerAttribute(default=0)
    change_at = IntegerAttribute(default=0)
    asked_at = NumberAttribute(default=0)
    seen_at = IntegerAttribute(default=0)
    deleted_at = OptionalInteger()
    expires_at = OptionalInteger()
    by_name = ByName()


def name_key(name: str, waba_id: str = "", language: str = "") -> str:
    """Return the key of the index, or what the keys of a name or of an account's name begin with.

    The separator sorts before every character of a name, so the languages of one name stand
    together.
    """
    return join_key(name, *((waba_id, language) if waba_id else ("",)))
