"""The errors that a caller of Parley may see, each with its HTTP status and stable code (RFC 9457).

    AppError
    ├── Malformed            400  the request cannot be read at all
    ├── Unauthenticated      401
    ├── Forbidden            403
    ├── NotFound             404  also for what belongs to another tenant
    ├── Conflict             409
    ├── PreconditionFailed   412  it has changed since the version that If-Match names
    ├── TooLarge             413
    ├── UnsupportedMedia     415
    ├── Invalid              422  readable, but a field or a rule is wrong
    ├── TooManyRequests      429
    ├── Upstream             502  Meta answered with an error
    └── Unavailable          503  AWS or Meta cannot be reached just now

Anything else that escapes a service is a defect: it is logged with its traceback and answered 500.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field; `field` is a dotted path into the request."""

    field: str
    message: str


class AppError(Exception):
    """Base of every expected error; `detail` tells the caller what to do next.

    The problem's `type` is "about:blank", so `title` is HTTP's own (RFC 9457, section 4.2.1) and
    `code` is what a program tells errors apart by.
    """

    status = 500
    title = "Internal Server Error"
    code = "internal_error"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: tuple[FieldError, ...] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s
        if code is not None:
            self.code = code

    def problem(self, request_id: str) -> dict[str, object]:
        """Return the problem+json body of this error."""
        body: dict[str, object] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
        }
        if self.errors:
            body["errors"] = [{"field": e.field, "message": e.message} for e in self.errors]
        return body


class Malformed(AppError):
    """The request cannot be read: broken JSON, broken encoding."""

    status, title, code = 400, "Bad Request", "malformed"


class Unauthenticated(AppError):
    """Nobody is signed in, or the credentials are wrong or expired."""

    status, title, code = 401, "Unauthorized", "unauthenticated"


class Forbidden(AppError):
    """Signed in, but the role lacks the permission."""

    status, title, code = 403, "Forbidden", "forbidden"


class NotFound(AppError):
    """No such thing in this tenant."""

    status, title, code = 404, "Not Found", "not_found"


class Conflict(AppError):
    """The thing exists already, or has changed, or is in a state that forbids the action."""

    status, title, code = 409, "Conflict", "conflict"


class PreconditionFailed(AppError):
    """The thing is not in the version that `If-Match` names; read it again."""

    status, title, code = 412, "Precondition Failed", "precondition_failed"


class TooLarge(AppError):
    """The body is over the limit of the route."""

    status, title, code = 413, "Content Too Large", "too_large"


class UnsupportedMedia(AppError):
    """The content type is not one that the route reads."""

    status, title, code = 415, "Unsupported Media Type", "unsupported_media"


class Invalid(AppError):
    """The request can be read but breaks a rule."""

    status, title, code = 422, "Unprocessable Content", "invalid"


class TooManyRequests(AppError):
    """A rate limit is exhausted; `retry_after_s` says when to come back."""

    status, title, code = 429, "Too Many Requests", "too_many_requests"


class Upstream(AppError):
    """Meta refused the call; `detail` carries Meta's own words."""

    status, title, code = 502, "Bad Gateway", "upstream"


class Unavailable(AppError):
    """A service that Parley needs cannot be reached or is throttling."""

    status, title, code = 503, "Service Unavailable", "unavailable"
