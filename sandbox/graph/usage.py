"""Counting management calls against the account that they are about."""

from sandbox.simulation import Simulation

_UNCOUNTED = frozenset({"messages", "marketing_messages", "media", "message_history"})


def count(simulation: Simulation, kind: str, object_id: str, edge: str) -> dict[str, str]:
    """Count a call and return the usage headers of its answer, none for a call that is not counted.

    Raises Throttled (80007) at the limit: `management_calls` an hour, `management_calls_active`
    for an account with a registered number.
    """
    waba_id = _account(simulation, kind, object_id, edge)
    if not waba_id:
        return {}
    behaviour, now = simulation.behaviour, simulation.clock.now()
    is_active = any(n.status == "CONNECTED" for n in simulation.world.numbers_of(waba_id))
    limit = behaviour.management_calls_active if is_active else behaviour.management_calls
    return simulation.usage.take(waba_id, int(limit), now)


def _account(simulation: Simulation, kind: str, object_id: str, edge: str) -> str:
    """Return the account that a call is about, "" for a call that is not counted."""
    world = simulation.world
    if edge in _UNCOUNTED:
        return ""
    if kind == "waba":
        return object_id
    if kind == "number":
        return world.numbers[object_id].waba_id
    if kind == "template":
        return world.templates[object_id].waba_id
    return world.flows[object_id].waba_id if kind == "flow" else ""
