"""Interactive messages that ask a person for something: a form, a place, an address, a call."""

from sandbox.errors import invalid, known
from sandbox.model import Json

from .shape import as_object, as_text, member, one_of, text_member, within

_ACTION = "interactive['action']"
_PARAMETERS = f"{_ACTION}['parameters']"


def parameters_of(action: Json, name: str) -> Json:
    """Return the parameters of the action `name`."""
    one_of(action.get("name"), (name,), f"{_ACTION}['name']")
    return as_object(member(action, "parameters", _PARAMETERS), _PARAMETERS)


def location(action: Json) -> None:
    """Check a request for a location."""
    one_of(action.get("name"), ("send_location",), f"{_ACTION}['name']")


def flow(action: Json) -> None:
    """Check a flow: exactly one of flow_id and flow_name, a button text of at most 30, a mode."""
    values = parameters_of(action, "flow")
    one_of(values.get("flow_message_version"), ("3",), f"{_PARAMETERS}['flow_message_version']")
    if (values.get("flow_id") is None) == (values.get("flow_name") is None):
        raise invalid(_PARAMETERS, "must have exactly one of ['flow_id'] and ['flow_name'].")
    within(text_member(values, "flow_cta", f"{_PARAMETERS}['flow_cta']"), 1, 30, "Flow CTA")
    one_of(values.get("mode", "published"), ("draft", "published"), f"{_PARAMETERS}['mode']")
    kinds = ("navigate", "data_exchange")
    kind = one_of(values.get("flow_action", "navigate"), kinds, f"{_PARAMETERS}['flow_action']")
    payload = values.get("flow_action_payload")
    if payload is None:
        return
    name = f"{_PARAMETERS}['flow_action_payload']"
    if kind == "data_exchange":
        raise invalid(name, "is not allowed with flow_action data_exchange.")
    parts = as_object(payload, name)
    text_member(parts, "screen", f"{name}['screen']")
    if parts.get("data") is not None and not as_object(parts["data"], f"{name}['data']"):
        raise invalid(f"{name}['data']", "must be a non-empty object.")


def address(action: Json) -> None:
    """Check a request for an address; it exists in India and Singapore."""
    values = parameters_of(action, "address_message")
    one_of(values.get("country"), ("IN", "SG"), f"{_PARAMETERS}['country']")


def voice_call(action: Json) -> None:
    """Check a button that calls the business."""
    one_of(action.get("name"), ("voice_call",), f"{_ACTION}['name']")
    values = as_object(action.get("parameters") or {}, _PARAMETERS)
    if values.get("display_text") is not None:
        text = as_text(values["display_text"], f"{_PARAMETERS}['display_text']")
        within(text, 1, 20, "Button text")
    minutes = values.get("ttl_minutes")
    if minutes is not None and not (type(minutes) is int and 1 <= minutes <= 43_200):
        raise known(131009, "ttl_minutes must be from 1 to 43200")


def call_permission(action: Json) -> None:
    """Check a request for the permission to call."""
    one_of(action.get("name"), ("call_permission_request",), f"{_ACTION}['name']")


def contact_info(action: Json) -> None:
    """Check a request for a person's phone number."""
    one_of(action.get("name"), ("request_contact_info",), f"{_ACTION}['name']")
