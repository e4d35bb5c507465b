"""Connecting a WhatsApp number to a tenant, and the token that sends from it."""

from __future__ import annotations

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import AppError, FieldError, Invalid
from chalicelib.schemas.numbers import NumberConnect, NumberList, NumberOut
from chalicelib.services.number_token import note_token_refused
from chalicelib.storage.numbers import (
    Connection,
    NumberRow,
    Numbers,
    find_number,
    messages_per_s,
    taken,
)
from chalicelib.whatsapp import numbers as meta
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.errors import TokenRefused, WhatsAppError, as_app_error

__all__ = ["connect", "get_number", "list_numbers", "note_token_refused"]

# Of 100 numbers each; Meta allows 20 numbers to a verified business.
_MOST_PAGES = 10
_NO_OBJECT = frozenset({33, 100})


def connect(ctx: TenantContext, body: NumberConnect, clock: Clock = SYSTEM_CLOCK) -> NumberOut:
    """Connect a number of Meta; again updates its token and fields.

    Asks Meta for the number, checks that it is of the account, and has the account's webhooks sent
    to Parley's app; then writes the number with the token encrypted. A process that dies in between
    leaves nothing but the subscription, which the next try repeats. Raises Invalid naming the field
    that Meta refused, Conflict if another tenant has the number. 3 requests to Meta.
    """
    owner = find_number(body.phone_number_id)
    if owner is not None and owner.tenant_id != ctx.tenant_id:
        raise taken()
    token = body.access_token.get_secret_value()
    fields = _ask_for_number(token, body.phone_number_id)
    _check_account(token, body.waba_id, body.phone_number_id)
    try:
        graph_client().call(token, meta.subscribe_request(body.waba_id))
    except WhatsAppError as error:
        raise _refusal(error, "waba_id") from error
    connection = Connection(
        phone_number_id=body.phone_number_id,
        waba_id=body.waba_id,
        display_phone_number=fields.display_phone_number,
        verified_name=fields.verified_name,
        quality_rating=fields.quality_rating,
        throughput_level=fields.throughput_level,
        status=fields.status,
        token_ciphertext=aws.encrypt(ctx.tenant_id, token),
    )
    return _out(Numbers(ctx).connect(connection, clock.now_ms()))


def get_number(ctx: TenantContext, number_id: str) -> NumberOut:
    """Return a number of the tenant; raise NotFound."""
    return _out(Numbers(ctx).get(number_id))


def list_numbers(ctx: TenantContext, limit: int, cursor: str | None) -> NumberList:
    """Return a page of the tenant's numbers."""
    page = Numbers(ctx).page(limit, cursor)
    return NumberList(items=[_out(row) for row in page.items], next_cursor=page.next_cursor)


def _ask_for_number(token: str, phone_number_id: str) -> meta.NumberFields:
    try:
        return meta.read_number(graph_client().call(token, meta.number_request(phone_number_id)))
    except WhatsAppError as error:
        raise _refusal(error, "phone_number_id") from error


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
        after = meta.read_next(answer)
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
    return as_app_error(error)


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, code="number_refused", errors=(FieldError(field, message),))


def _out(row: NumberRow) -> NumberOut:
    return NumberOut(
        id=row.id,
        phone_number_id=row.phone_number_id,
        waba_id=row.waba_id,
        display_phone_number=row.display_phone_number,
        verified_name=row.verified_name,
        quality_rating=row.quality_rating,
        throughput_level=row.throughput_level,
        messages_per_s=messages_per_s(row),
        status=row.status,
        connected_at=to_iso(int(row.connected_at)),
    )
