"""What messages of several types may say besides their content."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from chalicelib.schemas.base import RequestModel
from chalicelib.schemas.fields import refuse

# Of Direct Send, in seconds, by category.
_TIMES_TO_LIVE = {"utility": (30, 43_200), "authentication": (30, 900)}

MessageId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=512,
        description="Of a message of the thread: Parley's id (`msg_…`) or Meta's (`wamid.…`).",
    ),
]


class Context(RequestModel):
    """The message that is answered: it is shown as a quotation."""

    message_id: MessageId


class AnyMessage(RequestModel):
    """What every message may say besides its content."""

    type: str
    number_id: str | None = Field(
        default=None,
        pattern=r"^num_[0-9a-z]{26}$",
        description="The number that sends, by Parley's id; by default the conversation's.",
    )
    recipient_identity_key_hash: str | None = Field(
        default=None,
        min_length=1,
        max_length=256,
        description="The message is sent only if this is still the recipient's identity.",
    )

    def content(self) -> Any:  # noqa: ANN401 - an object or, of contacts, a list
        """Return the member that `type` names, as JSON."""
        return self.model_dump(mode="json", include={self.type}, exclude_none=True)[self.type]


class ReplyingMessage(AnyMessage):
    """A message that may answer another one."""

    context: Context | None = None


class DirectMessage(ReplyingMessage):
    """A message that may go out without a template (Direct Send), where Meta allows the account."""

    category: Literal["utility", "authentication"] | None = Field(
        default=None,
        description="Sends it outside the 24-hour window, for accounts that Meta allows it.",
    )
    ttl_seconds: int | None = Field(
        default=None, description="How long Meta tries: 30 to 43,200 s (authentication: to 900)."
    )

    @model_validator(mode="after")
    def _lives_as_long_as_allowed(self) -> Self:
        if self.ttl_seconds is None:
            return self
        if self.category is None:
            refuse("only a message with a category has a time to live", "ttl_seconds")
        shortest, longest = _TIMES_TO_LIVE[self.category]
        if not shortest <= self.ttl_seconds <= longest:
            refuse(
                f"{shortest} to {longest} seconds for the category {self.category}", "ttl_seconds"
            )
        return self
