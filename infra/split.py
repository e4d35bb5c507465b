"""Makes one Lambda per route out of Chalice's one for all. Pure: a template goes in, one comes out.

    APIHandler ──> ApiGetContacts, ApiPostContacts, ApiGetContactsByContactId, ...

Each function has the zip in common and the BLUEPRINT it loads, its memory, its timeout and what it
may do of its own. A stack takes 500 resources, so what can be had with fewer is not made for each
route: functions that may do word for word the same have one role; the API logs into one group, a
stream for each function (Lambda names it in the stream), and is called by a role of API Gateway's,
which may call these functions and no others. Consumers, which are few, have a role and a log group
each.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.gateway_responses import gateway_responses
from infra.policies import Grant, Grants, statements
from infra.preflight import preflight

INTEGRATION = "x-amazon-apigateway-integration"
CHALICE_OWN = ("APIHandler", "APIHandlerInvokePermission", "ApiHandlerRole")
CODE = "./deployment.zip"
API_LOGS = "ApiLogs"
# CloudFormation takes 500 resources in a stack; SAM adds a few when it expands ours (the mappings,
# the API's deployment and stage).
MAX_RESOURCES = 485
# A managed policy holds 6,144 characters; a function's ARN takes up to 140 of them.
CALLED_BY_A_POLICY = 40


class SplitError(Exception):
    """Chalice's template and the app's routes do not fit together."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path, and the blueprint that serves it."""

    method: str
    path: str
    blueprint: str

    @property
    def function(self) -> str:
        """The logical id of the route's function, e.g. `ApiGetContactsByContactId`."""
        words = [self.method.lower()]
        for part in self.path.removeprefix("/api").strip("/").split("/"):
            words += ["by", *_words(part[1:-1])] if part.startswith("{") else _words(part)
        return "Api" + "".join(word[:1].upper() + word[1:] for word in words)


@dataclass(frozen=True, slots=True)
class Size:
    """What a function may use."""

    memory_mb: int
    timeout_s: int


def split(
    template: dict[str, Any], routes: list[Route], grants: Grants, sizes: Mapping[str, Size]
) -> dict[str, Any]:
    """Return `template` with a function per route; `sizes` has one for each function or `default`.

    Raises SplitError when a route has no integration, an integration no route, or two routes the
    same name; GrantError when nothing says what a function may do.
    """
    done = copy.deepcopy(template)
    resources = done["Resources"]
    for name in CHALICE_OWN:
        if resources.pop(name, None) is None:
            message = f"chalice package made no {name}; is app.py without routes?"
            raise SplitError(message)
    for name in ("APIHandlerArn", "APIHandlerName", "EndpointURL"):
        done["Outputs"].pop(name, None)
    _check_names(routes)
    unknown = sorted(set(sizes) - {"default"} - {route.function for route in routes})
    if unknown:
        message = f".chalice/config.json sizes {', '.join(unknown)}, but no route is called so"
        raise SplitError(message)

    for name, resource in list(resources.items()):
        if resource["Type"] == "AWS::Serverless::Function":
            resources[f"{name}Logs"] = _log_group(name)
            role = _role(grants.of_function(name), f"{name}Logs")
            resources[f"{name}Role"] = role
            resource["Properties"].update(_identity(f"{name}Role", f"{name}Logs"))
    resources[API_LOGS] = _log_group("api")
    for route in routes:
        name = route.function
        role = _role(grants.of_route(route.blueprint, route.method, route.path), API_LOGS)
        resources[_role_name(role)] = role
        resources[name] = _function(route, sizes.get(name, sizes["default"]))
        resources[name]["Properties"].update(_identity(_role_name(role), API_LOGS))
    resources.update(_caller(routes))
    _configure_api(resources["RestAPI"]["Properties"], routes)
    if len(resources) > MAX_RESOURCES:
        message = f"{len(resources)} resources; a stack takes {MAX_RESOURCES}. Nest some of them."
        raise SplitError(message)
    return done


def _words(part: str) -> list[str]:
    return [word for word in re.split(r"[^A-Za-z0-9]+", part) if word]


def _check_names(routes: list[Route]) -> None:
    seen: dict[str, Route] = {}
    for route in routes:
        other = seen.setdefault(route.function, route)
        if other is not route:
            message = (
                f"{route.method} {route.path} and {other.method} {other.path} would both be "
                f"called {route.function}"
            )
            raise SplitError(message)


def _function(route: Route, size: Size) -> dict[str, Any]:
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Description": f"{route.method} {route.path}",
            "Handler": "app.app",
            "CodeUri": CODE,
            "MemorySize": size.memory_mb,
            "Timeout": size.timeout_s,
            "Environment": {"Variables": {"BLUEPRINT": route.blueprint}},
        },
    }


def _caller(routes: list[Route]) -> dict[str, Any]:
    """Return the role by which API Gateway calls the routes' functions, and its policies."""
    made: dict[str, Any] = {
        "GatewayRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": _assumed_by("apigateway.amazonaws.com")},
        }
    }
    names = sorted(route.function for route in routes)
    for first in range(0, len(names), CALLED_BY_A_POLICY):
        called = [
            {"Fn::GetAtt": [name, "Arn"]} for name in names[first : first + CALLED_BY_A_POLICY]
        ]
        made[f"GatewayPolicy{first // CALLED_BY_A_POLICY}"] = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "Roles": [{"Ref": "GatewayRole"}],
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "Call",
                            "Effect": "Allow",
                            "Action": ["lambda:InvokeFunction"],
                            "Resource": called,
                        }
                    ],
                },
            },
        }
    return made


def _assumed_by(service: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
            }
        ],
    }


def _log_group(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": {"Fn::Sub": f"/parley/${{Stage}}/{name}"},
            "RetentionInDays": {"Ref": "LogRetentionDays"},
        },
    }


def _role(grant: Grant, logs: str) -> dict[str, Any]:
    """Return a role that may do what `grant` says and write into the log group `logs`."""
    log = {
        "Sid": "Log",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [{"Fn::GetAtt": [logs, "Arn"]}],
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": _assumed_by("lambda.amazonaws.com"),
            "Policies": [
                {
                    "PolicyName": "own",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [log, *statements(grant)],
                    },
                }
            ],
        },
    }


def _role_name(role: dict[str, Any]) -> str:
    """Return the logical id of a role for what it allows: equal roles are one.

    It stays when routes come and go, so that a deployment replaces only what may do something else.
    """
    content = json.dumps(role, sort_keys=True).encode()
    return f"ApiRole{hashlib.sha256(content).hexdigest()[:12]}"


def _identity(role: str, logs: str) -> dict[str, Any]:
    return {
        "Role": {"Fn::GetAtt": [role, "Arn"]},
        "LoggingConfig": {"LogGroup": {"Ref": logs}},
    }


def _configure_api(api: dict[str, Any], routes: list[Route]) -> None:
    api["EndpointConfiguration"] = {"Type": "REGIONAL"}
    api["MethodSettings"] = [
        {
            "HttpMethod": "*",
            "ResourcePath": "/*",
            "ThrottlingRateLimit": 1000,
            "ThrottlingBurstLimit": 2000,
        }
    ]
    body = api["DefinitionBody"]
    body["info"]["title"] = {"Fn::Sub": "parley-${Stage}"}
    body["x-amazon-apigateway-gateway-responses"] = gateway_responses()
    _bind(body, routes)


def _bind(body: dict[str, Any], routes: list[Route]) -> None:
    """Point every integration at its own function, and let every path answer a preflight."""
    left = {(route.method, route.path): route for route in routes}
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            # The view's docstring, which the OpenAPI document has already, and media types, which
            # a proxy does not choose by: a template may have 1 MB.
            for told in ("summary", "description", "consumes", "produces"):
                operation.pop(told, None)
            integration = operation[INTEGRATION]
            route = left.pop((method.upper(), path), None)
            if route is None:
                message = f"no blueprint serves {method.upper()} {path}, which Chalice declared"
                raise SplitError(message)
            integration["uri"] = {
                "Fn::Sub": (
                    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31"
                    f"/functions/${{{route.function}.Arn}}/invocations"
                )
            }
            integration["credentials"] = {"Fn::GetAtt": ["GatewayRole", "Arn"]}
        methods["options"] = preflight([method.upper() for method in methods])
    if left:
        names = ", ".join(f"{method} {path}" for method, path in sorted(left))
        message = f"Chalice declared no integration for {names}"
        raise SplitError(message)
