"""One Lambda per route: as many functions as routes, each bound to its own integration."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from infra.package import ROOT, Package
from infra.split import INTEGRATION, Route

Template = dict[str, Any]

_LIST_ROUTES = """
import json, app
print(json.dumps([[m, p] for p, methods in app.app.routes.items() for m in methods]))
"""


@pytest.fixture(scope="module")
def app_routes() -> set[tuple[str, str]]:
    """Return each method and path that app.py itself registers, asked in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", _LIST_ROUTES], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {(method, path) for method, path in json.loads(done.stdout)}


def api_functions(template: Template) -> dict[str, dict[str, Any]]:
    """Return the properties of the functions that serve routes."""
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
        and resource["Properties"]["Handler"] == "app.app"
    }


def integrations(template: Template) -> dict[tuple[str, str], str]:
    """Return the function that each method of each path is bound to."""
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    found = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            uri = operation[INTEGRATION].get("uri", {"Fn::Sub": ""})["Fn::Sub"]
            names = re.findall(r"\$\{(\w+)\.Arn\}", uri)
            if operation[INTEGRATION]["type"] == "aws_proxy":
                (found[method.upper(), path],) = names
    return found


def test_as_many_functions_as_routes(
    template: Template, package: Package, app_routes: set[tuple[str, str]]
) -> None:
    """Each route of app.py has a function, and there is no other; Chalice's one for all is gone."""
    assert {(r.method, r.path) for r in package.routes} == app_routes
    assert set(api_functions(template)) == {r.function for r in package.routes}
    assert len(api_functions(template)) == len(app_routes)
    assert not any(name.startswith("APIHandler") for name in template["Resources"])


def test_each_integration_has_its_own_function(
    template: Template, app_routes: set[tuple[str, str]]
) -> None:
    """Integrations and functions correspond one to one, each to the function named after it."""
    bound = integrations(template)
    assert set(bound) == app_routes
    assert sorted(bound.values()) == sorted(api_functions(template))
    for (method, path), function in bound.items():
        assert function == Route(method, path, "").function
        assert api_functions(template)[function]["Description"] == f"{method} {path}"


def test_each_function_loads_the_blueprint_of_its_route(
    template: Template, package: Package
) -> None:
    """BLUEPRINT names the blueprint that has the route."""
    for route in package.routes:
        environment = api_functions(template)[route.function]["Environment"]
        assert environment == {"Variables": {"BLUEPRINT": route.blueprint}}


def test_the_gateway_may_call_the_routes_functions_and_no_others(
    template: Template, package: Package
) -> None:
    """Each integration calls by the gateway's role, whose policies name just the routes' functions,
    few enough in each that it is no larger than IAM takes.
    """
    resources = template["Resources"]
    policies = [r["Properties"] for n, r in resources.items() if n.startswith("GatewayPolicy")]
    called: list[str] = []
    for policy in policies:
        assert policy["Roles"] == [{"Ref": "GatewayRole"}]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Action"] == ["lambda:InvokeFunction"]
        assert len(statement["Resource"]) <= 40
        called += [arn["Fn::GetAtt"][0] for arn in statement["Resource"]]
    assert sorted(called) == sorted(route.function for route in package.routes)
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for methods in paths.values():
        for operation in methods.values():
            integration = operation["x-amazon-apigateway-integration"]
            if integration["type"] != "mock":
                assert integration["credentials"] == {"Fn::GetAtt": ["GatewayRole", "Arn"]}
