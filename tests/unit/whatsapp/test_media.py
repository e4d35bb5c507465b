"""Files at Meta over real sockets: where the token goes, how much is read, what is resumed."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chalicelib.core.config import settings
from chalicelib.whatsapp.client import GraphClient
from chalicelib.whatsapp.errors import OutcomeUnknown, Refused, TokenRefused, Unreachable
from chalicelib.whatsapp.media import (
    ForeignHost,
    MediaClient,
    MediaGone,
    MediaTooLarge,
    is_metas,
)

TOKEN = "EAA-secret"
NUMBER, MEDIA = "3001", "600"
BODY = bytes(range(256)) * 40
MB = 1024 * 1024

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers a request as the test's `Meta` says, and remembers it."""

    server: Meta

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer()

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        seen = Seen(self.command, self.path, dict(self.headers))
        self.server.seen.append(seen)
        if (length := self.headers.get("Content-Length")) is not None and path not in CUT:
            seen.body = self.rfile.read(int(length))
        queue = self.server.answers[path]
        (queue.pop(0) if len(queue) > 1 else queue[0])(self)

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Write one answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing on standard error."""


CUT = {"/v26.0/upload:cut"}


@dataclass
class Seen:
    """A request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class _State:
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)


class Meta(ThreadingHTTPServer):
    """A Graph API whose answers a test chooses, path by path; the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        state = _State()
        self.answers, self.seen = state.answers, state.seen

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def says(self, path: str, *answers: Answer) -> None:
        """Set the answers of a path."""
        self.answers[path] = list(answers)

    def has_file(self, body: bytes = BODY, **changes: Any) -> None:
        """Have a media object whose URL gives `body`."""
        facts = {
            "id": MEDIA,
            "url": f"{self.url}/file",
            "mime_type": "image/jpeg",
            "sha256": hashlib.sha256(body).hexdigest(),
            "file_size": len(body),
        }
        self.says(f"/v26.0/{MEDIA}", answering(facts | changes))
        self.says("/file", lambda h: h.reply(200, body))


def answering(payload: dict[str, Any], status: int = 200) -> Answer:
    """Return an answer of JSON."""
    body = json.dumps(payload).encode()
    return lambda h: h.reply(status, body)


@pytest.fixture
def meta(monkeypatch: pytest.MonkeyPatch) -> Iterator[Meta]:
    """Serve a Graph API that Parley uses."""
    server = Meta()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("GRAPH_URL", server.url)
    settings.cache_clear()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    settings.cache_clear()


@pytest.fixture
def client(meta: Meta) -> Iterator[MediaClient]:
    """Give a client of that API."""
    graph = GraphClient(sleep=_at_once)
    media = MediaClient(graph=graph, sleep=_at_once)
    yield media
    media.close()
    graph.close()


def _at_once(_seconds: float) -> None:
    """Wait for nothing."""


def fetch(client: MediaClient, into: io.BytesIO, max_bytes: int = MB) -> Any:
    """Fetch the one file."""
    return client.fetch(TOKEN, NUMBER, MEDIA, into, max_bytes)


def test_fetch(meta: Meta, client: MediaClient) -> None:
    """The bytes, their number and their SHA-256; the number is named, the token goes along."""
    meta.has_file()
    into = io.BytesIO(b"left over from before" * 1000)
    found = fetch(client, into)
    assert into.getvalue() == BODY
    assert (found.size_bytes, found.sha256) == (len(BODY), hashlib.sha256(BODY).hexdigest())
    asked, downloaded = meta.seen
    assert asked.path == f"/v26.0/{MEDIA}?phone_number_id={NUMBER}"
    assert downloaded.headers["Authorization"] == f"Bearer {TOKEN}"
    assert downloaded.headers["User-Agent"].startswith("Mozilla/5.0")


def test_url_that_has_run_out_is_asked_for_again(meta: Meta, client: MediaClient) -> None:
    """One 404 leads to a new URL; a second means that the file is gone."""
    meta.has_file()
    meta.says("/file", lambda h: h.reply(404), lambda h: h.reply(200, BODY))
    into = io.BytesIO()
    fetch(client, into)
    assert into.getvalue() == BODY
    meta.says("/file", lambda h: h.reply(404))
    meta.seen.clear()
    with pytest.raises(MediaGone):
        fetch(client, into)
    assert len(meta.seen) == 4


def test_no_such_file(meta: Meta, client: MediaClient) -> None:
    """Meta's 'object does not exist' (100, subcode 33) is MediaGone."""
    error = {"message": "Unsupported get request.", "code": 100, "error_subcode": 33}
    meta.says(f"/v26.0/{MEDIA}", answering({"error": error}, 400))
    with pytest.raises(MediaGone):
        fetch(client, io.BytesIO())


def test_dead_token(meta: Meta, client: MediaClient) -> None:
    """A token that is refused is told apart, by the API and by the file server."""
    refused = answering({"error": {"message": "Session has expired.", "code": 190}}, 401)
    meta.has_file()
    meta.says("/file", refused)
    with pytest.raises(TokenRefused):
        fetch(client, io.BytesIO())
    meta.says(f"/v26.0/{MEDIA}", refused)
    with pytest.raises(TokenRefused):
        fetch(client, io.BytesIO())


@pytest.mark.parametrize("is_announced", [True, False])
def test_more_bytes_than_allowed(meta: Meta, client: MediaClient, *, is_announced: bool) -> None:
    """A file that is too large is not read: by what Meta says, or while it comes."""
    body = bytes(3 * MB)
    meta.has_file(body, **({} if is_announced else {"file_size": 10}))
    into = io.BytesIO()
    with pytest.raises(MediaTooLarge, match="more than 1 MB"):
        fetch(client, into, max_bytes=MB)
    assert len(into.getvalue()) <= MB
    assert len(meta.seen) == (1 if is_announced else 2)


def test_a_body_that_breaks_off(meta: Meta, client: MediaClient) -> None:
    """A connection that ends early is no file, and may be tried again."""
    meta.has_file()
    meta.says("/file", _cut_short)
    with pytest.raises(OutcomeUnknown):
        fetch(client, io.BytesIO())


def _cut_short(handler: Handler) -> None:
    handler.reply(200, BODY, **{"Content-Length": str(len(BODY) + 1)})
    handler.close_connection = True


@pytest.mark.parametrize(
    "url",
    [
        "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
        "https://scontent.xx.fbcdn.net/v/t1",
        "https://mmg.whatsapp.net/d/f/x",
        "https://graph.facebook.com:443/v26.0/1",
    ],
)
def test_metas_hosts(url: str) -> None:
    """The token may go to Meta's own hosts."""
    assert is_metas(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://lookaside.fbsbx.com/x",
        "https://fbsbx.com.evil.example/x",
        "https://evilfbsbx.com/x",
        "https://lookaside.fbsbx.com@evil.example/x",
        "https://user:pw@lookaside.fbsbx.com/x",  # pragma: allowlist secret
        "https://lookaside.fbsbx.com:8443/x",
        "https://127.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "file:///etc/passwd",
        "//fbsbx.com/x",
        "https://[bad",
        "https://fbsbx.com:notaport/",
        "",
    ],
)
def test_other_hosts(url: str) -> None:
    """It goes nowhere else, however the address is dressed."""
    assert not is_metas(url)


def test_token_stays_with_meta(meta: Meta, client: MediaClient) -> None:
    """Neither a URL nor a redirect to another host is followed, nor are redirects for ever."""
    other = Meta()
    thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        other.says("/file", lambda h: h.reply(200, BODY))
        meta.has_file(url=f"{other.url}/file")
        with pytest.raises(ForeignHost):
            fetch(client, io.BytesIO())
        meta.has_file()
        meta.says("/file", lambda h: h.reply(302, Location=f"{other.url}/file"))
        with pytest.raises(ForeignHost):
            fetch(client, io.BytesIO())
        assert other.seen == []
    finally:
        other.shutdown()
        thread.join()
        other.server_close()
    meta.says("/file", lambda h: h.reply(302, Location="/elsewhere"))
    meta.says("/elsewhere", lambda h: h.reply(200, BODY))
    assert fetch(client, io.BytesIO()).size_bytes == len(BODY)
    meta.says("/elsewhere", lambda h: h.reply(302, Location="/file"))
    with pytest.raises(Refused, match="redirects too often"):
        fetch(client, io.BytesIO())


def test_upload(meta: Meta, client: MediaClient) -> None:
    """An upload is multipart with Meta's three fields, from the file's beginning."""
    meta.says(f"/v26.0/{NUMBER}/media", answering({"id": "601"}))
    file = io.BytesIO(BODY)
    file.seek(0, 2)
    assert client.upload(TOKEN, NUMBER, file, "image/jpeg", "a.jpeg") == "601"
    (seen,) = meta.seen
    assert seen.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="messaging_product"\r\n\r\nwhatsapp\r\n' in seen.body
    assert b'name="type"\r\n\r\nimage/jpeg\r\n' in seen.body
    assert b'filename="a.jpeg"\r\nContent-Type: image/jpeg\r\n\r\n' + BODY in seen.body


def test_what_fails_for_a_moment_is_tried_again(meta: Meta, client: MediaClient) -> None:
    """Uploads and downloads may be done twice, so a 503 or a broken connection is tried again."""
    meta.says(f"/v26.0/{NUMBER}/media", lambda h: h.reply(503), answering({"id": "601"}))
    assert client.upload(TOKEN, NUMBER, io.BytesIO(BODY), "image/jpeg", "a.jpeg") == "601"
    assert BODY in meta.seen[-1].body
    meta.has_file()
    meta.says("/file", _cut_short, lambda h: h.reply(502), lambda h: h.reply(200, BODY))
    into = io.BytesIO()
    assert fetch(client, into).size_bytes == len(BODY)
    assert into.getvalue() == BODY


def test_proof_of_the_app_secret(
    meta: Meta, client: MediaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where tokens need it, each call of the Graph API carries it, an upload session's too."""
    monkeypatch.setattr("chalicelib.whatsapp.media.proof", lambda _token: {"appsecret_proof": "p"})
    meta.says(f"/v26.0/{NUMBER}/media", answering({"id": "601"}))
    client.upload(TOKEN, NUMBER, io.BytesIO(BODY), "image/jpeg", "a.jpeg")
    meta.says("/v26.0/1002/uploads", answering({"id": "upload:MTphdA==?sig=AR_x"}))
    meta.says("/v26.0/upload:MTphdA==", answering({"h": "4::aW1h"}))
    upload_sample(client)
    assert meta.seen[0].path == f"/v26.0/{NUMBER}/media?appsecret_proof=p"
    assert meta.seen[-1].path == "/v26.0/upload:MTphdA==?sig=AR_x&appsecret_proof=p"


def test_upload_without_an_id(meta: Meta, client: MediaClient) -> None:
    """A 200 that names no id leaves the outcome open."""
    meta.says(f"/v26.0/{NUMBER}/media", answering({}))
    with pytest.raises(OutcomeUnknown):
        client.upload(TOKEN, NUMBER, io.BytesIO(BODY), "image/jpeg", "a.jpeg")


def upload_sample(client: MediaClient) -> str:
    """Upload the sample."""
    return client.upload_sample(TOKEN, "1002", io.BytesIO(BODY), "application/pdf", "a.pdf")


def test_sample(meta: Meta, client: MediaClient) -> None:
    """A sample is opened with name, length and type, and sent with OAuth and an offset."""
    meta.says("/v26.0/1002/uploads", answering({"id": "upload:MTphdA==?sig=AR_x"}))
    meta.says("/v26.0/upload:MTphdA==", answering({"h": "4::aW1h"}))
    assert upload_sample(client) == "4::aW1h"
    opened, sent = meta.seen
    assert opened.path.partition("?")[2] == (
        f"file_name=a.pdf&file_length={len(BODY)}&file_type=application%2Fpdf"
    )
    assert sent.path == "/v26.0/upload:MTphdA==?sig=AR_x"
    assert sent.headers["Authorization"] == f"OAuth {TOKEN}"
    assert sent.headers["file_offset"] == "0"
    assert "Transfer-Encoding" not in sent.headers
    assert sent.body == BODY


def test_sample_is_resumed(meta: Meta, client: MediaClient) -> None:
    """A connection that breaks is resumed at the offset that Meta has reached."""
    meta.says("/v26.0/1002/uploads", answering({"id": "upload:cut"}))
    got = b""

    def cut(handler: Handler) -> None:
        nonlocal got
        got = handler.rfile.read(5000)
        handler.close_connection = True

    def finish(handler: Handler) -> None:
        nonlocal got
        assert handler.headers["file_offset"] == "5000"
        got += handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.reply(200, b'{"h": "4::done"}')

    told = answering({"id": "upload:cut", "file_offset": 5000})
    meta.says("/v26.0/upload:cut", cut, told, finish)
    assert upload_sample(client) == "4::done"
    assert got == BODY
    assert [seen.method for seen in meta.seen] == ["POST", "POST", "GET", "POST"]


def test_sample_is_not_resumed_for_ever(meta: Meta, client: MediaClient) -> None:
    """After four tries the interruption is the caller's; a refusal is so at once."""
    meta.says("/v26.0/1002/uploads", answering({"id": "upload:x"}))
    meta.says("/v26.0/upload:x", answering({"id": "upload:x", "file_offset": 0}))
    with pytest.raises(OutcomeUnknown):
        upload_sample(client)
    assert len(meta.seen) == 1 + 4
    meta.seen.clear()
    meta.says("/v26.0/upload:x", answering({"error": {"message": "No.", "code": 100}}, 400))
    with pytest.raises(Refused):
        upload_sample(client)
    assert len(meta.seen) == 2


def test_large_files_do_not_stand_in_memory(meta: Meta, client: MediaClient) -> None:
    """48 MB go up, down and into a sample's session with a few MB of memory."""
    size = 48 * MB
    meta.says("/v26.0/upload:cut", lambda h: _swallow(h, size, b'{"h": "4::x"}'))
    meta.says("/v26.0/1002/uploads", answering({"id": "upload:cut"}))
    CUT.add(f"/v26.0/{NUMBER}/media")
    meta.says(f"/v26.0/{NUMBER}/media", lambda h: _swallow(h, None, b'{"id": "601"}'))
    meta.has_file(file_size=size, sha256="")
    meta.says("/file", lambda h: _pour(h, size))
    with tempfile.TemporaryFile() as file:
        tracemalloc.start()
        try:
            found = client.fetch(TOKEN, NUMBER, MEDIA, file, 100 * MB)
            client.upload(TOKEN, NUMBER, file, "video/mp4", "a.mp4")
            client.upload_sample(TOKEN, "1002", file, "video/mp4", "a.mp4")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            CUT.discard(f"/v26.0/{NUMBER}/media")
    assert found.size_bytes == size
    assert peak < 8 * MB


def _swallow(handler: Handler, size: int | None, body: bytes) -> None:
    left = int(handler.headers["Content-Length"])
    assert size in {None, left}
    while left:
        left -= len(handler.rfile.read(min(left, 65536)))
    handler.reply(200, body)


def _pour(handler: Handler, size: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(size))
    handler.end_headers()
    piece = bytes(65536)
    for _ in range(size // len(piece)):
        handler.wfile.write(piece)


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection at all is Unreachable: it may be tried again."""
    monkeypatch.setenv("GRAPH_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    client = MediaClient(sleep=_at_once)
    try:
        with pytest.raises(Unreachable):
            client.upload(TOKEN, NUMBER, io.BytesIO(BODY), "image/jpeg", "a.jpeg")
    finally:
        client.close()
        settings.cache_clear()
