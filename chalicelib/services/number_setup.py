"""Setting a number up, step by step: each may be repeated, and where it stopped is kept.

Subscribe the account's webhooks, then register the number with a PIN, or have a coexistence number
hand over its contacts and history. A PIN that Parley makes up is written, encrypted, before Meta
hears of it, so that no death in between leaves a number whose PIN nobody knows.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.schemas.numbers import (
    CodeRequest,
    CodeVerification,
    NumberOut,
    NumberRegister,
    NumberSetupOut,
    PinChange,
)
from chalicelib.services.number_calls import ask, call
from chalicelib.services.number_state import StepName, is_done, number_fields, number_out
from chalicelib.storage.active_campaigns import campaign_on
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.whatsapp import numbers as meta, onboarding
from chalicelib.whatsapp.errors import WhatsAppError, as_app_error, explain

_SYNC_STEPS: tuple[StepName, ...] = ("smb_app_state_sync", "history")


def go_on(
    ctx: TenantContext,
    row: NumberRow,
    pin: str | None = None,
    region: str | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> tuple[NumberRow, str | None, WhatsAppError | None]:
    """Do what is left of a number's setup; stop at the first step that fails.

    Returns the number, the PIN that it was registered with if the caller gave none, and what Meta
    said of the step that failed, which the number keeps. At most 3 calls of Meta; for each 3 RRU
    and 2 WRU.
    """
    steps: list[tuple[StepName, Callable[[], str | None]]] = [
        ("subscribe", lambda: _subscribe(ctx, row))
    ]
    if row.is_on_biz_app:
        steps += [(step, _syncing(ctx, row, step)) for step in _SYNC_STEPS]
    else:
        steps.append(("register", lambda: _register(ctx, row, pin, region)))
    made: str | None = None
    for step, act in steps:
        if is_done(row, step) and not (step == "register" and pin is not None):
            continue
        now_ms = clock.now_ms()
        try:
            made = act() or made
        except WhatsAppError as error:
            row = Numbers(ctx).note_step(row.id, step, _failure(error, now_ms))
            return row, made, error
        if step == "register":
            Numbers(ctx).note(row.id, {"status": "CONNECTED"}, now_ms)
        row = Numbers(ctx).note_step(row.id, step, {"state": "done", "at": now_ms})
    return row, made, None


def register(
    ctx: TenantContext, number_id: str, body: NumberRegister, clock: Clock = SYSTEM_CLOCK
) -> NumberSetupOut:
    """Go on with a number's setup, and register it with the PIN if one is given.

    Raises what Meta refuses, with the PIN as the field where it is the PIN.
    """
    row = Numbers(ctx).get(number_id)
    pin = None if body.pin is None else body.pin.get_secret_value()
    row, made, error = go_on(ctx, row, pin, body.data_localization_region, clock)
    if error is not None:
        raise _refusal(error) from error
    return NumberSetupOut(**number_fields(row), pin=made)


def deregister(ctx: TenantContext, number_id: str, clock: Clock = SYSTEM_CLOCK) -> NumberOut:
    """Take a number off the Cloud API; it stays connected and can be registered again.

    Raises Conflict for a coexistence number, and while a campaign sends from it.
    """
    row = Numbers(ctx).get(number_id)
    refuse_while_sending(ctx, row)
    deregister_at_meta(ctx, row)
    now_ms = clock.now_ms()
    Numbers(ctx).note(row.id, {"status": "DISCONNECTED"}, now_ms)
    return number_out(Numbers(ctx).note_step(row.id, "register", {"state": "due", "at": now_ms}))


def deregister_at_meta(ctx: TenantContext, row: NumberRow) -> None:
    """Make the call that deregisters; raise Conflict for a coexistence number."""
    if row.is_on_biz_app:
        raise Conflict(
            "This number is also in use in the WhatsApp Business app, so it cannot be "
            "deregistered here; end the link in the app: Settings, Account, Business platform.",
            code="coexistence_number",
        )
    try:
        call(ctx, row, onboarding.deregister_request(row.phone_number_id))
    except WhatsAppError as error:
        if error.code != onboarding.NOT_REGISTERED:
            raise as_app_error(error) from error


def change_pin(ctx: TenantContext, number_id: str, body: PinChange) -> NumberOut:
    """Set the number's PIN of two-step verification, and keep it for later registrations."""
    row = Numbers(ctx).get(number_id)
    pin = body.pin.get_secret_value()
    ask(ctx, row, onboarding.pin_request(row.phone_number_id, pin))
    Numbers(ctx).keep_pin(row.id, aws.encrypt(ctx.tenant_id, pin))
    return number_out(Numbers(ctx).get(row.id))


def request_code(ctx: TenantContext, number_id: str, body: CodeRequest) -> None:
    """Have Meta send a verification code to the number; quiet if it is verified already."""
    row = Numbers(ctx).get(number_id)
    request = onboarding.code_request(row.phone_number_id, body.code_method, body.language)
    try:
        call(ctx, row, request)
    except WhatsAppError as error:
        if error.code != onboarding.VERIFIED_ALREADY:
            raise as_app_error(error) from error


def verify_code(
    ctx: TenantContext, number_id: str, body: CodeVerification, clock: Clock = SYSTEM_CLOCK
) -> NumberSetupOut:
    """Show Meta the code, then go on with the setup; where that stops, the number says."""
    row = Numbers(ctx).get(number_id)
    request = onboarding.verify_request(row.phone_number_id, body.code.replace("-", ""))
    try:
        call(ctx, row, request)
    except WhatsAppError as error:
        if error.code != onboarding.VERIFIED_ALREADY:
            raise as_app_error(error) from error
    row, made, _ = go_on(ctx, row, clock=clock)
    return NumberSetupOut(**number_fields(row), pin=made)


def refuse_while_sending(ctx: TenantContext, row: NumberRow) -> None:
    """Raise Conflict while a campaign is to be sent from the number."""
    campaign = campaign_on(ctx, row.id)
    if campaign is not None:
        raise Conflict(
            f"The campaign {campaign.name!r} is {campaign.state} on this number; cancel it, or let "
            "it end, first.",
            code="number_in_use",
        )


def _subscribe(ctx: TenantContext, row: NumberRow) -> None:
    call(ctx, row, meta.subscribe_request(row.waba_id))


def _syncing(ctx: TenantContext, row: NumberRow, step: StepName) -> Callable[[], None]:
    def sync() -> None:
        try:
            call(ctx, row, onboarding.sync_request(row.phone_number_id, step))
        except WhatsAppError as error:
            if error.code != onboarding.SYNCED_ALREADY:
                raise

    return sync


def _register(
    ctx: TenantContext, row: NumberRow, pin: str | None, region: str | None
) -> str | None:
    """Register with the PIN given; else with the one kept or a new one, which is returned."""
    numbers = Numbers(ctx)
    used = pin
    if used is None and row.pin_ciphertext:
        used = aws.decrypt(ctx.tenant_id, row.pin_ciphertext)
    if used is None:
        used = f"{secrets.randbelow(1_000_000):06d}"
        numbers.keep_pin(row.id, aws.encrypt(ctx.tenant_id, used))
    try:
        call(ctx, row, onboarding.register_request(row.phone_number_id, used, region))
    except WhatsAppError as error:
        if error.code == onboarding.PIN_MISMATCH and pin is None:
            numbers.keep_pin(row.id, None)  # not this number's; only its owner knows the right one
        raise
    if pin is None:
        return used
    numbers.keep_pin(row.id, aws.encrypt(ctx.tenant_id, pin))
    return None


def _failure(error: WhatsAppError, now_ms: int) -> dict[str, str | int | None]:
    return {"state": "failed", "at": now_ms, "code": error.code, "error": error.detail}


def _refusal(error: WhatsAppError) -> Exception:
    if error.code == onboarding.PIN_MISMATCH:
        message = f"{error.detail} {explain(error.code).next_step}"
        return Invalid(message, code="whatsapp_133005", errors=(FieldError("pin", message),))
    return as_app_error(error)
