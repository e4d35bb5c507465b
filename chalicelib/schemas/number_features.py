"""Requests and responses of what belongs to a number: profile, block list, QR codes, username."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from chalicelib.schemas.base import RequestModel, ResponseModel
from chalicelib.schemas.fields import public_link

# Meta's list: whatsapp/profile.py has the same, which a test holds.
Vertical = Literal[
    "ALCOHOL",
    "APPAREL",
    "AUTO",
    "BEAUTY",
    "EDU",
    "ENTERTAIN",
    "EVENT_PLAN",
    "FINANCE",
    "GOVT",
    "GROCERY",
    "HEALTH",
    "HOTEL",
    "MATRIMONY_SERVICE",
    "NONPROFIT",
    "ONLINE_GAMBLING",
    "OTC_DRUGS",
    "OTHER",
    "PHYSICAL_GAMBLING",
    "PROF_SERVICES",
    "RESTAURANT",
    "RETAIL",
    "TRAVEL",
    "UNDEFINED",
]


Website = Annotated[str, StringConstraints(max_length=256), AfterValidator(public_link)]


class ProfileOut(ResponseModel):
    """What customers see of a number; "" is what is not set."""

    about: str
    address: str
    description: str
    email: str
    vertical: str
    websites: list[str]
    picture_url: str | None


class ProfileChange(RequestModel):
    """What to change of a profile; what is left out stands, "" takes it away."""

    about: str | None = Field(default=None, min_length=1, max_length=139)
    address: str | None = Field(default=None, max_length=256)
    description: str | None = Field(default=None, max_length=512)
    email: str | None = Field(
        default=None, max_length=128, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$"
    )
    vertical: Vertical | None = None
    websites: list[Website] | None = Field(default=None, max_length=2)
    profile_picture_handle: str | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        description="Handle of a picture that was uploaded for templates and profiles.",
    )
    picture_media_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="A picture of the media library, `med_…`, in place of a handle.",
    )

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            message = "name at least one field to change"
            raise ValueError(message)
        if self.profile_picture_handle is not None and self.picture_media_id is not None:
            message = "give the picture once: by profile_picture_handle or by picture_media_id"
            raise ValueError(message)
        return self


class BlockedUserOut(ResponseModel):
    """Somebody on the block list; a person who hides the phone has the user id only."""

    phone: str | None
    user_id: str | None


class BlockListOut(ResponseModel):
    """A page of the people whom the number has blocked."""

    items: list[BlockedUserOut]
    next_cursor: str | None


class BlockChange(RequestModel):
    """Contacts to block or to let through again, for one number."""

    contact_ids: list[Annotated[str, Field(max_length=40)]] = Field(min_length=1, max_length=100)


class BlockOutcome(ResponseModel):
    """What came of one contact; `error` is Meta's words where it was refused."""

    contact_id: str
    is_done: bool
    error: str | None


class BlockChangeOut(ResponseModel):
    """What came of each contact, in the order asked."""

    items: list[BlockOutcome]


class CommandIn(RequestModel):
    """A command that customers find after typing `/`."""

    command_name: str = Field(min_length=1, max_length=32, pattern=r"^[^/\s]+$")
    command_description: str = Field(min_length=1, max_length=256)


class AutomationSettings(RequestModel):
    """What a chat offers by itself; it replaces what was set."""

    enable_welcome_message: bool = False
    prompts: list[Annotated[str, StringConstraints(min_length=1, max_length=80)]] = Field(
        default=[], max_length=4, description="Ice breakers, shown in a chat without messages."
    )
    commands: list[CommandIn] = Field(default=[], max_length=30)


class CommandOut(ResponseModel):
    """A command."""

    command_name: str
    command_description: str


class AutomationOut(ResponseModel):
    """What a chat offers by itself."""

    enable_welcome_message: bool
    prompts: list[str]
    commands: list[CommandOut]


Message = Annotated[str, StringConstraints(min_length=1, max_length=140)]


class QrCodeCreate(RequestModel):
    """A QR code to make."""

    prefilled_message: Message = Field(description="What the customer's app is about to send.")
    image_format: Literal["SVG", "PNG"] = "SVG"


class QrCodeChange(RequestModel):
    """Another text behind a QR code that is printed already."""

    prefilled_message: Message


class QrCodeOut(ResponseModel):
    """A QR code and short link; Meta serves the picture for a while only: save it."""

    code: str
    prefilled_message: str
    deep_link_url: str
    image_url: str | None


class QrCodeList(ResponseModel):
    """A page of a number's QR codes."""

    items: list[QrCodeOut]
    next_cursor: str | None


class UsernameChange(RequestModel):
    """The username to take."""

    username: str = Field(
        min_length=3,
        max_length=35,
        pattern=r"^@?[A-Za-z0-9._]+$",
        description="Letters a to z, digits, periods and underscores.",
    )


class UsernameOut(ResponseModel):
    """A number's username, Meta's word on it, and names that Meta keeps free for the business."""

    username: str | None
    status: str | None
    suggestions: list[str]


class SettingsOut(ResponseModel):
    """What is set on a number at Meta."""

    is_identity_check_enabled: bool
    storage_status: str | None
    storage_region: str | None
    calling: dict[str, Any] | None
    is_catalog_visible: bool
    is_cart_enabled: bool


class SettingsChange(RequestModel):
    """What to change of a number's settings; what is left out stands."""

    is_identity_check_enabled: bool | None = Field(
        default=None,
        description="Refuse messages to customers whose WhatsApp identity has changed.",
    )
    calling: dict[str, Any] | None = Field(
        default=None, description="Meta's own `calling` object, passed on as it is."
    )
    is_catalog_visible: bool | None = None
    is_cart_enabled: bool | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            message = "name at least one setting to change"
            raise ValueError(message)
        return self
