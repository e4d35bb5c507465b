"""POST /{phone_number_id}/messages."""

from starlette.responses import HTMLResponse, Response

from sandbox.drafts import MARKETING_MESSAGES
from sandbox.errors import known
from sandbox.events import advance
from sandbox.model import Json
from sandbox.sending import Outcome, mark_read, submit

from .call import Call

# Longer than any sane client waits; afterwards the edge answers as Meta's does, in HTML.
_HANG_S = 90.0


async def post(call: Call) -> Json | Response:
    """Send a message, or mark one as read with `status`."""
    number = call.world.numbers[call.object_id]
    call.require_account(number.waba_id, sending=True)
    if "status" in call.params:
        return mark_read(call.simulation, number, call.params)
    return await _send(call, submit(call.simulation, number, call.params))


async def post_marketing(call: Call) -> Json | Response:
    """POST /{phone_number_id}/marketing_messages: send a marketing template."""
    number = call.world.numbers[call.object_id]
    call.require_account(number.waba_id, sending=True)
    return await _send(call, submit(call.simulation, number, call.params, MARKETING_MESSAGES))


async def _send(call: Call, outcome: Outcome) -> Json | Response:
    """Tell `sent` first where that is its fate, and answer."""
    if outcome.sent_first:
        update = advance(call.simulation, outcome.message, "sent")
        if update is not None:
            await call.simulation.outbox.post_now(update)
    return await _respond(call, outcome)


async def _respond(call: Call, outcome: Outcome) -> Json | Response:
    """Return the answer, or the accident that befalls it: the message is accepted either way."""
    if outcome.accident == "error_after_accept":
        raise known(131000)
    if outcome.accident == "timeout_after_accept":
        await call.simulation.clock.sleep(_HANG_S)
        return HTMLResponse("<html><body>504 Gateway Time-out</body></html>", status_code=504)
    return outcome.answer
