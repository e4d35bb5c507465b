"""Meta's rate cards in the bucket: one object a currency and first day, the same for all tenants.

rates/<currency>/<first day, ISO>.json
"""

from __future__ import annotations

from datetime import date

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.config import settings

_PREFIX = "rates/"
# Meta changes rates on four days a year; a page of 1,000 keys holds 250 years of one currency.
_MOST = 1000


def put(currency: str, valid_from: date, body: bytes) -> None:
    """Write a card, over one of the same currency and day. One request."""
    aws.client("s3").put_object(
        Bucket=settings().bucket,
        Key=_key(currency, valid_from),
        Body=body,
        ContentType="application/json",
    )


def get(currency: str, valid_from: date) -> bytes | None:
    """Return a card as it was written; None if there is none. One request."""
    try:
        answer = aws.client("s3").get_object(
            Bucket=settings().bucket, Key=_key(currency, valid_from)
        )
    except ClientError as error:
        if aws.error_code(error) in {"NoSuchKey", "404"}:
            return None
        raise
    return bytes(answer["Body"].read())


def first_days(currency: str) -> list[date]:
    """Return the days from which there are cards of a currency, in order. One request."""
    prefix = f"{_PREFIX}{currency}/"
    answer = aws.client("s3").list_objects_v2(
        Bucket=settings().bucket, Prefix=prefix, MaxKeys=_MOST
    )
    names = [item["Key"].removeprefix(prefix) for item in answer.get("Contents", [])]
    return sorted(date.fromisoformat(name.removesuffix(".json")) for name in names)


def _key(currency: str, valid_from: date) -> str:
    return f"{_PREFIX}{currency}/{valid_from.isoformat()}.json"
