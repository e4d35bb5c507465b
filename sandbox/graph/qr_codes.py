"""QR codes and short links of a number: `message_qrdls`."""

import base64
import hashlib

from sandbox.errors import invalid, no_such_object
from sandbox.model import Json
from sandbox.rules.shape import one_of, text_member

from .call import Call, page
from .number_assets import assets_of

MAX_CODES, _MAX_MESSAGE = 2000, 140


def _code(call: Call) -> str:
    """Return an unused code of 14 letters and digits."""
    text = f"{call.world.salt}|qr|{call.world.serial('qr')}".encode()
    return base64.b32encode(hashlib.blake2b(text, digest_size=9).digest()).decode()[:14]


def _shown(call: Call, item: Json) -> Json:
    """Return a code, with its picture's URL where the fields ask for one."""
    shown = {key: item[key] for key in ("code", "prefilled_message", "deep_link_url")}
    image = _image_format(call) or item.get("image", "")
    return {**shown, "qr_image_url": _image_url(call, item["code"], image)} if image else shown


def _image_format(call: Call) -> str:
    """Return the picture format that the fields ask for: `qr_image_url.format(PNG)`."""
    fields = str(call.params.get("fields") or "").upper()
    if "QR_IMAGE_URL" not in fields:
        return ""
    return "PNG" if "PNG" in fields else "SVG"


def _image_url(call: Call, code: str, kind: str) -> str:
    """Return where the picture of a code would be."""
    return f"{str(call.request.base_url).rstrip('/')}/qr/{code}.{kind.lower()}"


async def read_all(call: Call) -> Json:
    """GET /{phone_number_id}/message_qrdls?code=."""
    wanted = call.params.get("code")
    items = [i for i in assets_of(call).qr_codes.values() if wanted in (None, "", i["code"])]
    return page(call, [_shown(call, item) for item in items])


async def read(call: Call) -> Json:
    """GET /{phone_number_id}/message_qrdls/{code}."""
    return {"data": [_shown(call, _existing(call, call.rest))]}


def _existing(call: Call, code: str) -> Json:
    """Return the code's entry."""
    item = assets_of(call).qr_codes.get(code)
    if item is None:
        raise no_such_object(code, call.request.method.lower())
    return item


async def write(call: Call) -> Json:
    """POST /{phone_number_id}/message_qrdls: make a code, or change the text of the one named."""
    message = text_member(call.params, "prefilled_message", "prefilled_message", _MAX_MESSAGE)
    if code := call.params.get("code"):
        item = _existing(call, str(code))
        item["prefilled_message"] = message
        return _shown(call, item)
    assets = assets_of(call)
    if len(assets.qr_codes) >= MAX_CODES:
        raise invalid("message_qrdls", f"can be at most {MAX_CODES} for a number.")
    image = call.params.get("generate_qr_image")
    if image is not None:
        one_of(image, ("PNG", "SVG"), "generate_qr_image")
    code = _code(call)
    item = {
        "code": code,
        "prefilled_message": message,
        "deep_link_url": f"https://wa.me/message/{code}",
        "image": image or "",
    }
    assets.qr_codes[code] = item
    return _shown(call, item)


async def delete(call: Call) -> Json:
    """DELETE /{phone_number_id}/message_qrdls/{code}."""
    del assets_of(call).qr_codes[_existing(call, call.rest)["code"]]
    return {"success": True}
