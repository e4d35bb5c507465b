"""What a change leaves behind: who did what, when, from where, and what it was before and after.

The endpoint wrapper alone writes the trail (`audited`), for every route that changes something. A
route names the function that reads what it changes (`before=`); a service of a public route tells
who the caller turned out to be (`note_actor`).

    before the view runs     an intent is written; if it cannot be, 503 and nothing is done
    the view refused (4xx)   nothing has changed: the intent goes
    it was done, or may      the record is chained to the one before it, and the intent goes with it
    have been (2xx, 5xx)
    chaining fails           the answer stands, since what was done is done; it is logged, and the
    or the process dies      intent is chained as "unknown" with the next change of that tenant

A public route has no tenant before its view has run, so it has no intent: its record may be lost
with the process. A failed sign-in is in the logs only: a write that happens for known e-mails alone
would tell by its time which those are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.core.errors import AppError
from chalicelib.core.idempotency import Answer
from chalicelib.core.log import log

if TYPE_CHECKING:
    from pydantic import BaseModel

SECRET = "[secret]"  # noqa: S105 - what stands in a secret's place
MAX_TEXT = 500
MAX_DETAILS_BYTES = 8_000
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|secret|token|pin|code|otp|totp|key|credential|cookie|authorization)s?$"
)


@dataclass(frozen=True, slots=True)
class Event:
    """Who asks for what, from where; known before it is done."""

    tenant_id: str
    actor_id: str
    role: str
    source_ip: str
    user_agent: str
    request_id: str
    action: str
    route: str
    targets: Mapping[str, str]
    at_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: the status that was answered, and what was before and after, without secrets.

    `status` 0 says that nobody knows.
    """

    status: int
    details: Mapping[str, Any]


class Trail(Protocol):
    """Keeps the audit trail; the errors that its methods raise are the database's."""

    def begin(self, event: Event) -> None:
        """Write the intent."""
        ...

    def finish(self, event: Event, outcome: Outcome) -> None:
        """Chain the record, and remove the intent."""
        ...

    def drop(self, event: Event) -> None:
        """Remove the intent of what was not done."""
        ...


@dataclass(slots=True)
class _Notes:
    """What the services tell while a view runs."""

    actor: tuple[str, str, str] | None = None


_notes: ContextVar[_Notes | None] = ContextVar("audit_notes", default=None)


def note_actor(tenant_id: str, user_id: str, role: str) -> None:
    """Tell whom a public route turned out to be about; without effect where nothing is audited."""
    notes = _notes.get()
    if notes is not None:
        notes.actor = (tenant_id, user_id, role)


def audited(
    trail: Trail,
    event: Event,
    asked: BaseModel | Mapping[str, Any] | None,
    read_before: Callable[[], BaseModel | None],
    act: Callable[[], Answer],
) -> Answer:
    """Carry `act` out and leave its record; see the module's table. An event without a tenant is a
    public route's. `asked` is what was sent, None if it must not be kept; `read_before` returns
    what is going to be changed. 7 WRU and 0.5 RRU, and what `read_before` costs.
    """
    state = read_before()
    before = None if state is None else state.model_dump(mode="json")
    if event.tenant_id:
        trail.begin(event)
    notes = _Notes()
    reset = _notes.set(notes)
    try:
        answer = act()
    except AppError as error:
        if error.status < 500:
            _try(trail.drop, event)
        else:
            _finish(trail, event, notes, Outcome(error.status, {}))
        raise
    except Exception:
        _finish(trail, event, notes, Outcome(500, {}))
        raise
    finally:
        _notes.reset(reset)
    _finish(trail, event, notes, Outcome(answer.status, details(before, asked, answer)))
    return answer


def _finish(trail: Trail, event: Event, notes: _Notes, outcome: Outcome) -> None:
    if notes.actor is not None and not event.tenant_id:
        tenant_id, actor_id, role = notes.actor
        values = {name: getattr(event, name) for name in Event.__slots__}
        event = Event(**values | {"tenant_id": tenant_id, "actor_id": actor_id, "role": role})
    _try(trail.finish, event, outcome)


def _try(step: Callable[..., None], event: Event, *more: Outcome) -> None:
    """Take a step that must not undo an answer: what was done is done, and stays intent."""
    if not event.tenant_id:
        return
    try:
        step(event, *more)
    except Exception:  # noqa: BLE001 - whatever it is, the caller is to hear what was done
        log.exception("the audit trail could not be written", extra={"action": event.action})


def details(
    before: Mapping[str, Any] | None,
    asked: BaseModel | Mapping[str, Any] | None,
    answer: Answer,
) -> dict[str, Any]:
    """Return what is kept of a change: `id` of what was made, and `before` and `after`.

    Where the state before is known these hold what differs; otherwise `after` is what was asked.
    Secrets are replaced, long texts cut; over MAX_DETAILS_BYTES only the names of fields are kept.
    """
    given = _answered(answer)
    made = {"id": given["id"]} if isinstance(given.get("id"), str) else {}
    wanted = {} if asked is None else _plain(asked)
    if before is None:
        kept: dict[str, Any] = {**made, "after": wanted} if wanted else dict(made)
    else:
        after = given or ({} if answer.status == 204 else wanted)
        names = sorted(n for n in {*before, *after} if before.get(n) != after.get(n))
        kept = {
            **made,
            "before": {n: before[n] for n in names if n in before},
            "after": {n: after[n] for n in names if n in after},
        }
    safe: dict[str, Any] = redact(kept)
    if len(json.dumps(safe)) > MAX_DETAILS_BYTES:
        return {
            name: value if isinstance(value, str) else {"fields": sorted(value)[:100]}
            for name, value in safe.items()
        }
    return safe


def redact(value: Any, name: str = "") -> Any:  # noqa: ANN401 - JSON
    """Return JSON without its secrets, which are known by their fields' names, and its long texts.

    >>> redact({"phone": "+49", "pin": "123456", "access_token": "EAA"})
    {'phone': '+49', 'pin': '[secret]', 'access_token': '[secret]'}
    """
    if value not in (None, "", [], {}) and not isinstance(value, bool):
        # `keys` of a mapping's own names are told by the mapping, so only leaves are judged here.
        if _SECRET_NAME.search(name) and not isinstance(value, dict):
            return SECRET
        if isinstance(value, dict):
            return {str(key): redact(inner, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [redact(inner, name) for inner in value[:200]]
        if isinstance(value, str) and len(value) > MAX_TEXT:
            return value[:MAX_TEXT] + "…"
    return value


def _plain(asked: BaseModel | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(asked, Mapping):
        return asked.model_dump(mode="json", exclude_unset=True)
    return dict(asked)


def _answered(answer: Answer) -> dict[str, Any]:
    if not answer.text or "json" not in answer.content_type:
        return {}
    found = json.loads(answer.text)
    return found if isinstance(found, dict) else {}
