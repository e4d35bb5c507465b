"""The template library: texts that Meta wrote, to be made one's own."""

from sandbox.errors import invalid, required
from sandbox.model import Json
from sandbox.rules.shape import as_list, as_object, one_of, text_member

from .call import Call, page
from .number_assets import json_value


def _entry(name: str, use_case: str, body: str, samples: list[str], buttons: list[Json]) -> Json:
    """Return a template of the library, in the shape of its listing."""
    return {
        "id": f"9{sum(name.encode()):015d}",
        "name": name,
        "language": "en_US",
        "category": "UTILITY",
        "topic": "ORDER_MANAGEMENT",
        "usecase": use_case,
        "industry": ["E_COMMERCE"],
        "body": body,
        "body_params": samples,
        "body_param_types": ["TEXT"] * len(samples),
        "buttons": buttons,
    }


_TRACK = {"type": "URL", "text": "Track order", "url": "https://www.example.com/{{1}}"}
_CALL = {"type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+15550100001"}
# Invented texts in the manner of Meta's.
LIBRARY: dict[str, Json] = {
    entry["name"]: entry
    for entry in (
        _entry(
            "shipment_confirmation_1",
            "SHIPMENT_CONFIRMATION",
            "Hi {{1}}, order {{2}} is on its way and should arrive by {{3}} at the latest.",
            ["Ana", "A-77", "Monday"],
            [_TRACK],
        ),
        _entry(
            "appointment_reminder_1",
            "APPOINTMENT_REMINDER",
            "Hello {{1}}, this is a reminder of your visit on {{2}} at our shop.",
            ["Ana", "Monday"],
            [_CALL],
        ),
        _entry(
            "payment_due_reminder_1",
            "PAYMENT_DUE_REMINDER",
            "Hi {{1}}, your payment of {{2}} is due soon. Thank you for being with us.",
            ["Ana", "$10"],
            [],
        ),
    )
}


async def read_all(call: Call) -> Json:
    """GET /message_template_library?search=&topic=&usecase=&industry=&language=."""
    found = list(LIBRARY.values())
    if search := call.params.get("search"):
        text = str(search).lower()
        found = [e for e in found if text in e["name"] or text in e["body"].lower()]
    for key in ("topic", "usecase", "language", "name"):
        if wanted := call.params.get(key):
            found = [entry for entry in found if str(entry[key]).lower() == str(wanted).lower()]
    return page(call, found)


def from_library(params: Json) -> Json:
    """Return the parameters of a creation with the library's components, if it names a template.

    `library_template_button_inputs` gives each link its address and each call its number.
    """
    name = params.get("library_template_name")
    if not name:
        return params
    entry = LIBRARY.get(str(name))
    if entry is None:
        raise invalid("library_template_name", f"{str(name)[:60]!r} is not in the library.")
    body = {
        "type": "BODY",
        "text": entry["body"],
        "example": {"body_text": [entry["body_params"]]},
    }
    components = [body]
    if entry["buttons"]:
        inputs = as_list(
            json_value(params, "library_template_button_inputs") or [],
            "library_template_button_inputs",
        )
        buttons = [_button(button, i, inputs) for i, button in enumerate(entry["buttons"])]
        components.append({"type": "BUTTONS", "buttons": buttons})
    category = one_of(params.get("category"), ("UTILITY",), "category")
    return {**params, "category": category, "components": components}


def _button(button: Json, index: int, inputs: list[object]) -> Json:
    """Return a button of the library with what the caller gives for it."""
    name = f"library_template_button_inputs[{index}]"
    if index >= len(inputs):
        raise required(name)
    given = as_object(inputs[index], name)
    one_of(given.get("type"), (button["type"],), f"{name}['type']")
    if button["type"] == "PHONE_NUMBER":
        return {**button, "phone_number": text_member(given, "phone_number", f"{name}['phone']")}
    url = as_object(given.get("url"), f"{name}['url']")
    key = "url_suffix_example"
    filled = {**button, "url": text_member(url, "base_url", f"{name}['url']['base_url']")}
    if "{{" in filled["url"]:
        filled["example"] = [text_member(url, key, f"{name}['url']['{key}']")]
    return filled
