"""Embedded Signup: from the code that the browser was given to numbers that send.

    exchange   the code for a business token         once, within 30 s; nothing is kept before it
    inspect    does the token reach the account?     with the app's own token
    keep       account, token, routing key           one transaction: from here on all can go on
    subscribe  the account's webhooks to Parley      `accounts.sync` repeats it
    connect    the number, or all of the account     `accounts.sync` repeats it
    set up     register, or sync a coexistence one   `number_setup.register` repeats it

What fails after `keep` is no error of the request: account and numbers say where they stand and
what to do. A signup that dies before `keep` leaves nothing; repeating it in the browser gives
another code for the same account.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Invalid, Upstream
from chalicelib.core.log import log
from chalicelib.core.secrets import platform_secrets
from chalicelib.schemas.accounts import SignupConfigOut, SignupOut, SignupRequest
from chalicelib.schemas.numbers import NumberSetupOut
from chalicelib.services import accounts
from chalicelib.services.account_state import account_out
from chalicelib.services.numbers import account_fields as described
from chalicelib.storage.accounts import AccountRow, Accounts
from chalicelib.storage.numbers import Numbers, find_number, taken
from chalicelib.whatsapp import numbers as meta, onboarding
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.errors import NotSent, OutcomeUnknown, WhatsAppError, as_app_error

_COEXISTENCE = "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING"
# The code was used, or has expired, or is none: another signup gives another.
_CODE_SUBCODES = frozenset({36007, 36008, 36009})
_BAD_PARAMETER = 100


def config() -> SignupConfigOut:
    """Return what the browser needs to open Embedded Signup."""
    config_id = settings().meta_config_id or None
    app_id = platform_secrets().meta_app_id
    return SignupConfigOut(
        is_available=config_id is not None and bool(app_id),
        app_id=app_id,
        config_id=config_id,
        graph_version=settings().graph_version,
    )


def finish(ctx: TenantContext, body: SignupRequest, clock: Clock = SYSTEM_CLOCK) -> SignupOut:
    """Carry out what the browser began; see the table above.

    Raises Invalid for a code or an account that Meta does not take, Conflict where another tenant
    has the account or the number, Upstream where Parley's own app is not set up right, Unavailable
    where Meta cannot be reached. 5 calls of Meta, and 1 to 2 for each number.
    """
    if body.event == "CANCEL" or body.code is None:
        return _cancelled(body)
    token = _exchange(body.code.get_secret_value())
    waba_id = _account_of(token, body.waba_id)
    found = _describe(token, waba_id)
    if body.phone_number_id is not None:
        owner = find_number(body.phone_number_id)
        if owner is not None and owner.tenant_id != ctx.tenant_id:
            raise taken()
    fields = replace(
        described(found),
        business_id=found.business_id or body.business_id,
        token_ciphertext=aws.encrypt(ctx.tenant_id, token),
    )
    row = Accounts(ctx).claim(waba_id, fields, clock.now_ms())
    numbers = _bring_in(ctx, row, token, body, clock)
    row = accounts.note_description(ctx, Accounts(ctx).get(waba_id), found, clock.now_ms())
    return SignupOut(
        outcome="connected" if numbers else "account_only",
        message=_message(row, numbers),
        account=account_out(row, clock.now_ms()),
        numbers=numbers,
    )


def _bring_in(
    ctx: TenantContext, row: AccountRow, token: str, body: SignupRequest, clock: Clock
) -> list[NumberSetupOut]:
    """Subscribe, and connect what the signup was about; what Meta refuses stands on the account."""
    try:
        accounts.subscribe(ctx, row, token, clock)
        found = accounts.numbers_at_meta(token, row.id)
    except WhatsAppError as error:
        log.warning("a signup stopped after the account", extra={"code": error.code})
        return []
    # Numbers that are connected already get the new token too: theirs may be why this was begun.
    known = {number.phone_number_id for number in Numbers(ctx).of_account(row.id)}
    wanted = [
        replace(
            fields,
            is_on_biz_app=fields.is_on_biz_app
            or (body.event == _COEXISTENCE and fields.phone_number_id not in known),
        )
        for fields in found
        if body.phone_number_id in {None, fields.phone_number_id} or fields.phone_number_id in known
    ]
    pin = None if body.pin is None else body.pin.get_secret_value()
    return [accounts.connect_found(ctx, row, token, fields, pin, clock) for fields in wanted]


def _exchange(code: str) -> str:
    """Return the business token for a code. One call of Meta, never repeated: it uses the code."""
    secrets = platform_secrets()
    request = onboarding.exchange_request(secrets.meta_app_id, secrets.meta_app_secrets[0], code)
    try:
        token = onboarding.read_token(graph_client().call(None, request, retry_for_s=0))
    except (NotSent, OutcomeUnknown) as error:
        raise as_app_error(error) from error
    except WhatsAppError as error:
        if error.code == _BAD_PARAMETER or error.subcode in _CODE_SUBCODES:
            raise _invalid(
                "code",
                f"WhatsApp does not take the code: {error.detail} A code works once and for 30 "
                "seconds; begin the signup again.",
            ) from error
        log.error("the Meta app is not set up right", extra={"code": error.code})
        raise Upstream(
            f"WhatsApp does not accept Parley's own app: {error.detail} Its operator has to check "
            "the app's id and secret.",
            code="signup_app_refused",
        ) from error
    if token is None:
        raise Upstream("WhatsApp answered without a token; begin the signup again.")
    return token


def _account_of(token: str, waba_id: str | None) -> str:
    """Return the account that the signup is about, once the token is known to reach it."""
    secrets = platform_secrets()
    by_app = onboarding.app_token(secrets.meta_app_id, secrets.meta_app_secrets[0])
    try:
        answer = graph_client().call(by_app, onboarding.inspect_request(token))
    except WhatsAppError as error:
        raise as_app_error(error) from error
    inspection = onboarding.read_inspection(answer)
    if not inspection.is_valid or inspection.app_id != secrets.meta_app_id:
        raise _invalid("code", "The login was for another app, or is over; begin again.")
    account = waba_id or inspection.only_account()
    if account is None:
        raise _invalid(
            "waba_id",
            "The login reaches several accounts; name the one that the signup window told.",
        )
    missing = inspection.missing_scopes(account)
    if missing:
        raise _invalid(
            "waba_id",
            f"The login does not give Parley {' and '.join(missing)} for the account {account}; "
            "begin the signup again, choose this account and leave every permission on.",
        )
    return account


def _describe(token: str, waba_id: str) -> meta.AccountDescription:
    try:
        answer = graph_client().call(token, meta.account_request(waba_id))
    except WhatsAppError as error:
        raise as_app_error(error) from error
    return meta.read_account(answer)


def _cancelled(body: SignupRequest) -> SignupOut:
    """Return what a signup that did not end means; an error of Meta's is logged by its id."""
    if body.error_message:
        log.warning(
            "Embedded Signup failed",
            extra={"error_id": body.error_id, "session_id": body.session_id},
        )
        quoted = f" Quote {body.error_id} to Meta's support." if body.error_id else ""
        message = f"Meta ended the signup: {body.error_message}{quoted} Nothing was connected."
    else:
        where = f" at the step {body.current_step}" if body.current_step else ""
        message = f"The signup was left{where}. Nothing was connected; begin again at any time."
    return SignupOut(outcome="cancelled", message=message, account=None, numbers=[])


def _message(row: AccountRow, numbers: list[NumberSetupOut]) -> str:
    if not numbers:
        return (
            f"The account {row.name} is connected, without a number yet: add one, or sync the "
            "account once it has one."
        )
    waiting = [number for number in numbers if number.state != "green"]
    if not waiting:
        return "Connected and ready to send."
    return (
        f"Connected; {len(waiting)} of {len(numbers)} numbers need attention, as their problems "
        "say."
    )


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, code="signup_refused", errors=(FieldError(field, message),))
