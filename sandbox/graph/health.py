"""`health_status` of numbers and accounts: which link lets messages through, and why not."""

from sandbox.model import Json, Number, Waba

from .call import Call

_ORDER = ("AVAILABLE", "LIMITED", "BLOCKED")


def of_number(call: Call, number: Number) -> Json:
    """Return a number's health: its own, then its account's, portfolio's and app's."""
    return _worst([_number(number), *_of_account(call, call.world.wabas[number.waba_id])])


def of_account(call: Call, waba: Waba) -> Json:
    """Return an account's health."""
    return _worst(_of_account(call, waba))


def _worst(entities: list[Json]) -> Json:
    worst = max((entity["can_send_message"] for entity in entities), key=_ORDER.index)
    return {"can_send_message": worst, "entities": entities}


def _number(number: Number) -> Json:
    entity: Json = {"entity_type": "PHONE_NUMBER", "id": number.id, "can_send_message": "AVAILABLE"}
    if number.status != "CONNECTED":
        entity |= _blocked(
            141000,
            f"The phone number is {number.status}.",
            "Register the phone number, or see WhatsApp Manager.",
        )
    elif number.name_status == "DECLINED":
        entity["can_send_message"] = "LIMITED"
        entity["additional_info"] = ["The display name has not been approved."]
    return entity


def _of_account(call: Call, waba: Waba) -> list[Json]:
    account: Json = {"entity_type": "WABA", "id": waba.id, "can_send_message": "AVAILABLE"}
    if waba.ban_state == "DISABLE":
        account |= _blocked(
            141004, "The account is disabled.", "Appeal in Meta's Business Support Home."
        )
    elif not waba.has_payment_method:
        account |= _blocked(
            141006,
            "There is an error with the payment method.",
            "Add or repair the payment method in the Billing Hub.",
        )
    business = {
        "entity_type": "BUSINESS",
        "id": waba.business_id,
        "can_send_message": "AVAILABLE",
    }
    app = {"entity_type": "APP", "id": call.world.app.id, "can_send_message": "AVAILABLE"}
    return [account, business, app]


def _blocked(code: int, description: str, solution: str) -> Json:
    error = {
        "error_code": code,
        "error_description": description,
        "possible_solution": solution,
    }
    return {"can_send_message": "BLOCKED", "errors": [error]}
