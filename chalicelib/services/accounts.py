"""The WhatsApp Business Accounts of a tenant, and bringing in the numbers that they hold."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Invalid, Upstream
from chalicelib.core.log import log
from chalicelib.schemas.accounts import (
    AccountDetailOut,
    AccountList,
    AccountSyncOut,
    NumberCreate,
)
from chalicelib.schemas.numbers import NumberSetupOut
from chalicelib.services import plans
from chalicelib.services.account_state import account_fields, account_out, is_lost
from chalicelib.services.number_setup import go_on
from chalicelib.services.number_state import number_fields, number_out
from chalicelib.services.number_token import is_dead_token, watching_token
from chalicelib.services.numbers import account_fields as described, connection_of
from chalicelib.storage.accounts import AccountRow, Accounts, account_token
from chalicelib.storage.numbers import NumberRow, Numbers, access_token
from chalicelib.storage.usage import NUMBERS, check_room
from chalicelib.whatsapp import numbers as meta, onboarding
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.errors import (
    NotSent,
    OutcomeUnknown,
    Refused,
    WhatsAppError,
    as_app_error,
)
from chalicelib.whatsapp.graph import GraphRequest, read_items

ASK_INTERVAL_MS = 60_000
MOST_NUMBERS = 100  # Meta allows a verified business twenty


def list_accounts(
    ctx: TenantContext, limit: int, cursor: str | None, clock: Clock = SYSTEM_CLOCK
) -> AccountList:
    """Return a page of the tenant's accounts; asks Meta nothing."""
    page, now_ms = Accounts(ctx).page(limit, cursor), clock.now_ms()
    items = [account_out(row, now_ms) for row in page.items]
    return AccountList(items=items, next_cursor=page.next_cursor)


def get_account(ctx: TenantContext, waba_id: str, clock: Clock = SYSTEM_CLOCK) -> AccountDetailOut:
    """Return an account with its numbers, asked for at Meta at most once a minute; NotFound.

    Meta not answering is no error of the caller's: what is known is told.
    """
    accounts = Accounts(ctx)
    row = accounts.get(waba_id)
    now_ms = clock.now_ms()
    numbers = Numbers(ctx).of_account(waba_id)
    access = _access(row, numbers)
    if access is not None and accounts.claim_question(row, now_ms, ASK_INTERVAL_MS):
        row = _ask(ctx, row, access, now_ms)
        numbers = Numbers(ctx).of_account(waba_id)
    return AccountDetailOut(
        **account_fields(row, now_ms), numbers=[number_out(number) for number in numbers]
    )


def _ask(ctx: TenantContext, row: AccountRow, access: _Access, now_ms: int) -> AccountRow:
    """Ask Meta for an account and return it; a dead token turns its number, or the account, red."""
    try:
        with access.watching(ctx):
            answer = graph_client().call(access.token, meta.account_request(row.id))
    except WhatsAppError as error:
        log.warning("an account could not be asked for", extra={"code": error.code})
        if access.number is not None or not is_dead_token(error):
            return row
        Accounts(ctx).note(row, "token", {"state": "refused", "error": error.detail}, now_ms)
        return Accounts(ctx).get(row.id)
    return note_description(ctx, row, meta.read_account(answer), now_ms)


def note_description(
    ctx: TenantContext, row: AccountRow, found: meta.AccountDescription, now_ms: int
) -> AccountRow:
    """Write what Meta says now of an account, its review and health too; return the account."""
    accounts = Accounts(ctx)
    accounts.renew(row, described(found))
    row = accounts.get(row.id)
    if found.health is not None:
        accounts.note(row, "health", found.health, now_ms)
    if found.review_status is not None:
        accounts.note(accounts.get(row.id), "review", {"decision": found.review_status}, now_ms)
    if is_lost(row):  # the token reaches it all the same: the business shares it again
        accounts.note(accounts.get(row.id), "partner", {"event": "PARTNER_ADDED"}, now_ms)
    if "token" in row.state:
        accounts.note(accounts.get(row.id), "token", {"state": "works"}, now_ms)
    return accounts.get(row.id)


def sync(ctx: TenantContext, waba_id: str, clock: Clock = SYSTEM_CLOCK) -> AccountSyncOut:
    """Have an account's webhooks sent to Parley again, and connect numbers that it now holds.

    What a signup left undone is done; a number that Parley has is left as it is, but for its
    setup. Raises NotFound, Conflict `no_token` where only the numbers of the account have tokens
    and Meta refuses them all, and what Meta refuses.
    """
    row = Accounts(ctx).get(waba_id)
    known = {number.phone_number_id: number for number in Numbers(ctx).of_account(waba_id)}
    access = _access(row, list(known.values()))
    if access is None:
        raise _no_token()
    token = access.token
    try:
        with access.watching(ctx):
            subscribe(ctx, row, token, clock)
            found = numbers_at_meta(token, waba_id)
    except WhatsAppError as error:
        raise as_app_error(error) from error
    done: list[NumberSetupOut] = []
    for fields in found:
        number = known.get(fields.phone_number_id)
        if number is None:
            done.append(connect_found(ctx, row, token, fields, None, clock))
            continue
        number, made, _ = go_on(ctx, number, clock=clock)
        done.append(NumberSetupOut(**number_fields(number), pin=made))
    return AccountSyncOut(numbers=done)


def disconnect(ctx: TenantContext, waba_id: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Give up an account that has no connected number; the last number takes it along otherwise.

    Its webhooks to Parley end, so that it can be connected elsewhere; a token that Meta refuses
    does not keep it. Again it changes nothing. Raises Conflict while numbers of it are connected.
    """
    row = Accounts(ctx).get(waba_id)
    if row.disconnected_at is not None:
        return
    if Numbers(ctx).of_account(waba_id):
        raise Conflict(
            "Numbers of this account are connected: disconnect them, the last takes the account "
            "along.",
            code="account_in_use",
        )
    token = account_token(row)
    if token is not None:
        try:
            graph_client().call(token, meta.unsubscribe_request(waba_id))
        except (NotSent, OutcomeUnknown) as error:
            raise as_app_error(error) from error
        except WhatsAppError as error:
            log.warning("webhooks could not be ended", extra={"code": error.code})
    if not Accounts(ctx).release(row, clock.now_ms()):
        raise Conflict("The account has changed just now; try again.")


def subscribe(ctx: TenantContext, row: AccountRow, token: str, clock: Clock) -> None:
    """Have the account's webhooks sent to Parley; keep what came of it. Raises WhatsAppError."""
    now_ms = clock.now_ms()
    accounts = Accounts(ctx)
    try:
        graph_client().call(token, meta.subscribe_request(row.id))
    except WhatsAppError as error:
        failed = {"state": "failed", "code": error.code, "error": error.detail}
        accounts.note(accounts.get(row.id), "subscription", failed, now_ms)
        raise
    accounts.note(accounts.get(row.id), "subscription", {"state": "done"}, now_ms)


def numbers_at_meta(token: str, waba_id: str) -> list[meta.NumberFields]:
    """Return the numbers that an account holds at Meta, MOST_NUMBERS at most. One call of Meta."""
    answer = graph_client().call(token, meta.account_numbers_request(waba_id))
    return [meta.read_number(item) for item in read_items(answer)][:MOST_NUMBERS]


def connect_found(
    ctx: TenantContext,
    account: AccountRow,
    token: str,
    fields: meta.NumberFields,
    pin: str | None,
    clock: Clock,
) -> NumberSetupOut:
    """Connect a number of an account, and set it up as far as that goes; the number says how far.

    Raises Conflict if another tenant has the number, or for the plan's limit.
    """
    now_ms = clock.now_ms()
    connection = connection_of(fields, account.id, aws.encrypt(ctx.tenant_id, token))
    row = Numbers(ctx).connect(connection, now_ms, limit=plans.limit(ctx, "numbers"))
    row = Numbers(ctx).note_step(row.id, "subscribe", {"state": "done", "at": now_ms})
    row, made, _ = go_on(ctx, row, pin, clock=clock)
    return NumberSetupOut(**number_fields(row), pin=made)


def create_number(
    ctx: TenantContext, waba_id: str, body: NumberCreate, clock: Clock = SYSTEM_CLOCK
) -> NumberSetupOut:
    """Add a phone number to an account at Meta and connect it; it then has to be verified.

    Creating again what is at Meta but not here takes it over, so that a request that died half-way
    can be repeated. Raises NotFound, and what Meta refuses. At most 3 calls of Meta.
    """
    from chalicelib.services.phones import PhoneProblem, split_country_code

    row = Accounts(ctx).get(waba_id)
    access = _access(row, Numbers(ctx).of_account(waba_id))
    if access is None:
        raise _no_token()
    token, limit = access.token, plans.limit(ctx, "numbers")
    check_room(ctx.tenant_id, NUMBERS, limit)  # before Meta is asked to make it
    try:
        country_code, national = split_country_code(body.phone)
    except PhoneProblem as problem:
        raise Invalid(problem.words, errors=(FieldError("phone", problem.words),)) from None
    request = onboarding.create_request(waba_id, country_code, national, body.verified_name)
    try:
        with access.watching(ctx):
            number_id = _made_at_meta(token, waba_id, body.phone, request)
            fields = meta.read_number(graph_client().call(token, meta.number_request(number_id)))
    except WhatsAppError as error:
        raise as_app_error(error) from error
    now_ms = clock.now_ms()
    connection = connection_of(fields, waba_id, aws.encrypt(ctx.tenant_id, token))
    number = Numbers(ctx).connect(connection, now_ms, limit=limit)
    number = Numbers(ctx).note_step(number.id, "subscribe", {"state": "done", "at": now_ms})
    return NumberSetupOut(**number_fields(number), pin=None)


def _made_at_meta(token: str, waba_id: str, phone: str, request: GraphRequest) -> str:
    """Have Meta add a number, or find the one that it has already; return Meta's id of it."""
    try:
        number_id = str(graph_client().call(token, request).get("id") or "")
    except (Refused, OutcomeUnknown):
        number_id = _find(token, waba_id, phone)
        if not number_id:
            raise
    if not number_id:
        raise Upstream("WhatsApp answered without the number's id; sync the account.")
    return number_id


def _find(token: str, waba_id: str, phone: str) -> str:
    """Return Meta's id of a number that the account holds already, "" if it does not."""
    digits = _digits(phone)
    for fields in numbers_at_meta(token, waba_id):
        if _digits(fields.display_phone_number) == digits:
            return fields.phone_number_id
    return ""


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c.isdigit())


@dataclass(frozen=True, slots=True)
class _Access:
    """A token that reaches an account, and the number that it is kept with; None: the account."""

    number: NumberRow | None
    token: str = field(repr=False)

    def watching(self, ctx: TenantContext) -> AbstractContextManager[None]:
        """Hold calls with the token; one that Meta refuses as dead turns the number red."""
        return nullcontext() if self.number is None else watching_token(ctx, self.number)


def _access(row: AccountRow, numbers: list[NumberRow]) -> _Access | None:
    """Return a token that reaches the account: that of a number, as far as known one that works,
    else the account's own.
    """
    for number in numbers:
        if number.token_error is None and number.token_ciphertext:
            return _Access(number, access_token(number))
    token = account_token(row)
    return None if token is None else _Access(None, token)


def _no_token() -> Conflict:
    return Conflict(
        "Parley has no token for this account: connect it again by Embedded Signup, or one of its "
        "numbers with an access token.",
        code="no_token",
    )
