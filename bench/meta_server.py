"""A process that takes messages as Meta does and forgets them: `python -m bench.meta_server`.

Prints its port. Answers each POST 30 ms later with a message id of its own. It is no sandbox: it
exists so that what answering costs is not in the process whose CPU is measured.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys

_AFTER_S = 0.03
_serial = itertools.count()


class _Answering(asyncio.Protocol):
    """One connection; requests have a Content-Length, as aiohttp sends them."""

    def __init__(self) -> None:
        self._seen = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._seen += data
        while (end := self._seen.find(b"\r\n\r\n")) >= 0:
            head = self._seen[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._seen) < end + 4 + length:
                return
            self._seen = self._seen[end + 4 + length :]
            asyncio.get_running_loop().call_later(_AFTER_S, self._answer)

    def _answer(self) -> None:
        body = json.dumps(
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": "+14152000000", "wa_id": "14152000000"}],
                "messages": [
                    {"id": f"wamid.BENCH{next(_serial):012}", "message_status": "accepted"}
                ],
            }
        ).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(head.encode() + b"\r\n\r\n" + body)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
