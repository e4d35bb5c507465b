"""What webhooks say of accounts, numbers and templates: values that always go to the app's URL."""

from sandbox.model import Json, Template, Update


def value_update(
    field: str, waba_id: str, value: Json, at: float, *, number_id: str = "", entry_id: str = ""
) -> Update:
    """Return the update that carries `value` alone, in an entry with its time.

    `entry_id` stands in place of the WABA where Meta names the portfolio (partner events).
    """
    return Update(at, field, waba_id, number_id, "value", value, None, at, entry_id)


def about_template(template: Template) -> Json:
    """Return the members by which every template webhook names its template."""
    return {
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
    }


def template_update(template: Template, event: str, reason: str, at: float, other: Json) -> Update:
    """Return the message_template_status_update for a template."""
    value = {
        "event": event,
        **about_template(template),
        "reason": reason,
        "message_template_category": template.category,
        **other,
    }
    return value_update("message_template_status_update", template.waba_id, value, at)


def components_update(template: Template, at: float) -> Update:
    """Return the message_template_components_update that tells a template's wording."""
    value = about_template(template)
    for part in template.components:
        kind = str(part.get("type", "")).upper()
        if kind == "HEADER" and part.get("text"):
            value["message_template_title"] = part["text"]
        elif kind == "BODY":
            value["message_template_element"] = part.get("text", "")
        elif kind == "FOOTER":
            value["message_template_footer"] = part.get("text", "")
        elif kind == "BUTTONS":
            value["message_template_buttons"] = [_button(b) for b in part.get("buttons", [])]
    return value_update("message_template_components_update", template.waba_id, value, at)


def _button(button: Json) -> Json:
    """Return a button as a components update writes it."""
    shown = {
        "message_template_button_type": button.get("type"),
        "message_template_button_text": button.get("text", ""),
    }
    for name in ("url", "phone_number"):
        if button.get(name):
            shown[f"message_template_button_{name}"] = button[name]
    return shown
