"""The control API's scenarios: what people do and what Meta decides, each a POST that tells."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.requests import Request

from sandbox.inbound import write
from sandbox.model import Json
from sandbox.simulation import Simulation
from sandbox.webhooks.accounts import value_update

from . import news, people, templates
from .inbound import read_person_message
from .parse import Refused, limit_of, parse_object, parse_text, read_object
from .steps import end_token

Handler = Callable[[Simulation, Request], Awaitable[Json]]
Table = tuple[tuple[str, tuple[str, ...], Handler], ...]


async def _write(simulation: Simulation, request: Request) -> Json:
    """POST /sandbox/contacts/{wa_id}/messages: a person writes to a number."""
    wa_id = str(request.path_params["wa_id"])
    said = read_person_message(simulation, wa_id, await read_object(request))
    message = write(
        simulation,
        said.phone_number_id,
        wa_id,
        said.type,
        said.content,
        context_id=said.context_id,
        extra=said.extra,
    )
    return {"id": message.id}


async def _person(simulation: Simulation, request: Request) -> Json:
    """GET or PATCH /sandbox/people/{wa_id}."""
    wa_id = str(request.path_params["wa_id"])
    if request.method == "PATCH":
        return people.change(simulation, wa_id, await read_object(request))
    return people.shown(simulation, wa_id)


async def _person_event(simulation: Simulation, request: Request) -> Json:
    """POST /sandbox/people/{wa_id}/events."""
    return people.event(simulation, str(request.path_params["wa_id"]), await read_object(request))


async def _templates(simulation: Simulation, _request: Request) -> Json:
    """GET /sandbox/templates: all templates of all accounts."""
    return {"items": [asdict(template) for template in simulation.world.templates.values()]}


async def _template(simulation: Simulation, request: Request) -> Json:
    """POST /sandbox/templates/{id}/{review, quality, category, components, pacing}."""
    template = simulation.world.templates.get(str(request.path_params["template_id"]))
    action = templates.ACTIONS.get(str(request.path_params["action"]))
    if template is None:
        raise Refused(404, "no such template")
    if action is None:
        raise Refused(404, f"a template has {', '.join(templates.ACTIONS)}")
    return action(simulation, template, await read_object(request))


async def _account_event(simulation: Simulation, request: Request) -> Json:
    """POST /sandbox/accounts/{waba_id}/events."""
    waba = simulation.world.wabas.get(str(request.path_params["waba_id"]))
    if waba is None:
        raise Refused(404, f"there are the accounts {', '.join(simulation.world.wabas)}")
    return news.account_event(simulation, waba, await read_object(request))


async def _number_event(simulation: Simulation, request: Request) -> Json:
    """POST /sandbox/numbers/{phone_number_id}/events."""
    number = simulation.world.numbers.get(str(request.path_params["phone_number_id"]))
    if number is None:
        raise Refused(404, f"there are the numbers {', '.join(simulation.world.numbers)}")
    return news.number_event(simulation, number, await read_object(request))


async def _token(simulation: Simulation, request: Request) -> Json:
    """POST /sandbox/tokens {"access_token", "is_revoked"?, "expires_in_s"?}."""
    return end_token(simulation, await read_object(request))


async def _webhooks(simulation: Simulation, request: Request) -> Json:
    """GET /sandbox/webhooks?limit=: the last POSTs, newest first; or POST one with a `field` and a
    `value` of any kind, of `waba_id` and `phone_number_id` (where overrides matter).
    """
    world = simulation.world
    if request.method == "POST":
        body = await read_object(request)
        waba_id = parse_text(body, "waba_id", default=world.fixture.waba_id)
        number_id = parse_text(body, "phone_number_id", default="")
        if number_id in world.numbers:
            waba_id = world.numbers[number_id].waba_id
        if waba_id not in world.wabas or (number_id and number_id not in world.numbers):
            raise Refused(404, "no such account or number")
        update = value_update(
            parse_text(body, "field"),
            waba_id,
            parse_object(body, "value"),
            simulation.clock.now(),
            number_id=number_id,
            entry_id=parse_text(body, "entry_id", default=""),
        )
        simulation.tell(update)
        return {"pending_webhooks": simulation.outbox.pending}
    newest = list(simulation.outbox.log)[: -limit_of(request, 20, 500) - 1 : -1]
    return {"items": [asdict(delivery) for delivery in newest]}


async def _again(simulation: Simulation, request: Request) -> Json:
    """POST /sandbox/webhooks/{id}/again: deliver one of the last POSTs once more, byte for byte."""
    wanted = str(request.path_params["delivery_id"])
    found = next((d for d in simulation.outbox.log if str(d.id) == wanted), None)
    if found is None:
        raise Refused(404, "no such webhook among the last ones")
    return {"id": simulation.outbox.repeat(found)}


TABLE: Table = (
    ("/contacts/{wa_id}/messages", ("POST",), _write),
    ("/people/{wa_id}", ("GET", "PATCH"), _person),
    ("/people/{wa_id}/events", ("POST",), _person_event),
    ("/templates", ("GET",), _templates),
    ("/templates/{template_id}/{action}", ("POST",), _template),
    ("/accounts/{waba_id}/events", ("POST",), _account_event),
    ("/numbers/{phone_number_id}/events", ("POST",), _number_event),
    ("/tokens", ("POST",), _token),
    ("/webhooks", ("GET", "POST"), _webhooks),
    ("/webhooks/{delivery_id}/again", ("POST",), _again),
)
