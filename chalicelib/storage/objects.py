"""Files of a tenant in the bucket: uploaded CSVs, frozen audiences.

Keys are `<area>/<tenant>/<path>`: the area comes first because the bucket's lifecycle rules go by
prefix (`imports/` expires after 30 days), and the tenant always follows from the context.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound

Area = Literal["imports", "campaigns"]

_PIECE_BYTES = 512 * 1024
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
# S3 answers 412 when the key exists and 409 when another conditional PUT of it is under way.
_TAKEN = frozenset({"PreconditionFailed", "412"})


@dataclass(frozen=True, slots=True)
class UploadUrl:
    """Where a client may PUT one file of exactly the announced size, and for how long."""

    url: str
    expires_in_s: int


class Objects:
    """The files of one tenant. Each call is one request."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id
        self._bucket = settings().bucket

    def _key(self, area: Area, path: str) -> str:
        return f"{area}/{self._tenant_id}/{path}"

    def put(self, area: Area, path: str, body: bytes, content_type: str) -> None:
        """Write a file, over what was there."""
        aws.client("s3").put_object(
            Bucket=self._bucket, Key=self._key(area, path), Body=body, ContentType=content_type
        )

    def put_once(self, area: Area, path: str, body: bytes, content_type: str) -> bool:
        """Write a file unless it exists; tell whether this call wrote it."""
        try:
            aws.client("s3").put_object(
                Bucket=self._bucket,
                Key=self._key(area, path),
                Body=body,
                ContentType=content_type,
                IfNoneMatch="*",
            )
        except ClientError as error:
            if aws.error_code(error) in _TAKEN:
                return False
            raise
        return True

    def get(self, area: Area, path: str) -> bytes:
        """Return a whole file; raise NotFound."""
        return self._get(area, path, None)

    def get_range(self, area: Area, path: str, first: int, last: int) -> bytes:
        """Return bytes `first` to `last` (both included, fewer at the end); raise NotFound."""
        return self._get(area, path, f"bytes={first}-{last}")

    def _get(self, area: Area, path: str, byte_range: str | None) -> bytes:
        ranged = {} if byte_range is None else {"Range": byte_range}
        try:
            answer = aws.client("s3").get_object(
                Bucket=self._bucket, Key=self._key(area, path), **ranged
            )
        except ClientError as error:
            code = aws.error_code(error)
            if code == "InvalidRange":
                return b""
            raise self._named(error) from None
        return bytes(answer["Body"].read())

    def stream(self, area: Area, path: str, first: int = 0) -> Iterator[bytes]:
        """Yield a file from byte `first` on in pieces, so that it never stands whole in memory.

        Raises NotFound at the first piece. One request a piece, so that no connection waits while
        the caller is busy with a piece, or is thrown away when it has seen enough.
        """
        while piece := self.get_range(area, path, first, first + _PIECE_BYTES - 1):
            yield piece
            if len(piece) < _PIECE_BYTES:
                return
            first += len(piece)

    def size(self, area: Area, path: str) -> int:
        """Return the size of a file in bytes; raise NotFound."""
        try:
            answer = aws.client("s3").head_object(Bucket=self._bucket, Key=self._key(area, path))
        except ClientError as error:
            raise self._named(error) from None
        return int(answer["ContentLength"])

    def upload_url(
        self, area: Area, path: str, *, size_bytes: int, content_type: str, expires_in_s: int
    ) -> UploadUrl:
        """Return a signed URL for one PUT; size and type are signed with it. No request."""
        url = aws.client("s3").generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": self._key(area, path),
                "ContentLength": size_bytes,
                "ContentType": content_type,
            },
            ExpiresIn=expires_in_s,
        )
        return UploadUrl(str(url), expires_in_s)

    def _named(self, error: ClientError) -> Exception:
        """Return NotFound for a missing file, else the error as it is."""
        if aws.error_code(error) in _ABSENT:
            return NotFound("There is no such file.")
        return error
