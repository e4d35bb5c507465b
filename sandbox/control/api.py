"""The control API: /sandbox/..., JSON, for tests and for people on this machine. No authentication.

Errors are problem+json: 404 for an unknown id, 422 for a value that cannot be, naming what can.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.errors import GraphError
from sandbox.model import Json, Message
from sandbox.settings import Behaviour, Faults, SettingError, changed
from sandbox.simulation import Simulation

from . import scenarios
from .accounts import make_code, make_number
from .counts import counts
from .parse import Refused, limit_of, read_object
from .scenarios import Table
from .steps import move_clock

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _guarded(
    simulation: Simulation, handler: Callable[[Simulation, Request], Awaitable[Json]]
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that calls `handler` and answers its refusals as problems."""

    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await handler(simulation, request))
        except Refused as error:
            return _problem(error.status, str(error))
        except SettingError as error:
            return _problem(422, str(error))
        except GraphError as error:
            return _problem(422, error.details or error.message)

    return endpoint


def _problem(status: int, detail: str) -> Response:
    """Return an RFC 9457 problem."""
    title = {404: "Not found", 422: "Unprocessable content"}.get(status, "Bad request")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


async def _health(simulation: Simulation, _request: Request) -> Json:
    """GET /sandbox/health."""
    return {
        "status": "ok",
        "seed": simulation.seed,
        "now": simulation.clock.now(),
        "pending_webhooks": simulation.outbox.pending,
    }


async def _counts(simulation: Simulation, request: Request) -> Json:
    """GET /sandbox/counts?callback_prefix=&phone_number_id=."""
    query = request.query_params
    number = query.get("phone_number_id", "")
    if number and number not in simulation.world.numbers:
        raise Refused(404, f"no number {number!r}")
    return counts(simulation, query.get("callback_prefix", ""), number)


async def _messages(simulation: Simulation, request: Request) -> Json:
    """GET /sandbox/messages?wa_id=&after=&limit=: the log, oldest first; `after` is an id."""
    query = request.query_params
    wa_id, after = query.get("wa_id", ""), query.get("after", "")
    limit = limit_of(request, 100, 1000)
    found = [m for m in simulation.world.messages.values() if wa_id in ("", m.wa_id)]
    if after:
        index = next((i for i, m in enumerate(found) if m.id == after), None)
        if index is None:
            raise Refused(404, f"no message {after!r} in this list")
        found = found[index + 1 :]
    items = [_shown(m) for m in found[:limit]]
    return {"items": items, "next_cursor": items[-1]["id"] if len(found) > limit else None}


def _shown(message: Message) -> Json:
    """Return a message of the log with its content as JSON."""
    return {**asdict(message), "content": json.loads(message.content)}


async def _behaviour(simulation: Simulation, request: Request) -> Json:
    """GET, PUT (names not given return to the default) or PATCH (they stay) /sandbox/behaviour."""
    if request.method != "GET":
        base = Behaviour() if request.method == "PUT" else simulation.behaviour
        simulation.set_behaviour(changed(base, await read_object(request)))
    return asdict(simulation.behaviour)


async def _faults(simulation: Simulation, request: Request) -> Json:
    """GET, PUT or PATCH /sandbox/faults."""
    if request.method != "GET":
        base = Faults() if request.method == "PUT" else simulation.faults
        simulation.faults = changed(base, await read_object(request))
    return asdict(simulation.faults)


async def _reset(simulation: Simulation, request: Request) -> Json:
    """POST /sandbox/reset {"seed"?, "everything"?}: forget the traffic; with everything, accounts
    too.
    """
    body = await read_object(request)
    seed, everything = body.get("seed"), body.get("everything", False)
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise Refused(422, "seed must be a whole number")
    if not isinstance(everything, bool):
        raise Refused(422, "everything must be true or false")
    simulation.reset(seed, everything=everything)
    return {"seed": simulation.seed}


async def _numbers(simulation: Simulation, request: Request) -> Json:
    """GET /sandbox/numbers, or POST to add one: waba_id?, display_phone_number?, verified_name?,
    ...
    """
    if request.method == "POST":
        return make_number(simulation, await read_object(request))
    return {"items": [asdict(number) for number in simulation.world.numbers.values()]}


async def _signup(simulation: Simulation, request: Request) -> Json:
    """POST /sandbox/signups: what Embedded Signup hands over: a code and the accounts' ids."""
    return make_code(simulation, await read_object(request))


async def _clock(simulation: Simulation, request: Request) -> Json:
    """GET /sandbox/clock, or POST {"factor"?, "at"?, "advance_s"?}."""
    body = await read_object(request) if request.method == "POST" else {}
    return await move_clock(simulation, body)


_TABLE: Table = (
    ("/health", ("GET",), _health),
    ("/counts", ("GET",), _counts),
    ("/messages", ("GET",), _messages),
    ("/behaviour", ("GET", "PUT", "PATCH"), _behaviour),
    ("/faults", ("GET", "PUT", "PATCH"), _faults),
    ("/clock", ("GET", "POST"), _clock),
    ("/reset", ("POST",), _reset),
    ("/numbers", ("GET", "POST"), _numbers),
    ("/signups", ("POST",), _signup),
    *scenarios.TABLE,
)


async def _unknown(_simulation: Simulation, request: Request) -> Json:
    """Answer every other call under /sandbox."""
    calls = ", ".join(path for path, _, _ in _TABLE)
    raise Refused(404, f"no {request.method} {request.url.path}; under /sandbox there are {calls}")


def routes(simulation: Simulation) -> list[Route]:
    """Return the control API's routes."""
    table = (*_TABLE, ("/{path:path}", _METHODS, _unknown))
    return [
        Route(f"/sandbox{path}", _guarded(simulation, handler), methods=list(methods))
        for path, methods, handler in table
    ]
