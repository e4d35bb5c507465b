"""Interactive messages of every kind, in Meta's own JSON shape, with Meta's limits.

Source: Meta's pages messages/interactive-*, flows/*, calling/* of November 2026.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from chalicelib.schemas.base import RequestModel
from chalicelib.schemas.fields import ERRORS_AS_SENT, refuse, refuse_repeated
from chalicelib.schemas.interactive_parts import (
    Header,
    InteractiveBody,
    InteractiveFooter,
    InteractiveTextHeader,
    ListBody,
    UrlAction,
)
from chalicelib.schemas.interactive_products import (
    CarouselInteractive,
    CatalogInteractive,
    OrderDetailsInteractive,
    OrderStatusInteractive,
    ProductInteractive,
    ProductListInteractive,
)
from chalicelib.schemas.message_base import DirectMessage

MAX_ROWS = 10


class Reply(RequestModel):
    """A reply button: `title` is shown, `id` comes back."""

    id: str = Field(min_length=1, max_length=256)
    title: str = Field(min_length=1, max_length=20)


class ReplyButton(RequestModel):
    """A button that answers for the customer."""

    type: Literal["reply"] = "reply"
    reply: Reply


class ReplyButtonsAction(RequestModel):
    """One to three reply buttons."""

    buttons: list[ReplyButton] = Field(min_length=1, max_length=3)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        refuse_repeated((button.reply.id for button in self.buttons), "the id", "buttons")
        refuse_repeated((button.reply.title for button in self.buttons), "the title", "buttons")
        return self


class ButtonInteractive(RequestModel):
    """Reply buttons."""

    type: Literal["button"]
    header: Header | None = None
    body: InteractiveBody
    footer: InteractiveFooter | None = None
    action: ReplyButtonsAction


class Row(RequestModel):
    """A choice of a list."""

    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=24)
    description: str | None = Field(default=None, min_length=1, max_length=72)


class Section(RequestModel):
    """Some choices under a title."""

    title: str | None = Field(default=None, min_length=1, max_length=24)
    rows: list[Row] = Field(min_length=1, max_length=MAX_ROWS)


class ListAction(RequestModel):
    """A list: `button` opens it; ten rows at most in all its sections."""

    button: str = Field(min_length=1, max_length=20)
    sections: list[Section] = Field(min_length=1, max_length=10)

    @model_validator(mode="after")
    def _rows(self) -> Self:
        rows = [row for section in self.sections for row in section.rows]
        if len(rows) > MAX_ROWS:
            refuse(f"{MAX_ROWS} rows at most in all sections together, not {len(rows)}", "sections")
        refuse_repeated((row.id for row in rows), "the row id", "sections")
        for position, section in enumerate(self.sections):
            if len(self.sections) > 1 and section.title is None:
                message = "each of several sections needs a title"
                refuse(message, "sections", position, "title")
        return self


class ListInteractive(RequestModel):
    """A list to choose from; its header is a text."""

    type: Literal["list"]
    header: InteractiveTextHeader | None = None
    body: ListBody
    footer: InteractiveFooter | None = None
    action: ListAction


class UrlInteractive(RequestModel):
    """A button that opens a web page."""

    type: Literal["cta_url"]
    header: Header | None = None
    body: InteractiveBody
    footer: InteractiveFooter | None = None
    action: UrlAction


class LocationAction(RequestModel):
    """A button that sends where the customer is."""

    name: Literal["send_location"] = "send_location"


class LocationInteractive(RequestModel):
    """Asks for a location; without header and footer."""

    type: Literal["location_request_message"]
    body: InteractiveBody
    action: LocationAction = LocationAction()


class FlowPayload(RequestModel):
    """The screen that a form begins with, and what it is filled with."""

    screen: str = Field(min_length=1, max_length=256)
    data: dict[str, Any] | None = Field(default=None, min_length=1)


class FlowParameters(RequestModel):
    """A form, by its id or by its name; `flow_token` comes back in the answer."""

    flow_message_version: Literal["3"] = "3"
    flow_id: str | None = Field(default=None, pattern=r"^[0-9]{1,64}$")
    flow_name: str | None = Field(default=None, min_length=1, max_length=200)
    flow_cta: str = Field(min_length=1, max_length=30)
    flow_token: str | None = Field(default=None, min_length=1, max_length=512)
    mode: Literal["draft", "published"] | None = None
    flow_action: Literal["navigate", "data_exchange"] | None = None
    flow_action_payload: FlowPayload | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.flow_id is None) == (self.flow_name is None):
            refuse("exactly one of flow_id and flow_name is needed", "flow_id")
        if self.flow_action == "data_exchange" and self.flow_action_payload is not None:
            message = "only the action navigate takes a payload"
            refuse(message, "flow_action_payload")
        return self


class FlowAction(RequestModel):
    """A button that opens a form."""

    name: Literal["flow"] = "flow"
    parameters: FlowParameters


class FlowInteractive(RequestModel):
    """A form (WhatsApp Flow)."""

    type: Literal["flow"]
    header: Header | None = None
    body: InteractiveBody
    footer: InteractiveFooter | None = None
    action: FlowAction


class AddressParameters(RequestModel):
    """What the form for an address begins with."""

    country: Literal["IN"]
    values: dict[str, str] | None = None
    saved_addresses: list[dict[str, Any]] | None = Field(default=None, max_length=10)
    validation_errors: dict[str, str] | None = None


class AddressAction(RequestModel):
    """A button that opens the form for an address."""

    name: Literal["address_message"] = "address_message"
    parameters: AddressParameters


class AddressInteractive(RequestModel):
    """Asks for an address; in India only."""

    type: Literal["address_message"]
    header: Header | None = None
    body: InteractiveBody
    footer: InteractiveFooter | None = None
    action: AddressAction


class CallParameters(RequestModel):
    """The button's text, how long it works, and what comes back with the call."""

    display_text: str | None = Field(default=None, min_length=1, max_length=20)
    ttl_minutes: int | None = Field(default=None, ge=1, le=43_200)
    payload: str | None = Field(default=None, min_length=1, max_length=512)


class CallAction(RequestModel):
    """A button that calls the business."""

    name: Literal["voice_call"] = "voice_call"
    parameters: CallParameters | None = None


class CallInteractive(RequestModel):
    """A button that calls the business; for numbers with calling switched on."""

    type: Literal["voice_call"]
    body: InteractiveBody
    action: CallAction = CallAction()


class CallPermissionAction(RequestModel):
    """Asks whether the business may call."""

    name: Literal["call_permission_request"] = "call_permission_request"


class CallPermissionInteractive(RequestModel):
    """Asks whether the business may call; once in 24 hours, twice in seven days."""

    type: Literal["call_permission_request"]
    body: InteractiveBody | None = None
    action: CallPermissionAction = CallPermissionAction()


class ContactInfoAction(RequestModel):
    """Asks for the phone number."""

    name: Literal["request_contact_info"] = "request_contact_info"


class ContactInfoInteractive(RequestModel):
    """Asks a customer whose phone number is hidden for it."""

    type: Literal["request_contact_info"]
    body: InteractiveBody
    action: ContactInfoAction = ContactInfoAction()


Interactive = Annotated[
    ButtonInteractive
    | ListInteractive
    | UrlInteractive
    | LocationInteractive
    | FlowInteractive
    | ProductInteractive
    | ProductListInteractive
    | CatalogInteractive
    | CarouselInteractive
    | AddressInteractive
    | CallInteractive
    | CallPermissionInteractive
    | ContactInfoInteractive
    | OrderDetailsInteractive
    | OrderStatusInteractive,
    Field(discriminator="type"),
    ERRORS_AS_SENT,
]


class InteractiveMessage(DirectMessage):
    """A message with buttons, a list, a form, products or a request."""

    type: Literal["interactive"]
    interactive: Interactive
