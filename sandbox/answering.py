"""How a send is answered: late, wrongly or not at all, if the faults say so.

Whatever the caller gets to hear, `submit` has decided before whether the message goes out.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from .drafts import CLOUD_API
from .errors import GraphError, known
from .events import advance
from .model import Json, Number
from .rules.fate import latency_s
from .sending import Interrupted, Outcome, submit
from .simulation import Simulation

# Longer than any sane client waits; afterwards the edge answers as Meta's does, in HTML.
HANG_S = 90.0


async def send(
    simulation: Simulation, request: Request, number: Number, params: Json, edge: str = CLOUD_API
) -> Json | Response:
    """Send a message and return the answer; raise GraphError for a refusal.

    With the fault `status_before_response` the `sent` webhook has been posted before this returns.
    A reset closes the caller's TCP connection.
    """
    nth = simulation.world.serial(f"send|{number.id}")
    late = latency_s(simulation.faults, simulation.seed, number.id, nth)
    try:
        outcome = submit(simulation, number, params, edge)
    except GraphError:
        await _pause(simulation, late)
        raise
    except Interrupted as interrupted:
        await _pause(simulation, late)
        return await _mishap(simulation, request, interrupted.kind.removesuffix("_before_accept"))
    await _tell_first(simulation, outcome)
    await _pause(simulation, late)
    if outcome.accident.endswith("_after_accept"):
        kind = outcome.accident.removesuffix("_after_accept")
        return await _mishap(simulation, request, kind)
    return outcome.answer


async def _pause(simulation: Simulation, seconds: float) -> None:
    """Let a latency pass."""
    if seconds:
        await simulation.clock.sleep(seconds)


async def _tell_first(simulation: Simulation, outcome: Outcome) -> None:
    """Post the `sent` webhook now if it is to overtake the answer."""
    if outcome.sent_first:
        message = outcome.message
        update = advance(simulation, message, "sent")
        if update is not None:
            simulation.tell_again(update, message.wa_id, message.nth, "sent")
            await simulation.outbox.post_now(update)


async def _mishap(simulation: Simulation, request: Request, kind: str) -> Response:
    """Answer as Meta's servers do when something has gone wrong on the way."""
    if kind == "error":
        raise known(131000)
    if kind == "gateway":
        return _html(502, "Bad Gateway")
    if kind == "timeout":
        await simulation.clock.sleep(HANG_S)
        return _html(504, "Gateway Time-out")
    if simulation.cut is None:
        raise ConnectionResetError("the fault reset closed the connection")
    await simulation.cut(request.scope["client"])
    return _html(500, "Connection reset")


def _html(status: int, title: str) -> Response:
    """Return the page of a proxy: what Graph's edge answers when Graph itself does not."""
    return HTMLResponse(f"<html><body><h1>{status} {title}</h1></body></html>", status)
