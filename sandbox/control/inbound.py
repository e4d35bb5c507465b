"""Reading what a person writes, of every type that Meta tells of."""

import base64
import hashlib
from binascii import Error as Base64Error
from typing import Any, NamedTuple

from sandbox.errors import webhook_error
from sandbox.model import Json, Media
from sandbox.rules.phone import to_wa_id
from sandbox.samples import sample
from sandbox.simulation import Simulation

from .parse import Refused, number_of, parse_flag, parse_objects, parse_text

_MAX_TEXT = 4096
_MAX_BYTES = 16 * 1024 * 1024
MEDIA = ("image", "audio", "video", "document", "sticker")
_REPLIES = ("button_reply", "list_reply", "nfm_reply", "call_permission_reply")
# Types whose member is given as it is, with the members that it must have.
_PLAIN: dict[str, tuple[str, ...]] = {
    "button": ("payload", "text"),
    "location": ("latitude", "longitude"),
    "order": ("catalog_id", "product_items"),
    "reaction": ("message_id",),
    "system": ("body", "type"),
    "edit": ("original_message_id", "message"),
    "revoke": ("original_message_id",),
}
TYPES = ("text", *MEDIA, "contacts", "interactive", *_PLAIN, "unsupported", "request_welcome")
# Members beside the one that the type names.
_BESIDE = ("referral", "context", "contact", "errors", "group_id", "identity", "unsupported")


class Written(NamedTuple):
    """What a person writes: to which number, its type and content, what it quotes, what else."""

    phone_number_id: str
    type: str
    content: Any
    context_id: str
    extra: Json


def read_person_message(simulation: Simulation, wa_id: str, body: Json) -> Written:
    """Return what a person writes, or raise Refused (404, 422) with what can be.

    Media have `content_base64` and `mime_type`, or nothing: then a small real file is sent.
    """
    check_wa_id(wa_id)
    number = number_of(simulation, body.get("phone_number_id"))
    kind = parse_text(body, "type", default="text")
    if kind not in TYPES:
        raise Refused(422, f"type must be one of {', '.join(TYPES)}")
    context_id = parse_text(body, "context_message_id", default="")
    world = simulation.world
    quoted = world.messages.get(context_id) or world.inbound.get(context_id)
    if context_id and (quoted is None or (quoted.phone_number_id, quoted.wa_id) != (number, wa_id)):
        raise Refused(404, f"no message {context_id!r} in this conversation")
    extra = {name: body[name] for name in _BESIDE if body.get(name) is not None}
    for name in ("referral", "context", "contact", "identity"):
        if not isinstance(extra.get(name, {}), dict):
            raise Refused(422, f"{name} must be an object")
    if kind == "unsupported" and "errors" not in extra:
        error = webhook_error(131051, "Message type is currently not supported.")
        del error["href"]
        extra["errors"] = [{**error, "title": "Message type unknown"}]
    return Written(number, kind, _content(simulation, number, kind, body), context_id, extra)


def check_wa_id(wa_id: str) -> str:
    """Return a wa_id, or raise Refused for anything but the digits of a phone number."""
    if to_wa_id(wa_id) != wa_id:
        raise Refused(422, "wa_id must be the digits of a phone number, such as 15550111111")
    return wa_id


def _content(simulation: Simulation, number: str, kind: str, body: Json) -> Json | list[Any] | None:
    """Return the member that the type names; None for a message that has none."""
    value = body.get(kind)
    if kind == "text":
        text = parse_text(body, "text")
        if not text.strip() or len(text) > _MAX_TEXT:
            raise Refused(422, f"text must have from 1 to {_MAX_TEXT} characters")
        return {"body": text}
    if kind in MEDIA:
        return _media(simulation, number, kind, body)
    if kind in ("unsupported", "request_welcome"):
        return None
    if kind == "contacts":
        return parse_objects(body, kind)
    if not isinstance(value, dict):
        raise Refused(422, f"{kind} must be an object")
    if kind == "interactive":
        reply = value.get("type")
        if reply not in _REPLIES or not isinstance(value.get(reply), dict):
            raise Refused(422, f"interactive must have a type of {', '.join(_REPLIES)} and that")
        return value
    missing = [name for name in _PLAIN[kind] if value.get(name) in (None, "")]
    if missing:
        raise Refused(422, f"{kind} must have {', '.join(missing)}")
    return value


def _media(simulation: Simulation, number: str, kind: str, body: Json) -> Json:
    """Keep the file that a person sends and return the media object of its webhook."""
    value = body.get(kind, {})
    if not isinstance(value, dict):
        raise Refused(422, f"{kind} must be an object")
    voice, animated = parse_flag(value, "voice"), parse_flag(value, "animated")
    which = "voice" if voice else "animated" if animated and kind == "sticker" else kind
    content, mime_type, file_name = sample(which)
    if "content_base64" in body:
        content = _bytes(parse_text(body, "content_base64"))
        mime_type = parse_text(body, "mime_type", default=mime_type)
    digest = hashlib.sha256(content)
    media = Media(
        simulation.world.new_id("media"),
        number,
        mime_type.partition(";")[0],
        digest.hexdigest(),
        len(content),
        base64.b64encode(content).decode(),
        simulation.clock.now(),
        received=True,
    )
    simulation.world.media[media.id] = media
    shown: Json = {"caption": value["caption"]} if value.get("caption") else {}
    if kind == "document":
        shown["filename"] = value.get("filename", file_name)
    shown |= {
        "mime_type": mime_type,
        "sha256": base64.b64encode(digest.digest()).decode(),
        "id": media.id,
    }
    if kind == "audio":
        shown["voice"] = voice
    elif kind == "sticker":
        shown["animated"] = animated
    return shown


def _bytes(text: str) -> bytes:
    """Return what a base64 text stands for."""
    try:
        content = base64.b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise Refused(422, "content_base64 must be base64") from error
    if not 0 < len(content) <= _MAX_BYTES:
        raise Refused(422, f"content_base64 must be from 1 to {_MAX_BYTES} bytes")
    return content
