"""POST /{phone_number_id}/messages and /marketing_messages."""

from starlette.responses import Response

from sandbox.answering import send
from sandbox.drafts import MARKETING_MESSAGES
from sandbox.model import Json
from sandbox.sending import mark_read

from .call import Call


async def post(call: Call) -> Json | Response:
    """Send a message, or mark one as read with `status`."""
    number = call.world.numbers[call.object_id]
    call.require_account(number.waba_id, sending=True)
    if "status" in call.params:
        return mark_read(call.simulation, number, call.params)
    return await send(call.simulation, call.request, number, call.params)


async def post_marketing(call: Call) -> Json | Response:
    """POST /{phone_number_id}/marketing_messages: send a marketing template."""
    number = call.world.numbers[call.object_id]
    call.require_account(number.waba_id, sending=True)
    return await send(call.simulation, call.request, number, call.params, MARKETING_MESSAGES)
