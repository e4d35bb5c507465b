"""Sending a template: what the caller gives must fit what the template asks for."""

import re
from typing import Any

from sandbox.errors import GraphError, invalid, known
from sandbox.model import Json, Template

from .messages import check_media
from .shape import as_list, as_object, one_of, optional_text, text_member
from .template_shape import MEDIA_FORMATS, Shape, hydrate, shape_of

_BAD_SPACES = re.compile(r"[\n\r\t]| {5,}")
_MAX_HYDRATED = {"header": 60, "body": 1024}
_TEXT_TYPES = ("text", "currency", "date_time")
_MAX_CODE, _MAX_COUPON = 15, 20


def named(content: Json) -> tuple[str, str]:
    """Return the name and the language code that a send asks for."""
    language = as_object(content.get("language"), "template['language']")
    name = text_member(content, "name", "template['name']")
    return name, text_member(language, "code", "template['language']['code']")


def check_send(template: Template | None, content: Json) -> Template:
    """Return the template that `content` names, if it is approved and every parameter fits.

    Raises 132001 (none in that language, or not approved), 132015 (paused), 132016 (disabled),
    132000 (count), 132012 (format), 132018 (value), 132005 (too long when filled in), 131008, or
    100.
    """
    if template is None or template.status not in ("APPROVED", "PAUSED", "DISABLED"):
        name, code = named(content)
        raise known(132001, f"template name ({name[:512]}) does not exist in {code[:20]}")
    if template.status != "APPROVED":
        raise known(132015 if template.status == "PAUSED" else 132016)
    components = _components(content)
    shape = shape_of(template)
    by_name = template.parameter_format == "NAMED"
    _check_header(shape, components["header"], by_name=by_name)
    _check_texts("body", shape.body_text, shape.body_variables, components["body"], by_name=by_name)
    _check_buttons(shape, components["button"])
    return template


def _components(content: Json) -> dict[str, list[Json]]:
    """Return the components by type; header and body as their parameters, buttons as they are."""
    found: dict[str, list[Json]] = {"header": [], "body": [], "button": []}
    for index, item in enumerate(
        as_list(content.get("components") or [], "template['components']")
    ):
        name = f"template['components'][{index}]"
        part = as_object(item, name)
        kind = one_of(str(part.get("type", "")).lower(), tuple(found), f"{name}['type']")
        parameters = as_list(part.get("parameters") or [], f"{name}['parameters']")
        objects = [as_object(p, f"{name}['parameters'][{i}]") for i, p in enumerate(parameters)]
        if kind == "button":
            found[kind].append({**part, "parameters": objects})
        else:
            found[kind] += objects
    return found


def _count_mismatch(where: str, given: int, expected: int) -> GraphError:
    """Return error 132000 in Meta's words."""
    return known(
        132000,
        f"{where}: number of localizable_params ({given}) does not match the expected number of "
        f"params ({expected})",
    )


def _check_header(shape: Shape, parameters: list[Json], *, by_name: bool) -> None:
    """Check the header's parameter: a text, a medium, a place, or none."""
    wanted = shape.header_format
    if wanted in ("", "TEXT"):
        _check_texts(
            "header", shape.header_text, shape.header_variables, parameters, by_name=by_name
        )
        return
    received = str(parameters[0].get("type", "")).upper() if parameters else "UNKNOWN"
    if len(parameters) > 1:
        raise _count_mismatch("header", len(parameters), 1)
    if received != wanted:
        raise known(132012, f"header: Format mismatch, expected {wanted}, received {received[:20]}")
    kind = wanted.lower()
    name = f"template['components']['header']['{kind}']"
    value = as_object(parameters[0].get(kind), name)
    if wanted in MEDIA_FORMATS:
        check_media(kind, value, name=name)
    elif wanted == "LOCATION" and not {"latitude", "longitude"} <= value.keys():
        raise known(131008, "header: location requires latitude and longitude")


def _check_texts(
    where: str, text: str, variables: tuple[str, ...], parameters: list[Json], *, by_name: bool
) -> None:
    """Check the text parameters of header or body against the variables of its text."""
    if len(parameters) != len(variables):
        raise _count_mismatch(where, len(parameters), len(variables))
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
    if len(hydrate(text, values)) > _MAX_HYDRATED[where]:
        raise known(132005, f"{where}: the filled-in text is longer than {_MAX_HYDRATED[where]}")


def _value(where: str, parameter: Json) -> str:
    """Return the text that a parameter puts in, if it is one that Meta takes."""
    kind = parameter.get("type")
    if kind not in _TEXT_TYPES:
        raise known(
            132012, f"{where}: Format mismatch, expected TEXT, received {str(kind)[:20].upper()}"
        )
    value: Any = parameter.get("text")
    if kind != "text":
        holder = parameter.get(kind)
        value = holder.get("fallback_value") if isinstance(holder, dict) else None
    if not isinstance(value, str) or not value:
        raise known(131008, f"Parameter of type {kind} is missing text value")
    if _BAD_SPACES.search(value):
        raise known(
            132018,
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        )
    return value


def _check_buttons(shape: Shape, given: list[Json]) -> None:
    """Check button parameters: each for a button that exists and of its type; none missing."""
    by_index: dict[int, Json] = {}
    for part in given:
        given_index = str(part.get("index", ""))
        if not given_index.isdigit() or int(given_index) >= len(shape.buttons):
            raise known(
                132018, f"buttons: Button at index {given_index[:10] or '(none)'} does not exist"
            )
        by_index[int(given_index)] = part
    for index, button in enumerate(shape.buttons):
        _check_button(index, button, by_index.get(index))


def _check_button(index: int, button: Json, part: Json | None) -> None:
    """Check one button of the template against what the caller gives for it."""
    kind = str(button.get("type", "")).upper()
    sub_type = "url" if kind == "OTP" else kind.lower()
    if part is None:
        if kind in ("OTP", "COPY_CODE") or (kind == "URL" and "{{" in str(button.get("url"))):
            raise known(
                131008,
                f"buttons: Button at index {index} of type {kind.title()} requires a parameter",
            )
        return
    if str(part.get("sub_type", "")).lower() != sub_type:
        raise known(132018, f"buttons: Button at index {index} is of sub_type {sub_type}")
    if kind == "URL" and "{{" not in str(button.get("url")):
        raise _count_mismatch(f"buttons: Button at index {index}", len(part["parameters"]), 0)
    _check_button_value(index, kind, part["parameters"])


def _check_button_value(index: int, kind: str, parameters: list[Json]) -> None:
    """Check the one parameter of a button."""
    wanted, limit = {
        "URL": ("text", 2000),
        "OTP": ("text", _MAX_CODE),
        "COPY_CODE": ("coupon_code", _MAX_COUPON),
        "QUICK_REPLY": ("payload", 256),
    }.get(kind, ("", 0))
    if not wanted:
        return
    if len(parameters) != 1:
        raise _count_mismatch(f"buttons: Button at index {index}", len(parameters), 1)
    value = optional_text(parameters[0], wanted, f"buttons[{index}]['{wanted}']")
    if parameters[0].get("type") != wanted or not value:
        raise known(
            132012, f"buttons: Button at index {index} expects a parameter of type {wanted}"
        )
    if len(value) > limit:
        raise invalid(f"buttons[{index}]['{wanted}']", f"must be at most {limit} characters long.")
