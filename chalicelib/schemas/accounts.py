"""Requests and responses of WhatsApp Business Accounts, and of Embedded Signup."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator

from chalicelib.schemas.base import Name, RequestModel, ResponseModel
from chalicelib.schemas.numbers import HealthStatusOut, MetaId, NumberOut, NumberSetupOut, Pin

FINISHED = (
    "FINISH",
    "FINISH_ONLY_WABA",
    "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING",
)


class SignupRequest(RequestModel):
    """What Embedded Signup's window and login callback gave to the browser.

    Send it at once: the code lives 30 seconds. `event` is the window's own.
    """

    event: Literal[
        "FINISH", "FINISH_ONLY_WABA", "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING", "CANCEL"
    ]
    code: SecretStr | None = Field(default=None, min_length=1, max_length=2000)
    waba_id: MetaId | None = Field(
        default=None, description="May be left out where the login reaches one account only."
    )
    phone_number_id: MetaId | None = Field(
        default=None, description="Without it every number of the account is connected."
    )
    business_id: MetaId | None = None
    pin: Pin | None = Field(
        default=None, description="The number's PIN of two-step verification, if it has one."
    )
    current_step: str | None = Field(default=None, max_length=100)
    error_message: str | None = Field(default=None, max_length=1000)
    error_id: str | None = Field(default=None, max_length=100)
    session_id: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _finished_has_a_code(self) -> Self:
        if self.event in FINISHED and self.code is None:
            message = f"{self.event} comes with the code of the login callback"
            raise ValueError(message)
        return self


class SignupConfigOut(ResponseModel):
    """What the browser needs to open Embedded Signup."""

    is_available: bool
    app_id: str
    config_id: str | None
    graph_version: str


class AccountNotice(ResponseModel):
    """Something that Meta reported of an account, in words, and what to do about it."""

    matter: str
    severity: Literal["red", "yellow", "info"]
    text: str
    next_step: str
    at: str | None


class AccountOut(ResponseModel):
    """A WhatsApp Business Account, with what Meta last reported of each matter.

    `reports` is keyed by the matter: review, restrictions, ban, violation, capability, alerts …
    """

    waba_id: str
    business_id: str | None
    name: str
    currency: str | None
    timezone_id: str | None
    country: str | None
    state: Literal["green", "yellow", "red", "disconnected"]
    notices: list[AccountNotice]
    health: HealthStatusOut | None
    reports: dict[str, Any]
    has_token: bool = Field(description="Embedded Signup gave a token for the whole account.")
    created_at: str
    disconnected_at: str | None


class AccountDetailOut(AccountOut):
    """An account with its connected numbers."""

    numbers: list[NumberOut]


class AccountList(ResponseModel):
    """The accounts of a tenant."""

    items: list[AccountOut]
    next_cursor: str | None


class SignupOut(ResponseModel):
    """What became of a signup: each number tells where its setup stands."""

    outcome: Literal["connected", "account_only", "cancelled"]
    message: str
    account: AccountOut | None
    numbers: list[NumberSetupOut]


class AccountSyncOut(ResponseModel):
    """The numbers that an account holds at Meta, each with where its setup stands."""

    numbers: list[NumberSetupOut]


class NumberCreate(RequestModel):
    """A phone number to add to an account; Meta then verifies it by SMS or call."""

    phone: str = Field(
        pattern=r"^\+[1-9]\d{6,14}$", description="The whole number, `+` and country code first."
    )
    verified_name: Name = Field(description="The display name, which Meta reviews.")
