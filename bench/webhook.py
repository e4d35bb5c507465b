"""The local stack's webhook, a process of its own on the local AWS, takes 240 statuses a second for
a minute: what a number of 80 messages a second makes. They come as Meta sends them, signed, 12 a
POST (what 50 ms gather), 20 POSTs a second at fixed times whether or not the last was answered:
`sent`, `delivered` and `read` of 4,800 messages, and of a tenth of them out of order. A POST that
is not answered 200 is delivered again, as Meta does.

`median_ms` and `over_1s_share` are of the POSTs' answers, from the moment that each was due. `lost`
is the messages whose row does not say `read` in the end, with all of its times.
"""

from __future__ import annotations

import asyncio
import base64
import os
import random
import statistics
import time
from collections.abc import Sequence
from typing import Any
from unittest import mock

import httpx

from bench.bar import Bar, Bench, Figures, say
from bench.cloud import stage
from bench.deliveries import Update, status_event
from bench.stack import Ready, ready_campaign
from chalicelib.core import secrets
from chalicelib.core.config import settings
from chalicelib.core.ids import ordered_id, random_id
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.storage.messages import MessageRow
from chalicelib.storage.numbers import find_number

MESSAGES = 4_800
_PER_POST = 12
_POSTS_PER_S = 20
_STEPS = ("sent", "delivered", "read")
_APART = 40  # POSTs between the statuses of one message: two seconds
_OUT_OF_ORDER = 0.1
_TRIES = 5
_TELL_S = 10


def run() -> Figures:
    """Post for a minute, then read every row."""
    with ready_campaign(1, {}) as ready, mock.patch.dict(os.environ, ready.stack.environment):
        settings.cache_clear()
        secrets.platform_secrets.cache_clear()
        assert ready.stack.environment["TABLE_PREFIX"] == stage.PREFIX
        posts = _posts(ready)
        say(f"  {len(posts)} POSTs of {_PER_POST} statuses in {len(posts) / _POSTS_PER_S:g} s")
        answers_ms = asyncio.run(_deliver(ready.stack.ports.webhook.url, posts))
        rows = list(MessageRow.scan())
    whole = [row for row in rows if row.state == "read" and row.sent_at and row.delivered_at]
    return {
        "median_ms": round(statistics.median(answers_ms), 2),
        "p99_ms": round(statistics.quantiles(answers_ms, n=100)[98], 2),
        "over_1s_share": round(sum(ms > 1000 for ms in answers_ms) / len(answers_ms), 5),
        "lost": MESSAGES - len(whole),
        "statuses_per_s": _PER_POST * _POSTS_PER_S,
    }


def _posts(ready: Ready) -> list[dict[str, Any]]:
    """Return the events of all POSTs in the order in which they are due."""
    number_id = ready.stack.addresses["phone_number_id"]
    owner = find_number(number_id)
    assert owner is not None
    chance = random.Random(7)
    due: list[tuple[float, Update]] = []
    for n in range(MESSAGES):
        key = MessageKey(owner.tenant_id, random_id("con"), ordered_id("msg", n), ready.campaign_id)
        steps = list(_STEPS)
        if chance.random() < _OUT_OF_ORDER:
            chance.shuffle(steps)
        for turn, step in enumerate(steps):
            at_s = 1_800_000_000 + _STEPS.index(step)
            update = Update(f"wamid.BENCH{n:08}", step, at_s, encode_callback(key))
            due.append((n / _PER_POST + turn * _APART * len(_STEPS) / _PER_POST, update))
    due.sort(key=lambda pair: pair[0])
    updates = [update for _, update in due]
    return [
        status_event(updates[at : at + _PER_POST], number_id)
        for at in range(0, len(updates), _PER_POST)
    ]


async def _deliver(url: str, posts: Sequence[dict[str, Any]]) -> list[float]:
    """Post each event at its time; return how long each took to be answered, in milliseconds."""
    limits = httpx.Limits(max_connections=50, max_keepalive_connections=50)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:
        begin = time.monotonic() + 0.5
        asyncio.get_running_loop().call_later(_TELL_S, _tell, begin)
        return await asyncio.gather(
            *(_post(client, url, event, begin + n / _POSTS_PER_S) for n, event in enumerate(posts))
        )


def _tell(begin: float) -> None:
    """Say how far it is, every few seconds for as long as the loop runs."""
    say(f"  {time.monotonic() - begin:.0f} s")
    asyncio.get_running_loop().call_later(_TELL_S, _tell, begin)


async def _post(client: httpx.AsyncClient, url: str, event: dict[str, Any], due: float) -> float:
    body = base64.b64decode(event["body"])
    headers = {**event["headers"], "content-type": "application/json"}
    await asyncio.sleep(due - time.monotonic())
    for _ in range(_TRIES):
        answer = await client.post(url, content=body, headers=headers)
        if answer.status_code == httpx.codes.OK:
            break
    return (time.monotonic() - due) * 1000


BENCH = Bench(
    "webhook",
    "Does the webhook answer within Meta's times at the full rate of a number, and lose nothing?",
    (Bar("median_ms", "<=", 50), Bar("over_1s_share", "<", 0.01), Bar("lost", "==", 0)),
    run,
)
