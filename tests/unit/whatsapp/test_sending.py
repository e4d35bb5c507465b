"""Sending over real sockets: what each way of failing says of the message."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from chalicelib.core.config import settings
from chalicelib.whatsapp import client, message_sender
from chalicelib.whatsapp.client import GraphClient
from chalicelib.whatsapp.errors import (
    OutcomeUnknown,
    Retry,
    Throttled,
    TokenRefused,
    Unreachable,
    WhatsAppError,
)
from chalicelib.whatsapp.graph import GraphRequest
from chalicelib.whatsapp.message_sender import (
    Accepted,
    MessageSender,
    read_accepted,
    sender_for_running_loop,
)
from chalicelib.whatsapp.messages import text_message
from chalicelib.whatsapp.sending import send_now

ANSWER = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+15550111111", "wa_id": "15550111111"}],
    "messages": [{"id": "wamid.1", "message_status": "accepted"}],
}
PAYLOAD = text_message("+15550111111", "Hi", "p1.-.ten.con.msg.sig")
Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def _graph_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget the settings that a test made, and keep its timeouts short."""
    monkeypatch.setattr(client, "READ_S", 0.5)
    monkeypatch.setattr(message_sender, "READ_S", 0.5)
    yield
    settings.cache_clear()


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], Any]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return head[0], headers, json.loads(body) if body else None


def _response(body: Any, status: str = "200 OK") -> bytes:
    raw = json.dumps(body).encode()
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    ).encode() + raw


def _answering(seen: list[Any], body: Any = None, status: str = "200 OK") -> Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                seen.append(await _read_request(reader))
                writer.write(_response(ANSWER if body is None else body, status))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    return serve


def _against(
    serve: Server, monkeypatch: pytest.MonkeyPatch, act: Callable[[MessageSender], Awaitable[Any]]
) -> Any:
    """Run `act` with a sender whose Graph API is `serve`; wait for every connection to end."""

    async def run() -> Any:
        tasks: set[asyncio.Task[None]] = set()

        async def track(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await serve(reader, writer)
            finally:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()

        server = await asyncio.start_server(track, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("GRAPH_URL", f"http://127.0.0.1:{port}")
        settings.cache_clear()
        sender = MessageSender()
        try:
            return await act(sender)
        finally:
            await sender.aclose()
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(run())


async def _send(sender: MessageSender) -> Accepted:
    return await sender.send("300000000000001", "token-1", PAYLOAD)


async def _failure(sender: MessageSender) -> WhatsAppError:
    with pytest.raises(WhatsAppError) as caught:
        await _send(sender)
    return caught.value


def test_message_goes_out_once_with_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """One POST to the number's path with the owner's token; the answer's ids come back."""
    seen: list[Any] = []
    accepted = _against(_answering(seen), monkeypatch, _send)
    assert accepted == Accepted("wamid.1", "15550111111", is_held=False)
    ((line, headers, body),) = seen
    assert line == "POST /v26.0/300000000000001/messages HTTP/1.1"
    assert headers["authorization"] == "Bearer token-1"
    assert headers["content-type"] == "application/json"
    assert body == PAYLOAD


def test_many_at_once_share_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred messages at once all arrive, each exactly once."""
    seen: list[Any] = []

    async def act(sender: MessageSender) -> list[Accepted]:
        return await asyncio.gather(*(_send(sender) for _ in range(100)))

    assert len(_against(_answering(seen), monkeypatch, act)) == 100
    assert len(seen) == 100


def test_refusals_over_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meta's error bodies become errors that say whether to repeat and whether to stop."""
    throttle = {"error": {"message": "(#130429) Rate limit hit", "code": 130429}}
    error = _against(_answering([], throttle, "400 Bad Request"), monkeypatch, _failure)
    assert (type(error), error.retry) == (Throttled, Retry.SAFE)
    token = {"error": {"message": "expired", "code": 190}}
    error = _against(_answering([], token, "401 Unauthorized"), monkeypatch, _failure)
    assert (type(error), error.pauses) == (TokenRefused, True)


def test_connection_closed_after_the_request_is_ambiguous(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that reads the message and hangs up may have taken it: never SAFE."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.close()

    error = _against(hang_up, monkeypatch, _failure)
    assert (type(error), error.retry) == (OutcomeUnknown, Retry.AMBIGUOUS)


def test_connection_reset_after_the_request_is_ambiguous(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reset after the message was read is ambiguous too."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    error = _against(reset, monkeypatch, _failure)
    assert (type(error), error.retry) == (OutcomeUnknown, Retry.AMBIGUOUS)


def test_connection_reset_in_the_middle_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that stops half-way is ambiguous: Meta was about to say yes."""

    async def stop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.write(_response(ANSWER)[:-20])
        await writer.drain()
        writer.close()

    error = _against(stop, monkeypatch, _failure)
    assert (type(error), error.retry) == (OutcomeUnknown, Retry.AMBIGUOUS)


def test_timeout_after_the_request_is_ambiguous(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer in time says nothing of the message."""

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        await asyncio.sleep(5)
        writer.close()

    error = _against(silence, monkeypatch, _failure)
    assert (type(error), error.retry) == (OutcomeUnknown, Retry.AMBIGUOUS)


def test_answer_that_is_no_http_is_ambiguous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that are no HTTP at all are ambiguous, not a crash."""

    async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        writer.write(b"\x00\x01 not http\r\n\r\n")
        await writer.drain()
        writer.close()

    error = _against(garble, monkeypatch, _failure)
    assert (type(error), error.retry) == (OutcomeUnknown, Retry.AMBIGUOUS)


def test_kept_connection_that_the_server_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message after one on a connection that the server has closed since is sent, and once."""
    seen: list[Any] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await _read_request(reader))
        writer.write(_response(ANSWER))
        await writer.drain()
        writer.close()

    async def act(sender: MessageSender) -> None:
        await _send(sender)
        await asyncio.sleep(0.05)
        await _send(sender)

    _against(once, monkeypatch, act)
    assert len(seen) == 2


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_connection_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no connection could be opened nothing was sent: safe to repeat, by both clients."""
    monkeypatch.setenv("GRAPH_URL", f"http://127.0.0.1:{_closed_port()}")
    settings.cache_clear()

    async def act() -> WhatsAppError:
        sender = MessageSender()
        try:
            return await _failure(sender)
        finally:
            await sender.aclose()

    error = asyncio.run(act())
    assert (type(error), error.retry) == (Unreachable, Retry.SAFE)
    graph = GraphClient()
    with pytest.raises(Unreachable):
        graph.call("token", GraphRequest("GET", "/1"))
    graph.close()


def test_unknown_host_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not resolve is no connection either."""
    monkeypatch.setenv("GRAPH_URL", "http://graph.invalid")
    settings.cache_clear()

    async def act() -> WhatsAppError:
        sender = MessageSender()
        try:
            return await _failure(sender)
        finally:
            await sender.aclose()

    assert type(asyncio.run(act())) is Unreachable


def test_loops_have_senders_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop keeps its sender; a closed one is replaced; ended loops are forgotten."""

    async def twice() -> MessageSender:
        first = sender_for_running_loop()
        assert sender_for_running_loop() is first
        await first.aclose()
        second = sender_for_running_loop()
        assert second is not first
        await second.aclose()
        return second

    assert asyncio.run(twice()) is not asyncio.run(twice())
    assert len(message_sender._SENDERS) == 1


def _mock(handler: Callable[[httpx.Request], httpx.Response]) -> GraphClient:
    return GraphClient(httpx.MockTransport(handler))


def test_send_now() -> None:
    """The one-off way sends the same request and reads the same answer."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=ANSWER)

    assert send_now("t", "3", PAYLOAD, _mock(handler)).message_id == "wamid.1"
    assert seen[0].url.path == "/v26.0/3/messages"
    assert json.loads(seen[0].content) == PAYLOAD


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ConnectError("x"), Unreachable),
        (httpx.ConnectTimeout("x"), Unreachable),
        (httpx.PoolTimeout("x"), Unreachable),
        (httpx.ReadTimeout("x"), OutcomeUnknown),
        (httpx.WriteTimeout("x"), OutcomeUnknown),
        (httpx.ReadError("x"), OutcomeUnknown),
        (httpx.WriteError("x"), OutcomeUnknown),
        (httpx.RemoteProtocolError("x"), OutcomeUnknown),
        (httpx.DecodingError("x"), OutcomeUnknown),
    ],
)
def test_failures_of_the_synchronous_client(
    failure: httpx.HTTPError, kind: type[WhatsAppError]
) -> None:
    """Only a connection that never opened is safe, in httpx's own terms."""

    def handler(_request: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(WhatsAppError) as caught:
        _mock(handler).call("t", GraphRequest("GET", "/1", params={"a": "b"}))
    assert type(caught.value) is kind


def test_held_and_hidden() -> None:
    """A held message and a recipient without a phone are read as such."""
    accepted = read_accepted(
        {
            "contacts": [{"input": "US.1", "user_id": "US.1"}],
            "messages": [{"id": "w", "message_status": "held_for_quality_assessment"}],
        }
    )
    assert accepted == Accepted("w", None, is_held=True)


@pytest.mark.parametrize(
    "answer",
    [{}, {"messages": []}, {"messages": {}}, {"messages": ["w"]}, {"messages": [{"id": ""}]}],
)
def test_acceptance_without_an_id_is_ambiguous(answer: dict[str, Any]) -> None:
    """A 200 that names no message is never counted as not sent."""
    with pytest.raises(OutcomeUnknown):
        read_accepted(answer)
