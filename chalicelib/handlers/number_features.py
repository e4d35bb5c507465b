"""The routes of what belongs to a number: profile, block list, automation, QR codes, username."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.number_features import (
    AutomationOut,
    AutomationSettings,
    BlockChange,
    BlockChangeOut,
    BlockListOut,
    ProfileChange,
    ProfileOut,
    QrCodeChange,
    QrCodeCreate,
    QrCodeList,
    QrCodeOut,
    SettingsChange,
    SettingsOut,
    UsernameChange,
    UsernameOut,
)
from chalicelib.services import block_list, number_features

api = routes(__name__, "numbers")
blueprint = api.blueprint

_NUMBER = "/api/numbers/{number_id}"
_READ, _WRITE = "numbers:read", "numbers:write"
_META = (NotFound, Conflict, Invalid, Upstream, Unavailable)


@api.route("GET", f"{_NUMBER}/profile", permission=_READ, errors=_META)
def get_profile(ctx: TenantContext, number_id: str) -> ProfileOut:
    """Get the business profile that customers see."""
    return number_features.get_profile(ctx, number_id)


@api.route("PATCH", f"{_NUMBER}/profile", permission=_WRITE, errors=_META)
def change_profile(ctx: TenantContext, number_id: str, body: ProfileChange) -> ProfileOut:
    """Change the business profile; what is left out stands."""
    return number_features.change_profile(ctx, number_id, body)


@api.route("GET", f"{_NUMBER}/blocked", permission=_READ, errors=_META)
def list_blocked(ctx: TenantContext, number_id: str, query: PageQuery) -> BlockListOut:
    """List the people whom the number has blocked; `cursor` is Meta's."""
    return block_list.list_blocked(ctx, number_id, query.limit, query.cursor)


@api.route("POST", f"{_NUMBER}/block", permission=_WRITE, errors=_META)
def block_contacts(ctx: TenantContext, number_id: str, body: BlockChange) -> BlockChangeOut:
    """Block contacts who wrote in the last 24 hours; the answer says what came of each."""
    return block_list.change(ctx, number_id, body, block=True)


@api.route("POST", f"{_NUMBER}/unblock", permission=_WRITE, errors=_META)
def unblock_contacts(ctx: TenantContext, number_id: str, body: BlockChange) -> BlockChangeOut:
    """Let contacts write again; the answer says what came of each."""
    return block_list.change(ctx, number_id, body, block=False)


@api.route("GET", f"{_NUMBER}/automation", permission=_READ, errors=_META)
def get_automation(ctx: TenantContext, number_id: str) -> AutomationOut:
    """Get the welcome message, ice breakers and commands of a number."""
    return number_features.get_automation(ctx, number_id)


@api.route("PUT", f"{_NUMBER}/automation", permission=_WRITE, errors=_META)
def set_automation(ctx: TenantContext, number_id: str, body: AutomationSettings) -> AutomationOut:
    """Replace the welcome message, ice breakers and commands of a number."""
    return number_features.set_automation(ctx, number_id, body)


@api.route("GET", f"{_NUMBER}/qr-codes", permission=_READ, errors=_META)
def list_qr_codes(ctx: TenantContext, number_id: str, query: PageQuery) -> QrCodeList:
    """List the QR codes of a number; `cursor` is Meta's."""
    return number_features.list_qr_codes(ctx, number_id, query.limit, query.cursor)


@api.route("POST", f"{_NUMBER}/qr-codes", status=201, permission=_WRITE, errors=_META)
def create_qr_code(ctx: TenantContext, number_id: str, body: QrCodeCreate) -> QrCodeOut:
    """Make a QR code that opens a chat with a text ready to send."""
    return number_features.create_qr_code(ctx, number_id, body)


@api.route("PATCH", f"{_NUMBER}/qr-codes/{{code}}", permission=_WRITE, errors=_META)
def change_qr_code(ctx: TenantContext, number_id: str, code: str, body: QrCodeChange) -> QrCodeOut:
    """Change the text behind a QR code; what is printed stays valid."""
    return number_features.change_qr_code(ctx, number_id, code, body)


@api.route("DELETE", f"{_NUMBER}/qr-codes/{{code}}", status=204, permission=_WRITE, errors=_META)
def delete_qr_code(ctx: TenantContext, number_id: str, code: str) -> None:
    """End a QR code: whoever scans it afterwards finds nothing."""
    number_features.delete_qr_code(ctx, number_id, code)


@api.route("GET", f"{_NUMBER}/username", permission=_READ, errors=_META)
def get_username(ctx: TenantContext, number_id: str) -> UsernameOut:
    """Get the username of a number, and names that Meta suggests."""
    return number_features.get_username(ctx, number_id)


@api.route("PUT", f"{_NUMBER}/username", permission=_WRITE, errors=_META)
def set_username(ctx: TenantContext, number_id: str, body: UsernameChange) -> UsernameOut:
    """Take a username; Meta may reserve it before it approves it."""
    return number_features.set_username(ctx, number_id, body)


@api.route("DELETE", f"{_NUMBER}/username", status=204, permission=_WRITE, errors=_META)
def delete_username(ctx: TenantContext, number_id: str) -> None:
    """Give the username of a number up."""
    number_features.delete_username(ctx, number_id)


@api.route("GET", f"{_NUMBER}/settings", permission=_READ, errors=_META)
def get_settings(ctx: TenantContext, number_id: str) -> SettingsOut:
    """Get the identity check, storage, calling and catalogue settings of a number."""
    return number_features.get_settings(ctx, number_id)


@api.route("PATCH", f"{_NUMBER}/settings", permission=_WRITE, errors=_META)
def change_settings(ctx: TenantContext, number_id: str, body: SettingsChange) -> SettingsOut:
    """Change settings of a number; what is left out stands."""
    return number_features.change_settings(ctx, number_id, body)
