"""Files at Meta: uploaded to a number, looked up, downloaded, deleted; samples uploaded resumably.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
https://developers.facebook.com/docs/graph-api/guides/upload

Files of 100 MB go through in pieces: nothing here holds one in memory. A download carries the
number's token, so it goes to Meta's own hosts only, wherever the URL came from, and to addresses of
the public internet only, whatever the name resolves to.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import IO, TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from chalicelib.core.config import settings
from chalicelib.whatsapp.client import (
    RETRY_FOR_S,
    GraphClient,
    graph_client,
    new_http,
    transport_error,
)
from chalicelib.whatsapp.errors import (
    OutcomeUnknown,
    Refused,
    Unreachable,
    WhatsAppError,
)
from chalicelib.whatsapp.graph import (
    GraphRequest,
    authorization,
    base_url,
    node,
    proof,
    read_answer,
)
from chalicelib.whatsapp.retrying import delay_s

if TYPE_CHECKING:
    import httpx

# An uploaded file is kept 30 days, one that came by a webhook 7.
UPLOADED_DAYS = 30
SAMPLE_TYPES = frozenset({"application/pdf", "image/jpeg", "image/png", "video/mp4"})

_META_HOSTS = ("facebook.com", "fbcdn.net", "fbsbx.com", "whatsapp.net")
# Meta's file servers refuse some clients that do not look like a browser.
_USER_AGENT = "Mozilla/5.0 (compatible; Parley)"
_PIECE_BYTES = 256 * 1024
_CONNECTIONS = 8
_MOST_REDIRECTS = 3
_MOST_TRIES = 4
_MOST_WORDS = 2048
# Of the 60 s that the consumer has; a server that trickles is given up.
_DOWNLOAD_S = 50.0
_NO_OBJECT = 33


T = TypeVar("T")


class MediaGone(Refused):
    """Meta has no such file (any more), or not for this number."""


class MediaTooLarge(Refused):
    """The file has more bytes than the caller takes."""


class ForeignHost(Refused):
    """A download would have carried the token to a host or address that is not Meta's."""


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What Meta says of a file; `url` lasts five minutes and needs the token, `sha256` is hex."""

    media_id: str
    url: str
    mime_type: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was downloaded: what Meta said of it, and what its bytes show."""

    facts: MediaFacts
    size_bytes: int
    sha256: str


def info_request(media_id: str, phone_number_id: str) -> GraphRequest:
    """Return the call for a file's facts and its URL."""
    return GraphRequest("GET", node(media_id), params={"phone_number_id": phone_number_id})


def delete_request(media_id: str, phone_number_id: str) -> GraphRequest:
    """Return the call that deletes a file at Meta."""
    return GraphRequest("DELETE", node(media_id), params={"phone_number_id": phone_number_id})


def read_facts(answer: dict[str, Any]) -> MediaFacts:
    """Return the facts of a file; OutcomeUnknown if the answer gives no URL."""
    url, size = answer.get("url"), str(answer.get("file_size"))
    if not isinstance(url, str) or not url:
        raise OutcomeUnknown("Meta answered 200 without the file's URL", status=200)
    return MediaFacts(
        media_id=str(answer.get("id") or ""),
        url=url,
        mime_type=str(answer.get("mime_type") or ""),
        sha256=str(answer.get("sha256") or "").lower(),
        size_bytes=int(size) if size.isdecimal() else 0,
    )


def is_gone(error: WhatsAppError) -> bool:
    """Tell whether a refusal says that there is no such file."""
    return isinstance(error, MediaGone) or error.code == _NO_OBJECT or error.status == 404


def is_metas(url: str) -> bool:
    """Tell whether a token may go to `url`: Meta's hosts by https, or where the Graph API is.

    The latter is the sandbox's address on a developer's machine.
    """
    try:
        parts, graph = urlsplit(url), urlsplit(settings().graph_url)
        if (parts.scheme, parts.hostname, parts.port) == (graph.scheme, graph.hostname, graph.port):
            return parts.username is None
        host = parts.hostname or ""
        return (
            parts.scheme == "https"
            and parts.port in {None, 443}
            and parts.username is None
            and any(host == own or host.endswith(f".{own}") for own in _META_HOSTS)
        )
    except ValueError:
        return False


class MediaClient:
    """Transfers of files, with timeouts; safe to share between threads."""

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        graph: GraphClient | None = None,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        from chalicelib.whatsapp.public_network import PublicTransport

        headers = {"User-Agent": _USER_AGENT}
        transport = transport or PublicTransport(_CONNECTIONS)
        self._http = new_http(transport, max_connections=_CONNECTIONS, headers=headers)
        self._graph = graph
        self._sleep, self._draw = sleep, draw

    @property
    def _calls(self) -> GraphClient:
        return self._graph or graph_client()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def upload(
        self, token: str, phone_number_id: str, file: IO[bytes], mime_type: str, filename: str
    ) -> str:
        """Upload an open file to a number and return Meta's id of it. Raises WhatsAppError.

        What fails for a moment is tried again, for doing it twice is harmless: Meta then has the
        file under two ids.
        """

        def attempt() -> dict[str, Any]:
            file.seek(0)
            return self._send(
                "POST",
                f"{base_url()}{node(phone_number_id, 'media')}",
                params=proof(token),
                headers=authorization(token),
                data={"messaging_product": "whatsapp", "type": mime_type},
                files={"file": (filename, file, mime_type)},
            )

        media_id = self._patiently(attempt).get("id")
        if not isinstance(media_id, str) or not media_id:
            raise OutcomeUnknown("Meta answered 200 without a media id", status=200)
        return media_id

    def fetch(
        self, token: str, phone_number_id: str, media_id: str, into: IO[bytes], max_bytes: int
    ) -> Fetched:
        """Download a file into `into`, emptied first; a URL that has run out is asked for again.

        Raises MediaGone, MediaTooLarge (as soon as it is known), ForeignHost, and WhatsAppError,
        of which also OutcomeUnknown may be repeated: nothing is changed at Meta. 2 to 4 requests.
        """
        for is_last in (False, True):
            try:
                answer = self._calls.call(token, info_request(media_id, phone_number_id))
            except WhatsAppError as error:
                if is_gone(error):
                    raise MediaGone(error.detail, error.code, status=error.status) from error
                raise
            facts = read_facts(answer)
            if facts.size_bytes > max_bytes:
                raise _too_large(max_bytes)
            try:
                size_bytes, sha256 = self._patiently(
                    partial(self.download, token, facts.url, into, max_bytes)
                )
            except MediaGone:
                if is_last:
                    raise
                continue
            return Fetched(facts, size_bytes, sha256)
        raise AssertionError  # pragma: no cover - the last turn returns or raises

    def download(self, token: str, url: str, into: IO[bytes], max_bytes: int) -> tuple[int, str]:
        """Write what `url` gives into `into`, emptied first; return its size and SHA-256 in hex.

        Redirects are followed to Meta's hosts only. Raises as `fetch` does.
        """
        import httpx

        from chalicelib.whatsapp.public_network import PrivateAddress

        for _ in range(_MOST_REDIRECTS + 1):
            if not is_metas(url):
                raise ForeignHost(f"the file is at {urlsplit(url).hostname}, which is not Meta's")
            headers = {**authorization(token), "Accept-Encoding": "identity"}
            into.seek(0)
            into.truncate()
            try:
                with self._http.stream("GET", url, headers=headers) as answer:
                    if not answer.is_redirect:
                        return _receive(answer, into, max_bytes)
                    url = urljoin(url, answer.headers.get("location", ""))
            except PrivateAddress as error:
                raise ForeignHost(f"the file's host is not public: {error}") from error
            except httpx.HTTPError as error:
                raise transport_error(error) from error
        raise Refused("the file's URL redirects too often")

    def upload_sample(
        self, token: str, app_id: str, file: IO[bytes], mime_type: str, filename: str
    ) -> str:
        """Upload an open file resumably and return the handle that stands for it.

        For a template's header (`example.header_handle`) and a profile's picture; a handle is no
        media id. An interruption is resumed where Meta says that it stopped. Raises WhatsAppError.
        """
        length = file.seek(0, 2)
        opened = self._calls.call(
            token,
            GraphRequest(
                "POST",
                node(app_id, "uploads"),
                params={
                    "file_name": filename,
                    "file_length": str(length),
                    "file_type": mime_type,
                },
            ),
        )
        session = str(opened.get("id") or "")
        if not session.startswith("upload:"):
            raise OutcomeUnknown("Meta opened no upload session", status=200)
        offset = 0
        for turns_left in reversed(range(_MOST_TRIES)):
            try:
                answer = self._append(token, session, file, offset, length)
            except (OutcomeUnknown, Unreachable):
                if not turns_left:
                    raise
                answer = self._session(token, session)
            if isinstance(answer.get("h"), str):
                return str(answer["h"])
            offset = _offset(answer, length)
        raise OutcomeUnknown("Meta did not take the whole file")

    def _append(
        self, token: str, session: str, file: IO[bytes], offset: int, length: int
    ) -> dict[str, Any]:
        return self._send(
            "POST",
            _session_url(token, session),
            headers={
                "Authorization": f"OAuth {token}",
                "file_offset": str(offset),
                "Content-Type": "application/octet-stream",
                "Content-Length": str(length - offset),
            },
            content=_pieces(file, offset),
        )

    def _session(self, token: str, session: str) -> dict[str, Any]:
        headers = {"Authorization": f"OAuth {token}"}
        return self._send("GET", _session_url(token, session), headers=headers)

    def _patiently(self, attempt: Callable[[], T]) -> T:
        """Return what `attempt` gives, which may be repeated, as `retrying` says of reads."""
        started, failures = time.monotonic(), 0
        while True:
            try:
                return attempt()
            except WhatsAppError as error:
                failures += 1
                wait_s = delay_s(error, failures, self._draw(), is_read=True)
                if wait_s is None or time.monotonic() - started + wait_s > RETRY_FOR_S:
                    raise
            self._sleep(wait_s)

    def _send(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        import httpx

        try:
            answer = self._http.request(method, url, **options)
        except httpx.HTTPError as error:
            raise transport_error(error) from error
        return read_answer(answer.status_code, answer.content)


@cache
def media_client() -> MediaClient:
    """Return this process's client."""
    return MediaClient()


def _session_url(token: str, session: str) -> str:
    """Return the address of an upload session, whose id may carry a query of its own."""
    import httpx

    return str(httpx.URL(f"{base_url()}/{session}").copy_merge_params(proof(token)))


def _receive(answer: httpx.Response, into: IO[bytes], max_bytes: int) -> tuple[int, str]:
    if answer.status_code in {404, 410}:
        raise MediaGone("the file's URL has run out", status=answer.status_code)
    if answer.status_code != 200:
        words = b"".join(_at_most(answer.iter_raw(_MOST_WORDS), _MOST_WORDS))
        read_answer(answer.status_code, words)  # raises what Meta says
    digest, size_bytes, started = hashlib.sha256(), 0, time.monotonic()
    for piece in answer.iter_raw(_PIECE_BYTES):
        size_bytes += len(piece)
        if size_bytes > max_bytes:
            raise _too_large(max_bytes)
        if time.monotonic() - started > _DOWNLOAD_S:
            raise OutcomeUnknown("the file did not arrive in time")
        digest.update(piece)
        into.write(piece)
    return size_bytes, digest.hexdigest()


def _at_most(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:count]
        count -= len(piece)
        if count <= 0:
            return


def _pieces(file: IO[bytes], offset: int) -> Iterator[bytes]:
    file.seek(offset)
    while piece := file.read(_PIECE_BYTES):
        yield piece


def _offset(answer: dict[str, Any], length: int) -> int:
    """Return where to go on; OutcomeUnknown if Meta does not say."""
    text = str(answer.get("file_offset"))
    if not text.isdecimal() or int(text) > length:
        raise OutcomeUnknown("Meta does not say how much of the file it has", status=200)
    return int(text)


def _too_large(max_bytes: int) -> MediaTooLarge:
    return MediaTooLarge(f"the file has more than {max_bytes // (1024 * 1024)} MB")
