"""Reads the parts of an HTTP request into what a view asks for, or says what is wrong with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from chalicelib.core.contract import Contract
from chalicelib.core.errors import AppError, FieldError, Invalid, Malformed, UnsupportedMedia

JSON = "application/json"
# Filters and Flows nest some ten levels; a thousand are sent only to exhaust whoever reads them.
MAX_DEPTH = 40
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type of the body without its parameters, "" if none is given."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def parse_body(contract: Contract, raw: bytes, content_type: str) -> BaseModel | bytes:
    """Return the body as the route's model, or as bytes where it takes bytes.

    A body without a content type is read as JSON by a route that takes nothing else. Raises
    UnsupportedMedia, Malformed or Invalid.
    """
    if content_type == "" and contract.content_types == (JSON,):
        content_type = JSON
    if content_type not in contract.content_types:
        accepted = " or ".join(contract.content_types)
        given = f"not {content_type}" if content_type else "and name it in Content-Type"
        raise UnsupportedMedia(f"Send {accepted}, {given}.")
    model = contract.body
    if model is None or (contract.takes_bytes and content_type != JSON):
        return raw
    if not raw:
        raise Malformed("The body is empty; send a JSON object.", code="malformed_json")
    if _depth(raw) > MAX_DEPTH:
        raise Malformed(
            f"The body is nested more than {MAX_DEPTH} levels deep.", code="malformed_json"
        )
    try:
        # Strictly: a 0 is not false, and a text is not the number that is in it.
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise _as_app_error(error, raw) from None


def parse_query(model: type[BaseModel], params: Any) -> BaseModel:  # noqa: ANN401 - of Chalice
    """Return the query string as `model`; raise Invalid.

    A parameter given twice counts as given last, but where the model takes a list.
    """
    lists = {name for name, shape in model.model_fields.items() if _is_list(shape.annotation)}
    values = {
        name: params.getlist(name) if name in lists else params.getlist(name)[-1]
        for name in (params or {})
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _as_app_error(error) from None


def _is_list(annotation: Any) -> bool:  # noqa: ANN401 - any type
    return get_origin(annotation) is list


def read_cookies(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the cookies sent; one that another site of this host left askew hides no other.

    That is why http.cookies does not read them: it stops at the first that it does not like.
    """
    pairs = (part.partition("=") for part in headers.get("cookie", "").split(";"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def _depth(raw: bytes) -> int:
    """Return how deep JSON is nested, by its brackets; linear, and without recursion.

    What is not JSON has some depth too, and is found out later.
    """
    depth = deepest = 0
    for bracket in _BRACKETS.findall(_TEXTS.sub(b"", raw)):
        depth += 1 if bracket in b"{[" else -1
        deepest = max(deepest, depth)
    return deepest


def _as_app_error(error: ValidationError, raw: bytes = b"") -> AppError:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    if any(item["type"] == "json_invalid" for item in details):
        return Malformed(f"The body is not valid JSON: {details[0]['msg']}.", code="malformed_json")
    # As text, since Python refuses to read a whole number of more than 4,300 digits.
    body = json.loads(raw, parse_int=str) if raw else None
    fields = tuple(
        FieldError(_path(item, body) or "body", item["msg"].removeprefix("Value error, "))
        for item in details
    )
    return Invalid(
        "; ".join(f"{f.field}: {f.message}" for f in fields[:5]),
        code="validation_failed",
        errors=fields,
    )


def _path(item: ErrorDetails, value: Any) -> str:  # noqa: ANN401 - the JSON that was sent
    """Return where in `value` an error is, without the tags that pydantic adds for its unions."""
    parts: list[str] = []
    last = len(item["loc"]) - 1
    for index, part in enumerate(item["loc"]):
        is_absent = isinstance(value, dict) and part not in value
        # What is missing, or was missed by a rule (schemas.fields), is not in what was sent.
        if is_absent and (index < last or item["type"] not in {"missing", "rule"}):
            continue
        parts.append(str(part))
        is_inside = (isinstance(value, dict) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        )
        value = value[part] if is_inside else None
    return ".".join(parts)
