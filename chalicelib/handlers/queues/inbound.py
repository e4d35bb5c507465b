"""Lambda of the inbound queue: what customers wrote, and all else that the webhook leaves there."""

from __future__ import annotations

from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services import account_reports, coexistence, inbound, reachability

handler = Consumer(
    {
        "inbound": inbound.receive,
        "past": coexistence.receive_past,
        "contacts": coexistence.receive_contacts,
        "preference": reachability.note_preference,
        "failure": reachability.note_failure,
        "account": account_reports.report,
        "number_error": account_reports.note_number_error,
        "template": account_reports.note_template_stopped,
        "blocked": account_reports.note_blocked,
    }
)
