"""The sandbox's own count of what happened, from its log of accepted messages."""

from collections import Counter

from sandbox.model import Json, Message
from sandbox.simulation import Simulation


def counts(simulation: Simulation, callback_prefix: str = "", phone_number_id: str = "") -> Json:
    """Return the counts of messages whose callback data begins with the prefix, all by default.

    `refused`, the webhook counters and `peak_in_1s` know nothing of callback data: they are of the
    number or of the whole sandbox. Cost: one pass over the log.
    """
    world = simulation.world
    accepted = [
        m
        for m in world.messages.values()
        if (not callback_prefix or m.callback_data.startswith(callback_prefix))
        and (not phone_number_id or m.phone_number_id == phone_number_id)
    ]
    recipients = {(m.phone_number_id, m.wa_id) for m in accepted}
    numbers = [n for n in world.numbers.values() if phone_number_id in ("", n.id)]
    return {
        "accepted": len(accepted),
        "unique_recipients": len(recipients),
        "duplicates": len(accepted) - len(recipients),
        "refused": _refused(world.refused, phone_number_id),
        "statuses": dict(Counter(m.status for m in accepted)),
        "failed": {str(c): n for c, n in Counter(_codes(accepted)).items()},
        **_inbound(simulation, {m.id for m in accepted}, callback_prefix, phone_number_id),
        "pending_events": len(simulation.schedule),
        "pending_webhooks": simulation.outbox.pending,
        "webhook_posts": world.counters["webhook_posts"],
        "webhook_retries": world.counters["webhook_retries"],
        "webhooks_given_up": world.counters["webhooks_given_up"],
        "webhooks_without_subscriber": world.counters["webhooks_without_subscriber"],
        "peak_in_1s": max((n.peak_in_1s for n in numbers), default=0),
        "first_accept_at": accepted[0].accepted_at if accepted else None,
        "last_accept_at": accepted[-1].accepted_at if accepted else None,
    }


def _codes(messages: list[Message]) -> list[int]:
    """Return the error codes of the messages that have failed."""
    return [m.error_code for m in messages if m.status == "failed"]


def _refused(refused: Counter[str], phone_number_id: str) -> dict[str, int]:
    """Return the refusals by code, of one number or of all."""
    total: Counter[str] = Counter()
    for key, count in refused.items():
        number, _, code = key.partition("|")
        if phone_number_id in ("", number):
            total[code] += count
    return dict(total)


def _inbound(
    simulation: Simulation, accepted: set[str], callback_prefix: str, phone_number_id: str
) -> Json:
    """Return how much people wrote, and how much of it answers one of the messages counted."""
    written = [
        m
        for m in simulation.world.inbound.values()
        if phone_number_id in ("", m.phone_number_id)
        and (not callback_prefix or m.answers in accepted)
    ]
    return {"answers": sum(m.answers in accepted for m in written), "inbound": len(written)}
