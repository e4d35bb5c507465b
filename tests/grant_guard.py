"""Holds every route and consumer that a test calls to what infra/policies/grants.yaml grants it.

No emulator checks IAM, so a grant that is missing would first be seen in AWS. This pytest plugin
looks at each AWS request that is made while a Lambda's entry point runs, and refuses what the
function's policy would refuse; what a test does by itself is not looked at.

    pytest -p tests.grant_guard tests/component
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import botocore.signers
import pytest
from botocore.client import BaseClient
from chalice import Chalice

from infra.policies import READ, WRITE, Grant, GrantError, read_grants
from tests.grant_uses import OBJECTS, USES, noting, report

_DESELECTED: set[Path] = set()

# Consumers by module, as infra/resources.yaml names their functions.
CONSUMERS = {
    "webhook": "WebhookFunction",
    "queues.plan": "PlannerFunction",
    "queues.send": "SenderFunction",
    "queues.inbound": "InboundFunction",
    "queues.imports": "ImporterFunction",
    "queues.media": "MediaFunction",
    "queues.mail": "MailFunction",
    "queues.tenant": "TenantFunction",
}
_TRANSACT = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "ConditionCheck": "ConditionCheckItem",
}


class _Acting:
    """The function whose entry point is running, if one is; tests run one at a time."""

    name = ""
    grant: Grant | None = None
    refused: ClassVar[list[str]] = []


@contextmanager
def acting_as(name: str, grant: Grant) -> Iterator[None]:
    """Hold AWS requests made in the block to `grant`; threads that the block starts included."""
    before = (_Acting.name, _Acting.grant)
    _Acting.name, _Acting.grant = name, grant
    try:
        yield
    finally:
        _Acting.name, _Acting.grant = before


@contextmanager
def acting_as_test() -> Iterator[None]:
    """Hold AWS requests made in the block to nothing: a test looks at what a function left."""
    before = (_Acting.name, _Acting.grant)
    _Acting.grant = None
    try:
        yield
    finally:
        _Acting.name, _Acting.grant = before


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run of the whole component tier fail for grants that nothing uses."""
    parser.addoption("--strict-grants", action="store_true", help="fail for grants without a use")


def pytest_configure(config: pytest.Config) -> None:
    """Look at botocore's requests and at Chalice's entry point from here on."""
    client: Any = BaseClient
    client._make_api_call = _guarded(client._make_api_call)
    Chalice.__call__ = _routed(Chalice.__call__)  # type: ignore[method-assign]
    _note_presigned()


def _note_presigned() -> None:
    """Have presigned URLs count as uses of the grants of whoever signs them."""

    def presigned(_client: Any, method: str, **options: Any) -> None:
        action = "".join(part.title() for part in method.split("_"))
        key = options.get("Params", {}).get("Key", "")
        USES.note(_Acting.name, "s3", action, key)

    signers: Any = botocore.signers
    signers.generate_presigned_url = noting(signers.generate_presigned_url, presigned)


def _note_what_is_kept() -> None:
    """Have what a process keeps count as asked for; of modules that are loaded, as below."""

    def asked(service: str, action: str) -> Callable[..., None]:
        return lambda *_args, **_options: USES.note(_Acting.name, service, action, "")

    secrets: Any = sys.modules.get("chalicelib.core.secrets")
    if secrets is not None and not hasattr(secrets.SecretReader.__call__, "__wrapped__"):
        read = noting(secrets.SecretReader.__call__, asked("secretsmanager", "GetSecretValue"))
        secrets.SecretReader.__call__ = read
    aws: Any = sys.modules.get("chalicelib.core.aws")
    if aws is not None and hasattr(aws.decrypt, "cache_info"):
        noted: Any = noting(aws.decrypt, asked("kms", "Decrypt"))
        noted.cache_clear = aws.decrypt.cache_clear
        aws.decrypt = noted


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember which files were not run whole."""
    _DESELECTED.update(item.path for item in items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run of the whole component tier that leaves a grant unused."""
    # A worker of pytest-xdist has seen its share alone.
    if not hasattr(session.config, "workerinput"):
        report(session, _DESELECTED)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test during which something was refused, also if the code under test went on."""
    _hold_consumers(getattr(item, "module", None))
    _note_what_is_kept()
    _Acting.refused.clear()
    yield
    if _Acting.refused:
        pytest.fail("; ".join(sorted(set(_Acting.refused))), pytrace=False)


def _hold_consumers(test_module: ModuleType | None) -> None:
    """Hold the consumers' handlers that are loaded, in their modules and in the test's.

    Not imported here: that would make the process's logger before pytest captures its output.
    """
    for short, function in CONSUMERS.items():
        module = sys.modules.get(f"chalicelib.handlers.{short}")
        if module is None:
            continue
        held = vars(module)["handler"]
        if not hasattr(held, "__wrapped__"):
            held = _holding(function, held)
            vars(module)["handler"] = held
        for name, value in list(vars(test_module).items()) if test_module else []:
            if value is held.__wrapped__:
                setattr(test_module, name, held)


def _guarded(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def guarded(self: Any, operation: str, params: dict[str, Any]) -> Any:
        if _Acting.grant is not None:
            service = self.meta.service_model.service_name
            for action, resource in needs(service, operation, params):
                USES.note(_Acting.name, service, action, resource)
                if not allows(_Acting.grant, service, action, resource):
                    message = f"{_Acting.name} needs {service}:{action} on {resource}"
                    _Acting.refused.append(message)
                    raise GrantError(message)
        return call(self, operation, params)

    return guarded


def _routed(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def routed(self: Chalice, event: Any, context: Any) -> Any:
        # What Chalice routes by; an app of a test's own has no grants to be held to.
        where = event["requestContext"]
        method, path = where["httpMethod"], where["resourcePath"]
        view = self.routes[path][method].view_function
        if not view.__module__.startswith("chalicelib.handlers."):
            return call(self, event, context)
        blueprint = view.__module__.rsplit(".", 1)[-1]
        grant = read_grants().of_route(blueprint, method, path)
        USES.blueprints[f"{method} {path}"] = blueprint
        with acting_as(f"{method} {path}", grant):
            return call(self, event, context)

    return routed


def _holding(name: str, handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler)
    def held(event: Any, context: Any) -> Any:
        with acting_as(name, read_grants().of_function(name)):
            return handler(event, context)

    return held


def needs(service: str, operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the IAM action and the resource (table, queue, key) of each part of a request."""
    if service == "dynamodb":
        yield from _table_needs(operation, params)
    elif service == "sqs":
        yield operation.removesuffix("Batch"), params["QueueUrl"].rsplit("/", 1)[-1]
    elif service == "s3" and operation == "CopyObject":
        yield "GetObject", params["CopySource"]["Key"]
        yield "PutObject", params["Key"]
    elif service == "s3" and operation == "DeleteObjects":
        for found in params["Delete"]["Objects"]:
            yield "DeleteObject", found["Key"]
    elif service == "s3":
        yield operation, params.get("Key", "")
    else:
        yield operation, ""


def _table_needs(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if operation.startswith("Transact"):
        for item in params["TransactItems"]:
            for kind, part in item.items():
                yield _TRANSACT[kind], part["TableName"]
    elif operation == "BatchExecuteStatement":
        for statement in params["Statements"]:
            verb, _, table = statement["Statement"].split(" ", 3)[:3]
            yield f"PartiQL{verb.title()}", table.strip('"')
    elif "RequestItems" in params:
        for table in params["RequestItems"]:
            yield operation, table
    else:
        yield operation, params["TableName"]


def allows(grant: Grant, service: str, action: str, resource: str) -> bool:
    """Say whether a function's policy would let a request through."""
    if service == "dynamodb":
        table = resource.rsplit("-", maxsplit=1)[-1]
        readable = table in grant.read | grant.write
        return (action in READ and readable) or (action in WRITE and table in grant.write)
    if service == "sqs":
        queues = {"SendMessage": grant.send, "GetQueueAttributes": grant.watch | grant.consume}
        return any(name in resource.lower() for name in queues.get(action, grant.consume))
    if service == "s3":
        if action in OBJECTS:
            return any(
                resource.startswith(prefix.rstrip("*")) and OBJECTS[action] in verbs
                for prefix, verbs in grant.bucket.items()
            )
        return action in {"HeadBucket", "ListObjectsV2"} and (grant.look or bool(grant.bucket))
    if service == "scheduler":
        return action in {"CreateSchedule", "DeleteSchedule"} and grant.schedule
    if service == "sesv2":
        return grant.mail and action == "SendEmail"
    return (service == "kms" and action.lower() in grant.key) or (
        service == "secretsmanager" and action == "GetSecretValue" and grant.secret
    )
