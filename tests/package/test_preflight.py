"""API Gateway answers preflights by itself: configured origins are echoed, others get nothing."""

from __future__ import annotations

from typing import Any

import airspeed
import pytest

from chalicelib.core.headers import EXPOSED_HEADERS
from infra.preflight import preflight

ALLOWED = "Access-Control-Allow-Origin"
INTEGRATION = "x-amazon-apigateway-integration"


class Input:
    """The `$input` of a mapping template, for a request with one header."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def params(self, name: str) -> str:
        """Return the header, or the empty text that API Gateway gives for one that is not there."""
        return self.origin if name == "Origin" else ""


def joined(value: Any, web_origin: str) -> str:
    """Return what CloudFormation makes of the template's Fn::Join."""
    if isinstance(value, str):
        return value
    separator, parts = value["Fn::Join"]
    if isinstance(parts, dict):
        separator_of_split, of = parts["Fn::Split"]
        assert of == {"Ref": "WebOrigin"}
        parts = web_origin.split(separator_of_split)
    return str(separator.join(joined(part, web_origin) for part in parts))


def overridden(origin: str, web_origin: str) -> dict[str, str]:
    """Return the headers that the template sets for a request from `origin`, by a Velocity engine.

    This engine, unlike API Gateway's, knows no hyphens in names.
    """
    answer = preflight(["GET"])[INTEGRATION]["responses"]["default"]
    text = joined(answer["responseTemplates"]["application/json"], web_origin)
    context: dict[str, Any] = {"responseOverride": {"header": {}}}
    text = text.replace("Access-Control-Allow-", "Access_Control_Allow_")
    body = airspeed.Template(text).merge({"input": Input(origin), "context": context})
    assert body.strip() == ""
    headers: dict[str, str] = context["responseOverride"]["header"]
    return {name.replace("_", "-"): value for name, value in headers.items()}


BOTH = "https://app.example,https://staff.example"


@pytest.mark.parametrize("origin", ["https://app.example", "https://staff.example"])
def test_a_configured_origin_is_echoed(origin: str) -> None:
    """It may send its cookies."""
    assert overridden(origin, BOTH) == {
        ALLOWED: origin,
        "Access-Control-Allow-Credentials": "true",
    }


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://app.example.evil.example",
        "https://evil.example/https://app.example",
        "http://app.example",
        "https://app.example,https://staff.example",
        "https://app",
        "*",
    ],
)
def test_no_other_origin_is(origin: str) -> None:
    """Neither one that looks alike nor none; the browser then asks no further."""
    assert overridden(origin, BOTH) == {}
    assert overridden(origin, "") == {}


def test_every_path_has_one_and_none_is_for_everybody(template: dict[str, Any]) -> None:
    """Each path names its own methods, and nothing that may carry credentials is open to `*`."""
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    assert paths
    for path, operations in paths.items():
        options = operations["options"]
        parameters = options[INTEGRATION]["responses"]["default"]["responseParameters"]
        methods = parameters["method.response.header.Access-Control-Allow-Methods"]
        assert set(methods.strip("'").split(", ")) == {m.upper() for m in operations}, path
        assert f"method.response.header.{ALLOWED}" not in parameters
        declared = set(options["responses"]["204"]["headers"])
        assert {name.rsplit(".", 1)[-1] for name in parameters} < declared
        assert ALLOWED in declared
        assert "Strict-Transport-Security" in declared
    assert "RateLimit-Reset" in EXPOSED_HEADERS


def test_the_webhook_is_called_by_no_page(template: dict[str, Any]) -> None:
    """Its Function URL has no CORS."""
    assert "Cors" not in template["Resources"]["WebhookUrl"]["Properties"]
