"""Routes of media: the library of files to send, and the files of messages."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.media import (
    MediaCreate,
    MediaList,
    MediaOut,
    MediaUpload,
    MediaUploadOut,
    MessageMediaOut,
)
from chalicelib.services import media_library, message_media

api = routes(__name__, "media")
blueprint = api.blueprint


@api.route("POST", "/api/media/uploads", status=201, permission="media:write", errors=(Invalid,))
def request_media_upload(ctx: TenantContext, body: MediaUpload) -> MediaUploadOut:
    """Ask where to upload a file.

    PUT the file to `url` with the `content_type` that is answered and exactly the announced size,
    then take it into the library with its `upload_id`. What WhatsApp would not take is refused
    here already, with its rule.
    """
    return media_library.request_upload(ctx, body)


@api.route("POST", "/api/media", status=201, permission="media:write", errors=(Invalid, NotFound))
def create_media(ctx: TenantContext, body: MediaCreate) -> MediaOut:
    """Take an uploaded file into the library.

    Its content is checked: a file that is not what its type says, that is damaged, or that breaks
    a rule of WhatsApp's is refused with the reason. Repeating it answers the same file.
    """
    return media_library.create(ctx, body)


@api.route("GET", "/api/media", permission="media:read")
def list_media(ctx: TenantContext, query: PageQuery) -> MediaList:
    """List the files of the library, newest first."""
    return media_library.list_media(ctx, query)


@api.route("GET", "/api/media/{media_id}", permission="media:read", errors=(NotFound,))
def get_media(ctx: TenantContext, media_id: str) -> MediaOut:
    """Get a file of the library, with addresses good for 15 minutes."""
    return media_library.get_media(ctx, media_id)


@api.route(
    "DELETE",
    "/api/media/{media_id}",
    status=204,
    permission="media:write",
    errors=(NotFound, Upstream, Unavailable),
)
def delete_media(ctx: TenantContext, media_id: str) -> None:
    """Delete a file, here and at Meta; messages that carry it show it as expired."""
    media_library.delete(ctx, media_id)


@api.route(
    "GET",
    "/api/conversations/{contact_id}/messages/{message_id}/media",
    permission="conversations:read",
    errors=(NotFound,),
)
def get_message_media(ctx: TenantContext, contact_id: str, message_id: str) -> MessageMediaOut:
    """Get the file of a message, with addresses good for 15 minutes."""
    return message_media.get(ctx, contact_id, message_id)


@api.route(
    "POST",
    "/api/conversations/{contact_id}/messages/{message_id}/media",
    status=202,
    permission="conversations:write",
    errors=(NotFound, Conflict),
)
def fetch_message_media(ctx: TenantContext, contact_id: str, message_id: str) -> MessageMediaOut:
    """Fetch the file of a customer's message from WhatsApp again, where that failed."""
    return message_media.fetch_again(ctx, contact_id, message_id)
