"""The media library of a tenant: files that it sends, and what Meta calls them.

What customers sent is not here: that stands on the message itself (`MessageRow.media`).
"""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError
from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import is_id
from chalicelib.storage.base import (
    IntegerAttribute,
    OptionalText,
    Page,
    Row,
    TableMeta,
    is_condition_failure,
    read_page,
    start_key,
    table,
)


class MediaRow(Row):
    """A file of the library; it never changes but for `meta_ids`.

    `key` and `thumbnail_key` are paths in the bucket's area `media`. `meta_ids` holds, for each
    phone number id of Meta that the file was uploaded to, Meta's media id and the millisecond from
    which on it is not used any more: `{"3001": {"id": "600", "until": 1794700000000}}`.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("media")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    mime_type = UnicodeAttribute()
    filename = UnicodeAttribute()
    size_bytes = IntegerAttribute()
    key = UnicodeAttribute()
    thumbnail_key = OptionalText()
    meta_ids: MapAttribute[str, dict[str, str | int]] = MapAttribute(default=dict)
    created_by = UnicodeAttribute()
    created_at = NumberAttribute()
    expires_at = IntegerAttribute()


@dataclass(frozen=True, slots=True)
class MetaId:
    """Meta's id of a file at one of its numbers, and until when it is used."""

    id: str
    until_ms: int


class MediaLibrary:
    """The files that one tenant sends."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def get(self, media_id: str) -> MediaRow:
        """Return a file as it is now; raise NotFound. 1 RRU."""
        if is_id("med", media_id):
            try:
                return MediaRow.get(self._tenant_id, media_id, consistent_read=True)
            except DoesNotExist:
                pass
        raise _missing()

    def page(self, limit: int, cursor: str | None) -> Page[MediaRow]:
        """Return a page of files, newest first. 0.5 RRU per 4 KB."""
        scope = f"{self._tenant_id}|media"
        results = MediaRow.query(
            self._tenant_id,
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def add(self, row: MediaRow) -> bool:
        """Write a file; False if it is there already, and stays as it is. 1 WRU."""
        row.tenant_id = self._tenant_id
        try:
            row.save(condition=MediaRow.id.does_not_exist())
        except PutError as error:
            if is_condition_failure(error):
                return False
            raise
        return True

    def delete(self, media_id: str) -> None:
        """Delete a file's row; one that is gone stays gone. 1 WRU."""
        MediaRow(self._tenant_id, media_id).delete()

    @staticmethod
    def meta_ids(row: MediaRow) -> dict[str, MetaId]:
        """Return Meta's ids of a file by Meta's phone number id, those that have run out too."""
        found = row.meta_ids.as_dict()
        return {
            phone_number_id: MetaId(str(value["id"]), int(value["until"]))
            for phone_number_id, value in found.items()
        }

    def keep_meta_id(self, row: MediaRow, phone_number_id: str, new: MetaId, now_ms: int) -> MetaId:
        """Keep Meta's id of a file, unless a usable one is there: then return that one. 1 to 2 WRU.

        So of two uploads at once one id wins. Raises NotFound if the file was deleted meanwhile.
        """
        try:
            aws.client("dynamodb").update_item(
                TableName=MediaRow.Meta.table_name,
                Key={"tenant_id": {"S": self._tenant_id}, "id": {"S": row.id}},
                UpdateExpression="SET meta_ids.#number = :new",
                ConditionExpression=(
                    "attribute_exists(id) AND (attribute_not_exists(meta_ids.#number)"
                    " OR meta_ids.#number.#until <= :now)"
                ),
                ExpressionAttributeNames={"#number": phone_number_id, "#until": "until"},
                ExpressionAttributeValues={
                    ":new": {"M": {"id": {"S": new.id}, "until": {"N": str(new.until_ms)}}},
                    ":now": {"N": str(now_ms)},
                },
            )
        except ClientError as error:
            if aws.error_code(error) != "ConditionalCheckFailedException":
                raise
            return self.meta_ids(self.get(row.id)).get(phone_number_id, new)
        return new


def _missing() -> NotFound:
    return NotFound("There is no such file; it may have been deleted or have expired.")
