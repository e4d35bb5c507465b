"""The pages' routes: the list at /, a phone at /phones/{wa_id}, and what a person does on it."""

import base64
from heapq import nlargest
from pathlib import Path
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.control.counts import counts
from sandbox.errors import GraphError
from sandbox.inbound import write
from sandbox.model import Conversation, Json, Message
from sandbox.rules.phone import to_wa_id
from sandbox.simulation import Simulation
from sandbox.world import World

from . import layout
from .content import bubble_of

_SHOWN = 100
_MAX_TEXT = 4096
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def html(text: str) -> Response:
    """Return a page or a part of one."""
    return HTMLResponse(text, headers=_HEADERS)


class Pages:
    """The pages of one sandbox."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def home(self, request: Request) -> Response:
        """GET /?q=: people by their last message; with `part`, the list alone."""
        query = request.query_params.get("q", "").strip()
        world = self._simulation.world
        found = [
            c for c in world.conversations.values() if c.message_ids and _matches(world, c, query)
        ]
        newest = nlargest(_SHOWN, found, key=lambda c: c.last_at)
        listing = layout.listing(
            world, newest, counts(self._simulation), more=len(found) - len(newest)
        )
        return html(listing if "part" in request.query_params else layout.home(listing, query))

    def _conversation(self, request: Request, number: str) -> Conversation:
        """Return the conversation of a path and a number, the latest one if none is named."""
        wa_id, world = str(request.path_params["wa_id"]), self._simulation.world
        try:
            valid = to_wa_id(wa_id) == wa_id
        except GraphError:
            valid = False
        if not valid or (number and number not in world.numbers):
            raise HTTPException(404, "No such phone or number.")
        if number:
            return world.conversation(number, wa_id)
        had = world.conversations_of(wa_id)
        if had:
            return max(had, key=lambda c: c.last_at)
        return world.conversation(next(iter(world.numbers)), wa_id)

    async def phone(self, request: Request) -> Response:
        """GET /phones/{wa_id}?number=: the chat; with `part`, its messages alone."""
        conversation = self._conversation(request, request.query_params.get("number", ""))
        world = self._simulation.world
        if "part" in request.query_params:
            return html(layout.thread(world, conversation))
        others = world.conversations_of(conversation.wa_id)
        return html(layout.phone(world, conversation, others))

    async def answer(self, request: Request) -> Response:
        """POST /phones/{wa_id}/messages: type a text, or tap the `choice` of a `message`."""
        async with request.form() as fields:
            form = {key: str(value) for key, value in fields.items()}
        conversation = self._conversation(request, form.get("number", ""))
        number, wa_id = conversation.phone_number_id, conversation.wa_id
        message_id = form.get("message", "")
        if message_id:
            kind, content = self._choice(conversation, message_id, form.get("choice", ""))
        else:
            text = form.get("text", "").strip()
            if not 1 <= len(text) <= _MAX_TEXT:
                raise HTTPException(422, f"Type from 1 to {_MAX_TEXT} characters.")
            kind, content = "text", {"body": text}
        write(self._simulation, number, wa_id, kind, content, context_id=message_id)
        return RedirectResponse(f"/phones/{quote(wa_id)}?number={quote(number)}", 303)

    def _choice(self, conversation: Conversation, message_id: str, choice: str) -> tuple[str, Json]:
        """Return what tapping a button of a message sends."""
        message = self._simulation.world.messages.get(message_id)
        if not isinstance(message, Message) or message_id not in conversation.message_ids:
            raise HTTPException(404, "No such message in this chat.")
        choices = bubble_of(self._simulation.world, message).choices
        if choice.isdigit() and int(choice) < len(choices):
            reply = choices[int(choice)].reply
            if reply is not None:
                return reply
        raise HTTPException(422, "No such button on this message.")

    async def media(self, request: Request) -> Response:
        """GET /phones/{wa_id}/media/{id}: an uploaded file, for the phone to show."""
        media = self._simulation.world.media.get(str(request.path_params["media_id"]))
        if media is None:
            raise HTTPException(404, "No such media.")
        content = base64.b64decode(media.content)
        headers = {**_HEADERS, "Content-Security-Policy": "sandbox"}
        return Response(content, media_type=media.mime_type, headers=headers)


def _matches(world: World, conversation: Conversation, query: str) -> bool:
    """Tell whether a conversation is with a person whose name or number contains the query."""
    digits = "".join(c for c in query if c.isdigit())
    if digits and not query.strip("+0123456789 ()-"):
        return digits in conversation.wa_id
    return query.casefold() in world.name_of(conversation.wa_id).casefold()


def routes(simulation: Simulation) -> list[BaseRoute]:
    """Return the routes of the pages."""
    pages = Pages(simulation)
    return [
        Route("/", pages.home),
        Route("/phones/{wa_id}", pages.phone),
        Route("/phones/{wa_id}/messages", pages.answer, methods=["POST"]),
        Route("/phones/{wa_id}/media/{media_id}", pages.media),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]
