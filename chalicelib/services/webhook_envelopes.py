"""What the webhook, and a sender, leave for the inbound queue: events as versioned envelopes.

    type          event                     handled by
    inbound       one Inbound               services.inbound
    past          several Past              services.coexistence
    contacts      several ContactSync       services.coexistence
    preference    one Preference            services.reachability
    failure       one failed Status, or an  services.reachability
                  answer to a campaign's send
    account       one report of an account  services.account_reports
    number_error  one NumberError, or the   services.account_reports
                  code of a failed Status
    template      the id of one stopped     services.account_reports
    blocked       one statuses.Blocked, or  services.account_reports
                  an answer to a send

An envelope has `v`, `type`, `tenant_id`, mostly `number_id`, and the event's fields under `event`
or `events`. Readers take what they need by name and stand fields that are missing, so that messages
of an older version that are on their way are understood.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.envelopes import write_envelope
from chalicelib.storage.tenants import Owner
from chalicelib.whatsapp.webhook_values import phone

if TYPE_CHECKING:
    # At run time this would make thirty dataclasses in every sender.
    from chalicelib.whatsapp.events import Inbound, Status

# Several small events travel in one message; SQS takes 256 KiB.
_MOST_EVENTS = 100
_MOST_BYTES = 120_000
_NOT_KEPT = frozenset({"raw"})


def fields_of(event: Any) -> dict[str, Any]:  # noqa: ANN401 - any of whatsapp.events
    """Return an event as JSON can carry it, without the raw item."""
    return {
        one.name: getattr(event, one.name) for one in fields(event) if one.name not in _NOT_KEPT
    }


def envelope(type_: str, owner: Owner, **members: Any) -> tuple[str, str, int]:
    """Return a message of this type for `owner` as core.aws.send_messages takes it."""
    return write_envelope(type_, owner.tenant_id, **members), owner.tenant_id, 0


def inbound(owner: Owner, event: Inbound) -> tuple[str, str, int]:
    """Return a message with what a person wrote."""
    return envelope(
        "inbound",
        owner,
        number_id=owner.entity_id,
        message=fields_of(event),
        opens_window=event.opens_window,
    )


def failure(
    owner: Owner, event: Status, contact_id: str | None, campaign_id: str | None
) -> tuple[str, str, int]:
    """Return a message with a failure that says something of the person it was for."""
    said = {
        "code": event.error_code,
        "message_id": event.message_id,
        "phone": phone(event.recipient_id),
        "user_id": event.recipient_user_id,
        "at_ms": event.at_ms,
    }
    return envelope(
        "failure",
        owner,
        number_id=owner.entity_id,
        contact_id=contact_id,
        campaign_id=campaign_id,
        event=said,
    )


def refusal(
    owner: Owner, code: int, recipient: tuple[str, str, str], at_ms: int
) -> tuple[str, str, int]:
    """Return the same for Meta's answer to a send: contact id, message id and address are given."""
    contact_id, message_id, to = recipient
    is_phone = to.startswith("+")
    said = {
        "code": code,
        "message_id": message_id,
        "phone": to if is_phone else None,
        "user_id": None if is_phone else to,
        "at_ms": at_ms,
    }
    return envelope("failure", owner, number_id=owner.entity_id, contact_id=contact_id, event=said)


def blocked(owner: Owner, campaign_id: str | None, code: int, at_ms: int) -> tuple[str, str, int]:
    """Return a message with a failure that can stop campaigns."""
    return envelope(
        "blocked",
        owner,
        number_id=owner.entity_id,
        campaign_id=campaign_id,
        code=code,
        at_ms=at_ms,
    )


def number_error(owner: Owner, code: int, at_ms: int) -> tuple[str, str, int]:
    """Return a message with a failure that says something of the number's pace."""
    return envelope(
        "number_error",
        owner,
        number_id=owner.entity_id,
        event={"code": code},
        received_ms=at_ms,
    )


def grouped(kind: str, owner: Owner, events: Sequence[Any]) -> Iterator[tuple[str, str, int]]:
    """Yield messages that carry several events each."""
    group: list[dict[str, Any]] = []
    size = 0
    for one in map(fields_of, events):
        length = len(json.dumps(one))
        if group and (len(group) == _MOST_EVENTS or size + length > _MOST_BYTES):
            yield envelope(kind, owner, number_id=owner.entity_id, events=group)
            group, size = [], 0
        group.append(one)
        size += length
    if group:
        yield envelope(kind, owner, number_id=owner.entity_id, events=group)


def put(messages: Iterable[tuple[str, str, int]]) -> None:
    """Put messages on the inbound queue; on return they are durable. 0.1 requests each."""
    aws.send_messages(settings().inbound_queue_url, messages)
