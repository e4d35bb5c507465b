"""AWS's troubles in Parley's words: what passes by itself is 503, a defect is not hidden."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib.core.aws import as_unavailable

URL = "https://scheduler.invalid"


def answered(status: int, code: str) -> ClientError:
    """Return the error of an answer of AWS."""
    said = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(said, "CreateSchedule")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        answered(500, "InternalServerException"),
        answered(503, "SlowDown"),
        answered(429, "ThrottlingException"),
        answered(400, "ThrottlingException"),
        answered(400, "ProvisionedThroughputExceededException"),
        EndpointConnectionError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
    ],
)
def test_what_passes_by_itself(error: Exception) -> None:
    """Throttling and outages of any service ask to come again."""
    found = as_unavailable(error)
    assert found is not None
    assert found.retry_after_s == 2


@pytest.mark.parametrize(
    "error",
    [answered(400, "ValidationException"), answered(403, "AccessDenied"), ValueError("defect")],
)
def test_defects(error: Exception) -> None:
    """What another try would meet again is none of these."""
    assert as_unavailable(error) is None
