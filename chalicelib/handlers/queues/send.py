"""Lambda of the send queue: one chunk of a campaign an invocation."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Mapping
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services.campaigns.sending import send_chunk

_thread = threading.local()


def _loop() -> asyncio.AbstractEventLoop:
    """Return this thread's event loop, which keeps the connections to Meta open between chunks."""
    if not hasattr(_thread, "loop"):
        _thread.loop = asyncio.new_event_loop()
        # What is loaded by now stays: going through it again and again took a fifth of the CPU.
        gc.freeze()
    loop: asyncio.AbstractEventLoop = _thread.loop
    return loop


def _send(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    send_chunk(ctx, envelope["campaign_id"], envelope["chunk_id"], envelope.get("slot_ms"), _loop())


handler = Consumer({"send": _send})
