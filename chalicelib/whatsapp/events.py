"""What a webhook tells, as typed events: one dataclass for each kind of thing that can happen.

Only the standard library: the webhook's cold start pays for every import. `at_ms` is Meta's own
time of the event in milliseconds, None where Meta gives none. A person is known by `+` E.164 phone,
by business-scoped user id, or by both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.account_events import (
    AccountAlert,
    AccountCapability,
    AccountReview,
    AccountUpdate,
    FlowUpdate,
    NumberName,
    NumberQuality,
    NumberSecurity,
    NumberSettings,
    NumberUsername,
    PartnerSolution,
    PaymentConfiguration,
)

# What WhatsApp itself reports, or what changes an earlier message: these do not open the window.
_NOT_WRITTEN = frozenset({"system", "request_welcome", "edit", "revoke"})


@dataclass(frozen=True, slots=True)
class Status:
    """What became of a message that we sent; `status` is one of STATUSES."""

    phone_number_id: str
    message_id: str
    status: str
    at_ms: int
    recipient_id: str | None
    recipient_user_id: str | None
    callback_data: str | None
    error_code: int | None
    error_title: str | None
    error_details: str | None
    pricing: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message from a person, or a call of theirs (type `call`).

    `content` is the member of Meta's message that `type` names, as JSON text, and `referral` the ad
    that led here; None where there is none or it is too large to keep. `media` is Meta's file, if
    there is one. `shared_phone` is the phone that a person known by user id gave on request.
    """

    phone_number_id: str
    message_id: str
    from_phone: str | None
    from_user_id: str | None
    profile_name: str
    at_ms: int
    type: str
    text: str
    context_message_id: str | None
    raw: Mapping[str, Any]
    username: str | None = None
    from_parent_user_id: str | None = None
    shared_phone: str | None = None
    content: str | None = None
    media: Mapping[str, Any] | None = None
    referral: str | None = None
    error_code: int | None = None
    error: str | None = None

    @property
    def opens_window(self) -> bool:
        """Tell whether this is something that the person sent, which opens the 24 h window."""
        return self.type not in _NOT_WRITTEN


@dataclass(frozen=True, slots=True)
class Past:
    """A message that went through another app: an echo of the WhatsApp Business app, or history.

    `is_outgoing` tells who wrote it; `phone` and `user_id` are the customer's either way. `status`
    is Meta's word in history (READ, DELIVERED …), None in an echo.
    """

    phone_number_id: str
    message_id: str
    phone: str | None
    user_id: str | None
    name: str
    at_ms: int
    type: str
    text: str
    context_message_id: str | None
    content: str | None
    media: Mapping[str, Any] | None
    is_outgoing: bool
    is_history: bool
    status: str | None


@dataclass(frozen=True, slots=True)
class HistorySync:
    """How far the copy of a coexistence number's history is, or why there will be none."""

    waba_id: str
    phone_number_id: str
    phase: int | None
    progress: int | None
    error_code: int | None
    error: str | None
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class ContactSync:
    """The address book of a coexistence number changed: `action` is add or remove."""

    phone_number_id: str
    phone: str
    name: str
    action: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class Preference:
    """A person stopped or resumed marketing in WhatsApp itself."""

    phone_number_id: str
    phone: str | None
    user_id: str | None
    name: str
    username: str | None
    is_stopped: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class NumberError:
    """An error of a number that belongs to no message, e.g. 130429 for sends dropped later."""

    waba_id: str
    phone_number_id: str
    code: int
    title: str
    details: str | None


@dataclass(frozen=True, slots=True)
class CallStatus:
    """How a call of the business goes: RINGING, ACCEPTED or REJECTED."""

    phone_number_id: str
    call_id: str
    status: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class UserAction:
    """A person did something with a message, e.g. marketing_messages_link_click."""

    phone_number_id: str
    action: str
    at_ms: int | None
    click_id: str | None


@dataclass(frozen=True, slots=True)
class GroupUpdate:
    """Something happened to a group, e.g. group_participants_add."""

    phone_number_id: str
    group_id: str
    type: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class Handover:
    """Another app took over a conversation, or gave it back: control_taken, control_passed."""

    phone_number_id: str
    type: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class TemplateStatus:
    """Meta's word on a template; `event` stands as it came, `language` in the form `en_US`.

    `recommendation` is what Meta advises with a rejection; `pause` is the title of a pause
    (FIRST_PAUSE, SECOND_PAUSE, RATE_LIMITING_PAUSE …), `disabled_on` when it is to be disabled, as
    milliseconds or as the text that Meta gave.
    """

    waba_id: str
    meta_template_id: str
    name: str
    language: str
    event: str
    reason: str | None
    at_ms: int | None
    category: str | None = None
    recommendation: str | None = None
    pause: str | None = None
    disabled_on: int | str | None = None


@dataclass(frozen=True, slots=True)
class TemplateQuality:
    """The quality of a template changed; scores are GREEN, YELLOW, RED or UNKNOWN, as they came."""

    waba_id: str
    meta_template_id: str
    name: str
    language: str
    previous: str
    score: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class TemplateComponents:
    """The text of a template changed; None is a part that it does not have."""

    waba_id: str
    meta_template_id: str
    name: str
    language: str
    title: str | None
    body: str
    footer: str | None
    buttons: tuple[Mapping[str, Any], ...]
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class TemplateCategory:
    """Meta changes a template's category, or is going to.

    Impending: `category` is today's, `correct_category` what it will be from `effective_at_ms` on
    (None: the first of next month). Done: `previous_category` was, `category` is.
    """

    waba_id: str
    meta_template_id: str
    name: str
    language: str
    category: str
    previous_category: str | None
    correct_category: str | None
    effective_at_ms: int | None
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class Unhandled:
    """Something that was delivered and that nothing acts upon, e.g. kind `status warped`.

    `raw` is the item as it came, for an operator to look at.
    """

    waba_id: str
    field: str
    kind: str
    raw: Any = None


TemplateEvent = TemplateStatus | TemplateQuality | TemplateComponents | TemplateCategory
NumberReport = NumberName | NumberQuality | NumberSecurity | NumberUsername | NumberSettings
AccountReport = (
    AccountUpdate
    | AccountReview
    | AccountCapability
    | AccountAlert
    | PaymentConfiguration
    | FlowUpdate
    | NumberReport
)
# Told of the platform or of a feature that Parley does not have: counted, nothing else.
Remark = CallStatus | UserAction | GroupUpdate | Handover | PartnerSolution
Event = (
    Status
    | Inbound
    | Past
    | HistorySync
    | ContactSync
    | Preference
    | NumberError
    | TemplateEvent
    | AccountReport
    | Remark
    | Unhandled
)
