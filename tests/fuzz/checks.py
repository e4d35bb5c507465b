"""What must hold of every mutant: the parser and the webhook stand it, and lose nothing valid."""

from __future__ import annotations

import json

from chalicelib.handlers import webhook
from chalicelib.handlers.queues import inbound
from chalicelib.whatsapp.events import Inbound, Status, Unhandled
from chalicelib.whatsapp.webhooks import MalformedDelivery, parse_delivery
from tests.component.webhooks.conftest import signed, take
from tests.fuzz.mutations import NUMBER_ID, Mutant


def check_parser(mutant: Mutant) -> int:
    """Read a mutant; return how many events it had. Only torn bytes may be refused."""
    try:
        delivery = parse_delivery(mutant.raw)
    except MalformedDelivery:
        assert not mutant.is_json or not _is_object(mutant.raw), mutant.raw[:500]
        return 0
    if mutant.is_json:
        statuses = [
            event
            for event in delivery.events
            if isinstance(event, Status) and event.message_id == mutant.status_id
        ]
        messages = [
            event
            for event in delivery.events
            if isinstance(event, Inbound) and event.message_id == mutant.message_id
        ]
        assert [(one.phone_number_id, one.status) for one in statuses] == [(NUMBER_ID, "delivered")]
        assert [one.text for one in messages] == ["still here"]
    assert delivery.kept == sum(isinstance(event, Unhandled) for event in delivery.events)
    return len(delivery.events)


def check_webhook(mutant: Mutant) -> set[str]:
    """Deliver a mutant and work its queue; return the ids of the messages that came through.

    Never a 5xx, never a 4xx for a JSON object, and every message of the queue is understood.
    """
    status = webhook.handler(signed(mutant.raw), None)["statusCode"]
    assert status == 200 or (status == 400 and not _is_object(mutant.raw)), (status, mutant.raw)
    records = take("inbound")
    assert inbound.handler({"Records": records}, None) == {"batchItemFailures": []}, mutant.raw
    bodies = [json.loads(one["body"]) for one in records]
    found = {str(one["message"]["message_id"]) for one in bodies if one["type"] == "inbound"}
    assert not mutant.is_json or mutant.message_id in found
    return found


def _is_object(raw: bytes) -> bool:
    try:
        return isinstance(json.loads(raw, parse_int=str), dict)
    except (ValueError, RecursionError):
        return False
