"""Meta's `health_status`: whether a number, account or template can send, and what to do if not.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/health-status
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import text

AVAILABLE, LIMITED, BLOCKED = "AVAILABLE", "LIMITED", "BLOCKED"


@dataclass(frozen=True, slots=True)
class HealthError:
    """Something that keeps an entity from sending, in Meta's words."""

    code: int | None
    description: str
    possible_solution: str


@dataclass(frozen=True, slots=True)
class HealthEntity:
    """PHONE_NUMBER, WABA, BUSINESS, APP or MESSAGE_TEMPLATE, and whether it can send."""

    entity_type: str
    id: str
    can_send_message: str
    additional_info: tuple[str, ...]
    errors: tuple[HealthError, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """The worst of all entities that a message passes, and each of them."""

    can_send_message: str
    entities: tuple[HealthEntity, ...]


def read_health(value: object) -> Health | None:
    """Return Meta's health_status; None if there is none. Unknown words stand as they came."""
    if not isinstance(value, Mapping):
        return None
    return Health(
        text(value, "can_send_message") or "UNKNOWN",
        tuple(_entity(item) for item in _objects(value.get("entities"))),
    )


def _entity(item: Mapping[str, Any]) -> HealthEntity:
    more = item.get("additional_info")
    return HealthEntity(
        entity_type=text(item, "entity_type") or "UNKNOWN",
        id=str(item.get("id") or ""),
        can_send_message=text(item, "can_send_message") or "UNKNOWN",
        additional_info=tuple(str(line) for line in more) if isinstance(more, list) else (),
        errors=tuple(
            HealthError(
                code if isinstance(code := error.get("error_code"), int) else None,
                text(error, "error_description") or "",
                text(error, "possible_solution") or "",
            )
            for error in _objects(item.get("errors"))
        ),
    )


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
