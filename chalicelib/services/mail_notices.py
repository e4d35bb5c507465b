"""Mails without a link that give anything away: what has happened to a business, to its owners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from chalicelib.core import aws
from chalicelib.core.clock import to_iso
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.envelopes import UnknownEnvelope, write_envelope
from chalicelib.core.errors import NotFound
from chalicelib.core.log import log
from chalicelib.services import mail
from chalicelib.storage.tenants import get_tenant, get_user
from chalicelib.storage.users import OWNER, Users

Notice = Literal["deletion_requested", "deletion_called_off"]


def tell_owners(tenant_id: str, notice: Notice, due_at: int) -> None:
    """Have a notice mailed to each owner of a business. One query a megabyte, a request for ten."""
    bodies = []
    cursor: str | None = None
    while True:
        page = Users(tenant_id).page(100, cursor)
        for user in page.items:
            if user.role == OWNER and user.state == "active":
                body = write_envelope(
                    "notice", tenant_id, notice=notice, user_id=user.id, due_at=due_at
                )
                bodies.append((body, tenant_id, 0))
        cursor = page.next_cursor
        if cursor is None:
            break
    aws.send_messages(settings().mail_queue_url, bodies)


def send_notice(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    """Mail a notice to a user who is there still. 1 RRU, one request; raises as `mail.send`.

    Raises UnknownEnvelope for a notice that only newer code can have asked for.
    """
    if envelope["notice"] not in get_args(Notice):
        message = f"no words for the notice {envelope['notice']!r}"
        raise UnknownEnvelope(message)
    try:
        user = get_user(ctx.tenant_id, str(envelope["user_id"]))
        business = mail.one_line(get_tenant(ctx.tenant_id).name)
    except NotFound:
        return
    subject, text = _words(envelope["notice"], business, to_iso(int(envelope["due_at"]))[:10])
    mail.send(user.email, subject, text)
    log.info("a notice was sent", extra={"notice": envelope["notice"], "mail_user_id": user.id})


def _words(notice: Notice, business: str, day: str) -> tuple[str, str]:
    """Return subject and text of a notice."""
    if notice == "deletion_called_off":
        return (
            f"{business} stays on Parley",
            f"""The deletion of {business} was called off; all is as it was.

Campaigns that it stopped are paused, or drafts again: resume or schedule them.
""",
        )
    return (
        f"{business} will be deleted from Parley on {day}",
        f"""An owner of {business} has asked for its deletion.

On {day} all of it is erased for good: contacts, messages, files, campaigns, the team. Until then
nothing can be changed, no campaign sends, and everything can be read and exported.

To keep the business, sign in as an owner and call the deletion off.
""",
    )
