"""Graph's errors: the exception that every rule raises, and the codes with Meta's titles.

Bodies follow the error reference of the Cloud API; decide on `code`, then on `error_data.details`.
"""

from dataclasses import dataclass

from .model import Json

HREF = (
    "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"
)


@dataclass(frozen=True)
class Known:
    """A documented error: HTTP status of its synchronous form, title, and the usual details."""

    status: int
    title: str
    details: str


KNOWN: dict[int, Known] = {
    4: Known(400, "Application request limit reached", "The app has reached its API call limit."),
    80007: Known(
        400, "Rate limit hit", "The WhatsApp Business Account has reached its rate limit."
    ),
    130429: Known(
        400,
        "Rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number "
        "in a short period of time.",
    ),
    131000: Known(500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: Known(403, "Access denied", "Permission is either not granted or has been removed."),
    131008: Known(400, "Required parameter is missing", "A required parameter is missing."),
    131009: Known(400, "Parameter value is not valid", "A parameter value is not valid."),
    131021: Known(
        400, "Recipient cannot be sender", "Sender and recipient phone number is the same."
    ),
    131026: Known(400, "Message undeliverable", "Message Undeliverable."),
    131047: Known(
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last "
        "replied to this number.",
    ),
    131049: Known(
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    ),
    131051: Known(400, "Unsupported message type", "Message type is not currently supported."),
    131053: Known(400, "Media upload error", "The media could not be fetched or uploaded."),
    131056: Known(
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number "
        "to the same phone number in a short period of time.",
    ),
    132000: Known(
        400,
        "Number of parameters does not match the expected number of params",
        "The number of parameters does not match the template.",
    ),
    132001: Known(
        404,
        "Template name does not exist in the translation",
        "The template does not exist in the specified language or has not been approved.",
    ),
    132005: Known(400, "Translated text too long", "The translated text is too long."),
    132012: Known(
        400,
        "Parameter format does not match format in the created template",
        "Variable parameter values are formatted incorrectly.",
    ),
    132015: Known(400, "Template is paused", "Template is paused due to low quality."),
    132016: Known(400, "Template is disabled", "Template has been paused too many times."),
    132018: Known(
        400,
        "There was an issue with the parameters in your template",
        "A template parameter is not valid.",
    ),
    133005: Known(400, "Two step verification PIN mismatch", "Two-step verification PIN mismatch."),
    133010: Known(400, "The account is not registered", "Phone number is not registered."),
}


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


def webhook_error(code: int) -> Json:
    """Return the form that error `code` has in the `errors` of a failed status."""
    entry = KNOWN[code]
    return {
        "code": code,
        "title": entry.title,
        "message": entry.title,
        "error_data": {"details": entry.details},
        "href": HREF,
    }


def required(name: str) -> GraphError:
    """Return the error for an absent parameter."""
    return GraphError(f"(#100) The parameter {name} is required.")


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


def not_authenticated(reason: str) -> GraphError:
    """Return the 401 for a missing, invalid or expired token."""
    return GraphError(f"Invalid OAuth access token - {reason}", status=401, code=190)


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
