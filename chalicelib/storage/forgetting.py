"""The single changes by which a person is taken out of what a business keeps.

Each is one conditional or idempotent write: again, it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from botocore.exceptions import ClientError
from pynamodb.exceptions import DeleteError, UpdateError

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.storage.audit import AuditRow
from chalicelib.storage.base import Change, is_condition_failure, join_key
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.conversation_row import ConversationRow
from chalicelib.storage.erasures import (
    WAITING,
    Erasures,
    Subject,
    Suppressions,
    identities_of,
)
from chalicelib.storage.exports import FAILED, ExportRow
from chalicelib.storage.holdings import Item
from chalicelib.storage.idempotency import IdempotencyRow
from chalicelib.storage.imports import ImportPartRow
from chalicelib.storage.message_state import SEALED
from chalicelib.storage.messages import MessageRow

REVOKED = "The file held, or may have held, a person who was erased; export it again."
_PIECE = 1024 * 1024


def keep_opt_outs(ctx: TenantContext, subject: Subject, now_ms: int) -> int:
    """Opt out contacts that have the person's phone or user ids, if the person had opted out.

    An opt-out that is kept is used up by whoever comes back (storage.contacts), so one that is
    there beside such a contact was missed. Returns how many; 1 RRU an identity.
    """
    contacts, count = Contacts(ctx), 0
    identities = [
        *((one, None) for one in subject.phones),
        *((None, one) for one in subject.user_ids),
    ]
    for phone, user_id in identities:
        kept = Suppressions(ctx).find(identities_of(phone, [user_id]))
        owner = next((one for one in contacts.find(phone, user_id) if one is not None), None)
        for row in kept.values():
            if owner is None:
                continue
            with suppress(NotFound):
                contacts.update(owner, {"opted_out_at": row.opted_out_at or now_ms}, now_ms)
                row.delete()
                count += 1
    return count


def take_on(ctx: TenantContext, subject: Subject, contact_id: str) -> Subject | None:
    """Remove a contact that became the person, and take on whoever had become that one.

    None if it is gone already. 1 RRU and 8 WRU.
    """
    try:
        row = Contacts(ctx).get(contact_id)
    except NotFound:
        return None
    erasures = Erasures(ctx)
    first = subject.contact_ids[0]
    known = erasures.open_subject(first)
    ids = dict.fromkeys((*subject.contact_ids, *(row.merged_ids or ())))
    grown = replace(subject, contact_ids=tuple(ids))
    erasures.put(erasures.open_row(first, grown, 0 if known is None else known[1]))
    Contacts(ctx).remove(contact_id, lambda _: [erasures.gone_row(contact_id, WAITING)])
    return grown


def delete_conversation(ctx: TenantContext, contact_id: str) -> int:
    """Delete a conversation; return how many there were. 1 WRU."""
    row = ConversationRow(ctx.tenant_id, contact_id)
    try:
        row.delete(condition=ConversationRow.contact_id.exists())
    except DeleteError as error:
        if not is_condition_failure(error):
            raise
        return 0
    return 1


def delete_message(item: Item) -> None:
    """Delete a message. 1 WRU."""
    MessageRow(item["contact_key"]["S"], item["id"]["S"]).delete()


def blank_message(item: Item, gone: Sequence[str], now_ms: int) -> None:
    """Take attributes off a message, and seal it: no status moves it any more. 1 WRU."""
    names = {f"#g{n}": name for n, name in enumerate(gone)}
    aws.client("dynamodb").update_item(
        TableName=MessageRow.Meta.table_name,
        Key={"contact_key": item["contact_key"], "id": item["id"]},
        UpdateExpression=f"SET #rank = :sealed, erased_at = :now REMOVE {', '.join(names)}",
        ConditionExpression="attribute_exists(id)",
        ExpressionAttributeNames={"#rank": "rank", **names},
        ExpressionAttributeValues={":sealed": {"N": str(SEALED)}, ":now": {"N": str(now_ms)}},
    )


def delete_claim(ctx: TenantContext, import_id: str, phone: str) -> int:
    """Delete which row of an import named a phone first; return how many there were. 1 WRU."""
    row = ImportPartRow(join_key(ctx.tenant_id, import_id), f"phone#{phone}")
    try:
        row.delete(condition=ImportPartRow.row_id.exists())
    except DeleteError as error:
        if not is_condition_failure(error):
            raise
        return 0
    return 1


def replace_packed(item: Item, before: bytes, after: bytes) -> bool:
    """Replace the outcomes of a slice; False if they have changed. 1 WRU."""
    row = ImportPartRow(item["import_key"]["S"], item["row_id"]["S"])
    try:
        row.update(
            actions=[ImportPartRow.packed.set(after)], condition=ImportPartRow.packed == before
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def revoke_export(ctx: TenantContext, export_id: str, now_ms: int) -> None:
    """End an export, also one that was completed: its file goes. 1 WRU."""
    row = ExportRow(ctx.tenant_id, export_id)
    changes: list[Change] = [
        ExportRow.state.set(FAILED),
        ExportRow.error.set(REVOKED),
        ExportRow.completed_at.set(now_ms),
    ]
    with _if_it_holds():
        row.update(actions=changes, condition=ExportRow.state != FAILED)


def forget_details(ctx: TenantContext, record_id: str) -> None:
    """Forget what a record of the audit trail tells of before and after. 1 WRU."""
    changes: list[Change] = [AuditRow.details.remove(), AuditRow.salt.remove()]
    with _if_it_holds():
        AuditRow(ctx.tenant_id, record_id).update(actions=changes, condition=AuditRow.id.exists())


def forget_answer(ctx: TenantContext, key: str) -> None:
    """Forget what a repeated request would be answered: it is as if it had been cut off. 1 WRU."""
    changes: list[Change] = [IdempotencyRow.answer.remove(), IdempotencyRow.started_at.set(0)]
    with _if_it_holds():
        IdempotencyRow(ctx.tenant_id, key).update(
            actions=changes, condition=IdempotencyRow.key.exists()
        )


@contextmanager
def _if_it_holds() -> Iterator[None]:
    """Let a write pass whose condition does not hold: it is done already, or the item is gone."""
    try:
        yield
    except UpdateError as error:
        if not is_condition_failure(error):
            raise


def stream(key: str) -> Iterator[bytes]:
    """Yield a file of the bucket piece by piece; nothing of one that is gone. One request."""
    try:
        answer = aws.client("s3").get_object(Bucket=settings().bucket, Key=key)
    except ClientError as error:
        if aws.error_code(error) in {"NoSuchKey", "404"}:
            return
        raise
    yield from answer["Body"].iter_chunks(_PIECE)
