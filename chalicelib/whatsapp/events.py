"""What a webhook tells, as typed events: one dataclass for each kind of thing that can happen.

Only the standard library: the webhook's cold start pays for every import. `at_ms` is Meta's own
time of the event in milliseconds, None where Meta gives none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    """A message from a person; `from_phone` (`+` E.164) or `from_user_id` is set, or both."""

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

    @property
    def opens_window(self) -> bool:
        """Tell whether this is something that the person sent, which opens the 24 h window."""
        return self.type not in _NOT_WRITTEN


@dataclass(frozen=True, slots=True)
class TemplateStatus:
    """Meta's word on a template; `event` stands as it came, `language` in the form `en_US`."""

    waba_id: str
    meta_template_id: str
    name: str
    language: str
    event: str
    reason: str | None
    at_ms: int | None
    category: str | None = None


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
    """Something that was delivered and that nothing acts upon, e.g. kind `status warped`."""

    waba_id: str
    field: str
    kind: str


Event = (
    Status
    | Inbound
    | TemplateStatus
    | TemplateQuality
    | TemplateComponents
    | TemplateCategory
    | Unhandled
)
