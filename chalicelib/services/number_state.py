"""What a number's row means for people: the steps of its setup, what is wrong, what to do. Pure.

    step                 of whom             done when
    subscribe            every number        Meta sends the account's webhooks to Parley
    register             not of the app      Meta says CONNECTED, or took the registration
    smb_app_state_sync   coexistence only    Meta took the request (once, within 24 h)
    history              coexistence only    as above; or it is too late, or was declined

A coexistence number stays on the WhatsApp Business app and must never be registered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from chalicelib.core.clock import iso_or_none, to_iso
from chalicelib.schemas.numbers import (
    HealthEntityOut,
    HealthErrorOut,
    HealthStatusOut,
    NumberOut,
    ProblemOut,
    SetupStepOut,
)
from chalicelib.storage.numbers import NumberRow, messages_per_s
from chalicelib.whatsapp.health_status import BLOCKED, LIMITED, Health, HealthEntity, read_health

StepName = Literal["subscribe", "register", "smb_app_state_sync", "history"]
REGISTERED_STEPS: tuple[StepName, ...] = ("subscribe", "register")
COEXISTENCE_STEPS: tuple[StepName, ...] = ("subscribe", "smb_app_state_sync", "history")
_WORKS = "CONNECTED"
_RECONNECT = (
    "Connect the number again, by Embedded Signup or with a new access token; what was planned "
    "goes on from there."
)
_SETUP_STEPS: dict[StepName, str] = {
    "subscribe": "Go on with the setup: until then neither messages nor statuses come in.",
    "register": "Go on with the setup; if the number has a PIN of two-step verification, enter it.",
    "smb_app_state_sync": "Go on with the setup within 24 hours of the onboarding.",
    "history": "Go on with the setup within 24 hours of the onboarding.",
}
# Meta's statuses of a number, in words; others stand as they came.
_STATUSES: dict[str, tuple[str, str]] = {
    "PENDING": ("The number is not registered yet.", "Go on with the setup."),
    "UNVERIFIED": ("The number is not verified yet.", "Request a code and enter it."),
    "DISCONNECTED": ("The number is not registered with the Cloud API.", "Register it again."),
    "OFFLINE": ("The number is not registered with the Cloud API.", "Register it again."),
    "MIGRATED": (
        "The number has moved to another account.",
        "Connect it from there, or disconnect it here.",
    ),
    "DELETED": ("The number was deleted at Meta.", "Disconnect it, and connect another one."),
    "BANNED": (
        "Meta has banned the number.",
        "Look for the reason and an appeal in Meta's Business Support Home.",
    ),
    "RESTRICTED": (
        "The number has used up its messaging limit or is restricted.",
        "Wait until the restriction ends; WhatsApp Manager shows it.",
    ),
    "RATE_LIMITED": (
        "Meta limits how much the number may send just now.",
        "Wait; campaigns go on by themselves.",
    ),
    "FLAGGED": (
        "Meta has flagged the number for low quality.",
        "Send less, to people who expect it; the flag goes when quality recovers for 7 days.",
    ),
}
_RED_STATUSES = frozenset(
    {"PENDING", "UNVERIFIED", "DISCONNECTED", "OFFLINE", "MIGRATED", "DELETED", "BANNED"}
)
_NAMES: dict[str, tuple[str, str]] = {
    "DECLINED": (
        "Meta has declined the display name, so customers see the phone number.",
        "Choose another name in WhatsApp Manager, by Meta's display name guidelines.",
    ),
    "EXPIRED": (
        "The approval of the display name has expired.",
        "Register the number again to renew it.",
    ),
}


def setup_of(row: NumberRow) -> list[SetupStepOut]:
    """Return the steps of a number's setup in their order, and where each stands."""
    steps = COEXISTENCE_STEPS if row.is_on_biz_app else REGISTERED_STEPS
    return [_step(row, name) for name in steps]


def is_done(row: NumberRow, name: StepName) -> bool:
    """Tell whether a step needs no (further) doing."""
    return _step(row, name).state == "done"


def _step(row: NumberRow, name: StepName) -> SetupStepOut:
    outcome: Mapping[str, Any] = row.setup.get(name, {})
    state = outcome.get("state", "due")
    if name == "register" and row.status == _WORKS:
        state = "done"
    failed = state == "failed"
    return SetupStepOut(
        step=name,
        state=state,
        at=iso_or_none(outcome.get("at")),
        code=outcome.get("code") if failed else None,
        error=outcome.get("error") if failed else None,
    )


def problems_of(row: NumberRow) -> list[ProblemOut]:
    """Return what keeps a number from working, the worst first."""
    if row.disconnected_at is not None:
        return []
    found = [
        *_token_problem(row),
        *_status_problem(row),
        *_setup_problems(row),
        *_health_problems(read_health(row.health)),
        *_quality_problem(row),
        *_name_problem(row),
    ]
    return sorted(found, key=lambda one: one.severity != "red")


def number_fields(row: NumberRow) -> dict[str, Any]:
    """Return the fields of a NumberOut, or of one that extends it."""
    problems = problems_of(row)
    return {
        "id": row.id,
        "phone_number_id": row.phone_number_id,
        "waba_id": row.waba_id,
        "display_phone_number": row.display_phone_number,
        "verified_name": row.verified_name,
        "quality_rating": row.quality_rating,
        "throughput_level": row.throughput_level,
        "messages_per_s": messages_per_s(row),
        "messaging_limit": row.messaging_limit,
        "status": row.status,
        "name_status": row.name_status,
        "is_on_biz_app": bool(row.is_on_biz_app),
        "username": row.username,
        "state": _state(row, problems),
        "problems": problems,
        "setup": [] if row.disconnected_at is not None else setup_of(row),
        "health": health_out(read_health(row.health)),
        "token_error": row.token_error,
        "asked_at": iso_or_none(row.asked_at),
        "connected_at": to_iso(int(row.connected_at)),
        "disconnected_at": iso_or_none(row.disconnected_at),
    }


def number_out(row: NumberRow) -> NumberOut:
    """Return a number as the API tells it."""
    return NumberOut(**number_fields(row))


def health_out(health: Health | None) -> HealthStatusOut | None:
    """Return Meta's health status as the API tells it."""
    if health is None:
        return None
    return HealthStatusOut(
        can_send_message=health.can_send_message,
        entities=[_entity_out(entity) for entity in health.entities],
    )


def _entity_out(entity: HealthEntity) -> HealthEntityOut:
    return HealthEntityOut(
        entity_type=entity.entity_type,
        id=entity.id,
        can_send_message=entity.can_send_message,
        additional_info=list(entity.additional_info),
        errors=[
            HealthErrorOut(
                error_code=error.code,
                error_description=error.description,
                possible_solution=error.possible_solution,
            )
            for error in entity.errors
        ],
    )


def _state(
    row: NumberRow, problems: list[ProblemOut]
) -> Literal["green", "yellow", "red", "disconnected"]:
    if row.disconnected_at is not None:
        return "disconnected"
    return problems[0].severity if problems else "green"


def _token_problem(row: NumberRow) -> list[ProblemOut]:
    if row.token_error is None:
        return []
    text = f"Meta refuses the number's access token: {row.token_error}"
    return [_problem("token", "red", text, _RECONNECT, 190)]


def _status_problem(row: NumberRow) -> list[ProblemOut]:
    if row.status not in _STATUSES:
        return []
    text, next_step = _STATUSES[row.status]
    return [_problem("status", "red" if row.status in _RED_STATUSES else "yellow", text, next_step)]


def _setup_problems(row: NumberRow) -> list[ProblemOut]:
    return [
        _problem(
            "setup",
            "red" if step.step in REGISTERED_STEPS else "yellow",
            step.error or f"The step {step.step} of the number's setup is not done yet.",
            _SETUP_STEPS[step.step],
            step.code,
        )
        for step in setup_of(row)
        if step.state != "done"
    ]


def _health_problems(health: Health | None) -> list[ProblemOut]:
    """Return what each entity that cannot send, or not freely, says of itself."""
    return [
        problem
        for entity in (health.entities if health else ())
        if entity.can_send_message in {BLOCKED, LIMITED}
        for problem in _entity_problems(entity)
    ]


def _entity_problems(entity: HealthEntity) -> list[ProblemOut]:
    severity: Literal["red", "yellow"] = "red" if entity.can_send_message == BLOCKED else "yellow"
    if not entity.errors:
        words = " ".join(entity.additional_info)
        text = words or f"Meta says {entity.can_send_message} of {entity.entity_type}."
        return [_problem("health", severity, text, "See WhatsApp Manager.")]
    return [
        _problem("health", severity, error.description, error.possible_solution, error.code)
        for error in entity.errors
    ]


def _quality_problem(row: NumberRow) -> list[ProblemOut]:
    if row.quality_rating not in {"YELLOW", "RED"}:
        return []
    text = (
        "Customers block or report messages of this number: its quality is "
        f"{'low' if row.quality_rating == 'RED' else 'medium'}."
    )
    step = "Write less, and only to people who expect it; the rating follows the last 7 days."
    return [_problem("quality", "yellow", text, step)]


def _name_problem(row: NumberRow) -> list[ProblemOut]:
    if row.name_status not in _NAMES:
        return []
    text, next_step = _NAMES[row.name_status]
    return [_problem("name", "yellow", text, next_step)]


def _problem(
    source: Literal["token", "setup", "status", "health", "quality", "name"],
    severity: Literal["red", "yellow"],
    text: str,
    next_step: str,
    code: int | None = None,
) -> ProblemOut:
    return ProblemOut(source=source, severity=severity, code=code, text=text, next_step=next_step)
