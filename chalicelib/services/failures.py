"""What Meta's answer to a send says beyond the message: of the person, the number, the account.

It goes to the inbound queue, as a status with the same code does, so that both have the same
effects (`reachability`, `account_reports`).
"""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.services import webhook_envelopes
from chalicelib.storage.tenants import Owner
from chalicelib.whatsapp.codes import PERSON_CODES
from chalicelib.whatsapp.errors import Retry, WhatsAppError

Message = tuple[str, str, int]


def envelopes(
    owner: Owner,
    campaign_id: str | None,
    error: WhatsAppError,
    recipient: tuple[str, str, str],
    at_ms: int,
    since_ms: int | None = None,
) -> list[Message]:
    """Return what is to be told; `recipient` is contact id, message id and address. Pure.

    What stops a campaign is of `since_ms`, if given: since when its token, number and template are
    as the call had them.
    """
    found: list[Message] = []
    if error.code is None:
        return found
    if error.code in PERSON_CODES and error.retry is Retry.NEVER:
        found.append(webhook_envelopes.refusal(owner, error.code, recipient, at_ms))
    if error.pauses:
        of_ms = at_ms if since_ms is None else since_ms
        found.append(webhook_envelopes.blocked(owner, campaign_id, error.code, of_ms))
    return found


def tell(
    ctx: TenantContext,
    number_id: str,
    error: WhatsAppError,
    recipient: tuple[str, str, str],
    at_ms: int,
) -> None:
    """Tell the inbound queue what an answer says, of a message of no campaign. 1 request at most.

    A process that dies before this leaves it to the next failure of the same kind.
    """
    said = envelopes(Owner(ctx.tenant_id, number_id), None, error, recipient, at_ms)
    if said:
        webhook_envelopes.put(said)
