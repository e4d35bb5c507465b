"""How API Gateway answers a browser's preflight (OPTIONS), without a function: a mock integration.

A configured origin is echoed and may send credentials; to any other the answer says nothing, so
its browser asks no further. Source: API Gateway developer guide, "CORS for REST APIs" and "Override
your API's request and response parameters" (`$context.responseOverride`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalicelib.core.headers import PREFLIGHT, SECURITY, allowed_methods

# A static value stands in single quotes, so none may be in it; see infra/gateway_responses.py.
_STATIC = {**SECURITY, **PREFLIGHT, "Content-Security-Policy": "sandbox"}
_DYNAMIC = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")
_TEMPLATE = (
    '#set($origin = $input.params("Origin"))\n'
    '#foreach($allowed in ["%s"])\n'
    '#if($origin != "" && $origin == $allowed)\n'
    "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)\n"
    '#set($context.responseOverride.header.Access-Control-Allow-Credentials = "true")\n'
    "#end\n"
    "#end"
)


def preflight(methods: Iterable[str]) -> dict[str, Any]:
    """Return the OPTIONS operation of a path that takes `methods`."""
    head, tail = _TEMPLATE.split("%s")
    origins = {"Fn::Join": ['","', {"Fn::Split": [",", {"Ref": "WebOrigin"}]}]}
    static = {**_STATIC, "Access-Control-Allow-Methods": allowed_methods(methods)}
    return {
        "responses": {
            "204": {
                "description": "What a page may ask for.",
                "headers": {name: {"type": "string"} for name in (*static, *_DYNAMIC)},
            }
        },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "passthroughBehavior": "when_no_match",
            "requestTemplates": {"application/json": '{"statusCode": 204}'},
            "responses": {
                "default": {
                    "statusCode": "204",
                    "responseParameters": {
                        f"method.response.header.{name}": f"'{value}'"
                        for name, value in static.items()
                    },
                    "responseTemplates": {
                        "application/json": {"Fn::Join": ["", [head, origins, tail]]}
                    },
                }
            },
        },
    }
