"""The guard that other tests run under sees what a request needs, and refuses the rest."""

from __future__ import annotations

from typing import Any

import pytest

from infra.policies import Grant
from tests.grant_guard import allows, needs


@pytest.mark.parametrize(
    ("service", "operation", "params", "wanted"),
    [
        ("dynamodb", "Query", {"TableName": "t"}, [("Query", "t")]),
        ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {}}}, [("BatchGetItem", "t")]),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "a"}}, {"Delete": {"TableName": "b"}}]},
            [("PutItem", "a"), ("DeleteItem", "b")],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"ConditionCheck": {"TableName": "a"}}]},
            [("ConditionCheckItem", "a")],
        ),
        ("sqs", "SendMessageBatch", {"QueueUrl": "http://h/1/send"}, [("SendMessage", "send")]),
        ("s3", "GetObject", {"Bucket": "b", "Key": "imports/x"}, [("GetObject", "imports/x")]),
        ("kms", "Decrypt", {}, [("Decrypt", "")]),
    ],
)
def test_a_request_needs_what_iam_would_ask(
    service: str, operation: str, params: dict[str, Any], wanted: list[tuple[str, str]]
) -> None:
    """Batches and transactions need the action of each part, on each table."""
    assert list(needs(service, operation, params)) == wanted


def test_only_what_is_granted_is_allowed() -> None:
    """Reading does not allow writing, one prefix not another, a queue not its neighbour."""
    grant = Grant(
        read=frozenset({"contacts"}),
        write=frozenset({"imports"}),
        send=frozenset({"imports"}),
        bucket={"imports/*": ["get"]},
        key=frozenset({"decrypt"}),
    )
    assert allows(grant, "dynamodb", "Query", "parley-local-contacts")
    assert not allows(grant, "dynamodb", "PutItem", "parley-local-contacts")
    assert allows(grant, "dynamodb", "UpdateItem", "parley-local-imports")
    assert not allows(grant, "dynamodb", "Scan", "parley-local-imports")
    assert not allows(grant, "dynamodb", "GetItem", "parley-local-import_rows")
    assert allows(grant, "sqs", "SendMessage", "parley-local-imports")
    assert not allows(grant, "sqs", "SendMessage", "parley-local-plan")
    assert not allows(grant, "sqs", "ReceiveMessage", "parley-local-imports")
    assert allows(grant, "s3", "GetObject", "imports/ten_1/a.csv")
    assert not allows(grant, "s3", "GetObject", "campaigns/ten_1/1")
    assert not allows(grant, "s3", "PutObject", "imports/ten_1/a.csv")
    assert allows(grant, "kms", "Decrypt", "")
    assert not allows(grant, "kms", "Encrypt", "")
    assert not allows(grant, "secretsmanager", "GetSecretValue", "")
