"""Media of a number: upload, ask for a URL, download, delete; and resumable uploads for samples."""

import base64
import hashlib
import hmac

from starlette.datastructures import UploadFile
from starlette.responses import Response

from sandbox.errors import GraphError, invalid, known, no_such_object, required
from sandbox.model import Json, Media
from sandbox.rules.media import check_file, media_expired
from sandbox.rules.shape import one_of

from .call import Call

_URL_LIFE_S = 300
_SAMPLE_TYPES = ("application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4")


async def upload(call: Call) -> Json:
    """POST /{phone_number_id}/media (multipart: messaging_product, file, type)."""
    number = call.world.numbers[call.object_id]
    call.require_account(number.waba_id)
    if not call.request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise required("file")
    async with call.request.form() as form:
        one_of(form.get("messaging_product"), ("whatsapp",), "messaging_product")
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise required("file")
        content = await file.read()
        kind = str(form.get("type") or file.content_type or "")
    mime_type = check_file(kind, content)
    media = Media(
        id=call.world.new_id("media"),
        phone_number_id=number.id,
        mime_type=mime_type,
        sha256=hashlib.sha256(content).hexdigest(),
        file_size=len(content),
        content=base64.b64encode(content).decode(),
        uploaded_at=call.simulation.clock.now(),
    )
    call.world.media[media.id] = media
    return {"id": media.id}


def _media(call: Call) -> Media:
    """Return the call's media object if the token reaches it and it belongs to the number named."""
    media = call.world.media[call.object_id]
    call.require_account(call.world.numbers[media.phone_number_id].waba_id)
    number = call.params.get("phone_number_id")
    expired = media_expired(media, call.simulation.clock.now())
    if expired or (number is not None and str(number) != media.phone_number_id):
        raise no_such_object(media.id, call.request.method.lower())
    return media


async def read(call: Call) -> Json:
    """GET /{media}: its facts and a URL that lasts five minutes."""
    media = _media(call)
    expires = int(call.simulation.clock.now()) + _URL_LIFE_S
    base = str(call.request.base_url).rstrip("/")
    seal = _seal(call, media.id, expires)
    url = f"{base}/whatsapp_business/attachments/{media.id}/{expires}/{seal}"
    return {
        "messaging_product": "whatsapp",
        "url": url,
        "mime_type": media.mime_type,
        "sha256": media.sha256,
        "file_size": media.file_size,
        "id": media.id,
    }


def _seal(call: Call, media_id: str, expires: int) -> str:
    """Return what proves that a download URL was given out by this sandbox."""
    text = f"{media_id}|{expires}".encode()
    return hmac.new(call.world.app.secret.encode(), text, hashlib.sha256).hexdigest()[:32]


async def download(call: Call) -> Response:
    """GET the URL of a media object, with the token; 404 once it has expired."""
    media_id, expires, seal = (*call.rest.split("/"), "", "", "")[:3]
    if not (media_id and expires and seal):
        return Response(status_code=404)
    good = expires.isdigit() and hmac.compare_digest(_seal(call, media_id, int(expires)), seal)
    media = call.world.media.get(media_id)
    now = call.simulation.clock.now()
    if not good or int(expires) < now or media is None or media_expired(media, now):
        return Response(status_code=404)
    call.require_account(call.world.numbers[media.phone_number_id].waba_id)
    return Response(base64.b64decode(media.content), media_type=media.mime_type)


async def delete(call: Call) -> Json:
    """DELETE /{media}."""
    del call.world.media[_media(call).id]
    return {"success": True}


async def open_upload(call: Call) -> Json:
    """POST /{app}/uploads: begin a resumable upload of a sample, given file_length, file_type."""
    length = str(call.params.get("file_length", ""))
    if not length.isdigit() or int(length) < 1:
        raise invalid("file_length", "must be the file's size in bytes.")
    kind = one_of(call.params.get("file_type"), _SAMPLE_TYPES, "file_type")
    serial = call.world.serial("upload")
    name = base64.urlsafe_b64encode(f"{call.world.salt}|{serial}".encode()).decode().rstrip("=")
    upload_id = f"upload:{name}"
    call.world.uploads[upload_id] = {"length": int(length), "type": kind, "content": ""}
    return {"id": upload_id}


async def continue_upload(call: Call) -> Json:
    """POST /upload:{id} with file_offset and raw bytes: the handle when all bytes have arrived."""
    state = call.world.uploads[call.object_id]
    received = base64.b64decode(state["content"])
    if str(call.request.headers.get("file_offset", "0")) != str(len(received)):
        raise known(131009, f"file_offset must be {len(received)}: that much has been received.")
    received += await call.request.body()
    if len(received) > state["length"]:
        raise GraphError("(#100) More bytes were received than file_length said")
    state["content"] = base64.b64encode(received).decode()
    if len(received) < state["length"]:
        return {"id": call.object_id, "file_offset": len(received)}
    digest = base64.urlsafe_b64encode(hashlib.sha256(received).digest()).decode().rstrip("=")
    return {"h": f"4::{base64.b64encode(state['type'].encode()).decode()}:{digest}"}


async def read_upload(call: Call) -> Json:
    """GET /upload:{id}: how much has been received."""
    received = base64.b64decode(call.world.uploads[call.object_id]["content"])
    return {"id": call.object_id, "file_offset": len(received)}
