"""What can go wrong with a call of Meta, sorted by what the caller may do next.

    WhatsAppError
    ├── NotSent              SAFE       surely not accepted: the same request may go again, later
    │   ├── Throttled                   Meta says: too fast, or in maintenance (THROTTLE_CODES)
    │   └── Unreachable                 no connection could be opened, so nothing was sent
    ├── OutcomeUnknown       AMBIGUOUS  may have been accepted: timeout, reset, 5xx, odd answer
    └── Refused              NEVER      refused for good; the same request will be refused again
        └── Blocked          pauses     …and so will every other request of the campaign
            ├── TokenRefused            the access token is wrong, expired or lacks a permission
            ├── NumberBlocked           the number or its account may not send now
            └── TemplateBlocked         the template cannot be sent, or does not fit its values

Meta has no idempotency key, so only SAFE may be repeated by itself. Codes and their meaning:
https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from chalicelib.core.errors import AppError, Invalid, Unavailable, Upstream
from chalicelib.whatsapp.codes import (
    MAINTENANCE,
    NUMBER_CODES,
    TEMPLATE_CODES,
    THROTTLE_CODES,
    TOKEN_CODES,
    UNSETTLED_CODES,
    Explanation,
    explain,
    is_known,
)

__all__ = [
    "Blocked",
    "Explanation",
    "NotSent",
    "NumberBlocked",
    "OutcomeUnknown",
    "Refused",
    "Retry",
    "TemplateBlocked",
    "Throttled",
    "TokenRefused",
    "Unreachable",
    "WhatsAppError",
    "as_app_error",
    "error_from_body",
    "explain",
    "pauses_campaign",
]

_HTTP_TIMEOUT = 408
_HTTP_TOO_MANY = 429


class Retry(Enum):
    """Whether the same request may be sent again by itself."""

    SAFE = "safe"
    NEVER = "never"
    AMBIGUOUS = "ambiguous"


class WhatsAppError(Exception):
    """Base of every failed call; `detail` carries Meta's own words where there are any.

    `answer` is the whole JSON object that Meta answered, which may say what it did all the same.
    `retry_after_s` is when Meta's headers say that calls are taken again, None if they do not.
    """

    retry = Retry.AMBIGUOUS
    pauses = False

    def __init__(
        self,
        detail: str,
        code: int | None = None,
        *,
        subcode: int | None = None,
        status: int | None = None,
        trace_id: str | None = None,
        answer: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail if code is None else f"{code}: {detail}")
        self.detail = detail
        self.code = code
        self.subcode = subcode
        self.status = status
        self.trace_id = trace_id
        self.answer = answer
        self.retry_after_s: int | None = None


class NotSent(WhatsAppError):
    """Surely not accepted: the same request may go again after a back-off."""

    retry = Retry.SAFE


class Throttled(NotSent):
    """Meta refused because of a rate; 131056 concerns one recipient only, the others the sender."""


class Unreachable(NotSent):
    """No connection could be opened, so nothing was sent."""


class OutcomeUnknown(WhatsAppError):
    """May have been accepted; only a webhook can tell. Never send it again by itself."""


class Refused(WhatsAppError):
    """Refused for good."""

    retry = Retry.NEVER


class Blocked(Refused):
    """Refused for a reason that holds for the whole campaign, which must stop."""

    pauses = True


class TokenRefused(Blocked):
    """The access token is invalid or expired, or lacks a permission: the number needs a new one."""


class NumberBlocked(Blocked):
    """The number, its account or its payment does not allow sending now."""


class TemplateBlocked(Blocked):
    """The template is missing, paused or disabled, or the values do not fit it."""


def pauses_campaign(code: int) -> bool:
    """Tell whether a failure with this code, also one that a webhook reports, stops a campaign."""
    return code in TOKEN_CODES or code in NUMBER_CODES or code in TEMPLATE_CODES


def _kind(status: int, code: int | None) -> type[WhatsAppError]:
    """Return the class of an answer: by its code if that one decides, else by its HTTP status."""
    is_throttle = code in THROTTLE_CODES or code == MAINTENANCE
    if is_throttle or (code is None and status == _HTTP_TOO_MANY):
        return Throttled
    if code in TOKEN_CODES:
        return TokenRefused
    if code in NUMBER_CODES:
        return NumberBlocked
    is_refusal = 400 <= status < 500 and status != _HTTP_TIMEOUT
    if code in TEMPLATE_CODES and (is_refusal or code not in UNSETTLED_CODES):
        return TemplateBlocked
    if is_refusal or (code is not None and is_known(code) and code not in UNSETTLED_CODES):
        return Refused
    return OutcomeUnknown


def error_from_body(status: int, payload: Mapping[str, Any] | str) -> WhatsAppError:
    """Return the error of an answer that was not a success.

    `payload` is the JSON object of the answer, or an excerpt of a body that is not one. Decides on
    Meta's `code`, as Meta asks; `100` with subcode 33 is `33`: the object of the path is gone.
    """
    error = payload.get("error") if isinstance(payload, Mapping) else None
    if not isinstance(error, Mapping):
        words = payload if isinstance(payload, str) else "no error object in the answer"
        return _kind(status, None)(f"HTTP {status}: {words}", status=status)
    code, subcode = _whole(error.get("code")), _whole(error.get("error_subcode"))
    if code == 100 and subcode == 33:
        code = 33
    trace_id = error.get("fbtrace_id")
    failure = _kind(status, code)(
        _words(error) or f"HTTP {status}",
        code,
        subcode=subcode,
        status=status,
        trace_id=trace_id if isinstance(trace_id, str) else None,
        answer=payload if isinstance(payload, Mapping) else None,
    )
    if code is not None and pauses_campaign(code):
        failure.pauses = True  # also one that leaves open whether it was accepted (134102)
    return failure


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _words(error: Mapping[str, Any]) -> str:
    """Return Meta's message, with the details that say what to change."""
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, Mapping) else None
    parts: list[str] = []
    for part in (error.get("message"), details, error.get("error_user_msg")):
        if isinstance(part, str) and part.strip() and part.strip() not in " ".join(parts):
            parts.append(part.strip())
    return " – ".join(parts)


def as_app_error(error: WhatsAppError) -> AppError:
    """Return the error of the API for a call of Meta that failed, with Meta's words in `detail`.

    422 for what the caller can correct, 503 for what passes by itself, 502 for the rest.
    """
    if isinstance(error, Throttled):
        return Unavailable(
            f"WhatsApp takes no more requests just now; try again. It said: {error.detail}",
            code="whatsapp_throttled",
            retry_after_s=error.retry_after_s or 60,
        )
    if isinstance(error, Unreachable):
        return Unavailable(
            f"WhatsApp cannot be reached just now; try again. ({error.detail})",
            code="whatsapp_unreachable",
            retry_after_s=5,
        )
    code = "upstream" if error.code is None else f"whatsapp_{error.code}"
    if isinstance(error, OutcomeUnknown):
        return Upstream(
            "WhatsApp gave no clear answer, so the request may or may not have been carried out; "
            f"look before you repeat it. It said: {error.detail}",
            code=code,
        )
    advice = f" {explain(error.code).next_step}" if error.code is not None else ""
    detail = f"WhatsApp refused: {error.detail.removesuffix('.')}.{advice}"
    if isinstance(error, (TokenRefused, NumberBlocked)):
        return Upstream(detail, code=code)
    return Invalid(detail, code=code)
