"""Every message that pywa can build is accepted by the sandbox, and reads as it was meant."""

import time
from typing import Any

import pytest
from pywa.client import WhatsApp
from pywa.types.callback import (
    BaseCarouselCard,
    Button,
    CallPermissionRequestButton,
    ContactInfoRequestButton,
    FlowButton,
    ImageCarouselCard,
    Section,
    SectionList,
    SectionRow,
    URLButton,
    VideoCarouselCard,
    VoiceCallButton,
)
from pywa.types.flows import FlowCategory, FlowStatus
from pywa.types.others import Contact, ProductsSection

from sandbox.ids import user_id

from .bench import FIXTURE
from .pywa_steps import PERSON, PNG, log, wrote

BUTTONS = [Button("Small", "s"), Button("Large", "l")]
ROWS = [SectionRow("Red", "r", "As a rose"), SectionRow("Blue", "b")]
LIST = SectionList("Pick", [Section("Colours", ROWS), Section("More", [SectionRow("None", "n")])])
LINK = URLButton("Shop", "https://shop.example/1")
CARDS: list[ImageCarouselCard | VideoCarouselCard | BaseCarouselCard] = [
    ImageCarouselCard(image="https://shop.example/a.png", body="Boots", buttons=LINK)
    for _ in range(2)
]


@pytest.mark.parametrize(
    ("kind", "buttons"),
    [
        ("button", BUTTONS),
        ("list", LIST),
        ("cta_url", LINK),
        ("voice_call", VoiceCallButton("Call us", 60)),
        ("call_permission_request", CallPermissionRequestButton()),
        ("request_contact_info", ContactInfoRequestButton()),
    ],
)
def test_each_kind_of_button_is_sent(pywa: WhatsApp, url: str, kind: str, buttons: Any) -> None:
    """A text with pywa's buttons is an interactive message of the kind that they make."""
    wrote(url)
    sent = pywa.send_message(PERSON, "Which?", buttons=buttons)
    (message,) = log(url)
    assert (message["id"], message["content"]["type"]) == (sent.id, kind)


def test_products_places_and_cards_are_sent(pywa: WhatsApp, url: str) -> None:
    """Catalogue, product, products, a place and the wish for one, people, a carousel of links."""
    wrote(url)
    shelf = ProductsSection("Boots", ["b1", "b2"])
    person = Contact(
        name=Contact.Name(formatted_name="Ana Souza", first_name="Ana"),
        phones=[Contact.Phone(phone="+15550111111")],
    )
    pywa.send_catalog(PERSON, "Our catalogue", thumbnail_product_sku="b1")
    pywa.send_product(PERSON, "8001", "b1", body="These")
    pywa.send_products(PERSON, "8001", [shelf], "Boots", "For winter")
    pywa.send_location(PERSON, 1.5, 2.5, name="Shop")
    pywa.request_location(PERSON, "Where are you?")
    pywa.send_contact(PERSON, person)
    pywa.send_carousel(PERSON, body="Look", cards=CARDS)
    kinds = [message["content"].get("type", message["type"]) for message in log(url)]
    assert kinds == [
        "catalog_message",
        "product",
        "product_list",
        "location",
        "location_request_message",
        "contacts",
        "carousel",
    ]


def test_a_flow_is_made_published_and_sent(pywa: WhatsApp, url: str) -> None:
    """A flow of pywa's own JSON is published, listed, and sent by name."""
    wrote(url)
    screen = {"id": "A", "terminal": True, "layout": {"type": "SingleColumnLayout", "children": []}}
    flow = {"version": "7.0", "screens": [screen]}
    made = pywa.create_flow("book", [FlowCategory.OTHER], flow_json=flow, publish=True)
    assert made.success
    pywa.send_message(
        PERSON, "Book now", buttons=FlowButton("Book", flow_name="book", flow_action_screen="A")
    )
    (message,) = log(url)
    assert message["content"]["action"]["parameters"]["flow_name"] == "book"
    (listed,) = pywa.get_flows()
    assert (listed.id, listed.status) == (made.id, FlowStatus.PUBLISHED)


@pytest.mark.parametrize(
    ("method", "content", "mime_type", "extra"),
    [
        ("image", PNG, "image/png", {"caption": "Look"}),
        ("video", b"\x00\x00\x00\x18ftypmp42", "video/mp4", {"caption": "Look"}),
        ("document", b"%PDF-1.7", "application/pdf", {"filename": "a.pdf"}),
        ("audio", b"ID3\x04", "audio/mpeg", {}),
        ("voice", b"OggS\x00", "audio/ogg", {}),
        ("sticker", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", {}),
    ],
)
def test_each_kind_of_media_is_uploaded_and_sent(
    pywa: WhatsApp, url: str, method: str, content: bytes, mime_type: str, extra: dict[str, str]
) -> None:
    """Pywa uploads the bytes, sends their id, and the message is delivered."""
    wrote(url)
    send = getattr(pywa, f"send_{method}")
    sent = send(PERSON, content, mime_type=mime_type, **extra)
    deadline = time.monotonic() + 10
    while log(url)[0]["status"] not in ("delivered", "read", "failed"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (message,) = log(url)
    assert (message["id"], message["error_code"]) == (sent.id, 0)


def test_replies_reactions_and_read_marks(pywa: WhatsApp, url: str) -> None:
    """A reply quotes, a reaction is put and taken back, a message is read while typing shows."""
    inbound = wrote(url)
    pywa.mark_message_as_read(inbound)
    pywa.indicate_typing(inbound)
    pywa.send_message(PERSON, "Hello", reply_to_message_id=inbound, preview_url=True, tracker="t1")
    pywa.send_reaction(PERSON, "👍", inbound)
    pywa.remove_reaction(PERSON, inbound)
    reply, reaction, removal = log(url)
    assert (reply["context_id"], reply["callback_data"]) == (inbound, "t1")
    assert (reaction["content"]["emoji"], removal["content"]["emoji"]) == ("👍", "")


def test_a_person_is_reached_by_user_id(pywa: WhatsApp, url: str) -> None:
    """Pywa takes a BSUID for a recipient, and the answer names no phone number."""
    wrote(url)
    bsuid = user_id("US", FIXTURE.business_id, PERSON)
    sent = pywa.send_message(bsuid, "Hello")
    assert (sent.input, sent.chat.id) == (bsuid, bsuid)
    assert [message["wa_id"] for message in log(url)] == [PERSON]
