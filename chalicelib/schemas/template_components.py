"""The components of a template in Meta's own shape, as requests take them.

Only their shape is checked here; what WhatsApp allows (lengths, variables, how many buttons) is in
`whatsapp.template_rules`, which tells everything that is wrong at once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from chalicelib.schemas.base import RequestModel

_MEDIA = frozenset({"IMAGE", "VIDEO", "DOCUMENT", "GIF"})
_IN_CAPITALS = ("type", "format", "otp_type")


def _capitals(value: Any) -> Any:  # noqa: ANN401 - JSON as it came
    """Return a component with its types in capitals: Meta takes them in any case."""
    if not isinstance(value, dict):
        return value
    changed = {n: value[n].upper() for n in _IN_CAPITALS if isinstance(value.get(n), str)}
    return {**value, **changed}


def _kind_of(value: Any) -> str | None:  # noqa: ANN401 - JSON as it came, or a component
    """Return which component this is: a header by its format, the others by their type."""
    if isinstance(value, RequestModel):
        value = value.model_dump(include={"type", "format"})
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return None
    form = value.get("format")
    if value["type"] != "HEADER" or not isinstance(form, str):
        return str(value["type"])
    return "HEADER MEDIA" if form in _MEDIA else f"HEADER {form}"


_DISCRIMINATOR = Discriminator(
    _kind_of,
    custom_error_type="component_type",
    custom_error_message="Give a type like HEADER, BODY, FOOTER or BUTTONS; a header also has a "
    "format: TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION or PRODUCT.",
)


class NamedExample(RequestModel):
    """An example of a named variable."""

    param_name: str
    example: str


class HeaderTextExample(RequestModel):
    """An example of the variable of a header: by position or by name."""

    header_text: list[str] | None = None
    header_text_named_params: list[NamedExample] | None = None


class HeaderMediaExample(RequestModel):
    """A sample of the file in a header: one of ours, or one that is at Meta already."""

    media_id: str | None = Field(
        default=None, max_length=40, description="A file of the media library, `med_…`."
    )
    header_handle: list[str] | None = Field(
        default=None, description="The handle of a resumable upload at Meta, `4::…`."
    )


class BodyExample(RequestModel):
    """Examples of the variables of a body: a list in a list by position, or by name."""

    body_text: list[list[str]] | None = None
    body_text_named_params: list[NamedExample] | None = None


class TemplateTextHeader(RequestModel):
    """A header of one line of text, with at most one variable."""

    type: Literal["HEADER"]
    format: Literal["TEXT"]
    text: str = ""
    example: HeaderTextExample | None = None


class MediaHeader(RequestModel):
    """A header that is a file; each message gives its own, the sample is for the reviewers."""

    type: Literal["HEADER"]
    format: Literal["IMAGE", "VIDEO", "DOCUMENT", "GIF"]
    example: HeaderMediaExample | None = None


class LocationHeader(RequestModel):
    """A header that is a place on the map; each message gives its own."""

    type: Literal["HEADER"]
    format: Literal["LOCATION"]


class ProductHeader(RequestModel):
    """A header that is a product of the catalogue; each message gives its own."""

    type: Literal["HEADER"]
    format: Literal["PRODUCT"]


Header = (
    Annotated[TemplateTextHeader, Tag("HEADER TEXT")]
    | Annotated[MediaHeader, Tag("HEADER MEDIA")]
    | Annotated[LocationHeader, Tag("HEADER LOCATION")]
    | Annotated[ProductHeader, Tag("HEADER PRODUCT")]
)


class TemplateBody(RequestModel):
    """The text. That of an authentication template is Meta's own and left out."""

    type: Literal["BODY"]
    text: str | None = None
    add_security_recommendation: bool | None = None
    example: BodyExample | None = None


class TemplateFooter(RequestModel):
    """A line in small print; of an authentication template, after how long the code expires."""

    type: Literal["FOOTER"]
    text: str | None = None
    code_expiration_minutes: int | None = None


class QuickReply(RequestModel):
    """A button that answers with its text."""

    type: Literal["QUICK_REPLY"] = "QUICK_REPLY"
    text: str = ""


class UrlButton(RequestModel):
    """A button that opens a page; one variable may end the URL."""

    type: Literal["URL"] = "URL"
    text: str = ""
    url: str = ""
    example: str | list[str] | None = Field(
        default=None, description="The whole address, with a value in the variable's place."
    )


class PhoneButton(RequestModel):
    """A button that calls a number."""

    type: Literal["PHONE_NUMBER"] = "PHONE_NUMBER"
    text: str = ""
    phone_number: str = ""


class CopyCodeButton(RequestModel):
    """A button that copies a coupon code, which each message gives."""

    type: Literal["COPY_CODE"]
    text: str | None = None
    example: str | list[str] | None = None


class FlowButton(RequestModel):
    """A button that opens a WhatsApp Flow."""

    type: Literal["FLOW"]
    text: str = ""
    flow_id: str | None = None
    flow_name: str | None = None
    flow_json: str | None = None
    flow_action: Literal["navigate", "data_exchange"] | None = None
    navigate_screen: str | None = None
    icon: Literal["DOCUMENT", "PROMOTION", "REVIEW"] | None = None


class CatalogButton(RequestModel):
    """A button that opens the catalogue (CATALOG), some products of it (MPM) or one (SPM)."""

    type: Literal["CATALOG", "MPM", "SPM"]
    text: str = ""


class VoiceCallButton(RequestModel):
    """A button that calls the business on WhatsApp."""

    type: Literal["VOICE_CALL"]
    text: str = ""
    ttl_minutes: int | None = None


class ContactInfoButton(RequestModel):
    """A button by which somebody without a visible phone number shares it."""

    type: Literal["REQUEST_CONTACT_INFO"]
    text: str | None = None


class SupportedApp(RequestModel):
    """An Android app that takes the code by itself."""

    package_name: str
    signature_hash: str


class OtpButton(RequestModel):
    """The button of an authentication template: copies the code, or hands it to an app."""

    type: Literal["OTP"]
    otp_type: Literal["COPY_CODE", "ONE_TAP", "ZERO_TAP"]
    text: str | None = None
    autofill_text: str | None = None
    supported_apps: list[SupportedApp] | None = None
    zero_tap_terms_accepted: bool | None = None


Button = Annotated[
    QuickReply
    | UrlButton
    | PhoneButton
    | CopyCodeButton
    | FlowButton
    | CatalogButton
    | VoiceCallButton
    | ContactInfoButton
    | OtpButton,
    Field(discriminator="type"),
    BeforeValidator(_capitals),
]


class Buttons(RequestModel):
    """The buttons below the text."""

    type: Literal["BUTTONS"]
    buttons: list[Button]


class Offer(RequestModel):
    """What a limited-time offer says, and whether it shows when it ends."""

    text: str = ""
    has_expiration: bool | None = None


class LimitedTimeOffer(RequestModel):
    """A limited-time offer."""

    type: Literal["LIMITED_TIME_OFFER"]
    limited_time_offer: Offer


class CallPermissionRequest(RequestModel):
    """Asks for the permission to call."""

    type: Literal["CALL_PERMISSION_REQUEST"]


CardComponent = Annotated[
    Header | Annotated[TemplateBody, Tag("BODY")] | Annotated[Buttons, Tag("BUTTONS")],
    _DISCRIMINATOR,
    BeforeValidator(_capitals),
]


class TemplateCard(RequestModel):
    """A card of a carousel."""

    components: list[CardComponent]


class Carousel(RequestModel):
    """Cards to swipe through."""

    type: Literal["CAROUSEL"]
    cards: list[TemplateCard]


Component = Annotated[
    Header
    | Annotated[TemplateBody, Tag("BODY")]
    | Annotated[TemplateFooter, Tag("FOOTER")]
    | Annotated[Buttons, Tag("BUTTONS")]
    | Annotated[LimitedTimeOffer, Tag("LIMITED_TIME_OFFER")]
    | Annotated[Carousel, Tag("CAROUSEL")]
    | Annotated[CallPermissionRequest, Tag("CALL_PERMISSION_REQUEST")],
    _DISCRIMINATOR,
    BeforeValidator(_capitals),
]
