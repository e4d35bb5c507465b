"""The header `Idempotency-Key`: a POST that is repeated with it is carried out once.

    the key                      answer
    is new                       the request is carried out, and its answer kept for 24 hours
    has an answer                that answer, with `Idempotency-Replayed: true`
    is being worked on           409 request_in_progress
    was cut off                  409 request_interrupted: it may have been carried out
    came with another request    422 idempotency_key_reused

A key belongs to one user of one tenant. An error after which nothing has happened (4xx, 503) frees
it. After any other the key stays taken: Parley cannot know whether, say, a message went out, and
the point of a key is that it does not go out twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import AppError, Conflict, FieldError, Invalid

HEADER = "Idempotency-Key"
KEPT_S = 24 * 3600
# No function of the API runs longer; API Gateway gives up after 29 s.
AT_WORK_MS = 60_000
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer: its status, content type, text and further headers."""

    status: int
    content_type: str
    text: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that a request has taken; `fingerprint` tells its request from another."""

    tenant_id: str
    key: str
    fingerprint: str
    started_at: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a key that was taken before; `started_at` is 0 if it was cut off."""

    fingerprint: str
    started_at: int
    answer: Answer | None


class AnswerStore(Protocol):
    """Keeps the answers of requests with a key; each method is one conditional write."""

    def take(self, claim: Claim, expires_at: int) -> Known | None:
        """Take the key; return what is known of it if it is taken already."""
        ...

    def keep(self, claim: Claim, answer: Answer) -> None:
        """Keep the answer of the request that took the key."""
        ...

    def free(self, claim: Claim) -> None:
        """Give the key back."""
        ...

    def cut_off(self, claim: Claim) -> None:
        """Note that nobody works on the request any more, and that its outcome is not known."""
        ...


def read_claim(
    ctx: TenantContext, given: str, request: tuple[str, ...], body: bytes, clock: Clock
) -> Claim:
    """Return the claim of a request with the key `given`; raise Invalid for a key of odd form."""
    if _KEY.fullmatch(given) is None:
        message = "1 to 255 visible ASCII characters, such as a UUID"
        raise Invalid(
            f"{HEADER}: {message}",
            code="idempotency_key_invalid",
            errors=(FieldError(HEADER, message),),
        )
    digest = hashlib.sha256("\n".join(request).encode() + b"\n\n" + body).hexdigest()
    return Claim(ctx.tenant_id, f"{ctx.user_id}#{given}", digest, clock.now_ms())


def once(
    store: AnswerStore, claim: Claim, act: Callable[[], Answer], clock: Clock = SYSTEM_CLOCK
) -> Answer:
    """Carry `act` out unless its key is taken; see the module's table.

    2 WRU, and 1 WRU and 1 RRU for a repeated request.
    """
    known = store.take(claim, claim.started_at // 1000 + KEPT_S)
    if known is not None:
        return _repeated(claim, known, clock.now_ms())
    try:
        answer = act()
    except AppError as error:
        if error.status < 500 or error.status == 503:
            store.free(claim)
        else:
            store.cut_off(claim)
        raise
    store.keep(claim, answer)
    return answer


def _repeated(claim: Claim, known: Known, now_ms: int) -> Answer:
    if known.fingerprint != claim.fingerprint:
        raise Invalid(
            f"This {HEADER} came with another request before; each request needs a key of its own.",
            code="idempotency_key_reused",
            errors=(FieldError(HEADER, "used for another request"),),
        )
    if known.answer is not None:
        again = {**known.answer.headers, "Idempotency-Replayed": "true"}
        return Answer(known.answer.status, known.answer.content_type, known.answer.text, again)
    if now_ms - known.started_at < AT_WORK_MS:
        raise Conflict(
            "A request with this key is being carried out; ask again in a moment.",
            code="request_in_progress",
            retry_after_s=2,
        )
    raise Conflict(
        "A request with this key was cut off and may have been carried out: look before you repeat "
        "it, with another key.",
        code="request_interrupted",
    )
