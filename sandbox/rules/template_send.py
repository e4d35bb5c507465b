"""Sending a template: what the caller gives must fit what the template asks for.

132001 no such template or not approved, 132015 paused, 132016 disabled, 132000 count, 132012
format, 132018 value, 132005 too long when filled in, 131008 a part is missing, 100 shape.
"""

import re
from typing import Any

from sandbox.errors import invalid, known
from sandbox.model import Json, Template

from .messages import check_media
from .shape import as_list, as_object, one_of, text_member
from .template_send_buttons import check_buttons, count_mismatch
from .template_shape import MEDIA_FORMATS, Shape, hydrate, shape_of

_BAD_SPACES = re.compile(r"[\n\r\t]| {5,}")
_MAX_HEADER, _MAX_BODY, _MAX_CARD_BODY = 60, 1024, 160
_TEXT_TYPES = ("text", "currency", "date_time", "group_id")
_COMPONENTS = (
    "header", "body", "button", "carousel", "limited_time_offer", "tap_target_configuration",
)  # fmt: skip
_UNSENDABLE = {"PAUSED": 132015, "DISABLED": 132016}


def named(content: Json) -> tuple[str, str]:
    """Return the name and the language code that a send asks for."""
    language = as_object(content.get("language"), "template['language']")
    policy = language.get("policy")
    if policy is not None:
        one_of(policy, ("deterministic",), "template['language']['policy']")
    name = text_member(content, "name", "template['name']")
    return name, text_member(language, "code", "template['language']['code']")


def check_send(template: Template | None, content: Json) -> Template:
    """Return the template that `content` names, if it is approved and every parameter fits."""
    if template is None or template.status not in ("APPROVED", *_UNSENDABLE):
        name, code = named(content)
        raise known(132001, f"template name ({name[:512]}) does not exist in {code[:20]}")
    if template.status in _UNSENDABLE:
        raise known(_UNSENDABLE[template.status])
    by_name = template.parameter_format == "NAMED"
    components = _components(content, "template['components']")
    shape = shape_of(template)
    _check_parts(shape, components, "", _MAX_BODY, by_name=by_name)
    _check_offer(shape, components["limited_time_offer"])
    _check_cards(shape, components["carousel"], by_name=by_name)
    return template


def _components(content: Json, where: str) -> dict[str, list[Json]]:
    """Return the components by type; header and body as their parameters, others as they are."""
    found: dict[str, list[Json]] = {kind: [] for kind in _COMPONENTS}
    for index, item in enumerate(as_list(content.get("components") or [], where)):
        name = f"{where}[{index}]"
        part = as_object(item, name)
        kind = one_of(str(part.get("type", "")).lower(), _COMPONENTS, f"{name}['type']")
        parameters = as_list(part.get("parameters") or [], f"{name}['parameters']")
        objects = [as_object(p, f"{name}['parameters'][{i}]") for i, p in enumerate(parameters)]
        if kind in ("header", "body"):
            found[kind] += objects
        else:
            found[kind].append({**part, "parameters": objects})
    return found


def _check_parts(
    shape: Shape, given: dict[str, list[Json]], where: str, limit: int, *, by_name: bool
) -> None:
    """Check header, body and buttons of a template, or of the card that `where` names."""
    _check_header(shape, given["header"], f"{where}header", by_name=by_name)
    _check_texts(
        f"{where}body", shape.body_text, shape.body_variables, given["body"], limit, by_name=by_name
    )
    check_buttons(shape, given["button"], where)


def _check_header(shape: Shape, parameters: list[Json], where: str, *, by_name: bool) -> None:
    """Check the header's parameter: a text, a medium, a place, a product, or none."""
    wanted = shape.header_format
    if wanted in ("", "TEXT"):
        _check_texts(
            where, shape.header_text, shape.header_variables, parameters, _MAX_HEADER,
            by_name=by_name,
        )  # fmt: skip
        return
    received = str(parameters[0].get("type", "")).upper() if parameters else "UNKNOWN"
    if len(parameters) > 1:
        raise count_mismatch(where, len(parameters), 1)
    if received != wanted:
        raise known(
            132012, f"{where}: Format mismatch, expected {wanted}, received {received[:20]}"
        )
    kind = wanted.lower()
    name = f"template['components']['{where}']['{kind}']"
    value = as_object(parameters[0].get(kind), name)
    if wanted in (*MEDIA_FORMATS, "GIF"):
        check_media(kind, value, name=name)
    elif wanted == "LOCATION" and not {"latitude", "longitude"} <= value.keys():
        raise known(131008, f"{where}: location requires latitude and longitude")
    elif wanted == "PRODUCT" and not value.get("product_retailer_id"):
        raise known(131008, f"{where}: product requires product_retailer_id")


def _check_texts(
    where: str,
    text: str,
    variables: tuple[str, ...],
    parameters: list[Json],
    limit: int,
    *,
    by_name: bool,
) -> None:
    """Check the text parameters of header or body against the variables of its text."""
    if len(parameters) != len(variables):
        raise count_mismatch(where, len(parameters), len(variables))
    values: dict[str, str] = {}
    for index, parameter in enumerate(parameters):
        key = variables[index]
        given = parameter.get("parameter_name")
        if by_name:
            if given not in variables:
                raise known(
                    132012,
                    f"{where}: parameter_name {given!r} is not one of {', '.join(variables)}",
                )
            key = str(given)
        elif given is not None:
            raise known(132012, f"{where}: parameter_name is not allowed for a POSITIONAL template")
        elif variables[0].isdigit():
            key = str(index + 1)
        values[key] = _value(where, parameter)
    if len(values) != len(variables):
        raise known(132012, f"{where}: a parameter_name is given twice")
    if len(hydrate(text, values)) > limit:
        raise known(132005, f"{where}: the filled-in text is longer than {limit}")


def _value(where: str, parameter: Json) -> str:
    """Return the text that a parameter puts in, if it is one that Meta takes."""
    kind = parameter.get("type")
    if kind not in _TEXT_TYPES:
        raise known(
            132012, f"{where}: Format mismatch, expected TEXT, received {str(kind)[:20].upper()}"
        )
    value: Any = parameter.get(kind)
    if kind in ("currency", "date_time"):
        value = _fallback(where, kind, value)
    if not isinstance(value, str) or not value:
        raise known(131008, f"Parameter of type {kind} is missing text value")
    if _BAD_SPACES.search(value):
        raise known(
            132018,
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        )
    return value


def _fallback(where: str, kind: str, holder: object) -> object:
    """Return the fallback of a currency or a date; a currency also has a code and an amount."""
    if not isinstance(holder, dict):
        raise known(131008, f"Parameter of type {kind} is missing its {kind} object")
    if kind == "currency":
        code, amount = holder.get("code"), holder.get("amount_1000")
        if not (isinstance(code, str) and len(code) == 3 and code.isalpha()):
            raise known(132012, f"{where}: currency code must be of ISO 4217")
        if type(amount) is not int:
            raise known(132012, f"{where}: currency amount_1000 must be a whole number")
    return holder.get("fallback_value")


def _check_offer(shape: Shape, given: list[Json]) -> None:
    """Check the time at which a limited-time offer ends: required where the template says so."""
    if not given:
        if shape.offer_expires:
            raise known(131008, "limited_time_offer: expiration_time_ms is required")
        return
    if not shape.offer_expires:
        raise known(132012, "limited_time_offer: the template has no offer that expires")
    parameters = given[0]["parameters"]
    if len(parameters) != 1:
        raise count_mismatch("limited_time_offer", len(parameters), 1)
    offer = parameters[0].get("limited_time_offer")
    at = offer.get("expiration_time_ms") if isinstance(offer, dict) else None
    if type(at) is not int or at <= 0:
        raise known(132012, "limited_time_offer: expiration_time_ms must be in milliseconds")


def _check_cards(shape: Shape, given: list[Json], *, by_name: bool) -> None:
    """Check the cards of a carousel: as many as the template has, in order, each filled in."""
    name = "template['components']['carousel']['cards']"
    cards = as_list((given[0] if given else {}).get("cards") or [], name)
    if len(cards) != len(shape.cards):
        raise count_mismatch("carousel: cards", len(cards), len(shape.cards))
    for index, (card, wanted) in enumerate(zip(cards, shape.cards, strict=True)):
        where = f"{name}[{index}]"
        item = as_object(card, where)
        if str(item.get("card_index")) != str(index):
            raise invalid(f"{where}['card_index']", f"must be {index}.")
        parts = _components(item, f"{where}['components']")
        _check_parts(wanted, parts, f"card {index}: ", _MAX_CARD_BODY, by_name=by_name)
