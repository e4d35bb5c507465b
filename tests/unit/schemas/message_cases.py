"""Messages of every kind that Meta takes, and what they are made of."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class PARTS:
    """The parts of interactive messages and templates."""

    @staticmethod
    def button(number: int, title: str | None = None) -> Json:
        """Return a reply button."""
        return {
            "type": "reply",
            "reply": {"id": f"b{number}", "title": title or f"Button {number}"},
        }

    @staticmethod
    def list_of(*counts: int, titles: tuple[str | None, ...] = ("A", "B", "C")) -> Json:
        """Return a list's action with so many rows in each section."""
        sections: list[Json] = []
        for number, (count, title) in enumerate(zip(counts, titles, strict=False)):
            rows = [
                {"id": f"r{number}.{n}", "title": f"Row {n}", "description": "More"}
                for n in range(count)
            ]
            sections.append({"rows": rows} | ({} if title is None else {"title": title}))
        return {"button": "Pick", "sections": sections}

    @staticmethod
    def products(*counts: int) -> Json:
        """Return a product list's action with so many products in each section."""
        sections = [
            {
                "title": f"Section {number}",
                "product_items": [{"product_retailer_id": f"p{n}"} for n in range(count)],
            }
            for number, count in enumerate(counts)
        ]
        return {"catalog_id": "900", "sections": sections}

    @staticmethod
    def card(index: int) -> Json:
        """Return a card with a picture and a link."""
        return {
            "card_index": index,
            "type": "cta_url",
            "header": {"type": "image", "image": {"link": "https://shop.example/a.jpg"}},
            "body": {"text": "Hats"},
            "action": {
                "name": "cta_url",
                "parameters": {"display_text": "See", "url": "https://shop.example/"},
            },
        }

    @staticmethod
    def product_card(index: int) -> Json:
        """Return a card with a product."""
        return {
            "card_index": index,
            "type": "product",
            "action": {"catalog_id": "900", "product_retailer_id": "p1"},
        }

    @staticmethod
    def template_button(sub_type: str, *parameters: Json, index: int = 0) -> Json:
        """Return the values of a template's button."""
        return {
            "type": "button",
            "sub_type": sub_type,
            "index": str(index),
            "parameters": list(parameters),
        }

    @staticmethod
    def template_card(index: int) -> Json:
        """Return the values of a template's card."""
        return {
            "card_index": index,
            "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"id": "600"}}]},
                {"type": "body", "parameters": [{"type": "text", "text": "Hat"}]},
                PARTS.template_button("quick_reply", {"type": "payload", "payload": "more"}),
            ],
        }


_ACTIONS: dict[str, Json] = {
    "button": {"buttons": [PARTS.button(1), PARTS.button(2), PARTS.button(3)]},
    "list": PARTS.list_of(4, 6),
    "cta_url": PARTS.card(0)["action"],
    "location_request_message": {"name": "send_location"},
    "flow": {
        "name": "flow",
        "parameters": {
            "flow_message_version": "3",
            "flow_id": "700",
            "flow_cta": "Book",
            "flow_token": "t1",
            "mode": "published",
            "flow_action": "navigate",
            "flow_action_payload": {"screen": "START", "data": {"seats": 2}},
        },
    },
    "product": {"catalog_id": "900", "product_retailer_id": "p1"},
    "product_list": PARTS.products(20, 10),
    "catalog_message": {
        "name": "catalog_message",
        "parameters": {"thumbnail_product_retailer_id": "p1"},
    },
    "carousel": {"cards": [PARTS.card(0), PARTS.card(1)]},
    "address_message": {
        "name": "address_message",
        "parameters": {"country": "IN", "values": {"name": "Ana"}},
    },
    "voice_call": {
        "name": "voice_call",
        "parameters": {"display_text": "Call us", "ttl_minutes": 60, "payload": "sales"},
    },
    "call_permission_request": {"name": "call_permission_request"},
    "request_contact_info": {"name": "request_contact_info"},
    "order_details": {
        "name": "review_and_pay",
        "parameters": {
            "reference_id": "o-77",
            "type": "physical-goods",
            "currency": "INR",
            "total_amount": {"value": 21000, "offset": 100},
            "payment_settings": [{"type": "payment_gateway"}],
            "order": {"status": "pending", "items": []},
        },
    },
    "order_status": {
        "name": "review_order",
        "parameters": {"reference_id": "o-77", "order": {"status": "shipped"}},
    },
}
_HEADERS: dict[str, Json] = {"product_list": {"header": {"type": "text", "text": "Our hats"}}}


def interactive(type: str = "button", **changes: Any) -> Json:  # noqa: A002 - Meta's own name
    """Return an interactive message of a kind, with `changes`."""
    content: Json = {
        "type": type,
        **_HEADERS.get(type, {}),
        "body": {"text": "Which one?"},
        "action": _ACTIONS.get(type, {}),
    }
    return {"type": "interactive", "interactive": content | changes}


def template(*components: Json, **changes: Any) -> Json:
    """Return a template message with `components`."""
    content: Json = {
        "name": "order_update",
        "language": {"code": "pt_BR"},
        "components": list(components),
    }
    return {"type": "template", "template": content | changes}


_TEMPLATES: dict[str, Json] = {
    "plain": template(),
    "positional": template(
        {"type": "header", "parameters": [{"type": "text", "text": "77"}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "text": "Ana"},
                {
                    "type": "currency",
                    "currency": {"fallback_value": "$10", "code": "USD", "amount_1000": 10_000},
                },
                {"type": "date_time", "date_time": {"fallback_value": "1 May"}},
            ],
        },
        PARTS.template_button("url", {"type": "text", "text": "track/77"}),
        PARTS.template_button("quick_reply", {"type": "payload", "payload": "STOP"}, index=1),
    ),
    "named": template(
        {
            "type": "body",
            "parameters": [
                {"type": "text", "text": "Ana", "parameter_name": "first_name"},
                {"type": "text", "text": "77", "parameter_name": "order_id"},
            ],
        },
        language={"code": "en", "policy": "deterministic"},
    ),
    "image": template(
        {"type": "header", "parameters": [{"type": "image", "image": {"id": "600"}}]}
    ),
    "video": template(
        {
            "type": "header",
            "parameters": [{"type": "video", "video": {"link": "https://a.example/v.mp4"}}],
        }
    ),
    "gif": template({"type": "header", "parameters": [{"type": "gif", "gif": {"id": "601"}}]}),
    "document": template(
        {
            "type": "header",
            "parameters": [{"type": "document", "document": {"id": "602", "filename": "a.pdf"}}],
        }
    ),
    "location": template(
        {
            "type": "header",
            "parameters": [
                {
                    "type": "location",
                    "location": {
                        "latitude": 1.5,
                        "longitude": 2.5,
                        "name": "Shop",
                        "address": "Main Street 1",
                    },
                }
            ],
        }
    ),
    "product": template(
        {
            "type": "header",
            "parameters": [
                {"type": "product", "product": {"product_retailer_id": "p", "catalog_id": "900"}}
            ],
        }
    ),
    "otp": template(
        {"type": "body", "parameters": [{"type": "text", "text": "123456"}]},
        PARTS.template_button("url", {"type": "text", "text": "123456"}),
    ),
    "offer": template(
        {
            "type": "limited_time_offer",
            "parameters": [
                {
                    "type": "limited_time_offer",
                    "limited_time_offer": {"expiration_time_ms": 1_794_790_000_000},
                }
            ],
        },
        PARTS.template_button("copy_code", {"type": "coupon_code", "coupon_code": "SAVE20"}),
        PARTS.template_button("url", {"type": "text", "text": "sale"}, index=1),
    ),
    "carousel": template(
        {"type": "carousel", "cards": [PARTS.template_card(0), PARTS.template_card(1)]}
    ),
    "catalog": template(
        PARTS.template_button(
            "CATALOG", {"type": "action", "action": {"thumbnail_product_retailer_id": "p"}}
        )
    ),
    "mpm": template(
        PARTS.template_button(
            "mpm",
            {
                "type": "action",
                "action": {
                    "thumbnail_product_retailer_id": "p",
                    "sections": PARTS.products(2)["sections"],
                },
            },
        )
    ),
    "flow": template(
        PARTS.template_button(
            "flow",
            {"type": "action", "action": {"flow_token": "t", "flow_action_data": {"seats": 2}}},
        )
    ),
    "voice_call": template(
        PARTS.template_button(
            "voice_call",
            {"type": "ttl_minutes", "ttl_minutes": 100},
            {"type": "payload", "payload": "sales"},
        )
    ),
    "tap_target": template(
        {
            "type": "tap_target_configuration",
            "parameters": [
                {
                    "type": "tap_target_configuration",
                    "tap_target_configuration": [{"url": "https://a.example", "title": "Shop"}],
                }
            ],
        }
    ),
    "group": template(
        {"type": "body", "parameters": [{"type": "group_id", "group_id": "Y2FwaV9n"}]}
    ),
    "stored": {
        "type": "template",
        "template": {"id": f"tpl_{'0' * 26}", "values": {"body.1": "Ana"}},
    },
}

VALID: dict[str, Json] = {
    "text": {"type": "text", "text": {"body": "x" * 4096, "preview_url": True}},
    "direct": {
        "type": "text",
        "text": {"body": "Your parcel is here", "preview_url": False},
        "category": "utility",
        "ttl_seconds": 43_200,
    },
    "reply": {
        "type": "text",
        "text": {"body": "Yes", "preview_url": False},
        "context": {"message_id": "wamid.1"},
        "recipient_identity_key_hash": "hash",
        "number_id": f"num_{'0' * 26}",
    },
    "image": {"type": "image", "image": {"id": "600", "caption": "A hat"}},
    "image_link": {"type": "image", "image": {"link": "https://shop.example/hat.jpg?v=2"}},
    "image_of_parley": {"type": "image", "image": {"id": f"med_{'0' * 26}"}},
    "video": {"type": "video", "video": {"id": "600", "caption": "x" * 1024}},
    "document": {
        "type": "document",
        "document": {"id": "600", "caption": "Terms", "filename": "terms.pdf"},
    },
    "audio": {"type": "audio", "audio": {"id": "600"}},
    "voice": {"type": "audio", "audio": {"link": "https://a.example/a.ogg", "voice": True}},
    "sticker": {"type": "sticker", "sticker": {"id": "600"}},
    "location": {
        "type": "location",
        "location": {
            "latitude": -23.5,
            "longitude": 180.0,
            "name": "Shop",
            "address": "Main Street 1",
        },
    },
    "contacts": {
        "type": "contacts",
        "contacts": [
            {
                "name": {"formatted_name": "Ana Lima", "first_name": "Ana", "last_name": "Lima"},
                "phones": [{"phone": "+15550111111", "wa_id": "15550111111", "type": "WORK"}],
                "emails": [{"email": "ana@example.com", "type": "WORK"}],
                "addresses": [{"street": "Main Street 1", "city": "Lisbon", "country_code": "pt"}],
                "org": {"company": "Hats", "title": "Owner"},
                "urls": [{"url": "https://hats.example", "type": "WORK"}],
                "birthday": "1990-05-01",
            }
        ],
    },
    "reaction": {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍"}},
    **{f"interactive_{kind}": interactive(kind) for kind in _ACTIONS},
    "interactive_with_edges": interactive(
        "button",
        header={"type": "document", "document": {"id": "600", "filename": "a.pdf"}},
        footer={"text": "x" * 60},
    ),
    "interactive_product_cards": interactive(
        "carousel", action={"cards": [PARTS.product_card(0), PARTS.product_card(1)]}
    ),
    **{f"template_{name}": message for name, message in _TEMPLATES.items()},
}
