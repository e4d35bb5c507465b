"""The routes of WhatsApp business numbers: connecting, setting up, disconnecting."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.accounts import SignupConfigOut, SignupOut, SignupRequest
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.numbers import (
    CodeRequest,
    CodeVerification,
    DisconnectedOut,
    Disconnecting,
    NumberConnect,
    NumberDetailOut,
    NumberList,
    NumberOut,
    NumberRegister,
    NumberSetupOut,
    PinChange,
)
from chalicelib.services import number_setup, numbers, signup

api = routes(__name__, "numbers")
blueprint = api.blueprint

_META = (NotFound, Conflict, Invalid, Upstream, Unavailable)


@api.route(
    "POST",
    "/api/numbers",
    status=201,
    permission="numbers:write",
    errors=(Conflict, Invalid, Upstream, Unavailable),
)
def connect_number(ctx: TenantContext, body: NumberConnect) -> NumberOut:
    """Connect a number of WhatsApp, or renew its access token.

    Asks Meta for the number with the token, and has the account's webhooks sent to Parley. The
    token is kept encrypted and never shown again.
    """
    return numbers.connect(ctx, body)


@api.route("GET", "/api/numbers/signup-config", permission="numbers:read")
def get_signup_config(ctx: TenantContext) -> SignupConfigOut:  # noqa: ARG001 - signed in, no more
    """Get what the browser needs to open Embedded Signup."""
    return signup.config()


@api.route(
    "POST",
    "/api/numbers/signup",
    permission="numbers:write",
    errors=(Conflict, Invalid, Upstream, Unavailable),
)
def finish_signup(ctx: TenantContext, body: SignupRequest) -> SignupOut:
    """Finish Embedded Signup: connect the account and its numbers with the code.

    Send at once what the window and the login callback gave: the code lives 30 seconds and works
    once. From there on nothing is lost: a number whose setup did not get through says where it
    stopped, and `POST /api/numbers/{number_id}/register` goes on with it.
    """
    return signup.finish(ctx, body)


@api.route("GET", "/api/numbers", permission="numbers:read", errors=(Invalid,))
def list_numbers(ctx: TenantContext, query: PageQuery) -> NumberList:
    """List the connected numbers, the first connected first."""
    return numbers.list_numbers(ctx, query.limit, query.cursor)


@api.route("GET", "/api/numbers/{number_id}", permission="numbers:read", errors=(NotFound,))
def get_number(ctx: TenantContext, number_id: str) -> NumberDetailOut:
    """Get a number with its health; Meta is asked at most once a minute.

    A number that was disconnected is still found, for the history that names it.
    """
    return numbers.get_number(ctx, number_id)


@api.route("DELETE", "/api/numbers/{number_id}", permission="numbers:write", errors=_META)
def disconnect_number(ctx: TenantContext, number_id: str, query: Disconnecting) -> DisconnectedOut:
    """Disconnect a number, so that it can be connected elsewhere; its history stays.

    409 while a campaign is to be sent from it.
    """
    return numbers.disconnect(ctx, number_id, query)


@api.route("POST", "/api/numbers/{number_id}/register", permission="numbers:write", errors=_META)
def register_number(ctx: TenantContext, number_id: str, body: NumberRegister) -> NumberSetupOut:
    """Go on with a number's setup: subscribe webhooks, then register it with its PIN.

    A number that is also in use in the WhatsApp Business app hands over contacts and history
    instead. What is done already is not done again, except a registration with a PIN.
    """
    return number_setup.register(ctx, number_id, body)


@api.route("POST", "/api/numbers/{number_id}/deregister", permission="numbers:write", errors=_META)
def deregister_number(ctx: TenantContext, number_id: str) -> NumberOut:
    """Take a number off the Cloud API; it stays connected, and can be registered again.

    Meta allows ten registrations and deregistrations in 72 hours.
    """
    return number_setup.deregister(ctx, number_id)


@api.route("POST", "/api/numbers/{number_id}/pin", permission="numbers:write", errors=_META)
def change_pin(ctx: TenantContext, number_id: str, body: PinChange) -> NumberOut:
    """Set the PIN of two-step verification of a registered number."""
    return number_setup.change_pin(ctx, number_id, body)


@api.route(
    "POST",
    "/api/numbers/{number_id}/request-code",
    status=204,
    permission="numbers:write",
    errors=_META,
)
def request_code(ctx: TenantContext, number_id: str, body: CodeRequest) -> None:
    """Have Meta send a verification code to the number, by SMS or call."""
    number_setup.request_code(ctx, number_id, body)


@api.route("POST", "/api/numbers/{number_id}/verify-code", permission="numbers:write", errors=_META)
def verify_code(ctx: TenantContext, number_id: str, body: CodeVerification) -> NumberSetupOut:
    """Verify the number with the code, and go on with its setup."""
    return number_setup.verify_code(ctx, number_id, body)
