"""The AWS clients of a process, made on first use: SQS, KMS, Secrets Manager, S3.

botocore is used without boto3, which costs a cold start 30 to 70 ms more. AWS_ENDPOINT_URL, which
botocore reads by itself, alone decides whether these talk to AWS or to an emulator.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError as AwsConnectionError,
    HTTPClientError,
)

from chalicelib.core.config import settings
from chalicelib.core.errors import Unavailable
from chalicelib.core.log import log

_SESSION_LOCK = threading.Lock()
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "max_attempts": 3},
    max_pool_connections=20,
    s3={"addressing_style": "path"},
)
# SQS takes 256 KiB a request, of all its messages together.
_BATCH_BYTES = 240_000
# Statuses and codes with which AWS asks to come again; DynamoDB throttles with a 400.
_BUSY = frozenset({429, *range(500, 600)})
_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
    }
)
# botocore still presigns with SigV2 in the oldest regions, which signs neither size nor type.
_CONFIGS = {
    "s3": _CONFIG.merge(Config(signature_version="s3v4")),
    # Validation is a sixth of a request's CPU; DynamoDB checks the same. With the retries 15 s at
    # most: an outage is told before API Gateway gives up at 29 s.
    "dynamodb": _CONFIG.merge(
        Config(
            parameter_validation=False,
            read_timeout=3,
            retries={"mode": "standard", "total_max_attempts": 3},
        )
    ),
}


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def _client(service: str) -> Any:  # noqa: ANN401 - botocore builds its clients at run time
    config = _CONFIGS.get(service, _CONFIG)
    return _session().create_client(service, region_name=settings().region, config=config)


def client(service: str) -> Any:  # noqa: ANN401 - botocore builds its clients at run time
    """Return this process's client of `service`; a client may be shared by threads.

    It takes 40 ms of CPU to make, so threads that ask at once wait for the first to have made it.
    """
    with _SESSION_LOCK:
        return _client(service)


def error_code(error: ClientError) -> str:
    """Return AWS's code of `error`, e.g. `ConditionalCheckFailedException`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def as_unavailable(error: Exception) -> Unavailable | None:
    """Return throttling or an outage of AWS in Parley's words; None for any other error."""
    is_their_fault = isinstance(error, ClientError) and (
        error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) in _BUSY
        or error_code(error) in _THROTTLED
    )
    if is_their_fault or isinstance(error, (AwsConnectionError, HTTPClientError)):
        return Unavailable(
            "A service that Parley needs does not answer just now; try again.", retry_after_s=2
        )
    return None


def send_messages(queue_url: str, bodies: Iterable[tuple[str, str, int]]) -> None:
    """Put messages on an SQS queue: pairs of body, fair-queue group and delay in seconds (≤ 900).

    Ten a request, fewer where they are large. Raises RuntimeError if SQS refuses one, so that the
    caller's own message is delivered again and the whole step repeated; every consumer stands that.
    """
    batch: list[dict[str, Any]] = []
    size = 0
    for body, group, delay_s in bodies:
        if batch and size + len(body.encode()) > _BATCH_BYTES:
            _send_batch(queue_url, batch)
            batch, size = [], 0
        size += len(body.encode())
        batch.append(
            {
                "Id": str(len(batch)),
                "MessageBody": body,
                "MessageGroupId": group,
                "DelaySeconds": min(delay_s, 900),
            }
        )
        if len(batch) == 10:
            _send_batch(queue_url, batch)
            batch, size = [], 0
    if batch:
        _send_batch(queue_url, batch)


def _send_batch(queue_url: str, batch: list[dict[str, Any]]) -> None:
    answer = client("sqs").send_message_batch(QueueUrl=queue_url, Entries=batch)
    failed = answer.get("Failed", [])
    if failed:
        message = f"SQS refused {len(failed)} of {len(batch)} messages: {failed[0].get('Code')}"
        raise RuntimeError(message)


def show_again(queue_url: str, receipt_handle: str, delay_s: int) -> None:
    """Have a message that was received come again after `delay_s` seconds, not when its queue would
    give it back. One request; quiet where SQS cannot be asked: then it is the queue's time.
    """
    try:
        client("sqs").change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=delay_s
        )
    except (BotoCoreError, ClientError) as error:
        log.warning("a message cannot be had sooner", extra={"error": type(error).__name__})


def encrypt(tenant_id: str, plaintext: str) -> bytes:
    """Encrypt a secret of a tenant (≤ 4 KiB) with KMS, bound to the tenant. One request."""
    answer = client("kms").encrypt(
        KeyId=settings().kms_key_id,
        Plaintext=plaintext.encode(),
        EncryptionContext={"tenant_id": tenant_id},
    )
    return bytes(answer["CiphertextBlob"])


@cache
def decrypt(tenant_id: str, ciphertext: bytes) -> str:
    """Decrypt a secret of a tenant; kept for the life of the process. One request at most."""
    answer = client("kms").decrypt(
        CiphertextBlob=ciphertext, EncryptionContext={"tenant_id": tenant_id}
    )
    return bytes(answer["Plaintext"]).decode()
