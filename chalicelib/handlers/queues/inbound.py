"""Lambda of the inbound queue: what customers wrote, and all else that the webhook leaves there."""

from __future__ import annotations

from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services import account_reports, coexistence, inbound, reachability
from chalicelib.services.own_numbers import of_own_number

handler = Consumer(
    {
        "inbound": of_own_number(inbound.receive),
        "past": of_own_number(coexistence.receive_past),
        "contacts": of_own_number(coexistence.receive_contacts),
        "preference": of_own_number(reachability.note_preference),
        "failure": of_own_number(reachability.note_failure),
        "account": account_reports.report,
        "number_error": of_own_number(account_reports.note_number_error),
        "template": account_reports.note_template_stopped,
        "blocked": of_own_number(account_reports.note_blocked),
    }
)
