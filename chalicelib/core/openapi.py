"""The API's OpenAPI 3.1 document, made from the routes' contracts; and its committed copy.

A deployed function knows only its own route, so what `/api/openapi.json` serves is the committed
file, which `python -m infra.openapi` writes and a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from chalicelib.core.contract import Contract
from chalicelib.core.errors import (
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    PreconditionFailed,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)

VERSION = "0.1.0"
DOCUMENT = Path(__file__).parent.parent / "openapi.json"
JSON = "application/json"
PROBLEM = "application/problem+json"
_REFS = "#/components/schemas/{model}"

_DESCRIPTION = """\
Parley sends WhatsApp campaigns in which every recipient is accounted for, and keeps the inbox of \
what they answer.

Sign in with `POST /api/auth/login` and send the access token as `Authorization: Bearer <token>`; \
it is good for 15 minutes, and `POST /api/auth/refresh` gives the next one for the refresh cookie. \
Programs send an API key (`POST /api/api-keys`) in the same place.

Lists take `limit` and `cursor` and answer `items` and `next_cursor`, which is null on the last \
page. Times are UTC in ISO 8601. Errors are problem+json (RFC 9457): tell them apart by `code`, \
and quote `request_id` when you report one.\
"""

_TAGS = {
    "auth": "Sign-up, sign-in and sessions.",
    "users": "The people of a business: invitations, roles, and who is who.",
    "api-keys": "What programs sign in with: scoped, shown once, taken back at any time.",
    "accounts": "The WhatsApp Business Accounts that hold the numbers, and what Meta says of them.",
    "numbers": "The WhatsApp business numbers that messages go out from.",
    "contacts": "The people that a business writes to, and what it knows of them.",
    "segments": "Which contacts are meant: filters with a name.",
    "imports": "Contacts from CSV files, with what became of each row.",
    "exports": "Contacts, campaigns' recipients, and the whole business, as files.",
    "templates": "Messages that Meta has approved for writing first.",
    "campaigns": "One template to many contacts, with every recipient accounted for.",
    "conversations": "The inbox: what customers write, and the answers.",
    "analytics": "What messages cost, by Meta's rates and by Meta's own figures.",
    "tenants": "The business itself: its settings, what it uses of its plan; and its operator.",
    "audit": "Who changed what, when, from where, and what it was before.",
    "media": "Files: a library of those to send, and those that customers sent.",
    "meta": "The API itself: its health and its documentation.",
}

_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "An error, as RFC 9457 has it.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "HTTP's name of the status."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do, for people."},
        "code": {"type": "string", "description": "What is wrong, for programs; it stays."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "What is wrong with which field.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {"type": "string", "description": "A dotted path."},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes it safe to repeat the request: within 24 hours the same key is answered "
    "as the first time, and nothing is done twice. A UUID, for instance.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}

_PROBLEM_CONTENT = {PROBLEM: {"schema": {"$ref": _REFS.format(model="Problem")}}}
_HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "Names the request; quote it when you report an error.",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    },
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "schema": {"type": "integer", "minimum": 1},
    },
}


_IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of what was read. If it has been changed since, the answer is 412 "
    "and nothing is written.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def make_document(contracts: Iterable[Contract]) -> dict[str, Any]:
    """Return the document of all `contracts`; the same contracts always give the same document.

    Raises ValueError if two routes have the same operation id.
    """
    ordered = sorted(contracts, key=lambda c: (c.path, c.method))
    names = [c.name for c in ordered]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"two views have the name {', '.join(twice)}; names are operation ids"
        raise ValueError(message)
    schemas, references = _schemas(ordered)
    paths: dict[str, dict[str, Any]] = {}
    for contract in ordered:
        operation = _operation(contract, references)
        paths.setdefault(contract.path, {})[contract.method.lower()] = operation
    used = {c.tag for c in ordered}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Parley",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The host that serves this document."}],
        "tags": [{"name": n, "description": d} for n, d in _TAGS.items() if n in used],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": _HEADERS,
            "responses": {
                error.__name__: _problem_response(error)
                for error in sorted(
                    {error for contract in ordered for error in _errors(contract)},
                    key=lambda error: error.__name__,
                )
            },
            "securitySchemes": {
                "access_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def to_text(document: Mapping[str, Any]) -> str:
    """Return the document as the text that is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


@cache
def committed_text() -> str:
    """Return the committed document."""
    return DOCUMENT.read_text(encoding="utf-8")


def _schemas(contracts: list[Contract]) -> tuple[dict[str, Any], dict[Any, dict[str, Any]]]:
    """Return the component schemas, and the reference of each (model, mode)."""
    wanted: dict[Any, None] = {}
    for contract in contracts:
        if contract.body is not None:
            wanted[contract.body, "validation"] = None
        if contract.response is not None:
            wanted[contract.response, "serialization"] = None
    references, definitions = models_json_schema(list(wanted), ref_template=_REFS)
    schemas = dict(definitions.get("$defs", {}))
    schemas["Problem"] = _PROBLEM_SCHEMA
    _flatten_mappings(schemas)
    return {name: schemas[name] for name in sorted(schemas)}, dict(references)


def _flatten_mappings(node: object) -> None:
    """Leave out, in place, each discriminator that leads to a union with one of its own.

    OpenAPI's mappings name schemas only, and pydantic writes a whole union there; the `oneOf` that
    stands beside it says the same.
    """
    if isinstance(node, list):
        for child in node:
            _flatten_mappings(child)
    elif isinstance(node, dict):
        mapping = node.get("discriminator", {}).get("mapping", {})
        if not all(isinstance(target, str) for target in mapping.values()):
            del node["discriminator"]
        for child in node.values():
            _flatten_mappings(child)


def _operation(contract: Contract, references: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": contract.name,
        "tags": [contract.tag],
        "summary": contract.summary,
    }
    description = _description(contract)
    if description:
        operation["description"] = description
    parameters = [
        *_path_parameters(contract),
        *_query_parameters(contract),
        *([_IDEMPOTENCY_KEY] if contract.takes_idempotency_key else []),
        *([_IF_MATCH] if contract.takes_if_match else []),
    ]
    if parameters:
        operation["parameters"] = parameters
    if contract.has_body:
        operation["requestBody"] = {
            "required": True,
            "content": {
                kind: _body_content(contract, kind, references) for kind in contract.content_types
            },
        }
    operation["responses"] = _responses(contract, references)
    operation["security"] = [] if contract.is_public else [{"access_token": []}]
    if contract.permission:
        operation["x-permission"] = contract.permission
    return operation


def _description(contract: Contract) -> str:
    """Return the docstring's paragraphs, unwrapped, and what the registration adds to them."""
    paragraphs = [" ".join(p.split()) for p in contract.description.split("\n\n") if p.strip()]
    if contract.permission:
        paragraphs.append(f"Needs the permission `{contract.permission}`.")
    return "\n\n".join(paragraphs)


def _body_content(
    contract: Contract, kind: str, references: Mapping[Any, dict[str, Any]]
) -> dict[str, Any]:
    if contract.body is not None and not (contract.takes_bytes and kind != JSON):
        return {"schema": references[contract.body, "validation"]}
    # A body that is not JSON has no schema in OpenAPI 3.1: its media type says what it is.
    return {}


def _path_parameters(contract: Contract) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in contract.path_parameters
    ]


def _query_parameters(contract: Contract) -> list[dict[str, Any]]:
    if contract.query is None:
        return []
    schema = contract.query.model_json_schema(ref_template=_REFS)
    found = []
    for name, field in schema.get("properties", {}).items():
        shape = {k: v for k, v in field.items() if k not in {"title", "description"}}
        parameter = {"name": name, "in": "query", "schema": _without_null(shape)}
        if name in schema.get("required", ()):
            parameter["required"] = True
        if "description" in field:
            parameter["description"] = field["description"]
        found.append(parameter)
    return found


def _without_null(shape: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter, which can be absent but never null."""
    kinds = [kind for kind in shape.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return shape
    return {**{k: v for k, v in shape.items() if k not in {"anyOf", "default"}}, **kinds[0]}


def _responses(contract: Contract, references: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    answers: dict[str, Any] = {
        str(contract.status): _success(contract, contract.status, _meaning(contract), references)
    }
    for status, meaning in contract.other_statuses.items():
        answers[str(status)] = _success(contract, status, meaning, references)
    for error in _errors(contract):
        same = answers.setdefault(
            str(error.status), {"$ref": f"#/components/responses/{error.__name__}"}
        )
        if "$ref" not in same:  # a success of another meaning has the status too
            same["content"].update(_PROBLEM_CONTENT)
    return {status: answers[status] for status in sorted(answers)}


def _meaning(contract: Contract) -> str:
    """Return what the route's success is, in its model's own words."""
    if contract.response is None:
        return "Done." if contract.status == 204 else "The document."
    return _first_sentences(contract.response)


def _first_sentences(described: type) -> str:
    return " ".join((described.__doc__ or "").partition("\n\n")[0].split())


def _success(
    contract: Contract, status: int, meaning: str, references: Mapping[Any, dict[str, Any]]
) -> dict[str, Any]:
    headers = _header_references("X-Request-Id")
    if status == 204:
        return {"description": meaning, "headers": headers}
    kind = contract.response_type.partition(";")[0]
    if contract.response is None:
        schema: dict[str, Any] = {"type": "object"} if kind == JSON else {"type": "string"}
    else:
        schema = references[contract.response, "serialization"]
    return {"description": meaning, "headers": headers, "content": {kind: {"schema": schema}}}


def _problem_response(error: type[AppError]) -> dict[str, Any]:
    """Return the answer that an error is, told once for all routes that may give it."""
    waits = ("Retry-After",) if error in {TooManyRequests, Unavailable} else ()
    return {
        "description": _first_sentences(error),
        "headers": _header_references("X-Request-Id", *waits),
        "content": _PROBLEM_CONTENT,
    }


def _header_references(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


class Defect(AppError):
    """A defect on our side; it is logged with the request id."""


def _errors(contract: Contract) -> list[type[AppError]]:
    """Return every error that the route may answer: the wrapper's own, then those it declares."""
    errors: list[type[AppError]] = [TooLarge, TooManyRequests, Unavailable]
    if contract.has_body:
        errors += [Malformed, UnsupportedMedia]
    if contract.body is not None or contract.query is not None:
        errors.append(Invalid)
    if not contract.is_public:
        # Forbidden also where no permission is needed: to an API key, or from a wrong network.
        errors += [Unauthenticated, Forbidden]
    if contract.takes_if_match:
        errors.append(PreconditionFailed)
    if contract.path_parameters:
        errors.append(NotFound)
    if contract.takes_idempotency_key:
        errors += [Conflict, Invalid]
    return [*contract.errors, *errors, Defect]
