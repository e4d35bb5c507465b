"""What Parley's API answers, as far as the demo looks at it."""

from __future__ import annotations

from typing import TypedDict


class Number(TypedDict):
    """A connected WhatsApp number."""

    id: str
    phone_number_id: str
    display_phone_number: str
    verified_name: str
    messages_per_s: int


class Import(TypedDict):
    """An import of contacts and how far it is."""

    id: str
    state: str
    rows_total: int
    rows_done: int
    created: int
    updated: int
    duplicate: int
    invalid: int
    error: str | None


class ImportRow(TypedDict):
    """What became of one row of the file."""

    row: int
    outcome: str
    phone: str
    reason: str | None


class Template(TypedDict):
    """A message template."""

    id: str
    name: str
    status: str
    rejected_reason: str | None
    variables: list[str]


class Campaign(TypedDict):
    """A campaign with its live counts."""

    id: str
    name: str
    state: str
    state_reason: str | None
    audience: int
    states: dict[str, int]
    answered: int
    launched_at: str | None
    completed_at: str | None


class Failure(TypedDict):
    """How many failed with one of Meta's codes, or without one."""

    code: int | None
    title: str
    count: int


class Report(TypedDict):
    """The ledger of a campaign, recounted."""

    campaign_id: str
    state: str
    audience: int
    states: dict[str, int]
    skipped: dict[str, int]
    failed: list[Failure]
    answered: int
    reconciled: bool
    counter_drift: dict[str, int]
    launched_at: str | None
    sending_finished_at: str | None


class Recipient(TypedDict):
    """What became of one recipient."""

    contact_id: str
    message_id: str | None
    state: str
    accepted_at: str | None


class Conversation(TypedDict):
    """The thread with one contact."""

    contact_id: str
    contact_name: str
    contact_phone: str | None
    last_message: str
    last_direction: str
