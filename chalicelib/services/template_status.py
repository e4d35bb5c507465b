"""What webhooks say of templates; apart from `templates` so that the webhook loads little."""

from __future__ import annotations

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import system_context
from chalicelib.core.errors import NotFound
from chalicelib.core.log import log
from chalicelib.storage.templates import Templates, find_template
from chalicelib.whatsapp.events import TemplateStatus

# Meta's statuses, and the events that say the same in another word. Other events (FLAGGED, LOCKED,
# any new one) do not change what can be sent.
_STATUS_OF_EVENT = {
    **{
        status: status
        for status in (
            *("PENDING", "APPROVED", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL"),
            *("PENDING_DELETION", "DELETED", "LIMIT_EXCEEDED", "ARCHIVED"),
        )
    },
    "REINSTATED": "APPROVED",
    "UNARCHIVED": "APPROVED",
}


def apply_status(event: TemplateStatus, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Write what a webhook says of a template; tell whether it changed one of ours.

    False, and no error, for a template that is not here, an event that changes nothing that can be
    sent, and an event older than what is known: webhooks come repeated and out of order.
    """
    owner = find_template(event.meta_template_id)
    status = _STATUS_OF_EVENT.get(event.event)
    if owner is None or status is None:
        log.info("template event without effect", extra={"event": event.event[:40]})
        return False
    templates = Templates(system_context(owner.tenant_id, "webhook"))
    try:
        row = templates.get(owner.entity_id)
    except NotFound:
        return False
    now_ms = clock.now_ms()
    at_ms = now_ms if event.at_ms is None else event.at_ms
    reason = event.reason if status not in {"APPROVED", "PENDING"} else None
    return templates.set_status(row, status, event.category, reason, at_ms, now_ms)
