"""Requests and responses of WhatsApp business numbers."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from chalicelib.schemas.base import RequestModel, ResponseModel

_VISIBLE_ASCII = re.compile(r"[!-~]+")


def _fits_a_header(token: SecretStr) -> SecretStr:
    """Refuse what cannot be a token: it would break the header that carries it."""
    if not _VISIBLE_ASCII.fullmatch(token.get_secret_value()):
        message = "an access token has no spaces, line breaks or letters beyond ASCII"
        raise ValueError(message)
    return token


def _six_digits(pin: SecretStr) -> SecretStr:
    """Refuse what is no PIN; only digits that a keypad has."""
    value = pin.get_secret_value()
    if len(value) != 6 or not (value.isascii() and value.isdigit()):
        message = "a PIN has six digits"
        raise ValueError(message)
    return pin


MetaId = Annotated[str, Field(pattern=r"^\d{5,25}$")]
Pin = Annotated[SecretStr, AfterValidator(_six_digits)]
Region = Annotated[
    str,
    Field(
        pattern=r"^[A-Z]{2}$",
        description="Country in which Meta keeps the number's messages, e.g. DE. Changed later "
        "only by deregistering and registering again.",
    ),
]


class NumberConnect(RequestModel):
    """A number of a WhatsApp Business Account, and a token that may use it."""

    phone_number_id: MetaId
    waba_id: MetaId
    access_token: Annotated[
        SecretStr, Field(min_length=1, max_length=1000), AfterValidator(_fits_a_header)
    ]


class NumberRegister(RequestModel):
    """What goes with the registration of a number."""

    pin: Pin | None = Field(
        default=None,
        description="The number's PIN of two-step verification, if it has one. Without it Parley "
        "uses the one that it keeps, or makes one up.",
    )
    data_localization_region: Region | None = None


class PinChange(RequestModel):
    """A new PIN of two-step verification."""

    pin: Pin


class CodeRequest(RequestModel):
    """How Meta should hand over the verification code of a number."""

    code_method: Literal["SMS", "VOICE"] = "SMS"
    language: str = Field(default="en_US", pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")


class CodeVerification(RequestModel):
    """The verification code that Meta sent."""

    code: str = Field(pattern=r"^\d{3}-?\d{3}$", repr=False)


class Disconnecting(RequestModel):
    """How a number is disconnected."""

    deregister: bool = Field(
        default=False,
        description="Also take the number off the Cloud API, e.g. to use it in the WhatsApp "
        "Business app again.",
    )


class ProblemOut(ResponseModel):
    """Something that keeps a number from working, and what to do about it."""

    source: Literal["token", "setup", "status", "health", "quality", "name"]
    severity: Literal["red", "yellow"]
    code: int | None
    text: str
    next_step: str


class HealthErrorOut(ResponseModel):
    """Something that keeps an entity from sending, in Meta's words."""

    error_code: int | None
    error_description: str
    possible_solution: str


class HealthEntityOut(ResponseModel):
    """A link of the chain that a message passes, and whether it can send."""

    entity_type: str
    id: str
    can_send_message: str
    additional_info: list[str]
    errors: list[HealthErrorOut]


class HealthStatusOut(ResponseModel):
    """Meta's own word on whether messages can be sent: AVAILABLE, LIMITED or BLOCKED."""

    can_send_message: str
    entities: list[HealthEntityOut]


class SetupStepOut(ResponseModel):
    """A step of a number's setup; `error` says why it failed."""

    step: Literal["subscribe", "register", "smb_app_state_sync", "history"]
    state: Literal["done", "due", "failed"]
    at: str | None
    code: int | None
    error: str | None


class AllowanceOut(ResponseModel):
    """How many more people the business may write to first within 24 hours.

    Meta counts over all numbers of the business; Parley knows only of its own messages, and counts
    a person again in another hour: so `used` is at most what Parley has used, not what others have.
    """

    limit: int | None = Field(description="None is no limit.")
    used: int
    remaining: int | None = Field(description="None is no limit.")


class NumberOut(ResponseModel):
    """A connected number, as Meta described it when it was last asked or last reported.

    `state` sums up `problems`: red cannot send, yellow can but needs attention.
    """

    id: str
    phone_number_id: str
    waba_id: str
    display_phone_number: str
    verified_name: str
    quality_rating: str
    throughput_level: str
    messages_per_s: int
    messaging_limit: str | None
    status: str
    name_status: str | None
    is_on_biz_app: bool
    username: str | None
    state: Literal["green", "yellow", "red", "disconnected"]
    problems: list[ProblemOut]
    setup: list[SetupStepOut]
    health: HealthStatusOut | None
    token_error: str | None
    asked_at: str | None
    connected_at: str
    disconnected_at: str | None


class NumberDetailOut(NumberOut):
    """A number, with what the business may still send today."""

    allowance: AllowanceOut | None = Field(description="None where Meta has not told the limit.")


class NumberSetupOut(NumberOut):
    """A number after a step of its setup."""

    pin: str | None = Field(
        repr=False,
        description="The PIN that the number was registered with now, where you gave none: note "
        "it down, it is not shown otherwise.",
    )


class NumberList(ResponseModel):
    """The numbers of a tenant."""

    items: list[NumberOut]
    next_cursor: str | None


class DisconnectedOut(ResponseModel):
    """What became of a number that was disconnected."""

    id: str
    is_unsubscribed: bool = Field(
        description="No more webhooks of its account come to Parley: it was its last number."
    )
    is_deregistered: bool
