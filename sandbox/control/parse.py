"""Reading the control API's requests: each function returns what it checked or raises Refused."""

import json

from starlette.requests import Request

from sandbox.model import Json
from sandbox.rules.phone import to_wa_id
from sandbox.simulation import Simulation

_MAX_TEXT = 4096


class Refused(Exception):
    """A request that cannot be served: an HTTP status and what to change."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


async def read_object(request: Request) -> Json:
    """Return the body as a JSON object; an empty body is an empty object."""
    body = await request.body()
    if not body.strip():
        return {}
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(422, f"the body is not valid JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise Refused(422, "the body must be a JSON object")
    return parsed


def parse_text(body: Json, key: str, default: str | None = None) -> str:
    """Return a text member; without a default it is required."""
    value = body.get(key, default)
    if not isinstance(value, str) or (not value and default is None):
        raise Refused(422, f"{key} must be a text")
    return value


def limit_of(request: Request, default: int, most: int) -> int:
    """Return the `limit` of a query."""
    text = request.query_params.get("limit", str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise Refused(422, f"limit must be a number from 1 to {most}")
    return int(text)


def number_of(simulation: Simulation, value: object) -> str:
    """Return the id of a number that exists."""
    if not isinstance(value, str) or value not in simulation.world.numbers:
        known = ", ".join(simulation.world.numbers)
        raise Refused(422, f"phone_number_id must be one of {known}")
    return value


def read_person_message(
    simulation: Simulation, wa_id: str, body: Json
) -> tuple[str, str, Json, str]:
    """Return number, type, content and quoted message of what a person writes.

    Types: text {"text"}, button {"button": {"payload", "text"}} (a template's quick reply) and
    interactive {"interactive": {...}} (a reply to buttons or a list).
    """
    if to_wa_id(wa_id) != wa_id:
        raise Refused(422, "wa_id must be the digits of a phone number, such as 15550111111")
    number = number_of(simulation, body.get("phone_number_id"))
    kind = parse_text(body, "type", default="text")
    context_id = parse_text(body, "context_message_id", default="")
    world = simulation.world
    quoted = world.messages.get(context_id) or world.inbound.get(context_id)
    if context_id and (quoted is None or (quoted.phone_number_id, quoted.wa_id) != (number, wa_id)):
        raise Refused(404, f"no message {context_id!r} in this conversation")
    return number, kind, _content(kind, body), context_id


def _content(kind: str, body: Json) -> Json:
    """Return the content of a person's message."""
    if kind == "text":
        text = parse_text(body, "text")
        if not text.strip() or len(text) > _MAX_TEXT:
            raise Refused(422, f"text must have from 1 to {_MAX_TEXT} characters")
        return {"body": text}
    value = body.get(kind)
    if kind == "button" and isinstance(value, dict):
        return {"payload": parse_text(value, "payload"), "text": parse_text(value, "text")}
    if kind == "interactive" and isinstance(value, dict):
        reply_type = parse_text(value, "type")
        if reply_type in ("button_reply", "list_reply") and isinstance(value.get(reply_type), dict):
            return value
    raise Refused(
        422,
        'type must be text, button {"payload","text"} or interactive {"type":"button_reply"...}',
    )
