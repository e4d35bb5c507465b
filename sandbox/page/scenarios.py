"""The scenarios page: what Meta decides and what people do, by mouse or keyboard.

Every form posts the action's name; it is done by the control API's own functions, so what a page
can do a test can do as well.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.control import news, people, templates
from sandbox.control.inbound import read_person_message
from sandbox.control.parse import Refused
from sandbox.control.steps import end_token, move_clock
from sandbox.errors import GraphError
from sandbox.inbound import write
from sandbox.model import Json
from sandbox.settings import Behaviour, Faults, SettingError, parse
from sandbox.simulation import Simulation

from . import forms
from .actions import KINDS, Action
from .layout import document
from .views import html


class Scenarios:
    """The scenarios page of one sandbox."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def page(self, request: Request) -> Response:
        """GET /scenarios; with `part`, what changes alone."""
        state = forms.state(self._simulation)
        if "part" in request.query_params:
            return html(state)
        return html(document("Scenarios", forms.page(self._simulation, state), "live.js"))

    async def act(self, request: Request) -> Response:
        """POST /scenarios/{kind}/{id}: do what the form's `do` names."""
        async with request.form() as given:
            form = {key: str(value).strip() for key, value in given.items()}
        kind, subject = str(request.path_params["kind"]), str(request.path_params["subject"])
        try:
            if kind == "settings":
                self._set(subject, form.get("text", ""))
            else:
                await self._do(kind, subject, _action(kind, form.get("do", "")), form)
        except (Refused, SettingError, GraphError) as error:
            status = error.status if isinstance(error, Refused) else 422
            detail = error.details or error.message if isinstance(error, GraphError) else str(error)
            raise HTTPException(status, detail) from error
        return RedirectResponse("/scenarios", 303)

    def _set(self, what: str, text: str) -> None:
        """Set behaviour or faults to a text such as `fail=0.05,duplicate=0.2`."""
        if what == "faults":
            self._simulation.faults = parse(Faults(), text)
        elif what == "behaviour":
            self._simulation.set_behaviour(parse(Behaviour(), text))
        else:
            raise Refused(404, "there are faults and behaviour")

    async def _do(self, kind: str, subject: str, action: Action, form: dict[str, str]) -> None:
        """Do an action to the thing that it is about."""
        simulation, world = self._simulation, self._simulation.world
        if kind == "clock":
            await move_clock(simulation, action.body)
        elif kind == "people":
            self._person(form.get("wa_id", "").lstrip("+"), action, form)
        elif kind == "templates" and subject in world.templates:
            templates.ACTIONS[action.name](simulation, world.templates[subject], action.body)
        elif kind == "accounts" and subject in world.wabas:
            news.account_event(simulation, world.wabas[subject], action.body)
        elif kind == "numbers" and subject in world.numbers:
            news.number_event(simulation, world.numbers[subject], action.body)
        elif kind == "tokens" and subject in world.tokens:
            end_token(simulation, {**action.body, "access_token": subject})
        else:
            raise Refused(404, f"there is no {subject!r} here any more")

    def _person(self, wa_id: str, action: Action, form: dict[str, str]) -> None:
        """Let a person do something, on the chat with the number that the form names."""
        simulation = self._simulation
        number_id = form.get("number", "")
        body: Json = {**action.body, "phone_number_id": number_id}
        if action.name == "change":
            people.change(simulation, wa_id, body)
        elif action.name == "event":
            body["new_wa_id"] = form.get("new_wa_id", "").lstrip("+")
            people.event(simulation, wa_id, body)
        elif action.name == "write":
            said = read_person_message(simulation, wa_id, body)
            write(
                simulation,
                said.phone_number_id,
                wa_id,
                said.type,
                said.content,
                extra=said.extra,
            )
        else:
            number = simulation.world.numbers.get(number_id)
            if number is None:
                raise Refused(404, "no such number")
            news.number_event(simulation, number, {**body, "wa_id": wa_id, "wa_ids": [wa_id]})


def _action(kind: str, name: str) -> Action:
    """Return the action that a form names."""
    action = KINDS.get(kind, {}).get(name)
    if action is None:
        raise Refused(422, "choose an action")
    return action


def routes(simulation: Simulation) -> list[Route]:
    """Return the routes of the scenarios page."""
    scenarios = Scenarios(simulation)
    return [
        Route("/scenarios", scenarios.page),
        Route("/scenarios/{kind}/{subject}", scenarios.act, methods=["POST"]),
    ]
