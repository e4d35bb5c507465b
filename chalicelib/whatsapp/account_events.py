"""What Meta reports of accounts and numbers, as typed events; `events` has those about messages.

Meta sends these to the app's own URL only. `waba_id` is the account, also where Meta names a
business portfolio in the entry and the account inside. `at_ms` is the entry's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AccountUpdate:
    """An `account_update`: `event` and all else that Meta says with it, as it came."""

    waba_id: str
    event: str
    detail: Mapping[str, Any]
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class AccountReview:
    """The review of an account ended or went on: APPROVED, REJECTED, PENDING, DEFERRED."""

    waba_id: str
    decision: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class AccountCapability:
    """How many people the portfolio may write to in a day (a tier), and how many numbers it has."""

    waba_id: str
    messaging_limit: str | None
    detail: Mapping[str, Any]
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class AccountAlert:
    """A warning about an account, a number or a business, or that it is over."""

    waba_id: str
    entity_type: str
    entity_id: str
    severity: str
    status: str
    type: str
    description: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class PaymentConfiguration:
    """A payment configuration of an account (India, Brazil, Singapore) has a new status."""

    waba_id: str
    name: str
    status: str
    detail: Mapping[str, Any]
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class FlowUpdate:
    """A WhatsApp Flow has a new status, or its endpoint an alert."""

    waba_id: str
    flow_id: str
    event: str
    detail: Mapping[str, Any]
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class PartnerSolution:
    """A multi-partner solution was created or updated; it concerns the platform, not a tenant."""

    business_id: str
    solution_id: str
    event: str
    status: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class NumberQuality:
    """A number's throughput or tier went up, or it was flagged (older accounts)."""

    waba_id: str
    display_phone_number: str
    event: str
    messaging_limit: str | None
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class NumberName:
    """Meta's decision on the name that a number shows: APPROVED, REJECTED, DEFERRED …."""

    waba_id: str
    display_phone_number: str
    decision: str
    name: str
    reason: str | None
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class NumberSecurity:
    """Somebody changed the PIN of a number or asked to."""

    waba_id: str
    display_phone_number: str
    event: str
    requester: str | None
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class NumberUsername:
    """The username of a number was approved, reserved or deleted."""

    waba_id: str
    display_phone_number: str
    username: str
    status: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class NumberSettings:
    """Settings of a number changed, e.g. calling."""

    waba_id: str
    phone_number_id: str
    detail: Mapping[str, Any]
    at_ms: int | None
