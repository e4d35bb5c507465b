"""What all tables share: names, keys, paging, and DynamoDB's errors in Parley's words."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.connection import TableConnection
from pynamodb.constants import BINARY, NUMBER, STRING
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.errors import Unavailable
from chalicelib.core.signing import decode_cursor, encode_cursor

ModelT = TypeVar("ModelT", bound=Model)
When = Condition  # what must hold of a row for a change, as `Row.field == value`
Change = Action  # a change of a row, as `Row.field.set(value)`: what services hand to storage

_BUSY = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
        "TransactionConflictException",
        # These two are the reasons of a cancelled transaction.
        "TransactionConflict",
        "ThrottlingError",
    }
)


class IntegerAttribute(Attribute[int]):
    """A whole number; PynamoDB's own NumberAttribute reads as a float."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        """Return the number as DynamoDB takes it."""
        return str(int(value))

    def deserialize(self, value: str) -> int:
        """Return the number that DynamoDB gave."""
        return int(value)


class OptionalInteger(Attribute["int | None"]):
    """A whole number that may be absent, and is then None."""

    attr_type = NUMBER
    null = True

    def serialize(self, value: int) -> str:
        """Return the number as DynamoDB takes it."""
        return str(int(value))

    def deserialize(self, value: str) -> int:
        """Return the number that DynamoDB gave."""
        return int(value)


class OptionalText(Attribute["str | None"]):
    """A text that may be absent, and is then None."""

    attr_type = STRING
    null = True


class OptionalBytes(Attribute["bytes | None"]):
    """Bytes that may be absent, and are then None."""

    attr_type = BINARY
    null = True


class TableMeta:
    """Base of each model's Meta: on-demand. Times and retries are those of `core.aws`."""

    region = settings().region
    billing_mode = "PAY_PER_REQUEST"
    max_retry_attempts = 2  # of what a batch left unprocessed


class Row(Model):
    """Base of each model: all tables share one client, with its connections to DynamoDB.

    PynamoDB would make a session and a client for each table, and for each thread that comes to
    it first: 40 ms of CPU, and a TLS handshake, for every table that a cold start touches.
    """

    @classmethod
    def _get_connection(cls) -> TableConnection:
        connection = super()._get_connection()
        connection.connection._client = aws.client("dynamodb")  # noqa: SLF001 - PynamoDB has no other way
        return connection


def table(name: str) -> str:
    """Return the full name of a table in this stage."""
    return f"{settings().table_prefix}{name}"


def join_key(*parts: str) -> str:
    """Return a composite key; the tenant id comes first and ids have a fixed length."""
    return "#".join(parts)


class Page(Generic[ModelT]):
    """One page of a list, and the cursor of the next."""

    def __init__(self, items: list[ModelT], next_cursor: str | None) -> None:
        self.items = items
        self.next_cursor = next_cursor


def read_page(scope: str, results: ResultIterator[ModelT]) -> Page[ModelT]:
    """Drain `results` (a query with a limit) into a page whose cursor only `scope` can use."""
    items = list(results)
    return Page(items, encode_cursor(scope, results.last_evaluated_key))


def start_key(scope: str, cursor: str | None) -> dict[str, Any] | None:
    """Return where a query goes on; raise Invalid for a cursor of another list or tenant."""
    return decode_cursor(scope, cursor)


def aws_code(error: PynamoDBException) -> str | None:
    """Return AWS's code of a failed request, None where AWS did not answer.

    PynamoDB's own `cause_response_code` breaks on a timeout, whose `response` is None.
    """
    response = getattr(error.cause, "response", None) or {}
    code = response.get("Error", {}).get("Code")
    return None if code is None else str(code)


def is_condition_failure(error: PynamoDBException) -> bool:
    """Tell whether a write was refused because its condition did not hold."""
    return aws_code(error) == "ConditionalCheckFailedException"


def failed_conditions(error: TransactWriteError) -> tuple[int, ...]:
    """Return the positions of a transaction's writes whose condition did not hold."""
    return tuple(
        position
        for position, reason in enumerate(error.cancellation_reasons)
        if reason is not None and reason.code == "ConditionalCheckFailed"
    )


def as_unavailable(error: Exception) -> Unavailable | None:
    """Return throttling or an outage of DynamoDB in Parley's words; None for any other error."""
    if not isinstance(error, PynamoDBException):
        return None
    code = aws_code(error)
    codes = {code}
    if isinstance(error, TransactWriteError):
        codes |= {reason.code for reason in error.cancellation_reasons if reason is not None}
    if codes & _BUSY or (code is None and error.cause is not None):
        return Unavailable(
            "The database cannot take the request just now; try again.", retry_after_s=2
        )
    return None
