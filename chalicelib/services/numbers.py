"""The WhatsApp numbers of a tenant: connected, looked at, disconnected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import AppError, Conflict, FieldError, Invalid, NotFound
from chalicelib.core.log import log
from chalicelib.schemas.numbers import (
    AllowanceOut,
    DisconnectedOut,
    Disconnecting,
    NumberConnect,
    NumberDetailOut,
    NumberList,
    NumberOut,
)
from chalicelib.services import plans
from chalicelib.services.allowance import allowance_of
from chalicelib.services.number_calls import call
from chalicelib.services.number_setup import deregister_at_meta, refuse_while_sending
from chalicelib.services.number_state import number_fields, number_out
from chalicelib.services.number_token import note_token_refused
from chalicelib.storage.accounts import AccountFields, Accounts
from chalicelib.storage.numbers import (
    Connection,
    NumberRow,
    Numbers,
    access_token,
    find_number,
    taken,
)
from chalicelib.whatsapp import numbers as meta
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.errors import (
    NotSent,
    OutcomeUnknown,
    TokenRefused,
    WhatsAppError,
    as_app_error as app_error,
)
from chalicelib.whatsapp.graph import read_next

__all__ = [
    "connect",
    "connection_of",
    "disconnect",
    "get_number",
    "list_numbers",
    "note_token_refused",
    "refresh",
]

ASK_INTERVAL_MS = 60_000
# Of 100 numbers each; Meta allows 20 numbers to a verified business.
_MOST_PAGES = 10
_GONE = 33
_NO_OBJECT = frozenset({_GONE, 100})
_TRIES = 5


def connect(ctx: TenantContext, body: NumberConnect, clock: Clock = SYSTEM_CLOCK) -> NumberOut:
    """Connect a number of Meta; again updates its token and fields.

    Asks Meta for the number, checks that it is of the account, and has the account's webhooks sent
    to Parley's app; then writes the number with the token encrypted, and its account. A process
    that dies in between leaves nothing but the subscription, which the next try repeats. Raises
    Invalid naming the field that Meta refused, Conflict if another tenant has the number or its
    account, or for the plan's limit. 4 requests to Meta.
    """
    owner = find_number(body.phone_number_id)
    if owner is not None and owner.tenant_id != ctx.tenant_id:
        raise taken()
    now_ms = clock.now_ms()
    token = body.access_token.get_secret_value()
    fields = _ask_for_number(token, body.phone_number_id)
    _check_account(token, body.waba_id, body.phone_number_id)
    try:
        graph_client().call(token, meta.subscribe_request(body.waba_id))
        account = meta.read_account(graph_client().call(token, meta.account_request(body.waba_id)))
    except WhatsAppError as error:
        raise _refusal(error, "waba_id") from error
    ciphertext = aws.encrypt(ctx.tenant_id, token)
    row = Numbers(ctx).connect(
        connection_of(fields, body.waba_id, ciphertext),
        now_ms,
        account_fields(account),
        limit=plans.limit(ctx, "numbers"),
    )
    step = {"state": "done", "at": now_ms}
    return number_out(Numbers(ctx).note_step(row.id, "subscribe", step))


def connection_of(fields: meta.NumberFields, waba_id: str, ciphertext: bytes) -> Connection:
    """Return what is written of a number as Meta describes it, with its encrypted token."""
    return Connection(
        phone_number_id=fields.phone_number_id,
        waba_id=waba_id,
        token_ciphertext=ciphertext,
        **reported(fields),
    )


def account_fields(account: meta.AccountDescription) -> AccountFields:
    """Return what is written of an account as Meta describes it."""
    return AccountFields(
        name=account.name,
        business_id=account.business_id,
        currency=account.currency,
        timezone_id=account.timezone_id,
        country=account.country,
    )


def reported(fields: meta.NumberFields) -> dict[str, Any]:
    """Return the fields of a number that Meta's answer gives, by their name in its row."""
    return {
        "display_phone_number": fields.display_phone_number,
        "verified_name": fields.verified_name,
        "quality_rating": fields.quality_rating,
        "throughput_level": fields.throughput_level,
        "status": fields.status,
        "messaging_limit": fields.messaging_limit,
        "name_status": fields.name_status,
        "is_on_biz_app": fields.is_on_biz_app,
        "health": fields.health,
    }


def get_number(ctx: TenantContext, number_id: str, clock: Clock = SYSTEM_CLOCK) -> NumberDetailOut:
    """Return a number, asked for at Meta at most once a minute; raise NotFound.

    14 RRU; 1 call of Meta, 2 RRU and 2 WRU when it is asked.
    """
    row = Numbers(ctx).get(number_id)
    now_ms = clock.now_ms()
    if row.disconnected_at is None and Numbers(ctx).claim_question(row, now_ms, ASK_INTERVAL_MS):
        row = refresh(ctx, row, now_ms)
    return NumberDetailOut(**number_fields(row), allowance=_allowance(ctx, row, clock))


def refresh(ctx: TenantContext, row: NumberRow, now_ms: int) -> NumberRow:
    """Ask Meta for a number and write what is newer than what is known; return the number.

    Meta not answering is no error of the caller's: the number says when it was last asked. A token
    that Meta refuses is written, and so is one that works again.
    """
    try:
        answer = graph_client().call(access_token(row), meta.number_request(row.phone_number_id))
    except TokenRefused as error:
        note_token_refused(ctx, row.id, error.detail, row.token_ciphertext)
    except WhatsAppError as error:
        if error.code == _GONE:
            words = f"It does not show the number any more. {error.detail}"
            note_token_refused(ctx, row.id, words, row.token_ciphertext)
        else:
            log.warning("a number could not be asked for", extra={"error": type(error).__name__})
    else:
        known: Mapping[str, Any] = {
            name: value
            for name, value in reported(meta.read_number(answer)).items()
            if value is not None
        }
        Numbers(ctx).note_token(row.id, None, row.token_ciphertext)
        Numbers(ctx).note(row.id, known, now_ms)
    return Numbers(ctx).get(row.id)


def list_numbers(ctx: TenantContext, limit: int, cursor: str | None) -> NumberList:
    """Return a page of the tenant's connected numbers; asks Meta nothing."""
    page = Numbers(ctx).page(limit, cursor)
    return NumberList(items=[number_out(row) for row in page.items], next_cursor=page.next_cursor)


def disconnect(
    ctx: TenantContext, number_id: str, options: Disconnecting, clock: Clock = SYSTEM_CLOCK
) -> DisconnectedOut:
    """Take a number out of Parley, so that it can be connected elsewhere; its history stays.

    With the last number of its account the webhooks end, and the account's token goes. Again it
    changes nothing. A death half-way leaves the number connected, with nothing that trying again
    does not finish. Raises Conflict while a campaign sends from it, and what Meta refuses; a token
    that Meta refuses does not keep a number from being disconnected. At most 3 calls of Meta.
    """
    row = Numbers(ctx).get(number_id)
    if row.disconnected_at is not None:
        return DisconnectedOut(id=row.id, is_unsubscribed=False, is_deregistered=False)
    refuse_while_sending(ctx, row)
    if options.deregister:
        deregister_at_meta(ctx, row)
    for _ in range(_TRIES):
        is_last = all(one.id == row.id for one in Numbers(ctx).of_account(row.waba_id))
        unsubscribed = is_last and _end_webhooks(ctx, row)
        if Numbers(ctx).disconnect(row, clock.now_ms(), is_last=is_last):
            log.info("number disconnected", extra={"number_id": row.id})
            return DisconnectedOut(
                id=row.id, is_unsubscribed=unsubscribed, is_deregistered=options.deregister
            )
        if unsubscribed:  # another number of the account was connected in between: it needs them
            call(ctx, row, meta.subscribe_request(row.waba_id))
    raise Conflict("Numbers of this account are being connected just now; try again.")


def _end_webhooks(ctx: TenantContext, row: NumberRow) -> bool:
    """End the account's webhooks to Parley; False where Meta no longer lets the token do it."""
    try:
        call(ctx, row, meta.unsubscribe_request(row.waba_id))
    except (NotSent, OutcomeUnknown) as error:
        raise app_error(error) from error
    except WhatsAppError as error:
        log.warning("webhooks could not be ended", extra={"code": error.code})
        return False
    return True


def _allowance(ctx: TenantContext, row: NumberRow, clock: Clock) -> AllowanceOut | None:
    try:
        account = Accounts(ctx).get(row.waba_id)
    except NotFound:
        return None
    found = allowance_of(account, row.messaging_limit, clock)
    if found is None:
        return None
    return AllowanceOut(limit=found.limit, used=found.used, remaining=found.remaining)


def _ask_for_number(token: str, phone_number_id: str) -> meta.NumberFields:
    try:
        fields = meta.read_number(graph_client().call(token, meta.number_request(phone_number_id)))
    except WhatsAppError as error:
        raise _refusal(error, "phone_number_id") from error
    return replace(fields, phone_number_id=phone_number_id)


def _check_account(token: str, waba_id: str, phone_number_id: str) -> None:
    """Raise Invalid unless the account holds the number."""
    after: str | None = None
    for _ in range(_MOST_PAGES):
        try:
            answer = graph_client().call(token, meta.account_numbers_request(waba_id, after))
        except WhatsAppError as error:
            raise _refusal(error, "waba_id") from error
        if phone_number_id in meta.read_ids(answer):
            return
        after = read_next(answer)
        if after is None:
            break
    raise _invalid(
        "waba_id",
        f"The account {waba_id} does not hold the number {phone_number_id}; give the id of the "
        "WhatsApp Business Account under which the number stands in WhatsApp Manager.",
    )


def _refusal(error: WhatsAppError, field: str) -> AppError:
    """Return what Meta refused as an error of one field, if a field can put it right."""
    if isinstance(error, TokenRefused):
        return _invalid("access_token", f"WhatsApp refused the access token: {error.detail}")
    if error.code in _NO_OBJECT:
        return _invalid(field, f"WhatsApp does not know this id: {error.detail}")
    return app_error(error)


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, code="number_refused", errors=(FieldError(field, message),))
