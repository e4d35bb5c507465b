"""What belongs to a number and is kept at Meta only: profile, automation, QR codes, username.

Nothing of it is copied here, so each look asks Meta: one call, unless a function says otherwise.
All raise NotFound for a number that is not the tenant's, and what Meta refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Invalid, NotFound
from chalicelib.schemas.number_features import (
    AutomationOut,
    AutomationSettings,
    CommandOut,
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
from chalicelib.services.media import header_handle
from chalicelib.services.number_calls import ask, call
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.whatsapp import automation, number_settings, profile, qr_codes, usernames
from chalicelib.whatsapp.errors import Refused, WhatsAppError, as_app_error
from chalicelib.whatsapp.graph import GraphRequest, read_next

_QR_IMAGE = "SVG"


def get_profile(ctx: TenantContext, number_id: str) -> ProfileOut:
    """Return a number's business profile."""
    row = Numbers(ctx).get(number_id)
    found = profile.read_profile(ask(ctx, row, profile.profile_request(row.phone_number_id)))
    return ProfileOut(
        about=found.about,
        address=found.address,
        description=found.description,
        email=found.email,
        vertical=found.vertical,
        websites=list(found.websites),
        picture_url=found.picture_url,
    )


def change_profile(ctx: TenantContext, number_id: str, body: ProfileChange) -> ProfileOut:
    """Change what the body names of a number's profile, and return all of it.

    2 calls of Meta, and 2 more where the picture is a file of the library.
    """
    row = Numbers(ctx).get(number_id)
    changes = body.model_dump(exclude_unset=True, exclude_none=True)
    if body.picture_media_id is not None:
        del changes["picture_media_id"]
        changes["profile_picture_handle"] = header_handle(ctx, row, body.picture_media_id)
    ask(ctx, row, profile.update_profile_request(row.phone_number_id, changes))
    return get_profile(ctx, number_id)


def get_automation(ctx: TenantContext, number_id: str) -> AutomationOut:
    """Return a number's welcome message, ice breakers and commands."""
    row = Numbers(ctx).get(number_id)
    answer = ask(ctx, row, automation.automation_request(row.phone_number_id))
    return _automation_out(automation.read_automation(answer))


def set_automation(ctx: TenantContext, number_id: str, body: AutomationSettings) -> AutomationOut:
    """Replace a number's automation."""
    names = [one.command_name for one in body.commands]
    if len(set(names)) < len(names):
        message = "two commands have the same name"
        raise Invalid(message, errors=(FieldError("commands", message),))
    row = Numbers(ctx).get(number_id)
    wanted = automation.Automation(
        body.enable_welcome_message,
        tuple(body.prompts),
        tuple(
            automation.Command(one.command_name, one.command_description) for one in body.commands
        ),
    )
    ask(ctx, row, automation.set_automation_request(row.phone_number_id, wanted))
    return _automation_out(wanted)


def list_qr_codes(ctx: TenantContext, number_id: str, limit: int, cursor: str | None) -> QrCodeList:
    """Return a page of a number's QR codes; `cursor` is Meta's."""
    row = Numbers(ctx).get(number_id)
    request = qr_codes.list_qr_request(row.phone_number_id, _QR_IMAGE, limit, cursor)
    answer = ask(ctx, row, request)
    return QrCodeList(
        items=[_qr_out(one) for one in qr_codes.read_qr_codes(answer)],
        next_cursor=read_next(answer),
    )


def create_qr_code(ctx: TenantContext, number_id: str, body: QrCodeCreate) -> QrCodeOut:
    """Make a QR code. Repeated after an unclear answer it makes a second one: look first."""
    row = Numbers(ctx).get(number_id)
    request = qr_codes.create_qr_request(
        row.phone_number_id, body.prefilled_message, body.image_format
    )
    return _qr_out(qr_codes.read_qr_code(ask(ctx, row, request)))


def change_qr_code(ctx: TenantContext, number_id: str, code: str, body: QrCodeChange) -> QrCodeOut:
    """Change the text behind a QR code."""
    row = Numbers(ctx).get(number_id)
    request = qr_codes.update_qr_request(row.phone_number_id, code, body.prefilled_message)
    return _qr_out(qr_codes.read_qr_code(_ask_of_code(ctx, row, request)))


def delete_qr_code(ctx: TenantContext, number_id: str, code: str) -> None:
    """End a QR code; whoever scans it afterwards finds nothing."""
    row = Numbers(ctx).get(number_id)
    _ask_of_code(ctx, row, qr_codes.delete_qr_request(row.phone_number_id, code))


def _ask_of_code(ctx: TenantContext, row: NumberRow, request: GraphRequest) -> dict[str, Any]:
    """Make one call about a QR code; raise NotFound for one that Meta does not have (any more)."""
    try:
        return call(ctx, row, request)
    except WhatsAppError as error:
        if isinstance(error, Refused) and error.code == 33:
            message = "The number has no such QR code; list them to see which it has."
            raise NotFound(message) from error
        raise as_app_error(error) from error


def get_username(ctx: TenantContext, number_id: str, clock: Clock = SYSTEM_CLOCK) -> UsernameOut:
    """Return a number's username, and names that Meta suggests where it does. 2 calls of Meta."""
    row = Numbers(ctx).get(number_id)
    now_ms = clock.now_ms()
    request = usernames.username_request(row.phone_number_id)
    found = usernames.read_username(ask(ctx, row, request))
    suggestions: tuple[str, ...] = ()
    try:
        answer = call(ctx, row, usernames.suggestions_request(row.phone_number_id))
    except Refused:  # not every account is offered any
        pass
    except WhatsAppError as error:
        raise as_app_error(error) from error
    else:
        suggestions = usernames.read_suggestions(answer)
    _note_username(ctx, row, found, now_ms)
    return UsernameOut(username=found.username, status=found.status, suggestions=list(suggestions))


def set_username(
    ctx: TenantContext, number_id: str, body: UsernameChange, clock: Clock = SYSTEM_CLOCK
) -> UsernameOut:
    """Take a username; Meta may reserve it before it approves it. Invalid for a name refused."""
    row = Numbers(ctx).get(number_id)
    name = body.username.removeprefix("@")
    now_ms = clock.now_ms()
    try:
        answer = call(ctx, row, usernames.set_username_request(row.phone_number_id, name))
    except WhatsAppError as error:
        if not usernames.is_username_refused(error):
            raise as_app_error(error) from error
        message = f"WhatsApp does not give this username: {error.detail}"
        code = f"whatsapp_{error.code}"
        raise Invalid(message, code=code, errors=(FieldError("username", message),)) from error
    told = usernames.read_username(answer)
    found = usernames.Username(told.username or name, told.status)
    _note_username(ctx, row, found, now_ms)
    return UsernameOut(username=found.username, status=found.status, suggestions=[])


def delete_username(ctx: TenantContext, number_id: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Give a number's username up; anybody else may then take it."""
    row = Numbers(ctx).get(number_id)
    now_ms = clock.now_ms()
    ask(ctx, row, usernames.delete_username_request(row.phone_number_id))
    _note_username(ctx, row, usernames.Username(None, None), now_ms)


def get_settings(ctx: TenantContext, number_id: str) -> SettingsOut:
    """Return what is set on a number. 2 calls of Meta."""
    row = Numbers(ctx).get(number_id)
    found = number_settings.read_settings(
        ask(ctx, row, number_settings.settings_request(row.phone_number_id))
    )
    shop = _commerce(ctx, row)
    return SettingsOut(
        is_identity_check_enabled=found.is_identity_check_enabled,
        storage_status=found.storage_status,
        storage_region=found.storage_region,
        calling=None if found.calling is None else dict(found.calling),
        is_catalog_visible=shop.is_catalog_visible,
        is_cart_enabled=shop.is_cart_enabled,
    )


def change_settings(ctx: TenantContext, number_id: str, body: SettingsChange) -> SettingsOut:
    """Change what the body names, and return all settings. Up to 6 calls of Meta.

    Each setting is a call of its own: where Meta refuses one, those before it are changed.
    """
    row = Numbers(ctx).get(number_id)
    number = row.phone_number_id
    if (enabled := body.is_identity_check_enabled) is not None:
        ask(ctx, row, number_settings.set_identity_check_request(number, enabled=enabled))
    if body.calling is not None:
        ask(ctx, row, number_settings.set_calling_request(number, body.calling))
    if body.is_catalog_visible is not None or body.is_cart_enabled is not None:
        shop = _commerce(ctx, row)
        wanted = number_settings.CommerceSettings(
            shop.is_catalog_visible if body.is_catalog_visible is None else body.is_catalog_visible,
            shop.is_cart_enabled if body.is_cart_enabled is None else body.is_cart_enabled,
        )
        ask(ctx, row, number_settings.set_commerce_request(number, wanted))
    return get_settings(ctx, number_id)


def _commerce(ctx: TenantContext, row: NumberRow) -> number_settings.CommerceSettings:
    request = number_settings.commerce_request(row.phone_number_id)
    return number_settings.read_commerce(ask(ctx, row, request))


def _note_username(
    ctx: TenantContext, row: NumberRow, found: usernames.Username, now_ms: int
) -> None:
    """Keep a number's username where it is not what is known, for lists that ask Meta nothing."""
    known = (row.username, row.username_status)
    if known != (found.username, found.status):
        changes: Mapping[str, str | None] = {
            "username": found.username,
            "username_status": found.status,
        }
        Numbers(ctx).note(row.id, changes, now_ms)


def _automation_out(found: automation.Automation) -> AutomationOut:
    return AutomationOut(
        enable_welcome_message=found.is_welcome_enabled,
        prompts=list(found.prompts),
        commands=[
            CommandOut(command_name=one.name, command_description=one.description)
            for one in found.commands
        ],
    )


def _qr_out(found: qr_codes.QrCode) -> QrCodeOut:
    return QrCodeOut(
        code=found.code,
        prefilled_message=found.prefilled_message,
        deep_link_url=found.deep_link_url,
        image_url=found.image_url,
    )
