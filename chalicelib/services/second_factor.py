"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes.

    none     → pending   begin: a secret is made and shown
    pending  → on        a code of that secret: ten recovery codes are shown
    on       → none      a code or a recovery code

A code is good in its own 30 seconds and the ones next to them, for clocks that are off, and once:
the step it was of is kept, and only a later one counts. Recovery codes are 80 random bits, kept as
hashes, and leave the set when they are used. The secret is encrypted with the tenants' key.
"""

from __future__ import annotations

import hashlib
import secrets

import pyotp

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Invalid, Unauthenticated
from chalicelib.schemas.auth import RecoveryCodes, TotpBegin, TotpChange, TotpSecret
from chalicelib.services.passwords import is_password
from chalicelib.services.rate_limits import Limit, forgive, spend
from chalicelib.storage.tenants import UserRow
from chalicelib.storage.users import Users

# A million codes, three good at a time: ten tries in a quarter of an hour leave nothing to guess.
# Only who knows the password gets here, so it locks nobody out.
CODES_PER_USER = Limit("totp", attempts=10, window_s=900)
RECOVERY_CODES = 10
_STEP_S = 30


def begin(ctx: TenantContext, body: TotpBegin, clock: Clock = SYSTEM_CLOCK) -> TotpSecret:
    """Make a secret for a user without a second factor; it counts once a code confirms it.

    Raises Unauthenticated for a wrong password, Conflict where there is a second factor already.
    """
    user = Users(ctx.tenant_id).get(ctx.user_id)
    spend(CODES_PER_USER, user.id, clock)
    if not is_password(body.password.get_secret_value(), user.password_hash):
        raise Unauthenticated("The password is wrong.", code="wrong_credentials")
    forgive(CODES_PER_USER, user.id, clock)
    secret = pyotp.random_base32()
    kept = Users(ctx.tenant_id).change(
        user.id,
        UserRow.totp_pending.set(aws.encrypt(ctx.tenant_id, secret)),
        only_if=UserRow.totp_secret.does_not_exist(),
    )
    if not kept:
        raise Conflict(
            "There is a second factor already; switch it off first.", code="second_factor_on"
        )
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name="Parley")
    return TotpSecret(secret=secret, uri=uri)


def change(ctx: TenantContext, body: TotpChange, clock: Clock = SYSTEM_CLOCK) -> RecoveryCodes:
    """Switch the second factor on or off with a code; each is once.

    Raises Invalid for a code that is not good, Conflict where there is nothing to switch.
    """
    user = Users(ctx.tenant_id).get(ctx.user_id)
    spend(CODES_PER_USER, user.id, clock)
    if not body.is_enabled:
        _switch_off(user, body.code, clock)
        codes: list[str] = []
    else:
        codes = _switch_on(user, body.code, clock)
    forgive(CODES_PER_USER, user.id, clock)
    return RecoveryCodes(is_enabled=body.is_enabled, recovery_codes=codes)


def check(user: UserRow, code: str | None, clock: Clock = SYSTEM_CLOCK) -> None:
    """Return if the user has no second factor, or `code` is good; it is used up by that. 3 WRU.

    Raises Unauthenticated `second_factor_required` or `wrong_code`, TooManyRequests.
    """
    if user.totp_secret is None:
        return
    if code is None:
        raise Unauthenticated(
            "Send the code of your authenticator app as well.", code="second_factor_required"
        )
    spend(CODES_PER_USER, user.id, clock)
    if not (_use_code(user, code, clock) or _use_recovery_code(user, code)):
        raise Unauthenticated(
            "The code is wrong, or was used before; wait for the next one.", code="wrong_code"
        )
    forgive(CODES_PER_USER, user.id, clock)


def _switch_on(user: UserRow, code: str, clock: Clock) -> list[str]:
    if user.totp_secret is not None or user.totp_pending is None:
        raise Conflict(
            "There is no second factor that waits to be confirmed; begin anew.",
            code="nothing_to_confirm",
        )
    step = _step_of(aws.decrypt(user.tenant_id, user.totp_pending), code, clock)
    if step is None:
        raise _not_good()
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    kept = Users(user.tenant_id).change(
        user.id,
        UserRow.totp_secret.set(user.totp_pending),
        UserRow.totp_step.set(step),
        UserRow.recovery_hashes.set({_hash(user.id, code) for code in codes}),
        UserRow.totp_pending.remove(),
        only_if=(UserRow.totp_pending == user.totp_pending) & UserRow.totp_secret.does_not_exist(),
    )
    if not kept:
        raise Conflict("The second factor was begun anew; use its newest code.", code="changed")
    return codes


def _switch_off(user: UserRow, code: str, clock: Clock) -> None:
    if user.totp_secret is None:
        raise Conflict("There is no second factor to switch off.", code="second_factor_off")
    if not (_use_code(user, code, clock) or _use_recovery_code(user, code)):
        raise _not_good()
    Users(user.tenant_id).change(
        user.id,
        UserRow.totp_secret.remove(),
        UserRow.totp_pending.remove(),
        UserRow.totp_step.remove(),
        UserRow.recovery_hashes.remove(),
    )


def _use_code(user: UserRow, code: str, clock: Clock) -> bool:
    """Tell whether a code is good now; it is used up by that, for two at once as well. 1 WRU."""
    if user.totp_secret is None:
        return False
    step = _step_of(aws.decrypt(user.tenant_id, user.totp_secret), code, clock)
    return step is not None and Users(user.tenant_id).change(
        user.id,
        UserRow.totp_step.set(step),
        only_if=(UserRow.totp_secret == user.totp_secret)
        & (UserRow.totp_step.does_not_exist() | (UserRow.totp_step < step)),
    )


def _use_recovery_code(user: UserRow, code: str) -> bool:
    hashed = _hash(user.id, code)
    if hashed not in (user.recovery_hashes or set()):
        return False
    return Users(user.tenant_id).change(
        user.id,
        UserRow.recovery_hashes.delete({hashed}),
        only_if=UserRow.recovery_hashes.contains(hashed),
    )


def _step_of(secret: str, code: str, clock: Clock) -> int | None:
    """Return which 30 seconds a code is of, among those now and next to them."""
    now = clock.now_ms() // 1000 // _STEP_S
    totp = pyotp.TOTP(secret, interval=_STEP_S)
    digits = code.replace(" ", "")
    for step in (now - 1, now, now + 1):
        if secrets.compare_digest(totp.at(step * _STEP_S).encode(), digits.encode()):
            return step
    return None


def _recovery_code() -> str:
    """Return 80 random bits in four groups of four, e.g. `k3f9-x2mv-…`."""
    text = pyotp.random_base32(32)[:16].lower()
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))


def _hash(user_id: str, code: str) -> str:
    plain = code.replace("-", "").replace(" ", "").lower()
    return hashlib.sha256(f"{user_id}|{plain}".encode()).hexdigest()


def _not_good() -> Invalid:
    return Invalid(
        "code: it is wrong, or was used before; wait for the next one.",
        code="wrong_code",
        errors=(FieldError("code", "wrong or used before"),),
    )
