"""Puts a Cloud behind this process's AWS clients, where the bench's question wants it.

at_calls    in place of a client's call: nothing of botocore is paid for but its client objects
at_wire     in place of the connection: botocore serialises, signs and parses as ever
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from bench.cloud.dynamodb import Refused
from bench.cloud.services import Cloud

_BINARY = {"CiphertextBlob", "Plaintext"}


@contextmanager
def at_calls(cloud: Cloud) -> Iterator[None]:
    """Have `cloud` answer every call of a botocore client, for the block."""

    def call(client: BaseClient, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        try:
            return cloud.answer(client.meta.service_model.service_name, operation, params)
        except Refused as refused:
            raise ClientError(_error(refused), operation) from None

    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield


def _error(refused: Refused) -> Any:  # noqa: ANN401 - botocore's own shape
    answer: dict[str, Any] = {"Error": {"Code": refused.code, "Message": str(refused)}}
    if refused.reasons is not None:
        answer["CancellationReasons"] = refused.reasons
    return answer


class Wire:
    """A Cloud as AWS's HTTP endpoints; `cpu_s` is what answering took, for taking it off."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._lock = threading.Lock()
        self.cpu_s = 0.0
        self.requests = 0

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Answer one request."""
        begin = time.thread_time()
        service = request.url.split("//", 1)[1].split(".", 1)[0]
        with self._lock:
            status, headers, body = (
                self._s3(request) if service in {"s3", "parley-bench"} else self._json(request)
            )
        self.requests += 1
        self.cpu_s += time.thread_time() - begin
        return AWSResponse(request.url, status, headers, _Raw(body))  # type: ignore[arg-type]

    def _json(self, request: AWSPreparedRequest) -> tuple[int, dict[str, str], bytes]:
        target = _text(request.headers["X-Amz-Target"])
        prefix, operation = target.split(".")
        service = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs", "TrentService": "kms"}.get(
            prefix, prefix
        )
        params = json.loads(_bytes(request.body))
        if service == "kms":
            params = {n: base64.b64decode(v) if n in _BINARY else v for n, v in params.items()}
        headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "bench"}
        try:
            answer = self._cloud.answer(service, operation, params)
        except Refused as refused:
            error = {"__type": f"com.amazonaws#{refused.code}", "message": str(refused)}
            if refused.reasons is not None:
                error["CancellationReasons"] = refused.reasons  # type: ignore[assignment]
            return 400, headers, json.dumps(error).encode()
        return 200, headers, json.dumps(answer, default=_base64).encode()

    def _s3(self, request: AWSPreparedRequest) -> tuple[int, dict[str, str], bytes]:
        path = request.url.split("//", 1)[1].split("/", 1)[1]
        key = path.removeprefix("parley-bench/").split("?", 1)[0]
        params: dict[str, Any] = {"Key": key, "Range": _text(request.headers.get("Range") or "")}
        try:
            if request.method == "PUT":
                params |= {
                    "Body": _bytes(request.body),
                    "IfNoneMatch": request.headers.get("If-None-Match"),
                }
                self._cloud.answer("s3", "PutObject", params)
                return 200, {"ETag": '"bench"'}, b""
            return 200, {}, self._cloud.answer("s3", "GetObject", params)["Body"].read()
        except Refused as refused:
            status = 412 if refused.code == "PreconditionFailed" else 404
            return status, {}, f"<Error><Code>{refused.code}</Code></Error>".encode()


@contextmanager
def at_wire(cloud: Cloud) -> Iterator[Wire]:
    """Have `cloud` answer every HTTP request of a botocore client, for the block."""
    wire = Wire(cloud)
    with mock.patch.object(URLLib3Session, "send", lambda _self, request: wire.send(request)):
        yield wire


class _Raw:
    """The body of an answer as urllib3 would hand it on."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_args: Any, **_kwargs: Any) -> Iterator[bytes]:
        yield self._body

    def read(self, *_args: Any, **_kwargs: Any) -> bytes:
        body, self._body = self._body, b""
        return body


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(body: Any) -> bytes:  # noqa: ANN401 - bytes, or a file of them
    return body if isinstance(body, bytes) else bytes(body.read())


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    message = f"no JSON for {type(value).__name__}"
    raise TypeError(message)


def listen(cloud: Cloud, calls: list[tuple[str, str]]) -> None:
    """Add each request that `cloud` is asked to `calls`, as service and operation."""

    def note(service: str, operation: str, _params: Mapping[str, Any]) -> None:
        calls.append((service, operation))

    cloud.before.append(note)
