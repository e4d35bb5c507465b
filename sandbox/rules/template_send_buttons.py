"""The parameters of a template's buttons: each for a button that exists, of its type; none missing.

| button | sub_type | parameter | required |
| --- | --- | --- | --- |
| URL with a variable, OTP | url | text | yes |
| COPY_CODE | copy_code | coupon_code | yes |
| MPM | mpm | action with sections | yes |
| QUICK_REPLY | quick_reply | payload | no |
| FLOW, CATALOG | flow, catalog | action | no |
| VOICE_CALL | voice_call | ttl_minutes, payload | no |
"""

from sandbox.errors import GraphError, invalid, known
from sandbox.model import Json

from .interactive_commerce import check_product_sections
from .shape import as_list, as_object, optional_text
from .template_shape import Shape

_LIMITS = {"URL": ("text", 2000), "OTP": ("text", 15), "COPY_CODE": ("coupon_code", 20),
           "QUICK_REPLY": ("payload", 256)}  # fmt: skip
_ACTIONS = ("FLOW", "CATALOG", "MPM")


def count_mismatch(where: str, given: int, expected: int) -> GraphError:
    """Return error 132000 in Meta's words."""
    return known(
        132000,
        f"{where}: number of localizable_params ({given}) does not match the expected number of "
        f"params ({expected})",
    )


def check_buttons(shape: Shape, given: list[Json], where: str) -> None:
    """Check the button components of a template, or of the card that `where` names."""
    by_index: dict[int, Json] = {}
    for part in given:
        given_index = str(part.get("index", ""))
        if not given_index.isdigit() or int(given_index) >= len(shape.buttons):
            raise known(
                132018,
                f"{where}buttons: Button at index {given_index[:10] or '(none)'} does not exist",
            )
        by_index[int(given_index)] = part
    for index, button in enumerate(shape.buttons):
        _check_button(f"{where}buttons: Button at index {index}", button, by_index.get(index))


def _check_button(name: str, button: Json, part: Json | None) -> None:
    """Check one button of the template against what the caller gives for it."""
    kind = str(button.get("type", "")).upper()
    if kind == "URL" and button.get("otp_type"):
        kind = "OTP"
    has_variable = kind == "URL" and "{{" in str(button.get("url"))
    if part is None:
        if kind in ("OTP", "COPY_CODE", "MPM") or has_variable:
            raise known(131008, f"{name} of type {kind.title()} requires a parameter")
        return
    sub_type = "url" if kind == "OTP" else kind.lower()
    if str(part.get("sub_type", "")).lower() != sub_type:
        raise known(132018, f"{name} is of sub_type {sub_type}")
    parameters = part["parameters"]
    if kind == "URL" and not has_variable:
        raise count_mismatch(name, len(parameters), 0)
    if kind in _LIMITS:
        _check_value(name, parameters, *_LIMITS[kind])
    elif kind in _ACTIONS:
        _check_action(name, kind, parameters)


def _check_value(name: str, parameters: list[Json], wanted: str, limit: int) -> None:
    """Check the one parameter of a button that takes a text."""
    if len(parameters) != 1:
        raise count_mismatch(name, len(parameters), 1)
    value = optional_text(parameters[0], wanted, f"{name}['{wanted}']")
    if parameters[0].get("type") != wanted or not value:
        raise known(132012, f"{name} expects a parameter of type {wanted}")
    if len(value) > limit:
        raise invalid(f"{name}['{wanted}']", f"must be at most {limit} characters long.")


def _check_action(name: str, kind: str, parameters: list[Json]) -> None:
    """Check the action of a flow, a catalogue or several products."""
    if len(parameters) > 1 or (kind == "MPM" and not parameters):
        raise count_mismatch(name, len(parameters), 1)
    if not parameters:
        return
    if parameters[0].get("type") != "action":
        raise known(132012, f"{name} expects a parameter of type action")
    action = as_object(parameters[0].get("action"), f"{name}['action']")
    if kind == "MPM":
        if not action.get("thumbnail_product_retailer_id"):
            raise known(131008, f"{name} requires thumbnail_product_retailer_id")
        sections = as_list(action.get("sections"), f"{name}['sections']")
        check_product_sections(sections, f"{name}['sections']")
    elif kind == "FLOW" and action.get("flow_action_data") is not None:
        as_object(action["flow_action_data"], f"{name}['flow_action_data']")
