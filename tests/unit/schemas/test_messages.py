"""The shapes of messages: every kind that Meta takes passes as it is, every limit has its words."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter, ValidationError

from chalicelib.schemas.messages import Message
from tests.unit.schemas.message_cases import PARTS, VALID, interactive, template

MESSAGE: TypeAdapter[Any] = TypeAdapter(Message)


def errors(message: Any) -> dict[str, str]:
    """Return what is wrong with `message`: the words by the field's path."""
    try:
        MESSAGE.validate_python(message)
    except ValidationError as error:
        return {".".join(map(str, item["loc"])): item["msg"] for item in error.errors()}
    return {}


@pytest.mark.parametrize("name", sorted(VALID))
def test_every_kind_leaves_as_it_came(name: str) -> None:
    """What is given in Meta's own shape goes to Meta word for word."""
    message = VALID[name]
    kind = message["type"]
    assert MESSAGE.validate_python(message).content() == message[kind]


@pytest.mark.parametrize("name", sorted(VALID))
def test_unknown_member_is_named(name: str) -> None:
    """A member that Meta does not have, at the top or in the content, is refused by its path."""
    message = copy.deepcopy(VALID[name])
    kind = message["type"]
    content = message[kind][0] if isinstance(message[kind], list) else message[kind]
    content["surprise"] = 1
    message["other"] = 1
    path = f"{kind}.0.surprise" if kind == "contacts" else f"{kind}.surprise"
    assert set(errors(message)) == {path, "other"}


LIMITS: list[tuple[str, Any, str, str]] = [
    ("no type", {}, "type", "Field required"),
    ("type", {"type": "poll"}, "type", "one of 'text', 'image'"),
    ("text", {"type": "text", "text": {"body": "x" * 4097}}, "text.body", "4096"),
    ("empty", {"type": "text", "text": {"body": "  "}}, "text.body", "at least 1"),
    ("member", {"type": "text", "image": {"id": "1"}}, "text", "Field required"),
    ("no source", {"type": "image", "image": {}}, "image.id", "exactly one"),
    (
        "both",
        {"type": "video", "video": {"id": "1", "link": "https://a.example"}},
        "video.id",
        "exactly one",
    ),
    ("link", {"type": "image", "image": {"link": "ftp://a"}}, "image.link", "https://"),
    ("no host", {"type": "image", "image": {"link": "https://"}}, "image.link", "https://"),
    ("id", {"type": "image", "image": {"id": "abc"}}, "image.id", "pattern"),
    (
        "caption",
        {"type": "image", "image": {"id": "1", "caption": "x" * 1025}},
        "image.caption",
        "1024",
    ),
    ("of audio", {"type": "audio", "audio": {"id": "1", "caption": "x"}}, "audio.caption", "Extra"),
    (
        "latitude",
        {"type": "location", "location": {"latitude": 91, "longitude": 0}},
        "location.latitude",
        "90",
    ),
    ("cards", {"type": "contacts", "contacts": []}, "contacts", "at least 1"),
    (
        "257 cards",
        {
            "type": "contacts",
            "contacts": [{"name": {"formatted_name": "A", "first_name": "A"}}] * 258,
        },
        "contacts",
        "257",
    ),
    (
        "name part",
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "A"}}]},
        "contacts.0.name.first_name",
        "one part",
    ),
    (
        "emoji",
        {"type": "reaction", "reaction": {"message_id": "w", "emoji": "ok"}},
        "reaction.emoji",
        "emoji",
    ),
    (
        "reaction quotes",
        {
            "type": "reaction",
            "reaction": {"message_id": "w", "emoji": "👍"},
            "context": {"message_id": "w"},
        },
        "context",
        "Extra",
    ),
    (
        "ttl alone",
        {"type": "text", "text": {"body": "x"}, "ttl_seconds": 60},
        "ttl_seconds",
        "category",
    ),
    (
        "ttl",
        {"type": "text", "text": {"body": "x"}, "category": "authentication", "ttl_seconds": 901},
        "ttl_seconds",
        "30 to 900",
    ),
    ("kind", interactive(type="dance"), "interactive.type", "one of 'button'"),
    ("body", interactive("button", body={"text": "x" * 1025}), "interactive.body.text", "1024"),
    ("footer", interactive("button", footer={"text": "x" * 61}), "interactive.footer.text", "60"),
    (
        "header",
        interactive("button", header={"type": "text", "text": "x" * 61}),
        "interactive.header.text",
        "60",
    ),
    (
        "header kind",
        interactive("list", header={"type": "image", "image": {"id": "1"}}),
        "interactive.header.type",
        "'text'",
    ),
    (
        "four buttons",
        interactive("button", action={"buttons": [PARTS.button(n) for n in range(4)]}),
        "interactive.action.buttons",
        "at most 3",
    ),
    (
        "button title",
        interactive("button", action={"buttons": [PARTS.button(1, title="x" * 21)]}),
        "interactive.action.buttons.0.reply.title",
        "20",
    ),
    (
        "same title",
        interactive(
            "button", action={"buttons": [PARTS.button(1, title="A"), PARTS.button(2, title="A")]}
        ),
        "interactive.action.buttons",
        "comes twice",
    ),
    (
        "same id",
        interactive("button", action={"buttons": [PARTS.button(1), PARTS.button(1, title="B")]}),
        "interactive.action.buttons",
        "comes twice",
    ),
    (
        "rows",
        interactive("list", action=PARTS.list_of(6, 5)),
        "interactive.action.sections",
        "10 rows at most",
    ),
    (
        "untitled",
        interactive("list", action=PARTS.list_of(1, 1, titles=(None, "B"))),
        "interactive.action.sections.0.title",
        "needs a title",
    ),
    (
        "list button",
        interactive("list", action=PARTS.list_of(1) | {"button": "x" * 21}),
        "interactive.action.button",
        "20",
    ),
    (
        "location header",
        interactive("location_request_message", header={"type": "text", "text": "x"}),
        "interactive.header",
        "Extra",
    ),
    (
        "two forms",
        interactive(
            "flow",
            action={
                "name": "flow",
                "parameters": {"flow_id": "1", "flow_name": "n", "flow_cta": "Go"},
            },
        ),
        "interactive.action.parameters.flow_id",
        "exactly one",
    ),
    (
        "product header",
        interactive("product", header={"type": "text", "text": "x"}),
        "interactive.header",
        "Extra",
    ),
    (
        "products",
        interactive("product_list", action=PARTS.products(16, 15)),
        "interactive.action.sections",
        "30 products",
    ),
    (
        "one card",
        interactive("carousel", action={"cards": [PARTS.card(0)]}),
        "interactive.action.cards",
        "at least 2",
    ),
    (
        "card order",
        interactive("carousel", action={"cards": [PARTS.card(0), PARTS.card(2)]}),
        "interactive.action.cards.1.card_index",
        "numbered",
    ),
    (
        "card shape",
        interactive("carousel", action={"cards": [PARTS.card(0), PARTS.product_card(1)]}),
        "interactive.action.cards.1",
        "same parts",
    ),
    (
        "reference",
        interactive(
            "order_status",
            action={"name": "review_order", "parameters": {"order": {"status": "shipped"}}},
        ),
        "interactive.action.parameters.reference_id",
        "Field required",
    ),
    ("name", template(name="Order Update"), "template.name", "pattern"),
    ("language", template(language={"code": "pt-BR"}), "template.language.code", "pattern"),
    ("id", {"type": "template", "template": {"id": "tpl_1"}}, "template.id", "pattern"),
    (
        "line break",
        template({"type": "body", "parameters": [{"type": "text", "text": "a\nb"}]}),
        "template.components.0.parameters.0.text",
        "line breaks",
    ),
    (
        "half named",
        template(
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "text": "a", "parameter_name": "a"},
                    {"type": "text", "text": "b"},
                ],
            }
        ),
        "template.components",
        "every text",
    ),
    (
        "two bodies",
        template(*[{"type": "body", "parameters": [{"type": "text", "text": "a"}]}] * 2),
        "template.components",
        "comes twice",
    ),
    (
        "same button",
        template(*[PARTS.template_button("quick_reply", {"type": "payload", "payload": "x"})] * 2),
        "template.components",
        "comes twice",
    ),
    (
        "button's value",
        template(PARTS.template_button("url", {"type": "payload", "payload": "x"})),
        "template.components.0.parameters.0.type",
        "takes text",
    ),
    (
        "coupon",
        template(
            PARTS.template_button("copy_code", {"type": "coupon_code", "coupon_code": "x" * 21})
        ),
        "template.components.0.parameters.0.coupon_code",
        "20",
    ),
    (
        "mpm",
        template(
            PARTS.template_button(
                "mpm", {"type": "action", "action": {"thumbnail_product_retailer_id": "p"}}
            )
        ),
        "template.components.0.parameters.0.action.sections",
        "Field required",
    ),
    (
        "card",
        template(
            {
                "type": "carousel",
                "cards": [
                    PARTS.template_card(0),
                    {"card_index": 1, "components": [PARTS.template_card(1)["components"][0]]},
                ],
            }
        ),
        "template.components.0.cards.1.components",
        "same parts",
    ),
    (
        "button number",
        template(PARTS.template_button("url", {"type": "text", "text": "x"}) | {"index": "10"}),
        "template.components.0.index",
        "9",
    ),
]


@pytest.mark.parametrize(("message", "field", "words"), [case[1:] for case in LIMITS])
def test_each_limit_is_named_with_its_field(message: Any, field: str, words: str) -> None:
    """A message over a limit is refused at the very field, and the words hold the rule."""
    assert words in errors(message)[field]


@pytest.mark.parametrize("emoji", ["", "👍", "❤️", "1️⃣", "ℹ️", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "©️"])
def test_every_emoji_may_be_a_reaction(emoji: str) -> None:
    """Joined, toned, flagged and boxed emojis pass, and an empty text takes a reaction back."""
    assert errors({"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": emoji}}) == {}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def _paths(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return where a value in `value` can be replaced."""
    children: Any = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    return [*([at] if at else []), *(p for k, v in children for p in _paths(v, (*at, k)))]


@given(data=st.data())
def test_any_json_is_either_taken_or_explained(data: st.DataObject) -> None:
    """Whatever stands in a message's place, the answer is a message or errors with known paths."""
    message = copy.deepcopy(VALID[data.draw(st.sampled_from(sorted(VALID)))])
    path = data.draw(st.sampled_from(_paths(message)))
    owner: Any = message
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = data.draw(JSON_VALUES)
    known = {*message, "type"} | {name for name in [message["type"]] if isinstance(name, str)}
    for field, words in errors(message).items():
        assert words
        assert field.split(".")[0] in known
