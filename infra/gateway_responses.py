"""API Gateway's own answers, given before any function runs, in the form of Parley's: problem+json.

The templates are not VTL: API Gateway only puts context variables in. Source: API Gateway developer
guide, "Gateway response types" and "x-amazon-apigateway-gateway-responses".
"""

from __future__ import annotations

import json
from typing import Any

from chalicelib.core.errors import (
    AppError,
    Forbidden,
    Malformed,
    NotFound,
    TooLarge,
    TooManyRequests,
    UnsupportedMedia,
)
from chalicelib.core.headers import SECURITY


class NoAnswer(AppError):
    """The function ran out of time, or its answer was lost on the way."""

    status, title, code = 504, "No answer in time", "no_answer"


# A path without a route is "missing authentication token" to API Gateway, and 403 unless told.
ANSWERS = {
    "MISSING_AUTHENTICATION_TOKEN": NotFound("No such path, or it does not take this method."),
    "RESOURCE_NOT_FOUND": NotFound("No such path."),
    "REQUEST_TOO_LARGE": TooLarge("The body is larger than 10 MB."),
    "UNSUPPORTED_MEDIA_TYPE": UnsupportedMedia("Send a Content-Type that this path reads."),
    "THROTTLED": TooManyRequests("Too many requests. Try again in a few seconds.", retry_after_s=5),
    "QUOTA_EXCEEDED": TooManyRequests(
        "The quota is used up. Try again tomorrow.", retry_after_s=86_400
    ),
    "ACCESS_DENIED": Forbidden("Access is denied."),
    "WAF_FILTERED": Forbidden("The firewall refused this request."),
    "INTEGRATION_TIMEOUT": NoAnswer("No answer in 29 s. What was asked may still happen."),
    "INTEGRATION_FAILURE": NoAnswer("The answer was lost. What was asked may still happen."),
    "DEFAULT_4XX": Malformed("The request cannot be understood."),
    "DEFAULT_5XX": AppError("Something broke on our side; quote request_id when you report it."),
}


def gateway_responses() -> dict[str, Any]:
    """Return the `x-amazon-apigateway-gateway-responses` of the API's definition.

    Any origin may read these: they hold nothing of a tenant's, and a browser that may not read a
    429 can only say that the network failed. Credentials are not allowed along with it.
    """
    return {kind: _response(answer) for kind, answer in ANSWERS.items()}


def _response(answer: AppError) -> dict[str, Any]:
    return {
        "statusCode": str(answer.status),
        "responseParameters": {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            **{
                f"gatewayresponse.header.{name}": f"'{value}'"
                for name, value in SECURITY.items()
                if name != "Content-Security-Policy"
            },
            # A static value stands in single quotes, so the quotes of 'none' cannot be in it; no
            # script runs in a sandbox, and X-Frame-Options forbids frames.
            "gatewayresponse.header.Content-Security-Policy": "'sandbox'",
            "gatewayresponse.header.Content-Type": "'application/problem+json'",
            **(
                {"gatewayresponse.header.Retry-After": f"'{answer.retry_after_s}'"}
                if answer.retry_after_s
                else {}
            ),
        },
        "responseTemplates": {
            "application/json": json.dumps(answer.problem("$context.requestId")),
        },
    }
