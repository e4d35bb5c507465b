"""What the local gateways answer by themselves, in the form of every other error: problem+json."""

from __future__ import annotations

import json
import uuid

from chalicelib.core.errors import AppError
from chalicelib.core.headers import SECURITY

CONTENT_TYPE = "application/problem+json"


class MethodNotAllowed(AppError):
    """The path is there, but does not take this method."""

    status, title, code = 405, "Method not allowed", "method_not_allowed"


class LengthRequired(AppError):
    """A body came without its length."""

    status, title, code = 411, "Length required", "length_required"


class BadGateway(AppError):
    """What stands behind the gateway gave no answer that can be passed on."""

    status, title, code = 502, "Bad gateway", "bad_gateway"


def problem(error: AppError) -> tuple[int, dict[str, str], bytes]:
    """Return the status, headers and body that tell a caller of `error`."""
    request_id = str(uuid.uuid4())
    headers = {
        **SECURITY,
        "Content-Type": CONTENT_TYPE,
        "X-Request-Id": request_id,
    }
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return error.status, headers, json.dumps(error.problem(request_id)).encode()
