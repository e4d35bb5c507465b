"""What a phone shows of a message: its parts as plain text, ready to be laid out."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.model import Inbound, Json, Message
from sandbox.rules.messages import MEDIA_TYPES
from sandbox.rules.template_shape import Shape, component, hydrate, shape_of
from sandbox.world import World


@dataclass(frozen=True)
class Choice:
    """A button: `reply` is what tapping it sends (type and content), None where it only shows."""

    label: str
    reply: tuple[str, Json] | None = None
    url: str = ""


@dataclass(frozen=True)
class Bubble:
    """One message on the screen. `media` is (kind, id or link)."""

    body: str
    header: str = ""
    footer: str = ""
    media: tuple[str, str] = ("", "")
    choices: tuple[Choice, ...] = ()


def bubble_of(world: World, message: Message | Inbound) -> Bubble:
    """Return what the phone shows of a message."""
    content = json.loads(message.content)
    kind = message.type
    if kind == "template" and isinstance(message, Message):
        return _template(world, message, content)
    if kind == "interactive" and isinstance(message, Message):
        return _interactive(content)
    if kind in MEDIA_TYPES:
        return Bubble(content.get("caption", ""), media=_medium(kind, content))
    return Bubble(_plain(kind, content))


def _plain(kind: str, content: Any) -> str:  # noqa: ANN401 (as it came over the wire)
    """Return the text of a message without parts."""
    if kind == "text":
        return str(content["body"])
    if kind == "button":
        return str(content["text"])
    if kind == "interactive":
        reply = content[content["type"]]
        return str(reply.get("title") or reply.get("body") or reply.get("response", ""))
    if kind == "reaction":
        emoji = content.get("emoji")
        return f"Reacted {emoji}" if emoji else "Took a reaction back"
    if kind == "location":
        place = content.get("name") or content.get("address") or ""
        return f"📍 {place} ({content['latitude']}, {content['longitude']})"
    if kind == "contacts":
        cards = content["contacts"] if isinstance(content, dict) else content
        return "👤 " + ", ".join(_card_name(card) for card in cards)
    if kind == "order":
        return f"🛒 {len(content['product_items'])} products: {content.get('text', '')}"
    return f"[{kind}]"


def _card_name(card: Json) -> str:
    """Return what a contact card is called; one that answers a request may have a phone alone."""
    phones = card.get("phones") or [{}]
    return str(card.get("name", {}).get("formatted_name") or phones[0].get("phone", ""))


def _medium(kind: str, content: Json) -> tuple[str, str]:
    """Return a media object's kind and its id or link."""
    return kind, str(content.get("id") or content.get("link"))


def _values(components: list[Json], kind: str) -> dict[str, str]:
    """Return the values that a send gives for the variables of header or body."""
    values: dict[str, str] = {}
    for part in components:
        if str(part.get("type")).lower() != kind:
            continue
        for index, parameter in enumerate(part.get("parameters", [])):
            value = parameter.get("text")
            if value is None:
                holder = parameter.get(parameter.get("type"))
                value = holder.get("fallback_value", "") if isinstance(holder, dict) else ""
            values[str(parameter.get("parameter_name") or index + 1)] = str(value)
    return values


def _template(world: World, message: Message, content: Json) -> Bubble:
    """Return a template filled in as it was sent, in its present wording."""
    template = world.templates.get(message.template_id)
    if template is None:
        return Bubble(f"Template {content['name']} (deleted since)")
    shape, components = shape_of(template), content.get("components") or []
    return Bubble(
        body=hydrate(shape.body_text, _values(components, "body")),
        header=hydrate(shape.header_text, _values(components, "header")),
        footer=str(component(template, "FOOTER").get("text", "")),
        media=_header_medium(shape, components),
        choices=_template_choices(shape, components),
    )


def _header_medium(shape: Shape, components: list[Json]) -> tuple[str, str]:
    """Return the medium of a template's header, if it has one."""
    kind = shape.header_format.lower()
    for part in components:
        if str(part.get("type")).lower() == "header" and kind in ("image", "video", "document"):
            return _medium(kind, part["parameters"][0][kind])
    return "", ""


def _template_choices(shape: Shape, components: list[Json]) -> tuple[Choice, ...]:
    """Return a template's buttons; the payload of a quick reply is the sender's, else its text."""
    given = {
        str(part.get("index")): part["parameters"][0]
        for part in components
        if str(part.get("type")).lower() == "button" and part.get("parameters")
    }
    choices = []
    for index, button in enumerate(shape.buttons):
        text, parameter = str(button.get("text", "")), given.get(str(index), {})
        if button.get("type") == "QUICK_REPLY":
            reply = {"payload": str(parameter.get("payload") or text), "text": text}
            choices.append(Choice(text, ("button", reply)))
        elif button.get("type") == "URL":
            url = hydrate(str(button.get("url")), {"1": str(parameter.get("text", ""))})
            choices.append(Choice(text, url=url))
        else:
            choices.append(Choice(text or str(button.get("type", "")).replace("_", " ").title()))
    return tuple(choices)


def _interactive(content: Json) -> Bubble:
    """Return an interactive message: reply buttons and list rows can be tapped."""
    header, action = content.get("header") or {}, content["action"]
    kind = header.get("type", "")
    return Bubble(
        body=str((content.get("body") or {}).get("text", "")),
        header=str(header.get("text", "")),
        footer=str((content.get("footer") or {}).get("text", "")),
        media=_medium(kind, header[kind]) if kind not in ("", "text") else ("", ""),
        choices=tuple(_interactive_choices(content["type"], action)),
    )


def _interactive_choices(kind: str, action: Json) -> list[Choice]:
    """Return the choices of an interactive message."""
    if kind == "button":
        return [_reply("button_reply", button["reply"]) for button in action["buttons"]]
    if kind == "list":
        return [
            _reply("list_reply", row) for section in action["sections"] for row in section["rows"]
        ]
    if kind == "cta_url":
        parameters = action["parameters"]
        return [Choice(parameters["display_text"], url=parameters["url"])]
    if kind == "flow":
        return [Choice(action["parameters"]["flow_cta"])]
    return [Choice(kind.replace("_", " ").capitalize())]


def _reply(kind: str, item: Json) -> Choice:
    """Return a choice that answers with `item`."""
    return Choice(item["title"], ("interactive", {"type": kind, kind: item}))
