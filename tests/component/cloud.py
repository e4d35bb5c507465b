"""Parley's AWS resources in moto: made once for the tier, emptied before each test.

Making the tables costs about 100 ms and emptying them next to nothing, so the tables stay and only
what a test wrote is thrown away.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.scheduler.models import scheduler_backends
from moto.ses.models import ses_backends
from moto.sqs.models import sqs_backends
from pynamodb.indexes import Index
from pynamodb.models import Model

import chalicelib.storage
from chalicelib.core import aws, secrets
from chalicelib.core.config import settings
from chalicelib.storage.base import TableMeta
from tests.component.partiql import mend_moto

REGION = "us-east-1"
QUEUES = ("plan", "send", "inbound", "imports", "media", "mail", "tenant")
SECRET: dict[str, Any] = {
    "signing_keys": {"k1": "test-signing-key-one-0123456789abcdef"},
    "signing_kid": "k1",
    "callback_key": "test-callback-key-0123456789abcdef",
    "cursor_key": "test-cursor-key-0123456789abcdef",
    "meta_app_id": "100200300400500",
    "meta_app_secrets": ["test-app-secret"],
    "meta_verify_token": "test-verify-token",
}
_ENVIRONMENT = {
    "STAGE": "local",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "TABLE_PREFIX": "parley-local-",
    "BUCKET": "parley-local",
    "KMS_KEY_ID": "alias/parley-local",
    "SECRET_ID": "parley-local",
    "GRAPH_URL": "http://graph.invalid",
    "GRAPH_VERSION": "v26.0",
    "MAIL_FROM": "parley@mail.example",
    "APP_URL": "http://127.0.0.1:3001",
    "WEB_ORIGIN": "http://127.0.0.1:3001",
    "SETTLE_INTERVAL_S": "2",
    "SETTLE_TIMEOUT_S": "60",
    "UNKNOWN_AFTER_S": "30",
    "SCHEDULE_GROUP": "parley-local",
    "SCHEDULE_ROLE_ARN": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/parley-local-schedules",
    "PLAN_QUEUE_ARN": f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:parley-local-plan",
    "PLAN_DEAD_LETTERS_ARN": f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:parley-local-plan-dead",
    "TENANT_QUEUE_ARN": f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:parley-local-tenant",
    "TENANT_DEAD_LETTERS_ARN": (
        f"arn:aws:sqs:{REGION}:{DEFAULT_ACCOUNT_ID}:parley-local-tenant-dead"
    ),
    "VERSION": "test",
    "BLUEPRINT": "",
}


def models() -> list[type[Model]]:
    """Return a PynamoDB model for each table; of two that share one, that which has its indexes."""
    ordered = sorted(every_model(), key=_indexes)
    found = {model.Meta.table_name: model for model in ordered}
    return [found[name] for name in sorted(found)]


def every_model() -> set[type[Model]]:
    """Return every PynamoDB model that a module of chalicelib.storage defines."""
    found: set[type[Model]] = set()
    for module in pkgutil.iter_modules(chalicelib.storage.__path__, "chalicelib.storage."):
        for value in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(value, type)
                and issubclass(value, Model)
                and issubclass(getattr(value, "Meta", object), TableMeta)
            ):
                found.add(value)
    return found


def _indexes(model: type[Model]) -> int:
    return sum(isinstance(value, Index) for value in vars(model).values())


def clear_caches() -> None:
    """Forget what this process has read; AWS clients stay, for they hold nothing of a test."""
    settings.cache_clear()
    secrets.platform_secrets.cache_clear()
    aws.decrypt.cache_clear()
    for name, module in list(sys.modules.items()):
        if name.startswith("chalicelib.services"):
            for value in vars(module).values():
                if callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()


@contextmanager
def moto_cloud() -> Iterator[None]:
    """Hold moto's AWS with everything that the settings contract names, and the environment."""
    before = dict(os.environ)
    for name in [n for n in os.environ if n.startswith("AWS_ENDPOINT_URL")]:
        del os.environ[name]
    os.environ.update(_ENVIRONMENT)
    _drop_connections()
    mend_moto()
    try:
        with mock_aws():
            clear_caches()
            _create()
            clear_caches()
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        _drop_connections()
        clear_caches()


def empty() -> None:
    """Throw away every item, message and object."""
    backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]
    for table in backend.tables.values():
        table.items.clear()
    # Not PurgeQueue: moto, like SQS, takes one of those a minute.
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values():
        queue._messages = []
        queue._pending_messages = set()
    for group in scheduler_backends[DEFAULT_ACCOUNT_ID][REGION].schedule_groups.values():
        group.schedules.clear()
    ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages.clear()
    s3: Any = aws.client("s3")
    bucket = os.environ["BUCKET"]
    keys = [{"Key": o["Key"]} for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    if keys:
        s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})


def _create() -> None:
    for model in models():
        model.create_table(wait=False)
    for name in QUEUES:
        answer = aws.client("sqs").create_queue(
            QueueName=f"parley-local-{name}", Attributes={"VisibilityTimeout": "60"}
        )
        os.environ[f"{name.upper()}_QUEUE_URL"] = answer["QueueUrl"]
    aws.client("scheduler").create_schedule_group(Name=os.environ["SCHEDULE_GROUP"])
    aws.client("s3").create_bucket(Bucket=os.environ["BUCKET"])
    kms = aws.client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=os.environ["KMS_KEY_ID"], TargetKeyId=key_id)
    aws.client("sesv2").create_email_identity(EmailIdentity="mail.example")
    aws.client("secretsmanager").create_secret(
        Name=os.environ["SECRET_ID"], SecretString=json.dumps(SECRET)
    )


def _drop_connections() -> None:
    """Let go of clients that were made under another environment."""
    aws._client.cache_clear()
    for model in every_model():
        model._connection = None  # PynamoDB has no public way to reconnect


def end_delays() -> None:
    """Make every message that is held back by its delay visible now."""
    for backend in sqs_backends[DEFAULT_ACCOUNT_ID].values():
        for queue in backend.queues.values():
            for message in queue._messages:
                message.delayed_until = 0
