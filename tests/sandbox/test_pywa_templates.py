"""pywa makes templates of every kind in the sandbox, finds, changes, sends and removes them."""

import datetime as dt
from typing import Any

import pytest
from pywa.client import WhatsApp
from pywa.errors import TemplateNotExists, WhatsAppError
from pywa.types.templates import (
    AuthenticationBody,
    AuthenticationFooter,
    BaseOTPButton,
    BodyText,
    Buttons,
    Carousel,
    CarouselCard,
    CatalogButton,
    CopyCodeButton,
    CopyCodeOTPButton,
    CreatedTemplates,
    FlowButton,
    FooterText,
    HeaderDocument,
    HeaderImage,
    HeaderLocation,
    HeaderProduct,
    HeaderText,
    HeaderVideo,
    LimitedTimeOffer,
    MPMButton,
    OneTapOTPButton,
    OTPSupportedApp,
    ParamFormat,
    PhoneNumberButton,
    QuickReplyButton,
    SPMButton,
    Template,
    TemplateCategory,
    TemplateLanguage,
    TemplateStatus,
    URLButton,
)

from .bench import WABA
from .pywa_steps import PNG, approved, hello, log, made

MARKETING, UTILITY = TemplateCategory.MARKETING, TemplateCategory.UTILITY
TO = "+15550111111"
MP4, PDF = b"\x00\x00\x00\x18ftypmp42", b"%PDF-1.7"
LINK = URLButton(text="Go", url="https://ex.com/{{1}}", example="https://ex.com/1")
SALE = BodyText("Our winter sale has begun.")


def test_a_template_with_a_picture(pywa: WhatsApp, url: str) -> None:
    """Upload, create, review, list, send with named parameters, delete: by pywa's own bodies."""
    created = pywa.create_template(
        Template(
            name="winter",
            language=TemplateLanguage.ENGLISH_US,
            category=MARKETING,
            parameter_format=ParamFormat.NAMED,
            components=[
                image := HeaderImage(example=PNG),
                body := BodyText("Hi {{name}}, your boots are back in stock.", name="Ana"),
                FooterText(text="Reply STOP to opt out"),
                Buttons(buttons=[stop := QuickReplyButton(text="Stop")]),
            ],
        )
    )
    approved(pywa, created.id)
    (listed,) = pywa.get_templates(statuses=[TemplateStatus.APPROVED])
    assert (listed.name, listed.category) == ("winter", MARKETING)
    sent = pywa.send_template(
        to=TO,
        name="winter",
        language=TemplateLanguage.ENGLISH_US,
        params=[
            image.params(image=pywa.upload_media(PNG, "image/png", "boots.png").id),
            body.params(name="Ana"),
            stop.params(index=0, callback_data="STOP"),
        ],
        tracker="p1.cmp.ten",
    )
    assert sent.id.startswith("wamid.")
    (message,) = log(url)
    assert (message["callback_data"], message["wa_id"]) == ("p1.cmp.ten", "15550111111")
    assert pywa.delete_template(template_name="winter")
    with pytest.raises(TemplateNotExists):
        pywa.send_template(TO, "winter", TemplateLanguage.ENGLISH_US, [])


KINDS: list[tuple[str, TemplateCategory, list[Any]]] = [
    ("text", UTILITY, [HeaderText("Order {{1}}", "7"), SALE, FooterText(text="Bye")]),
    ("video", MARKETING, [HeaderVideo(example=MP4, mime_type="video/mp4"), SALE]),
    ("document", UTILITY, [HeaderDocument(example=PDF, mime_type="application/pdf"), SALE]),
    ("place", UTILITY, [HeaderLocation(), SALE]),
    ("call", UTILITY, [SALE, Buttons(buttons=[PhoneNumberButton(text="Call", phone_number=TO)])]),
    ("catalog", MARKETING, [SALE, Buttons(buttons=[CatalogButton(text="View")])]),
    ("products", MARKETING, [SALE, Buttons(buttons=[MPMButton(text="View")])]),
    ("product", MARKETING, [HeaderProduct(), SALE, Buttons(buttons=[SPMButton(text="View")])]),
    (
        "flow",
        UTILITY,
        [SALE, Buttons(buttons=[FlowButton(text="Book", flow_id="1", navigate_screen="A")])],
    ),
    (
        "offer",
        MARKETING,
        [
            HeaderImage(example=PNG),
            LimitedTimeOffer(text="Ends soon", has_expiration=True),
            SALE,
            Buttons(buttons=[CopyCodeButton(example="SAVE20"), LINK]),
        ],
    ),
    (
        "carousel",
        MARKETING,
        [
            SALE,
            Carousel(
                cards=[
                    CarouselCard(
                        components=[
                            HeaderImage(example=PNG),
                            BodyText("Boots for winter."),
                            Buttons(buttons=[LINK, QuickReplyButton(text="More")]),
                        ]
                    )
                    for _ in range(2)
                ]
            ),
        ],
    ),
]


@pytest.mark.parametrize(("name", "category", "components"), KINDS, ids=[k[0] for k in KINDS])
def test_each_kind_is_made_and_read_back(
    pywa: WhatsApp, name: str, category: TemplateCategory, components: list[Any]
) -> None:
    """Pywa's body for the kind passes the rules, and pywa understands the template it gets back."""
    template_id = made(pywa, name, *components, category=category)
    found = pywa.get_template(template_id)
    assert (found.name, found.category, found.status) == (name, category, TemplateStatus.APPROVED)
    assert [type(part) for part in found.components] == [type(part) for part in components]


@pytest.mark.parametrize(
    "button",
    [
        CopyCodeOTPButton(text="Copy"),
        OneTapOTPButton(
            autofill_text="Fill",
            supported_apps=[
                OTPSupportedApp(package_name="com.example.shop", signature_hash="K8a/AINcGX7")
            ],
        ),
    ],
)
def test_codes_are_made_and_sent(pywa: WhatsApp, url: str, button: BaseOTPButton) -> None:
    """An authentication template of pywa's takes the code in body and button."""
    parts = [
        body := AuthenticationBody(add_security_recommendation=True),
        AuthenticationFooter(code_expiration_minutes=5),
        Buttons(buttons=[button]),
    ]
    made(pywa, "code", *parts, category=TemplateCategory.AUTHENTICATION)
    code = [body.params(otp="123456"), button.params(otp="123456")]
    pywa.send_template(TO, "code", TemplateLanguage.ENGLISH_US, code)
    assert log(url)[0]["price_category"] == "authentication"


def test_codes_are_made_in_many_languages(pywa: WhatsApp) -> None:
    """One call makes the template in each language.

    The body goes in by pywa's API layer: 4.5's `upsert_authentication_template` encodes it twice.
    """
    parts = [AuthenticationBody(), Buttons(buttons=[CopyCodeOTPButton(text="Copy")])]
    body: Any = {
        "name": "code",
        "languages": ["en_US", "es"],
        "category": "AUTHENTICATION",
        "components": [part.to_dict() for part in parts],
    }
    answer = pywa.api.upsert_message_templates(WABA, body)
    found = CreatedTemplates.from_dict(data=answer, client=pywa)
    assert [template.status for template in found] == [TemplateStatus.PENDING] * 2
    assert pywa.get_template(found[1].id).language is TemplateLanguage.SPANISH


def test_a_template_is_edited_paused_and_put_away(pywa: WhatsApp, url: str) -> None:
    """Edit, compare, unpause what is not paused, archive and unarchive."""
    one, two = hello(pywa), hello(pywa, "two")
    changed: Any = BodyText("Hello {{1}}, there is good news for you.", "Ana")
    assert pywa.update_template(one, new_components=[changed]).success
    approved(pywa, one)
    found = pywa.get_template(one).components[0]
    assert isinstance(found, BodyText)
    assert found.text == changed.text
    pywa.send_template(TO, "hello", TemplateLanguage.ENGLISH_US, [changed.params("Ana")])
    now = dt.datetime.now(dt.UTC)
    start, end = now - dt.timedelta(days=6), now + dt.timedelta(days=1)
    assert pywa.compare_templates(one, two, start=start, end=end).times_sent == {one: 1, two: 0}
    assert not pywa.unpause_template(one)
    put_away = pywa.archive_templates([one, "7"])
    assert (put_away.archived, put_away.failed) == ((one,), {"7": "Template not found"})
    assert pywa.get_template(one).status is TemplateStatus.ARCHIVED
    assert pywa.unarchive_templates([one]).unarchived == (one,)
    assert len(log(url)) == 1


def test_marketing_goes_by_its_own_route(pywa: WhatsApp, url: str) -> None:
    """Pywa's Marketing Messages call sends a marketing template, and no other."""
    made(pywa, "sale", SALE, category=MARKETING)
    hello(pywa)
    pywa.send_template(TO, "sale", TemplateLanguage.ENGLISH_US, [], use_mm_lite_api=True)
    assert log(url)[0]["price_category"] == "marketing_lite"
    with pytest.raises(WhatsAppError) as refused:
        pywa.send_template(
            TO,
            "hello",
            TemplateLanguage.ENGLISH_US,
            [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}],
            use_mm_lite_api=True,
        )
    assert refused.value.code == 134100
    assert pywa.get_business_account().id == WABA
