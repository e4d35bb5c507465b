"""Turns infra/policies/grants.yaml into the IAM policy of each function: what it needs, no more.

A grant says what a blueprint's routes (or one consumer) touch, in Parley's own words:

    read     tables that are read; their indexes too
    write    tables that are written as well as read
    send     queues that work is put on
    consume  the queue whose messages arrive
    watch    queues whose length is asked for
    bucket   {key prefix: [get, put, delete, abort]}; abort ends an upload in parts
    look     true: may ask whether the bucket is there; whoever gets objects may, since S3 answers a
             missing object with 403 instead of 404 to those who may not
    key      [encrypt, decrypt] with the tenants' key
    secret   true: may read the platform's secret
    schedule true: may make and take back the schedules that start campaigns
    mail     true: may send mail from the deployment's own address

Every API route also has what `every_route` grants, and one that is no GET what `every_change` does;
a GET route only reads the tables that its blueprint writes, unless `routes` says more for it. What
a test sees a function do beyond this is refused (tests/grant_guard.py), and a run of the component
tier tells which grant no test used (tests/grant_uses.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.resources import logical_table, tables as read_tables

GRANTS = Path(__file__).with_name("grants.yaml")

READ = ("BatchGetItem", "ConditionCheckItem", "GetItem", "Query")
WRITE = ("BatchWriteItem", "DeleteItem", "PartiQLInsert", "PutItem", "UpdateItem")
CONSUME = ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
OBJECT = {
    "get": "GetObject",
    "put": "PutObject",
    "delete": "DeleteObject",
    "abort": "AbortMultipartUpload",
}

Statement = dict[str, Any]

# The identity in SES that MAIL_FROM belongs to.
_SENDER = {
    "Fn::Sub": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${MailIdentity}"
}


class GrantError(Exception):
    """grants.yaml does not say, or does not say in known words, what a function may do."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What one function may touch."""

    read: frozenset[str] = frozenset()
    write: frozenset[str] = frozenset()
    send: frozenset[str] = frozenset()
    consume: frozenset[str] = frozenset()
    watch: frozenset[str] = frozenset()
    bucket: dict[str, list[str]] = field(default_factory=dict)
    look: bool = False
    key: frozenset[str] = frozenset()
    secret: bool = False
    schedule: bool = False
    mail: bool = False

    def __or__(self, other: Grant) -> Grant:
        """Return what either allows."""
        bucket = {prefix: list(verbs) for prefix, verbs in self.bucket.items()}
        for prefix, verbs in other.bucket.items():
            bucket[prefix] = sorted({*bucket.get(prefix, []), *verbs})
        return Grant(
            read=self.read | other.read,
            write=self.write | other.write,
            send=self.send | other.send,
            consume=self.consume | other.consume,
            watch=self.watch | other.watch,
            bucket=bucket,
            look=self.look or other.look,
            key=self.key | other.key,
            secret=self.secret or other.secret,
            schedule=self.schedule or other.schedule,
            mail=self.mail or other.mail,
        )


@dataclass(frozen=True, slots=True)
class Grants:
    """All of grants.yaml."""

    every_route: Grant
    every_change: Grant
    blueprints: dict[str, Grant]
    routes: dict[str, Grant]
    functions: dict[str, Grant]

    def of_route(self, blueprint: str, method: str, path: str) -> Grant:
        """Return what the function of a route may do; GrantError if its blueprint is not listed."""
        own = self.blueprints.get(blueprint)
        if own is None:
            message = f"{GRANTS.name}: blueprints has no entry {blueprint!r}, which {path} needs"
            raise GrantError(message)
        if method == "GET":
            own = Grant(
                read=own.read | own.write,
                bucket=_only(own.bucket, "get"),
                look=own.look,
                watch=own.watch,
                key=own.key & {"decrypt"},
                secret=own.secret,
            )
        else:
            own |= self.every_change
        return self.every_route | own | self.routes.get(f"{method} {path}", Grant())

    def of_function(self, name: str) -> Grant:
        """Return what a function of resources.yaml may do; GrantError if it is not listed."""
        if name not in self.functions:
            message = f"{GRANTS.name}: functions has no entry {name!r}"
            raise GrantError(message)
        return self.functions[name]


@cache
def read_grants(path: Path = GRANTS) -> Grants:
    """Return the declared grants; raises GrantError on an unknown word."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Grants(
        every_route=_grant("every_route", content["every_route"]),
        every_change=_grant("every_change", content.get("every_change")),
        blueprints=_section(content, "blueprints"),
        routes=_section(content, "routes"),
        functions=_section(content, "functions"),
    )


def statements(grant: Grant) -> list[Statement]:
    """Return the IAM statements for `grant`, each with named resources."""
    found = [
        _on_tables("Read", READ, grant.read - grant.write),
        _on_tables("Write", READ + WRITE, grant.write),
        _on_queues("Send", ("SendMessage",), grant.send),
        _on_queues("Consume", CONSUME, grant.consume),
        _on_queues("Watch", ("GetQueueAttributes",), grant.watch),
        *(_on_objects(prefix, verbs) for prefix, verbs in sorted(grant.bucket.items())),
    ]
    if grant.look or any("get" in verbs for verbs in grant.bucket.values()):
        found.append(_statement("Look", ["s3:ListBucket"], [{"Fn::GetAtt": ["Bucket", "Arn"]}]))
    if grant.key:
        actions = [f"kms:{verb.capitalize()}" for verb in sorted(grant.key)]
        found.append(_statement("Key", actions, [{"Fn::GetAtt": ["Key", "Arn"]}]))
    if grant.secret:
        actions = ["secretsmanager:GetSecretValue"]
        found.append(_statement("Secret", actions, [{"Ref": "Secret"}]))
    if grant.schedule:
        schedules = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule"
        own = [{"Fn::Sub": f"{schedules}/${{ScheduleGroup}}/*"}]
        actions = ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"]
        found.append(_statement("Schedule", actions, own))
        role = [{"Fn::GetAtt": ["ScheduleRole", "Arn"]}]
        found.append(_statement("PassScheduleRole", ["iam:PassRole"], role))
    if grant.mail:
        found.append(_statement("Mail", ["ses:SendEmail"], [_SENDER]))
    return [statement for statement in found if statement is not None]


def _statement(sid: str, actions: Iterable[str], resources: list[Any]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}


def _on_tables(sid: str, verbs: Iterable[str], tables: frozenset[str]) -> Statement | None:
    if not tables:
        return None
    definitions = read_tables()
    resources: list[Any] = []
    for name in sorted(tables):
        logical = logical_table(name)
        resources.append({"Fn::GetAtt": [logical, "Arn"]})
        if "GlobalSecondaryIndexes" in definitions[name]:
            resources.append({"Fn::Sub": f"${{{logical}.Arn}}/index/*"})
    return _statement(sid, sorted(f"dynamodb:{verb}" for verb in verbs), resources)


def _on_queues(sid: str, verbs: Iterable[str], queues: frozenset[str]) -> Statement | None:
    if not queues:
        return None
    resources = [{"Fn::GetAtt": [f"{name.capitalize()}Queue", "Arn"]} for name in sorted(queues)]
    return _statement(sid, [f"sqs:{verb}" for verb in verbs], resources)


def _on_objects(prefix: str, verbs: list[str]) -> Statement:
    sid = "Objects" + "".join(c for c in prefix.title() if c.isalnum())
    resource = {"Fn::Sub": f"${{Bucket.Arn}}/{prefix}"}
    return _statement(sid, sorted(f"s3:{OBJECT[verb]}" for verb in verbs), [resource])


def _only(bucket: dict[str, list[str]], verb: str) -> dict[str, list[str]]:
    return {prefix: [verb] for prefix, verbs in bucket.items() if verb in verbs}


def _section(content: dict[str, Any], name: str) -> dict[str, Grant]:
    return {key: _grant(f"{name} {key}", words) for key, words in (content.get(name) or {}).items()}


def _grant(where: str, words: dict[str, Any] | None) -> Grant:
    sets = {"read", "write", "send", "consume", "watch", "key"}
    values: dict[str, Any] = {}
    for word, value in (words or {}).items():
        if word not in Grant.__dataclass_fields__:
            message = f"{GRANTS.name}: {where} has the unknown word {word!r}"
            raise GrantError(message)
        values[word] = frozenset(value) if word in sets else value
    return Grant(**values)
