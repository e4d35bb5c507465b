"""Graph's errors: the exception that every rule raises, and the bodies that it becomes.

Bodies follow the error reference of the Cloud API; decide on `code`, then on `error_data.details`.
"""

from .error_codes import KNOWN
from .model import Json

HREF = (
    "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"
)


class GraphError(Exception):
    """A refusal in Graph's words. `details` is what tells the caller what to change."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: int = 100,
        kind: str = "OAuthException",
        subcode: int = 0,
        details: str = "",
        user_title: str = "",
        user_message: str = "",
        transient: bool = False,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.code, self.kind = message, status, code, kind
        self.subcode, self.details, self.transient = subcode, details, transient
        self.user_title, self.user_message = user_title, user_message

    def body(self, trace: str) -> Json:
        """Return the JSON body, with `trace` as its fbtrace_id."""
        error: Json = {"message": self.message, "type": self.kind, "code": self.code}
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode:
            error["error_subcode"] = self.subcode
        if self.user_title:
            error["is_transient"] = self.transient
            error["error_user_title"] = self.user_title
            error["error_user_msg"] = self.user_message
        elif self.transient:
            error["is_transient"] = True
        error["fbtrace_id"] = trace
        return {"error": error}


def known(code: int, details: str = "") -> GraphError:
    """Return the documented error `code`, with `details` in place of the usual ones if given."""
    entry = KNOWN[code]
    return GraphError(
        f"(#{code}) {entry.title}",
        status=entry.status,
        code=code,
        details=details or entry.details,
    )


def webhook_error(code: int, details: str = "") -> Json:
    """Return the form that error `code` has in the `errors` of a failed status."""
    entry = KNOWN[code]
    return {
        "code": code,
        "title": entry.title,
        "message": entry.title,
        "error_data": {"details": details or entry.details},
        "href": HREF,
    }


def required(name: str) -> GraphError:
    """Return the error for an absent parameter."""
    message = f"The parameter {name} is required."
    return GraphError(f"(#100) {message}", details=message)


def invalid(name: str, rule: str) -> GraphError:
    """Return the error for a parameter of the wrong shape; `rule` reads on from its name."""
    return GraphError(f"(#100) Param {name} {rule}", details=f"Param {name} {rule}")


def no_such_object(object_id: str, verb: str) -> GraphError:
    """Return Graph's answer for an id that does not exist or is not the caller's to see."""
    return GraphError(
        f"Unsupported {verb} request. Object with ID '{object_id[:80]}' does not exist, cannot be "
        "loaded due to missing permissions, or does not support this operation. Please read the "
        "Graph API documentation at https://developers.facebook.com/docs/graph-api",
        kind="GraphMethodException",
        subcode=33,
    )


def unknown_path(path: str) -> GraphError:
    """Return Graph's answer for a path or version it does not know."""
    return GraphError(f"Unknown path components: /{path}", code=2500)


def not_authenticated(reason: str, subcode: int = 0) -> GraphError:
    """Return the 401 for a missing, invalid, expired (subcode 463) or revoked (460) token."""
    return GraphError(
        f"Invalid OAuth access token - {reason}", status=401, code=190, subcode=subcode
    )


def not_permitted(*, sending: bool) -> GraphError:
    """Return the 403 for a token that belongs to another business account."""
    if sending:
        return GraphError(
            "(#200) You do not have the necessary permissions required to send messages on behalf "
            "of this WhatsApp Business Account",
            status=403,
            code=200,
        )
    return GraphError(
        "(#10) Application does not have permission for this action", status=403, code=10
    )
