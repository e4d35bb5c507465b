"""Scenarios of people: what they set, and what happens to them."""

from dataclasses import asdict

from sandbox.model import Json
from sandbox.people import (
    change_identity,
    change_number,
    change_user_id,
    click_link,
    prefer_marketing,
    set_username,
    share_contact,
)
from sandbox.simulation import Simulation

from .inbound import check_wa_id
from .parse import Refused, number_of, parse_choice, parse_flag, parse_text

EVENTS = ("CHANGE_NUMBER", "CHANGE_USER_ID", "CHANGE_IDENTITY", "SHARE_CONTACT", "CLICK_LINK")


def shown(simulation: Simulation, wa_id: str) -> Json:
    """Return what there is to know of a person."""
    world = simulation.world
    person = asdict(world.people[wa_id]) if wa_id in world.people else {}
    ids = {c.phone_number_id: world.user_id_for(c.phone_number_id, wa_id)
           for c in world.conversations_of(wa_id)}  # fmt: skip
    return {
        "username": "",
        "hides_phone": False,
        "stopped": [],
        "moved_to": "",
        **person,
        "wa_id": wa_id,
        "name": world.name_of(wa_id),
        "user_ids": ids,
    }


def change(simulation: Simulation, wa_id: str, body: Json) -> Json:
    """Set `name`, `username` and `hides_phone`; with `marketing` stop or resume the marketing of
    the business of `phone_number_id`.
    """
    check_wa_id(wa_id)
    world = simulation.world
    name = parse_text(body, "name", default=world.name_of(wa_id))
    username = parse_text(body, "username", default="") if "username" in body else None
    hides = parse_flag(body, "hides_phone") if "hides_phone" in body else None
    if "marketing" in body:
        value = parse_choice(body, "marketing", ("stop", "resume"))
        number = number_of(simulation, body.get("phone_number_id"))
        prefer_marketing(simulation, number, wa_id, value)
    person = world.person(wa_id)
    person.name = name
    if username is not None:
        set_username(simulation, wa_id, username)
    if hides is not None:
        person.hides_phone = hides
    return shown(simulation, wa_id)


def event(simulation: Simulation, wa_id: str, body: Json) -> Json:
    """Let `event` happen: CHANGE_NUMBER (to `new_wa_id`), CHANGE_USER_ID, CHANGE_IDENTITY, or
    SHARE_CONTACT (with `phone_number_id`, answering `context_message_id`) or CLICK_LINK.
    """
    check_wa_id(wa_id)
    kind = parse_choice(body, "event", EVENTS)
    if kind == "CHANGE_NUMBER":
        new = check_wa_id(parse_text(body, "new_wa_id"))
        if new == wa_id:
            raise Refused(422, "new_wa_id must be another number")
        change_number(simulation, wa_id, new)
        return shown(simulation, new)
    if kind == "SHARE_CONTACT":
        number = number_of(simulation, body.get("phone_number_id"))
        share_contact(simulation, number, wa_id, parse_text(body, "context_message_id", default=""))
    elif kind == "CLICK_LINK":
        click_link(simulation, number_of(simulation, body.get("phone_number_id")), wa_id)
    elif kind == "CHANGE_USER_ID":
        change_user_id(simulation, wa_id)
    else:
        change_identity(simulation, wa_id)
    return shown(simulation, wa_id)
