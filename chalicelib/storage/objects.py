"""Files of a tenant in the bucket: uploaded CSVs, frozen audiences, media.

Keys are `<area>/<tenant>/<path>`: the area comes first because the bucket's lifecycle rules go by
prefix (`imports/` and `webhooks/` expire after 30 days, `exports/` after 7, `uploads/` after one,
`media/` after MEDIA_DAYS), and the tenant always follows from the context.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Literal

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound

Area = Literal["imports", "campaigns", "uploads", "media", "exports"]

_PIECE_BYTES = 512 * 1024
_CHUNK_BYTES = 1024 * 1024
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchUpload"})
# S3 answers 412 when the key exists and 409 when another conditional PUT of it is under way.
_TAKEN = frozenset({"PreconditionFailed", "412"})


@dataclass(frozen=True, slots=True)
class UploadUrl:
    """Where a client may PUT one file of exactly the announced size, and for how long."""

    url: str
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What S3 says of a file; `etag` changes with its bytes."""

    size_bytes: int
    etag: str
    content_type: str


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

    def get_range(
        self, area: Area, path: str, first: int, last: int, etag: str | None = None
    ) -> bytes:
        """Return bytes `first` to `last` (both included, fewer at the end); raise NotFound.

        With `etag`, a file that has changed since is NotFound as well.
        """
        return self._get(area, path, f"bytes={first}-{last}", etag)

    def _get(self, area: Area, path: str, byte_range: str | None, etag: str | None = None) -> bytes:
        ranged = {} if byte_range is None else {"Range": byte_range}
        ranged |= {} if etag is None else {"IfMatch": etag}
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

    def put_file(self, area: Area, path: str, file: IO[bytes], content_type: str) -> None:
        """Write a file of any size from where it stands open, over what was there.

        Only a piece of it is in memory at a time.
        """
        file.seek(0)
        aws.client("s3").put_object(
            Bucket=self._bucket, Key=self._key(area, path), Body=file, ContentType=content_type
        )

    def replace_file(self, area: Area, path: str, file: IO[bytes], seen: ObjectFacts) -> bool:
        """Write a file over the one that `seen` saw; False if that has changed or gone since."""
        file.seek(0)
        try:
            aws.client("s3").put_object(
                Bucket=self._bucket,
                Key=self._key(area, path),
                Body=file,
                ContentType=seen.content_type,
                IfMatch=seen.etag,
            )
        except ClientError as error:
            if aws.error_code(error) in _TAKEN | _ABSENT | {"ConditionalRequestConflict"}:
                return False
            raise
        return True

    def read_into(self, area: Area, path: str, file: IO[bytes], etag: str | None = None) -> None:
        """Append a whole file to an open one, piece by piece; raise NotFound.

        With `etag`, a file that has changed since is NotFound as well.
        """
        matching = {} if etag is None else {"IfMatch": etag}
        try:
            answer = aws.client("s3").get_object(
                Bucket=self._bucket, Key=self._key(area, path), **matching
            )
        except ClientError as error:
            raise self._named(error) from None
        for chunk in answer["Body"].iter_chunks(_CHUNK_BYTES):
            file.write(chunk)

    def copy(self, source: tuple[Area, str], target: tuple[Area, str], facts: ObjectFacts) -> None:
        """Copy a file inside S3 as the one that `facts` saw; raise NotFound if it is gone or has
        changed since.
        """
        try:
            aws.client("s3").copy_object(
                Bucket=self._bucket,
                Key=self._key(*target),
                CopySource={"Bucket": self._bucket, "Key": self._key(*source)},
                CopySourceIfMatch=facts.etag,
                ContentType=facts.content_type,
                MetadataDirective="REPLACE",
            )
        except ClientError as error:
            raise self._named(error) from None

    def begin_parts(self, area: Area, path: str, content_type: str) -> str:
        """Begin a file that is written in parts; return the id under which they go together.

        A file that is never ended is thrown away by the bucket after a day.
        """
        answer = aws.client("s3").create_multipart_upload(
            Bucket=self._bucket, Key=self._key(area, path), ContentType=content_type
        )
        return str(answer["UploadId"])

    def put_part(self, area: Area, path: str, upload: str, number: int, body: bytes) -> str:
        """Write part `number` (from 1) over what was there; return its tag; raise NotFound.

        All parts but the last have 5 MiB at least. NotFound if the upload is ended or gone.
        """
        try:
            answer = aws.client("s3").upload_part(
                Bucket=self._bucket,
                Key=self._key(area, path),
                UploadId=upload,
                PartNumber=number,
                Body=body,
            )
        except ClientError as error:
            raise self._named(error) from None
        return str(answer["ETag"])

    def end_parts(self, area: Area, path: str, upload: str, tags: Sequence[str]) -> None:
        """Make the file of its parts, by their tags in order; raise NotFound as `put_part`."""
        parts = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, start=1)]
        try:
            aws.client("s3").complete_multipart_upload(
                Bucket=self._bucket,
                Key=self._key(area, path),
                UploadId=upload,
                MultipartUpload={"Parts": parts},
            )
        except ClientError as error:
            raise self._named(error) from None

    def abandon_parts(self, area: Area, path: str, upload: str) -> None:
        """Throw away a file that is written in parts; quiet if it was ended or thrown away."""
        try:
            aws.client("s3").abort_multipart_upload(
                Bucket=self._bucket, Key=self._key(area, path), UploadId=upload
            )
        except ClientError as error:
            if aws.error_code(error) not in _ABSENT:
                raise

    def delete(self, area: Area, path: str) -> None:
        """Delete a file; one that is gone stays gone."""
        aws.client("s3").delete_object(Bucket=self._bucket, Key=self._key(area, path))

    def head(self, area: Area, path: str) -> ObjectFacts:
        """Return what S3 says of a file; raise NotFound."""
        try:
            answer = aws.client("s3").head_object(Bucket=self._bucket, Key=self._key(area, path))
        except ClientError as error:
            raise self._named(error) from None
        return ObjectFacts(
            int(answer["ContentLength"]), str(answer["ETag"]), str(answer.get("ContentType", ""))
        )

    def size(self, area: Area, path: str) -> int:
        """Return the size of a file in bytes; raise NotFound."""
        return self.head(area, path).size_bytes

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

    def download_url(
        self, area: Area, path: str, *, content_type: str, disposition: str, expires_in_s: int
    ) -> str:
        """Return a signed URL that GETs one file with these headers. No request."""
        return str(
            aws.client("s3").generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": self._key(area, path),
                    "ResponseContentType": content_type,
                    "ResponseContentDisposition": disposition,
                },
                ExpiresIn=expires_in_s,
            )
        )

    def _named(self, error: ClientError) -> Exception:
        """Return NotFound for a file that is missing or has changed, else the error as it is."""
        if aws.error_code(error) in _ABSENT | _TAKEN:
            return NotFound("There is no such file.")
        return error


def put_unhandled(path: str, body: bytes) -> None:
    """Write an item of a webhook that nothing acts upon; no tenant's. One request."""
    aws.client("s3").put_object(
        Bucket=settings().bucket,
        Key=f"webhooks/unhandled/{path}",
        Body=body,
        ContentType="application/json",
    )
