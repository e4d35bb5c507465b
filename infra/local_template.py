"""Makes the template that is deployed to AWS one that a local emulator can take. Pure.

What is left out: the types MiniStack refuses (composite and metric-math alarms, budgets), WAF, and
CloudFront with its bucket, since the SPA is served by the local stack itself. Tables and keys lose
what protects them, so that a local stack can be thrown away and made again. And the sender's
concurrency becomes a number: by Ref, MiniStack's SQS poller gets a text and dies of it.
Links in mails lead to the app that the stack serves.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from infra.resources import table_name

REFUSED = frozenset(
    {
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::WAFv2::WebACL",
        "AWS::WAFv2::WebACLAssociation",
        "AWS::Budgets::Budget",
    }
)
# Each invocation at once is a process of its own on the developer's machine.
SENDERS = 3
EDGE = "AWS::CloudFront::"
EDGE_BUCKETS = frozenset({"WebBucket", "WebBucketPolicy"})


def for_local(template: dict[str, Any], *, functions: bool = True) -> dict[str, Any]:
    """Return a copy of `template` for the emulator; the given one is not changed.

    With `functions=False` the functions and the API go too, and what hangs on them: what stays is
    tables, queues, bucket, key and secret, for a stack whose code runs outside the emulator.
    Raises ValueError when something that stays refers to something that goes.
    """
    local = copy.deepcopy(template)
    resources = local["Resources"]
    gone = {name for name, resource in resources.items() if _goes(name, resource, functions)}
    if not functions:
        local.pop("Globals", None)
        gone |= _followers(resources, gone)
    for name in gone:
        del resources[name]
    for resource in resources.values():
        _unprotect(resource)
        _limit_concurrency(resource)
        _forget_dependencies(resource, gone)
        _name_the_app(resource)
    known = set(resources) | set(local.get("Parameters", {}))
    local["Outputs"] = {
        name: output
        for name, output in local.get("Outputs", {}).items()
        if references(output) <= known
    }
    for name, resource in resources.items():
        lost = sorted(references(resource) - known)
        if lost:
            message = f"{name} refers to {', '.join(lost)}, which a local stack leaves out"
            raise ValueError(message)
    return local


def ttl_attributes(template: dict[str, Any]) -> dict[str, str]:
    """Return {table name without prefix: TTL attribute}, to be set after the stack is up.

    MiniStack ignores TimeToLiveSpecification, so whoever deploys calls UpdateTimeToLive for each.
    """
    found: dict[str, str] = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::DynamoDB::Table":
            ttl = resource["Properties"].get("TimeToLiveSpecification")
            if ttl and ttl["Enabled"]:
                found[table_name(resource["Properties"])] = ttl["AttributeName"]
    return found


def references(value: object) -> set[str]:
    """Return the names that `value` refers to by Ref, GetAtt, Sub or DependsOn.

    AWS's own, such as `AWS::Region`, are left out.
    """
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for key, inner in value.items():
        if key == "Ref" and isinstance(inner, str):
            found.add(inner)
        elif key == "Fn::GetAtt":
            found.add(inner[0] if isinstance(inner, list) else str(inner).split(".", 1)[0])
        elif key == "Fn::Sub":
            found |= _substituted(inner)
        elif key == "DependsOn":
            found |= {inner} if isinstance(inner, str) else set(inner)
        else:
            found |= references(inner)
    return {name for name in found if not name.startswith("AWS::")}


def _substituted(sub: str | list[Any]) -> set[str]:
    """Return the names in a Fn::Sub, whose second form brings variables of its own."""
    text, variables = (sub, {}) if isinstance(sub, str) else (sub[0], sub[1])
    names = set(re.findall(r"\$\{([^!.}][^.}]*)", text))
    return (names - set(variables)) | references(list(variables.values()))


def _goes(name: str, resource: dict[str, Any], functions: bool) -> bool:  # noqa: FBT001 - private
    kind: str = resource["Type"]
    metric_math = kind == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    code = not functions and kind.startswith(("AWS::Serverless::", "AWS::Lambda::"))
    return kind in REFUSED or kind.startswith(EDGE) or name in EDGE_BUCKETS or metric_math or code


def _name_the_app(resource: dict[str, Any]) -> None:
    """Have mails name the app by its parameter alone, for there is no distribution."""
    own = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
    if "APP_URL" in own:
        own["APP_URL"] = {"Ref": "AppUrl"}


def _followers(resources: dict[str, Any], gone: set[str]) -> set[str]:
    """Return what refers to something gone, and what refers to that, until nothing more does."""
    followers: set[str] = set()
    while True:
        more = {
            name
            for name, resource in resources.items()
            if name not in gone | followers and references(resource) & (gone | followers)
        }
        if not more:
            return followers
        followers |= more


def _unprotect(resource: dict[str, Any]) -> None:
    resource.pop("DeletionPolicy", None)
    resource.pop("UpdateReplacePolicy", None)
    resource.get("Properties", {}).pop("DeletionProtectionEnabled", None)


def _limit_concurrency(resource: dict[str, Any]) -> None:
    for event in resource.get("Properties", {}).get("Events", {}).values():
        scaling = event["Properties"].get("ScalingConfig")
        if scaling:
            scaling["MaximumConcurrency"] = SENDERS


def _forget_dependencies(resource: dict[str, Any], gone: set[str]) -> None:
    depends = resource.get("DependsOn")
    if depends is None:
        return
    names = [depends] if isinstance(depends, str) else depends
    left = [name for name in names if name not in gone]
    if left:
        resource["DependsOn"] = left
    else:
        del resource["DependsOn"]
