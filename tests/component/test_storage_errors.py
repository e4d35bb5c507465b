"""DynamoDB's troubles in Parley's words."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from pynamodb.exceptions import (
    CancellationReason,
    GetError,
    PutError,
    PynamoDBException,
    TransactWriteError,
    VerboseClientError,
)

from chalicelib.storage.base import as_unavailable, failed_conditions


def client_error(code: str) -> ClientError:
    """Return botocore's error of a code."""
    return ClientError({"Error": {"Code": code, "Message": "…"}}, "Operation")


def cancelled(*codes: str | None) -> TransactWriteError:
    """Return the error of a cancelled transaction with these reasons."""
    cause = VerboseClientError(
        {"Error": {"Code": "TransactionCanceledException", "Message": "…"}},
        "TransactWriteItems",
        cancellation_reasons=[None if c is None else CancellationReason(code=c) for c in codes],
    )
    return TransactWriteError("cancelled", cause)


@pytest.mark.parametrize(
    "error",
    [
        GetError("…", client_error("ProvisionedThroughputExceededException")),
        PutError("…", client_error("ThrottlingException")),
        PutError("…", client_error("InternalServerError")),
        GetError("…", EndpointConnectionError(endpoint_url="http://dynamodb.invalid")),
        GetError("…", ReadTimeoutError(endpoint_url="http://dynamodb.invalid")),
        cancelled(None, "TransactionConflict"),
        cancelled("ThrottlingError"),
    ],
)
def test_trouble_is_worth_another_try(error: PynamoDBException) -> None:
    """Throttling, an outage and a clash of two transactions are 503 with Retry-After."""
    found = as_unavailable(error)
    assert found is not None
    assert found.retry_after_s == 2


@pytest.mark.parametrize(
    "error",
    [
        PutError("…", client_error("ConditionalCheckFailedException")),
        PutError("…", client_error("ValidationException")),
        PutError("…", client_error("AccessDeniedException")),
        cancelled("ConditionalCheckFailed"),
        ValueError("…"),
    ],
)
def test_other_errors_are_not(error: Exception) -> None:
    """A refused condition and a defect are not hidden behind `try again`."""
    assert as_unavailable(error) is None


def test_failed_conditions_are_counted_from_zero() -> None:
    """The writes whose condition did not hold are told by their position."""
    error = cancelled(None, "ConditionalCheckFailed", "TransactionConflict")
    assert failed_conditions(error) == (1,)
